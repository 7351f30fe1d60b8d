//! Pure decoders: the bytes of one JSON value become posts, or a reason why not.
//!
//! A decoder for another format is a function `bytes → Decoded`, a [`Format`] and its mark in
//! `detect`.
//!
//! **Invariant:** no I/O, no clock; no input makes a decoder panic.
#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "decoders are pure: time, files and environment are arguments"
)]

use std::borrow::Cow;

use colloquy_transcript::{ChatName, CompactString, Post, PostId};
use memchr::memchr;

use crate::account::kind;

mod bluesky;
mod colloquy;
mod detect;
mod html;
mod json;
mod mastodon;
mod time;
mod x;
mod x_v11;
mod x_v2;

pub(crate) use detect::{Framing, Sniffed, sniff};

/// Longest id that is taken, in bytes.
const ID_BYTES_MAX: usize = 2_048;
/// Longest detail of a rejection, in bytes.
const DETAIL_BYTES_MAX: usize = 300;

/// A format of posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// X API v1.1: statuses, search answers, stream messages.
    XV11,
    /// X API v2: answers with `data` and `includes`.
    XV2,
    /// X API v2: single posts, flattened or not.
    XV2Flat,
    /// Mastodon statuses.
    Mastodon,
    /// Bluesky post views and `searchPosts` answers.
    Bluesky,
    /// Bluesky Jetstream events.
    Jetstream,
    /// Posts as Colloquy itself writes them.
    Colloquy,
    /// Nothing that this version reads.
    Unrecognised,
}

impl Format {
    /// The format's name for a person.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::XV11 => "X API v1.1 statuses",
            Self::XV2 => "X API v2 answers",
            Self::XV2Flat => "X API v2 posts",
            Self::Mastodon => "Mastodon statuses",
            Self::Bluesky => "Bluesky posts",
            Self::Jetstream => "Bluesky Jetstream events",
            Self::Colloquy => "Colloquy's own posts",
            Self::Unrecognised => "not a format this version reads",
        }
    }
}

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
    /// A line or JSON value over the bound.
    pub const TOO_LONG: &str = "too long";
    /// A file that is not in any known format.
    pub const UNRECOGNISED: &str = "unrecognised format";
    /// The medium or the compression failed.
    pub const READ: &str = "read error";
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
    let mut outcome = decode_known(format, bytes, out);
    if let Err(Refusal::Json(error)) = &outcome
        && error.is_syntax()
        && let Some(whole) = json::without_lone_surrogates(bytes)
    {
        outcome = decode_known(format, &whole, out);
    }
    out.rejected.extend(outcome.err().map(Refusal::into_rejection));
}

/// Decodes a value as `format`, or as what its keys say. Nothing is in `out` of a value that is
/// refused.
fn decode_known(format: Format, bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    let (found, rejected) = (out.posts.len() + out.unrelated.len(), out.rejected.len());
    let outcome = decode_as(format, bytes, out);
    let found_nothing = out.posts.len() + out.unrelated.len() == found;
    if found_nothing
        && let Some((other, _)) = detect::format_of(bytes)
        && other != format
    {
        out.rejected.truncate(rejected);
        return decode_as(other, bytes, out);
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

fn decode_as(format: Format, bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    match format {
        Format::XV11 => x_v11::decode(bytes, out),
        Format::XV2 => x_v2::decode_page(bytes, out),
        Format::XV2Flat => x_v2::decode_flat(bytes, out),
        Format::Mastodon => mastodon::decode(bytes, out),
        Format::Bluesky => bluesky::decode_view(bytes, out),
        Format::Jetstream => bluesky::decode_event(bytes, out),
        Format::Colloquy => colloquy::decode(bytes, out),
        Format::Unrecognised => Err(Refusal::Foreign),
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
