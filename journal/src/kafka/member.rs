//! One reader of a group.
//!
//! One consumer reads all topics. It says when it came to the end of a partition, but the
//! binding hands on the partition's number only, not its topic; so every topic's partition of
//! that number is *unsure* then. When nothing more waits to be polled, the end of each unsure
//! partition is asked for. If it lies beyond the position, a range reader looks for a record in
//! between: without one there are only markers, and the position is the end. A record that is
//! there comes by the next polls. The question is asked before looking, so a record written
//! meanwhile lies at or beyond that end.

mod commit;
mod inherit;
mod look;
mod stay;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use colloquy_transcript::{Record, Topic};
use rdkafka::{
    consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata},
    error::{KafkaError, RDKafkaErrorCode},
};

use self::{look::Look, stay::Came};
use super::{
    OUTAGE_WAIT, Shared, offset,
    positions::{committed, starts},
    rebalance::{Change, Rebalances},
    rights::{self, Asked},
    signed,
    transaction::{Transactional, Undone},
};
use crate::{
    Assignment, Cause, CommitError, Event, Group, JournalError, Member, Placed, Position, Progress,
    TopicPartition, codec::Batch,
};

/// Longest single wait for a record: a queued rebalance is noticed at once anyway.
const SLICE: Duration = Duration::from_millis(100);

/// Sleep before a seek that came too early is tried again.
const SEEK_AGAIN: Duration = Duration::from_millis(10);

/// A partition in hand.
#[derive(Debug)]
struct Held {
    at: TopicPartition,
    next: Position,
    committed: Option<Progress>,
    /// The client may stand at the end beyond `next`.
    is_unsure: bool,
}

/// A member of a group; leaves it when dropped.
pub(super) struct KafkaMember {
    shared: Arc<Shared>,
    consumer: BaseConsumer<Rebalances>,
    group: String,
    /// Made anew after an error that it does not survive.
    producer: Option<Transactional>,
    held: Vec<Held>,
    /// The generation of what is in hand; `None` between a revocation and the next assignment.
    generation: Option<ConsumerGroupMetadata>,
    reads: Vec<Topic>,
    writes: Vec<Topic>,
    /// The first thing that the client was denied and that was not looked at yet, and when.
    denied: Option<(RDKafkaErrorCode, Instant)>,
    look: Look,
    /// Where something hangs that this member cannot end, and where what is committed ends there.
    foreign: BTreeSet<(TopicPartition, Position)>,
    /// When the consumer was last polled.
    polled_at: Instant,
    /// What came while the member worked; its next poll tells it.
    came: Vec<Came>,
}

impl KafkaMember {
    pub(super) fn join(shared: Arc<Shared>, group: Group<'_>) -> Result<Self, KafkaError> {
        let consumer: BaseConsumer<Rebalances> =
            shared.cluster.member(group.name).create_with_context(Rebalances::default())?;
        let member = Self {
            shared,
            consumer,
            group: group.name.to_owned(),
            producer: None,
            held: Vec::new(),
            generation: None,
            reads: group.reads.to_vec(),
            writes: group.writes.to_vec(),
            denied: None,
            look: Look::default(),
            foreign: BTreeSet::new(),
            polled_at: Instant::now(),
            came: Vec::new(),
        };
        member.subscribe()?;
        Ok(member)
    }

    fn subscribe(&self) -> Result<(), KafkaError> {
        let names: Vec<_> =
            self.reads.iter().map(|topic| self.shared.cluster.name(*topic)).collect();
        self.consumer.subscribe(&names)
    }

    /// Leaves the group and joins it anew, which takes everything from this member first.
    fn rejoin(&mut self) -> Result<(), KafkaError> {
        self.generation = None;
        self.consumer.unsubscribe();
        self.subscribe()
    }

