//! The driver over the memory journal: revisions, vanished sessions, restarts, ends.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::atomic::AtomicBool,
    thread,
    time::{Duration, Instant},
};

use colloquy_journal::{
    Group, Journal, JournalError, Position, Settings, TopicPartition, memory::MemoryJournal,
};
use colloquy_transcript::{
    ChatName, CoverageState, Decision, Mark, Record, SessionRecord, Standing, Timestamp, Topic,
    Verdict, Watched,
};

mod mortal;

use super::{Options, Outcome, run};
use crate::{ReportError, fixture::Plan, lake::schema::Table};

const PARTITIONS: u32 = 2;

fn journal() -> MemoryJournal {
    MemoryJournal::new(&Settings { partitions: PARTITIONS, ..Settings::default() })
}

/// Appends the posts of a session and returns its record with their positions.
fn place(journal: &dyn Journal, plan: &Plan<'_>) -> SessionRecord {
    let posts = plan.posts().into_iter().map(Record::Post).collect();
    let placed: Vec<Position> =
        journal.append(posts).unwrap().iter().map(|placed| placed.position).collect();
    SessionRecord {
        positions_from: placed.first().copied().unwrap_or(0),
        positions_until: placed.last().map_or(0, |last| last + 1),
        ..plan.record()
    }
}

fn marks(journal: &dyn Journal) {
    for (source, standing) in
        [("file", Standing::Begun), ("file", Standing::Ended), (Mark::ANALYSIS, Standing::Ended)]
    {
        for partition in 0..PARTITIONS {
            let at = TopicPartition { topic: Topic::Coverage, partition };
            let through = journal.end(at).unwrap();
            let mark = Mark { partition, source: source.into(), standing, through };
            journal.append(vec![Record::Mark(mark)]).unwrap();
        }
    }
}

fn report(journal: &dyn Journal, out: &Path) -> Result<Outcome, ReportError> {
    let options = Options { out: out.to_owned(), until_idle: true, release_posts: false };
    run(journal, &options, &AtomicBool::new(false), &mut |_| {})
}

fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

fn plans() -> [Plan<'static>; 3] {
    [
        Plan::default(),
        Plan { session: "2024-03-14T2000Z", posts: 40, ..Plan::default() },
        Plan { session: "outside-2024-W11", posts: 5, questions: 0, ..Plan::default() },
    ]
}

