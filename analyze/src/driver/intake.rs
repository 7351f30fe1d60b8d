//! What a worker is told: partitions that come and go, and the entries of those it has.

use colloquy_journal::{Assignment, Content, Entry, Event as Told, TopicPartition};
use colloquy_transcript::{DeadLetter, Record, Topic};

use super::{AnalyzeError, Read, Worker, long};
use crate::machine::{Event, Restored};
use crate::telemetry;

impl Worker<'_> {
    pub(super) fn take(&mut self, event: Told) -> Result<(), AnalyzeError> {
        match event {
            Told::Assigned(assignments) => {
                self.disowned = None;
                for assignment in assignments.iter().filter(|it| it.at.topic == Topic::Posts) {
                    let partition = assignment.at.partition;
                    let known = |topic| {
                        let at = TopicPartition { topic, partition };
                        let found = assignments.iter().find(|it| it.at == at);
                        found.and_then(|it| it.committed).map_or(0, |it| it.unpublished)
                    };
                    self.assigned(assignment, &known)?;
                }
                Ok(())
            }
            Told::Revoked(partitions) => {
                for at in partitions.iter().filter(|at| at.topic == Topic::Posts) {
                    self.read.remove(&at.partition);
                    self.step(Event::Revoked { partition: at.partition })?;
                }
                Ok(())
            }
            Told::Entry(_) if self.disowned.is_some() => Ok(()),
            Told::Entry(entry) => self.entry(entry),
        }
    }

    /// Reads what the partition's small topics hold, then lets the posts come. `known` says below
    /// which position an earlier run took a topic into account: decisions from there on are news,
    /// and what cannot be read there was not yet set aside.
    fn assigned(
        &mut self,
        assignment: &Assignment,
        known: &dyn Fn(Topic) -> u64,
    ) -> Result<(), AnalyzeError> {
        let partition = assignment.at.partition;
        let mut restored = Restored::default();
        let mut news = Vec::new();
        let (mut decisions, mut coverage) = (0, 0);
        for topic in [Topic::Sessions, Topic::Attendance, Topic::Decisions, Topic::Coverage] {
            let at = TopicPartition { topic, partition };
            let end = self.journal.end(at)?;
            let is_ground = matches!(topic, Topic::Decisions | Topic::Coverage);
            let known = known(topic);
            let mut unreadable = Vec::new();
            let read = &mut |entry: Entry| match entry.content {
                Content::Record(Record::Session(session)) => restored.sessions.push(*session),
                Content::Record(Record::Attendance(row)) => restored.attendance.push(row),
                Content::Record(Record::Decision(decision)) if entry.position < known => {
                    restored.decisions.push(decision);
                }
                Content::Record(Record::Decision(decision)) => news.push(decision),
                Content::Record(Record::Mark(mark)) => restored.marks.push((entry.position, mark)),
                Content::Unreadable { bytes, reason } if is_ground && entry.position >= known => {
                    unreadable.push((entry.position, bytes, reason));
                }
                Content::Record(_) | Content::Unreadable { .. } => {}
            };
            long::read(self.journal, &mut *self.member, at, (0, end), read)?;
            for (position, bytes, reason) in unreadable {
                self.set_aside(at, position, bytes, reason);
            }
            if is_ground {
                self.member.seek(at, end)?;
            }
            match topic {
                Topic::Decisions => decisions = end,
                Topic::Coverage => coverage = end,
                _ => {}
            }
        }
        let committed = assignment.committed;
        let posts = committed.map_or(0, |progress| progress.position);
        let unpublished = committed.map_or(0, |progress| progress.unpublished);
        self.read.insert(partition, Read { posts, decisions, coverage, known: unpublished });
        self.step(Event::Assigned { partition, unpublished, restored })?;
        for decision in news {
            self.step(Event::Decision { partition, decision })?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: Entry) -> Result<(), AnalyzeError> {
        let Entry { at, position, content, appended_at: _ } = entry;
        self.uncommitted += 1;
        let mut known = 0;
        if let Some(read) = self.read.get_mut(&at.partition) {
            match at.topic {
                Topic::Posts => (read.posts, known) = (position + 1, read.known),
                Topic::Decisions => read.decisions = position + 1,
                Topic::Coverage => read.coverage = position + 1,
                _ => {}
            }
        }
        match content {
            Content::Record(Record::Post(post)) => {
                self.outcome.posts += 1;
                self.step(Event::Post { partition: at.partition, position, post })
            }
            Content::Record(Record::Decision(decision)) => {
                self.step(Event::Decision { partition: at.partition, decision })
            }
            Content::Record(Record::Mark(mark)) => self.step(Event::Mark { position, mark }),
            Content::Record(_) => Ok(()),
            // Read once more after a restart, as what a session still needs is.
            Content::Unreadable { .. } if position < known => Ok(()),
            Content::Unreadable { bytes, reason } => {
                self.set_aside(at, position, bytes, reason);
                Ok(())
            }
        }
    }

    fn set_aside(&mut self, at: TopicPartition, position: u64, bytes: Vec<u8>, reason: String) {
        self.outcome.unreadable += 1;
        let entry = (at.topic, at.partition);
        let letter = DeadLetter::of_entry(entry, position, "analyze", reason, bytes);
        telemetry::set_aside(&letter.source, position, &letter.reason);
        self.outputs.push(Record::DeadLetter(letter));
    }
}
