//! `promotion-forbidden`
//!
//! # What
//! In a chat that forbids promotion: an offer with a link, or the same link several times, by an
//! author who takes part. Those who do not are judged by the other rules.
//!
//! # Why it hurts
//! The chat agreed that nobody sells here; answering a question first buys no exception.
//!
//! # Known misses
//! Promotion without words of an offer. A participant who gives the same reference twice is caught.

use colloquy_transcript::{Post, Reason};

use super::{Circumstances, call_to_action, reason, repeated_link};

pub(super) const CODE: &str = "promotion-forbidden";

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    if post.urls.is_empty() {
        return None;
    }
    let repeated = circumstances.habits.same_link >= repeated_link::TIMES_MIN;
    let promotes = repeated || call_to_action::fires(post, circumstances).is_some();
    if !circumstances.took_part() || !promotes {
        return None;
    }
    let sentence = "this chat forbids promotion, to those who take part as well".to_owned();
    Some(reason(CODE, sentence, circumstances.link(post), 1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::super::Past;
    use super::super::cases::{post, stranger};
    use super::*;

    fn participant(same_link: u32) -> Circumstances {
        Circumstances { habits: Past { answers: 2, same_link, ..Past::default() }, ..stranger() }
    }

    #[test]
    fn participants_who_promote_are_caught() {
        let offer = post("A2: mulch. Use code BEANS https://shop.example/x");
        assert!(fires(&offer, &participant(1)).is_some());
        assert!(fires(&post("My blog https://blog.example/x"), &participant(2)).is_some());
        let returned = Circumstances { attended_before: 1, ..stranger() };
        assert!(fires(&offer, &returned).is_some());
    }

    #[test]
    fn sharing_once_is_not_promotion_and_strangers_are_judged_elsewhere() {
        assert!(fires(&post("A2: see https://blog.example/x"), &participant(1)).is_none());
        assert!(fires(&post("A2: use code BEANS, they said"), &participant(1)).is_none());
        assert!(fires(&post("Use code BEANS https://shop.example/x"), &stranger()).is_none());
    }
}
