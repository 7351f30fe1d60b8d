//! The loop that performs what the `state` decides: it polls the journal, writes the files of
//! sessions that are whole, and commits positions only after those files are durable.
//!
//! A session is whole when its record and as many annotations, participation and attendance rows
//! of the same fingerprint are in hand as the record speaks of. Its posts are then read by range.
//!
//! After a restart the report reads again what it had not yet published, and the whole of
//! `sessions`, `coverage` and `decisions`, which are small: it never lets them go. Of what lies
//! below the committed `unpublished` it only remembers that the files are there.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant, SystemTime},
};

use colloquy_journal::{
    Assignment, Entry, Event, Group, Journal, Member, Position, TopicPartition,
};
use colloquy_transcript::{DeadLetter, SessionRecord, Topic};

mod chats;
mod commit;
mod fetch;
mod marks;
mod publish;
#[cfg(test)]
mod simulation;
mod state;
mod waiting;

#[cfg(test)]
mod tests;

use crate::{
    ReportError,
    lake::files::Store,
    summary::Brief,
    telemetry,
    view::{ChatView, SessionView},
};
use fetch::Fetched;
use state::{State, Unwritten};

/// The group that reports share.
pub const GROUP: &str = "report";

/// Entries taken in one poll at most.
const POLL_ENTRIES_MAX: usize = 4_096;

/// Longest wait for something to read.
const POLL_WAIT: Duration = Duration::from_millis(100);

/// What the report needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// The output folder.
    pub out: PathBuf,
    /// Whether to end once the run is over and everything is published.
    pub until_idle: bool,
    /// Whether the journal keeps posts until this group has let them go (memory). It then reads
    /// along the posts and commits how far they are settled.
    pub release_posts: bool,
}

/// What was done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entries read.
    pub entries: u64,
    /// Sessions and weeks written, revisions included.
    pub sessions_written: u64,
    /// Sessions and weeks removed.
    pub sessions_removed: u64,
    /// Rows of `posts` written, revisions included.
    pub posts_written: u64,
    /// Files written.
    pub files_written: u64,
    /// Bytes of those.
    pub bytes_written: u64,
    /// Entries that could not be read and were set aside as dead letters.
    pub unreadable: u64,
}

/// How a report ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Every chat of the partitions in hand, by name.
    pub chats: Vec<ChatView>,
    /// The newest meeting among those written in this run.
    pub last: Option<Brief>,
    /// What was done.
    pub counts: Counts,
    /// Whether it ended because everything is published, and not because it was stopped.
    pub complete: bool,
}

/// Reports until `stop` is set, or until everything is published if so asked. `observe` is told
/// the counts after every commit.
pub fn run(
    journal: &dyn Journal,
    options: &Options,
    stop: &AtomicBool,
    observe: &mut dyn FnMut(&Counts),
) -> Result<Outcome, ReportError> {
    let mut driver = Driver::start(journal, options)?;
    let mut complete = false;
    telemetry::committed(&driver.counts, &driver.counts);
    while !complete && !stop.load(Ordering::Relaxed) {
        let idle = driver.turn()?;
        complete = driver.settle(idle, options.until_idle)?;
        if complete && options.release_posts {
            driver.remove_leftovers()?;
        }
        if complete || driver.is_due() {
            driver.commit()?;
            observe(&driver.counts);
        }
    }
    driver.commit()?;
    observe(&driver.counts);
    driver.finish(complete)
}

/// Makes the group known before anything is written: a memory journal keeps from then on what the
/// report needs, however late its thread comes to run.
pub fn hold(journal: &dyn Journal, options: &Options) -> Result<(), ReportError> {
    join(journal, options)?.leave()?;
    Ok(())
}

fn join(journal: &dyn Journal, options: &Options) -> Result<Box<dyn Member>, ReportError> {
    let mut topics = vec![
        Topic::Sessions,
        Topic::Annotations,
        Topic::Participation,
        Topic::Attendance,
        Topic::Coverage,
        Topic::Decisions,
    ];
    if options.release_posts {
        topics.push(Topic::Posts);
    }
    Ok(journal.join(Group { name: GROUP, reads: &topics, writes: &[Topic::DeadLetters] })?)
}

