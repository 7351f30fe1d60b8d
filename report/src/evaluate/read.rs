//! The tables of a lake that are compared with a key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use colloquy_transcript::percent_decode;
use jiff::Timestamp;

use super::bare;
use super::people::plain;
use super::rows::{Row, each, entries};
use crate::ReportError;
use crate::lake::schema::Table;

/// A lake that cannot be compared or learnt from.
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
    /// An older version filled it.
    #[error(
        "the lake {folder} has no column evidence in its table flags, an older version filled it; \
         run colloquy over its archives again"
    )]
    NoEvidence {
        /// The folder.
        folder: String,
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
        let place = place(folder)?;
        if let Some(chat) = chat {
            has_chat(&[(folder, &place)], chat)?;
        }
        let mut lake = Self::default();
        lake.read_sessions(&place, chat)?;
        lake.read_posts(&place, chat, wanted)?;
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

/// Where the tables of the lake in `folder` are: there, or in `folder/lake`.
pub(crate) fn place(folder: &Path) -> Result<PathBuf, LakeError> {
    let places = [folder.to_owned(), folder.join("lake")];
    let found = places.into_iter().find(|it| it.join(Table::Sessions.as_str()).is_dir());
    found.ok_or_else(|| LakeError::NoLake { folder: folder.display().to_string() })
}

/// An error unless one of these lakes (as named, and where its tables are) has the chat.
pub(crate) fn has_chat(lakes: &[(&Path, &PathBuf)], chat: &str) -> Result<(), LakeError> {
    let mut known = BTreeSet::new();
    for (_, place) in lakes {
        known.extend(chats(place)?);
    }
    if known.contains(chat) {
        return Ok(());
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let known = if known.is_empty() { "none".into() } else { known.join(", ") };
    let folders: Vec<String> = lakes.iter().map(|(it, _)| it.display().to_string()).collect();
    Err(LakeError::NoChat { chat: chat.into(), folder: folders.join(", "), known })
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
