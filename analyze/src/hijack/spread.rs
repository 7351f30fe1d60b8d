//! How many authors of a unit use a word or a tag.

use rustc_hash::FxHashMap;

/// What is used, by a small number for each.
#[derive(Debug, Default)]
pub(super) struct Spread {
    numbers: FxHashMap<u64, u32>,
    uses: Vec<Use>,
    /// Authors, and those of them who take part.
    all: u32,
    participants: u32,
}

#[derive(Debug, Clone, Copy)]
struct Use {
    /// Authors, and those of them who take part.
    all: u32,
    part: u32,
    last: u32,
}

/// Others than an author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Others {
    pub(super) all: u32,
    /// Of those, who takes part.
    pub(super) part: u32,
}

impl Spread {
    /// A spread over authors; `taking_part` says which of them take part.
    pub(super) fn new(taking_part: &[bool]) -> Self {
        let participants = taking_part.iter().filter(|it| **it).count();
        let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            all: narrow(taking_part.len()),
            participants: narrow(participants),
            ..Self::default()
        }
    }

    /// Notes that `author` uses what has this hash, and numbers it. What one author uses comes in a
    /// row: so nobody is counted twice, and no pair of author and word need be kept.
    pub(super) fn uses(&mut self, hash: u64, author: u32, takes_part: bool) -> u32 {
        let next = u32::try_from(self.uses.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(hash).or_insert(next);
        if number == next {
            self.uses.push(Use { all: 0, part: 0, last: u32::MAX });
        }
        if let Some(it) = self.uses.get_mut(number as usize).filter(|it| it.last != author) {
            it.all += 1;
            it.part += u32::from(takes_part);
            it.last = author;
        }
        number
    }

    /// Every hash with those who take part and use it.
    pub(super) fn by_participants(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        let uses = |number: u32| self.uses.get(number as usize).map_or(0, |it| it.part);
        self.numbers.iter().map(move |(&hash, &number)| (hash, uses(number)))
    }

    /// Those who take part.
    pub(super) fn participants(&self) -> u32 {
        self.participants
    }

    /// Others than one of its users who use it, too.
    pub(super) fn others(&self, number: u32, takes_part: bool) -> Others {
        let it = self.uses.get(number as usize);
        Others {
            all: it.map_or(0, |it| it.all.saturating_sub(1)),
            part: it.map_or(0, |it| it.part.saturating_sub(u32::from(takes_part))),
        }
    }

    /// Others than an author; at least one.
    pub(super) fn population(&self, takes_part: bool) -> Others {
        Others {
            all: self.all.saturating_sub(1).max(1),
            part: self.participants.saturating_sub(u32::from(takes_part)).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_counted_once_each() {
        let taking_part = [true, false, true];
        let mut spread = Spread::new(&taking_part);
        for (hash, author) in [(7, 0), (7, 0), (8, 0), (7, 1), (8, 2), (7, 2)] {
            spread.uses(hash, author, taking_part[author as usize]);
        }
        assert_eq!(spread.others(0, true), Others { all: 2, part: 1 });
        assert_eq!(spread.others(0, false), Others { all: 2, part: 2 });
        assert_eq!(spread.others(1, true), Others { all: 1, part: 1 });
        assert_eq!(spread.population(true), Others { all: 2, part: 1 });
        assert_eq!(spread.others(99, true), Others { all: 0, part: 0 });
    }
}
