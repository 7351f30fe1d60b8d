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
        let mut least = [u32::MAX; HASHES];
        for pair in pairs {
            let mixed = (pair ^ (pair >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let pair = (mixed >> 32) as u32;
            for (least, salt) in least.iter_mut().zip(SALTS) {
                // The finaliser of MurmurHash3 (A. Appleby) in 32 bits.
                let mut value = pair ^ salt;
                value = (value ^ (value >> 16)).wrapping_mul(0x85eb_ca6b);
                value = (value ^ (value >> 13)).wrapping_mul(0xc2b2_ae35);
                *least = (*least).min(value ^ (value >> 16));
            }
        }
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
        self.least.chunks_exact(BAND).map(|band| {
            band.iter().fold(0, |hash: u64, &least| {
                (hash.rotate_left(5) ^ u64::from(least)).wrapping_mul(0x517c_c1b7_2722_0a95)
            })
        })
    }
}

/// For each text how many other authors say nearly the same, at most [`COPIES_MAX`].
pub(super) fn copied(sketches: &[Option<&Sketch>], authors: &[u32]) -> Vec<usize> {
    let long = |at: usize| sketches[at].filter(|it| it.is_long());
    let mut kinds: FxHashMap<(usize, u64), u32> = FxHashMap::default();
    kinds.reserve(sketches.len() * BANDS);
    // The first few texts of each kind; by text: its kind in each band.
    let mut firsts: Vec<Firsts> = Vec::new();
    let mut kind_of: Vec<[u32; BANDS]> = vec![[0; BANDS]; sketches.len()];
    for (at, text) in (0u32..).zip(&mut kind_of) {
        let Some(sketch) = long(at as usize) else { continue };
        for (nth, (band, kind)) in sketch.bands().zip(text).enumerate() {
            let new = u32::try_from(firsts.len()).unwrap_or(u32::MAX);
            *kind = *kinds.entry((nth, band)).or_insert(new);
            if *kind == new {
                firsts.push(Firsts::default());
            }
            firsts[*kind as usize].add(at);
        }
    }
    let mut others: Vec<u32> = Vec::new();
    let copied = (0..sketches.len()).map(|at| {
        let Some(sketch) = long(at) else { return 0 };
        others.clear();
        for other in kind_of[at].iter().flat_map(|kind| firsts[*kind as usize].texts()) {
            let author = authors[*other as usize];
            if author == authors[at] || others.contains(&author) {
                continue;
            }
            if sketches[*other as usize].is_some_and(|theirs| sketch.equal(theirs) >= OTHERS) {
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

/// The first few texts of a kind.
#[derive(Default)]
struct Firsts {
    texts: [u32; COMPARED],
    count: usize,
}

impl Firsts {
    fn add(&mut self, text: u32) {
        if let Some(place) = self.texts.get_mut(self.count) {
            *place = text;
            self.count += 1;
        }
    }

    fn texts(&self) -> &[u32] {
        &self.texts[..self.count]
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
            // The same four hashes in another place are another band.
            let band = self.bands.entry(band.rotate_left(nth));
            let alike = band.or_insert(Alike { last: NOBODY, count: 0 });
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
            if (alike.count as usize) < COMPARED {
                *before = alike.last;
                *alike = Alike { last: number, count: alike.count + 1 };
            }
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
    use super::super::cases::post;
    use super::super::reading::Reader;
    use super::*;

    fn sketch(text: &str) -> Option<Sketch> {
        Reader::default().read(&post(text)).sketch
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
