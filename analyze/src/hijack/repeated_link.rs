//! `repeated-link`
//!
//! # What
//! The author put the same link (campaign parameters aside) under the tag several times within
//! one meeting or one week, and answered nothing.
//!
//! # Why it hurts
//! Once is sharing, three times is a campaign.
//!
//! # Known misses
//! The same link from several accounts; the same text with ever new links.

use colloquy_transcript::{Post, Reason, ToCompactString};

use super::{Circumstances, reason};

pub(super) const CODE: &str = "repeated-link";
/// Posts with the same link from which it is a campaign.
pub(super) const TIMES_MIN: u32 = 2;

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    let habits = &circumstances.habits;
    if post.urls.is_empty() || habits.same_link < TIMES_MIN || habits.answers > 0 {
        return None;
    }
    let times = habits.same_link.to_compact_string();
    let sentence = ["the same link ", &*times, " times, never answered a question"].concat();
    Some(reason(
        CODE,
        sentence,
        circumstances.link(post),
        habits.same_link as f32,
        TIMES_MIN as f32,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Past;
    use super::super::cases::{post, stranger};
    use super::*;

    fn with(same_link: u32, answers: u32) -> Circumstances {
        Circumstances { habits: Past { answers, same_link, ..Past::default() }, ..stranger() }
    }

    #[test]
    fn campaigns_are_caught_and_sharing_is_not() {
        let link = post("https://shop.example/x");
        assert!(fires(&link, &with(2, 0)).is_some());
        assert!(fires(&link, &with(1, 0)).is_none());
        assert!(fires(&link, &with(4, 1)).is_none());
        assert!(fires(&post("no link"), &with(4, 0)).is_none());
    }
}
