//! `colloquy doctor`: every finding with what to do, and an exit code that a script can use.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use colloquy_journal::{JournalUrl, Settings};

use crate::support::{brokers, colloquy, expect_code, folder, season, secure, stderr, stdout};

fn doctor(place: &Path, words: &str) -> Output {
    let mut command = colloquy();
    command.current_dir(place).arg("doctor").args(words.split_whitespace());
    command.output().unwrap()
}

/// The verdict of the row about `what`, and its words, wrapped or not.
fn row(text: &str, what: &str) -> (String, String) {
    let verdict = |line: &str| {
        let first = line.split(' ').next().unwrap_or_default();
        ["ok", "warn", "fail"].contains(&first).then(|| first.to_owned())
    };
    let is_meant = |line: &str| {
        verdict(line).is_some_and(|verdict| line[verdict.len()..].trim_start().starts_with(what))
    };
    let mut lines = text.lines().skip_while(|line| !is_meant(line));
    let first = lines.next().unwrap_or_else(|| panic!("no row {what}:\n{text}"));
    let rest: Vec<&str> = lines.take_while(|line| verdict(line).is_none()).collect();
    let words = [&[first], rest.as_slice()].concat().join(" ");
    let words: Vec<&str> = words.split_whitespace().collect();
    (words[0].to_owned(), words[1..].join(" "))
}

/// What a doctor must say of `what`.
fn expect(output: &Output, what: &str, verdict: &str, said: &str) {
    let text = stdout(output);
    let (found, words) = row(&text, what);
    assert_eq!(found, verdict, "{what}: {words}");
    assert!(words.contains(said), "{what} does not say {said:?}: {words}");
    assert_eq!(
        verdict != "ok",
        words.contains("to do:"),
        "a hint where there is something to do: {words}"
    );
}

#[test]
fn a_folder_and_its_configuration_are_looked_at() {
    let place = folder();
    let at = place.path();
    // Nothing is there yet, and nothing is made by looking.
    let empty = doctor(at, "");
    expect(&empty, "configuration", "ok", "none");
    expect(&empty, "output folder", "ok", "can be made");
    expect(&empty, "journal", "ok", "memory");
    assert_eq!(fs::read_dir(at).unwrap().count(), 0);

    fs::create_dir(at.join("colloquy-out")).unwrap();
    fs::write(at.join("colloquy-out/decisions.jsonl"), "no decision\n").unwrap();
    fs::write(at.join("colloquy-out/dead-letters.jsonl"), "no letter\n").unwrap();
    fs::write(at.join("chats.toml"), "[[chat]]\nname = 'oak'\ntag = 'oak'\n").unwrap();
    fs::write(at.join("file"), "no folder").unwrap();
    let bad = doctor(at, "--config chats.toml");
    expect_code(&bad, 3);
    expect(&bad, "configuration", "fail", "line 3");
    expect(&bad, "decisions", "fail", "decisions.jsonl");
    expect(&bad, "dead letters", "warn", "1 that this version cannot read");
    expect(&doctor(at, "--out file/out"), "output folder", "fail", "file cannot be written");
    fs::write(at.join("chats.toml"), "[[chat]]\nname = 'oak'\n[chat.schedule]\nrrule = 'FREQ=OFTEN'\nstart = '2025-01-01T20:00'\nzone = 'UTC'\nminutes = 60\n").unwrap();
    expect(&doctor(at, "--config chats.toml"), "configuration", "fail", "OFTEN");
    expect(&doctor(at, "--config nowhere.toml"), "configuration", "fail", "nowhere.toml");
}

#[test]
fn a_file_journal_is_looked_at_and_left_as_it_is() {
    let place = folder();
    let at = place.path();
    let missing = doctor(at, "--journal sqlite:none.db");
    expect_code(&missing, 1);
    expect(&missing, "journal file", "warn", "colloquy ingest makes it");
    assert!(!at.join("none.db").exists(), "looking makes no journal");

    let mut ingest = colloquy();
    ingest.arg("ingest").arg(season().join("x_2025_04.jsonl")).args(["--chat", "gardenchat"]);
    ingest.args(["--journal", &format!("sqlite:{}", at.join("colloquy.db").display())]);
    expect_code(&ingest.output().unwrap(), 1);
    let before = fs::read(at.join("colloquy.db")).unwrap();
    // Without a word the usual file is meant.
    let found = doctor(at, "");
    expect_code(&found, 1);
    expect(&found, "journal file", "ok", "colloquy.db, layout 1, whole");
    expect(&found, "journal lock", "ok", "can be written");
    expect(&found, "journal contents", "ok", "6 partitions, 2");
    expect(&found, "group analyze", "ok", "committed nothing yet");
    expect(&found, "dead letters", "warn", "dead-letters list");
    assert!(fs::read(at.join("colloquy.db")).unwrap() == before, "looking changes nothing");

    // A newer layout, somebody else's file, a damaged one.
    let mut newer = before.clone();
    newer[60..64].copy_from_slice(&9_u32.to_be_bytes());
    let mut foreign = before.clone();
    foreign[68..72].copy_from_slice(&7_u32.to_be_bytes());
    let mut damaged = before.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 20_000].fill(0xa5);
    for (bytes, said) in [
        (newer, "knows up to 1"),
        (foreign, "of another program"),
        (damaged, "cannot be read"),
        (b"no database".to_vec(), "cannot be read"),
    ] {
        fs::write(at.join("other.db"), bytes).unwrap();
        let found = doctor(at, "--journal sqlite:other.db");
        expect_code(&found, 3);
        expect(&found, "journal file", "fail", said);
    }
}

