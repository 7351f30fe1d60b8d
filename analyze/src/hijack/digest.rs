//! `digest`
//!
//! # What
//! An automatic digest of other people's posts, or a hunt for followers.
//!
//! # Why it hurts
//! A machine names people so that they pass it on.
//!
//! # Example
//! `The latest Garden Daily! https://… Thanks to @bea @moss`
//!
//! # Known misses
//! Digests under other names.

use colloquy_transcript::{Post, Reason};

use super::{Circumstances, reason};

pub(super) const CODE: &str = "digest";

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    (circumstances.values.digest > 0.5 && !post.urls.is_empty()).then(|| {
        let sentence = "an automatic digest, or a hunt for followers".to_owned();
        reason(CODE, sentence, None, 1.0, 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::super::cases::{post, stranger, with};
    use super::*;

    #[test]
    fn must_flag() {
        let digest = with(&stranger(), |values| values.digest = 1.0);
        assert!(fires(&post("The latest Garden Daily! https://paper.example"), &digest).is_some());
    }

    #[test]
    fn looks_alike_and_must_not() {
        assert!(fires(&post("I dig daily https://blog.example"), &stranger()).is_none());
    }
}