struct Driver<'a> {
    journal: &'a dyn Journal,
    member: Box<dyn Member>,
    store: Store,
    state: State,
    /// Every partition in hand.
    positions: BTreeMap<TopicPartition, Reading>,
    dead_letters: Vec<DeadLetter>,
    last: Option<Brief>,
    counts: Counts,
    /// The counts at the last commit.
    counted: Counts,
    /// Of every session written since the last commit, when its newest post was appended.
    appended: Vec<SystemTime>,
    /// The pages over all chats were not yet written, or no longer say what is so.
    overview_dirty: bool,
    /// It was said that partitions are another's.
    waits_for_partitions: bool,
    entries_since_commit: u64,
    committed_at: Instant,
}

/// How far one partition of a topic was read.
#[derive(Debug, Clone, Copy)]
struct Reading {
    next: Position,
    /// What the group has committed: oldest position needed, first one unpublished.
    committed: (Position, Position),
    /// Below this, an earlier run has published everything.
    recall_until: Position,
}

impl<'a> Driver<'a> {
    fn start(journal: &'a dyn Journal, options: &Options) -> Result<Self, ReportError> {
        let store = Store::open(&options.out)?;
        Ok(Self {
            journal,
            member: join(journal, options)?,
            store,
            state: State::default(),
            positions: BTreeMap::new(),
            dead_letters: Vec::new(),
            last: None,
            counts: Counts::default(),
            counted: Counts::default(),
            appended: Vec::new(),
            overview_dirty: true,
            waits_for_partitions: false,
            entries_since_commit: 0,
            committed_at: Instant::now(),
        })
    }

    /// Polls once and publishes what became whole; says whether there was nothing to read.
    fn turn(&mut self) -> Result<bool, ReportError> {
        let events = self.member.poll(POLL_ENTRIES_MAX, POLL_WAIT)?;
        let idle = events.is_empty();
        for event in events {
            match event {
                Event::Assigned(assignments) => self.assigned(&assignments),
                Event::Revoked(partitions) => self.revoked(&partitions),
                Event::Entry(entry) => self.entry(entry),
            }
        }
        self.publish()?;
        Ok(idle)
    }

    fn assigned(&mut self, assignments: &[Assignment]) {
        for Assignment { at, committed } in assignments {
            self.state.assign(at.partition);
            let (next, unpublished) =
                committed.map_or((0, 0), |progress| (progress.position, progress.unpublished));
            let recall_until = if commit::is_remembered(at.topic) { unpublished } else { 0 };
            let committed = (next, unpublished);
            self.positions.insert(*at, Reading { next, committed, recall_until });
        }
        self.overview_dirty = true;
    }

    fn entry(&mut self, entry: Entry) {
        // Entries of a partition that was revoked in the meantime are its new owner's.
        let Some(reading) = self.positions.get_mut(&entry.at) else {
            return;
        };
        reading.next = entry.position.saturating_add(1);
        let known = entry.position < reading.recall_until;
        self.counts.entries += 1;
        self.entries_since_commit += 1;
        if known {
            self.state.recall(entry);
        } else if let Some(letter) = self.state.take(entry) {
            self.set_aside(letter);
        }
    }

    fn revoked(&mut self, partitions: &[TopicPartition]) {
        for at in partitions {
            self.state.revoke(at.partition);
            self.positions.remove(at);
        }
    }

    fn set_aside(&mut self, letter: DeadLetter) {
        telemetry::set_aside(&letter);
        self.counts.unreadable += 1;
        self.dead_letters.push(letter);
    }

    /// Writes aside every session that is whole, and removes those that are gone.
    fn publish(&mut self) -> Result<(), ReportError> {
        let (gone, jobs): (Vec<_>, Vec<_>) =
            self.state.take_whole().into_iter().partition(|job| job.whole.record.gone);
        for job in gone {
            let record = &job.whole.record;
            publish::gone(&mut self.store, &record.chat, record.session)?;
            self.state.published(job.partition, record);
            self.counts.sessions_removed += 1;
            self.overview_dirty = true;
            self.last.take_if(|last| is_same_session(&last.record, record));
        }
        for group in fetch::group(jobs) {
            // Whoever has the partitions by now writes the same bytes.
            self.member.stay()?;
            for fetched in fetch::fetch(self.journal, group)? {
                match fetched {
                    Fetched::View(partition, view, appended_at) => {
                        self.appended.extend(appended_at);
                        self.write(partition, &view)?;
                    }
                    Fetched::Missing(unwritten, posts) => self.stick(*unwritten, posts),
                }
            }
        }
        Ok(())
    }

