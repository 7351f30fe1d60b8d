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

use colloquy_transcript::{CompactString, Post, PostId};
use memchr::memchr;

use crate::account::kind;

mod bluesky;
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
    pub(crate) fn new(class: &'static str, detail: impl Into<String>) -> Self {
        Self { class, detail: detail.into() }
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
    let (found, rejected) = (out.posts.len() + out.unrelated.len(), out.rejected.len());
    let mut outcome = decode_as(format, bytes, out);
    let found_nothing = out.posts.len() + out.unrelated.len() == found;
    if found_nothing
        && let Some((other, _)) = detect::format_of(bytes)
        && other != format
    {
        out.rejected.truncate(rejected);
        outcome = decode_as(other, bytes, out);
    }
    out.rejected.extend(outcome.err().map(Refusal::into_rejection));
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One value of each format, invented.
    const SAMPLES: [(Format, &str); 6] = [
        (
            Format::XV11,
            r#"{"id_str":"9","created_at":"Wed May 08 19:05:09 +0000 2019","text":"RT @b: x…","user":{"id_str":"1","screen_name":"a","created_at":"Wed May 08 19:05:09 +0000 2019"},"source":"<a href=\"x\">App &amp; Co</a>","entities":{"hashtags":[{"text":"t"}],"urls":[]},"retweeted_status":{"id_str":"8","full_text":"x &lt;y&gt; #t","user":{"screen_name":"b"}}}"#,
        ),
        (
            Format::XV2,
            r#"{"data":[{"id":"1126209123456789012","text":"a","author_id":"1","edit_history_tweet_ids":["1126209000000000000","1126209123456789012"],"referenced_tweets":[{"type":"retweeted","id":"3"}]}],"includes":{"users":[{"id":"1","username":"b"}],"tweets":[{"id":"3","text":"all"}]}}"#,
        ),
        (
            Format::XV2Flat,
            r#"{"id":"7","text":"a…","author_id":"1","created_at":"2024-02-01T20:00:00.000Z","author":{"id":"1","username":"b","public_metrics":{"tweet_count":"5"}}}"#,
        ),
        (
            Format::Mastodon,
            r#"{"id":"1","uri":"https://a.example/1","created_at":"2024-02-01T20:00:00.000Z","content":"<p>é <a href=\"https://b.example\">b</a>&amp;<br>＃</p>","account":{"acct":"a","url":"https://a.example/@a"},"in_reply_to_id":"4","tags":[{"name":"t","url":"https://a.example/tags/t"}]}"#,
        ),
        (
            Format::Bluesky,
            r#"{"posts":[{"uri":"at://did:plc:a/app.bsky.feed.post/1","author":{"did":"did:plc:a","handle":"a.example"},"record":{"text":"x","createdAt":"2024-02-01T20:00:00Z","facets":[{"features":[{"tag":"t"}]}]},"indexedAt":"2024-02-01T20:00:01Z"}]}"#,
        ),
        (
            Format::Jetstream,
            r#"{"did":"did:plc:a","time_us":1706817600000000,"kind":"commit","commit":{"operation":"create","collection":"app.bsky.feed.post","rkey":"1","record":{"text":"x","createdAt":"2024-02-01T20:00:00Z","embed":{"record":{"uri":"at://did:plc:b/app.bsky.feed.post/2"}}}}}"#,
        ),
    ];

    #[test]
    fn every_sample_is_a_post_whatever_it_was_expected_to_be() {
        for (format, sample) in SAMPLES {
            for (expected, _) in SAMPLES {
                let mut out = Decoded::default();
                decode(expected, sample.as_bytes(), &mut out);
                assert_eq!(out.posts.len(), 1, "{format:?} as {expected:?}: {out:?}");
                assert!(out.rejected.is_empty() && out.unrelated.is_empty());
            }
            let sniffed = sniff(sample.as_bytes());
            assert_eq!((sniffed.format, sniffed.framing), (format, Framing::Lines));
        }
    }

    proptest! {
        /// Whatever happens to the bytes, a value is a post, something unrelated, or rejected.
        #[test]
        fn broken_values_come_to_something(
            sample in 0..SAMPLES.len(),
            expected in 0..SAMPLES.len(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u32), 0..6),
            cut in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let mut bytes = SAMPLES[sample].1.as_bytes().to_vec();
            for (at, bit) in flips {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            let mut out = Decoded::default();
            decode(SAMPLES[expected].0, &bytes, &mut out);
            prop_assert!(out.posts.len() + out.unrelated.len() + out.rejected.len() > 0);
            let sniffed = sniff(&bytes);
            prop_assert!(!sniffed.why.is_empty());
        }
    }
}
