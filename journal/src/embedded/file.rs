//! The file: its layout, its version, its connections.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::failure::explain;
use crate::{JournalError, Settings};

/// Marks the file as ours (`PRAGMA application_id`), "Clqy".
const APPLICATION_ID: i32 = 0x436c_7179;

/// The layout that this program writes (`PRAGMA user_version`).
pub(super) const VERSION: i32 = 1;

/// Longest wait for another process that writes.
const BUSY_WAIT: Duration = Duration::from_secs(30);

/// Pause between two attempts to switch a new file to a write-ahead log.
const SWITCH_PAUSE: Duration = Duration::from_millis(5);

/// Bytes of a page; posts of 1.5 KB lie in their row instead of overflowing.
const PAGE_BYTES: i32 = 16_384;

/// Statements that a connection keeps prepared.
const STATEMENTS_MAX: usize = 64;

const LAYOUT: &str = "
    CREATE TABLE layout (partitions INTEGER NOT NULL);
    -- One past the last position of a partition: positions are never given twice, even when
    -- entries are deleted.
    CREATE TABLE tails (
        topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
        PRIMARY KEY (topic, partition)
    ) WITHOUT ROWID;
    CREATE TABLE entries (
        topic TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL,
        key TEXT NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (topic, partition, position)
    ) WITHOUT ROWID;
    CREATE TABLE groups (
        name TEXT NOT NULL PRIMARY KEY, generation INTEGER NOT NULL
    ) WITHOUT ROWID;
    -- topics: names separated by commas. seen_ms: milliseconds since 1970 of the last poll.
    CREATE TABLE members (
        id INTEGER PRIMARY KEY AUTOINCREMENT, group_name TEXT NOT NULL REFERENCES groups (name),
        topics TEXT NOT NULL, seen_ms INTEGER NOT NULL
    );
    CREATE TABLE positions (
        group_name TEXT NOT NULL REFERENCES groups (name),
        topic TEXT NOT NULL, partition INTEGER NOT NULL,
        position INTEGER NOT NULL, unpublished INTEGER NOT NULL,
        PRIMARY KEY (group_name, topic, partition)
    ) WITHOUT ROWID;
";

/// Opens the file for writing, creates it where it is missing, and returns its partitions.
pub(super) fn open(path: &Path, settings: &Settings) -> Result<(Connection, u32), JournalError> {
    let failed = |cause: rusqlite::Error| JournalError::Open {
        journal: format!("sqlite:{}", path.display()),
        cause: explain(path, cause),
    };
    let mut connection = Connection::open(path).map_err(failed)?;
    prepare(&connection).map_err(failed)?;
    refuse_foreign(&connection, path)?;
    lay_out(&mut connection, settings).map_err(failed)?;
    // Another process may have been first, with a version of its own.
    refuse_foreign(&connection, path)?;
    let partitions = connection
        .query_row("SELECT partitions FROM layout", [], |row| row.get(0))
        .map_err(failed)?;
    Ok((connection, partitions))
}

/// Opens one more connection that only reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Without effect on a file that exists.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What a deletion removes is overwritten, not only unlinked.
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "foreign_keys", "ON")
}

/// A newer layout, or somebody else's file, is left alone.
pub(super) fn refuse_foreign(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let journal = format!("sqlite:{}", path.display());
    let ask = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i32>(0));
    let read = || -> Result<_, rusqlite::Error> {
        let tables = ask("SELECT count(*) FROM sqlite_schema")?;
        Ok((tables, ask("PRAGMA application_id")?, ask("PRAGMA user_version")?))
    };
    let (tables, application, version) = read().map_err(|cause| JournalError::Open {
        journal: journal.clone(),
        cause: explain(path, cause),
    })?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(JournalError::Layout {
            journal,
            problem: "is a database of another program".to_owned(),
            hint: "name another file".to_owned(),
        });
    }
    if version > VERSION {
        return Err(JournalError::Layout {
            journal,
            problem: format!("has layout {version}, and this program knows up to {VERSION}"),
            hint: "use the newer colloquy that wrote it, or name another file".to_owned(),
        });
    }
    Ok(())
}

/// Switches the file to a write-ahead log. To do that a connection must be alone for a moment, and
/// `SQLite` does not wait for it by itself: two that wait for one another would wait for ever.
fn switch_to_wal(connection: &Connection) -> Result<(), rusqlite::Error> {
    let until = Instant::now() + BUSY_WAIT;
    loop {
        let switched = connection.pragma_update(None, "journal_mode", "WAL");
        let busy =
            switched.as_ref().err().and_then(rusqlite::Error::sqlite_error_code).is_some_and(
                |code| matches!(code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked),
            );
        if !busy || Instant::now() >= until {
            return switched;
        }
        thread::sleep(SWITCH_PAUSE);
    }
}

/// Creates the tables, once, whichever process comes first.
fn lay_out(connection: &mut Connection, settings: &Settings) -> Result<(), rusqlite::Error> {
    // Before the first transaction: the mode cannot change inside one. It stays with the file.
    switch_to_wal(connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let tables: i64 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        transaction.execute_batch(LAYOUT)?;
        let partitions = settings.partitions.max(1);
        transaction.execute("INSERT INTO layout VALUES (?1)", [partitions])?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()
}
