//! The journal under fire: workers die, are paused and expelled, join and leave; the source dies
//! and repeats itself; poison lies between the records. In the end the same is published.
//!
//! One thread, one journal in memory, no clock: a schedule is a list of turns, and a failing one is
//! the same again. Several run beside one another. `COLLOQUY_SCHEDULES=2000` runs more of them than
//! the default, `COLLOQUY_FAULT_SEED=7` the same ones every time.

mod cases;
mod scene;

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use colloquy_journal::{CommitError, Content, Group, Journal as _, TopicPartition};
use colloquy_transcript::registry::Registry;
use colloquy_transcript::{DeadLetter, Record, SessionRecord, Topic};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::scene::{PARTITIONS, Plan, Source, plan};
use super::broker::seen;
use super::refusing::{Answer, Refusing};
use crate::driver::{AnalyzeError, GROUP, Worker};

const SCHEDULES: u64 = 256;
/// Threads that run schedules, each its share: the same ones on every machine.
const LANES: u64 = 4;
const WORKERS_MAX: usize = 4;
/// Turns of every worker in which all must have come to rest. One that joins costs everybody two.
const ROUNDS_MAX: usize = 400;

/// What nobody says of the chats.
static NOBODY: LazyLock<Registry> = LazyLock::new(Registry::default);

/// One thing that happens.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// The source appends so many posts.
    Append(usize),
    /// The source dies in the middle of a run, and begins the run anew.
    SourceDies,
    /// A moderator's decision comes, once.
    Decide,
    /// Bytes that are no record.
    Poison(Topic, u32),
    /// A worker polls for so many entries and analyses them.
    Read(usize, usize),
    /// A worker hands over what it has in hand.
    Write(usize),
    /// A worker is gone at once, with what it had in hand.
    Kill(usize),
    /// A worker stands still until its partitions are given to others, and then goes on.
    Pause(usize),
    /// A worker hands over what it has in hand, and hears that this failed: it did, or it took place.
    Fail(usize, Answer),
    /// One more worker.
    Join,
    /// A worker ends in order.
    Leave(usize),
}

fn turn() -> impl Strategy<Value = Turn> {
    let worker = 0..WORKERS_MAX;
    let topic = prop::sample::select(vec![Topic::Posts, Topic::Decisions, Topic::Coverage]);
    prop_oneof![
        10 => (1..12usize).prop_map(Turn::Append),
        1 => Just(Turn::SourceDies),
        1 => Just(Turn::Decide),
        1 => (topic, 0..PARTITIONS).prop_map(|(topic, partition)| Turn::Poison(topic, partition)),
        12 => (worker.clone(), 1..40usize).prop_map(|(worker, most)| Turn::Read(worker, most)),
        8 => worker.clone().prop_map(Turn::Write),
        1 => worker.clone().prop_map(Turn::Kill),
        1 => worker.clone().prop_map(Turn::Pause),
        1 => (worker.clone(), prop::sample::select(vec![Answer::Failed, Answer::Lost]))
            .prop_map(|(worker, answer)| Turn::Fail(worker, answer)),
        1 => Just(Turn::Join),
        1 => worker.prop_map(Turn::Leave),
    ]
}

/// How often each fault really happened.
#[derive(Debug, Clone, Copy, Default)]
struct Faults {
    source_deaths: u64,
    poisons: u64,
    kills: u64,
    pauses: u64,
    joins: u64,
    leaves: u64,
    fenced: u64,
    failed: u64,
}

impl Faults {
    fn add(&mut self, other: Self) {
        self.source_deaths += other.source_deaths;
        self.poisons += other.poisons;
        self.kills += other.kills;
        self.pauses += other.pauses;
        self.joins += other.joins;
        self.leaves += other.leaves;
        self.fenced += other.fenced;
        self.failed += other.failed;
    }

    fn each(&self) -> [(&'static str, u64); 8] {
        [
            ("deaths of the source", self.source_deaths),
            ("poisoned entries", self.poisons),
            ("kills", self.kills),
            ("pauses", self.pauses),
            ("joins", self.joins),
            ("leaves", self.leaves),
            ("fenced commits", self.fenced),
            ("failed commits", self.failed),
        ]
    }
}

struct Fire<'j> {
    journal: &'j Refusing,
    source: Source,
    workers: Vec<Worker<'j>>,
    poisoned: Vec<(TopicPartition, u64)>,
    faults: Faults,
}

