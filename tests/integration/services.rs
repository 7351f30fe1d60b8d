//! Ingest, analyze and report as three processes over one journal.

use std::path::Path;
use std::process::{Child, Stdio};

use crate::support::{assert_same, brokers, colloquy, expect_code, folder, published, run, season};

fn start(arguments: &[&str], journal: &str, extra: &[&str]) -> Child {
    let mut command = colloquy();
    command.args(arguments).args(["--journal", journal]).args(extra);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Starts analysis and report first, so that they wait for what comes, then ingest.
fn three_processes(journal: &str, extra: &[&str], out: &Path) {
    let report = start(&["report", "--until-idle", "--out", out.to_str().unwrap()], journal, extra);
    let analysis = start(&["analyze", "--until-idle"], journal, extra);
    let archives = season();
    let ingest =
        start(&["ingest", archives.to_str().unwrap(), "--chat", "gardenchat"], journal, extra);
    for (child, code) in [(ingest, 1), (analysis, 0), (report, 0)] {
        expect_code(&child.wait_with_output().unwrap(), code);
    }
}

fn lake_of_run() -> std::collections::BTreeMap<String, Vec<u8>> {
    let out = folder();
    run(&[season()], out.path());
    published(out.path())
}

#[test]
fn sqlite_gives_the_lake_of_run() {
    let (place, out) = (folder(), folder());
    let journal = format!("sqlite:{}", place.path().join("journal.db").display());
    three_processes(&journal, &["--partitions", "3"], out.path());
    let expected = lake_of_run();
    assert_same("SQLite", &published(out.path()), &expected);

    // One after the other, and the same archives once more: nothing changes.
    let again =
        start(&["ingest", season().to_str().unwrap(), "--chat", "gardenchat"], &journal, &[]);
    expect_code(&again.wait_with_output().unwrap(), 1);
    let analysis = start(&["analyze", "--until-idle"], &journal, &[]);
    expect_code(&analysis.wait_with_output().unwrap(), 0);
    let report =
        start(&["report", "--until-idle", "--out", out.path().to_str().unwrap()], &journal, &[]);
    expect_code(&report.wait_with_output().unwrap(), 0);
    assert_same("again", &published(out.path()), &expected);
}

/// A worker or a report that was killed keeps its partitions until it is missed; who comes meanwhile
/// waits for them instead of ending without them.
#[test]
fn who_comes_after_one_that_was_killed_ends_with_everything() {
    let (place, out) = (folder(), folder());
    let journal = format!("sqlite:{}", place.path().join("journal.db").display());
    let report = ["report", "--out", out.path().to_str().unwrap()];
    for words in [&["analyze"][..], &report] {
        let mut child = start(words, &journal, &[]);
        std::thread::sleep(std::time::Duration::from_secs(1));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let ingest =
        start(&["ingest", season().to_str().unwrap(), "--chat", "gardenchat"], &journal, &[]);
    expect_code(&ingest.wait_with_output().unwrap(), 1);
    for words in [&["analyze"][..], &report] {
        let service = start(words, &journal, &["--until-idle"]);
        expect_code(&service.wait_with_output().unwrap(), 0);
    }
    assert_same("after a kill", &published(out.path()), &lake_of_run());
}

#[test]
fn archives_ingested_in_two_runs_give_the_lake_of_one() {
    let (place, out) = (folder(), folder());
    let journal = format!("sqlite:{}", place.path().join("journal.db").display());
    // The later half first, so that the earlier one is late and everything is folded again.
    for half in [
        &["x_2025_pages.jsonl.zst", "x_2025_04.jsonl"][..],
        &["x_2024.jsonl.gz", "mastodon.jsonl.zst"],
    ] {
        let files: Vec<String> =
            half.iter().map(|name| season().join(name).to_str().unwrap().to_owned()).collect();
        let mut arguments = vec!["ingest"];
        arguments.extend(files.iter().map(String::as_str));
        arguments.extend(["--chat", "gardenchat"]);
        let ingest = start(&arguments, &journal, &[]).wait_with_output().unwrap();
        assert!(ingest.status.code().is_some_and(|code| code < 2), "{ingest:?}");
        let analysis = start(&["analyze", "--until-idle"], &journal, &[]);
        expect_code(&analysis.wait_with_output().unwrap(), 0);
        let report = start(
            &["report", "--until-idle", "--out", out.path().to_str().unwrap()],
            &journal,
            &[],
        );
        expect_code(&report.wait_with_output().unwrap(), 0);
    }
    assert_same("two runs", &published(out.path()), &lake_of_run());
}

#[test]
fn a_registry_that_comes_later_revises_what_was_published() {
    let (place, out, expected) = (folder(), folder(), folder());
    let journal = format!("sqlite:{}", place.path().join("journal.db").display());
    let config = ["--config", "fixtures/gardenchat/chats.toml"];
    let ingest = start(&["ingest", season().to_str().unwrap()], &journal, &config);
    expect_code(&ingest.wait_with_output().unwrap(), 1);
    for extra in [&[][..], &config] {
        let analysis = start(&["analyze", "--until-idle"], &journal, extra);
        expect_code(&analysis.wait_with_output().unwrap(), 0);
        let out = out.path().to_str().unwrap();
        let report = start(&["report", "--until-idle", "--out", out], &journal, extra);
        expect_code(&report.wait_with_output().unwrap(), 0);
    }
    let mut run = colloquy();
    run.arg("run").arg(season()).args(config).arg("--out").arg(expected.path());
    expect_code(&run.output().unwrap(), 1);
    assert_same("registry", &published(out.path()), &published(expected.path()));
}

#[test]
fn run_over_sqlite_gives_the_lake_of_run_in_memory() {
    let (place, out) = (folder(), folder());
    let journal = format!("sqlite:{}", place.path().join("journal.db").display());
    let output = colloquy()
        .arg("run")
        .arg(season())
        .args(["--chat", "gardenchat", "--journal", &journal, "--out"])
        .arg(out.path())
        .output()
        .unwrap();
    expect_code(&output, 1);
    assert_same("run over SQLite", &published(out.path()), &lake_of_run());
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh with cargo test -- --ignored"]
fn kafka_gives_the_lake_of_run() {
    let brokers = brokers();
    let out = folder();
    let prefix = format!("test-season-{}", std::process::id());
    three_processes(
        &format!("kafka:{brokers}"),
        &["--topic-prefix", &prefix, "--partitions", "3"],
        out.path(),
    );
    assert_same("Kafka", &published(out.path()), &lake_of_run());
}
