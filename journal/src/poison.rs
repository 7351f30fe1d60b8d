//! Bytes that are no record, put where records lie: for tests, of this crate and of others.

use std::time::Duration;

use crate::{
    JournalError, JournalUrl, Settings, TopicPartition, embedded::EmbeddedJournal,
    kafka::KafkaJournal,
};

/// Longest wait for the acknowledgement of raw bytes.
pub(crate) const ACKNOWLEDGED_WAIT: Duration = Duration::from_secs(30);

/// Puts `bytes`, or null, at the end of a partition of a journal that exists.
///
/// # Errors
/// The journal does not open or does not take them; a journal in memory cannot be named.
pub fn put(
    url: &JournalUrl,
    settings: &Settings,
    at: TopicPartition,
    bytes: Option<&[u8]>,
) -> Result<(), JournalError> {
    let failed = |cause| JournalError::Append { topic: at.topic, cause };
    match url {
        JournalUrl::Memory => Err(failed("a journal in memory has no name".into())),
        JournalUrl::Sqlite(path) => EmbeddedJournal::open(path, settings)?
            .poison(at, bytes.unwrap_or_default())
            .map_err(|cause| failed(Box::new(cause))),
        JournalUrl::Kafka(brokers) => KafkaJournal::open(brokers, settings)?
            .poison(at, bytes)
            .map_err(|cause| failed(Box::new(cause))),
    }
}
