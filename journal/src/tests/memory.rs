//! The memory journal: the suite, its bound, and what it lets go.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use colloquy_transcript::{Record, Topic};

use super::{
    Bench, READERS, Reader, all_of, progress,
    records::{annotation, dead_letter, posts},
    suite,
};
use crate::{
    Group, Journal, JournalError, Settings, TopicPartition,
    memory::{MemoryJournal, log::Kept},
};

fn open_bounded(partitions: u32, memory_bytes_max: usize) -> Bench {
    let settings = Settings { partitions, memory_bytes_max, ..Settings::default() };
    let journal = MemoryJournal::new(&settings);
    let twin = journal.clone();
    Bench { journal: Box::new(journal), poison: Box::new(move |at, bytes| twin.poison(at, bytes)) }
}

fn open(partitions: u32) -> Bench {
    open_bounded(partitions, usize::MAX)
}

/// The bound at which one record more than these makes an append wait.
fn bytes_of(records: Vec<Record>) -> usize {
    records.into_iter().map(|record| Kept::from(record).memory_bytes()).sum()
}

suite!(open);

const POSTS: TopicPartition = TopicPartition { topic: Topic::Posts, partition: 0 };

/// Runs `work` in a thread; the flag says that it is done.
fn started(work: impl FnOnce() + Send + 'static) -> (Arc<AtomicBool>, thread::JoinHandle<()>) {
    let done = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&done);
    let handle = thread::spawn(move || {
        work();
        flag.store(true, Ordering::SeqCst);
    });
    (done, handle)
}

