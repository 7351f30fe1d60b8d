//! The tables of the lake: every column with its type and meaning, in one place.
//!
//! The contract is a floor: columns may be added, none is renamed, retyped or dropped.

use std::sync::{Arc, LazyLock};

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use colloquy_transcript::measure::measure;

/// The name that the elements of a list carry in the Parquet format.
pub(crate) const LIST_ELEMENT: &str = "element";

/// A table of the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// One row per post.
    Posts,
    /// One row per question of a session.
    Questions,
    /// One row per question of a session: who took part in it, and how fast.
    Participation,
    /// One row per participant of a session.
    Attendance,
    /// One row per post that was judged.
    Flags,
    /// One row per meeting.
    Sessions,
    /// One row per stretch of time and source.
    Coverage,
    /// One row per decision of a moderator.
    Decisions,
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// UTF-8 text, dictionary-encoded with 32-bit indices: equal to the folder's value.
    Folder,
    /// A list of UTF-8 texts.
    Texts,
    /// A list of doubles, of which some may be unknown.
    Reals,
    /// A count or number, signed 64 bits.
    Int,
    /// A double.
    Real,
    /// An instant, microseconds, UTC.
    Time,
    /// True or false.
    Bool,
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name, the same for ever.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether it may be null, which means unknown and never 0.
    pub nullable: bool,
    /// What it says, with its unit; see [`Table::meaning`].
    meaning: &'static str,
}

/// The meaning of what is counted: it stands in [`colloquy_transcript::measure`].
const FIGURE: &str = "";

const fn must(name: &'static str, kind: Kind, meaning: &'static str) -> Column {
    Column { name, kind, nullable: false, meaning }
}

const fn may(name: &'static str, kind: Kind, meaning: &'static str) -> Column {
    Column { name, kind, nullable: true, meaning }
}

const CHAT: Column = must("chat", Kind::Folder, "name of the chat, as in the folder");
const SESSION: Column = must(
    "session",
    Kind::Folder,
    "session, as in the folder: 2016-01-20T0200Z, or outside-2016-W03 for a week outside sessions",
);

const POSTS: &[Column] = &[
    must("post_id", Kind::Text, "identity over all revisions: platform, colon, native id"),
    must("platform", Kind::Text, "x, mastodon, bluesky, other"),
    CHAT,
    SESSION,
    must("in_session", Kind::Bool, "whether the session is a meeting"),
    must("created_at", Kind::Time, "when the first revision was published"),
    must(
        "author_id",
        Kind::Text,
        "identity of the person: platform, colon, native id of the account, or of the one that a \
         decision says is the same person's",
    ),
    may("author_handle", Kind::Text, "handle without @"),
    may("author_name", Kind::Text, "display name"),
    may("author_followers", Kind::Int, "followers as of the post"),
    may("author_following", Kind::Int, "accounts followed, as of the post"),
    may("author_posts", Kind::Int, "posts ever written, as of the post"),
    may("author_created_at", Kind::Time, "when the account was opened"),
    must("text", Kind::Text, "plain text of the latest revision"),
    may("lang", Kind::Text, "language (BCP 47)"),
    may("lang_source", Kind::Text, "who said the language: platform, detected"),
    must("kind", Kind::Text, "original, reply, quote, repost"),
    may("reply_to", Kind::Text, "post that this one replies to"),
    may("quote_of", Kind::Text, "post that this one quotes"),
    may("repost_of", Kind::Text, "post that this one passes on"),
    may("conversation_id", Kind::Text, "the platform's id of the thread"),
    must("hashtags", Kind::Texts, "hashtags without #, as written"),
    must("mentions", Kind::Texts, "handles mentioned, without @"),
    must("urls", Kind::Texts, "links, expanded where the platform expanded them"),
    may("like_count", Kind::Int, "likes, latest observed"),
    may("repost_count", Kind::Int, "reposts, latest observed"),
    may("reply_count", Kind::Int, "replies, latest observed"),
    may("source_app", Kind::Text, "application it was sent from"),
    must("role", Kind::Text, "question, answer, moderation, talk, repost"),
    may("question", Kind::Text, "label of the question it asks or answers, such as Q1"),
    may("answer_basis", Kind::Text, "how it was attributed: label, reply, quote, context"),
    may("answer_confidence", Kind::Real, "how sure the attribution is, 0 to 1"),
];

