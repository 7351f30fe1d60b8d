//! What can be wrong with bytes that should be a record, and the search for it.

use std::{borrow::Cow, fmt::Display};

use serde::Deserialize;
use serde_json::error::Category;

use super::{VERSION, field::Kind};

/// Longest problem that is told, in characters: the bytes themselves go to the dead letters.
const PROBLEM_CHARS_MAX: usize = 200;

/// Bytes that are no record of this version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// No bytes at all, as a deletion leaves them.
    #[error("the value is empty, as after a deletion")]
    Empty,
    /// Written by a newer program.
    #[error("the record has version {version} and this program reads up to {VERSION}: update it")]
    NewerVersion {
        /// The version that it carries.
        version: u64,
    },
    /// A record of another topic.
    #[error("the record is a {found:?} where a {expected} belongs")]
    WrongKind {
        /// The kind that it carries.
        found: String,
        /// What the topic holds.
        expected: String,
    },
    /// Not one JSON object.
    #[error("the value is not one JSON object: {problem}")]
    Malformed {
        /// What the JSON reader said.
        problem: String,
    },
    /// A field that is missing or holds what cannot be.
    #[error("{field}: {problem}")]
    Field {
        /// Its path, such as `author.followers`; `record` or `author` where a field of it is
        /// missing, which the problem then names.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl WireError {
    pub(super) fn field(field: &str, problem: impl Display) -> Self {
        Self::Field { field: field.to_owned(), problem: capped(&problem.to_string()) }
    }

    pub(super) fn malformed(problem: impl Display) -> Self {
        Self::Malformed { problem: capped(&problem.to_string()) }
    }
}

fn capped(problem: &str) -> String {
    match problem.char_indices().nth(PROBLEM_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &problem[..end]),
        None => problem.to_owned(),
    }
}

/// The two fields that every version of every kind has.
#[derive(Deserialize)]
struct AnyHead<'a> {
    v: Option<u64>,
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
}

/// Says why `text` did not decode. Only called when it did not, so it may take its time and read
/// it again.
pub(super) fn explain<'a, W: Deserialize<'a>>(kinds: &[Kind], text: &'a str) -> WireError {
    match text.trim_ascii_start().chars().next() {
        None => return WireError::Empty,
        Some('{') => {}
        Some(_) => return WireError::malformed("it does not begin with a brace"),
    }
    if let Ok(head) = serde_json::from_str::<AnyHead<'_>>(text)
        && let Some(error) = explain_head(&head, kinds)
    {
        return error;
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, W>(&mut reader) {
        Ok(_) => match reader.end() {
            Err(trailing) => WireError::malformed(trailing),
            Ok(()) => WireError::field("kind", "it belongs to another topic"),
        },
        Err(located) => {
            let path = located.path().to_string();
            let error = located.into_inner();
            match error.classify() {
                Category::Data if path == "." => WireError::field("record", error),
                Category::Data => WireError::field(&path, error),
                Category::Io | Category::Syntax | Category::Eof => WireError::malformed(error),
            }
        }
    }
}

fn explain_head(head: &AnyHead<'_>, kinds: &[Kind]) -> Option<WireError> {
    match head.v {
        None => return Some(WireError::field("v", "it is missing")),
        Some(0) => return Some(WireError::field("v", "versions count from 1")),
        Some(version) if version > VERSION => return Some(WireError::NewerVersion { version }),
        Some(_) => {}
    }
    let Some(found) = head.kind.as_deref() else {
        return Some(WireError::field("kind", "it is missing"));
    };
    if kinds.iter().any(|kind| kind.as_str() == found) {
        return None;
    }
    let expected: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    Some(WireError::WrongKind { found: capped(found), expected: expected.join(" or ") })
}
