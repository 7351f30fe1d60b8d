//! What the grams of a text weigh, many at once.

use fearless_simd::{Level, dispatch};

use super::super::letters::{SPACE, Tokens, kind};
use super::grams::{EMPTY, GRAMS, Grams, LENGTH, PRIME, link, scheme_begin, word, words};

/// Weighs the grams of texts: [`Grams::dot`] of [`Grams::of`], without writing them down.
pub(in crate::hijack) struct Weigher<'a> {
    model: &'a [f32; GRAMS],
    /// The same weights, and none for [`NOWHERE`].
    weights: Box<[f32; PLACES]>,
    /// The words of ASCII with spaces around each.
    words: Vec<u8>,
    /// The places of the grams, and [`NOWHERE`] for what is none.
    places: Vec<u16>,
    /// How often each stands in the text; zero between two texts.
    counts: Box<[u16; PLACES]>,
}

/// The place of no gram.
const NOWHERE: u16 = 4096;
const _: () = assert!(NOWHERE as usize == GRAMS, "it comes after all others");
/// Places with that of no gram; a power of two.
const PLACES: usize = 2 * GRAMS;
/// Windows that are hashed together.
const TOGETHER: usize = 16;
/// Letters that are put into lower case together.
const LOWERED: usize = 32;

/// What of a hash ends up in its place, in halves: numbers of 16 bits are multiplied eight at once.
#[derive(Clone, Copy)]
struct LowHash {
    low: u16,
    /// Only its lower byte is asked for.
    high: u16,
}

impl LowHash {
    const EMPTY: Self = Self { low: half(EMPTY), high: half(EMPTY >> 16) };
    /// The prime without the bit that only reaches the upper byte of a hash.
    const PRIME: u16 = half(PRIME);

    /// The hash with one more letter.
    fn hashed(self, letter: u8) -> Self {
        let low = self.low ^ u16::from(letter);
        let carried = half((u32::from(low) * u32::from(Self::PRIME)) >> 16);
        let high = self.high.wrapping_mul(Self::PRIME).wrapping_add(carried);
        Self { low: low.wrapping_mul(Self::PRIME), high }
    }

    /// The place of the hash, as `grams` tells it of one in 32 bits.
    fn folded(self) -> u16 {
        ((self.low >> 12 | self.high << 4) ^ self.low) & (NOWHERE - 1)
    }
}

/// The lower half of a number.
#[expect(clippy::cast_possible_truncation, reason = "that is what is asked for")]
const fn half(number: u32) -> u16 {
    number as u16
}

/// Where the handle ends whose `@` stands at `at` in a text of ASCII: before a link, and right behind the
/// `@` where there is none.
fn handle_end(text: &[u8], at: usize) -> usize {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let length = text[at + 1..].iter().position(|byte| !is_name(byte));
    let end = length.map_or(text.len(), |it| at + 1 + it);
    scheme_begin(text, end).unwrap_or(end)
}

impl<'a> Weigher<'a> {
    #[expect(clippy::large_stack_arrays, reason = "32 kB once for many texts")]
    pub(in crate::hijack) fn new(model: &'a [f32; GRAMS]) -> Self {
        let mut weights = Box::new([0.0; PLACES]);
        weights[..GRAMS].copy_from_slice(model);
        let counts = Box::new([0; PLACES]);
        Self { model, weights, words: Vec::new(), places: Vec::new(), counts }
    }

    /// What the grams of a text weigh in all.
    pub(in crate::hijack) fn weigh(&mut self, text: &str) -> f64 {
        self.words.clear();
        self.places.clear();
        self.add_words(b" ");
        if text.is_ascii() {
            self.ascii(text.as_bytes());
        } else {
            Tokens::of(text).for_each(|(token, _)| self.token(token));
        }
        self.add_windows();
        if self.places.len() > usize::from(u16::MAX) {
            // A count may be full.
            Grams::of(text).dot(self.model)
        } else {
            self.sum()
        }
    }

    /// Takes in a text of ASCII: what stands between links and handles as it is.
    fn ascii(&mut self, text: &[u8]) {
        let mut from = 0;
        for at in memchr::memchr2_iter(b'@', b':', text) {
            if at < from {
                continue;
            }
            if text[at] == b'@' {
                let end = handle_end(text, at);
                if end > at + 1 {
                    self.add_words(&text[from..at]);
                    self.add_words(b" @user ");
                    from = end;
                }
            } else if let Some(begin) = scheme_begin(text, at) {
                self.add_words(&text[from..begin]);
                self.add_words(b" url ");
                let space = |byte: &u8| kind(*byte) == SPACE;
                from = text[at..].iter().position(space).map_or(text.len(), |it| at + it);
            }
        }
        self.add_words(&text[from..]);
    }

