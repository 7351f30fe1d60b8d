//! What a chat remembers of its authors and their words, unit by unit.

use std::collections::BTreeMap;

use colloquy_transcript::{AuthorId, SessionId};
use rustc_hash::FxHashMap;

use super::gathered::COMPARED;
use super::lexicon::{Lexicon, UnitWords};
use super::past::Past;
use super::sketch::Sketch;

/// The newest units are told apart: more than a vocabulary is made of, so that a few may not be over yet …
const APART_MIN: usize = 160;
/// … and all that start less than this before the newest, which holds several weeks that are settled late. What
/// was before is summed up.
const APART_S: i64 = 100 * 86_400;
/// Units beyond that after which it is summed up: not with every one.
const APART_MORE: usize = 16;
/// Sketches of an author's that are kept of what is summed up: as many as are ever compared.
const SKETCHES_MAX: usize = COMPARED;

/// What one author did in a unit, and a sketch of a post with a link.
pub(super) type OfAuthor = (AuthorId, Past, Option<Sketch>);

/// When a unit starts, in seconds, and in the last bit whether it is a meeting: that tells it from all others of
/// its chat, and says which starts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Start(i64);

impl Start {
    const FIRST: Self = Self(i64::MIN);
    const LAST: Self = Self(i64::MAX);

    fn of(unit: SessionId) -> Self {
        Self(unit.starts_at().as_second() << 1 | i64::from(unit.is_meeting()))
    }
}

/// One author in one unit.
#[derive(Debug, Clone)]
struct Entry {
    start: Start,
    past: Past,
    /// The same with that of all entries before it: so nobody adds up the years that somebody comes.
    until: Past,
}

/// One author in all units, in the order in which they start.
#[derive(Debug, Clone, Default)]
pub(super) struct OneAuthor {
    /// The units that are summed up.
    before: Past,
    entries: Vec<Entry>,
    /// Of one post with a link in a unit, to know the next of its kind.
    sketches: Vec<(Start, Sketch)>,
}

impl OneAuthor {
    fn add(&mut self, start: Start, past: Past, sketch: Option<Sketch>) {
        // Most come to one unit, and most of those who come to several come to many.
        if self.entries.is_empty() {
            self.entries.reserve_exact(1);
        }
        let place = self.entries.partition_point(|entry| entry.start <= start);
        self.entries.insert(place, Entry { start, past, until: past });
        self.sum_from(place);
        if let Some(sketch) = sketch {
            if self.sketches.is_empty() {
                self.sketches.reserve_exact(1);
            }
            let place = self.sketches.partition_point(|(it, _)| *it <= start);
            self.sketches.insert(place, (start, sketch));
        }
    }

    fn sum_from(&mut self, place: usize) {
        let (before, rest) = self.entries.split_at_mut(place);
        let mut until = before.last().map_or(self.before, |entry| entry.until);
        for entry in rest {
            until.add(&entry.past);
            entry.until = until;
        }
    }

    /// What the author did in the units that are over.
    pub(super) fn past(&self, over: &Over) -> Past {
        let late = self.entries.iter().rev().take_while(|entry| entry.start >= over.all_before);
        let (settled, late) = self.entries.split_at(self.entries.len() - late.count());
        let mut past = settled.last().map_or(self.before, |entry| entry.until);
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

    /// Sums up the units that start before `apart`.
    fn sum_up(&mut self, apart: Start) {
        let settled = self.entries.partition_point(|entry| entry.start < apart);
        let Some(last) = settled.checked_sub(1).and_then(|last| self.entries.get(last)) else {
            return;
        };
        self.before = last.until;
        self.entries.drain(..settled);
        self.entries.shrink_to_fit();
        let settled = self.sketches.partition_point(|(start, _)| *start < apart);
        if let Some(more) = settled.checked_sub(SKETCHES_MAX).filter(|more| *more > 0) {
            self.sketches.drain(..more);
            self.sketches.shrink_to_fit();
        }
    }

    /// Whether nothing is remembered of them.
    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.before == Past::default()
    }

    /// Forgets the units with these starts, which are in order.
    fn forget(&mut self, gone: &[Start]) {
        let is_gone = |start: &Start| gone.binary_search(start).is_ok();
        let Some(first) = self.entries.iter().position(|entry| is_gone(&entry.start)) else {
            return;
        };
        self.entries.retain(|entry| !is_gone(&entry.start));
        self.sketches.retain(|(start, _)| !is_gone(start));
        self.sum_from(first);
    }
}

/// What authors did and said in the units so far; about 140 bytes an author, 50 for each of at most 40 posts with
/// links, and of the newest 160 units (and of all of the last hundred days) 100 an author and unit and at most 5 kB
/// a unit.
#[derive(Debug, Clone)]
pub struct Memory {
    authors: FxHashMap<AuthorId, OneAuthor>,
    /// By unit that is told apart.
    words: BTreeMap<SessionId, UnitWords>,
    /// Those that start before this are summed up.
    apart: Start,
    changes: u64,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            authors: FxHashMap::default(),
            words: BTreeMap::new(),
            apart: Start::FIRST,
            changes: 0,
        }
    }
}

