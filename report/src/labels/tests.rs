//! Small files of labels, and lakes of a few columns.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::Float64Type;
use arrow_array::{
    ArrayRef, BooleanArray, ListArray, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use jiff::Timestamp;
use parquet::arrow::ArrowWriter;

use super::*;

#[test]
fn labels_are_read_as_people_write_them() {
    let mut labels = Labels::default();
    let text =
        "\u{feff}{\"id\": \"x:11\", \"label\": \"P\", \"sample_weight\": 2.5, \"trust\": 0.5, \"text\": \"buy\"}
{\"id\": 12, \"label\": \"not-hijack\", \"weight\": 3, \"confidence\": 1}

{\"id\": \"13\", \"label\": \"o\", \"sample_weight\": null}\r
{\"id\": \"13\", \"label\": \"O\"}";
    labels.read("labels.jsonl", text).unwrap();
    let label = |hijack, weight| Some(Label { hijack, weight, trust: 1.0 });
    assert_eq!(labels.get("11"), Some(Label { hijack: Some(true), weight: 2.5, trust: 0.5 }));
    assert_eq!(labels.get("x:12"), label(Some(false), 3.0));
    assert_eq!(labels.get("x:13"), label(None, 1.0));
    assert_eq!(labels.get("14"), None);
    let meanings: Vec<Option<bool>> =
        ["H", "R", "P", "X", "O", "S"].map(|it| meaning(it).unwrap()).into();
    let [no, yes] = [Some(false), Some(true)];
    assert_eq!(meanings, [no, no, yes, no, None, yes]);
}

#[test]
fn a_line_that_is_no_label_says_where_and_what_to_do() {
    let refused = |line: &str| {
        let text = format!("{{\"id\": \"1\", \"label\": \"H\"}}\n\n{line}\n");
        Labels::default().read("two.jsonl", &text).unwrap_err().to_string()
    };
    let rest = "; labels are lines of JSON, each an object with id, label (H, R, P, X, O, S, hijack or \
                not-hijack), if it stands for several posts sample_weight, and if it is doubtful trust";
    let told = [
        "{",
        "[]",
        r#"{"label": "H"}"#,
        r#"{"id": "2"}"#,
        r#"{"id": "2", "label": "SPAM"}"#,
        r#"{"id": "2", "label": 3}"#,
        r#"{"id": 6.89e17, "label": "H"}"#,
        r#"{"id": null, "label": "H"}"#,
        r#"{"id": " ", "label": "H"}"#,
        r#"{"id": "2", "label": "H", "weight": 0}"#,
        r#"{"id": "2", "label": "H", "weight": "much"}"#,
        r#"{"id": "x:1", "label": "S"}"#,
        r#"{"id": "2", "label": "H", "trust": 1.5}"#,
    ]
    .map(refused);
    assert!(told.iter().all(|it| it.ends_with(rest)), "{told:#?}");
    insta::assert_snapshot!(told.join("\n").replace(rest, ""), @r#"
    two.jsonl, line 3: EOF while parsing an object
    two.jsonl, line 3: not an object in braces
    two.jsonl, line 3: missing field `id`
    two.jsonl, line 3: missing field `label`
    two.jsonl, line 3: "SPAM" is no label
    two.jsonl, line 3: invalid type: integer `3`, expected a string
    two.jsonl, line 3: the id 6.89e+17 was rounded; write it as text
    two.jsonl, line 3: the id is neither a text nor a number
    two.jsonl, line 3: the id is empty
    two.jsonl, line 3: the weight 0 is not above zero
    two.jsonl, line 3: invalid type: string "much", expected f64
    two.jsonl, line 3: the post 1 has another label in an earlier line
    two.jsonl, line 3: the trust 1.5 is not above zero and at most one
    "#);
}

/// Writes one file of a table with these columns.
fn write(lake: &Path, table: &str, columns: Vec<(&str, ArrayRef)>) {
    let folder = lake.join(table).join("chat=gardenchat");
    fs::create_dir_all(&folder).unwrap();
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = File::create(folder.join("part.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn texts<const N: usize>(texts: [&str; N]) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(texts))
}

/// A lake of six posts, of which the fifth was not judged, and the last is by the author of the first; two were
/// decided about.
fn lake(folder: &Path, with_evidence: bool) -> PathBuf {
    let lake = folder.join("lake");
    fs::create_dir_all(lake.join("sessions")).unwrap();
    let chat = || texts(["gardenchat"; 6]);
    let minutes = TimestampMicrosecondArray::from_iter_values(0..6).with_timezone("UTC");
    let posts = vec![
        ("chat", chat()),
        ("session", texts(["outside-1970-W01"; 6])),
        ("post_id", texts(["x:1", "x:2", "x:3", "x:4", "x:5", "x:7"])),
        ("author_id", texts(["x:91", "x:92", "x:93", "x:94", "x:95", "x:91"])),
        ("created_at", Arc::new(minutes) as ArrayRef),
        ("text", texts(["one", "two", "three", "four", "five", "seven"])),
    ];
    write(&lake, "posts", posts);
    let rows = [Some(1.0), None, Some(3.0), Some(4.0), Some(7.0)].map(|it| Some([Some(0.5), it]));
    let evidence = ListArray::from_iter_primitive::<Float64Type, _, _>(rows);
    let mut flags = vec![
        ("chat", texts(["gardenchat"; 5])),
        ("post_id", texts(["x:1", "x:2", "x:3", "x:4", "x:7"])),
        ("author_id", texts(["x:91", "x:92", "x:93", "x:94", "x:91"])),
    ];
    if with_evidence {
        flags.push(("evidence", Arc::new(evidence)));
    }
    write(&lake, "flags", flags);
    let decisions = vec![
        ("chat", texts(["gardenchat"; 4])),
        ("subject", texts(["x:2", "x:3", "x:4", "x:94"])),
        ("verdict", texts(["not-hijack", "hijack", "hijack", "always-flag"])),
        ("withdrawn", Arc::new(BooleanArray::from(vec![false, false, true, false])) as ArrayRef),
    ];
    write(&lake, "decisions", decisions);
    lake
}

#[test]
fn labels_find_their_posts_and_decisions_are_labels() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), true);
    let mut labels = Labels::default();
    let lines = ["1 H 2.0", "x:2 S 1.5", "4 O 1", "5 P 1", "6 P 1"].map(|it| {
        let [id, label, weight]: [&str; 3] = it.split(' ').collect::<Vec<_>>().try_into().unwrap();
        format!("{{\"id\": {id:?}, \"label\": {label:?}, \"weight\": {weight}}}")
    });
    labels.read("labels.jsonl", &lines.join("\n")).unwrap();
    // The same lake twice, once by the folder it is in.
    let folders = [folder.path().to_owned(), lake];
    let told = labelled(&labels, &folders, Some("gardenchat")).unwrap();
    let posts: Vec<(&str, bool, f64)> =
        told.posts.iter().map(|it| (it.id.as_str(), it.hijack, it.weight)).collect();
    assert_eq!(posts, [("1", false, 2.0), ("2", true, 1.5), ("3", true, 1.0)]);
    let second = &told.posts[1];
    assert_eq!((second.author.as_str(), second.text.as_str()), ("x:92", "two"));
    assert_eq!(second.at, Timestamp::from_microsecond(1).unwrap());
    assert!(second.evidence[1].is_nan() && told.posts[2].evidence == [0.5, 3.0]);
    assert_eq!((told.decided, told.neutral), (1, 1));
    assert_eq!((told.contradicted, told.not_judged), (vec!["2".to_owned()], vec!["5".to_owned()]));
    assert_eq!(told.not_in_lake, ["6"]);
    // What is neither tells of its author all the same, as does what nobody labelled.
    let others: Vec<(&str, &str)> =
        told.others.iter().map(|it| (it.author.as_str(), it.text.as_str())).collect();
    assert_eq!(others, [("x:94", "four"), ("x:91", "seven")]);
    assert_eq!(told.others[1].session, "outside-1970-W01");
}

#[test]
fn a_lake_without_evidence_or_chat_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), false);
    let refused = |chat: Option<&str>| {
        let told = labelled(&Labels::default(), std::slice::from_ref(&lake), chat).unwrap_err();
        told.to_string().replace(lake.to_str().unwrap(), "LAKE")
    };
    insta::assert_snapshot!(refused(None), @"the lake LAKE has no column evidence in its table flags, an older version filled it; run colloquy over its archives again");
    insta::assert_snapshot!(refused(Some("beechat")), @"the chat beechat is not in the lake LAKE; it holds gardenchat");
}
