//! Which words belong to a question: those it asks with, and those it is answered with.
//!
//! An unlabelled remark in the time of a question answers it only if it speaks of the same things.
//! Words are compared without their last letters, so that *bean* meets *beans*; words that most
//! posts of the room share tell nothing.

use colloquy_transcript::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::questions::Questions;
use crate::seen::Room;
use crate::words::{as_written, lowered};

/// Shorter words are mostly grammar.
const LETTERS_MIN: usize = 4;
/// Letters that are compared.
const STEM: usize = 6;
/// A word in a larger share of a room's posts tells nothing about one question …
const COMMON: f64 = 0.4;
/// … if the room has at least so many posts.
const ROOM_MIN: usize = 20;

/// With fewer words than this a topic is too little known for a missing word to tell anything.
const KNOWN_FROM: usize = 25;

/// Grammar and small talk of the language that most chats are held in, in the order of bytes.
const STOP: &[&str] = &[
    "about", "also", "always", "because", "been", "being", "chat", "could", "didn't", "does",
    "doesn't", "doing", "don't", "even", "every", "from", "going", "good", "great", "have", "here",
    "i've", "into", "it's", "just", "know", "like", "made", "make", "many", "more", "most", "much",
    "need", "only", "other", "over", "really", "said", "should", "some", "that", "that's", "their",
    "them", "then", "there", "these", "they", "thing", "things", "think", "this", "those", "time",
    "today", "tonight", "very", "want", "well", "were", "what", "when", "where", "which", "while",
    "will", "with", "would", "year", "years", "you're", "your",
];

/// The words of every question of a meeting.
#[derive(Debug)]
pub(super) struct Topics(Vec<FxHashSet<CompactString>>);

impl Topics {
    /// From the askings and the posts at `answers` with the question that each answers.
    pub(super) fn new(room: &Room<'_>, questions: &Questions, answers: &[(usize, usize)]) -> Self {
        let mut shared: FxHashMap<CompactString, usize> = FxHashMap::default();
        let originals = || room.posts.iter().filter(|seen| seen.post().is_original());
        for seen in originals() {
            for stem in stems(&seen.post().text) {
                *shared.entry(stem).or_default() += 1;
            }
        }
        let all = originals().count();
        let common = |stem: &CompactString| {
            all >= ROOM_MIN
                && shared.get(stem).is_some_and(|&posts| posts as f64 > COMMON * all as f64)
        };
        let mut topics = vec![FxHashSet::default(); questions.asked.len()];
        let asked = questions.asked.iter().enumerate().map(|(nth, asked)| (asked.first, nth));
        for (post, nth) in asked.chain(answers.iter().copied()) {
            if let Some(topic) = topics.get_mut(nth) {
                topic.extend(
                    stems(&room.posts[post].post().text).into_iter().filter(|it| !common(it)),
                );
            }
        }
        Self(topics)
    }

    /// Whether enough is known of the question's words to miss them in a text.
    pub(super) fn is_known(&self, nth: usize) -> bool {
        self.0.get(nth).is_some_and(|topic| topic.len() >= KNOWN_FROM)
    }

    /// How many words of `text` belong to the question.
    pub(super) fn shared(&self, nth: usize, text: &str) -> usize {
        self.0
            .get(nth)
            .map_or(0, |topic| stems(text).iter().filter(|it| topic.contains(*it)).count())
    }
}

/// The stems of a text, each once. They are short enough to take no memory of their own.
fn stems(text: &str) -> FxHashSet<CompactString> {
    as_written(text)
        .map(lowered)
        .filter(|word| word.chars().count() >= LETTERS_MIN && STOP.binary_search(&&**word).is_err())
        .map(|word| word.trim_end_matches('s').chars().take(STEM).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_are_found() {
        assert!(STOP.is_sorted());
        let mut stems: Vec<_> =
            stems("You're right: all my Beans, and beans!").into_iter().collect();
        stems.sort_unstable();
        assert_eq!(stems, ["bean", "right"]);
    }
}
