//! Meetings without numbered questions: an hour in which people who otherwise hardly use the tag
//! talk with one another, under somebody's lead.
//!
//! What tells it from other busy hours: people write several posts each, to one another; the tag
//! is quiet before and after (a conference goes on all day, a busy tag always); somebody is
//! talked to by many; and they speak as people do who meet (welcome, next chat, thanks for
//! coming).

use colloquy_transcript::{CompactString, Timestamp};
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{GATHERING_PATIENCE, LOOK_BACK, Span, between, index_of, later, originals, start};
use crate::phrases;
use crate::seen::{Seen, author_indices};
use crate::words::lowered;

const QUARTER_S: i64 = 900;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Posts with words of their own in the hour …
const ORIGINALS_MIN: usize = 14;
/// … by at least so many people …
const PEOPLE_MIN: usize = 3;
/// … who write so many each on average: passers-by write one.
const EACH_MIN: f64 = 1.8;
/// Share of posts that reply to or name somebody who is there.
const TALKING_MIN: f64 = 0.3;
/// The hour is so many times busier than an hour around it.
const BUSIER_MIN: f64 = 3.0;
/// Whoever leads writes at least this share of the posts …
const LEADER_SHARE: f64 = 0.08;
/// … over at least this long, and is talked to by a third of the others.
const LEADER_SPAN: SignedDuration = SignedDuration::from_mins(25);
/// Posts that speak of meeting.
const MEETING_WORDS_MIN: usize = 2;
/// Share of posts in the second half hour below which the meeting lasted half an hour.
const HALF_BELOW: f64 = 0.15;

/// The next gathering whose hour lies in `from..until`, if it can be decided, and the instant
/// before which none begins.
pub(super) fn next(
    posts: &[&Seen],
    from: Timestamp,
    until: Timestamp,
    frontier: Timestamp,
) -> (Option<Span>, Timestamp) {
    let limit = later(until.min(frontier), -HOUR);
    let mut at = index_of(posts, from);
    while let Some(seen) = posts.get(at) {
        let quarter =
            Timestamp::from_second(seen.at().as_second().div_euclid(QUARTER_S) * QUARTER_S);
        let Ok(quarter) = quarter else { break };
        if quarter > limit {
            return (None, quarter.max(from));
        }
        if quarter >= from && originals(posts, quarter, later(quarter, HOUR)) >= ORIGINALS_MIN {
            let ends_at = later(quarter, HOUR);
            if later(ends_at, GATHERING_PATIENCE) > frontier {
                return (None, quarter);
            }
            if let Some(span) = gathering(posts, quarter) {
                return (Some(span), quarter);
            }
        }
        at = index_of(posts, later(quarter, SignedDuration::from_secs(QUARTER_S)));
    }
    (None, limit.max(from))
}

/// The gathering that begins within the quarter hour at `quarter`, if there is one.
fn gathering(posts: &[&Seen], quarter: Timestamp) -> Option<Span> {
    // Most hours of a busy tag end here, before anybody's words are looked at.
    let words_of_their_own = originals(posts, quarter, later(quarter, HOUR + HOUR / 2));
    if !stands_out(posts, words_of_their_own, quarter) {
        return None;
    }
    let starts_at = starts_at(posts, quarter);
    let ends_at = later(starts_at, HOUR);
    let hour: Vec<&Seen> = between(posts, starts_at, ends_at)
        .iter()
        .filter(|seen| seen.post().is_original())
        .copied()
        .collect();
    (is_busy(posts, &hour, starts_at) && is_conversation(&hour) && meets(posts, starts_at))
        .then_some(())?;
    let half = later(starts_at, SignedDuration::from_mins(30));
    let second = hour.iter().filter(|seen| seen.at() >= half).count() as f64;
    let ends_at = if second < HALF_BELOW * hour.len() as f64 { half } else { ends_at };
    let mut span = Span::discovered(starts_at, ends_at);
    span.looked_until = later(ends_at, GATHERING_PATIENCE).max(span.closes_at);
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

/// Whether the hour stands out from those around it.
fn is_busy(posts: &[&Seen], hour: &[&Seen], starts_at: Timestamp) -> bool {
    hour.len() >= ORIGINALS_MIN && stands_out(posts, hour.len(), starts_at)
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

/// Whether people talk with one another under somebody's lead.
fn is_conversation(hour: &[&Seen]) -> bool {
    let authors = author_indices(hour);
    let people = authors.iter().max().map_or(0, |last| *last as usize + 1);
    if people < PEOPLE_MIN || (hour.len() as f64) < EACH_MIN * people as f64 {
        return false;
    }
    let addressed = addressed(hour, &authors);
    let talking = addressed.iter().filter(|to| !to.is_empty()).count() as f64;
    talking >= TALKING_MIN * hour.len() as f64 && is_led(hour, &authors, &addressed, people)
}

/// For each post the authors of the hour whom it replies to or names.
fn addressed(hour: &[&Seen], authors: &[u32]) -> Vec<FxHashSet<u32>> {
    let mut by_handle: FxHashMap<CompactString, u32> = FxHashMap::default();
    let mut by_post = FxHashMap::default();
    for (seen, &author) in hour.iter().zip(authors) {
        if let Some(handle) = &seen.post().author.handle {
            by_handle.insert(lowered(handle), author);
        }
        by_post.insert(&seen.post().id, author);
    }
    let named = |seen: &Seen| -> FxHashSet<u32> {
        let post = seen.post();
        let mentions = post.mentions.iter().filter_map(|it| by_handle.get(&lowered(it)));
        let to = post.reply_to.iter().chain(&post.quote_of).filter_map(|id| by_post.get(id));
        mentions.chain(to).copied().collect()
    };
    hour.iter()
        .zip(authors)
        .map(|(seen, author)| {
            let mut to = named(seen);
            to.remove(author);
            to
        })
        .collect()
}

fn is_led(hour: &[&Seen], authors: &[u32], addressed: &[FxHashSet<u32>], people: usize) -> bool {
    (0..u32::try_from(people).unwrap_or(0)).any(|leader| {
        let own = || (0..hour.len()).filter(|&at| authors[at] == leader);
        let (Some(first), Some(last)) = (own().next(), own().next_back()) else { return false };
        let lasting = hour[last].at().duration_since(hour[first].at()) >= LEADER_SPAN;
        let talked_to: FxHashSet<u32> = (0..hour.len())
            .filter(|&at| addressed[at].contains(&leader))
            .map(|at| authors[at])
            .collect();
        lasting
            && own().count() as f64 >= LEADER_SHARE * hour.len() as f64
            && talked_to.len() * 3 >= people - 1
            && talked_to.len() >= 2
    })
}

/// Whether enough posts around speak of a meeting.
fn meets(posts: &[&Seen], starts_at: Timestamp) -> bool {
    let around = between(posts, later(starts_at, -HOUR), later(starts_at, HOUR + HOUR / 2));
    let speaking =
        around.iter().filter(|seen| seen.post().is_original() && phrases::meets(&seen.post().text));
    speaking.take(MEETING_WORDS_MIN).count() == MEETING_WORDS_MIN
}
