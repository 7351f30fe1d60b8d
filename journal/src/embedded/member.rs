//! One reader of a group.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use colloquy_transcript::{Record, Topic};
use rusqlite::Connection;

use super::{Shared, file, group, table};
use crate::{
    CommitError, Entry, Event, JournalError, Member, Placed, Position, Progress, TopicPartition,
    codec::Batch,
};

/// How often a member that polls says that it lives.
const BEAT_INTERVAL: Duration = Duration::from_secs(1);

/// Sleep between two looks at an idle file. A look reads one counter in shared memory.
const IDLE_SLEEP: Duration = Duration::from_millis(20);

/// A partition in hand.
#[derive(Debug)]
struct Held {
    at: TopicPartition,
    next: Position,
}

/// A member of a group; leaves it when dropped.
#[derive(Debug)]
pub(super) struct EmbeddedMember {
    reader: Connection,
    shared: Arc<Shared>,
    group: String,
    topics: Vec<Topic>,
    id: i64,
    /// The generation whose partitions are in hand; 0 before the first.
    generation: i64,
    held: Vec<Held>,
    /// Where the next poll begins, so that no partition starves.
    turn: usize,
    beaten: Instant,
    /// `PRAGMA data_version` at the last look that found nothing.
    idle_at: Option<i64>,
}

