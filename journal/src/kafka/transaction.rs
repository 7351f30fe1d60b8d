//! The producer of a member: outputs and positions in one transaction.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rdkafka::{
    TopicPartitionList,
    consumer::ConsumerGroupMetadata,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseProducer, BaseRecord, Producer},
};

use super::{
    ANSWER_WAIT,
    config::{Cluster, TRANSACTION_TIMEOUT_MS},
    denied::{Denials, denial},
    passes,
    positions::offsets,
    producer::{Reports, deliver, hand_over},
    signed,
    tag::{Tag, end_headers},
};
use crate::{Placed, Position, Progress, TopicPartition, codec::Batch};

/// Longest time in which a commit whose answer got lost is asked for again.
const COMMIT_WAIT: Duration = Duration::from_mins(2);

/// Sleep before an operation that may succeed later is tried again.
pub(super) const RETRY_SLEEP: Duration = Duration::from_millis(20);

/// Key of records that no reader gets.
const NOBODY: &str = "nobody";

/// Why a transaction did not take place.
#[derive(Debug)]
pub(super) enum Undone {
    /// The group says that another generation is in charge; a rebalance follows.
    Fenced,
    /// Somebody else registered under the id since. If the answer to the commit itself was lost, nobody
    /// knows whether it took place. No rebalance follows by itself.
    Displaced(KafkaError),
    /// Nothing of it is visible: it may be tried again, by another producer.
    Broken(KafkaError),
    /// The answer to the commit was lost, and nobody knows; or it was not tried at all.
    Failed(KafkaError),
    /// The access rules do not allow part of it: nothing was committed, and this producer is of no more
    /// use.
    Denied(KafkaError),
}

/// What is to be done with what former users of an id left open.
#[derive(Debug, Default)]
pub(super) struct Endings {
    /// Partitions in which it was committed.
    pub(super) committed: Vec<TopicPartition>,
    /// Partitions in which it was aborted.
    pub(super) aborted: Vec<TopicPartition>,
}

/// A transactional producer: one user of the transactional id of a partition number.
pub(super) struct Transactional {
    producer: BaseProducer<Reports>,
    /// Of the next transaction.
    tag: Tag,
    /// When the transaction in hand began.
    began: Instant,
    /// Where the last transaction wrote, and its last record there: if a broker forgot to end it, the next
    /// one would join it, and share its fate.
    wrote: BTreeMap<TopicPartition, Position>,
}

impl Transactional {
    /// Registers under the id of a partition number, and so ends what is open under it. A broker that comes
    /// back says for a while that it coordinates nothing: it is asked again, by another producer where this
    /// one is of no more use.
    pub(super) fn new(
        cluster: &Cluster,
        group: &str,
        number: u32,
        deadline: Instant,
    ) -> Result<Self, KafkaError> {
        let mut denials = Denials::default();
        loop {
            let error = match Self::register(cluster, group, number) {
                Ok(registered) => return Ok(registered),
                Err(error) => error,
            };
            let passes = comes_back(&error).then_some(RETRY_SLEEP);
            let retry = denials.retry(&error, passes, Instant::now());
            let Some(sleep) = retry.filter(|_| !cluster.patience().is_over(deadline)) else {
                return Err(error);
            };
            tracing::debug!(%error, group, number, "registering a producer again");
            std::thread::sleep(sleep);
        }
    }

    /// Tries once.
    pub(super) fn register(
        cluster: &Cluster,
        group: &str,
        number: u32,
    ) -> Result<Self, KafkaError> {
        let producer: BaseProducer<Reports> =
            cluster.transactional(group, number).create_with_context(Reports::default())?;
        patiently(cluster, ANSWER_WAIT, |wait| producer.init_transactions(wait))?;
        // Users of one id come one after the other: their times of registration tell them apart.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let user = u64::try_from(since.as_nanos()).unwrap_or_default();
        let tag = Tag { group: group.to_owned(), number, user, nth: 0 };
        Ok(Self { producer, tag, began: Instant::now(), wrote: BTreeMap::new() })
    }

    /// The partition number of its id.
    pub(super) fn number(&self) -> u32 {
        self.tag.number
    }

