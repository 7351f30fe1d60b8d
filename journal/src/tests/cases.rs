//! Appending and reading.

use std::collections::BTreeSet;

use colloquy_transcript::{Record, Topic};

use super::{
    Bench, Open, all_of,
    records::{annotation, dead_letter, decision, mark, number, post, posts, record, watched},
};
use crate::{Content, Journal, TopicPartition};

pub(super) fn appended_records_come_back_in_order(open: &Open) {
    let Bench { journal, .. } = &open(3);
    assert_eq!(journal.partitions(), 3);
    let mut written = Vec::new();
    for number in 0..300 {
        written
            .push(post(["oak", "elm", "yew", "ash"][usize::try_from(number % 4).unwrap()], number));
    }
    let mut placed = journal.append(written[..100].to_vec()).unwrap();
    placed.extend(journal.append(written[100..].to_vec()).unwrap());
    assert_eq!(placed.len(), written.len());
    for partition in 0..3 {
        let at = TopicPartition { topic: Topic::Posts, partition };
        let mine: Vec<_> =
            placed.iter().zip(&written).filter(|(place, _)| place.at == at).collect();
        assert!(mine.is_sorted_by(|(a, _), (b, _)| a.position < b.position));
        let mut read = Vec::new();
        let end = journal.end(at).unwrap();
        journal.read(at, 0, end, &mut |entry| read.push(entry)).unwrap();
        assert_eq!(read.len(), mine.len());
        for (entry, (place, written)) in read.iter().zip(mine) {
            assert_eq!((entry.at, entry.position), (place.at, place.position));
            assert_eq!(record(entry), written);
            assert!(entry.position < end);
        }
    }
}

pub(super) fn every_kind_of_record_comes_back(open: &Open) {
    let bench = open(1);
    let written = [
        post("oak", 1),
        decision("oak"),
        watched("oak"),
        mark(0),
        annotation("oak", "1"),
        dead_letter(3),
    ];
    let placed = bench.journal.append(written.to_vec()).unwrap();
    for (place, written) in placed.iter().zip(&written) {
        assert_eq!(place.at.topic, written.topic());
        let read = all_of(&bench, place.at);
        let found = read.iter().find(|entry| entry.position == place.position).unwrap();
        assert_eq!(record(found), written);
    }
}

