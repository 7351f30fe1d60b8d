//! The report's state: what is in hand, what is whole, and from where on a restart must read.
//!
//! **Invariant:** no I/O and no clock. The driver performs what this decides.

use std::collections::BTreeMap;

use colloquy_journal::{Content, Entry, Position, TopicPartition};
use colloquy_transcript::{ChatName, DeadLetter, Record, SessionId, SessionRecord, Topic};

use super::{
    chats::ChatState,
    marks::Marks,
    waiting::{Oldest, Waiting, Whole},
};
use crate::view::ChatView;

/// A session whose parts are all in hand.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Job {
    /// Its partition.
    pub(crate) partition: u32,
    /// Position of its record in `sessions`.
    pub(crate) position: Position,
    /// See [`Waiting::since`].
    pub(crate) since: Position,
    /// Its parts.
    pub(crate) whole: Whole,
}

/// A session record that cannot be published, since the journal lacks parts of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unwritten {
    /// Its partition.
    pub(crate) partition: u32,
    /// Position of the record in `sessions`.
    pub(crate) position: Position,
    /// See [`Waiting::since`].
    pub(crate) since: Position,
    /// The record.
    pub(crate) record: SessionRecord,
}

/// One chat.
#[derive(Debug, Default)]
struct Chat {
    state: ChatState,
    waiting: BTreeMap<SessionId, Waiting>,
    /// Its own files no longer say what `state` says.
    dirty: bool,
}

/// Where the parts of a published session lie. While `sessions` is to be read again from before
/// its record, its parts are to be read again too.
#[derive(Debug)]
struct Done {
    position: Position,
    oldest: Oldest,
    posts_from: Position,
}

/// One partition of every topic.
#[derive(Debug, Default)]
struct Partition {
    chats: BTreeMap<ChatName, Chat>,
    marks: Marks,
    done: Vec<Done>,
    settled: Position,
}

/// Everything in hand, by partition.
#[derive(Debug, Default)]
pub(crate) struct State {
    partitions: BTreeMap<u32, Partition>,
}

impl State {
    /// Begins with a partition; one that is already in hand stays as it is.
    pub(crate) fn assign(&mut self, partition: u32) {
        self.partitions.entry(partition).or_default();
    }

    /// Forgets a partition, which is another member's now.
    pub(crate) fn revoke(&mut self, partition: u32) {
        self.partitions.remove(&partition);
    }

    /// Takes a record that an earlier run has read and whose effects are durable.
    pub(crate) fn recall(&mut self, entry: Entry) {
        let Some(partition) = self.partitions.get_mut(&entry.at.partition) else {
            return;
        };
        let Content::Record(record) = entry.content else {
            // The earlier run has set it aside.
            return;
        };
        match record {
            Record::Session(record) => {
                partition.settled = partition.settled.max(record.settled_position);
                partition.chat(&record.chat).state.publish(&record);
            }
            other => partition.take(entry.position, other),
        }
    }

    /// Takes a record. What cannot be read comes back as a dead letter.
    pub(crate) fn take(&mut self, entry: Entry) -> Option<DeadLetter> {
        let Entry { at, position, content, appended_at: _ } = entry;
        let partition = self.partitions.get_mut(&at.partition)?;
        match content {
            Content::Record(record) => {
                partition.take(position, record);
                None
            }
            Content::Unreadable { bytes, reason } => {
                let entry = (at.topic, at.partition);
                Some(DeadLetter::of_entry(entry, position, "report", reason, bytes))
            }
        }
    }

    /// Takes out every session that is whole, in the order in which they were published.
    pub(crate) fn take_whole(&mut self) -> Vec<Job> {
        let mut jobs = Vec::new();
        for (&number, partition) in &mut self.partitions {
            for chat in partition.chats.values_mut() {
                for waiting in chat.waiting.values_mut() {
                    let since = waiting.since();
                    let Some((position, oldest, whole)) = waiting.take_whole() else {
                        continue;
                    };
                    let since = since.unwrap_or(position);
                    let posts_from = whole.record.positions_from;
                    partition.done.push(Done { position, oldest, posts_from });
                    jobs.push(Job { partition: number, position, since, whole });
                }
                chat.waiting.retain(|_, waiting| !waiting.is_empty());
            }
        }
        jobs.sort_by_key(|job| (job.partition, job.position));
        jobs
    }