/// The units of a memory that were over when some unit began.
#[derive(Debug)]
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
        self.changes += 1;
        self.words.insert(unit, words);
        let start = Start::of(unit);
        for (author, past, sketch) in authors {
            self.authors.entry(author).or_default().add(start, past, sketch);
        }
        if self.words.len() >= APART_MIN + APART_MORE {
            self.sum_up(APART_MIN, APART_S);
        }
    }

    /// Sums up the oldest units, which were over before any that may still be judged began: all but the newest
    /// so many, and those of the last so many seconds.
    fn sum_up(&mut self, least: usize, lately_s: i64) {
        let mut starts: Vec<Start> = self.words.keys().copied().map(Start::of).collect();
        starts.sort_unstable();
        let Some(newest) = starts.last() else { return };
        let lately = Start(newest.0.saturating_sub(lately_s << 1));
        let Some(&nth) = starts.iter().rev().nth(least.saturating_sub(1)) else { return };
        let apart = nth.min(lately);
        if starts.first().is_none_or(|first| *first >= apart) {
            return;
        }
        self.apart = apart;
        self.changes += 1;
        self.words.retain(|unit, _| Start::of(*unit) >= apart);
        self.authors.values_mut().for_each(|author| author.sum_up(apart));
    }

    /// Whether a unit may still be forgotten alone: older ones are summed up.
    pub fn tells_apart(&self, unit: SessionId) -> bool {
        Start::of(unit) >= self.apart
    }

    /// The vocabulary of the units for which `before` holds.
    pub(super) fn lexicon(&self, before: impl Fn(SessionId) -> bool) -> Lexicon {
        Lexicon::new(self.words.iter().filter(|(unit, _)| before(**unit)))
    }

    /// Keeps the units for which `keep` holds.
    pub fn retain(&mut self, keep: impl Fn(SessionId) -> bool) {
        let gone: Vec<SessionId> = self.words.keys().copied().filter(|unit| !keep(*unit)).collect();
        if gone.is_empty() {
            return;
        }
        self.changes += 1;
        for unit in &gone {
            self.words.remove(unit);
        }
        let mut gone: Vec<Start> = gone.into_iter().map(Start::of).collect();
        gone.sort_unstable();
        self.authors.retain(|_, author| {
            author.forget(&gone);
            !author.is_empty()
        });
    }

    /// How often it changed: what was asked of it holds as long as it did not.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// The units for which `before` holds.
    pub(super) fn over(&self, before: impl Fn(SessionId) -> bool) -> Over {
        let (over, open): (Vec<SessionId>, Vec<SessionId>) =
            self.words.keys().partition(|unit| before(**unit));
        let open = open.into_iter().map(Start::of).min();
        let all_before = open.unwrap_or(Start::LAST);
        let others = over.into_iter().map(Start::of).filter(|start| *start >= all_before);
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

    use colloquy_transcript::{Platform, Timestamp};
    use proptest::prelude::*;

    use super::*;

    /// The unit with this number: weeks, a session in each of them, and one that begins with it.
    fn unit(number: u16) -> SessionId {
        let week = Timestamp::from_second(1_740_960_000 + i64::from(number / 3) * 7 * 86_400);
        let week = week.unwrap_or_default();
        match number % 3 {
            0 => SessionId::outside(week),
            1 => SessionId::Meeting(week),
            _ => SessionId::Meeting(week + jiff::SignedDuration::from_hours(44)),
        }
    }

    fn linked(originals: u32) -> Option<Sketch> {
        Sketch::of(&[u64::from(originals)]).filter(|_| originals > 3)
    }

    /// What is remembered of an author after a unit: counts, and sketches as far as they are compared.
    fn told(memory: &Memory, who: u32, over: &Over) -> (Past, Vec<Sketch>) {
        let author = AuthorId::new(Platform::X, &who.to_string());
        let Some(one) = memory.author(&author) else { return Default::default() };
        (one.past(over), one.sketches(over).take(COMPARED).copied().collect())
    }

    proptest! {
        #[test]
        fn what_is_summed_up_counts_as_before(
            units in prop::collection::vec((0u32..3, 1u32..9), 1..140),
            open in 0usize..4,
        ) {
            let mut memory = Memory::default();
            for (number, &(who, originals)) in (0u16..).zip(&units) {
                let author = AuthorId::new(Platform::X, &who.to_string());
                let past = Past { originals, same_link: originals, units: 1, ..Past::default() };
                let of_author = (author, past, linked(originals));
                memory.add(unit(number), vec![of_author], UnitWords::default());
            }
            let mut summed = memory.clone();
            summed.sum_up(10, 21 * 86_400);
            let first = (0..200).map(unit).find(|it| summed.tells_apart(*it)).unwrap();
            prop_assert!(units.len() < 30 || first != unit(0));
            prop_assert!(summed.words.len() >= units.len().min(10));
            // The last few may not be over.
            let settled = u16::try_from(units.len().saturating_sub(open)).unwrap();
            let over = |it: SessionId| (0..settled).any(|number| unit(number) == it);
            let (then, now) = (memory.over(over), summed.over(over));
            for who in 0..3 {
                prop_assert_eq!(told(&memory, who, &then), told(&summed, who, &now));
            }
            // What is told apart can be forgotten as before.
            let keep = |it: SessionId| (0..settled).any(|number| unit(number) == it);
            memory.retain(keep);
            summed.retain(keep);
            let (then, now) = (memory.over(|_| true), summed.over(|_| true));
            for who in 0..3 {
                prop_assert_eq!(told(&memory, who, &then), told(&summed, who, &now));
            }
        }

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
                // One in three posts nothing with a link.
                let sketch = linked(originals);
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
                    own.iter().filter_map(|(_, originals)| linked(*originals)).collect();
                prop_assert_eq!(sketches.copied().collect::<Vec<_>>(), expected);
            }
        }
    }
}
