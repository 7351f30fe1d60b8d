//! What a member takes over with its partitions: the transactional ids of their numbers.
//!
//! Every partition number has an id of its own, and it is used by whoever holds that partition; of several
//! ids a member uses the lowest. So an id comes back, and its next user ends what the former left: a
//! transaction of somebody who died, which readers would else wait for until it times out, and one that a
//! killed broker forgot to end in a partition, which they would wait for without end.

use std::{thread, time::Instant};

use colloquy_transcript::Topic;
use rdkafka::{consumer::BaseConsumer, error::KafkaError};

use super::{
    super::{
        OUTAGE_WAIT, Shared,
        context::Heard,
        denied::Denials,
        gaps::{Gap, gaps},
        positions::offsets,
        transaction::{RETRY_SLEEP, Transactional, Undone},
    },
    KafkaMember,
};
use crate::TopicPartition;

impl KafkaMember {
    /// Registers under the ids of partitions that came, and ends what their former users left. Where the
    /// group has moved on meanwhile, the rest is left to others.
    pub(super) fn inherit(&mut self, parts: &[TopicPartition]) -> Result<(), KafkaError> {
        self.producer = None;
        let mut numbers: Vec<u32> = parts.iter().map(|at| at.partition).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let Some(&at) = parts.first() else { return Ok(()) };
        let deadline = Instant::now() + OUTAGE_WAIT;
        let open = self.shared.open(&self.writes, deadline)?;
        // The lowest as the last: what this member begins with is newest then.
        for number in numbers.into_iter().rev() {
            self.producer = self.enlist(number, &open, at, deadline)?;
            if self.producer.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// The producer of a member that has none, or has lost it.
    pub(super) fn enlist_again(&self) -> Result<Option<Transactional>, KafkaError> {
        let lowest = self.held.iter().min_by_key(|held| held.at.partition);
        let Some(at) = lowest.map(|held| held.at) else { return Ok(None) };
        let deadline = Instant::now() + OUTAGE_WAIT;
        let open = self.shared.open(&self.writes, deadline)?;
        self.enlist(at.partition, &open, at, deadline)
    }

    /// Registers under the id of a number; nothing if the group has moved on or does not let it.
    fn enlist(
        &self,
        number: u32,
        open: &[TopicPartition],
        at: TopicPartition,
        deadline: Instant,
    ) -> Result<Option<Transactional>, KafkaError> {
        let (cluster, group) = (&self.shared.cluster, &self.group);
        let Some(generation) = &self.generation else { return Ok(None) };
        let offsets = offsets(cluster, &[(at, None)])?;
        let mut denials = Denials::default();
        loop {
            let producer = Transactional::new(cluster, &format!("{group}-{number}"), deadline)?;
            let error = match producer.end_former(cluster, open, &offsets, generation) {
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
