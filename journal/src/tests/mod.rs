//! One suite for every journal: the cases of `cases` and `groups` run against each of them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod cases;
mod embedded;
mod forgotten;
mod groups;
mod kafka;
mod memory;
mod records;
mod watch;

use std::time::{Duration, Instant};

use colloquy_transcript::Topic;

use crate::{
    Assignment, CommitError, Entry, Event, Group, Journal, Member, Placed, Position, Progress,
    TopicPartition,
};

/// Longest wait for anything; a broker of two cores under load needs seconds for a rebalance.
const PATIENCE: Duration = Duration::from_secs(90);

/// Those who read posts, where a case needs no more of a group.
const READERS: Group<'static> = Group { name: "analyze", reads: &[Topic::Posts], writes: &[] };

/// A journal under test, and a way past its front door.
struct Bench {
    journal: Box<dyn Journal>,
    /// Puts raw bytes where a record would lie.
    poison: Poison,
}

type Poison = Box<dyn Fn(TopicPartition, &[u8])>;

/// Names every case once; each implementation makes tests of them with its own opener and
/// attributes.
macro_rules! suite {
    ($open:path $(, #[$attribute:meta])?) => {
        suite!(@cases $open, [$(#[$attribute])?],
            cases::{
                appended_records_come_back_in_order,
                every_kind_of_record_comes_back,
                a_chat_lies_in_one_partition_of_every_topic,
                a_range_is_read_and_no_more,
                bytes_that_are_no_record_do_not_stop_a_reader,
                a_record_of_a_newer_version_is_handed_over_unread,
                an_empty_append_and_an_empty_read_are_fine,
                concurrent_appends_lose_nothing,
            },
            groups::{
                outputs_and_positions_are_committed_together,
                a_commit_needs_neither_outputs_nor_progress,
                a_member_resumes_where_the_group_committed,
                a_reader_stands_at_the_end_past_markers,
                seeking_back_reads_again,
                a_poll_keeps_to_its_bound,
                groups_read_independently,
                members_share_the_partitions_of_all_topics,
                a_member_that_lost_its_partitions_cannot_commit,
                a_member_at_work_hears_that_its_work_is_in_vain,
                leaving_hands_over_at_once,
                more_members_than_partitions_leave_some_idle,
                every_post_is_answered_once_through_rebalances,
            });
    };
    (@cases $open:path, $attributes:tt, $($module:ident :: { $($case:ident,)* }),* $(,)?) => {
        $($(suite!(@case $open, $attributes, $module, $case);)*)*
    };
    (@case $open:path, [$(#[$attribute:meta])?], $module:ident, $case:ident) => {
        #[test]
        $(#[$attribute])?
        fn $case() {
            crate::tests::$module::$case(&$open);
        }
    };
}
use suite;

/// Opens an empty journal with that many partitions.
type Open = dyn Fn(u32) -> Bench;

/// A member with the patience of a test.
struct Reader {
    member: Box<dyn Member>,
    assigned: Vec<Assignment>,
    /// Set when partitions were taken away; the test resets it.
    revoked: Vec<TopicPartition>,
}

impl Reader {
    fn join(bench: &Bench, group: &str, topics: &[Topic]) -> Self {
        let member = bench
            .journal
            .join(Group {
                name: group,
                reads: topics,
                writes: &[Topic::Annotations, Topic::Attendance],
            })
            .unwrap();
        Self { member, assigned: Vec::new(), revoked: Vec::new() }
    }

    /// Joins and waits for the partitions.
    fn joined(bench: &Bench, group: &str, topics: &[Topic]) -> Self {
        let mut reader = Self::join(bench, group, topics);
        reader.until("an assignment", |reader| !reader.assigned.is_empty());
        reader
    }

    /// Polls once; keeps assignments and revocations, returns the entries.
    fn poll(&mut self) -> Vec<Entry> {
        let events = self.member.poll(1_000, Duration::from_millis(20)).unwrap();
        let mut entries = Vec::new();
        let alone = events.len() == 1;
        for event in events {
            match event {
                Event::Entry(entry) => {
                    assert!(self.holds(entry.at), "an entry of {:?}, not assigned", entry.at);
                    entries.push(entry);
                }
                Event::Assigned(assigned) => {
                    assert!(alone, "an assignment comes alone");
                    self.assigned = assigned;
                }
                Event::Revoked(revoked) => {
                    assert!(alone, "a revocation comes alone");
                    self.assigned.retain(|part| !revoked.contains(&part.at));
                    self.revoked.extend(revoked);
                }
            }
        }
        entries
    }

    fn holds(&self, at: TopicPartition) -> bool {
        self.assigned.iter().any(|part| part.at == at)
    }

    /// Polls until `done`, and hands back every entry on the way.
    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) -> Vec<Entry> {
        let deadline = Instant::now() + PATIENCE;
        let mut entries = Vec::new();
        while !done(self) {
            assert!(Instant::now() < deadline, "waited too long for {what}");
            entries.extend(self.poll());
        }
        entries
    }

    /// Reads `count` entries, and checks that no more come with them.
    fn entries(&mut self, count: usize) -> Vec<Entry> {
        let deadline = Instant::now() + PATIENCE;
        let mut entries = Vec::new();
        while entries.len() < count {
            assert!(Instant::now() < deadline, "{} of {count} entries came", entries.len());
            entries.extend(self.poll());
        }
        assert_eq!(entries.len(), count, "more came than were written");
        entries
    }

    /// Reads until every position equals the journal's end.
    fn until_the_end(&mut self, bench: &Bench) -> Vec<Entry> {
        let deadline = Instant::now() + PATIENCE;
        let mut entries = Vec::new();
        loop {
            let parts: Vec<_> = self.assigned.iter().map(|part| part.at).collect();
            let behind: Vec<_> = parts
                .into_iter()
                .map(|at| (at, self.member.position(at).unwrap(), bench.journal.end(at).unwrap()))
                .filter(|(_, position, end)| position != end)
                .collect();
            if behind.is_empty() {
                return entries;
            }
            assert!(Instant::now() < deadline, "never came to the end: {behind:?}");
            entries.extend(self.poll());
        }
    }

    fn committed(&self, at: TopicPartition) -> Option<Progress> {
        self.assigned.iter().find(|part| part.at == at).and_then(|part| part.committed)
    }

    fn leave(self) {
        self.member.leave().unwrap();
    }
}

fn progress(at: TopicPartition, position: Position) -> Progress {
    Progress { at, position, unpublished: position }
}

/// Everything committed in one partition.
fn all_of(bench: &Bench, at: TopicPartition) -> Vec<Entry> {
    let mut entries = Vec::new();
    let end = bench.journal.end(at).unwrap();
    bench.journal.read(at, 0, end, &mut |entry| entries.push(entry)).unwrap();
    entries
}

/// Waits until what a commit placed can be read: over Kafka it shows a moment later.
fn until_visible(bench: &Bench, placed: &[Placed]) {
    let deadline = Instant::now() + PATIENCE;
    for place in placed {
        while bench.journal.end(place.at).unwrap() <= place.position {
            assert!(Instant::now() < deadline, "a commit never showed");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn is_fenced<T: std::fmt::Debug>(result: Result<T, CommitError>) -> bool {
    match result {
        Err(CommitError::Fenced) => true,
        other => panic!("a commit after a revocation gave {other:?}"),
    }
}
