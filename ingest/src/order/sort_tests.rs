use proptest::prelude::*;

use super::{super::row::Row, *};
use colloquy_transcript::{Platform, PostId};

fn row(id: u64) -> Row {
    Row::deleted(PostId::new(Platform::X, &id.to_string()), 0)
}

fn sorted(sorters: Vec<Sorter>) -> Vec<String> {
    let mut rows = merge_sorters(sorters).unwrap();
    let mut ids = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        ids.push(row.id().native().to_owned());
    }
    ids
}

/// Runs of one row each, more than two levels of them: what comes out is what went in, in order,
/// and neither files nor runs pile up.
#[test]
fn very_many_runs_are_merged_level_by_level() {
    let folder = tempfile::tempdir().unwrap();
    let scratch = Scratch::new(folder.path());
    let count = (RUNS_MERGED_MAX * RUNS_MERGED_MAX * 2 + 77) as u64;
    let mut sorter = Sorter::new(Order::Id, 0, &scratch);
    for at in 0..count {
        sorter.push(row(at.wrapping_mul(7_919) % count)).unwrap();
        assert!(sorter.levels.iter().all(|level| level.runs.len() < RUNS_MERGED_MAX));
    }
    assert_eq!(sorter.levels.len(), 3);
    let mut expected: Vec<String> = (0..count).map(|id| id.to_string()).collect();
    expected.sort_unstable();
    assert_eq!(sorted(vec![sorter]), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However rows are spread over sorters and their memory, they come out in order.
    #[test]
    fn sorters_are_merged_in_order(
        ids in prop::collection::vec(0..500_u64, 0..400),
        sorters in 1..5_usize,
        budget_bytes in prop::sample::select(vec![0, 500, 5_000, usize::MAX]),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(folder.path());
        let mut all: Vec<Sorter> =
            (0..sorters).map(|_| Sorter::new(Order::Id, budget_bytes, &scratch)).collect();
        for (at, id) in ids.iter().enumerate() {
            all[at % sorters].push(row(*id)).unwrap();
        }
        let mut expected: Vec<String> = ids.iter().map(u64::to_string).collect();
        expected.sort_unstable();
        prop_assert_eq!(sorted(all), expected);
        prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
