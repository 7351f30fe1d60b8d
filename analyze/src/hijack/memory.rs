//! What a chat remembers of its authors and their words, unit by unit.

use std::collections::{BTreeMap, BTreeSet};

use colloquy_transcript::{AuthorId, SessionId, Timestamp};
use rustc_hash::FxHashMap;

use super::lexicon::{Lexicon, UnitWords};
use super::past::Past;
use super::sketch::Sketch;

/// What one author did in a unit, and a sketch of a post with a link.
pub(super) type OfAuthor = (AuthorId, Past, Option<Sketch>);

/// When a unit starts, and whether it is a meeting: that tells it from all others of its chat.
type Start = (Timestamp, bool);

fn start(unit: SessionId) -> Start {
    (unit.starts_at(), unit.is_meeting())
}

/// One author in one unit.
#[derive(Debug, Clone)]
struct Entry {
    start: Start,
    past: Past,
    /// The same with that of all entries before it: so the years that a chat is old cost nothing.
    until: Past,
}

/// One author in all units, in the order in which they start.
#[derive(Debug, Clone)]
pub(super) struct OneAuthor {
    /// When the last unit started, and what they did in all of them: nearly always that is all that is asked
    /// for, and it lies where the author is found.
    last: Start,
    all: Past,
    entries: Vec<Entry>,
    /// Of one post with a link in a unit, to know the next of its kind.
    sketches: Vec<(Start, Sketch)>,
}

impl Default for OneAuthor {
    fn default() -> Self {
        let last = (Timestamp::MIN, false);
        Self { last, all: Past::default(), entries: Vec::new(), sketches: Vec::new() }
    }
}

impl OneAuthor {
    fn add(&mut self, start: Start, past: Past, sketch: Option<Sketch>) {
        let place = self.entries.partition_point(|entry| entry.start <= start);
        self.entries.insert(place, Entry { start, past, until: past });
        self.sum_from(place);
        if let Some(sketch) = sketch {
            let place = self.sketches.partition_point(|(it, _)| *it <= start);
            self.sketches.insert(place, (start, sketch));
        }
    }

    fn sum_from(&mut self, place: usize) {
        let (before, rest) = self.entries.split_at_mut(place);
        let mut until = before.last().map(|entry| entry.until).unwrap_or_default();
        for entry in rest {
            until.add(&entry.past);
            entry.until = until;
        }
        if let Some(last) = self.entries.last() {
            (self.last, self.all) = (last.start, last.until);
        }
    }

    /// What the author did in the units that are over.
    pub(super) fn past(&self, over: &Over) -> Past {
        if self.last < over.all_before {
            return self.all;
        }
        let late = self.entries.iter().rev().take_while(|entry| entry.start >= over.all_before);
        let (settled, late) = self.entries.split_at(self.entries.len() - late.count());
        let mut past = settled.last().map(|entry| entry.until).unwrap_or_default();
        for entry in late.iter().filter(|entry| over.holds(entry.start)) {
            past.add(&entry.past);
        }
        past
    }

    /// Sketches of the author's posts in the units that are over, those of the last unit first.
    pub(super) fn sketches<'a>(&'a self, over: &'a Over) -> impl Iterator<Item = &'a Sketch> {
        let sketches = self.sketches.iter().rev().filter(|(start, _)| over.holds(*start));
        sketches.map(|(_, sketch)| sketch)
    }

    fn retain(&mut self, keep: impl Fn(Start) -> bool) {
        self.sketches.retain(|(start, _)| keep(*start));
        self.entries.retain(|entry| keep(entry.start));
        self.sum_from(0);
    }
}

/// What authors did and said in the units so far; about 140 bytes an author, 110 an author and unit, 50 more where
/// there was a link, and at most 5 kB a unit.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    authors: FxHashMap<AuthorId, OneAuthor>,
    words: BTreeMap<SessionId, UnitWords>,
}

/// The units of a memory that were over when some unit began.
pub(super) struct Over {
    /// All that start before this are.
    all_before: Start,
    /// Those of the others that are.
    others: Vec<Start>,
}

impl Over {
    fn holds(&self, start: Start) -> bool {
        start < self.all_before || self.others.contains(&start)
    }
}

