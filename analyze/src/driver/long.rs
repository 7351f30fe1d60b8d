//! Work that takes longer than a group waits for its members.

use colloquy_journal::{CommitError, Entry, Journal, Member, Position, TopicPartition};

use super::AnalyzeError;

/// So many entries are read before the member says that it is still there.
const ENTRIES: u32 = 256;
/// Positions that are read at once: once a member has lost its partitions, it reads no more than that.
const POSITIONS: Position = 65_536;

/// Hands the records of a range to `each` like [`Journal::read`]; the member stays in its group meanwhile.
///
/// # Errors
/// What cannot be read; and [`CommitError::Fenced`] once the member's partitions are another's: then
/// nothing that comes of it could be committed.
pub(super) fn read(
    journal: &dyn Journal,
    member: &mut dyn Member,
    at: TopicPartition,
    (mut from, until): (Position, Position),
    each: &mut dyn FnMut(Entry),
) -> Result<(), AnalyzeError> {
    let mut stays = stay(member);
    let mut count = 0u32;
    while from < until && stays.is_ok() {
        let end = until.min(from.saturating_add(POSITIONS));
        journal.read(at, from, end, &mut |entry| {
            count = count.wrapping_add(1);
            if count.is_multiple_of(ENTRIES) {
                // Also after it lost them: whoever falls silent is let go, and others begin anew once more.
                let still = stay(member);
                if stays.is_ok() {
                    stays = still;
                }
            }
            if stays.is_ok() {
                each(entry);
            }
        })?;
        from = end;
    }
    stays
}

/// Says that the member is still there; an error if its partitions are another's.
fn stay(member: &mut dyn Member) -> Result<(), AnalyzeError> {
    if member.stay()? { Ok(()) } else { Err(AnalyzeError::Commit(CommitError::Fenced)) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use std::time::Duration;

    use colloquy_journal::memory::MemoryJournal;
    use colloquy_journal::{Event, JournalError, Placed, Progress, Settings};
    use colloquy_transcript::{DeadLetter, Record, Topic};

    use super::*;

    /// Loses its partitions after so many signs of life.
    struct Mortal {
        stays: usize,
        asked: usize,
    }

    impl Member for Mortal {
        fn poll(&mut self, _: usize, _: Duration) -> Result<Vec<Event>, JournalError> {
            unreachable!("it works")
        }

        fn position(&mut self, _: TopicPartition) -> Result<Position, JournalError> {
            unreachable!("it works")
        }

        fn seek(&mut self, _: TopicPartition, _: Position) -> Result<(), JournalError> {
            unreachable!("it works")
        }

        fn stay(&mut self) -> Result<bool, JournalError> {
            self.asked += 1;
            Ok(self.asked <= self.stays)
        }

        fn commit(&mut self, _: Vec<Record>, _: &[Progress]) -> Result<Vec<Placed>, CommitError> {
            unreachable!("it works")
        }

        fn leave(self: Box<Self>) -> Result<(), JournalError> {
            unreachable!("it works")
        }
    }

    #[test]
    fn who_lost_its_partitions_reads_no_more() {
        const ALL: usize = 2_000;
        let settings = Settings { partitions: 1, ..Settings::default() };
        let journal = MemoryJournal::new(&settings);
        let at = TopicPartition { topic: Topic::DeadLetters, partition: 0 };
        let letter = |nth: usize| {
            let entry = (Topic::Posts, 0);
            Record::DeadLetter(DeadLetter::of_entry(
                entry,
                nth as u64,
                "test",
                String::new(),
                vec![],
            ))
        };
        journal.append((0..ALL).map(letter).collect()).unwrap();
        let read = |stays: usize| {
            let (mut member, mut taken) = (Mortal { stays, asked: 0 }, 0usize);
            let end = journal.end(at).unwrap();
            let read = read(&journal, &mut member, at, (0, end), &mut |_| taken += 1);
            (read.is_ok(), taken, member.asked)
        };
        let often = 1 + ALL / ENTRIES as usize;
        assert_eq!(read(usize::MAX), (true, ALL, often));
        assert_eq!(read(0), (false, 0, 1));
        // What is left of the piece has to come; it says that it lives as long as that takes.
        assert_eq!(read(3), (false, 3 * ENTRIES as usize - 1, often));
    }
}
