//! Groups: commits, resumption, rebalances, fencing.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use colloquy_transcript::{Record, Topic};

use super::{
    Bench, Open, READERS, Reader, all_of, is_fenced, progress,
    records::{annotation, decision, number, posts, watched},
    until_visible,
};
use crate::{CommitError, Entry, Event, Member, Position, Progress, TopicPartition};

const POSTS: TopicPartition = TopicPartition { topic: Topic::Posts, partition: 0 };
const ANNOTATIONS: TopicPartition = TopicPartition { topic: Topic::Annotations, partition: 0 };

pub(super) fn outputs_and_positions_are_committed_together(open: &Open) {
    let bench = open(1);
    bench.journal.append(posts("oak", 0..6)).unwrap();
    let mut reader = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let entries = reader.entries(6);
    let outputs: Vec<_> = (0..4).map(|n| annotation("oak", &n.to_string())).collect();
    let placed = reader.member.commit(outputs, &[progress(POSTS, entries[4].position)]).unwrap();
    assert_eq!(placed.len(), 4);
    assert!(placed.is_sorted_by(|a, b| a.position < b.position));
    until_visible(&bench, &placed);
    let written = all_of(&bench, ANNOTATIONS);
    assert_eq!(
        written.iter().map(|entry| number(entry).1).collect::<Vec<_>>(),
        ["0", "1", "2", "3"]
    );
    assert!(written.iter().zip(&placed).all(|(entry, place)| entry.position == place.position));
    reader.leave();

    let mut next = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    assert_eq!(next.committed(POSTS).map(|done| done.position), Some(entries[4].position));
    let rest = next.entries(2);
    assert_eq!(rest.iter().map(|entry| number(entry).1).collect::<Vec<_>>(), ["4", "5"]);
}

pub(super) fn a_commit_needs_neither_outputs_nor_progress(open: &Open) {
    let bench = open(1);
    bench.journal.append(posts("oak", 0..3)).unwrap();
    let mut reader = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let entries = reader.entries(3);
    assert!(reader.member.commit(Vec::new(), &[]).unwrap().is_empty());
    let last = entries[2].position;
    assert!(reader.member.commit(Vec::new(), &[progress(POSTS, last)]).unwrap().is_empty());
    let placed = reader.member.commit(vec![annotation("oak", "2")], &[]).unwrap();
    until_visible(&bench, &placed);
    assert_eq!(all_of(&bench, ANNOTATIONS).len(), 1);
    // Progress of a partition that is not in hand is somebody else's.
    let foreign = progress(TopicPartition { topic: Topic::Sessions, partition: 0 }, 0);
    assert!(is_fenced(reader.member.commit(vec![annotation("oak", "9")], &[foreign])));
    reader.leave();
    let mut next = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    assert_eq!(next.entries(1)[0].position, last);
    assert_eq!(all_of(&bench, ANNOTATIONS).len(), 1);
}

pub(super) fn a_member_resumes_where_the_group_committed(open: &Open) {
    let bench = open(1);
    bench.journal.append(posts("oak", 0..10)).unwrap();
    let mut reader = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    assert_eq!(reader.committed(POSTS), None);
    let entries = reader.entries(10);
    let first =
        Progress { at: POSTS, position: entries[2].position, unpublished: entries[7].position };
    reader.member.commit(vec![annotation("oak", "1")], &[first]).unwrap();
    let done = Progress { unpublished: entries[8].position, ..first };
    reader.member.commit(Vec::new(), &[done]).unwrap();
    reader.leave();
    let mut next = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    assert_eq!(next.committed(POSTS), Some(done));
    assert_eq!(next.entries(8)[0].position, done.position);
}

