//! Partitions in which something is written that is not committed yet, and who wrote it.

use std::{
    thread,
    time::{Duration, Instant},
};

use colloquy_transcript::Topic;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
};

use super::{
    ANSWER_WAIT, Shared, config::Cluster, context::Heard, denied::Denials, signed, tag::Tag,
};
use crate::TopicPartition;

/// Longest single wait for a record; only bounds how late a timeout is noticed.
const SLICE: Duration = Duration::from_millis(100);

/// What readers of a partition wait for.
#[derive(Debug, Clone)]
pub(super) struct Gap {
    pub(super) at: TopicPartition,
    /// Where what is committed ends: the first record of a transaction that is open.
    pub(super) from: i64,
    /// The end.
    pub(super) until: i64,
}

/// A gap and what its first record says.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) gap: Gap,
    /// When it was written, in milliseconds of the epoch by the writer's clock.
    pub(super) written_ms: Option<i64>,
    /// Which of our transactions wrote it.
    pub(super) tag: Option<Tag>,
}

/// A client that reads what is not committed, too.
pub(super) fn reads_all(cluster: &Cluster) -> Result<BaseConsumer<Heard>, KafkaError> {
    cluster.unfinished("ranges").create_with_context(Heard::default())
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
            _ => Err(KafkaError::MetadataFetch(RDKafkaErrorCode::OffsetNotAvailable)),
        }
    };
    parts.iter().map(end).collect()
}

/// The gaps among `parts` with what their first records say; of one that cannot be read in time, nothing.
pub(super) fn left(
    cluster: &Cluster,
    (stable, all): (&BaseConsumer<Heard>, &BaseConsumer<Heard>),
    parts: &[TopicPartition],
) -> Result<Vec<Left>, KafkaError> {
    let gaps = gaps(cluster, (stable, all), parts)?;
    let mut left: Vec<Left> =
        gaps.into_iter().map(|gap| Left { gap, written_ms: None, tag: None }).collect();
    if left.is_empty() {
        return Ok(left);
    }
    let mut list = TopicPartitionList::new();
    for Left { gap, .. } in &left {
        let from = Offset::Offset(gap.from);
        list.add_partition_offset(cluster.name(gap.at.topic), signed(gap.at.partition), from)?;
    }
    all.assign(&list)?;
    let deadline = Instant::now() + cluster.patience().slice(Instant::now() + ANSWER_WAIT);
    let mut waited_for = left.len();
    while waited_for > 0 && Instant::now() < deadline {
        let Some(Ok(message)) = all.poll(SLICE) else { continue };
        let is_first = |it: &&mut Left| {
            cluster.name(it.gap.at.topic) == message.topic()
                && signed(it.gap.at.partition) == message.partition()
                && it.gap.from == message.offset()
        };
        if let Some(first) = left.iter_mut().find(is_first) {
            first.written_ms = message.timestamp().to_millis();
            first.tag = Tag::of(&message);
            waited_for -= 1;
        }
    }
    all.assign(&TopicPartitionList::new())?;
    Ok(left)
}

impl Shared {
    /// Every partition of these topics.
    pub(super) fn all_of(&self, topics: &[Topic]) -> Vec<TopicPartition> {
        let numbers =
            |&topic| (0..self.partitions).map(move |partition| TopicPartition { topic, partition });
        topics.iter().flat_map(numbers).collect()
    }

    /// Where something is not committed yet: by somebody at work, or left.
    pub(super) fn gaps(&self, parts: &[TopicPartition]) -> Result<Vec<Gap>, KafkaError> {
        let all = reads_all(&self.cluster)?;
        let gaps = gaps(&self.cluster, (&self.watcher, &all), parts);
        let_go(all);
        gaps
    }

    /// What is not committed yet in these topics, and who wrote it; asked until there is an answer.
    pub(super) fn left(
        &self,
        topics: &[Topic],
        deadline: Instant,
    ) -> Result<Vec<Left>, KafkaError> {
        let parts = self.all_of(topics);
        let all = reads_all(&self.cluster)?;
        let mut denials = Denials::default();
        let left = loop {
            match left(&self.cluster, (&self.watcher, &all), &parts) {
                Ok(left) => break Ok(left),
                Err(error) => {
                    let again = self.before_asking_again(error, topics, &mut denials, deadline);
                    if let Err(error) = again {
                        break Err(error);
                    }
                    // Nor does this client look by itself.
                    all.fetch_metadata(None, self.cluster.patience().slice(deadline)).ok();
                }
            }
        };
        let_go(all);
        left
    }
}

/// A client that is let go waits for a broker that is away; nobody waits for the client.
pub(super) fn let_go<T: Send + 'static>(client: T) {
    thread::spawn(move || drop(client));
}
