//! Where a page leads: to the other pages, and to the posts on their platforms.

use colloquy_transcript::{ChatName, Platform, PostId, SessionId, percent_encode};

/// Where a page with a list of sessions lies; links are relative to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `DIR/index.html`.
    Start,
    /// `DIR/public/index.html`.
    Public,
    /// `DIR/moderators/index.html`.
    Moderators,
}

impl Place {
    /// The address of a session's recap.
    pub(super) fn recap(self, chat: &ChatName, session: SessionId) -> String {
        let folder = match self {
            Self::Start => "public/",
            Self::Public => "",
            Self::Moderators => "../public/",
        };
        format!("{folder}{}", page(chat, session))
    }

    /// The address of a session's review; public pages have none.
    pub(super) fn review(self, chat: &ChatName, session: SessionId) -> Option<String> {
        let folder = match self {
            Self::Start => "moderators/",
            Self::Public => return None,
            Self::Moderators => "",
        };
        Some(format!("{folder}{}", page(chat, session)))
    }
}

/// `CHAT/SESSION.html` as an address. The folder's name is itself percent-encoded, so the
/// address encodes its `%` once more.
pub(super) fn page(chat: &ChatName, session: SessionId) -> String {
    let folder = percent_encode(&percent_encode(chat.as_str()));
    let file = percent_encode(&percent_encode(&session.to_compact()));
    format!("{folder}/{file}.html")
}

/// The address of a post on its platform, where one can be built from its id.
pub(super) fn post(id: &PostId) -> Option<String> {
    let native = id.native();
    match id.platform() {
        Platform::X => {
            let digits = !native.is_empty() && native.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| format!("https://x.com/i/status/{native}"))
        }
        Platform::Mastodon => is_web_address(native).then(|| native.to_owned()),
        Platform::Bluesky => {
            let mut parts = native.strip_prefix("at://")?.split('/');
            let (did, kind, key) = (parts.next()?, parts.next()?, parts.next()?);
            let fits = did.starts_with("did:")
                && kind == "app.bsky.feed.post"
                && is_name(did)
                && is_name(key)
                && parts.next().is_none();
            fits.then(|| format!("https://bsky.app/profile/{did}/post/{key}"))
        }
        Platform::Other => None,
    }
}

/// Whether `text` is an ordinary address of the web: ASCII without quotes, spaces or controls.
fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric())
            && rest.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&b))
    })
}

/// Whether `text` has only the characters of a DID or a record key.
fn is_name(text: &str) -> bool {
    let named = |b: u8| b.is_ascii_alphanumeric() || b":._~-".contains(&b);
    !text.is_empty() && text.bytes().all(named)
}

/// A platform's name in a sentence.
pub(super) fn platform_name(platform: Platform) -> &'static str {
    match platform {
        Platform::X => "X",
        Platform::Mastodon => "Mastodon",
        Platform::Bluesky => "Bluesky",
        Platform::Other => "its platform",
    }
}

/// `argument` as one word of a shell; `None` where no quoting makes it safe to paste.
pub(super) fn shell_word(argument: &str) -> Option<String> {
    if argument.is_empty()
        || argument.starts_with('-')
        || super::words::clean(argument) != argument
        || argument.contains('\n')
    {
        return None;
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b":@/._-+=%,".contains(&b);
    if argument.bytes().all(plain) {
        return Some(argument.to_owned());
    }
    Some(format!("'{}'", argument.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn posts_are_found_where_their_id_says() {
        for (id, address) in [
            ("x:689629890761625601", Some("https://x.com/i/status/689629890761625601")),
            ("x:derived-00ff", None),
            ("x:1/../../evil", None),
            (
                "mastodon:https://garden.example/users/a/statuses/1",
                Some("https://garden.example/users/a/statuses/1"),
            ),
            ("mastodon:javascript:alert(1)", None),
            ("mastodon:https://a\" onclick=\"x", None),
            ("mastodon:https:///etc/passwd", None),
            (
                "bluesky:at://did:plc:abc/app.bsky.feed.post/3k2",
                Some("https://bsky.app/profile/did:plc:abc/post/3k2"),
            ),
            ("bluesky:at://did:plc:abc/app.bsky.feed.like/3k2", None),
            ("bluesky:at://did:plc:abc/app.bsky.feed.post/3k2/x", None),
            ("other:https://a.example", None),
            ("", None),
        ] {
            assert_eq!(post(&PostId::from_full(id)).as_deref(), address, "{id}");
        }
    }

    #[test]
    fn pages_are_addressed_with_their_percent_encoded() {
        let chat = ChatName::new("a b/%é").unwrap();
        let session = SessionId::parse("2016-01-20T0200Z").unwrap();
        assert_eq!(
            Place::Start.recap(&chat, session),
            "public/a%2520b%252F%2525%25C3%25A9/2016-01-20T0200Z.html"
        );
        assert_eq!(Place::Public.review(&chat, session), None);
    }

    #[test]
    fn commands_survive_a_shell() {
        assert_eq!(shell_word("x:12").as_deref(), Some("x:12"));
        assert_eq!(
            shell_word("mastodon:https://a/b?c&d").as_deref(),
            Some("'mastodon:https://a/b?c&d'")
        );
        assert_eq!(shell_word("x:it's $(rm)").as_deref(), Some(r"'x:it'\''s $(rm)'"));
        assert_eq!(shell_word("x:1\nrm"), None);
        assert_eq!(shell_word("--help"), None);
    }
}