pub(super) fn a_reader_stands_at_the_end_past_markers(open: &Open) {
    let bench = open(2);
    let topics = [Topic::Posts, Topic::Annotations];
    let mut reader = Reader::joined(&bench, "report", &topics);
    assert!(reader.until_the_end(&bench).is_empty());
    let mut writer = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let mut read = 0;
    for round in 0..4_i64 {
        let written = bench.journal.append(posts("oak", round * 10..round * 10 + 10)).unwrap();
        writer.entries(10);
        let outputs: Vec<_> = (0..5).map(|n| annotation("oak", &n.to_string())).collect();
        let at = written[0].at;
        let done = progress(at, written[9].position + 1);
        let placed = writer.member.commit(outputs, &[done]).unwrap();
        until_visible(&bench, &placed);
        read += reader.until_the_end(&bench).len();
        assert_eq!(read, usize::try_from(round + 1).unwrap() * 15);
        writer.until_the_end(&bench);
    }
    // What is committed at the end is resumed at the end.
    let ends: Vec<_> = reader.assigned.iter().map(|part| part.at).collect();
    let ends: Vec<_> =
        ends.into_iter().map(|at| progress(at, bench.journal.end(at).unwrap())).collect();
    reader.member.commit(Vec::new(), &ends).unwrap();
    reader.leave();
    let mut next = Reader::joined(&bench, "report", &topics);
    assert!(next.until_the_end(&bench).is_empty());
    bench.journal.append(posts("oak", 90..91)).unwrap();
    assert_eq!(number(&next.entries(1)[0]).1, "90");
}

pub(super) fn seeking_back_reads_again(open: &Open) {
    let bench = open(1);
    let placed = bench.journal.append(posts("oak", 0..20)).unwrap();
    let mut reader = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    reader.member.seek(POSTS, placed[15].position).unwrap();
    assert_eq!(number(&reader.entries(5)[0]).1, "15");
    reader.member.seek(POSTS, placed[5].position).unwrap();
    assert_eq!(reader.member.position(POSTS).unwrap(), placed[5].position);
    assert_eq!(number(&reader.entries(15)[0]).1, "5");
    assert_eq!(reader.member.position(POSTS).unwrap(), bench.journal.end(POSTS).unwrap());
    let foreign = TopicPartition { topic: Topic::Sessions, partition: 0 };
    assert!(reader.member.seek(foreign, 0).is_err());
    assert!(reader.member.position(foreign).is_err());
}

pub(super) fn a_poll_keeps_to_its_bound(open: &Open) {
    let bench = open(1);
    bench.journal.append(posts("oak", 0..100)).unwrap();
    let mut reader = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let mut numbers = Vec::new();
    while numbers.len() < 100 {
        let events = reader.member.poll(7, Duration::from_millis(100)).unwrap();
        assert!(events.len() <= 7, "{} events", events.len());
        for event in events {
            let Event::Entry(entry) = event else { panic!("a rebalance without a reason") };
            assert_eq!(entry.position, u64::try_from(numbers.len()).unwrap());
            numbers.push(number(&entry).1);
        }
        let next = u64::try_from(numbers.len()).unwrap();
        assert_eq!(reader.member.position(POSTS).unwrap(), next);
    }
}

pub(super) fn groups_read_independently(open: &Open) {
    let bench = open(2);
    bench.journal.append(posts("oak", 0..5)).unwrap();
    let mut one = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let mut two = Reader::joined(&bench, "report", &[Topic::Posts, Topic::Coverage]);
    bench.journal.append(vec![watched("oak")]).unwrap();
    assert_eq!(one.entries(5).len(), 5);
    assert_eq!(two.entries(6).len(), 6);
    let at = one.assigned[0].at;
    let end = bench.journal.end(at).unwrap();
    one.member.commit(Vec::new(), &[progress(at, end)]).unwrap();
    one.leave();
    two.leave();
    let two = Reader::joined(&bench, "report", &[Topic::Posts, Topic::Coverage]);
    assert_eq!(two.committed(at), None);
}

pub(super) fn members_share_the_partitions_of_all_topics(open: &Open) {
    let bench = open(4);
    let topics = [Topic::Posts, Topic::Decisions, Topic::Coverage];
    let mut one = Reader::joined(&bench, "analyze", &topics);
    assert_eq!(one.assigned.len(), 12);
    let mut two = Reader::join(&bench, "analyze", &topics);
    settle(&mut [&mut one, &mut two], 6);
    assert_eq!(one.revoked.len(), 12, "a rebalance takes everything first");
    let mut all = Vec::new();
    for reader in [&one, &two] {
        let of = |topic: Topic| {
            let mine = reader.assigned.iter().filter(|part| part.at.topic == topic);
            mine.map(|part| part.at.partition).collect::<Vec<_>>()
        };
        assert_eq!(of(Topic::Posts), of(Topic::Decisions));
        assert_eq!(of(Topic::Posts), of(Topic::Coverage));
        all.extend(of(Topic::Posts));
    }
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2, 3]);

    let names = ["oak", "elm", "yew", "ash", "fir", "box", "bay", "fig"];
    for name in names {
        bench.journal.append(vec![decision(name), watched(name)]).unwrap();
    }
    let mut entries = one.until_the_end(&bench);
    entries.extend(two.until_the_end(&bench));
    assert_eq!(entries.len(), names.len() * 2);
}

