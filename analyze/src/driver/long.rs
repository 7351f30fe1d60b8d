//! Work that takes longer than a group waits for its members.

use colloquy_journal::{CommitError, Entry, Journal, Member, Position, TopicPartition};

use super::AnalyzeError;

/// So many entries are read before the member says that it is still there.
const ENTRIES: u32 = 256;

/// Hands the records of a range to `each` like [`Journal::read`]; the member stays in its group meanwhile.
///
/// # Errors
/// What cannot be read; and [`CommitError::Fenced`] once the member's partitions are another's: then
/// nothing that comes of it could be committed.
pub(super) fn read(
    journal: &dyn Journal,
    member: &mut dyn Member,
    at: TopicPartition,
    (from, until): (Position, Position),
    each: &mut dyn FnMut(Entry),
) -> Result<(), AnalyzeError> {
    let (mut stays, mut count) = (stay(member), 0u32);
    journal.read(at, from, until, &mut |entry| {
        count = count.wrapping_add(1);
        if count.is_multiple_of(ENTRIES) && stays.is_ok() {
            stays = stay(member);
        }
        // What is left of the range has to come, and is nobody's business any more.
        if stays.is_ok() {
            each(entry);
        }
    })?;
    stays
}

/// Says that the member is still there; an error if its partitions are another's.
fn stay(member: &mut dyn Member) -> Result<(), AnalyzeError> {
    if member.stay()? { Ok(()) } else { Err(AnalyzeError::Commit(CommitError::Fenced)) }
}
