//! Where a post's links lead, as far as they were expanded.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use colloquy_transcript::Post;

use super::bytes::{holds, scheme_end};
use super::letters::plain;

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
    /// Those of a post whose author's handle has these letters; none if it is not known, or too short.
    pub(super) fn of(post: &Post, handle: &[u8]) -> Self {
        let all = u8::try_from(post.urls.len()).unwrap_or(u8::MAX);
        let mut links = Self { all, ..Self::default() };
        for host in post.urls.iter().map(|url| host(url)) {
            links.shop = links.shop || is_shop(host);
            if AT_HOME.contains(&host) {
                continue;
            }
            links.outside = true;
            if !handle.is_empty() && links.own != Some(true) {
                links.own = Some(bears(host, handle, post.author.name.as_deref()));
            }
        }
        links
    }
}

fn is_shop(host: &str) -> bool {
    static SHOP: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(SHOPS).ok());
    SHOP.as_ref().is_some_and(|shop| shop.is_match(host))
}

/// What stands before many a host's own name, and is nobody's.
const COMMON: &[&str] = &[
    "blog",
    "blogs",
    "news",
    "shop",
    "store",
    "info",
    "mail",
    "docs",
    "events",
    "learn",
    "help",
    "site",
    "github",
    "wordpress",
    "medium",
    "substack",
    "google",
    "youtube",
];

/// Whether one of a host's own names (`shop.bean-co.example` has two) and a name of the author's contain one
/// another.
fn bears(host: &str, handle: &[u8], name: Option<&str>) -> bool {
    let own = host.rsplit_once('.').map_or(host, |(own, _)| own).split('.');
    let own = own.filter(|label| !COMMON.contains(label)).map(letters);
    let own: Vec<Vec<u8>> = own.filter(|label| label.len() >= NAME_MIN).collect();
    let alike = |name: &[u8]| {
        name.len() >= NAME_MIN && own.iter().any(|own| holds(name, own) || holds(own, name))
    };
    alike(handle) || name.is_some_and(|name| alike(&letters(name)))
}

/// The host of a link without `www.`: behind a user's name, before a port.
pub(super) fn host(url: &str) -> &str {
    let rest = scheme_end(url).map_or(url, |at| &url[at + 3..]);
    let end = memchr::memchr3(b'/', b'?', b'#', rest.as_bytes()).unwrap_or(rest.len());
    let authority = &rest[..end];
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    host.strip_prefix("www.").unwrap_or(host)
}

/// Letters and digits in lower case.
pub(super) fn letters(text: &str) -> Vec<u8> {
    let mut letters = Vec::with_capacity(text.len());
    add_letters(text, &mut letters);
    letters
}

/// Appends letters and digits in lower case.
pub(super) fn add_letters(text: &str, to: &mut Vec<u8>) {
    if text.is_ascii() {
        let mut end = to.len();
        to.resize(end + text.len(), 0);
        for letter in text.bytes().map(plain) {
            to[end] = letter;
            end += usize::from(letter != 0);
        }
        to.truncate(end);
        return;
    }
    for letter in text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase) {
        to.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }
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
            ("new https://shop.bean.example/x", Some(true)),
            ("new https://moss.example/x", Some(false)),
            ("new https://blog.moss.example/blog/bean", Some(false)),
            ("new https://t.co/x", None),
            ("no link", None),
        ] {
            assert_eq!(Links::of(&post(text), b"beancounter").own, own, "{text}");
        }
        assert!(Links::of(&post("https://www.etsy.example/x"), b"").shop);
    }
}
