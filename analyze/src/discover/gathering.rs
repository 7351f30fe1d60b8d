//! Meetings without numbered questions: an hour in which people who otherwise hardly use the tag
//! talk with one another.
//!
//! What tells it from other busy hours stands in `signs`: people write several posts each, to one
//! another; the tag is quiet before and after (a conference goes on all day, a busy tag always);
//! somebody is talked to by many; they greet, part and speak as people do who meet; and the room
//! met at this hour before.

use colloquy_transcript::Timestamp;
use jiff::SignedDuration;

use super::signs::{ORIGINALS_MIN, ORIGINALS_REGULAR, Signs};
use super::{
    BUSIER_MIN, GATHERING_PATIENCE, Habit, LOOK_BACK, QUARTER_S, Span, between, index_of, later,
    originals, quarter, start,
};
use crate::seen::Seen;

const QUARTER: SignedDuration = SignedDuration::from_secs(QUARTER_S);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Share of posts in the second half hour below which the meeting lasted half an hour.
const HALF_BELOW: f64 = 0.15;
/// A quarter with at least this share of the pace of the hour still belongs to the meeting …
const GOES_ON: f64 = 0.5;
/// … for so long after the hour at most.
const OVERRUN_MAX: SignedDuration = SignedDuration::from_mins(60);

/// The next gathering whose hour lies in `from..until`, if it can be decided, and the instant
/// before which none begins.
pub(super) fn next(
    posts: &[&Seen],
    habit: &Habit<'_>,
    from: Timestamp,
    until: Timestamp,
    frontier: Timestamp,
) -> (Option<Span>, Timestamp) {
    let limit = limit(until, frontier);
    let mut at = index_of(posts, from);
    while let Some(seen) = posts.get(at) {
        let quarter = quarter(seen.at(), 0);
        if quarter > limit {
            return (None, quarter.max(from));
        }
        if quarter >= from && is_lively(posts, habit, quarter) {
            let ends_at = later(quarter, HOUR);
            if later(ends_at, GATHERING_PATIENCE) > frontier {
                return (None, quarter);
            }
            if let Some(span) = gathering(posts, habit, quarter) {
                return (Some(span), quarter);
            }
        }
        at = index_of(posts, later(quarter, QUARTER));
    }
    (None, limit.max(from))
}

/// Hours that begin after this are not looked at.
pub(super) fn limit(until: Timestamp, frontier: Timestamp) -> Timestamp {
    later(until.min(frontier), -HOUR)
}

/// Whether enough was written in the hour from `quarter` on for a meeting to begin near it.
fn is_lively(posts: &[&Seen], habit: &Habit<'_>, quarter: Timestamp) -> bool {
    let least = if habit.meets_near(quarter, QUARTER) { ORIGINALS_REGULAR } else { ORIGINALS_MIN };
    originals(posts, quarter, later(quarter, HOUR)) >= least
}

/// The gathering that begins within the hour at `quarter`, if there is one.
fn gathering(posts: &[&Seen], habit: &Habit<'_>, quarter: Timestamp) -> Option<Span> {
    // Most hours of a busy tag end here, before anybody's words are looked at.
    let words_of_their_own = originals(posts, quarter, later(quarter, HOUR + HOUR / 2));
    if !stands_out(posts, words_of_their_own, quarter) {
        return None;
    }
    let starts_at = starts_at(posts, quarter);
    let hour: Vec<&Seen> = between(posts, starts_at, later(starts_at, HOUR))
        .iter()
        .filter(|seen| seen.post().is_original())
        .copied()
        .collect();
    let regular = habit.meets_at(starts_at);
    let least = if regular { ORIGINALS_REGULAR } else { ORIGINALS_MIN };
    let lively = hour.len() >= least && stands_out(posts, hour.len(), starts_at);
    (lively && Signs::of(posts, &hour, starts_at, regular).make_a_meeting()).then_some(())?;
    let mut span = Span::discovered(starts_at, ends_at(posts, starts_at, hour.len()));
    span.looked_until = later(starts_at, HOUR + GATHERING_PATIENCE).max(span.closes_at);
    Some(span)
}

/// Where within the hour from `quarter` on the room comes together: most of the busiest hour
/// follows, and people say so.
fn starts_at(posts: &[&Seen], quarter: Timestamp) -> Timestamp {
    let quarters = (0..4).map(|nth| later(quarter, SignedDuration::from_secs(nth * QUARTER_S)));
    let busiest = quarters.clone().map(|at| originals(posts, at, later(at, HOUR))).max();
    let busiest = busiest.unwrap_or(0).max(1) as f64;
    let score = |at: Timestamp| {
        let share = originals(posts, at, later(at, HOUR)) as f64 / busiest;
        2.0 * share + start::likely(posts, at)
    };
    let best = quarters.map(|at| (score(at), std::cmp::Reverse(at)));
    best.max_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)))
        .map_or(quarter, |(_, at)| at.0)
}

/// Half an hour after the start where hardly anybody writes after it, else an hour, and by quarters
/// later while people go on.
fn ends_at(posts: &[&Seen], starts_at: Timestamp, in_the_hour: usize) -> Timestamp {
    let half = later(starts_at, HOUR / 2);
    let hour = later(starts_at, HOUR);
    if (originals(posts, half, hour) as f64) < HALF_BELOW * in_the_hour as f64 {
        return half;
    }
    let pace = in_the_hour as f64 / 4.0;
    let mut ends_at = hour;
    while ends_at < later(hour, OVERRUN_MAX)
        && originals(posts, ends_at, later(ends_at, QUARTER)) as f64 >= GOES_ON * pace
    {
        ends_at = later(ends_at, QUARTER);
    }
    ends_at
}

/// Whether so many posts from `starts_at` on are many beside the hours before.
fn stands_out(posts: &[&Seen], posted: usize, starts_at: Timestamp) -> bool {
    let before = originals(posts, later(starts_at, -LOOK_BACK), later(starts_at, -HOUR / 2));
    let from = later(starts_at, SignedDuration::from_mins(105));
    let after = originals(posts, from, later(from, LOOK_BACK - HOUR / 2));
    let hours = (LOOK_BACK - HOUR / 2).as_mins() as f64 / 60.0;
    let around = (before.max(after)) as f64 / hours;
    posted as f64 >= BUSIER_MIN * around
}
