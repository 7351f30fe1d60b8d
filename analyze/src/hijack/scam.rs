//! `scam`
//!
//! # What
//! Wording of scams and of adult offers, which no chat's subject needs.
//!
//! # Why it hurts
//! It robs people, and drives others away.
//!
//! # Example
//! `Turn 100 into 2,000 a week, guaranteed returns, DM me #gardenchat`
//!
//! # Known misses
//! Misspelt words; pictures.

use std::sync::LazyLock;

use colloquy_transcript::{Post, Reason};
use regex::Regex;

use super::{Circumstances, reason, span_of};

pub(super) const CODE: &str = "scam";

#[expect(clippy::expect_used, reason = "a constant pattern; the tests of this module compile it")]
static WORDING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)\b(?:
        guaranteed\s(?:income|returns?|profits?) | passive\sincome | double\syour\s(?:money|bitcoin|crypto)
        | forex\s(?:signals?|trading) | crypto\s(?:giveaway|signals?|airdrop) | bitcoin\sinvestment
        | (?:earn|make)\s[$£€]?\s?\d[\d.,]*\s?k?\s(?:a|per)\s(?:day|week|month)
        | (?:online\s)?casino\sbonus | betting\stips | free\sspins | payday\sloans?
        | onlyfans | xxx\svideos? | hot\s(?:girls|singles) | cam\sgirls?
        | buy\sfollowers | (?:cheap|buy)\sviagra | weight\sloss\s(?:pills?|miracle)
        )\b",
    )
    .expect("the pattern of scams is well formed")
});

pub(super) fn fires(post: &Post, _: &Circumstances) -> Option<Reason> {
    let found = WORDING.find(&post.text)?;
    let sentence = format!("wording of a scam or an adult offer: “{}”", found.as_str());
    Some(reason(CODE, sentence, span_of(found.range()), 1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::super::cases::{post, stranger};
    use super::*;

    #[test]
    fn must_flag() {
        for text in [
            "Guaranteed returns, DM me",
            "I make $2,000 a week from home",
            "Free spins tonight",
            "buy followers here",
        ] {
            assert!(fires(&post(text), &stranger()).is_some(), "{text}");
        }
    }

    #[test]
    fn looks_alike_and_must_not() {
        for text in [
            "Beans do not make money",
            "a passive house with an income of sun",
            "I lost weight on the allotment",
            "hot compost, single bin",
        ] {
            assert!(fires(&post(text), &stranger()).is_none(), "{text}");
        }
    }
}
