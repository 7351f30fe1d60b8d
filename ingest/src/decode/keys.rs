//! What a JSON object is, from its keys: read by a scanner that does not mind where the bytes end.

use memchr::memchr2;

use super::Format;

/// Keys of one object that are looked at.
const KEYS_MAX: usize = 128;

/// The format of the object on a line.
pub(crate) fn format_of_line(line: &[u8]) -> Option<Format> {
    format_of(line).map(|(format, _)| format)
}

/// The format of the first object in `bytes` (in a list, or on its own), and by which mark.
pub(super) fn format_of(bytes: &[u8]) -> Option<(Format, &'static str)> {
    let keys = Keys(keys_of(bytes));
    MARKS.iter().find(|(_, _, fits)| fits(&keys)).map(|(format, mark, _)| (*format, *mark))
}

/// The keys of an object.
struct Keys<'b>(Vec<&'b [u8]>);

impl Keys<'_> {
    fn has(&self, key: &str) -> bool {
        self.0.contains(&key.as_bytes())
    }

    fn all(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.has(key))
    }

    fn any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    fn only(&self, key: &str) -> bool {
        self.0.len() == 1 && self.has(key)
    }

    /// Whether there is none but these.
    fn none_but(&self, keys: &[&str]) -> bool {
        self.0.iter().all(|own| keys.iter().any(|key| key.as_bytes() == *own))
    }
}

type Mark = (Format, &'static str, fn(&Keys<'_>) -> bool);

/// The marks of the formats, the more particular ones first.
const MARKS: &[Mark] = &[
    // First of all: these posts have the keys of other formats too.
    (Format::Colloquy, "`v`, `kind` and `chat`, as Colloquy writes its own posts", |keys| {
        keys.all(&["v", "kind", "chat", "id", "created_at_us"])
    }),
    (Format::XArchive, "`tweet`, as X's account archives have it", |keys| keys.only("tweet")),
    (Format::MastodonOutbox, "`orderedItems`, as Mastodon's archives have them", |keys| {
        keys.has("orderedItems") || keys.all(&["actor", "object", "type"])
    }),
    (Format::MastodonOutbox, "`preferredUsername`, as an actor of Mastodon has it", |keys| {
        keys.has("preferredUsername") && keys.any(&["inbox", "outbox"])
    }),
    (Format::XGraphQl, "`legacy` or an envelope, as X's pages have them", |keys| {
        keys.has("legacy") && keys.any(&["rest_id", "core", "type"])
            || keys.all(&["item_id", "data"])
                && keys.any(&["source_platform", "timestamp_collected"])
    }),
    (Format::Snscrape, "`date` and `content`, as snscrape writes them", |keys| {
        keys.all(&["_type", "id"])
            || keys.any(&["content", "rawContent", "renderedContent"])
                && keys.has("date")
                && keys.any(&["user", "username"])
    }),
    (Format::Jetstream, "`did` and an event, as Jetstream sends them", |keys| {
        keys.has("did") && keys.any(&["commit", "kind", "identity", "account"])
    }),
    (Format::Mastodon, "`uri`, `account` and `content`, as Mastodon has them", |keys| {
        let status = keys.has("content") && keys.any(&["visibility", "reblogs_count"]);
        keys.has("account")
            && (status || keys.has("uri") && keys.any(&["content", "visibility", "reblogs_count"]))
    }),
    (Format::Bluesky, "`uri`, `author` and `record`, as Bluesky's post views have them", |keys| {
        keys.all(&["uri", "record", "author"])
    }),
    (Format::Bluesky, "`posts`, as Bluesky's searchPosts answers", |keys| {
        keys.has("posts") && keys.any(&["cursor", "hitsTotal"]) || keys.only("posts")
    }),
    (Format::XV11, "`statuses`, as X API v1.1 search answers", |keys| keys.has("statuses")),
    (Format::XV11, "`user` and `text`, as X API v1.1 has them", |keys| {
        keys.any(&["user", "id_str"]) && keys.any(&["text", "full_text"])
    }),
    (Format::XV11, "a stream message of X API v1.1", |keys| {
        keys.0.len() == 1 && keys.none_but(&STREAM_MESSAGES)
    }),
    (
        Format::XV2Flat,
        "`id`, `text` and `author_id` or its like, as X API v2 posts have them",
        |keys| keys.all(&["id", "text"]) && keys.any(&V2_POST),
    ),
    (Format::XV2Includes, "`users`, as the includes of X API v2 have them", |keys| {
        keys.has("users") && keys.none_but(&INCLUDES)
    }),
    (Format::XV2, "`data`, as X API v2 answers", |keys| {
        let about = keys.has("meta") && (keys.has("includes") || keys.0.len() <= 2);
        keys.has("data") || about || keys.only("errors")
    }),
];

/// Of which X API v2 gives at least one with a post.
const V2_POST: [&str; 6] = [
    "author_id",
    "author",
    "edit_history_tweet_ids",
    "conversation_id",
    "public_metrics",
    "referenced_tweets",
];

/// What X API v2 includes in an answer.
const INCLUDES: [&str; 6] = ["users", "tweets", "media", "places", "polls", "topics"];

/// The keys of X API v1.1's stream messages, each alone in its object.
const STREAM_MESSAGES: [&str; 8] = [
    "delete",
    "limit",
    "disconnect",
    "warning",
    "status_withheld",
    "user_withheld",
    "scrub_geo",
    "friends",
];

/// The keys of the first object of `bytes`, as far as they can be seen.
fn keys_of(bytes: &[u8]) -> Vec<&[u8]> {
    let mut keys = Vec::new();
    let mut rest = trim_start(bytes);
    while let Some(inner) = rest.strip_prefix(b"[") {
        rest = trim_start(inner);
    }
    if rest.first() != Some(&b'{') {
        return keys;
    }
    let mut scan = Scan::default();
    let mut at = 0;
    let mut key_from = None;
    let mut expects_key = false;
    while at < rest.len() && keys.len() < KEYS_MAX {
        if scan.in_string && !scan.escaped {
            // Strings are most of the bytes: jump to where something happens.
            let Some(next) = memchr2(b'"', b'\\', &rest[at..]) else { break };
            at += next;
        }
        let was_in_string = scan.in_string;
        scan.step(rest[at]);
        match (was_in_string, scan.in_string) {
            (false, true) if expects_key && scan.depth == 1 => key_from = Some(at + 1),
            (true, false) => {
                if let Some(from) = key_from.take() {
                    keys.push(&rest[from..at]);
                    expects_key = false;
                }
            }
            (false, false) => match rest[at] {
                b'{' | b',' if scan.depth == 1 => expects_key = true,
                _ if scan.depth == 0 => break,
                _ => {}
            },
            _ => {}
        }
        at += 1;
    }
    keys
}

/// Depth and string state of a walk over JSON.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Scan {
    pub(super) depth: usize,
    pub(super) in_string: bool,
    escaped: bool,
}

impl Scan {
    pub(super) fn step(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }
}

/// The bytes after white space.
pub(super) fn trim_start(bytes: &[u8]) -> &[u8] {
    let from = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(bytes.len());
    &bytes[from..]
}
