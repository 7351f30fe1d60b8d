//! Progress as the group's committed offsets: the offset is the position, and the metadata says
//! from where on effects are unpublished, and which transaction committed it.

use std::{
    thread,
    time::{Duration, Instant},
};

use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer, ConsumerContext},
    error::{KafkaError, RDKafkaErrorCode},
};

use super::{
    OUTAGE_WAIT,
    config::Cluster,
    denied::{Denials, denial},
    gaps::let_go,
    offset, position, signed,
    tag::Tag,
};
use crate::{Assignment, Position, Progress, TopicPartition};

/// Metadata of an offset that was only committed to be checked: nothing was done yet.
const NOTHING: &str = "nothing";

/// A transaction is over after this, whatever became of its producer: it times out after 30 seconds, and
/// brokers look for such every ten.
const UNSTABLE_MAX: Duration = Duration::from_secs(45);

/// Sleep before offsets of an unfinished transaction are asked for again.
const UNSTABLE_SLEEP: Duration = Duration::from_millis(20);

/// The offsets to commit; `None` stands for "nothing yet".
pub(super) fn offsets(
    cluster: &Cluster,
    progress: &[(TopicPartition, Option<Progress>)],
    tag: &Tag,
) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    for (at, progress) in progress {
        let mut part = list.add_partition(cluster.name(at.topic), signed(at.partition));
        // Both sides count exclusively: the committed offset is the next to be read.
        part.set_offset(offset(progress.map_or(0, |done| done.position)))?;
        let unpublished = progress.map(|done| done.unpublished.to_string());
        part.set_metadata(format!("{} {tag}", unpublished.as_deref().unwrap_or(NOTHING)));
    }
    Ok(list)
}

fn progress(at: TopicPartition, offset: Offset, metadata: &str) -> Option<Progress> {
    let Offset::Offset(offset) = offset else { return None };
    let unpublished = metadata.split(' ').next().unwrap_or_default();
    if unpublished == NOTHING {
        return None;
    }
    let position = position(offset);
    // An offset that somebody set by hand has no metadata.
    let unpublished = unpublished.parse().unwrap_or(position).max(position);
    Some(Progress { at, position, unpublished })
}

/// What `group` committed for each of `parts`. Waits for transactions that are just ending. One that the
/// broker forgot to end (its process died, and the broker after it) would be waited for without end: it
/// changes nothing any more, and what was committed before it counts.
pub(super) fn committed<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    (cluster, group): (&Cluster, &str),
    parts: &[TopicPartition],
) -> Result<Vec<Assignment>, KafkaError> {
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let asked_at = Instant::now();
    let deadline = asked_at + OUTAGE_WAIT;
    let patience = cluster.patience();
    // Since when only transactions are in the way, and no broker is away.
    let mut unstable_since: Option<Instant> = None;
    let mut denials = Denials::default();
    loop {
        match ask(consumer, cluster, parts, patience.slice(deadline)) {
            Err(error) if denials.last(denial(&error).is_some(), Instant::now()) => {
                return Err(error);
            }
            Err(error) if !patience.is_over(deadline) => {
                tracing::debug!(%error, "committed offsets are not there yet");
                // Most that is in the way passes before that; and nobody is asked anything new while
                // a process stops.
                if asked_at.elapsed() >= UNSTABLE_MAX && !patience.stops() {
                    let before =
                        before_the_unfinished(cluster, group, parts, patience.slice(deadline));
                    unstable_since =
                        before.as_ref().map(|_| unstable_since.unwrap_or_else(Instant::now));
                    let long = unstable_since.is_some_and(|it| it.elapsed() >= UNSTABLE_MAX);
                    if let (true, Some(before)) = (long, before) {
                        tracing::warn!(
                            group,
                            "the broker never ended a transaction of a process that died: what was \
                             committed before it counts. `kafka-transactions.sh find-hanging` names it, \
                             `abort` ends it"
                        );
                        return Ok(before);
                    }
                }
                thread::sleep(UNSTABLE_SLEEP);
            }
            done => return done,
        }
    }
}

