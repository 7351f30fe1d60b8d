//! How the clients are set up, and what the topics are called.

use std::{sync::Arc, time::Duration};

use colloquy_transcript::Topic;
use rdkafka::{ClientConfig, config::RDKafkaLogLevel};

use super::{denied::Admin, options::KafkaOptions, patience::Patience};
use crate::Settings;

/// Largest record, in bytes: topics are created for it and producers keep to it.
pub(super) const RECORD_BYTES_MAX: u32 = 16 * 1024 * 1024;

/// Bytes that a producer holds before an append waits, in KB.
const PRODUCER_QUEUE_KBYTES_MAX: u32 = 64 * 1024;

/// Records that a producer holds before an append waits.
const PRODUCER_QUEUE_RECORDS_MAX: u32 = 100_000;

/// Bytes that a consumer fetches ahead, in KB.
const CONSUMER_QUEUE_KBYTES_MAX: u32 = 16 * 1024;

/// Longest sleep between two attempts to reach a broker.
const RECONNECT_MS_MAX: u32 = 1_000;

/// A member whose process is silent for so long loses its partitions.
const SESSION_TIMEOUT_MS: u32 = 10_000;

/// A member that does not poll for so long loses its partitions.
const POLL_INTERVAL_MS_MAX: u32 = 300_000;

/// A transaction that stays open for so long is aborted; until then readers wait for it.
pub(super) const TRANSACTION_TIMEOUT_MS: u32 = 30_000;

/// A cluster, and the names of our topics there.
#[derive(Debug)]
pub(super) struct Cluster {
    brokers: String,
    prefix: String,
    names: Vec<String>,
    options: KafkaOptions,
    patience: Patience,
}

impl Cluster {
    pub(super) fn new(brokers: &str, settings: &Settings) -> Self {
        let prefix = &settings.prefix;
        let dotted = if prefix.is_empty() { String::new() } else { format!("{prefix}.") };
        let names = Topic::ALL.iter().map(|topic| format!("{dotted}{}", topic.as_str())).collect();
        let options = settings.kafka.clone();
        let patience = Patience::new(Arc::clone(&settings.stop));
        Self { brokers: brokers.to_owned(), prefix: dotted, names, options, patience }
    }

    /// The journal as the user named it.
    pub(super) fn journal(&self) -> String {
        format!("kafka:{}", self.brokers)
    }

