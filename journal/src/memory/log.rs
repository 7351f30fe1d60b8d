//! One partition of one topic: entries at rising positions, some of them let go.

use std::{collections::VecDeque, sync::Arc};

use colloquy_transcript::{GroundPost, Record};

use crate::{Content, Position};

/// An entry's content as it is kept. Posts, the bulk, take a pointer; everything else is boxed,
/// so that the largest kind of record does not set the size of all.
#[derive(Debug, Clone)]
pub(super) enum Kept {
    /// A post, shared with whoever appended it.
    Post(Arc<GroundPost>),
    /// Any other record, or bytes that are none.
    Other(Box<Content>),
}

impl From<Record> for Kept {
    fn from(record: Record) -> Self {
        match record {
            Record::Post(post) => Self::Post(post),
            other => Self::Other(Box::new(Content::Record(other))),
        }
    }
}

impl Kept {
    /// The content as a reader gets it.
    pub(super) fn content(&self) -> Content {
        match self {
            Self::Post(post) => Content::Record(Record::Post(Arc::clone(post))),
            Self::Other(content) => Content::clone(content),
        }
    }
}

/// One partition of one topic.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: VecDeque<(Position, Kept)>,
    /// Everything below was let go.
    start: Position,
    /// The next position to be given.
    end: Position,
}

impl Log {
    /// The first position that can still be read.
    pub(super) fn start(&self) -> Position {
        self.start
    }

    /// One past the last position, markers included.
    pub(super) fn end(&self) -> Position {
        self.end
    }

    /// Entries held.
    pub(super) fn retained(&self) -> usize {
        self.entries.len()
    }

    /// Adds an entry and returns its position.
    pub(super) fn push(&mut self, kept: Kept) -> Position {
        let position = self.end;
        self.entries.push_back((position, kept));
        self.end += 1;
        position
    }

    /// Takes one position for a transaction's marker, as Kafka does.
    pub(super) fn mark(&mut self) {
        self.end += 1;
    }

    /// The entries of `from..until`.
    pub(super) fn range(
        &self,
        from: Position,
        until: Position,
    ) -> impl Iterator<Item = (Position, &Kept)> {
        let first = self.entries.partition_point(|(position, _)| *position < from);
        self.entries
            .range(first..)
            .take_while(move |(position, _)| *position < until)
            .map(|(position, kept)| (*position, kept))
    }

    /// Lets go of everything below `floor`, and hands it out so that it is freed outside a lock.
    pub(super) fn trim(&mut self, floor: Position) -> Vec<(Position, Kept)> {
        let floor = floor.min(self.end);
        if floor <= self.start {
            return Vec::new();
        }
        self.start = floor;
        let keep = self.entries.partition_point(|(position, _)| *position < floor);
        self.entries.drain(..keep).collect()
    }
}
