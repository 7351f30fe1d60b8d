//! Writes posts to the journal in order of time, with marks of how far the source is complete.

use std::sync::Arc;

use colloquy_journal::{Journal, Placed, TopicPartition};
use colloquy_transcript::{GroundPost, Mark, Post, PostId, Record, Standing, Timestamp, Topic};

use crate::{
    IngestError, Observer,
    aliases::Aliases,
    decode::is_about,
    order::{Row, hash_of},
    people::People,
    tags::Matcher,
};

/// The name of this source in its marks.
pub(crate) const SOURCE: &str = "file";
/// Records of one append.
const BATCH_RECORDS_MAX: usize = 1_000;
/// Bytes of one append, roughly; a single post may be larger.
const BATCH_BYTES_MAX: usize = 2_000_000;
/// Posts between two marks.
const MARK_EVERY_POSTS: u64 = 5_000;

/// Writes posts and marks.
pub(crate) struct Publisher<'p> {
    journal: &'p dyn Journal,
    matcher: &'p Matcher,
    observe: &'p dyn Observer,
    batch: Vec<Record>,
    batch_bytes: usize,
    /// By partition: one past the last position appended to `posts`.
    through: Vec<u64>,
    last: Option<Timestamp>,
    expected: u64,
    /// Posts (not their copies per chat) since the last append, and since the last mark.
    in_batch: u64,
    since_mark: u64,
    published: u64,
}

/// Says that the source is about to begin, for somebody who starts readers before the source: they
/// would take the end of an earlier run for the end of this one.
pub fn announce(journal: &dyn Journal) -> Result<(), IngestError> {
    write_marks(journal, Standing::Begun, &ends(journal)?)
}

/// One past the last post of every partition. A mark waits for these even where this run adds none.
fn ends(journal: &dyn Journal) -> Result<Vec<u64>, IngestError> {
    (0..journal.partitions())
        .map(|partition| Ok(journal.end(TopicPartition { topic: Topic::Posts, partition })?))
        .collect()
}

impl<'p> Publisher<'p> {
    /// Says that the source has begun.
    pub(crate) fn begin(
        journal: &'p dyn Journal,
        matcher: &'p Matcher,
        observe: &'p dyn Observer,
    ) -> Result<Self, IngestError> {
        let publisher = Self {
            journal,
            matcher,
            observe,
            batch: Vec::with_capacity(BATCH_RECORDS_MAX),
            batch_bytes: 0,
            through: ends(journal)?,
            last: None,
            expected: 0,
            in_batch: 0,
            since_mark: 0,
            published: 0,
        };
        publisher.mark(Standing::Begun)?;
        Ok(publisher)
    }

    /// Sets how many posts will come, for the observer.
    pub(crate) fn expect(&mut self, posts: u64) {
        self.expected = posts;
    }

    /// Takes the next post. Returns whether a batch was just written, the moment to stop at.
    pub(crate) fn publish(
        &mut self,
        row: Row,
        aliases: &Aliases,
        people: &People,
    ) -> Result<bool, IngestError> {
        let chats = self.matcher.chats(row.set);
        let parents = row.parents.clone();
        let Some(mut post) = row.into_post()? else {
            return Ok(false);
        };
        if !aliases.is_empty() || references(&post.post).any(is_about) {
            resolve(&mut Arc::make_mut(&mut post).post, &parents, aliases);
        }
        if let Some(author) = people.completed(&post.post.author, post.post.created_at) {
            Arc::make_mut(&mut post).post.author = author;
        }
        self.last = Some(post.post.created_at);
        self.batch_bytes += post.memory_bytes() * chats.len();
        let mut chats = chats.into_iter().peekable();
        while let Some(chat) = chats.next() {
            if chats.peek().is_some() {
                let copy = GroundPost { chat, post: post.post.clone() };
                self.batch.push(Record::Post(Arc::new(copy)));
            } else {
                Arc::make_mut(&mut post).chat = chat;
                self.batch.push(Record::Post(post));
                break;
            }
        }
        self.in_batch += 1;
        if self.batch.len() < BATCH_RECORDS_MAX && self.batch_bytes < BATCH_BYTES_MAX {
            return Ok(false);
        }
        self.flush()?;
        if self.since_mark >= MARK_EVERY_POSTS {
            self.mark_progress()?;
        }
        Ok(true)
    }

    /// Writes what is in hand and returns the number of records written in all; the run is not
    /// over.
    pub(crate) fn pause(mut self) -> Result<u64, IngestError> {
        self.flush()?;
        Ok(self.published)
    }

    /// Writes what is in hand, says that the run is over, and returns the number of records.
    pub(crate) fn end(mut self) -> Result<u64, IngestError> {
        self.flush()?;
        self.mark(Standing::Ended)?;
        Ok(self.published)
    }

    fn flush(&mut self) -> Result<(), IngestError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.batch_bytes = 0;
        let full = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH_RECORDS_MAX));
        for Placed { at, position } in self.journal.append(full)? {
            self.published += 1;
            if at.topic == Topic::Posts
                && let Some(through) = self.through.get_mut(at.partition as usize)
            {
                *through = (*through).max(position + 1);
            }
        }
        self.since_mark += self.in_batch;
        self.observe.published(self.in_batch, self.expected);
        self.in_batch = 0;
        Ok(())
    }

    /// Posts of the same instant as the last one may still come: the mark ends just before it.
    fn mark_progress(&mut self) -> Result<(), IngestError> {
        self.since_mark = 0;
        let before = self.last.and_then(|last| {
            Timestamp::from_microsecond(last.as_microsecond().checked_sub(1)?).ok()
        });
        match before {
            Some(before) => self.mark(Standing::CompleteUntil(before)),
            None => Ok(()),
        }
    }

    fn mark(&self, standing: Standing) -> Result<(), IngestError> {
        write_marks(self.journal, standing, &self.through)
    }
}

/// One mark for every partition.
fn write_marks(
    journal: &dyn Journal,
    standing: Standing,
    through: &[u64],
) -> Result<(), IngestError> {
    let marks = (0..).zip(through).map(|(partition, &through)| {
        Record::Mark(Mark { partition, source: SOURCE.into(), standing, through })
    });
    journal.append(marks.collect())?;
    Ok(())
}

fn references(post: &Post) -> impl Iterator<Item = &PostId> {
    [&post.reply_to, &post.quote_of, &post.repost_of].into_iter().flatten()
}

/// Puts ids where the post refers to others by other names.
fn resolve(post: &mut Post, parents: &[u64], aliases: &Aliases) {
    if post.reply_to.is_none() {
        post.reply_to = parents.iter().filter_map(|name| aliases.get(*name)).min().cloned();
    }
    let first_version = |reference: &mut Option<PostId>| {
        if let Some(id) = reference.as_ref().and_then(|id| aliases.get(hash_of(id))) {
            *reference = Some(id.clone());
        }
        // What rounding left of an id names nobody else.
        reference.take_if(|id| is_about(id));
    };
    first_version(&mut post.reply_to);
    first_version(&mut post.quote_of);
    first_version(&mut post.repost_of);
}
