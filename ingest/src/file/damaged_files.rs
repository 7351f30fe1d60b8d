//! The fixtures, and what programs make of them that save them once more.

use std::{fs, io::Write as _, path::Path, sync::LazyLock};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};

/// All fixtures.
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures");
/// Bytes of a longer file that are taken, up to a line end; of longer lines the first one.
const SLICE_BYTES: usize = 12_000;

/// A whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

impl File {
    pub(super) fn is_compressed(&self) -> bool {
        self.bytes.starts_with(&[0x1f, 0x8b]) || self.bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
    }

    /// Whether its bytes are read as they lie there: dead letters hold what was decompressed, and
    /// UTF-8 instead of UTF-16.
    pub(super) fn is_plain(&self) -> bool {
        !self.is_compressed() && !self.name.starts_with("utf16")
    }

    fn has_end(&self, ends: &[&str]) -> bool {
        self.is_plain() && self.name.rsplit('.').next().is_some_and(|end| ends.contains(&end))
    }

    pub(super) fn is_table(&self) -> bool {
        self.has_end(&["csv", "tsv"])
    }

    pub(super) fn is_lines(&self) -> bool {
        self.has_end(&["jsonl", "ndjson"])
    }

    pub(super) fn lines(&self) -> Vec<&[u8]> {
        self.bytes.split_inclusive(|byte| *byte == b'\n').collect()
    }
}

pub(super) static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
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

/// Saved once more by a program that means well.
#[derive(Debug, Clone, Copy)]
pub(super) enum Saved {
    Utf16Le,
    Utf16Be,
    Marked,
    CarriageReturnLineFeed,
    CarriageReturn,
    Gzip,
    Zstd,
}

impl Saved {
    pub(super) const ALL: [Self; 7] = [
        Self::Utf16Le,
        Self::Utf16Be,
        Self::Marked,
        Self::CarriageReturnLineFeed,
        Self::CarriageReturn,
        Self::Gzip,
        Self::Zstd,
    ];

    /// The file saved so; `None` where no program could.
    pub(super) fn save(self, file: &File) -> Option<Vec<u8>> {
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

    pub(super) fn applies_to(self, file: &File) -> bool {
        !matches!(self, Self::CarriageReturn) || file.is_table()
    }
}
