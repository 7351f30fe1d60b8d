//! The journal of one run: bounded, in memory, with partitions, groups, commits, rebalances and
//! fencing.
//!
//! Records are kept as they are. What every group that joined a topic has committed is let go;
//! topics that nobody joined are kept whole. Every partition has a bound: an
//! append waits while more bytes are retained and a present reader has not read to the end. A
//! reader that has read everything and commits nothing (a session is open) is not waited for, so
//! the bound gives way to what is needed and nobody waits for ever.
//!
//! A rebalance takes every partition from every member and hands all of them out anew, as
//! Kafka's eager protocol does.
//!
//! **Invariant:** nothing is encoded, nothing touches a disk, and no lock is taken per record.

mod group;
pub(crate) mod log;
mod member;

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use colloquy_transcript::{Record, Topic};
use rustc_hash::FxHashMap;

use self::{
    group::Roster,
    log::{Kept, Log},
    member::MemoryMember,
};
use crate::{
    Entry, Group, Journal, JournalError, Member, Placed, Position, Settings, TopicPartition,
};

/// Entries copied under one lock by [`Journal::read`].
const READ_BATCH_ENTRIES: usize = 1024;

/// Longest sleep of a waiting append before it looks again; a wake-up normally ends it sooner.
const ROOM_WAIT: Duration = Duration::from_secs(1);

/// A journal in memory. Clones share it.
#[derive(Debug, Clone)]
pub struct MemoryJournal {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    partitions: u32,
    bytes_max: usize,
    state: Mutex<State>,
    /// Something was appended or committed, or a group changed.
    arrived: Condvar,
    /// A reader came to the end, something was let go, or a member left.
    room: Condvar,
}

#[derive(Debug)]
struct State {
    /// By topic, then partition; see [`Shared::index`].
    logs: Vec<Log>,
    groups: FxHashMap<String, Roster>,
    members: u64,
}

impl MemoryJournal {
    /// An empty journal of `settings.partitions` partitions (at least 1) that retains
    /// `settings.memory_bytes_max` bytes of a topic a partition before an append waits for readers.
    pub fn new(settings: &Settings) -> Self {
        let partitions = settings.partitions.max(1);
        let logs = Topic::ALL.iter().flat_map(|_| 0..partitions).map(|_| Log::default()).collect();
        let state = State { logs, groups: FxHashMap::default(), members: 0 };
        Self {
            shared: Arc::new(Shared {
                partitions,
                bytes_max: settings.memory_bytes_max,
                state: Mutex::new(state),
                arrived: Condvar::new(),
                room: Condvar::new(),
            }),
        }
    }

    /// Lets the member go that joined `group` as the `nth` of those present, as a broker does with
    /// one that has been silent for too long. It hears of it by its next poll and joins anew.
    /// Says whether there was such a member.
    pub fn expel(&self, group: &str, nth: usize) -> bool {
        let mut state = self.shared.lock();
        let Some(group) = state.groups.get_mut(group) else { return false };
        let Some(member) = group.members().nth(nth) else { return false };
        group.leave(member);
        drop(state);
        self.shared.arrived.notify_all();
        self.shared.room.notify_all();
        true
    }

    /// Puts bytes that no version can read where a record would lie; nothing where there is no such
    /// partition.
    pub fn poison(&self, at: TopicPartition, bytes: &[u8]) {
        let content = crate::codec::content(at.topic, bytes);
        let Some(index) = self.shared.index(at) else { return };
        if let Some(log) = self.shared.lock().logs.get_mut(index) {
            log.push(Kept::Other(Box::new(content)));
        }
        self.shared.arrived.notify_all();
    }
}

/// Records on their way into their partitions.
struct Batch {
    records: Vec<(usize, TopicPartition, Kept)>,
    /// The logs that it touches, each once.
    touched: Vec<(usize, TopicPartition)>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic of another thread leaves the state whole: every change is one statement deep.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the log of `at` lies; `None` beyond the last partition.
    fn index(&self, at: TopicPartition) -> Option<usize> {
        let topic = Topic::ALL.iter().position(|topic| *topic == at.topic)?;
        let partitions = usize::try_from(self.partitions).ok()?;
        let partition = usize::try_from(at.partition).ok()?;
        (partition < partitions).then_some(topic * partitions + partition)
    }

