//! What is read of the posts of a unit, each for itself.

use super::reading::{Reader, Reading};
use crate::seen::Room;

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

/// What is read of the posts of a unit that nobody read when they arrived.
pub(super) struct Texts(Vec<Option<Reading>>);

impl Texts {
    /// Reads the posts of a room.
    pub(super) fn read(room: &Room<'_>) -> Self {
        let mut reader = Reader::default();
        let unread = room.posts.iter().map(|seen| {
            let unread = seen.post().is_original() && seen.reading.get().is_none();
            unread.then(|| reader.read(seen.post()))
        });
        Self(unread.collect())
    }

    /// What was read of each post, now or at its arrival; nothing of reposts.
    pub(super) fn of<'a>(&'a self, room: &Room<'a>) -> Vec<Option<&'a Reading>> {
        let posts = room.posts.iter().zip(&self.0);
        posts
            .map(|(seen, now)| now.as_ref().or_else(|| seen.reading.get().map(|it| &**it)))
            .collect()
    }
}
