//! What is well with the file, and what is not. Reads, and takes the lock for a moment to see whether
//! that can be had; writes nothing and makes nothing.

use std::{fs, path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use super::{file, group};
use crate::{
    JournalError,
    checkup::{Checkup, Finding, Verdict, group as group_finding},
};

/// Longest wait for the lock: no writer holds it for so long.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// A write-ahead log that is longer is not folded into the file, because somebody reads for ever.
const LOG_BYTES_MAX: u64 = 1 << 30;

/// A member cannot have been seen later than now.
const CLOCK_MS_MAX: i64 = 5_000;

pub(crate) fn examine(path: &Path, groups: &[&str]) -> Checkup {
    let mut findings = Vec::new();
    let is_usable = file_findings(path, groups, &mut findings).unwrap_or_else(|finding| {
        findings.push(finding);
        false
    });
    let is_usable = is_usable && findings.iter().all(|finding| finding.verdict < Verdict::Failure);
    Checkup { findings, is_usable }
}

/// An `Err` is the finding after which there is nothing more to look at.
fn file_findings(
    path: &Path,
    groups: &[&str],
    findings: &mut Vec<Finding>,
) -> Result<bool, Finding> {
    let name = path.display();
    match fs::metadata(path) {
        Ok(about) if about.is_file() => (),
        Ok(_) => {
            return Err(Finding::failure(
                "journal file",
                format!("{name} is no file"),
                "name a file with --journal sqlite:PATH",
            ));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Finding::warning(
                "journal file",
                format!("there is none at {name} yet"),
                "nothing, if it is to be a new one: colloquy ingest makes it",
            ));
        }
        Err(error) => {
            return Err(Finding::failure(
                "journal file",
                format!("{name} cannot be looked at: {error}"),
                "let this user read the file and its folder",
            ));
        }
    }
    let connection = open(path)?;
    file::refuse_foreign(&connection, path).map_err(|error| match error {
        JournalError::Layout { problem, hint, .. } => {
            Finding::failure("journal file", problem, hint)
        }
        error => damaged(path, &cause_of(&error)),
    })?;
    findings.push(integrity(&connection, path)?);
    findings.push(lock(path));
    findings.push(log(path));
    contents(&connection, groups, findings).map_err(|error| damaged(path, &error.to_string()))?;
    Ok(true)
}

fn cause_of(error: &JournalError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn damaged(path: &Path, why: &str) -> Finding {
    Finding::failure(
        "journal file",
        format!("{} cannot be read: {why}", path.display()),
        "put a copy of it back, or name another file and ingest the archives again",
    )
}

fn open(path: &Path) -> Result<Connection, Finding> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags);
    let opened = opened.and_then(|it| it.busy_timeout(LOCK_WAIT).map(|()| it));
    opened.map_err(|error| damaged(path, &error.to_string()))
}

/// Every page is read and the structure checked: seconds for each GB.
fn integrity(connection: &Connection, path: &Path) -> Result<Finding, Finding> {
    let told: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| damaged(path, &error.to_string()))?;
    if told != "ok" {
        return Err(damaged(path, &told));
    }
    let bytes = fs::metadata(path).map_or(0, |about| about.len());
    Ok(Finding::fine(
        "journal file",
        format!("{}, layout {}, whole, {} MB", path.display(), file::VERSION, bytes / 1_000_000),
    ))
}

/// Whether this user may write, and nobody keeps others from it.
fn lock(path: &Path) -> Finding {
    const WHAT: &str = "journal lock";
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let tried = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(LOCK_WAIT)?;
        // Closing it is no reason to change the file.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")
    });
    let Err(error) = tried else { return Finding::fine(WHAT, "it can be written to") };
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Finding::warning(
            WHAT,
            format!("somebody has held it for more than {} s", LOCK_WAIT.as_secs()),
            "look for a process that hangs, such as a database browser in the middle of a change",
        ),
        _ => Finding::failure(
            WHAT,
            format!("it cannot be written to: {error}"),
            "let this user write the file and its folder",
        ),
    }
}

fn log(path: &Path) -> Finding {
    const WHAT: &str = "write-ahead log";
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    let bytes = fs::metadata(&name).map_or(0, |about| about.len());
    let told = format!("{} MB", bytes / 1_000_000);
    if bytes <= LOG_BYTES_MAX {
        return Finding::fine(WHAT, told);
    }
    Finding::warning(
        WHAT,
        format!("{told}: it grows while somebody reads without an end"),
        "look for a process that keeps a transaction open, such as a database browser",
    )
}

fn contents(
    connection: &Connection,
    groups: &[&str],
    findings: &mut Vec<Finding>,
) -> Result<(), rusqlite::Error> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let partitions = count("SELECT partitions FROM layout")?;
    let entries = count("SELECT coalesce(sum(next), 0) FROM tails")?;
    let told = format!("{partitions} partitions, {entries} records");
    findings.push(Finding::fine("journal contents", told));
    let now_ms = group::now_ms();
    let alive_ms = now_ms - i64::try_from(group::SESSION_TIMEOUT.as_millis()).unwrap_or(i64::MAX);
    let latest_ms = count("SELECT coalesce(max(seen_ms), 0) FROM members")?;
    if latest_ms > now_ms + CLOCK_MS_MAX {
        findings.push(Finding::warning(
            "journal clock",
            format!(
                "a member was seen {} s from now: the clock was set back",
                (latest_ms - now_ms) / 1_000
            ),
            "nothing, if it is right now: a member that is gone is waited for until then",
        ));
    }
    for name in groups {
        let members = connection.query_row(
            "SELECT count(*) FROM members WHERE group_name = ?1 AND seen_ms > ?2",
            rusqlite::params![name, alive_ms],
            |row| row.get::<_, i64>(0),
        )?;
        let left = connection.query_row(
            "SELECT sum(max(tails.next - positions.unpublished, 0))
             FROM positions JOIN tails USING (topic, partition) WHERE group_name = ?1",
            [name],
            |row| row.get::<_, Option<i64>>(0),
        )?;
        let left = left.map(|left| u64::try_from(left).unwrap_or(0));
        findings.push(group_finding(name, usize::try_from(members).unwrap_or(0), left));
    }
    Ok(())
}
