//! The tables of a lake that are compared with a key.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int32Type, TimestampMicrosecondType};
use arrow_array::{Array as _, RecordBatch};
use colloquy_transcript::{percent_decode, percent_encode};
use jiff::Timestamp;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::bare;
use super::people::plain;
use crate::ReportError;
use crate::lake::schema::Table;

/// A lake that cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The folder is none that was filled.
    #[error(
        "{folder} holds no lake; name the folder lake that colloquy run filled, or the one it is in"
    )]
    NoLake {
        /// The folder.
        folder: String,
    },
    /// The chat is not in it.
    #[error("the chat {chat} is not in the lake {folder}; it holds {known}")]
    NoChat {
        /// The chat.
        chat: String,
        /// The folder.
        folder: String,
        /// The chats that are.
        known: String,
    },
    /// A file of it cannot be read.
    #[error(transparent)]
    Unread(#[from] ReportError),
}

/// What a lake says of one chat, or of all its chats together, as far as a key asks for it.
#[derive(Debug, Clone, Default)]
pub struct Lake {
    /// Meetings, in order.
    pub sessions: Vec<LakeSession>,
    /// The posts that the key names, by the platform's id. Of a post of several chats, the one of a
    /// chat that was meeting.
    pub posts: BTreeMap<String, LakePost>,
    /// Every name of those who moderated or were guests: ids without platform and handles, in lower case.
    pub names: BTreeMap<String, BTreeSet<String>>,
    /// First and last post.
    pub posted: Option<(Timestamp, Timestamp)>,
}

/// A meeting of a lake.
#[derive(Debug, Clone)]
pub struct LakeSession {
    /// Its chat.
    pub chat: String,
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
    /// What was asked in it.
    pub questions: Vec<LakeQuestion>,
}

/// A question of a lake.
#[derive(Debug, Clone)]
pub struct LakeQuestion {
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
    /// Whether its chat was meeting.
    pub in_session: bool,
    /// Its words.
    pub text: String,
}

impl Lake {
    /// Reads the lake in `folder`, or in `folder/lake`; of one chat, where it is named. Of posts only
    /// those in `wanted` are kept.
    pub fn read(
        folder: &Path,
        chat: Option<&str>,
        wanted: &BTreeSet<String>,
    ) -> Result<Self, LakeError> {
        let told = || folder.display().to_string();
        let is_lake = |folder: &Path| folder.join(Table::Sessions.as_str()).is_dir();
        let inner = folder.join("lake");
        let place = [folder, inner.as_path()].into_iter().find(|it| is_lake(it));
        let place = place.ok_or_else(|| LakeError::NoLake { folder: told() })?;
        if let Some(chat) = chat {
            let known = chats(place)?;
            if !known.contains(chat) {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let known = if known.is_empty() { "none".into() } else { known.join(", ") };
                return Err(LakeError::NoChat { chat: chat.into(), folder: told(), known });
            }
        }
        let mut lake = Self::default();
        lake.read_sessions(place, chat)?;
        lake.read_posts(place, chat, wanted)?;
        Ok(lake)
    }

    /// The names by which an account is known; its id, if it wrote nothing.
    pub(super) fn names_of(&self, id: &str) -> BTreeSet<String> {
        self.names.get(id).cloned().unwrap_or_else(|| BTreeSet::from([plain(id)]))
    }