const QUESTIONS: &[Column] = &[
    CHAT,
    SESSION,
    must("question", Kind::Text, "label, such as Q1"),
    must("number", Kind::Int, "place in the session, from 1"),
    must("asked_at", Kind::Time, "first asking"),
    must("asked_by", Kind::Text, "author id of the first asking"),
    must("post_id", Kind::Text, "the first asking"),
    must("text", Kind::Text, "its text"),
    must("repeats", Kind::Texts, "post ids of its repeats and reposts"),
];

const PARTICIPATION: &[Column] = &[
    CHAT,
    SESSION,
    must("question", Kind::Text, "label, such as Q1"),
    must("answers", Kind::Int, FIGURE),
    must("answerers", Kind::Int, FIGURE),
    must("talkers", Kind::Int, FIGURE),
    must("amplifiers", Kind::Int, FIGURE),
    may("first_answer_s", Kind::Real, FIGURE),
    may("median_response_s", Kind::Real, FIGURE),
    may("p90_response_s", Kind::Real, FIGURE),
    must("replies", Kind::Int, FIGURE),
    must("reposts", Kind::Int, FIGURE),
    may("likes", Kind::Int, FIGURE),
    may("share_of_room", Kind::Real, FIGURE),
    may("first_timers", Kind::Int, FIGURE),
];

const ATTENDANCE: &[Column] = &[
    CHAT,
    SESSION,
    must("author_id", Kind::Text, "identity of the account"),
    may("author_handle", Kind::Text, "handle, latest in the session"),
    must("class", Kind::Text, "answerer, talker, amplifier; the highest wins"),
    must("roles", Kind::Texts, "moderator, guest, first_timer, returning, regular"),
    must("posts", Kind::Int, FIGURE),
    must("answers", Kind::Int, FIGURE),
    must("questions_answered", Kind::Int, FIGURE),
    must("replies_given", Kind::Int, FIGURE),
    must("replies_received", Kind::Int, FIGURE),
    must("mentions_received", Kind::Int, FIGURE),
    must("reposts_received", Kind::Int, FIGURE),
    may("sessions_before", Kind::Int, FIGURE),
];

const FLAGS: &[Column] = &[
    CHAT,
    SESSION,
    must("post_id", Kind::Text, "the post judged"),
    must("author_id", Kind::Text, "its author"),
    must("score", Kind::Real, "probability that it hijacks the tag, 0 to 1"),
    must("band", Kind::Text, "flag, watch, none"),
    must("flagged", Kind::Bool, "whether it counts as flagged, decisions included"),
    must("rules", Kind::Texts, "codes of the rules that fired"),
    must("reasons", Kind::Texts, "one sentence per rule that fired, in the same order"),
    must("model", Kind::Text, "version of rules and weights"),
    may("decision", Kind::Text, "what a moderator decided: hijack, not_hijack"),
    must("evidence", Kind::Reals, "what was measured, in the order of the model's features"),
];

const SESSIONS: &[Column] = &[
    CHAT,
    SESSION,
    must("starts_at", Kind::Time, "start"),
    must("ends_at", Kind::Time, "end, grace not included"),
    must("origin", Kind::Text, "where the hour comes from: scheduled, discovered"),
    must("format", Kind::Text, "how it was run: qa, free"),
    must("moderators", Kind::Texts, "author ids, in order"),
    must("guests", Kind::Texts, "author ids, in order"),
    must("posts", Kind::Int, FIGURE),
    must("originals", Kind::Int, FIGURE),
    must("reposts", Kind::Int, FIGURE),
    must("participants", Kind::Int, FIGURE),
    must("answerers", Kind::Int, FIGURE),
    must("talkers", Kind::Int, FIGURE),
    must("amplifiers", Kind::Int, FIGURE),
    must("questions", Kind::Int, FIGURE),
    may("first_timers", Kind::Int, FIGURE),
    may("returning", Kind::Int, FIGURE),
    must("flags", Kind::Int, FIGURE),
    must("peak_posts_per_minute", Kind::Int, FIGURE),
    may("gini", Kind::Real, FIGURE),
    may("top_tenth_share", Kind::Real, FIGURE),
    may("coverage", Kind::Real, FIGURE),
    must("revision", Kind::Int, FIGURE),
    must("moderators_basis", Kind::Texts, "per moderator: registry, decision, inferred"),
    must("guests_basis", Kind::Texts, "per guest: registry, decision, inferred"),
    must("corrections", Kind::Texts, "decisions applied: subject, space, verdict as in decisions"),
    may("rhythm", Kind::Text, "when the chat meets, in words, as its meetings up to this one show"),
    must("open_questions", Kind::Texts, "post ids: participants' questions nobody replied to"),
    must(
        "introductions",
        Kind::Texts,
        "post ids: authors who say they are here for the first time",
    ),
    may("title", Kind::Text, "what it was about, as the registry says"),
];

