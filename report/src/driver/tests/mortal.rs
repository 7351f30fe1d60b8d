//! A journal for tests whose readers die.

use std::time::Duration;

use colloquy_journal::{
    CommitError, Entry, Event, Group, Journal, JournalError, Member, Placed, Position, Progress,
    TopicPartition, memory::MemoryJournal,
};
use colloquy_transcript::Record;

/// A journal whose members are cut off after a number of polls, as if the process were killed.
pub(super) struct Mortal<'a> {
    pub(super) journal: &'a MemoryJournal,
    pub(super) polls: usize,
    /// Entries of a poll at most.
    pub(super) entries: usize,
}

struct MortalMember {
    member: Box<dyn Member>,
    polls: usize,
    entries: usize,
}

fn killed() -> JournalError {
    JournalError::Read { what: "a killed process".to_owned(), cause: "killed".into() }
}

impl Journal for Mortal<'_> {
    fn partitions(&self) -> u32 {
        self.journal.partitions()
    }

    fn append(&self, records: Vec<Record>) -> Result<Vec<Placed>, JournalError> {
        self.journal.append(records)
    }

    fn join(&self, group: Group<'_>) -> Result<Box<dyn Member>, JournalError> {
        let member = self.journal.join(group)?;
        Ok(Box::new(MortalMember { member, polls: self.polls, entries: self.entries }))
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

impl Member for MortalMember {
    fn poll(&mut self, entries_max: usize, wait: Duration) -> Result<Vec<Event>, JournalError> {
        self.polls = self.polls.checked_sub(1).ok_or_else(killed)?;
        self.member.poll(entries_max.min(self.entries), wait)
    }

    fn position(&mut self, at: TopicPartition) -> Result<Position, JournalError> {
        self.member.position(at)
    }

    fn seek(&mut self, at: TopicPartition, position: Position) -> Result<(), JournalError> {
        self.member.seek(at, position)
    }

    fn stay(&mut self) -> Result<bool, JournalError> {
        self.member.stay()
    }

    fn commit(
        &mut self,
        outputs: Vec<Record>,
        progress: &[Progress],
    ) -> Result<Vec<Placed>, CommitError> {
        self.member.commit(outputs, progress)
    }

    fn leave(self: Box<Self>) -> Result<(), JournalError> {
        self.member.leave()
    }
}
