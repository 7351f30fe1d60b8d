//! Answer keys as files.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// A key that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not the JSON of a key of sessions.
    #[error(
        "line {line}: {problem}; a key of sessions is a JSON list of objects with session_start_utc, \
         scheduled_end_utc, moderators, co_hosts, guests and questions"
    )]
    Sessions {
        /// Where.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Not the table of a key of answers.
    #[error(
        "line {line}: {problem}; a key of answers is a CSV table with the columns id, at, author, role, \
         question_label, basis and confidence"
    )]
    Answers {
        /// Where.
        line: u64,
        /// What is wrong.
        problem: String,
    },
}

/// When meetings were, who led them and what was asked: a JSON list.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct SessionsKey {
    /// The meetings.
    pub sessions: Vec<KeyedSession>,
}

/// One meeting of a key.
#[derive(Debug, Clone, Deserialize)]
pub struct KeyedSession {
    /// Its name in the key.
    pub session_id: String,
    /// The announced start.
    #[serde(deserialize_with = "instant")]
    pub session_start_utc: Timestamp,
    /// The announced end.
    #[serde(deserialize_with = "instant")]
    pub scheduled_end_utc: Timestamp,
    /// Who led it.
    #[serde(default)]
    pub moderators: Vec<Person>,
    /// Who helped: right if they are found, not missed if they are not.
    #[serde(default)]
    pub co_hosts: Vec<Person>,
    /// Its guests; those with confidence 1 are neither required nor wrong.
    #[serde(default)]
    pub guests: Vec<Person>,
    /// What was asked.
    #[serde(default)]
    pub questions: Vec<KeyedQuestion>,
}

fn instant<'de, D: Deserializer<'de>>(value: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(value)?;
    text.parse().map_err(|_| {
        serde::de::Error::custom(format!(
            "{text:?} is no instant; write it as 2025-03-05T20:00:00Z"
        ))
    })
}

/// A person of a key: a handle, or an object with the account's id.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Person {
    /// A handle or an id.
    Name(String),
    /// An account.
    Account {
        /// The platform's id.
        author_id: String,
        /// The handle.
        name: Option<String>,
        /// 3 sure, 2 likely, 1 a guess.
        confidence: Option<u8>,
    },
}

impl Person {
    /// The names by which the lake may know the person, in lower case.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let plain = |name: &str| name.trim_start_matches('@').to_lowercase();
        match self {
            Self::Name(name) => BTreeSet::from([plain(name)]),
            Self::Account { author_id, name, .. } => {
                name.iter().map(|name| plain(name)).chain([plain(author_id)]).collect()
            }
        }
    }

    /// Whether the key is unsure of the person.
    pub(super) fn is_guess(&self) -> bool {
        matches!(self, Self::Account { confidence: Some(..=1), .. })
    }
}

/// A question of a key.
#[derive(Debug, Clone, Deserialize)]
pub struct KeyedQuestion {
    /// `Q1`.
    pub label: String,
    /// The platform's id of the first asking.
    pub post_id: String,
    /// Ids of reposts and repeats.
    #[serde(default)]
    pub reposts_or_repeats: Vec<String>,
}

impl SessionsKey {
    /// Reads the JSON of a key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        serde_json::from_str(text)
            .map_err(|error| KeyError::Sessions { line: error.line(), problem: error.to_string() })
    }
}

/// What each post of a meeting is: a CSV table.
#[derive(Debug, Clone)]
pub struct AnswersKey {
    /// The posts.
    pub posts: Vec<KeyedPost>,
}

/// A post of a key.
#[derive(Debug, Clone, Deserialize)]
pub struct KeyedPost {
    /// The platform's id.
    pub id: String,
    /// `question`, `answer`, `repost`, or any word for talk.
    pub role: String,
    /// `Q1`; several are separated by a comma, a slash, a semicolon or an ampersand.
    pub question_label: String,
    /// Of answers: label, reply, quote or context.
    pub basis: String,
    /// 3 sure, 2 likely, 1 a guess.
    pub confidence: u8,
}

impl KeyedPost {
    /// Whether this is one of the labels, in any case.
    pub(super) fn is_labelled(&self, label: &str) -> bool {
        let mut labels = self.question_label.split([',', '/', ';', '&']);
        labels.any(|one| one.trim().eq_ignore_ascii_case(label))
    }
}

impl AnswersKey {
    /// Reads the CSV of a key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let posts =
            reader.deserialize().collect::<Result<Vec<KeyedPost>, _>>().map_err(|error| {
                let line = error.position().map_or(1, csv::Position::line);
                KeyError::Answers { line, problem: problem(&error) }
            })?;
        Ok(Self { posts })
    }
}

/// The reader's words without the position, which is told beside them.
fn problem(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
        _ => error.to_string(),
    }
}
