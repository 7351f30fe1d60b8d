//! Nearly the same text again, by one author or by several accounts.
//!
//! Texts are compared by the pairs of words that they share, links, names, tags and numbers left
//! out, so that a campaign that changes its links is one. `MinHash` (A. Broder 1997) estimates the
//! share of common pairs; banding finds candidates among many authors without comparing all.

use fearless_simd::{Level, dispatch};
use rustc_hash::FxHashMap;

/// Hashes in a sketch.
const HASHES: usize = 16;
/// Hashes in a band: texts that agree in one band are compared.
const BAND: usize = 4;
/// Bands of a sketch.
const BANDS: usize = HASHES / BAND;
/// Equal hashes from which texts of one author say nearly the same: about two fifths of the pairs.
const SAME_AUTHOR: usize = 6;
/// Equal hashes from which those of several authors do: about two thirds.
const OTHERS: usize = 11;
/// Shorter texts are too alike by chance to be copies of other authors'.
const WORDS_MIN: u16 = 5;
/// Authors who say nearly the same: more tell no more.
pub(super) const COPIES_MAX: u8 = 3;
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

/// The same after the first step of the hash, which takes salt and pair for themselves.
const SALTED: [u32; HASHES] = {
    let mut salted = SALTS;
    let mut at = 0;
    while at < HASHES {
        salted[at] ^= salted[at] >> 16;
        at += 1;
    }
    salted
};

/// What makes the order of numbers without a sign that of numbers with one.
const HALF: u32 = 1 << 31;

/// The sketch of a text: the least value of each hash over its pairs of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sketch {
    least: [u32; HASHES],
    words: u16,
}

