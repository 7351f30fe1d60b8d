//! Every figure that this crate counts.

use std::time::Duration;

use colloquy_transcript::Topic;
use metrics::{counter, gauge};

use crate::TopicPartition;

/// Records were appended, by whomever.
pub(crate) fn appended(topic: Topic, records: u64) {
    counter!("colloquy_records_appended_total", "topic" => topic.as_str()).increment(records);
}

/// A member read entries.
pub(crate) fn read(group: &str, topic: Topic, entries: u64) {
    let group = group.to_owned();
    counter!("colloquy_entries_read_total", "group" => group, "topic" => topic.as_str())
        .increment(entries);
}

/// A member committed.
pub(crate) fn committed(group: &str) {
    counter!("colloquy_commits_total", "group" => group.to_owned()).increment(1);
}

/// A commit came too late: the partitions belong to another member.
pub(crate) fn fenced(group: &str) {
    counter!("colloquy_commits_fenced_total", "group" => group.to_owned()).increment(1);
}

/// How many partitions of topics a member has.
pub(crate) fn assigned(group: &str, partitions: usize) {
    gauge!("colloquy_partitions_assigned", "group" => group.to_owned()).set(partitions as f64);
}

/// Positions between a member and the end of a partition; 0 for one that is not its own any more.
pub(crate) fn lag(group: &str, at: TopicPartition, positions: u64) {
    let labels = [
        ("group", group.to_owned()),
        ("topic", at.topic.as_str().to_owned()),
        ("partition", at.partition.to_string()),
    ];
    gauge!("colloquy_lag", &labels).set(positions as f64);
}

/// How long the oldest entry that a member read waits for a commit.
pub(crate) fn commit_age(group: &str, age: Duration) {
    gauge!("colloquy_commit_age_seconds", "group" => group.to_owned()).set(age.as_secs_f64());
}
