//! The tables that a score needs, read as anybody would read them.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use parquet::file::reader::SerializedFileReader;
use parquet::record::{Field, Row};

/// A session as it was found.
#[derive(Debug)]
pub(crate) struct FoundSession {
    pub(crate) session: String,
    pub(crate) starts_at_s: i64,
    pub(crate) ends_at_s: i64,
    pub(crate) format: String,
    pub(crate) moderators: Vec<String>,
    pub(crate) guests: Vec<String>,
}

/// A question as it was found.
#[derive(Debug)]
pub(crate) struct FoundQuestion {
    pub(crate) session: String,
    pub(crate) label: String,
    pub(crate) post: String,
    pub(crate) text: String,
}

/// What was found out about a post.
#[derive(Debug)]
pub(crate) struct FoundPost {
    pub(crate) session: String,
    pub(crate) in_session: bool,
    pub(crate) role: String,
    pub(crate) question: Option<String>,
}

/// How a post was judged.
#[derive(Debug)]
pub(crate) struct FoundFlag {
    /// `flag`, `watch` or `none`.
    pub(crate) band: String,
    pub(crate) score: f64,
}

/// What a run found.
#[derive(Debug)]
pub(crate) struct Lake {
    pub(crate) sessions: Vec<FoundSession>,
    pub(crate) questions: Vec<FoundQuestion>,
    pub(crate) posts: HashMap<String, FoundPost>,
    pub(crate) flags: HashMap<String, FoundFlag>,
}

impl Lake {
    pub(crate) fn read(lake: &Path) -> Self {
        let found = rows(&lake.join("sessions"));
        let sessions = found.iter().map(|row| FoundSession {
            session: text(row, "session").unwrap(),
            starts_at_s: seconds(row, "starts_at"),
            ends_at_s: seconds(row, "ends_at"),
            format: text(row, "format").unwrap(),
            moderators: texts(row, "moderators"),
            guests: texts(row, "guests"),
        });
        let mut sessions: Vec<_> = sessions.collect();
        sessions.sort_by_key(|session| session.starts_at_s);
        let found = rows(&lake.join("questions"));
        let questions = found.iter().map(|row| FoundQuestion {
            session: text(row, "session").unwrap(),
            label: text(row, "question").unwrap(),
            post: text(row, "post_id").unwrap_or_default(),
            text: text(row, "text").unwrap_or_default(),
        });
        let questions = questions.collect();
        let post = |row: &Row| FoundPost {
            session: text(row, "session").unwrap(),
            in_session: matches!(cell(row, "in_session"), Field::Bool(true)),
            role: text(row, "role").unwrap(),
            question: text(row, "question"),
        };
        let posts = rows(&lake.join("posts"));
        let posts = posts.iter().map(|row| (text(row, "post_id").unwrap(), post(row))).collect();
        let flag = |row: &Row| FoundFlag {
            band: text(row, "band").unwrap(),
            score: match cell(row, "score") {
                Field::Double(score) => *score,
                other => panic!("a score is {other}"),
            },
        };
        let flags = rows(&lake.join("flags"));
        let flags = flags.iter().map(|row| (text(row, "post_id").unwrap(), flag(row))).collect();
        Self { sessions, questions, posts, flags }
    }
}

/// The rows of a table; none where it was not written.
fn rows(table: &Path) -> Vec<Row> {
    if !table.exists() {
        return Vec::new();
    }
    let files = crate::support::files(table).into_keys();
    let files = files.filter(|name| name.ends_with(".parquet"));
    let open = |name: String| SerializedFileReader::new(File::open(table.join(name)).unwrap());
    files.flat_map(|name| open(name).unwrap().into_iter().map(Result::unwrap)).collect()
}

fn cell<'a>(row: &'a Row, column: &str) -> &'a Field {
    let found = row.get_column_iter().find(|(name, _)| *name == column);
    found.unwrap_or_else(|| panic!("no column {column} in {row}")).1
}

fn text(row: &Row, column: &str) -> Option<String> {
    match cell(row, column) {
        Field::Str(text) => Some(text.clone()),
        Field::Null => None,
        other => panic!("{column} is {other}"),
    }
}

fn texts(row: &Row, column: &str) -> Vec<String> {
    let Field::ListInternal(list) = cell(row, column) else { panic!("{column} is no list") };
    let text = |field: &Field| match field {
        Field::Str(text) => text.clone(),
        other => panic!("{column} holds {other}"),
    };
    list.elements().iter().map(text).collect()
}

fn seconds(row: &Row, column: &str) -> i64 {
    let Field::TimestampMicros(micros) = cell(row, column) else { panic!("{column} is no time") };
    micros.div_euclid(1_000_000)
}
