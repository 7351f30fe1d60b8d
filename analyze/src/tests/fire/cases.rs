//! Schedules that once failed, each with what was wrong.

use super::Turn::{Append, Kill, Read, Write};
use super::scene::{Plan, quiet};
use super::{Turn, under_fire};

fn assert_same(plan: &Plan, turns: &[Turn]) {
    let (lake, _) = under_fire(plan, turns).unwrap();
    let quiet = quiet(plan);
    let missing: Vec<_> = quiet.keys().filter(|key| lake.get(*key) != quiet.get(*key)).collect();
    assert!(missing.is_empty() && lake.len() == quiet.len(), "differ: {missing:#?}");
}

/// A worker had read posts of a later run, and settled nothing before it died. The next one began
/// anew, stood for a moment between the runs, where the marks of the first run held, and settled a week
/// without those posts; then it took them for known.
#[test]
fn nothing_is_settled_before_known_posts_are_read_again() {
    let plan = Plan {
        run_of: vec![0, 0, 0, 0, 1, 1, 0, 0],
        in_order: [true, true, false],
        repeat_every: 2,
        edits: false,
        decides: false,
    };
    let first = [Append(3), Append(6), Append(5), Append(8), Append(7)];
    let reads = [Read(0, 1), Read(0, 16), Write(0), Kill(0)];
    let second = [Read(0, 1), Read(0, 7)];
    assert_same(&plan, &[&first[..], &reads, &second].concat());
}
