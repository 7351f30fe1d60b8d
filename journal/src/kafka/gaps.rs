//! Partitions in which something is written that is not committed yet.

use std::time::Instant;

use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
};

use super::{ANSWER_WAIT, config::Cluster, context::Heard, signed};
use crate::TopicPartition;

/// What readers of a partition wait for.
#[derive(Debug)]
pub(super) struct Gap {
    pub(super) at: TopicPartition,
    /// Where what is committed ends: the first record of a transaction that is open.
    pub(super) from: i64,
    /// The end.
    pub(super) until: i64,
}

/// The gaps among `parts`. `stable` reads committed records only, `all` any.
pub(super) fn gaps(
    cluster: &Cluster,
    (stable, all): (&BaseConsumer<Heard>, &BaseConsumer<Heard>),
    parts: &[TopicPartition],
) -> Result<Vec<Gap>, KafkaError> {
    // In this order: what is committed in between is no gap.
    let until = ends(cluster, all, parts)?;
    let from = ends(cluster, stable, parts)?;
    let ends = from.into_iter().zip(until).zip(parts);
    let gaps = ends.map(|((from, until), at)| Gap { at: *at, from, until });
    Ok(gaps.filter(|gap| gap.from < gap.until).collect())
}

/// The ends of `parts`, in their order, asked for at once.
fn ends(
    cluster: &Cluster,
    consumer: &BaseConsumer<Heard>,
    parts: &[TopicPartition],
) -> Result<Vec<i64>, KafkaError> {
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let mut list = TopicPartitionList::with_capacity(parts.len());
    for at in parts {
        // The end stands where the protocol has a time.
        list.add_partition_offset(cluster.name(at.topic), signed(at.partition), Offset::End)?;
    }
    let wait = cluster.patience().slice(Instant::now() + ANSWER_WAIT);
    let list = consumer.offsets_for_times(list, wait)?;
    let end = |at: &TopicPartition| {
        let part = list.find_partition(cluster.name(at.topic), signed(at.partition));
        let part = part.ok_or(KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownPartition))?;
        part.error()?;
        match part.offset() {
            Offset::Offset(end) => Ok(end),
            _ => Err(KafkaError::MetadataFetch(RDKafkaErrorCode::NoOffset)),
        }
    };
    parts.iter().map(end).collect()
}
