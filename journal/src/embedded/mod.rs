//! The journal on one machine: one `SQLite` file, durable, shared by several processes.
//!
//! Write-ahead log and `synchronous=FULL`: what [`Journal::append`] returned survives a power
//! cut. Readers never wait for writers. Writers of one process take turns in memory, those of
//! several processes through `SQLite`'s own lock. Outputs, positions and the check of the
//! generation are one transaction, so a member that lost its partitions cannot write.
//!
//! The number of partitions is laid down when the file is created; the file's own counts.
//!
//! A rebalance takes every partition from every member and hands all of them out anew, as
//! Kafka's eager protocol does. A member that does not poll for ten seconds is let go.
//!
//! **Invariant:** an entry never changes, and its position is never given to another.

pub(crate) mod checkup;
mod failure;
mod file;
mod group;
mod member;
mod table;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use colloquy_transcript::Record;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use self::member::EmbeddedMember;
use crate::{
    Cause, Entry, Group, Journal, JournalError, Member, Placed, Position, Settings, TopicPartition,
    codec::Batch,
    pool::{Pool, lock},
};

/// Entries read under one statement by [`Journal::read`]: a long read does not hold back the
/// write-ahead log's checkpoint.
const READ_BATCH_ENTRIES: usize = 4_096;

/// A journal in one file. Clones share its connections.
#[derive(Debug, Clone)]
pub struct EmbeddedJournal {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    partitions: u32,
    /// Before the writer, so that they close before it: the last connection puts the write-ahead log
    /// into the file, and one that only reads cannot.
    readers: Pool<Connection>,
    writer: Mutex<Connection>,
}

impl EmbeddedJournal {
    /// Opens the file at `path`; creates it, with `settings.partitions` partitions (at least 1),
    /// where it is missing. The folder must exist.
    ///
    /// # Errors
    /// [`JournalError::Layout`] for a file of a newer version or of another program,
    /// [`JournalError::Open`] for everything else.
    pub fn open(path: &Path, settings: &Settings) -> Result<Self, JournalError> {
        let (writer, partitions) = file::open(path, settings)?;
        Ok(Self {
            shared: Arc::new(Shared {
                path: path.to_owned(),
                partitions,
                readers: Pool::new(),
                writer: Mutex::new(writer),
            }),
        })
    }

    /// Puts bytes that no version can read where a record would lie.
    pub(crate) fn poison(&self, at: TopicPartition, bytes: &[u8]) -> Result<(), rusqlite::Error> {
        self.shared.write(|transaction| {
            let position = table::signed(table::end(transaction, at)?);
            transaction.execute(
                "INSERT INTO entries VALUES (?1, ?2, ?3, '', ?4)",
                rusqlite::params![at.topic.as_str(), at.partition, position, bytes],
            )?;
            transaction.execute(
                "INSERT OR REPLACE INTO tails VALUES (?1, ?2, ?3)",
                rusqlite::params![at.topic.as_str(), at.partition, position + 1],
            )?;
            Ok(())
        })
    }
}

impl Shared {
    /// Runs `work` in one transaction that is there to write; an error rolls it back.
    fn write<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Runs `work` on a reader that nobody else uses meanwhile, so that it may call the journal.
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, rusqlite::Error> {
        self.readers.with(|| file::open_reader(&self.path), work)
    }

    fn known(&self, at: TopicPartition) -> Result<(), JournalError> {
        if at.partition < self.partitions {
            return Ok(());
        }
        Err(self.unread(at, format!("the journal has {} partitions", self.partitions).into()))
    }

    fn explain(&self, cause: rusqlite::Error) -> Cause {
        failure::explain(&self.path, cause)
    }

    fn unread(&self, at: TopicPartition, cause: Cause) -> JournalError {
        let what = format!(
            "{} partition {} of sqlite:{}",
            at.topic.as_str(),
            at.partition,
            self.path.display()
        );
        JournalError::Read { what, cause }
    }
}

impl Journal for EmbeddedJournal {
    fn partitions(&self) -> u32 {
        self.shared.partitions
    }

    fn append(&self, records: Vec<Record>) -> Result<Vec<Placed>, JournalError> {
        let Some(topic) = records.first().map(Record::topic) else { return Ok(Vec::new()) };
        let batch = Batch::new(&records, self.shared.partitions);
        self.shared
            .write(|transaction| table::append(transaction, &batch))
            .map_err(|cause| JournalError::Append { topic, cause: self.shared.explain(cause) })
    }

    fn join(&self, group: Group<'_>) -> Result<Box<dyn Member>, JournalError> {
        let member = EmbeddedMember::join(Arc::clone(&self.shared), group.name, group.reads);
        Ok(Box::new(member.map_err(|cause| JournalError::Group {
            group: group.name.to_owned(),
            cause: self.shared.explain(cause),
        })?))
    }

    fn end(&self, at: TopicPartition) -> Result<Position, JournalError> {
        self.shared.known(at)?;
        let end = self.shared.read(|reader| table::end(reader, at));
        end.map_err(|cause| self.shared.unread(at, self.shared.explain(cause)))
    }

    fn read(
        &self,
        at: TopicPartition,
        from: Position,
        until: Position,
        each: &mut dyn FnMut(Entry),
    ) -> Result<(), JournalError> {
        self.shared.known(at)?;
        let mut next = from;
        let mut entries = Vec::new();
        while next < until {
            let read = self.shared.read(|reader| {
                let keep = &mut |entry| entries.push(entry);
                table::read(reader, at, (next, until), READ_BATCH_ENTRIES, keep)
            });
            match read.map_err(|cause| self.shared.unread(at, self.shared.explain(cause)))? {
                Some(position) => next = position,
                None => break,
            }
            entries.drain(..).for_each(&mut *each);
        }
        Ok(())
    }
}
