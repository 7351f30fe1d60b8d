//! Processes under fire: whatever is killed, stopped, restarted, repeated or put in another order,
//! the lake is that of a quiet run, file by file.
//!
//! A schedule of faults follows from a seed; the moments at which they hit do not. More of them:
//! `COLLOQUY_FAULTS=100`, no new one after so long: `COLLOQUY_FAULT_MINUTES=30`, another schedule:
//! `COLLOQUY_FAULT_SEED=7`.

#[path = "faults/archives.rs"]
mod archives;
#[path = "faults/broker.rs"]
mod broker;
#[path = "faults/fleet.rs"]
mod fleet;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

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
/// Faults between two words to whoever waits for hundreds of them.
const TELL_EVERY: usize = 50;
/// Longer than a member of a group over `SQLite` may be silent, by a beat or two.
const BEYOND_SILENCE: Duration = Duration::from_secs(13);
/// The same over Kafka, where members are told that they are missed after `SESSION_TIMEOUT_MS`.
const BEYOND_SESSION: Duration = Duration::from_millis(5_500);
const SESSION_TIMEOUT_MS: u32 = 4_000;

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

/// Where a fleet burns.
struct Ground<'a> {
    journal: String,
    broker: Option<&'a Broker>,
    /// Whoever is silent for so long is missed.
    silence: Duration,
}

impl<'a> Ground<'a> {
    fn kafka(broker: &'a Broker) -> Self {
        let journal = format!("kafka:{}", broker.address());
        Self { journal, broker: Some(broker), silence: BEYOND_SESSION }
    }

    /// Settings of a group that misses its members early: nearly all the time of a fault is a wait for
    /// that.
    fn settings(&self) -> Vec<String> {
        let mut settings = vec!["--partitions".to_owned(), "6".to_owned()];
        if self.broker.is_some() {
            let timeouts = [
                format!("session.timeout.ms={SESSION_TIMEOUT_MS}"),
                format!("heartbeat.interval.ms={}", SESSION_TIMEOUT_MS / 8),
            ];
            settings.extend(timeouts.into_iter().flat_map(|it| ["--kafka".to_owned(), it]));
        }
        settings
    }
}

/// Sets a fleet on fire and compares what it leaves with what a quiet run leaves.
fn burn(ground: &Ground<'_>, kinds: &[Fault], count: usize) {
    let began = Instant::now();
    let seed = number("COLLOQUY_FAULT_SEED", usize::try_from(SEED).unwrap()) as u64;
    let count = number("COLLOQUY_FAULTS", count);
    let time = Duration::from_mins(number("COLLOQUY_FAULT_MINUTES", 24 * 60) as u64);
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let archives = Archives::write();
    let expected = archives.quiet_lake();
    let faults = schedule(kinds, count, &mut dice);
    tell(&format!("seed {seed}, {count} faults: {:?} …", &faults[..count.min(TELL_EVERY)]));

    let out = folder();
    let mut fleet = Fleet::start(&ground.journal, ground.settings(), out.path(), &archives, 3);
    fleet.allow_failures(count);
    let (prepared, lit) = (began.elapsed(), Instant::now());
    let mut happened: BTreeMap<Fault, usize> = BTreeMap::new();
    let mut brought = 0;
    for (nth, fault) in faults.into_iter().enumerate() {
        while brought < Archives::CHATS && brought * count <= nth * Archives::CHATS {
            fleet.bring(brought);
            brought += 1;
        }
        let pause = Duration::from_millis(dice.random_range(200..2_000));
        fleet.keep_going(pause, &mut dice);
        perform(fault, &mut fleet, ground, &mut dice);
        *happened.entry(fault).or_default() += 1;
        if (nth + 1) % TELL_EVERY == 0 {
            tell(&format!("{} faults in {:.0?}; {}", nth + 1, lit.elapsed(), fleet.told()));
        }
        if lit.elapsed() > time {
            tell(&format!("{count} faults were asked for, and the time is over"));
            break;
        }
    }
    let count = happened.values().sum::<usize>();
    (brought..Archives::CHATS).for_each(|nth| fleet.bring(nth));
    let (burned, out_of_fire) = (lit.elapsed(), Instant::now());
    fleet.come_to_rest(&mut dice);
    tell(&format!("happened: {happened:?}; {}", fleet.told()));
    let rest = out_of_fire.elapsed();
    tell(&format!(
        "prepared in {prepared:.0?}, on fire for {burned:.0?}, at rest after {rest:.0?}"
    ));
    assert!(count < kinds.len() || happened.len() == kinds.len(), "not every kind of fault hit");
    fleet.assert_hit();
    let of_broker = [Fault::RestartBroker, Fault::KillBroker].map(|it| happened.get(&it));
    let most: usize = of_broker.into_iter().flatten().sum();
    assert!(fleet.gave_up() <= most, "more gave up than the broker was away: {}", fleet.told());
    let lake = published(out.path());
    if lake != expected {
        let whole = fleet.asked_again() == expected;
        tell(&format!("the journal holds everything, and a second report finds it: {whole}"));
    }
    assert_same("under fire", &lake, &expected);
}

