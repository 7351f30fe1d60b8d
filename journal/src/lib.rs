//! The event journal: one trait, three implementations.
//!
//! # Topics, partitions, positions
//! A journal holds the [`Topic`]s of the vocabulary, each in the same number of partitions. A
//! chat lies in one partition of every topic. Within one partition of one topic records have
//! rising *positions*; positions may have holes (transaction markers, compaction), so nobody
//! counts with them. A position is always *exclusive* when it bounds: "read up to 7" has seen
//! everything below 7, and committing 7 means that 7 is read next. The one place where a client
//! library thinks otherwise converts at its edge.
//!
//! # Delivery
//! [`Journal::append`] is durable when it returns. A [`Member`] of a group reads the partitions
//! assigned to it and hands over its outputs together with the positions that they cover in one
//! [`Member::commit`]: either both are visible or neither is, and a member whose partitions were
//! given to another cannot commit any more ([`CommitError::Fenced`]).
//!
//! **Invariant:** nothing outside `kafka` names rdkafka, nothing outside `embedded` names
//! rusqlite; `memory` encodes nothing.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, SystemTime},
};

use colloquy_transcript::{Record, Topic};

pub mod checkup;
mod codec;
mod error;
mod pool;
mod share;
mod telemetry;
mod url;

pub mod embedded;
pub mod kafka;
pub mod memory;
#[doc(hidden)]
pub mod poison;
#[cfg(test)]
mod tests;
pub mod watch;

pub use error::{Cause, CommitError, Denied, JournalError};
pub use url::{JournalUrl, JournalUrlError};

/// A position in one partition of one topic.
pub type Position = u64;

/// One partition of one topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// The topic.
    pub topic: Topic,
    /// The partition, from 0.
    pub partition: u32,
}

/// Where an appended record came to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Topic and partition.
    pub at: TopicPartition,
    /// Its position there.
    pub position: Position,
}

/// A record as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Topic and partition.
    pub at: TopicPartition,
    /// Its position there.
    pub position: Position,
    /// When it was appended, by the clock of whoever did; `None` where the journal does not say.
    pub appended_at: Option<SystemTime>,
    /// The record, or why it could not be decoded.
    pub content: Content,
}

/// What an entry holds.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every entry is a record: a box would be one allocation more for each"
)]
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A record of a version that this program reads.
    Record(Record),
    /// Bytes that it does not: poison, or a newer version. Never an error: the reader sets them
    /// aside and goes on.
    Unreadable {
        /// The original value, empty for a null.
        bytes: Vec<u8>,
        /// Why, for a person.
        reason: String,
    },
}

/// The positions of one input partition that a commit covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The input partition.
    pub at: TopicPartition,
    /// The oldest position that is still needed: reading resumes here after a restart.
    pub position: Position,
    /// The first position whose effects are not yet published; at least `position`.
    pub unpublished: Position,
}

/// A partition that a member was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// Which.
    pub at: TopicPartition,
    /// What the group committed for it; `None` on the first visit.
    pub committed: Option<Progress>,
}

/// Everything that a member can be told.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every event is an entry: a box would cost an allocation for each"
)]
pub enum Event {
    /// These partitions are the member's from now on. Reading starts at the committed position,
    /// or at the beginning.
    Assigned(Vec<Assignment>),
    /// These are no longer; nothing of them may be committed any more.
    Revoked(Vec<TopicPartition>),
    /// One record.
    Entry(Entry),
}

/// Readers that share the partitions of what they read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group<'a> {
    /// What it is called; positions are committed under it.
    pub name: &'a str,
    /// What it reads: whichever member gets partition 2 of one topic gets partition 2 of all of them.
    pub reads: &'a [Topic],
    /// Where its outputs go: what members that died left unfinished there, whoever gets their
    /// partitions ends.
    pub writes: &'a [Topic],
}

/// A journal: shared by the threads of a process, safe for several processes where it is on disk.
pub trait Journal: Send + Sync {
    /// The number of partitions of every topic.
    fn partitions(&self) -> u32;

