//! The journal over a real broker: the suite, topics, open and aborted transactions, fencing.
//!
//! Every test has topics of its own, so they run beside each other and on a shared cluster.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use colloquy_transcript::Topic;
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
    producer::{BaseProducer, BaseRecord, Producer},
};

use super::{
    Bench, PATIENCE, READERS, Reader, all_of,
    groups::settle,
    is_fenced, progress,
    records::{annotation, number, posts},
    suite, until_visible,
};
use crate::{
    Event, Journal, JournalError, Settings, TopicPartition,
    checkup::Verdict,
    kafka::{KafkaJournal, checkup::examine},
};

fn brokers() -> String {
    std::env::var("COLLOQUY_TEST_BROKERS").expect("COLLOQUY_TEST_BROKERS names no broker")
}

/// A prefix that no other test and no earlier run used.
fn settings(partitions: u32) -> Settings {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let prefix = format!("test-{nanos}-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    Settings { partitions, prefix, ..Settings::default() }
}

fn name(settings: &Settings, topic: Topic) -> String {
    format!("{}.{}", settings.prefix, topic.as_str())
}

/// Writes raw bytes, in a transaction if `id` says so.
fn raw_producer(id: Option<&str>) -> BaseProducer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers());
    if let Some(id) = id {
        config.set("transactional.id", id);
    }
    config.create().unwrap()
}

fn send_raw(producer: &BaseProducer, topic: &str, partition: u32, bytes: &[u8]) {
    let partition = i32::try_from(partition).unwrap();
    let record =
        BaseRecord::<[u8], [u8]>::to(topic).partition(partition).key(b"raw").payload(bytes);
    producer.send(record).map_err(|(error, _)| error).unwrap();
    producer.flush(PATIENCE).unwrap();
}

fn bench(settings: Settings, journal: KafkaJournal) -> Bench {
    Bench {
        journal: Box::new(journal),
        poison: Box::new(move |at, bytes| {
            send_raw(&raw_producer(None), &name(&settings, at.topic), at.partition, bytes);
        }),
    }
}

fn open(partitions: u32) -> Bench {
    let settings = settings(partitions);
    let journal = KafkaJournal::open(&brokers(), &settings).unwrap();
    bench(settings, journal)
}

suite!(
    open,
    #[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
);

/// A transaction that nobody ends is waited for no longer, even on a busy machine.
const UNFINISHED_WAIT: Duration = Duration::from_mins(3);

