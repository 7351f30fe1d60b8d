//! `off-topic`
//!
//! # What
//! Hardly any of its words is used by anybody who takes part here, and it bears a link or comes from somebody who never talks.
//!
//! # Why it hurts
//! It has nothing to do with what the room talks about.
//!
//! # Example
//! `Sparkling drains in minutes https://… #gardenchat`
//!
//! # Known misses
//! Adverts in the words of the room; weeks in which hardly anybody writes.

use colloquy_transcript::{Post, Reason, ToCompactString};

use super::{Circumstances, reason, whole};

pub(super) const CODE: &str = "off-topic";
/// Share of words that no participant uses …
const ALIEN_MIN: f32 = 0.75;
/// … of at least so many words.
const WORDS_MIN: usize = 5;

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    let values = &circumstances.values;
    let stranger = circumstances.habits.talks() == 0;
    let enough = || crate::words::has_words(&post.text, WORDS_MIN);
    (values.alien >= ALIEN_MIN && stranger && enough()).then(|| {
        let percent = whole((values.alien * 100.0).round()).to_compact_string();
        let of = " % of its words are used by nobody who takes part here";
        let sentence = [&*percent, of].concat();
        reason(CODE, sentence, None, values.alien, ALIEN_MIN)
    })
}

#[cfg(test)]
mod tests {
    use super::super::cases::{post, stranger, with};
    use super::*;

    #[test]
    fn must_flag() {
        let alien = with(&stranger(), |values| values.alien = 0.9);
        let found = fires(
            &post("Sparkling drains within minutes guaranteed https://drain.example"),
            &alien,
        );
        assert_eq!(
            found.unwrap().sentence,
            "90 % of its words are used by nobody who takes part here"
        );
    }

    #[test]
    fn looks_alike_and_must_not() {
        let alien = with(&stranger(), |values| values.alien = 0.9);
        assert!(fires(&post("Lovely!"), &alien).is_none(), "too short to tell");
        let mut talks = alien;
        talks.habits.plain = 2;
        assert!(fires(&post("My neighbour's cat has learnt to open doors"), &talks).is_none());
    }
}
