//! The tables of a lake that are compared with a key.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int32Type, TimestampMicrosecondType};
use arrow_array::{Array as _, RecordBatch};
use jiff::Timestamp;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::ReportError;
use crate::lake::schema::Table;

/// What a lake says of one chat, or of all its chats together.
#[derive(Debug, Clone, Default)]
pub struct Lake {
    /// Meetings, in order.
    pub sessions: Vec<LakeSession>,
    /// Questions of all meetings.
    pub questions: Vec<LakeQuestion>,
    /// Posts by the platform's id.
    pub posts: BTreeMap<String, LakePost>,
    /// Every name of every author: ids without platform and handles, in lower case.
    pub names: BTreeMap<String, BTreeSet<String>>,
    /// First and last post.
    pub posted: Option<(Timestamp, Timestamp)>,
}

/// A meeting of a lake.
#[derive(Debug, Clone)]
pub struct LakeSession {
    /// Its name.
    pub session: String,
    /// Its start.
    pub starts_at: Timestamp,
    /// Its end.
    pub ends_at: Timestamp,
    /// Author ids.
    pub moderators: Vec<String>,
    /// Author ids.
    pub guests: Vec<String>,
}

/// A question of a lake.
#[derive(Debug, Clone)]
pub struct LakeQuestion {
    /// Its session.
    pub session: String,
    /// `Q1`.
    pub label: String,
    /// Platform's ids of the first asking and its repeats.
    pub posts: Vec<String>,
    /// Its words.
    pub text: String,
}

/// A post of a lake.
#[derive(Debug, Clone)]
pub struct LakePost {
    /// Its role.
    pub role: String,
    /// Its question.
    pub question: Option<String>,
    /// How it was attributed.
    pub basis: Option<String>,
    /// Its words.
    pub text: String,
}

impl Lake {
    /// Reads the lake in `folder`, or in `folder/lake`; of one chat, where it is named.
    pub fn read(folder: &Path, chat: Option<&str>) -> Result<Self, ReportError> {
        let inner = folder.join("lake");
        let folder = if inner.is_dir() { inner } else { folder.to_owned() };
        let mut lake = Self::default();
        each(
            &folder,
            Table::Sessions,
            chat,
            &["session", "starts_at", "ends_at", "moderators", "guests"],
            |row| {
                let (Some(starts_at), Some(ends_at)) = (row.time("starts_at"), row.time("ends_at"))
                else {
                    return;
                };
                lake.sessions.push(LakeSession {
                    session: row.text("session").unwrap_or_default(),
                    starts_at,
                    ends_at,
                    moderators: row.texts("moderators"),
                    guests: row.texts("guests"),
                });
            },
        )?;
        each(
            &folder,
            Table::Questions,
            chat,
            &["session", "question", "post_id", "repeats", "text"],
            |row| {
                let posts = row.text("post_id").into_iter().chain(row.texts("repeats"));
                lake.questions.push(LakeQuestion {
                    session: row.text("session").unwrap_or_default(),
                    label: row.text("question").unwrap_or_default(),
                    posts: posts.map(|id| native(&id).to_owned()).collect(),
                    text: row.text("text").unwrap_or_default(),
                });
            },
        )?;
        let columns = [
            "post_id",
            "created_at",
            "author_id",
            "author_handle",
            "role",
            "question",
            "answer_basis",
            "text",
        ];
        each(&folder, Table::Posts, chat, &columns, |row| lake.post(row))?;
        lake.sessions.sort_by_key(|session| session.starts_at);
        Ok(lake)
    }

    fn post(&mut self, row: &Row<'_>) {
        if let Some(at) = row.time("created_at") {
            let (first, last) = self.posted.unwrap_or((at, at));
            self.posted = Some((first.min(at), last.max(at)));
        }
        if let Some(author) = row.text("author_id") {
            let known = self.names.entry(author.clone()).or_default();
            known.insert(native(&author).trim_start_matches('@').to_lowercase());
            known.extend(row.text("author_handle").map(|handle| handle.to_lowercase()));
        }
        let Some(id) = row.text("post_id") else { return };
        let post = LakePost {
            role: row.text("role").unwrap_or_default(),
            question: row.text("question"),
            basis: row.text("answer_basis"),
            text: row.text("text").unwrap_or_default(),
        };
        self.posts.insert(native(&id).to_owned(), post);
    }
}

/// An id without its platform.
pub(super) fn native(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, native)| native)
}

/// A row of a table.
struct Row<'b> {
    batch: &'b RecordBatch,
    at: usize,
}

impl Row<'_> {
    fn text(&self, column: &str) -> Option<String> {
        let column = self.batch.column_by_name(column)?;
        if column.is_null(self.at) {
            return None;
        }
        if let Some(plain) = column.as_string_opt::<i32>() {
            return Some(plain.value(self.at).to_owned());
        }
        let folder = column.as_dictionary_opt::<Int32Type>()?;
        let texts = folder.values().as_string_opt::<i32>()?;
        Some(texts.value(folder.key(self.at)?).to_owned())
    }

    fn texts(&self, column: &str) -> Vec<String> {
        let Some(lists) = self.batch.column_by_name(column).and_then(|it| it.as_list_opt::<i32>())
        else {
            return Vec::new();
        };
        let list = lists.value(self.at);
        let texts = list.as_string_opt::<i32>();
        texts.map_or_else(Vec::new, |it| it.iter().flatten().map(str::to_owned).collect())
    }

    fn time(&self, column: &str) -> Option<Timestamp> {
        let column =
            self.batch.column_by_name(column)?.as_primitive_opt::<TimestampMicrosecondType>()?;
        (!column.is_null(self.at))
            .then(|| Timestamp::from_microsecond(column.value(self.at)).ok())?
    }
}

/// Hands every row of a table to `take`, with these columns.
fn each(
    lake: &Path,
    table: Table,
    chat: Option<&str>,
    columns: &[&str],
    mut take: impl FnMut(&Row<'_>),
) -> Result<(), ReportError> {
    let mut folder = lake.join(table.as_str());
    if let Some(chat) = chat {
        folder.push(format!("chat={}", colloquy_transcript::percent_encode(chat)));
    }
    for path in files(&folder)? {
        let failed = |cause| ReportError::Decode { path: path.clone(), cause };
        let io = |cause| ReportError::File { doing: "reading", path: path.clone(), cause };
        let file = File::open(&path).map_err(io)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        for batch in builder.with_projection(mask).build().map_err(failed)? {
            let batch = batch.map_err(|cause| failed(cause.into()))?;
            for at in 0..batch.num_rows() {
                take(&Row { batch: &batch, at });
            }
        }
    }
    Ok(())
}

/// The Parquet files below a folder, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let io = |cause| ReportError::File { doing: "reading", path: folder.to_owned(), cause };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|it| it == "parquet") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