const COVERAGE: &[Column] = &[
    CHAT,
    must("source", Kind::Text, "the source that watched"),
    must("from", Kind::Time, "start of the stretch"),
    must("until", Kind::Time, "end of the stretch"),
    must("state", Kind::Text, "watched, gap, healed"),
];

const DECISIONS: &[Column] = &[
    CHAT,
    must("subject", Kind::Text, "a post id, an author id, a handle or a session"),
    must("verdict", Kind::Text, "what was said of it: word, then = and its argument if it has one"),
    may("by", Kind::Text, "who said it"),
    must("at", Kind::Time, "when"),
    may("note", Kind::Text, "why, in the moderator's words"),
    must("withdrawn", Kind::Bool, "whether it was taken back"),
];

impl Table {
    /// Every table, those of a session first.
    pub const ALL: [Self; 8] = [
        Self::Posts,
        Self::Questions,
        Self::Participation,
        Self::Attendance,
        Self::Flags,
        Self::Sessions,
        Self::Coverage,
        Self::Decisions,
    ];

    /// The tables that have a file per session.
    pub const OF_SESSION: [Self; 5] =
        [Self::Posts, Self::Questions, Self::Participation, Self::Attendance, Self::Flags];

    /// The table's name, which is its folder's.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Posts => "posts",
            Self::Questions => "questions",
            Self::Participation => "participation",
            Self::Attendance => "attendance",
            Self::Flags => "flags",
            Self::Sessions => "sessions",
            Self::Coverage => "coverage",
            Self::Decisions => "decisions",
        }
    }

    /// Its columns, in order.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Posts => POSTS,
            Self::Questions => QUESTIONS,
            Self::Participation => PARTICIPATION,
            Self::Attendance => ATTENDANCE,
            Self::Flags => FLAGS,
            Self::Sessions => SESSIONS,
            Self::Coverage => COVERAGE,
            Self::Decisions => DECISIONS,
        }
    }

    /// What one of its columns says, for a person.
    pub fn meaning(self, column: &Column) -> &'static str {
        measure(self.as_str(), column.name).map_or(column.meaning, |figure| figure.definition)
    }

    /// The columns by which the rows of a file are sorted.
    pub fn sorted_by(self) -> &'static [&'static str] {
        match self {
            Self::Posts => &["created_at", "post_id"],
            Self::Questions => &["number"],
            Self::Attendance => &["author_id"],
            // In the order of the questions and of the posts, which these tables do not repeat.
            Self::Participation | Self::Flags => &[],
            Self::Sessions => &["starts_at"],
            Self::Coverage => &["source", "from"],
            Self::Decisions => &["subject", "verdict"],
        }
    }

    /// Its place among the columns called `name`.
    pub(crate) fn index_of(self, name: &str) -> Option<usize> {
        self.columns().iter().position(|column| column.name == name)
    }

    /// The Arrow schema of its files.
    pub fn schema(self) -> SchemaRef {
        static SCHEMAS: LazyLock<[SchemaRef; Table::ALL.len()]> =
            LazyLock::new(|| Table::ALL.map(|table| Arc::new(arrow_schema_of(table))));
        Arc::clone(&SCHEMAS[self as usize])
    }
}

fn arrow_schema_of(table: Table) -> Schema {
    let fields: Vec<Field> = table
        .columns()
        .iter()
        .map(|column| Field::new(column.name, data_type(column.kind), column.nullable))
        .collect();
    Schema::new(fields)
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Folder => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        Kind::Texts => DataType::List(Arc::new(Field::new(LIST_ELEMENT, DataType::Utf8, false))),
        Kind::Reals => DataType::List(Arc::new(Field::new(LIST_ELEMENT, DataType::Float64, true))),
        Kind::Int => DataType::Int64,
        Kind::Real => DataType::Float64,
        Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Bool => DataType::Boolean,
    }
}
