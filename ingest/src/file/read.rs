//! Bytes of a file: opened, decompressed as a stream, counted on the way.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    sync::Arc,
};

use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;

use super::{inputs::FileInput, waiting::Waiting};
use crate::Observer;

/// Compressed bytes read at a time.
const RAW_BUFFER_BYTES: usize = 256 * 1024;
/// Decompressed bytes that are looked at before they go on.
const PEEKED_BYTES: usize = 8 * 1024;
/// Magic bytes of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Magic bytes of a zstd frame.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Opens `input` and decompresses it by what its first bytes say, not by its name; what is held
/// was decompressed before. A pipe is left when `halt` says so.
pub(crate) fn open<'o>(
    input: &FileInput,
    total: Option<u64>,
    observe: &'o dyn Observer,
    halt: &'o dyn Fn() -> bool,
) -> io::Result<Box<dyn Read + 'o>> {
    if let Some(held) = &input.held {
        let raw = Box::new(io::Cursor::new(Arc::clone(&held.bytes)));
        return Ok(Box::new(Counted { inner: raw, total, observe }));
    }
    let raw: Box<dyn Read + 'o> = match (&input.path, input.bytes) {
        (Some(path), Some(_)) => Box::new(File::open(path)?),
        (Some(path), None) => {
            let path = path.clone();
            Box::new(Waiting::new(move || File::open(path), halt)?)
        }
        (None, _) => Box::new(stdin(halt)?),
    };
    decompressed(Counted { inner: raw, total, observe })
}

/// Standard input, left when `halt` says so.
pub(crate) fn stdin(halt: &dyn Fn() -> bool) -> io::Result<Waiting<'_>> {
    Waiting::new(|| Ok(io::stdin()), halt)
}

/// Decompresses a stream by what its first bytes say.
pub(crate) fn decompressed<'r>(raw: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let mut buffered = BufReader::with_capacity(RAW_BUFFER_BYTES, Patient(raw));
    let head = buffered.fill_buf()?;
    if head.starts_with(&GZIP) {
        return utf8(MultiGzDecoder::new(buffered));
    }
    if head.starts_with(&ZSTD) {
        return utf8(zstd::stream::read::Decoder::with_buffer(buffered)?);
    }
    utf8(buffered)
}

/// Turns UTF-16 into UTF-8 and drops the mark of an encoding at the beginning. Other bytes pass as
/// they are.
fn utf8<'r>(read: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let mut buffered = BufReader::with_capacity(PEEKED_BYTES, Patient(read));
    let encoding = match buffered.fill_buf()? {
        // Without a mark, but what is text in English is seen by every other byte.
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => Some(encoding_rs::UTF_16LE),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => Some(encoding_rs::UTF_16BE),
        _ => None,
    };
    let mut builder = DecodeReaderBytesBuilder::new();
    builder.encoding(encoding).bom_override(true).strip_bom(true).utf8_passthru(true);
    Ok(Box::new(builder.build(buffered)))
}

/// Tells the observer about every byte.
struct Counted<'o> {
    inner: Box<dyn Read + 'o>,
    total: Option<u64>,
    observe: &'o dyn Observer,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.observe.read(read as u64, self.total);
        Ok(read)
    }
}

/// Fills the whole buffer where it can, so that a pipe that delivers a few bytes at first still
/// shows its magic bytes.
struct Patient<R>(R);

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len().min(ZSTD.len()) {
            match self.0.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) if filled > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}
