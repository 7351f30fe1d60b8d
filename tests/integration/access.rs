//! A cluster whose access rules do not allow something: `doctor` names the right that is lacking, and
//! every command ends with its name.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use colloquy_journal::{JournalUrl, Settings};

use crate::support::{colloquy, expect_code, folder, season, stderr, stdout, tell};

#[path = "access/rules.rs"]
mod rules;

use self::rules::{Administrator, Doing, On, Rule, allow, deny};

/// What is denied is tried for five seconds; the rest is for a busy machine.
const END_MAX: Duration = Duration::from_secs(20);

/// Less than the five seconds.
const FOR_A_MOMENT: Duration = Duration::from_secs(2);

fn brokers() -> String {
    std::env::var("COLLOQUY_TEST_BROKERS").expect("COLLOQUY_TEST_BROKERS names a broker")
}

fn secure(name: &str) -> String {
    let folder =
        std::env::var("COLLOQUY_TEST_SECURE").expect("COLLOQUY_TEST_SECURE names a folder");
    Path::new(&folder).join(name).to_str().unwrap().to_owned()
}

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
        format!("sasl.password@{}", secure("guest")),
        format!("ssl.ca.location={}", secure("ca.pem")),
    ] {
        command.args(["--kafka", &setting]);
    }
    command
}

/// All that a command needs, on what begins with `prefix`.
fn everything(prefix: &str) -> [Rule<'_>; 3] {
    [On::Topics(prefix), On::Groups(prefix), On::Ids(prefix)].map(|on| allow(Doing::All, on))
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

/// One right is lacking: the command, the rule, and what is said of it.
struct Case {
    name: &'static str,
    words: &'static str,
    has_topics: bool,
    has_posts: bool,
    denied: fn(&str) -> (Doing, String),
    said: &'static str,
}

const USUAL: Case = Case {
    name: "",
    words: "",
    has_topics: true,
    has_posts: false,
    denied: |_| (Doing::All, String::new()),
    said: "",
};

const INGEST: &str = "ingest fixtures/gardenchat/archive/x_2025_04.jsonl --chat gardenchat";
const ANALYZE: &str = "analyze --until-idle";
const REPORT: &str = "report --until-idle --out OUT";
const DECIDE: &str = "decide x:1 hijack --chat gardenchat --by rosa";

fn cases() -> Vec<Case> {
    fn topic(doing: Doing, name: &str, prefix: &str) -> (Doing, String) {
        (doing, format!("topic {prefix}.{name}"))
    }
    vec![
        Case {
            name: "make",
            words: INGEST,
            has_topics: false,
            denied: |p| topic(Doing::Create, "sessions", p),
            said: "may not make topic P.sessions; to do: kafka-acls.sh",
            ..USUAL
        },
        Case {
            name: "see",
            words: INGEST,
            denied: |p| topic(Doing::All, "coverage", p),
            said: "may not see topic P.coverage",
            ..USUAL
        },
        Case {
            name: "append",
            words: INGEST,
            denied: |p| topic(Doing::Write, "posts", p),
            said: "may not write to topic P.posts",
            ..USUAL
        },
        Case {
            name: "join",
            words: ANALYZE,
            denied: |p| (Doing::Read, format!("group {p}.analyze")),
            said: "may not join group P.analyze",
            ..USUAL
        },
        Case {
            name: "find",
            words: REPORT,
            denied: |p| (Doing::All, format!("group {p}.report")),
            said: "may not join group P.report",
            ..USUAL
        },
        Case {
            name: "ids",
            words: ANALYZE,
            denied: |p| (Doing::Write, format!("ids {p}.analyze")),
            said: "may not use transactional ids P.analyze-*",
            ..USUAL
        },
        Case {
            name: "read",
            words: ANALYZE,
            denied: |p| topic(Doing::Read, "posts", p),
            said: "may not read topic P.posts",
            ..USUAL
        },
        Case {
            name: "publish",
            words: ANALYZE,
            has_posts: true,
            denied: |p| topic(Doing::Write, "sessions", p),
            said: "may not write to topic P.sessions",
            ..USUAL
        },
        Case {
            name: "report",
            words: REPORT,
            denied: |p| topic(Doing::Read, "sessions", p),
            said: "may not read topic P.sessions",
            ..USUAL
        },
        Case {
            name: "decide",
            words: DECIDE,
            denied: |p| topic(Doing::Write, "decisions", p),
            said: "may not write to topic P.decisions",
            ..USUAL
        },
    ]
}

fn rule(doing: Doing, on: &str) -> Rule<'_> {
    deny(
        doing,
        match on.split_once(' ').unwrap() {
            ("topic", name) => On::Topics(name),
            ("group", name) => On::Groups(name),
            (_, name) => On::Ids(name),
        },
    )
}

