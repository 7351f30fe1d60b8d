//! Which rights are lacking, found out by asking for what changes nothing.
//!
//! A broker looks at rights before anything else, so a question that must be refused for another reason
//! tells them: a record whose acknowledgements no protocol knows is never written, and a position of a
//! partition that is not there is never committed.

use std::time::{Duration, Instant};

use colloquy_transcript::Topic;
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, CommitMode, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseProducer, BaseRecord, Producer},
};

use super::{
    config::Cluster,
    context::Heard,
    denied::{Right, denial, is_denial, unnamed},
    offset,
    producer::Reports,
    transaction::Transactional,
};
use crate::Cause;

/// Number of an id that no member has: registering ends whatever its user is at.
const NO_PARTITION: u32 = u32::MAX;

/// Longest wait for one answer: who is not told until then is not denied.
const TOLD_WAIT: Duration = Duration::from_secs(5);

/// Longest single wait in between.
const SLICE: Duration = Duration::from_millis(100);

/// So long may a coordinator be looked for before somebody looks whether that is denied.
const COORDINATOR_SLICE: Duration = Duration::from_secs(1);

/// A broker says so soon that a producer may not be idempotent; that it may, it does not say.
const REGISTER_WAIT: Duration = Duration::from_secs(1);

/// A partition that no topic has.
const NOWHERE: i32 = 1_000_000;

/// What was to be done when something was denied.
#[derive(Debug, Default)]
pub(super) struct Asked<'a> {
    pub(super) group: Option<&'a str>,
    pub(super) reads: Vec<Topic>,
    pub(super) writes: Vec<Topic>,
}

/// The error with the name of the right that is lacking, if it says that one is.
pub(super) fn name(cluster: &Cluster, error: KafkaError, asked: &Asked<'_>) -> Cause {
    let Some(code) = denial(&error) else { return Box::new(error) };
    match lacking(cluster, code, asked) {
        Ok(Some(right)) => Box::new(right.denied(&cluster.admin_words())),
        _ => Box::new(unnamed(&error)),
    }
}

/// The right that is lacking since the cluster said `code`; none where all are there by now.
pub(super) fn lacking(
    cluster: &Cluster,
    code: RDKafkaErrorCode,
    asked: &Asked<'_>,
) -> Result<Option<Right>, KafkaError> {
    use RDKafkaErrorCode as Code;
    let names = |topics: &[Topic]| topics.iter().map(|it| cluster.name(*it)).collect::<Vec<_>>();
    let some = |right: fn(Vec<String>) -> Right, names: Vec<String>| {
        (!names.is_empty()).then(|| right(names))
    };
    Ok(match (code, asked.group) {
        (Code::TopicAuthorizationFailed, _) => {
            let unwritable = unwritable(cluster, &names(&asked.writes))?;
            match some(Right::Write, unwritable) {
                None => some(Right::Read, unreadable(cluster, &names(&asked.reads))?),
                right => right,
            }
        }
        (Code::ClusterAuthorizationFailed, _) => {
            // Since Kafka 2.8 whoever may write to any topic may write idempotently.
            let unwritable = unwritable(cluster, &names(&asked.writes))?;
            match some(Right::Write, unwritable) {
                None => (!may_be_idempotent(cluster)?).then_some(Right::Idempotent),
                right => right,
            }
        }
        (Code::GroupAuthorizationFailed, Some(group)) => {
            (!may_join(cluster, group)?).then(|| Right::Join(cluster.group(group)))
        }
        (Code::TransactionalIdAuthorizationFailed, Some(group)) => (!may_transact(cluster, group)?)
            .then(|| Right::Transact(cluster.transactional_prefix(group))),
        _ => None,
    })
}

/// Whether the topic may not be seen, rather than not be there.
pub(super) fn is_hidden(watcher: &BaseConsumer<Heard>, name: &str, wait: Duration) -> bool {
    let Ok(metadata) = watcher.fetch_metadata(Some(name), wait) else { return false };
    let error = metadata.topics().first().and_then(rdkafka::metadata::MetadataTopic::error);
    error.is_some_and(|error| is_denial(error.into()))
}

