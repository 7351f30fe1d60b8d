//! Which question a post answers, and how we know.
//!
//! Basis in order: its label; what it replies to or quotes; the question on the table (in
//! `context`).

use colloquy_transcript::label::{Convention, Label, LabelKind, Place};
use colloquy_transcript::{AnswerBasis, CompactString, PostKind, Role, Timestamp};

use super::context::Latest;
use super::questions::Questions;
use super::threads::Threads;
use super::topic::Topics;
use crate::inquiry::{kind_of, only_announces};
use crate::known::{Known, Said};
use crate::phrases;
use crate::says::Phrase;
use crate::seen::{Room, Seen};
use crate::words::count_words;

/// Confidence by basis: the share of such attributions that careful readers share, as measured on
/// read sessions and rounded down.
const BY_LABEL: f64 = 0.98;
const BY_LABEL_WITHIN: f64 = 0.85;
const BY_QUESTION_LABEL: f64 = 0.9;
const BY_ODD_LABEL: f64 = 0.8;
const BY_REPLY: f64 = 0.9;
const BY_OWN_THREAD: f64 = 0.85;
const BY_PROBE: f64 = 0.65;
const BY_QUOTE: f64 = 0.85;
const BY_QUOTED_ANSWER: f64 = 0.6;
const BY_REMARK: f64 = 0.5;
/// Words that a reply to a question with a greeting or thanks in it has at least to answer it.
const WORDS_ANSWERING: usize = 7;
/// Words that a remark on an answer has at least to be one, too …
pub(super) const REMARK_WORDS_MIN: usize = 8;
/// … and one on somebody else's, which mostly is talk.
const OTHERS_WORDS_MIN: usize = 14;

/// What a post is in its meeting.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// Its role.
    pub(super) role: Role,
    /// Index of the question it asks, answers or talks about.
    pub(super) question: Option<usize>,
    /// For answers.
    pub(super) basis: Option<AnswerBasis>,
    /// For answers.
    pub(super) confidence: Option<f64>,
}

impl Part {
    pub(super) fn plain(role: Role, question: Option<usize>) -> Self {
        Self { role, question, basis: None, confidence: None }
    }

    pub(super) fn answer(question: usize, basis: AnswerBasis, confidence: f64) -> Self {
        Self {
            role: Role::Answer,
            question: Some(question),
            basis: Some(basis),
            confidence: Some(confidence),
        }
    }

    /// The label of its question.
    pub(super) fn label(&self, questions: &Questions) -> Option<CompactString> {
        self.question.map(|nth| questions.asked[nth].label())
    }
}

/// What is known of a meeting when its answers are looked for.
pub(super) struct Floor<'a> {
    pub(super) room: &'a Room<'a>,
    pub(super) threads: &'a Threads,
    pub(super) questions: &'a Questions,
    pub(super) convention: Convention,
    /// Rising.
    pub(super) moderators: &'a [u32],
    pub(super) known: &'a Known<'a>,
}

