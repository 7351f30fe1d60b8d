//! What the access rules of a cluster do not allow: which code says so, what is lacking, and how an
//! administrator grants it. Pure.

use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::Denied;

/// So long is a denial tried again. Kafka's own authorizer lets nobody in before it has read its rules
/// (KAFKA-13649), but a new rule reaches one broker later than another, and rules kept elsewhere may be
/// away for a moment while that service starts. What is denied for longer no waiting mends.
pub(super) const DENIED_WAIT: Duration = Duration::from_secs(5);

/// Sleep before what was denied is tried again.
pub(super) const DENIED_SLEEP: Duration = Duration::from_millis(250);

/// One right on topics, a group, transactional ids or the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Right {
    /// To see that topics are there.
    Describe(Vec<String>),
    /// To make topics.
    Create(Vec<String>),
    /// To read topics.
    Read(Vec<String>),
    /// To write to topics.
    Write(Vec<String>),
    /// To be a member of a group, and to commit as one.
    Join(String),
    /// To use transactional ids that begin so.
    Transact(String),
    /// To be told from other producers, so that nothing is written twice.
    Idempotent,
}

impl Right {
    /// What one may not do.
    pub(super) fn told(&self) -> String {
        let topics = |names: &[String]| {
            let plural = if names.len() == 1 { "topic" } else { "topics" };
            format!("{plural} {}", names.join(", "))
        };
        match self {
            Self::Describe(names) => format!("may not see {}", topics(names)),
            Self::Create(names) => format!("may not make {}", topics(names)),
            Self::Read(names) => format!("may not read {}", topics(names)),
            Self::Write(names) => format!("may not write to {}", topics(names)),
            Self::Join(group) => format!("may not join group {group}"),
            Self::Transact(prefix) => format!("may not use transactional ids {prefix}*"),
            Self::Idempotent => "may not write idempotently to the cluster".to_owned(),
        }
    }

    /// Whether no topic is meant.
    pub(super) fn is_of_nothing(&self) -> bool {
        match self {
            Self::Describe(names)
            | Self::Create(names)
            | Self::Read(names)
            | Self::Write(names) => names.is_empty(),
            Self::Join(_) | Self::Transact(_) | Self::Idempotent => false,
        }
    }

    /// The arguments of `kafka-acls.sh` that grant it.
    fn arguments(&self) -> String {
        let topics = |operation: &str, names: &[String]| {
            let named: Vec<_> = names.iter().map(|name| format!(" --topic {name}")).collect();
            format!("--operation {operation}{}", named.concat())
        };
        match self {
            Self::Describe(names) => topics("Describe", names),
            Self::Create(names) => topics("Create", names),
            Self::Read(names) => topics("Read", names),
            Self::Write(names) => topics("Write", names),
            Self::Join(group) => format!("--operation Read --group {group}"),
            Self::Transact(prefix) => format!(
                "--operation Write --transactional-id {prefix} --resource-pattern-type prefixed"
            ),
            Self::Idempotent => "--operation IdempotentWrite --cluster".to_owned(),
        }
    }

    /// What an administrator runs to grant it.
    pub(super) fn grant(&self, admin: &Admin<'_>) -> String {
        let Admin { brokers, user } = admin;
        format!(
            "kafka-acls.sh --bootstrap-server {brokers} --add --allow-principal User:{} {}",
            user.unwrap_or("NAME"),
            self.arguments()
        )
    }
}

/// Where a right is granted, and to whom if that is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admin<'a> {
    pub(super) brokers: &'a str,
    pub(super) user: Option<&'a str>,
}

impl Right {
    /// That it is lacking, as an error.
    pub(super) fn denied(&self, admin: &Admin<'_>) -> Denied {
        Denied::new(format!("this user {}", self.told()), self.grant(admin))
    }
}

/// Where it cannot be told which right is lacking.
pub(super) fn unnamed(error: &KafkaError) -> Denied {
    Denied::new(error.to_string(), "colloquy doctor looks at every right")
}

/// Whether the code says that a right is lacking.
pub(super) fn is_denial(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
    )
}

/// The code of an error that says that a right is lacking.
pub(super) fn denial(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    error.rdkafka_error_code().filter(|code| is_denial(*code))
}

/// How long something has been denied without a break.
#[derive(Debug, Default)]
pub(super) struct Denials {
    since: Option<Instant>,
}

impl Denials {
    /// Takes note of an outcome at `now`; `true` once it was denied for too long.
    pub(super) fn last(&mut self, is_denied: bool, now: Instant) -> bool {
        if !is_denied {
            self.since = None;
            return false;
        }
        now.duration_since(*self.since.get_or_insert(now)) >= DENIED_WAIT
    }

    /// The sleep before what failed at `now` is tried again; none if that does not help. `otherwise` is the
    /// sleep where no right is lacking.
    pub(super) fn retry(
        &mut self,
        error: &KafkaError,
        otherwise: Option<Duration>,
        now: Instant,
    ) -> Option<Duration> {
        let is_denied = denial(error).is_some();
        let lasts = self.last(is_denied, now);
        if is_denied { (!lasts).then_some(DENIED_SLEEP) } else { otherwise }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_named_and_comes_with_its_grant() {
        let admin = Admin { brokers: "one:9092", user: Some("guest") };
        let name = |name: &str| vec![name.to_owned()];
        for (right, told, grant) in [
            (
                Right::Write(name("c.posts")),
                "may not write to topic c.posts",
                "Write --topic c.posts",
            ),
            (
                Right::Join("c.analyze".into()),
                "may not join group c.analyze",
                "Read --group c.analyze",
            ),
            (
                Right::Transact("c.analyze-".into()),
                "may not use transactional ids c.analyze-*",
                "Write --transactional-id c.analyze- --resource-pattern-type prefixed",
            ),
            (Right::Idempotent, "idempotently", "IdempotentWrite --cluster"),
            (
                Right::Read(vec!["a".into(), "b".into()]),
                "may not read topics a, b",
                "Read --topic a --topic b",
            ),
        ] {
            let said = right.denied(&admin).to_string();
            assert!(said.contains(told), "{said}");
            assert!(said.ends_with(grant), "{said}");
            assert!(
                said.contains("--bootstrap-server one:9092 --add --allow-principal User:guest")
            );
        }
        let nobody = Admin { user: None, ..admin };
        assert!(Right::Idempotent.grant(&nobody).contains("User:NAME"));
    }

    #[test]
    fn a_denial_lasts_once_nothing_else_came_for_a_while() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut denials = Denials::default();
        let said: Vec<bool> = [(true, 0), (true, 4), (false, 5), (true, 6), (true, 10), (true, 11)]
            .map(|(is_denied, second)| denials.last(is_denied, at(second)))
            .to_vec();
        assert_eq!(said, [false, false, false, false, false, true]);
    }

    #[test]
    fn every_resource_can_be_denied() {
        use RDKafkaErrorCode as Code;
        for code in [
            Code::TopicAuthorizationFailed,
            Code::GroupAuthorizationFailed,
            Code::ClusterAuthorizationFailed,
            Code::TransactionalIdAuthorizationFailed,
        ] {
            assert_eq!(denial(&KafkaError::MessageConsumption(code)), Some(code));
        }
        // A wrong password is another matter, and is told by the connection.
        assert!(!is_denial(Code::SaslAuthenticationFailed) && !is_denial(Code::NotCoordinator));
    }
}
