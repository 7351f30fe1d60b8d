//! Every figure and every event of this crate.

use metrics::counter;
use tracing::{debug, warn};

use crate::{Account, decode::Format};

/// Rows came in: counted while files are read, what became of them when that is decided.
pub(crate) fn received(rows: usize) {
    counter!("colloquy_rows_received_total").increment(rows as u64);
}

/// The figures that are there from the start, so that nobody takes a missing one for a zero.
pub(crate) fn begin() {
    received(0);
    counter!("colloquy_rows_accepted_total").increment(0);
    counter!("colloquy_rows_duplicate_total").increment(0);
    counter!("colloquy_rows_undecided_total").increment(0);
}

pub(crate) fn file_taken(name: &str, format: Format, why: &str) {
    debug!(file = name, format = format.as_str(), why, "took a file");
}

pub(crate) fn rejected(name: &str, line: u64, stage: &str, reason: &str) {
    debug!(file = name, line, stage, reason, "rejected a row");
}

pub(crate) fn spilled(rows: usize, bytes: u64) {
    debug!(rows, bytes, "spilled a run of rows");
}

pub(crate) fn related(untagged: usize, kept: usize) {
    debug!(untagged, kept, "looked for conversations of rows without a tag");
}

pub(crate) fn stopped() {
    warn!("stopped before the end of the inputs, as asked");
}

/// What became of every row.
pub(crate) fn finished(account: &Account) {
    let total = &account.total;
    counter!("colloquy_rows_accepted_total").increment(total.accepted);
    counter!("colloquy_rows_duplicate_total").increment(total.duplicate);
    counter!("colloquy_rows_undecided_total").increment(total.undecided);
    for (kind, rows) in &total.unrelated {
        counter!("colloquy_rows_unrelated_total", "kind" => *kind).increment(*rows);
    }
    for (class, rows) in &total.rejected {
        counter!("colloquy_rows_rejected_total", "class" => class.clone()).increment(*rows);
    }
    debug!(published = account.published, "read the inputs");
}
