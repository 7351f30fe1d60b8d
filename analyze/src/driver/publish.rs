//! What the machine asks for: records to publish, posts to read again; and how far it came.

use colloquy_journal::{Content, Progress, TopicPartition};
use colloquy_transcript::{ChatName, Record, Topic};

use super::{AnalyzeError, Worker, long};
use crate::machine::{Action, Event, Standpoint};
use crate::telemetry;

impl Worker<'_> {
    pub(super) fn step(&mut self, event: Event) -> Result<(), AnalyzeError> {
        let mut actions = self.machine.step(event);
        // The next to be done is the last: one chat is read again to its end before another is, and no
        // two hold what was read of them.
        actions.reverse();
        while let Some(action) = actions.pop() {
            match action {
                Action::Publish(records) => self.publish(records),
                Action::Reread { chat, partition, from, until } => {
                    let more = self.reread(&chat, partition, from, until)?;
                    actions.extend(more.into_iter().rev());
                }
            }
        }
        Ok(())
    }

    fn publish(&mut self, records: Vec<Record>) {
        telemetry::published(&records);
        let sessions = records.iter().filter(|it| matches!(it, Record::Session(_)));
        self.outcome.sessions += sessions.count() as u64;
        // A large meeting is handed on as it is, not copied behind nothing.
        if self.outputs.is_empty() {
            self.outputs = records;
        } else {
            self.outputs.extend(records);
        }
    }

    fn reread(
        &mut self,
        chat: &ChatName,
        partition: u32,
        from: u64,
        until: u64,
    ) -> Result<Vec<Action>, AnalyzeError> {
        let Self { journal, member, machine, outcome, .. } = self;
        let at = TopicPartition { topic: Topic::Posts, partition };
        long::read(*journal, &mut **member, at, (from, until), &mut |entry| {
            if let Content::Record(Record::Post(post)) = entry.content
                && post.chat == *chat
            {
                outcome.posts += 1;
                machine.step(Event::Again { position: entry.position, post });
            }
        })?;
        Ok(self.machine.step(Event::AgainDone { chat: chat.clone(), partition }))
    }

    /// Hands over what was published, with the positions that it covers.
    pub(crate) fn commit(&mut self) -> Result<(), AnalyzeError> {
        let mut outputs = std::mem::take(&mut self.outputs);
        let ends: Vec<Record> =
            outputs.extract_if(.., |record| matches!(record, Record::Mark(_))).collect();
        let progress = self.progress();
        self.uncommitted = 0;
        self.turns = 0;
        if !outputs.is_empty() || !progress.is_empty() {
            self.hand_over(outputs, &progress)?;
        }
        // A commit becomes visible partition by partition. The announcement of the end goes in a
        // commit of its own, which begins when everything before it can be seen.
        if !ends.is_empty() {
            self.hand_over(ends, &progress)?;
        }
        Ok(())
    }

    fn hand_over(
        &mut self,
        outputs: Vec<Record>,
        progress: &[Progress],
    ) -> Result<(), AnalyzeError> {
        self.member.commit(outputs, progress)?;
        self.failures = 0;
        Ok(())
    }

    fn progress(&self) -> Vec<Progress> {
        let mut progress = Vec::new();
        for standpoint in self.machine.progress() {
            let Standpoint { partition, needed, unpublished, settled } = standpoint;
            let at = |topic| TopicPartition { topic, partition };
            let Some(read) = self.read.get(&partition) else { continue };
            progress.push(Progress { at: at(Topic::Posts), position: needed, unpublished });
            // Marks are read from the beginning by whoever comes next; they are few.
            let unpublished = read.coverage;
            progress.push(Progress { at: at(Topic::Coverage), position: 0, unpublished });
            if settled {
                let position = read.decisions;
                let at = at(Topic::Decisions);
                progress.push(Progress { at, position, unpublished: position });
            }
        }
        progress
    }
}
