//! Nearly the same text again, by one author or by several accounts.
//!
//! Texts are compared by the pairs of words that they share, links, names, tags and numbers left
//! out, so that a campaign that changes its links is one. `MinHash` (A. Broder 1997) estimates the
//! share of common pairs; banding finds candidates among many authors without comparing all.

use colloquy_transcript::label::opening;
use rustc_hash::{FxHashMap, FxHashSet};

/// Hashes in a sketch.
const HASHES: usize = 16;
/// Hashes in a band: texts that agree in one band are compared.
const BAND: usize = 4;
/// Equal hashes from which texts of one author say nearly the same: about two fifths of the pairs.
const SAME_AUTHOR: usize = 6;
/// Equal hashes from which those of several authors do: about two thirds.
const OTHERS: usize = 11;
/// Shorter texts are too alike by chance to be copies of other authors'.
const WORDS_MIN: usize = 5;

/// The sketch of a text.
pub(super) type Sketch = [u32; HASHES];

/// The sketch of a text, and its words; none for a text without words.
pub(super) fn sketch(text: &str) -> Option<(Sketch, usize)> {
    let text = text.get(opening(text).min(text.len())..).unwrap_or(text);
    let mut sketch = [u32::MAX; HASHES];
    let mut before: Option<u64> = None;
    let mut count = 0;
    for word in plain_words(text) {
        let hash = hash(word);
        count += 1;
        add(&mut sketch, before.map_or(hash, |before| before.rotate_left(5) ^ hash));
        before = Some(hash);
    }
    (count > 0).then_some((sketch, count))
}

fn plain_words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .filter(|token| !token.starts_with(['#', '@']) && !token.contains("://"))
        .flat_map(|token| token.split(|c: char| !c.is_alphabetic() && c != '\''))
        .filter(|word| !word.is_empty())
}

/// FNV-1a of the word in lower case.
pub(super) fn hash(word: &str) -> u64 {
    word.chars().flat_map(char::to_lowercase).fold(0xcbf2_9ce4_8422_2325, |hash, c| {
        (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3)
    })
}

fn add(sketch: &mut Sketch, pair: u64) {
    let mut state = pair;
    for least in sketch {
        // SplitMix64: one well mixed number after another from a single hash.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        *least = (*least).min((mixed >> 32) as u32);
    }
}

fn equal(one: &Sketch, other: &Sketch) -> usize {
    one.iter().zip(other).filter(|(one, other)| one == other).count()
}

/// Whether two texts of one author say nearly the same.
pub(super) fn same_author(one: &Sketch, other: &Sketch) -> bool {
    equal(one, other) >= SAME_AUTHOR
}

/// For each text how many other authors say nearly the same.
pub(super) fn copied(sketches: &[Option<(Sketch, usize)>], authors: &[u32]) -> Vec<usize> {
    let mut bands: FxHashMap<(usize, [u32; BAND]), Vec<usize>> = FxHashMap::default();
    let long = |at: usize| sketches[at].as_ref().filter(|(_, words)| *words >= WORDS_MIN);
    for (sketch, at) in (0..sketches.len()).filter_map(|at| Some((&long(at)?.0, at))) {
        for (nth, band) in sketch.chunks_exact(BAND).enumerate() {
            if let Ok(band) = <[u32; BAND]>::try_from(band) {
                bands.entry((nth, band)).or_default().push(at);
            }
        }
    }
    let mut others: Vec<FxHashSet<u32>> = vec![FxHashSet::default(); sketches.len()];
    for alike in bands.values().filter(|alike| alike.len() > 1) {
        // Each is compared with the first few of its kind: more copies tell no more.
        for &at in alike {
            for &other in alike.iter().take(8) {
                let (Some((one, _)), Some((two, _))) = (long(at), long(other)) else { continue };
                if authors[at] != authors[other] && equal(one, two) >= OTHERS {
                    others[at].insert(authors[other]);
                }
            }
        }
    }
    others.into_iter().map(|others| others.len()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn campaigns_are_alike_and_answers_are_not() {
        let of = |text: &str| sketch(text).unwrap().0;
        let one = of(
            "Compost Basics: 12-page bundle https://shop.example/a Can your beans do without? #x",
        );
        let two =
            of("Mulch Basics: 9-page bundle https://shop.example/b Can your beans do without? #y");
        assert!(same_author(&one, &two));
        assert!(!same_author(&one, &of("A1: beans need company and so do I, always have")));
        assert!(sketch("#tag https://x.example 12").is_none());
    }

    #[test]
    fn copies_of_others_are_counted() {
        let text = "Win a free wheelbarrow today, follow us and share this post with all";
        let all = [sketch(text), sketch(text), sketch("A2: I hoe"), sketch(text)];
        assert_eq!(copied(&all, &[0, 1, 2, 0]), [1, 2 - 1, 0, 1]);
    }
}
