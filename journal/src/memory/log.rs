//! One partition of one topic: entries at rising positions, some of them let go.

use std::{collections::VecDeque, sync::Arc};

use colloquy_transcript::{Annotation, Attendance, GroundPost, Record};

use crate::{Content, Position};

/// Places for entries that a log keeps although they are empty.
const SPARE_ENTRIES_MAX: usize = 4_096;

/// An entry's content as it is kept. Posts, the bulk, take a pointer, and what there is one of per
/// post or person a box of its own size; everything else is boxed as it comes, so that the largest
/// kind of record does not set the size of all.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    /// A post, shared with whoever appended it.
    Post(Arc<GroundPost>),
    /// What a post is in its session.
    Annotation(Box<Annotation>),
    /// A participant.
    Attendance(Box<Attendance>),
    /// Any other record, or bytes that are none.
    Other(Box<Content>),
}

impl From<Record> for Kept {
    fn from(record: Record) -> Self {
        match record {
            Record::Post(post) => Self::Post(post),
            Record::Annotation(row) => Self::Annotation(Box::new(row)),
            Record::Attendance(row) => Self::Attendance(Box::new(row)),
            other => Self::Other(Box::new(Content::Record(other))),
        }
    }
}

impl Kept {
    /// The content as a reader gets it.
    pub(super) fn content(&self) -> Content {
        match self {
            Self::Post(post) => Content::Record(Record::Post(Arc::clone(post))),
            Self::Annotation(row) => Content::Record(Record::Annotation(Annotation::clone(row))),
            Self::Attendance(row) => Content::Record(Record::Attendance(Attendance::clone(row))),
            Self::Other(content) => Content::clone(content),
        }
    }

    /// An estimate of the memory that it takes, its place in a log included.
    pub(crate) fn memory_bytes(&self) -> usize {
        let content = match self {
            Self::Post(post) => post.memory_bytes(),
            Self::Annotation(row) => row.memory_bytes(),
            Self::Attendance(row) => row.memory_bytes(),
            Self::Other(content) => match &**content {
                Content::Record(record) => record.memory_bytes(),
                Content::Unreadable { bytes, reason } => {
                    size_of::<Content>() + bytes.len() + reason.len()
                }
            },
        };
        size_of::<(Position, Self)>() + content
    }
}

/// One partition of one topic.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: VecDeque<(Position, Kept)>,
    /// Memory of the entries, by [`Kept::memory_bytes`].
    bytes: usize,
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

    /// Memory of the entries that are held, roughly.
    pub(super) fn retained_bytes(&self) -> usize {
        self.bytes
    }

    /// Adds an entry and returns its position.
    pub(super) fn push(&mut self, kept: Kept) -> Position {
        let position = self.end;
        self.bytes += kept.memory_bytes();
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
        let gone: Vec<(Position, Kept)> = self.entries.drain(..keep).collect();
        let bytes: usize = gone.iter().map(|(_, kept)| kept.memory_bytes()).sum();
        self.bytes = self.bytes.saturating_sub(bytes);
        if self.entries.capacity() > SPARE_ENTRIES_MAX.max(4 * self.entries.len()) {
            self.entries.shrink_to(2 * self.entries.len());
        }
        gone
    }
}
