//! What is well with a cluster, and what is not. Of the topics nothing is written: what can only be
//! found out by writing is tried on a topic that is made for it and deleted again.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use colloquy_transcript::Topic;
use rdkafka::{
    admin::{AdminClient, AdminOptions, ConfigResource, ResourceSpecifier},
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
};

use super::{
    ANSWER_WAIT,
    config::Cluster,
    context::Heard,
    denied::Right,
    hanging,
    judge::{Facts, judge},
    permissions, positions,
    reader::Reader,
    signed, topics, trial,
};
use crate::{
    JournalError, Settings, TopicPartition,
    checkup::{Checkup, Finding, Verdict, group},
};

pub(crate) fn examine(brokers: &str, settings: &Settings, groups: &[&str]) -> Checkup {
    let cluster = Cluster::new(brokers, settings);
    let mut findings = Vec::new();
    let is_complete = look(&cluster, groups, &mut findings).unwrap_or_else(|finding| {
        findings.push(finding);
        false
    });
    let is_usable =
        is_complete && findings.iter().all(|finding| finding.verdict < Verdict::Failure);
    Checkup { findings, is_usable }
}

/// An `Err` is the finding after which there is nothing more to look at.
fn look(cluster: &Cluster, groups: &[&str], findings: &mut Vec<Finding>) -> Result<bool, Finding> {
    let unreached = |reason: String| {
        let hint = hint_of(&reason);
        Finding::failure(
            "brokers",
            format!("{} cannot be reached: {reason}", cluster.journal()),
            hint,
        )
    };
    let watcher: BaseConsumer<Heard> = cluster
        .watcher()
        .create_with_context(Heard::default())
        .map_err(|error| unreached(error.to_string()))?;
    let since = Instant::now();
    topics::reach(cluster, &watcher).map_err(|error| match error {
        JournalError::Open { cause, .. } => unreached(cause.to_string()),
        error => unreached(error.to_string()),
    })?;
    let took = since.elapsed();
    let (brokers, facts) =
        facts(cluster, &watcher).map_err(|error| unreached(error.to_string()))?;
    let told = format!(
        "{}: {brokers} in the cluster, an answer in {} ms",
        cluster.journal(),
        took.as_millis()
    );
    findings.push(Finding::fine("brokers", told));
    let found: Vec<Topic> = facts.iter().map(|(topic, _)| *topic).collect();
    let missing: Vec<Topic> =
        Topic::ALL.into_iter().filter(|topic| !found.contains(topic)).collect();
    let lacking = permissions::of_topics(cluster, &watcher, (&found, &missing))
        .map_err(|error| unreached(error.to_string()))?;
    let are_hidden = lacking.iter().any(|right| matches!(right, Right::Describe(_)));
    // Whether topics that may not be seen are there, nobody can tell.
    let is_complete = !are_hidden && layout(cluster, &missing, &facts, findings);
    for (topic, facts) in &facts {
        findings.push(judge(*topic, cluster.name(*topic), facts, brokers));
    }
    findings
        .extend(lacking.iter().map(|right| permissions::lacking(cluster, "permissions", right)));
    findings.extend(permissions::of_transactions(cluster, groups));
    let parts: Vec<_> = facts.iter().map(|(topic, facts)| (*topic, facts.partitions)).collect();
    findings.extend(hanging::findings(cluster, &watcher, &parts));
    let missing = if are_hidden { &[] } else { missing.as_slice() };
    findings.extend(trial::trial(cluster, missing, &lacking));
    let partitions = facts.first().map_or(0, |(_, facts)| facts.partitions);
    for name in groups {
        match permissions::of_group(cluster, name) {
            Some(denied) => findings.push(denied),
            None if is_complete => findings.push(standing(cluster, &watcher, name, partitions)),
            None => (),
        }
    }
    Ok(is_complete)
}

fn hint_of(reason: &str) -> String {
    let reason = reason.to_lowercase();
    let hints = [
        (
            "authentication",
            "compare sasl.mechanism, sasl.username and sasl.password with the cluster's",
        ),
        ("certificate", "name with ssl.ca.location the certificate that vouches for the brokers'"),
        ("ssl", "does that port speak TLS? compare security.protocol with the cluster's listeners"),
        ("disconnected", "does that port want TLS or a login? set security.protocol"),
    ];
    let known = hints.iter().find(|(word, _)| reason.contains(word)).map(|(_, hint)| *hint);
    known
        .unwrap_or("does the broker run, is the address right, and does a firewall stand between?")
        .to_owned()
}