impl<'j> Fire<'j> {
    fn new(journal: &'j Refusing, plan: &Plan) -> Self {
        // A group that needs everything: what is committed stays readable, as it does on Kafka.
        drop(
            journal.memory.join(Group { name: "keeper", reads: &Topic::ALL, writes: &[] }).unwrap(),
        );
        let mut fire = Self {
            journal,
            source: Source::new(plan),
            workers: Vec::new(),
            poisoned: Vec::new(),
            faults: Faults::default(),
        };
        fire.join();
        fire
    }

    fn join(&mut self) {
        let mut worker = Worker::join(self.journal, &NOBODY, false).unwrap();
        worker.wait = std::time::Duration::ZERO;
        self.workers.push(worker);
    }

    /// The worker that a turn means.
    fn nth(&self, worker: usize) -> usize {
        worker % self.workers.len()
    }

    fn perform(&mut self, turn: Turn) {
        match turn {
            Turn::Append(count) => self.source.append(&self.journal.memory, count),
            Turn::SourceDies => self.faults.source_deaths += u64::from(self.source.die()),
            Turn::Decide => self.source.decide(&self.journal.memory),
            Turn::Poison(topic, partition) => self.poison(TopicPartition { topic, partition }),
            Turn::Read(worker, most) => {
                let worker = self.nth(worker);
                // As in the driver's loop, nothing is read before what is in hand was handed over;
                // whatever happens in between happens before this turn.
                if self.workers[worker].is_due() {
                    return self.write(worker);
                }
                self.workers[worker].entries_max = most;
                self.workers[worker].read().unwrap();
            }
            Turn::Write(worker) => self.write(self.nth(worker)),
            Turn::Kill(worker) => {
                self.faults.kills += 1;
                self.kill(self.nth(worker));
            }
            Turn::Pause(worker) => {
                self.faults.pauses += u64::from(self.journal.memory.expel(GROUP, self.nth(worker)));
            }
            Turn::Fail(worker, answer) => {
                self.journal.answer(&[answer]);
                self.write(self.nth(worker));
            }
            Turn::Join if self.workers.len() < WORKERS_MAX => {
                self.faults.joins += 1;
                self.join();
            }
            Turn::Leave(worker) if self.workers.len() > 1 => {
                self.faults.leaves += 1;
                let mut worker = self.workers.remove(self.nth(worker));
                // Fenced or not, it goes: what it could not hand over is its successor's.
                worker.commit().ok();
            }
            Turn::Join | Turn::Leave(_) => {}
        }
    }

    fn kill(&mut self, worker: usize) {
        drop(self.workers.remove(worker));
        if self.workers.is_empty() {
            self.join();
        }
    }

    fn poison(&mut self, at: TopicPartition) {
        self.faults.poisons += 1;
        let position = self.journal.end(at).unwrap();
        self.journal.memory.poison(at, b"\xff no record");
        self.poisoned.push((at, position));
    }

    /// As the driver's loop does it.
    fn write(&mut self, worker: usize) {
        match self.workers[worker].commit() {
            Ok(()) => {}
            Err(AnalyzeError::Commit(CommitError::Fenced)) => {
                self.faults.fenced += 1;
                self.workers[worker].disown().unwrap();
            }
            Err(AnalyzeError::Commit(failed)) => {
                self.faults.failed += 1;
                let never = AtomicBool::new(false);
                if self.workers[worker].begin_anew(failed, &never).is_err() {
                    // Too often in a row: the process ends, and somebody starts another one.
                    self.kill(worker);
                }
            }
            Err(error) => panic!("handing over failed: {error:?}"),
        }
    }

    /// The fire is over: the source comes to its end, and the workers to rest.
    fn come_to_rest(&mut self) {
        self.source.finish(&self.journal.memory);
        for _ in 0..ROUNDS_MAX {
            let mut resting = 0;
            for nth in 0..self.workers.len() {
                self.workers[nth].entries_max = 4_096;
                let quiet = self.workers[nth].read().unwrap();
                if self.workers[nth].is_due() {
                    self.write(nth);
                } else if quiet {
                    resting += usize::from(self.workers[nth].is_done().unwrap());
                }
            }
            if resting == self.workers.len() {
                return;
            }
        }
        panic!("the workers did not come to rest within {ROUNDS_MAX} rounds");
    }

