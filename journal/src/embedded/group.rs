//! Groups and their members, as rows. Every function runs within the caller's transaction.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use colloquy_transcript::Topic;
use rusqlite::{Connection, OptionalExtension, params};

use super::table;
use crate::{
    Assignment,
    share::{Subscriber, share_of},
};

/// A member that has not polled for so long loses its partitions.
pub(super) const SESSION_TIMEOUT: Duration = Duration::from_secs(10);

/// Milliseconds since 1970. All members run on one machine, under one clock; a jump of it costs
/// a rebalance at worst.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn timeout_ms() -> i64 {
    i64::try_from(SESSION_TIMEOUT.as_millis()).unwrap_or(i64::MAX)
}

/// The generation of a group; 0 if nobody ever joined it.
pub(super) fn generation(connection: &Connection, group: &str) -> Result<i64, rusqlite::Error> {
    let mut statement =
        connection.prepare_cached("SELECT generation FROM groups WHERE name = ?1")?;
    Ok(statement.query_row([group], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Whether the member is still in its group.
pub(super) fn is_member(connection: &Connection, id: i64) -> Result<bool, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM members WHERE id = ?1")?;
    statement.exists([id])
}

fn raise(transaction: &Connection, group: &str) -> Result<(), rusqlite::Error> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO groups (name, generation) VALUES (?1, 1)
         ON CONFLICT (name) DO UPDATE SET generation = generation + 1",
    )?;
    statement.execute([group]).map(drop)
}

/// Takes a member in; its id was never used before.
pub(super) fn join(
    transaction: &Connection,
    group: &str,
    topics: &[Topic],
    now_ms: i64,
) -> Result<i64, rusqlite::Error> {
    raise(transaction, group)?;
    let names: Vec<&str> = topics.iter().map(|topic| topic.as_str()).collect();
    transaction
        .prepare_cached("INSERT INTO members (group_name, topics, seen_ms) VALUES (?1, ?2, ?3)")?
        .execute(params![group, names.join(","), now_ms])?;
    Ok(transaction.last_insert_rowid())
}

/// Lets a member go.
pub(super) fn leave(transaction: &Connection, group: &str, id: i64) -> Result<(), rusqlite::Error> {
    let mut statement = transaction.prepare_cached("DELETE FROM members WHERE id = ?1")?;
    if statement.execute([id])? > 0 { raise(transaction, group) } else { Ok(()) }
}

/// Notes that the member lives, and lets go of those that do not. Says whether the member itself
/// is still in the group.
pub(super) fn beat(
    transaction: &Connection,
    group: &str,
    id: i64,
    now_ms: i64,
) -> Result<bool, rusqlite::Error> {
    let lives = transaction
        .prepare_cached("UPDATE members SET seen_ms = ?2 WHERE id = ?1")?
        .execute(params![id, now_ms])?
        > 0;
    let dead = transaction
        .prepare_cached("DELETE FROM members WHERE group_name = ?1 AND seen_ms < ?2")?
        .execute(params![group, now_ms.saturating_sub(timeout_ms())])?;
    if dead > 0 {
        raise(transaction, group)?;
    }
    Ok(lives)
}

/// The generation, and what `id` reads in it; one snapshot, if the caller reads in a transaction.
pub(super) fn assignment(
    connection: &Connection,
    group: &str,
    id: i64,
    partitions: u32,
) -> Result<(i64, Vec<Assignment>), rusqlite::Error> {
    let mut statement = connection
        .prepare_cached("SELECT id, topics FROM members WHERE group_name = ?1 ORDER BY id")?;
    let members: Vec<(i64, Vec<Topic>)> = statement
        .query_map([group], |row| {
            let names: String = row.get(1)?;
            Ok((row.get(0)?, names.split(',').filter_map(Topic::parse).collect()))
        })?
        .collect::<Result<_, _>>()?;
    let members: Vec<_> =
        members.iter().map(|(id, topics)| Subscriber { id: id.unsigned_abs(), topics }).collect();
    let mut assigned = Vec::new();
    for at in share_of(id.unsigned_abs(), &members, partitions) {
        assigned.push(Assignment { at, committed: table::committed(connection, group, at)? });
    }
    Ok((generation(connection, group)?, assigned))
}
