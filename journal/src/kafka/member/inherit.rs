//! What a member takes over with its partitions: the transactional ids of their numbers.
//!
//! Every partition number has an id of its own, and it is used by whoever holds that partition; of several
//! ids a member uses the lowest. So an id comes back, and its next user ends what the former left: a
//! transaction of somebody who died, which readers would else wait for until it times out, and one that a
//! killed broker forgot to end in a partition, which they would wait for without end.

use std::{thread, time::Instant};

use colloquy_transcript::Topic;
use rdkafka::{
    TopicPartitionList,
    consumer::{BaseConsumer, ConsumerGroupMetadata},
    error::KafkaError,
};

use super::{
    super::{
        OUTAGE_WAIT, Shared,
        config::Cluster,
        context::Heard,
        denied::Denials,
        gaps::{Gap, gaps},
        positions::offsets,
        transaction::{RETRY_SLEEP, Transactional, Undone},
    },
    KafkaMember,
};
use crate::TopicPartition;

/// Ids that are registered at once: each takes some answers of the cluster, one after the other.
const AT_ONCE: usize = 16;

/// What is to be ended, and in whose name.
struct Former<'a> {
    cluster: &'a Cluster,
    group: &'a str,
    generation: &'a ConsumerGroupMetadata,
    /// Where something is not committed yet.
    open: Vec<TopicPartition>,
    /// Positions of the group: any, since they are not committed.
    offsets: TopicPartitionList,
    deadline: Instant,
}

impl KafkaMember {
    /// Registers under the ids of partitions that came, and ends what their former users left. Where the
    /// group has moved on meanwhile, the rest is left to others.
    pub(super) fn inherit(&mut self, parts: &[TopicPartition]) -> Result<(), KafkaError> {
        self.producer = None;
        let Some(former) = self.former(parts)? else { return Ok(()) };
        let mut numbers: Vec<u32> = parts.iter().map(|at| at.partition).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut lowest = None;
        for numbers in numbers.chunks(AT_ONCE) {
            let registered = former.enlist_all(numbers)?;
            if registered.len() < numbers.len() {
                return Ok(());
            }
            lowest = lowest.or(registered.into_iter().next());
        }
        self.producer = lowest;
        Ok(())
    }

    /// The producer of a member that has none, or has lost it.
    pub(super) fn enlist_again(&self) -> Result<Option<Transactional>, KafkaError> {
        let held: Vec<TopicPartition> = self.held.iter().map(|held| held.at).collect();
        let Some(former) = self.former(&held)? else { return Ok(None) };
        let lowest = held.iter().map(|at| at.partition).min();
        lowest.map_or(Ok(None), |number| former.enlist(number))
    }

    /// What former users of ids may have left, for whoever holds `parts` in the present generation.
    fn former(&self, parts: &[TopicPartition]) -> Result<Option<Former<'_>>, KafkaError> {
        let (Some(generation), Some(at)) = (&self.generation, parts.first()) else {
            return Ok(None);
        };
        let cluster = &self.shared.cluster;
        let deadline = Instant::now() + OUTAGE_WAIT;
        let open = self.shared.open(&self.writes, deadline)?;
        let offsets = offsets(cluster, &[(*at, None)])?;
        Ok(Some(Former { cluster, group: &self.group, generation, open, offsets, deadline }))
    }
}

impl Former<'_> {
    /// Registers under the ids of these numbers; fewer than all if the group has moved on.
    fn enlist_all(&self, numbers: &[u32]) -> Result<Vec<Transactional>, KafkaError> {
        thread::scope(|scope| {
            let enlisted: Vec<_> =
                numbers.iter().map(|&number| scope.spawn(move || self.enlist(number))).collect();
            let joined = enlisted.into_iter().map(|thread| match thread.join() {
                Ok(enlisted) => enlisted,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            joined.filter_map(Result::transpose).collect()
        })
    }

    /// Registers under the id of a number; nothing if the group has moved on.
    fn enlist(&self, number: u32) -> Result<Option<Transactional>, KafkaError> {
        let Self { cluster, group, deadline, .. } = *self;
        let mut denials = Denials::default();
        loop {
            let producer = Transactional::new(cluster, &format!("{group}-{number}"), deadline)?;
            let ended = producer.end_former(cluster, &self.open, &self.offsets, self.generation);
            let error = match ended {
                Ok(()) => return Ok(Some(producer)),
                Err(Undone::Fenced) => return Ok(None),
                Err(
                    Undone::Displaced(error)
                    | Undone::Broken(error)
                    | Undone::Failed(error)
                    | Undone::Denied(error),
                ) => error,
            };
            let retry = denials.retry(&error, Some(RETRY_SLEEP), Instant::now());
            let Some(sleep) = retry.filter(|_| !cluster.patience().is_over(deadline)) else {
                return Err(error);
            };
            tracing::debug!(%error, group, number, "ending what was left open again");
            thread::sleep(sleep);
        }
    }
}

impl Shared {
    /// Every partition of these topics.
    pub(super) fn all_of(&self, topics: &[Topic]) -> Vec<TopicPartition> {
        let numbers =
            |&topic| (0..self.partitions).map(move |partition| TopicPartition { topic, partition });
        topics.iter().flat_map(numbers).collect()
    }

    /// Where something is not committed yet: by somebody at work, or left.
    pub(super) fn gaps(&self, parts: &[TopicPartition]) -> Result<Vec<Gap>, KafkaError> {
        let all: BaseConsumer<Heard> =
            self.cluster.unfinished("ranges").create_with_context(Heard::default())?;
        let gaps = gaps(&self.cluster, (&self.watcher, &all), parts);
        // A client that is let go waits for a broker that is away; nobody waits for the client.
        thread::spawn(move || drop(all));
        gaps
    }

    /// The same for all partitions of these topics, asked until there is an answer.
    fn open(&self, topics: &[Topic], deadline: Instant) -> Result<Vec<TopicPartition>, KafkaError> {
        let parts = self.all_of(topics);
        let mut denials = Denials::default();
        loop {
            match self.gaps(&parts) {
                Ok(gaps) => return Ok(gaps.into_iter().map(|gap| gap.at).collect()),
                Err(error) => self.before_asking_again(error, topics, &mut denials, deadline)?,
            }
        }
    }
}
