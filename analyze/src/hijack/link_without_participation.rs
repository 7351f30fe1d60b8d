//! `link-without-participation`
//!
//! # What
//! A post with a link whose author took no part: no answer and no reply to anybody in this
//! stretch, nobody replied to them, and no earlier meeting attended.
//!
//! # Why it hurts
//! Whoever drops a link and leaves uses the room as a billboard.
//!
//! # Known misses
//! Sellers who also answer a question. Lurkers who share a good resource once are caught: alone
//! this rule only asks for a look.

use colloquy_transcript::{Post, Reason, ToCompactString};

use super::{Circumstances, reason};

pub(super) const CODE: &str = "link-without-participation";

/// What is missing.
const BUT: &str = ", but no answer, no reply to or from anybody, and no earlier session attended";

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    let habits = &circumstances.habits;
    if post.urls.is_empty() || circumstances.took_part() {
        return None;
    }
    let sentence = match habits.links {
        0 | 1 => ["a link", BUT].concat(),
        more => [&*more.to_compact_string(), " posts with links", BUT].concat(),
    };
    Some(reason(CODE, sentence, circumstances.link(post), 0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use colloquy_transcript::Role;

    use super::super::Past;
    use super::super::cases::{post, stranger};
    use super::*;

    #[test]
    fn strangers_with_links_are_caught() {
        let found = fires(&post("Look https://shop.example/x #gardenchat"), &stranger());
        assert_eq!(found.and_then(|reason| reason.span), Some((5, 27)));
    }

    #[test]
    fn whoever_takes_part_is_not() {
        let link = post("Look https://shop.example/x #gardenchat");
        let with = |habits: Past| Circumstances { habits, ..stranger() };
        for circumstances in [
            with(Past { answers: 1, ..Past::default() }),
            with(Past { replies: 1, ..Past::default() }),
            with(Past { heard: 1, ..Past::default() }),
            Circumstances { attended_before: 1, ..stranger() },
            Circumstances { role: Role::Answer, ..stranger() },
        ] {
            assert_eq!(fires(&link, &circumstances), None, "{circumstances:?}");
        }
        assert_eq!(fires(&post("Hello #gardenchat"), &stranger()), None);
    }
}