/// Those of the topics that may not be written.
pub(super) fn unwritable(cluster: &Cluster, names: &[&str]) -> Result<Vec<String>, KafkaError> {
    let producer: BaseProducer<Reports> =
        cluster.refused().create_with_context(Reports::default())?;
    let reports = producer.context();
    reports.expect(names.len());
    let mut denied = vec![false; names.len()];
    let mut sent = 0;
    for (place, name) in names.iter().enumerate() {
        let record = BaseRecord::<str, [u8], usize>::with_opaque_to(name, place).partition(0);
        match producer.send(record) {
            Ok(()) => sent += 1,
            Err((error, _)) => denied[place] = denial(&error).is_some(),
        }
    }
    let deadline = Instant::now() + TOLD_WAIT;
    while reports.reported() < sent && !cluster.patience().is_over(deadline) {
        producer.poll(SLICE);
    }
    for (denied, report) in denied.iter_mut().zip(reports.take()) {
        *denied |= matches!(report, Some(Err(error)) if denial(&error).is_some());
    }
    Ok(names.iter().zip(denied).filter(|(_, it)| *it).map(|(name, _)| (*name).to_owned()).collect())
}

/// Those of the topics that may not be read.
pub(super) fn unreadable(cluster: &Cluster, names: &[&str]) -> Result<Vec<String>, KafkaError> {
    // One after the other: the error does not say of which topic it is.
    let consumer: BaseConsumer<Heard> = cluster.reader().create_with_context(Heard::default())?;
    let mut denied = Vec::new();
    for name in names {
        if cluster.patience().has_ended() {
            break;
        }
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(name, 0, Offset::End)?;
        // By itself the client looks for a topic's leader once a second.
        if is_hidden(&consumer, name, TOLD_WAIT) {
            denied.push((*name).to_owned());
            continue;
        }
        consumer.assign(&list)?;
        let deadline = Instant::now() + TOLD_WAIT;
        while !cluster.patience().is_over(deadline) {
            match consumer.poll(SLICE) {
                Some(Ok(_) | Err(KafkaError::PartitionEOF(_))) => break,
                Some(Err(error)) if is_of_topic(&error) => {
                    denied.push((*name).to_owned());
                    break;
                }
                _ => (),
            }
        }
    }
    Ok(denied)
}

/// Whether a topic was denied. Who reads by hand needs no right on any group, and yet the client looks
/// for the group's coordinator.
pub(super) fn is_of_topic(error: &KafkaError) -> bool {
    denial(error) == Some(RDKafkaErrorCode::TopicAuthorizationFailed)
}

fn is_of_group(error: &KafkaError) -> bool {
    denial(error) == Some(RDKafkaErrorCode::GroupAuthorizationFailed)
}

/// Whether one may be a member of the group, and commit as one.
pub(super) fn may_join(cluster: &Cluster, group: &str) -> Result<bool, KafkaError> {
    let asker: BaseConsumer<Heard> =
        cluster.unfinished(group).create_with_context(Heard::default())?;
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(cluster.name(Topic::Posts), NOWHERE, offset(0))?;
    let deadline = Instant::now() + TOLD_WAIT;
    while !cluster.patience().is_over(deadline) {
        // The client looks for the coordinator by itself, and says here if that is denied.
        if matches!(asker.poll(SLICE), Some(Err(error)) if is_of_group(&error)) {
            return Ok(false);
        }
        match asker.committed_offsets(list.clone(), COORDINATOR_SLICE) {
            Err(error) if is_of_group(&error) => return Ok(false),
            Err(_) => (),
            // The coordinator is known; to be told this asks for less than to join.
            Ok(_) => {
                let committed = asker.commit(&list, CommitMode::Sync);
                return Ok(!matches!(committed, Err(error) if is_of_group(&error)));
            }
        }
    }
    Ok(true)
}

/// Whether transactional ids of the group's members may be used.
pub(super) fn may_transact(cluster: &Cluster, group: &str) -> Result<bool, KafkaError> {
    match Transactional::register(cluster, group, NO_PARTITION) {
        Ok(_) => Ok(true),
        Err(error) if denial(&error).is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a producer may be told from others.
pub(super) fn may_be_idempotent(cluster: &Cluster) -> Result<bool, KafkaError> {
    let producer: BaseProducer<Reports> =
        cluster.producer().create_with_context(Reports::default())?;
    let deadline = Instant::now() + REGISTER_WAIT;
    while !cluster.patience().is_over(deadline) {
        producer.poll(SLICE);
        if let Some((code, _)) = producer.client().fatal_error() {
            return Ok(!is_denial(code));
        }
    }
    Ok(true)
}
