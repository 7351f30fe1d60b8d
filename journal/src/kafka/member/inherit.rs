//! What a member takes over with its partitions: the transactional ids of their numbers.
//!
//! Every partition number has an id of its own, and it is used by whoever holds that partition; of several
//! ids a member uses the lowest. So an id comes back, and its next user ends what the former left: a
//! transaction of somebody who died, which readers would else wait for until it times out, and one that a
//! killed broker forgot to end in a partition, which they would wait for without end. Whether that was
//! committed or aborted, the positions tell that were committed with it (see `tag`).

use std::{
    borrow::Cow,
    thread,
    time::{Duration, Instant},
};

use rdkafka::{consumer::ConsumerGroupMetadata, error::KafkaError};

use super::{
    super::{
        OUTAGE_WAIT, Shared,
        denied::Denials,
        gaps::{Gap, Left, let_go},
        positions::last_tag,
        producer::Reports,
        tag::Tag,
        transaction::{Endings, RETRY_SLEEP, Transactional, Undone, touch},
    },
    KafkaMember,
};
use crate::TopicPartition;

/// Ids that are registered at once: each takes some answers of the cluster, one after the other.
const AT_ONCE: usize = 16;

/// Longest wait for those who take over the ids of others: they do at once, or are gone. Then the group is to
/// begin anew, for which it needs this member, too.
const OTHER_HEIRS_WAIT: Duration = Duration::from_secs(15);

/// Sleep before it is looked again whether they did.
const OTHER_HEIRS_SLEEP: Duration = Duration::from_millis(50);

/// Longest sleep before what was left is tried again to be ended.
const AGAIN_MAX: Duration = Duration::from_secs(1);

/// Who takes over.
struct Heir<'a> {
    shared: &'a Shared,
    member: &'a KafkaMember,
    generation: &'a ConsumerGroupMetadata,
    deadline: Instant,
}

impl KafkaMember {
    /// Registers under the ids of the partition numbers that came, and ends what their former users left.
    /// The lowest becomes this member's own. Where the group has moved on meanwhile, or somebody was told to
    /// stop, the rest is left to others, and the member does nothing more in this generation.
    pub(super) fn inherit(&mut self, parts: &[TopicPartition]) -> Result<(), KafkaError> {
        self.producer = None;
        let mut numbers = self.numbers(parts);
        numbers.sort_unstable();
        let Some(heir) = self.heir() else { return Ok(()) };
        let mut lowest = None;
        for numbers in numbers.chunks(AT_ONCE) {
            let is_late = lowest.is_some() && self.shared.cluster.patience().stops();
            let registered = if is_late { Vec::new() } else { heir.enlist(numbers)? };
            if registered.len() < numbers.len() {
                self.generation = None;
                return Ok(());
            }
            lowest = lowest.or(registered.into_iter().next());
        }
        self.producer = lowest;
        Ok(())
    }

    /// Waits until everything can be read that was written in partitions of the numbers that came: what a
    /// member writes for all its numbers it writes under the lowest one's id, which may be another's now.
    pub(super) fn wait_for_other_heirs(&self, parts: &[TopicPartition]) {
        let mut written = self.shared.all_of(&self.writes);
        let numbers = self.numbers(parts);
        written.retain(|at| numbers.contains(&at.partition));
        let cluster = &self.shared.cluster;
        let until = Instant::now() + OTHER_HEIRS_WAIT.min(cluster.poll_interval() / 3);
        while self.generation.is_some() && !cluster.patience().stops() {
            let open = match self.shared.gaps_by(&written, until) {
                Ok(gaps) => gaps.into_iter().find(|gap| !self.look.knows(gap)),
                Err(error) => {
                    tracing::debug!(%error, "what others are to end could not be looked for");
                    return;
                }
            };
            let Some(gap) = open else { return };
            if Instant::now() >= until {
                tracing::warn!(
                    topic = cluster.name(gap.at.topic),
                    partition = gap.at.partition,
                    offset = gap.from,
                    "going on although something here has no end yet"
                );
                return;
            }
            thread::sleep(OTHER_HEIRS_SLEEP);
        }
    }

    /// The producer of a member that has none, or has lost it; nothing if the group has moved on.
    pub(super) fn enlist_again(&self) -> Result<Option<Transactional>, KafkaError> {
        let held: Vec<TopicPartition> = self.held.iter().map(|held| held.at).collect();
        let lowest = self.numbers(&held).into_iter().min();
        let (Some(heir), Some(lowest)) = (self.heir(), lowest) else { return Ok(None) };
        Ok(heir.enlist(&[lowest])?.pop())
    }