pub(super) fn a_chat_lies_in_one_partition_of_every_topic(open: &Open) {
    let Bench { journal, .. } = &open(5);
    let mut seen = BTreeSet::new();
    for name in ["oak", "elm", "yew", "ash", "fir", "box", "bay", "fig"] {
        let records = vec![
            post(name, 1),
            decision(name),
            watched(name),
            annotation(name, "1"),
            post(name, 2),
        ];
        let placed = journal.append(records).unwrap();
        let partition = placed[0].at.partition;
        assert!(placed.iter().all(|place| place.at.partition == partition), "{placed:?}");
        seen.insert(partition);
    }
    assert!(seen.len() > 1, "eight chats in one partition of five");
    let marks: Vec<Record> = (0..5).map(mark).collect();
    let placed = journal.append(marks).unwrap();
    assert_eq!(placed.iter().map(|place| place.at.partition).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

pub(super) fn a_range_is_read_and_no_more(open: &Open) {
    let Bench { journal, .. } = &open(1);
    let placed = journal.append(posts("oak", 0..50)).unwrap();
    let at = placed[0].at;
    let numbers = |from: u64, until: u64| {
        let mut numbers = Vec::new();
        journal.read(at, from, until, &mut |entry| numbers.push(number(&entry).1)).unwrap();
        numbers
    };
    let expected = |range: std::ops::Range<i64>| range.map(|n| n.to_string()).collect::<Vec<_>>();
    assert_eq!(numbers(placed[10].position, placed[20].position), expected(10..20));
    assert_eq!(numbers(placed[49].position, placed[49].position + 1), expected(49..50));
    assert_eq!(numbers(placed[40].position, u64::MAX >> 2), expected(40..50));
    let end = journal.end(at).unwrap();
    assert!(numbers(end, end).is_empty());
    assert!(numbers(end, end + 5).is_empty());
    assert!(numbers(7, 7).is_empty());
    let nowhere = TopicPartition { topic: Topic::Posts, partition: 9 };
    assert!(journal.end(nowhere).is_err());
    assert!(journal.read(nowhere, 0, 1, &mut |_| ()).is_err());
}

pub(super) fn bytes_that_are_no_record_do_not_stop_a_reader(open: &Open) {
    let bench = open(1);
    let at = bench.journal.append(posts("oak", 0..2)).unwrap()[0].at;
    (bench.poison)(at, b"{\"v\":1,\"kind\":\"po");
    bench.journal.append(posts("oak", 2..4)).unwrap();
    let mut reader = super::Reader::joined(&bench, "readers", &[Topic::Posts]);
    for entries in [all_of(&bench, at), reader.entries(5)] {
        assert_eq!(entries.len(), 5);
        match &entries[2].content {
            Content::Unreadable { bytes, reason } => {
                assert_eq!(bytes, b"{\"v\":1,\"kind\":\"po");
                assert!(!reason.is_empty());
            }
            Content::Record(record) => panic!("poison read as {record:?}"),
        }
        assert_eq!(number(&entries[1]).1, "1");
        assert_eq!(number(&entries[4]).1, "3");
    }
    reader.until_the_end(&bench);
}

/// What a later program wrote is handed over as it is, with the reason; nobody guesses.
pub(super) fn a_record_of_a_newer_version_is_handed_over_unread(open: &Open) {
    const NEWER: &[u8] = b"{\"v\":2,\"kind\":\"post\",\"chat\":\"oak\"}";
    let bench = open(1);
    let at = bench.journal.append(posts("oak", 0..1)).unwrap()[0].at;
    (bench.poison)(at, NEWER);
    let mut reader = super::Reader::joined(&bench, "readers", &[Topic::Posts]);
    for entries in [all_of(&bench, at), reader.entries(2)] {
        let Content::Unreadable { bytes, reason } = &entries[1].content else {
            panic!("guessed {entries:?}")
        };
        assert_eq!(bytes, NEWER);
        assert!(reason.contains("version 2"), "{reason}");
    }
}

pub(super) fn an_empty_append_and_an_empty_read_are_fine(open: &Open) {
    let bench = open(2);
    assert!(bench.journal.append(Vec::new()).unwrap().is_empty());
    let at = TopicPartition { topic: Topic::Sessions, partition: 1 };
    assert_eq!(bench.journal.end(at).unwrap(), 0);
    assert!(all_of(&bench, at).is_empty());
}

pub(super) fn concurrent_appends_lose_nothing(open: &Open) {
    const EACH: i64 = 400;
    let Bench { journal, .. } = &open(2);
    let journal: &dyn Journal = journal.as_ref();
    std::thread::scope(|scope| {
        for name in ["oak", "elm", "yew"] {
            scope.spawn(move || {
                for from in (0..EACH).step_by(100) {
                    journal.append(posts(name, from..from + 100)).unwrap();
                }
            });
        }
    });
    let mut read = Vec::new();
    for partition in 0..2 {
        let at = TopicPartition { topic: Topic::Posts, partition };
        let end = journal.end(at).unwrap();
        journal.read(at, 0, end, &mut |entry| read.push(number(&entry))).unwrap();
    }
    for name in ["oak", "elm", "yew"] {
        let mine: Vec<_> = read.iter().filter(|(chat, _)| chat == name).collect();
        let expected: Vec<_> = (0..EACH).map(|n| (name.to_owned(), n.to_string())).collect();
        assert!(mine.into_iter().eq(&expected), "the posts of {name} are not all there in order");
    }
}
