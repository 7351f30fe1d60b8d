//! A broker that may be killed and forget, and workers that died.

use std::{fs, time::Instant};

use colloquy_transcript::Topic;
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    message::{Header, OwnedHeaders},
    producer::{BaseProducer, BaseRecord, Producer},
};

use super::super::{Bench, PATIENCE, Reader, progress, records::posts};
use super::broker::Broker;
use crate::{Progress, Settings, TopicPartition, kafka::KafkaJournal};

/// Of a batch in a log: where its length stands, what it does not count, and its attributes (two bytes).
const LENGTH_AT: usize = 8;
const PREFIX: usize = 12;
const ATTRIBUTES_AT: usize = 21;
/// Attribute of a batch that ends a transaction.
const IS_CONTROL: u8 = 0x20;

impl Broker {
    /// Is killed, and comes back without the marks at the end of these partitions.
    pub(super) fn forget(&self, parts: &[TopicPartition]) {
        self.kill();
        for TopicPartition { topic, partition } in parts {
            let name = format!("data/{}-{partition}/00000000000000000000.log", topic.as_str());
            let path = self.folder.path().join(name);
            let mut log = fs::read(&path).unwrap();
            let length = without_marks(&log);
            assert!(length < log.len(), "{topic:?} {partition} ends without a mark");
            log.truncate(length);
            fs::write(&path, log).unwrap();
        }
        self.begin();
        for at in parts {
            let (stable, all) = self.ends(*at);
            assert!(stable < all, "nothing is forgotten in {at:?}: {stable} of {all}");
        }
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.address());
        config
    }

    /// The end of what is committed in a partition, and its end.
    fn ends(&self, at: TopicPartition) -> (i64, i64) {
        let [stable, all] = ["read_committed", "read_uncommitted"].map(|isolation| {
            let asker: BaseConsumer =
                self.client().set("isolation.level", isolation).create().unwrap();
            let partition = at.partition.try_into().unwrap();
            let deadline = Instant::now() + PATIENCE;
            loop {
                // It knows its partitions some time after it began to answer.
                match asker.fetch_watermarks(at.topic.as_str(), partition, PATIENCE) {
                    Ok((_, end)) => return end,
                    Err(error) => assert!(Instant::now() < deadline, "{error}"),
                }
            }
        });
        (stable, all)
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

/// A worker that is gone, in its last transaction: an output, and a position of the partition that its id
/// is named after.
pub(super) struct Dead<'a> {
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
    pub(super) fn begin(broker: &'a Broker, (id, nth): (u32, u32), output: TopicPartition) -> Self {
        let header = Header { key: "colloquy-transaction", value: Some(&Self::tag(id, nth)) };
        let headers = OwnedHeaders::new().insert(header);
        Self::begin_with(broker, (id, nth), output, headers)
    }

    /// The same of an earlier version, whose records do not say of which transaction they are.
    pub(super) fn begin_untagged(
        broker: &'a Broker,
        id: (u32, u32),
        output: TopicPartition,
    ) -> Self {
        Self::begin_with(broker, id, output, OwnedHeaders::new())
    }

    fn tag(id: u32, nth: u32) -> String {
        format!("analyze.{id}.1700000000.{nth}")
    }

    fn begin_with(
        broker: &'a Broker,
        (id, nth): (u32, u32),
        output: TopicPartition,
        headers: OwnedHeaders,
    ) -> Self {
        let producer = Self::write(broker, id, output, headers);
        let group: BaseConsumer = broker.client().set("group.id", "analyze").create().unwrap();
        let mut offsets = TopicPartitionList::new();
        let mut position = offsets.add_partition(Topic::Posts.as_str(), id.try_into().unwrap());
        position.set_offset(Offset::Offset((nth + 1).into())).unwrap();
        position.set_metadata(format!("{} {}", nth + 1, Self::tag(id, nth)));
        let metadata = group.group_metadata().unwrap();
        producer.send_offsets_to_transaction(&offsets, &metadata, PATIENCE).unwrap();
        Self { broker, id, producer }
    }

    /// Somebody under an id that comes with no partition, whose transaction stays open.
    pub(super) fn stranger(broker: &Broker, output: TopicPartition) -> BaseProducer {
        Self::write(broker, u32::MAX, output, OwnedHeaders::new())
    }

    fn write(
        broker: &Broker,
        id: u32,
        output: TopicPartition,
        headers: OwnedHeaders,
    ) -> BaseProducer {
        let producer = Self::registered(broker, id);
        producer.begin_transaction().unwrap();
        let record = BaseRecord::<[u8], [u8]>::to(output.topic.as_str())
            .partition(output.partition.try_into().unwrap())
            .headers(headers)
            .key(b"dead");
        producer.send(record.payload(b"of the dead")).map_err(|(error, _)| error).unwrap();
        producer.flush(PATIENCE).unwrap();
        producer
    }

    pub(super) fn commit(self) {
        self.producer.commit_transaction(PATIENCE).unwrap();
        self.until_ended();
    }

    pub(super) fn abort(self) {
        self.producer.abort_transaction(PATIENCE).unwrap();
        self.until_ended();
    }

    /// The coordinator lets nobody register before it counts the transaction as ended.
    fn until_ended(self) {
        Self::registered(self.broker, self.id);
    }
}

pub(super) fn bench(broker: &Broker) -> Bench {
    bench_with(broker, &[])
}

/// A bench with options of the client.
pub(super) fn bench_with(broker: &Broker, options: &[(&str, &str)]) -> Bench {
    let mut settings = Settings { partitions: 2, prefix: String::new(), ..Settings::default() };
    for (key, value) in options {
        settings.kafka.set(key, value).unwrap();
    }
    let journal = KafkaJournal::open(broker.address(), &settings).unwrap();
    Bench { journal: Box::new(journal), poison: Box::new(|_, _| ()) }
}

/// A broker that knows the group, which has gone, and the first partition of posts.
pub(super) fn scene() -> (Broker, TopicPartition) {
    let broker = Broker::start();
    let bench = bench(&broker);
    let read = bench.journal.append(posts("oak", 0..3)).unwrap()[0].at;
    Reader::joined(&bench, "analyze", &[Topic::Posts]).leave();
    (broker, TopicPartition { partition: 0, ..read })
}

/// The position of a partition that the dead with its number committed in its `nth` transaction.
pub(super) fn position_of(at: TopicPartition, nth: u64) -> Progress {
    progress(at, nth + 1)
}
