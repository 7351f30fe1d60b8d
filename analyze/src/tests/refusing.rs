//! A journal in memory whose commits and joins go wrong when it is told.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use colloquy_journal::memory::MemoryJournal;
use colloquy_journal::{
    CommitError, Denied, Entry, Event, Group, Journal, JournalError, Member, Placed, Position,
    Progress, TopicPartition,
};
use colloquy_transcript::{Record, Topic};

use crate::driver::GROUP;

/// What becomes of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It takes place.
    Done,
    /// It does not take place.
    Failed,
    /// It takes place, and whoever commits hears that it failed.
    Lost,
    /// It does not take place, since a right is lacking.
    Denied,
    /// The members of the group are expelled first.
    Expelled,
}

#[derive(Debug, Default)]
struct Answers {
    /// Of the next commits; then all take place.
    commits: VecDeque<Answer>,
    joined: usize,
    /// Which joins fail, counted from the first.
    refused: Range<usize>,
    /// How often a member said in the middle of its work that it lives, and when all are expelled.
    stays: usize,
    /// Positions of posts that were asked for again.
    reread: u64,
    expelled_at: Option<usize>,
}

/// The journal; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Refusing {
    pub(super) memory: MemoryJournal,
    answers: Arc<Mutex<Answers>>,
}

impl Refusing {
    /// In front of `memory`.
    pub(super) fn new(memory: MemoryJournal) -> Self {
        Self { memory, answers: Arc::default() }
    }

    /// What becomes of the next commits, in turn.
    pub(super) fn answer(&self, answers: &[Answer]) {
        self.answers.lock().unwrap().commits.extend(answers);
    }

    /// After so many joins so many fail.
    pub(super) fn refuse_joins_after(&self, joins: usize, count: usize) {
        self.answers.lock().unwrap().refused = joins..joins + count;
    }

    /// In the middle of the work after so many signs of life the members of the group are expelled.
    pub(super) fn expel_at(&self, stays: usize) {
        let mut answers = self.answers.lock().unwrap();
        answers.stays = 0;
        answers.expelled_at = Some(stays);
    }

    /// How often a member said in the middle of its work that it lives.
    pub(super) fn stayed(&self) -> usize {
        self.answers.lock().unwrap().stays
    }

    /// Positions of posts that were asked for again.
    pub(super) fn reread(&self) -> u64 {
        self.answers.lock().unwrap().reread
    }

    /// How often somebody joined or tried to.
    pub(super) fn joined(&self) -> usize {
        self.answers.lock().unwrap().joined
    }

    /// What becomes of a commit now.
    fn next(&self) -> Answer {
        self.answers.lock().unwrap().commits.pop_front().unwrap_or(Answer::Done)
    }
}

impl Journal for Refusing {
    fn partitions(&self) -> u32 {
        self.memory.partitions()
    }

    fn append(&self, records: Vec<Record>) -> Result<Vec<Placed>, JournalError> {
        self.memory.append(records)
    }

    fn join(&self, group: Group<'_>) -> Result<Box<dyn Member>, JournalError> {
        let mut answers = self.answers.lock().unwrap();
        let nth = answers.joined;
        answers.joined += 1;
        if answers.refused.contains(&nth) {
            return Err(JournalError::Group {
                group: group.name.to_owned(),
                cause: "refused".into(),
            });
        }
        drop(answers);
        let member = self.memory.join(group)?;
        Ok(Box::new(RefusingMember { member, journal: self.clone() }))
    }

    fn end(&self, at: TopicPartition) -> Result<Position, JournalError> {
        self.memory.end(at)
    }

    fn read(
        &self,
        at: TopicPartition,
        from: Position,
        until: Position,
        each: &mut dyn FnMut(Entry),
    ) -> Result<(), JournalError> {
        if at.topic == Topic::Posts {
            self.answers.lock().unwrap().reread += until - from;
        }
        self.memory.read(at, from, until, each)
    }
}

struct RefusingMember {
    member: Box<dyn Member>,
    journal: Refusing,
}

impl Member for RefusingMember {
    fn poll(&mut self, entries_max: usize, wait: Duration) -> Result<Vec<Event>, JournalError> {
        self.member.poll(entries_max, wait)
    }

    fn position(&mut self, at: TopicPartition) -> Result<Position, JournalError> {
        self.member.position(at)
    }

    fn seek(&mut self, at: TopicPartition, position: Position) -> Result<(), JournalError> {
        self.member.seek(at, position)
    }

    fn stay(&mut self) -> Result<bool, JournalError> {
        let mut answers = self.journal.answers.lock().unwrap();
        let nth = answers.stays;
        answers.stays += 1;
        if answers.expelled_at == Some(nth) {
            while self.journal.memory.expel(GROUP, 0) {}
        }
        drop(answers);
        self.member.stay()
    }

    fn commit(
        &mut self,
        outputs: Vec<Record>,
        progress: &[Progress],
    ) -> Result<Vec<Placed>, CommitError> {
        let failed =
            || CommitError::Failed { group: GROUP.to_owned(), cause: "no broker answers".into() };
        match self.journal.next() {
            Answer::Done => self.member.commit(outputs, progress),
            Answer::Failed => Err(failed()),
            Answer::Denied => {
                let denied = Denied::new("this user may not write", "allow it");
                Err(CommitError::Failed { group: GROUP.to_owned(), cause: Box::new(denied) })
            }
            Answer::Lost => {
                self.member.commit(outputs, progress)?;
                Err(failed())
            }
            Answer::Expelled => {
                while self.journal.memory.expel(GROUP, 0) {}
                self.member.commit(outputs, progress)
            }
        }
    }

    fn leave(self: Box<Self>) -> Result<(), JournalError> {
        self.member.leave()
    }
}
