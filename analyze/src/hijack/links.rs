//! Where a post's links lead, as far as they were expanded.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use colloquy_transcript::Post;

/// Shorter names are in every address.
pub(super) const NAME_MIN: usize = 4;

/// Places that sell, ticket or collect.
const SHOPS: &[&str] = &[
    "etsy.",
    "teacherspayteachers.",
    "amazon.",
    "amzn.",
    "ebay.",
    "gumroad.",
    "shopify",
    "eventbrite.",
    "kickstarter.",
    "gofundme.",
    "patreon.",
    "udemy.",
    "zazzle.",
    "redbubble.",
    "itunes.",
    "play.google.",
    "apps.apple.",
    "shop",
    "store",
    "ko-fi.",
    "indiegogo.",
    "ticket",
    "clickbank.",
];

/// Where platforms keep their own posts and pictures, and their short addresses.
const AT_HOME: &[&str] = &[
    "t.co",
    "twitter.com",
    "x.com",
    "pic.twitter.com",
    "pbs.twimg.com",
    "bsky.app",
    "mastodon.social",
];

/// What the links of a post show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Links {
    /// Links; nobody asks whether it is 255 or more.
    pub(super) all: u8,
    /// Whether one leaves the platform, short ones of the platform left out.
    pub(super) outside: bool,
    /// Whether one leads to a shop.
    pub(super) shop: bool,
    /// Whether one leads to a site that bears the author's name; unknown without handle or address.
    pub(super) own: Option<bool>,
}

impl Links {
    pub(super) fn of(post: &Post) -> Self {
        if post.urls.is_empty() {
            return Self::default();
        }
        let hosts = || post.urls.iter().map(|url| host(url));
        let outside = || hosts().filter(|host| !AT_HOME.contains(host));
        let leaves = outside().next().is_some();
        let handle = post.author.handle.as_deref().filter(|_| leaves).map(letters);
        let handle = handle.filter(|handle| handle.len() >= NAME_MIN);
        let own = handle.map(|handle| {
            let name = post.author.name.as_deref().map(letters).unwrap_or_default();
            outside().any(|host| bears(host, &handle, &name))
        });
        Self {
            all: u8::try_from(post.urls.len()).unwrap_or(u8::MAX),
            outside: leaves,
            shop: hosts().any(is_shop),
            own,
        }
    }
}

fn is_shop(host: &str) -> bool {
    static SHOP: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(SHOPS).ok());
    SHOP.as_ref().is_some_and(|shop| shop.is_match(host))
}

/// Whether a host's own name and a name of the author's contain one another.
fn bears(host: &str, handle: &str, name: &str) -> bool {
    let core = letters(host.rsplit_once('.').map_or(host, |(core, _)| core));
    let alike =
        |name: &str| name.len() >= NAME_MIN && (name.contains(&core) || core.contains(name));
    core.len() >= NAME_MIN && (alike(handle) || alike(name))
}

/// The host of a link without `www.`: behind a user's name, before a port.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    host.strip_prefix("www.").unwrap_or(host)
}

/// Letters and digits in lower case.
pub(super) fn letters(text: &str) -> String {
    if text.is_ascii() {
        let mut letters = text.to_owned();
        letters.retain(|letter| letter.is_ascii_alphanumeric());
        letters.make_ascii_lowercase();
        return letters;
    }
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::super::cases::post;
    use super::*;

    #[test]
    fn hosts_are_where_a_link_leads() {
        for (url, leads) in [
            ("https://www.library.example.org/x?y", "library.example.org"),
            ("https://library.example.org:8443/x", "library.example.org"),
            ("https://library.example.org:x@evil.example/buy", "evil.example"),
            ("library.example.org", "library.example.org"),
        ] {
            assert_eq!(host(url), leads, "{url}");
        }
    }

    #[test]
    fn an_own_site_bears_the_authors_name() {
        // The author of these cases is called bean_counter.
        for (text, own) in [
            ("new https://www.beancounter.example/x", Some(true)),
            ("new https://shop.beancounter.co.example/x", Some(true)),
            ("new https://moss.example/x", Some(false)),
            ("new https://t.co/x", None),
            ("no link", None),
        ] {
            assert_eq!(Links::of(&post(text)).own, own, "{text}");
        }
        assert!(Links::of(&post("https://www.etsy.example/x")).shop);
    }
}
