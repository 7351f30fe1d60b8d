//! What an author did under the tag.

use colloquy_transcript::Post;
use rustc_hash::FxHashMap;

/// Counts over some units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Past {
    /// Posts with words of their own.
    pub originals: u32,
    /// Of those, posts with a link.
    pub links: u32,
    /// Of those, replies.
    pub replies: u32,
    /// Of those, posts that are no replies and bear no link.
    pub plain: u32,
    /// Of those, answers to questions.
    pub answers: u32,
    /// Replies of others to them.
    pub heard: u32,
    /// Tags in them, the chat's own left out.
    pub tags: u32,
    /// Those that say nearly what another post of the author says.
    pub repeats: u32,
    /// Those sent by an application that schedules or forwards.
    pub scheduled: u32,
    /// How often the most frequent link stands in them.
    pub same_link: u32,
    /// Sessions among the units.
    pub sessions: u32,
    /// Units.
    pub units: u32,
    /// What the model finds of each of those posts alone, in hundredths of log odds, summed up.
    pub leaning: i64,
}

/// What the model finds of one post alone, in hundredths of log odds: whole numbers add up to the same in any
/// order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaning(i64);

impl Leaning {
    /// Log odds as far from even as are told apart.
    const MOST: f64 = 20.0;

    /// That of log odds.
    pub(super) fn of(log_odds: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "it is small, and NaN is zero")]
        let hundredths = (log_odds.clamp(-Self::MOST, Self::MOST) * 100.0).round() as i64;
        Self(hundredths)
    }
}

/// What a post is to its author's record, beside what stands in it.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each says another thing of the same post")]
pub(super) struct Act {
    pub(super) is_reply: bool,
    pub(super) answers: bool,
    /// It says nearly what another post of the author says.
    pub(super) repeats: bool,
    pub(super) scheduled: bool,
    /// Tags beside the chat's own.
    pub(super) tags: usize,
}

/// How often each author posted each link.
#[derive(Debug, Default)]
pub(super) struct LinkCounts(FxHashMap<(u32, u64), u32>);

impl LinkCounts {
    /// Counts links of an author's, by their hashes, and keeps in their record how often the most frequent
    /// stands there.
    pub(super) fn add(&mut self, author: u32, links: &[u64], past: &mut Past) {
        for &link in links {
            let count = self.0.entry((author, link)).or_default();
            *count += 1;
            past.same_link = past.same_link.max(*count);
        }
    }
}

impl Past {
    /// Counts a post of the author's with words of its own; its links are counted elsewhere.
    pub(super) fn count(&mut self, post: &Post, act: Act) {
        let linked = !post.urls.is_empty();
        self.originals += 1;
        self.links += u32::from(linked);
        self.replies += u32::from(act.is_reply);
        self.plain += u32::from(!act.is_reply && !linked);
        self.answers += u32::from(act.answers);
        self.repeats += u32::from(act.repeats);
        self.scheduled += u32::from(act.scheduled);
        self.tags += u32::try_from(act.tags).unwrap_or(u32::MAX);
    }

    /// What the model finds of the author's other posts, where one of them leans so far: their number, and
    /// the mean of their log odds.
    pub(super) fn others(&self, own: Leaning) -> (u32, f64) {
        let others = self.originals.saturating_sub(1);
        let sum = self.leaning.saturating_sub(own.0);
        let mean = if others == 0 { 0.0 } else { sum as f64 / 100.0 / f64::from(others) };
        (others, mean)
    }

    /// Adds what the model finds of one of the posts.
    pub(super) fn lean(&mut self, leaning: Leaning) {
        self.leaning = self.leaning.saturating_add(leaning.0);
    }

    /// Posts that talk: replies, and posts without a link.
    pub fn talks(&self) -> u32 {
        self.replies + self.plain
    }

    /// These counts and those of another unit.
    pub(super) fn plus(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }

    /// Adds the counts of another unit.
    pub fn add(&mut self, other: &Self) {
        let sum = |one: &mut u32, more: u32| *one = one.saturating_add(more);
        sum(&mut self.originals, other.originals);
        sum(&mut self.links, other.links);
        sum(&mut self.replies, other.replies);
        sum(&mut self.plain, other.plain);
        sum(&mut self.answers, other.answers);
        sum(&mut self.heard, other.heard);
        sum(&mut self.tags, other.tags);
        sum(&mut self.repeats, other.repeats);
        sum(&mut self.scheduled, other.scheduled);
        self.same_link = self.same_link.max(other.same_link);
        sum(&mut self.sessions, other.sessions);
        sum(&mut self.units, other.units);
        self.leaning = self.leaning.saturating_add(other.leaning);
    }
}
