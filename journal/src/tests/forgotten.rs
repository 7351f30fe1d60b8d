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
use crate::{Settings, TopicPartition, kafka::KafkaJournal};

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

    /// Is killed, and comes back without the last mark in each of these.
    fn forget(&self, parts: &[TopicPartition]) {
        let pid = fs::read_to_string(self.folder.path().join("pid")).unwrap();
        let killed = Command::new("kill").args(["-KILL", pid.trim()]).status().unwrap();
        assert!(killed.success());
        for TopicPartition { topic, partition } in parts {
            let name = format!("data/{}-{partition}/00000000000000000000.log", topic.as_str());
            let path = self.folder.path().join(name);
            let mut log = fs::read(&path).unwrap();
            let last = last_batch(&log);
            assert_eq!(log[last + ATTRIBUTES_AT + 1] & IS_CONTROL, IS_CONTROL, "it is no mark");
            log.truncate(last);
            fs::write(&path, log).unwrap();
        }
        assert_eq!(script("start", self.folder.path()), self.address, "it came back elsewhere");
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

/// Where the last batch of a log begins.
fn last_batch(log: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let length = log[at + LENGTH_AT..at + PREFIX].try_into().unwrap();
        let next = at + PREFIX + u32::from_be_bytes(length) as usize;
        if next >= log.len() {
            return at;
        }
        at = next;
    }
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

/// What a worker that is gone did in its only transaction: an output, and a position of the partition that
/// its id is named after.
fn last_deed(broker: &Broker, id: u32, output: TopicPartition, end: fn(&BaseProducer)) {
    let register = || {
        let mut config = broker.client();
        config.set("transactional.id", format!("analyze-{id}"));
        let producer: BaseProducer = config.create().unwrap();
        producer.init_transactions(PATIENCE).unwrap();
        producer
    };
    let producer = register();
    producer.begin_transaction().unwrap();
    let tag = format!("analyze.{id}.1700000000.0");
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
    position.set_offset(Offset::Offset(1)).unwrap();
    position.set_metadata(format!("1 {tag}"));
    let metadata = group.group_metadata().unwrap();
    producer.send_offsets_to_transaction(&offsets, &metadata, PATIENCE).unwrap();
    end(&producer);
    // The coordinator lets nobody register before it counts the transaction as ended.
    register();
}

fn bench(broker: &Broker) -> Bench {
    let settings = Settings { partitions: 2, prefix: String::new(), ..Settings::default() };
    let journal = KafkaJournal::open(&broker.address, &settings).unwrap();
    Bench { journal: Box::new(journal), poison: Box::new(|_, _| ()) }
}

#[test]
#[ignore = "needs Kafka: deploy/kafka.sh starts it"]
fn what_a_broker_forgot_to_end_is_ended_as_what_it_was_by_whoever_comes_next() {
    let broker = Broker::start();
    let before = bench(&broker);
    let read = before.journal.append(posts("oak", 0..3)).unwrap()[0].at;
    // The group is known, and has gone.
    Reader::joined(&before, "analyze", &[Topic::Posts]).leave();
    drop(before);
    // Both ids are the next member's, which goes on with the lower one.
    let aborted = TopicPartition { topic: Topic::Annotations, ..read };
    let committed = TopicPartition { topic: Topic::Attendance, ..read };
    last_deed(&broker, 0, aborted, |it| it.abort_transaction(PATIENCE).unwrap());
    last_deed(&broker, 1, committed, |it| it.commit_transaction(PATIENCE).unwrap());
    broker.forget(&[aborted, committed]);
    for at in [aborted, committed] {
        let (stable, all) = broker.ends(at);
        assert!(stable < all, "nothing is forgotten in {at:?}: {stable} of {all}");
    }

    let bench = bench(&broker);
    let asked_at = Instant::now();
    let mut next = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    assert!(asked_at.elapsed() < PATIENCE / 3, "the group waited");
    let positions = [0, 1].map(|partition| TopicPartition { partition, ..read });
    let positions = positions.map(|at| next.committed(at));
    assert_eq!(positions, [None, Some(progress(TopicPartition { partition: 1, ..read }, 1))]);
    let placed = next.member.commit(vec![annotation("oak", "1")], &[]).unwrap();
    until_visible(&bench, &placed);
    let entries = all_of(&bench, aborted);
    assert_eq!(entries.iter().map(|it| number(it).1).collect::<Vec<_>>(), ["1"]);
    assert_eq!(all_of(&bench, committed).len(), 1, "what was committed shows, and nothing else");
    let mut report = Reader::joined(&bench, "report", &[Topic::Annotations, Topic::Attendance]);
    assert_eq!(report.until_the_end(&bench).len(), 2);
}
