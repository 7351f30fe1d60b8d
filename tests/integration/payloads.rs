//! One oddity a file, each with its expected account.

use std::sync::atomic::AtomicBool;

use colloquy_fixtures::{Expectations, payloads_dir};
use colloquy_ingest::{ChatTags, FilePlan, Input, Silent, run_files};
use colloquy_journal::Settings;
use colloquy_journal::memory::MemoryJournal;
use colloquy_transcript::{ChatName, Tag};

use crate::support::folder;

#[test]
fn every_payload_is_counted_as_expected() {
    let expectations = Expectations::load().unwrap();
    assert!(expectations.0.len() > 30, "only {} payloads", expectations.0.len());
    let mut wrong = Vec::new();
    for (name, expected) in &expectations.0 {
        let scratch = folder();
        let plan = FilePlan {
            options: colloquy_ingest::ReadOptions::default(),
            inputs: vec![Input::Path(payloads_dir().join(name))],
            chats: vec![ChatTags {
                name: ChatName::new("gardenchat").unwrap(),
                tags: vec![Tag::new("gardenchat").unwrap()],
            }],
            memory_bytes: 100_000_000,
            threads: 2,
            scratch: scratch.path().to_owned(),
        };
        let journal = MemoryJournal::new(&Settings { partitions: 1, ..Settings::default() });
        let account = run_files(&plan, &journal, &Silent, &AtomicBool::new(false)).unwrap();
        let total = &account.total;
        let found = colloquy_fixtures::Counts {
            received: total.received,
            accepted: total.accepted,
            unrelated: total.unrelated.iter().map(|(&kind, &n)| (kind.to_owned(), n)).collect(),
            duplicate: total.duplicate,
            rejected: total.rejected.clone(),
        };
        let format = account.files.first().map_or("", |file| file.format.as_str());
        if found != expected.counts() || format != expected.format || !account.balances() {
            wrong.push(format!(
                "{name}\n  expected {} {:?}\n  found    {format} {found:?}",
                expected.format,
                expected.counts()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
