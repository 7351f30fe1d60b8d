//! Reading a range of one partition.

use std::time::{Duration, Instant, UNIX_EPOCH};

use rdkafka::{
    Message, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::BorrowedMessage,
};

use super::{
    OUTAGE_WAIT, config::Cluster, context::Heard, denied::DENIED_WAIT, offset, patience::Patience,
    position, rights::is_of_topic, signed, tag::is_end,
};
use crate::{Content, Entry, Position, TopicPartition, codec::content};

/// Longest single wait for a record; only bounds how late a timeout is noticed.
const SLICE: Duration = Duration::from_millis(100);

/// A consumer of one partition at a time, outside any group.
pub(super) struct Reader {
    pub(super) consumer: BaseConsumer<Heard>,
}

impl Reader {
    pub(super) fn new(cluster: &Cluster) -> Result<Self, KafkaError> {
        Ok(Self { consumer: cluster.reader().create_with_context(Heard::default())? })
    }

    /// One that also reads what is not committed.
    pub(super) fn of_all(cluster: &Cluster) -> Result<Self, KafkaError> {
        Ok(Self { consumer: cluster.reader_of_all().create_with_context(Heard::default())? })
    }

    /// Hands the committed records of the range to `each`, in order, until it says `false` or
    /// the partition ends. The end is the one that holds when this is called, or a later one:
    /// reading starts after the call, so "nothing there" is never older than it.
    ///
    /// # Errors
    /// A timeout after minutes without any progress, or soon after a stop; whatever the client calls fatal.
    pub(super) fn read(
        &self,
        patience: &Patience,
        name: &str,
        at: TopicPartition,
        range: (Position, Position),
        each: &mut dyn FnMut(Entry) -> bool,
    ) -> Result<(), KafkaError> {
        let mut each = |message: &BorrowedMessage<'_>| entry(at, message).is_none_or(&mut *each);
        self.read_messages(patience, name, at, range, &mut each)
    }

    /// Whether a committed record lies in the range: the end of a transaction takes a position, too.
    pub(super) fn holds_any(
        &self,
        cluster: &Cluster,
        at: TopicPartition,
        range: (Position, Position),
    ) -> Result<bool, KafkaError> {
        let mut any = false;
        self.read(cluster.patience(), cluster.name(at.topic), at, range, &mut |_| {
            any = true;
            false
        })?;
        Ok(any)
    }

    /// Hands every message of the range to `each`, also those that are for no reader; ends and fails as
    /// [`Self::read`] does.
    pub(super) fn read_messages(
        &self,
        patience: &Patience,
        name: &str,
        at: TopicPartition,
        range: (Position, Position),
        each: &mut dyn FnMut(&BorrowedMessage<'_>) -> bool,
    ) -> Result<(), KafkaError> {
        if range.0 >= range.1 {
            return Ok(());
        }
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(name, signed(at.partition), offset(range.0))?;
        self.consumer.assign(&list)?;
        let read = self.run(patience, range.1, each);
        self.consumer.unassign()?;
        read
    }

    fn run(
        &self,
        patience: &Patience,
        until: Position,
        each: &mut dyn FnMut(&BorrowedMessage<'_>) -> bool,
    ) -> Result<(), KafkaError> {
        let mut deadline = Instant::now() + OUTAGE_WAIT;
        // The client says it once, and tries on by itself.
        let mut denied: Option<(KafkaError, Instant)> = None;
        while !patience.is_over(deadline) {
            if let Some((error, since)) = &denied
                && since.elapsed() >= DENIED_WAIT
            {
                return Err(error.clone());
            }
            match self.consumer.poll(SLICE) {
                Some(Ok(message)) => {
                    deadline = Instant::now() + OUTAGE_WAIT;
                    denied = None;
                    let position = position(message.offset());
                    if position >= until {
                        return Ok(());
                    }
                    // The last of the range spares the wait for the end.
                    let is_last = position + 1 == until;
                    if !each(&message) || is_last {
                        return Ok(());
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(()),
                Some(Err(error @ KafkaError::MessageConsumptionFatal(_))) => return Err(error),
                Some(Err(error)) if is_of_topic(&error) => {
                    denied.get_or_insert_with(|| (error, Instant::now()));
                }
                // The client mends its connections itself.
                Some(Err(error)) => tracing::debug!(%error, "reading a range was disturbed"),
                None => (),
            }
        }
        Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut))
    }
}

/// A message as an entry, unless it is for no reader.
pub(super) fn entry(at: TopicPartition, message: &BorrowedMessage<'_>) -> Option<Entry> {
    if is_end(message) {
        return None;
    }
    let content = match message.payload() {
        Some(value) => content(at.topic, value),
        None => Content::Unreadable { bytes: Vec::new(), reason: "the value is null".to_owned() },
    };
    let appended_at = message.timestamp().to_millis().and_then(|millis| u64::try_from(millis).ok());
    let appended_at = appended_at.map(|millis| UNIX_EPOCH + Duration::from_millis(millis));
    Some(Entry { at, position: position(message.offset()), appended_at, content })
}
