//! Meetings with numbered questions.

use colloquy_transcript::Timestamp;
use colloquy_transcript::label::{Convention, LabelKind, Number};
use jiff::SignedDuration;
use rustc_hash::FxHashMap;

use super::{CHAIN_MAX, PATIENCE, Span, between, index_of, later, start};
use crate::inquiry::{self, Inquiry, inquire};
use crate::seen::{Seen, author_indices};

/// Two questions further apart than this belong to different meetings.
const CHAIN_GAP: SignedDuration = SignedDuration::from_mins(40);
/// An answer may come this long before its question.
const EARLY_ANSWER: SignedDuration = SignedDuration::from_mins(5);
/// A meeting has at least this many questions that others answered …
const QUESTIONS_MIN: usize = 2;
/// … answered by at least this many people together.
const ROOM_MIN: usize = 3;
/// The next edition of a chat opens this long before its first question.
const NEXT_OPENS: SignedDuration = SignedDuration::from_mins(15);

/// The next chain in `posts` that makes a meeting, and the instant before which none begins.
pub(super) fn next(
    posts: &[&Seen],
    from: Timestamp,
    frontier: Timestamp,
) -> (Option<Span>, Timestamp) {
    let questions: Vec<usize> =
        (index_of(posts, from)..posts.len()).filter(|&at| may_ask(posts[at])).collect();
    for (nth, &first) in questions.iter().enumerate() {
        let chain = chain(posts, &questions[nth..]);
        let Some(&last) = chain.last() else { continue };
        let begins = posts[first].at();
        let looked_until = later(posts[last].at(), PATIENCE);
        if looked_until > frontier {
            return (None, begins);
        }
        if let Some(mut span) = meeting(posts, begins, posts[last].at()) {
            span.looked_until = looked_until.max(span.closes_at);
            return (Some(span), begins);
        }
    }
    (None, from.max(frontier))
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
fn meeting(posts: &[&Seen], first: Timestamp, last: Timestamp) -> Option<Span> {
    let from = later(first, -EARLY_ANSWER);
    let stretch = between(posts, from, later(last, CHAIN_GAP));
    let authors = author_indices(stretch);
    let mut inquiry = inquire(stretch, &authors, &[], true, &FxHashMap::default());
    let mut closes_before = None;
    if let Some(restart) = restart(stretch, &inquiry) {
        // A second edition follows: its first question ends what is looked at for the first.
        let again = stretch[restart].at();
        inquiry =
            inquire(&stretch[..restart], &authors[..restart], &[], true, &FxHashMap::default());
        closes_before = Some(later(again, -NEXT_OPENS));
    }
    accepted(&inquiry).then_some(())?;
    let at = |asking: &inquiry::Asking| stretch[asking.post].at();
    let asked_first = inquiry.answered().map(at).min()?;
    let asked_last = inquiry.answered().map(at).max()?;
    let mut span = start::span(posts, asked_first, asked_last);
    if let Some(closes_before) = closes_before.filter(|it| *it > asked_last) {
        span.closes_at = span.closes_at.min(closes_before);
        span.ends_at = span.ends_at.min(span.closes_at);
    }
    Some(span)
}

fn accepted(inquiry: &Inquiry) -> bool {
    inquiry.answered().count() >= QUESTIONS_MIN && inquiry.room >= ROOM_MIN
}

/// Index of a host's first question asked anew, in other words, after the third of the same
/// numbering: where the next edition begins.
fn restart(stretch: &[&Seen], inquiry: &Inquiry) -> Option<usize> {
    let third = inquiry.answered().find(|asking| asking.number.whole >= 3)?;
    let first = inquiry.asked.iter().find(|asking| asking.number == Number::whole(1))?;
    let last_before = inquiry.answered().map(|asking| asking.post).max()?;
    let text = &stretch[first.post].post().text;
    let host = &stretch[first.post].post().author.id;
    (third.post.max(last_before)..stretch.len()).skip(1).find(|&at| {
        let post = stretch[at].post();
        let convention = inquiry.convention();
        let opens = stretch[at].labels.iter().any(|label| {
            label.leads()
                && label.number() == Some(Number::whole(1))
                && label.kind(convention) == Some(LabelKind::Question)
        });
        opens
            && post.author.id == *host
            && crate::phrases::asks(&post.text)
            && !inquiry::is_repeat(text, &post.text)
            && stretch[at].at() > later(stretch[last_before].at(), EARLY_ANSWER)
    })
}