const POSTS: TopicPartition = TopicPartition { topic: Topic::Posts, partition: 0 };

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn topics_are_created_as_configured_and_their_own_layout_counts() {
    let settings = settings(3);
    let first = KafkaJournal::open(&brokers(), &settings).unwrap();
    assert_eq!(first.partitions(), 3);
    let other = Settings { partitions: 8, ..settings.clone() };
    assert_eq!(KafkaJournal::open(&brokers(), &other).unwrap().partitions(), 3);

    let config = |topic: Topic| {
        let name = name(&settings, topic);
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", brokers()).create().unwrap();
        let specifier = ResourceSpecifier::Topic(&name);
        let options = AdminOptions::new();
        let described = admin.describe_configs([&specifier], &options);
        let resource = futures_executor::block_on(described).unwrap().remove(0).unwrap();
        move |key: &str| resource.get(key).unwrap().value.clone().unwrap()
    };
    for topic in Topic::ALL {
        let config = config(topic);
        if topic == Topic::DeadLetters {
            assert_eq!(config("cleanup.policy"), "delete");
            assert_eq!(config("retention.ms"), (7 * 24 * 3_600_000).to_string());
        } else {
            assert_eq!(config("cleanup.policy"), "compact", "{topic:?}");
            assert_eq!(config("max.compaction.lag.ms"), (12 * 3_600_000).to_string());
        }
    }
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn topics_with_differing_partitions_are_refused() {
    let settings = settings(2);
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers()).create().unwrap();
    for (topic, partitions) in [(Topic::Posts, 2), (Topic::Sessions, 5)] {
        let name = name(&settings, topic);
        let new = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
        let created = admin.create_topics([&new], &AdminOptions::new());
        futures_executor::block_on(created).unwrap().remove(0).unwrap();
    }
    let deadline = Instant::now() + PATIENCE;
    // The cluster tells of new topics a moment later.
    loop {
        match KafkaJournal::open(&brokers(), &settings).map(|journal| journal.partitions()) {
            Err(JournalError::Layout { problem, .. }) => {
                assert!(problem.contains("posts has 2"), "{problem}");
                assert!(problem.contains("sessions has 5"), "{problem}");
                return;
            }
            other => assert!(Instant::now() < deadline, "differing partitions gave {other:?}"),
        }
    }
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn an_open_transaction_holds_back_the_end_and_an_aborted_one_leaves_nothing() {
    let settings = settings(1);
    let topic = name(&settings, Topic::Posts);
    let journal = KafkaJournal::open(&brokers(), &settings).unwrap();
    let bench = bench(settings.clone(), journal);
    let mut reader = Reader::joined(&bench, "analyze", &[Topic::Posts, Topic::Coverage]);
    bench.journal.append(posts("oak", 0..3)).unwrap();
    reader.entries(3);
    let foreign = raw_producer(Some(&format!("{}-foreign", settings.prefix)));
    foreign.init_transactions(PATIENCE).unwrap();
    foreign.begin_transaction().unwrap();
    send_raw(&foreign, &topic, 0, b"never committed");
    bench.journal.append(posts("oak", 3..5)).unwrap();
    // Nobody may pass the open transaction, and nobody thinks to be past it.
    assert_eq!(bench.journal.end(POSTS).unwrap(), 3);
    assert!(reader.until_the_end(&bench).is_empty());
    assert_eq!(reader.member.position(POSTS).unwrap(), 3);
    assert_eq!(all_of(&bench, POSTS).len(), 3);
    foreign.abort_transaction(PATIENCE).unwrap();
    let rest = reader.entries(2);
    assert_eq!(rest.iter().map(|entry| number(entry).1).collect::<Vec<_>>(), ["3", "4"]);
    // The marker of the abort lies behind everything.
    reader.until_the_end(&bench);
    assert_eq!(reader.member.position(POSTS).unwrap(), 7);
    assert_eq!(all_of(&bench, POSTS).len(), 5);
    // Aborted records and markers alone are a hole to the end.
    foreign.begin_transaction().unwrap();
    send_raw(&foreign, &topic, 0, b"never committed either");
    foreign.abort_transaction(PATIENCE).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while bench.journal.end(POSTS).unwrap() < 9 {
        assert!(Instant::now() < deadline, "the abort never showed");
    }
    assert!(reader.until_the_end(&bench).is_empty());
    assert_eq!(reader.member.position(POSTS).unwrap(), 9);
}

/// Kafka can lose sight of a transaction when a broker is killed; the group's offsets then count as
/// unstable for ever. Here it is one that takes very long.
#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn a_transaction_that_nobody_ends_does_not_keep_a_group_from_its_positions() {
    let settings = settings(1);
    let journal = KafkaJournal::open(&brokers(), &settings).unwrap();
    let bench = bench(settings.clone(), journal);
    bench.journal.append(posts("oak", 0..5)).unwrap();
    let mut first = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    first.entries(5);
    let done = progress(POSTS, 3);
    first.member.commit(Vec::new(), &[done]).unwrap();
    drop(first);

    let group = format!("{}.analyze", settings.prefix);
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers()).set("group.id", &group);
    let dead: BaseConsumer = config.create().unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers()).set("transactional.id", format!("{group}.dead"));
    config.set("transaction.timeout.ms", "600000");
    let hung: BaseProducer = config.create().unwrap();
    hung.init_transactions(PATIENCE).unwrap();
    hung.begin_transaction().unwrap();
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(&name(&settings, Topic::Posts), 0, Offset::Offset(5)).unwrap();
    hung.send_offsets_to_transaction(&offsets, &dead.group_metadata().unwrap(), PATIENCE).unwrap();

    let mut successor = Reader::join(&bench, "analyze", &[Topic::Posts]);
    let asked_at = Instant::now();
    while successor.assigned.is_empty() {
        assert!(asked_at.elapsed() < UNFINISHED_WAIT, "the group is stuck");
        successor.poll();
    }
    assert_eq!(successor.assigned.first().and_then(|part| part.committed), Some(done));
}

