//! A lake against an answer key, as a user types it.

use crate::support::{colloquy, expect_code, folder, run, season, stderr, stdout};

/// Three meetings of the season: one as it was, one at another hour, one that never was.
const KEY: &str = r#"[
  {"session_id": "as it was", "session_start_utc": "2025-03-05T20:00:00Z",
   "scheduled_end_utc": "2025-03-05T21:00:00Z", "moderators": ["gardenchat_host"]},
  {"session_id": "never", "session_start_utc": "2025-03-07T20:00:00Z",
   "scheduled_end_utc": "2025-03-07T21:00:00Z"},
  {"session_id": "long ago", "session_start_utc": "2019-03-07T20:00:00Z",
   "scheduled_end_utc": "2019-03-07T21:00:00Z"}
]"#;

#[test]
fn a_lake_is_compared_with_a_key() {
    let out = folder();
    run(&[season()], out.path());
    let key = out.path().join("key.json");
    std::fs::write(&key, KEY).unwrap();
    let evaluate = |what: &str, more: &[&str]| {
        let lake = out.path().join("lake");
        colloquy()
            .args(["evaluate", what])
            .arg(&key)
            .arg("--lake")
            .arg(lake)
            .args(more)
            .output()
            .unwrap()
    };
    let output = evaluate("sessions", &[]);
    expect_code(&output, 0);
    let told = stdout(&output);
    for line in [
        "sessions found       1 of 2 (0.500)",
        "not in this archive  1, not counted",
        "moderators recall    1 of 1 (1.000)",
        "as it was found as 2025-03-05T2000Z: start +0 min, end +0 min",
        "session never at 2025-03-07T20:00:00Z: not found",
    ] {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&evaluate("sessions", &["--json"]))).unwrap();
    assert_eq!(json["found"]["of"], 2);

    let output = evaluate("answers", &[]);
    expect_code(&output, 2);
    assert!(
        stderr(&output).contains("key.json: line 2: missing field `id`"),
        "{}",
        stderr(&output)
    );
}
