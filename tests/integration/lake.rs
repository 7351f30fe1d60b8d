//! The lake opens elsewhere, and the start page opens in a browser.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{folder, run, season};

#[test]
#[ignore = "needs Python with tests/python/requirements.txt: set COLLOQUY_TEST_PYTHON"]
fn duckdb_pandas_and_polars_open_every_table() {
    let python =
        std::env::var("COLLOQUY_TEST_PYTHON").expect("COLLOQUY_TEST_PYTHON names a Python");
    let out = folder();
    run(&[season()], out.path());
    // The columns of the contract, and what the season's truth says of the rows.
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/contract.json");
    let mut expected: Value = serde_json::from_slice(&std::fs::read(contract).unwrap()).unwrap();
    let truth = colloquy_fixtures::Truth::load().unwrap();
    let questions: usize = truth.sessions.iter().map(|session| session.questions.len()).sum();
    for (table, rows) in [
        ("posts", truth.total.accepted),
        ("sessions", truth.sessions.len() as u64),
        ("questions", questions as u64),
        ("participation", questions as u64),
        ("decisions", 0),
        ("coverage", 0),
    ] {
        expected[table]["rows"] = rows.into();
    }
    let expectation = out.path().join("expected.json");
    std::fs::write(&expectation, expected.to_string()).unwrap();
    let output = Command::new(python)
        .arg("tests/python/open_lake.py")
        .arg(out.path().join("lake"))
        .arg(&expectation)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
#[ignore = "needs Chromium: set COLLOQUY_TEST_CHROMIUM"]
fn the_start_page_opens_in_a_browser() {
    let chromium =
        std::env::var("COLLOQUY_TEST_CHROMIUM").expect("COLLOQUY_TEST_CHROMIUM names a Chromium");
    let (out, profile) = (folder(), folder());
    run(&[season()], out.path());
    let picture = out.path().join("index.png");
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--window-size=1280,1600", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}", out.path().join("index.html").display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let drawn =
        std::fs::read(&picture).is_ok_and(|png| png.starts_with(b"\x89PNG") && png.len() > 20_000);
    assert!(drawn || dom.contains("<svg"), "{}", String::from_utf8_lossy(&output.stderr));
}
