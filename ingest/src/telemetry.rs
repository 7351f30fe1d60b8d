//! Every event that this crate logs.

use tracing::{debug, info, warn};

use crate::{Account, decode::Format};

pub(crate) fn file_taken(name: &str, format: Format, why: &str) {
    info!(file = name, format = format.as_str(), why, "took a file");
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

pub(crate) fn finished(account: &Account) {
    let total = &account.total;
    info!(
        received = total.received,
        accepted = total.accepted,
        unrelated = total.unrelated_total(),
        duplicate = total.duplicate,
        rejected = total.rejected_total(),
        undecided = total.undecided,
        published = account.published,
        "read the inputs"
    );
}
