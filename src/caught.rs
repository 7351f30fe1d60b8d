//! A journal in front of another that lets no dead letter through.

use std::sync::{Mutex, PoisonError};

use colloquy_journal::{
    Entry, Group, Journal, JournalError, Member, Placed, Position, TopicPartition,
};
use colloquy_transcript::{DeadLetter, Record};

/// Passes everything on but dead letters, which it keeps: a letter that is rejected again is not
/// simply a new one.
pub(crate) struct Caught<'j> {
    journal: &'j dyn Journal,
    letters: Mutex<Vec<DeadLetter>>,
}

impl<'j> Caught<'j> {
    /// In front of `journal`.
    pub(crate) fn new(journal: &'j dyn Journal) -> Self {
        Self { journal, letters: Mutex::default() }
    }

    /// What was caught.
    pub(crate) fn into_letters(self) -> Vec<DeadLetter> {
        self.letters.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for Caught<'_> {
    fn partitions(&self) -> u32 {
        self.journal.partitions()
    }

    fn append(&self, records: Vec<Record>) -> Result<Vec<Placed>, JournalError> {
        let mut others = Vec::with_capacity(records.len());
        for record in records {
            match record {
                Record::DeadLetter(letter) => {
                    self.letters.lock().unwrap_or_else(PoisonError::into_inner).push(letter);
                }
                other => others.push(other),
            }
        }
        if others.is_empty() { Ok(Vec::new()) } else { self.journal.append(others) }
    }

    fn join(&self, group: Group<'_>) -> Result<Box<dyn Member>, JournalError> {
        self.journal.join(group)
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
