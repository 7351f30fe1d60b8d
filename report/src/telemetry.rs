//! Every figure and every event of the report.

use std::time::SystemTime;

use colloquy_transcript::{DeadLetter, SessionRecord};
use metrics::{counter, histogram};
use tracing::warn;

use crate::driver::Counts;

/// What was done between two commits.
pub(crate) fn committed(before: &Counts, now: &Counts) {
    for (name, before, now) in [
        ("colloquy_sessions_written_total", before.sessions_written, now.sessions_written),
        ("colloquy_sessions_removed_total", before.sessions_removed, now.sessions_removed),
        ("colloquy_files_written_total", before.files_written, now.files_written),
        ("colloquy_file_bytes_written_total", before.bytes_written, now.bytes_written),
        ("colloquy_entries_set_aside_total", before.unreadable, now.unreadable),
    ] {
        counter!(name).increment(now.saturating_sub(before));
    }
}

/// The files of a session are durable; its newest post was appended then. The clocks of two
/// machines may differ: nothing takes less than no time.
pub(crate) fn durable(appended_at: SystemTime) {
    let latency = SystemTime::now().duration_since(appended_at).unwrap_or_default();
    histogram!("colloquy_latency_seconds").record(latency.as_secs_f64());
}

/// An entry is no record that this version reads.
pub(crate) fn set_aside(letter: &DeadLetter) {
    let DeadLetter { source, position, reason, .. } = letter;
    warn!(source = source.as_str(), position, reason = reason.as_str(), "entry set aside");
}

/// A session waits for a newer revision.
pub(crate) fn stuck(record: &SessionRecord, missing: usize) {
    warn!(
        chat = record.chat.as_str(),
        session = record.session.to_compact().as_str(),
        missing,
        "waiting for a newer revision of a session whose posts were replaced"
    );
}

/// The rows of a session could not be looked up; it waits.
pub(crate) fn not_looked_up(error: &dyn std::error::Error) {
    warn!(%error, "could not look up the rows of a session");
}
