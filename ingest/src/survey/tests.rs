#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{fmt::Write as _, fs};

use super::{tally::begins_with_label, *};
use crate::Silent;

/// A month of an invented chat on Thursdays at 20:00 UTC, and a tag that is used all the time.
fn month() -> String {
    let mut lines = String::new();
    let mut id = 1_000_000_000_000_000_000_u64;
    let mut line = |text: &str, author: u64, day: u64, hour: u64, minute: u64| {
        id += 1;
        writeln!(
            lines,
            "{{\"id\":\"{id}\",\"author_id\":\"{author}\",\"created_at\":\"2024-02-{day:02}T{hour:02}:{minute:02}:00Z\",\"text\":\"{text}\"}}"
        )
        .unwrap();
    };
    for day in [1, 8, 15, 22] {
        for at in 0..40 {
            let text =
                if at % 2 == 0 { "A1: leeks #GardenChat" } else { "so true #gardenchat #flowers" };
            line(text, 100 + at % 12, day, 20, at);
        }
    }
    for at in 0..600 {
        line("look at my #flowers", 200 + at % 90, 1 + at % 28, at % 24, at % 60);
    }
    for at in 0..30 {
        line("only me #spam", 1, 5, 3, at);
    }
    lines
}

#[test]
fn the_chat_is_found_among_louder_tags() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("month.jsonl");
    fs::write(&path, month()).unwrap();
    let stop = AtomicBool::new(false);
    let found =
        survey(&[Input::Path(path)], &ReadOptions::default(), 2, folder.path(), &Silent, &stop)
            .unwrap();
    assert_eq!(found.posts, 160 + 600 + 30);
    let best = found.best.unwrap();
    assert_eq!(best.tag.as_str(), "gardenchat");
    assert_eq!((best.posts, best.authors), (160, 12));
    assert!((best.synchronised - 1.0).abs() < 1e-9 && (best.labelled - 0.5).abs() < 1e-9);
    let words = best.reasons.join("; ");
    assert!(words.contains("100 % of them on Thursdays between"), "{words}");
    assert!(words.contains("50 % begin with a label"), "{words}");
    // One person is no chat, however busy.
    let others: Vec<_> = found.others.iter().map(|other| other.tag.as_str()).collect();
    assert_eq!(others, ["flowers"]);
}

#[test]
fn labels_are_recognised_at_the_beginning() {
    for text in
        ["Q1: why?", "a2 because", "@bea A3. yes", ".@bea @ulf A10) no", "#A1 that", "A1a this"]
    {
        assert!(begins_with_label(text), "{text}");
    }
    for text in
        ["Queue 1", "A new post", "it was A1", "A1200 bulbs", "A4x", "", "@bea", "# . @", "Q"]
    {
        assert!(!begins_with_label(text), "{text}");
    }
}
