//! What shows that people meet in an hour, where nobody numbers questions.
//!
//! No sign is enough alone: two people greet under any tag, and a quarrel is talk, too. So signs
//! are weighed together; how much each weighs was set by what it can be mistaken for.

use colloquy_transcript::{AuthorId, CompactString, PostKind, Timestamp};
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{between, later};
use crate::phrases;
use crate::says::Phrase;
use crate::seen::{Seen, author_indices};
use crate::words::lowered;

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
/// A host begins within so long of the hour.
const TO_BEGIN: SignedDuration = SignedDuration::from_mins(3);
/// Posts of a host to the whole room.
const TO_ALL_MIN: usize = 3;
/// Share of posts that address somebody who is there: fewer are talk past one another …
const TALKING_MIN: f64 = 0.05;
/// … and so many more weigh as much as a leader.
const TALKING_UNIT: f64 = 0.25;
/// People greet within so long around the start, and part within as long around the end.
const AROUND: SignedDuration = SignedDuration::from_mins(15);
/// One who greets or parts weighs so much beside one who speaks of meeting.
const COURTESY: f64 = 0.75;
/// What everybody who speaks of a stream takes off.
const ELSEWHERE: f64 = 0.75;
/// What a regular hour weighs.
const REGULAR: f64 = 2.0;
/// Weight that makes a meeting of an hour in which the room met before.
const THIN_MIN: f64 = 3.5;
/// Weight that makes a meeting elsewhere …
const MEETING_MIN: f64 = 4.5;
/// … of which words of meeting, greetings and farewells have at least this.
const CEREMONY_MIN: f64 = 1.5;
/// Somebody who opens on the hour, goes on to speak to all, and closes, weighs as much.
const FRAMED: f64 = 1.5;
/// A host closes from so long after the start on …
const CLOSES_FROM: SignedDuration = SignedDuration::from_mins(45);
/// … to so long.
const CLOSES_UNTIL: SignedDuration = SignedDuration::from_mins(75);
/// They weigh no more than this together.
const CEREMONY_MAX: f64 = 3.0;

/// What shows in an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a sign of its own, and is weighed")]
pub(super) struct Signs {
    /// Posts.
    posts: usize,
    /// People who wrote them.
    people: usize,
    /// Share of the posts that address somebody who is there.
    talking: f64,
    /// Whether somebody is talked to by many, all along.
    led: bool,
    /// Whether one and the same opens and closes.
    framed: bool,
    /// People who greet around the start.
    greet: usize,
    /// People who thank or part around the end.
    part: usize,
    /// People who speak of meeting.
    speak: usize,
    /// People who speak of a stream or a broadcast.
    elsewhere: usize,
    /// Whether the meeting is called off.
    cancelled: bool,
    /// Whether the room met at this hour before.
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
        let greet = people_who(around(starts_at), |seen| seen.says(Phrase::Greets));
        let part = people_who(around(later(starts_at, HOUR)), |seen| seen.says(Phrase::Parts));
        let speak = people_who(near, |seen| seen.says(Phrase::Meets));
        // Only where the room is thin does it matter who says that there is no meeting.
        let cancelled =
            regular && !people_who(near, |seen| phrases::cancels(&seen.post().text)).is_empty();
        Self {
            posts: hour.len(),
            people,
            talking: talking as f64 / hour.len().max(1) as f64,
            led: is_led(hour, &authors, &addressed, people) || is_hosted(hour, &authors, starts_at),
            framed: is_framed(posts, starts_at),
            greet: greet.len(),
            part: part.len(),
            speak: speak.len(),
            elsewhere: people_who(near, |seen| phrases::is_elsewhere(&seen.post().text)).len(),
            cancelled,
            regular,
        }
    }

    /// Whether they are enough.
    pub(super) fn make_a_meeting(self) -> bool {
        let each = self.posts as f64 / self.people.max(1) as f64;
        let enough = self.people >= PEOPLE_MIN && each >= EACH_MIN && self.talking >= TALKING_MIN;
        let (greet, part) = (self.greet.min(PEOPLE_MIN), self.part.min(PEOPLE_MIN));
        let framed = FRAMED * f64::from(u8::from(self.framed));
        let words = COURTESY * (greet + part) as f64 + self.speak.min(2) as f64 + framed;
        let ceremony = words.min(CEREMONY_MAX);
        let weight =
            (self.talking / TALKING_UNIT).min(2.0) + f64::from(u8::from(self.led)) + ceremony
                - ELSEWHERE * self.elsewhere.min(3) as f64
                + REGULAR * f64::from(u8::from(self.regular));
        if self.regular && self.people >= PEOPLE_MIN && !self.cancelled {
            return weight >= THIN_MIN;
        }
        // Greetings are returned: a brand that greets its customers one by one meets nobody.
        let returned = self.framed
            || self.greet.max(self.part) >= 2
            || (self.led && self.talking >= 2.0 * TALKING_UNIT);
        enough && returned && ceremony >= CEREMONY_MIN && weight >= MEETING_MIN
    }
}

/// The people who said such a thing.
fn people_who<'s>(posts: &[&'s Seen], says: impl Fn(&Seen) -> bool) -> FxHashSet<&'s AuthorId> {
    let mut people = FxHashSet::default();
    for seen in posts.iter().filter(|seen| seen.post().is_original()) {
        if !people.contains(&seen.post().author.id) && says(seen) {
            people.insert(&seen.post().author.id);
        }
    }
    people
}

/// Whether somebody speaks first on the hour, goes on to speak to all of it, and closes.
fn is_framed(posts: &[&Seen], starts_at: Timestamp) -> bool {
    let spoken = between(posts, later(starts_at, -TO_BEGIN), later(starts_at, CLOSES_UNTIL));
    let to_all: Vec<&&Seen> = spoken
        .iter()
        .filter(|seen| seen.post().is_original() && seen.post().kind != PostKind::Reply)
        .collect();
    let Some(host) = to_all.first().map(|seen| &seen.post().author.id) else { return false };
    let own = || to_all.iter().filter(|seen| seen.post().author.id == *host);
    let opens = own().any(|seen| {
        let opens = || seen.says(Phrase::Opens) || seen.says(Phrase::Greets);
        seen.at() < later(starts_at, TO_BEGIN) && opens()
    });
    let closes = own().filter(|seen| seen.at() >= later(starts_at, CLOSES_FROM)).any(|seen| {
        let parts = seen.says(Phrase::Parts) || seen.says(Phrase::Thanks);
        parts || phrases::tells_of_the_next(&seen.post().text)
    });
    opens && closes && own().count() > TO_ALL_MIN
}

/// Whether somebody greets or opens the room at its start, and goes on to speak to all of it.
fn is_hosted(hour: &[&Seen], authors: &[u32], starts_at: Timestamp) -> bool {
    let to_all = |at: &usize| hour[*at].post().kind != PostKind::Reply;
    let opens = |at: &usize| {
        let seen = hour[*at];
        let opens = || seen.says(Phrase::Opens) || seen.says(Phrase::Greets);
        seen.at() < later(starts_at, AROUND) && opens()
    };
    (0..hour.len()).filter(to_all).filter(opens).any(|opening| {
        let leader = authors[opening];
        let own = || (opening..hour.len()).filter(|&at| authors[at] == leader);
        let last = own().next_back().unwrap_or(opening);
        own().count() as f64 >= LEADER_SHARE * hour.len() as f64
            && own().filter(to_all).count() >= TO_ALL_MIN
            && hour[last].at().duration_since(hour[opening].at()) >= LEADER_SPAN
    })
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
