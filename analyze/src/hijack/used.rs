//! What one author used in a week, by number.

use rustc_hash::FxHashSet;

/// So many are quicker looked through than looked up.
const FEW: usize = 48;

/// Numbers, each once. Most people use few words in a week.
#[derive(Debug, Default)]
pub(super) struct Used {
    numbers: Vec<u32>,
    /// A bit for each of them, and for others: what has none was never used.
    bits: u64,
    /// The same once there are many.
    index: Option<Box<FxHashSet<u32>>>,
}

impl Used {
    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, count: usize) {
        self.numbers.reserve(count);
    }

    /// Adds a number; `false` if it was there.
    pub(super) fn add(&mut self, number: u32) -> bool {
        let bit = 1 << (number % 64);
        let may_be = self.bits & bit != 0;
        self.bits |= bit;
        if let Some(index) = &mut self.index {
            if !index.insert(number) {
                return false;
            }
        } else if may_be && holds(&self.numbers, number) {
            return false;
        } else if self.numbers.len() >= FEW {
            self.index = Some(Box::new(self.numbers.iter().copied().chain([number]).collect()));
        }
        self.numbers.push(number);
        true
    }

    /// All of them in the order in which they came.
    pub(super) fn numbers(&self) -> &[u32] {
        &self.numbers
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
    use super::*;

    #[test]
    fn each_is_added_once_however_many_there_are() {
        let mut used = Used::default();
        for number in 0..200 {
            assert!(used.add(number) && !used.add(number) && !used.add(number / 2));
        }
        assert!(used.numbers().iter().copied().eq(0..200));
    }
}
