//! Nearly the same text again, by one author or by several accounts.
//!
//! Texts are compared by the pairs of words that they share, links, names, tags and numbers left
//! out, so that a campaign that changes its links is one. `MinHash` (A. Broder 1997) estimates the
//! share of common pairs; banding finds candidates among many authors without comparing all.

use rustc_hash::FxHashMap;

/// Hashes in a sketch.
const HASHES: usize = 16;
/// Hashes in a band: texts that agree in one band are compared.
const BAND: usize = 4;
/// Equal hashes from which texts of one author say nearly the same: about two fifths of the pairs.
const SAME_AUTHOR: usize = 6;
/// Equal hashes from which those of several authors do: about two thirds.
const OTHERS: usize = 11;
/// Shorter texts are too alike by chance to be copies of other authors'.
const WORDS_MIN: u16 = 5;
/// Each is compared with the first few of its kind: more copies tell no more.
const COMPARED: usize = 8;

/// What distinguishes the hashes: the first primes' square roots, as in SHA-256 (FIPS 180-4).
const SALTS: [u32; HASHES] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
    0xcbbb_9d5d,
    0x629a_292a,
    0x9159_015a,
    0x152f_ecd8,
    0x6733_2667,
    0x8eb4_4a87,
    0xdb0c_2e0d,
    0x47b5_481d,
];

/// The sketch of a text: the least value of each hash over its pairs of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sketch {
    least: [u32; HASHES],
    words: u16,
}

impl Default for Sketch {
    fn default() -> Self {
        Self { least: [u32::MAX; HASHES], words: 0 }
    }
}

impl Sketch {
    /// Takes in a pair of words.
    pub(super) fn add(&mut self, pair: u64) {
        self.words = self.words.saturating_add(1);
        let mixed = (pair ^ (pair >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let pair = (mixed >> 32) as u32;
        for (least, salt) in self.least.iter_mut().zip(SALTS) {
            // The finaliser of MurmurHash3 (A. Appleby) in 32 bits.
            let mut value = pair ^ salt;
            value = (value ^ (value >> 16)).wrapping_mul(0x85eb_ca6b);
            value = (value ^ (value >> 13)).wrapping_mul(0xc2b2_ae35);
            *least = (*least).min(value ^ (value >> 16));
        }
    }

    fn equal(&self, other: &Self) -> usize {
        self.least.iter().zip(&other.least).filter(|(one, other)| one == other).count()
    }

    /// Whether two texts of one author say nearly the same.
    pub(super) fn same_author(&self, other: &Self) -> bool {
        self.equal(other) >= SAME_AUTHOR
    }

    /// Whether it is long enough to be told from others' by more than chance.
    fn is_long(&self) -> bool {
        self.words >= WORDS_MIN
    }

    /// One hash for each band.
    fn bands(&self) -> impl Iterator<Item = u64> + '_ {
        self.least.chunks_exact(BAND).map(|band| {
            band.iter().fold(0, |hash: u64, &least| {
                (hash.rotate_left(5) ^ u64::from(least)).wrapping_mul(0x517c_c1b7_2722_0a95)
            })
        })
    }
}

/// For each text how many other authors say nearly the same.
pub(super) fn copied(sketches: &[Option<Sketch>], authors: &[u32]) -> Vec<usize> {
    let long = || {
        let texts = (0u32..).zip(sketches);
        texts.filter_map(|(at, sketch)| Some((at, sketch.as_ref().filter(|it| it.is_long())?)))
    };
    let mut alike: Vec<(u32, u32)> = Vec::new();
    let mut banded: Vec<(u64, u32)> = Vec::with_capacity(sketches.len());
    for nth in 0..HASHES / BAND {
        banded.clear();
        banded.extend(long().filter_map(|(at, sketch)| Some((sketch.bands().nth(nth)?, at))));
        banded.sort_unstable();
        for kind in banded.chunk_by(|one, other| one.0 == other.0).filter(|kind| kind.len() > 1) {
            for &(_, at) in kind {
                for &(_, other) in kind.iter().take(COMPARED) {
                    if copies(sketches, authors, at as usize, other as usize) {
                        alike.push((at, authors[other as usize]));
                    }
                }
            }
        }
    }
    alike.sort_unstable();
    alike.dedup();
    let mut others = vec![0; sketches.len()];
    for (at, _) in alike {
        others[at as usize] += 1;
    }
    others
}

/// Texts that come one after another.
#[derive(Default)]
pub(super) struct Copies {
    texts: Vec<(Sketch, u32)>,
    /// The first few texts of each band.
    bands: FxHashMap<u64, Vec<u32>>,
}

impl Copies {
    /// Takes in a text, and says how many other authors said nearly the same before.
    pub(super) fn add(&mut self, sketch: Sketch, author: u32) -> usize {
        if !sketch.is_long() {
            return 0;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let mut others: Vec<u32> = Vec::new();
        for (nth, band) in (0u32..).zip(sketch.bands()) {
            // The same four hashes in another place are another band.
            let alike = self.bands.entry(band.rotate_left(nth)).or_default();
            for &other in &*alike {
                let Some((text, who)) = self.texts.get(other as usize) else { continue };
                if *who != author && sketch.equal(text) >= OTHERS {
                    others.push(*who);
                }
            }
            if alike.len() < COMPARED {
                alike.push(number);
            }
        }
        self.texts.push((sketch, author));
        others.sort_unstable();
        others.dedup();
        others.len()
    }
}

fn copies(sketches: &[Option<Sketch>], authors: &[u32], at: usize, other: usize) -> bool {
    let (Some(one), Some(two)) = (&sketches[at], &sketches[other]) else { return false };
    authors[at] != authors[other] && one.equal(two) >= OTHERS
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::super::cases::post;
    use super::super::reading::Reader;
    use super::*;

    fn sketch(text: &str) -> Option<Sketch> {
        Reader::default().read(&post(text)).1
    }

    #[test]
    fn campaigns_are_alike_and_answers_are_not() {
        let of = |text: &str| sketch(text).unwrap();
        let one = of(
            "Compost Basics: 12-page bundle https://shop.example/a Can your beans do without? #x",
        );
        let two =
            of("Mulch Basics: 9-page bundle https://shop.example/b Can your beans do without? #y");
        assert!(one.same_author(&two));
        assert!(!one.same_author(&of("A1: beans need company and so do I, always have")));
        assert!(sketch("#tag https://x.example 12").is_none());
    }

    #[test]
    fn copies_of_others_are_counted() {
        let text = "Win a free wheelbarrow today, follow us and share this post with all";
        let all = [sketch(text), sketch(text), sketch("A2: I hoe"), sketch(text)];
        assert_eq!(copied(&all, &[0, 1, 2, 0]), [1, 1, 0, 1]);
        assert_eq!(copied(&all, &[0, 1, 2, 3]), [2, 2, 0, 2]);
    }
}