/// A broker that was killed can say that a transaction ended and not write so into a partition: found by
/// a thousand faults. Here it is one that began long ago by its record's time.
#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn a_transaction_that_readers_wait_for_in_vain_is_named_by_the_checkup() {
    let settings = settings(1);
    let journal = KafkaJournal::open(&brokers(), &settings).unwrap();
    let bench = bench(settings.clone(), journal);
    bench.journal.append(posts("oak", 0..5)).unwrap();
    let topic = name(&settings, Topic::Posts);
    let found = || {
        let checkup = examine(&brokers(), &settings, &[]);
        let hanging = checkup.findings.into_iter().filter(|it| it.told.contains("has not ended"));
        hanging.map(|it| (it.verdict, it.what, it.hint)).collect::<Vec<_>>()
    };
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers());
    config.set("transactional.id", format!("{}.dead", settings.prefix));
    let hung: BaseProducer = config.create().unwrap();
    hung.init_transactions(PATIENCE).unwrap();
    let begin = |seconds_ago: u64| {
        let written = SystemTime::now() - Duration::from_secs(seconds_ago);
        let millis = written.duration_since(UNIX_EPOCH).unwrap().as_millis();
        hung.begin_transaction().unwrap();
        let record = BaseRecord::<[u8], [u8]>::to(&topic).key(b"x").payload(b"x").partition(0);
        hung.send(record.timestamp(millis.try_into().unwrap()))
            .map_err(|(error, _)| error)
            .unwrap();
        hung.flush(PATIENCE).unwrap();
    };
    begin(10);
    assert_eq!(found(), [], "it may end yet");
    hung.abort_transaction(PATIENCE).unwrap();
    begin(600);
    let hint = format!(
        "start colloquy analyze and report, which end what theirs left; if it is still there after two minutes, \
         kafka-transactions.sh --bootstrap-server {} abort --topic {topic} --partition 0 --start-offset 7",
        brokers()
    );
    assert_eq!(found(), [(Verdict::Failure, "topic posts".to_owned(), hint)]);
    hung.abort_transaction(PATIENCE).unwrap();
    assert_eq!(found(), []);
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn a_paused_member_cannot_write_after_its_successor() {
    const POLL_INTERVAL_MS: u32 = 6_000;
    let mut settings = settings(1);
    settings.kafka.set("max.poll.interval.ms", &POLL_INTERVAL_MS.to_string()).unwrap();
    let journal = KafkaJournal::open(&brokers(), &settings).unwrap();
    let bench = bench(settings, journal);
    bench.journal.append(posts("oak", 0..4)).unwrap();
    let mut paused = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    paused.entries(4);
    let mut next = Reader::join(&bench, "analyze", &[Topic::Posts]);
    next.until("the partition", |reader| reader.holds(POSTS));
    next.entries(4);
    let done = progress(POSTS, 4);
    next.member.commit(vec![annotation("oak", "1")], &[done]).unwrap();
    // The paused member has not polled since and knows nothing. Its id is the other's by now.
    assert!(is_fenced(paused.member.commit(vec![annotation("oak", "0")], &[done])));
    assert!(is_fenced(paused.member.commit(vec![annotation("oak", "0")], &[])));
    paused.until("the revocation", |reader| reader.revoked == [POSTS]);
    let annotations = TopicPartition { topic: Topic::Annotations, partition: 0 };
    next.member.commit(vec![annotation("oak", "2")], &[]).unwrap();
    let mut report = Reader::joined(&bench, "report", &[Topic::Annotations]);
    let read = report.entries(2);
    assert_eq!(read.iter().map(|entry| number(entry).1).collect::<Vec<_>>(), ["1", "2"]);
    report.until_the_end(&bench);
    assert_eq!(all_of(&bench, annotations).len(), 2);
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn a_member_at_work_keeps_its_partitions() {
    const POLL_INTERVAL: Duration = Duration::from_secs(6);
    let mut settings = settings(2);
    let polls = POLL_INTERVAL.as_millis().to_string();
    settings.kafka.set("max.poll.interval.ms", &polls).unwrap();
    let journal = KafkaJournal::open(&brokers(), &settings).unwrap();
    let bench = bench(settings, journal);
    let mut working = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let mut other = Reader::join(&bench, "analyze", &[Topic::Posts]);
    settle(&mut [&mut working, &mut other], 1);
    working.revoked.clear();
    other.revoked.clear();
    let begin = Instant::now();
    while begin.elapsed() < 2 * POLL_INTERVAL {
        assert!(working.member.stay().unwrap(), "lost after {:?}", begin.elapsed());
        other.poll();
    }
    assert!(other.revoked.is_empty(), "the group began anew");
    let at = working.assigned[0].at;
    working.member.commit(vec![annotation("oak", "1")], &[progress(at, 0)]).unwrap();
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn a_group_that_took_everything_in_has_nothing_left() {
    let settings = settings(2);
    let journal = KafkaJournal::open(&brokers(), &settings).unwrap();
    let bench = bench(settings.clone(), journal);
    let told = || {
        let findings = examine(&brokers(), &settings, &["analyze"]).findings;
        let group = findings.into_iter().find(|it| it.what == "group analyze").unwrap();
        (group.verdict, group.told)
    };
    bench.journal.append(posts("oak", 0..3)).unwrap();
    let mut reader = Reader::joined(&bench, "analyze", &[Topic::Posts, Topic::Annotations]);
    let at = reader.entries(3)[0].at;
    // Behind what it wrote and has read stands the end of the transaction.
    let placed = reader.member.commit(vec![annotation("oak", "1")], &[]).unwrap();
    until_visible(&bench, &placed);
    reader.entries(1);
    let wrote = progress(placed[0].at, placed[0].position + 1);
    reader.member.commit(Vec::new(), &[progress(at, 3), wrote]).unwrap();
    reader.leave();
    let done = "nobody is at work; everything is taken in".to_owned();
    assert_eq!(told(), (Verdict::Fine, done));
    bench.journal.append(posts("oak", 3..5)).unwrap();
    let (verdict, left) = told();
    assert_eq!(verdict, Verdict::Warning);
    assert_eq!(left, "nobody is at work, and 2 positions are not taken in");
}

/// What was left open under an id that the member has and does not use.
#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn a_transaction_that_hangs_is_ended_without_a_rebalance() {
    let settings = settings(2);
    let journal = KafkaJournal::open(&brokers(), &settings).unwrap();
    let bench = bench(settings.clone(), journal);
    let mut member = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let at = bench.journal.append(vec![annotation("oak", "1")]).unwrap()[0].at;
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers());
    config.set("transactional.id", format!("{}.analyze-1", settings.prefix));
    config.set("transaction.timeout.ms", "600000");
    let hung: BaseProducer = config.create().unwrap();
    hung.init_transactions(PATIENCE).unwrap();
    hung.begin_transaction().unwrap();
    send_raw(&hung, &name(&settings, Topic::Annotations), at.partition, b"never committed");
    let behind = bench.journal.append(vec![annotation("oak", "2")]).unwrap()[0];
    assert!(bench.journal.end(at).unwrap() <= behind.position, "nothing hangs");
    let asked_at = Instant::now();
    while bench.journal.end(at).unwrap() <= behind.position {
        assert!(asked_at.elapsed() < UNFINISHED_WAIT, "nobody ends it");
        member.poll();
    }
    assert!(member.revoked.is_empty());
    assert_eq!(all_of(&bench, at).len(), 2);
}