pub(super) fn a_member_that_lost_its_partitions_cannot_commit(open: &Open) {
    let bench = open(2);
    bench.journal.append(posts("oak", 0..10)).unwrap();
    let mut old = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let entries = old.entries(10);
    let at = entries[0].at;
    let done = progress(at, entries[9].position + 1);
    let mut new = Reader::join(&bench, "analyze", &[Topic::Posts]);
    // The old member hears of it, and tries nevertheless.
    let deadline = Instant::now() + super::PATIENCE;
    while old.revoked.is_empty() {
        assert!(Instant::now() < deadline, "no revocation came");
        new.poll();
        old.poll();
    }
    if old.assigned.is_empty() {
        assert!(is_fenced(old.member.commit(vec![annotation("oak", "1")], &[done])));
    }
    let mut again = settle(&mut [&mut old, &mut new], 1);
    let (loser, owner) = if old.holds(at) { (&mut new, &mut old) } else { (&mut old, &mut new) };
    assert!(is_fenced(loser.member.commit(vec![annotation("oak", "2")], &[done])));
    assert_eq!(owner.committed(at), None, "nothing was committed before");
    again.extend(owner.entries(10 - again.len()));
    assert_eq!(again, entries);
    let placed = owner.member.commit(vec![annotation("oak", "3")], &[done]).unwrap();
    until_visible(&bench, &placed);
    let written = all_of(&bench, placed[0].at);
    assert_eq!(written.iter().map(|entry| number(entry).1).collect::<Vec<_>>(), ["3"]);
}

pub(super) fn a_member_at_work_hears_that_its_work_is_in_vain(open: &Open) {
    let bench = open(2);
    bench.journal.append(posts("oak", 0..10)).unwrap();
    let mut old = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let entries = old.entries(10);
    let (at, next) = (entries[0].at, entries[9].position + 1);
    let later = bench.journal.append(posts("oak", 10..20)).unwrap();
    // Longer than any journal takes from one sign of life to the next, twice.
    for _ in 0..3 {
        assert!(old.member.stay().unwrap(), "it is alone in its group");
        assert_eq!(old.member.position(at).unwrap(), next, "it has not polled");
        std::thread::sleep(Duration::from_millis(1_100));
    }
    let more = old.entries(10);
    assert!(more.iter().map(|it| it.position).eq(later.iter().map(|it| it.position)));
    old.member.commit(vec![annotation("oak", "1")], &[progress(at, next)]).unwrap();
    let mut new = Reader::join(&bench, "analyze", &[Topic::Posts]);
    let deadline = Instant::now() + super::PATIENCE;
    while old.member.stay().unwrap() {
        assert!(Instant::now() < deadline, "nobody told it that somebody came");
        new.poll();
    }
    assert!(is_fenced(old.member.commit(vec![annotation("oak", "2")], &[progress(at, next + 5)])));
    // All that was not committed comes again, to whoever has it then, and once.
    let again = settle(&mut [&mut old, &mut new], 1);
    let owner = if old.holds(at) { &mut old } else { &mut new };
    assert_eq!(owner.committed(at), Some(progress(at, next)));
    let left = owner.entries(10 - again.len());
    assert!(again.iter().chain(&left).eq(&more));
    assert!(owner.member.stay().unwrap());
}

pub(super) fn leaving_hands_over_at_once(open: &Open) {
    let bench = open(2);
    let mut one = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let mut two = Reader::join(&bench, "analyze", &[Topic::Posts]);
    settle(&mut [&mut one, &mut two], 1);
    let started = Instant::now();
    one.leave();
    two.until("everything", |reader| reader.assigned.len() == 2);
    assert!(started.elapsed() < Duration::from_secs(9), "it took {:?}", started.elapsed());
}