/// The tree of a season that was published once, without any detour.
fn straight(plans: &[Plan<'_>]) -> BTreeMap<String, Vec<u8>> {
    let journal = journal();
    let folder = tempfile::tempdir().unwrap();
    for plan in plans {
        let record = place(&journal, plan);
        journal.append(plan.transaction(record)).unwrap();
    }
    marks(&journal);
    report(&journal, folder.path()).unwrap();
    tree(folder.path())
}

#[test]
fn a_season_is_published_and_the_report_ends() {
    let journal = journal();
    let folder = tempfile::tempdir().unwrap();
    for plan in plans() {
        let record = place(&journal, &plan);
        journal.append(plan.transaction(record)).unwrap();
    }
    let chat = ChatName::new("gardenchat").unwrap();
    let at: Timestamp = "2024-03-07T20:00:00Z".parse().unwrap();
    let decision = |note: &str| Decision {
        chat: chat.clone(),
        subject: "x:1".into(),
        verdict: Verdict::Hijack,
        by: None,
        at,
        note: Some(note.to_owned()),
        withdrawn: false,
    };
    let watched = Watched {
        chat: chat.clone(),
        source: "file".into(),
        from: at,
        until: at,
        state: CoverageState::Watched,
    };
    journal
        .append(vec![
            Record::Decision(decision("first")),
            Record::Decision(decision("latest")),
            Record::Coverage(watched),
        ])
        .unwrap();
    marks(&journal);
    let outcome = report(&journal, folder.path()).unwrap();
    assert!(outcome.complete);
    assert_eq!(outcome.counts.sessions_written, 3);
    assert_eq!(outcome.counts.posts_written, 24 + 40 + 5);
    let [view] = outcome.chats.as_slice() else { panic!("one chat, not {:?}", outcome.chats) };
    assert_eq!((view.sessions.len(), view.outside_posts), (2, 5));
    let last = outcome.last.unwrap();
    assert_eq!(last.record.session.to_string(), "2024-03-14T2000Z");
    let files = tree(folder.path());
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    for name in [
        "index.html",
        "public/index.html",
        "public/gardenchat/2024-03-07T2000Z.html",
        "moderators/index.html",
        "moderators/gardenchat/2024-03-14T2000Z.html",
        "lake/posts/chat=gardenchat/session=outside-2024-W11/part.parquet",
        "lake/attendance/chat=gardenchat/session=2024-03-07T2000Z/part.parquet",
        "lake/sessions/chat=gardenchat/part.parquet",
        "lake/coverage/chat=gardenchat/part.parquet",
        "lake/decisions/chat=gardenchat/part.parquet",
    ] {
        assert!(names.contains(&name), "{name} is not among {names:#?}");
    }
    assert_eq!(files.len(), 3 + 2 * 2 + 3 * 5 + 3, "{names:#?}");
    let decided = &files["lake/decisions/chat=gardenchat/part.parquet"];
    let reader =
        parquet::file::reader::SerializedFileReader::new(bytes::Bytes::from(decided.clone()));
    let rows =
        parquet::file::reader::FileReader::metadata(&reader.unwrap()).file_metadata().num_rows();
    assert_eq!(rows, 1, "the latest of a subject and verdict");
}

#[test]
fn a_revision_replaces_and_a_vanished_session_goes() {
    let [first, second, outside] = plans();
    let expected = straight(&[Plan { state: 3, ..first }, outside]);
    let journal = journal();
    let folder = tempfile::tempdir().unwrap();
    let records = [first, second, outside].map(|plan| (plan, place(&journal, &plan)));
    for (plan, record) in &records {
        journal.append(plan.transaction(record.clone())).unwrap();
    }
    // Published twice with one fingerprint, revised, revised back, and revised again.
    for state in [1, 2, 1, 3] {
        let (plan, record) = &records[0];
        let plan = Plan { state, ..*plan };
        let positions = record.clone();
        let record = SessionRecord {
            positions_from: positions.positions_from,
            positions_until: positions.positions_until,
            ..plan.record()
        };
        journal.append(plan.transaction(record)).unwrap();
    }
    let (plan, _) = &records[1];
    journal.append(plan.transaction(SessionRecord { fingerprint: 9, ..plan.gone() })).unwrap();
    marks(&journal);
    let outcome = report(&journal, folder.path()).unwrap();
    assert_eq!(outcome.counts.sessions_removed, 1);
    assert_eq!(outcome.last.unwrap().record.session.to_string(), "2024-03-07T2000Z");
    assert_eq!(tree(folder.path()), expected);
}

#[test]
fn a_second_run_reads_only_what_is_new_and_ends_with_the_same_files() {
    let [first, second, outside] = plans();
    let expected = straight(&[first, second, outside]);
    let journal = journal();
    let folder = tempfile::tempdir().unwrap();
    let record = place(&journal, &first);
    journal.append(first.transaction(record)).unwrap();
    marks(&journal);
    assert_eq!(report(&journal, folder.path()).unwrap().counts.sessions_written, 1);
    // Nothing new: nothing is written again.
    let outcome = report(&journal, folder.path()).unwrap();
    assert_eq!(outcome.counts.sessions_written, 0);
    assert_eq!(outcome.chats.len(), 1, "the chat is remembered");
    for plan in [second, outside] {
        let record = place(&journal, &plan);
        journal.append(plan.transaction(record)).unwrap();
    }
    marks(&journal);
    let outcome = report(&journal, folder.path()).unwrap();
    assert_eq!(outcome.counts.sessions_written, 2);
    assert_eq!(outcome.chats[0].sessions.len(), 2);
    assert_eq!(tree(folder.path()), expected);
}

#[test]
fn posts_are_let_go_once_they_are_settled() {
    let journal = journal();
    let folder = tempfile::tempdir().unwrap();
    let [first, second, _] = plans();
    let record = place(&journal, &first);
    let later = place(&journal, &second);
    let settled_position = later.positions_from;
    journal.append(first.transaction(SessionRecord { settled_position, ..record })).unwrap();
    marks(&journal);
    let options = Options { out: folder.path().to_owned(), until_idle: true, release_posts: true };
    run(&journal, &options, &AtomicBool::new(false), &mut |_| {}).unwrap();
    let partition = later_partition(&later);
    let at = TopicPartition { topic: Topic::Posts, partition };
    let trimmed = journal.read(at, 0, 1, &mut |_| {});
    assert!(matches!(trimmed, Err(JournalError::Trimmed { .. })), "{trimmed:?}");
    let mut kept = 0;
    journal.read(at, later.positions_from, later.positions_until, &mut |_| kept += 1).unwrap();
    assert_eq!(kept, 40, "an open session's posts are kept");
}

fn later_partition(record: &SessionRecord) -> u32 {
    Record::Session(Box::new(record.clone())).partitioning().among(PARTITIONS)
}

#[test]
fn it_waits_for_the_marks_and_stops_when_told() {
    let journal = journal();
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan::default();
    let record = place(&journal, &plan);
    journal.append(plan.transaction(record)).unwrap();
    let options = Options { out: folder.path().to_owned(), until_idle: true, release_posts: false };
    let stop = AtomicBool::new(false);
    let published = folder.path().join("public/gardenchat/2024-03-07T2000Z.html");
    thread::scope(|scope| {
        let running = scope.spawn(|| run(&journal, &options, &stop, &mut |_| {}));
        let begun = Instant::now();
        while !published.exists() && begun.elapsed() < Duration::from_secs(30) {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(published.exists(), "a session is published before the run is over");
        assert!(!running.is_finished(), "it ended without any mark");
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(!running.join().unwrap().unwrap().complete);
    });
}

#[test]
fn a_chat_name_that_needs_encoding_keeps_to_its_folders() {
    let plan = Plan { chat: "a b/../c", ..Plan::default() };
    let files = straight(&[plan]);
    let name = "lake/posts/chat=a%20b%2F..%2Fc/session=2024-03-07T2000Z/part.parquet";
    assert!(files.contains_key(name), "{:#?}", files.keys());
}

#[test]
fn marks_without_any_session_end_the_report() {
    let journal = journal();
    let folder = tempfile::tempdir().unwrap();
    marks(&journal);
    let outcome = report(&journal, folder.path()).unwrap();
    assert!(outcome.complete && outcome.chats.is_empty() && outcome.last.is_none());
    let names: Vec<String> = tree(folder.path()).into_keys().collect();
    assert_eq!(names, ["index.html", "moderators/index.html", "public/index.html"]);
}

#[test]
fn a_session_whose_rows_never_come_is_an_error_and_not_silence() {
    let journal = journal();
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan::default();
    let record = place(&journal, &plan);
    let mut records = plan.transaction(record);
    records.remove(3);
    journal.append(records).unwrap();
    marks(&journal);
    let error = report(&journal, folder.path()).unwrap_err();
    assert!(matches!(error, ReportError::Torn { count: 1, .. }), "{error}");
    assert!(error.to_string().contains("gardenchat 2024-03-07T2000Z"), "{error}");
}

#[test]
fn posts_that_were_replaced_are_waited_for() {
    let journal = journal();
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan::default();
    let record = place(&journal, &plan);
    // The analysis saw one post less far: its position lies beyond the range.
    let until = record.positions_until - 1;
    let short = SessionRecord { positions_until: until, ..record.clone() };
    journal.append(plan.transaction(short)).unwrap();
    let plan = Plan { state: 2, ..plan };
    let whole = SessionRecord { fingerprint: 2, revision: 2, ..record };
    journal.append(plan.transaction(whole)).unwrap();
    marks(&journal);
    report(&journal, folder.path()).unwrap();
    assert_eq!(tree(folder.path()), straight(&[plan]));
}

#[test]
fn runs_that_are_killed_end_in_the_same_files() {
    let [first, second, outside] = plans();
    let vanished = Plan { session: "2024-03-21T2000Z", ..Plan::default() };
    let expected = straight(&[first, Plan { state: 2, ..second }, outside]);
    for entries in [1, 7, 30] {
        let journal = journal();
        let folder = tempfile::tempdir().unwrap();
        for plan in [first, vanished, second, outside] {
            let record = place(&journal, &plan);
            journal.append(plan.transaction(record.clone())).unwrap();
            if plan.session == vanished.session {
                let record = SessionRecord { fingerprint: 9, ..plan.gone() };
                journal.append(plan.transaction(record)).unwrap();
            }
            if plan.session == second.session {
                let plan = Plan { state: 2, ..plan };
                let record = SessionRecord { fingerprint: 2, revision: 2, ..record };
                journal.append(plan.transaction(record)).unwrap();
            }
        }
        marks(&journal);
        for polls in (1..200).step_by(13) {
            let mortal = mortal::Mortal { journal: &journal, polls, entries };
            // Whether it came to its end or not, the next one goes on.
            let _ = report(&mortal, folder.path());
            fs::create_dir_all(folder.path().join(".aside.tmp")).unwrap();
            fs::write(folder.path().join(".aside.tmp/0"), b"left by a killed run").unwrap();
        }
        report(&journal, folder.path()).unwrap();
        assert_eq!(tree(folder.path()), expected, "{entries} entries a poll");
    }
}

#[test]
fn a_group_in_unrest_ends_in_the_same_files() {
    let [first, second, outside] = plans();
    let expected = straight(&[first, second, outside]);
    let journal = journal();
    let folder = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        let running = scope.spawn(|| report(&journal, folder.path()));
        for plan in [first, second, outside] {
            let record = place(&journal, &plan);
            for record in plan.transaction(record) {
                journal.append(vec![record]).unwrap();
                // Another reader comes, takes every other partition, commits nothing and goes.
                let mut other = journal
                    .join(Group { name: super::GROUP, reads: &[Topic::Sessions], writes: &[] })
                    .unwrap();
                other.poll(1, Duration::from_millis(1)).unwrap();
                other.leave().unwrap();
            }
        }
        marks(&journal);
        assert!(running.join().unwrap().unwrap().complete);
    });
    assert_eq!(tree(folder.path()), expected);
}

