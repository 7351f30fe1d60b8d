//! What a chat remembers of its authors and their words, unit by unit.

use std::collections::BTreeMap;

use colloquy_transcript::{AuthorId, SessionId};
use rustc_hash::FxHashMap;

use super::gathered::COMPARED;
use super::lexicon::{Lexicon, UNITS_MAX, UnitWords};
use super::past::Past;
use super::sketch::Sketch;

/// Units that start less than this before the newest are told apart, which holds several weeks that are settled
/// late …
const LATELY_S: i64 = 100 * DAY_S;
/// … and of those before them the newest, more than a vocabulary is made of, so that units of some months ago can
/// be forgotten and folded again. What was before is summed up.
const APART: usize = UNITS_MAX + 56;
/// Units beyond that after which it is summed up: not with every one.
const APART_MORE: usize = 16;
/// Whatever starts so long before a unit was over when that began: a week is settled 21 days after its end at the
/// latest.
const OVER_S: i64 = 40 * DAY_S;
const DAY_S: i64 = 86_400;
/// Sketches of an author's that are kept of what is summed up: as many as are ever compared.
const SKETCHES_MAX: usize = COMPARED;

/// What one author did in a unit, and a sketch of a post with a link.
pub(super) type OfAuthor = (AuthorId, Past, Option<Sketch>);

/// When a unit starts, in seconds, and in the last bit whether it is a meeting: that tells it from all others of
/// its chat, and says which starts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Start(i64);

impl Start {
    const LAST: Self = Self(i64::MAX);

    /// So many seconds before.
    fn before(self, seconds: i64) -> Self {
        Self(self.0.saturating_sub(seconds << 1))
    }

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

/// What authors did and said in the units so far; about 150 bytes an author, 50 for each of at most 40 posts with
/// links, and of the units of the last hundred days and the newest 176 before them 120 an author and unit and at most
/// 5 kB a unit.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    authors: FxHashMap<AuthorId, OneAuthor>,
    /// By unit that is told apart.
    words: BTreeMap<SessionId, UnitWords>,
    /// Whether others were summed up.
    summed_up: bool,
    changes: u64,
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
        self.sum_up();
    }

    /// Sums up the oldest units, which were over before any that may still be judged began.
    fn sum_up(&mut self) {
        if self.words.len() < APART + APART_MORE {
            return;
        }
        let mut starts: Vec<Start> = self.words.keys().copied().map(Start::of).collect();
        starts.sort_unstable();
        let Some(lately) = starts.last().map(|newest| newest.before(LATELY_S)) else { return };
        let settled = starts.partition_point(|start| *start < lately);
        if settled < APART + APART_MORE {
            return;
        }
        let apart = starts[settled - APART];
        self.summed_up = true;
        self.changes += 1;
        self.words.retain(|unit, _| Start::of(*unit) >= apart);
        self.authors.values_mut().for_each(|author| author.sum_up(apart));
    }

    /// Whether units from this one on may be forgotten and folded again: what they ask of the units before is not
    /// summed up.
    pub fn goes_back_to(&self, unit: SessionId) -> bool {
        let over = Start::of(unit).before(OVER_S);
        let enough = || self.words.keys().filter(|it| Start::of(**it) < over).count() >= UNITS_MAX;
        !self.summed_up || enough()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self { changes: self.changes + 1, ..Self::default() };
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

    /// A memory of so many units, in order; three authors and a word for each unit.
    fn years(units: u16, sum_up: bool) -> Memory {
        let mut memory = Memory::default();
        for number in 0..units {
            let originals = u32::from(number % 7 + 1);
            let past = Past { originals, same_link: originals, units: 1, ..Past::default() };
            let author = AuthorId::new(Platform::X, &(number % 3).to_string());
            let words = UnitWords::new(9, [(u64::from(number), 3), (7, originals)].into_iter());
            let authors = vec![(author, past, linked(originals))];
            if sum_up {
                memory.add(unit(number), authors, words);
            } else {
                memory.words.insert(unit(number), words);
                for (author, past, sketch) in authors {
                    let one = memory.authors.entry(author).or_default();
                    one.add(Start::of(unit(number)), past, sketch);
                }
            }
        }
        memory
    }

    #[test]
    fn what_is_summed_up_counts_as_before() {
        const UNITS: u16 = 400;
        let told = |memory: &Memory, until: u16| {
            let before = |it: SessionId| (0..until).any(|number| unit(number) == it);
            let over = memory.over(before);
            let authors = (0..3).map(|who| {
                let one = memory.author(&AuthorId::new(Platform::X, &who.to_string())).unwrap();
                let sketches = one.sketches(&over).take(COMPARED).copied();
                (one.past(&over), sketches.collect::<Vec<Sketch>>())
            });
            let lexicon = memory.lexicon(before);
            let words = (0..u64::from(UNITS)).map(|word| lexicon.uses(word));
            (authors.collect::<Vec<_>>(), words.collect::<Vec<_>>())
        };
        let (summed, apart) = (years(UNITS, true), years(UNITS, false));
        assert!(summed.words.len() < 260, "{}", summed.words.len());
        // The last few are not over.
        for until in [UNITS - 9, UNITS] {
            assert_eq!(told(&summed, until), told(&apart, until));
        }
        // Wherever it may go back to, all is as if nothing had been summed up.
        let back: Vec<u16> = (0..UNITS).filter(|it| summed.goes_back_to(unit(*it))).collect();
        assert!(back.len() > 60 && back[0] > 200, "{back:?}");
        for &first in &back {
            let keep = |it: SessionId| (0..first).any(|number| unit(number) == it);
            let (mut summed, mut apart) = (summed.clone(), apart.clone());
            summed.retain(keep);
            apart.retain(keep);
            assert_eq!(told(&summed, first), told(&apart, first), "{first}");
        }
        assert!((0..UNITS).all(|it| apart.goes_back_to(unit(it))));
    }
}
