//! When a meeting was announced for: rooms come together on the hour, the half or the quarter.

use colloquy_transcript::Timestamp;
use jiff::SignedDuration;

use super::{QUARTER_S, Span, WELCOME_MAX, between, later, originals};
use crate::phrases;
use crate::says::Phrase;
use crate::seen::Seen;

/// How much activity is compared on both sides of a possible start.
const ONSET: SignedDuration = SignedDuration::from_mins(10);
/// A post that says when the meeting starts comes this long before it at most.
const ANNOUNCED_MAX: SignedDuration = SignedDuration::from_mins(65);
/// An announced minute may be this far from a quarter hour: "in 30 minutes" is typed at 19:33.
const ANNOUNCED_BY_S: i64 = 240;

/// Start and end of a meeting whose answered questions were asked between the two times.
pub(super) fn span(posts: &[&Seen], asked_first: Timestamp, asked_last: Timestamp) -> Span {
    let starts_at = snapped(posts, asked_first);
    Span::discovered(starts_at, end(posts, starts_at, asked_last))
}

/// The end of a meeting that starts at `starts_at` and in which somebody still asked at
/// `asked_last`: as announced, else after half an hour where the room then falls silent, else
/// after an hour, and by quarters later where questions go on.
fn end(posts: &[&Seen], starts_at: Timestamp, asked_last: Timestamp) -> Timestamp {
    let hour = later(starts_at, SignedDuration::from_hours(1));
    let half = later(starts_at, SignedDuration::from_mins(30));
    let quarter = SignedDuration::from_mins(15);
    let five = SignedDuration::from_mins(5);
    let announced = between(posts, later(starts_at, -ANNOUNCED_MAX), later(starts_at, ONSET))
        .iter()
        .filter(|seen| seen.post().is_original())
        .find_map(|seen| phrases::lasts(&seen.post().text));
    let mut ends_at = match announced {
        Some(minutes) => later(starts_at, SignedDuration::from_mins(minutes)),
        None if asked_last < later(half, -five)
            && originals(posts, half, hour) * 4 < originals(posts, starts_at, half) =>
        {
            half
        }
        None => hour,
    };
    while later(asked_last, five) > ends_at {
        ends_at = later(ends_at, quarter);
    }
    ends_at
}

/// The quarter hour at which the room came together for a first question at `asked`: where
/// activity rises most, full hours preferred to half hours and those to quarters, and what was
/// announced to both.
fn snapped(posts: &[&Seen], asked: Timestamp) -> Timestamp {
    let newest = (asked.as_second() + 120).div_euclid(QUARTER_S);
    let oldest = (asked.as_second() - WELCOME_MAX.as_secs()).div_euclid(QUARTER_S) + 1;
    let mut best = (f64::NEG_INFINITY, asked);
    for quarter in oldest..=newest {
        let Ok(at) = Timestamp::from_second(quarter * QUARTER_S) else { continue };
        let score = likely(posts, at);
        if score > best.0 {
            best = (score, at);
        }
    }
    best.1
}

/// How much speaks for a start at the quarter hour `at`.
pub(super) fn likely(posts: &[&Seen], at: Timestamp) -> f64 {
    rise(posts, at) + preference(at.as_second().div_euclid(QUARTER_S)) + said(posts, at)
}

/// How much livelier the minutes after `at` are than those before, -1 to 1.
fn rise(posts: &[&Seen], at: Timestamp) -> f64 {
    let after = originals(posts, at, later(at, ONSET)) as f64;
    let before = originals(posts, later(at, -ONSET), at) as f64;
    (after - before) / (after + before + 4.0)
}

fn preference(quarter: i64) -> f64 {
    match quarter.rem_euclid(4) {
        0 => 0.45,
        2 => 0.2,
        _ => 0.0,
    }
}

/// What people said about a start at `at`: that it comes in so many minutes, or "welcome".
fn said(posts: &[&Seen], at: Timestamp) -> f64 {
    let originals = |from, until| {
        let posts = between(posts, from, until).iter();
        posts.filter(|seen| seen.post().is_original())
    };
    let announced = originals(later(at, -ANNOUNCED_MAX), at).any(|seen| {
        let minutes = phrases::starts_in(&seen.post().text);
        minutes.is_some_and(|minutes| {
            let named = seen.at().as_second() + 60 * minutes;
            (named - at.as_second()).abs() <= ANNOUNCED_BY_S
        })
    });
    let around = SignedDuration::from_mins(5);
    let opened =
        originals(later(at, -around), later(at, around)).any(|seen| seen.says(Phrase::Opens));
    0.5 * f64::from(u8::from(announced)) + 0.25 * f64::from(u8::from(opened))
}
