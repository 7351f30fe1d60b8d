//! How the members of a process stand.

use std::{
    collections::BTreeMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use crate::{Event, Journal, JournalError, Position, TopicPartition, pool::lock, telemetry};

/// How the members of a process stand. Shared by the threads that work and those that answer.
#[derive(Debug, Default)]
pub struct Vitals {
    groups: Mutex<BTreeMap<String, Vital>>,
}

/// How one member stands.
#[derive(Debug)]
struct Vital {
    /// Whether an assignment came, an empty one included.
    is_assigned: bool,
    /// The next position to be read of every partition in hand.
    positions: BTreeMap<TopicPartition, Position>,
    /// What is left to be read, as it was last asked for.
    lag: Option<u64>,
    /// When it last polled, or said in the middle of its work that it lives.
    polled: Instant,
    /// When the oldest entry that is not committed was read.
    uncommitted: Option<Instant>,
}

/// How one member stood when it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its group.
    pub group: String,
    /// Whether it got its partitions; there may be none for it.
    pub is_assigned: bool,
    /// Partitions of topics in hand.
    pub partitions: usize,
    /// Positions that it has not read yet; `None` until they were counted.
    pub lag: Option<u64>,
    /// How long ago it polled, or said in the middle of its work that it lives.
    pub silent: Duration,
    /// How long the oldest entry that it read waits for a commit.
    pub commit_age: Duration,
}

impl Vitals {
    /// How every member stands, by group.
    pub fn standings(&self) -> Vec<Standing> {
        let groups = lock(&self.groups);
        let standing = |(group, vital): (&String, &Vital)| Standing {
            group: group.clone(),
            is_assigned: vital.is_assigned,
            partitions: if vital.is_assigned { vital.positions.len() } else { 0 },
            lag: vital.lag,
            silent: vital.polled.elapsed(),
            commit_age: vital.uncommitted.map_or(Duration::ZERO, |since| since.elapsed()),
        };
        groups.iter().map(standing).collect()
    }

    /// Sets the gauges that change with time alone.
    pub fn publish(&self) {
        for standing in self.standings() {
            telemetry::assigned(&standing.group, standing.partitions);
            telemetry::commit_age(&standing.group, standing.commit_age);
        }
    }

    /// Counts what every member has still to read. Asks the journal for every end, so it may wait
    /// as long as the journal does: not for the threads that work.
    ///
    /// # Errors
    /// The first end that could not be asked for; what was counted before stands.
    pub fn measure(&self, journal: &dyn Journal) -> Result<(), JournalError> {
        let groups: Vec<(String, BTreeMap<TopicPartition, Position>)> = lock(&self.groups)
            .iter()
            .filter(|(_, vital)| !vital.positions.is_empty() || vital.is_assigned)
            .map(|(group, vital)| (group.clone(), vital.positions.clone()))
            .collect();
        for (group, positions) in groups {
            let mut sum = 0;
            for (at, position) in &positions {
                let lag = journal.end(*at)?.saturating_sub(*position);
                telemetry::lag(&group, *at, lag);
                sum += lag;
            }
            if let Some(vital) = lock(&self.groups).get_mut(&group) {
                // What was counted for other partitions says nothing of these.
                let same = vital.positions.keys().eq(positions.keys());
                vital.lag = same.then_some(sum);
            }
        }
        Ok(())
    }

    pub(super) fn joined(&self, group: &str) {
        let vital = Vital {
            is_assigned: false,
            positions: BTreeMap::new(),
            lag: None,
            polled: Instant::now(),
            uncommitted: None,
        };
        if let Some(before) = lock(&self.groups).insert(group.to_owned(), vital) {
            before.positions.keys().for_each(|at| telemetry::lag(group, *at, 0));
        }
    }

    /// Where it stood when it left still says what it left unread.
    pub(super) fn left(&self, group: &str) {
        if let Some(vital) = lock(&self.groups).get_mut(group) {
            vital.is_assigned = false;
            vital.uncommitted = None;
        }
    }

    /// A poll told this, and the member stands there now.
    pub(super) fn polled(
        &self,
        group: &str,
        events: &[Event],
        mut position: impl FnMut(TopicPartition) -> Option<Position>,
    ) {
        let mut groups = lock(&self.groups);
        let Some(vital) = groups.get_mut(group) else { return };
        vital.polled = Instant::now();
        for event in events {
            match event {
                Event::Assigned(parts) => {
                    tracing::info!(group, partitions = parts.len(), "partitions came");
                    vital.is_assigned = true;
                    vital.lag = None;
                    vital.positions.extend(parts.iter().map(|part| (part.at, 0)));
                }
                Event::Revoked(parts) => {
                    tracing::info!(group, partitions = parts.len(), "partitions went");
                    vital.is_assigned = false;
                    vital.lag = None;
                    vital.uncommitted = None;
                    for at in parts {
                        vital.positions.remove(at);
                        telemetry::lag(group, *at, 0);
                    }
                }
                Event::Entry(_) => {
                    vital.uncommitted.get_or_insert_with(Instant::now);
                }
            }
        }
        for (at, next) in &mut vital.positions {
            *next = position(*at).unwrap_or(*next);
        }
    }

    /// It is in the middle of a long piece of work.
    pub(super) fn at_work(&self, group: &str) {
        if let Some(vital) = lock(&self.groups).get_mut(group) {
            vital.polled = Instant::now();
        }
    }

    pub(super) fn committed(&self, group: &str) {
        if let Some(vital) = lock(&self.groups).get_mut(group) {
            vital.uncommitted = None;
        }
    }
}
