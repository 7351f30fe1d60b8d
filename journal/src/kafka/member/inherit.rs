//! What a member takes over with its partitions: the transactional ids of their numbers.
//!
//! Every partition number has an id of its own, and it is used by whoever holds that partition; of several
//! ids a member uses the lowest. So an id comes back, and its next user ends what the former left: a
//! transaction of somebody who died, which readers would else wait for until it times out, and one that a
//! killed broker forgot to end in a partition, which they would wait for without end. Whether that was
//! committed or aborted, the positions tell that were committed with it (see `tag`).

use std::{thread, time::Instant};

use rdkafka::{consumer::ConsumerGroupMetadata, error::KafkaError};

use super::{
    super::{
        OUTAGE_WAIT, Shared,
        denied::Denials,
        gaps::Left,
        positions::last_tag,
        transaction::{Endings, RETRY_SLEEP, Transactional, Undone},
    },
    KafkaMember,
};
use crate::TopicPartition;

/// Ids that are registered at once: each takes some answers of the cluster, one after the other.
const AT_ONCE: usize = 16;

/// Who takes over.
struct Heir<'a> {
    shared: &'a Shared,
    member: &'a KafkaMember,
    generation: &'a ConsumerGroupMetadata,
    deadline: Instant,
}

impl KafkaMember {
    /// Registers under the ids of the partition numbers that came, and ends what their former users left.
    /// The lowest becomes this member's own. Where the group has moved on meanwhile, the rest is left to
    /// others, and the member does nothing more in this generation.
    pub(super) fn inherit(&mut self, parts: &[TopicPartition]) -> Result<(), KafkaError> {
        self.producer = None;
        let mut numbers: Vec<u32> = parts.iter().map(|at| at.partition).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let Some(heir) = self.heir() else { return Ok(()) };
        let mut lowest = None;
        for numbers in numbers.chunks(AT_ONCE) {
            // What is in hand can be finished with the lowest.
            if lowest.is_some() && self.shared.cluster.patience().stops() {
                break;
            }
            let registered = heir.enlist(numbers)?;
            if registered.len() < numbers.len() {
                self.generation = None;
                return Ok(());
            }
            lowest = lowest.or(registered.into_iter().next());
        }
        self.producer = lowest;
        Ok(())
    }

    /// The producer of a member that has none, or has lost it; nothing if the group has moved on.
    pub(super) fn enlist_again(&self) -> Result<Option<Transactional>, KafkaError> {
        let lowest = self.held.iter().map(|held| held.at.partition).min();
        let (Some(heir), Some(lowest)) = (self.heir(), lowest) else { return Ok(None) };
        Ok(heir.enlist(&[lowest])?.pop())
    }

    fn heir(&self) -> Option<Heir<'_>> {
        let generation = self.generation.as_ref()?;
        let deadline = Instant::now() + OUTAGE_WAIT;
        Some(Heir { shared: &self.shared, member: self, generation, deadline })
    }
}

impl Heir<'_> {
    /// Registers under the ids of these numbers and ends what was left; fewer come back than all if the
    /// group has moved on.
    fn enlist(&self, numbers: &[u32]) -> Result<Vec<Transactional>, KafkaError> {
        let registered = at_once(numbers.to_vec(), |number| self.register(number).map(Some))?;
        // Asked after that: nobody adds anything under these ids any more.
        let left = self.left()?;
        at_once(registered, |producer| self.end_former(producer, &left))
    }

    fn register(&self, number: u32) -> Result<Transactional, KafkaError> {
        Transactional::new(&self.shared.cluster, &self.member.group, number, self.deadline)
    }

    fn left(&self) -> Result<Vec<Left>, KafkaError> {
        self.shared.left(&self.member.writes, self.deadline)
    }

    /// Tries until what was left under the producer's id is ended; nothing if the group has moved on.
    fn end_former(
        &self,
        mut producer: Transactional,
        left: &[Left],
    ) -> Result<Option<Transactional>, KafkaError> {
        let mut denials = Denials::default();
        let mut looked_again;
        let mut left = left;
        loop {
            let error = match self.try_end_former(&mut producer, left) {
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
            let is_over = self.shared.cluster.patience().is_over(self.deadline);
            let Some(sleep) = retry.filter(|_| !is_over) else {
                return Err(error);
            };
            tracing::debug!(%error, number = producer.number(), "ending what was left again");
            thread::sleep(sleep);
            producer = self.register(producer.number())?;
            looked_again = self.left()?;
            left = &looked_again;
        }
    }

    fn try_end_former(&self, producer: &mut Transactional, left: &[Left]) -> Result<(), Undone> {
        let Self { shared, member, .. } = self;
        let Some(named) = member.named(producer.number()) else { return Ok(()) };
        let own = |left: &&Left| left.tag.is_some_and(|tag| tag.number == producer.number());
        let own: Vec<&Left> = left.iter().filter(own).collect();
        let mut endings = Endings::default();
        if !own.is_empty() {
            let wait = shared.cluster.patience().slice(self.deadline);
            let last = last_tag(&shared.cluster, &member.group, named, wait);
            let last = last.map_err(Undone::Failed)?;
            let (committed, aborted): (Vec<&Left>, Vec<&Left>) = own
                .into_iter()
                .partition(|left| left.tag.is_some_and(|tag| tag.was_committed(last.as_ref())));
            tell(shared, &committed, "committed");
            tell(shared, &aborted, "aborted");
            let parts = |left: Vec<&Left>| left.into_iter().map(|left| left.gap.at).collect();
            endings = Endings { committed: parts(committed), aborted: parts(aborted) };
        }
        producer.end_former(&shared.cluster, &endings, named, self.generation)
    }
}

/// The coordinator has written its mark before another user may register: what still lacks it was forgotten.
fn tell(shared: &Shared, left: &[&Left], ended: &str) {
    for Left { gap, .. } in left {
        tracing::warn!(
            topic = shared.cluster.name(gap.at.topic),
            partition = gap.at.partition,
            from = gap.from,
            until = gap.until,
            ended,
            "a broker forgot to end a transaction here; it is ended now"
        );
    }
}

/// Does one thing for each of a few, each in a thread of its own, and keeps their order.
fn at_once<T: Send, U: Send>(
    of: Vec<T>,
    each: impl Fn(T) -> Result<Option<U>, KafkaError> + Sync,
) -> Result<Vec<U>, KafkaError> {
    thread::scope(|scope| {
        let each = &each;
        let threads: Vec<_> = of.into_iter().map(|it| scope.spawn(move || each(it))).collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.filter_map(Result::transpose).collect()
    })
}
