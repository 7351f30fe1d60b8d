//! The season through `colloquy run`.

use std::io::Write as _;
use std::process::Stdio;

use colloquy_fixtures::Truth;
use tempfile::TempDir;

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

/// Writes a file into `folder` and returns its path.
fn written(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A post of X's archive in a line.
fn x(id: u64, minute: u64, author: &str, text: &str) -> String {
    let id = 1_900_000_000_000_000_000 + id;
    format!(
        "{{\"id\":\"{id}\",\"author_id\":\"{author}\",\"text\":\"{text}\",\
         \"created_at\":\"2025-03-05T20:{minute:02}:00Z\"}}\n"
    )
}

/// An hour of two chats together, as an archive of X.
fn joint_hour() -> String {
    let mut lines = String::new();
    let mut id = 0;
    for question in 1..=3 {
        let asked = question * 10;
        id += 1;
        let text = format!("Q{question}: which seeds do you swap? #gardenchat #seedswap");
        lines += &x(id, asked, "1", &text);
        for author in ["2", "3", "4"] {
            id += 1;
            let text = format!("A{question}: beans, by {author} #seedswap #gardenchat");
            lines += &x(id, asked + 1, author, &text);
        }
    }
    lines
}

#[test]
fn a_joint_session_is_published_once_for_each_chat() {
    let out = folder();
    let archive = written(&out, "joint.jsonl", &joint_hour());
    let schedule = "schedule = { rrule = \"FREQ=WEEKLY\", start = \"2025-03-05T20:00\", zone = \"UTC\", minutes = 60 }\n";
    let chats = format!(
        "[[chat]]\nname = \"gardenchat\"\n{schedule}[[chat]]\nname = \"seedswap\"\n{schedule}"
    );
    let registry = written(&out, "chats.toml", &chats);
    let run = |names: &[&str], into: &str| {
        let into = out.path().join(into);
        let mut command = colloquy();
        command.args(["run", &archive, "--config", &registry]).args(names);
        let output = command.arg("--out").arg(&into).output().unwrap();
        expect_code(&output, 0);
        assert!(stderr(&output).contains("received 12 = accepted 12"), "{}", stderr(&output));
        (stdout(&output), files(&into))
    };
    let (together, published) = run(&[], "both");
    for chat in ["gardenchat", "seedswap"] {
        let (alone, own) = run(&["--chat", chat], chat);
        assert!(alone.contains(&format!("#{chat}: 1 session")), "{alone}");
        assert!(together.contains(alone.lines().nth(2).unwrap()), "{together}");
        // Every table of the chat is what it is where the chat is alone.
        let of_chat =
            |name: &&String| name.starts_with("lake/") && name.contains(&format!("chat={chat}/"));
        let tables: Vec<&String> = own.keys().filter(of_chat).collect();
        assert!(tables.iter().any(|name| name.starts_with("lake/posts/")), "{tables:?}");
        assert_eq!(tables, published.keys().filter(of_chat).collect::<Vec<_>>());
        for name in tables {
            assert!(own[name] == published[name], "{name} differs");
        }
    }
}

#[test]
fn the_registry_names_the_platforms_and_cancels_a_session() {
    let out = folder();
    let archive = written(&out, "joint.jsonl", &joint_hour());
    let run = |lines: &str| {
        let registry =
            written(&out, "chats.toml", &format!("[[chat]]\nname = \"gardenchat\"\n{lines}"));
        let mut command = colloquy();
        command.args(["run", &archive, "--config", &registry, "--out"]).arg(out.path().join("out"));
        let output = command.output().unwrap();
        expect_code(&output, 0);
        (stdout(&output), stderr(&output))
    };
    let schedule = "[chat.schedule]\nrrule = \"FREQ=WEEKLY\"\nstart = \"2025-03-05T20:00\"\nzone = \"UTC\"\nminutes = 60\n";
    let (table, _) = run(schedule);
    assert!(table.contains("#gardenchat: 1 session"), "{table}");
    // The folder holds the session; the changed registry takes it back.
    let cancelled = "[[chat.session]]\ndate = \"2025-03-05\"\ncancelled = true\n";
    let (table, _) = run(&format!("{schedule}{cancelled}"));
    assert!(table.contains("Outside every session: 12 posts"), "{table}");
    let (_, told) = run("platforms = [\"bluesky\"]\n");
    assert!(told.contains("unrelated 12 (other platform 12)"), "{told}");
}

#[test]
fn what_the_user_must_put_right_ends_with_2_and_says_so() {
    let out = folder();
    let out = out.path().to_str().unwrap();
    let (one, other) = (folder(), folder());
    let registry = written(
        &one,
        "chats.toml",
        "[[chat]]\nname = \"a\"\n[chat.schedule]\nzone = \"Nowhere\"\n",
    );
    let policy =
        written(&other, "chats.toml", "[[chat]]\n# Once.\nname = \"a\"\npromotion = \"never\"\n");
    let cases: &[(&[&str], &str)] = &[
        (&["run", "no-such-file", "--chat", "a", "--out", out], "no-such-file"),
        (
            &["run", "Cargo.toml", "--chat", "a", "--journal", "redis:x", "--out", out],
            "memory:, sqlite:PATH or kafka:",
        ),
        (&["run", "Cargo.toml", "--chat", "#", "--out", out], "needs a name"),
        (&["run", "Cargo.toml", "--chat", "a", "--memory", "1MB", "--out", out], "at least 64MB"),
        (
            &["run", "Cargo.toml", "--chat", "a", "--timezone", "Mars/Base", "--out", out],
            "no time zone",
        ),
        (
            &["run", "Cargo.toml", "--config", &registry, "--out", out],
            "chats.toml: line 3, chat[0].schedule: missing field `rrule`; add it",
        ),
        (
            &["run", "Cargo.toml", "--config", &policy, "--out", out],
            "chats.toml: line 4, chat[0].promotion: \"never\" is no policy; it is one of forbidden, \
             participants, welcome",
        ),
        (&["run", "Cargo.toml", "--config", "no-such-registry", "--out", out], "no-such-registry"),
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