    /// What must have ended before it goes on, the last record in each partition: a commit is answered
    /// before its marks are written, and a broker may forget to write them.
    pub(super) fn wrote(&self) -> &BTreeMap<TopicPartition, Position> {
        &self.wrote
    }

    /// Ends what former users of the id left in partitions without a mark of its end: a transaction of this
    /// one brings the mark. If it came with the next outputs, those left would count as they do. The first
    /// transaction also covers the group's positions, of which it names one: it is aborted, and shows
    /// whether the generation stands.
    pub(super) fn end_former(
        &mut self,
        cluster: &Cluster,
        endings: &Endings,
        at: TopicPartition,
        metadata: &ConsumerGroupMetadata,
    ) -> Result<(), Undone> {
        let offsets = offsets(cluster, &[(at, None)], &self.tag).map_err(Undone::Failed)?;
        let positions = (&offsets, metadata);
        self.begin(cluster)?;
        touch(&self.producer, cluster, &endings.aborted)
            .map(|touched| self.wrote.extend(touched))
            .map_err(|error| self.reason(cluster, error, positions))
            .and_then(|()| self.send_offsets(cluster, positions))
            .map_err(|error| self.undone(cluster, error))?;
        patiently(cluster, ANSWER_WAIT, |wait| self.producer.abort_transaction(wait))
            .map_err(Undone::Broken)?;
        // One by one: where this transaction is aborted, that ends what was left there, too.
        for at in &endings.committed {
            if cluster.patience().stops() {
                return Err(Undone::Fenced);
            }
            self.begin(cluster)?;
            touch(&self.producer, cluster, std::slice::from_ref(at))
                .map(|touched| self.wrote.extend(touched))
                .and_then(|()| {
                    patiently(cluster, COMMIT_WAIT, |wait| self.producer.commit_transaction(wait))
                })
                .map_err(|error| self.undone(cluster, error))?;
        }
        Ok(())
    }

    fn begin(&mut self, cluster: &Cluster) -> Result<(), Undone> {
        self.began = Instant::now();
        self.producer.begin_transaction().map_err(|error| self.undo(cluster, error))
    }

    fn send_offsets(
        &self,
        cluster: &Cluster,
        (offsets, metadata): (&TopicPartitionList, &ConsumerGroupMetadata),
    ) -> Result<(), KafkaError> {
        patiently(cluster, ANSWER_WAIT, |wait| {
            self.producer.send_offsets_to_transaction(offsets, metadata, wait)
        })
    }

    /// Outputs and progress, both or neither.
    pub(super) fn run(
        &mut self,
        cluster: &Cluster,
        outputs: &Batch,
        progress: &[(TopicPartition, Option<Progress>)],
        metadata: &ConsumerGroupMetadata,
    ) -> Result<Vec<Placed>, Undone> {
        if cluster.patience().has_ended() {
            let nobody = RDKafkaErrorCode::OperationTimedOut;
            return Err(Undone::Failed(KafkaError::MessageProduction(nobody)));
        }
        let offsets = offsets(cluster, progress, &self.tag).map_err(Undone::Failed)?;
        let positions = (&offsets, metadata);
        self.begin(cluster)?;
        let placed = deliver(&self.producer, cluster, outputs, Some(&self.tag))
            .map_err(|(_, error)| self.reason(cluster, error, positions))
            .and_then(|placed| self.send_offsets(cluster, positions).map(|()| placed))
            .map_err(|error| self.undone(cluster, error))?;
        match patiently(cluster, COMMIT_WAIT, |wait| self.producer.commit_transaction(wait)) {
            Ok(()) => {
                self.tag.nth += 1;
                self.wrote = placed.iter().map(|it| (it.at, it.position)).collect();
                Ok(placed)
            }
            Err(error) => Err(match self.undo(cluster, error) {
                // It may have been carried out: it must not be repeated.
                Undone::Broken(error) => Undone::Failed(error),
                other => other,
            }),
        }
    }

