//! Transactions that nobody ends. A broker that dies may forget to say in a partition how a transaction
//! ended; from there on readers of what was committed wait, without end if no member comes that has the
//! id it was written under.

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
    gaps::{Gap, gaps},
    signed,
};
use crate::{TopicPartition, checkup::Finding};

/// A transaction is ended by its coordinator when it times out, give or take a look every ten seconds;
/// clocks may differ by some.
const HANGING_AFTER: Duration = Duration::from_millis(3 * TRANSACTION_TIMEOUT_MS as u64);

/// One finding for each partition in which a transaction hangs; what cannot be asked is not told.
pub(super) fn findings(
    cluster: &Cluster,
    watcher: &BaseConsumer<Heard>,
    topics: &[(Topic, usize)],
) -> Vec<Finding> {
    let parts: Vec<TopicPartition> = topics
        .iter()
        .flat_map(|&(topic, count)| {
            let numbers = 0..u32::try_from(count).unwrap_or(0);
            numbers.map(move |partition| TopicPartition { topic, partition })
        })
        .collect();
    let hanging = hanging(cluster, watcher, &parts).unwrap_or_else(|error| {
        tracing::debug!(%error, "open transactions could not be looked for");
        Vec::new()
    });
    hanging
        .into_iter()
        .map(|(gap, age)| {
            let (topic, partition) = (cluster.name(gap.at.topic), gap.at.partition);
            Finding::failure(
                format!("topic {}", gap.at.topic.as_str()),
                format!(
                    "a transaction in partition {partition} has not ended for {} seconds: {} records are \
                     waited for in vain",
                    age.as_secs(),
                    gap.until - gap.from
                ),
                format!(
                    "kafka-transactions.sh --bootstrap-server {} abort --topic {topic} --partition \
                     {partition} --start-offset {}",
                    cluster.admin_words().brokers,
                    gap.from
                ),
            )
        })
        .collect()
}

/// The gaps that nothing closes by itself, and how old they are.
pub(super) fn hanging(
    cluster: &Cluster,
    watcher: &BaseConsumer<Heard>,
    parts: &[TopicPartition],
) -> Result<Vec<(Gap, Duration)>, KafkaError> {
    let all: BaseConsumer<Heard> =
        cluster.unfinished("ranges").create_with_context(Heard::default())?;
    let mut hanging = Vec::new();
    for gap in gaps(cluster, (watcher, &all), parts)? {
        let name = cluster.name(gap.at.topic);
        let age = age(cluster, &all, name, signed(gap.at.partition), gap.from)?.unwrap_or_default();
        if age > HANGING_AFTER {
            hanging.push((gap, age));
        }
    }
    Ok(hanging)
}

/// How old the record at an offset is by its own time; nothing if it is not there, or has none.
fn age(
    cluster: &Cluster,
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
    while written.is_none() && !cluster.patience().is_over(deadline) {
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
