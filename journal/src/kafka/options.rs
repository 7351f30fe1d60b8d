//! What a user says of the connection: any setting of librdkafka but those that the guarantees of
//! the journal stand on.

use std::{collections::BTreeMap, fmt};

use rdkafka::{ClientConfig, error::KafkaError};

/// Settings that the journal makes itself, and why.
const OURS: [(&str, &str); 19] = [
    ("bootstrap.servers", "--journal names the brokers"),
    ("metadata.broker.list", "--journal names the brokers"),
    ("group.id", "--topic-prefix sets one installation apart from another"),
    ("client.id", "it tells the cluster which of Colloquy's clients asks"),
    ("isolation.level", "only committed records may be read"),
    ("enable.auto.commit", "positions are committed together with outputs"),
    ("enable.auto.offset.store", "positions are committed together with outputs"),
    ("auto.offset.reset", "a new group reads from the beginning"),
    ("enable.partition.eof", "the end of a partition is told by it"),
    ("allow.auto.create.topics", "topics are made with settings of their own"),
    ("partition.assignment.strategy", "a chat's partitions of all topics must go to one member"),
    ("group.protocol", "a chat's partitions of all topics must go to one member"),
    ("group.remote.assignor", "a chat's partitions of all topics must go to one member"),
    ("acks", "what is acknowledged must be on all replicas in sync"),
    ("request.required.acks", "what is acknowledged must be on all replicas in sync"),
    ("enable.idempotence", "nothing may be written twice"),
    ("transactional.id", "it follows from the partitions in hand"),
    ("transaction.timeout.ms", "readers wait so long for a worker that died"),
    ("log_level", "RUST_LOG filters the log"),
];

/// Settings of members of groups alone.
const OF_MEMBERS: [&str; 4] =
    ["group.instance.id", "session.timeout.ms", "heartbeat.interval.ms", "max.poll.interval.ms"];

/// Parts of the names of settings whose values nobody may see.
const SECRET: [&str; 4] = ["password", "secret", "ssl.key.pem", "oauthbearer.config"];

/// Settings of Kafka's clients beside the addresses of the brokers. Says no secret, not even in
/// `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KafkaOptions {
    values: BTreeMap<String, String>,
}

/// A setting that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the Kafka setting {key}: {problem}")]
pub struct KafkaOptionError {
    /// Its name.
    pub key: String,
    /// What is wrong; never the value.
    pub problem: String,
}

impl KafkaOptions {
    /// Whether the value of a setting is a secret.
    pub fn is_secret(key: &str) -> bool {
        SECRET.iter().any(|part| key.contains(part))
    }

    /// Makes a setting; one that was made before is replaced.
    ///
    /// # Errors
    /// A setting that the journal makes itself, or that librdkafka does not know, or not with this
    /// value.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), KafkaOptionError> {
        let refused = |problem: String| KafkaOptionError { key: key.to_owned(), problem };
        if let Some((_, why)) = OURS.iter().find(|(ours, _)| *ours == key) {
            return Err(refused(format!("it is not to be set: {why}")));
        }
        let mut alone = ClientConfig::new();
        alone.set(key, value);
        match alone.create_native_config() {
            Ok(_) => {
                self.values.insert(key.to_owned(), value.to_owned());
                Ok(())
            }
            Err(KafkaError::ClientConfig(_, problem, ..)) => {
                // It may quote the value.
                let hides = Self::is_secret(key) && !problem.starts_with("No such");
                Err(refused(if hides { "it is refused".to_owned() } else { problem }))
            }
            Err(_) => Err(refused("it is refused".to_owned())),
        }
    }

    /// What was set, by name; nothing of what is secret.
    pub fn told(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(key, value)| {
            (key.as_str(), if Self::is_secret(key) { "(not shown)" } else { value.as_str() })
        })
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Makes the settings of a client; `is_member` says whether it is a member of a group.
    pub(super) fn apply(&self, config: &mut ClientConfig, is_member: bool) {
        for (key, value) in &self.values {
            if is_member || !OF_MEMBERS.contains(&key.as_str()) {
                config.set(key, value);
            }
        }
    }
}

impl fmt::Debug for KafkaOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.told()).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn secrets_are_told_nowhere() {
        const SECRET: &str = "hunter2";
        let mut options = KafkaOptions::default();
        for key in ["sasl.password", "ssl.key.password", "ssl.keystore.password"] {
            options.set(key, SECRET).unwrap();
        }
        options.set("sasl.username", "colloquy").unwrap();
        let told = format!("{options:?} {:?}", options.told().collect::<Vec<_>>());
        assert!(told.contains("colloquy") && told.contains("sasl.password"), "{told}");
        assert!(!told.contains(SECRET), "{told}");
        for key in ["ssl.key.pem", "sasl.pasword", "sasl.oauthbearer.client.secret2"] {
            if let Err(error) = options.set(key, SECRET) {
                let told = format!("{error} {error:?}");
                assert!(told.contains(key) && !told.contains(SECRET), "{told}");
            }
        }
        let mut config = ClientConfig::new();
        options.apply(&mut config, false);
        assert_eq!(config.get("sasl.password"), Some(SECRET));
    }

    #[test]
    fn what_the_guarantees_stand_on_is_refused_with_the_reason() {
        let mut options = KafkaOptions::default();
        for (key, why) in OURS {
            let error = options.set(key, "1").unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
        let unknown = options.set("linger", "5").unwrap_err().to_string();
        assert!(unknown.contains("linger") && unknown.contains("No such"), "{unknown}");
        let wrong = options.set("linger.ms", "soon").unwrap_err().to_string();
        assert!(wrong.contains("linger.ms"), "{wrong}");
        assert_eq!(options, KafkaOptions::default());
    }

    #[test]
    fn members_alone_have_settings_of_members() {
        let mut options = KafkaOptions::default();
        options.set("group.instance.id", "one").unwrap();
        options.set("linger.ms", "20").unwrap();
        let made = |is_member| {
            let mut config = ClientConfig::new();
            options.apply(&mut config, is_member);
            config.config_map().into_keys().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(made(true), ["group.instance.id", "linger.ms"]);
        assert_eq!(made(false), ["linger.ms"]);
    }

    /// Built in, not to be found by whoever needs it.
    #[test]
    fn tls_and_sasl_are_built_in() {
        for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
            for protocol in ["sasl_ssl", "sasl_plaintext"] {
                let mut config = ClientConfig::new();
                config.set("security.protocol", protocol).set("sasl.mechanism", mechanism);
                config.set("sasl.username", "a").set("sasl.password", "b");
                config.create::<rdkafka::consumer::BaseConsumer>().unwrap();
            }
        }
    }
}
