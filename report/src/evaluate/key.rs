//! Answer keys as files.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

use super::{Ids, Person, bare};

/// A key that cannot be read: where, why, and what a key looks like.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not the JSON of a key of sessions.
    #[error(
        "{place}: {problem}; a key of sessions is a JSON list of objects with session_id, \
         session_start_utc, and as far as they are known scheduled_end_utc, moderators, co_hosts, \
         guests and questions"
    )]
    Sessions {
        /// The line or the entry.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// Not the table of a key of answers.
    #[error(
        "line {line}: {problem}; a key of answers is a table, separated by commas, with the columns \
         id, role, question_label, basis and confidence"
    )]
    Answers {
        /// Where.
        line: u64,
        /// What is wrong.
        problem: String,
    },
}

/// When meetings were, who led them and what was asked: a JSON list. Fields that are not named here are
/// passed over. Of what a key leaves out (`moderators`, `guests`, `questions`) nothing is counted; an empty
/// list says that there were none.
#[derive(Debug, Clone)]
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
    #[serde(default, deserialize_with = "perhaps_instant")]
    pub scheduled_end_utc: Option<Timestamp>,
    /// Who led it.
    pub moderators: Option<Vec<Person>>,
    /// Who helped: right if they are found, not missed if they are not.
    pub co_hosts: Option<Vec<Person>>,
    /// Its guests; those with confidence 1 are neither required nor wrong.
    pub guests: Option<Vec<Person>>,
    /// What was asked.
    pub questions: Option<Vec<KeyedQuestion>>,
}

impl KeyedSession {
    /// The end, or an hour after the start where none is announced.
    pub(super) fn end(&self) -> Timestamp {
        let hour = || self.session_start_utc.saturating_add(SignedDuration::from_hours(1));
        self.scheduled_end_utc.or_else(|| hour().ok()).unwrap_or(self.session_start_utc)
    }
}

/// A question of a key.
#[derive(Debug, Clone, Deserialize)]
pub struct KeyedQuestion {
    /// `Q1`.
    pub label: String,
    /// The platform's id of the first asking.
    #[serde(deserialize_with = "id")]
    pub post_id: String,
    /// Ids of reposts and repeats.
    #[serde(default, deserialize_with = "ids")]
    pub reposts_or_repeats: Ids,
}

impl KeyedQuestion {
    /// Whether this is the label, in any case.
    pub(super) fn is_labelled(&self, label: &str) -> bool {
        self.label.trim().eq_ignore_ascii_case(label)
    }
}

fn instant<'de, D: Deserializer<'de>>(value: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(value)?;
    text.parse().map_err(|_| {
        let told = format!("{text:?} is no instant; write it as 2025-03-05T20:00:00Z");
        serde::de::Error::custom(told)
    })
}

fn perhaps_instant<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    struct Instant(#[serde(deserialize_with = "instant")] Timestamp);
    Ok(Option::<Instant>::deserialize(value)?.map(|Instant(at)| at))
}

/// The id as the lake's are compared.
fn id_of(text: &str) -> String {
    bare(text.trim()).to_owned()
}

fn id<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    Ok(id_of(&String::deserialize(value)?))
}

fn ids<'de, D: Deserializer<'de>>(value: D) -> Result<Ids, D::Error> {
    let ids = Vec::<String>::deserialize(value)?;
    Ok(ids.iter().map(|id| id_of(id)).collect())
}

impl SessionsKey {
    /// Reads the JSON of a key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim_start_matches('\u{feff}');
        let sessions: Vec<KeyedSession> =
            serde_json::from_str(text).map_err(|error| refused(text, &error))?;
        let wrong = |place: String, problem: &str| {
            Err(KeyError::Sessions { place, problem: problem.to_owned() })
        };
        if sessions.is_empty() {
            return wrong("line 1".into(), "no session in it");
        }
        let mut names = BTreeSet::new();
        for (nth, session) in sessions.iter().enumerate() {
            let place = || format!("session {} ({})", nth + 1, session.session_id);
            if session.end() < session.session_start_utc {
                return wrong(place(), "scheduled_end_utc lies before session_start_utc");
            }
            if !names.insert(&session.session_id) {
                return wrong(place(), "the same session_id stands twice");
            }
        }
        Ok(Self { sessions })
    }

    /// The posts that the key names.
    pub fn posts(&self) -> BTreeSet<String> {
        let questions = self.sessions.iter().flat_map(|it| it.questions.iter().flatten());
        questions.map(|question| question.post_id.clone()).collect()
    }
}

