//! How many authors of a unit use a word or a tag.

use rustc_hash::FxHashMap;

use super::evidence::narrow;
use super::hashes::Tag;
use super::lexicon::{Fit, Lexicon, RARE};

/// What is used, by a small number for each.
#[derive(Debug, Default)]
pub(super) struct Spread {
    numbers: FxHashMap<u64, u32>,
    uses: Vec<Use>,
    /// Authors, and those of them who take part.
    all: u32,
    participants: u32,
    /// What was said in the units before.
    before: Lexicon,
}

/// How well a post's words fit.
pub(super) struct Topic {
    pub(super) alien: f32,
    pub(super) common: f32,
    pub(super) common_all: f32,
    /// How well they fit into the units before; unknown while too little was said.
    pub(super) fit: Option<Fit>,
}

/// A post's tags beside the chat's own.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tags {
    pub(super) count: usize,
    pub(super) rare: usize,
    pub(super) common: usize,
    pub(super) known: f32,
    pub(super) chats: usize,
}

#[derive(Debug, Clone, Copy)]
struct Use {
    /// Authors, and those of them who take part.
    all: u32,
    part: u32,
    last: u32,
    /// How often participants used it in the units before.
    before: u32,
}

impl Use {
    /// Nobody uses it.
    const NEVER: Self = Self { all: 0, part: 0, last: u32::MAX, before: 0 };

    /// Others than one of its users who use it, too.
    fn others(self, takes_part: bool) -> Others {
        Others {
            all: self.all.saturating_sub(1),
            part: self.part.saturating_sub(u32::from(takes_part)),
        }
    }

    fn add(&mut self, takes_part: bool) {
        self.all += 1;
        self.part += u32::from(takes_part);
    }
}

/// Others than an author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Others {
    all: u32,
    /// Of those, who takes part.
    part: u32,
}

/// The sum of the logarithms of numbers from 1 on: one logarithm of their product.
pub(super) struct Logs {
    product: f64,
    sum: f64,
}

impl Default for Logs {
    fn default() -> Self {
        Self { product: 1.0, sum: 0.0 }
    }
}

impl Logs {
    /// Takes in a number.
    pub(super) fn add(&mut self, number: f64) {
        self.product *= number;
        if self.product > 1e250 {
            self.sum += self.product.ln();
            self.product = 1.0;
        }
    }

    /// The sum so far.
    pub(super) fn sum(&self) -> f32 {
        narrow(self.sum + self.product.ln())
    }
}

impl Spread {
    /// A spread over authors; `taking_part` says which of them take part, `before` what was said in the
    /// units before.
    pub(super) fn new(taking_part: &[bool], before: Lexicon) -> Self {
        let participants = taking_part.iter().filter(|it| **it).count();
        let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            all: narrow(taking_part.len()),
            participants: narrow(participants),
            ..Self::of(before)
        }
    }

    /// A spread over nobody yet.
    pub(super) fn of(before: Lexicon) -> Self {
        Self { before, ..Self::default() }
    }

    /// Somebody else is here.
    pub(super) fn grow(&mut self, all: u32, participants: u32) {
        (self.all, self.participants) = (all, participants);
    }

    /// Notes that `author` uses what has this hash, and numbers it. What one author uses comes in a
    /// row: so nobody is counted twice, and no pair of author and word need be kept.
    pub(super) fn uses(&mut self, hash: u64, author: u32, takes_part: bool) -> u32 {
        let number = self.number(hash);
        if let Some(it) = self.uses.get_mut(number as usize).filter(|it| it.last != author) {
            it.last = author;
            it.add(takes_part);
        }
        number
    }

    /// Notes that somebody uses what has this number who never did before.
    pub(super) fn add(&mut self, number: u32, takes_part: bool) {
        if let Some(it) = self.uses.get_mut(number as usize) {
            it.add(takes_part);
        }
    }

    /// Somebody who used this takes part from now on.
    pub(super) fn take_part(&mut self, number: u32) {
        if let Some(it) = self.uses.get_mut(number as usize) {
            it.part += 1;
        }
    }

    /// The number of what has this hash: the next one if it is new.
    #[expect(clippy::inline_always, reason = "as much is saved and restored around it as it does")]
    #[inline(always)]
    pub(super) fn number(&mut self, hash: u64) -> u32 {
        let next = u32::try_from(self.uses.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(hash).or_insert(next);
        if number == next {
            let before = self.before.uses(hash);
            self.uses.push(Use { before, ..Use::NEVER });
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

    /// How well a post's words fit; its author `takes_part` or not.
    pub(super) fn topic(
        &self,
        words: impl ExactSizeIterator<Item = u32>,
        takes_part: bool,
    ) -> Topic {
        let count = words.len();
        let of = self.population(takes_part);
        let (rare, rare_all) = (RARE / f64::from(of.part), RARE / f64::from(of.all));
        let (mut alien, mut common, mut common_all) = (0u32, Logs::default(), Logs::default());
        let mut fitting = self.before.fitting();
        for word in words {
            let it = self.uses.get(word as usize).copied().unwrap_or(Use::NEVER);
            let others = it.others(takes_part);
            alien += u32::from(others.part == 0);
            common.add(1.0 + rare * f64::from(others.part));
            common_all.add(1.0 + rare_all * f64::from(others.all));
            fitting.add(it.before);
        }
        let words = count.max(1) as f32;
        Topic {
            alien: alien as f32 / words,
            common: common.sum() / words,
            common_all: common_all.sum() / words,
            fit: fitting.fit(count),
        }
    }

    /// What a post's tags show.
    pub(super) fn tags(&self, own: &[Tag], takes_part: bool) -> Tags {
        let all = self.population(takes_part).all as f32;
        let mut tags = Tags::default();
        for tag in own {
            let others = self.others(tag.number(), takes_part);
            tags.count += 1;
            tags.rare += usize::from(others.all == 0);
            tags.common += usize::from(others.all >= 3);
            tags.known = tags.known.max(others.part.max(others.all / 2) as f32 / all);
            tags.chats += usize::from(tag.chat);
        }
        tags
    }

    /// Others than one of its users who use it, too.
    fn others(&self, number: u32, takes_part: bool) -> Others {
        self.uses.get(number as usize).unwrap_or(&Use::NEVER).others(takes_part)
    }

    /// Others than an author; at least one.
    fn population(&self, takes_part: bool) -> Others {
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
        let mut spread = Spread::new(&taking_part, Lexicon::default());
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
