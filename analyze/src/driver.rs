//! Feeds the machine from the journal and performs its actions.
//!
//! Outputs and positions go in one commit: the oldest position that an open session still needs,
//! and beside it the position up to which everything was taken into account. A worker that was
//! fenced drops what it had in hand and joins again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use colloquy_journal::{
    Assignment, CommitError, Content, Entry, Event as Told, Journal, JournalError, Member,
    Progress, TopicPartition,
};
use colloquy_transcript::registry::Registry;
use colloquy_transcript::{ChatName, DeadLetter, Record, Topic};

use crate::machine::{Action, Event, Machine, Restored, Standpoint};
use crate::schedule::ScheduleError;
use crate::telemetry;

/// The consumer group of the analysis.
pub const GROUP: &str = "analyze";
/// Entries taken in one poll.
const POLL_ENTRIES_MAX: usize = 4_096;
/// How long a poll waits for something to happen.
const POLL_WAIT: Duration = Duration::from_millis(100);
/// Entries after which positions are committed although nothing was published.
const COMMIT_ENTRIES_MAX: usize = 20_000;
/// Turns after which they are, if anything was read: about ten seconds where little comes.
const COMMIT_TURNS_MAX: u32 = 100;

/// The analysis could not go on.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    /// The registry's schedule cannot be expanded.
    #[error("reading the registry's schedules")]
    Schedule(#[from] ScheduleError),
    /// The journal failed.
    #[error("analysing the posts")]
    Journal(#[from] JournalError),
    /// Results could not be committed.
    #[error("publishing the analysis")]
    Commit(#[from] CommitError),
}

/// What a run of the analysis did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Posts read, repetitions included.
    pub posts: u64,
    /// Sessions and weeks published.
    pub sessions: u64,
    /// Entries that could not be read and were set aside.
    pub unreadable: u64,
    /// Most posts that were held at a time.
    pub posts_held_max: usize,
}

/// Runs until `stop`, or with `until_idle` until every source has ended and everything is
/// published. Who runs until stopped watches chats while they meet: there posts are judged as they
/// arrive, too.
pub fn run(
    journal: &dyn Journal,
    registry: &Registry,
    until_idle: bool,
    stop: &AtomicBool,
) -> Result<Outcome, AnalyzeError> {
    let mut outcome = Outcome::default();
    telemetry::begin();
    loop {
        let mut worker = Worker::join(journal, registry, !until_idle, outcome)?;
        let end = worker.work(until_idle, stop);
        outcome = worker.outcome;
        match end {
            Ok(()) => {
                worker.member.leave()?;
                telemetry::ended(&outcome);
                return Ok(outcome);
            }
            Err(AnalyzeError::Commit(CommitError::Fenced)) => {
                telemetry::fenced();
                worker.member.leave().ok();
            }
            Err(error) => return Err(error),
        }
    }
}

/// Positions read so far (exclusive) of one partition.
#[derive(Debug, Clone, Copy)]
struct Read {
    posts: u64,
    decisions: u64,
}

struct Worker<'j> {
    journal: &'j dyn Journal,
    member: Box<dyn Member>,
    machine: Machine,
    /// Positions read so far, by partition.
    read: BTreeMap<u32, Read>,
    outputs: Vec<Record>,
    uncommitted: usize,
    /// Turns since the last commit.
    turns: u32,
    outcome: Outcome,
}

impl<'j> Worker<'j> {
    fn join(
        journal: &'j dyn Journal,
        registry: &Registry,
        arrivals: bool,
        outcome: Outcome,
    ) -> Result<Self, AnalyzeError> {
        let topics = [Topic::Posts, Topic::Decisions, Topic::Coverage];
        let machine = Machine::new(registry.clone())?;
        Ok(Self {
            journal,
            member: journal.join(GROUP, &topics)?,
            machine: if arrivals { machine.judging_arrivals() } else { machine },
            read: BTreeMap::new(),
            outputs: Vec::new(),
            uncommitted: 0,
            turns: 0,
            outcome,
        })
    }

    fn work(&mut self, until_idle: bool, stop: &AtomicBool) -> Result<(), AnalyzeError> {
        while !stop.load(Ordering::Relaxed) {
            let told = self.member.poll(POLL_ENTRIES_MAX, POLL_WAIT)?;
            let quiet = told.is_empty();
            self.turns = self.turns.saturating_add(1);
            for event in told {
                self.take(event)?;
            }
            self.read_on(quiet)?;
            let held = self.machine.posts_held();
            self.outcome.posts_held_max = self.outcome.posts_held_max.max(held);
            telemetry::held(held, self.machine.sessions_open());
            telemetry::late(self.machine.take_late());
            if !self.outputs.is_empty() || self.is_due() {
                self.commit()?;
            }
            if quiet && until_idle && self.machine.idle() && self.caught_up()? {
                break;
            }
        }
        self.commit()
    }

