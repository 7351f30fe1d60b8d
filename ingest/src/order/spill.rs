//! Rows on disk: a head of fixed fields, then the post in its wire form; a run is one zstd stream.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use colloquy_transcript::{PostId, wire};

use super::row::{Body, Row};
use crate::{IngestError, tags::SetId};

/// Buffer of a file that is written or read; many are open at a time.
const FILE_BUFFER_BYTES: usize = 64 * 1024;
/// zstd level of runs: they are read once.
const LEVEL: i32 = 1;
/// zstd window of runs: a reader keeps 128 KiB of it.
const WINDOW_LOG: u32 = 17;
/// Parents that one row can have: one per server that served a version of it.
const PARENTS_MAX: usize = u8::MAX as usize;

/// The folder for rows that do not fit in memory. Its files have no name and go with the process.
#[derive(Debug, Clone)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(folder: &Path) -> Self {
        Self(folder.to_path_buf())
    }

    /// A fresh file.
    pub(crate) fn file(&self) -> Result<File, IngestError> {
        tempfile::tempfile_in(&self.0).map_err(|cause| self.failed(cause))
    }

    pub(crate) fn failed(&self, cause: io::Error) -> IngestError {
        IngestError::Scratch { path: self.0.clone(), cause }
    }
}

/// A scratch file that several runs share, one behind the other: however many runs wait to be
/// merged, they keep one handle and no buffer.
#[derive(Debug, Clone)]
pub(crate) struct RunFile {
    scratch: Scratch,
    file: Arc<Mutex<File>>,
    end: u64,
}

impl RunFile {
    /// An empty one.
    pub(crate) fn new(scratch: &Scratch) -> Result<Self, IngestError> {
        let file = Arc::new(Mutex::new(scratch.file()?));
        Ok(Self { scratch: scratch.clone(), file, end: 0 })
    }

    /// Writes a run behind those that are there; one at a time.
    pub(crate) fn writer(&self) -> Result<RowWriter, IngestError> {
        RowWriter::new(self)
    }

    /// Takes a run that was written here.
    pub(crate) fn add(&mut self, writer: RowWriter) -> Result<Run, IngestError> {
        let run = writer.end()?;
        self.end = run.part.until;
        Ok(run)
    }
}

/// Sorted rows on disk that wait to be read.
#[derive(Debug)]
pub(crate) struct Run {
    scratch: Scratch,
    part: Part,
}

impl Run {
    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.part.until - self.part.at
    }

    /// Turns to reading.
    pub(crate) fn read(self) -> Result<RowReader, IngestError> {
        let Self { scratch, part } = self;
        let buffered = BufReader::with_capacity(FILE_BUFFER_BYTES, part);
        let input = zstd::stream::read::Decoder::with_buffer(buffered)
            .map_err(|cause| scratch.failed(cause))?;
        Ok(RowReader { scratch, input: input.single_frame() })
    }
}

/// What lies from `at` to `until` in a file that others read as well.
#[derive(Debug)]
struct Part {
    file: Arc<Mutex<File>>,
    at: u64,
    until: u64,
}

