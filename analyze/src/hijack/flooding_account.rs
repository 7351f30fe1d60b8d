//! `flooding-account`
//!
//! # What
//! A link from an account that has posted a hundred times a day ever since it was opened, by somebody
//! who never talks here.
//!
//! # Why it hurts
//! Nobody writes that much: a machine does, and this room is one of many.
//!
//! # Example
//! `Grow lights, half price https://… #gardenchat`, from an account with 90,000 posts in two years
//!
//! # Known misses
//! Machines that post little. Archives without counts say nothing.

use colloquy_transcript::{Post, Reason};

use super::{Circumstances, reason};

pub(super) const CODE: &str = "flooding-account";
/// Posts a day from which it is a flood.
const DAILY_MIN: f32 = 100.0;

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    if post.urls.is_empty() || !circumstances.never_talked() {
        return None;
    }
    let (opened, posts) = post.author.created_at.zip(post.author.posts)?;
    let days = (post.created_at.duration_since(opened).as_hours() as f32 / 24.0).max(1.0);
    let daily = (posts as f32 / days).round();
    (daily >= DAILY_MIN).then(|| {
        let sentence = format!("its account posts {daily} times a day");
        reason(CODE, sentence, None, daily, DAILY_MIN)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::super::cases::{post, stranger};
    use super::*;

    fn with(text: &str, posts: u64) -> Post {
        let mut post = post(text);
        post.author.created_at = Some("2024-03-05T20:00:00Z".parse().unwrap());
        post.author.posts = Some(posts);
        post
    }

    #[test]
    fn must_flag() {
        let flood = with("Grow lights https://light.example", 80_000);
        let found = fires(&flood, &stranger()).unwrap();
        assert_eq!(found.sentence, "its account posts 219 times a day");
    }

    #[test]
    fn looks_alike_and_must_not() {
        let link = "My winter list https://blog.example";
        assert!(fires(&with(link, 9_000), &stranger()).is_none());
        assert!(fires(&post(link), &stranger()).is_none(), "nobody knows how many");
        assert!(fires(&with("I post a lot", 80_000), &stranger()).is_none());
        let returned = Circumstances { attended_before: 1, ..stranger() };
        assert!(fires(&with(link, 80_000), &returned).is_none());
    }
}
