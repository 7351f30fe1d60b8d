//! What a moderator says, and what the next run makes of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use colloquy_report::lake::find;
use colloquy_transcript::ChatName;

use crate::support::{
    assert_same, colloquy, expect_code, folder, published, run, season, stderr, stdout,
};

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

/// A folder's lake and pages, without what was said itself.
fn made_of(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = published(out);
    files.retain(|name, _| !name.starts_with("lake/decisions") && name != "decisions.jsonl");
    files
}

fn decide(out: &Path, words: &[&str]) -> Output {
    colloquy().arg("decide").args(words).arg("--out").arg(out).output().unwrap()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_corrected_start_renames_the_session_until_it_is_taken_back() {
    let out = folder();
    let sessions = out.path().join("lake/posts/chat=gardenchat");
    run(&[season()], out.path());
    let before = made_of(out.path());

    let said = decide(out.path(), &["2025-02-12T2000Z", "starts-at", "2025-02-12T20:10:00Z"]);
    expect_code(&said, 0);
    assert_eq!(stderr(&said), "", "it is a session of the lake");
    expect_code(&decide(out.path(), &["2025-02-12T2010Z", "ends-at", "2025-02-12T2120Z"]), 0);
    let table = stdout(&run(&[season()], out.path()));
    assert!(table.contains("2025-02-12 20:10") && !table.contains("2025-02-12 20:00"), "{table}");
    assert!(!sessions.join("session=2025-02-12T2000Z").exists());
    assert!(sessions.join("session=2025-02-12T2010Z").is_dir());
    let recap = read(&out.path().join("public/gardenchat/2025-02-12T2010Z.html"));
    assert!(recap.contains("70 minutes") && recap.contains("Start and end were corrected"));
    let review = read(&out.path().join("moderators/gardenchat/2025-02-12T2010Z.html"));
    assert!(review.contains("colloquy decide 2025-02-12T2000Z starts-at --withdraw"));

    let corrected = made_of(out.path());
    run(&[season()], out.path());
    assert_same("a further run", &made_of(out.path()), &corrected);

    expect_code(&decide(out.path(), &["2025-02-12T2000Z", "starts-at", "--withdraw"]), 0);
    expect_code(&decide(out.path(), &["2025-02-12T2010Z", "ends-at", "--withdraw"]), 0);
    run(&[season()], out.path());
    assert_same("taken back", &made_of(out.path()), &before);
}

/// Two people who answered or talked in a session.
fn two_people(out: &Path, session: &str) -> (String, String) {
    let page = read(&out.join(format!("public/gardenchat/{session}.html")));
    let list = page.split("Answerers and talkers").nth(1).unwrap();
    let mut names = list.split("<bdi>@").skip(1).map(|rest| rest.split('<').next().unwrap());
    let one = names.next().unwrap().to_owned();
    (one, names.next().unwrap().to_owned())
}

/// Answerers and talkers of a session, as the table shows them.
fn participants(table: &str, session: &str) -> u64 {
    let row = table.lines().find(|line| line.starts_with(session)).unwrap();
    let figures: Vec<u64> =
        row.split_whitespace().skip(3).map(|figure| figure.parse().unwrap()).collect();
    figures[0] + figures[1]
}

#[test]
fn two_accounts_become_one_person_in_every_table() {
    let out = folder();
    let before = stdout(&run(&[season()], out.path()));
    let untouched = made_of(out.path());
    let (one, other) = two_people(out.path(), "2025-02-12T2000Z");
    let chat = ChatName::new("gardenchat").unwrap();
    let account = |handle: &str| {
        let found = find(out.path(), &chat, &handle.to_lowercase()).unwrap().unwrap();
        let mut accounts = found.accounts.into_iter();
        (accounts.next().unwrap(), accounts.next())
    };
    let (first, second) = (account(&one).0, account(&other).0);

    let said = decide(out.path(), &[&format!("@{one}"), "same-as", &format!("@{other}")]);
    expect_code(&said, 0);
    assert!(stdout(&said).contains(&format!("same-as={second} of")), "the lake knows the handle");
    let merged = stdout(&run(&[season()], out.path()));
    let session = "2025-02-12 20:00";
    assert_eq!(participants(&merged, session), participants(&before, session) - 1);
    let gone = find(out.path(), &chat, first.as_str()).unwrap().unwrap();
    assert!(!gone.author, "posts name the person, as attendance does");
    assert_eq!(account(&one), (second, None));
    let again = made_of(out.path());
    run(&[season()], out.path());
    assert_same("a further run", &made_of(out.path()), &again);

    expect_code(&decide(out.path(), &[&one, "same-as", "--withdraw"]), 0);
    run(&[season()], out.path());
    assert_same("taken back", &made_of(out.path()), &untouched);
}

/// Six posts of an evening without numbered questions.
fn town_hall(place: &Path) -> PathBuf {
    let people = ["bea", "cleo", "dora", "bea", "cleo", "dora"].iter().enumerate();
    let rows = people.map(|(number, name)| {
        let (id, minute) = (1_000 + number, 5 * number);
        format!("{id},2025-03-14T18:{minute:02}:00Z,{name},About the plots of {name} #gardenchat")
    });
    let head = std::iter::once("id,created_at,username,text".to_owned());
    let table: Vec<String> = head.chain(rows).collect();
    let file = place.join("town-hall.csv");
    std::fs::write(&file, table.join("\n")).unwrap();
    file
}

#[test]
fn a_session_that_discovery_missed_can_be_stated() {
    let (place, out) = (folder(), folder());
    let archive = town_hall(place.path());
    let nothing = stdout(&run(std::slice::from_ref(&archive), out.path()));
    assert!(nothing.contains("no sessions"), "{nothing}");
    let before = made_of(out.path());
    let local = ["2025-03-14T1800Z", "starts-at", "14:00", "--timezone", "America/New_York"];
    let said = decide(out.path(), &local);
    expect_code(&said, 0);
    assert!(stderr(&said).contains("this says that there is one"), "{}", stderr(&said));
    let found = stdout(&run(std::slice::from_ref(&archive), out.path()));
    assert!(found.contains("2025-03-14 18:00"), "{found}");
    let recap = out.path().join("public/gardenchat/2025-03-14T1800Z.html");
    assert!(read(&recap).contains("The start was stated by a moderator."));
    assert!(read(&recap).contains("60 minutes"));
    expect_code(&decide(out.path(), &["2025-03-14T1800Z", "ends-at", "2025-03-14T18:30:00Z"]), 0);
    run(std::slice::from_ref(&archive), out.path());
    assert!(read(&recap).contains("30 minutes"));
    for word in ["starts-at", "ends-at"] {
        expect_code(&decide(out.path(), &["2025-03-14T1800Z", word, "--withdraw"]), 0);
    }
    run(&[archive], out.path());
    assert_same("taken back", &made_of(out.path()), &before);
}

#[test]
fn what_does_not_fit_is_refused_and_what_is_unknown_is_told() {
    let (place, out) = (folder(), folder());
    run(&[town_hall(place.path())], out.path());
    for (words, expected) in [
        (&["x:1000", "starts-at", "2025-03-14T18:00:00Z"][..], "starts-at is said of a session"),
        (&["2025-03-14T1800Z", "starts-at", "18:00"], "--timezone"),
        (&["x:1000", "answers", "lately"], "such as Q3"),
    ] {
        let refused = decide(out.path(), words);
        expect_code(&refused, 2);
        assert!(stderr(&refused).contains(expected), "{}", stderr(&refused));
    }
    assert!(!out.path().join("decisions.jsonl").exists());
    let listed = |arguments: &[&str]| {
        colloquy().arg("decisions").args(arguments).arg("--out").arg(out.path()).output().unwrap()
    };
    assert!(stderr(&listed(&[])).contains("no decisions in"));
    let known = decide(out.path(), &["@Bea", "is-guest", "--by", "rosa"]);
    assert_eq!(
        (stderr(&known).as_str(), stdout(&known).as_str()),
        ("", "noted: is-guest of bea in gardenchat\n")
    );
    let unknown = decide(out.path(), &["@moss", "is-guest", "--note", "next week"]);
    expect_code(&unknown, 0);
    assert!(stderr(&unknown).contains("nothing of moss is in the lake"), "{}", stderr(&unknown));
    expect_code(&decide(out.path(), &["@moss", "is-guest", "--withdraw"]), 0);
    let table = stdout(&listed(&[]));
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows.len(), 3, "{table}");
    assert!(rows[1].starts_with("bea") && rows[1].contains("rosa"), "{table}");
    assert!(rows[2].starts_with("moss") && rows[2].ends_with("yes"), "{table}");
}

