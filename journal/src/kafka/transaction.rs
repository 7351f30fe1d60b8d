//! The producer of a member: outputs and positions in one transaction.

use std::time::{Duration, Instant};

use rdkafka::{
    TopicPartitionList,
    consumer::ConsumerGroupMetadata,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseProducer, BaseRecord, Producer},
};

use super::{
    ANSWER_WAIT,
    config::Cluster,
    denied::{Denials, denial},
    passes,
    producer::{Reports, deliver, hand_over},
    signed,
};
use crate::{Placed, TopicPartition, codec::Batch};

/// Longest time in which a commit whose answer got lost is asked for again.
const COMMIT_WAIT: Duration = Duration::from_mins(2);

/// Sleep before an operation that may succeed later is tried again.
pub(super) const RETRY_SLEEP: Duration = Duration::from_millis(20);

/// Key of records that are aborted, whatever happens.
const NOBODY: &str = "nobody";

/// Why a transaction did not take place.
#[derive(Debug)]
pub(super) enum Undone {
    /// The group says that another generation is in charge; a rebalance follows.
    Fenced,
    /// Somebody else registered under the id since, or the cluster ended the transaction for its age: if
    /// the answer to the commit itself was lost, nobody knows whether it took place. No rebalance follows
    /// by itself.
    Displaced(KafkaError),
    /// Nothing of it is visible, but this producer is of no more use.
    Broken(KafkaError),
    /// Nothing of it is visible; or, if the answer to the commit itself was lost, nobody knows.
    Failed(KafkaError),
    /// The access rules do not allow part of it: nothing was committed, and this producer is of no more
    /// use.
    Denied(KafkaError),
}

/// A transactional producer.
pub(super) struct Transactional {
    producer: BaseProducer<Reports>,
}

impl Transactional {
    /// Registers under a transactional id, and so ends what is open under it. A broker that comes back says
    /// for a while that it coordinates nothing: it is asked again, by another producer where this one is of
    /// no more use.
    pub(super) fn new(cluster: &Cluster, id: &str, deadline: Instant) -> Result<Self, KafkaError> {
        let mut denials = Denials::default();
        loop {
            let error = match Self::register(cluster, id) {
                Ok(registered) => return Ok(registered),
                Err(error) => error,
            };
            let passes = comes_back(&error).then_some(RETRY_SLEEP);
            let retry = denials.retry(&error, passes, Instant::now());
            let Some(sleep) = retry.filter(|_| !cluster.patience().is_over(deadline)) else {
                return Err(error);
            };
            tracing::debug!(%error, id, "registering a producer again");
            std::thread::sleep(sleep);
        }
    }

    /// Tries once.
    pub(super) fn register(cluster: &Cluster, id: &str) -> Result<Self, KafkaError> {
        let producer: BaseProducer<Reports> =
            cluster.transactional(id).create_with_context(Reports::default())?;
        patiently(cluster, ANSWER_WAIT, |wait| producer.init_transactions(wait))?;
        Ok(Self { producer })
    }

    /// A transaction over `open` and the group's offsets that is aborted: the mark of its end also ends what
    /// former users of the id left there without one. Without it their records and offsets would count as
    /// committed with the next transaction that is.
    pub(super) fn end_former(
        &self,
        cluster: &Cluster,
        open: &[TopicPartition],
        offsets: &TopicPartitionList,
        metadata: &ConsumerGroupMetadata,
    ) -> Result<(), Undone> {
        if let Err(error) = self.producer.begin_transaction() {
            return Err(self.undo(cluster, error));
        }
        let records = open.iter().enumerate().map(|(place, at)| {
            BaseRecord::<str, [u8], usize>::with_opaque_to(cluster.name(at.topic), place)
                .partition(signed(at.partition))
                .key(NOBODY)
        });
        let handed_over = hand_over(&self.producer, cluster, open.len(), records);
        let done = handed_over.map_err(|(_, error)| error).and_then(|_| {
            patiently(cluster, ANSWER_WAIT, |wait| {
                self.producer.send_offsets_to_transaction(offsets, metadata, wait)
            })
        });
        if let Err(error) = done {
            return Err(self.undone(cluster, error));
        }
        patiently(cluster, ANSWER_WAIT, |wait| self.producer.abort_transaction(wait))
            .map_err(Undone::Broken)
    }

    /// Outputs and offsets, both or neither.
    pub(super) fn run(
        &self,
        cluster: &Cluster,
        outputs: &Batch,
        offsets: &TopicPartitionList,
        metadata: &ConsumerGroupMetadata,
    ) -> Result<Vec<Placed>, Undone> {
        if cluster.patience().has_ended() {
            let nobody = RDKafkaErrorCode::OperationTimedOut;
            return Err(Undone::Failed(KafkaError::MessageProduction(nobody)));
        }
        if let Err(error) = self.producer.begin_transaction() {
            return Err(self.undo(cluster, error));
        }
        let prepared = deliver(&self.producer, cluster, outputs)
            .map_err(|(_, error)| self.reason(cluster, error, (offsets, metadata)));
        let prepared = prepared.and_then(|placed| {
            if offsets.count() > 0 {
                patiently(cluster, ANSWER_WAIT, |wait| {
                    self.producer.send_offsets_to_transaction(offsets, metadata, wait)
                })?;
            }
            Ok(placed)
        });
        let placed = prepared.map_err(|error| self.undone(cluster, error))?;
        match patiently(cluster, COMMIT_WAIT, |wait| self.producer.commit_transaction(wait)) {
            Ok(()) => Ok(placed),
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

    /// Aborts after `error`, which came before the commit, and says what it means.
    fn undone(&self, cluster: &Cluster, error: KafkaError) -> Undone {
        match self.undo(cluster, error) {
            Undone::Broken(error) | Undone::Failed(error) if denial(&error).is_some() => {
                Undone::Denied(error)
            }
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
        let fatal = self.producer.client().fatal_error();
        match error.rdkafka_error_code() {
            _ if fatal.is_some_and(|(code, _)| is_displaced(code)) => Undone::Displaced(error),
            _ if !aborted => Undone::Broken(error),
            Some(code) if is_fence(code) => Undone::Fenced,
            _ => Undone::Failed(error),
        }
    }
}

/// Whether another producer registered under the id, or the coordinator ended a transaction that took too
/// long: it says the same of both.
fn is_displaced(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(code, Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch)
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
