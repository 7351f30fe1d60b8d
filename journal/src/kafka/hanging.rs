//! Transactions that nobody ends. A broker that dies may forget to say in a partition how a transaction
//! ended; from there on readers of what was committed wait for ever, and nothing of ours ends it for them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use colloquy_transcript::Topic;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
};

use super::{
    ANSWER_WAIT,
    config::{Cluster, TRANSACTION_TIMEOUT_MS},
    context::Heard,
    signed,
};
use crate::{TopicPartition, checkup::Finding};

/// A transaction is ended by its coordinator when it times out, give or take a look every ten seconds;
/// clocks may differ by some.
const HANGING_AFTER: Duration = Duration::from_millis(3 * TRANSACTION_TIMEOUT_MS as u64);

/// What readers of a partition wait for.
struct Open {
    at: TopicPartition,
    /// Its first record.
    offset: i64,
    /// Records from there on, and marks of transactions.
    behind: i64,
    /// How long it is open.
    age: Duration,
}

/// One finding for each partition in which a transaction hangs; what cannot be asked is not told.
pub(super) fn findings(
    cluster: &Cluster,
    watcher: &BaseConsumer<Heard>,
    topics: &[(Topic, usize)],
) -> Vec<Finding> {
    let open = open(cluster, watcher, topics).unwrap_or_else(|error| {
        tracing::debug!(%error, "open transactions could not be looked for");
        Vec::new()
    });
    open.into_iter()
        .filter(|open| open.age > HANGING_AFTER)
        .map(|open| {
            let (topic, partition) = (cluster.name(open.at.topic), open.at.partition);
            Finding::failure(
                format!("topic {}", open.at.topic.as_str()),
                format!(
                    "a transaction in partition {partition} has not ended for {} seconds: {} records are \
                     waited for in vain",
                    open.age.as_secs(),
                    open.behind
                ),
                format!(
                    "kafka-transactions.sh --bootstrap-server {} abort --topic {topic} --partition \
                     {partition} --start-offset {}",
                    cluster.admin_words().brokers,
                    open.offset
                ),
            )
        })
        .collect()
}

/// Every partition in which what was committed ends before the end.
fn open(
    cluster: &Cluster,
    watcher: &BaseConsumer<Heard>,
    topics: &[(Topic, usize)],
) -> Result<Vec<Open>, KafkaError> {
    let all: BaseConsumer<Heard> =
        cluster.unfinished("ranges").create_with_context(Heard::default())?;
    let mut open = Vec::new();
    for &(topic, partitions) in topics {
        for partition in 0..u32::try_from(partitions).unwrap_or(0) {
            let (name, number) = (cluster.name(topic), signed(partition));
            // In this order: what is committed in between is no open transaction.
            let (_, end) = all.fetch_watermarks(name, number, ANSWER_WAIT)?;
            let (_, stable) = watcher.fetch_watermarks(name, number, ANSWER_WAIT)?;
            if stable >= end {
                continue;
            }
            let at = TopicPartition { topic, partition };
            let age = age(&all, name, number, stable)?.unwrap_or_default();
            open.push(Open { at, offset: stable, behind: end - stable, age });
        }
    }
    Ok(open)
}

/// How old the record at an offset is by its own time; nothing if it is not there, or has none.
fn age(
    all: &BaseConsumer<Heard>,
    name: &str,
    partition: i32,
    offset: i64,
) -> Result<Option<Duration>, KafkaError> {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(name, partition, Offset::Offset(offset))?;
    all.assign(&list)?;
    let deadline = Instant::now() + ANSWER_WAIT;
    let mut written = None;
    while written.is_none() && Instant::now() < deadline {
        match all.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => written = Some(message.timestamp().to_millis()),
            Some(Err(KafkaError::PartitionEOF(_))) => break,
            Some(Err(_)) | None => (),
        }
    }
    all.assign(&TopicPartitionList::new())?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let since =
        |millis: i64| now.saturating_sub(Duration::from_millis(u64::try_from(millis).unwrap_or(0)));
    Ok(written.flatten().map(since))
}
