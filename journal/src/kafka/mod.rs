//! The journal over Apache Kafka.
//!
//! [`Journal::append`] goes through one idempotent producer and returns when every record is
//! acknowledged by all replicas in sync. A member is one group consumer and one transactional
//! producer: outputs and positions go in one transaction, fenced by the group's generation, and
//! everybody reads committed records only. Partitions are computed here, never by the client.
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
//! a member commits *next* shows only after all of that: the broker ends a producer's
//! transactions one after the other.
//!
//! An append that fails may have appended some of its records.
//!
//! **Invariant:** no record is read before it is committed, and none is written by a member
//! whose partitions were given to another.

pub(crate) mod checkup;
mod config;
mod context;
mod denied;
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
mod topics;
mod transaction;
mod trial;

use std::{
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use colloquy_transcript::{Record, Topic};
use rdkafka::{
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseProducer, BaseRecord, Producer as _},
};

pub use self::options::{KafkaOptionError, KafkaOptions};
use self::{
    config::Cluster,
    context::Heard,
    denied::{DENIED_SLEEP, Denials, denial},
    member::KafkaMember,
    producer::{Reports, deliver},
    reader::Reader,
    rights::Asked,
};
use crate::{
    Cause, Entry, Journal, JournalError, Member, Placed, Position, Settings, TopicPartition,
    codec::Batch,
    poison::ACKNOWLEDGED_WAIT,
    pool::{Pool, lock},
};

/// Longest wait for one answer of the cluster that is not asked for again.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// Longest wait of somebody at work for a cluster that is away: shorter than the time after which a
/// member that does not poll loses its partitions.
const OUTAGE_WAIT: Duration = Duration::from_mins(4);

/// Sleep before a question that the cluster could not answer yet is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(20);

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

/// Whether the cluster is only moving a partition, or has just made it.
fn passes(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::UnknownTopicOrPartition
                // The same, as the client itself says it while it has no metadata.
                | RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::AllBrokersDown
                | RDKafkaErrorCode::OperationTimedOut
                // It waited for a connection the whole time, and was never sent.
                | RDKafkaErrorCode::TimedOutQueue
                | RDKafkaErrorCode::BrokerTransportFailure
        )
    )
}

impl Shared {
    fn end(&self, at: TopicPartition) -> Result<Position, KafkaError> {
        self.watermarks(at).map(|(_, end)| end)
    }

    /// The first position that retention left.
    fn start(&self, at: TopicPartition) -> Result<Position, KafkaError> {
        self.watermarks(at).map(|(start, _)| start)
    }

    fn watermarks(&self, at: TopicPartition) -> Result<(Position, Position), KafkaError> {
        // Errors of the connection wait in its queue; nobody else takes them out.
        while self.watcher.poll(Duration::ZERO).is_some() {}
        let topic = self.cluster.name(at.topic);
        let deadline = Instant::now() + OUTAGE_WAIT;
        let patience = self.cluster.patience();
        let mut denials = Denials::default();
        loop {
            let wait = patience.slice(deadline);
            match self.watcher.fetch_watermarks(topic, signed(at.partition), wait) {
                Ok((start, end)) => return Ok((position(start), position(end))),
                Err(error) => {
                    // A topic that may not be seen any more looks like one that is not there.
                    let error = match denial(&error) {
                        None if rights::is_hidden(
                            &self.watcher,
                            topic,
                            patience.slice(deadline),
                        ) =>
                        {
                            KafkaError::MetadataFetch(RDKafkaErrorCode::TopicAuthorizationFailed)
                        }
                        _ => error,
                    };
                    let is_denied = denial(&error).is_some();
                    let lasts = denials.last(is_denied, Instant::now());
                    let may_pass = if is_denied { !lasts } else { passes(&error) };
                    if patience.is_over(deadline) || !may_pass {
                        return Err(error);
                    }
                    tracing::debug!(%error, topic, "asking for the end again");
                    thread::sleep(if is_denied { DENIED_SLEEP } else { ASK_AGAIN });
                    // The client does not look by itself where a partition went: asked after a
                    // broker came back, before it led anything, it would not know it for ever.
                    self.watcher.fetch_metadata(None, patience.slice(deadline)).ok();
                }
            }
        }
    }

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
        let mut any = false;
        self.with_reader(|reader| {
            let name = self.cluster.name(at.topic);
            reader.read(self.cluster.patience(), name, at, (from, until), &mut |_| {
                any = true;
                false
            })
        })?;
        Ok(any)
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
        let mut denials = Denials::default();
        loop {
            let (topic, error) = match deliver(&producer, &self.shared.cluster, &batch) {
                Ok(placed) => return Ok(placed),
                Err(failed) => failed,
            };
            let is_denied = denial(&error).is_some();
            let may_pass = is_denied && !denials.last(true, Instant::now());
            if !may_pass || self.shared.cluster.patience().has_ended() {
                let asked = Asked { writes: vec![topic], ..Asked::default() };
                let cause = rights::name(&self.shared.cluster, error, &asked);
                return Err(JournalError::Append { topic, cause });
            }
            // The whole of it, so that of two records of one key the later one stays the last.
            tracing::debug!(%error, topic = topic.as_str(), "appending again what was denied");
            thread::sleep(DENIED_SLEEP);
            if producer.client().fatal_error().is_some() {
                let anew = self.shared.cluster.producer().create_with_context(Reports::default());
                *producer =
                    anew.map_err(|cause| JournalError::Append { topic, cause: Box::new(cause) })?;
            }
        }
    }

    fn join(&self, group: &str, topics: &[Topic]) -> Result<Box<dyn Member>, JournalError> {
        let member = KafkaMember::join(Arc::clone(&self.shared), group, topics);
        Ok(Box::new(member.map_err(|cause| JournalError::Group {
            group: group.to_owned(),
            cause: rights::name(
                &self.shared.cluster,
                cause,
                &Asked { group: Some(group), ..Asked::default() },
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A worker ended by the third of these, asked while its connection to a broker was being made.
    #[test]
    fn a_question_that_nobody_answered_in_time_is_asked_again() {
        for code in [
            RDKafkaErrorCode::OperationTimedOut,
            RDKafkaErrorCode::BrokerTransportFailure,
            RDKafkaErrorCode::TimedOutQueue,
        ] {
            assert!(passes(&KafkaError::MetadataFetch(code)), "{code:?}");
        }
        assert!(!passes(&KafkaError::MetadataFetch(RDKafkaErrorCode::TopicAuthorizationFailed)));
    }
}
