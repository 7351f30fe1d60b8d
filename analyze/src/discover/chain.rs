//! Meetings with numbered questions.

use std::cell::LazyCell;

use colloquy_transcript::Timestamp;
use colloquy_transcript::label::{Convention, LabelKind};
use jiff::SignedDuration;
use rustc_hash::FxHashMap;

use super::{
    BUSIER_MIN, CHAIN_MAX, Habit, LOOK_BACK, PATIENCE, Span, WELCOME_MAX, between, index_of, later,
    originals, start,
};
use crate::inquiry::{Inquiry, RUN_MIN, Stated, inquire};
use crate::seen::{Seen, author_indices};

/// Two questions further apart than this belong to different meetings.
const CHAIN_GAP: SignedDuration = SignedDuration::from_mins(40);
/// An answer may come this long before its question.
const EARLY_ANSWER: SignedDuration = SignedDuration::from_mins(5);
/// A meeting has at least this many questions that others answered …
const QUESTIONS_MIN: usize = 2;
/// … answered by at least this many people together, or one less where they answered more of them.
const ROOM_MIN: usize = 3;
/// The next edition's first question comes so long after the last of the one before.
const EDITION_GAP: SignedDuration = SignedDuration::from_mins(5);
/// The room speaks for so long after the last question.
const AFTERGLOW: SignedDuration = SignedDuration::from_mins(10);

/// The next chain in `posts` that makes a meeting, and the instant before which none begins.
pub(super) fn next(
    posts: &[&Seen],
    habit: &Habit<'_>,
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
        if !several_numbers(posts, chain) && !habit.meets_before(begins) {
            continue;
        }
        if let Some(mut span) = meeting(posts, &authors, habit, begins, posts[last].at()) {
            span.looked_until = span.looked_until.max(looked_until).max(span.closes_at);
            if span.looked_until > frontier {
                return (None, begins);
            }
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
fn meeting(
    posts: &[&Seen],
    authors: &[u32],
    habit: &Habit<'_>,
    first: Timestamp,
    last: Timestamp,
) -> Option<Span> {
    let from = later(first, -EARLY_ANSWER);
    let until = later(last, CHAIN_GAP);
    let mut found = Found::of(posts, authors, from, until);
    let edition = found.inquiry.edition.map(|post| found.stretch[post].at());
    if let Some(edition) = edition {
        found = Found::of(posts, authors, from, edition);
    }
    let (asked_first, asked_last) = found.asked(posts, habit)?;
    let mut span = start::span(posts, asked_first, asked_last);
    let number = found.inquiry.asked.iter().map(|asking| asking.number.whole).min()?;
    make_way(&mut span, posts, authors, habit, (asked_last, number));
    Some(span)
}

/// Closes a meeting where the next edition opens, which counts from `number` again. Grace is for
/// latecomers, not for another room.
fn make_way(
    span: &mut Span,
    posts: &[&Seen],
    authors: &[u32],
    habit: &Habit<'_>,
    (asked_last, number): (Timestamp, u16),
) {
    let anew = |seen: &&&Seen| {
        may_ask(seen)
            && seen
                .labels
                .iter()
                .any(|label| label.leads() && label.number().is_some_and(|it| it.whole == number))
    };
    let after = between(posts, later(asked_last, EDITION_GAP), span.closes_at);
    let Some(begins) = after.iter().find(anew).map(|seen| seen.at()) else { return };
    let until = later(span.closes_at, PATIENCE);
    span.looked_until = span.looked_until.max(until);
    let next = Found::of(posts, authors, begins, until);
    let first = next.inquiry.answered().map(|asking| asking.number.whole).min();
    if let (Some((asked_first, asked_last)), true) =
        (next.asked(posts, habit), first == Some(number))
    {
        let next = start::span(posts, asked_first, asked_last);
        span.ends_at = span.ends_at.min(next.starts_at);
        span.closes_at = span.closes_at.min(next.opens_at.max(span.ends_at));
    }
}

/// A stretch of posts and what was asked in it.
struct Found<'p, 's> {
    stretch: &'p [&'s Seen],
    inquiry: Inquiry,
}

impl<'p, 's> Found<'p, 's> {
    fn of(posts: &'p [&'s Seen], authors: &[u32], from: Timestamp, until: Timestamp) -> Self {
        let begin = index_of(posts, from);
        let end = index_of(posts, until).max(begin);
        let (stretch, authors) = (&posts[begin..end], &authors[begin..end]);
        let said = FxHashMap::default();
        let alone = Stated { hosts: &[], infer: true, language: None, said: &said };
        Self { stretch, inquiry: inquire(stretch, authors, &alone) }
    }

    /// When the first and the last question of a meeting were asked, if this is one.
    fn asked(&self, posts: &[&Seen], habit: &Habit<'_>) -> Option<(Timestamp, Timestamp)> {
        let Self { stretch, inquiry } = self;
        let answered: Vec<usize> = inquiry.answered().map(|asking| asking.post).collect();
        let asked = if is_answered(inquiry) || is_regular(habit, posts, stretch, inquiry) {
            &answered
        } else if inquiry.run.len() >= RUN_MIN && stands_out(posts, stretch, &inquiry.run) {
            &inquiry.run
        } else {
            return None;
        };
        Some((stretch[*asked.iter().min()?].at(), stretch[*asked.iter().max()?].at()))
    }
}

/// Whether the room answered under the numbers, or by reply.
fn is_answered(inquiry: &Inquiry) -> bool {
    let answered = inquiry.answered().count();
    let room = if answered >= RUN_MIN { ROOM_MIN - 1 } else { ROOM_MIN };
    inquiry.spoken && answered >= QUESTIONS_MIN && inquiry.room >= room
}

/// Whether a thin room still met where it met before.
fn is_regular(habit: &Habit<'_>, posts: &[&Seen], stretch: &[&Seen], inquiry: &Inquiry) -> bool {
    let first = inquiry.answered().map(|asking| stretch[asking.post].at()).min();
    inquiry.spoken
        && inquiry.room >= ROOM_MIN - 1
        && first.is_some_and(|first| habit.meets_at(start::span(posts, first, first).starts_at))
}

/// Whether the tag is quiet before the questions `run`: in a busy one people speak after every
/// post.
fn stands_out(posts: &[&Seen], stretch: &[&Seen], run: &[usize]) -> bool {
    let (Some(&first), Some(&last)) = (run.first(), run.last()) else { return false };
    let (first, last) = (stretch[first].at(), later(stretch[last].at(), AFTERGLOW));
    let spoken = originals(posts, first, last) as f64;
    let minutes = last.duration_since(first).as_mins().max(1) as f64;
    let before = originals(posts, later(first, -LOOK_BACK), later(first, -WELCOME_MAX)) as f64;
    let quiet = (LOOK_BACK - WELCOME_MAX).as_mins() as f64;
    spoken / minutes >= BUSIER_MIN * before / quiet
}
