//! A broker that counts a transaction as ended and never wrote so into a partition, as killed ones do once
//! in a thousand faults. Here it is killed while a transaction is open, and what its coordinator knew before
//! takes the place of what it knew then.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use colloquy_transcript::Topic;
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    producer::{BaseProducer, BaseRecord, Producer},
};

use super::{
    Bench, PATIENCE, Reader, all_of, progress,
    records::{annotation, number, posts},
    until_visible,
};
use crate::{Settings, TopicPartition, kafka::KafkaJournal};

/// A transaction is ended by the broker after this.
const TIMEOUT: Duration = Duration::from_secs(10);
/// And a little later, since it looks for such every two seconds.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(13);

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

    /// What the coordinator of transactions keeps.
    fn states(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path().join("data")).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let states: Vec<PathBuf> =
            paths.filter(|it| it.to_str().unwrap().contains("/__transaction_state-")).collect();
        assert!(!states.is_empty());
        states
    }

    /// Keeps what the coordinator knows now, and goes on.
    fn remember(&self) {
        script("stop", self.folder.path());
        for from in self.states() {
            copy(&from, &self.folder.path().join(from.file_name().unwrap()));
        }
        self.go_on();
    }

    /// Is killed, and knows what it knew then.
    fn forget(&self) {
        let pid = fs::read_to_string(self.folder.path().join("pid")).unwrap();
        let killed = Command::new("kill").args(["-KILL", pid.trim()]).status().unwrap();
        assert!(killed.success());
        for to in self.states() {
            fs::remove_dir_all(&to).unwrap();
            copy(&self.folder.path().join(to.file_name().unwrap()), &to);
        }
        self.go_on();
    }

    fn go_on(&self) {
        assert_eq!(script("start", self.folder.path()), self.address, "it came back elsewhere");
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address);
        config
    }

    /// The end of what is committed in a partition, and its end.
    fn ends(&self, topic: &str, partition: u32) -> (i64, i64) {
        let [stable, all] = ["read_committed", "read_uncommitted"].map(|isolation| {
            let asker: BaseConsumer =
                self.client().set("isolation.level", isolation).create().unwrap();
            asker.fetch_watermarks(topic, partition.try_into().unwrap(), PATIENCE).unwrap().1
        });
        (stable, all)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        script("stop", self.folder.path());
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

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A worker that has registered.
struct Worker {
    producer: BaseProducer,
    group: BaseConsumer,
}

impl Worker {
    fn register(broker: &Broker, id: &str) -> Self {
        let mut config = broker.client();
        config.set("transactional.id", id);
        config.set("transaction.timeout.ms", TIMEOUT.as_millis().to_string());
        let producer: BaseProducer = config.create().unwrap();
        producer.init_transactions(PATIENCE).unwrap();
        let group = broker.client().set("group.id", "analyze").create().unwrap();
        Self { producer, group }
    }

    /// Writes an output and a position, and dies.
    fn die(self, (output, bytes): (TopicPartition, &[u8]), read: TopicPartition) {
        let Self { producer, group } = self;
        producer.begin_transaction().unwrap();
        let partition = i32::try_from(output.partition).unwrap();
        let record = BaseRecord::<[u8], [u8]>::to(output.topic.as_str()).partition(partition);
        producer.send(record.key(b"dead").payload(bytes)).map_err(|(error, _)| error).unwrap();
        producer.flush(PATIENCE).unwrap();
        let mut offsets = TopicPartitionList::new();
        let partition = i32::try_from(read.partition).unwrap();
        offsets.add_partition_offset(read.topic.as_str(), partition, Offset::Offset(3)).unwrap();
        let metadata = group.group_metadata().unwrap();
        producer.send_offsets_to_transaction(&offsets, &metadata, PATIENCE).unwrap();
    }
}

fn bench(broker: &Broker) -> Bench {
    let settings = Settings { partitions: 2, prefix: String::new(), ..Settings::default() };
    let journal = KafkaJournal::open(&broker.address, &settings).unwrap();
    Bench { journal: Box::new(journal), poison: Box::new(|_, _| ()) }
}

#[test]
#[ignore = "needs Kafka: deploy/kafka.sh starts it"]
fn what_a_broker_forgot_to_end_is_ended_by_whoever_comes_next() {
    let broker = Broker::start();
    let before = bench(&broker);
    let read = before.journal.append(posts("oak", 0..3)).unwrap()[0].at;
    let output = TopicPartition { topic: Topic::Annotations, ..read };
    let mut first = Reader::joined(&before, "analyze", &[Topic::Posts]);
    let one = progress(read, 1);
    first.member.commit(Vec::new(), &[one]).unwrap();
    first.leave();
    // Both ids are the next member's, and it goes on with the lower one.
    let workers = [0, 1].map(|number| Worker::register(&broker, &format!("analyze-{number}")));
    drop(before);
    broker.remember();
    for worker in workers {
        worker.die((output, b"never committed"), read);
    }
    broker.forget();
    thread::sleep(FORGOTTEN_AFTER);
    let (stable, all) = broker.ends(output.topic.as_str(), output.partition);
    assert!(stable < all, "the broker has not forgotten: {stable} of {all}");

    let bench = bench(&broker);
    let asked_at = Instant::now();
    let mut next = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    assert!(asked_at.elapsed() < PATIENCE / 3, "the group waited");
    assert_eq!(next.committed(read), Some(one), "a position of the dead counts");
    assert_eq!(next.entries(2)[0].position, 1);
    let done = progress(read, 2);
    let placed = next.member.commit(vec![annotation("oak", "1")], &[done]).unwrap();
    until_visible(&bench, &placed);
    let committed = all_of(&bench, output);
    assert_eq!(committed.iter().map(|it| number(it).1).collect::<Vec<_>>(), ["1"]);
    next.leave();
    let next = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    assert_eq!(next.committed(read), Some(done));
}
