//! Training, as a user types it.

use std::path::Path;
use std::process::Output;

use crate::support::{colloquy, expect_code, folder, run, season, stderr};

fn train(out: &Path, labels: &str, more: &[&str]) -> Output {
    let path = out.join("labels.jsonl");
    std::fs::write(&path, labels).unwrap();
    colloquy().arg("train").arg(&path).arg("--lake").arg(out).args(more).output().unwrap()
}

#[test]
fn labels_and_lakes_that_teach_nothing_say_why() {
    let out = folder();
    let refused = |labels: &str, more: &[&str]| {
        let output = train(out.path(), labels, more);
        expect_code(&output, 2);
        stderr(&output).replace(out.path().to_str().unwrap(), "OUT")
    };
    let label = "{\"id\": \"1\", \"label\": \"P\"}\n";
    assert!(refused(label, &[]).contains("OUT holds no lake; name the folder lake"));

    run(&[season()], out.path());
    let told = refused(&format!("{label}{label}{{\"id\": \"2\"}}\n"), &[]);
    assert!(
        told.starts_with("colloquy: OUT/labels.jsonl, line 3: missing field `label`"),
        "{told}"
    );
    let told = refused(label, &["--out", "no/such/folder/weights.txt"]);
    assert_eq!(told, "colloquy: there is no folder no/such/folder\n");
    let told = refused(label, &["--chat", "beechat"]);
    assert!(
        told.contains("the chat beechat is not in the lake OUT; it holds gardenchat"),
        "{told}"
    );
    let told = refused(label, &[]);
    let lines = "none of the labelled posts hijack; label some of both kinds \
                 (0 labelled posts in the lakes; 1 label without a post there)";
    assert_eq!(told, format!("colloquy: {lines}\n"));
}