fn stays_unset(flag: &AtomicBool) {
    let until = Instant::now() + Duration::from_millis(150);
    while Instant::now() < until {
        assert!(!flag.load(Ordering::SeqCst), "it did not wait");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_append_waits_until_the_readers_have_read_everything() {
    let bench = open_bounded(1, bytes_of(posts("oak", 0..10)));
    let journal: Arc<dyn Journal> = Arc::from(bench.journal);
    let mut member = journal.join(READERS).unwrap();
    journal.append(posts("oak", 0..25)).unwrap();
    let appender = Arc::clone(&journal);
    let (done, handle) = started(move || {
        appender.append(posts("oak", 25..30)).unwrap();
    });
    stays_unset(&done);
    assert_eq!(member.poll(100, Duration::ZERO).unwrap().len(), 1, "the assignment");
    assert_eq!(member.poll(20, Duration::ZERO).unwrap().len(), 20);
    stays_unset(&done);
    // Everything is read and nothing committed: what is needed may outgrow the bound.
    assert_eq!(member.poll(20, Duration::ZERO).unwrap().len(), 5);
    handle.join().unwrap();
    let (done, handle) = started(move || {
        journal.append(posts("oak", 30..31)).unwrap();
    });
    stays_unset(&done);
    member.leave().unwrap();
    handle.join().unwrap();
}

#[test]
fn the_bound_counts_bytes_and_not_records() {
    let long = |number| {
        let Record::Post(mut post) = posts("oak", number..number + 1).remove(0) else { panic!() };
        Arc::make_mut(&mut post).post.text = "compost ".repeat(10_000);
        Record::Post(post)
    };
    let bench = open_bounded(1, 100_000);
    let journal: Arc<dyn Journal> = Arc::from(bench.journal);
    let member = journal.join(READERS).unwrap();
    journal.append(posts("oak", 0..50)).unwrap();
    journal.append(vec![long(50)]).unwrap();
    let appender = Arc::clone(&journal);
    let (done, handle) = started(move || {
        appender.append(posts("oak", 51..52)).unwrap();
    });
    stays_unset(&done);
    drop(member);
    handle.join().unwrap();
}

#[test]
fn nobody_waits_for_a_topic_without_readers() {
    let bench = open_bounded(1, bytes_of(posts("oak", 0..10)));
    for round in 0..50 {
        bench.journal.append(posts("oak", round * 10..round * 10 + 10)).unwrap();
    }
    assert_eq!(all_of(&bench, POSTS).len(), 500);
}

#[test]
fn a_member_does_not_wait_for_itself() {
    let bench = open_bounded(1, bytes_of(vec![annotation("oak", "1"), annotation("oak", "2")]));
    let mut reader = Reader::joined(&bench, "analyze", &[Topic::Posts, Topic::Annotations]);
    for round in 0..10 {
        let outputs = (0..5).map(|n| annotation("oak", &format!("{round}{n}"))).collect();
        reader.member.commit(outputs, &[]).unwrap();
    }
    assert_eq!(reader.until_the_end(&bench).len(), 50);
}

#[test]
fn a_commit_waits_for_the_readers_of_its_outputs_and_a_rebalance_ends_the_wait() {
    let bench = open_bounded(1, bytes_of(vec![annotation("oak", "1"); 3]));
    let mut report = Reader::joined(&bench, "report", &[Topic::Annotations]);
    let mut analyze = bench.journal.join(READERS).unwrap();
    analyze.poll(1, Duration::ZERO).unwrap();
    let outputs = |from: i64| (from..from + 5).map(|n| annotation("oak", &n.to_string())).collect();
    analyze.commit(outputs(0), &[]).unwrap();
    let (done, handle) = started(move || {
        analyze.commit(outputs(5), &[]).unwrap();
        assert!(super::is_fenced(analyze.commit(outputs(10), &[])));
    });
    stays_unset(&done);
    assert_eq!(report.entries(5).len(), 5);
    thread::sleep(Duration::from_millis(50));
    stays_unset(&done);
    let _other = bench.journal.join(READERS).unwrap();
    handle.join().unwrap();
    assert_eq!(
        all_of(&bench, TopicPartition { topic: Topic::Annotations, partition: 0 }).len(),
        10
    );
}

#[test]
fn what_every_group_committed_is_let_go() {
    let bench = open(1);
    let placed = bench.journal.append(posts("oak", 0..20)).unwrap();
    bench.journal.append(vec![dead_letter(1)]).unwrap();
    let topics = [Topic::Posts, Topic::DeadLetters];
    let mut one = Reader::joined(&bench, "analyze", &topics);
    let mut two = Reader::joined(&bench, "report", &topics);
    one.member.commit(Vec::new(), &[progress(POSTS, placed[15].position)]).unwrap();
    assert_eq!(all_of(&bench, POSTS).len(), 20, "the other group needs them");
    two.member.commit(Vec::new(), &[progress(POSTS, placed[5].position)]).unwrap();
    let read = |from| bench.journal.read(POSTS, from, 20, &mut |_| ());
    assert!(matches!(read(0), Err(JournalError::Trimmed { topic: Topic::Posts, position: 0 })));
    assert!(matches!(read(4), Err(JournalError::Trimmed { position: 4, .. })));
    assert!(read(5).is_ok());
    assert!(matches!(
        one.member.seek(POSTS, 2),
        Err(JournalError::Trimmed { topic: Topic::Posts, position: 2 })
    ));
    // Dead letters go as well: whoever joined for them keeps them elsewhere.
    let letters = TopicPartition { topic: Topic::DeadLetters, partition: 0 };
    for reader in [&mut one, &mut two] {
        reader.member.commit(Vec::new(), &[progress(letters, 1)]).unwrap();
    }
    let read = bench.journal.read(letters, 0, 1, &mut |_| ());
    assert!(matches!(read, Err(JournalError::Trimmed { .. })));
    // A group that comes too late is told so.
    let mut late = bench.journal.join(Group { name: "late", ..READERS }).unwrap();
    late.poll(10, Duration::ZERO).unwrap();
    assert!(matches!(late.poll(10, Duration::ZERO), Err(JournalError::Trimmed { .. })));
}

#[test]
fn hundreds_of_thousands_of_entries_a_second() {
    const COUNT: i64 = 200_000;
    let bench = open_bounded(6, 64_000_000);
    let batches: Vec<_> = (0..COUNT)
        .step_by(1_000)
        .map(|from| posts(&format!("chat{}", from / 1_000 % 17), from..from + 1_000))
        .collect();
    let journal: Arc<dyn Journal> = Arc::from(bench.journal);
    let mut member = journal.join(READERS).unwrap();
    let started = Instant::now();
    let appender = Arc::clone(&journal);
    let writer = thread::spawn(move || {
        for batch in batches {
            appender.append(batch).unwrap();
        }
    });
    let mut read = 0;
    let mut assigned = false;
    while read < COUNT {
        let events = member.poll(4_096, Duration::from_secs(5)).unwrap();
        if assigned {
            read += i64::try_from(events.len()).unwrap();
        }
        assigned = true;
        let parts = (0..6).map(|partition| TopicPartition { topic: Topic::Posts, partition });
        let done: Vec<_> = parts.map(|at| progress(at, member.position(at).unwrap())).collect();
        member.commit(Vec::new(), &done).unwrap();
    }
    writer.join().unwrap();
    let rate = COUNT as f64 / started.elapsed().as_secs_f64();
    // Measured in millions a second; the bound only catches a lock or a copy per record.
    assert!(rate > 100_000.0, "{rate:.0} entries a second");
}
