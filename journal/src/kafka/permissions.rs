//! What `doctor` says of rights: one finding for each that is lacking, with what grants it.

use colloquy_transcript::Topic;
use rdkafka::{consumer::BaseConsumer, error::KafkaError};

use super::{config::Cluster, context::Heard, denied::Right, rights, topics};
use crate::checkup::Finding;

/// Rights on the topics that are there, and on seeing those that are `missing`.
pub(super) fn of_topics(
    cluster: &Cluster,
    watcher: &BaseConsumer<Heard>,
    (found, missing): (&[Topic], &[Topic]),
) -> Result<Vec<Right>, KafkaError> {
    let names: Vec<&str> = found.iter().map(|topic| cluster.name(*topic)).collect();
    let lacking = [
        Right::Describe(topics::hidden(cluster, watcher, missing)),
        Right::Read(rights::unreadable(cluster, &names)?),
        Right::Write(rights::unwritable(cluster, &names)?),
    ];
    Ok(lacking.into_iter().filter(|right| !right.is_of_nothing()).collect())
}

/// Right to be a member of `group`; `None` where it is there.
pub(super) fn of_group(cluster: &Cluster, group: &str) -> Option<Finding> {
    match rights::may_join(cluster, group) {
        Ok(false) => {
            Some(lacking(cluster, &format!("group {group}"), &Right::Join(cluster.group(group))))
        }
        // What else is in the way, whoever asks for its progress is told.
        Ok(true) | Err(_) => None,
    }
}

/// Whether members of `groups` may commit outputs and positions together.
pub(super) fn of_transactions(cluster: &Cluster, groups: &[&str]) -> Vec<Finding> {
    const WHAT: &str = "transactions";
    let mut findings = Vec::new();
    for group in groups {
        match rights::may_transact(cluster, group) {
            Ok(true) => (),
            Ok(false) => {
                let right = Right::Transact(cluster.transactional_prefix(group));
                findings.push(lacking(cluster, WHAT, &right));
            }
            Err(error) => findings.push(Finding::failure(
                WHAT,
                format!("no transactional producer can be registered: {error}"),
                "the cluster needs transaction.state.log.replication.factor brokers",
            )),
        }
    }
    if findings.is_empty() {
        findings.push(Finding::fine(WHAT, "outputs and positions can be committed together"));
    }
    findings
}

/// The finding that a right is lacking.
pub(super) fn lacking(cluster: &Cluster, what: &str, right: &Right) -> Finding {
    let told = format!("this user {}", right.told());
    Finding::failure(what, told, right.grant(&cluster.admin_words()))
}