    /// Removes what an earlier run left of sessions that are no more. A journal in memory does not
    /// remember that they were, so the folder is asked; all that there is was published by now.
    fn remove_leftovers(&mut self) -> Result<(), ReportError> {
        for chat in self.state.views().into_iter().map(|view| view.name) {
            for session in self.store.sessions(&chat)? {
                if !self.state.is_published(&chat, session) {
                    publish::gone(&mut self.store, &chat, session)?;
                    self.counts.sessions_removed += 1;
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, partition: u32, view: &SessionView) -> Result<(), ReportError> {
        publish::session(&mut self.store, view)?;
        self.state.published(partition, &view.record);
        self.overview_dirty = true;
        self.counts.sessions_written += 1;
        self.counts.posts_written += view.posts.len() as u64;
        let of = &view.record;
        let newest = self.last.as_ref().is_none_or(|last| newness(&last.record) <= newness(of));
        let revised = self.last.as_ref().is_some_and(|last| is_same_session(&last.record, of));
        if of.session.is_meeting() && (newest || revised) {
            self.last = Some(Brief::of(view));
        }
        Ok(())
    }

    fn stick(&mut self, unwritten: Unwritten, missing: usize) {
        telemetry::stuck(&unwritten.record, missing);
        self.state.stick(unwritten);
    }

    /// Looks at what is left over when everything was read; says whether the report is complete.
    fn settle(&mut self, idle: bool, until_idle: bool) -> Result<bool, ReportError> {
        let over = until_idle && self.state.is_over() && self.holds_everything(idle);
        let worth_it = over || (idle && self.state.has_leftovers());
        if !worth_it || !self.is_caught_up()? {
            return Ok(false);
        }
        for wanted in self.state.sweep() {
            self.repair(wanted);
        }
        self.publish()?;
        if !over {
            return Ok(false);
        }
        let unfinished = self.state.unfinished();
        match unfinished.first() {
            None => Ok(true),
            Some((chat, session)) => Err(ReportError::Torn {
                count: unfinished.len(),
                first: format!("{chat} {session}"),
            }),
        }
    }

    /// Whether every partition is in hand. One that died without a word keeps its own for a while:
    /// who ended meanwhile would have left them out.
    fn holds_everything(&mut self, idle: bool) -> bool {
        let held = self.state.partitions();
        let all = u32::try_from(held).is_ok_and(|held| held == self.journal.partitions());
        if !all && idle && !std::mem::replace(&mut self.waits_for_partitions, true) {
            tracing::warn!(
                held,
                of = self.journal.partitions(),
                "another report holds the other partitions, or died: waiting for them"
            );
        }
        all
    }

    /// Looks up the rows of a record that did not come whole. Normally they do; compaction
    /// between two identical states of a session can part them.
    fn repair(&mut self, wanted: Unwritten) {
        match fetch::find_rows(self.journal, &wanted) {
            Ok(Some(rows)) => self.state.repair(wanted.partition, rows),
            Ok(None) => self.stick(wanted, 0),
            Err(error) => {
                telemetry::not_looked_up(&error);
                self.stick(wanted, 0);
            }
        }
    }

    fn is_caught_up(&mut self) -> Result<bool, ReportError> {
        let partitions: Vec<TopicPartition> = self.positions.keys().copied().collect();
        for at in partitions {
            if self.member.position(at)? != self.journal.end(at)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn finish(self, complete: bool) -> Result<Outcome, ReportError> {
        let outcome =
            Outcome { chats: self.state.views(), last: self.last, counts: self.counts, complete };
        self.member.leave()?;
        Ok(outcome)
    }
}

fn is_same_session(one: &SessionRecord, other: &SessionRecord) -> bool {
    one.session == other.session && one.chat == other.chat
}

/// Newer meetings are greater; the chat makes the order total.
fn newness(record: &SessionRecord) -> impl Ord + '_ {
    (record.starts_at, &record.chat)
}
