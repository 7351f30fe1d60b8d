//! `cross-chat`
//!
//! # What
//! Three or more tags of other chats. A class of its own, not a hijack: it only tells a moderator what the post is.
//!
//! # Why it hurts
//! The same words to many rooms are a notice, not talk.
//!
//! # Example
//! `Join us Saturday! #soilchat #seedchat #composthour #gardenchat`
//!
//! # Known misses
//! Broadcasts to tags whose names do not end in chat, hour or talk.

use colloquy_transcript::{Post, Reason};

use super::{Circumstances, reason, whole};

pub(super) const CODE: &str = "cross-chat";
/// Tags of other chats.
const CHATS_MIN: f32 = 3.0;

pub(super) fn fires(_: &Post, circumstances: &Circumstances) -> Option<Reason> {
    let chats = circumstances.values.chats;
    (chats >= CHATS_MIN).then(|| {
        let sentence = format!("sent to {} other chats as well", whole(chats));
        reason(CODE, sentence, None, chats, CHATS_MIN)
    })
}

#[cfg(test)]
mod tests {
    use super::super::cases::{post, stranger, with};
    use super::*;

    #[test]
    fn must_flag() {
        let many = with(&stranger(), |values| values.chats = 4.0);
        assert_eq!(
            fires(&post("Join us"), &many).unwrap().sentence,
            "sent to 4 other chats as well"
        );
    }

    #[test]
    fn looks_alike_and_must_not() {
        let two = with(&stranger(), |values| values.chats = 2.0);
        assert!(fires(&post("Join us"), &two).is_none());
    }
}