#[test]
#[ignore = "needs Kafka: deploy/kafka.sh with cargo test -- --ignored"]
fn a_command_that_lacks_a_right_ends_with_its_name() {
    thread::scope(|scope| {
        for case in cases() {
            scope.spawn(move || {
                let prefix = format!("test-access-{}-{}", case.name, std::process::id());
                if case.has_topics {
                    make_topics(&prefix);
                }
                if case.has_posts {
                    fill(&prefix);
                }
                let (doing, on) = (case.denied)(&prefix);
                let mut administrator = administrator();
                administrator.make(&everything(&prefix));
                administrator.make(&[rule(doing, &on)]);
                let last = end(&prefix, case.words, 3);
                let said = case.said.replace("P.", &format!("{prefix}."));
                assert!(last.contains(&said), "{said:?} is not said: {last}");
                assert!(last.contains("--add --allow-principal User:guest"), "{last}");
            });
        }
    });
}

#[test]
#[ignore = "needs Kafka: deploy/kafka.sh with cargo test -- --ignored"]
fn what_is_denied_for_a_moment_is_waited_for() {
    let cases: [(&str, &str, fn(&str) -> String); 4] = [
        ("moment-ids", ANALYZE, |p| format!("ids {p}.analyze")),
        ("moment-group", ANALYZE, |p| format!("group {p}.analyze")),
        ("moment-posts", ANALYZE, |p| format!("topic {p}.posts")),
        ("moment-sessions", ANALYZE, |p| format!("topic {p}.sessions")),
    ];
    thread::scope(|scope| {
        for (name, words, denied) in cases {
            scope.spawn(move || {
                let prefix = format!("test-{name}-{}", std::process::id());
                fill(&prefix);
                let on = denied(&prefix);
                let mut administrator = administrator();
                administrator.make(&everything(&prefix));
                // The topic stays in sight, as it does while rules are only half there.
                let denied = || [rule(Doing::Read, &on), rule(Doing::Write, &on)];
                administrator.make(&denied());
                let waiting = scope.spawn({
                    let prefix = prefix.clone();
                    move || end(&prefix, words, 0)
                });
                thread::sleep(FOR_A_MOMENT);
                administrator.take_back(&denied());
                waiting.join().unwrap();
            });
        }
    });
}

#[test]
#[ignore = "needs Kafka: deploy/kafka.sh with cargo test -- --ignored"]
fn doctor_names_each_right_that_is_lacking() {
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
    expect(&nothing, &["may not see topics P.posts, P.decisions", ids, group], &["are not there"]);
    administrator.make(&[allow(Doing::Describe, On::Topics(&prefix))]);
    let seen = told(3);
    let all = ["may not read topics P.posts,", "may not write to topics P.posts,", ids, group];
    expect(&seen, &all, &["may not see"]);
    administrator.make(&[
        allow(Doing::Read, On::Topics(&prefix)),
        allow(Doing::Write, On::Topics(&prefix)),
        deny(Doing::Write, On::Topics(&sessions)),
        allow(Doing::Read, On::Groups(&prefix)),
        allow(Doing::Write, On::Ids(&prefix)),
    ]);
    let one = told(3);
    expect(
        &one,
        &["may not write to topic P.sessions", "--operation Write --topic P.sessions"],
        &["may not read", "may not join", "may not use", "idempotently"],
    );
    administrator.take_back(&[deny(Doing::Write, On::Topics(&sessions))]);
    // That no topic may be made is worth a look, no more.
    let enough = told(1);
    expect(&enough, &["no topic may be made"], &["user may not", "fail"]);
    administrator.make(&everything(&prefix));
    expect(&told(0), &["topics may be made, written, read and deleted"], &["user may not"]);
}
