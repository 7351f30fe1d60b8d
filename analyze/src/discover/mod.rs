//! Finding meetings in the posts alone, where no registry says when they are.
//!
//! Three kinds show: a chain of numbered questions that the room answered under their numbers
//! (`chain`), an hour in which a few people who otherwise hardly use the tag talk with one
//! another under somebody's lead (`gathering`), and a week that somebody opens (`event`). A decision
//! looks only at posts up to a bounded time after the meeting, and is made once the frontier has
//! passed that point, so it does not depend on how the posts arrived.

mod chain;
mod event;
mod gathering;
mod habit;
mod signs;
mod start;

use colloquy_transcript::{Origin, Timestamp};
use jiff::SignedDuration;

pub use habit::Habit;

use crate::seen::Seen;

/// No meeting with numbered questions is longer.
const CHAIN_MAX: SignedDuration = SignedDuration::from_hours(4);
/// How long after its last question a chain is still looked at.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(60);
/// A host opens the room up to this long before the first question.
const WELCOME_MAX: SignedDuration = SignedDuration::from_mins(30);
/// A gathering is decided when every chain that begins before or shortly after its end is.
const GATHERING_PATIENCE: SignedDuration = SignedDuration::from_hours(6);
/// A decision on an hour looks at posts no further than this after its start, one on a week after its end.
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

/// What the posts show of meetings to come.
#[derive(Debug, Clone, Copy)]
pub struct Outlook {
    /// The next meeting, if one can be decided.
    pub span: Option<Span>,
    /// No other meeting begins to show before this.
    pub quiet_until: Timestamp,
    /// Where somebody opened a week of which days will tell whether it is an event: until then
    /// nothing behind it can be settled.
    pub pending: Option<Timestamp>,
    /// Posts before this had a say in what is no event.
    pub looked_until: Option<Timestamp>,
}

/// The next meeting in `posts` (in order, none before the end of the meeting before) that begins
/// to show at `from` or later, as far as it can be decided with everything up to `frontier` at hand.
/// `dissolved` says which starts are no event's.
pub fn next_meeting(
    posts: &[&Seen],
    habit: &Habit<'_>,
    (from, frontier): (Timestamp, Timestamp),
    dissolved: &dyn Fn(Timestamp) -> bool,
) -> Outlook {
    let (chain, chain_begins) = chain::next(posts, habit, from, frontier);
    let around =
        event::Around { asked_at: chain_begins, numbered: chain.as_ref(), frontier, dissolved };
    let event = event::next(posts, from, &around);
    let opened = event.span.map(|span| span.opens_at).or(event.pending);
    // What a chain or an event may claim is not looked at for gatherings, decided or not.
    let until = chain.map_or(chain_begins, |span| span.opens_at);
    let until = opened.map_or(until, |at| until.min(at));
    let (gathering, quiet) = gathering::next(posts, habit, from, until, frontier);
    // An hour before it that is not decided yet may turn out to be a meeting, and comes first.
    let waits = gathering.is_none() && quiet < gathering::limit(until, frontier);
    let later_on = if opened.is_some() { event.span } else { chain };
    let decided =
        later_on.filter(|span| !waits && span.looked_until.max(span.closes_at) <= frontier);
    let begins = opened.map_or(chain_begins, |at| at.min(chain_begins));
    let looked_until = event.looked_until;
    let span = gathering.or(decided).map(|span| Span {
        looked_until: looked_until.map_or(span.looked_until, |at| span.looked_until.max(at)),
        ..span
    });
    let quiet_until = if gathering.is_some() { quiet } else { quiet.min(begins) };
    Outlook { span, quiet_until, pending: event.pending, looked_until }
}

/// `at + by`, kept within the range of timestamps.
pub fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// The quarter hour in which an instant lies, or the one so many later.
fn quarter(at: Timestamp, by: i64) -> Timestamp {
    let quarters = at.as_second().div_euclid(QUARTER_S) + by;
    Timestamp::from_second(quarters * QUARTER_S).unwrap_or(at)
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
