//! What was read of posts together lies together: so it takes no memory of its own for each of them, and whoever
//! goes through a week in the end finds it in a row.

use std::ops::Deref;
use std::sync::Arc;

use super::hashes::Tag;
use super::reading::Reading;

/// What was read of posts that were read together.
#[derive(Debug)]
struct Readings {
    each: Box<[Reading]>,
    /// What they are looked up by; each knows its own.
    hashes: Box<[u64]>,
}

/// What was read of each of some posts, in their order; `hashes` are those of all of them.
pub(super) fn share(each: Vec<Reading>, hashes: &[u64]) -> impl Iterator<Item = OneReading> {
    let all = Arc::new(Readings { each: each.into(), hashes: hashes.into() });
    (0..all.each.len()).map(move |at| OneReading { all: Arc::clone(&all), at })
}

/// What was read of one post.
#[derive(Debug, Clone)]
pub(crate) struct OneReading {
    all: Arc<Readings>,
    at: usize,
}

impl OneReading {
    /// The reading with its hashes.
    pub(super) fn view(&self) -> Option<View<'_>> {
        Some(View { reading: self.all.each.get(self.at)?, hashes: &self.all.hashes })
    }
}

/// A reading, and where its hashes lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) reading: &'a Reading,
    hashes: &'a [u64],
}

impl Deref for View<'_> {
    type Target = Reading;

    fn deref(&self) -> &Reading {
        self.reading
    }
}

impl<'a> View<'a> {
    /// The longer words, each once, in the order of the text.
    pub(super) fn words(self) -> &'a [u64] {
        self.reading.hashes.words(self.hashes)
    }

    /// The links, as far as [`bare`](super::bare) ones differ.
    pub(super) fn links(self) -> &'a [u64] {
        self.reading.hashes.links(self.hashes)
    }

    /// The tags beside the one with the hash `but`.
    pub(super) fn tags(self, but: u64) -> impl Iterator<Item = Tag> + 'a {
        self.reading.hashes.tags(self.hashes, but)
    }
}