/// A member that slept can come back and register under an id that is another's by then.
#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn a_member_whose_id_somebody_took_joins_anew_and_goes_on() {
    let settings = settings(1);
    let journal = KafkaJournal::open(&brokers(), &settings).unwrap();
    let bench = bench(settings.clone(), journal);
    bench.journal.append(posts("oak", 0..4)).unwrap();
    let mut member = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    member.entries(4);
    let one = progress(POSTS, 1);
    member.member.commit(vec![annotation("oak", "0")], &[one]).unwrap();
    let other = raw_producer(Some(&format!("{}.analyze-0", settings.prefix)));
    other.init_transactions(PATIENCE).unwrap();
    assert!(is_fenced(member.member.commit(vec![annotation("oak", "1")], &[progress(POSTS, 2)])));
    member.until("the revocation", |reader| reader.revoked == [POSTS]);
    member.until("the partition again", |reader| reader.holds(POSTS));
    assert_eq!(member.committed(POSTS), Some(one));
    assert_eq!(member.entries(3)[0].position, 1);
    member.member.commit(vec![annotation("oak", "2")], &[progress(POSTS, 4)]).unwrap();
    let mut report = Reader::joined(&bench, "report", &[Topic::Annotations]);
    let read = report.entries(2);
    assert_eq!(read.iter().map(|entry| number(entry).1).collect::<Vec<_>>(), ["0", "2"]);
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn tens_of_thousands_of_appends_a_second() {
    const COUNT: i64 = 40_000;
    let bench = open(6);
    let batches: Vec<_> = (0..COUNT)
        .step_by(2_000)
        .map(|from| posts(&format!("chat{}", from / 2_000), from..from + 2_000))
        .collect();
    let started = Instant::now();
    for batch in batches {
        bench.journal.append(batch).unwrap();
    }
    let appended = COUNT as f64 / started.elapsed().as_secs_f64();
    let mut reader = Reader::joined(&bench, "analyze", &[Topic::Posts]);
    let started = Instant::now();
    reader.entries(40_000);
    let read = COUNT as f64 / started.elapsed().as_secs_f64();
    // Far below what was measured; the bound only catches a round trip per record.
    assert!(
        appended > 1_000.0 && read > 1_000.0,
        "{appended:.0} appended, {read:.0} read a second"
    );
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn a_member_dropped_before_its_assignment_does_not_hang() {
    let bench = open(2);
    let mut member = bench.journal.join(READERS).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !matches!(
        member.poll(1, Duration::from_millis(50)).unwrap().first(),
        Some(Event::Assigned(_))
    ) {
        assert!(Instant::now() < deadline, "no assignment came");
    }
    for _ in 0..3 {
        // Dropped at whatever point of the rebalance that it started.
        let other = bench.journal.join(READERS).unwrap();
        thread::sleep(Duration::from_millis(300));
        member.poll(1, Duration::from_millis(50)).unwrap();
        drop(other);
    }
    let started = Instant::now();
    member.leave().unwrap();
    assert!(started.elapsed() < Duration::from_secs(20), "leaving took {:?}", started.elapsed());
}

/// The second port of `deploy/kafka.sh`: TLS and SASL, with a certificate that signs itself.
fn secure() -> std::path::PathBuf {
    std::env::var("COLLOQUY_TEST_SECURE").expect("COLLOQUY_TEST_SECURE names no folder").into()
}

fn secure_file(name: &str) -> String {
    let path = secure().join(name);
    std::fs::read_to_string(&path).unwrap().trim_end().to_owned()
}

/// Settings that log in, with another value of `key` where there is one.
fn secured(mechanism: &str, other: Option<(&str, &str)>) -> Settings {
    let mut settings = settings(1);
    let ca = secure().join("ca.pem");
    let secret = secure_file("secret");
    let said = [
        ("security.protocol", "sasl_ssl"),
        ("ssl.ca.location", ca.to_str().unwrap()),
        ("sasl.mechanism", mechanism),
        ("sasl.username", "colloquy"),
        ("sasl.password", secret.as_str()),
    ];
    for (key, value) in said.into_iter().chain(other) {
        settings.kafka.set(key, value).unwrap();
    }
    settings
}

#[test]
#[ignore = "needs a Kafka broker with TLS and SASL: deploy/kafka.sh with"]
fn records_pass_through_tls_and_sasl() {
    for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
        let settings = secured(mechanism, None);
        let journal = KafkaJournal::open(&secure_file("address"), &settings).unwrap();
        let bench = bench(settings, journal);
        bench.journal.append(posts("oak", 0..3)).unwrap();
        let mut reader = Reader::joined(&bench, "analyze", &[Topic::Posts]);
        assert_eq!(reader.entries(3).len(), 3, "{mechanism}");
        reader.member.commit(vec![annotation("oak", "1")], &[progress(POSTS, 3)]).unwrap();
        reader.leave();
    }
}

