//! The topics: created where they are missing, checked where they exist.

use std::{
    thread,
    time::{Duration, Instant},
};

use colloquy_transcript::Topic;
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
};

use super::{
    ANSWER_WAIT,
    config::{Cluster, RECORD_BYTES_MAX},
    context::{Heard, Trouble},
    denied::{DENIED_SLEEP, Denials, Right, is_denial},
    rights, signed,
};
use crate::{Cause, JournalError, Settings};

/// Sleep between two looks for topics that were just created.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Errors that are taken out of a client's queue between two attempts.
const ERRORS_MAX: usize = 64;

/// Longest single wait for a broker that may never answer, or has long said why it does not.
const REACH_SLICE: Duration = Duration::from_secs(2);

const HOUR_MS: u64 = 60 * 60 * 1000;

/// What the cluster knows of one of our topics.
struct Found {
    topic: Topic,
    partitions: usize,
    /// Every partition has a leader.
    is_ready: bool,
}

/// Waits until a broker answers. What no waiting mends is told at once, and with its reason.
pub(super) fn reach(cluster: &Cluster, watcher: &BaseConsumer<Heard>) -> Result<(), JournalError> {
    let deadline = Instant::now() + ANSWER_WAIT;
    let patience = cluster.patience();
    loop {
        let wait = patience.slice(deadline).min(REACH_SLICE);
        let Err(error) = watcher.fetch_metadata(None, wait) else { return Ok(()) };
        // Errors wait in its queue until somebody takes them out; a poll that took one out may
        // return nothing.
        for _ in 0..ERRORS_MAX {
            watcher.poll(Duration::ZERO);
        }
        let trouble = watcher.context().trouble();
        let is_lasting = trouble.as_ref().is_some_and(|trouble| trouble.is_lasting);
        if is_lasting || patience.is_over(deadline) {
            let cause = trouble.map_or_else(|| error.to_string(), |Trouble { reason, .. }| reason);
            return Err(JournalError::Open { journal: cluster.journal(), cause: cause.into() });
        }
    }
}

/// Creates what is missing and returns the number of partitions of every topic.
pub(super) fn prepare(
    cluster: &Cluster,
    watcher: &BaseConsumer<Heard>,
    settings: &Settings,
) -> Result<u32, JournalError> {
    let failed = |cause: Cause| JournalError::Open { journal: cluster.journal(), cause };
    let found = look(cluster, watcher).map_err(|cause| failed(Box::new(cause)))?;
    let partitions = agreed(cluster, &found)?.unwrap_or(settings.partitions.max(1));
    let mut refused = create(cluster, &missing(&found), partitions, settings).map_err(failed)?;
    let deadline = Instant::now() + ANSWER_WAIT;
    let mut denials = Denials::default();
    loop {
        let found = look(cluster, watcher).map_err(|cause| failed(Box::new(cause)))?;
        if found.len() == Topic::ALL.len() && found.iter().all(|found| found.is_ready) {
            // Another process may have created them meanwhile, with settings of its own.
            return Ok(agreed(cluster, &found)?.unwrap_or(partitions));
        }
        let missing = missing(&found);
        let lacking = lacking(cluster, watcher, &missing, &refused);
        if denials.last(lacking.is_some(), Instant::now())
            && let Some(right) = lacking
        {
            return Err(failed(Box::new(right.denied(&cluster.admin_words()))));
        }
        if cluster.patience().is_over(deadline) {
            return Err(failed("topics have no leader; look at the cluster's health".into()));
        }
        if refused.is_empty() {
            thread::sleep(LOOK_AGAIN);
        } else {
            thread::sleep(DENIED_SLEEP);
            refused = create(cluster, &missing, partitions, settings).map_err(failed)?;
        }
    }
}

fn missing(found: &[Found]) -> Vec<Topic> {
    let is_missing = |topic: &Topic| !found.iter().any(|found| found.topic == *topic);
    Topic::ALL.into_iter().filter(is_missing).collect()
}

