//! What the clients say by themselves: to the log, and kept for whoever cannot connect.

use std::sync::Mutex;

use rdkafka::{
    ClientContext,
    config::RDKafkaLogLevel,
    consumer::ConsumerContext,
    error::{KafkaError, RDKafkaErrorCode},
};

use super::lock;

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
}

impl ClientContext for Heard {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        log(level, fac, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        disturbed(&error, reason);
        let is_lasting = is_lasting(&error);
        let mut trouble = lock(&self.trouble);
        // That all are down says less than why one of them is.
        let says_more = error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown);
        if trouble.is_none() || (says_more && !trouble.as_ref().is_some_and(|it| it.is_lasting)) {
            *trouble = Some(Trouble { reason: reason.to_owned(), is_lasting });
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
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(fac, message, "the Kafka client is in trouble");
        }
        _ => tracing::debug!(fac, message, "the Kafka client says"),
    }
}

/// An error that concerns the whole client.
pub(super) fn disturbed(error: &KafkaError, reason: &str) {
    let matters =
        is_lasting(error) || error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown);
    if matters {
        tracing::warn!(reason, "kafka cannot be reached");
    } else {
        tracing::debug!(%error, reason, "the Kafka client is disturbed");
    }
}