/// Why a commit's transaction was rolled back.
enum Undone {
    Fenced,
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Undone {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

impl EmbeddedMember {
    pub(super) fn join(
        shared: Arc<Shared>,
        group: &str,
        topics: &[Topic],
    ) -> Result<Self, rusqlite::Error> {
        let reader = file::open_reader(&shared.path)?;
        let id =
            shared.write(|transaction| group::join(transaction, group, topics, group::now_ms()))?;
        Ok(Self {
            reader,
            shared,
            group: group.to_owned(),
            topics: topics.to_vec(),
            id,
            generation: 0,
            held: Vec::new(),
            turn: 0,
            beaten: Instant::now(),
            idle_at: None,
        })
    }

    /// Says that the member lives; one that was let go meanwhile joins anew.
    fn beat(&mut self) -> Result<(), rusqlite::Error> {
        if self.beaten.elapsed() < BEAT_INTERVAL {
            return Ok(());
        }
        let (group, topics, id) = (&self.group, &self.topics, self.id);
        self.id = self.shared.write(|transaction| -> Result<_, rusqlite::Error> {
            let now_ms = group::now_ms();
            let lives = group::beat(transaction, group, id, now_ms)?;
            if lives { Ok(id) } else { group::join(transaction, group, topics, now_ms) }
        })?;
        self.beaten = Instant::now();
        Ok(())
    }

    /// What changed in the group, if anything did. First everything in hand goes back, then the
    /// new share comes.
    fn rebalanced(&mut self) -> Result<Option<Event>, rusqlite::Error> {
        if group::generation(&self.reader, &self.group)? == self.generation {
            return Ok(None);
        }
        if !self.held.is_empty() {
            let revoked = self.held.drain(..).map(|held| held.at).collect();
            return Ok(Some(Event::Revoked(revoked)));
        }
        let transaction = self.reader.unchecked_transaction()?;
        let (generation, share) =
            group::assignment(&transaction, &self.group, self.id, self.shared.partitions)?;
        let lives = group::is_member(&transaction, self.id)?;
        transaction.finish()?;
        if !lives {
            // Let go of while away: the next beat joins anew.
            self.beaten = Instant::now().checked_sub(BEAT_INTERVAL).unwrap_or(self.beaten);
            return Ok(None);
        }
        self.generation = generation;
        let hold = |part: &crate::Assignment| Held {
            at: part.at,
            next: part.committed.map_or(0, |progress| progress.position),
        };
        self.held = share.iter().map(hold).collect();
        Ok(Some(Event::Assigned(share)))
    }

    /// Whether another connection wrote since the last look that found nothing.
    fn is_idle(&mut self) -> Result<bool, rusqlite::Error> {
        let mut statement = self.reader.prepare_cached("PRAGMA data_version")?;
        let version = statement.query_row([], |row| row.get(0))?;
        Ok(self.idle_at.replace(version) == Some(version))
    }

    fn take(&mut self, entries_max: usize) -> Result<Vec<Event>, rusqlite::Error> {
        let mut events = Vec::new();
        let count = self.held.len();
        for turn in 0..count {
            let room = entries_max.saturating_sub(events.len());
            if room == 0 {
                break;
            }
            let held = &mut self.held[(self.turn + turn) % count];
            let keep = &mut |entry: Entry| events.push(Event::Entry(entry));
            let range = (held.next, Position::MAX);
            if let Some(next) = table::read(&self.reader, held.at, range, room, keep)? {
                held.next = next;
            }
        }
        self.turn = self.turn.wrapping_add(1) % count.max(1);
        Ok(events)
    }

    fn step(&mut self, entries_max: usize) -> Result<Vec<Event>, rusqlite::Error> {
        self.beat()?;
        if self.is_idle()? {
            return Ok(Vec::new());
        }
        let events = match self.rebalanced()? {
            Some(event) => vec![event],
            None => self.take(entries_max)?,
        };
        if !events.is_empty() {
            self.idle_at = None;
        }
        Ok(events)
    }

    /// Says that the member lives; whether what is in hand still is its own. One that was let go joins
    /// anew when it polls.
    fn try_stay(&mut self) -> Result<bool, rusqlite::Error> {
        let (name, id) = (&self.group, self.id);
        let lives =
            self.shared.write(|transaction| group::beat(transaction, name, id, group::now_ms()))?;
        if lives {
            self.beaten = Instant::now();
        }
        Ok(lives && group::generation(&self.reader, &self.group)? == self.generation)
    }

    fn unread(&self, cause: rusqlite::Error) -> JournalError {
        JournalError::Read {
            what: format!("sqlite:{} as {}", self.shared.path.display(), self.group),
            cause: self.shared.explain(cause),
        }
    }

    fn held(&mut self, at: TopicPartition) -> Result<&mut Held, JournalError> {
        let unassigned = self.shared.unread(at, "it is not assigned to this member".into());
        self.held.iter_mut().find(|held| held.at == at).ok_or(unassigned)
    }
}

impl Member for EmbeddedMember {
    fn poll(&mut self, entries_max: usize, wait: Duration) -> Result<Vec<Event>, JournalError> {
        let deadline = Instant::now() + wait;
        loop {
            let events = self.step(entries_max).map_err(|cause| self.unread(cause))?;
            let left = deadline.saturating_duration_since(Instant::now());
            if !events.is_empty() || left.is_zero() {
                return Ok(events);
            }
            thread::sleep(left.min(IDLE_SLEEP));
        }
    }

    fn position(&mut self, at: TopicPartition) -> Result<Position, JournalError> {
        Ok(self.held(at)?.next)
    }

    fn seek(&mut self, at: TopicPartition, position: Position) -> Result<(), JournalError> {
        self.held(at)?.next = position;
        self.idle_at = None;
        Ok(())
    }

    fn stay(&mut self) -> Result<bool, JournalError> {
        if self.beaten.elapsed() < BEAT_INTERVAL {
            return Ok(true);
        }
        self.try_stay().map_err(|cause| self.unread(cause))
    }

    fn commit(
        &mut self,
        outputs: Vec<Record>,
        progress: &[Progress],
    ) -> Result<Vec<Placed>, CommitError> {
        if !progress.iter().all(|part| self.held.iter().any(|held| held.at == part.at)) {
            return Err(CommitError::Fenced);
        }
        let batch = Batch::new(&outputs, self.shared.partitions);
        let done = self.shared.write(|transaction| {
            // The generation rises with every member that comes, goes or is let go.
            if group::generation(transaction, &self.group)? != self.generation {
                return Err(Undone::Fenced);
            }
            // A long piece of work ends here: whoever commits lives.
            group::beat(transaction, &self.group, self.id, group::now_ms())?;
            table::commit(transaction, &self.group, progress)?;
            Ok(table::append(transaction, &batch)?)
        });
        self.idle_at = None;
        done.map_err(|undone| match undone {
            Undone::Fenced => CommitError::Fenced,
            Undone::Failed(cause) => {
                CommitError::Failed { group: self.group.clone(), cause: self.shared.explain(cause) }
            }
        })
    }

    fn leave(mut self: Box<Self>) -> Result<(), JournalError> {
        self.part().map_err(|cause| JournalError::Group {
            group: self.group.clone(),
            cause: self.shared.explain(cause),
        })
    }
}

impl EmbeddedMember {
    fn part(&mut self) -> Result<(), rusqlite::Error> {
        // An id is never used twice, so parting twice does no harm.
        self.shared.write(|transaction| group::leave(transaction, &self.group, self.id))
    }
}

impl Drop for EmbeddedMember {
    fn drop(&mut self) {
        if let Err(error) = self.part() {
            tracing::warn!(group = self.group, %error, "leaving a group failed; it times out");
        }
    }
}
