//! Files as they arrive when something happened to them on the way: cut, shuffled, repeated, saved
//! in another encoding, with bits that flipped, behind one another. Whatever happens, every row is
//! counted, and what cannot be read is kept.

use std::{collections::BTreeSet, time::Duration};

use memchr::memmem;
use proptest::{sample::Index, test_runner::RngSeed};

use super::*;
use crate::{
    decode::Found,
    file::{frame::CHUNK_BYTES, worker::NOT_KEPT},
};
use files::{FILES, File, Saved};

#[path = "damaged_files.rs"]
mod files;

/// How long a run over a few kilobytes may take before it counts as one that never ends.
const HANGS_AFTER: Duration = Duration::from_mins(1);

/// What became of some files.
struct Outcome {
    account: Account,
    ids: BTreeSet<String>,
    letters: Vec<DeadLetter>,
}

/// Runs over files on another thread, with little memory, and holds what holds for every file.
fn outcome_of(files: Vec<Vec<u8>>) -> Outcome {
    let (send, receive) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let folder = tempfile::tempdir().unwrap();
        let inputs = files.iter().enumerate().map(|(at, bytes)| {
            let path = folder.path().join(format!("{at}.jsonl"));
            fs::write(&path, bytes).unwrap();
            Input::Path(path)
        });
        let mut plan = plan(folder.path(), inputs.collect());
        plan.memory_bytes = 20_000;
        let (account, journal) = run(&plan);
        let posts = posts(&journal);
        let ids = posts.iter().map(|post| post.post.id.as_str().to_owned()).collect();
        let outcome = Outcome { account, ids, letters: letters(&journal) };
        let _ = send.send(());
        outcome
    });
    let waited = receive.recv_timeout(HANGS_AFTER);
    assert_ne!(waited, Err(std::sync::mpsc::RecvTimeoutError::Timeout), "it never ends");
    let outcome = thread.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause));
    let total = &outcome.account.total;
    assert!(total.received >= total.accepted, "{total:?}");
    let in_letters: u64 = outcome.letters.iter().map(rows_of).sum();
    assert_eq!(in_letters, total.rejected_total(), "{:?}", outcome.letters);
    for letter in &outcome.letters {
        // Where reading fails, perhaps nothing of a row was read before; what may be private is not kept.
        let excused = letter.stage == "read" || letter.reason.contains(NOT_KEPT);
        assert!(!letter.bytes.is_empty() || excused, "{letter:?}");
    }
    outcome
}

/// The rows that a letter is about; it counts those of a page.
fn rows_of(letter: &DeadLetter) -> u64 {
    let reason = letter.reason.strip_suffix(NOT_KEPT).unwrap_or(&letter.reason);
    let more = reason.strip_suffix(" more of its rows");
    let more = more.and_then(|reason| reason.rsplit(' ').next()?.parse::<u64>().ok());
    1 + more.unwrap_or(0)
}

/// The files whose lines stand for themselves; rows of a table need their header before them.
fn files_of_lines() -> Vec<&'static File> {
    let alone = |file: &&File| file.is_lines() && file.name != "table_after_json.jsonl";
    FILES.iter().filter(alone).collect()
}

/// What a file is taken for, and the posts of every line.
fn lines_of(bytes: &[u8]) -> (Format, Vec<Vec<Found>>) {
    let mut lines = Vec::new();
    let decoded = crate::decode_bytes(bytes, &crate::ReadOptions::default(), &mut |decoded| {
        lines.push(decoded.posts.clone());
    });
    (decoded.format, lines)
}

fn rejected_bytes_are_in(bytes: &[u8], outcome: &Outcome) {
    for letter in &outcome.letters {
        let kept = String::from_utf8_lossy(&letter.bytes);
        let there = memmem::find(bytes, &letter.bytes).is_some();
        assert!(there, "{} has {kept:?}, which is not in the input", letter.reason);
    }
}

#[test]
fn a_file_saved_otherwise_is_the_same_file() {
    for file in &*FILES {
        let before = outcome_of(vec![file.bytes.clone()]);
        for saved in Saved::ALL.into_iter().filter(|saved| saved.applies_to(file)) {
            let Some(bytes) = saved.save(file) else { continue };
            let after = outcome_of(vec![bytes]);
            let what = format!("{} as {saved:?}", file.name);
            assert_eq!(after.ids, before.ids, "{what}");
            let rejected = |outcome: &Outcome| outcome.account.total.rejected.clone();
            assert_eq!(rejected(&after), rejected(&before), "{what}: {:?}", after.letters);
            assert_eq!(after.account.total.received, before.account.total.received, "{what}");
        }
    }
}

#[test]
fn a_file_that_is_there_twice_says_nothing_new() {
    for file in &*FILES {
        let before = outcome_of(vec![file.bytes.clone()]);
        let after = outcome_of(vec![file.bytes.clone(), file.bytes.clone()]);
        assert_eq!(after.ids, before.ids, "{}", file.name);
        let (before, after) = (before.account.total, after.account.total);
        assert_eq!(after.received, 2 * before.received, "{}", file.name);
        assert_eq!(after.accepted, before.accepted, "{}", file.name);
        // What cannot be read cannot be known again: it is rejected as often as it comes.
        for (class, rows) in &before.rejected {
            assert_eq!(after.rejected[class], 2 * rows, "{}", file.name);
        }
    }
}

