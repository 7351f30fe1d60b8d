//! Every figure and every event of the analysis.

use std::error::Error;

use colloquy_transcript::Record;
use metrics::{counter, gauge};
use tracing::{debug, warn};

use crate::driver::Outcome;

/// A post was read that may change what was published.
pub(crate) fn late(posts: u64) {
    counter!("colloquy_posts_late_total").increment(posts);
}

/// These are published with the next commit; revisions count again.
pub(crate) fn published(records: &[Record]) {
    let sessions = records.iter().filter(|it| matches!(it, Record::Session(_))).count();
    let flagged = |it: &&Record| match it {
        // What is said at arrival is said again in the end.
        Record::Annotation(row) if !row.is_provisional() => {
            row.flag.as_ref().is_some_and(|flag| flag.flagged)
        }
        _ => false,
    };
    let flags = records.iter().filter(flagged).count();
    counter!("colloquy_sessions_published_total").increment(sessions as u64);
    counter!("colloquy_flags_total").increment(flags as u64);
}

/// What is in hand.
pub(crate) fn held(posts: usize, open_sessions: usize) {
    gauge!("colloquy_posts_held").set(posts as f64);
    gauge!("colloquy_open_sessions").set(open_sessions as f64);
}

/// An entry is no record that this version reads.
pub(crate) fn set_aside(source: &str, position: u64, reason: &str) {
    counter!("colloquy_entries_set_aside_total").increment(1);
    warn!(source, position, reason, "entry set aside");
}

/// The partitions went to another worker before a commit, as far as the journal says.
pub(crate) fn fenced() {
    warn!("another worker owns the partitions now; waiting for new ones");
}

/// The group gave this worker nothing for long.
pub(crate) fn joining_again() {
    warn!("no new partitions came; joining again");
}

/// A commit failed, and nobody knows whether it took place; or nobody could be joined after that.
pub(crate) fn failed(error: &dyn Error, failures: u32) {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    warn!(%cause, failures, "a commit failed; beginning anew");
}

/// The analysis is over.
pub(crate) fn ended(outcome: &Outcome) {
    debug!(?outcome, "analysis ended");
}

/// The figures that are there from the start, so that nobody takes a missing one for a zero.
pub(crate) fn begin() {
    late(0);
    published(&[]);
    held(0, 0);
    counter!("colloquy_entries_set_aside_total").increment(0);
}
