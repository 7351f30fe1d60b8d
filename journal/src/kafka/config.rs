//! How the clients are set up, and what the topics are called.

use colloquy_transcript::Topic;
use rdkafka::{ClientConfig, config::RDKafkaLogLevel};

/// Largest record, in bytes: topics are created for it and producers keep to it.
pub(super) const RECORD_BYTES_MAX: u32 = 16 * 1024 * 1024;

/// Bytes that a producer holds before an append waits, in KB.
const PRODUCER_QUEUE_KBYTES_MAX: u32 = 64 * 1024;

/// Records that a producer holds before an append waits.
const PRODUCER_QUEUE_RECORDS_MAX: u32 = 100_000;

/// Bytes that a consumer fetches ahead, in KB.
const CONSUMER_QUEUE_KBYTES_MAX: u32 = 16 * 1024;

/// A member whose process is silent for so long loses its partitions.
const SESSION_TIMEOUT_MS: u32 = 10_000;

/// A member that does not poll for so long loses its partitions.
pub(super) const POLL_INTERVAL_MS_MAX: u32 = 300_000;

/// A transaction that stays open for so long is aborted; until then readers wait for it.
const TRANSACTION_TIMEOUT_MS: u32 = 30_000;

/// A cluster, and the names of our topics there.
#[derive(Debug)]
pub(super) struct Cluster {
    brokers: String,
    prefix: String,
    names: Vec<String>,
    poll_interval_ms_max: u32,
}

impl Cluster {
    pub(super) fn new(brokers: &str, prefix: &str, poll_interval_ms_max: u32) -> Self {
        let dotted = if prefix.is_empty() { String::new() } else { format!("{prefix}.") };
        let names = Topic::ALL.iter().map(|topic| format!("{dotted}{}", topic.as_str())).collect();
        Self { brokers: brokers.to_owned(), prefix: dotted, names, poll_interval_ms_max }
    }

    /// The journal as the user named it.
    pub(super) fn journal(&self) -> String {
        format!("kafka:{}", self.brokers)
    }

    /// A topic's name on the cluster.
    pub(super) fn name(&self, topic: Topic) -> &str {
        let index = Topic::ALL.iter().position(|other| *other == topic);
        index.and_then(|index| self.names.get(index)).map_or(topic.as_str(), String::as_str)
    }

    /// The topic of that name.
    pub(super) fn topic(&self, name: &str) -> Option<Topic> {
        let index = self.names.iter().position(|other| other == name)?;
        Topic::ALL.get(index).copied()
    }

    /// A group's name on the cluster, apart from those of journals with another prefix.
    pub(super) fn group(&self, group: &str) -> String {
        format!("{}{group}", self.prefix)
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "colloquy")
            .set_log_level(RDKafkaLogLevel::Warning);
        config
    }

    /// Creates topics.
    pub(super) fn admin(&self) -> ClientConfig {
        self.client()
    }

    fn consumer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            .set("allow.auto.create.topics", "false")
            .set("enable.partition.eof", "true")
            .set("queued.max.messages.kbytes", CONSUMER_QUEUE_KBYTES_MAX.to_string())
            .set("fetch.message.max.bytes", (1024 * 1024).to_string())
            // Must hold the largest record and its batch.
            .set("fetch.max.bytes", (RECORD_BYTES_MAX * 2).to_string())
            .set("receive.message.max.bytes", (RECORD_BYTES_MAX * 2 + 1024 * 1024).to_string());
        config
    }

    /// Only asks; joins no group, reads nothing.
    pub(super) fn watcher(&self) -> ClientConfig {
        self.consumer()
    }

    /// Reads ranges of partitions that it is told. The group's name is needed by the client and
    /// never used: nothing is committed, nothing subscribed.
    pub(super) fn reader(&self) -> ClientConfig {
        let mut config = self.consumer();
        // The end shows by an empty answer, so the broker shall not sit on it.
        config.set("group.id", self.group("ranges")).set("fetch.wait.max.ms", "10");
        config
    }

    /// A member of `group`. The range assignor gives whoever gets partition 2 of one topic
    /// partition 2 of all; it is eager, so a rebalance starts with everything handed back.
    pub(super) fn member(&self, group: &str) -> ClientConfig {
        let mut config = self.consumer();
        config
            .set("group.id", self.group(group))
            .set("partition.assignment.strategy", "range")
            .set(
                "session.timeout.ms",
                SESSION_TIMEOUT_MS.min(self.poll_interval_ms_max).to_string(),
            )
            .set("max.poll.interval.ms", self.poll_interval_ms_max.to_string())
            .set("fetch.wait.max.ms", "100");
        config
    }

    /// The producer of appends.
    pub(super) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("compression.type", "lz4")
            .set("linger.ms", "5")
            .set("message.max.bytes", RECORD_BYTES_MAX.to_string())
            .set("queue.buffering.max.messages", PRODUCER_QUEUE_RECORDS_MAX.to_string())
            .set("queue.buffering.max.kbytes", PRODUCER_QUEUE_KBYTES_MAX.to_string());
        config
    }

    /// The producer of a member. `id` must be used by nobody else: the group's generation fences
    /// (KIP-447), not the id.
    pub(super) fn transactional(&self, id: &str) -> ClientConfig {
        let mut config = self.producer();
        config
            .set("transactional.id", self.group(id))
            .set("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS.to_string());
        config
    }
}