/// Files whose rows are cut in every way there is: behind themselves until they are longer than a
/// chunk, which ends anywhere.
#[test]
fn a_file_of_several_chunks_has_the_rows_of_its_parts() {
    for name in [
        "bare_cr.csv",
        "crlf.csv",
        "jetstream.jsonl",
        "mastodon_array.json",
        "newlines_in_text.csv",
        "stray_quotes.csv",
        "transcript_timed.md",
    ] {
        let file = FILES.iter().find(|file| file.name == name).unwrap();
        let before = outcome_of(vec![file.bytes.clone()]);
        let times = CHUNK_BYTES / file.bytes.len() + 20;
        let after = outcome_of(vec![file.bytes.repeat(times)]);
        assert_eq!(after.ids, before.ids, "{name}");
        let (before, mut after) = (before.account.total, after.account.total);
        let times = times as u64;
        if file.is_table() {
            // The first header is none, the others are rows.
            assert_eq!(after.unrelated.remove(kind::HEADER), Some(times - 1), "{name}");
            after.received -= times - 1;
        }
        assert_eq!(after.received, times * before.received, "{name}: {after:?}");
        assert_eq!(after.rejected_total(), times * before.rejected_total(), "{name}: {after:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(20_261_125),
        failure_persistence: None,
        ..ProptestConfig::with_cases(400)
    })]

    #[test]
    fn a_file_that_is_cut_is_counted(file: Index, at: Index) {
        let file = file.get(&FILES);
        let cut = &file.bytes[..at.index(file.bytes.len() + 1)];
        let outcome = outcome_of(vec![cut.to_vec()]);
        if file.is_plain() {
            rejected_bytes_are_in(cut, &outcome);
        }
    }

    #[test]
    fn a_file_with_flipped_bits_is_counted(
        file: Index,
        flips in prop::collection::vec((any::<Index>(), 0_u8..8), 1..=20),
    ) {
        let file = file.get(&FILES);
        let mut bytes = file.bytes.clone();
        for (at, bit) in flips.iter().filter(|_| !file.bytes.is_empty()) {
            bytes[at.index(file.bytes.len())] ^= 1 << bit;
        }
        let outcome = outcome_of(vec![bytes.clone()]);
        if file.is_plain() {
            rejected_bytes_are_in(&bytes, &outcome);
        }
    }

    #[test]
    fn files_behind_one_another_are_counted(one: Index, other: Index) {
        let (one, other) = (one.get(&FILES), other.get(&FILES));
        let bytes = [&*one.bytes, &*other.bytes].concat();
        let outcome = outcome_of(vec![bytes.clone()]);
        if one.is_plain() {
            rejected_bytes_are_in(&bytes, &outcome);
        }
    }

    #[test]
    fn rows_that_are_shuffled_or_repeated_are_the_same_rows(
        file: Index,
        seed: u64,
        twice: bool,
    ) {
        let files = files_of_lines();
        let file = file.get(&files);
        let ends = file.bytes.ends_with(b"\n");
        let mut rows = file.lines();
        if twice {
            rows.extend(rows.clone());
        }
        let mut rows: Vec<_> = rows.into_iter().enumerate().collect();
        rows.sort_by_key(|(at, _)| xxhash_rust::xxh3::xxh3_64_with_seed(&at.to_le_bytes(), seed));
        let mut bytes = Vec::new();
        for (_, row) in rows {
            bytes.extend_from_slice(row);
            if !ends && !row.ends_with(b"\n") {
                bytes.push(b'\n');
            }
        }
        let before = outcome_of(vec![file.bytes.clone()]);
        let after = outcome_of(vec![bytes.clone()]);
        rejected_bytes_are_in(&bytes, &after);
        let times = if twice { 2 } else { 1 };
        prop_assert_eq!(&after.ids, &before.ids, "{}", file.name);
        let (before, after) = (before.account.total, after.account.total);
        prop_assert_eq!(after.received, times * before.received, "{}", file.name);
        prop_assert_eq!(after.accepted, before.accepted, "{}", file.name);
        prop_assert_eq!(after.rejected_total(), times * before.rejected_total(), "{}", file.name);
    }

    #[test]
    fn a_line_that_is_damaged_takes_no_other_with_it(
        file: Index,
        line: Index,
        flips in prop::collection::vec((any::<Index>(), 0_u8..8), 1..=20),
    ) {
        let files = files_of_lines();
        let file = file.get(&files);
        let mut lines: Vec<Vec<u8>> = file.lines().into_iter().map(<[u8]>::to_vec).collect();
        prop_assume!(!lines.is_empty());
        let damaged = line.index(lines.len());
        let (_, before) = lines_of(&lines.concat());
        let line = &mut lines[damaged];
        let end = line.strip_suffix(b"\n").unwrap_or(line).len();
        for (at, bit) in flips.iter().filter(|_| end > 0) {
            let byte = &mut line[at.index(end)];
            *byte ^= 1 << bit;
            // One line stays one line.
            *byte = if *byte == b'\n' { b' ' } else { *byte };
        }
        let (format, after) = lines_of(&lines.concat());
        // Where no other line tells what the file is, it is kept whole.
        prop_assume!(format != Format::Unrecognised);
        prop_assert_eq!(after.len(), before.len(), "{}", &file.name);
        for (at, (before, after)) in before.iter().zip(&after).enumerate() {
            prop_assert!(at == damaged || before == after, "{}, {at}: {after:?}", &file.name);
        }
    }
}
