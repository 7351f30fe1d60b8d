//! Feeds the machine from the journal and performs its actions.
//!
//! Outputs and positions go in one commit: the oldest position that an open session still needs,
//! and beside it the position up to which everything was taken into account. A worker that was
//! fenced drops what it had in hand and waits for its new partitions.

mod intake;
mod long;
mod publish;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use colloquy_journal::{
    CommitError, Content, Group, Journal, JournalError, Member, TopicPartition,
};
use colloquy_transcript::registry::Registry;
use colloquy_transcript::{Record, Topic};

use crate::machine::{Event, Machine, is_honoured};
use crate::schedule::ScheduleError;
use crate::telemetry;

/// The consumer group of the analysis.
pub const GROUP: &str = "analyze";
/// Turns for which a chat that is to be folded again waits for what is still to be read: every time it is
/// read again from its beginning, and a thousand late posts may lie in a row.
const PUT_OFF_TURNS_MAX: u32 = 64;
/// Entries taken in one poll.
const POLL_ENTRIES_MAX: usize = 4_096;
/// How long a poll waits for something to happen.
const POLL_WAIT: Duration = Duration::from_millis(100);
/// Entries after which positions are committed although nothing was published.
const COMMIT_ENTRIES_MAX: usize = 20_000;
/// Turns after which they are, if anything was read: about ten seconds where little comes.
const COMMIT_TURNS_MAX: u32 = 100;

/// Polls after which a worker without partitions joins anew: half a minute, if nothing comes.
const DISOWNED_POLLS_MAX: u32 = 300;
/// The commit (or attempt to begin anew) that fails as the last: then the worker gives up.
const FAILURES_MAX: u32 = 5;
/// What a worker reads.
const READS: [Topic; 3] = [Topic::Posts, Topic::Decisions, Topic::Coverage];
/// What a worker writes.
const WRITES: [Topic; 6] = [
    Topic::Annotations,
    Topic::Participation,
    Topic::Attendance,
    Topic::Sessions,
    Topic::Coverage,
    Topic::DeadLetters,
];
/// Those who share the work.
const WORKERS: Group<'static> = Group { name: GROUP, reads: &READS, writes: &WRITES };

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

impl AnalyzeError {
    /// Whether the journal's access rules do not allow it.
    fn is_denied(&self) -> bool {
        match self {
            Self::Schedule(_) => false,
            Self::Journal(error) => error.is_denied(),
            Self::Commit(error) => error.is_denied(),
        }
    }
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
    let mut worker = Worker::join(journal, registry, !until_idle)?;
    telemetry::begin();
    loop {
        match worker.work(until_idle, stop) {
            Ok(()) => {
                worker.member.leave()?;
                telemetry::ended(&worker.outcome);
                return Ok(worker.outcome);
            }
            Err(AnalyzeError::Commit(CommitError::Fenced)) => {
                telemetry::fenced();
                worker.disown()?;
            }
            // A right that is lacking: a new member would lack it, too.
            Err(error @ AnalyzeError::Commit(_)) if error.is_denied() => return Err(error),
            Err(AnalyzeError::Commit(failed)) => worker.begin_anew(failed, stop)?,
            Err(error) => return Err(error),
        }
    }
}

/// Positions read so far (exclusive) of one partition.
#[derive(Debug, Clone, Copy)]
struct Read {
    posts: u64,
    decisions: u64,
    coverage: u64,
    /// Posts below this were taken into account by an earlier run.
    known: u64,
}

/// One member of the group with its machine. [`run`] drives it; a test may do so turn by turn.
pub(crate) struct Worker<'j> {
    journal: &'j dyn Journal,
    registry: &'j Registry,
    /// Whether posts are judged as they arrive.
    arrivals: bool,
    member: Box<dyn Member>,
    machine: Machine,
    /// Entries taken in one poll.
    pub(crate) entries_max: usize,
    /// How long a poll waits for something to happen.
    pub(crate) wait: Duration,
    /// Positions read so far, by partition.
    read: BTreeMap<u32, Read>,
    outputs: Vec<Record>,
    uncommitted: usize,
    /// Turns since the last commit.
    turns: u32,
    /// Turns in a row in which chats were not folded again, since more waited to be read.
    put_off: u32,
    /// Polls since a commit was refused; until the next assignment nothing is this worker's.
    disowned: Option<u32>,
    /// Commits and joins that failed since a commit succeeded.
    failures: u32,
    outcome: Outcome,
}

fn machine(registry: &Registry, arrivals: bool) -> Result<Machine, ScheduleError> {
    let machine = Machine::new(registry.clone())?;
    Ok(if arrivals { machine.judging_arrivals() } else { machine })
}