    /// Notes that a session's files say what `record` says, or are gone with it.
    pub(crate) fn published(&mut self, partition: u32, record: &SessionRecord) {
        if let Some(partition) = self.partitions.get_mut(&partition) {
            let chat = partition.chat(&record.chat);
            chat.state.publish(record);
            chat.dirty = true;
        }
    }

    /// Notes that the journal does not hold all of a session at the moment.
    pub(crate) fn stick(&mut self, unwritten: Unwritten) {
        let Unwritten { partition, position, since, record } = unwritten;
        if let Some(partition) = self.partitions.get_mut(&partition) {
            let chat = partition.chat(&record.chat);
            chat.waiting.entry(record.session).or_default().stick(position, since, record);
        }
    }

    /// Drops the rows that no record speaks of, and lists the records whose rows are missing.
    /// To be called when every topic was read to its end: rows come in one transaction with
    /// their record, so that the record of any row in hand has been read or replaced.
    pub(crate) fn sweep(&mut self) -> Vec<Unwritten> {
        let mut missing = Vec::new();
        for (&number, partition) in &mut self.partitions {
            for chat in partition.chats.values_mut() {
                for waiting in chat.waiting.values_mut() {
                    waiting.drop_rows();
                    if let Some((position, since, record)) = waiting.hopeful() {
                        let record = record.clone();
                        missing.push(Unwritten { partition: number, position, since, record });
                    }
                }
                chat.waiting.retain(|_, waiting| !waiting.is_empty());
            }
        }
        missing
    }

    /// Puts back the rows that were found for a record.
    pub(crate) fn repair(&mut self, partition: u32, rows: Vec<(Position, Record)>) {
        if let Some(partition) = self.partitions.get_mut(&partition) {
            for (position, row) in rows {
                partition.take(position, row);
            }
        }
    }

    /// Whether any session is half received, or any row without its record.
    pub(crate) fn has_leftovers(&self) -> bool {
        self.chats().any(|(_, chat)| {
            chat.waiting.values().any(|w| w.target().is_none() || w.hopeful().is_some())
        })
    }

    /// The sessions whose records still wait for their parts.
    pub(crate) fn unfinished(&self) -> Vec<(ChatName, SessionId)> {
        let mut names = Vec::new();
        for (name, chat) in self.chats() {
            let waiting = chat.waiting.iter().filter(|(_, waiting)| waiting.target().is_some());
            names.extend(waiting.map(|(session, _)| (name.clone(), *session)));
        }
        names
    }

    /// How many partitions are in hand.
    pub(crate) fn partitions(&self) -> usize {
        self.partitions.len()
    }

    /// Whether the marks of every partition in hand say that the run is over.
    pub(crate) fn is_over(&self) -> bool {
        !self.partitions.is_empty() && self.partitions.values().all(|p| p.marks.is_over())
    }

    /// The first position of a topic whose effects are not all published, when it was read up to
    /// `next`.
    pub(crate) fn needed_from(&self, at: TopicPartition, next: Position) -> Position {
        let Some(partition) = self.partitions.get(&at.partition) else {
            return next;
        };
        let floor = match at.topic {
            Topic::Sessions => partition.sessions_floor(),
            Topic::Annotations => partition.rows_floor(|oldest| oldest.annotations),
            Topic::Participation => partition.rows_floor(|oldest| oldest.participation),
            Topic::Attendance => partition.rows_floor(|oldest| oldest.attendance),
            Topic::Posts => Some(partition.posts_floor()),
            Topic::Decisions | Topic::Coverage | Topic::DeadLetters => None,
        };
        floor.unwrap_or(next).min(next)
    }

    /// Forgets where the parts of sessions lie whose record need not be read again; to be called
    /// after a commit.
    pub(crate) fn prune(&mut self) {
        for partition in self.partitions.values_mut() {
            match partition.sessions_floor() {
                Some(floor) => partition.done.retain(|done| done.position >= floor),
                None => partition.done.clear(),
            }
        }
    }

    /// The chats whose own files are to be written anew; they count as written from now on.
    pub(crate) fn take_dirty(&mut self) -> Vec<(ChatName, ChatState)> {
        let mut dirty = Vec::new();
        for partition in self.partitions.values_mut() {
            for (name, chat) in &mut partition.chats {
                if std::mem::take(&mut chat.dirty) {
                    dirty.push((name.clone(), chat.state.clone()));
                }
            }
        }
        dirty
    }

