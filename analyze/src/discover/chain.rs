//! Meetings with numbered questions.

use std::cell::LazyCell;

use colloquy_transcript::Timestamp;
use colloquy_transcript::label::{Convention, LabelKind};
use jiff::SignedDuration;
use rustc_hash::FxHashMap;

use super::{CHAIN_MAX, PATIENCE, Span, index_of, later, start};
use crate::inquiry::{self, Inquiry, Stated, inquire};
use crate::seen::{Seen, author_indices};

/// Two questions further apart than this belong to different meetings.
const CHAIN_GAP: SignedDuration = SignedDuration::from_mins(40);
/// An answer may come this long before its question.
const EARLY_ANSWER: SignedDuration = SignedDuration::from_mins(5);
/// A meeting has at least this many questions that others answered …
const QUESTIONS_MIN: usize = 2;
/// … answered by at least this many people together.
const ROOM_MIN: usize = 3;

/// The next chain in `posts` that makes a meeting, and the instant before which none begins.
pub(super) fn next(
    posts: &[&Seen],
    from: Timestamp,
    frontier: Timestamp,
) -> (Option<Span>, Timestamp) {
    let questions: Vec<usize> =
        (index_of(posts, from)..posts.len()).filter(|&at| may_ask(posts[at])).collect();
    let authors = LazyCell::new(|| author_indices(posts));
    for (nth, &first) in questions.iter().enumerate() {
        let chain = chain(posts, &questions[nth..]);
        let Some(&last) = chain.last() else { continue };
        let begins = posts[first].at();
        let looked_until = later(posts[last].at(), PATIENCE);
        if looked_until > frontier {
            return (None, begins);
        }
        if !several_numbers(posts, chain) {
            continue;
        }
        if let Some(mut span) = meeting(posts, &authors, begins, posts[last].at()) {
            span.looked_until = looked_until.max(span.closes_at);
            return (Some(span), begins);
        }
    }
    (None, from.max(frontier))
}

/// Whether more than one number stands above the questions: a cheap word before the dear one.
fn several_numbers(posts: &[&Seen], chain: &[usize]) -> bool {
    let mut keys = chain.iter().flat_map(|&at| &posts[at].labels).map(|label| label.key);
    let Some(first) = keys.next() else { return false };
    keys.any(|key| key != first)
}

/// Whether some room could take the post for a question.
fn may_ask(seen: &Seen) -> bool {
    seen.labels.iter().any(|label| {
        label.kind(Convention::ENGLISH) == Some(LabelKind::Question)
            || (label.leads() && label.may_ask())
    })
}

/// The questions from the first of `questions` on that follow one another closely.
fn chain<'q>(posts: &[&Seen], questions: &'q [usize]) -> &'q [usize] {
    let Some(&first) = questions.first() else { return &[] };
    let mut previous = posts[first].at();
    let bound = later(previous, CHAIN_MAX);
    let mut length = 0;
    for &question in questions {
        let at = posts[question].at();
        if at > later(previous, CHAIN_GAP) || at > bound {
            break;
        }
        previous = at;
        length += 1;
    }
    &questions[..length]
}

/// The meeting that the questions between the two times make, if they do.
fn meeting(posts: &[&Seen], authors: &[u32], first: Timestamp, last: Timestamp) -> Option<Span> {
    let begin = index_of(posts, later(first, -EARLY_ANSWER));
    let end = index_of(posts, later(last, CHAIN_GAP)).max(begin);
    let stretch = &posts[begin..end];
    let said = FxHashMap::default();
    let alone = Stated { hosts: &[], infer: true, language: None, said: &said };
    let inquiry = inquire(stretch, &authors[begin..end], &alone);
    accepted(&inquiry).then_some(())?;
    let at = |asking: &inquiry::Asking| stretch[asking.post].at();
    let asked_first = inquiry.answered().map(at).min()?;
    let asked_last = inquiry.answered().map(at).max()?;
    Some(start::span(posts, asked_first, asked_last))
}

fn accepted(inquiry: &Inquiry) -> bool {
    inquiry.spoken && inquiry.answered().count() >= QUESTIONS_MIN && inquiry.room >= ROOM_MIN
}
