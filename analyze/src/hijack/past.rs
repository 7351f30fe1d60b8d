//! What an author did under the tag, unit by unit.

use std::collections::BTreeMap;

use colloquy_transcript::{AuthorId, Post, SessionId};
use rustc_hash::FxHashMap;

use super::lexicon::{Lexicon, UnitWords};
use super::sketch::Sketch;

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

/// What one author did in a unit, and a sketch of a post with a link.
pub(super) type OfAuthor = (AuthorId, Past, Option<Box<Sketch>>);

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
    }
}

/// One author in one unit.
#[derive(Debug, Clone)]
struct Entry {
    unit: SessionId,
    past: Past,
    /// Of one post with a link, to know the next of its kind.
    sketch: Option<Box<Sketch>>,
}

/// What authors did and said in the units so far; about 90 bytes an author and unit, and at most 5 kB a
/// unit.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    authors: FxHashMap<AuthorId, Vec<Entry>>,
    words: BTreeMap<SessionId, UnitWords>,
}

impl Memory {
    /// Adds what an author did in a unit.
    pub(super) fn add(
        &mut self,
        author: &AuthorId,
        unit: SessionId,
        past: Past,
        sketch: Option<Box<Sketch>>,
    ) {
        self.authors.entry(author.clone()).or_default().push(Entry { unit, past, sketch });
    }

    /// Adds what was said in a unit.
    pub(super) fn add_words(&mut self, unit: SessionId, words: UnitWords) {
        self.words.insert(unit, words);
    }

    /// The vocabulary of the units for which `before` holds.
    pub(super) fn lexicon(&self, before: impl Fn(SessionId) -> bool) -> Lexicon {
        Lexicon::new(self.words.iter().filter(|(unit, _)| before(**unit)))
    }

    /// Keeps the units for which `keep` holds.
    pub fn retain(&mut self, keep: impl Fn(SessionId) -> bool) {
        self.words.retain(|unit, _| keep(*unit));
        self.authors.retain(|_, entries| {
            entries.retain(|entry| keep(entry.unit));
            !entries.is_empty()
        });
    }

    /// What the author did in the units for which `before` holds, and sketches of it.
    pub(super) fn of(
        &self,
        author: &AuthorId,
        before: impl Fn(SessionId) -> bool,
    ) -> (Past, Vec<&Sketch>) {
        let mut past = Past::default();
        let mut sketches = Vec::new();
        for entry in self.authors.get(author).into_iter().flatten() {
            if before(entry.unit) {
                past.add(&entry.past);
                sketches.extend(entry.sketch.as_deref());
            }
        }
        (past, sketches)
    }
}