/// Whether every topic is there, and all have the same number of partitions.
fn layout(
    cluster: &Cluster,
    missing: &[Topic],
    facts: &[(Topic, Facts)],
    findings: &mut Vec<Finding>,
) -> bool {
    let missing: Vec<&str> = missing.iter().map(|topic| cluster.name(*topic)).collect();
    if !missing.is_empty() {
        findings.push(Finding::warning(
            "topics",
            format!(
                "{} of {} are not there yet: {}",
                missing.len(),
                Topic::ALL.len(),
                missing.join(", ")
            ),
            "nothing, if --topic-prefix is right: the first service that starts makes them",
        ));
        return false;
    }
    let counts: Vec<usize> = facts.iter().map(|(_, facts)| facts.partitions).collect();
    if counts.windows(2).any(|pair| pair[0] != pair[1]) {
        findings.push(Finding::failure(
            "topics",
            format!("they have differing numbers of partitions: {counts:?}"),
            "a chat must lie in one partition of all of them: use another --topic-prefix, or delete \
             the topics and ingest again",
        ));
        return false;
    }
    true
}

type Found = (usize, Vec<(Topic, Facts)>);

fn facts(cluster: &Cluster, watcher: &BaseConsumer<Heard>) -> Result<Found, KafkaError> {
    let metadata = watcher.fetch_metadata(None, ANSWER_WAIT)?;
    let mut found: Vec<(Topic, Facts)> = Vec::new();
    for listed in metadata.topics() {
        let Some(topic) = cluster.topic(listed.name()) else { continue };
        let parts = listed.partitions();
        found.push((
            topic,
            Facts {
                partitions: parts.len(),
                leaderless: parts.iter().filter(|part| part.leader() < 0).count(),
                copies: parts.iter().map(|part| part.replicas().len()).min().unwrap_or(0),
                behind: parts
                    .iter()
                    .filter(|part| part.isr().len() < part.replicas().len())
                    .count(),
                config: BTreeMap::new(),
            },
        ));
    }
    found.sort_by_key(|(topic, _)| Topic::ALL.iter().position(|other| other == topic));
    // Who may not read them still gets the rest of the findings.
    if let Err(error) = configure(cluster, &mut found) {
        tracing::debug!(%error, "asking for the settings of topics failed");
    }
    Ok((metadata.brokers().len(), found))
}

fn configure(cluster: &Cluster, found: &mut [(Topic, Facts)]) -> Result<(), KafkaError> {
    let admin: AdminClient<Heard> = cluster.admin().create_with_context(Heard::default())?;
    let wanted: Vec<_> =
        found.iter().map(|(topic, _)| ResourceSpecifier::Topic(cluster.name(*topic))).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let options = AdminOptions::new().request_timeout(Some(ANSWER_WAIT));
    let told = futures_executor::block_on(admin.describe_configs(&wanted, &options))?;
    // In the order of the question.
    for ((_, facts), resource) in found.iter_mut().zip(told) {
        let Ok(ConfigResource { entries, .. }) = resource else { continue };
        let entries = entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?)));
        facts.config = entries.collect();
    }
    Ok(())
}

/// How far a group is.
fn standing(
    cluster: &Cluster,
    watcher: &BaseConsumer<Heard>,
    name: &str,
    partitions: usize,
) -> Finding {
    match ask(cluster, watcher, name, partitions) {
        Ok((members, left)) => group(name, members, left),
        Err(error) => Finding::warning(
            format!("group {name}"),
            format!("how far it is cannot be told: {error}"),
            format!("allow this user to read and describe the group {}", cluster.group(name)),
        ),
    }
}

fn ask(
    cluster: &Cluster,
    watcher: &BaseConsumer<Heard>,
    name: &str,
    partitions: usize,
) -> Result<(usize, Option<u64>), KafkaError> {
    let list = watcher.fetch_group_list(Some(&cluster.group(name)), ANSWER_WAIT)?;
    let members = list.groups().iter().map(|group| group.members().len()).sum();
    let asker: BaseConsumer<Heard> = cluster.member(name).create_with_context(Heard::default())?;
    let numbers = 0..u32::try_from(partitions).unwrap_or(0);
    let parts: Vec<TopicPartition> = Topic::ALL
        .iter()
        .flat_map(|topic| {
            numbers.clone().map(|partition| TopicPartition { topic: *topic, partition })
        })
        .collect();
    let (mut left, reader) = (None, Reader::new(cluster)?);
    let stable = positions::ask(&asker, cluster, &parts, ANSWER_WAIT);
    let parts = stable.or_else(|error| {
        positions::before_the_unfinished(cluster, name, &parts, ANSWER_WAIT).ok_or(error)
    });
    for assigned in parts? {
        let Some(committed) = assigned.committed else { continue };
        let at = assigned.at;
        let (_, end) =
            watcher.fetch_watermarks(cluster.name(at.topic), signed(at.partition), ANSWER_WAIT)?;
        let range = (committed.unpublished, super::position(end));
        let behind = if reader.holds_any(cluster, at, range)? { range.1 - range.0 } else { 0 };
        *left.get_or_insert(0) += behind;
    }
    Ok((members, left))
}

/// So far may the clocks of broker and this machine be apart.
pub(super) const CLOCKS_APART_MAX: Duration = Duration::from_secs(5);
