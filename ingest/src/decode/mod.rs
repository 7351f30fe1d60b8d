//! Pure decoders: the bytes of one row (a JSON value, a record of a table, a block of a transcript)
//! become posts, or a reason why not.
//!
//! A decoder for another format is a function `bytes → Decoded`, a [`Format`] and its mark in
//! `detect`; for another table only an entry in `table/known.rs`.
//!
//! **Invariant:** no I/O, no clock; no input makes a decoder panic.
#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "decoders are pure: time, files and environment are arguments"
)]

use std::borrow::Cow;

use colloquy_transcript::{Author, AuthorId, ChatName, CompactString, Post, PostId};
use memchr::memchr;

use crate::account::kind;

mod account_archive;
mod bluesky;
mod colloquy;
mod derive;
mod detect;
mod format;
mod html;
mod json;
mod keys;
mod markdown;
mod mastodon;
mod outbox;
mod reading;
mod snscrape;
mod table;
mod time;
mod x;
mod x_graphql;
mod x_v11;
mod x_v2;

pub(crate) use account_archive::owner as x_archive_owner;
pub(crate) use derive::{content_hash, is_derived};
pub(crate) use detect::{Framing, Sniffed, sniff};
pub use format::Format;
pub(crate) use keys::format_of_line;
pub(crate) use outbox::owner as outbox_owner;
pub use reading::{ReadOptions, Reading};
pub use table::Field;
#[doc(hidden)]
pub use table::fuzzing;
pub(crate) use table::{Dialect, Record, Table, next_record};
pub(crate) use x::{about_names, carried_time, is_about};

/// Longest id that is taken, in bytes.
const ID_BYTES_MAX: usize = 2_048;
/// The mark that some programs put before UTF-8.
pub(crate) const MARK: &[u8] = "\u{feff}".as_bytes();
/// Longest detail of a rejection, in bytes.
const DETAIL_BYTES_MAX: usize = 300;

/// Classes of rejection, the words of the account.
pub mod class {
    /// Bytes that are no JSON.
    pub const MALFORMED: &str = "malformed JSON";
    /// JSON that ends too early.
    pub const TRUNCATED: &str = "truncated JSON";
    /// JSON of a known shape with a field of another type than documented.
    pub const UNEXPECTED: &str = "unexpected shape";
    /// JSON that is no post of a known format.
    pub const FOREIGN: &str = "foreign record";
    /// A post without a usable id.
    pub const NO_ID: &str = "no id";
    /// A post without a readable time.
    pub const NO_TIME: &str = "no time";
    /// A post without an author.
    pub const NO_AUTHOR: &str = "no author";
    /// A post without text.
    pub const NO_TEXT: &str = "no text";
    /// A row that does not fit its table.
    pub const MALFORMED_TABLE: &str = "malformed row";
    /// A line or JSON value over the bound.
    pub const TOO_LONG: &str = "too long";
    /// A file that is not in any known format.
    pub const UNRECOGNISED: &str = "unrecognised format";
    /// The medium or the compression failed.
    pub const READ: &str = "read error";
}

/// What an account notes of rows that it takes all the same.
pub mod note {
    /// A number that a spreadsheet rounded.
    pub const ID_FROM_ADDRESS: &str =
        "ids rounded by a spreadsheet, taken from the posts' addresses";
    /// No usable number at all.
    pub const ID_DERIVED: &str = "no certain id: known by author, time and text";
    /// The clock of an unknown zone, put right.
    pub const TIME_FROM_ID: &str = "times without a zone, put right by the posts' ids";
    /// The clock of an unknown zone.
    pub const TIME_WITHOUT_ZONE: &str =
        "times without a zone, taken as UTC (say --timezone if they are not)";
    /// Text that was read in a wrong encoding before.
    pub const MOJIBAKE: &str = "garbled text put right";
    /// Bytes in an older encoding.
    pub const NOT_UTF8: &str = "not in UTF-8, read as Windows-1252";
}

/// Why a row cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// One of [`class`].
    pub class: &'static str,
    /// What exactly, for a person.
    pub detail: String,
}

impl Rejection {
    /// `detail` may quote the input: it is cut where it is too long for a person.
    pub(crate) fn new(class: &'static str, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if detail.len() > DETAIL_BYTES_MAX {
            detail.truncate(detail.floor_char_boundary(DETAIL_BYTES_MAX));
            detail.push('…');
        }
        Self { class, detail }
    }
}

/// A post as it was found, with the names under which others may refer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The post.
    pub post: Post,
    /// Names other than its id.
    pub links: Links,
}

/// Names of posts that are not ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// The post's name on the server that served it.
    pub own: Option<CompactString>,
    /// The name, on that server, of the post it replies to.
    pub parent: Option<CompactString>,
    /// Ids of the post's later versions, which are other names of it.
    pub later: Vec<PostId>,
    /// The chat it was under when Colloquy itself wrote it down.
    pub chat: Option<ChatName>,
}