fn perform(fault: Fault, fleet: &mut Fleet, ground: &Ground<'_>, dice: &mut ChaCha8Rng) {
    let (stop, broker) = (ground.silence, ground.broker);
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
    let ground = Ground { journal, broker: None, silence: BEYOND_SILENCE };
    burn(&ground, &ON_PROCESSES, FAULTS_SQLITE);
}

#[test]
#[ignore = "needs Kafka: deploy/kafka.sh with cargo test -- --ignored"]
fn a_fleet_over_kafka_survives_its_faults() {
    let broker = Broker::start();
    let kinds: Vec<Fault> =
        ON_PROCESSES.into_iter().chain([Fault::RestartBroker, Fault::KillBroker]).collect();
    burn(&Ground::kafka(&broker), &kinds, FAULTS_KAFKA);
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
    let ground = Ground::kafka(&broker);
    let mut fleet = Fleet::start(&ground.journal, ground.settings(), out.path(), &archives, 2);
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

/// A broker that answers nobody does not keep those who are told to stop: whatever they wait for, they
/// end within the half minute that container managers leave, and nothing is lost.
#[test]
#[ignore = "needs Kafka: deploy/kafka.sh with cargo test -- --ignored"]
fn a_broker_that_hangs_keeps_nobody_from_stopping() {
    const STOP_MAX: Duration = Duration::from_secs(30);
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let (archives, broker, out) = (Archives::write(), Broker::start(), folder());
    let expected = archives.quiet_lake();
    let ground = Ground::kafka(&broker);
    let mut fleet = Fleet::start(&ground.journal, ground.settings(), out.path(), &archives, 2);
    fleet.bring(1);
    fleet.keep_going(Duration::from_secs(5), &mut dice);
    // Told while they still hope for an answer, and when requests have long timed out.
    for frozen in [Duration::from_secs(1), Duration::from_secs(15)] {
        fleet.until_read(&mut dice);
        // The whole season: of less nothing may be left when the broker freezes.
        fleet.bring(0);
        fleet.until_ingesting(&mut dice);
        broker.freeze();
        std::thread::sleep(frozen);
        let ended = fleet.end_all();
        broker.thaw();
        tell(&format!("frozen for {frozen:?}: {ended:?}"));
        assert_eq!(ended.len(), 4, "somebody had ended before: {ended:?}");
        for (role, code, took) in ended {
            assert!(took < STOP_MAX, "{role:?} ended after {took:?}");
            assert!(matches!(code, Some(0 | 1 | 3)), "{role:?} ended with {code:?}");
        }
        fleet.keep_going(Duration::from_secs(3), &mut dice);
    }
    (2..Archives::CHATS).for_each(|nth| fleet.bring(nth));
    fleet.come_to_rest(&mut dice);
    tell(&fleet.told());
    assert_same("broker frozen", &published(out.path()), &expected);
}
