//! Finding meetings in the posts alone, where no registry says when they are.
//!
//! Two kinds show: a chain of numbered questions that the room answered under their numbers
//! (`chain`), and an hour in which a few people who otherwise hardly use the tag talk with one
//! another under somebody's lead (`gathering`). A decision looks only at posts up to a bounded
//! time after the meeting, and is made once the frontier has passed that point, so it does not
//! depend on how the posts arrived.

mod chain;
mod gathering;
mod habit;
mod signs;
mod start;

use colloquy_transcript::{Origin, Timestamp};
use jiff::SignedDuration;

pub use habit::Habit;

use crate::seen::Seen;

/// No meeting that is found in posts is longer; week-long events are declared.
const CHAIN_MAX: SignedDuration = SignedDuration::from_hours(4);
/// How long after its last question a chain is still looked at.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(60);
/// A host opens the room up to this long before the first question.
const WELCOME_MAX: SignedDuration = SignedDuration::from_mins(30);
/// A gathering is decided when every chain that begins before or shortly after its end is.
const GATHERING_PATIENCE: SignedDuration = SignedDuration::from_hours(6);
/// A decision on a meeting looks at posts no further than this after the meeting's start.
pub const LOOK_MAX: SignedDuration = SignedDuration::from_hours(8);
/// Posts that a decision looks at before a meeting: how busy the tag is without one.
pub const LOOK_BACK: SignedDuration = SignedDuration::from_mins(210);
/// Habit grace before a meeting, where no registry says otherwise.
pub const GRACE_BEFORE: SignedDuration = SignedDuration::from_mins(10);
/// Habit grace after a meeting, where no registry says otherwise.
pub const GRACE_AFTER: SignedDuration = SignedDuration::from_mins(60);
/// Short meetings are answered as late as long ones.
pub const OPEN_MIN: SignedDuration = SignedDuration::from_mins(120);

/// Rooms come together on the hour, the half or the quarter.
const QUARTER_S: i64 = 900;
/// A meeting is so many times busier than the tag is around it.
const BUSIER_MIN: f64 = 3.0;

/// Meetings that show a chat's habit: a daily chat's of five weeks.
pub const HABIT_MEETINGS: usize = 40;

/// An ISO week.
pub const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A week outside meetings is settled this long after its end: by then every meeting that could
/// reach into it, or look into it, has been decided.
pub const WEEK_LAG: SignedDuration = SignedDuration::from_hours(13);

const _: () = assert!(
    WEEK_LAG.as_mins() > LOOK_MAX.as_mins() + LOOK_BACK.as_mins()
        && LOOK_MAX.as_mins() > WELCOME_MAX.as_mins() + CHAIN_MAX.as_mins() + PATIENCE.as_mins()
        && LOOK_MAX.as_mins() > GATHERING_PATIENCE.as_mins() + 75
);

/// When a meeting takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Start, as announced or discovered.
    pub starts_at: Timestamp,
    /// End, grace not included.
    pub ends_at: Timestamp,
    /// Posts from here on belong to it.
    pub opens_at: Timestamp,
    /// Posts before this belong to it.
    pub closes_at: Timestamp,
    /// Posts before this may have a say in when it takes place; not before `closes_at`.
    pub looked_until: Timestamp,
    /// Where the hour comes from.
    pub origin: Origin,
}

impl Span {
    /// A discovered meeting with the habit graces.
    fn discovered(starts_at: Timestamp, ends_at: Timestamp) -> Self {
        let closes_at = later(ends_at, GRACE_AFTER).max(later(starts_at, OPEN_MIN));
        Self {
            starts_at,
            ends_at,
            opens_at: later(starts_at, -GRACE_BEFORE),
            closes_at,
            looked_until: closes_at,
            origin: Origin::Discovered,
        }
    }
}

/// The next meeting in `posts` (in order, none before the end of the meeting before) that begins
/// to show at `from` or later, or `None` while there is none that can be decided with everything
/// up to `frontier` at hand. Beside it the instant before which no meeting shows.
pub fn next_meeting(
    posts: &[&Seen],
    habit: &Habit<'_>,
    from: Timestamp,
    frontier: Timestamp,
) -> (Option<Span>, Timestamp) {
    let (chain, chain_begins) = chain::next(posts, habit, from, frontier);
    // What a chain may claim is not looked at for gatherings, decided or not.
    let until = chain.map_or(chain_begins, |span| span.opens_at);
    let (gathering, quiet) = gathering::next(posts, habit, from, until, frontier);
    match (gathering, chain) {
        (Some(gathering), _) => (Some(gathering), quiet),
        (None, Some(chain)) if chain.closes_at <= frontier => {
            (Some(chain), quiet.min(chain_begins))
        }
        _ => (None, quiet.min(chain_begins)),
    }
}

/// `at + by`, kept within the range of timestamps.
pub fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// Index of the first post at or after `at`.
fn index_of(posts: &[&Seen], at: Timestamp) -> usize {
    posts.partition_point(|seen| seen.at() < at)
}

/// The posts in `from..until`.
fn between<'p, 's>(posts: &'p [&'s Seen], from: Timestamp, until: Timestamp) -> &'p [&'s Seen] {
    let begin = index_of(posts, from);
    &posts[begin..index_of(posts, until).max(begin)]
}

/// How many posts with words of their own there are in `from..until`.
fn originals(posts: &[&Seen], from: Timestamp, until: Timestamp) -> usize {
    between(posts, from, until).iter().filter(|seen| seen.post().is_original()).count()
}
