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

use super::wording::{Span, quoted};
use super::{Circumstances, reason, span_of};
use crate::sieve::Sieved;

pub(super) const CODE: &str = "scam";

#[expect(clippy::expect_used, reason = "a constant pattern; the tests of this module compile it")]
pub(super) static WORDING: LazyLock<Sieved> = LazyLock::new(|| {
    Sieved::new(
        r"
        \b(?:
        guaranteed\s(?:income|returns?|profits?) | passive\sincome | double\syour\s(?:money|bitcoin|crypto)
        | forex\s(?:signals?|trading) | bitcoin\sinvestment | \d{2,}x\s(?:gems?|altcoins?|tokens?) | \d{3,}x\spotential
        | (?:crypto|tokens?|nfts?|\w*coins?)\s(?:giveaway|signals?|airdrop|presale|pre-sale)
        | claim\s(?:the|your|our|free)\s(?:free\s)?(?:airdrop|tokens|crypto)
        | airdrop\b[^.?]{0,20}[!:][^.?]{0,40}\b(?:wallets?|\w*tokens?|\w*coins?)
        | (?:earn|make)\s(?:[$£€]\s?\d[\d.,]*\s?k?|\d[\d.,]*\s?k|\d{1,3}[.,]\d{3})\s(?:a|per)\s(?:day|week|month)
        | (?:recover|retrieve)\s(?:your\s)?(?:hacked|lost|stolen)\s(?:accounts?|funds|wallets?|crypto|bitcoins?)
        | (?:online\s)?casino\sbonus | betting\stips | free\sspins | judi\sonline | slot\sgacor | payday\sloans?
        | (?:we|i)(?:\s(?:can|will)|'ll|’ll)?\s(?:write|do|ace)\syour\s(?:essays?|assignments?|homework|dissertation|thesis|coursework)
        | onlyfans | xxx\svideos? | hot\s(?:girls|singles) | cam\sgirls? | sugar\s(?:daddy|baby|mummy)
        | buy\sfollowers | (?:cheap|buy)\sviagra | weight\sloss\s(?:pills?|miracle)
        )\b",
    )
    .expect("the pattern of scams is well formed")
});

/// Where a text that passed the sieve holds such wording.
pub(super) fn find(text: &str) -> Option<Span> {
    WORDING.search(text).and_then(|found| span_of(found.range()))
}

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    let span = circumstances.wording.map_or_else(|| find(&post.text), |wording| wording.scam)?;
    let sentence = format!("wording of a scam or an adult offer: “{}”", quoted(post, span));
    Some(reason(CODE, sentence, Some(span), 1.0, 1.0))
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
            "Our token presale is live, grab a bag before it lists",
            "Claim your free tokens now",
            "Next 100x gem, do not miss it",
            "Airdrop! First 500 wallets get MossToken",
            "Deadline tonight? We write your essays from scratch",
            "Retrieve your hacked account, contact the expert",
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
            "Tickets: the presale for members begins on Monday",
            "An airdrop of seeds over the hills, in 1952",
            "How do you do your assessments of soil?",
            "I get to write your story into the book of the garden",
            "The next 10 plants to sow",
            "A2: do your homework before you buy a camera",
            "Write your thesis in small chunks",
            "The presale is open for members",
            "the next 10x engineer, or the potential 10x of compost",
            "I make 2 a week, rye mostly",
            "My account was hacked, sorry for the messages",
        ] {
            assert!(fires(&post(text), &stranger()).is_none(), "{text}");
        }
    }
}