    /// What changed in the group, if anything did.
    fn changed(&mut self) -> Result<Option<Event>, KafkaError> {
        while let Some(change) = self.consumer.context().next() {
            match change {
                Change::Revoked => {
                    self.generation = None;
                    if let Some(event) = self.revoke() {
                        return Ok(Some(event));
                    }
                }
                Change::Assigned(names, generation) => {
                    let cluster = &self.shared.cluster;
                    let parts: Vec<_> = names
                        .iter()
                        .filter_map(|(name, partition)| {
                            Some(TopicPartition {
                                topic: cluster.topic(name)?,
                                partition: *partition,
                            })
                        })
                        .collect();
                    self.generation = generation;
                    return self.assign(&parts).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn revoke(&mut self) -> Option<Event> {
        self.came.clear();
        let parts: Vec<_> = self.held.drain(..).map(|held| held.at).collect();
        (!parts.is_empty()).then_some(Event::Revoked(parts))
    }

    /// Starts reading `parts` where the group committed.
    fn assign(&mut self, parts: &[TopicPartition]) -> Result<Event, KafkaError> {
        self.came.clear();
        self.inherit(parts)?;
        self.wait_for_other_heirs(parts);
        let of_group = (&self.shared.cluster, self.group.as_str());
        let mut assigned: Vec<Assignment> = committed(&self.consumer, of_group, parts)?;
        assigned.sort_unstable_by_key(|part| part.at);
        let mut held = Vec::with_capacity(assigned.len());
        for part in &assigned {
            let committed = part.committed.map_or(0, |progress| progress.position);
            // Retention may have taken what was committed long ago.
            let next = committed.max(self.shared.start(part.at)?);
            held.push(Held { at: part.at, next, committed: part.committed, is_unsure: false });
        }
        let starts = starts(&self.shared.cluster, held.iter().map(|held| (held.at, held.next)))?;
        self.consumer.assign(&starts)?;
        self.held = held;
        Ok(Event::Assigned(assigned))
    }

    /// What it needs rights for.
    fn asked(&self) -> Asked<'_> {
        // What is written is read, too, where something was left there.
        let (mut reads, writes) = ([&*self.reads, &*self.writes].concat(), self.writes.clone());
        reads.sort_unstable();
        reads.dedup();
        Asked { group: Some(&self.group), reads, writes }
    }

    fn unread(&self, cause: KafkaError) -> JournalError {
        self.unread_for(rights::name(&self.shared.cluster, cause, &self.asked()))
    }

    fn unread_for(&self, cause: Cause) -> JournalError {
        let what = format!("{} as {}", self.shared.cluster.journal(), self.group);
        JournalError::Read { what, cause }
    }

    fn held(&mut self, at: TopicPartition) -> Result<&mut Held, JournalError> {
        let unassigned = self.shared.unread(at, "it is not assigned to this member".into());
        self.held.iter_mut().find(|held| held.at == at).ok_or(unassigned)
    }
}

impl Member for KafkaMember {
    fn poll(&mut self, entries_max: usize, wait: Duration) -> Result<Vec<Event>, JournalError> {
        self.polled_at = Instant::now();
        let deadline = self.polled_at + wait;
        let mut events = Vec::new();
        self.look_at_denial()?;
        if let Some(event) = self.changed().map_err(|cause| self.unread(cause))? {
            return Ok(vec![event]);
        }
        self.look_for_hanging();
        for came in self.came.drain(..) {
            events.extend(came.taken(&mut self.held));
        }
        while events.len() < entries_max {
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = if events.is_empty() { left.min(SLICE) } else { Duration::ZERO };
            let polled = self.consumer.poll(wait);
            match polled {
                Some(Ok(message)) => {
                    let came = Came::of(&self.shared, &message);
                    events.extend(came.and_then(|it| it.taken(&mut self.held)));
                    continue;
                }
                Some(Err(error)) => {
                    let is_end = matches!(error, KafkaError::PartitionEOF(_));
                    self.hear(error)?;
                    if is_end {
                        continue;
                    }
                }
                None => (),
            }
            if !events.is_empty() {
                break;
            }
            if let Some(event) = self.changed().map_err(|cause| self.unread(cause))? {
                return Ok(vec![event]);
            }
            if self.held.iter().any(|held| held.is_unsure) {
                self.settle();
            }
            if left.is_zero() {
                break;
            }
        }
        Ok(events)
    }

    fn position(&mut self, at: TopicPartition) -> Result<Position, JournalError> {
        Ok(self.held(at)?.next)
    }

    fn seek(&mut self, at: TopicPartition, position: Position) -> Result<(), JournalError> {
        self.held(at)?;
        self.came.retain(|came| came.at != at);
        let name = self.shared.cluster.name(at.topic);
        let deadline = Instant::now() + OUTAGE_WAIT;
        // Right after an assignment the client may not read the partition yet, and refuses.
        let patience = self.shared.cluster.patience();
        while let Err(error) = self.consumer.seek(
            name,
            signed(at.partition),
            offset(position),
            patience.slice(deadline),
        ) {
            if patience.is_over(deadline) {
                return Err(self.shared.unread(at, Box::new(error)));
            }
            std::thread::sleep(SEEK_AGAIN);
        }
        let held = self.held(at)?;
        held.next = position;
        held.is_unsure = false;
        Ok(())
    }

    fn stay(&mut self) -> Result<bool, JournalError> {
        self.stays()
    }

    fn commit(
        &mut self,
        outputs: Vec<Record>,
        progress: &[Progress],
    ) -> Result<Vec<Placed>, CommitError> {
        let in_hand = |part: &Progress| self.held.iter().any(|held| held.at == part.at);
        if self.generation.is_none() || !progress.iter().all(in_hand) {
            return Err(CommitError::Fenced);
        }
        if outputs.is_empty() && progress.is_empty() {
            return Ok(Vec::new());
        }
        let batch = Batch::new(&outputs, self.shared.partitions);
        drop(outputs);
        match self.transact(&batch, progress) {
            Ok(placed) => {
                for part in progress {
                    if let Some(held) = self.held.iter_mut().find(|held| held.at == part.at) {
                        held.committed = Some(*part);
                    }
                }
                Ok(placed)
            }
            Err(Undone::Fenced) => {
                // Whoever knows that it is late does not try again: that would displace who is not.
                self.generation = None;
                Err(CommitError::Fenced)
            }
            Err(Undone::Displaced(error)) => {
                tracing::debug!(%error, group = self.group, "another producer has this one's place");
                self.rejoin().map_err(|cause| self.uncommitted(cause))?;
                Err(CommitError::Fenced)
            }
            Err(Undone::Broken(cause) | Undone::Failed(cause) | Undone::Denied(cause)) => {
                Err(self.uncommitted(cause))
            }
        }
    }

    fn leave(mut self: Box<Self>) -> Result<(), JournalError> {
        self.see_through();
        Ok(())
    }
}

impl Drop for KafkaMember {
    fn drop(&mut self) {
        // The consumer leaves the group when it is dropped, and serves its last rebalance then.
        self.consumer.context().close();
        // An assignment that nobody took would keep the group waiting.
        if let Err(error) = self.consumer.unassign() {
            tracing::debug!(%error, "giving partitions back failed");
        }
    }
}
