//! The journal over Apache Kafka.
//!
//! [`Journal::append`] goes through one idempotent producer and returns when every record is
//! acknowledged by all replicas in sync. A member is one group consumer and one transactional
//! producer: outputs and positions go in one transaction, fenced by the group's generation, and
//! everybody reads committed records only. Partitions are computed here, never by the client.
//! Transactional ids belong to partitions (see `member::inherit`): whoever gets a partition ends what
//! a former holder left open.
//!
//! # Positions
//! A position is an offset. Transaction markers and compaction take or remove offsets, so the
//! position after the last record may lie below the end. When the client says that it came to an
//! end, the member asks for the end and looks whether any record lies between; if none does, its
//! position *is* the end (see `member`). The end of a partition is its last stable offset: an
//! open transaction holds it back until it ends, at the latest by its timeout, so that "position
//! equals end" never passes over records that are yet to be committed.
//!
//! A commit shows a moment after [`Member::commit`] returned, and partition by partition. What
//! a member commits *next*, before partitions change hands, shows only after all of that: the
//! broker ends a producer's transactions one after the other, and because it may forget to do so
//! somewhere, the member looks whether it has (see `member::commit`).
//!
//! An append that fails may have appended some of its records.
//!
//! **Invariant:** no record is read before it is committed, and none is written by a member
//! whose partitions were given to another.

pub(crate) mod checkup;
mod config;
mod context;
mod denied;
mod ends;
mod gaps;
mod hanging;
mod judge;
mod member;
mod options;
mod patience;
mod permissions;
mod positions;
mod producer;
mod reader;
mod rebalance;
mod rights;
mod tag;
mod topics;
mod transaction;
mod trial;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use colloquy_transcript::Record;
use rdkafka::{
    consumer::BaseConsumer,
    error::KafkaError,
    producer::{BaseProducer, BaseRecord, Producer as _},
};

pub use self::options::{KafkaOptionError, KafkaOptions};
use self::{
    config::Cluster,
    context::Heard,
    ends::passes,
    member::KafkaMember,
    producer::{Reports, append},
    reader::Reader,
    rights::Asked,
};
use crate::{
    Cause, Entry, Group, Journal, JournalError, Member, Placed, Position, Settings, TopicPartition,
    codec::Batch,
    poison::ACKNOWLEDGED_WAIT,
    pool::{Pool, lock},
};

/// Longest wait for one answer of the cluster that is not asked for again.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// Longest wait of somebody at work for a cluster that is away: shorter than the time after which a
/// member that does not poll loses its partitions.
const OUTAGE_WAIT: Duration = Duration::from_mins(4);

/// A journal over Kafka. Clones share its clients.
#[derive(Clone)]
pub struct KafkaJournal {
    shared: Arc<Shared>,
}

struct Shared {
    cluster: Cluster,
    partitions: u32,
    producer: Mutex<BaseProducer<Reports>>,
    /// Asks for the ends of partitions; belongs to no group.
    watcher: BaseConsumer<Heard>,
    readers: Pool<Reader>,
    /// Those that also read what is not committed.
    readers_of_all: Pool<Reader>,
}

impl KafkaJournal {
    /// Connects to `brokers` (`HOST:PORT[,HOST:PORT]`) and creates the topics that are missing.
    ///
    /// # Errors
    /// [`JournalError::Open`] if no broker answers within half a minute or topics cannot be
    /// created, [`JournalError::Layout`] if the topics differ in their number of partitions.
    pub fn open(brokers: &str, settings: &Settings) -> Result<Self, JournalError> {
        let journal = format!("kafka:{brokers}");
        let failed = |cause: KafkaError| JournalError::Open {
            journal: journal.clone(),
            cause: Box::new(cause),
        };
        let cluster = Cluster::new(brokers, settings);
        let watcher: BaseConsumer<Heard> =
            cluster.watcher().create_with_context(Heard::default()).map_err(failed)?;
        topics::reach(&cluster, &watcher)?;
        let partitions = topics::prepare(&cluster, &watcher, settings)?;
        let producer =
            cluster.producer().create_with_context(Reports::default()).map_err(failed)?;
        Ok(Self {
            shared: Arc::new(Shared {
                cluster,
                partitions,
                producer: Mutex::new(producer),
                watcher,
                readers: Pool::new(),
                readers_of_all: Pool::new(),
            }),
        })
    }
}

