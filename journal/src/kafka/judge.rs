//! What is to be said of a topic as it was found. Pure.

use std::collections::BTreeMap;

use colloquy_transcript::Topic;

use super::config::RECORD_BYTES_MAX;
use crate::checkup::{Finding, Verdict};

/// Platforms demand that what was deleted is gone within a day.
const COMPACTION_LAG_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

/// What a cluster says of a topic.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) partitions: usize,
    /// Partitions that nobody leads: they can be neither written nor read.
    pub(super) leaderless: usize,
    /// Copies of the partition that has the fewest.
    pub(super) copies: usize,
    /// Partitions with copies that are behind.
    pub(super) behind: usize,
    /// Its settings; empty where they may not be read.
    pub(super) config: BTreeMap<String, String>,
}

/// All that is said of one topic, the worst of it first decides.
struct Said {
    verdict: Verdict,
    told: Vec<String>,
    hints: Vec<String>,
}

impl Said {
    fn add(&mut self, verdict: Verdict, told: impl Into<String>, hint: impl Into<String>) {
        self.verdict = self.verdict.max(verdict);
        self.told.push(told.into());
        self.hints.push(hint.into());
    }
}

/// Judges the topic `name` of a cluster of so many brokers.
pub(super) fn judge(topic: Topic, name: &str, facts: &Facts, brokers: usize) -> Finding {
    let Facts { partitions, copies, .. } = facts;
    let shape = format!("{partitions} partitions, copies: {copies}");
    let mut said = Said { verdict: Verdict::Fine, told: vec![shape], hints: Vec::new() };
    if facts.leaderless > 0 {
        let told = format!("{} partitions without a leader cannot be used", facts.leaderless);
        said.add(Verdict::Failure, told, "start the brokers that are down");
    }
    if facts.behind > 0 {
        let told = format!("{} partitions have copies that are behind", facts.behind);
        said.add(Verdict::Warning, told, "look at the brokers' health");
    }
    copies_of(facts, brokers, &mut said);
    if facts.config.is_empty() {
        let hint = format!("allow this user to describe the settings of {name} (DescribeConfigs)");
        said.add(Verdict::Warning, "its settings may not be read", hint);
    } else {
        settings(topic, name, facts, &mut said);
    }
    let (told, hint) = (said.told.join("; "), said.hints.join("; "));
    Finding::new(said.verdict, format!("topic {}", topic.as_str()), told, hint)
}

fn copies_of(facts: &Facts, brokers: usize, said: &mut Said) {
    let in_sync = facts.config.get("min.insync.replicas").and_then(|it| it.parse::<usize>().ok());
    match (facts.copies, in_sync) {
        (1, _) if brokers > 1 => said.add(
            Verdict::Warning,
            "one disk that breaks takes the records with it",
            "reassign its partitions with three copies; new topics: --replication 3",
        ),
        (3.., Some(1)) => said.add(
            Verdict::Warning,
            "a record counts as written when one broker has it",
            "set min.insync.replicas=2",
        ),
        (copies, Some(in_sync)) if in_sync > copies => said.add(
            Verdict::Failure,
            format!(
                "{in_sync} copies must be in sync, and there are {copies}: nothing can be written"
            ),
            format!("set min.insync.replicas={copies} or less"),
        ),
        _ => (),
    }
}

fn settings(topic: Topic, name: &str, facts: &Facts, said: &mut Said) {
    let get = |key: &str| facts.config.get(key).map(String::as_str);
    let number = |key: &str| get(key).and_then(|it| it.parse::<u64>().ok());
    let policy = get("cleanup.policy").unwrap_or("unknown");
    said.told.push(format!("cleanup {policy}"));
    if topic == Topic::DeadLetters {
        if policy != "delete" {
            said.add(
                Verdict::Warning,
                "rejected text is kept longer than it should",
                format!("set cleanup.policy=delete of {name}"),
            );
        }
    } else if policy != "compact" {
        // What is thrown away by age is lost to the lake.
        said.add(
            Verdict::Failure,
            "records are thrown away by age, and the lake with them",
            format!("set cleanup.policy=compact of {name}"),
        );
    } else if number("max.compaction.lag.ms").is_none_or(|lag| lag > COMPACTION_LAG_MS_MAX) {
        said.add(
            Verdict::Warning,
            "deleted text may stay for longer than a day",
            format!("set max.compaction.lag.ms={} of {name}", COMPACTION_LAG_MS_MAX / 2),
        );
    }
    if number("max.message.bytes").is_some_and(|bytes| bytes < u64::from(RECORD_BYTES_MAX)) {
        said.add(
            Verdict::Failure,
            "large records are refused, and stop whoever writes them",
            format!("set max.message.bytes={RECORD_BYTES_MAX} of {name}"),
        );
    }
    if get("unclean.leader.election.enable") == Some("true") {
        said.add(
            Verdict::Warning,
            "a broker that is behind may become the leader, and acknowledged records are lost",
            "set unclean.leader.election.enable=false",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(copies: usize, config: &[(&str, &str)]) -> Facts {
        let usual = [
            ("cleanup.policy", "compact"),
            ("max.compaction.lag.ms", "43200000"),
            ("max.message.bytes", "16777216"),
            ("min.insync.replicas", "2"),
        ];
        let config =
            usual.iter().chain(config).map(|(key, value)| ((*key).into(), (*value).into()));
        Facts { partitions: 6, copies, config: config.collect(), ..Facts::default() }
    }

    #[test]
    fn topics_are_judged_by_what_they_would_lose() {
        use Verdict::{Failure, Fine, Warning};
        let cases = [
            (facts(3, &[]), Fine, ""),
            (facts(1, &[("min.insync.replicas", "1")]), Warning, "--replication 3"),
            (facts(3, &[("min.insync.replicas", "1")]), Warning, "min.insync.replicas=2"),
            (facts(1, &[]), Warning, "--replication 3"),
            (facts(2, &[("min.insync.replicas", "3")]), Failure, "min.insync.replicas=2"),
            (facts(3, &[("cleanup.policy", "delete")]), Failure, "cleanup.policy=compact"),
            (facts(3, &[("max.compaction.lag.ms", "9223372036854775807")]), Warning, "43200000"),
            (facts(3, &[("max.message.bytes", "1048588")]), Failure, "16777216"),
            (facts(3, &[("unclean.leader.election.enable", "true")]), Warning, "=false"),
            (Facts { leaderless: 1, ..facts(3, &[]) }, Failure, "brokers"),
            (Facts { behind: 1, ..facts(3, &[]) }, Warning, "health"),
            (Facts { config: BTreeMap::new(), ..facts(3, &[]) }, Warning, "describe"),
        ];
        for (facts, verdict, hint) in cases {
            let finding = judge(Topic::Posts, "colloquy.posts", &facts, 3);
            assert_eq!(finding.verdict, verdict, "{facts:?}: {finding:?}");
            assert!(finding.hint.contains(hint), "{finding:?}");
            assert_eq!(finding.hint.is_empty(), verdict == Fine, "{finding:?}");
        }
        let letters =
            |policy| judge(Topic::DeadLetters, "d", &facts(3, &[("cleanup.policy", policy)]), 3);
        assert_eq!((letters("delete").verdict, letters("compact").verdict), (Fine, Warning));
    }
}
