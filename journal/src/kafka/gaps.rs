//! Partitions in which something is written that is not committed yet, and who wrote it.

use std::{thread, time::Instant};

use colloquy_transcript::Topic;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
};

use super::{
    ANSWER_WAIT, Shared, config::Cluster, context::Heard, denied::Denials, position,
    reader::Reader, signed, tag::Tag,
};
use crate::{Position, TopicPartition};

/// What readers of a partition wait for.
#[derive(Debug, Clone)]
pub(super) struct Gap {
    pub(super) at: TopicPartition,
    /// Where what is committed ends: the first record of a transaction that is open.
    pub(super) from: i64,
    /// The end.
    pub(super) until: i64,
}

/// A gap and who wrote into it.
#[derive(Debug, Clone)]
pub(super) struct Left {
    pub(super) gap: Gap,
    /// When its first record was written, in milliseconds of the epoch by the writer's clock.
    pub(super) written_ms: Option<i64>,
    /// Our transactions that wrote there, in order; those that have ended among them.
    pub(super) tags: Vec<Tag>,
    /// Its first record is of nobody who leaves a tag.
    pub(super) is_untagged: bool,
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

/// The gaps among `parts` and who wrote into them: each is read until that is enough, since one transaction
/// may hide behind another.
pub(super) fn left(
    cluster: &Cluster,
    (stable, all): (&BaseConsumer<Heard>, &Reader),
    parts: &[TopicPartition],
    is_enough: fn(&Left) -> bool,
) -> Result<Vec<Left>, KafkaError> {
    let gaps = gaps(cluster, (stable, &all.consumer), parts)?;
    let read = |gap: Gap| {
        let (at, range) = (gap.at, (position(gap.from), position(gap.until)));
        let mut left = Left { gap, written_ms: None, tags: Vec::new(), is_untagged: false };
        let mut is_first = true;
        all.read_messages(cluster.patience(), cluster.name(at.topic), at, range, &mut |message| {
            let tag = Tag::of(message);
            if is_first {
                left.written_ms = message.timestamp().to_millis();
                left.is_untagged = tag.is_none();
                is_first = false;
            }
            left.tags.extend(tag);
            !is_enough(&left)
        })?;
        Ok(left)
    };
    gaps.into_iter().map(read).collect()
}

fn topics_of(parts: &[TopicPartition]) -> Vec<Topic> {
    let mut topics: Vec<Topic> = parts.iter().map(|at| at.topic).collect();
    topics.sort_unstable();
    topics.dedup();
    topics
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
        self.with_reader_of_all(|all| gaps(&self.cluster, (&self.watcher, &all.consumer), parts))
    }

    /// Where what is committed ends in each of `parts`, in their order; asked until `deadline`.
    pub(super) fn stable_ends(
        &self,
        parts: &[TopicPartition],
        deadline: Instant,
    ) -> Result<Vec<Position>, KafkaError> {
        let ends =
            self.asked(&topics_of(parts), deadline, || ends(&self.cluster, &self.watcher, parts))?;
        Ok(ends.into_iter().map(position).collect())
    }

    /// The gaps among `parts`; asked for until `deadline`.
    pub(super) fn gaps_by(
        &self,
        parts: &[TopicPartition],
        deadline: Instant,
    ) -> Result<Vec<Gap>, KafkaError> {
        self.asked(&topics_of(parts), deadline, || self.gaps(parts))
    }

    /// What is not committed yet in these topics, and who wrote it; asked until there is an answer.
    pub(super) fn left(
        &self,
        topics: &[Topic],
        deadline: Instant,
    ) -> Result<Vec<Left>, KafkaError> {
        let parts = self.all_of(topics);
        self.asked(topics, deadline, || {
            self.with_reader_of_all(|all| {
                left(&self.cluster, (&self.watcher, all), &parts, |_| false)
            })
        })
    }

    /// Asks about partitions of `topics` until there is an answer.
    fn asked<T>(
        &self,
        topics: &[Topic],
        deadline: Instant,
        question: impl Fn() -> Result<T, KafkaError>,
    ) -> Result<T, KafkaError> {
        let mut denials = Denials::default();
        loop {
            match question() {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    self.before_asking_again(error, topics, &mut denials, deadline)?;
                }
            }
        }
    }

    /// Asks by a reader of what is not committed, too. It is kept whatever the answer: to let it go takes
    /// long where no broker answers.
    fn with_reader_of_all<T>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, KafkaError>,
    ) -> Result<T, KafkaError> {
        let open = || Reader::of_all(&self.cluster);
        self.readers_of_all.with(open, |all| {
            let answer = question(all);
            if answer.is_err() {
                // The client does not look by itself where a partition went.
                let wait = self.cluster.patience().slice(Instant::now() + ANSWER_WAIT);
                all.consumer.fetch_metadata(None, wait).ok();
            }
            Ok(answer)
        })?
    }
}

/// A client that is let go waits for a broker that is away; nobody waits for the client.
pub(super) fn let_go<T: Send + 'static>(client: T) {
    thread::spawn(move || drop(client));
}
