//! Bytes of every version decode for ever, mean the same and encode to the same bytes.
//!
//! A file is named `TOPIC.CASE.json` and holds one record and a line end. A file that is here is
//! never edited; a new optional field gets a file of its own.

use std::{collections::BTreeMap, fs, path::Path};

use colloquy_transcript::{Topic, wire};

use super::encoded;

fn golden() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    files.map(|path| (named(&path), fs::read(&path).unwrap())).collect()
}

#[test]
fn old_bytes_decode_and_encode_to_themselves() {
    for (name, bytes) in golden() {
        let topic = Topic::parse(name.split('.').next().unwrap()).expect("a topic's name");
        let bytes = bytes.strip_suffix(b"\n").expect("a line end");
        let record = wire::decode(topic, bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let again = String::from_utf8(encoded(&record)).unwrap();
        assert_eq!(again, std::str::from_utf8(bytes).unwrap(), "{name}");
        insta::assert_debug_snapshot!(name.trim_end_matches(".json"), record);
    }
}

#[test]
fn every_kind_has_a_file() {
    let kinds = [
        "post",
        "decision",
        "coverage",
        "mark",
        "annotation",
        "participation",
        "attendance",
        "session",
        "dead-letter",
    ];
    let golden = golden();
    for kind in kinds {
        let begins = format!(r#"{{"v":1,"kind":"{kind}","#);
        let found = golden.values().any(|bytes| bytes.starts_with(begins.as_bytes()));
        assert!(found, "no golden file holds a {kind}");
    }
}
