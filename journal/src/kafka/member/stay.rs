//! A member in the middle of a long piece of work.
//!
//! A group lets go of whoever does not poll for long (`max.poll.interval.ms`), and waits for its members to
//! poll whenever somebody comes or goes. So a member that works for long polls all the same. What comes
//! by that it keeps for its next poll, and until then it counts as not polled.

use std::time::{Duration, Instant};

use rdkafka::{Message, consumer::Consumer, error::KafkaError, message::BorrowedMessage};

use super::{
    super::{Shared, context, denied::denial, position, reader::entry, signed},
    Held, KafkaMember,
};
use crate::{Event, JournalError, Position, TopicPartition};

/// How often a member polls that works.
const INTERVAL: Duration = Duration::from_secs(1);

/// An entry that came, and the position behind it.
pub(super) struct Came {
    pub(super) at: TopicPartition,
    next: Position,
    event: Option<Event>,
}

impl Came {
    /// Where a message lies; nothing of a topic that is not ours.
    pub(super) fn of(shared: &Shared, message: &BorrowedMessage<'_>) -> Option<Self> {
        let topic = shared.cluster.topic(message.topic())?;
        let at = TopicPartition { topic, partition: u32::try_from(message.partition()).ok()? };
        let event = entry(at, message).map(Event::Entry);
        Some(Self { at, next: position(message.offset()) + 1, event })
    }

    /// Takes it in; nothing of a partition that is not in hand any more.
    pub(super) fn taken(self, held: &mut [Held]) -> Option<Event> {
        let held = held.iter_mut().find(|held| held.at == self.at)?;
        // It may have been moved past a record for no reader before that came.
        held.next = held.next.max(self.next);
        self.event
    }
}

impl KafkaMember {
    /// Polls if that was long ago; whether what is in hand still is this member's.
    pub(super) fn stays(&mut self) -> Result<bool, JournalError> {
        if self.polled_at.elapsed() >= INTERVAL {
            self.polled_at = Instant::now();
            // Where the group begins anew, the client drops what it has fetched, and says that next.
            match self.consumer.poll(Duration::ZERO) {
                Some(Ok(message)) => self.came.extend(Came::of(&self.shared, &message)),
                Some(Err(error)) => self.hear(error)?,
                None => {}
            }
        }
        Ok(self.generation.is_some() && !self.consumer.context().has_changes())
    }

    /// What a poll says that is no record.
    pub(super) fn hear(&mut self, error: KafkaError) -> Result<(), JournalError> {
        match error {
            KafkaError::PartitionEOF(partition) => {
                let same = |held: &&mut Held| signed(held.at.partition) == partition;
                self.held.iter_mut().filter(same).for_each(|held| held.is_unsure = true);
            }
            KafkaError::MessageConsumptionFatal(_) => return Err(self.unread(error)),
            // The client mends its connections itself.
            _ => {
                if let Some(code) = denial(&error) {
                    self.denied.get_or_insert((code, Instant::now()));
                }
                context::disturbed(&error, &error.to_string());
            }
        }
        Ok(())
    }
}