impl Part {
    fn seeked(&self, to: u64) -> io::Result<MutexGuard<'_, File>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(to))?;
        Ok(file)
    }
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.until - self.at).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let read = self.seeked(self.at)?.read(&mut buffer[..most])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Write for Part {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.seeked(self.until)?.write(buffer)?;
        self.until += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes rows.
pub(crate) struct RowWriter {
    scratch: Scratch,
    out: zstd::stream::write::Encoder<'static, BufWriter<Part>>,
    head: Vec<u8>,
    encoded: Vec<u8>,
    bytes: u64,
}

impl RowWriter {
    fn new(to: &RunFile) -> Result<Self, IngestError> {
        let scratch = to.scratch.clone();
        let part = Part { file: Arc::clone(&to.file), at: to.end, until: to.end };
        let file = BufWriter::with_capacity(FILE_BUFFER_BYTES, part);
        let out = zstd::stream::write::Encoder::new(file, LEVEL)
            .and_then(|mut out| out.window_log(WINDOW_LOG).map(|()| out))
            .map_err(|cause| scratch.failed(cause))?;
        Ok(Self { scratch, out, head: Vec::new(), encoded: Vec::new(), bytes: 0 })
    }

    /// Bytes written so far, before compression.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn write(&mut self, row: &Row) -> Result<(), IngestError> {
        self.encoded.clear();
        let (tag, body) = match &row.body {
            Body::Post(post) => {
                wire::encode_post(post, &mut self.encoded);
                (0_u8, self.encoded.as_slice())
            }
            Body::Encoded(_, bytes) => (0, &**bytes),
            Body::Deleted(_) => (1, &[][..]),
        };
        let id = row.id().as_str().as_bytes();
        let head = &mut self.head;
        head.clear();
        head.push(tag);
        head.extend_from_slice(&row.created_us.to_le_bytes());
        head.extend_from_slice(&row.file.to_le_bytes());
        for set in [row.set, row.stated] {
            head.extend_from_slice(&set.0.to_le_bytes());
        }
        for hash in [row.reply, row.quote, row.own] {
            head.extend_from_slice(&hash.to_le_bytes());
        }
        let parents = &row.parents[..row.parents.len().min(PARENTS_MAX)];
        head.push(u8::try_from(parents.len()).unwrap_or(u8::MAX));
        for hash in parents {
            head.extend_from_slice(&hash.to_le_bytes());
        }
        head.extend_from_slice(&length(id.len()).to_le_bytes());
        head.extend_from_slice(id);
        head.extend_from_slice(&length(body.len()).to_le_bytes());
        self.bytes += (head.len() + body.len()) as u64;
        self.out
            .write_all(head)
            .and_then(|()| self.out.write_all(body))
            .map_err(|cause| self.scratch.failed(cause))
    }

    /// Ends the run.
    fn end(self) -> Result<Run, IngestError> {
        let Self { scratch, out, .. } = self;
        let ended =
            out.finish().and_then(|file| file.into_inner().map_err(io::IntoInnerError::into_error));
        match ended {
            Ok(part) => Ok(Run { scratch, part }),
            Err(cause) => Err(scratch.failed(cause)),
        }
    }
}

/// Lengths are of ids and posts, far below the bound of a line.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Reads rows back.
pub(crate) struct RowReader {
    scratch: Scratch,
    input: zstd::stream::read::Decoder<'static, BufReader<Part>>,
}

impl RowReader {
    /// The next row; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, IngestError> {
        let mut tag = [0];
        match self.input.read(&mut tag) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(cause) => return Err(self.scratch.failed(cause)),
        }
        self.row(tag[0]).map(Some).map_err(|cause| self.scratch.failed(cause))
    }

    fn row(&mut self, tag: u8) -> io::Result<Row> {
        let created_us = i64::from_le_bytes(self.array()?);
        let file = u32::from_le_bytes(self.array()?);
        let [set, stated] = [self.set()?, self.set()?];
        let [reply, quote, own] = [self.hash()?, self.hash()?, self.hash()?];
        let [parents] = self.array()?;
        let parents = (0..parents).map(|_| self.hash()).collect::<io::Result<Vec<_>>>()?;
        let id = self.bytes()?;
        let id = PostId::from_full(String::from_utf8_lossy(&id));
        let bytes = self.bytes()?;
        let body = if tag == 0 { Body::Encoded(id, bytes) } else { Body::Deleted(id) };
        Ok(Row { created_us, file, set, stated, reply, quote, own, parents, body })
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut array = [0; N];
        self.input.read_exact(&mut array)?;
        Ok(array)
    }

    fn set(&mut self) -> io::Result<SetId> {
        Ok(SetId(u32::from_le_bytes(self.array()?)))
    }

    fn hash(&mut self) -> io::Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn bytes(&mut self) -> io::Result<Box<[u8]>> {
        let length = u32::from_le_bytes(self.array()?) as usize;
        let mut bytes = vec![0; length].into_boxed_slice();
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