    /// Those whose ids come with partitions: where every commit says a position.
    fn numbers(&self, parts: &[TopicPartition]) -> Vec<u32> {
        parts
            .iter()
            .filter(|at| self.named(at.partition) == Some(**at))
            .map(|at| at.partition)
            .collect()
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
        let mut left = Cow::Borrowed(left);
        let mut sleep = RETRY_SLEEP;
        loop {
            let error = match self.try_end_former(&mut producer, &left) {
                Ok(()) => return Ok(Some(producer)),
                Err(Undone::Fenced) => return Ok(None),
                Err(
                    Undone::Displaced(error)
                    | Undone::Broken(error)
                    | Undone::Failed(error)
                    | Undone::Denied(error),
                ) => error,
            };
            let retry = denials.retry(&error, Some(sleep), Instant::now());
            let is_over = self.shared.cluster.patience().is_over(self.deadline);
            let Some(now) = retry.filter(|_| !is_over) else {
                return Err(error);
            };
            tracing::debug!(%error, number = producer.number(), "ending what was left again");
            thread::sleep(now);
            sleep = (2 * sleep).min(AGAIN_MAX);
            producer = self.register(producer.number())?;
            left = Cow::Owned(self.left()?);
        }
    }

    /// What was left under the id of a number, and how it is to be ended.
    fn endings(
        &self,
        left: &[Left],
        number: u32,
        named: TopicPartition,
    ) -> Result<Endings, Undone> {
        let Self { shared, member, .. } = self;
        // Of one partition the last is what may lack its end.
        let own = |left: &Left| {
            left.tags.iter().rev().find(|tag| tag.is_of(&member.group, number)).cloned()
        };
        let own: Vec<(&Gap, Tag)> =
            left.iter().filter_map(|left| Some((&left.gap, own(left)?))).collect();
        // Of nobody knows whom: it may have been left under this id before ids left tags.
        let untagged = left.iter().filter(|left| left.is_untagged).map(|left| left.gap.at);
        let mut endings = Endings { committed: Vec::new(), aborted: untagged.collect() };
        if own.is_empty() {
            return Ok(endings);
        }
        let wait = shared.cluster.patience().slice(self.deadline);
        let last = last_tag(&shared.cluster, &member.group, named, wait).map_err(Undone::Failed)?;
        for (gap, tag) in own {
            let was_committed = tag.was_committed(last.as_ref());
            tell(shared, gap, was_committed);
            if was_committed {
                endings.committed.push(gap.at);
            } else {
                endings.aborted.push(gap.at);
            }
        }
        // One end of the id's ends everything of it that is open there.
        endings.aborted.retain(|at| !endings.committed.contains(at));
        // A stop leaves no time to end it well.
        let is_late = !endings.committed.is_empty() && shared.cluster.patience().stops();
        if is_late { Err(Undone::Fenced) } else { Ok(endings) }
    }

    /// Writes for no reader where something is to be committed that was left: if that cannot be written
    /// now, the transaction that is to bring the mark would be aborted, and would abort what was left.
    fn try_out(&self, parts: &[TopicPartition]) -> Result<(), Undone> {
        if parts.is_empty() {
            return Ok(());
        }
        let cluster = &self.shared.cluster;
        let producer = cluster
            .brief_producer()
            .create_with_context(Reports::default())
            .map_err(Undone::Broken)?;
        let tried = touch(&producer, cluster, parts).map(drop).map_err(Undone::Broken);
        let_go(producer);
        tried
    }

    fn try_end_former(&self, producer: &mut Transactional, left: &[Left]) -> Result<(), Undone> {
        let Self { shared, member, .. } = self;
        let Some(named) = member.named(producer.number()) else { return Ok(()) };
        let endings = self.endings(left, producer.number(), named)?;
        self.try_out(&endings.committed)?;
        producer.end_former(&shared.cluster, &endings, named, self.generation)
    }
}

/// What is still open was forgotten, or ended a moment ago: the coordinator has written its marks before
/// another user may register.
fn tell(shared: &Shared, gap: &Gap, was_committed: bool) {
    tracing::warn!(
        topic = shared.cluster.name(gap.at.topic),
        partition = gap.at.partition,
        from = gap.from,
        until = gap.until,
        was_committed,
        "ending a transaction that a broker seems to have forgotten"
    );
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