/// What the bytes held. Lists grow: clear them between uses.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Posts.
    pub posts: Vec<Found>,
    /// Posts that are no more; each is also counted in `unrelated`.
    pub deletions: Vec<PostId>,
    /// One entry per row that is no post; see [`crate::kind`].
    pub unrelated: Vec<&'static str>,
    /// People whom other rows name by id alone; each is also counted in `unrelated`.
    pub profiles: Vec<Author>,
    /// People whose posts are not public, whatever file they stand in.
    pub protected: Vec<AuthorId>,
    /// What is to be said of rows that were taken; see [`note`].
    pub notes: Vec<&'static str>,
    /// One entry per row that cannot be taken.
    pub rejected: Vec<Rejection>,
}

impl Decoded {
    /// Counts a deletion and remembers what it names.
    fn deletion(&mut self, id: Option<PostId>) {
        self.unrelated.push(kind::DELETION);
        self.deletions.extend(id);
    }
}

/// Why a decoder does not take a value.
enum Refusal {
    /// It is no JSON, or not of the expected types.
    Json(serde_json::Error),
    /// It is something else.
    Foreign,
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

/// Decodes one JSON value, expected to be of `format` and read as another where it is none of
/// that but clearly one of the other, and adds what it holds to `out`.
pub fn decode(format: Format, bytes: &[u8], out: &mut Decoded) {
    decode_json(format, None, bytes, out);
}

/// The same for rows that do not say who wrote them, all by `owner`.
fn decode_json(format: Format, owner: Option<&Author>, bytes: &[u8], out: &mut Decoded) {
    let mut outcome = decode_known(format, owner, bytes, out);
    if let Err(Refusal::Json(error)) = &outcome
        && error.is_syntax()
        && let Some(whole) = json::without_lone_surrogates(bytes)
    {
        outcome = decode_known(format, owner, &whole, out);
    }
    out.rejected.extend(outcome.err().map(Refusal::into_rejection));
}

/// Decodes a value as `format`, or as what its keys say. Nothing is in `out` of a value that is
/// refused.
fn decode_known(
    format: Format,
    owner: Option<&Author>,
    bytes: &[u8],
    out: &mut Decoded,
) -> Result<(), Refusal> {
    let (found, rejected) = (out.posts.len() + out.unrelated.len(), out.rejected.len());
    let outcome = decode_as(format, owner, bytes, out);
    let found_nothing = out.posts.len() + out.unrelated.len() == found;
    if found_nothing
        && let Some((other, _)) = keys::format_of(bytes)
        && other != format
    {
        out.rejected.truncate(rejected);
        return decode_as(other, owner, bytes, out);
    }
    outcome
}

impl Refusal {
    fn into_rejection(self) -> Rejection {
        match self {
            Self::Foreign => Rejection::new(class::FOREIGN, "no post of a known format"),
            Self::Json(error) => {
                let class = match error.classify() {
                    serde_json::error::Category::Eof => class::TRUNCATED,
                    serde_json::error::Category::Data => class::UNEXPECTED,
                    _ => class::MALFORMED,
                };
                Rejection::new(class, error.to_string())
            }
        }
    }
}

fn decode_as(
    format: Format,
    owner: Option<&Author>,
    bytes: &[u8],
    out: &mut Decoded,
) -> Result<(), Refusal> {
    match format {
        Format::XV11 => x_v11::decode(bytes, out),
        Format::XV2 => x_v2::decode_page(bytes, out),
        Format::XV2Flat => x_v2::decode_flat(bytes, out),
        Format::XV2Includes => x_v2::decode_includes(bytes, out),
        Format::XGraphQl => x_graphql::decode(bytes, out),
        Format::XArchive => account_archive::decode(bytes, owner, out),
        Format::Snscrape => snscrape::decode(bytes, out),
        Format::Mastodon => mastodon::decode(bytes, out),
        Format::MastodonOutbox => outbox::decode(bytes, owner, out),
        Format::Bluesky => bluesky::decode_view(bytes, out),
        Format::Jetstream => bluesky::decode_event(bytes, out),
        Format::Colloquy => colloquy::decode(bytes, out),
        _ => Err(Refusal::Foreign),
    }
}

/// Whether `native` can stand in a record's key: not empty, bounded, without space or control.
fn is_name(native: &str) -> bool {
    !native.is_empty()
        && native.len() <= ID_BYTES_MAX
        && !native.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// The text with `\n` as its only line end.
fn line_ends(text: Cow<'_, str>) -> String {
    if memchr(b'\r', text.as_bytes()).is_none() {
        return text.into_owned();
    }
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