/// What the group committed, transactions that have not ended left out.
pub(super) fn before_the_unfinished(
    cluster: &Cluster,
    group: &str,
    parts: &[TopicPartition],
    wait: Duration,
) -> Option<Vec<Assignment>> {
    unfinished(cluster, group, |asker| ask(asker, cluster, parts, wait)).ok()
}

/// Which transaction committed the position of `at` as the last. One that has not ended is none.
pub(super) fn last_tag(
    cluster: &Cluster,
    group: &str,
    at: TopicPartition,
    wait: Duration,
) -> Result<Option<Tag>, KafkaError> {
    let tag = |_, _, metadata: &str| metadata.split(' ').nth(1).and_then(|tag| tag.parse().ok());
    let tags = unfinished(cluster, group, |asker| ask_each(asker, cluster, &[at], wait, tag))?;
    Ok(tags.into_iter().flatten().next())
}

/// Asks by a client that does not wait for transactions which have not ended.
fn unfinished<T>(
    cluster: &Cluster,
    group: &str,
    ask: impl FnOnce(&BaseConsumer) -> Result<T, KafkaError>,
) -> Result<T, KafkaError> {
    let asker: BaseConsumer = cluster.unfinished(group).create()?;
    let answer = ask(&asker);
    let_go(asker);
    answer
}

pub(super) fn ask<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    cluster: &Cluster,
    parts: &[TopicPartition],
    wait: Duration,
) -> Result<Vec<Assignment>, KafkaError> {
    ask_each(consumer, cluster, parts, wait, |at, offset, metadata| Assignment {
        at,
        committed: progress(at, offset, metadata),
    })
}

/// What is made of the offset and the metadata that were committed for each of `parts`.
fn ask_each<C: ConsumerContext, T>(
    consumer: &BaseConsumer<C>,
    cluster: &Cluster,
    parts: &[TopicPartition],
    wait: Duration,
    make: impl Fn(TopicPartition, Offset, &str) -> T,
) -> Result<Vec<T>, KafkaError> {
    let mut list = TopicPartitionList::new();
    for at in parts {
        list.add_partition(cluster.name(at.topic), signed(at.partition));
    }
    let list = consumer.committed_offsets(list, wait)?;
    let answers = parts.iter().map(|at| {
        let part = list
            .find_partition(cluster.name(at.topic), signed(at.partition))
            .ok_or(KafkaError::OffsetFetch(RDKafkaErrorCode::UnknownPartition))?;
        part.error()?;
        Ok(make(*at, part.offset(), part.metadata()))
    });
    answers.collect()
}

/// Where reading starts. Always a number: of a logical offset ("the beginning") librdkafka asks
/// the broker, and a seek that comes before the answer is undone by it.
pub(super) fn starts(
    cluster: &Cluster,
    starts: impl Iterator<Item = (TopicPartition, Position)>,
) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    for (at, start) in starts {
        list.add_partition_offset(cluster.name(at.topic), signed(at.partition), offset(start))?;
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use colloquy_transcript::Topic;

    use super::*;

    #[test]
    fn progress_survives_as_offset_and_metadata() {
        let cluster = Cluster::new(
            "nowhere:1",
            &crate::Settings { prefix: "test".to_owned(), ..crate::Settings::default() },
        );
        let at = TopicPartition { topic: Topic::DeadLetters, partition: 3 };
        let tag = Tag { group: "analyze".to_owned(), number: 3, user: 8, nth: 2 };
        for expected in [None, Some(Progress { at, position: 7, unpublished: 12 })] {
            let list = offsets(&cluster, &[(at, expected)], &tag).unwrap();
            let part = list.find_partition("test.dead-letters", 3).unwrap();
            assert_eq!(progress(at, part.offset(), part.metadata()), expected);
        }
        let by_hand = Some(Progress { at, position: 5, unpublished: 5 });
        assert_eq!(progress(at, Offset::Offset(5), ""), by_hand);
        // As earlier versions wrote it.
        let untagged = Some(Progress { at, position: 5, unpublished: 9 });
        assert_eq!(progress(at, Offset::Offset(5), "9"), untagged);
        assert_eq!(progress(at, Offset::Offset(0), "nothing"), None);
        assert_eq!(progress(at, Offset::Invalid, ""), None);
    }
}
