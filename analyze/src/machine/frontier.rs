//! How far the sources of a partition are complete.

use std::collections::BTreeMap;

use colloquy_transcript::{CompactString, Mark, Standing, Timestamp};

/// The standing of every source of one partition.
#[derive(Debug, Clone, Default)]
pub(super) struct Frontier {
    sources: BTreeMap<CompactString, Source>,
    /// `posts` was read up to here (exclusive).
    pub(super) read_until: u64,
    /// An earlier run had read up to here, and let nothing of it be missed. What the marks said on the
    /// way is out of date: nothing holds before all of that is at hand again.
    pub(super) known_until: u64,
    /// One past the last source mark in `coverage`.
    pub(super) marks_until: u64,
    /// [`Mark::through`] of the last end that the analysis announced.
    pub(super) announced: Option<u64>,
}

#[derive(Debug, Clone)]
struct Source {
    standing: Standing,
    /// Marks that hold only once more posts were read, by that position.
    pending: Vec<(u64, Standing)>,
}

impl Frontier {
    /// Where an earlier run had read up to `known_until`.
    pub(super) fn after(known_until: u64) -> Self {
        Self { known_until, ..Self::default() }
    }

    /// Takes a mark that lies at `position` in `coverage`.
    pub(super) fn mark(&mut self, position: u64, mark: &Mark) {
        if mark.source == Mark::ANALYSIS {
            if mark.standing == Standing::Ended {
                self.announced = Some(mark.through);
            }
            return;
        }
        if position < self.marks_until {
            return;
        }
        self.marks_until = position + 1;
        let begun = Source { standing: Standing::Begun, pending: Vec::new() };
        let source = self.sources.entry(mark.source.clone()).or_insert(begun);
        // A later mark of the same source never holds before an earlier one, though a run that
        // brought nothing says "from position 0 on".
        let through = source.pending.last().map_or(mark.through, |it| it.0.max(mark.through));
        source.pending.push((through, mark.standing));
        self.read(self.read_until);
    }

    /// `posts` was read up to `position`: marks that waited for it hold now.
    pub(super) fn read(&mut self, position: u64) {
        self.read_until = self.read_until.max(position);
        for source in self.sources.values_mut() {
            let holding =
                source.pending.partition_point(|(through, _)| *through <= self.read_until);
            if let Some((_, standing)) = source.pending.drain(..holding).next_back() {
                source.standing = standing;
            }
        }
    }

    /// Every post up to this instant was read.
    pub(super) fn now(&self) -> Timestamp {
        if self.read_until < self.known_until {
            return Timestamp::MIN;
        }
        self.sources
            .values()
            .map(|source| match source.standing {
                Standing::Begun => Timestamp::MIN,
                Standing::CompleteUntil(until) => until,
                Standing::Ended => Timestamp::MAX,
            })
            .min()
            .unwrap_or(Timestamp::MIN)
    }

    /// Whether every source has ended, and the analysis has said that it knows.
    pub(super) fn honoured(&self) -> bool {
        self.ended() && self.announced == Some(self.marks_until)
    }

    /// Whether every source has ended.
    pub(super) fn ended(&self) -> bool {
        self.read_until >= self.known_until
            && !self.sources.is_empty()
            && self
                .sources
                .values()
                .all(|source| source.standing == Standing::Ended && source.pending.is_empty())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn mark(source: &str, standing: Standing, through: u64) -> Mark {
        Mark { partition: 0, source: source.into(), standing, through }
    }

    #[test]
    fn marks_wait_for_the_posts_before_them() {
        let noon: Timestamp = "2025-03-05T12:00:00Z".parse().unwrap();
        let mut frontier = Frontier::default();
        assert_eq!(frontier.now(), Timestamp::MIN);
        frontier.mark(0, &mark("file", Standing::Begun, 0));
        frontier.mark(1, &mark("file", Standing::CompleteUntil(noon), 10));
        frontier.mark(2, &mark("file", Standing::Ended, 12));
        assert_eq!(frontier.now(), Timestamp::MIN);
        frontier.read(10);
        assert_eq!(frontier.now(), noon);
        assert!(!frontier.ended());
        frontier.read(12);
        assert_eq!(frontier.now(), Timestamp::MAX);
        assert!(frontier.ended());
        frontier.mark(3, &mark("live", Standing::Begun, 12));
        assert_eq!(frontier.now(), Timestamp::MIN, "the slowest source counts");
    }

    #[test]
    fn nothing_holds_before_what_an_earlier_run_had_read() {
        let mut frontier = Frontier::after(9);
        frontier.mark(0, &mark("file", Standing::Ended, 7));
        frontier.read(8);
        assert!(frontier.now() == Timestamp::MIN && !frontier.ended());
        frontier.read(9);
        assert!(frontier.now() == Timestamp::MAX && frontier.ended());
    }
}