impl KafkaJournal {
    /// Puts bytes that no version can read, or null, where a record would lie.
    pub(crate) fn poison(
        &self,
        at: TopicPartition,
        bytes: Option<&[u8]>,
    ) -> Result<(), KafkaError> {
        let producer: BaseProducer = self.shared.cluster.producer().create()?;
        let mut record = BaseRecord::<str, [u8]>::to(self.shared.cluster.name(at.topic))
            .partition(signed(at.partition))
            .key("poison");
        record.payload = bytes;
        producer.send(record).map_err(|(error, _)| error)?;
        producer.flush(ACKNOWLEDGED_WAIT)
    }
}

/// librdkafka counts partitions as signed integers; ours are far below the bound.
fn signed(partition: u32) -> i32 {
    i32::try_from(partition).unwrap_or(i32::MAX)
}

/// An offset of a record or an end: never negative.
fn position(offset: i64) -> Position {
    u64::try_from(offset).unwrap_or(0)
}

/// A position as an offset.
fn offset(position: Position) -> rdkafka::Offset {
    rdkafka::Offset::Offset(i64::try_from(position).unwrap_or(i64::MAX))
}

impl Shared {
    /// Runs `work` on a range reader that nobody else uses meanwhile.
    fn with_reader<T>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, KafkaError>,
    ) -> Result<T, KafkaError> {
        self.readers.with(|| Reader::new(&self.cluster), work)
    }

    /// Whether a committed record lies in `from..until`.
    fn holds_any(
        &self,
        at: TopicPartition,
        from: Position,
        until: Position,
    ) -> Result<bool, KafkaError> {
        self.with_reader(|reader| reader.holds_any(&self.cluster, at, (from, until)))
    }

    fn known(&self, at: TopicPartition) -> Result<(), JournalError> {
        if at.partition < self.partitions {
            return Ok(());
        }
        Err(self.unread(at, format!("the journal has {} partitions", self.partitions).into()))
    }

    fn unread_by(&self, at: TopicPartition, error: KafkaError) -> JournalError {
        let asked = Asked { reads: vec![at.topic], ..Asked::default() };
        self.unread(at, rights::name(&self.cluster, error, &asked))
    }

    fn unread(&self, at: TopicPartition, cause: Cause) -> JournalError {
        let what = format!("{} partition {}", self.cluster.name(at.topic), at.partition);
        JournalError::Read { what, cause }
    }
}

impl Journal for KafkaJournal {
    fn partitions(&self) -> u32 {
        self.shared.partitions
    }

    fn append(&self, records: Vec<Record>) -> Result<Vec<Placed>, JournalError> {
        let batch = Batch::new(&records, self.shared.partitions);
        drop(records);
        let mut producer = lock(&self.shared.producer);
        append(&mut producer, &self.shared.cluster, &batch)
            .map_err(|(topic, cause)| JournalError::Append { topic, cause })
    }

    fn join(&self, group: Group<'_>) -> Result<Box<dyn Member>, JournalError> {
        let member = KafkaMember::join(Arc::clone(&self.shared), group);
        Ok(Box::new(member.map_err(|cause| JournalError::Group {
            group: group.name.to_owned(),
            cause: rights::name(
                &self.shared.cluster,
                cause,
                &Asked { group: Some(group.name), ..Asked::default() },
            ),
        })?))
    }

    fn end(&self, at: TopicPartition) -> Result<Position, JournalError> {
        self.shared.known(at)?;
        self.shared.end(at).map_err(|cause| self.shared.unread_by(at, cause))
    }

    fn read(
        &self,
        at: TopicPartition,
        from: Position,
        until: Position,
        each: &mut dyn FnMut(Entry),
    ) -> Result<(), JournalError> {
        self.shared.known(at)?;
        // Asked before reading, so that a read ends even while others append.
        let end = self.end(at)?;
        let range = (from, until.min(end));
        let name = self.shared.cluster.name(at.topic);
        let patience = self.shared.cluster.patience();
        let read = self.shared.with_reader(|reader| {
            reader.read(patience, name, at, range, &mut |entry| {
                each(entry);
                true
            })
        });
        read.map_err(|cause| self.shared.unread_by(at, cause))
    }
}
