//! A lake against an answer key, as a user types it.

use std::path::Path;
use std::process::Output;

use crate::support::{colloquy, expect_code, folder, run, season, stderr, stdout};

/// Four meetings of the season, two of them with a mistake of the key: one is set two hours early, and one
/// has a moderator who does not exist. A fifth lies outside the archive.
const SESSIONS: &str = r#"[
  {"session_id": "as it was", "session_start_utc": "2025-03-05T20:00:00Z",
   "scheduled_end_utc": "2025-03-05T21:00:00Z", "closing_post": null,
   "moderators": ["@gardenchat_host"], "co_hosts": ["moss_trug_co"], "guests": []},
  {"session_id": "two hours early", "session_start_utc": "2025-03-12T18:00:00Z",
   "scheduled_end_utc": "2025-03-12T19:00:00Z", "moderators": ["gardenchat_host"]},
  {"session_id": "with somebody else", "session_start_utc": "2025-03-19T20:00:00Z",
   "moderators": [{"author_id": "77", "name": "nobody_at_all"}], "co_hosts": ["gardenchat_host"]},
  {"session_id": "long ago", "session_start_utc": "2019-03-07T20:00:00Z",
   "scheduled_end_utc": "2019-03-07T21:00:00Z"}
]"#;

/// Posts of 2025-03-05, labelled as plainly as can be, so that the lake has them as they are keyed. Two
/// mistakes of the key: one answer is under another question, and a post is not there.
const ANSWERS: &str = "id,at,author,role,question_label,basis,confidence,note
1897377804345938098,,gardenchat_host,question,Q1,,3,
1897378020176433334,,sageseed,answer,q1,label,3,
1897378271838867643,,furzestem,answer,Q1 / Q2,label,3,
1897380076404609228,,oatframe,answer,Q5,label,3,\"the mistake: it says A2, plainly\"
1897376729928831144,,gardenchat_host,greeting,,,2,
1897378453263487167,,briarshed,answer,Q1,label,1,not counted
1,,bea,answer,Q1,label,3,not there
";

fn evaluate(out: &Path, what: &str, key: &str, more: &[&str]) -> Output {
    let path = out.join("key");
    std::fs::write(&path, key).unwrap();
    colloquy().args(["evaluate", what]).arg(&path).args(more).output().unwrap()
}

fn expect_lines(told: &str, lines: &[&str]) {
    for line in lines {
        assert!(told.lines().any(|it| it.trim() == *line), "{line} is not in\n{told}");
    }
    for line in told.lines() {
        assert!(line.chars().count() <= 80, "over 80 columns: {line}");
    }
}

#[test]
fn a_lake_is_compared_with_a_key() {
    let out = folder();
    run(&[season()], out.path());
    let (folder, lake) = (out.path(), out.path().join("lake"));
    let (folder, lake) = (folder.to_str().unwrap(), lake.to_str().unwrap());

    let output = evaluate(out.path(), "sessions", SESSIONS, &["--lake", lake]);
    expect_code(&output, 0);
    let lines = [
        "sessions        2 of 3 (0.667)          2 of 3 (0.667)",
        "Not counted, not in this archive: 1 session of the key",
        "as it was           2025-03-05T2000Z  start +0 min, end +0 min",
        "two hours early     not found (2025-03-12T18:00:00Z)",
        "with somebody else  2025-03-19T2000Z  start +0 min, end unknown",
        "long ago            not in this archive",
        "In the lake, not in the key",
        "2025-03-12T2000Z",
        "with somebody else: expected moderator 77 or nobody_at_all, found nobody",
    ];
    expect_lines(&stdout(&output), &lines);
    let output = evaluate(out.path(), "sessions", SESSIONS, &["--lake", folder, "--json"]);
    let told: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(told["found"], serde_json::json!({"right": 2, "of": 3, "share": 2.0 / 3.0}));
    assert_eq!(told["sessions"][1]["outcome"], "found");
    assert_eq!(told["sessions"][2]["outcome"], "not_found");

    let output = evaluate(out.path(), "answers", ANSWERS, &["--lake", lake]);
    expect_code(&output, 0);
    let lines = [
        "by label                          2 of 3 (0.667)",
        "that are answers                  3 of 3 (1.000)",
        "that answer this question         2 of 3 (0.667)",
        "that the lake calls answers       0 of 1 (0.000)",
        "Not counted, the key is not sure enough: 1 post",
        "Not counted, not in the lake: 1 post",
        "1897380076404609228: expected answer Q5 by label, found answer Q2 by label",
    ];
    expect_lines(&stdout(&output), &lines);
    let all = ["--lake", lake, "--confidence", "1", "--json"];
    let output = evaluate(out.path(), "answers", ANSWERS, &all);
    let told: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(told["answers"]["of"], 4);
    assert_eq!(told["not_in_lake"], serde_json::json!(["1"]));

    let chat = ["--lake", lake, "--chat", "shedchat"];
    let refusals = [
        (evaluate(out.path(), "answers", SESSIONS, &["--lake", lake]), "key: line 1: no column id"),
        (
            evaluate(out.path(), "sessions", ANSWERS, &["--lake", lake]),
            "key: line 1: expected value",
        ),
        (evaluate(out.path(), "sessions", SESSIONS, &chat), "it holds gardenchat"),
        (evaluate(out.path(), "sessions", SESSIONS, &["--lake", "fixtures"]), "holds no lake"),
    ];
    for (output, told) in refusals {
        expect_code(&output, 2);
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
    }
}
