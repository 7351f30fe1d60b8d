//! `young-account`
//!
//! # What
//! A link from an account that was opened a few weeks before, by somebody who never talks here.
//!
//! # Why it hurts
//! Accounts that are thrown away after a campaign cannot be spoken to.
//!
//! # Example
//! `Grow lights, half price https://… #gardenchat`, from an account of last Tuesday
//!
//! # Known misses
//! Bought and hacked accounts are old. Archives without dates of accounts say nothing.

use colloquy_transcript::{Post, Reason};

use super::{Circumstances, reason};

pub(super) const CODE: &str = "young-account";
/// An account is young for so many days.
const DAYS_MAX: f32 = 30.0;

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    if post.urls.is_empty() || !circumstances.never_talked() {
        return None;
    }
    let opened = post.author.created_at?;
    let days = (post.created_at.duration_since(opened).as_hours().max(0) as f32 / 24.0).floor();
    (days <= DAYS_MAX).then(|| {
        let sentence =
            format!("its account is {days} days old, and its author has talked to nobody here");
        reason(CODE, sentence, None, days, DAYS_MAX)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::super::cases::{post, stranger};
    use super::*;

    fn opened(text: &str, date: &str) -> Post {
        let mut post = post(text);
        post.author.created_at = Some(date.parse().unwrap());
        post
    }

    #[test]
    fn must_flag() {
        let young = opened("Grow lights https://light.example", "2025-03-01T20:00:00Z");
        let found = fires(&young, &stranger()).unwrap();
        assert!(found.sentence.starts_with("its account is 4 days old"), "{}", found.sentence);
    }

    #[test]
    fn looks_alike_and_must_not() {
        let link = "Grow lights https://light.example";
        assert!(fires(&opened(link, "2021-03-01T20:00:00Z"), &stranger()).is_none());
        assert!(fires(&post(link), &stranger()).is_none(), "nobody knows how old");
        let talk = opened("New here, hello all", "2025-03-01T20:00:00Z");
        assert!(fires(&talk, &stranger()).is_none(), "newcomers are welcome");
        let mut talks = stranger();
        talks.habits.plain = 1;
        assert!(fires(&opened(link, "2025-03-01T20:00:00Z"), &talks).is_none());
    }
}
