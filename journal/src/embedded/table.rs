//! Entries, tails and positions: the statements on them.

use colloquy_transcript::Topic;
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashMap;

use crate::{
    Content, Entry, Placed, Position, Progress, TopicPartition,
    codec::{Batch, content},
};

/// `SQLite`'s integers are signed; no position comes near the bound.
pub(super) fn signed(position: Position) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

fn unsigned(position: i64) -> Position {
    u64::try_from(position).unwrap_or(0)
}

/// One past the last position of a partition.
pub(super) fn end(
    connection: &Connection,
    at: TopicPartition,
) -> Result<Position, rusqlite::Error> {
    let mut statement =
        connection.prepare_cached("SELECT next FROM tails WHERE topic = ?1 AND partition = ?2")?;
    let next = statement
        .query_row(params![at.topic.as_str(), at.partition], |row| row.get(0))
        .optional()?;
    Ok(next.map_or(0, unsigned))
}

/// Adds the records within the caller's transaction; a position is given to each.
pub(super) fn append(
    transaction: &Connection,
    batch: &Batch,
) -> Result<Vec<Placed>, rusqlite::Error> {
    let mut tails: FxHashMap<TopicPartition, Position> = FxHashMap::default();
    let mut placed = Vec::with_capacity(batch.len());
    let mut insert = transaction.prepare_cached(
        "INSERT INTO entries (topic, partition, position, key, value) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (record, value) in batch.iter() {
        let at = record.at;
        let position = match tails.get(&at) {
            Some(next) => *next,
            None => end(transaction, at)?,
        };
        insert.execute(params![
            at.topic.as_str(),
            at.partition,
            signed(position),
            record.key.as_str(),
            value
        ])?;
        tails.insert(at, position + 1);
        placed.push(Placed { at, position });
    }
    let mut update = transaction.prepare_cached(
        "INSERT INTO tails (topic, partition, next) VALUES (?1, ?2, ?3)
         ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next",
    )?;
    for (at, next) in tails {
        update.execute(params![at.topic.as_str(), at.partition, signed(next)])?;
    }
    Ok(placed)
}

/// Hands at most `entries_max` entries of `from..until` to `each`, in order, and returns the
/// position after the last of them; `None` if there was none.
pub(super) fn read(
    connection: &Connection,
    at: TopicPartition,
    (from, until): (Position, Position),
    entries_max: usize,
    each: &mut dyn FnMut(Entry),
) -> Result<Option<Position>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(
        "SELECT position, value FROM entries
         WHERE topic = ?1 AND partition = ?2 AND position >= ?3 AND position < ?4
         ORDER BY position LIMIT ?5",
    )?;
    let limit = i64::try_from(entries_max).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![
        at.topic.as_str(),
        at.partition,
        signed(from),
        signed(until),
        limit
    ])?;
    let mut next = None;
    while let Some(row) = rows.next()? {
        let position = unsigned(row.get(0)?);
        let content = read_content(at.topic, row)?;
        next = Some(position + 1);
        each(Entry { at, position, appended_at: None, content });
    }
    Ok(next)
}

/// A value that is no blob was put there by hand; it is poison like any other.
fn read_content(topic: Topic, row: &rusqlite::Row<'_>) -> Result<Content, rusqlite::Error> {
    Ok(match row.get_ref(1)?.as_bytes_or_null() {
        Ok(Some(value)) => content(topic, value),
        Ok(None) => Content::Unreadable { bytes: Vec::new(), reason: "the value is null".into() },
        Err(error) => Content::Unreadable { bytes: Vec::new(), reason: error.to_string() },
    })
}

/// What `group` committed for a partition.
pub(super) fn committed(
    connection: &Connection,
    group: &str,
    at: TopicPartition,
) -> Result<Option<Progress>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(
        "SELECT position, unpublished FROM positions
         WHERE group_name = ?1 AND topic = ?2 AND partition = ?3",
    )?;
    statement
        .query_row(params![group, at.topic.as_str(), at.partition], |row| {
            Ok(Progress { at, position: unsigned(row.get(0)?), unpublished: unsigned(row.get(1)?) })
        })
        .optional()
}

/// Records what `group` has done, within the caller's transaction.
pub(super) fn commit(
    transaction: &Connection,
    group: &str,
    progress: &[Progress],
) -> Result<(), rusqlite::Error> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO positions (group_name, topic, partition, position, unpublished)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (group_name, topic, partition)
         DO UPDATE SET position = excluded.position, unpublished = excluded.unpublished",
    )?;
    for part in progress {
        statement.execute(params![
            group,
            part.at.topic.as_str(),
            part.at.partition,
            signed(part.position),
            signed(part.unpublished)
        ])?;
    }
    Ok(())
}