/// What `tests/python/open_lake.py` must find.
fn expectation(plans: &[Plan<'_>]) -> serde_json::Value {
    let views: Vec<_> = plans.iter().map(Plan::view).collect();
    let meetings = views.iter().filter(|view| view.record.session.is_meeting());
    let chats: BTreeSet<&str> = plans.iter().map(|plan| plan.chat).collect();
    let judged = |view: &crate::view::SessionView| {
        view.posts.iter().filter(|row| row.annotation.flag.is_some()).count()
    };
    let rows = |table: Table| -> usize {
        match table {
            Table::Posts => views.iter().map(|view| view.posts.len()).sum(),
            Table::Questions => views.iter().map(|view| view.record.questions.len()).sum(),
            Table::Participation => views.iter().map(|view| view.participation.len()).sum(),
            Table::Attendance => views.iter().map(|view| view.attendance.len()).sum(),
            Table::Flags => views.iter().map(judged).sum(),
            Table::Sessions => meetings.clone().count(),
            Table::Coverage | Table::Decisions => 0,
        }
    };
    let mut tables = serde_json::Map::new();
    for table in Table::ALL {
        let columns: Vec<&str> = table.columns().iter().map(|column| column.name).collect();
        let sessions: BTreeSet<&str> = plans
            .iter()
            .zip(&views)
            .filter(|(_, view)| match table {
                Table::Posts | Table::Flags => true,
                _ => view.record.session.is_meeting(),
            })
            .map(|(plan, _)| plan.session)
            .collect();
        let empty = rows(table) == 0;
        let mut expected = serde_json::json!({
            "columns": columns,
            "rows": rows(table),
            "chats": if empty { BTreeSet::new() } else { chats.clone() },
        });
        if columns.contains(&"session") {
            expected["sessions"] = serde_json::json!(sessions);
        }
        tables.insert(table.as_str().to_owned(), expected);
    }
    tables.into()
}

#[test]
#[ignore = "needs Python with tests/python/requirements.txt: set COLLOQUY_TEST_PYTHON to it"]
fn duckdb_pandas_and_polars_open_every_table() {
    let [first, second, outside] = plans();
    let plans = [first, second, outside, Plan { chat: "a b", ..first }];
    let journal = journal();
    let folder = tempfile::tempdir().unwrap();
    for plan in &plans {
        let record = place(&journal, plan);
        journal.append(plan.transaction(record)).unwrap();
    }
    marks(&journal);
    report(&journal, folder.path()).unwrap();
    let expected = folder.path().join("expected.json");
    fs::write(&expected, expectation(&plans).to_string()).unwrap();
    let python = std::env::var_os("COLLOQUY_TEST_PYTHON")
        .unwrap_or_else(|| panic!("COLLOQUY_TEST_PYTHON is not set"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/python/open_lake.py");
    let output = std::process::Command::new(python)
        .arg(script)
        .arg(folder.path().join("lake"))
        .arg(expected)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{problems}");
    assert_eq!(text.lines().filter(|line| line.ends_with("ok")).count(), Table::ALL.len());
}