impl<'j> Worker<'j> {
    pub(crate) fn join(
        journal: &'j dyn Journal,
        registry: &'j Registry,
        arrivals: bool,
    ) -> Result<Self, AnalyzeError> {
        Ok(Self {
            journal,
            registry,
            arrivals,
            member: journal.join(WORKERS)?,
            machine: machine(registry, arrivals)?,
            entries_max: POLL_ENTRIES_MAX,
            wait: POLL_WAIT,
            read: BTreeMap::new(),
            outputs: Vec::new(),
            uncommitted: 0,
            turns: 0,
            put_off: 0,
            disowned: None,
            failures: 0,
            outcome: Outcome::default(),
        })
    }

    /// Drops what is in hand after a commit was refused. The member stays in its group, which gives
    /// it new partitions: if it left, all the others would have to begin anew once more.
    pub(crate) fn disown(&mut self) -> Result<(), AnalyzeError> {
        self.machine = machine(self.registry, self.arrivals)?;
        self.read.clear();
        self.outputs.clear();
        self.uncommitted = 0;
        self.disowned = Some(0);
        Ok(())
    }

    /// Goes on as a new member after a commit failed: whether it took place or not, the journal knows.
    /// A journal that cannot be joined is one more failure.
    pub(crate) fn begin_anew(
        &mut self,
        failed: CommitError,
        stop: &AtomicBool,
    ) -> Result<(), AnalyzeError> {
        self.disown()?;
        let mut failed = AnalyzeError::from(failed);
        loop {
            self.failures += 1;
            if self.failures >= FAILURES_MAX || stop.load(Ordering::Relaxed) {
                return Err(failed);
            }
            telemetry::failed(&failed, self.failures);
            match self.journal.join(WORKERS) {
                Ok(member) => {
                    self.member = member;
                    return Ok(());
                }
                Err(error) if error.is_denied() => return Err(error.into()),
                Err(error) => failed = error.into(),
            }
        }
    }

    /// Counts the polls of a worker that has nothing; one that hears of no new partitions for long
    /// joins anew.
    fn wait_for_partitions(&mut self) -> Result<(), AnalyzeError> {
        let Some(polls) = &mut self.disowned else { return Ok(()) };
        *polls += 1;
        if *polls > DISOWNED_POLLS_MAX {
            telemetry::joining_again();
            self.disowned = Some(0);
            self.member = self.journal.join(WORKERS)?;
        }
        Ok(())
    }

    fn work(&mut self, until_idle: bool, stop: &AtomicBool) -> Result<(), AnalyzeError> {
        while !stop.load(Ordering::Relaxed) {
            let quiet = self.read()?;
            if self.is_due() {
                self.commit()?;
            }
            if quiet && until_idle && self.is_done()? {
                break;
            }
        }
        self.commit()
    }

    /// Polls once and analyses what came; says whether nothing did.
    pub(crate) fn read(&mut self) -> Result<bool, AnalyzeError> {
        let told = self.member.poll(self.entries_max, self.wait)?;
        let quiet = told.is_empty();
        self.turns = self.turns.saturating_add(1);
        for event in told {
            self.take(event)?;
        }
        self.wait_for_partitions()?;
        self.look_ahead(quiet);
        self.read_on(quiet)?;
        let held = self.machine.posts_held();
        self.outcome.posts_held_max = self.outcome.posts_held_max.max(held);
        telemetry::held(held, self.machine.sessions_open());
        telemetry::late(self.machine.take_late());
        Ok(quiet)
    }

    /// Puts off what is to be folded again while more waits to be read, but not for long.
    fn look_ahead(&mut self, quiet: bool) {
        let may_wait = !quiet && self.put_off < PUT_OFF_TURNS_MAX && self.machine.is_to_refold();
        // Who cannot tell puts nothing off.
        let behind = may_wait && self.caught_up().is_ok_and(|it| !it);
        self.put_off = if behind { self.put_off + 1 } else { 0 };
        self.machine.catch_up(behind);
    }

    /// Whether there is enough to commit, if only positions.
    pub(crate) fn is_due(&self) -> bool {
        let waits = self.uncommitted > 0 && self.turns >= COMMIT_TURNS_MAX;
        !self.outputs.is_empty() || waits || self.uncommitted >= COMMIT_ENTRIES_MAX
    }

    /// Whether every source has ended and everything is published: of the partitions in hand, and of
    /// those of others, who may have died without a word.
    pub(crate) fn is_done(&mut self) -> Result<bool, AnalyzeError> {
        if !(self.read.is_empty() || self.machine.idle() && self.caught_up()?) {
            return Ok(false);
        }
        for partition in 0..self.journal.partitions() {
            if !self.read.contains_key(&partition) && !self.is_announced(partition)? {
                return Ok(false);
            }
        }
        Ok(self.disowned.is_none())
    }

    /// Whether the analysis, whoever did it, has said that a partition's last marks are honoured.
    fn is_announced(&self, partition: u32) -> Result<bool, AnalyzeError> {
        let at = TopicPartition { topic: Topic::Coverage, partition };
        let mut marks = Vec::new();
        self.journal.read(at, 0, self.journal.end(at)?, &mut |entry| {
            if let Content::Record(Record::Mark(mark)) = entry.content {
                marks.push((entry.position, mark));
            }
        })?;
        Ok(is_honoured(&marks))
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