    /// Every chat, by name.
    pub(crate) fn views(&self) -> Vec<ChatView> {
        let mut views: Vec<ChatView> = self
            .chats()
            .filter(|(_, chat)| chat.state != ChatState::default())
            .map(|(name, chat)| chat.state.view(name))
            .collect();
        views.sort_by(|a, b| a.name.cmp(&b.name));
        views
    }

    /// Whether a session is published.
    pub(crate) fn is_published(&self, chat: &ChatName, session: SessionId) -> bool {
        let mut chats = self.chats().filter(|(name, _)| *name == chat);
        chats.any(|(_, chat)| chat.state.published(session).is_some())
    }

    fn chats(&self) -> impl Iterator<Item = (&ChatName, &Chat)> {
        self.partitions.values().flat_map(|partition| &partition.chats)
    }
}

impl Partition {
    fn chat(&mut self, name: &ChatName) -> &mut Chat {
        // Names are short enough to be cloned without an allocation.
        self.chats.entry(name.clone()).or_default()
    }

    fn waiting(&mut self, chat: &ChatName, session: SessionId) -> &mut Waiting {
        self.chat(chat).waiting.entry(session).or_default()
    }

    fn take(&mut self, position: Position, record: Record) {
        match record {
            // What was said of a post at its arrival is for who watches the room.
            Record::Annotation(row) if row.is_provisional() => {}
            Record::Annotation(row) => {
                self.waiting(&row.chat, row.session).annotation(position, row);
            }
            Record::Participation(row) => {
                self.waiting(&row.chat, row.session).participation(position, row);
            }
            Record::Attendance(row) => {
                self.waiting(&row.chat, row.session).attendance(position, row);
            }
            Record::Session(record) => self.session(position, *record),
            Record::Coverage(watched) => {
                let chat = self.chat(&watched.chat);
                chat.dirty = true;
                chat.state.watched(watched);
            }
            Record::Decision(decision) => {
                let chat = self.chat(&decision.chat);
                chat.dirty = true;
                chat.state.decided(decision);
            }
            Record::Mark(mark) => self.marks.take(position, mark),
            // Posts are read by range once their session is whole; dead letters are nobody's.
            Record::Post(_) | Record::DeadLetter(_) => {}
        }
    }

    fn session(&mut self, position: Position, record: SessionRecord) {
        self.settled = self.settled.max(record.settled_position);
        let chat = self.chat(&record.chat);
        let waits = chat.waiting.get(&record.session).is_some_and(|w| w.target().is_some());
        let published = chat.state.published(record.session);
        // The same state once more. Not so after another record, even one that was not published
        // by this run: a killed run may have left its files. For the same reason a session that
        // is gone is always removed.
        if record.gone || waits || published != Some(record.fingerprint) {
            chat.waiting.entry(record.session).or_default().aim(position, record);
        }
    }

    fn all_waiting(&self) -> impl Iterator<Item = &Waiting> {
        self.chats.values().flat_map(|chat| chat.waiting.values())
    }

    fn sessions_floor(&self) -> Option<Position> {
        self.all_waiting().filter_map(Waiting::since).min()
    }

    /// The sessions published already that a restart would meet again.
    fn met_again(&self) -> impl Iterator<Item = &Done> {
        let floor = self.sessions_floor();
        self.done.iter().filter(move |done| floor.is_some_and(|floor| done.position >= floor))
    }

    fn rows_floor(&self, topic: impl Fn(&Oldest) -> Option<Position>) -> Option<Position> {
        let held = self.all_waiting().filter_map(|waiting| topic(&waiting.oldest()));
        let again = self.met_again().filter_map(|done| topic(&done.oldest));
        held.chain(again).min()
    }

    fn posts_floor(&self) -> Position {
        let wanted = self.all_waiting().filter_map(Waiting::target).filter(|record| !record.gone);
        let wanted = wanted.map(|record| record.positions_from);
        let again = self.met_again().map(|done| done.posts_from);
        wanted.chain(again).min().unwrap_or(Position::MAX).min(self.settled)
    }
}
