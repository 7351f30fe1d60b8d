//! `call-to-action`
//!
//! # What
//! Words of an offer (a discount, a code, free shipping, "shop now", "sign up today") together
//! with a link or an account to go to.
//!
//! # Why it hurts
//! It asks the room to buy, not to talk.
//!
//! # Known misses
//! Offers in other languages than English, Spanish, French and German; quiet content marketing.

use std::sync::LazyLock;

use colloquy_transcript::{Post, Reason};

use super::wording::{Span, quoted};
use super::{Circumstances, reason, span_of};
use crate::sieve::Sieved;

pub(super) const CODE: &str = "call-to-action";

#[expect(clippy::expect_used, reason = "a constant pattern; the tests of this module compile it")]
pub(super) static OFFER: LazyLock<Sieved> = LazyLock::new(|| {
    Sieved::new(
        r"
        \b(?:
          \d{1,2}\s?%\s(?:off|rabatt|de\s(?:descuento|réduction|remise))
        | (?:use|with|mit|con|avec)\s(?:the\s|dem\s|el\s|le\s)?(?:promo\s|discount\s)?(?:code|código|gutscheincode)\s\w+
        | (?:shop|buy|order|enrol+|register|subscribe|book|download|get\syours|sign\sup|join)\s(?:it\s)?(?:now|today|here)
        | free\s(?:shipping|delivery|trial|webinar)
        | (?:limited\stime|flash\ssale|spring\ssale|on\ssale|special\soffer|early\sbird)
        | (?:dm|message)\s(?:me|us)\s(?:for|to)\b
        | link\sin\s(?:my\s|our\s)?bio
        | (?:guaranteed|passive)\s(?:income|returns|profits?)
        | (?:jetzt\s(?:kaufen|bestellen)|compra\s(?:ya|ahora)|achetez\smaintenant)
        )",
    )
    .expect("the pattern of offers is well formed")
});

/// Where a post whose text passed the sieve asks to buy or sign up, and says where.
pub(super) fn find(post: &Post) -> Option<Span> {
    if post.urls.is_empty() && post.mentions.is_empty() {
        return None;
    }
    OFFER.search(&post.text).and_then(|found| span_of(found.range()))
}

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    let span = circumstances.wording.map_or_else(|| find(post), |wording| wording.offer)?;
    let sentence = ["asks to buy or sign up: “", quoted(post, span), "”"].concat();
    Some(reason(CODE, sentence, Some(span), 1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::super::cases::{post, stranger};
    use super::*;

    #[test]
    fn offers_are_caught() {
        for text in [
            "20% off all seeds https://shop.example",
            "Use code BEANS https://shop.example",
            "Shop now! https://shop.example",
            "FREE SHIPPING https://shop.example",
            "Jetzt bestellen https://shop.example",
            "Guaranteed income https://coin.example",
        ] {
            assert!(fires(&post(text), &stranger()).is_some(), "{text}");
        }
    }

    #[test]
    fn lookalikes_are_not() {
        for text in [
            "20% of my beans froze https://blog.example",
            "I buy local where I can https://blog.example",
            "We shop at the market on Saturdays https://blog.example",
            "Free seeds at the library swap https://library.example",
            "20% off, they said. Nobody came.",
        ] {
            assert!(fires(&post(text), &stranger()).is_none(), "{text}");
        }
    }
}
