//! `near-duplicate`
//!
//! # What
//! The post says nearly what another post says: of the same author, or of several accounts; links, names, tags and numbers do not make it another.
//!
//! # Why it hurts
//! The same advert with ever new links is one advert.
//!
//! # Example
//! `Mulch basics: 9 pages! Can your beans do without? https://…`, five times with another number
//!
//! # Known misses
//! Texts that are written anew each time.

use colloquy_transcript::{Post, Reason, ToCompactString};

use super::{Circumstances, reason, whole};

pub(super) const CODE: &str = "near-duplicate";
/// Of the author's posts with links so many must be repeats.
const REPEATS_MIN: u32 = 2;
/// Other accounts that say the same.
const COPIES_MIN: f32 = 2.0;

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    let (values, habits) = (&circumstances.values, &circumstances.habits);
    if values.copied >= COPIES_MIN {
        let others = whole(values.copied).to_compact_string();
        let sentence = [&*others, " other accounts say nearly the same"].concat();
        return Some(reason(CODE, sentence, None, values.copied, COPIES_MIN));
    }
    let repeats = values.repeats > 0.5 && habits.repeats >= REPEATS_MIN && !post.urls.is_empty();
    repeats.then(|| {
        let (repeats, posts) =
            (habits.repeats.to_compact_string(), habits.originals.to_compact_string());
        let under = " posts under the tag say nearly the same";
        let sentence = [&*repeats, " of the author's ", &*posts, under].concat();
        reason(CODE, sentence, None, habits.repeats as f32, REPEATS_MIN as f32)
    })
}

#[cfg(test)]
mod tests {
    use super::super::cases::{post, stranger, with};
    use super::*;

    #[test]
    fn must_flag() {
        let mut again = with(&stranger(), |values| values.repeats = 1.0);
        again.habits.repeats = 4;
        again.habits.originals = 5;
        let found = fires(&post("Mulch basics https://shop.example/4"), &again);
        assert_eq!(
            found.unwrap().sentence,
            "4 of the author's 5 posts under the tag say nearly the same"
        );
        let copied = with(&stranger(), |values| values.copied = 3.0);
        assert!(fires(&post("Win a wheelbarrow"), &copied).is_some());
    }

    #[test]
    fn looks_alike_and_must_not() {
        let once = with(&stranger(), |values| values.repeats = 1.0);
        assert!(fires(&post("Mulch basics https://shop.example/1"), &once).is_none());
        let mut talk = with(&stranger(), |values| values.repeats = 1.0);
        talk.habits.repeats = 9;
        assert!(
            fires(&post("Good morning all"), &talk).is_none(),
            "without a link it sells nothing"
        );
    }
}
