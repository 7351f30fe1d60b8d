//! What shows that people meet in an hour, where nobody numbers questions.
//!
//! No sign is enough alone: two people greet under any tag, and a quarrel is talk, too. So signs
//! are weighed together; how much each weighs was set by what it can be mistaken for.

use colloquy_transcript::{CompactString, Timestamp};
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{between, later};
use crate::phrases;
use crate::seen::{Seen, author_indices};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Posts with words of their own in the hour …
pub(super) const ORIGINALS_MIN: usize = 14;
/// … and where the room met at this hour before.
pub(super) const ORIGINALS_REGULAR: usize = 5;
/// People who write …
const PEOPLE_MIN: usize = 3;
/// … so many posts each on average: passers-by write one.
const EACH_MIN: f64 = 1.8;
/// Somebody leads who writes at least this share of the posts …
const LEADER_SHARE: f64 = 0.08;
/// … over at least this long, and is talked to by a third of the others.
const LEADER_SPAN: SignedDuration = SignedDuration::from_mins(25);
/// Share of posts that address somebody who is there: fewer are talk past one another …
const TALKING_MIN: f64 = 0.1;
/// … and so many more weigh as much as a leader.
const TALKING_UNIT: f64 = 0.25;
/// People greet within so long around the start, and part within as long around the end.
const AROUND: SignedDuration = SignedDuration::from_mins(15);
/// One who greets or parts weighs so much beside a word of meeting.
const COURTESY: f64 = 0.75;
/// What a regular hour weighs.
const REGULAR: f64 = 2.0;
/// Weight that makes a meeting …
const MEETING_MIN: f64 = 4.5;
/// … of which words of meeting, greetings and farewells have at least this, or habit.
const CEREMONY_MIN: f64 = 1.5;
/// They weigh no more than this together.
const CEREMONY_MAX: f64 = 3.0;

/// What shows in an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Signs {
    /// Posts.
    posts: usize,
    /// People who wrote them.
    people: usize,
    /// Share of the posts that address somebody who is there.
    talking: f64,
    /// Whether somebody is talked to by many, all along.
    led: bool,
    /// People who greet around the start, at most two.
    greet: usize,
    /// People who thank or part around the end, at most two.
    part: usize,
    /// Posts that speak of meeting, at most two.
    speak: usize,
    /// Whether somebody greets or welcomes the room at its start.
    regular: bool,
}

impl Signs {
    /// The signs of the posts with words of their own in `hour`, which begins at `starts_at`.
    pub(super) fn of(posts: &[&Seen], hour: &[&Seen], starts_at: Timestamp, regular: bool) -> Self {
        let authors = author_indices(hour);
        let people = authors.iter().max().map_or(0, |last| *last as usize + 1);
        let addressed = addressed(hour, &authors);
        let talking = addressed.iter().filter(|to| !to.is_empty()).count();
        let around = |at: Timestamp| between(posts, later(at, -AROUND), later(at, AROUND));
        let near = between(posts, later(starts_at, -HOUR), later(starts_at, HOUR + HOUR / 2));
        let speak = near
            .iter()
            .filter(|seen| seen.post().is_original() && phrases::meets(&seen.post().text));
        Self {
            posts: hour.len(),
            people,
            talking: talking as f64 / hour.len().max(1) as f64,
            led: is_led(hour, &authors, &addressed, people),
            greet: people_who(around(starts_at), phrases::greets),
            part: people_who(around(later(starts_at, HOUR)), phrases::parts),
            speak: speak.take(2).count(),
            regular,
        }
    }

    /// Whether they are enough.
    pub(super) fn make_a_meeting(self) -> bool {
        let each = self.posts as f64 / self.people.max(1) as f64;
        let enough = self.people >= PEOPLE_MIN && each >= EACH_MIN && self.talking >= TALKING_MIN;
        let words = COURTESY * (self.greet + self.part) as f64 + self.speak as f64;
        let ceremony = words.min(CEREMONY_MAX);
        let weight = (self.talking / TALKING_UNIT).min(2.0)
            + f64::from(u8::from(self.led))
            + ceremony
            + REGULAR * f64::from(u8::from(self.regular));
        if self.regular {
            return self.people >= PEOPLE_MIN && weight >= MEETING_MIN;
        }
        enough && ceremony >= CEREMONY_MIN && weight >= MEETING_MIN
    }
}

/// How many people said such a thing, at most two.
fn people_who(posts: &[&Seen], says: impl Fn(&str) -> bool) -> usize {
    let mut people = FxHashSet::default();
    for seen in posts.iter().filter(|seen| seen.post().is_original()) {
        if people.len() == 2 {
            break;
        }
        if !people.contains(&seen.post().author.id) && says(&seen.post().text) {
            people.insert(&seen.post().author.id);
        }
    }
    people.len()
}

/// For each post the authors of the hour whom it replies to or names.
fn addressed(hour: &[&Seen], authors: &[u32]) -> Vec<FxHashSet<u32>> {
    let mut by_handle: FxHashMap<CompactString, u32> = FxHashMap::default();
    let mut by_post = FxHashMap::default();
    for (seen, &author) in hour.iter().zip(authors) {
        if let Some(handle) = &seen.post().author.handle {
            by_handle.insert(handle.to_lowercase(), author);
        }
        by_post.insert(&seen.post().id, author);
    }
    let named = |seen: &Seen| -> FxHashSet<u32> {
        let post = seen.post();
        let mentions = post.mentions.iter().filter_map(|it| by_handle.get(&it.to_lowercase()));
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