impl Memory {
    /// Adds what authors did and what was said in a unit.
    pub(super) fn add(&mut self, unit: SessionId, authors: Vec<OfAuthor>, words: UnitWords) {
        self.words.insert(unit, words);
        let start = start(unit);
        for (author, past, sketch) in authors {
            self.authors.entry(author).or_default().add(start, past, sketch);
        }
    }

    /// The vocabulary of the units for which `before` holds.
    pub(super) fn lexicon(&self, before: impl Fn(SessionId) -> bool) -> Lexicon {
        Lexicon::new(self.words.iter().filter(|(unit, _)| before(**unit)))
    }

    /// Keeps the units for which `keep` holds.
    pub fn retain(&mut self, keep: impl Fn(SessionId) -> bool) {
        self.words.retain(|unit, _| keep(*unit));
        let kept: BTreeSet<Start> = self.words.keys().map(|unit| start(*unit)).collect();
        self.authors.retain(|_, author| {
            author.retain(|start| kept.contains(&start));
            !author.entries.is_empty()
        });
    }

    /// The units for which `before` holds.
    pub(super) fn over(&self, before: impl Fn(SessionId) -> bool) -> Over {
        let (over, open): (Vec<SessionId>, Vec<SessionId>) =
            self.words.keys().partition(|unit| before(**unit));
        let open = open.into_iter().map(start).min();
        let all_before = open.unwrap_or((Timestamp::MAX, true));
        let others = over.into_iter().map(start).filter(|start| *start >= all_before);
        Over { all_before, others: others.collect() }
    }

    /// What is remembered of an author.
    pub(super) fn author(&self, author: &AuthorId) -> Option<&OneAuthor> {
        self.authors.get(author)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use colloquy_transcript::Platform;
    use proptest::prelude::*;

    use super::*;

    /// The unit with this number: weeks, and a session in each of them.
    fn unit(number: u16) -> SessionId {
        let hours = i64::from(number / 2) * 7 * 24 + i64::from(number % 2) * 44;
        let at = Timestamp::from_second(1_741_200_000 + hours * 3600).unwrap_or_default();
        if number.is_multiple_of(2) { SessionId::outside(at) } else { SessionId::Meeting(at) }
    }

    proptest! {
        #[test]
        fn sums_are_those_of_the_units_that_are_over(
            units in prop::collection::vec((0u16..12, 0u32..3, 1u32..9), 0..20),
            forgotten in 0u16..12,
            over in prop::collection::vec(any::<bool>(), 12),
        ) {
            let mut memory = Memory::default();
            let mut slowly: HashMap<(u16, u32), u32> = HashMap::new();
            let author = |it: u32| AuthorId::new(Platform::X, &it.to_string());
            for (number, who, originals) in units {
                memory.retain(|it| it != unit(number));
                let sketch = Sketch::of(&[u64::from(originals)]);
                let past = Past { originals, same_link: originals, ..Past::default() };
                memory.add(unit(number), vec![(author(who), past, sketch)], UnitWords::default());
                slowly.retain(|(other, _), _| *other != number);
                slowly.insert((number, who), originals);
            }
            memory.retain(|it| it != unit(forgotten));
            slowly.retain(|(number, _), _| *number != forgotten);
            let before = |it: SessionId| (0..12).any(|number| unit(number) == it && over[usize::from(number)]);
            let is_over = memory.over(before);
            for who in 0..3 {
                let one = memory.author(&author(who));
                let past = one.map(|it| it.past(&is_over)).unwrap_or_default();
                let sketches = one.into_iter().flat_map(|it| it.sketches(&is_over));
                let mut own: Vec<(u16, u32)> = slowly
                    .iter()
                    .filter(|((number, it), _)| *it == who && over[usize::from(*number)])
                    .map(|((number, _), originals)| (*number, *originals))
                    .collect();
                own.sort_unstable_by(|one, other| other.cmp(one));
                let sum = own.iter().map(|(_, originals)| originals).sum::<u32>();
                let most = own.iter().map(|(_, originals)| *originals).max().unwrap_or_default();
                prop_assert_eq!((past.originals, past.same_link), (sum, most));
                let expected: Vec<Sketch> =
                    own.iter().filter_map(|(_, originals)| Sketch::of(&[u64::from(*originals)])).collect();
                prop_assert_eq!(sketches.copied().collect::<Vec<_>>(), expected);
            }
        }
    }
}
