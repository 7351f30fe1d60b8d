//! Where in a partition the posts of a week lie.
//!
//! A week's posts lie together as often as a source brought them: one range a run, not one range
//! over all that the runs brought, else a repetition would read everything for every week.

/// Ranges nearer than this are one: reading on costs less than beginning anew.
const GAP_MAX: u64 = 2_048;
/// Most ranges that are kept apart.
const RANGES_MAX: usize = 8;

/// Ranges of positions, end exclusive, rising, apart by more than [`GAP_MAX`].
#[derive(Debug, Clone, Default)]
pub(super) struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// Adds `from..until`.
    pub(super) fn add(&mut self, from: u64, until: u64) {
        let ranges = &mut self.0;
        let begin = ranges.partition_point(|range| range.1.saturating_add(GAP_MAX) < from);
        let end = ranges.partition_point(|range| range.0 <= until.saturating_add(GAP_MAX));
        let touched = ranges.get(begin..end).unwrap_or(&[]);
        let from = touched.first().map_or(from, |range| range.0.min(from));
        let until = touched.last().map_or(until, |range| range.1.max(until));
        ranges.splice(begin..end.max(begin), [(from, until)]);
        if ranges.len() > RANGES_MAX {
            let gap = |nth: &usize| ranges[nth + 1].0 - ranges[*nth].1;
            if let Some(nth) = (0..ranges.len() - 1).min_by_key(gap) {
                ranges[nth].1 = ranges[nth + 1].1;
                ranges.remove(nth + 1);
            }
        }
    }

    /// Adds others.
    pub(super) fn extend(&mut self, others: &Self) {
        others.iter().for_each(|(from, until)| self.add(from, until));
    }

    /// How many positions they hold.
    pub(super) fn positions(&self) -> u64 {
        self.iter().map(|(from, until)| until.saturating_sub(from)).sum()
    }

    /// The ranges, rising.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn everything_added_is_held_in_few_ranges_apart(
            added in proptest::collection::vec((0u64..100_000, 1u64..5_000), 1..60),
        ) {
            let mut ranges = Ranges::default();
            for &(from, length) in &added {
                ranges.add(from, from + length);
            }
            let held: Vec<(u64, u64)> = ranges.iter().collect();
            proptest::prop_assert!(held.len() <= RANGES_MAX);
            proptest::prop_assert!(held.windows(2).all(|pair| pair[0].1 + GAP_MAX < pair[1].0));
            for &(from, length) in &added {
                let within = held.iter().any(|range| range.0 <= from && from + length <= range.1);
                proptest::prop_assert!(within, "{from}+{length} is not in {held:?}");
            }
        }
    }
}
