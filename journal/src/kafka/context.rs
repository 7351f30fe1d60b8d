//! What the clients say by themselves: to the log, and kept for whoever cannot connect.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientContext,
    config::RDKafkaLogLevel,
    consumer::ConsumerContext,
    error::{KafkaError, RDKafkaErrorCode},
};

use super::lock;

/// Time between two warnings about the cluster.
const TELL_INTERVAL: Duration = Duration::from_secs(30);

/// What the reasons say that no waiting mends; the error that says it by its code comes later.
const LASTING: [&str; 2] = ["SASL authentication error", "certificate verify failed"];

/// What every denial says. Whoever asked tells it with the name of the right that is lacking; and who only
/// reads by hand needs no right on the group that the client looks for all the same.
const DENIED: &str = "authorization failed";

/// The context of clients that have nothing else to hear.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The last reason why a broker could not be reached, and whether it will pass by itself.
    trouble: Mutex<Option<Trouble>>,
}

/// Why a broker cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) reason: String,
    /// No waiting mends it: a wrong password, a certificate that nobody vouches for.
    pub(super) is_lasting: bool,
}

impl Heard {
    /// The last trouble.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        lock(&self.trouble).clone()
    }

    /// The latest counts, but what lasts is not forgotten.
    fn note(&self, new: Trouble) {
        let mut trouble = lock(&self.trouble);
        if !trouble.as_ref().is_some_and(|before| before.is_lasting) {
            *trouble = Some(new);
        }
    }
}

impl ClientContext for Heard {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        log(level, fac, message);
        // Why a connection failed is said here alone; the error only counts those that are down.
        if fac == "FAIL" {
            let reason = message.split_once("]: ").map_or(message, |(_, reason)| reason);
            let is_lasting = LASTING.iter().any(|words| reason.contains(words));
            self.note(Trouble { reason: reason.to_owned(), is_lasting });
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        disturbed(&error, reason);
        // That all are down says less than why one of them is.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            self.note(Trouble { reason: reason.to_owned(), is_lasting: is_lasting(&error) });
        }
    }
}

impl ConsumerContext for Heard {}

fn is_lasting(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::Authentication
                | RDKafkaErrorCode::SaslAuthenticationFailed
                | RDKafkaErrorCode::SSL
                | RDKafkaErrorCode::UnsupportedSASLMechanism
        )
    )
}

/// A line of a client's own log. It mends its connections itself and says so at every attempt: what
/// somebody must act on comes as an error as well.
pub(super) fn log(level: RDKafkaLogLevel, fac: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical
            if !message.contains(DENIED) =>
        {
            tracing::error!(fac, message, "the Kafka client is in trouble");
        }
        _ => tracing::debug!(fac, message, "the Kafka client says"),
    }
}

/// An error that concerns the whole client. Every client of a process says the same, at every attempt:
/// it is passed on once in a while.
pub(super) fn disturbed(error: &KafkaError, reason: &str) {
    static TOLD: Mutex<Option<Instant>> = Mutex::new(None);
    // The end of a partition comes this way, too, and is no trouble at all.
    if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
        return;
    }
    let matters = !matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::OperationTimedOut)
    ) && !reason.contains(DENIED);
    let mut told = lock(&TOLD);
    if matters && told.is_none_or(|at| at.elapsed() > TELL_INTERVAL) {
        *told = Some(Instant::now());
        tracing::warn!(reason, "kafka is disturbed");
    } else {
        tracing::debug!(%error, reason, "the Kafka client is disturbed");
    }
}
