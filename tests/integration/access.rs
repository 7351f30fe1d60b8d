//! A cluster whose access rules do not allow something: `doctor` names the right that is lacking, and
//! every command ends with its name.

use std::process::Command;
use std::sync::{PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use colloquy_journal::{JournalUrl, Settings};

use crate::support::{
    brokers, colloquy, expect_code, folder, season, secure, stderr, stdout, tell,
};

#[path = "access/rules.rs"]
mod rules;

use self::rules::{Administrator, Doing, On, Rule, allow, deny};

/// What is denied is tried for five seconds; the rest is for a busy machine.
const END_MAX: Duration = Duration::from_secs(30);

/// Less than the five seconds.
const FOR_A_MOMENT: Duration = Duration::from_secs(2);

/// Tests that give rights to the guest, beside the one in which there must be none.
static RIGHTS: RwLock<()> = RwLock::new(());

/// A service has its partitions by then.
const AT_WORK_AFTER: Duration = Duration::from_secs(5);

fn administrator() -> Administrator {
    Administrator::at(&brokers())
}

/// The program as the user guest, who may do nothing by nature.
fn guest(prefix: &str, words: &str) -> Command {
    let address = std::fs::read_to_string(secure("address")).unwrap();
    let mut command = colloquy();
    command.args(words.split_whitespace());
    command.args(["--journal", &format!("kafka:{}", address.trim_end())]);
    command.args(["--topic-prefix", prefix]);
    for setting in [
        "security.protocol=sasl_ssl".to_owned(),
        "sasl.mechanism=PLAIN".to_owned(),
        "sasl.username=guest".to_owned(),
        format!("sasl.password@{}", secure("guest").display()),
        format!("ssl.ca.location={}", secure("ca.pem").display()),
    ] {
        command.args(["--kafka", &setting]);
    }
    command
}

/// All that a command needs, on what begins with `prefix`.
fn everything(prefix: &str) -> [Rule; 3] {
    [On::Topics, On::Groups, On::Ids].map(|on| allow(Doing::All, on(prefix.to_owned())))
}

/// Makes the topics as somebody who may.
fn make_topics(prefix: &str) {
    let settings = Settings { prefix: prefix.to_owned(), partitions: 2, ..Settings::default() };
    drop(colloquy_journal::open(&JournalUrl::Kafka(brokers()), &settings).unwrap());
}

/// Fills them as somebody who may.
fn fill(prefix: &str) {
    let mut command = colloquy();
    command.arg("ingest").arg(season().join("x_2025_04.jsonl")).args(["--chat", "gardenchat"]);
    command.args(["--journal", &format!("kafka:{}", brokers()), "--topic-prefix", prefix]);
    expect_code(&command.output().unwrap(), 1);
}

/// Runs a command that has to end soon, with that code; what it says holds no password.
fn end(prefix: &str, words: &str, code: i32) -> String {
    let out = folder();
    let words = words.replace("OUT", out.path().to_str().unwrap());
    let since = Instant::now();
    let output = guest(prefix, &words).env("RUST_LOG", "debug").output().unwrap();
    let took = since.elapsed();
    let quiet = stderr(&output);
    let last = quiet.lines().rfind(|line| line.starts_with("colloquy: ")).unwrap_or_default();
    tell(&format!("{words}: {took:.1?}, {last}"));
    expect_code(&output, code);
    assert!(took < END_MAX, "{words} took {took:?}");
    let secret = std::fs::read_to_string(secure("guest")).unwrap();
    assert!(!(stdout(&output) + &quiet).contains(secret.trim()), "{words} says the password");
    last.to_owned()
}

/// When the rule holds that denies something.
#[derive(Clone, Copy, PartialEq)]
enum When {
    /// Before the command begins.
    First,
    /// As well, and no more after a moment.
    ForAMoment,
    /// Since the command has its partitions: the client does not end by itself, whatever is taken away.
    AtWork,
}

/// What is there when the command begins.
#[derive(Clone, Copy)]
enum There {
    Nothing,
    Topics,
    Posts,
}

/// One right is lacking, and what is said of it; nothing if the command goes on in the end.
struct Case(&'static str, &'static str, There, When, fn(&str) -> Rule, &'static str);

const INGEST: &str = "ingest fixtures/gardenchat/archive/x_2025_04.jsonl --chat gardenchat";
const ANALYZE: &str = "analyze --until-idle";
const REPORT: &str = "report --until-idle --out OUT";
const DECIDE: &str = "decide x:1 hijack --chat gardenchat --by rosa";

#[rustfmt::skip] // A table.
const CASES: [Case; 18] = {
    use Doing::{All, Create, Read, Write};
    use There::{Nothing, Posts, Topics};
    use When::{AtWork, First, ForAMoment};
    [
        Case("make", INGEST, Nothing, First, |p| deny(Create, topic(p, "sessions")), "may not make topic P.sessions"),
        Case("see", INGEST, Topics, First, |p| deny(All, topic(p, "coverage")), "may not see topic P.coverage"),
        Case("append", INGEST, Topics, First, |p| deny(Write, topic(p, "posts")), "may not write to topic P.posts"),
        Case("decide", DECIDE, Topics, First, |p| deny(Write, topic(p, "decisions")), "may not write to topic P.decisions"),
        Case("join", ANALYZE, Topics, First, |p| deny(Read, group(p, "analyze")), "may not join group P.analyze"),
        Case("find", REPORT, Topics, First, |p| deny(All, group(p, "report")), "may not join group P.report"),
        Case("ids", ANALYZE, Topics, First, |p| deny(Write, ids(p, "analyze")), "may not use transactional ids P.analyze-*"),
        Case("read", ANALYZE, Topics, First, |p| deny(Read, topic(p, "posts")), "may not read topic P.posts"),
        Case("read-and-written", ANALYZE, Topics, First, |p| deny(Read, topic(p, "coverage")), "may not read topic P.coverage"),
        Case("report", REPORT, Topics, First, |p| deny(Read, topic(p, "sessions")), "may not read topic P.sessions"),
        Case("publish", ANALYZE, Posts, First, |p| deny(Write, topic(p, "sessions")), "may not write to topic P.sessions"),
        Case("late-ids", ANALYZE, Posts, ForAMoment, |p| deny(Write, ids(p, "analyze")), ""),
        Case("late-group", ANALYZE, Posts, ForAMoment, |p| deny(Read, group(p, "analyze")), ""),
        Case("late-posts", ANALYZE, Posts, ForAMoment, |p| deny(Read, topic(p, "posts")), ""),
        Case("late-sessions", ANALYZE, Posts, ForAMoment, |p| deny(Write, topic(p, "sessions")), ""),
        Case("taken-posts", "analyze", Posts, AtWork, |p| deny(All, topic(p, "posts")), "may not read topic P.posts"),
        Case("taken-group", "analyze", Posts, AtWork, |p| deny(All, group(p, "analyze")), "may not join group P.analyze"),
        Case("taken-report", "report --out OUT", Topics, AtWork, |p| deny(Read, group(p, "report")), "may not join group P.report"),
    ]
};

fn topic(prefix: &str, name: &str) -> On {
    On::Topics(format!("{prefix}.{name}"))
}

fn group(prefix: &str, name: &str) -> On {
    On::Groups(format!("{prefix}.{name}"))
}

fn ids(prefix: &str, name: &str) -> On {
    On::Ids(format!("{prefix}.{name}"))
}

#[test]
#[ignore = "needs Kafka: deploy/kafka.sh with cargo test -- --ignored"]
fn a_command_that_lacks_a_right_ends_with_its_name() {
    let _rights = RIGHTS.read().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|scope| {
        for case in CASES {
            scope.spawn(move || case.prove());
        }
    });
}

impl Case {
    fn prove(&self) {
        let Self(name, words, there, when, denied, said) = self;
        let prefix = format!("test-access-{name}-{}", std::process::id());
        match there {
            There::Nothing => (),
            There::Topics => make_topics(&prefix),
            There::Posts => fill(&prefix),
        }
        let mut administrator = administrator();
        administrator.make(&everything(&prefix));
        let denied = [denied(&prefix)];
        if *when != When::AtWork {
            administrator.make(&denied);
        }
        let last = thread::scope(|scope| {
            let ending = scope.spawn(|| end(&prefix, words, if said.is_empty() { 0 } else { 3 }));
            match when {
                When::First => (),
                When::ForAMoment => {
                    thread::sleep(FOR_A_MOMENT);
                    administrator.take_back(&denied);
                }
                When::AtWork => {
                    thread::sleep(AT_WORK_AFTER);
                    administrator.make(&denied);
                }
            }
            ending.join().unwrap()
        });
        if !said.is_empty() {
            let said = said.replace("P.", &format!("{prefix}."));
            assert!(last.contains(&format!("{said}; to do: kafka-acls.sh")), "{said:?}: {last}");
            assert!(last.contains("--add --allow-principal User:guest"), "{last}");
        }
        administrator.take_back(&everything(&prefix));
    }
}

/// README's table of rights, row by row.
#[test]
#[ignore = "needs Kafka: deploy/kafka.sh with cargo test -- --ignored"]
fn the_rights_that_the_readme_names_are_enough() {
    const OF_ANALYZE: [&str; 6] =
        ["annotations", "participation", "attendance", "sessions", "coverage", "dead-letters"];
    let _rights = RIGHTS.read().unwrap_or_else(PoisonError::into_inner);
    let prefix = format!("test-enough-{}", std::process::id());
    fill(&prefix);
    let mut administrator = administrator();
    for (service, words, writes) in
        [("analyze", ANALYZE, &OF_ANALYZE[..]), ("report", REPORT, &["dead-letters"])]
    {
        let mut rules: Vec<Rule> =
            writes.iter().map(|name| allow(Doing::Write, topic(&prefix, name))).collect();
        rules.push(allow(Doing::Read, On::Topics(format!("{prefix}."))));
        rules.push(allow(Doing::Read, group(&prefix, service)));
        rules.push(allow(Doing::Write, ids(&prefix, &format!("{service}-"))));
        administrator.make(&rules);
        end(&prefix, words, 0);
        administrator.take_back(&rules);
    }
}

/// Who may write nothing at all may not even register as a producer: the cluster refuses, not a topic.
#[test]
#[ignore = "needs Kafka: deploy/kafka.sh with cargo test -- --ignored"]
fn who_may_write_nowhere_is_told_where_it_tried() {
    let _rights = RIGHTS.write().unwrap_or_else(PoisonError::into_inner);
    let prefix = format!("test-nowhere-{}", std::process::id());
    make_topics(&prefix);
    let mut administrator = administrator();
    administrator.take_back_everything();
    let seen = [allow(Doing::Read, On::Topics(prefix.clone()))];
    administrator.make(&seen);
    let last = end(&prefix, INGEST, 3);
    assert!(last.contains(&format!("may not write to topic {prefix}.coverage")), "{last}");
    administrator.take_back(&seen);
}

#[test]
#[ignore = "needs Kafka: deploy/kafka.sh with cargo test -- --ignored"]
fn doctor_names_each_right_that_is_lacking() {
    let _rights = RIGHTS.read().unwrap_or_else(PoisonError::into_inner);
    let prefix = format!("test-rights-{}", std::process::id());
    make_topics(&prefix);
    let sessions = format!("{prefix}.sessions");
    let mut administrator = administrator();
    // As a narrow terminal wraps it.
    let told = |code: i32| {
        let since = Instant::now();
        let output = guest(&prefix, "doctor").output().unwrap();
        let text = stdout(&output);
        tell(&format!("{:.1?}\n{text}", since.elapsed()));
        // A connection may fail, and is made again.
        let trouble = stderr(&output);
        let trouble = trouble.lines().filter(|line| !line.contains("transport failure"));
        assert_eq!(trouble.count(), 0, "what is found is no trouble of doctor's: {output:?}");
        expect_code(&output, code);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let expect = |told: &str, said: &[&str], unsaid: &[&str]| {
        for words in said {
            let words = words.replace("P.", &format!("{prefix}."));
            assert!(told.contains(&words), "{words:?} is not said: {told}");
        }
        for words in unsaid {
            assert!(!told.contains(words), "{words:?} is said: {told}");
        }
    };

    let nothing = told(3);
    let ids = "may not use transactional ids P.analyze-*";
    let group = "may not join group P.report";
    let unsaid = ["are not there", "idempotently"];
    expect(&nothing, &["may not see topics P.posts, P.decisions", ids, group], &unsaid);
    administrator.make(&[allow(Doing::Describe, On::Topics(prefix.clone()))]);
    let seen = told(3);
    let all = ["may not read topics P.posts,", "may not write to topics P.posts,", ids, group];
    expect(&seen, &all, &["may not see"]);
    administrator.make(&[
        allow(Doing::Read, On::Topics(prefix.clone())),
        allow(Doing::Write, On::Topics(prefix.clone())),
        deny(Doing::Write, On::Topics(sessions.clone())),
        allow(Doing::Read, On::Groups(prefix.clone())),
        allow(Doing::Write, On::Ids(prefix.clone())),
    ]);
    let one = told(3);
    expect(
        &one,
        &["may not write to topic P.sessions", "--operation Write --topic P.sessions"],
        &["may not read", "may not join", "may not use", "idempotently"],
    );
    administrator.take_back(&[deny(Doing::Write, On::Topics(sessions.clone()))]);
    // That no topic may be made is worth a look, no more.
    let enough = told(1);
    expect(&enough, &["no topic may be made"], &["user may not", "fail"]);
}
