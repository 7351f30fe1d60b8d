//! The embedded journal: the suite, two handles on one file, and files of other versions.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use colloquy_transcript::Topic;
use rusqlite::Connection;

use super::{
    Bench, READERS, Reader, all_of,
    groups::settle,
    is_fenced, progress,
    records::{annotation, number, posts},
    suite,
};
use crate::{Journal, JournalError, Settings, TopicPartition, embedded::EmbeddedJournal};

fn open_at(path: &Path, partitions: u32) -> EmbeddedJournal {
    EmbeddedJournal::open(path, &Settings { partitions, ..Settings::default() }).unwrap()
}

fn open(partitions: u32) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let journal = open_at(&folder.path().join("journal.sqlite"), partitions);
    let twin = journal.clone();
    Bench {
        journal: Box::new(journal),
        // The folder lives as long as the bench.
        poison: Box::new(move |at, bytes| {
            assert!(folder.path().exists());
            twin.poison(at, bytes).unwrap();
        }),
    }
}

suite!(open);

const POSTS: TopicPartition = TopicPartition { topic: Topic::Posts, partition: 0 };

#[test]
fn a_second_handle_reads_while_the_first_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let writer = open_at(&path, 1);
    let second = open_at(&path, 7);
    assert_eq!(second.partitions(), 1, "the file's own layout counts");
    let bench = Bench { journal: Box::new(second), poison: Box::new(|_, _| ()) };
    let mut reader = Reader::joined(&bench, "report", &[Topic::Posts]);
    let writing = thread::spawn(move || {
        for from in (0..500).step_by(5) {
            writer.append(posts("oak", from..from + 5)).unwrap();
        }
    });
    let read = reader.entries(500);
    writing.join().unwrap();
    let numbers: Vec<_> = read.iter().map(|entry| number(entry).1).collect();
    assert_eq!(numbers, (0..500).map(|n| n.to_string()).collect::<Vec<_>>());
}

/// Three services are started at once over a file that none of them has made yet.
#[test]
fn whoever_comes_first_makes_the_file_and_all_open_it() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..25 {
        let path = folder.path().join(format!("{round}.sqlite"));
        let together = std::sync::Barrier::new(6);
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    together.wait();
                    assert_eq!(open_at(&path, 4).partitions(), 4);
                });
            }
        });
    }
}

#[test]
fn what_was_appended_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let placed = {
        let journal = open_at(&path, 3);
        let mut member = journal.join(READERS).unwrap();
        member.poll(1, super::PATIENCE).unwrap();
        journal.append(posts("oak", 0..3)).unwrap();
        member.commit(vec![annotation("oak", "1")], &[]).unwrap()
    };
    let journal = open_at(&path, 3);
    let bench = Bench { journal: Box::new(journal), poison: Box::new(|_, _| ()) };
    assert_eq!(all_of(&bench, placed[0].at).len(), 1);
    let more = bench.journal.append(posts("oak", 3..4)).unwrap();
    assert_eq!(more[0].position, 3);
}

#[test]
fn a_member_of_another_process_that_fell_silent_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let bench = Bench { journal: Box::new(open_at(&path, 1)), poison: Box::new(|_, _| ()) };
    bench.journal.append(posts("oak", 0..4)).unwrap();
    let mut silent = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    silent.entries(4);
    // Twenty seconds of silence, without waiting for them.
    let file = Connection::open(&path).unwrap();
    file.execute("UPDATE members SET seen_ms = seen_ms - 20000", []).unwrap();
    let mut next = Reader::join(&bench, "analyze", &[Topic::Posts]);
    let entries = next.until("the partition", |reader| reader.holds(POSTS));
    assert!(entries.is_empty());
    let done = progress(POSTS, 4);
    assert!(is_fenced(silent.member.commit(vec![annotation("oak", "0")], &[done])));
    next.entries(4);
    next.member.commit(vec![annotation("oak", "1")], &[done]).unwrap();
    // It hears of it, comes back, and the partition has one owner again.
    silent.until("the revocation", |reader| reader.revoked == [POSTS]);
    let annotations = TopicPartition { topic: Topic::Annotations, partition: 0 };
    assert_eq!(all_of(&bench, annotations).len(), 1);
}

#[test]
fn a_member_at_work_is_not_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let bench = Bench { journal: Box::new(open_at(&path, 2)), poison: Box::new(|_, _| ()) };
    let mut working = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let mut other = Reader::join(&bench, "analyze", &[Topic::Posts]);
    settle(&mut [&mut working, &mut other], 1);
    let file = Connection::open(&path).unwrap();
    for _ in 0..3 {
        // Six seconds, of which one is waited for.
        file.execute("UPDATE members SET seen_ms = seen_ms - 5000", []).unwrap();
        std::thread::sleep(Duration::from_millis(1_100));
        assert!(working.member.stay().unwrap());
        other.poll();
    }
    assert_eq!((working.assigned.len(), other.assigned.len()), (1, 1));
    assert!(other.revoked.is_empty(), "nobody was let go");
    // It works no more.
    file.execute("UPDATE members SET seen_ms = seen_ms - 11000 WHERE id = 1", []).unwrap();
    other.until("both partitions", |reader| reader.assigned.len() == 2);
    assert!(!working.member.stay().unwrap());
    working.until("the revocation", |reader| !reader.revoked.is_empty());
}

#[test]
fn a_newer_layout_and_a_foreign_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    drop(open_at(&path, 1));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 2).unwrap();
    match EmbeddedJournal::open(&path, &Settings::default()) {
        Err(JournalError::Layout { problem, hint, .. }) => {
            assert!(problem.contains("layout 2"), "{problem}");
            assert!(hint.contains("newer"), "{hint}");
        }
        other => panic!("a newer layout gave {other:?}"),
    }
    let foreign = folder.path().join("foreign.sqlite");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE recipes (name)").unwrap();
    let refused = EmbeddedJournal::open(&foreign, &Settings::default());
    assert!(matches!(refused, Err(JournalError::Layout { .. })), "{refused:?}");
    let text = folder.path().join("text.sqlite");
    std::fs::write(&text, "not a database, but long enough to look at: ".repeat(40)).unwrap();
    let refused = EmbeddedJournal::open(&text, &Settings::default());
    assert!(matches!(refused, Err(JournalError::Open { .. })), "{refused:?}");
    let missing = folder.path().join("nowhere/journal.sqlite");
    let refused = EmbeddedJournal::open(&missing, &Settings::default());
    assert!(matches!(refused, Err(JournalError::Open { .. })), "{refused:?}");
}

#[test]
fn tens_of_thousands_of_appends_a_second() {
    const COUNT: i64 = 40_000;
    let bench = open(6);
    let batches: Vec<_> = (0..COUNT)
        .step_by(2_000)
        .map(|from| posts(&format!("chat{}", from / 2_000), from..from + 2_000))
        .collect();
    let started = Instant::now();
    for batch in batches {
        bench.journal.append(batch).unwrap();
    }
    let appended = COUNT as f64 / started.elapsed().as_secs_f64();
    let mut reader = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let started = Instant::now();
    reader.entries(40_000);
    let read = COUNT as f64 / started.elapsed().as_secs_f64();
    // Far below what was measured; the bound only catches a transaction or a scan per record.
    assert!(
        appended > 2_000.0 && read > 2_000.0,
        "{appended:.0} appended, {read:.0} read a second"
    );
}
