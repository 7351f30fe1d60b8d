//! One reader of a group.

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use colloquy_transcript::{Record, Topic};

use super::{Shared, State};
use crate::{
    Assignment, CommitError, Entry, Event, JournalError, Member, Placed, Position, Progress,
    TopicPartition,
};

/// A partition in hand.
#[derive(Debug)]
struct Held {
    at: TopicPartition,
    index: usize,
    next: Position,
}

/// A member of a group; leaves it when dropped.
#[derive(Debug)]
pub(super) struct MemoryMember {
    shared: Arc<Shared>,
    group: String,
    topics: Vec<Topic>,
    id: u64,
    /// The generation whose partitions are in hand; 0 before the first.
    generation: u64,
    held: Vec<Held>,
    /// Where the next poll begins, so that no partition starves.
    turn: usize,
}

impl MemoryMember {
    pub(super) fn new(shared: Arc<Shared>, group: &str, topics: &[Topic], id: u64) -> Self {
        Self {
            shared,
            group: group.to_owned(),
            topics: topics.to_vec(),
            id,
            generation: 0,
            held: Vec::new(),
            turn: 0,
        }
    }

    fn generation_of(&self, state: &State) -> u64 {
        state.groups.get(&self.group).map_or(0, |group| group.generation)
    }

    /// What changed in the group, if anything did. First everything in hand goes back, then the
    /// new share comes. A member that was expelled joins anew.
    fn rebalanced(&mut self, state: &mut State) -> Option<Event> {
        let group = state.groups.get_mut(&self.group)?;
        if group.generation == self.generation {
            return None;
        }
        if !self.held.is_empty() {
            return Some(Event::Revoked(self.held.drain(..).map(|held| held.at).collect()));
        }
        if !group.has(self.id) {
            state.members += 1;
            self.id = state.members;
            group.join(self.id, &self.topics);
            self.shared.arrived.notify_all();
        }
        let share = group.assignment(self.id, self.shared.partitions);
        self.generation = group.generation;
        self.held = share.iter().filter_map(|part| self.hold(part)).collect();
        Some(Event::Assigned(share))
    }

    fn hold(&self, part: &Assignment) -> Option<Held> {
        let next = part.committed.map_or(0, |progress| progress.position);
        Some(Held { at: part.at, index: self.shared.index(part.at)?, next })
    }

    /// Takes up to `entries_max` entries from the partitions in hand; says whether one of them
    /// was read to its end.
    fn take(
        &mut self,
        state: &mut State,
        entries_max: usize,
        events: &mut Vec<Event>,
    ) -> Result<bool, JournalError> {
        let mut at_end = false;
        let count = self.held.len();
        for turn in 0..count {
            let held = &mut self.held[(self.turn + turn) % count];
            let Some(log) = state.logs.get(held.index) else { continue };
            if held.next >= log.end() || events.len() >= entries_max {
                continue;
            }
            if held.next < log.start() {
                return Err(JournalError::Trimmed { topic: held.at.topic, position: held.next });
            }
            let before = events.len();
            let mut last = held.next;
            for (position, kept) in log.range(held.next, log.end()).take(entries_max - before) {
                last = position + 1;
                let content = kept.content();
                events.push(Event::Entry(Entry {
                    at: held.at,
                    position,
                    appended_at: None,
                    content,
                }));
            }
            let rest = log.range(last, log.end()).next().is_some();
            // Nothing but markers is left: the reader stands at the end, past them.
            held.next = if rest { last } else { log.end() };
            at_end |= !rest;
            if let Some(group) = state.groups.get_mut(&self.group) {
                group.read_until(held.at, held.next);
            }
        }
        self.turn = self.turn.wrapping_add(1) % count.max(1);
        Ok(at_end)
    }

    fn held(&mut self, at: TopicPartition) -> Result<&mut Held, JournalError> {
        self.held.iter_mut().find(|held| held.at == at).ok_or_else(|| JournalError::Read {
            what: format!("{} partition {}", at.topic.as_str(), at.partition),
            cause: "the partition is not assigned to this member".into(),
        })
    }

    fn covers(&self, progress: &[Progress]) -> bool {
        progress.iter().all(|part| self.held.iter().any(|held| held.at == part.at))
    }
}

impl Member for MemoryMember {
    fn poll(&mut self, entries_max: usize, wait: Duration) -> Result<Vec<Event>, JournalError> {
        let deadline = Instant::now() + wait;
        let shared = Arc::clone(&self.shared);
        let mut events = Vec::new();
        let mut state = shared.lock();
        loop {
            if let Some(event) = self.rebalanced(&mut state) {
                return Ok(vec![event]);
            }
            let at_end = self.take(&mut state, entries_max, &mut events)?;
            if at_end {
                shared.room.notify_all();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if !events.is_empty() || left.is_zero() {
                return Ok(events);
            }
            (state, _) =
                shared.arrived.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn position(&mut self, at: TopicPartition) -> Result<Position, JournalError> {
        Ok(self.held(at)?.next)
    }

    fn seek(&mut self, at: TopicPartition, position: Position) -> Result<(), JournalError> {
        let shared = Arc::clone(&self.shared);
        let generation = self.generation;
        let held = self.held(at)?;
        let mut state = shared.lock();
        if state.logs.get(held.index).is_some_and(|log| position < log.start()) {
            return Err(JournalError::Trimmed { topic: at.topic, position });
        }
        held.next = position;
        if let Some(group) = state.groups.get_mut(&self.group)
            && group.generation == generation
        {
            group.read_until(at, position);
        }
        Ok(())
    }

    fn stay(&mut self) -> Result<bool, JournalError> {
        Ok(self.generation_of(&self.shared.lock()) == self.generation)
    }

    fn commit(
        &mut self,
        outputs: Vec<Record>,
        progress: &[Progress],
    ) -> Result<Vec<Placed>, CommitError> {
        if !self.covers(progress) {
            return Err(CommitError::Fenced);
        }
        let batch = self.shared.batch(outputs);
        let mut state =
            self.shared.wait_for_room(self.shared.lock(), &batch, Some(&self.group), |state| {
                self.generation_of(state) == self.generation
            });
        if self.generation_of(&state) != self.generation {
            return Err(CommitError::Fenced);
        }
        let touched = batch.touched.clone();
        let placed = state.push(batch);
        for (index, _) in touched {
            if let Some(log) = state.logs.get_mut(index) {
                log.mark();
            }
        }
        if let Some(group) = state.groups.get_mut(&self.group) {
            for part in progress {
                group.commit(part);
            }
        }
        let mut freed = Vec::with_capacity(progress.len());
        for part in progress {
            if let Some(index) = self.shared.index(part.at) {
                freed.push(state.trim(index, part.at));
            }
        }
        drop(state);
        if !placed.is_empty() {
            self.shared.arrived.notify_all();
        }
        self.shared.room.notify_all();
        drop(freed);
        Ok(placed)
    }

    fn leave(self: Box<Self>) -> Result<(), JournalError> {
        drop(self);
        Ok(())
    }
}

impl Drop for MemoryMember {
    fn drop(&mut self) {
        if let Some(group) = self.shared.lock().groups.get_mut(&self.group) {
            group.leave(self.id);
        }
        self.shared.arrived.notify_all();
        self.shared.room.notify_all();
    }
}
