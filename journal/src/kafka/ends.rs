//! Where partitions begin and end.

use std::{
    thread,
    time::{Duration, Instant},
};

use colloquy_transcript::Topic;
use rdkafka::{
    consumer::Consumer,
    error::{KafkaError, RDKafkaErrorCode},
};

use super::{
    OUTAGE_WAIT, Shared,
    denied::{Denials, denial},
    position, rights, signed,
};
use crate::{Position, TopicPartition};

/// Sleep before a question that the cluster could not answer yet is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// Whether the cluster is only moving a partition, or has just made it.
pub(super) fn passes(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                // Client and broker count the leaders of a partition differently, until one has heard.
                | RDKafkaErrorCode::FencedLeaderEpoch
                | RDKafkaErrorCode::UnknownLeaderEpoch
                // A new leader does not know yet how far the others are.
                | RDKafkaErrorCode::OffsetNotAvailable
                | RDKafkaErrorCode::UnknownTopicOrPartition
                // The same, as the client itself says it while it has no metadata.
                | RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::AllBrokersDown
                | RDKafkaErrorCode::OperationTimedOut
                // It waited for a connection the whole time, and was never sent.
                | RDKafkaErrorCode::TimedOutQueue
                | RDKafkaErrorCode::BrokerTransportFailure
        )
    )
}

/// Whether the client knows nothing of a topic.
fn is_unknown(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::UnknownTopic
        )
    )
}

impl Shared {
    pub(super) fn end(&self, at: TopicPartition) -> Result<Position, KafkaError> {
        self.watermarks(at).map(|(_, end)| end)
    }

    /// The first position that retention left.
    pub(super) fn start(&self, at: TopicPartition) -> Result<Position, KafkaError> {
        self.watermarks(at).map(|(start, _)| start)
    }

    fn watermarks(&self, at: TopicPartition) -> Result<(Position, Position), KafkaError> {
        // Errors of the connection wait in its queue; nobody else takes them out.
        while self.watcher.poll(Duration::ZERO).is_some() {}
        let topic = self.cluster.name(at.topic);
        let deadline = Instant::now() + OUTAGE_WAIT;
        let patience = self.cluster.patience();
        let mut denials = Denials::default();
        loop {
            let wait = patience.slice(deadline);
            match self.watcher.fetch_watermarks(topic, signed(at.partition), wait) {
                Ok((start, end)) => return Ok((position(start), position(end))),
                Err(error) => {
                    self.before_asking_again(error, &[at.topic], &mut denials, deadline)?;
                }
            }
        }
    }

    /// Sleeps after a question about partitions of `topics` was not answered; fails where asking again is
    /// no use.
    pub(super) fn before_asking_again(
        &self,
        error: KafkaError,
        topics: &[Topic],
        denials: &mut Denials,
        deadline: Instant,
    ) -> Result<(), KafkaError> {
        let patience = self.cluster.patience();
        let is_hidden = |topic: &Topic| {
            let wait = patience.slice(deadline);
            rights::is_hidden(&self.watcher, self.cluster.name(*topic), wait)
        };
        // A topic that may not be seen any more looks like one that is not there.
        let error = match denial(&error) {
            None if is_unknown(&error) && topics.iter().any(is_hidden) => {
                KafkaError::MetadataFetch(RDKafkaErrorCode::TopicAuthorizationFailed)
            }
            _ => error,
        };
        let passing = passes(&error).then_some(ASK_AGAIN);
        let retry = denials.retry(&error, passing, Instant::now());
        let Some(sleep) = retry.filter(|_| !patience.is_over(deadline)) else {
            return Err(error);
        };
        tracing::debug!(%error, ?topics, "asking for ends again");
        thread::sleep(sleep);
        // The client does not look by itself where a partition went: asked after a broker came back, before
        // it led anything, it would not know it for ever.
        self.watcher.fetch_metadata(None, patience.slice(deadline)).ok();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A worker ended by the third of these, asked while its connection to a broker was being made.
    #[test]
    fn a_question_that_nobody_answered_in_time_is_asked_again() {
        for code in [
            RDKafkaErrorCode::OperationTimedOut,
            RDKafkaErrorCode::BrokerTransportFailure,
            RDKafkaErrorCode::TimedOutQueue,
            RDKafkaErrorCode::FencedLeaderEpoch,
            RDKafkaErrorCode::UnknownLeaderEpoch,
        ] {
            assert!(passes(&KafkaError::MetadataFetch(code)), "{code:?}");
        }
        assert!(!passes(&KafkaError::MetadataFetch(RDKafkaErrorCode::TopicAuthorizationFailed)));
    }
}