    fn read_sessions(&mut self, place: &Path, chat: Option<&str>) -> Result<(), ReportError> {
        let mut questions: BTreeMap<(String, String), Vec<LakeQuestion>> = BTreeMap::new();
        let key = |row: &Row<'_>| {
            (row.text("chat").unwrap_or_default(), row.text("session").unwrap_or_default())
        };
        let columns = ["chat", "session", "question", "post_id", "repeats", "text"];
        each(place, Table::Questions, chat, &columns, |row| {
            let posts = row.text("post_id").into_iter().chain(row.texts("repeats"));
            questions.entry(key(row)).or_default().push(LakeQuestion {
                label: row.text("question").unwrap_or_default(),
                posts: posts.map(|id| bare(&id).to_owned()).collect(),
                text: row.text("text").unwrap_or_default(),
            });
        })?;
        let columns = ["chat", "session", "starts_at", "ends_at", "moderators", "guests"];
        each(place, Table::Sessions, chat, &columns, |row| {
            if let (Some(starts_at), Some(ends_at)) = (row.time("starts_at"), row.time("ends_at")) {
                let (chat, session) = key(row);
                self.sessions.push(LakeSession {
                    questions: questions
                        .remove(&(chat.clone(), session.clone()))
                        .unwrap_or_default(),
                    chat,
                    session,
                    starts_at,
                    ends_at,
                    moderators: row.texts("moderators"),
                    guests: row.texts("guests"),
                });
            }
        })?;
        self.sessions
            .sort_by(|one, other| (one.starts_at, &one.chat).cmp(&(other.starts_at, &other.chat)));
        Ok(())
    }

    fn read_posts(
        &mut self,
        place: &Path,
        chat: Option<&str>,
        wanted: &BTreeSet<String>,
    ) -> Result<(), ReportError> {
        let people = self.sessions.iter().flat_map(|it| it.moderators.iter().chain(&it.guests));
        self.names = people.map(|id| (id.clone(), BTreeSet::from([plain(id)]))).collect();
        let columns = [
            "post_id",
            "in_session",
            "created_at",
            "author_id",
            "author_handle",
            "role",
            "question",
            "answer_basis",
            "text",
        ];
        each(place, Table::Posts, chat, &columns, |row| self.post(row, wanted))
    }

    fn post(&mut self, row: &Row<'_>, wanted: &BTreeSet<String>) {
        if let Some(at) = row.time("created_at") {
            let (first, last) = self.posted.unwrap_or((at, at));
            self.posted = Some((first.min(at), last.max(at)));
        }
        let author = row.text("author_id").and_then(|author| self.names.get_mut(&author));
        if let Some(known) = author {
            known.extend(row.text("author_handle").map(|handle| plain(&handle)));
        }
        let Some(id) = row.text("post_id").map(|id| bare(&id).to_owned()) else { return };
        let in_session = row.flag("in_session");
        let has_better = self.posts.get(&id).is_some_and(|it| it.in_session || !in_session);
        if has_better || !wanted.contains(&id) {
            return;
        }
        let post = LakePost {
            role: row.text("role").unwrap_or_default(),
            question: row.text("question"),
            basis: row.text("answer_basis"),
            in_session,
            text: row.text("text").unwrap_or_default(),
        };
        self.posts.insert(id, post);
    }
}

/// The chats of a lake.
fn chats(place: &Path) -> Result<BTreeSet<String>, ReportError> {
    let mut known = BTreeSet::new();
    for table in [Table::Sessions, Table::Posts] {
        for path in entries(&place.join(table.as_str()))? {
            let name = path.file_name().and_then(|it| it.to_str());
            known.extend(name.and_then(|it| it.strip_prefix("chat=")).map(percent_decode));
        }
    }
    Ok(known)
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

    fn flag(&self, column: &str) -> bool {
        let column = self.batch.column_by_name(column).and_then(|it| it.as_boolean_opt());
        column.is_some_and(|it| it.is_valid(self.at) && it.value(self.at))
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
        folder.push(format!("chat={}", percent_encode(chat)));
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

/// The Parquet files below a folder, in order; none where there is no folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let mut found = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|it| it == "parquet") {
            found.push(path);
        }
    }
    Ok(found)
}

/// What lies in a folder, in order. A chat without questions has no folder of them.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let io = |cause| ReportError::File { doing: "reading", path: folder.to_owned(), cause };
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        found.push(entry.map_err(io)?.path());
    }
    found.sort();
    Ok(found)
}
