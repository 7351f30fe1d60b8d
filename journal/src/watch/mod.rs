//! A journal in front of another that counts what passes, for metrics, health and readiness.
//!
//! **Invariant:** changes nothing of what passes, and asks the journal for nothing by itself.

mod vitals;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use colloquy_transcript::Record;

pub use self::vitals::{Standing, Vitals};
use crate::{
    CommitError, Entry, Event, Group, Journal, JournalError, Member, Placed, Position, Progress,
    TopicPartition, telemetry,
};

/// A journal whose members can be watched.
pub struct Watched {
    journal: Box<dyn Journal>,
    vitals: Arc<Vitals>,
}

impl Watched {
    /// In front of `journal`.
    pub fn new(journal: Box<dyn Journal>) -> Self {
        Self { journal, vitals: Arc::default() }
    }

    /// How its members stand. A process has one member a group.
    pub fn vitals(&self) -> &Arc<Vitals> {
        &self.vitals
    }
}

impl Journal for Watched {
    fn partitions(&self) -> u32 {
        self.journal.partitions()
    }

    fn append(&self, records: Vec<Record>) -> Result<Vec<Placed>, JournalError> {
        let placed = self.journal.append(records)?;
        count(&placed);
        Ok(placed)
    }

    fn join(&self, group: Group<'_>) -> Result<Box<dyn Member>, JournalError> {
        let member = self.journal.join(group)?;
        self.vitals.joined(group.name);
        let (group, vitals) = (group.name.to_owned(), Arc::clone(&self.vitals));
        Ok(Box::new(WatchedMember { member, group, vitals }))
    }

    fn end(&self, at: TopicPartition) -> Result<Position, JournalError> {
        self.journal.end(at)
    }

    fn read(
        &self,
        at: TopicPartition,
        from: Position,
        until: Position,
        each: &mut dyn FnMut(Entry),
    ) -> Result<(), JournalError> {
        self.journal.read(at, from, until, each)
    }
}

/// A member whose polls and commits are noted.
struct WatchedMember {
    member: Box<dyn Member>,
    group: String,
    vitals: Arc<Vitals>,
}

impl Member for WatchedMember {
    fn poll(&mut self, entries_max: usize, wait: Duration) -> Result<Vec<Event>, JournalError> {
        let events = self.member.poll(entries_max, wait)?;
        let mut read = BTreeMap::new();
        for event in &events {
            if let Event::Entry(entry) = event {
                *read.entry(entry.at.topic).or_insert(0) += 1;
            }
        }
        for (topic, entries) in read {
            telemetry::read(&self.group, topic, entries);
        }
        let member = &mut self.member;
        self.vitals.polled(&self.group, &events, |at| member.position(at).ok());
        Ok(events)
    }

    fn position(&mut self, at: TopicPartition) -> Result<Position, JournalError> {
        self.member.position(at)
    }

    fn seek(&mut self, at: TopicPartition, position: Position) -> Result<(), JournalError> {
        self.member.seek(at, position)
    }

    fn stay(&mut self) -> Result<bool, JournalError> {
        let stays = self.member.stay()?;
        self.vitals.at_work(&self.group);
        Ok(stays)
    }

    fn commit(
        &mut self,
        outputs: Vec<Record>,
        progress: &[Progress],
    ) -> Result<Vec<Placed>, CommitError> {
        match self.member.commit(outputs, progress) {
            Ok(placed) => {
                count(&placed);
                telemetry::committed(&self.group);
                self.vitals.committed(&self.group);
                Ok(placed)
            }
            Err(CommitError::Fenced) => {
                telemetry::fenced(&self.group);
                Err(CommitError::Fenced)
            }
            failed => failed,
        }
    }

    fn leave(self: Box<Self>) -> Result<(), JournalError> {
        self.vitals.left(&self.group);
        self.member.leave()
    }
}

fn count(placed: &[Placed]) {
    let mut appended = BTreeMap::new();
    for place in placed {
        *appended.entry(place.at.topic).or_insert(0) += 1;
    }
    for (topic, records) in appended {
        telemetry::appended(topic, records);
    }
}