    /// Why records were let go: the client lets all of a transaction go when the cluster refuses part of
    /// it, and says the reason to whoever wants to go on with it. That is not tried where the transaction
    /// could go on.
    fn reason(
        &self,
        cluster: &Cluster,
        error: KafkaError,
        (offsets, metadata): (&TopicPartitionList, &ConsumerGroupMetadata),
    ) -> KafkaError {
        use RDKafkaErrorCode as Code;
        let is_let_go =
            matches!(error.rdkafka_error_code(), Some(Code::PurgeQueue | Code::PurgeInflight));
        // Or a stop left no more time, and nobody asks anything any more.
        if !is_let_go || cluster.patience().has_ended() {
            return error;
        }
        self.producer
            .send_offsets_to_transaction(offsets, metadata, RETRY_SLEEP)
            .err()
            .filter(|error| denial(error).is_some())
            .unwrap_or(error)
    }

    /// Aborts after `error`, which came before the commit, and says what it means: never that nobody knows.
    fn undone(&self, cluster: &Cluster, error: KafkaError) -> Undone {
        match self.undo(cluster, error) {
            Undone::Broken(error) | Undone::Failed(error) if denial(&error).is_some() => {
                Undone::Denied(error)
            }
            // A broker went; another user of the id may find another.
            Undone::Failed(error) => Undone::Broken(error),
            other => other,
        }
    }

    /// Aborts after `error`, and says what it means.
    fn undo(&self, cluster: &Cluster, error: KafkaError) -> Undone {
        let is_fatal = matches!(&error, KafkaError::Transaction(error) if error.is_fatal());
        let aborted = !is_fatal
            && patiently(cluster, ANSWER_WAIT, |wait| self.producer.abort_transaction(wait))
                .inspect_err(|abort| tracing::debug!(%abort, "aborting a transaction failed"))
                .is_ok();
        let fatal = self.producer.client().fatal_error().map(|(code, _)| code);
        // The coordinator says the same of a transaction that it ended for its age.
        let is_old = self.began.elapsed() >= Duration::from_millis(TRANSACTION_TIMEOUT_MS.into());
        match error.rdkafka_error_code() {
            _ if fatal == Some(RDKafkaErrorCode::Fenced) && !is_old => Undone::Displaced(error),
            _ if !aborted => Undone::Broken(error),
            Some(code) if is_fence(code) => Undone::Fenced,
            _ => Undone::Failed(error),
        }
    }
}

/// Writes a record that no reader gets into each of these partitions, and so makes them a part of the
/// transaction if the producer is in one. Tells where these records lie.
pub(super) fn touch(
    producer: &BaseProducer<Reports>,
    cluster: &Cluster,
    parts: &[TopicPartition],
) -> Result<Vec<(TopicPartition, Position)>, KafkaError> {
    let records = parts.iter().enumerate().map(|(place, at)| {
        BaseRecord::<str, [u8], usize>::with_opaque_to(cluster.name(at.topic), place)
            .partition(signed(at.partition))
            .key(NOBODY)
            .headers(end_headers())
    });
    let touched = hand_over(producer, cluster, parts.len(), records).map_err(|(_, error)| error)?;
    Ok(parts.iter().copied().zip(touched).collect())
}

/// Whether the code says that another generation is in charge.
fn is_fence(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::FencedInstanceId
            | Code::IllegalGeneration
            | Code::UnknownMemberId
            | Code::RebalanceInProgress
            | Code::StaleMemberEpoch
    )
}

/// Whether the coordinator of a producer is only being moved, or comes back.
fn comes_back(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    let moves =
        [Code::NotCoordinator, Code::CoordinatorNotAvailable, Code::CoordinatorLoadInProgress];
    passes(error) || error.rdkafka_error_code().is_some_and(|code| moves.contains(&code))
}

/// Repeats what the client says may be repeated. It is not asked in slices: the client loses track
/// of a transaction more easily the more often it is asked for.
fn patiently(
    cluster: &Cluster,
    wait: Duration,
    mut operation: impl FnMut(Duration) -> Result<(), KafkaError>,
) -> Result<(), KafkaError> {
    let patience = cluster.patience();
    let deadline = Instant::now() + wait;
    loop {
        match operation(patience.whole(ANSWER_WAIT)) {
            Err(KafkaError::Transaction(error))
                if error.is_retriable() && !patience.is_over(deadline) =>
            {
                std::thread::sleep(RETRY_SLEEP);
            }
            done => return done,
        }
    }
}