#[test]
fn services_apply_what_run_applies() {
    let (place, services, alone) = (folder(), folder(), folder());
    let journal = format!("sqlite:{}", place.path().join("journal.db").display());
    let step = |arguments: &[&str]| {
        let output = colloquy().args(arguments).args(["--journal", &journal]).output().unwrap();
        assert!(output.status.code().is_some_and(|code| code < 2), "{arguments:?}: {output:?}");
        output
    };
    let publish = || {
        step(&["analyze", "--until-idle"]);
        step(&["report", "--until-idle", "--out", services.path().to_str().unwrap()]);
    };
    run(&[season()], alone.path());
    let (one, other) = two_people(alone.path(), "2025-02-12T2000Z");
    step(&["ingest", season().to_str().unwrap(), "--chat", "gardenchat"]);
    publish();
    let chat = ChatName::new("gardenchat").unwrap();
    let found = find(alone.path(), &chat, &other.to_lowercase()).unwrap().unwrap();
    let person = found.accounts.into_iter().next().unwrap();
    for words in [
        [one.as_str(), "same-as", person.as_str()],
        ["2025-01-08T2000Z", "starts-at", "2025-01-08T19:50:00Z"],
        ["2025-02-12T2000Z", "ends-at", "2025-02-12T21:20:00Z"],
    ] {
        expect_code(&decide(alone.path(), &words), 0);
        step(&[&["decide", "--chat", "gardenchat"][..], &words].concat());
    }
    publish();
    run(&[season()], alone.path());
    let expected = made_of(alone.path());
    assert!(expected.keys().any(|name| name.contains("2025-01-08T1950Z")));
    assert_same("three services", &made_of(services.path()), &expected);
    let listed = stdout(&step(&["decisions"]));
    for word in ["starts-at", "ends-at", "same-as"] {
        assert!(listed.contains(word), "{listed}");
    }
}