impl Floor<'_> {
    /// The part of every post of the room, in order.
    pub(super) fn parts(&self) -> Vec<Part> {
        let labelled: Vec<(usize, usize)> = (0..self.room.posts.len())
            .filter_map(|at| Some((at, self.by_label(at)?.question?)))
            .collect();
        let topics = Topics::new(self.room, self.questions, &labelled);
        let mut parts: Vec<Part> = Vec::with_capacity(self.room.posts.len());
        let mut latest: Latest = Latest::default();
        for at in 0..self.room.posts.len() {
            let part = self.part(&topics, &parts, &latest, at);
            if let (Role::Answer, Some(question)) = (part.role, part.question) {
                latest.insert(self.room.author(at), (self.at(at), question));
            }
            parts.push(part);
        }
        parts
    }

    fn part(&self, topics: &Topics, before: &[Part], latest: &Latest, at: usize) -> Part {
        let post = self.seen(at).post();
        if post.kind == PostKind::Repost {
            let original = self.room.find(post.repost_of.as_ref());
            let of = original.and_then(|it| {
                self.questions.by_post.get(&it).copied().or_else(|| before.get(it)?.question)
            });
            return Part::plain(Role::Repost, self.questions.by_post.get(&at).copied().or(of));
        }
        if let Some(corrected) = self.corrected(at) {
            return corrected;
        }
        let moderator = self.is_moderator(at);
        if let Some(&question) = self.questions.by_post.get(&at) {
            let first = self.questions.asked[question].first == at;
            let role = if moderator || first { Role::Question } else { Role::Talk };
            return Part::plain(role, Some(question));
        }
        if let Some(part) = self.by_label(at).or_else(|| self.by_thread(before, at)) {
            return part;
        }
        let thread = self.threads.parent(at).or_else(|| self.quoted(at));
        let thread = thread.and_then(|it| before.get(it)).and_then(|part| part.question);
        if moderator {
            let role = if post.kind == PostKind::Reply { Role::Talk } else { Role::Moderation };
            return Part::plain(role, thread.or_else(|| self.announced(at)));
        }
        self.by_context(topics, latest, at).unwrap_or_else(|| Part::plain(Role::Talk, thread))
    }

    /// What a moderator said of the post.
    fn corrected(&self, at: usize) -> Option<Part> {
        let said = self.known.decisions.of_part(&self.seen(at).post().id)?;
        let Said::Answers(number) = said else { return None };
        let question = self.questions.asked.iter().position(|asked| asked.number == number)?;
        Some(Part {
            role: Role::Answer,
            question: Some(question),
            basis: None,
            confidence: Some(1.0),
        })
    }

    /// The question that a moderator's post announces.
    fn announced(&self, at: usize) -> Option<usize> {
        let seen = self.seen(at);
        let label = self.label(seen, LabelKind::Question)?;
        self.questions.named(self.room, label.key, seen.at())
    }

    /// By `A1`, or by a participant's `Q1` that asks nothing.
    fn by_label(&self, at: usize) -> Option<Part> {
        let seen = self.seen(at);
        if !seen.post().is_original() || self.questions.by_post.contains_key(&at) {
            return None;
        }
        let text = &seen.post().text;
        let moderator = self.is_moderator(at);
        let answer = self.label(seen, LabelKind::Answer);
        // Who tells the room how to answer answers nothing.
        let answer = answer.filter(|label| label.leads() || !seen.says(Phrase::Instructs));
        // A host's `A1` in mid-sentence tells the room how to answer.
        if let Some(label) = answer.filter(|label| !moderator || label.leads()) {
            let question = self.questions.named(self.room, label.key, seen.at())?;
            let sure = label.place != Place::Middle;
            let confidence = if sure { BY_LABEL } else { BY_LABEL_WITHIN };
            return Some(Part::answer(question, AnswerBasis::Label, confidence));
        }
        if moderator {
            return None;
        }
        if let Some(label) = self.label(seen, LabelKind::Question).filter(|label| label.leads()) {
            // `Q2 here on #gardenchat` passes the question on.
            let passes_on = only_announces(text, label) && seen.says(Phrase::Announces);
            let question = self.questions.named(self.room, label.key, seen.at())?;
            let asked_by = self.room.author(self.questions.asked[question].first);
            return (!passes_on && asked_by != self.room.author(at))
                .then(|| Part::answer(question, AnswerBasis::Label, BY_QUESTION_LABEL));
        }
        let odd = seen.labels.iter().find(|label| {
            label.slip() == Some(LabelKind::Answer)
                || (label.is_bare() && label.leads() && self.convention.is_bare())
        })?;
        let question = self.questions.named(self.room, odd.key, seen.at())?;
        Some(Part::answer(question, AnswerBasis::Label, BY_ODD_LABEL))
    }

    /// The post's label of a kind: one that leads before one that closes before one within.
    fn label<'s>(&self, seen: &'s Seen, kind: LabelKind) -> Option<&'s Label> {
        let text = &seen.post().text;
        let labels = seen.labels.iter();
        let of_kind = labels.filter(|label| kind_of(label, self.convention, text) == Some(kind));
        of_kind.min_by_key(|label| match label.place {
            Place::Opening => 0,
            Place::Line => 1,
            Place::Closing => 2,
            Place::Middle => 3,
        })
    }

    /// By what it replies to or quotes.
    fn by_thread(&self, before: &[Part], at: usize) -> Option<Part> {
        let seen = self.seen(at);
        let text = &seen.post().text;
        let moderator = self.is_moderator(at);
        if let Some(parent) = self.threads.parent(at) {
            let asking = self.questions.by_post.get(&parent).copied();
            // A host who passes a question on puts it again.
            let again = before.get(parent).filter(|part| part.role == Role::Moderation);
            let asking = asking.or_else(|| again?.question);
            // A reply to a question beats a phrase in it, but for plain greetings and thanks.
            let greets = seen.says(Phrase::Greets)
                || (seen.says(Phrase::Courtesy) && count_words(text) < WORDS_ANSWERING);
            let asks_back = || phrases::mostly_asks(text) && !phrases::guesses(text);
            if let Some(question) = asking.filter(|_| !moderator && !greets && !asks_back()) {
                return Some(Part::answer(question, AnswerBasis::Reply, BY_REPLY));
            }
            return if seen.says(Phrase::Courtesy) {
                None
            } else {
                self.in_own_thread(before, parent, at)
            };
        }
        if seen.says(Phrase::Courtesy) {
            return None;
        }
        let quoted = self.quoted(at)?;
        if moderator || phrases::mostly_asks(text) {
            return None;
        }
        if let Some(&question) = self.questions.by_post.get(&quoted) {
            return Some(Part::answer(question, AnswerBasis::Quote, BY_QUOTE));
        }
        let answer = before.get(quoted).filter(|part| part.role == Role::Answer)?;
        let adds = count_words(text) >= REMARK_WORDS_MIN && !phrases::is_reaction(text);
        adds.then_some(Part::answer(answer.question?, AnswerBasis::Quote, BY_QUOTED_ANSWER))
    }

    /// Whoever goes on from an own answer, or explains it when asked, still answers; others who
    /// reply to an answer do if they say more than that they agree.
    fn in_own_thread(&self, before: &[Part], parent: usize, at: usize) -> Option<Part> {
        let author = self.room.author(at);
        let text = &self.seen(at).post().text;
        let of = |it: usize| {
            before
                .get(it)
                .filter(|part| part.role == Role::Answer && self.room.author(it) == author)
        };
        if let Some(own) = of(parent) {
            return Some(Part::answer(own.question?, AnswerBasis::Reply, BY_OWN_THREAD));
        }
        let count = count_words(text);
        if self.is_moderator(at) || phrases::mostly_asks(text) || phrases::is_reaction(text) {
            return None;
        }
        if let Some(own) = self.threads.parent(parent).and_then(of) {
            let asked = phrases::asks(&self.seen(parent).post().text);
            let least = if asked { REMARK_WORDS_MIN } else { OTHERS_WORDS_MIN };
            let probed = asked || self.is_moderator(parent);
            return (probed && count >= least).then_some(Part::answer(
                own.question?,
                AnswerBasis::Reply,
                BY_PROBE,
            ));
        }
        // Deeper in a thread people debate; but who tells how it is at home answers what was asked.
        let parent_part = before.get(parent);
        if phrases::tells_of_own(text) && count >= REMARK_WORDS_MIN {
            let question = parent_part?.question?;
            return Some(Part::answer(question, AnswerBasis::Reply, BY_REMARK));
        }
        let others = parent_part
            .filter(|part| part.role == Role::Answer && part.basis != Some(AnswerBasis::Reply))?;
        (count >= OTHERS_WORDS_MIN && !self.seen(at).says(Phrase::Thanks)).then_some(Part::answer(
            others.question?,
            AnswerBasis::Reply,
            BY_REMARK,
        ))
    }

    /// The question that was asked last.
    pub(super) fn on_table(&self, at: Timestamp) -> Option<usize> {
        let asked = &self.questions.asked;
        (0..asked.len()).rfind(|&nth| self.seen(asked[nth].first).at() <= at)
    }

    pub(super) fn seen(&self, at: usize) -> &Seen {
        &self.room.posts[at]
    }

    fn at(&self, at: usize) -> Timestamp {
        self.seen(at).at()
    }

    fn quoted(&self, at: usize) -> Option<usize> {
        self.room.find(self.seen(at).post().quote_of.as_ref())
    }

    fn is_moderator(&self, at: usize) -> bool {
        self.moderators.binary_search(&self.room.author(at)).is_ok()
    }
}
