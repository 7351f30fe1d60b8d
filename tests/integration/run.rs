//! The season through `colloquy run`.

use std::io::Write as _;
use std::process::Stdio;

use colloquy_fixtures::Truth;

use crate::support::{colloquy, expect_code, files, folder, run, season, stderr, stdout};

#[test]
fn the_season_is_found_as_it_was_written() {
    let out = folder();
    let output = run(&[season()], out.path());
    expect_code(&output, 1);
    let truth = Truth::load().unwrap();
    let table = stdout(&output);
    for session in &truth.sessions {
        let start = session.session.replace('T', " ");
        let start = format!("{}:{}", &start[..13], &start[13..15]);
        let row = table.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("no session {start} in\n{table}"));
        let questions: usize = row.split_whitespace().nth(2).unwrap().parse().unwrap();
        assert_eq!(questions, session.questions.len(), "{row}");
    }
    assert!(table.contains(&format!("#gardenchat: {} sessions", truth.sessions.len())), "{table}");
    insta::assert_snapshot!("season", table);
}

#[test]
fn the_account_adds_up_and_names_what_was_rejected() {
    let out = folder();
    let output = run(&[season()], out.path());
    let told = stderr(&output);
    let truth = Truth::load().unwrap();
    let total = &truth.total;
    let sum = |map: &std::collections::BTreeMap<String, u64>| map.values().sum::<u64>();
    let line = told.lines().rfind(|line| line.starts_with("received ")).unwrap();
    for part in [
        format!("received {} =", total.received),
        format!("accepted {} +", total.accepted),
        format!("unrelated {} (", sum(&total.unrelated)),
        format!("duplicate {} +", total.duplicate),
        format!("rejected {}", sum(&total.rejected)),
    ] {
        assert!(line.contains(&part), "{part} is not in {line}");
    }
    assert!(
        told.contains(
            "rejected fixtures/gardenchat/archive/x_2025_04.jsonl line 205: truncated JSON"
        ),
        "{told}"
    );
    let letters = std::fs::read_to_string(out.path().join("dead-letters.jsonl")).unwrap();
    assert_eq!(letters.lines().count() as u64, sum(&total.rejected));
}

#[test]
fn standard_input_is_read_and_a_chat_is_found_without_being_named() {
    let archive = std::fs::read(season().join("x_2024.jsonl.gz")).unwrap();
    let out = folder();
    let mut child = colloquy()
        .args(["run", "-", "--out"])
        .arg(out.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&archive).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    expect_code(&output, 0);
    assert!(stderr(&output).contains("taking #gardenchat"), "{}", stderr(&output));
    assert!(stdout(&output).contains("#gardenchat: 12 sessions"), "{}", stdout(&output));
}

#[test]
fn a_registry_states_the_hour_and_the_hosts() {
    let out = folder();
    let output = colloquy()
        .arg("run")
        .arg(season())
        .args(["--config", "fixtures/gardenchat/chats.toml", "--out"])
        .arg(out.path())
        .output()
        .unwrap();
    expect_code(&output, 1);
    let table = stdout(&output);
    assert!(table.contains("#gardenchat: 26 sessions"), "{table}");
    let page =
        std::fs::read_to_string(out.path().join("moderators/gardenchat/2024-10-02T1900Z.html"));
    assert!(page.unwrap().contains("first-timer"), "with a stated beginning, newcomers are known");
}

#[test]
fn a_second_run_into_the_same_folder_changes_nothing() {
    let out = folder();
    run(&[season()], out.path());
    let before = files(out.path());
    run(&[season()], out.path());
    crate::support::assert_same("again", &before, &files(out.path()));
}

#[test]
fn what_the_user_must_put_right_ends_with_2_and_says_so() {
    let out = folder();
    let out = out.path().to_str().unwrap();
    let registry = folder();
    let registry = registry.path().join("chats.toml");
    std::fs::write(&registry, "[[chat]]\nname = \"a\"\n[chat.schedule]\nzone = \"Nowhere\"\n")
        .unwrap();
    let registry = registry.to_str().unwrap().to_owned();
    let cases: &[(&[&str], &str)] = &[
        (&["run", "no-such-file", "--chat", "a", "--out", out], "no-such-file"),
        (
            &["run", "Cargo.toml", "--chat", "a", "--journal", "redis:x", "--out", out],
            "memory:, sqlite:PATH or kafka:",
        ),
        (&["run", "Cargo.toml", "--chat", "#", "--out", out], "needs a name"),
        (&["run", "Cargo.toml", "--chat", "a", "--memory", "1MB", "--out", out], "at least 256MB"),
        (
            &["run", "Cargo.toml", "--chat", "a", "--timezone", "Mars/Base", "--out", out],
            "no time zone",
        ),
        (&["run", "Cargo.toml", "--config", &registry, "--out", out], "chat[0].schedule"),
        (&["run", "Cargo.toml", "--out", out], "name it with --chat"),
        (&["analyze", "--journal", "memory:"], "lives in one process"),
        (&["decide", "x:1", "nonsense", "--chat", "a", "--out", out], "is no verdict"),
        (&["decide", "x:1", "hijack", "--out", out], "name the chat with --chat"),
    ];
    for (arguments, said) in cases {
        let output = colloquy().args(*arguments).output().unwrap();
        expect_code(&output, 2);
        assert!(stderr(&output).contains(said), "{arguments:?} said {}", stderr(&output));
    }
}
