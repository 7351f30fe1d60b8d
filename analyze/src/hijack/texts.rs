//! What is read of the posts of a unit, each for itself.

use colloquy_transcript::Post;

use super::reading::Reader;
use super::readings::{OneReading, View};
use crate::seen::{Room, Seen};

/// Lists of different length, one after another.
pub(super) struct Rows<T> {
    pub(super) items: Vec<T>,
    pub(super) ends: Vec<usize>,
}

impl<T> Rows<T> {
    /// No rows yet, but room for so many of `length`.
    pub(super) fn with_capacity(rows: usize, length: usize) -> Self {
        Self { items: Vec::with_capacity(rows * length), ends: Vec::with_capacity(rows) }
    }

    pub(super) fn push(&mut self, row: impl IntoIterator<Item = T>) {
        self.items.extend(row);
        self.ends.push(self.items.len());
    }

    pub(super) fn range(&self, row: usize) -> std::ops::Range<usize> {
        let begin = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        begin..self.ends[row]
    }

    pub(super) fn get(&self, row: usize) -> &[T] {
        &self.items[self.range(row)]
    }
}

/// What is read of the posts of a unit that nobody read when they arrived, in their order. Of a unit that
/// was judged at arrival that is nothing, and takes no memory.
pub(super) struct Texts(Vec<OneReading>);

impl Texts {
    /// Reads the posts of a room.
    pub(super) fn read(room: &Room<'_>) -> Self {
        let unread = room.posts.iter().filter(|seen| is_unread(seen));
        let unread: Vec<&Post> = unread.map(Seen::post).collect();
        let mut readings = Vec::with_capacity(unread.len());
        Reader::default().read(&unread, |reading| readings.push(reading));
        Self(readings)
    }

    /// What was read of each post, now or at its arrival; nothing of reposts.
    pub(super) fn of<'a>(&'a self, room: &Room<'a>) -> Vec<Option<View<'a>>> {
        let mut now = self.0.iter();
        let posts = room.posts.iter();
        posts
            .map(|seen| if is_unread(seen) { now.next() } else { seen.reading.get() })
            .map(|reading| reading?.view())
            .collect()
    }
}

/// Whether a post has words of its own that nobody read.
fn is_unread(seen: &Seen) -> bool {
    // In this order: what was read need not be fetched.
    seen.reading.get().is_none() && seen.post().is_original()
}
