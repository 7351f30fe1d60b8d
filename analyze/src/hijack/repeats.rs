//! Nearly the same text again, by several accounts.
//!
//! Sketches that agree in one band are compared (banding: J. Leskovec, A. Rajaraman, J. Ullman, "Mining of
//! Massive Datasets", chapter 3): so copies are found among many authors without comparing all.

use rustc_hash::FxHashMap;

use super::sketch::{BANDS, Sketch};

/// Authors who say nearly the same: more tell no more.
pub(super) const COPIES_MAX: u8 = 3;
/// Each is compared with the first few of its kind: more copies tell no more.
const COMPARED: u32 = 8;

/// The number of no text, and that of no band.
const NOBODY: u32 = u32::MAX;

/// The first few of what is alike, linked from the last to the first: how many, and the number of the last.
/// In one number, since there is one for nearly every band of every text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Alike(u32);

const _: () = assert!(BANDS == 4, "the place of a band has two bits");

impl Alike {
    /// Bits of the number of the last.
    const BITS: u32 = 28;
    const NONE: Self = Self((1 << Self::BITS) - 1);

    fn count(self) -> u32 {
        self.0 >> Self::BITS
    }

    /// The last, if there is any.
    fn last(self) -> u32 {
        if self.count() == 0 { NOBODY } else { self.0 & Self::NONE.0 }
    }

    /// Takes in the next, unless there are enough: the one before it.
    fn add(&mut self, next: u32) -> u32 {
        let before = self.last();
        // Of texts: one that is already there does not come before itself.
        if self.count() >= COMPARED || next >= Self::NONE.0 || before == next {
            return NOBODY;
        }
        *self = Self((self.count() + 1) << Self::BITS | next);
        before
    }
}

/// For each text how many other authors say nearly the same, at most [`COPIES_MAX`].
pub(super) fn copied(sketches: &[Option<Sketch>], authors: &[u32]) -> Vec<u8> {
    let shared = Shared::of(sketches);
    let mut copied = vec![0; sketches.len()];
    let mut others: Vec<u32> = Vec::new();
    for bands in shared.bands.chunk_by(|one, other| one.text == other.text) {
        let Some(&Band { text, .. }) = bands.first() else { continue };
        let of =
            |text: u32| Some((sketches.get(text as usize)?.as_ref()?, authors.get(text as usize)?));
        let Some((sketch, author)) = of(text) else { continue };
        others.clear();
        for (theirs, other) in bands.iter().flat_map(|band| shared.alike(band)).filter_map(of) {
            if other != author && !others.contains(other) && sketch.same(theirs) {
                others.push(*other);
                if others.len() >= usize::from(COPIES_MAX) {
                    break;
                }
            }
        }
        if let Some(copied) = copied.get_mut(text as usize) {
            *copied = u8::try_from(others.len()).unwrap_or(COPIES_MAX);
        }
    }
    copied
}

/// A band of a text that another one may share.
struct Band {
    text: u32,
    kind: u32,
    /// The band before it among the first few of its kind; [`NOBODY`] if there is none.
    before: u32,
}

/// The bands in which texts agree.
struct Shared {
    /// In the order of their texts.
    bands: Vec<Band>,
    /// By kind: the first few bands.
    firsts: Vec<Alike>,
}

impl Shared {
    fn of(sketches: &[Option<Sketch>]) -> Self {
        let long = || {
            let texts = (0u32..).zip(sketches);
            texts.filter_map(|(at, sketch)| Some((at, sketch.as_ref().filter(|it| it.is_long())?)))
        };
        let mut twice = Twice::new(sketches.len() * BANDS);
        long().for_each(|(_, sketch)| sketch.bands().into_iter().for_each(|band| twice.add(band)));
        let mut numbers: FxHashMap<u64, u32> = FxHashMap::default();
        let mut shared = Self { bands: Vec::new(), firsts: Vec::new() };
        for (text, sketch) in long() {
            for band in sketch.bands().into_iter().filter(|&band| twice.may_hold(band)) {
                let new = u32::try_from(shared.firsts.len()).unwrap_or(u32::MAX);
                let kind = *numbers.entry(band).or_insert(new);
                if kind == new {
                    shared.firsts.push(Alike::NONE);
                }
                let number = u32::try_from(shared.bands.len()).unwrap_or(NOBODY);
                let before = shared.firsts.get_mut(kind as usize).map(|it| it.add(number));
                shared.bands.push(Band { text, kind, before: before.unwrap_or(NOBODY) });
            }
        }
        shared
    }

    /// The first few texts that have a band, where it is not alone.
    fn alike(&self, band: &Band) -> impl Iterator<Item = u32> {
        let firsts = self.firsts.get(band.kind as usize).filter(|firsts| firsts.count() > 1);
        let get = |number: u32| self.bands.get(number as usize);
        let last = firsts.and_then(|firsts| get(firsts.last()));
        std::iter::successors(last, move |band| get(band.before)).map(|band| band.text)
    }
}

/// Numbers that came twice, and few others (a Bloom filter of one bit, B. Bloom 1970): most bands are those of
/// one text alone, and need not be looked up.
struct Twice(Vec<Bits>);

/// A bit for each number that came once, and for each that came again.
#[derive(Clone, Copy, Default)]
struct Bits {
    once: u64,
    twice: u64,
}

impl Twice {
    /// For about so many numbers.
    fn new(count: usize) -> Self {
        // Eight bits for each number and more: of those that came once one in eight seems to come twice.
        Self(vec![Bits::default(); (count / 8).next_power_of_two()])
    }

    /// The place of the bits of a number that is spread over all bits, and the one that is its own.
    fn place(&self, number: u64) -> (usize, u64) {
        (upper(number) as usize & (self.0.len() - 1), 1 << (number >> 26 & 63))
    }

