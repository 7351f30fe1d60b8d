//! Files as they arrive when something happened to them on the way: cut, shuffled, repeated, saved
//! in another encoding, with bits that flipped, behind one another. Whatever happens, every row is
//! counted, and what cannot be read is kept.

use std::{collections::BTreeSet, sync::LazyLock, time::Duration};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use memchr::memmem;
use proptest::{sample::Index, test_runner::RngSeed};

use super::*;
use crate::file::worker::NOT_KEPT;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures");
/// Bytes of a longer file that are taken, up to a line end; of longer lines the first one.
const SLICE_BYTES: usize = 12_000;
/// How long a run over a few kilobytes may take before it counts as one that never ends.
const HANGS_AFTER: Duration = Duration::from_mins(1);

/// A whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct File {
    name: String,
    bytes: Vec<u8>,
}

impl File {
    fn is_compressed(&self) -> bool {
        self.bytes.starts_with(&[0x1f, 0x8b]) || self.bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
    }

    /// Whether its bytes are read as they lie there: dead letters hold what was decompressed, and
    /// UTF-8 instead of UTF-16.
    fn is_plain(&self) -> bool {
        !self.is_compressed() && !self.name.starts_with("utf16")
    }

    fn has_end(&self, ends: &[&str]) -> bool {
        self.is_plain() && self.name.rsplit('.').next().is_some_and(|end| ends.contains(&end))
    }

    fn is_table(&self) -> bool {
        self.has_end(&["csv", "tsv"])
    }

    fn is_lines(&self) -> bool {
        self.has_end(&["jsonl", "ndjson"])
    }

    fn lines(&self) -> Vec<&[u8]> {
        self.bytes.split_inclusive(|byte| *byte == b'\n').collect()
    }
}

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut files = Vec::new();
    for file in below(&Path::new(FIXTURES).join("payloads")) {
        if file.name != "expect.json" {
            files.push(file);
        }
    }
    assert!(files.len() > 150, "only {} payloads", files.len());
    for File { name, bytes } in below(&Path::new(FIXTURES).join("gardenchat/archive")) {
        // A slice of an archive, as it lies there and not compressed.
        let plain = match name.rsplit('.').next() {
            Some("gz") => read_all(GzDecoder::new(&*bytes)),
            Some("zst") => zstd::decode_all(&*bytes).unwrap(),
            _ => bytes,
        };
        let end = memchr::memrchr(b'\n', &plain[..plain.len().min(SLICE_BYTES)]);
        let end = end.or(memchr::memchr(b'\n', &plain)).unwrap();
        let plain = plain[..=end].to_vec();
        match name.rsplit('.').next() {
            Some("gz") => files.push(File { name: name.clone(), bytes: gzip(&plain) }),
            Some("zst") => files
                .push(File { name: name.clone(), bytes: zstd::encode_all(&*plain, 3).unwrap() }),
            _ => {}
        }
        let name = name.trim_end_matches(".gz").trim_end_matches(".zst").to_owned();
        files.push(File { name, bytes: plain });
    }
    files
});

/// The files below a folder, in order.
fn below(folder: &Path) -> Vec<File> {
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(below(&path));
        } else {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            files.push(File { name, bytes: fs::read(&path).unwrap() });
        }
    }
    files
}

fn read_all(mut from: impl std::io::Read) -> Vec<u8> {
    let mut all = Vec::new();
    from.read_to_end(&mut all).unwrap();
    all
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut to = GzEncoder::new(Vec::new(), Compression::default());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

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

fn rejected_bytes_are_in(bytes: &[u8], outcome: &Outcome) {
    for letter in &outcome.letters {
        let kept = String::from_utf8_lossy(&letter.bytes);
        let there = memmem::find(bytes, &letter.bytes).is_some();
        assert!(there, "{} has {kept:?}, which is not in the input", letter.reason);
    }
}

/// Saved once more by a program that means well.
#[derive(Debug, Clone, Copy)]
enum Saved {
    Utf16Le,
    Utf16Be,
    Marked,
    CarriageReturnLineFeed,
    CarriageReturn,
    Gzip,
    Zstd,
}

impl Saved {
    const ALL: [Self; 7] = [
        Self::Utf16Le,
        Self::Utf16Be,
        Self::Marked,
        Self::CarriageReturnLineFeed,
        Self::CarriageReturn,
        Self::Gzip,
        Self::Zstd,
    ];

    /// The file saved so; `None` where no program could.
    fn save(self, file: &File) -> Option<Vec<u8>> {
        // A program that can save it otherwise reads what is compressed first.
        let text = std::str::from_utf8(&file.bytes).ok().filter(|_| file.is_plain());
        let unmarked = text.map(|text| text.strip_prefix('\u{feff}').unwrap_or(text));
        let marked = || Some(format!("\u{feff}{}", unmarked?));
        match self {
            Self::Utf16Le => Some(marked()?.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Self::Utf16Be => Some(marked()?.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Self::Marked => Some(marked()?.into_bytes()),
            Self::CarriageReturnLineFeed => Some(text?.replace('\n', "\r\n").into_bytes()),
            // Only tables come from a time, or a program, in which this was a line end.
            Self::CarriageReturn => Some(text?.replace('\n', "\r").into_bytes()),
            Self::Gzip | Self::Zstd if file.is_compressed() => None,
            Self::Gzip => Some(gzip(&file.bytes)),
            Self::Zstd => zstd::encode_all(&*file.bytes, 3).ok(),
        }
    }

    fn applies_to(self, file: &File) -> bool {
        !matches!(self, Self::CarriageReturn) || file.is_table()
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

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(20_261_125),
        failure_persistence: None,
        ..ProptestConfig::with_cases(500)
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
        // Rows of a table need their header before them.
        let rows = |file: &&File| file.is_lines() && file.name != "table_after_json.jsonl";
        let files: Vec<&File> = FILES.iter().filter(rows).collect();
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
}
