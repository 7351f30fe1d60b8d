//! How each hashtag is used, within bounds.

use std::cmp::Reverse;

use colloquy_transcript::{CompactString, Post};
use rustc_hash::{FxHashMap, FxHashSet};
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    IngestError,
    decode::Decoded,
    file::{Rejected, Sink},
    tags::{each_tag, folded},
};

/// Tags that are kept; twice as many may be in hand before the least used ones go.
const TAGS_MAX: usize = 20_000;
/// Distinct authors counted per tag.
const AUTHORS_MAX: usize = 4_096;
/// Distinct hours counted per tag: nearly two years of every hour.
const HOURS_MAX: usize = 16_384;
/// Posts of one tag in one clock hour that make it a burst.
pub(super) const BURST_POSTS_MIN: u32 = 10;
/// Hours of a week.
const WEEK_HOURS: usize = 168;
/// Tags of one post that are counted; more are a list, not a conversation.
const TAGS_OF_A_POST_MAX: usize = 30;

/// How one tag is used.
#[derive(Debug, Default)]
pub(super) struct TagUse {
    pub(super) posts: u64,
    pub(super) labelled: u64,
    pub(super) authors: FxHashSet<u32>,
    /// Posts by hour of the Unix epoch.
    hours: FxHashMap<u32, u32>,
}

impl TagUse {
    fn merge(&mut self, other: Self) {
        self.posts += other.posts;
        self.labelled += other.labelled;
        let room = AUTHORS_MAX.saturating_sub(self.authors.len());
        self.authors.extend(other.authors.into_iter().take(room));
        for (hour, posts) in other.hours {
            *self.hours.entry(hour).or_default() += posts;
        }
    }

    /// The hour of the week (from Thursday 00:00 UTC, the epoch's) that with the next one holds
    /// most posts, and how many.
    pub(super) fn busiest_hours(&self) -> (usize, u64) {
        let mut week = [0_u64; WEEK_HOURS];
        for (hour, posts) in &self.hours {
            week[*hour as usize % WEEK_HOURS] += u64::from(*posts);
        }
        (0..WEEK_HOURS)
            .map(|hour| (hour, week[hour] + week[(hour + 1) % WEEK_HOURS]))
            .max_by_key(|(hour, posts)| (*posts, Reverse(*hour)))
            .unwrap_or((0, 0))
    }

    /// Posts in hours that are bursts.
    pub(super) fn in_bursts(&self) -> u64 {
        self.hours
            .values()
            .filter(|posts| **posts >= BURST_POSTS_MIN)
            .map(|posts| u64::from(*posts))
            .sum()
    }
}

/// How all tags are used.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) posts: u64,
    tags: FxHashMap<CompactString, TagUse>,
}

impl Tally {
    pub(super) fn tags(&self) -> impl Iterator<Item = (&str, &TagUse)> {
        self.tags.iter().map(|(tag, use_)| (tag.as_str(), use_))
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.posts += other.posts;
        for (tag, use_) in other.tags {
            self.tags.entry(tag).or_default().merge(use_);
        }
        self.forget();
    }

    fn add(&mut self, post: &Post) {
        self.posts += 1;
        let mut tags: Vec<CompactString> = post.hashtags.iter().map(|tag| folded(tag)).collect();
        each_tag(&post.text, |tag| tags.push(folded(tag)));
        tags.sort_unstable();
        tags.dedup();
        if tags.is_empty() {
            return;
        }
        let author = (xxh3_64(post.author.id.as_str().as_bytes()) >> 32) as u32;
        let hour = u32::try_from(post.created_at.as_second().max(0) / 3_600).unwrap_or(u32::MAX);
        let labelled = post.is_original() && begins_with_label(&post.text);
        for tag in tags.into_iter().take(TAGS_OF_A_POST_MAX) {
            let use_ = self.tags.entry(tag).or_default();
            use_.posts += 1;
            use_.labelled += u64::from(labelled);
            if use_.authors.len() < AUTHORS_MAX {
                use_.authors.insert(author);
            }
            if let Some(posts) = use_.hours.get_mut(&hour) {
                *posts += 1;
            } else if use_.hours.len() < HOURS_MAX {
                use_.hours.insert(hour, 1);
            }
        }
        if self.tags.len() > 2 * TAGS_MAX {
            self.forget();
        }
    }

    /// Drops the least used tags when there are too many.
    fn forget(&mut self) {
        if self.tags.len() <= TAGS_MAX {
            return;
        }
        let mut uses: Vec<u64> = self.tags.values().map(|use_| use_.posts).collect();
        let (_, least, _) = uses.select_nth_unstable_by_key(TAGS_MAX, |posts| Reverse(*posts));
        let least = *least;
        self.tags.retain(|_, use_| use_.posts > least);
    }
}

/// Whether a text begins, after mentions and hashtags, with `Q` or `A` and a number. Only a hint
/// of how a tag is used: labels proper are read elsewhere.
pub(super) fn begins_with_label(text: &str) -> bool {
    let words = text
        .split_whitespace()
        .skip_while(|word| word.starts_with(['@', '#', '.']) && !is_label(&word[1..]));
    words.take(1).any(|word| is_label(word.trim_start_matches(['#', '.', '@'])))
}

fn is_label(word: &str) -> bool {
    let Some(rest) = word.strip_prefix(['Q', 'q', 'A', 'a']) else {
        return false;
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let next = rest.as_bytes().get(digits).copied();
    (1..=2).contains(&digits)
        && next.is_none_or(|next| !next.is_ascii_alphanumeric() || matches!(next, b'a'..=b'c'))
}

/// Counts the posts of one decoding thread.
#[derive(Debug, Default)]
pub(super) struct TallySink {
    pub(super) tally: Tally,
}

impl Sink for TallySink {
    fn take(&mut self, _: usize, decoded: &mut Decoded) -> Result<(), IngestError> {
        decoded.unrelated.clear();
        decoded.deletions.clear();
        decoded.notes.clear();
        decoded.profiles.clear();
        decoded.protected.clear();
        for found in decoded.posts.drain(..) {
            self.tally.add(&found.post);
        }
        Ok(())
    }

    fn reject(&mut self, _: &Rejected<'_>) -> Result<(), IngestError> {
        Ok(())
    }
}
