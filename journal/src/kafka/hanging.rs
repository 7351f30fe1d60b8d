//! Transactions that nobody ends. A broker that dies may forget to say in a partition how a transaction
//! ended; from there on readers of what was committed wait, without end if no member comes that has the
//! id it was written under.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use colloquy_transcript::Topic;
use rdkafka::{consumer::BaseConsumer, error::KafkaError};

use super::{
    config::{Cluster, TRANSACTION_TIMEOUT_MS},
    context::Heard,
    gaps::{Gap, Left, left, let_go},
    reader::Reader,
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
                    "start colloquy analyze and report, which end what theirs left; if it is still there after \
                     two minutes, kafka-transactions.sh --bootstrap-server {} abort --topic {topic} --partition \
                     {partition} --start-offset {}",
                    cluster.admin_words().brokers,
                    gap.from
                ),
            )
        })
        .collect()
}

/// The gaps that nothing closes by itself, and how old they are.
fn hanging(
    cluster: &Cluster,
    watcher: &BaseConsumer<Heard>,
    parts: &[TopicPartition],
) -> Result<Vec<(Gap, Duration)>, KafkaError> {
    let all = Reader::of_all(cluster)?;
    // The first record says how long it has been there.
    let left = left(cluster, (watcher, &all), parts, |_| true);
    let_go(all);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let age = |left: Left| {
        let written = Duration::from_millis(u64::try_from(left.written_ms?).ok()?);
        Some((left.gap, now.saturating_sub(written)))
    };
    Ok(left?.into_iter().filter_map(age).filter(|(_, age)| *age > HANGING_AFTER).collect())
}
