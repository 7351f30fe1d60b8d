//! What the grams of a text weigh, many at once.

use super::super::letters::{SPACE, Tokens, kind};
use super::grams::{EMPTY, GRAMS, Grams, LENGTH, folded, hashed, link, word, words};

/// Weighs the grams of texts: [`Grams::dot`] of [`Grams::of`], without writing them down.
pub(in crate::hijack) struct Weigher<'a> {
    model: &'a [f32; GRAMS],
    /// The same weights, and none for [`NOWHERE`].
    weights: Box<[f32; PLACES]>,
    /// The words of ASCII in lower case, with spaces around each.
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
            self.ascii(text);
        } else {
            Tokens::of(text).for_each(|(token, _)| self.token(token));
        }
        // As many as the last window is longer than the shortest gram.
        self.add_words(b"  ");
        self.add_windows();
        if self.places.len() > usize::from(u16::MAX) {
            // A count may be full.
            Grams::of(text).dot(self.model)
        } else {
            self.sum()
        }
    }

    /// Takes in a text of ASCII: what stands between links and handles as it is.
    fn ascii(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let space = |byte: &u8| kind(*byte) == SPACE;
        let mut from = 0;
        for at in memchr::memchr2_iter(b'@', b':', bytes) {
            let marks = bytes[at] == b'@' || bytes[at..].starts_with(b"://");
            if at < from || !marks {
                continue;
            }
            let begin = bytes[from..at].iter().rposition(space).map_or(from, |it| from + it + 1);
            let end = bytes[at..].iter().position(space).map_or(bytes.len(), |it| at + it);
            self.add_words(&bytes[from..begin]);
            self.token(&text[begin..end]);
            from = end;
        }
        self.add_words(&bytes[from..]);
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

    /// Adds ASCII in lower case, with white space as spaces.
    fn add_words(&mut self, words: &[u8]) {
        self.words.extend(words.iter().map(|byte| {
            let space = matches!(byte, b'\t'..=b'\r');
            if space { b' ' } else { byte.to_ascii_lowercase() }
        }));
    }

    /// Adds the places of whatever stands between any four letters of the words: so many are hashed together.
    fn add_windows(&mut self) {
        let count = self.words.len().saturating_sub(LENGTH - 1);
        let begin = self.places.len();
        self.places.resize(begin + count, NOWHERE);
        let from = |at: usize| self.words.get(at..at + count).unwrap_or_default();
        let letters = from(0).iter().zip(from(1)).zip(from(2)).zip(from(3));
        for (window, (((&one, &two), &three), &four)) in
            self.places[begin..].iter_mut().zip(letters)
        {
            let short = hashed(hashed(hashed(EMPTY, one), two), three);
            let long = hashed(short, four);
            // All ones or zeros: whoever branches does not hash many at once.
            let mask = |condition: bool| u16::from(condition).wrapping_neg();
            let (begins, inside, ends) =
                (mask(one == b' '), mask(two != b' '), mask(three == b' '));
            let short_one = u32::from(three == b' ').wrapping_neg();
            let place = folded((short & short_one) | (long & !short_one));
            let gram = inside & (begins | !ends);
            *window = (place & gram) | (NOWHERE & !gram);
        }
    }

    /// What the grams at the places weigh.
    fn sum(&mut self) -> f64 {
        /// Sums that do not wait for one another.
        const SUMS: usize = 4;
        // The sum of the squares of the counts.
        let (mut sums, mut squares) = ([0.0; SUMS], 0);
        let mut add = |sum: &mut f64, place: u16| {
            let place = usize::from(place) % PLACES;
            let count = self.counts[place];
            self.counts[place] = count + 1;
            // (n + 1)² − n²: without a second look at the counts.
            squares += 2 * u64::from(count) + 1;
            *sum += f64::from(self.weights[place]);
        };
        let (fours, rest) = self.places.as_chunks::<SUMS>();
        for four in fours {
            sums.iter_mut().zip(four).for_each(|(sum, &place)| add(sum, place));
        }
        sums.iter_mut().zip(rest).for_each(|(sum, &place)| add(sum, place));
        let nowhere = u64::from(self.counts[usize::from(NOWHERE)]);
        squares -= nowhere * nowhere;
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
