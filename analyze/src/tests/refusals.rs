//! Commits that fail or are refused: what the journal says holds, nothing is published twice, and who
//! fails again and again ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use colloquy_journal::memory::MemoryJournal;
use colloquy_journal::{
    CommitError, Content, Group, Journal as _, JournalError, Settings, TopicPartition,
};
use colloquy_transcript::registry::Registry;
use colloquy_transcript::{CompactString, GroundPost, Mark, Record, Standing, Topic};

use super::broker::{in_order, seen};
use super::chat::Script;
use super::refusing::{Answer, Refusing};
use crate::driver::{AnalyzeError, Outcome, Worker, run};

/// A chat with two meetings, read to its end.
fn chat() -> Script {
    let mut script = Script::default();
    script.meeting("2025-03-05T20:00:00Z");
    script.meeting("2025-03-12T20:00:00Z");
    script
}

/// An answer that comes when the chat was read to its end.
fn late() -> Arc<GroundPost> {
    let mut late = chat();
    late.say("2025-03-05T20:00:00Z", 700, "dew", "A1: late, and peas");
    late.sorted().into_iter().find(|it| it.post.author.id.native() == "dew").unwrap()
}

fn journal() -> Refusing {
    let settings = Settings { partitions: 1, memory_bytes_max: usize::MAX, ..Settings::default() };
    let journal = Refusing::new(MemoryJournal::new(&settings));
    // A group that needs everything: what is committed stays readable, as it does on Kafka.
    drop(journal.memory.join(Group { name: "keeper", reads: &Topic::ALL, writes: &[] }).unwrap());
    let posts = chat().sorted();
    let through = posts.len() as u64;
    journal.append(posts.into_iter().map(Record::Post).collect()).unwrap();
    let mark =
        |standing| Record::Mark(Mark { partition: 0, source: "file".into(), standing, through });
    journal.append(vec![mark(Standing::Begun), mark(Standing::Ended)]).unwrap();
    journal
}

/// Analyses until everything is published, or it can go on no more.
fn analyze(journal: &Refusing) -> Result<Outcome, AnalyzeError> {
    run(journal, &Registry::default(), true, &AtomicBool::new(false))
}

/// Everything that was published, in order.
fn published(journal: &Refusing) -> Vec<Record> {
    let mut records = Vec::new();
    for topic in [Topic::Sessions, Topic::Annotations, Topic::Participation, Topic::Attendance] {
        let at = TopicPartition { topic, partition: 0 };
        let each = &mut |entry: colloquy_journal::Entry| match entry.content {
            Content::Record(record) => records.push(record),
            Content::Unreadable { .. } => {}
        };
        journal.read(at, 0, journal.end(at).unwrap(), each).unwrap();
    }
    records
}

fn lake(records: &[Record]) -> BTreeMap<CompactString, Record> {
    seen(records.iter())
}

/// Every record is there once, and as if nothing had happened.
fn assert_once(journal: &Refusing) {
    let records = published(journal);
    assert_eq!(lake(&records), in_order(&chat().sorted()));
    let keys: BTreeMap<_, usize> = records.iter().fold(BTreeMap::new(), |mut keys, record| {
        *keys.entry((record.topic().as_str(), record.key().to_string())).or_default() += 1;
        keys
    });
    let twice: Vec<_> = keys.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "published twice: {twice:?}");
}

#[test]
fn the_fifth_failed_commit_in_a_row_ends_the_worker() {
    let journal = journal();
    journal.answer(&[Answer::Failed; 5]);
    let error = analyze(&journal).unwrap_err();
    assert!(matches!(error, AnalyzeError::Commit(CommitError::Failed { .. })), "{error:?}");
    assert_eq!(journal.joined(), 5, "a new member begins after every failure but the last");
    assert_eq!(published(&journal), [], "a commit that failed shows nothing");
    // Whoever starts it again finds the journal as it was.
    analyze(&journal).unwrap();
    assert_once(&journal);
}

