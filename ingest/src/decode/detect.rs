//! What a file is, from its content.
//!
//! Only the beginning of the file is looked at, and it may end anywhere: keys are read by a
//! scanner that does not mind. One that names no keys for certain takes nothing for certain.

use memchr::memchr2;

use super::Format;

/// Lines looked at before a file is given up.
const LINES_LOOKED_AT_MAX: usize = 64;
/// Keys of one object that are looked at.
const KEYS_MAX: usize = 128;

/// How a file is cut into JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// One value a line.
    Lines,
    /// Values over several lines, or inside one list.
    Values,
}

/// What a file was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sniffed {
    pub(crate) format: Format,
    pub(crate) framing: Framing,
    /// Why, for a person.
    pub(crate) why: String,
}

/// Takes the beginning of a file for something.
pub(crate) fn sniff(head: &[u8]) -> Sniffed {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if head.is_empty() {
        return unrecognised("it is empty".to_owned());
    }
    let head = trim_start(head);
    if head.is_empty() {
        return unrecognised("it begins with nothing but blank lines".to_owned());
    }
    let framing = framing_of(head);
    if framing == Framing::Values {
        return match format_of(head) {
            Some((format, mark)) if head.first() == Some(&b'[') => {
                Sniffed { format, framing, why: format!("a list of objects with {mark}") }
            }
            Some((format, mark)) => {
                Sniffed { format, framing, why: format!("objects over several lines with {mark}") }
            }
            None => unrecognised("its JSON has the keys of no known format".to_owned()),
        };
    }
    let lines = head.split(|byte| *byte == b'\n').filter(|line| !trim_start(line).is_empty());
    for (at, line) in lines.take(LINES_LOOKED_AT_MAX).enumerate() {
        if let Some((format, mark)) = format_of(line) {
            let why = if at == 0 {
                format!("one object a line, with {mark}")
            } else {
                format!(
                    "one object a line, with {mark} (first seen in the {}. line with content)",
                    at + 1
                )
            };
            return Sniffed { format, framing, why };
        }
    }
    unrecognised(describe(head))
}

fn unrecognised(why: String) -> Sniffed {
    Sniffed { format: Format::Unrecognised, framing: Framing::Lines, why }
}

/// What a person sees in a file that is not read.
fn describe(head: &[u8]) -> String {
    if head.starts_with(b"{") || head.starts_with(b"[") {
        return "its JSON has the keys of no known format".to_owned();
    }
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return "it begins like UTF-16 text".to_owned();
    }
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    match std::str::from_utf8(line) {
        Ok(line) if line.matches(',').count() >= 2 => {
            "it looks like comma-separated values".to_owned()
        }
        Ok(line) if line.matches('\t').count() >= 2 => {
            "it looks like tab-separated values".to_owned()
        }
        Ok(_) => "it is text without JSON".to_owned(),
        Err(_) => "it is not text".to_owned(),
    }
}

/// One value a line, unless the beginning says otherwise: a list, or an object that goes on
/// after a line end as only pretty-printed JSON does.
fn framing_of(head: &[u8]) -> Framing {
    match head.first() {
        Some(b'[') => return Framing::Values,
        Some(b'{') => {}
        _ => return Framing::Lines,
    }
    let mut scan = Scan::default();
    let mut open = Vec::new();
    let mut last = b'{';
    for (at, byte) in head.iter().enumerate() {
        if scan.in_string {
            if *byte == b'\n' {
                return Framing::Lines;
            }
        } else if *byte == b'\n' {
            let next = trim_start(&head[at..]).first().copied();
            let goes_on = match next {
                Some(b'"' | b'}' | b']') => true,
                Some(b'{' | b'[') => {
                    matches!(last, b'[' | b':') || last == b',' && open.last() == Some(&b'[')
                }
                _ => false,
            };
            return if goes_on { Framing::Values } else { Framing::Lines };
        }
        match byte {
            b'{' | b'[' if !scan.in_string => open.push(*byte),
            b'}' | b']' if !scan.in_string => drop(open.pop()),
            _ => {}
        }
        scan.step(*byte);
        if open.is_empty() {
            return Framing::Lines;
        }
        if !byte.is_ascii_whitespace() {
            last = *byte;
        }
    }
    Framing::Lines
}

/// The format of the first object in `bytes` (in a list, or on its own), and by which mark.
pub(super) fn format_of(bytes: &[u8]) -> Option<(Format, &'static str)> {
    let keys = keys_of(bytes);
    let has = |key: &str| keys.contains(&key.as_bytes());
    let any = |list: &[&str]| list.iter().any(|key| has(key));
    // First of all: these posts have the keys of other formats too.
    if ["v", "kind", "chat", "id", "created_at_us"].into_iter().all(has) {
        return Some((
            Format::Colloquy,
            "`v`, `kind` and `chat`, as Colloquy writes its own posts",
        ));
    }
    if has("did") && any(&["commit", "kind", "identity", "account"]) {
        return Some((Format::Jetstream, "`did` and an event, as Jetstream sends them"));
    }
    let status = has("content") && any(&["visibility", "reblogs_count"]);
    if has("account") && (status || has("uri") && any(&["content", "visibility", "reblogs_count"]))
    {
        return Some((Format::Mastodon, "`uri`, `account` and `content`, as Mastodon has them"));
    }
    if has("uri") && has("record") && has("author") {
        return Some((
            Format::Bluesky,
            "`uri`, `author` and `record`, as Bluesky's post views have them",
        ));
    }
    if has("posts") && any(&["cursor", "hitsTotal"]) || has("posts") && keys.len() == 1 {
        return Some((Format::Bluesky, "`posts`, as Bluesky's searchPosts answers"));
    }
    if has("statuses") {
        return Some((Format::XV11, "`statuses`, as X API v1.1 search answers"));
    }
    if any(&["user", "id_str"]) && any(&["text", "full_text"]) {
        return Some((Format::XV11, "`user` and `text`, as X API v1.1 has them"));
    }
    if let [only] = keys.as_slice()
        && STREAM_MESSAGES.iter().any(|message| message.as_bytes() == *only)
    {
        return Some((Format::XV11, "a stream message of X API v1.1"));
    }
    let v2 = [
        "author_id",
        "author",
        "edit_history_tweet_ids",
        "conversation_id",
        "public_metrics",
        "referenced_tweets",
    ];
    if has("id") && has("text") && any(&v2) {
        return Some((
            Format::XV2Flat,
            "`id`, `text` and `author_id` or its like, as X API v2 posts have them",
        ));
    }
    let page = has("data") || has("meta") && (has("includes") || keys.len() <= 2);
    if page || has("errors") && keys.len() == 1 {
        return Some((Format::XV2, "`data`, as X API v2 answers"));
    }
    None
}

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
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Scan {
    fn step(&mut self, byte: u8) {
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

fn trim_start(bytes: &[u8]) -> &[u8] {
    let from = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(bytes.len());
    &bytes[from..]
}

#[cfg(test)]
#[path = "detect_tests.rs"]
mod tests;