#[test]
#[ignore = "needs a Kafka broker with TLS and SASL: deploy/kafka.sh with"]
fn what_does_not_get_in_is_told_at_once_and_without_the_password() {
    const WRONG: &str = "not-the-password";
    for (mechanism, other, said) in [
        ("SCRAM-SHA-512", ("sasl.password", WRONG), "uthentication"),
        ("PLAIN", ("sasl.password", WRONG), "uthentication"),
        // The certificate is of nobody whom the system trusts.
        ("PLAIN", ("ssl.ca.location", "probe"), "ertificate"),
    ] {
        let settings = secured(mechanism, Some(other));
        let started = Instant::now();
        let error = KafkaJournal::open(&secure_file("address"), &settings).map(|_| ()).unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(told.contains(said), "{told}");
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        let secrets = [WRONG.to_owned(), secure_file("secret")];
        assert!(!secrets.iter().any(|secret| told.contains(secret)), "{told}");
    }
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh start, then COLLOQUY_TEST_BROKERS"]
fn a_static_member_that_comes_back_gets_its_partitions_without_a_rebalance() {
    let mut settings = settings(2);
    settings.kafka.set("session.timeout.ms", "30000").unwrap();
    let bench_of = |name: &str| {
        let mut settings = settings.clone();
        settings.kafka.set("group.instance.id", name).unwrap();
        bench(settings.clone(), KafkaJournal::open(&brokers(), &settings).unwrap())
    };
    let (one, two) = (bench_of("one"), bench_of("two"));
    let mut stays = Reader::joined(&one, "analyze", &[Topic::Posts]);
    let mut goes = Reader::join(&two, "analyze", &[Topic::Posts]);
    let deadline = Instant::now() + PATIENCE;
    while stays.assigned.len() != 1 || goes.assigned.len() != 1 {
        assert!(Instant::now() < deadline, "never shared");
        stays.poll();
        goes.poll();
    }
    let held: Vec<_> = goes.assigned.iter().map(|part| part.at).collect();
    stays.revoked.clear();
    goes.leave();
    drop(two);
    let two = bench_of("two");
    let mut back = Reader::join(&two, "analyze", &[Topic::Posts]);
    while back.assigned.is_empty() {
        assert!(Instant::now() < deadline, "never came back");
        stays.poll();
        back.poll();
    }
    assert_eq!(back.assigned.iter().map(|part| part.at).collect::<Vec<_>>(), held);
    for _ in 0..20 {
        stays.poll();
    }
    assert!(stays.revoked.is_empty(), "the others were disturbed");
}
