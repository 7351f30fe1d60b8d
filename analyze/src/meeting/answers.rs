//! Which question a post answers, and how we know.
//!
//! Basis in order: its label, what it replies to or quotes, the question on the table.

use colloquy_transcript::label::{Label, LabelKind};
use colloquy_transcript::{AnswerBasis, CompactString, PostKind, Role, Timestamp};
use jiff::SignedDuration;
use rustc_hash::FxHashMap;

use super::questions::Asked;
use crate::seen::{Room, Seen};
use crate::words::words;

/// Confidence by basis: the share of such attributions that a careful reader would share, as
/// estimated before any of them was measured.
const BY_LABEL: f64 = 0.98;
const BY_QUESTION_LABEL: f64 = 0.85;
const BY_REPLY: f64 = 0.9;
const BY_QUOTE: f64 = 0.85;
const BY_CONTEXT: f64 = 0.5;
/// An unlabelled post answers the question on the table for this long at most.
const ON_TABLE: SignedDuration = SignedDuration::from_mins(12);
/// Words that an unlabelled post has at least to answer anything.
const CONTEXT_WORDS_MIN: usize = 8;

/// What a post is in its meeting.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// Its role.
    pub(super) role: Role,
    /// Index of the question it asks, answers or talks about.
    pub(super) question: Option<usize>,
    /// For answers.
    pub(super) basis: Option<(AnswerBasis, f64)>,
}

impl Part {
    fn plain(role: Role, question: Option<usize>) -> Self {
        Self { role, question, basis: None }
    }

    /// The label of its question.
    pub(super) fn label(&self, asked: &[Asked]) -> Option<CompactString> {
        self.question.map(|nth| asked[nth].label.clone())
    }
}

/// The part of every post of the room, in order.
pub(super) fn parts(room: &Room<'_>, moderators: &[u32], asked: &[Asked]) -> Vec<Part> {
    let asking: FxHashMap<usize, usize> = asked
        .iter()
        .enumerate()
        .flat_map(|(nth, question)| {
            std::iter::once(question.first)
                .chain(question.repeats.iter().copied())
                .map(move |at| (at, nth))
        })
        .collect();
    let mut parts: Vec<Part> = Vec::with_capacity(room.posts.len());
    for (at, seen) in room.posts.iter().enumerate() {
        let moderator = moderators.binary_search(&room.author(at)).is_ok();
        parts.push(part(room, asked, &asking, &parts, at, seen, moderator));
    }
    parts
}

fn part(
    room: &Room<'_>,
    asked: &[Asked],
    asking: &FxHashMap<usize, usize>,
    before: &[Part],
    at: usize,
    seen: &Seen,
    moderator: bool,
) -> Part {
    let post = seen.post();
    if post.kind == PostKind::Repost {
        let original = room.find(post.repost_of.as_ref());
        let of =
            original.and_then(|it| asking.get(&it).copied().or_else(|| before.get(it)?.question));
        return Part::plain(Role::Repost, asking.get(&at).copied().or(of));
    }
    if let Some(&question) = asking.get(&at) {
        let role = if moderator { Role::Question } else { Role::Talk };
        return Part::plain(role, Some(question));
    }
    if let Some((question, confidence)) = by_label(asked, seen, moderator) {
        return answer(question, AnswerBasis::Label, confidence);
    }
    let replied = room.find(post.reply_to.as_ref());
    let quoted = room.find(post.quote_of.as_ref());
    if !moderator {
        if let Some(&question) = replied.and_then(|it| asking.get(&it)) {
            return answer(question, AnswerBasis::Reply, BY_REPLY);
        }
        if let Some(&question) = quoted.and_then(|it| asking.get(&it)) {
            return answer(question, AnswerBasis::Quote, BY_QUOTE);
        }
    }
    let thread = replied.or(quoted).and_then(|it| before.get(it)).and_then(|part| part.question);
    let is_reply = post.kind == PostKind::Reply;
    if moderator {
        let role = if is_reply { Role::Talk } else { Role::Moderation };
        return Part::plain(role, thread);
    }
    if !is_reply && let Some(question) = by_context(room, asked, seen) {
        return answer(question, AnswerBasis::Context, BY_CONTEXT);
    }
    Part::plain(Role::Talk, thread)
}

fn answer(question: usize, basis: AnswerBasis, confidence: f64) -> Part {
    Part { role: Role::Answer, question: Some(question), basis: Some((basis, confidence)) }
}

/// By `A1`, or by a participant's `Q1` once the question was asked. A moderator's `A1` in
/// mid-sentence tells the room how to answer.
fn by_label(asked: &[Asked], seen: &Seen, moderator: bool) -> Option<(usize, f64)> {
    let named = |label: &Label| {
        asked
            .iter()
            .position(|question| question.is_named_by(label))
            .or_else(|| asked.iter().position(|question| question.number == label.number))
    };
    let answers = seen.labelled(LabelKind::Answer).filter(|label| !moderator || label.leading);
    if let Some(question) = answers.into_iter().find_map(named) {
        return Some((question, BY_LABEL));
    }
    if moderator {
        return None;
    }
    let label = seen.labelled(LabelKind::Question).find(|label| label.leading)?;
    named(label).map(|question| (question, BY_QUESTION_LABEL))
}

/// The question on the table, for a post of some length that stands alone and asks nothing.
fn by_context(room: &Room<'_>, asked: &[Asked], seen: &Seen) -> Option<usize> {
    let post = seen.post();
    let at = post.created_at;
    if post.kind != PostKind::Original
        || !post.urls.is_empty()
        || post.text.contains(['?', '？'])
        || words(&post.text).count() < CONTEXT_WORDS_MIN
    {
        return None;
    }
    let asked_at = |question: &Asked| room.posts[question.first].at();
    let (nth, question) =
        asked.iter().enumerate().rfind(|(_, question)| asked_at(question) <= at)?;
    within(asked_at(question), at, ON_TABLE).then_some(nth)
}

fn within(from: Timestamp, at: Timestamp, limit: SignedDuration) -> bool {
    at.duration_since(from) <= limit
}