    fn published(&self, topics: &[Topic]) -> Vec<Record> {
        let mut records = Vec::new();
        for &topic in topics {
            for partition in 0..PARTITIONS {
                let at = TopicPartition { topic, partition };
                let end = self.journal.end(at).unwrap();
                let each = &mut |entry: colloquy_journal::Entry| match entry.content {
                    Content::Record(record) => records.push(record),
                    Content::Unreadable { .. } => {}
                };
                self.journal.read(at, 0, end, each).unwrap();
            }
        }
        records
    }
}

/// Runs a schedule and says what is published in the end, and which faults happened.
fn under_fire(plan: &Plan, turns: &[Turn]) -> Result<(scene::Lake, Faults), TestCaseError> {
    let journal = Refusing::new(scene::journal());
    let mut fire = Fire::new(&journal, plan);
    for &turn in turns {
        fire.perform(turn);
    }
    fire.come_to_rest();
    let records = fire.published(&[
        Topic::Sessions,
        Topic::Annotations,
        Topic::Participation,
        Topic::Attendance,
    ]);
    nothing_twice(&records)?;
    let letters = fire.published(&[Topic::DeadLetters]);
    for (at, position) in &fire.poisoned {
        let source = DeadLetter::source_of_entries(at.topic, at.partition);
        let kept = letters.iter().any(|it| {
            matches!(it, Record::DeadLetter(it) if it.source == source && it.position == *position)
        });
        prop_assert!(kept, "the poison at {}:{} is in no dead letter", source, position);
    }
    Ok((seen(records.iter()), fire.faults))
}

/// A session that did not change is not published again.
fn nothing_twice(records: &[Record]) -> Result<(), TestCaseError> {
    let mut last: BTreeMap<_, &SessionRecord> = BTreeMap::new();
    for record in records {
        let Record::Session(session) = record else { continue };
        let before = last.insert((&session.chat, session.session), session);
        let twice = before.is_some_and(|before| before.fingerprint == session.fingerprint);
        prop_assert!(!twice, "{} {} was published twice", session.chat, session.session);
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the test says how many")]
fn setting(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|it| it.parse().unwrap())
}

/// Runs so many schedules, and says which faults happened in them.
fn burn(schedules: u32, seed: Option<u64>) -> Result<Faults, String> {
    let total = std::cell::Cell::new(Faults::default());
    // Every choice begins a generator of its own, and a strong one costs a twentieth of a schedule.
    let rng_algorithm = RngAlgorithm::XorShift;
    let config =
        Config { failure_persistence: None, rng_algorithm, ..Config::with_cases(schedules) };
    let mut runner = match seed {
        Some(seed) => {
            // Not all bytes may be zero.
            let mut bytes = [1; 16];
            bytes[..8].copy_from_slice(&seed.to_le_bytes());
            TestRunner::new_with_rng(config, TestRng::from_seed(rng_algorithm, &bytes))
        }
        None => TestRunner::new(config),
    };
    let strategy = (plan(), proptest::collection::vec(turn(), 20..70));
    let outcome = runner.run(&strategy, |(plan, turns)| {
        let (lake, faults) = under_fire(&plan, &turns)?;
        let mut sum = total.get();
        sum.add(faults);
        total.set(sum);
        prop_assert_eq!(&lake, scene::quiet(&plan));
        Ok(())
    });
    outcome.map(|()| total.get()).map_err(|error| error.to_string())
}

#[test]
#[expect(clippy::print_stdout, reason = "what happened is read with --nocapture")]
fn any_schedule_of_faults_ends_in_the_lake_of_a_quiet_run() {
    let schedules = setting("COLLOQUY_SCHEDULES").unwrap_or(SCHEDULES);
    let seed = setting("COLLOQUY_FAULT_SEED");
    let each = u32::try_from(schedules.div_ceil(LANES)).unwrap();
    let total = std::thread::scope(|scope| {
        let lane = |lane| scope.spawn(move || burn(each, seed.map(|seed| seed * LANES + lane)));
        let lanes: Vec<_> = (0..LANES).map(lane).collect();
        let mut total = Faults::default();
        for lane in lanes {
            match lane.join().unwrap() {
                Ok(faults) => total.add(faults),
                Err(error) => panic!("{error}"),
            }
        }
        total
    });
    for (what, count) in total.each() {
        println!("{count} {what}");
        assert!(count >= schedules / 20, "only {count} {what} in {schedules} schedules");
    }
}