/// Another member would lack the same right.
#[test]
fn a_commit_that_is_denied_ends_the_worker_at_once() {
    let journal = journal();
    journal.answer(&[Answer::Failed, Answer::Denied]);
    let error = analyze(&journal).unwrap_err();
    assert!(matches!(&error, AnalyzeError::Commit(failed) if failed.is_denied()), "{error:?}");
    assert_eq!(journal.joined(), 2);
    analyze(&journal).unwrap();
    assert_once(&journal);
}

#[test]
fn four_failures_in_a_row_are_got_over_again_and_again() {
    let journal = journal();
    let four = [Answer::Failed; 4].into_iter().chain([Answer::Done]);
    journal.answer(&four.clone().chain(four).collect::<Vec<_>>());
    analyze(&journal).unwrap();
    assert_eq!(journal.joined(), 9);
    assert_once(&journal);
}

/// Nobody knows whether a commit took place whose answer got lost; the journal does.
#[test]
fn a_commit_that_took_place_unheard_is_not_repeated() {
    let journal = journal();
    journal.answer(&[Answer::Lost; 2]);
    analyze(&journal).unwrap();
    assert_eq!(journal.joined(), 3);
    assert_once(&journal);
}

/// Expelled in the middle, again and again: a fence is no failure, however often it comes.
#[test]
fn what_a_fenced_commit_held_is_dropped_and_published_once() {
    let journal = journal();
    journal.answer(&[Answer::Expelled; 9]);
    analyze(&journal).unwrap();
    assert_eq!(journal.joined(), 1, "it stays the same member and waits for partitions");
    assert_once(&journal);
}

#[test]
fn a_journal_that_cannot_be_joined_counts_as_a_failure() {
    let refused = journal();
    refused.answer(&[Answer::Failed]);
    refused.refuse_joins_after(1, 3);
    analyze(&refused).unwrap();
    assert_eq!(refused.joined(), 5);
    assert_once(&refused);

    let refused = journal();
    refused.answer(&[Answer::Failed]);
    refused.refuse_joins_after(1, 4);
    let error = analyze(&refused).unwrap_err();
    assert!(matches!(error, AnalyzeError::Journal(JournalError::Group { .. })), "{error:?}");
    assert_eq!(refused.joined(), 5);
    assert_eq!(published(&refused), []);
}

#[test]
fn who_loses_partitions_in_the_middle_of_its_work_begins_anew() {
    let mut posts = chat().sorted();
    let late = late();
    posts.push(Arc::clone(&late));
    let expected = in_order(&posts);
    // What was published is restored first, then the chat is read again.
    for stays in 0..5 {
        let journal = journal();
        analyze(&journal).unwrap();
        journal.append(vec![Record::Post(Arc::clone(&late))]).unwrap();
        journal.expel_at(stays);
        let outcome = analyze(&journal).unwrap();
        assert!(outcome.sessions > 0);
        assert!(journal.stayed() > stays, "nobody was expelled after {stays}");
        assert_eq!(lake(&published(&journal)), expected, "expelled after {stays}");
    }
}

#[test]
fn late_posts_that_lie_behind_one_another_are_folded_in_at_once() {
    const TIMES: usize = 2_000;
    let late = late();
    let journal = journal();
    analyze(&journal).unwrap();
    let before = journal.reread();
    journal.append(vec![Record::Post(Arc::clone(&late)); TIMES]).unwrap();
    let registry = Registry::default();
    let mut worker = Worker::join(&journal, &registry, false).unwrap();
    worker.entries_max = 50;
    let (mut turns, mut done) = (0, false);
    while !done {
        turns += 1;
        let quiet = worker.read().unwrap();
        worker.commit().unwrap();
        done = quiet && worker.is_done().unwrap();
    }
    assert!(turns > TIMES / 50, "they came in {turns} polls");
    // What an earlier run had found is read again for its successor, and once more for all of them.
    let all = journal.end(TopicPartition { topic: Topic::Posts, partition: 0 }).unwrap();
    let reread = journal.reread() - before;
    assert!((all..=2 * all).contains(&reread), "{reread} of {all} positions were read again");
    let mut posts = chat().sorted();
    posts.push(late);
    assert_eq!(lake(&published(&journal)), in_order(&posts));
}
