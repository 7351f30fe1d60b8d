//! A topic that is made, written, read and deleted, to see whether that may be done and what time the
//! brokers have. Nobody else sees it.

use std::{
    process,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use colloquy_transcript::Topic;
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseProducer, BaseRecord, Producer},
};

use super::{
    ANSWER_WAIT,
    checkup::CLOCKS_APART_MAX,
    config::Cluster,
    context::Heard,
    denied::{Right, denial, is_denial},
    permissions,
    producer::Reports,
    reader::Reader,
    rights,
};
use crate::{TopicPartition, checkup::Finding};

const WHAT: &str = "permissions";

/// What was found out; `missing` is to be made yet, and `lacking` known already.
pub(super) fn trial(cluster: &Cluster, missing: &[Topic], lacking: &[Right]) -> Vec<Finding> {
    match permitted(cluster) {
        Ok(Some(times)) => vec![
            Finding::fine(WHAT, "topics may be made, written, read and deleted"),
            clocks(times),
        ],
        Ok(None) => {
            let mut findings = vec![unmade(cluster, missing)];
            // Who may write to some topic is granted the rest by it, since Kafka 2.8.
            if lacking.is_empty()
                && missing.is_empty()
                && matches!(rights::may_be_idempotent(cluster), Ok(false))
            {
                findings.push(permissions::lacking(cluster, WHAT, &Right::Idempotent));
            }
            findings
        }
        // A name of its own need not be among those that this user may use.
        Err((doing, error)) if denial(&error).is_some() => vec![Finding::warning(
            WHAT,
            format!(
                "{doing} a topic of doctor's own is not allowed: what time the brokers have cannot be told"
            ),
            "nothing, if no other right is lacking; else allow all names with the prefix of --topic-prefix",
        )],
        Err((doing, error)) => vec![Finding::failure(
            WHAT,
            format!("{doing} a topic failed: {error}"),
            "look at the brokers' log",
        )],
    }
}

fn unmade(cluster: &Cluster, missing: &[Topic]) -> Finding {
    if missing.is_empty() {
        return Finding::warning(
            WHAT,
            "no topic may be made: what time the brokers have cannot be told",
            "nothing: all topics that may be seen are there",
        );
    }
    let names = missing.iter().map(|topic| cluster.name(*topic).to_owned()).collect();
    permissions::lacking(cluster, WHAT, &Right::Create(names))
}

/// Our time before and after a record was written, and the broker's between.
#[derive(Debug, Clone, Copy)]
struct Times {
    before: SystemTime,
    broker: SystemTime,
    after: SystemTime,
}

/// `None` if no topic may be made. An error comes with what failed.
fn permitted(cluster: &Cluster) -> Result<Option<Times>, (&'static str, KafkaError)> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // A topic's name with something behind it has the prefix that a user may be allowed.
    let posts = cluster.name(Topic::Posts);
    let name = format!("{posts}-doctor-{}-{}", since.as_nanos(), process::id());
    let admin: AdminClient<Heard> =
        cluster.admin().create_with_context(Heard::default()).map_err(|it| ("making", it))?;
    let options =
        AdminOptions::new().operation_timeout(Some(ANSWER_WAIT)).request_timeout(Some(ANSWER_WAIT));
    let new = NewTopic::new(&name, 1, TopicReplication::Fixed(1))
        .set("message.timestamp.type", "LogAppendTime")
        .set("min.insync.replicas", "1");
    let made = futures_executor::block_on(admin.create_topics([&new], &options));
    match made.map_err(|error| ("making", error))?.pop() {
        Some(Err((_, code))) if is_denial(code) || code == RDKafkaErrorCode::PolicyViolation => {
            return Ok(None);
        }
        Some(Err((_, code))) => return Err(("making", KafkaError::AdminOp(code))),
        _ => (),
    }
    let times = write_and_read(cluster, &name);
    let deleted = futures_executor::block_on(admin.delete_topics(&[name.as_str()], &options));
    let times = times?;
    match deleted.map_err(|error| ("deleting", error))?.pop() {
        Some(Err((_, code))) => Err(("deleting", KafkaError::AdminOp(code))),
        _ => Ok(Some(times)),
    }
}

fn write_and_read(cluster: &Cluster, name: &str) -> Result<Times, (&'static str, KafkaError)> {
    let producer: BaseProducer<Reports> = cluster
        .producer()
        .create_with_context(Reports::default())
        .map_err(|error| ("writing", error))?;
    let reports = producer.context();
    reports.expect(1);
    let before = SystemTime::now();
    let record = BaseRecord::with_opaque_to(name, 0).partition(0).key("doctor").payload("doctor");
    producer.send(record).map_err(|(error, _)| ("writing", error))?;
    producer.flush(ANSWER_WAIT).map_err(|error| ("writing", error))?;
    if let Some((code, _)) = producer.client().fatal_error() {
        return Err(("writing", KafkaError::MessageProduction(code)));
    }
    if let Some(Some(Err(error))) = reports.take().pop() {
        return Err(("writing", error));
    }
    let after = SystemTime::now();
    let at = TopicPartition { topic: Topic::Posts, partition: 0 };
    let mut broker = None;
    let reader = Reader::new(cluster).map_err(|error| ("reading", error))?;
    reader
        .read(cluster.patience(), name, at, (0, 1), &mut |entry| {
            broker = entry.appended_at;
            false
        })
        .map_err(|error| ("reading", error))?;
    let nothing = KafkaError::MessageConsumption(RDKafkaErrorCode::NoOffset);
    Ok(Times { before, broker: broker.ok_or(("reading", nothing))?, after })
}

/// Time that lies between two, or how far outside of them it lies.
fn apart(Times { before, broker, after }: Times) -> Duration {
    let early = before.duration_since(broker).unwrap_or_default();
    let late = broker.duration_since(after).unwrap_or_default();
    early.max(late)
}

fn clocks(times: Times) -> Finding {
    let apart = apart(times);
    let told = format!("the brokers' clock and ours are {} ms apart at least", apart.as_millis());
    if apart <= CLOCKS_APART_MAX {
        return Finding::fine("clocks", told);
    }
    Finding::warning(
        "clocks",
        format!("{told}: deleted text and dead letters go earlier or later than they should"),
        "let both take their time from the network (chrony, systemd-timesyncd)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkup::Verdict;

    #[test]
    fn clocks_are_apart_by_what_no_delay_explains() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let times = |broker| Times { before: at(100), broker: at(broker), after: at(102) };
        for (broker, expected, verdict) in [
            (101, 0, Verdict::Fine),
            (97, 3, Verdict::Fine),
            (107, 5, Verdict::Fine),
            (94, 6, Verdict::Warning),
            (3_702, 3_600, Verdict::Warning),
        ] {
            assert_eq!(apart(times(broker)), Duration::from_secs(expected));
            assert_eq!(clocks(times(broker)).verdict, verdict);
        }
    }
}
