//! What a moderator says, and what the next run makes of it.

use crate::support::{colloquy, expect_code, folder, run, season, stdout};

/// Flags of the newest session with any, as the table shows them.
fn flags(table: &str, session: &str) -> u64 {
    let row = table.lines().find(|line| line.starts_with(session)).unwrap();
    row.split_whitespace().last().unwrap().parse().unwrap()
}

#[test]
fn a_cleared_post_is_no_flag_in_the_next_run() {
    let out = folder();
    let before = stdout(&run(&[season()], out.path()));
    let session = "2025-02-12 20:00";
    let flagged = flags(&before, session);
    assert!(flagged > 0, "{before}");
    let review = out.path().join("moderators/gardenchat/2025-02-12T2000Z.html");
    let page = std::fs::read_to_string(&review).unwrap();
    let command = page.split("colloquy decide ").nth(1).expect("the page says how to clear a post");
    let subject = command.split_whitespace().next().unwrap().to_owned();

    let decide = |words: &[&str]| {
        let output = colloquy()
            .arg("decide")
            .arg(&subject)
            .args(words)
            .arg("--out")
            .arg(out.path())
            .output();
        expect_code(&output.unwrap(), 0);
    };
    decide(&["not-hijack", "--by", "rosa", "--note", "she asked first"]);
    let cleared = stdout(&run(&[season()], out.path()));
    assert_eq!(flags(&cleared, session), flagged - 1, "{cleared}");
    assert_eq!(
        std::fs::read_to_string(out.path().join("decisions.jsonl")).unwrap().lines().count(),
        1
    );

    decide(&["not-hijack", "--withdraw"]);
    let withdrawn = stdout(&run(&[season()], out.path()));
    assert_eq!(withdrawn, before, "what was taken back leaves no trace");
}

#[test]
fn a_decision_in_the_journal_revises_what_was_published() {
    let (place, out) = (folder(), folder());
    let journal = format!("sqlite:{}", place.path().join("journal.db").display());
    let step = |arguments: &[&str]| {
        let output = colloquy().args(arguments).args(["--journal", &journal]).output().unwrap();
        assert!(output.status.code().is_some_and(|code| code < 2), "{arguments:?}: {output:?}");
        output
    };
    let out_name = out.path().to_str().unwrap();
    step(&["ingest", season().to_str().unwrap(), "--chat", "gardenchat"]);
    step(&["analyze", "--until-idle"]);
    let before = stdout(&step(&["report", "--until-idle", "--out", out_name]));
    let session = "2025-01-01 20:00";
    step(&["decide", "2025-01-01T2000Z", "not-a-session", "--chat", "gardenchat"]);
    step(&["analyze", "--until-idle"]);
    let after = stdout(&step(&["report", "--until-idle", "--out", out_name]));
    assert!(before.contains(session) && !after.contains(session), "{after}");
    let folder = out.path().join("lake/posts/chat=gardenchat/session=2025-01-01T2000Z");
    assert!(!folder.exists(), "its files go in the same change");
}
