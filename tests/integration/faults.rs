//! Processes under fire: whatever is killed, stopped, restarted, repeated or put in another order,
//! the lake is that of a quiet run, file by file.
//!
//! A schedule of faults follows from a seed; the moments at which they hit do not. More of them:
//! `COLLOQUY_FAULTS=100`, another schedule: `COLLOQUY_FAULT_SEED=7`.

#[path = "faults/archives.rs"]
mod archives;
#[path = "faults/broker.rs"]
mod broker;
#[path = "faults/fleet.rs"]
mod fleet;

use std::collections::BTreeMap;
use std::time::Duration;

use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use self::archives::Archives;
use self::broker::Broker;
use self::fleet::{Fleet, Role};
use crate::support::{assert_same, folder, published, tell};

/// Faults of the run over Kafka, unless told otherwise.
const FAULTS_KAFKA: usize = 20;
/// Faults of the run over `SQLite`, which everybody's `cargo test` waits for.
const FAULTS_SQLITE: usize = 9;
const SEED: u64 = 20_250_305;
/// Longer than a member may be silent, by a beat or two.
const BEYOND_SESSION_TIMEOUT: Duration = Duration::from_secs(13);

/// One thing that happens to a process or to the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    KillIngest,
    KillWorker,
    KillReport,
    StopWorker,
    StopReport,
    StopIngest,
    WorkerJoins,
    WorkerLeaves,
    RestartBroker,
    KillBroker,
    Again,
}

const ON_PROCESSES: [Fault; 9] = [
    Fault::KillIngest,
    Fault::KillWorker,
    Fault::KillReport,
    Fault::StopWorker,
    Fault::StopReport,
    Fault::StopIngest,
    Fault::WorkerJoins,
    Fault::WorkerLeaves,
    Fault::Again,
];

/// `count` faults: each kind once as far as they go, in any order, then any.
fn schedule(kinds: &[Fault], count: usize, dice: &mut ChaCha8Rng) -> Vec<Fault> {
    let mut faults = kinds.to_vec();
    faults.shuffle(dice);
    faults.truncate(count);
    while faults.len() < count {
        faults.extend(kinds.choose(dice));
    }
    faults
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |it| it.parse().expect("it is a number"))
}

/// Sets a fleet on fire and compares what it leaves with what a quiet run leaves.
fn burn(journal: &str, extra: &[&str], kinds: &[Fault], count: usize, broker: Option<&Broker>) {
    let seed = number("COLLOQUY_FAULT_SEED", usize::try_from(SEED).unwrap()) as u64;
    let count = number("COLLOQUY_FAULTS", count);
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let archives = Archives::write();
    let expected = archives.quiet_lake();
    let faults = schedule(kinds, count, &mut dice);
    tell(&format!("seed {seed}: {faults:?}"));

    let out = folder();
    let mut fleet = Fleet::start(journal, extra, out.path(), &archives, 3);
    let mut happened: BTreeMap<Fault, usize> = BTreeMap::new();
    let mut brought = 0;
    for (nth, fault) in faults.into_iter().enumerate() {
        while brought < Archives::CHATS && brought * count <= nth * Archives::CHATS {
            fleet.bring(brought);
            brought += 1;
        }
        let pause = Duration::from_millis(dice.random_range(200..2_000));
        fleet.keep_going(pause, &mut dice);
        perform(fault, &mut fleet, broker, &mut dice);
        *happened.entry(fault).or_default() += 1;
    }
    (brought..Archives::CHATS).for_each(|nth| fleet.bring(nth));
    fleet.come_to_rest(&mut dice);
    tell(&format!("happened: {happened:?}; {}", fleet.told()));
    assert_eq!(happened.values().sum::<usize>(), count);
    assert!(count < kinds.len() || happened.len() == kinds.len(), "not every kind of fault hit");
    fleet.assert_hit();
    let lake = published(out.path());
    if lake != expected {
        let whole = fleet.asked_again() == expected;
        tell(&format!("the journal holds everything, and a second report finds it: {whole}"));
    }
    assert_same("under fire", &lake, &expected);
}

fn perform(fault: Fault, fleet: &mut Fleet, broker: Option<&Broker>, dice: &mut ChaCha8Rng) {
    let stop = BEYOND_SESSION_TIMEOUT;
    match fault {
        Fault::KillIngest => fleet.kill(Role::Ingest, dice),
        Fault::KillWorker => fleet.kill(Role::Analyze, dice),
        Fault::KillReport => fleet.kill(Role::Report, dice),
        Fault::StopIngest => fleet.stop(Role::Ingest, stop, dice),
        Fault::StopWorker => fleet.stop(Role::Analyze, stop, dice),
        Fault::StopReport => fleet.stop(Role::Report, stop, dice),
        Fault::WorkerJoins => fleet.join(),
        Fault::WorkerLeaves => fleet.leave(dice),
        Fault::Again => fleet.again(dice),
        Fault::RestartBroker => broker.expect("there is a broker").restart(),
        Fault::KillBroker => broker.expect("there is a broker").kill_and_start(),
    }
}

#[test]
fn a_fleet_over_sqlite_survives_its_faults() {
    let place = folder();
    let journal = format!("sqlite:{}", place.path().join("journal.db").display());
    burn(&journal, &["--partitions", "6"], &ON_PROCESSES, FAULTS_SQLITE, None);
}

#[test]
#[ignore = "needs Kafka: deploy/kafka.sh with cargo test -- --ignored"]
fn a_fleet_over_kafka_survives_its_faults() {
    let broker = Broker::start();
    let kinds: Vec<Fault> =
        ON_PROCESSES.into_iter().chain([Fault::RestartBroker, Fault::KillBroker]).collect();
    let journal = format!("kafka:{}", broker.address());
    burn(&journal, &["--partitions", "6"], &kinds, FAULTS_KAFKA, Some(&broker));
}

/// The broker is away while archives are read: nobody ends, nobody grows, nothing is lost.
/// `COLLOQUY_AWAY_SECONDS=60` keeps it away for longer.
#[test]
#[ignore = "needs Kafka: deploy/kafka.sh with cargo test -- --ignored"]
fn a_broker_that_is_away_slows_the_source_and_loses_nothing() {
    const PEAK_KIB_MAX: u64 = 300 * 1024;
    let away = Duration::from_secs(number("COLLOQUY_AWAY_SECONDS", 20) as u64);
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let (archives, broker, out) = (Archives::write(), Broker::start(), folder());
    let expected = archives.quiet_lake();
    let journal = format!("kafka:{}", broker.address());
    let mut fleet = Fleet::start(&journal, &["--partitions", "6"], out.path(), &archives, 2);
    // Somebody has read and written before it goes.
    fleet.bring(1);
    fleet.keep_going(Duration::from_secs(5), &mut dice);
    fleet.bring(0);
    fleet.until_ingesting(&mut dice);
    broker.kill();
    assert!(fleet.is_ingesting(), "the broker went too late to meet a source");
    fleet.keep_going(away, &mut dice);
    assert!(fleet.is_ingesting(), "the source did not wait");
    let peak_kib = fleet.peak_kib();
    broker.begin();
    (2..Archives::CHATS).for_each(|nth| fleet.bring(nth));
    fleet.come_to_rest(&mut dice);
    tell(&format!("away for {away:?}, {peak_kib} KiB at most; {}", fleet.told()));
    assert_eq!(fleet.failed(), 0, "somebody had to be started again");
    assert!(peak_kib < PEAK_KIB_MAX, "{peak_kib} KiB");
    assert_same("broker away", &published(out.path()), &expected);
}