    /// How long its answers are waited for.
    pub(super) fn patience(&self) -> &Patience {
        &self.patience
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

    /// How the transactional ids of a group's members begin on the cluster.
    pub(super) fn transactional_prefix(&self, group: &str) -> String {
        self.group(&format!("{group}-"))
    }

    /// For whoever grants rights.
    pub(super) fn admin_words(&self) -> Admin<'_> {
        Admin { brokers: &self.brokers, user: self.options.get("sasl.username") }
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "colloquy")
            // OpenSSL is built in and knows no certificates of the system by itself.
            .set("ssl.ca.location", "probe")
            // Why a connection failed is told there; it comes as a line of the debug log.
            .set_log_level(RDKafkaLogLevel::Info);
        // Whoever waits for a broker that came back shall not sleep on for ten seconds. The client
        // refuses a longest sleep below the first, so that a user's first comes with its own.
        if self.options.get("reconnect.backoff.ms").is_none() {
            config.set("reconnect.backoff.max.ms", RECONNECT_MS_MAX.to_string());
        }
        config
    }

    /// What the user said comes last.
    fn with_options(&self, mut config: ClientConfig) -> ClientConfig {
        self.options.apply(&mut config, false);
        config
    }

    /// Creates topics, and asks for what they are like.
    pub(super) fn admin(&self) -> ClientConfig {
        self.with_options(self.client())
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
        self.with_options(self.consumer())
    }

    /// Reads ranges of partitions that it is told. The group's name is needed by the client and
    /// never used: nothing is committed, nothing subscribed.
    pub(super) fn reader(&self) -> ClientConfig {
        let mut config = self.consumer();
        // The end shows by an empty answer, so the broker shall not sit on it.
        config.set("group.id", self.group("ranges")).set("fetch.wait.max.ms", "10");
        self.with_options(config)
    }

    /// Reads ranges of partitions that it is told, also what is not committed there.
    pub(super) fn reader_of_all(&self) -> ClientConfig {
        let mut config = self.reader();
        config.set("isolation.level", "read_uncommitted");
        config
    }

    /// A member of `group`. The range assignor gives whoever gets partition 2 of one topic
    /// partition 2 of all; it is eager, so a rebalance starts with everything handed back.
    pub(super) fn member(&self, group: &str) -> ClientConfig {
        let polls = self.poll_interval_ms();
        let mut config = self.consumer();
        config
            .set("group.id", self.group(group))
            .set("partition.assignment.strategy", "range")
            .set("session.timeout.ms", SESSION_TIMEOUT_MS.min(polls).to_string())
            .set("max.poll.interval.ms", POLL_INTERVAL_MS_MAX.to_string())
            .set("fetch.wait.max.ms", "100");
        self.options.apply(&mut config, true);
        config
    }

    /// Asks for what `group` committed, without waiting for transactions that are under way.
    pub(super) fn unfinished(&self, group: &str) -> ClientConfig {
        let mut config = self.with_options(self.consumer());
        config.set("group.id", self.group(group)).set("isolation.level", "read_uncommitted");
        config
    }

    /// A member that does not poll for so long loses its partitions.
    pub(super) fn poll_interval(&self) -> Duration {
        Duration::from_millis(self.poll_interval_ms().into())
    }

    fn poll_interval_ms(&self) -> u32 {
        let asked = self.options.get("max.poll.interval.ms").and_then(|it| it.parse().ok());
        asked.unwrap_or(POLL_INTERVAL_MS_MAX)
    }

    /// A producer that waits no longer than a transaction does.
    pub(super) fn brief_producer(&self) -> ClientConfig {
        let mut config = self.producer();
        config.remove("delivery.timeout.ms");
        config.set("message.timeout.ms", TRANSACTION_TIMEOUT_MS.to_string());
        config
    }

    /// The producer of appends.
    pub(super) fn producer(&self) -> ClientConfig {
        self.with_options(self.acknowledged())
    }

    /// A producer that no broker takes anything from: so many acknowledgements no protocol knows. Rights
    /// are looked at before.
    pub(super) fn refused(&self) -> ClientConfig {
        let mut config = self.with_options(self.client());
        // Last, since a user's settings of these are meant for what is to be written.
        config
            .set("acks", "2")
            .set("enable.idempotence", "false")
            .set("message.send.max.retries", "0")
            .set("linger.ms", "0");
        config
    }

    fn acknowledged(&self) -> ClientConfig {
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

    /// The producer of a group's member under the id of a partition number. The group's generation fences
    /// (KIP-447); the id ends what its former user is at, and this one with it.
    pub(super) fn transactional(&self, group: &str, number: u32) -> ClientConfig {
        let mut config = self.acknowledged();
        config
            .set("transactional.id", format!("{}{number}", self.transactional_prefix(group)))
            .set("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS.to_string());
        let mut config = self.with_options(config);
        // A record is not waited for any longer than its transaction; the client refuses to.
        for key in ["message.timeout.ms", "delivery.timeout.ms"] {
            let asked = self.options.get(key).and_then(|it| it.parse().ok());
            if let Some(asked) = asked {
                config.set(key, TRANSACTION_TIMEOUT_MS.min(asked).to_string());
            }
        }
        config
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use rdkafka::{consumer::BaseConsumer, producer::BaseProducer};

    use super::*;

    /// What may be set gives clients that begin, and none loses what the guarantees stand on.
    #[test]
    fn every_client_begins_with_settings_of_the_user() {
        let mut settings = Settings::default();
        for (key, value) in [
            ("message.timeout.ms", "60000"),
            ("session.timeout.ms", "30000"),
            ("max.poll.interval.ms", "30000"),
            ("group.instance.id", "one"),
            ("compression.type", "none"),
            ("linger.ms", "50"),
            ("reconnect.backoff.ms", "5000"),
        ] {
            settings.kafka.set(key, value).unwrap();
        }
        let cluster = Cluster::new("127.0.0.1:1", &settings);
        for config in [cluster.watcher(), cluster.reader(), cluster.member("analyze")] {
            assert_eq!(config.get("isolation.level"), Some("read_committed"));
            assert_eq!(config.get("enable.auto.commit"), Some("false"));
            config.create::<BaseConsumer>().unwrap();
        }
        for config in [cluster.producer(), cluster.transactional("analyze", 1)] {
            assert_eq!(config.get("acks"), Some("all"));
            assert_eq!(config.get("enable.idempotence"), Some("true"));
            config.create::<BaseProducer>().unwrap();
        }
        assert_eq!(cluster.producer().get("message.timeout.ms"), Some("60000"));
        assert_eq!(cluster.member("analyze").get("group.instance.id"), Some("one"));
        assert_eq!(cluster.transactional("a", 7).get("transactional.id"), Some("colloquy.a-7"));
    }
}
