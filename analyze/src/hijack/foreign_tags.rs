//! `foreign-tags`
//!
//! # What
//! Several tags that nobody else in this chat uses.
//!
//! # Why it hurts
//! The post is addressed to every feed at once, not to this room.
//!
//! # Example
//! `Planters! https://… #gardenchat #mondaymood #deals #homedecor #giftideas`
//!
//! # Known misses
//! Sellers who use the room's own tags.

use colloquy_transcript::{Post, Reason};

use super::{Circumstances, reason, whole};

pub(super) const CODE: &str = "foreign-tags";
/// Tags that nobody else uses from which the post is addressed elsewhere.
const FOREIGN_MIN: f32 = 3.0;

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    let values = &circumstances.values;
    let foreign = values.tags_rare >= FOREIGN_MIN && !post.urls.is_empty();
    (foreign && circumstances.habits.talks() == 0).then(|| {
        let tags = whole(values.tags_rare);
        let sentence = format!("{tags} of its tags are used by nobody else in this chat");
        reason(CODE, sentence, None, values.tags_rare, FOREIGN_MIN)
    })
}

#[cfg(test)]
mod tests {
    use super::super::cases::{post, stranger, with};
    use super::*;

    #[test]
    fn must_flag() {
        let many = with(&stranger(), |values| values.tags_rare = 4.0);
        assert!(fires(&post("Planters https://shop.example"), &many).is_some());
    }

    #[test]
    fn looks_alike_and_must_not() {
        let two = with(&stranger(), |values| values.tags_rare = 2.0);
        assert!(fires(&post("Planters https://shop.example"), &two).is_none());
        let many = with(&stranger(), |values| values.tags_rare = 5.0);
        assert!(fires(&post("so many tags, no link"), &many).is_none());
    }
}
