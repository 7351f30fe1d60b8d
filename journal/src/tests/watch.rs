//! A watched journal is the journal, and says how its members stand.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use colloquy_transcript::Topic;

use super::{
    Bench, READERS, Reader, progress,
    records::{annotation, posts},
    suite,
};
use crate::{
    Group, Settings, TopicPartition,
    memory::MemoryJournal,
    watch::{Vitals, Watched},
};

fn watched(partitions: u32) -> (Bench, Arc<Vitals>) {
    let settings = Settings { partitions, memory_bytes_max: usize::MAX, ..Settings::default() };
    let journal = MemoryJournal::new(&settings);
    let twin = journal.clone();
    let journal = Watched::new(Box::new(journal));
    let vitals = Arc::clone(journal.vitals());
    let poison = Box::new(move |at, bytes: &[u8]| twin.poison(at, bytes));
    (Bench { journal: Box::new(journal), poison }, vitals)
}

fn open(partitions: u32) -> Bench {
    watched(partitions).0
}

suite!(open);

const POSTS: TopicPartition = TopicPartition { topic: Topic::Posts, partition: 0 };

#[test]
fn a_member_stands_where_it_reads() {
    let (bench, vitals) = watched(1);
    bench.journal.append(posts("oak", 0..5)).unwrap();
    assert_eq!(vitals.standings(), []);
    let only = || {
        vitals.measure(bench.journal.as_ref()).unwrap();
        let mut standings = vitals.standings();
        assert_eq!(standings.len(), 1);
        standings.remove(0)
    };
    let mut reader = Reader::join(&bench, "analyze", &[Topic::Posts, Topic::Decisions]);
    assert!(!only().is_assigned && only().lag.is_none(), "joined, and nothing more");
    reader.until("an assignment", |reader| !reader.assigned.is_empty());
    assert_eq!((only().is_assigned, only().partitions), (true, 2));
    reader.entries(5);
    bench.journal.append(posts("oak", 5..8)).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(only().lag, Some(3), "counted from where it reads, not from what it committed");
    assert!(only().commit_age >= Duration::from_millis(20), "five posts wait for a commit");
    let silent = only().silent;
    assert!(silent >= Duration::from_millis(20), "it works");
    let before = Instant::now();
    assert!(reader.member.stay().unwrap());
    assert!(only().silent <= before.elapsed(), "it works, and lives");
    reader.member.commit(vec![annotation("oak", "1")], &[progress(POSTS, 5)]).unwrap();
    assert_eq!(only().commit_age, Duration::ZERO);
    reader.until_the_end(&bench);
    assert_eq!(only().lag, Some(0));
    reader.leave();
    assert_eq!((only().is_assigned, only().partitions, only().lag), (false, 0, Some(0)));
}

#[test]
fn partitions_that_went_are_not_counted_any_more() {
    let (bench, vitals) = watched(2);
    let mut first = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    first.until("both", |reader| reader.assigned.len() == 2);
    assert_eq!(vitals.standings()[0].partitions, 2);
    let second = bench.journal.join(Group { name: "other", ..READERS }).unwrap();
    assert_eq!(vitals.standings().len(), 2, "a standing for each group");
    second.leave().unwrap();
    first.leave();
    assert!(vitals.standings().iter().all(|member| member.partitions == 0));
}
