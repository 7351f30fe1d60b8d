//! `own-site`
//!
//! # What
//! A link to a site that bears the name of the account, from somebody who does not talk here.
//!
//! # Why it hurts
//! The tag is used as a shop window for the author's own house.
//!
//! # Example
//! `@bean_counter: our new planner https://beancounter.example #gardenchat`
//!
//! # Known misses
//! Sites under another name; short links that no archive expanded.

use colloquy_transcript::{Post, Reason};

use super::{Circumstances, reason};

pub(super) const CODE: &str = "own-site";

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    let own = circumstances.values.own_link > 0.5 && circumstances.habits.talks() == 0;
    let link = post.urls.first()?;
    own.then(|| {
        let sentence = format!("links to a site of its own name, and talks to nobody here: {link}");
        reason(CODE, sentence, circumstances.link(post), 1.0, 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::super::cases::{post, stranger, with};
    use super::*;

    #[test]
    fn must_flag() {
        let own = with(&stranger(), |values| values.own_link = 1.0);
        assert!(fires(&post("new https://beancounter.example/x"), &own).is_some());
    }

    #[test]
    fn looks_alike_and_must_not() {
        let own = with(&stranger(), |values| values.own_link = 1.0);
        let mut talks = own;
        talks.habits.replies = 1;
        assert!(fires(&post("new https://beancounter.example/x"), &talks).is_none());
        let unknown = with(&stranger(), |values| values.own_link = f32::NAN);
        assert!(fires(&post("new https://moss.example/x"), &unknown).is_none());
    }
}
