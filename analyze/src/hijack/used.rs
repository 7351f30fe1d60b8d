//! Who used what in a week, by number.

use rustc_hash::FxHashSet;

/// So many are quicker looked through than looked up.
const FEW: u32 = 48;
/// No stretch.
const NONE: u32 = u32::MAX;

/// What people used, each thing once for everybody, one behind the other: most use little in a week, and a list
/// for each of them would lie anywhere.
#[derive(Debug, Default)]
pub(super) struct Uses {
    numbers: Vec<u32>,
    stretches: Vec<Stretch>,
}

/// What somebody used for the first time in one post.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    begin: u32,
    end: u32,
    /// The stretch of the same person before it; [`NONE`] if there is none.
    before: u32,
}

/// What one of them used.
#[derive(Debug)]
pub(super) struct Used {
    /// A bit for each number, which it shares with others: a number whose bit is not set was never used.
    bits: [u64; 4],
    /// The last stretch; [`NONE`] if there is none.
    last: u32,
    count: u32,
    /// The numbers once there are many.
    index: Option<Box<FxHashSet<u32>>>,
}

impl Default for Used {
    fn default() -> Self {
        Self { bits: [0; 4], last: NONE, count: 0, index: None }
    }
}

impl Used {
    /// The word and the bit of a number.
    fn place(number: u32) -> (usize, u64) {
        (number as usize / 64 % 4, 1 << (number % 64))
    }

    fn may_hold(&self, number: u32) -> bool {
        let (word, bit) = Self::place(number);
        self.bits[word] & bit != 0
    }
}

impl Uses {
    /// Adds what somebody used in one post, and shows to `new` what they never used before.
    pub(super) fn add(
        &mut self,
        own: &mut Used,
        numbers: impl Iterator<Item = u32>,
        mut new: impl FnMut(u32),
    ) {
        let begin = self.numbers.len();
        for number in numbers {
            if own.may_hold(number) && self.hold(own, begin, number) {
                continue;
            }
            let (word, bit) = Used::place(number);
            own.bits[word] |= bit;
            self.numbers.push(number);
            new(number);
        }
        if self.numbers.len() > begin {
            self.close(own, begin);
        }
    }

    /// Whether a number is among those from `begin` on, or somebody's.
    fn hold(&self, own: &Used, begin: usize, number: u32) -> bool {
        holds(&self.numbers[begin..], number)
            || match &own.index {
                Some(index) => index.contains(&number),
                None => self.stretches(own).any(|stretch| holds(stretch, number)),
            }
    }

    /// The numbers from `begin` on are somebody's.
    fn close(&mut self, own: &mut Used, begin: usize) {
        let place = |at: usize| u32::try_from(at).unwrap_or(NONE);
        let (begin, end) = (place(begin), place(self.numbers.len()));
        let last = place(self.stretches.len());
        self.stretches.push(Stretch { begin, end, before: std::mem::replace(&mut own.last, last) });
        own.count += end - begin;
        if let Some(index) = &mut own.index {
            index.extend(&self.numbers[begin as usize..]);
        } else if own.count > FEW {
            own.index = Some(Box::new(self.of(own).collect()));
        }
    }

    fn stretches<'a>(&'a self, own: &Used) -> impl Iterator<Item = &'a [u32]> {
        let get = |at: u32| self.stretches.get(at as usize);
        let all = std::iter::successors(get(own.last), move |stretch| get(stretch.before));
        all.filter_map(|it| self.numbers.get(it.begin as usize..it.end as usize))
    }

    /// All that somebody used.
    pub(super) fn of(&self, own: &Used) -> impl Iterator<Item = u32> {
        self.stretches(own).flatten().copied()
    }
}

/// Whether a number is among some: eight are looked at together, which takes as long as two do alone.
fn holds(numbers: &[u32], number: u32) -> bool {
    let (eights, rest) = numbers.as_chunks::<8>();
    let among = |some: &[u32; 8]| some.iter().filter(|it| **it == number).count() > 0;
    eights.iter().any(among) || rest.contains(&number)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_is_added_once_for_everybody(
            posts in prop::collection::vec((0usize..3, prop::collection::vec(0u32..300, 0..12)), 0..60)
        ) {
            let mut uses = Uses::default();
            let mut people: [(Used, BTreeSet<u32>); 3] = Default::default();
            for (who, numbers) in posts {
                let (own, slowly) = &mut people[who];
                let expected: Vec<u32> = numbers.iter().copied().filter(|it| slowly.insert(*it)).collect();
                let mut new = Vec::new();
                uses.add(own, numbers.into_iter(), |number| new.push(number));
                prop_assert_eq!(new, expected);
            }
            for (own, slowly) in &people {
                prop_assert_eq!(&uses.of(own).collect::<BTreeSet<u32>>(), slowly);
                prop_assert_eq!(uses.of(own).count(), slowly.len());
            }
            prop_assert_eq!(uses.numbers.len(), people.iter().map(|(_, it)| it.len()).sum::<usize>());
        }
    }
}
