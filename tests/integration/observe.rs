//! What a running process tells: figures, health, readiness, and its last line.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{Running, brokers, colloquy, expect_code, folder, season};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_mins(1);

/// The samples of a metric, summed over its labels.
fn sum(text: &str, name: &str) -> Option<f64> {
    let values = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let value =
            if rest.starts_with('{') { rest.rsplit_once("} ")?.1 } else { rest.strip_prefix(' ')? };
        value.parse::<f64>().ok()
    });
    values.reduce(|sum, value| sum + value)
}

fn until_ready(running: &Running) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (code, body) = running.get("/readyz");
        if code == 200 {
            return;
        }
        assert_eq!(code, 503, "{body}");
        assert!(Instant::now() < deadline, "never ready: {body}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn until_sum(running: &Running, name: &str, expected: f64) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (_, text) = running.get("/metrics");
        if sum(&text, name) == Some(expected) {
            return;
        }
        assert!(Instant::now() < deadline, "{name} never became {expected}:\n{text}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn service(words: &[&str], journal: &str) -> Command {
    let mut command = colloquy();
    command.args(words).args(["--journal", journal, "--metrics", "127.0.0.1:0", "--log", "json"]);
    command
}

/// The fields of the last line of a process, all of whose lines are JSON.
fn last_line(text: &str) -> serde_json::Value {
    for line in text.lines() {
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(parsed.is_ok_and(|it| it["level"].is_string()), "no JSON: {line}");
    }
    let line = text
        .lines()
        .rfind(|line| line.contains("colloquy::ended"))
        .unwrap_or_else(|| panic!("{text}"));
    serde_json::from_str::<serde_json::Value>(line).unwrap()["fields"].take()
}

fn figures_of_services(journal: &str) {
    let out = folder();
    let analyze = Running::start(&mut service(&["analyze"], journal));
    let report = Running::start(service(&["report"], journal).arg("--out").arg(out.path()));
    for running in [&analyze, &report] {
        assert_eq!(running.get("/healthz").0, 200);
        assert_eq!(running.get("/").0, 404);
        until_ready(running);
    }
    let mut ingest = service(&["ingest", "--chat", "gardenchat"], journal);
    let ingested = Running::start(ingest.arg(season())).end();
    assert_eq!(ingested.code, Some(1), "{}", ingested.stderr);
    let told = last_line(&ingested.stderr);
    for (field, expected) in [
        ("received", 5_438),
        ("accepted", 5_304),
        ("unrelated", 82),
        ("duplicate", 51),
        ("rejected", 1),
    ] {
        assert_eq!(told[field], expected, "{field} in {told}");
    }

    until_sum(&analyze, "colloquy_sessions_published_total", 54.0);
    until_sum(&report, "colloquy_sessions_written_total", 54.0);
    until_ready(&analyze);
    let (_, text) = analyze.get("/metrics");
    for (name, expected) in [
        ("colloquy_entries_set_aside_total", 0.0),
        ("colloquy_posts_late_total", 0.0),
        ("colloquy_open_sessions", 0.0),
        ("colloquy_posts_held", 0.0),
    ] {
        assert_eq!(sum(&text, name), Some(expected), "{name}");
    }
    assert!(
        text.contains("colloquy_entries_read_total{group=\"analyze\",topic=\"posts\"} 5304"),
        "{text}"
    );
    assert!(
        text.contains("colloquy_lag{group=\"analyze\",topic=\"posts\",partition=\"0\"}"),
        "{text}"
    );
    let flags = sum(&text, "colloquy_flags_total").unwrap();
    assert!(flags > 100.0, "{flags}");
    until_sum(&analyze, "colloquy_lag", 0.0);
    until_sum(&report, "colloquy_lag", 0.0);
    if journal.starts_with("kafka:") {
        let (_, text) = report.get("/metrics");
        assert_eq!(sum(&text, "colloquy_latency_seconds_count"), Some(54.0), "{text}");
    }

    let ended = analyze.stop();
    let told = last_line(&ended.stderr);
    assert_eq!(told["flags"], flags, "{told}");
    assert_eq!((&told["published"], &told["lag"]), (&54.into(), &0.into()), "{told}");
    let told = last_line(&report.stop().stderr);
    assert_eq!((&told["written"], &told["set_aside"]), (&54.into(), &0.into()), "{told}");
}

#[test]
fn services_over_sqlite_tell_figures_health_and_readiness() {
    let place = folder();
    figures_of_services(&format!("sqlite:{}", place.path().join("journal.db").display()));
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh with cargo test -- --ignored"]
fn services_over_kafka_tell_figures_health_and_readiness() {
    let brokers = brokers();
    // A prefix of its own: the topics of another test have other figures.
    let prefix = format!("test-observe-{}", std::process::id());
    crate::support::with_prefix(&prefix, || figures_of_services(&format!("kafka:{brokers}")));
}

#[test]
fn an_address_that_others_reach_is_refused_and_a_taken_port_is_named() {
    let out = folder();
    let run = |address: &str| {
        let mut command = colloquy();
        command.arg("run").arg(season()).arg("--out").arg(out.path().join("out"));
        command.args(["--chat", "gardenchat", "--metrics", address]).output().unwrap()
    };
    let refused = run("0.0.0.0:9464");
    expect_code(&refused, 2);
    assert!(crate::support::stderr(&refused).contains("write 127.0.0.1:9464"), "{refused:?}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = run(&address);
    expect_code(&refused, 3);
    assert!(crate::support::stderr(&refused).contains(&address), "{refused:?}");
    assert!(!out.path().join("out").exists(), "refused before the work begins");
}
