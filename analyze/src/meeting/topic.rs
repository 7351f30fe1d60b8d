//! Which words belong to a question: those it asks with, and those it is answered with.
//!
//! An unlabelled remark in the time of a question answers it only if it speaks of the same things.
//! Words are compared without their last letters, so that *bean* meets *beans*; words that most
//! posts of the room share tell nothing.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::LazyLock;

use colloquy_transcript::{CompactString, Post};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

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

/// [`STOP_WORDS`], looked up.
static STOP: LazyLock<FxHashSet<&str>> = LazyLock::new(|| STOP_WORDS.iter().copied().collect());

/// Grammar and small talk of the language that most chats are held in, in the order of bytes.
const STOP_WORDS: &[&str] = &[
    "about", "also", "always", "because", "been", "being", "chat", "could", "didn't", "does",
    "doesn't", "doing", "don't", "even", "every", "from", "going", "good", "great", "have", "here",
    "i've", "into", "it's", "just", "know", "like", "made", "make", "many", "more", "most", "much",
    "need", "only", "other", "over", "really", "said", "should", "some", "that", "that's", "their",
    "them", "then", "there", "these", "they", "thing", "things", "think", "this", "those", "time",
    "today", "tonight", "very", "want", "well", "were", "what", "when", "where", "which", "while",
    "will", "with", "would", "year", "years", "you're", "your",
];

/// The words of every question of a meeting, and those of every post.
#[derive(Debug)]
pub(super) struct Topics {
    /// By question.
    topics: Vec<FxHashSet<Stem>>,
    /// By post: each once; none of reposts.
    stems: Vec<Vec<Stem>>,
}

impl Topics {
    /// From the askings and the posts at `answers` with the question that each answers.
    pub(super) fn new(room: &Room<'_>, questions: &Questions, answers: &[(usize, usize)]) -> Self {
        let text = |at: usize| room.posts.get(at).map(|seen| seen.post().text.as_str());
        let original = |at: &usize| room.posts.get(*at).is_some_and(|it| it.post().is_original());
        let stems: Vec<Vec<Stem>> = (0..room.posts.len())
            .map(|at| Some(at).filter(original).and_then(text).map(stems_of).unwrap_or_default())
            .collect();
        let mut shared: FxHashMap<Stem, usize> = FxHashMap::default();
        for &stem in stems.iter().flatten() {
            *shared.entry(stem).or_default() += 1;
        }
        let all = room.posts.iter().filter(|seen| seen.post().is_original()).count();
        let common = |stem: &Stem| {
            all >= ROOM_MIN
                && shared.get(stem).is_some_and(|&posts| posts as f64 > COMMON * all as f64)
        };
        let mut topics = vec![FxHashSet::default(); questions.asked.len()];
        let asked = questions.asked.iter().enumerate().map(|(nth, asked)| (asked.first, nth));
        for (post, nth) in asked.chain(answers.iter().copied()) {
            let Some((topic, text)) = topics.get_mut(nth).zip(text(post)) else { continue };
            let own = stems.get(post).filter(|_| original(&post));
            let own = own.map_or_else(|| stems_of(text).into(), Cow::from);
            topic.extend(own.iter().copied().filter(|stem| !common(stem)));
        }
        Self { topics, stems }
    }

    /// Whether enough is known of the question's words to miss them in a text.
    pub(super) fn is_known(&self, nth: usize) -> bool {
        self.topics.get(nth).is_some_and(|topic| topic.len() >= KNOWN_FROM)
    }

    /// The words of `own`, which is the text of the original post at `at`, or a part of it.
    pub(super) fn words(&self, at: usize, post: &Post, own: &str) -> Cow<'_, [Stem]> {
        let whole = self.stems.get(at).filter(|_| own.len() == post.text.len());
        whole.map_or_else(|| stems_of(own).into(), Cow::from)
    }

    /// How many of these words belong to the question.
    pub(super) fn shared(&self, nth: usize, words: &[Stem]) -> usize {
        let of = |topic: &FxHashSet<Stem>| words.iter().filter(|it| topic.contains(it)).count();
        self.topics.get(nth).map_or(0, of)
    }
}

/// A stem by its hash.
pub(super) type Stem = u64;

/// The stems of a text, each once, in no order of the text's.
fn stems_of(text: &str) -> Vec<Stem> {
    let mut stems: Vec<Stem> = Vec::new();
    for word in as_written(text).map(lowered) {
        if word.chars().count() < LETTERS_MIN || STOP.contains(word.as_str()) {
            continue;
        }
        stems.push(FxBuildHasher.hash_one(stem(&word)));
    }
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// A word without its last letters.
fn stem(word: &CompactString) -> &str {
    let word = word.trim_end_matches('s');
    let end = word.char_indices().nth(STEM).map_or(word.len(), |(end, _)| end);
    &word[..end]
}

#[cfg(test)]
mod tests {
    use colloquy_transcript::{Author, AuthorId, Platform, PostId, Timestamp};

    use super::*;

    #[test]
    fn words_meet_without_their_last_letters() {
        let of = |word: &str| stem(&lowered(word)).to_owned();
        assert_eq!(
            ["Beans", "watering", "Äpfelsorten", "ss"].map(of),
            ["bean", "wateri", "äpfels", ""]
        );
    }

    #[test]
    fn stop_words_are_found() {
        assert!(STOP_WORDS.is_sorted());
        assert_eq!(stems_of("You're right: all my Beans, and beans!"), stems_of("right bean"));
        assert_eq!(stems_of("right bean").len(), 2);
    }

    #[test]
    fn a_part_of_a_post_has_its_own_words() {
        let text = "Beans first RT @bea: slugs eat beans";
        let author = Author::unknown(AuthorId::new(Platform::X, "7"));
        let id = PostId::new(Platform::X, "1");
        let post = Post::original(id, Timestamp::UNIX_EPOCH, author, text.to_owned());
        let topics = Topics {
            topics: vec![stems_of("slugs beans").into_iter().collect()],
            stems: vec![stems_of(text)],
        };
        let shared = |own: &str| topics.shared(0, &topics.words(0, &post, own));
        assert_eq!((shared(text), shared("Beans first "), shared("")), (2, 1, 0));
        assert_eq!(topics.shared(1, &stems_of(text)), 0);
    }
}
