//! What the words of a post say to a verdict.

use std::sync::LazyLock;

use colloquy_transcript::Post;

use super::model::Weigher;
use super::{MODEL, call_to_action, scam};
use crate::sieve::Sieve;

/// A span of bytes as it is published.
pub(super) type Span = (u32, u32);

/// What a verdict needs of a post's words: read once, whatever week they are judged in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wording {
    /// What its grams weigh.
    pub(super) grams: f64,
    /// Where the wording of a scam stands.
    pub(super) scam: Option<Span>,
    /// Where it asks to buy or sign up.
    pub(super) offer: Option<Span>,
    /// Where its first link stands in it.
    pub(super) link: Option<Span>,
}

/// Bits of [`SIEVE`].
const SCAM: u8 = 1;
const OFFER: u8 = 2;

/// The patterns that are looked for in every post, sieved at once.
static SIEVE: LazyLock<Sieve> =
    LazyLock::new(|| Sieve::of(&[scam::WORDING.written(), call_to_action::OFFER.written()]));

impl Default for Weigher<'static> {
    /// That of the model that comes with the program.
    fn default() -> Self {
        MODEL.weigher()
    }
}

impl Wording {
    /// Reads the words of a post.
    pub fn of(post: &Post) -> Self {
        let mut wording = Self::of_grams(Weigher::default().weigh(&post.text));
        wording.search(post);
        wording
    }

    /// That of a post whose grams weigh this much, before anything else is looked for.
    pub(super) fn of_grams(grams: f64) -> Self {
        Self { grams, scam: None, offer: None, link: None }
    }

    /// Looks for everything else.
    pub(super) fn search(&mut self, post: &Post) {
        let text = post.text.as_str();
        let passing = SIEVE.passing(text);
        self.scam = (passing & SCAM != 0).then(|| scam::find(text)).flatten();
        self.offer = (passing & OFFER != 0).then(|| call_to_action::find(post)).flatten();
        self.link = first_link(post);
    }
}

/// Where a post's first link stands in its text.
pub(super) fn first_link(post: &Post) -> Option<Span> {
    post.urls.first().and_then(|link| super::span(&post.text, link))
}

/// What stands at a span.
pub(super) fn quoted(post: &Post, span: Span) -> &str {
    post.text.get(span.0 as usize..span.1 as usize).unwrap_or_default()
}
