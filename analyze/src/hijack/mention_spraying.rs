//! `mention-spraying`
//!
//! # What
//! Five or more names in a post that is no reply.
//!
//! # Why it hurts
//! People are pulled in who did not ask for it.
//!
//! # Example
//! `Have you seen this? @a @b @c @d @e https://…`
//!
//! # Known misses
//! Thanks to many by a host: hosts are never flagged.

use colloquy_transcript::{Post, Reason};

use super::{Circumstances, reason};

pub(super) const CODE: &str = "mention-spraying";
/// Names from which a post is sprayed.
const NAMES_MIN: usize = 5;

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    let names = post.mentions.len();
    let replies = circumstances.values.reply > 0.5 || circumstances.habits.talks() > 0;
    (names >= NAMES_MIN && !replies && !post.urls.is_empty()).then(|| {
        let sentence = format!("names {names} people, and answers none of them");
        reason(CODE, sentence, None, names as f32, NAMES_MIN as f32)
    })
}

#[cfg(test)]
mod tests {
    use super::super::cases::{post, stranger, with};
    use super::*;

    #[test]
    fn must_flag() {
        let mut names = post("Seen this? https://x.example");
        names.mentions = ["a", "b", "c", "d", "e"].map(Into::into).to_vec();
        assert!(fires(&names, &stranger()).is_some());
    }

    #[test]
    fn looks_alike_and_must_not() {
        let mut names = post("Thanks all");
        names.mentions = ["a", "b", "c", "d", "e"].map(Into::into).to_vec();
        assert!(fires(&names, &stranger()).is_none(), "without a link nothing is sold");
        let mut reply = post("yes! https://x.example");
        reply.mentions = ["a", "b", "c", "d", "e"].map(Into::into).to_vec();
        assert!(fires(&reply, &with(&stranger(), |values| values.reply = 1.0)).is_none());
    }
}