impl Sketch {
    /// The sketch of a text with these pairs of words; none of a text without.
    pub(super) fn of(pairs: &[u64]) -> Option<Self> {
        let words = u16::try_from(pairs.len()).unwrap_or(u16::MAX);
        // What the processor can do is known only here: it may multiply eight numbers at once.
        let least = dispatch!(Level::new(), _ => {
            // Signed, and so half the numbers away: of those the least is found in fewer steps.
            let mut least = [i32::MAX; HASHES];
            for pair in pairs {
                let mixed = (pair ^ (pair >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let pair = (mixed >> 32) as u32;
                let pair = pair ^ (pair >> 16);
                for (least, salt) in least.iter_mut().zip(SALTED) {
                    // The finaliser of MurmurHash3 (A. Appleby) in 32 bits, but for what is done once.
                    let mut value = (pair ^ salt).wrapping_mul(0x85eb_ca6b);
                    value = (value ^ (value >> 13)).wrapping_mul(0xc2b2_ae35);
                    value ^= (value >> 16) ^ HALF;
                    *least = (*least).min(value.cast_signed());
                }
            }
            least
        });
        let least = least.map(|it| it.cast_unsigned() ^ HALF);
        (words > 0).then_some(Self { least, words })
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
        let bands = (0..).zip(self.least.chunks_exact(BAND));
        bands.map(|(nth, band)| {
            let hash = band.iter().fold(0, |hash: u64, &least| {
                (hash.rotate_left(5) ^ u64::from(least)).wrapping_mul(0x517c_c1b7_2722_0a95)
            });
            // The same four hashes in another place are another band.
            hash.rotate_left(nth)
        })
    }
}

/// For each text how many other authors say nearly the same, at most [`COPIES_MAX`].
pub(super) fn copied(sketches: &[Option<&Sketch>], authors: &[u32]) -> Vec<usize> {
    let kinds = Kinds::of(sketches);
    let mut others: Vec<u32> = Vec::new();
    let copied = sketches.iter().enumerate().map(|(at, sketch)| {
        let Some(sketch) = sketch.filter(|it| it.is_long()) else { return 0 };
        others.clear();
        for other in kinds.alike(at) {
            let author = authors[other];
            if author == authors[at] || others.contains(&author) {
                continue;
            }
            if sketches[other].is_some_and(|theirs| sketch.equal(theirs) >= OTHERS) {
                others.push(author);
            }
            if others.len() >= usize::from(COPIES_MAX) {
                break;
            }
        }
        others.len()
    });
    copied.collect()
}

/// Texts by the bands in which they agree.
struct Kinds {
    /// By text and band: the kind.
    of: Vec<[u32; BANDS]>,
    /// By kind: the first few texts.
    firsts: Vec<Alike>,
    /// By text and band: the text before it among the first few of its kind; [`NOBODY`] if there is none.
    before: Vec<[u32; BANDS]>,
}

impl Kinds {
    fn of(sketches: &[Option<&Sketch>]) -> Self {
        let count = sketches.len();
        let mut numbers: FxHashMap<u64, u32> = FxHashMap::default();
        numbers.reserve(count * BANDS);
        let (of, before) = (vec![[0; BANDS]; count], vec![[NOBODY; BANDS]; count]);
        let mut kinds = Self { of, firsts: Vec::with_capacity(count * BANDS), before };
        for (at, sketch) in (0u32..).zip(sketches) {
            let Some(sketch) = sketch.filter(|it| it.is_long()) else { continue };
            for (nth, band) in sketch.bands().enumerate() {
                let new = u32::try_from(kinds.firsts.len()).unwrap_or(u32::MAX);
                let kind = *numbers.entry(band).or_insert(new);
                if kind == new {
                    kinds.firsts.push(Alike { last: NOBODY, count: 0 });
                }
                kinds.of[at as usize][nth] = kind;
                kinds.before[at as usize][nth] = kinds.firsts[kind as usize].add(at);
            }
        }
        kinds
    }

    /// The first few texts of each kind of a text, where it is not alone.
    fn alike(&self, text: usize) -> impl Iterator<Item = usize> {
        let firsts = self.of[text].iter().map(|kind| self.firsts[*kind as usize]);
        let several = firsts.enumerate().filter(|(_, firsts)| firsts.count > 1);
        several.flat_map(move |(nth, firsts)| {
            let next = |text: u32| (text != NOBODY).then_some(text as usize);
            let before = move |text: &usize| next(self.before[*text][nth]);
            std::iter::successors(next(firsts.last), before)
        })
    }
}

/// A text among those that come one after another.
struct Text {
    sketch: Sketch,
    author: u32,
    /// By band: the text before it in the same one; [`NOBODY`] if there is none.
    before: [u32; BANDS],
}

/// No text.
const NOBODY: u32 = u32::MAX;

/// The first few texts of a band, linked from the last to the first.
#[derive(Clone, Copy)]
struct Alike {
    last: u32,
    count: u32,
}

impl Alike {
    /// Takes in a text, unless there are enough: the one before it.
    fn add(&mut self, text: u32) -> u32 {
        if self.count as usize >= COMPARED {
            return NOBODY;
        }
        self.count += 1;
        std::mem::replace(&mut self.last, text)
    }
}

/// Texts that come one after another.
#[derive(Default)]
pub(super) struct Copies {
    texts: Vec<Text>,
    bands: FxHashMap<u64, Alike>,
    /// Other authors of nearly the same; here so that it is made once.
    others: Vec<u32>,
}

impl Copies {
    /// Keeps a text that nobody else is compared with, and numbers it.
    pub(super) fn keep(&mut self, sketch: Sketch, author: u32) -> u32 {
        let number = u32::try_from(self.texts.len()).unwrap_or(NOBODY);
        self.texts.push(Text { sketch, author, before: [NOBODY; BANDS] });
        number
    }

    /// The sketch of a text.
    pub(super) fn get(&self, number: u32) -> Option<&Sketch> {
        self.texts.get(number as usize).map(|text| &text.sketch)
    }

    /// Takes in a text: its number, and how many other authors said nearly the same before, at most
    /// [`COPIES_MAX`].
    pub(super) fn add(&mut self, sketch: &Sketch, author: u32) -> (u32, usize) {
        let number = self.keep(*sketch, author);
        if !sketch.is_long() {
            return (number, 0);
        }
        self.others.clear();
        let mut before = [NOBODY; BANDS];
        for ((nth, band), before) in (0u32..).zip(sketch.bands()).zip(&mut before) {
            let alike = self.bands.entry(band).or_insert(Alike { last: NOBODY, count: 0 });
            let mut next = alike.last;
            while self.others.len() < usize::from(COPIES_MAX)
                && let Some(text) = self.texts.get(next as usize)
            {
                let known = text.author == author || self.others.contains(&text.author);
                if !known && sketch.equal(&text.sketch) >= OTHERS {
                    self.others.push(text.author);
                }
                next = text.before[nth as usize];
            }
            *before = alike.add(number);
        }
        if let Some(text) = self.texts.get_mut(number as usize) {
            text.before = before;
        }
        (number, self.others.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::super::cases::{post, read};
    use super::*;

    fn sketch(text: &str) -> Option<Sketch> {
        read(&post(text)).sketch
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
        let all = all.each_ref().map(Option::as_ref);
        assert_eq!(copied(&all, &[0, 1, 2, 0]), [1, 1, 0, 1]);
        assert_eq!(copied(&all, &[0, 1, 2, 3]), [2, 2, 0, 2]);
    }
}
