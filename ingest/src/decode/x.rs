//! What X's two API versions share.

use colloquy_transcript::{AuthorId, CompactString, Platform, PostId, Timestamp};
use html_escape::decode_html_entities;
use memchr::{memchr, memchr2};

use super::{
    Rejection, class,
    derive::{Mark, marks},
    table::roundings,
    time,
};

/// A post's id from its digits.
pub(super) fn post_id(digits: &str) -> Option<PostId> {
    is_id(digits).then(|| PostId::new(Platform::X, digits))
}

/// Whether `digits` can be one of X's ids.
pub(super) fn is_id(digits: &str) -> bool {
    (1..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The mark before the digits of an id that a spreadsheet rounded: it names a post, perhaps, but is
/// nobody's id.
const ABOUT: char = '~';

/// The name of a post whose id was rounded to `rounded`.
pub(super) fn about_id(rounded: u64) -> PostId {
    PostId::new(Platform::X, &format!("{ABOUT}{rounded}"))
}

/// Whether an id is only what rounding left of one.
pub(crate) fn is_about(id: &PostId) -> bool {
    id.native().starts_with(ABOUT)
}

/// The time that a post's id carries, in whole seconds.
pub(crate) fn carried_time(id: &PostId) -> Option<Timestamp> {
    if id.platform() != Platform::X {
        return None;
    }
    id.native().parse().ok().and_then(time::snowflake)
}

/// The names that rounding would make of a post's id.
pub(crate) fn about_names(id: &PostId) -> impl Iterator<Item = PostId> {
    let number = (id.platform() == Platform::X).then(|| id.native().parse::<u64>().ok()).flatten();
    let mut names: Vec<u64> = number.map(|number| roundings(number).to_vec()).unwrap_or_default();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(about_id)
}

/// An author's id from the account's id, else from the handle.
pub(super) fn author_id(id: Option<&str>, handle: Option<&str>) -> Result<AuthorId, Rejection> {
    if let Some(id) = id.filter(|id| is_id(id)) {
        return Ok(AuthorId::new(Platform::X, id));
    }
    match handle.filter(|handle| is_handle(handle)) {
        Some(handle) => {
            let mut full = CompactString::with_capacity(handle.len() + 3);
            full.push_str("x:@");
            full.extend(handle.chars().map(|c| c.to_ascii_lowercase()));
            Ok(AuthorId::from_full(full))
        }
        None => Err(Rejection::new(class::NO_AUTHOR, "neither an account id nor a handle")),
    }
}

pub(super) fn is_handle(handle: &str) -> bool {
    !handle.is_empty() && handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Text with its entities decoded and its line ends as `\n`.
pub(super) fn text(raw: &str) -> String {
    let decoded =
        if memchr(b'&', raw.as_bytes()).is_some() { decode_html_entities(raw) } else { raw.into() };
    super::line_ends(decoded)
}

/// The platform's word on the language; `None` for its words for "none" and "not known".
pub(super) fn lang(lang: Option<&str>) -> Option<CompactString> {
    match lang? {
        "" | "und" | "art" | "qam" | "qct" | "qht" | "qme" | "qst" | "zxx" => None,
        // The codes that ISO 639 withdrew in 1989.
        "in" => Some("id".into()),
        "iw" => Some("he".into()),
        "ji" => Some("yi".into()),
        lang => Some(lang.into()),
    }
}

/// The application's name out of `<a href="…">name</a>`.
pub(super) fn source_app(source: Option<&str>) -> Option<CompactString> {
    let source = source?.trim();
    let name = match memchr(b'>', source.as_bytes()) {
        Some(open) if source.starts_with('<') => {
            let rest = &source[open + 1..];
            &rest[..memchr(b'<', rest.as_bytes()).unwrap_or(rest.len())]
        }
        _ => source,
    };
    if memchr2(b'&', b'<', name.as_bytes()).is_some() {
        let name = decode_html_entities(name);
        return (!name.is_empty()).then(|| name.as_ref().into());
    }
    (!name.is_empty()).then(|| name.into())
}

/// The text of a repost: what the platform cut short is replaced by the whole original.
pub(super) fn repost_text(
    own: &str,
    truncated: bool,
    handle: Option<&str>,
    original: Option<&str>,
) -> String {
    let cut = truncated || own.ends_with('…');
    match original.filter(|original| cut && !original.is_empty()) {
        Some(original) => {
            let handle = handle.or_else(|| handle_of_repost(own));
            let original = text(original);
            handle.map_or_else(|| original.clone(), |handle| format!("RT @{handle}: {original}"))
        }
        None => text(own),
    }
}

/// Whether a text is a repost by hand: `RT @somebody: …` before the very words of somebody else,
/// with or without the platform's knowledge.
pub(super) fn is_repost(text: &str) -> bool {
    marks(text) == Mark::Repost
}

/// The handle in `RT @handle: …`.
fn handle_of_repost(own: &str) -> Option<&str> {
    let rest = own.strip_prefix("RT @")?;
    rest.split_once(':').map(|(handle, _)| handle).filter(|handle| is_handle(handle))
}

/// Adds `value` unless it is there in another case.
pub(super) fn push_folded(list: &mut Vec<CompactString>, value: &str) {
    if !value.is_empty() && !list.iter().any(|there| there.eq_ignore_ascii_case(value)) {
        list.push(value.into());
    }
}

/// Adds a link unless it is there.
pub(super) fn push_url(list: &mut Vec<String>, url: &str) {
    if !url.is_empty() && !list.iter().any(|there| there == url) {
        list.push(url.to_owned());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn applications_lose_their_markup() {
        for (source, app) in [
            ("<a href=\"https://x.example\" rel=\"nofollow\">Garden Deck</a>", Some("Garden Deck")),
            ("Garden Deck", Some("Garden Deck")),
            ("<a href=\"x\">Tom &amp; Co</a>", Some("Tom & Co")),
            ("<a href=\"x\"></a>", None),
            ("", None),
        ] {
            assert_eq!(source_app(Some(source)).as_deref(), app, "{source}");
        }
    }

    #[test]
    fn reposts_get_their_whole_text() {
        for (own, truncated, handle, original, expected) in [
            ("RT @bea: short", false, Some("bea"), Some("short"), "RT @bea: short"),
            (
                "RT @bea: a long one th…",
                false,
                None,
                Some("a long one that ends &amp; ends"),
                "RT @bea: a long one that ends & ends",
            ),
            ("RT @bea: a long", true, Some("bea"), Some("a long one"), "RT @bea: a long one"),
            ("RT @bea: a long one th…", false, None, None, "RT @bea: a long one th…"),
        ] {
            assert_eq!(repost_text(own, truncated, handle, original), expected);
        }
    }

    #[test]
    fn authors_without_an_id_are_their_handle() {
        assert_eq!(author_id(Some("12"), Some("Bea")).unwrap().as_str(), "x:12");
        assert_eq!(author_id(None, Some("Bea_1")).unwrap().as_str(), "x:@bea_1");
        assert!(author_id(Some("1e5"), Some("not a handle")).is_err());
    }

    #[test]
    fn words_for_no_language_are_none() {
        for none in ["und", "qme", "zxx", "art", ""] {
            assert_eq!(lang(Some(none)), None);
        }
        assert_eq!(lang(Some("in")).as_deref(), Some("id"));
        assert_eq!(lang(Some("pt")).as_deref(), Some("pt"));
    }
}
