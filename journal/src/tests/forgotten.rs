//! A broker that counts a transaction as ended and has no mark of it in a partition, as killed ones do once
//! in a thousand faults. Here it is killed, and the marks are cut off.

use std::{fs, path::Path, process::Command, time::Instant};

use colloquy_transcript::Topic;
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    message::{Header, OwnedHeaders},
    producer::{BaseProducer, BaseRecord, Producer},
};

use super::{
    Bench, PATIENCE, Reader, all_of, progress,
    records::{annotation, number, posts},
    until_visible,
};
use crate::{Progress, Settings, TopicPartition, kafka::KafkaJournal};

/// Of a batch in a log: where its length stands, what it does not count, and its attributes (two bytes).
const LENGTH_AT: usize = 8;
const PREFIX: usize = 12;
const ATTRIBUTES_AT: usize = 21;
/// Attribute of a batch that ends a transaction.
const IS_CONTROL: u8 = 0x20;

/// A broker of this test's own.
struct Broker {
    folder: tempfile::TempDir,
    address: String,
}

impl Broker {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = script("start", folder.path());
        Self { folder, address }
    }

    /// Is killed, and comes back without the marks at the end of these partitions.
    fn forget(&self, parts: &[TopicPartition]) {
        let pid = fs::read_to_string(self.folder.path().join("pid")).unwrap();
        let killed = Command::new("kill").args(["-KILL", pid.trim()]).status().unwrap();
        assert!(killed.success());
        for TopicPartition { topic, partition } in parts {
            let name = format!("data/{}-{partition}/00000000000000000000.log", topic.as_str());
            let path = self.folder.path().join(name);
            let mut log = fs::read(&path).unwrap();
            let length = without_marks(&log);
            assert!(length < log.len(), "{topic:?} {partition} ends without a mark");
            log.truncate(length);
            fs::write(&path, log).unwrap();
        }
        assert_eq!(script("start", self.folder.path()), self.address, "it came back elsewhere");
        for at in parts {
            let (stable, all) = self.ends(*at);
            assert!(stable < all, "nothing is forgotten in {at:?}: {stable} of {all}");
        }
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address);
        config
    }

    /// The end of what is committed in a partition, and its end.
    fn ends(&self, at: TopicPartition) -> (i64, i64) {
        let [stable, all] = ["read_committed", "read_uncommitted"].map(|isolation| {
            let asker: BaseConsumer =
                self.client().set("isolation.level", isolation).create().unwrap();
            let partition = at.partition.try_into().unwrap();
            asker.fetch_watermarks(at.topic.as_str(), partition, PATIENCE).unwrap().1
        });
        (stable, all)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        script("stop", self.folder.path());
    }
}

/// How much of a log there is before the marks at its end.
fn without_marks(log: &[u8]) -> usize {
    let (mut at, mut kept) = (0, 0);
    while at < log.len() {
        let length = log[at + LENGTH_AT..at + PREFIX].try_into().unwrap();
        let is_mark = log[at + ATTRIBUTES_AT + 1] & IS_CONTROL != 0;
        at += PREFIX + u32::from_be_bytes(length) as usize;
        if !is_mark {
            kept = at;
        }
    }
    kept
}

fn script(what: &str, folder: &Path) -> String {
    let output = Command::new("deploy/kafka.sh")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .arg(what)
        .arg(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "deploy/kafka.sh {what}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A worker that is gone, in its last transaction: an output, and a position of the partition that its id
/// is named after.
struct Dead<'a> {
    broker: &'a Broker,
    id: u32,
    producer: BaseProducer,
}

impl<'a> Dead<'a> {
    fn registered(broker: &Broker, id: u32) -> BaseProducer {
        let mut config = broker.client();
        config.set("transactional.id", format!("analyze-{id}"));
        let producer: BaseProducer = config.create().unwrap();
        producer.init_transactions(PATIENCE).unwrap();
        producer
    }

    /// Begins the transaction that is its `nth`.
    fn begin(broker: &'a Broker, (id, nth): (u32, u32), output: TopicPartition) -> Self {
        let producer = Self::registered(broker, id);
        producer.begin_transaction().unwrap();
        let tag = format!("analyze.{id}.1700000000.{nth}");
        let header = Header { key: "colloquy-transaction", value: Some(&tag) };
        let record = BaseRecord::<[u8], [u8]>::to(output.topic.as_str())
            .partition(output.partition.try_into().unwrap())
            .headers(OwnedHeaders::new().insert(header))
            .key(b"dead");
        producer.send(record.payload(b"of the dead")).map_err(|(error, _)| error).unwrap();
        producer.flush(PATIENCE).unwrap();
        let group: BaseConsumer = broker.client().set("group.id", "analyze").create().unwrap();
        let mut offsets = TopicPartitionList::new();
        let mut position = offsets.add_partition(Topic::Posts.as_str(), id.try_into().unwrap());
        position.set_offset(Offset::Offset((nth + 1).into())).unwrap();
        position.set_metadata(format!("{} {tag}", nth + 1));
        let metadata = group.group_metadata().unwrap();
        producer.send_offsets_to_transaction(&offsets, &metadata, PATIENCE).unwrap();
        Self { broker, id, producer }
    }

    fn commit(self) {
        self.producer.commit_transaction(PATIENCE).unwrap();
        self.until_ended();
    }

    fn abort(self) {
        self.producer.abort_transaction(PATIENCE).unwrap();
        self.until_ended();
    }

    /// The coordinator lets nobody register before it counts the transaction as ended.
    fn until_ended(self) {
        Self::registered(self.broker, self.id);
    }
}

fn bench(broker: &Broker) -> Bench {
    let settings = Settings { partitions: 2, prefix: String::new(), ..Settings::default() };
    let journal = KafkaJournal::open(&broker.address, &settings).unwrap();
    Bench { journal: Box::new(journal), poison: Box::new(|_, _| ()) }
}

/// A broker that knows the group, which has gone, and the first partition of posts.
fn scene() -> (Broker, TopicPartition) {
    let broker = Broker::start();
    let bench = bench(&broker);
    let read = bench.journal.append(posts("oak", 0..3)).unwrap()[0].at;
    Reader::joined(&bench, "analyze", &[Topic::Posts]).leave();
    (broker, TopicPartition { partition: 0, ..read })
}

/// The position of a partition that the dead with its number committed in its `nth` transaction.
fn position_of(at: TopicPartition, nth: u64) -> Progress {
    progress(at, nth + 1)
}

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
        // The one lies behind the other: neither order may matter.
        let first = Dead::begin(&broker, (0, committed), both);
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

#[test]
#[ignore = "needs Kafka: deploy/kafka.sh starts it"]
fn what_a_broker_forgets_while_a_member_works_is_ended_by_that_member() {
    let (broker, read) = scene();
    let bench = bench(&broker);
    let mut member = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    // Its own transactions have the other id of its two.
    let placed = member.member.commit(vec![annotation("oak", "1")], &[]).unwrap();
    until_visible(&bench, &placed);
    let committed = TopicPartition { topic: Topic::Attendance, ..read };
    Dead::begin(&broker, (1, 0), committed).commit();
    broker.forget(&[committed]);
    member.until("the end of what hangs", |_| bench.journal.end(committed).unwrap() > 0);
    assert_eq!(all_of(&bench, committed).len(), 1);
}
