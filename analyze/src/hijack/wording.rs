//! What a verdict needs of a post's words beside its evidence.

use colloquy_transcript::Post;

use super::letters::{LETTER, Tokens};
use super::{MODEL, call_to_action, scam};

/// What a verdict needs of a post's words: read once, whatever week they are judged in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wording {
    /// What its grams weigh.
    pub(super) grams: f64,
    /// Whether it may hold the wording of a scam; if not, nobody need look.
    pub(super) may_scam: bool,
    /// Whether it may ask to buy or sign up.
    pub(super) may_offer: bool,
}

impl Wording {
    /// Reads the words of a post.
    pub fn of(post: &Post) -> Self {
        let mut weigher = MODEL.weigher();
        for (token, kinds) in Tokens::of(&post.text) {
            weigher.token(token, kinds & !LETTER != 0);
        }
        Self::weighed(post, weigher.finish(&post.text))
    }

    /// The same of a post whose grams weigh this much.
    pub(super) fn weighed(post: &Post, grams: f64) -> Self {
        Self { grams, may_scam: scam::may_fire(post), may_offer: call_to_action::may_fire(post) }
    }
}