/// The right that stands between a user and topics that are missing, or seem to be; `refused` may not
/// be made.
fn lacking(
    cluster: &Cluster,
    watcher: &BaseConsumer<Heard>,
    missing: &[Topic],
    refused: &[String],
) -> Option<Right> {
    let hidden = hidden(cluster, watcher, missing);
    if !hidden.is_empty() {
        return Some(Right::Describe(hidden));
    }
    (!refused.is_empty()).then(|| Right::Create(refused.to_vec()))
}

/// Those of the topics that may not be seen, whether they are there or not.
pub(super) fn hidden(
    cluster: &Cluster,
    watcher: &BaseConsumer<Heard>,
    topics: &[Topic],
) -> Vec<String> {
    let wait = cluster.patience().whole(ANSWER_WAIT);
    let names = topics.iter().map(|topic| cluster.name(*topic));
    names.filter(|name| rights::is_hidden(watcher, name, wait)).map(str::to_owned).collect()
}

fn look(cluster: &Cluster, watcher: &BaseConsumer<Heard>) -> Result<Vec<Found>, KafkaError> {
    // All topics are listed: asking for one by name would create it on a careless cluster.
    let metadata = watcher.fetch_metadata(None, cluster.patience().whole(ANSWER_WAIT))?;
    let mut found = Vec::new();
    for listed in metadata.topics() {
        if let Some(topic) = cluster.topic(listed.name()) {
            let partitions = listed.partitions();
            let is_ready =
                !partitions.is_empty() && partitions.iter().all(|part| part.leader() >= 0);
            found.push(Found { topic, partitions: partitions.len(), is_ready });
        }
    }
    Ok(found)
}

/// The one number of partitions; `None` if there is no topic yet.
fn agreed(cluster: &Cluster, found: &[Found]) -> Result<Option<u32>, JournalError> {
    let Some(first) = found.first() else { return Ok(None) };
    if found.iter().all(|other| other.partitions == first.partitions) {
        return Ok(u32::try_from(first.partitions).ok().filter(|partitions| *partitions > 0));
    }
    let counts: Vec<_> = found
        .iter()
        .map(|found| format!("{} has {}", cluster.name(found.topic), found.partitions))
        .collect();
    Err(JournalError::Layout {
        journal: cluster.journal(),
        problem: format!("has topics with differing partitions ({})", counts.join(", ")),
        hint: "a chat must lie in one partition of all of them: use another prefix, or delete the \
               topics and ingest again"
            .to_owned(),
    })
}

/// Makes what is missing, and returns the names of those that may not be made.
fn create(
    cluster: &Cluster,
    missing: &[Topic],
    partitions: u32,
    settings: &Settings,
) -> Result<Vec<String>, Cause> {
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let lag_ms = (u64::from(settings.compaction_lag_hours_max) * HOUR_MS).to_string();
    let retention_ms = (u64::from(settings.dead_letters_hours) * HOUR_MS).to_string();
    let record_bytes = RECORD_BYTES_MAX.to_string();
    let topics: Vec<_> = missing
        .iter()
        .map(|topic| {
            let replication = TopicReplication::Fixed(settings.replication);
            let new = NewTopic::new(cluster.name(*topic), signed(partitions), replication)
                .set("max.message.bytes", &record_bytes);
            if *topic == Topic::DeadLetters {
                new.set("cleanup.policy", "delete").set("retention.ms", &retention_ms)
            } else {
                new.set("cleanup.policy", "compact").set("max.compaction.lag.ms", &lag_ms)
            }
        })
        .collect();
    let admin: AdminClient<Heard> = cluster.admin().create_with_context(Heard::default())?;
    let options =
        AdminOptions::new().operation_timeout(Some(ANSWER_WAIT)).request_timeout(Some(ANSWER_WAIT));
    let mut refused = Vec::new();
    for result in futures_executor::block_on(admin.create_topics(&topics, &options))? {
        match result {
            Err((name, code)) if is_denial(code) => refused.push(name),
            // Another process was first.
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => (),
            Err((name, code)) => return Err(format!("creating the topic {name}: {code}").into()),
        }
    }
    Ok(refused)
}