#[test]
fn work_that_nobody_does_is_told() {
    let place = folder();
    let url = format!("sqlite:{}", place.path().join("journal.db").display());
    let words = |words: &str| {
        let mut command = colloquy();
        command.current_dir(place.path()).args(words.split_whitespace());
        command.args(["--journal", &url]).output().unwrap()
    };
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join(season());
    let ingest = |file: &str| {
        let archive = archive.join(file);
        words(&format!("ingest {} --chat gardenchat", archive.display()))
    };
    expect_code(&ingest("x_2025_04.jsonl"), 1);
    expect_code(&words("analyze --until-idle"), 0);
    expect(&words("doctor"), "group analyze", "ok", "everything is taken in");
    ingest("x_2024.jsonl.gz");
    expect(&words("doctor"), "group analyze", "warn", "start colloquy analyze");
}

#[test]
fn a_broker_that_is_not_there_is_told_and_so_is_a_secret_on_the_command_line() {
    let place = folder();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    drop(silent);
    let shown =
        doctor(place.path(), &format!("--journal kafka:{address} --kafka sasl.password=hunter2"));
    expect_code(&shown, 3);
    expect(&shown, "Kafka settings", "fail", "sasl.password@FILE");
    let said = stdout(&shown) + &stderr(&shown);
    assert!(!said.contains("hunter2"), "{said}");
    let mut command = colloquy();
    command.args(["doctor", "--kafka", "linger=5"]);
    expect(&command.output().unwrap(), "Kafka settings", "fail", "linger");
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh with cargo test -- --ignored"]
fn a_cluster_is_looked_at() {
    let place = folder();
    let prefix = format!("test-doctor-{}", std::process::id());
    let words = format!("--journal kafka:{} --topic-prefix {prefix}", brokers());
    let empty = doctor(place.path(), &words);
    expect_code(&empty, 1);
    expect(&empty, "brokers", "ok", "1 in the cluster");
    expect(&empty, "topics", "warn", "8 of 8 are not there yet");
    expect(&empty, "permissions", "ok", "made, written, read and deleted");
    expect(&empty, "clocks", "ok", "0 ms apart");
    expect(&empty, "transactions", "ok", "");
    let still = doctor(place.path(), &words);
    expect(&still, "topics", "warn", "8 of 8");

    let url = JournalUrl::Kafka(brokers());
    let settings = Settings { prefix: prefix.clone(), partitions: 2, ..Settings::default() };
    drop(colloquy_journal::open(&url, &settings).unwrap());
    let made = doctor(place.path(), &words);
    expect_code(&made, 0);
    for topic in ["posts", "decisions", "coverage", "sessions", "annotations"] {
        expect(&made, &format!("topic {topic}"), "ok", "2 partitions, copies: 1; cleanup compact");
    }
    expect(&made, "topic dead-letters", "ok", "cleanup delete");
    expect(&made, "group report", "ok", "committed nothing yet");
}

#[test]
#[ignore = "needs a Kafka broker with TLS and SASL: deploy/kafka.sh with cargo test -- --ignored"]
fn a_login_is_read_from_file_environment_and_command_line_and_said_nowhere() {
    let place = folder();
    let at = place.path();
    let address = fs::read_to_string(secure("address")).unwrap();
    let secret = fs::read_to_string(secure("secret")).unwrap().trim_end().to_owned();
    let config = format!(
        "[kafka]\nsecurity.protocol = \"sasl_ssl\"\nsasl.mechanism = \"SCRAM-SHA-512\"\n\
         sasl.username = \"colloquy\"\nsasl.password = {{ file = {:?} }}\nssl.ca.location = {:?}\n",
        secure("secret"),
        secure("ca.pem")
    );
    fs::write(at.join("kafka.toml"), config).unwrap();
    let prefix = format!("test-login-{}", std::process::id());
    let start = |more: &str| -> Command {
        let mut command = colloquy();
        command.current_dir(at).arg("doctor").args(more.split_whitespace());
        command.args(["--journal", &format!("kafka:{}", address.trim_end())]);
        command.args(["--topic-prefix", &prefix, "--config", "kafka.toml"]);
        command.env("RUST_LOG", "debug");
        command
    };
    let silent = |output: &Output| {
        let said = stdout(output) + &stderr(output);
        assert!(!said.contains(&secret) && !said.contains("not-the-password"), "{said}");
    };
    let let_in = start("").output().unwrap();
    expect(&let_in, "brokers", "ok", "1 in the cluster");
    silent(&let_in);
    let file = at.join("wrong");
    fs::write(&file, "not-the-password\n").unwrap();
    let by_line = start(&format!("--kafka sasl.password@{}", file.display())).output().unwrap();
    let by_environment =
        start("").env("COLLOQUY_KAFKA_SASL_PASSWORD", "not-the-password").output().unwrap();
    for refused in [by_line, by_environment] {
        expect_code(&refused, 3);
        expect(&refused, "brokers", "fail", "Authentication failed");
        silent(&refused);
    }
    // Not a word of TLS: the broker hangs up.
    let mut plain = start("--kafka security.protocol=plaintext");
    expect(&plain.output().unwrap(), "brokers", "fail", "security.protocol");
}