pub(super) fn more_members_than_partitions_leave_some_idle(open: &Open) {
    let bench = open(1);
    let mut one = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let mut two = Reader::join(&bench, "analyze", &[Topic::Posts]);
    let deadline = Instant::now() + super::PATIENCE;
    // The newcomer may get the partition or nothing; in the end exactly one holds it.
    let mut told = false;
    while !(told && one.assigned.len() + two.assigned.len() == 1) {
        assert!(Instant::now() < deadline, "the partition has no single owner");
        one.poll();
        let events = two.member.poll(10, Duration::from_millis(20)).unwrap();
        for event in events {
            if let Event::Assigned(assigned) = event {
                told = true;
                two.assigned = assigned;
            }
        }
    }
    bench.journal.append(posts("oak", 0..3)).unwrap();
    let owner = if one.assigned.is_empty() { &mut two } else { &mut one };
    assert_eq!(owner.entries(3).len(), 3);
}

pub(super) fn every_post_is_answered_once_through_rebalances(open: &Open) {
    const POSTS_EACH: i64 = 120;
    let bench = open(3);
    let names = ["oak", "elm", "yew", "ash", "fir", "box"];
    let mut workers = vec![Worker::join(&bench)];
    for (round, name) in names.iter().enumerate() {
        bench.journal.append(posts(name, 0..POSTS_EACH)).unwrap();
        match round {
            1 | 3 => workers.push(Worker::join(&bench)),
            2 | 4 => workers.remove(0).member.leave().unwrap(),
            _ => (),
        }
        for _ in 0..6 {
            for worker in &mut workers {
                worker.work();
            }
        }
    }
    let deadline = Instant::now() + super::PATIENCE;
    let expected = usize::try_from(POSTS_EACH).unwrap() * names.len();
    let answers = loop {
        for worker in &mut workers {
            worker.work();
        }
        let answers = answers(&bench);
        if answers.values().sum::<usize>() >= expected {
            break answers;
        }
        assert!(Instant::now() < deadline, "{} of {expected}", answers.len());
    };
    assert_eq!(answers.len(), expected, "a post was never answered");
    assert!(answers.values().all(|&times| times == 1), "a post was answered twice");
}

fn answers(bench: &Bench) -> BTreeMap<(String, String), usize> {
    let mut answers = BTreeMap::new();
    for partition in 0..bench.journal.partitions() {
        for entry in all_of(bench, TopicPartition { topic: Topic::Annotations, partition }) {
            *answers.entry(number(&entry)).or_default() += 1;
        }
    }
    answers
}

/// Answers every post that it reads with one annotation.
struct Worker {
    member: Box<dyn Member>,
}

impl Worker {
    fn join(bench: &Bench) -> Self {
        Self { member: bench.journal.join(READERS).unwrap() }
    }

    fn work(&mut self) {
        let events = self.member.poll(50, Duration::from_millis(50)).unwrap();
        let mut outputs: Vec<Record> = Vec::new();
        let mut until: BTreeMap<TopicPartition, Position> = BTreeMap::new();
        for event in events {
            if let Event::Entry(entry) = event {
                let (chat, post) = number(&entry);
                outputs.push(annotation(&chat, &post));
                until.insert(entry.at, entry.position + 1);
            }
        }
        let done: Vec<_> = until.into_iter().map(|(at, position)| progress(at, position)).collect();
        if outputs.is_empty() {
            return;
        }
        match self.member.commit(outputs, &done) {
            // Fenced: somebody else answers these.
            Ok(_) | Err(CommitError::Fenced) => (),
            Err(CommitError::Failed { cause, .. }) => panic!("a commit failed: {cause}"),
        }
    }
}

/// Polls all readers until each holds `each` partitions; returns what they read on the way.
pub(super) fn settle(readers: &mut [&mut Reader], each: usize) -> Vec<Entry> {
    let deadline = Instant::now() + super::PATIENCE;
    let mut entries = Vec::new();
    while readers.iter().any(|reader| reader.assigned.len() != each) {
        assert!(Instant::now() < deadline, "the group never settled");
        for reader in readers.iter_mut() {
            entries.extend(reader.poll());
        }
    }
    entries
}
