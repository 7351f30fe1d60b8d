//! A commit: outputs and positions in one transaction, tried again where that helps.

use std::time::Instant;

use rdkafka::{TopicPartitionList, error::KafkaError};

use super::{
    super::{
        denied::{DENIED_SLEEP, Denials},
        positions::offsets,
        rights,
        transaction::Undone,
    },
    KafkaMember,
};
use crate::{CommitError, Placed, Progress, TopicPartition, codec::Batch};

impl KafkaMember {
    /// What the transaction says of positions. Without any it repeats one that stands, because
    /// only offsets are checked against the group's generation.
    fn progress_or_fence(&self, progress: &[Progress]) -> Vec<(TopicPartition, Option<Progress>)> {
        if progress.is_empty() {
            self.held.first().map(|held| (held.at, held.committed)).into_iter().collect()
        } else {
            progress.iter().map(|part| (part.at, Some(*part))).collect()
        }
    }

    pub(super) fn transact(
        &mut self,
        outputs: &Batch,
        progress: &[Progress],
    ) -> Result<Vec<Placed>, Undone> {
        let list = offsets(&self.shared.cluster, &self.progress_or_fence(progress))
            .map_err(Undone::Failed)?;
        let mut denials = Denials::default();
        loop {
            // A second try: a producer that idled too long is forgotten by the broker.
            let done = match self.try_transact(outputs, &list) {
                Err(Undone::Broken(error)) => {
                    tracing::debug!(%error, "registering a new producer");
                    self.try_transact(outputs, &list)
                }
                done => done,
            };
            match done {
                Err(Undone::Denied(error))
                    if !denials.last(true, Instant::now())
                        && !self.shared.cluster.patience().has_ended() =>
                {
                    tracing::debug!(%error, "trying a commit again that was denied");
                    std::thread::sleep(DENIED_SLEEP);
                }
                done => return done,
            }
        }
    }

    fn try_transact(
        &mut self,
        outputs: &Batch,
        list: &TopicPartitionList,
    ) -> Result<Vec<Placed>, Undone> {
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => self.enlist_again().map_err(Undone::Failed)?.ok_or(Undone::Fenced)?,
        };
        let Some(generation) = &self.generation else { return Err(Undone::Fenced) };
        let done = producer.run(&self.shared.cluster, outputs, list, generation);
        if matches!(done, Ok(_) | Err(Undone::Fenced | Undone::Failed(_))) {
            self.producer = Some(producer);
        }
        done
    }

    /// What was to be committed was not, and why.
    pub(super) fn uncommitted(&self, error: KafkaError) -> CommitError {
        let cause = rights::name(&self.shared.cluster, error, &self.asked());
        CommitError::Failed { group: self.group.clone(), cause }
    }
}
