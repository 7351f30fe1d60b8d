//! When and what the driver commits: first the files, then the positions that they cover.

use std::time::{Duration, Instant};

use colloquy_journal::{CommitError, Progress, TopicPartition};
use colloquy_transcript::{Record, Topic};

use super::{Driver, publish};
use crate::{ReportError, lake::ChatTables, telemetry};

/// After this long, what was read or written is committed.
const COMMIT_INTERVAL: Duration = Duration::from_secs(1);

/// After this many entries, what was read or written is committed: the memory journal lets
/// writers wait for it.
const COMMIT_ENTRIES_MAX: u64 = 16_384;

/// After this many bytes written aside, the batch is committed.
const COMMIT_BYTES_MAX: u64 = 16 << 20;

/// Topics that are read from their beginning after every start.
pub(super) fn is_remembered(topic: Topic) -> bool {
    matches!(topic, Topic::Sessions | Topic::Coverage | Topic::Decisions)
}

impl Driver<'_> {
    pub(super) fn is_due(&self) -> bool {
        self.entries_since_commit >= COMMIT_ENTRIES_MAX
            || self.store.pending().bytes >= COMMIT_BYTES_MAX
            || self.committed_at.elapsed() >= COMMIT_INTERVAL
    }

    /// Whether what an earlier run has published is still being read again: until then a chat's
    /// own files would miss sessions.
    fn is_recalling(&mut self) -> Result<bool, ReportError> {
        for (&at, reading) in &mut self.positions {
            if reading.recall_until > reading.next
                && self.member.position(at)? < reading.recall_until
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes the files durable, and then says so to the journal.
    pub(super) fn commit(&mut self) -> Result<(), ReportError> {
        self.committed_at = Instant::now();
        self.entries_since_commit = 0;
        if self.is_recalling()? {
            return Ok(());
        }
        for (name, chat) in self.state.take_dirty() {
            let view = chat.view(&name);
            let tables = ChatTables {
                name: &name,
                sessions: &view.sessions,
                coverage: &chat.coverage(),
                decisions: &chat.decisions(),
            };
            publish::chat(&mut self.store, &tables)?;
        }
        if std::mem::take(&mut self.overview_dirty) {
            publish::overview(&mut self.store, &self.state.views())?;
        }
        let stored = self.store.commit()?;
        self.counts.files_written += stored.files;
        self.counts.bytes_written += stored.bytes;
        telemetry::committed(&self.counted, &self.counts);
        self.counted = self.counts;
        self.appended.drain(..).for_each(telemetry::durable);
        self.commit_positions()
    }

    fn commit_positions(&mut self) -> Result<(), ReportError> {
        let progress = self.progress()?;
        if progress.is_empty() && self.dead_letters.is_empty() {
            return Ok(());
        }
        let outputs = self.dead_letters.iter().cloned().map(Record::DeadLetter).collect();
        match self.member.commit(outputs, &progress) {
            Ok(_) => {
                self.dead_letters.clear();
                for Progress { at, position, unpublished } in progress {
                    if let Some(reading) = self.positions.get_mut(&at) {
                        reading.committed = (position, unpublished);
                    }
                }
                self.state.prune();
                Ok(())
            }
            // The next poll says what was taken away; the rest is committed after it. What was
            // written is right all the same: its new owner writes the same bytes.
            Err(CommitError::Fenced) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The positions that changed since the last commit.
    fn progress(&mut self) -> Result<Vec<Progress>, ReportError> {
        let mut changed = Vec::new();
        for (&at, reading) in &self.positions {
            let unpublished = self.state.needed_from(at, reading.next);
            let position = if is_remembered(at.topic) { 0 } else { unpublished };
            if reading.committed == (position, unpublished) {
                continue;
            }
            // Between two records of one transaction, the first must not let go the posts that
            // the second still needs.
            let settled = at.topic != Topic::Posts || {
                let sessions = TopicPartition { topic: Topic::Sessions, ..at };
                self.member.position(sessions)? == self.journal.end(sessions)?
            };
            if settled {
                changed.push(Progress { at, position, unpublished });
            }
        }
        Ok(changed)
    }
}
