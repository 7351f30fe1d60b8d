//! The lake: the Parquet data set of sessions, in hive layout.
//!
//! `lake/TABLE/chat=NAME/session=ID/part.parquet` for what belongs to a session,
//! `lake/TABLE/chat=NAME/part.parquet` for `sessions`, `coverage` and `decisions`. Every table
//! has its file even without a row, so that each can be opened at any time.
//!
//! **Invariant:** the bytes of a file are a pure function of its rows. Only [`files`] writes to
//! the disk, and only [`find()`] reads what was written.

use colloquy_transcript::{ChatName, Decision, SessionId, SessionRecord, Watched, percent_encode};

mod chat;
pub mod files;
mod find;
mod parquet;
pub mod schema;
mod session;
mod sheet;

#[cfg(test)]
mod tests;

pub use find::{Found, find};

use crate::{ReportError, view::SessionView};
use schema::Table;

/// A file to be written: where, from the output folder on, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Path from the output folder on, parts separated by `/`.
    pub path: String,
    /// The whole content.
    pub bytes: Vec<u8>,
}

/// What the tables of one chat are written from; each slice in the order of its rows.
#[derive(Debug, Clone, Copy)]
pub struct ChatTables<'a> {
    /// The chat.
    pub name: &'a ChatName,
    /// Its meetings, by start.
    pub sessions: &'a [SessionRecord],
    /// What its sources watched, by source and start.
    pub coverage: &'a [Watched],
    /// What its moderators said, by subject and verdict.
    pub decisions: &'a [Decision],
}

/// Where a session's file of `table` lies.
pub fn session_path(table: Table, chat: &ChatName, session: SessionId) -> String {
    let (chat, session) = (percent_encode(chat.as_str()), percent_encode(&session.to_compact()));
    format!("lake/{}/chat={chat}/session={session}/part.parquet", table.as_str())
}

/// Where a chat's file of `table` lies.
pub fn chat_path(table: Table, chat: &ChatName) -> String {
    format!("lake/{}/chat={}/part.parquet", table.as_str(), percent_encode(chat.as_str()))
}

/// The five files of a session.
pub fn session_files(view: &SessionView) -> Result<Vec<OutputFile>, ReportError> {
    let session = view.record.session.to_compact();
    let mut files = Vec::with_capacity(Table::OF_SESSION.len());
    for table in Table::OF_SESSION {
        let bytes = parquet::encode(table, session::batches(table, view, &session))?;
        files.push(OutputFile {
            path: session_path(table, &view.record.chat, view.record.session),
            bytes,
        });
    }
    Ok(files)
}

/// The three files of a chat.
pub fn chat_files(tables: &ChatTables<'_>) -> Result<Vec<OutputFile>, ReportError> {
    let mut files = Vec::new();
    for table in [Table::Sessions, Table::Coverage, Table::Decisions] {
        let bytes = parquet::encode(table, chat::batch(table, tables).into_iter())?;
        files.push(OutputFile { path: chat_path(table, tables.name), bytes });
    }
    Ok(files)
}