    fn add(&mut self, number: u64) {
        let (place, bit) = self.place(number);
        let bits = &mut self.0[place];
        bits.twice |= bits.once & bit;
        bits.once |= bit;
    }

    /// Whether a number came twice, or seems to.
    fn may_hold(&self, number: u64) -> bool {
        let (place, bit) = self.place(number);
        self.0[place].twice & bit != 0
    }
}

/// A text among those that come one after another.
struct Text {
    sketch: Sketch,
    author: u32,
    /// By band: the text before it in the same one; [`NOBODY`] if there is none.
    before: [u32; BANDS],
}

/// Texts that come one after another.
#[derive(Default)]
pub(super) struct Copies {
    texts: Vec<Text>,
    /// By nearly half of what a band is known by, and in the last bits its place in a sketch. In a full week fewer
    /// than two pairs of its 120,000 bands share that by chance: their texts are compared in vain, and take one
    /// another's places among the first few.
    bands: FxHashMap<u32, Alike>,
    /// Other authors of nearly the same; here so that it is made once.
    others: Vec<u32>,
}

impl Copies {
    /// The sketch of a text.
    pub(super) fn get(&self, number: u32) -> Option<&Sketch> {
        self.texts.get(number as usize).map(|text| &text.sketch)
    }

    /// Takes in a text: its number, and how many other authors said nearly the same before, at most
    /// [`COPIES_MAX`].
    pub(super) fn add(&mut self, sketch: &Sketch, author: u32) -> (u32, u8) {
        let number = u32::try_from(self.texts.len()).unwrap_or(NOBODY);
        let mut before = [NOBODY; BANDS];
        self.others.clear();
        if sketch.is_long() {
            // Looked up before any is compared: none of them waits for another.
            let mut place = 0;
            let alike = sketch.bands().map(|band| {
                let key = upper(band) << 2 | place;
                place += 1;
                let alike = self.bands.entry(key).or_insert(Alike::NONE);
                let last = alike.last();
                (last, alike.add(number))
            });
            for ((nth, (last, joined)), before) in alike.into_iter().enumerate().zip(&mut before) {
                self.compare(nth, last, sketch, author);
                *before = joined;
            }
        }
        self.texts.push(Text { sketch: *sketch, author, before });
        (number, u8::try_from(self.others.len()).unwrap_or(COPIES_MAX))
    }

    /// Compares a text with those that share its band `nth`, of which `last` is the last.
    fn compare(&mut self, nth: usize, last: u32, sketch: &Sketch, author: u32) {
        let mut next = last;
        while self.others.len() < usize::from(COPIES_MAX)
            && let Some(text) = self.texts.get(next as usize)
        {
            let known = text.author == author || self.others.contains(&text.author);
            if !known && sketch.same(&text.sketch) {
                self.others.push(text.author);
            }
            next = text.before[nth];
        }
    }
}

/// The upper half of a number.
fn upper(number: u64) -> u32 {
    (number >> 32) as u32
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use proptest::prelude::*;

    use super::super::cases::{post, read};
    use super::*;

    #[test]
    fn copies_of_others_are_counted() {
        let sketch = |text: &str| read(&post(text)).sketch;
        let text = "Win a free wheelbarrow today, follow us and share this post with all";
        let all = [sketch(text), sketch(text), sketch("A2: I hoe"), sketch(text)];
        assert_eq!(copied(&all, &[0, 1, 2, 0]), [1, 1, 0, 1]);
        assert_eq!(copied(&all, &[0, 1, 2, 3]), [2, 2, 0, 2]);
    }

    /// The same as [`copied`] for one text, and only from those before it if `arriving`.
    fn slowly(all: &[Option<Sketch>], authors: &[u32], at: usize, arriving: bool) -> u8 {
        let long = |at: usize| all[at].filter(Sketch::is_long);
        let Some(sketch) = long(at) else { return 0 };
        let texts = || (0..if arriving { at } else { all.len() }).filter(|&it| long(it).is_some());
        let first = |nth: usize| {
            let alike =
                texts().filter(move |&it| long(it).unwrap().bands()[nth] == sketch.bands()[nth]);
            alike.take(COMPARED as usize)
        };
        let same = |it: &usize| authors[*it] != authors[at] && sketch.same(&long(*it).unwrap());
        let others = (0..BANDS).flat_map(first).filter(same).map(|it| authors[it]);
        let others: std::collections::BTreeSet<u32> = others.collect();
        u8::try_from(others.len()).unwrap().min(COPIES_MAX)
    }

    proptest! {
        #[test]
        fn they_are_found_as_if_each_were_compared(
            texts in prop::collection::vec((0u64..3, prop::collection::vec(0usize..12, 0..4), 0u32..9), 0..60)
        ) {
            // One of three texts, in which a few words differ.
            let sketch = |&(kind, ref changed, _): &(u64, Vec<usize>, u32)| {
                let mut pairs: Vec<u64> = (0..12).map(|it| it * 3 + kind).collect();
                for &it in changed {
                    pairs[it] += 1000;
                }
                Sketch::of(&pairs[..if changed.len() > 2 { 4 } else { 12 }])
            };
            let all: Vec<Option<Sketch>> = texts.iter().map(sketch).collect();
            let authors: Vec<u32> = texts.iter().map(|(_, _, author)| *author).collect();
            let mut copies = Copies::default();
            let finally = copied(&all, &authors);
            for (at, sketch) in all.iter().enumerate() {
                assert_eq!(finally[at], slowly(&all, &authors, at, false));
                let (_, arriving) = copies.add(sketch.as_ref().unwrap(), authors[at]);
                assert_eq!(arriving, slowly(&all, &authors, at, true));
            }
        }
    }
}