/// Why a text is no key. A parser knows the line; which session it was in, and the reason without a
/// position in it, tells a second reading, session by session.
fn refused(text: &str, error: &serde_json::Error) -> KeyError {
    let mut place = format!("line {}", error.line());
    let mut problem = error.to_string();
    if let Some((said, _)) = problem.rsplit_once(" at line ") {
        problem = said.to_owned();
    }
    let values: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    for (nth, value) in values.into_iter().enumerate() {
        let name = value["session_id"].as_str().unwrap_or_default().to_owned();
        if let Err(error) = KeyedSession::deserialize(value) {
            let name = if name.is_empty() { name } else { format!(" ({name})") };
            place = format!("{place}, session {}{name}", nth + 1);
            problem = error.to_string();
            break;
        }
    }
    KeyError::Sessions { place, problem }
}

/// What each post of a meeting is: a CSV table, a row a post. Further columns (`at`, `author`, `note`) are
/// for people.
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

    /// What makes the row useless, if anything.
    fn problem(&self) -> Option<String> {
        let Self { id, role, question_label, confidence, .. } = self;
        let number = id.starts_with(|it: char| it.is_ascii_digit());
        if id.is_empty() || role.is_empty() {
            Some("a row without id or role".into())
        } else if number && id.contains(['E', 'e', '.', ',']) {
            Some(format!("the id {id} was rounded by a spreadsheet; keep the column as text"))
        } else if role == "answer" && question_label.is_empty() {
            Some(format!("the answer {id} has no question_label"))
        } else if !(1..=3).contains(confidence) {
            Some(format!("confidence is 1, 2 or 3, not {confidence}"))
        } else {
            None
        }
    }
}

impl AnswersKey {
    /// Reads the CSV of a key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let headers = reader.headers().map_err(|error| unread(&error))?.clone();
        let columns = ["id", "role", "question_label", "basis", "confidence"];
        let missing = columns.into_iter().filter(|name| !headers.iter().any(|it| it == *name));
        let missing: Vec<&str> = missing.collect();
        if !missing.is_empty() {
            let problem = format!("no column {}", missing.join(", "));
            return Err(KeyError::Answers { line: 1, problem });
        }
        let (mut posts, mut known) = (Vec::new(), BTreeSet::new());
        for record in reader.records() {
            let record = record.map_err(|error| unread(&error))?;
            let line = record.position().map_or(1, csv::Position::line);
            let wrong = |problem: String| KeyError::Answers { line, problem };
            let mut post: KeyedPost =
                record.deserialize(Some(&headers)).map_err(|error| wrong(problem(&error)))?;
            post.id = id_of(&post.id);
            post.role.make_ascii_lowercase();
            post.basis.make_ascii_lowercase();
            if let Some(problem) = post.problem() {
                return Err(wrong(problem));
            }
            if !known.insert(post.id.clone()) {
                return Err(wrong(format!("the post {} stands twice", post.id)));
            }
            posts.push(post);
        }
        if posts.is_empty() {
            return Err(KeyError::Answers { line: 1, problem: "no post in it".into() });
        }
        Ok(Self { posts })
    }

    /// The posts that the key names.
    pub fn posts(&self) -> BTreeSet<String> {
        self.posts.iter().map(|post| post.id.clone()).collect()
    }
}

fn unread(error: &csv::Error) -> KeyError {
    let line = error.position().map_or(1, csv::Position::line);
    KeyError::Answers { line, problem: error.to_string() }
}

/// Why a row is none, without the position, which is told beside it.
fn problem(error: &csv::Error) -> String {
    let csv::ErrorKind::Deserialize { err, .. } = error.kind() else { return error.to_string() };
    match err.kind() {
        csv::DeserializeErrorKind::UnexpectedEndOfRow => "fewer fields than columns".into(),
        csv::DeserializeErrorKind::ParseInt(_) => "confidence is 1, 2 or 3".into(),
        other => other.to_string(),
    }
}