    /// Takes in a token between white space.
    fn token(&mut self, token: &str) {
        words(token, link(token), &mut |it| {
            if it.is_ascii() {
                self.add_words(it.as_bytes());
                self.add_words(b" ");
            } else {
                word(it, &mut |place| self.places.push(place));
            }
        });
    }

    fn add_words(&mut self, words: &[u8]) {
        self.words.extend_from_slice(words);
    }

    /// Puts the words into lower case, and white space as spaces.
    fn lower(&mut self) {
        // No few are left over: they would take longer than all others.
        self.words.resize(self.words.len().next_multiple_of(LOWERED), b' ');
        for letters in self.words.as_chunks_mut::<LOWERED>().0 {
            for letter in letters {
                let space = matches!(*letter, b'\t'..=b'\r');
                *letter = if space { b' ' } else { letter.to_ascii_lowercase() };
            }
        }
    }

    /// Adds the places of whatever stands between any four letters of the words: so many are hashed together.
    fn add_windows(&mut self) {
        // A window for each letter, and no few that are left over. No gram begins with the spaces at the end.
        let count = self.words.len().next_multiple_of(TOGETHER);
        self.lower();
        self.words.resize(count + LENGTH - 1, b' ');
        let begin = self.places.len();
        self.places.resize(begin + count, NOWHERE);
        let from = |at: usize| self.words.get(at..at + count).unwrap_or_default();
        let letters = from(0).iter().zip(from(1)).zip(from(2)).zip(from(3));
        let windows = self.places[begin..].iter_mut().zip(letters);
        dispatch!(Level::new(), _ => for (window, (((&one, &two), &three), &four)) in windows {
            let short = LowHash::EMPTY.hashed(one).hashed(two).hashed(three);
            let long = short.hashed(four).folded();
            // All ones or zeros: whoever branches does not hash many at once.
            let mask = |condition: bool| u16::from(condition).wrapping_neg();
            let (begins, inside, ends) =
                (mask(one == b' '), mask(two != b' '), mask(three == b' '));
            let place = (short.folded() & ends) | (long & !ends);
            let gram = inside & (begins | !ends);
            *window = (place & gram) | (NOWHERE & !gram);
        });
    }

    /// What the grams at the places weigh.
    fn sum(&mut self) -> f64 {
        /// Sums that do not wait for one another.
        const SUMS: usize = 4;
        let (mut sums, mut before) = ([0.0; SUMS], 0);
        let mut add = |sum: &mut f64, place: u16| {
            let place = usize::from(place) % PLACES;
            let count = self.counts[place];
            self.counts[place] = count + 1;
            before += u64::from(count);
            *sum += f64::from(self.weights[place]);
        };
        let (fours, rest) = self.places.as_chunks::<SUMS>();
        for four in fours {
            sums.iter_mut().zip(four).for_each(|(sum, &place)| add(sum, place));
        }
        sums.iter_mut().zip(rest).for_each(|(sum, &place)| add(sum, place));
        // The sum of the squares of the counts: n² is (0 + 1 + … + (n − 1)) · 2 + n.
        let nowhere = u64::from(self.counts[usize::from(NOWHERE)]);
        let squares = 2 * before + self.places.len() as u64 - nowhere * nowhere;
        for &place in &self.places {
            self.counts[usize::from(place) % PLACES] = 0;
        }
        if squares == 0 { 0.0 } else { sums.iter().sum::<f64>() / (squares as f64).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn weighing_at_once_is_the_same(text in "[a-zA-Z0-9@:/ .#äßЖ字]{0,80}|([a-c @\n\t]|://|http)*|.*") {
            let mut weights = [0.0; GRAMS];
            for (at, weight) in (0u16..).zip(&mut weights) {
                *weight = f32::from(at % 17) - 8.0;
            }
            // What was weighed before leaves nothing.
            let mut weigher = Weigher::new(&weights);
            for text in [text.clone(), text.repeat(300), text] {
                let one = Grams::of(&text).dot(&weights);
                assert!((one - weigher.weigh(&text)).abs() < 1e-3, "{one}");
            }
        }
    }
}
