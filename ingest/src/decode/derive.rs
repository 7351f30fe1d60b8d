//! What a text alone tells: its tags, mentions and links, what it was before a tool garbled it, and
//! an identity where a source has none.

use std::borrow::Cow;

use colloquy_transcript::{Author, Platform, Post, PostId, Timestamp};
use encoding_rs::{MACINTOSH, WINDOWS_1252};
use linkify::{LinkFinder, LinkKind};
use xxhash_rust::xxh3::Xxh3;

use super::x;
use crate::tags::each_tag;

/// The beginning of a derived id, after the platform.
const DERIVED: &str = "derived-";
/// How often a text can have been read in the wrong encoding before it is given up.
const GARBLED_MAX: usize = 3;

/// The identity of a post without a usable id: of its author, time and text, so that the same row
/// in another file is the same post.
pub(crate) fn post_id(author: &Author, at: Timestamp, text: &str) -> PostId {
    let hash = hash_of(author, at.as_microsecond(), text.split_whitespace());
    PostId::new(Platform::X, &format!("{DERIVED}{hash:016x}"))
}

/// Whether an id was derived.
pub(crate) fn is_derived(id: &PostId) -> bool {
    id.native().starts_with(DERIVED)
}

/// The hash by which a derived post finds itself in a source that has its id: sources without ids
/// often know no more of a time than the minute, and every source shortens links in its own way.
pub(crate) fn content_hash(post: &Post) -> u64 {
    let links = |word: &&str| !word.starts_with("http") && *word != "…";
    let words = post.text.split_whitespace().filter(links);
    hash_of(&post.author, post.created_at.as_second().div_euclid(60), words)
}

fn hash_of<'t>(author: &Author, at: i64, words: impl Iterator<Item = &'t str>) -> u64 {
    let mut hash = Xxh3::new();
    match &author.handle {
        Some(handle) => hash.update(handle.to_lowercase().as_bytes()),
        None => hash.update(author.id.as_str().as_bytes()),
    }
    hash.update(b"\n");
    hash.update(&at.to_le_bytes());
    // Case and white space do not tell two posts apart.
    for word in words {
        hash.update(word.to_lowercase().as_bytes());
        hash.update(b" ");
    }
    hash.digest()
}

/// What the beginning of a text says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing.
    None,
    /// `RT @somebody: …`: passed on without own words.
    Repost,
    /// `@somebody …`: said to somebody.
    Directed,
}

/// Looks for the marks that people and clients put before a text.
pub(super) fn marks(text: &str) -> Mark {
    let text = text.trim_start();
    let handle = |text: &str| {
        let rest = text.strip_prefix('@')?;
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        (end > 0).then(|| rest[end..].chars().next())
    };
    if let Some(rest) = text.strip_prefix("RT ") {
        return match handle(rest.trim_start()) {
            Some(Some(':' | ' ')) => Mark::Repost,
            _ => Mark::None,
        };
    }
    if handle(text).is_some() { Mark::Directed } else { Mark::None }
}

/// Adds the hashtags, mentions and links of the text, each list where it is asked for.
pub(super) fn fill_lists(post: &mut Post, [hashtags, mentions, urls]: [bool; 3]) {
    let Post { text, hashtags: tags, mentions: handles, urls: links, .. } = post;
    if hashtags {
        each_tag(text, |tag| x::push_folded(tags, tag));
    }
    if mentions {
        for (at, _) in text.match_indices('@') {
            let runs_in = text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
            let rest = &text[at + 1..];
            let end =
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            if !runs_in && end > 0 {
                x::push_folded(handles, &rest[..end]);
            }
        }
    }
    if urls && text.contains("://") {
        let mut finder = LinkFinder::new();
        finder.kinds(&[LinkKind::Url]);
        for link in finder.links(text) {
            // A link that the platform cut leads nowhere.
            if !text[link.end()..].starts_with('…') && !link.as_str().ends_with('…') {
                x::push_url(links, link.as_str());
            }
        }
    }
}

/// The text as it was before it was read in a wrong encoding, once or several times. Only what can
/// have come about in no other way is changed: runs of characters whose bytes in that encoding are
/// whole characters of UTF-8.
pub(super) fn repaired(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..GARBLED_MAX {
        if text.is_ascii() {
            break;
        }
        let once = unread(&text, char::is_ascii, windows_bytes).or_else(|| {
            // What the Macintosh did not know became a low line; of what it was, only the ellipsis
            // occurs in prose.
            let whole = text.replace("\u{2030}\u{db}_", "…");
            let stop = |c: &char| c.is_ascii() || *c == '…';
            unread(&whole, stop, macintosh_bytes).or_else(|| (whole != *text).then_some(whole))
        });
        match once {
            Some(once) => text = Cow::Owned(once),
            None => break,
        }
    }
    text
}

/// Replaces every run between `stop`s that reads as UTF-8 in the bytes that `bytes_of` gives;
/// `None` where no run does.
fn unread(
    text: &str,
    stop: impl Fn(&char) -> bool,
    bytes_of: impl Fn(&str) -> Option<Vec<u8>>,
) -> Option<String> {
    let mut out = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(skip) = text[at..].find(|c: char| !stop(&c)) {
        let from = at + skip;
        let run = &text[from..];
        let run = &run[..run.find(|c: char| stop(&c)).unwrap_or(run.len())];
        at = from + run.len();
        if let Some(whole) = longest(run, &bytes_of) {
            out.push_str(&text[kept..from]);
            out.push_str(&whole);
            kept = at;
        }
    }
    if kept == 0 {
        return None;
    }
    out.push_str(&text[kept..]);
    Some(out)
}

/// A run as UTF-8, if the whole of it is: two characters at least, and more of them than it makes.
fn longest(run: &str, bytes_of: &impl Fn(&str) -> Option<Vec<u8>>) -> Option<String> {
    let whole = String::from_utf8(bytes_of(run)?).ok()?;
    // What it makes must be likelier than what it is: CAFÉ™ is no garbled schwa.
    let likely = whole.chars().all(|c| {
        matches!(c, '\u{a0}'..='\u{ff}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}'
            | '\u{20a0}'..='\u{20bf}' | '\u{2100}'..='\u{2bff}' | '\u{fe0f}' | '\u{200d}')
            || u32::from(c) >= 0x1_f000
            || run.chars().count() > 2 && !c.is_control()
    });
    (whole.chars().count() < run.chars().count() && likely).then_some(whole)
}

/// The bytes of a run in Windows-1252.
fn windows_bytes(run: &str) -> Option<Vec<u8>> {
    let (bytes, _, lost) = WINDOWS_1252.encode(run);
    (!lost).then(|| bytes.into_owned())
}

/// The bytes of UTF-8 that was read as Windows-1252, saved by a spreadsheet on a Macintosh, and
/// read as Windows-1252 again.
fn macintosh_bytes(run: &str) -> Option<Vec<u8>> {
    let saved = windows_bytes(run)?;
    let byte = |byte: &u8| {
        // The gaps of Windows-1252 stayed what they were.
        if matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d) {
            return Some(*byte);
        }
        let (once, _) = MACINTOSH.decode_without_bom_handling(std::slice::from_ref(byte));
        windows_bytes(&once)?.first().copied()
    };
    saved.iter().map(byte).collect()
}

#[cfg(test)]
#[path = "derive_tests.rs"]
mod tests;