    /// Appends the records in order and returns when they are durable. Blocks while the journal
    /// is full (back-pressure).
    fn append(&self, records: Vec<Record>) -> Result<Vec<Placed>, JournalError>;

    /// Joins the group.
    fn join(&self, group: Group<'_>) -> Result<Box<dyn Member>, JournalError>;

    /// One past the last position of a partition, committed records only.
    fn end(&self, at: TopicPartition) -> Result<Position, JournalError>;

    /// Reads committed records of `from..until` in order and hands each to `each`. Records that
    /// compaction or retention removed are skipped.
    fn read(
        &self,
        at: TopicPartition,
        from: Position,
        until: Position,
        each: &mut dyn FnMut(Entry),
    ) -> Result<(), JournalError>;
}

/// One member of a group.
pub trait Member: Send {
    /// Waits up to `wait` for something to tell, and returns at most `entries_max` entries (an
    /// assignment or revocation comes alone, before any entry that it concerns). Within one
    /// partition of a topic entries come in order; between topics there is no order.
    fn poll(&mut self, entries_max: usize, wait: Duration) -> Result<Vec<Event>, JournalError>;

    /// The next position to be read of an assigned partition. It equals [`Journal::end`] exactly
    /// when everything committed was polled, holes at the end included.
    fn position(&mut self, at: TopicPartition) -> Result<Position, JournalError>;

    /// Continues reading an assigned partition at `position`.
    fn seek(&mut self, at: TopicPartition, position: Position) -> Result<(), JournalError>;

    /// Says in the middle of a long piece of work that this member lives, so that its partitions stay
    /// its own however long that takes, and tells whether they still are. If not, nothing of them can
    /// be committed any more: the work is in vain, and the next poll says what changed. Cheap enough
    /// to be called every few hundred entries.
    fn stay(&mut self) -> Result<bool, JournalError>;

    /// Appends `outputs` and records `progress`, in one transaction: both or neither. Returns
    /// where the outputs lie.
    fn commit(
        &mut self,
        outputs: Vec<Record>,
        progress: &[Progress],
    ) -> Result<Vec<Placed>, CommitError>;

    /// Leaves the group at once, so that its partitions go to others without a timeout.
    fn leave(self: Box<Self>) -> Result<(), JournalError>;
}

/// Opens the journal that `url` names, and creates its topics when they are missing.
pub fn open(url: &JournalUrl, settings: &Settings) -> Result<Box<dyn Journal>, JournalError> {
    Ok(match url {
        JournalUrl::Memory => Box::new(memory::MemoryJournal::new(settings)),
        JournalUrl::Sqlite(path) => Box::new(embedded::EmbeddedJournal::open(path, settings)?),
        JournalUrl::Kafka(brokers) => Box::new(kafka::KafkaJournal::open(brokers, settings)?),
    })
}

/// How a journal is laid out; used where it is created, checked where it exists.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Partitions of every topic; 1 or more.
    pub partitions: u32,
    /// Copies of every record; Kafka only.
    pub replication: i32,
    /// How long a dead letter lives, in hours.
    pub dead_letters_hours: u32,
    /// Upper bound of the lag of compaction, in hours: deleted text is gone after it.
    pub compaction_lag_hours_max: u32,
    /// Put before every topic's name with a dot; Kafka only. Empty for none.
    pub prefix: String,
    /// Bytes of records that one partition of a topic keeps before an append waits for the readers;
    /// memory only. A reader that has read everything and still needs it all is never waited for.
    pub memory_bytes_max: usize,
    /// How to connect (TLS, SASL) and whatever else Kafka's clients can be told; Kafka only.
    pub kafka: kafka::KafkaOptions,
    /// Turns true when the process is told to stop. From then on nobody waits for long for a cluster
    /// that does not answer; Kafka only.
    pub stop: Arc<AtomicBool>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            partitions: 6,
            replication: 1,
            dead_letters_hours: 7 * 24,
            compaction_lag_hours_max: 12,
            prefix: "colloquy".to_owned(),
            memory_bytes_max: 64_000_000,
            kafka: kafka::KafkaOptions::default(),
            stop: Arc::default(),
        }
    }
}
