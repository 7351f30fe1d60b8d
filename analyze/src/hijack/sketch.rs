//! What a text says in so few numbers that many texts can be compared.
//!
//! Texts are compared by the pairs of words that they share, links, names, tags and numbers left
//! out, so that a campaign that changes its links is one. `MinHash` (A. Broder 1997) estimates the
//! share of common pairs. Of each least hash only 16 bits are kept: two that differ agree in them once
//! in 65,536 times (P. Li and A. C. König 2010, "b-Bit Minwise Hashing"), and a sketch takes half the
//! memory.

use fearless_simd::{Level, dispatch};

/// Hashes in a sketch.
const HASHES: usize = 16;
/// Hashes in a band: texts that agree in one band are compared.
const BAND: usize = 4;
/// Bands of a sketch.
pub(super) const BANDS: usize = HASHES / BAND;
/// Equal hashes from which texts of one author say nearly the same: about two fifths of the pairs.
const SAME_AUTHOR: u16 = 6;
/// Equal hashes from which those of several authors do: about two thirds.
const OTHERS: u16 = 11;
/// Shorter texts are too alike by chance to be copies of other authors'.
const WORDS_MIN: u16 = 5;
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

/// The sketch of a text: the lower half of the least value of each hash over its pairs of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sketch {
    least: [u16; HASHES],
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
        (words > 0).then(|| Self { least: least.map(lower), words })
    }

    fn equal(&self, other: &Self) -> u16 {
        // Counted in numbers of the same width: eight are compared and counted at once.
        self.least.iter().zip(&other.least).map(|(one, other)| u16::from(one == other)).sum()
    }

    /// Whether two texts of one author say nearly the same.
    pub(super) fn same_author(&self, other: &Self) -> bool {
        self.equal(other) >= SAME_AUTHOR
    }

    /// Whether two texts of several authors do.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.equal(other) >= OTHERS
    }

    /// Whether it is long enough to be told from others' by more than chance.
    pub(super) fn is_long(&self) -> bool {
        self.words >= WORDS_MIN
    }

    /// The hashes of each band, one behind the other, spread over all bits of a number.
    pub(super) fn bands(&self) -> [u64; BANDS] {
        let (bands, _) = self.least.as_chunks::<BAND>();
        std::array::from_fn(|nth| {
            let band = bands.get(nth).into_iter().flatten();
            let hashes = band.rev().fold(0, |hashes, &least| hashes << 16 | u64::from(least));
            (hashes ^ (hashes >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        })
    }
}

/// The lower half of a number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "that is what is asked for"
)]
fn lower(number: i32) -> u16 {
    number as u16
}

#[cfg(test)]
mod tests {
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
}
