//! Answers to a meeting that has closed: people who were asleep, on a bus or in class answer hours
//! later, under the same numbers.

use colloquy_transcript::label::{Convention, Key, Label, LabelKind, Number};
use colloquy_transcript::{AuthorId, PostId};
use rustc_hash::FxHashSet;

use super::questions::Questions;
use crate::inquiry::{is_repeat, kind_of};
use crate::known::{Decisions, Said};
use crate::phrases;
use crate::seen::{Room, Seen};

/// What a meeting asked, for those who answer when it has closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Asks {
    convention: Convention,
    questions: Vec<AskedOnce>,
    /// Every post that asks.
    posts: FxHashSet<PostId>,
    moderators: Vec<AuthorId>,
}

/// A question, as far as latecomers need it.
#[derive(Debug, Clone, PartialEq)]
struct AskedOnce {
    number: Number,
    typed: Number,
    last: bool,
    text: String,
}

impl Asks {
    /// Of a meeting in which nothing was asked, nothing.
    pub(super) fn of(
        room: &Room<'_>,
        convention: Convention,
        questions: &Questions,
        moderators: &[u32],
    ) -> Option<Self> {
        let once = questions.asked.iter().map(|asked| AskedOnce {
            number: asked.number,
            typed: asked.typed,
            last: asked.last,
            text: room.posts[asked.first].post().text.clone(),
        });
        let posts = questions.by_post.keys().map(|&at| room.posts[at].post().id.clone());
        (!questions.asked.is_empty()).then(|| Self {
            convention,
            questions: once.collect(),
            posts: posts.collect(),
            moderators: super::author_ids(room, moderators),
        })
    }

    /// The posts of `tail` (in order, all after the meeting) that may answer: by the label with which
    /// they begin, by what they reply to or quote, or because a decision says so. Where somebody asks
    /// something new under a number, numbers mean something else from there on.
    pub fn answered_by(&self, tail: &[&Seen], decisions: &Decisions) -> Vec<PostId> {
        let anew = tail.iter().position(|seen| self.asks_anew(seen)).unwrap_or(tail.len());
        let answers = tail.iter().enumerate().filter(|&(at, seen)| {
            let post = seen.post();
            let said = || matches!(decisions.of_part(&post.id), Some(Said::Answers(_)));
            post.is_original()
                && ((at < anew && self.is_labelled(seen)) || self.is_reply(seen) || said())
        });
        answers.map(|(_, seen)| seen.post().id.clone()).collect()
    }

    /// Whether the post answers under the number of a question: by the label with which it, a line or a
    /// sentence begins.
    fn is_labelled(&self, seen: &Seen) -> bool {
        let text = &seen.post().text;
        let host = self.moderators.contains(&seen.post().author.id);
        seen.labels.iter().filter(|label| self.names(label)).any(|label| {
            match kind_of(label, self.convention, text) {
                Some(LabelKind::Answer) => label.leads() || begins_a_sentence(text, label),
                Some(LabelKind::Question) => label.leads() && !host && !phrases::asks(text),
                None => false,
            }
        })
    }

    /// Whether a participant replies to a question, or quotes it.
    fn is_reply(&self, seen: &Seen) -> bool {
        let post = seen.post();
        let to = [&post.reply_to, &post.quote_of];
        to.into_iter().flatten().any(|to| self.posts.contains(to))
            && !self.moderators.contains(&post.author.id)
    }

    fn asks_anew(&self, seen: &Seen) -> bool {
        let text = &seen.post().text;
        let asks = seen.post().is_original()
            && seen.labels.iter().any(|label| {
                label.leads() && kind_of(label, self.convention, text) == Some(LabelKind::Question)
            });
        asks && phrases::asks(text)
            && !self.questions.iter().any(|question| is_repeat(&question.text, text))
    }

    fn names(&self, label: &Label) -> bool {
        self.questions.iter().any(|question| match label.key {
            Key::Last => question.last,
            Key::Number(number) => {
                [question.number, question.typed].iter().any(|it| it.whole == number.whole)
            }
        })
    }
}

/// Whether the words before a label end there: `Good morning! A2 …`, `catching up: A1 …`.
fn begins_a_sentence(text: &str, label: &Label) -> bool {
    let before = text.get(..label.start).unwrap_or_default().trim_end();
    before.ends_with(['.', '!', '?', ':', ';', '…', ',', ')', '–', '—', '-'])
}