    /// Whether positions are to be committed although nothing was published.
    fn is_due(&self) -> bool {
        let waits = self.uncommitted > 0 && self.turns >= COMMIT_TURNS_MAX;
        waits || self.uncommitted >= COMMIT_ENTRIES_MAX
    }

    fn take(&mut self, event: Told) -> Result<(), AnalyzeError> {
        match event {
            Told::Assigned(assignments) => {
                let committed = |topic, partition| {
                    let at = TopicPartition { topic, partition };
                    assignments.iter().find(|it| it.at == at).and_then(|it| it.committed)
                };
                for assignment in assignments.iter().filter(|it| it.at.topic == Topic::Posts) {
                    let partition = assignment.at.partition;
                    let decided = committed(Topic::Decisions, partition);
                    self.assigned(assignment, decided.map_or(0, |it| it.unpublished))?;
                }
                Ok(())
            }
            Told::Revoked(partitions) => {
                for at in partitions.iter().filter(|at| at.topic == Topic::Posts) {
                    self.read.remove(&at.partition);
                    self.step(Event::Revoked { partition: at.partition })?;
                }
                Ok(())
            }
            Told::Entry(entry) => self.entry(entry),
        }
    }

    /// Reads what the partition's small topics hold, then lets the posts come. Decisions from
    /// `decided` on are news, the ones below are in what was published.
    fn assigned(&mut self, assignment: &Assignment, decided: u64) -> Result<(), AnalyzeError> {
        let partition = assignment.at.partition;
        let mut restored = Restored::default();
        let (mut news, mut unreadable) = (Vec::new(), Vec::new());
        let mut decisions_end = 0;
        for topic in [Topic::Sessions, Topic::Attendance, Topic::Decisions, Topic::Coverage] {
            let at = TopicPartition { topic, partition };
            let end = self.journal.end(at)?;
            self.journal.read(at, 0, end, &mut |entry| match entry.content {
                Content::Record(Record::Session(session)) => restored.sessions.push(*session),
                Content::Record(Record::Attendance(row)) => restored.attendance.push(row),
                Content::Record(Record::Decision(decision)) if entry.position < decided => {
                    restored.decisions.push(decision);
                }
                Content::Record(Record::Decision(decision)) => news.push(decision),
                Content::Record(Record::Mark(mark)) => restored.marks.push((entry.position, mark)),
                // What was derived can be derived again. What was said cannot: nobody reads it here
                // once more, so that it is set aside now.
                Content::Unreadable { bytes, reason }
                    if topic == Topic::Coverage
                        || topic == Topic::Decisions && entry.position >= decided =>
                {
                    unreadable.push((entry.position, bytes, reason));
                }
                Content::Record(_) | Content::Unreadable { .. } => {}
            })?;
            for (position, bytes, reason) in unreadable.drain(..) {
                self.set_aside(at, position, bytes, reason);
            }
            if matches!(topic, Topic::Decisions | Topic::Coverage) {
                self.member.seek(at, end)?;
            }
            if topic == Topic::Decisions {
                decisions_end = end;
            }
        }
        let committed = assignment.committed;
        let posts = committed.map_or(0, |progress| progress.position);
        self.read.insert(partition, Read { posts, decisions: decisions_end });
        let unpublished = committed.map_or(0, |progress| progress.unpublished);
        self.step(Event::Assigned { partition, unpublished, restored })?;
        for decision in news {
            self.step(Event::Decision { partition, decision })?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: Entry) -> Result<(), AnalyzeError> {
        let Entry { at, position, content, appended_at: _ } = entry;
        self.uncommitted += 1;
        if let Some(read) = self.read.get_mut(&at.partition) {
            match at.topic {
                Topic::Posts => read.posts = position + 1,
                Topic::Decisions => read.decisions = position + 1,
                _ => {}
            }
        }
        match content {
            Content::Record(Record::Post(post)) => {
                self.outcome.posts += 1;
                self.step(Event::Post { partition: at.partition, position, post })
            }
            Content::Record(Record::Decision(decision)) => {
                self.step(Event::Decision { partition: at.partition, decision })
            }
            Content::Record(Record::Mark(mark)) => self.step(Event::Mark { position, mark }),
            Content::Record(_) => Ok(()),
            Content::Unreadable { bytes, reason } => {
                self.set_aside(at, position, bytes, reason);
                Ok(())
            }
        }
    }

    fn set_aside(&mut self, at: TopicPartition, position: u64, bytes: Vec<u8>, reason: String) {
        self.outcome.unreadable += 1;
        let source = format!("{}/{}", at.topic.as_str(), at.partition);
        telemetry::set_aside(&source, position, &reason);
        self.outputs.push(Record::DeadLetter(DeadLetter {
            source: source.into(),
            position,
            stage: "analyze".into(),
            reason,
            context: Vec::new(),
            digest: DeadLetter::digest_of(&bytes),
            bytes,
        }));
    }

    /// Tells the machine how far the posts were read; when nothing came, holes at the end count.
    fn read_on(&mut self, quiet: bool) -> Result<(), AnalyzeError> {
        let read: Vec<(u32, u64)> = self.read.iter().map(|(&it, read)| (it, read.posts)).collect();
        for (partition, mut position) in read {
            if quiet {
                position =
                    self.member.position(TopicPartition { topic: Topic::Posts, partition })?;
            }
            self.step(Event::ReadUpTo { partition, position })?;
        }
        Ok(())
    }

    fn step(&mut self, event: Event) -> Result<(), AnalyzeError> {
        let mut actions = self.machine.step(event);
        while !actions.is_empty() {
            let mut more = Vec::new();
            for action in actions {
                match action {
                    Action::Publish(records) => {
                        telemetry::published(&records);
                        let sessions = records.iter().filter(|it| matches!(it, Record::Session(_)));
                        self.outcome.sessions += sessions.count() as u64;
                        // A large meeting is handed on as it is, not copied behind nothing.
                        if self.outputs.is_empty() {
                            self.outputs = records;
                        } else {
                            self.outputs.extend(records);
                        }
                    }
                    Action::Reread { chat, partition, from, until } => {
                        more.extend(self.reread(&chat, partition, from, until)?);
                    }
                }
            }
            actions = more;
        }
        Ok(())
    }

    fn reread(
        &mut self,
        chat: &ChatName,
        partition: u32,
        from: u64,
        until: u64,
    ) -> Result<Vec<Action>, AnalyzeError> {
        let Self { journal, machine, outcome, .. } = self;
        let at = TopicPartition { topic: Topic::Posts, partition };
        journal.read(at, from, until, &mut |entry| {
            if let Content::Record(Record::Post(post)) = entry.content
                && post.chat == *chat
            {
                outcome.posts += 1;
                machine.step(Event::Again { position: entry.position, post });
            }
        })?;
        Ok(self.machine.step(Event::AgainDone { chat: chat.clone(), partition }))
    }

    fn commit(&mut self) -> Result<(), AnalyzeError> {
        let mut outputs = std::mem::take(&mut self.outputs);
        let ends: Vec<Record> =
            outputs.extract_if(.., |record| matches!(record, Record::Mark(_))).collect();
        let progress = self.progress();
        self.uncommitted = 0;
        self.turns = 0;
        if !outputs.is_empty() || !progress.is_empty() {
            self.member.commit(outputs, &progress)?;
        }
        // A commit becomes visible partition by partition. The announcement of the end goes in a
        // commit of its own, which begins when everything before it can be seen.
        if !ends.is_empty() {
            self.member.commit(ends, &progress)?;
        }
        Ok(())
    }

    fn progress(&self) -> Vec<Progress> {
        let mut progress = Vec::new();
        for standpoint in self.machine.progress() {
            let Standpoint { partition, needed, unpublished, settled } = standpoint;
            let at = |topic| TopicPartition { topic, partition };
            let Some(read) = self.read.get(&partition) else { continue };
            progress.push(Progress { at: at(Topic::Posts), position: needed, unpublished });
            if settled {
                let position = read.decisions;
                let at = at(Topic::Decisions);
                progress.push(Progress { at, position, unpublished: position });
            }
        }
        progress
    }

    fn caught_up(&mut self) -> Result<bool, AnalyzeError> {
        for &partition in self.read.keys() {
            for topic in [Topic::Posts, Topic::Decisions, Topic::Coverage] {
                let at = TopicPartition { topic, partition };
                if self.member.position(at)? < self.journal.end(at)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
