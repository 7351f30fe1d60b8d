//! Meetings of a week: somebody opens the tag for all to post under it until Sunday.
//!
//! What tells one is that its host says so: the opening names the week, or its end, and the same
//! account is about on most of the days. A conference goes on for days, too, and nobody opens it
//! for a week. An hour with numbered questions is never held up: where one is found, the days
//! around it are no event.

use colloquy_transcript::{PostKind, Timestamp};
use jiff::SignedDuration;
use rustc_hash::FxHashSet;

use super::{
    GRACE_BEFORE, LOOK_BACK, LOOK_MAX, Span, WELCOME_MAX, between, index_of, later, originals,
    quarter,
};
use crate::phrases;
use crate::seen::Seen;

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A week, and one day that runs over.
const DAYS_MAX: usize = 8;
/// Shorter is a conference, or a feast.
const DAYS_MIN: usize = 4;
/// Posts with words of their own on each day …
const DAILY_MIN: usize = 3;
/// … by so many people.
const DAILY_PEOPLE: usize = 2;
/// Posts with words of their own in all …
const ORIGINALS_MIN: usize = 30;
/// … by so many people, …
const PEOPLE_MIN: usize = 8;
/// … of whom this share replies: passers-by and advertisers reply to nobody.
const REPLIES_MIN: f64 = 0.1;
/// The host is about on so many days.
const HOSTED_DAYS: usize = 3;
/// Posts in the hours before: an hour's notice, no busy tag.
const BEFORE_MAX: usize = 3;

/// What became of the openings that were looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Openings {
    /// The first event.
    pub(super) span: Option<Span>,
    /// Where the event would open of which will be known later whether it is one.
    pub(super) pending: Option<Timestamp>,
    /// Posts before this had a say in what is no event.
    pub(super) looked_until: Option<Timestamp>,
}

/// How an opening turns out.
enum Turn {
    Event(Span),
    Later,
    /// Nothing, as posts before this instant say.
    Nothing(Timestamp),
}

/// What is known of the hours around when events are looked for.
pub(super) struct Around<'a> {
    /// The first question of an hour that has been found or may be one, or how far one can see.
    pub(super) asked_at: Timestamp,
    /// That hour, once it is decided.
    pub(super) numbered: Option<&'a Span>,
    /// Every post up to here is at hand.
    pub(super) frontier: Timestamp,
    /// Whether a moderator said that what starts then is none.
    pub(super) dissolved: &'a dyn Fn(Timestamp) -> bool,
}

/// The next event that opens at `from` or later, and before an hour with numbered questions.
pub(super) fn next(posts: &[&Seen], from: Timestamp, around: &Around<'_>) -> Openings {
    let mut seen = Openings::default();
    // Such an hour opens so long before its first question.
    let until = later(around.asked_at, -(WELCOME_MAX + GRACE_BEFORE));
    for at in index_of(posts, from)..index_of(posts, until) {
        let starts_at = quarter(posts[at].at(), 0);
        if !opens(posts, at) || (around.dissolved)(starts_at) {
            continue;
        }
        match turn(posts, at, until, around) {
            Turn::Event(span) => seen.span = Some(span),
            Turn::Later => seen.pending = Some(later(starts_at, -GRACE_BEFORE)),
            Turn::Nothing(looked) => {
                seen.looked_until = seen.looked_until.max(Some(looked));
                continue;
            }
        }
        break;
    }
    seen
}

/// Whether the post opens a week.
fn opens(posts: &[&Seen], at: usize) -> bool {
    let post = posts[at].post();
    post.kind == PostKind::Original && phrases::opens_a_week(&post.text) && {
        let opens_at = post.created_at;
        originals(posts, later(opens_at, -LOOK_BACK), opens_at) <= BEFORE_MAX
    }
}

/// What follows the opening at `at`, day by day, up to `until`.
fn turn(posts: &[&Seen], at: usize, until: Timestamp, around: &Around<'_>) -> Turn {
    let opens_at = posts[at].at();
    let day = |nth: usize| later(opens_at, DAY * i32::try_from(nth).unwrap_or(i32::MAX));
    for nth in 0..=DAYS_MAX {
        if day(nth + 1) > until {
            return around.numbered.map_or(Turn::Later, |span| Turn::Nothing(span.looked_until));
        }
        if is_active(between(posts, day(nth), day(nth + 1))) {
            continue;
        }
        let all = between(posts, opens_at, day(nth));
        if nth < DAYS_MIN || !is_event(all, day) {
            return Turn::Nothing(day(nth + 1));
        }
        // That no numbered hour lies in it is known when all that could begin there is decided.
        let looked_until = later(day(nth + 1), LOOK_MAX);
        let known = looked_until <= around.frontier;
        return if known { Turn::Event(span(all, looked_until)) } else { Turn::Later };
    }
    // It never falls silent: this is how the tag always is.
    Turn::Nothing(day(DAYS_MAX + 1))
}

fn is_active(day: &[&Seen]) -> bool {
    let own = || day.iter().filter(|seen| seen.post().is_original());
    let people: FxHashSet<_> = own().map(|seen| &seen.post().author.id).collect();
    own().count() >= DAILY_MIN && people.len() >= DAILY_PEOPLE
}

/// Whether people met in the posts of some active days, the first of which opens them.
fn is_event(all: &[&Seen], day: impl Fn(usize) -> Timestamp) -> bool {
    let own: Vec<&&Seen> = all.iter().filter(|seen| seen.post().is_original()).collect();
    let people: FxHashSet<_> = own.iter().map(|seen| &seen.post().author.id).collect();
    let replies = own.iter().filter(|seen| seen.post().kind == PostKind::Reply).count();
    let Some(host) = all.first().map(|seen| &seen.post().author.id) else { return false };
    let hosted = (0..DAYS_MAX).filter(|&nth| {
        between(all, day(nth), day(nth + 1)).iter().any(|seen| seen.post().author.id == *host)
    });
    own.len() >= ORIGINALS_MIN
        && people.len() >= PEOPLE_MIN
        && replies as f64 >= REPLIES_MIN * own.len() as f64
        && hosted.count() >= HOSTED_DAYS
}

/// From the opening to where its host closes it, or to the last post.
fn span(all: &[&Seen], looked_until: Timestamp) -> Span {
    let opens_at = all.first().map_or(Timestamp::MIN, |seen| seen.at());
    let host = all.first().map(|seen| &seen.post().author.id);
    let last = all.last().map_or(opens_at, |seen| seen.at());
    let closing =
        all.iter().rev().take_while(|seen| seen.at() >= later(last, -DAY)).find(|seen| {
            Some(&seen.post().author.id) == host && phrases::closes(&seen.post().text)
        });
    let ends_at = quarter(closing.map_or(last, |seen| seen.at()), 1);
    let mut span = Span::discovered(quarter(opens_at, 0), ends_at);
    span.looked_until = looked_until.max(span.closes_at);
    span
}
