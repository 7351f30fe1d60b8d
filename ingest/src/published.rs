//! What is in the journal already, as far as a later run must know it.

use std::collections::BTreeSet;

use colloquy_journal::{Content, Entry, Journal, TopicPartition};
use colloquy_transcript::{Partitioning, Record, Topic};

use crate::{IngestError, relate::Relate, tags::Matcher};

/// Notes every post of the matcher's chats that is in the journal. Nothing is joined or committed.
pub(crate) fn note_published(
    journal: &dyn Journal,
    matcher: &Matcher,
    relate: &mut Relate<'_>,
) -> Result<(), IngestError> {
    let partitions: BTreeSet<u32> = matcher
        .all()
        .iter()
        .map(|chat| Partitioning::Chat(chat).among(journal.partitions()))
        .collect();
    let mut noted = Ok(());
    for partition in partitions {
        let at = TopicPartition { topic: Topic::Posts, partition };
        journal.read(at, 0, journal.end(at)?, &mut |Entry { content, .. }| {
            if noted.is_ok()
                && let Content::Record(Record::Post(ground)) = content
            {
                noted = relate.note_kept(&ground.post, matcher.named(&ground.chat));
            }
        })?;
    }
    noted
}
