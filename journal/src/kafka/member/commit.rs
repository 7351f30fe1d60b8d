//! A commit: outputs and positions in one transaction, tried again where that helps.

use std::{
    thread,
    time::{Duration, Instant},
};

use rdkafka::error::KafkaError;

use super::{
    super::{
        denied::{DENIED_SLEEP, Denials},
        rights,
        transaction::{Transactional, Undone},
    },
    Held, KafkaMember,
};
use crate::{CommitError, Placed, Position, Progress, TopicPartition, codec::Batch};

/// Longest wait for the marks of a commit that was answered: a broker that does not forget them writes them
/// at once.
const MARKS_WAIT: Duration = Duration::from_secs(1);

/// Sleep before it is looked for them again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A broker may forget the marks of what ends what it forgot; not again and again.
const HEALS_MAX: usize = 2;

impl KafkaMember {
    /// What the transaction says of positions: always one of the partition that its id is named after, by
    /// which its outcome can be told, and by which the group's generation is checked. That repeats the one
    /// that stands if there is nothing new.
    fn progress_of(
        &self,
        number: u32,
        progress: &[Progress],
    ) -> Vec<(TopicPartition, Option<Progress>)> {
        let mut all: Vec<_> = progress.iter().map(|part| (part.at, Some(*part))).collect();
        let is_new = |held: &Held| !progress.iter().any(|part| part.at == held.at);
        let named = self.held.iter().find(|held| Some(held.at) == self.named(number));
        all.extend(named.filter(|held| is_new(held)).map(|held| (held.at, held.committed)));
        all
    }

    /// Where every commit under the id of a number says a position.
    pub(super) fn named(&self, number: u32) -> Option<TopicPartition> {
        self.reads.first().map(|topic| TopicPartition { topic: *topic, partition: number })
    }

    pub(super) fn transact(
        &mut self,
        outputs: &Batch,
        progress: &[Progress],
    ) -> Result<Vec<Placed>, Undone> {
        let mut denials = Denials::default();
        loop {
            // A second try: a producer that idled too long is forgotten by the broker.
            let done = match self.try_transact(outputs, progress) {
                Err(Undone::Broken(error)) => {
                    tracing::debug!(%error, "registering a new producer");
                    self.try_transact(outputs, progress)
                }
                done => done,
            };
            match done {
                Err(Undone::Denied(error))
                    if !denials.last(true, Instant::now())
                        && !self.shared.cluster.patience().has_ended() =>
                {
                    tracing::debug!(%error, "trying a commit again that was denied");
                    thread::sleep(DENIED_SLEEP);
                }
                done => return done,
            }
        }
    }

    fn try_transact(
        &mut self,
        outputs: &Batch,
        progress: &[Progress],
    ) -> Result<Vec<Placed>, Undone> {
        let mut producer = self.settled().map_err(Undone::Failed)?.ok_or(Undone::Fenced)?;
        let progress = self.progress_of(producer.number(), progress);
        let Some(generation) = &self.generation else { return Err(Undone::Fenced) };
        let placed = producer.run(&self.shared.cluster, outputs, &progress, generation)?;
        // After anything else the next one begins with another user of the id: so of a user's transactions
        // only the last can have been aborted.
        self.producer = Some(producer);
        Ok(placed)
    }

    /// A producer of whose last transaction nothing lacks its end: whoever registers anew ends that. Nothing
    /// if the group has moved on.
    fn settled(&mut self) -> Result<Option<Transactional>, KafkaError> {
        for _ in 0..HEALS_MAX {
            if let Some(producer) = self.producer.take()
                && self.unsettled(&producer).is_ok_and(|unsettled| unsettled.is_empty())
            {
                return Ok(Some(producer));
            }
            let Some(producer) = self.enlist_again()? else { return Ok(None) };
            self.producer = Some(producer);
        }
        let producer = self.producer.take();
        if let Some(producer) = &producer {
            // What hides it now is none of this member's: it would wait in vain at every commit.
            self.foreign.extend(self.unsettled(producer).unwrap_or_default());
        }
        Ok(producer)
    }

    /// Where something that the producer wrote lacks its end, and where what is committed ends there; after
    /// the time that a broker takes for the marks.
    fn unsettled(
        &self,
        producer: &Transactional,
    ) -> Result<Vec<(TopicPartition, Position)>, KafkaError> {
        let (parts, last): (Vec<_>, Vec<_>) =
            producer.wrote().iter().map(|(at, last)| (*at, *last)).unzip();
        let deadline = Instant::now() + MARKS_WAIT;
        loop {
            let ends = self.shared.stable_ends(&parts, deadline)?;
            let hidden = ends.iter().zip(&last).map(|(end, last)| end <= last);
            let all = parts.iter().copied().zip(ends.iter().copied()).zip(hidden);
            let unsettled: Vec<_> = all
                .filter(|(it, is_hidden)| *is_hidden && !self.foreign.contains(it))
                .map(|(it, _)| it)
                .collect();
            if unsettled.is_empty() || Instant::now() >= deadline {
                return Ok(unsettled);
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Stays until everything that this member committed can be read: perhaps nobody comes after it who
    /// would end what a broker forgot. Who is told to stop leaves that to the next.
    pub(super) fn see_through(&mut self) {
        let is_idle = self.producer.as_ref().is_none_or(|producer| producer.wrote().is_empty());
        if is_idle || self.shared.cluster.patience().stops() {
            return;
        }
        if let Err(error) = self.settled() {
            tracing::warn!(
                %error,
                "all is committed, and it could not be seen whether all can be read; `colloquy doctor` looks"
            );
        }
    }

    /// What was to be committed was not, and why.
    pub(super) fn uncommitted(&self, error: KafkaError) -> CommitError {
        let cause = rights::name(&self.shared.cluster, error, &self.asked());
        CommitError::Failed { group: self.group.clone(), cause }
    }
}
