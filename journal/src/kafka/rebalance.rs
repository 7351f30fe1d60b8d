//! What the group tells its consumer, kept until the member asks.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use rdkafka::{
    ClientContext, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata},
    error::KafkaError,
    types::RDKafkaRespErr,
};

use super::{context, lock};

/// One rebalance.
pub(super) enum Change {
    /// These partitions (topic's name, number) come with this generation.
    Assigned(Vec<(String, u32)>, Option<ConsumerGroupMetadata>),
    /// Everything goes.
    Revoked,
}

/// The context of a group consumer. Called by its polls, in the member's own thread.
#[derive(Default)]
pub(super) struct Rebalances {
    changes: Mutex<VecDeque<Change>>,
    is_closing: AtomicBool,
}

impl Rebalances {
    /// The oldest change not yet taken.
    pub(super) fn next(&self) -> Option<Change> {
        lock(&self.changes).pop_front()
    }

    /// Whether there is one.
    pub(super) fn has_changes(&self) -> bool {
        !lock(&self.changes).is_empty()
    }

    /// From now on nobody takes changes any more.
    pub(super) fn close(&self) {
        self.is_closing.store(true, Ordering::SeqCst);
        lock(&self.changes).clear();
    }
}

impl ClientContext for Rebalances {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        context::log(level, fac, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        context::disturbed(&error, reason);
    }
}

impl ConsumerContext for Rebalances {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        kind: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        let is_assignment = kind == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if is_assignment && !self.is_closing.load(Ordering::SeqCst) {
            let parts = list
                .elements()
                .iter()
                .filter_map(|part| {
                    Some((part.topic().to_owned(), u32::try_from(part.partition()).ok()?))
                })
                .collect();
            // The generation of this very assignment: read later, it might be a newer one, and a
            // stale member would pass for a present one.
            lock(&self.changes).push_back(Change::Assigned(parts, consumer.group_metadata()));
            return;
        }
        // At once, so that the group need not wait for the member.
        if let Err(error) = consumer.unassign() {
            tracing::warn!(%error, "giving partitions back failed");
        }
        if !self.is_closing.load(Ordering::SeqCst) {
            lock(&self.changes).push_back(Change::Revoked);
        }
    }
}
