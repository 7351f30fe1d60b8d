//! Records to bytes and back, for the journals that outlive the program.

use colloquy_transcript::{
    CompactString, Record, Topic,
    wire::{decode, encode},
};

use crate::{Content, TopicPartition};

/// A record on its way to where it will lie.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// Topic and partition.
    pub(crate) at: TopicPartition,
    /// Compaction key.
    pub(crate) key: CompactString,
    /// End of its value in [`Batch::bytes`]; it begins where the one before ends.
    until: usize,
}

/// Encoded records; all values lie in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    records: Vec<Encoded>,
    bytes: Vec<u8>,
}

impl Batch {
    /// Encodes `records`, each for its partition among `partitions`.
    pub(crate) fn new(records: &[Record], partitions: u32) -> Self {
        let mut batch = Self { records: Vec::with_capacity(records.len()), bytes: Vec::new() };
        for record in records {
            let partition = record.partitioning().among(partitions);
            let at = TopicPartition { topic: record.topic(), partition };
            encode(record, &mut batch.bytes);
            batch.records.push(Encoded { at, key: record.key(), until: batch.bytes.len() });
        }
        batch
    }

    /// Number of records.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Every record with its value, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Encoded, &[u8])> {
        let mut from = 0;
        self.records.iter().map(move |record| {
            let value = self.bytes.get(from..record.until).unwrap_or_default();
            from = record.until;
            (record, value)
        })
    }
}

/// What `value` holds; never an error, since a reader must go on.
pub(crate) fn content(topic: Topic, value: &[u8]) -> Content {
    match decode(topic, value) {
        Ok(record) => Content::Record(record),
        Err(error) => Content::Unreadable { bytes: value.to_vec(), reason: error.to_string() },
    }
}
