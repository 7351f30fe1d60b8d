//! What a post says around questions and answers, found out once.
//!
//! Discovery, inquiry and the rules of a meeting ask the same posts whether they greet, open, close or tell
//! how to answer, and a pattern costs more than all else that is asked of a post.

use std::cell::Cell;

use crate::phrases;
use crate::seen::Seen;

/// A kind of words that is asked for again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phrase {
    /// [`phrases::is_announcement`]
    Announces,
    /// [`phrases::closes`]
    Closes,
    /// [`phrases::is_courtesy`]
    Courtesy,
    /// [`phrases::greets`]
    Greets,
    /// [`phrases::hosts_itself`]
    HostsItself,
    /// [`phrases::instructs`]
    Instructs,
    /// [`phrases::meets`]
    Meets,
    /// [`phrases::hosts_named`] names somebody.
    NamesHosts,
    /// [`phrases::opens`]
    Opens,
    /// [`phrases::parts`]
    Parts,
    /// [`phrases::thanks`]; the last one.
    Thanks,
}

impl Phrase {
    /// Whether a text says it.
    fn is_in(self, text: &str) -> bool {
        match self {
            Self::Announces => phrases::is_announcement(text),
            Self::Closes => phrases::closes(text),
            Self::Courtesy => phrases::is_courtesy(text),
            Self::Greets => phrases::greets(text),
            Self::HostsItself => phrases::hosts_itself(text),
            Self::Instructs => phrases::instructs(text),
            Self::Meets => phrases::meets(text),
            Self::NamesHosts => !phrases::hosts_named(text).is_empty(),
            Self::Opens => phrases::opens(text),
            Self::Parts => phrases::parts(text),
            Self::Thanks => phrases::thanks(text),
        }
    }

    fn bit(self) -> u16 {
        const { assert!((Self::Thanks as u32) < u16::BITS, "the last one has a bit") };
        1 << self as u16
    }
}

/// What was found out of one text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Says {
    /// A bit for each phrase that was asked for, and for each that stands there.
    asked: Cell<u16>,
    there: Cell<u16>,
}

impl Seen {
    /// Whether the post's text says it.
    pub(crate) fn says(&self, phrase: Phrase) -> bool {
        let (Says { asked, there }, bit) = (&self.says, phrase.bit());
        if asked.get() & bit == 0 {
            asked.set(asked.get() | bit);
            if phrase.is_in(&self.post().text) {
                there.set(there.get() | bit);
            }
        }
        there.get() & bit != 0
    }

    /// The same of a part of the text, which mostly is all of it.
    pub(crate) fn says_in(&self, part: &str, phrase: Phrase) -> bool {
        if part.len() == self.post().text.len() { self.says(phrase) } else { phrase.is_in(part) }
    }

    /// The handles, without `@`, that the text names as hosts of this meeting.
    pub(crate) fn hosts_named(&self) -> Vec<String> {
        if self.says(Phrase::NamesHosts) {
            phrases::hosts_named(&self.post().text)
        } else {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use colloquy_transcript::{
        Author, AuthorId, ChatName, GroundPost, Platform, Post, PostId, Timestamp,
    };

    use super::*;

    const ALL: [Phrase; 11] = [
        Phrase::Announces,
        Phrase::Closes,
        Phrase::Courtesy,
        Phrase::Greets,
        Phrase::HostsItself,
        Phrase::Instructs,
        Phrase::Meets,
        Phrase::NamesHosts,
        Phrase::Opens,
        Phrase::Parts,
        Phrase::Thanks,
    ];

    fn seen(text: &str) -> Seen {
        let author = Author::unknown(AuthorId::new(Platform::X, "7"));
        let id = PostId::new(Platform::X, "1");
        let post = Post::original(id, Timestamp::UNIX_EPOCH, author, text.to_owned());
        let chat = ChatName::new("gardenchat").unwrap();
        Seen::new(0, Arc::new(GroundPost { chat, post }))
    }

    #[test]
    fn what_is_asked_again_is_answered_alike() {
        let texts = [
            "Good evening all, welcome to #gardenchat! I'm Bea and I am your host tonight",
            "Hosted by @bea tonight. Please answer with A1, A2 and so on",
            "Q2 coming up in a minute",
            "That's a wrap! Thanks for joining, see you next week, good night",
            "Slugs everywhere",
        ];
        let mut there = 0;
        for text in texts {
            let all = seen(text);
            // In one order and in the other, so that no answer is another's.
            for phrase in ALL.into_iter().chain(ALL.into_iter().rev()) {
                let expected = phrase.is_in(text);
                assert_eq!(all.says(phrase), expected, "{phrase:?} {text}");
                assert_eq!(all.says_in(text, phrase), expected, "{phrase:?} {text}");
                assert!(!all.says_in("Slugs", phrase), "{phrase:?}");
                there += usize::from(expected);
            }
        }
        assert!(there >= 2 * ALL.len(), "{there}");
        assert_eq!(seen(texts[1]).hosts_named(), ["bea"]);
        assert!(seen(texts[4]).hosts_named().is_empty());
    }
}
