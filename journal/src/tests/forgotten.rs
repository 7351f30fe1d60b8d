//! A broker that counts a transaction as ended and has no mark of it in a partition, as killed ones do once
//! in a thousand faults. Here it is killed, and the marks are cut off.

#[path = "../../../tests/integration/faults/broker.rs"]
#[expect(dead_code, reason = "nobody freezes it here")]
mod broker;
mod scene;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use colloquy_transcript::Topic;

use self::scene::{Dead, bench, bench_with, position_of, scene};
use super::{
    PATIENCE, Reader, all_of,
    groups::settle,
    is_fenced, progress,
    records::{annotation, number},
    until_visible,
};
use crate::TopicPartition;

#[test]
#[ignore = "needs Kafka: deploy/kafka.sh starts it"]
fn what_a_broker_forgot_to_end_is_ended_as_what_it_was_by_whoever_comes_next() {
    let (broker, read) = scene();
    // Both ids are the next member's, which goes on with the lower one.
    let aborted = TopicPartition { topic: Topic::Annotations, ..read };
    let committed = TopicPartition { topic: Topic::Attendance, ..read };
    Dead::begin(&broker, (0, 0), aborted).abort();
    Dead::begin(&broker, (1, 0), committed).commit();
    broker.forget(&[aborted, committed]);

    let bench = bench(&broker);
    let asked_at = Instant::now();
    let mut next = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    assert!(asked_at.elapsed() < PATIENCE / 3, "the group waited");
    let other = TopicPartition { partition: 1, ..read };
    assert_eq!([read, other].map(|at| next.committed(at)), [None, Some(position_of(other, 0))]);
    let placed = next.member.commit(vec![annotation("oak", "1")], &[]).unwrap();
    until_visible(&bench, &placed);
    let entries = all_of(&bench, placed[0].at);
    assert_eq!(entries.iter().map(|it| number(it).1).collect::<Vec<_>>(), ["1"]);
    assert_eq!(all_of(&bench, committed).len(), 1, "what was committed shows, and nothing else");
    let mut report = Reader::joined(&bench, "report", &[Topic::Annotations, Topic::Attendance]);
    assert_eq!(report.until_the_end(&bench).len(), 2);
}

#[test]
#[ignore = "needs Kafka: deploy/kafka.sh starts it"]
fn of_two_that_hang_in_one_partition_each_is_ended_as_what_it_was() {
    let (broker, read) = scene();
    let both = TopicPartition { topic: Topic::Attendance, ..read };
    for committed in [0, 1] {
        let nth = committed.into();
        // The one lies behind the other: neither order may matter, nor whether the first bears a name.
        let first = if committed == 1 { Dead::begin_untagged } else { Dead::begin };
        let first = first(&broker, (0, committed), both);
        let second = Dead::begin(&broker, (1, committed), both);
        let (aborts, commits) = if committed == 1 { (first, second) } else { (second, first) };
        aborts.abort();
        commits.commit();
        broker.forget(&[both]);

        let bench = bench(&broker);
        let next = Reader::joined(&bench, "analyze", &[Topic::Posts]);
        let its = TopicPartition { partition: committed, ..read };
        assert_eq!(next.committed(its), Some(position_of(its, nth)));
        let visible = all_of(&bench, both).len();
        assert_eq!(visible, committed as usize + 1, "one of the two shows, and no other");
        next.leave();
    }
}

/// Its next transaction would be the same to the broker as the one whose mark is missing, and would take
/// it along when it is aborted.
#[test]
#[ignore = "needs Kafka: deploy/kafka.sh starts it"]
fn what_a_member_committed_stays_when_its_next_commit_fails() {
    let (broker, read) = scene();
    let patience = Duration::from_secs(8);
    let polls = patience.as_millis().to_string();
    let bench = bench_with(&broker, &[("max.poll.interval.ms", &polls)]);
    let mut member = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let placed = member.member.commit(vec![annotation("oak", "1")], &[progress(read, 1)]).unwrap();
    until_visible(&bench, &placed);
    broker.forget(&[placed[0].at]);
    // It does not poll for so long that the group goes on without it.
    std::thread::sleep(patience);
    assert!(is_fenced(member.member.commit(vec![annotation("oak", "2")], &[progress(read, 2)])));
    let shows = |_: &Reader| bench.journal.end(placed[0].at).unwrap() > placed[0].position;
    member.until("the end of what hangs", shows);
    let entries = all_of(&bench, placed[0].at);
    assert_eq!(entries.iter().map(|it| number(it).1).collect::<Vec<_>>(), ["1"]);
}

/// Whoever takes a partition over may have to wait for who takes over the id under which it was written.
#[test]
#[ignore = "needs Kafka: deploy/kafka.sh starts it"]
fn a_partition_is_read_when_whoever_wrote_there_has_been_ended() {
    let (broker, read) = scene();
    let bench = bench(&broker);
    let end = |at| bench.journal.end(at).unwrap();
    // Shares are given in the order of these names.
    let join = |name: &str| {
        let named = bench_with(&broker, &[("group.instance.id", name)]);
        Reader::join(&named, "analyze", &[Topic::Posts])
    };
    let (mut first, mut second) = (join("1"), join("2"));
    settle(&mut [&mut first, &mut second], 1);
    // Under the id of the first partition, in the second.
    let output = TopicPartition { topic: Topic::Attendance, partition: 1 };
    let _dead = Dead::begin(&broker, (0, 0), output);
    assert_eq!(end(output), 0);

    let _third = join("3");
    for reader in [&mut first, &mut second] {
        reader.revoked.clear();
        reader.until("a new beginning", |reader| !reader.revoked.is_empty());
    }
    let is_held = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let share = TopicPartition { partition: 1, ..read };
            second.until("its share", |reader| reader.holds(share));
            is_held.store(true, Ordering::Relaxed);
            assert!(end(output) > 0, "what was written is hidden");
        });
        // Whoever is to end it takes some time.
        std::thread::sleep(Duration::from_secs(2));
        assert!(!is_held.load(Ordering::Relaxed), "it did not wait");
        first.until("its share", |reader| reader.holds(read));
    });
}

/// What hangs by somebody else's fault is waited for once, and not at every commit.
#[test]
#[ignore = "needs Kafka: deploy/kafka.sh starts it"]
fn a_member_goes_on_beside_what_it_cannot_end() {
    let (broker, _) = scene();
    let bench = bench(&broker);
    let mut member = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let mut commit = |nth: &str| {
        let asked_at = Instant::now();
        let placed = member.member.commit(vec![annotation("oak", nth)], &[]).unwrap();
        (placed[0].at, asked_at.elapsed())
    };
    let (at, _) = commit("1");
    let _stranger = Dead::stranger(&broker, at);
    commit("2");
    let ((_, first), (_, second)) = (commit("3"), commit("4"));
    assert!(second < first, "{second:?} after {first:?}");
}