    fn known(&self, at: TopicPartition) -> Result<usize, JournalError> {
        self.index(at).ok_or_else(|| JournalError::Read {
            what: format!("{} partition {}", at.topic.as_str(), at.partition),
            cause: format!("the journal has {} partitions", self.partitions).into(),
        })
    }

    fn batch(&self, records: Vec<Record>) -> Batch {
        let mut batch = Batch { records: Vec::with_capacity(records.len()), touched: Vec::new() };
        for record in records {
            let topic = record.topic();
            let partition = record.partitioning().among(self.partitions);
            let at = TopicPartition { topic, partition };
            let Some(index) = self.index(at) else { continue };
            if !batch.touched.iter().any(|(touched, _)| *touched == index) {
                batch.touched.push((index, at));
            }
            batch.records.push((index, at, Kept::from(record)));
        }
        batch
    }

    /// Waits until every log that `batch` touches has room. Groups other than `own` count: a
    /// member that writes what its own group reads must not wait for itself. `go_on` ends the
    /// wait early.
    fn wait_for_room<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
        batch: &Batch,
        own: Option<&str>,
        go_on: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        while go_on(&state) && batch.touched.iter().any(|at| self.is_full(&state, *at, own)) {
            (state, _) =
                self.room.wait_timeout(state, ROOM_WAIT).unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    fn is_full(
        &self,
        state: &State,
        (index, at): (usize, TopicPartition),
        own: Option<&str>,
    ) -> bool {
        let Some(log) = state.logs.get(index) else { return false };
        log.retained_bytes() > self.bytes_max
            && state
                .groups
                .iter()
                .any(|(name, group)| Some(name.as_str()) != own && group.lags(at, log.end()))
    }
}

impl State {
    fn push(&mut self, batch: Batch) -> Vec<Placed> {
        let mut placed = Vec::with_capacity(batch.records.len());
        for (index, at, kept) in batch.records {
            if let Some(log) = self.logs.get_mut(index) {
                placed.push(Placed { at, position: log.push(kept) });
            }
        }
        placed
    }

    /// Lets go of what no group needs any more, and hands it out to be freed later.
    fn trim(&mut self, index: usize, at: TopicPartition) -> Vec<(Position, Kept)> {
        let floor = self.groups.values().filter_map(|group| group.floor(at)).min();
        match (floor, self.logs.get_mut(index)) {
            (Some(floor), Some(log)) => log.trim(floor),
            _ => Vec::new(),
        }
    }
}

impl Journal for MemoryJournal {
    fn partitions(&self) -> u32 {
        self.shared.partitions
    }

    fn append(&self, records: Vec<Record>) -> Result<Vec<Placed>, JournalError> {
        let batch = self.shared.batch(records);
        let mut state = self.shared.wait_for_room(self.shared.lock(), &batch, None, |_| true);
        let placed = state.push(batch);
        drop(state);
        self.shared.arrived.notify_all();
        Ok(placed)
    }

    fn join(&self, group: Group<'_>) -> Result<Box<dyn Member>, JournalError> {
        let mut state = self.shared.lock();
        state.members += 1;
        let id = state.members;
        state.groups.entry(group.name.to_owned()).or_default().join(id, group.reads);
        drop(state);
        self.shared.arrived.notify_all();
        Ok(Box::new(MemoryMember::new(Arc::clone(&self.shared), group.name, group.reads, id)))
    }

    fn end(&self, at: TopicPartition) -> Result<Position, JournalError> {
        let index = self.shared.known(at)?;
        Ok(self.shared.lock().logs.get(index).map_or(0, Log::end))
    }

    fn read(
        &self,
        at: TopicPartition,
        from: Position,
        until: Position,
        each: &mut dyn FnMut(Entry),
    ) -> Result<(), JournalError> {
        let index = self.shared.known(at)?;
        let mut next = from;
        let mut copied: Vec<(Position, Kept)> = Vec::new();
        while next < until {
            {
                let state = self.shared.lock();
                let Some(log) = state.logs.get(index) else { break };
                if next < log.start() {
                    return Err(JournalError::Trimmed { topic: at.topic, position: next });
                }
                let range = log.range(next, until).take(READ_BATCH_ENTRIES);
                copied.extend(range.map(|(position, kept)| (position, kept.clone())));
            }
            let Some((last, _)) = copied.last() else { break };
            next = last + 1;
            for (position, kept) in copied.drain(..) {
                each(Entry { at, position, appended_at: None, content: kept.content() });
            }
        }
        Ok(())
    }
}
