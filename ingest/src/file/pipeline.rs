//! One thread reads, several decode; between them a short queue of chunks.

use std::{
    io::{self, Read},
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use super::{
    frame::{self, CHUNK_BYTES, Framed, KEPT_BYTES_MAX, LineFramer, VALUE_BYTES_MAX, ValueFramer},
    inputs::FileInput,
    read,
};
use crate::{
    IngestError, Observer,
    account::kind,
    decode::{self, Decoded, Format, Framing, Rejection, Sniffed, class, sniff},
};

/// Chunks that wait for each decoder.
const CHUNKS_WAITING_MAX: usize = 2;
/// Beginning of a file that is looked at to tell its format.
const HEAD_BYTES: usize = CHUNK_BYTES;

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Place of the file among the inputs.
    pub(crate) file: usize,
    /// The line, from 1.
    pub(crate) line: u64,
}

/// What a file was taken for.
#[derive(Debug, Clone)]
pub(crate) struct FileTaken {
    pub(crate) format: Format,
    pub(crate) why: String,
}

/// Takes what one decoding thread finds.
pub(crate) trait Sink: Send {
    /// Rows of one file; empties `decoded`.
    fn take(&mut self, file: usize, decoded: &mut Decoded) -> Result<(), IngestError>;

    /// A line of which `rejected` rows cannot be taken; `first` says why, `bytes` is the line.
    fn reject(
        &mut self,
        at: Place,
        stage: &'static str,
        first: &Rejection,
        rejected: &[Rejection],
        bytes: &[u8],
    ) -> Result<(), IngestError>;
}

/// A piece of work.
struct Chunk {
    file: usize,
    format: Format,
    framed: Framed,
}

/// Decodes `files` into one sink per thread. Returns what each file was taken for; files that
/// were not reached because of `stop` are missing at the end.
pub(crate) fn decode_files<S: Sink>(
    files: &[FileInput],
    sinks: &mut [S],
    observe: &dyn Observer,
    stop: &AtomicBool,
) -> Result<Vec<FileTaken>, IngestError> {
    let (send, receive) = sync_channel(sinks.len() * CHUNKS_WAITING_MAX);
    // Shared by the decoders alone: when the last one is gone, even by a panic, sending fails.
    let receive = Arc::new(Mutex::new(receive));
    let failed = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> = sinks
            .iter_mut()
            .map(|sink| {
                let (receive, failed) = (Arc::clone(&receive), &failed);
                scope.spawn(move || work(&receive, sink, failed))
            })
            .collect();
        drop(receive);
        let halt = || stop.load(Ordering::Relaxed) || failed.load(Ordering::Relaxed);
        let taken = read_files(files, &send, observe, &halt);
        drop(send);
        for worker in workers {
            worker.join().map_err(|_| IngestError::Worker)??;
        }
        Ok(taken)
    })
}

/// Decodes chunks until there are none; after a failure it only keeps the queue moving.
fn work<S: Sink>(
    receive: &Mutex<Receiver<Chunk>>,
    sink: &mut S,
    failed: &AtomicBool,
) -> Result<(), IngestError> {
    let mut decoded = Decoded::default();
    let mut outcome = Ok(());
    loop {
        let next = receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(chunk) = next else {
            return outcome;
        };
        if outcome.is_ok() {
            outcome = decode_chunk(&chunk, &mut decoded, sink);
            if outcome.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn decode_chunk<S: Sink>(
    chunk: &Chunk,
    decoded: &mut Decoded,
    sink: &mut S,
) -> Result<(), IngestError> {
    let file = chunk.file;
    match &chunk.framed {
        Framed::Lines(first, bytes) => {
            let mut from = 0;
            let mut line = *first;
            while from < bytes.len() {
                let end =
                    memchr::memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |end| from + end);
                let at = Place { file, line };
                decode_value(chunk.format, at, &bytes[from..end], decoded, sink)?;
                from = end + 1;
                line += 1;
            }
        }
        Framed::Values(bytes, ranges) => {
            for (line, range) in ranges {
                let at = Place { file, line: *line };
                let range: Range<usize> = range.clone();
                decode_value(chunk.format, at, &bytes[range], decoded, sink)?;
            }
        }
        Framed::TooLong(line, kept) => {
            let detail =
                format!("more than {VALUE_BYTES_MAX} bytes; the first {KEPT_BYTES_MAX} are kept");
            let rejection = Rejection::new(class::TOO_LONG, detail);
            reject_one(Place { file, line: *line }, "decode", &rejection, kept, sink)?;
        }
        Framed::Unread(why, kept) => {
            let rejection = Rejection::new(class::UNRECOGNISED, why.as_str());
            reject_one(Place { file, line: 1 }, "decode", &rejection, kept, sink)?;
        }
        Framed::Failed(line, left, error) => {
            let rejection = Rejection::new(class::READ, error.to_string());
            reject_one(Place { file, line: *line }, "read", &rejection, left, sink)?;
        }
    }
    sink.take(file, decoded)
}

fn reject_one<S: Sink>(
    at: Place,
    stage: &'static str,
    rejection: &Rejection,
    bytes: &[u8],
    sink: &mut S,
) -> Result<(), IngestError> {
    sink.reject(at, stage, rejection, std::slice::from_ref(rejection), bytes)
}

fn decode_value<S: Sink>(
    format: Format,
    at: Place,
    bytes: &[u8],
    decoded: &mut Decoded,
    sink: &mut S,
) -> Result<(), IngestError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        decoded.unrelated.push(kind::KEEP_ALIVE);
        return Ok(());
    }
    decode::decode(format, bytes, decoded);
    if let Some(first) = decoded.rejected.first() {
        sink.reject(at, "decode", first, &decoded.rejected, bytes)?;
        decoded.rejected.clear();
    }
    Ok(())
}

/// Reads all files in order and sends them in chunks.
fn read_files(
    files: &[FileInput],
    send: &SyncSender<Chunk>,
    observe: &dyn Observer,
    halt: &dyn Fn() -> bool,
) -> Vec<FileTaken> {
    let total = files.iter().map(|file| file.bytes).sum::<Option<u64>>();
    let mut taken = Vec::with_capacity(files.len());
    for (at, file) in files.iter().enumerate() {
        if halt() {
            break;
        }
        let sniffed = match read::open(file, total, observe) {
            Ok(read) => read_file(at, &file.name, read, send, observe, halt),
            Err(error) => {
                let why = format!("it cannot be opened: {error}");
                observe.file(&file.name, Format::Unrecognised, &why);
                let framed = Framed::Failed(1, Vec::new(), error);
                // Sending fails only when the decoders are gone, and they report that themselves.
                let _ = send.send(Chunk { file: at, format: Format::Unrecognised, framed });
                FileTaken { format: Format::Unrecognised, why }
            }
        };
        taken.push(sniffed);
    }
    taken
}

fn read_file(
    file: usize,
    name: &str,
    mut read: Box<dyn Read + '_>,
    send: &SyncSender<Chunk>,
    observe: &dyn Observer,
    halt: &dyn Fn() -> bool,
) -> FileTaken {
    let (mut head, error) = frame::head(&mut *read, HEAD_BYTES);
    let Sniffed { format, framing, why } = sniff(&head);
    crate::telemetry::file_taken(name, format, &why);
    observe.file(name, format, &why);
    if head.starts_with(b"\xef\xbb\xbf") {
        head.drain(..3);
    }
    // Blank lines are counted, and what may come after very many of them is told line by line.
    let mut framer = if format == Format::Unrecognised && !head.trim_ascii().is_empty() {
        Framer::unread(&why, head, error)
    } else if framing == Framing::Values {
        Framer::Values(ValueFramer::new(read, head, error))
    } else {
        Framer::Lines(LineFramer::new(read, head, error))
    };
    while !halt()
        && let Some(framed) = framer.next()
    {
        if send.send(Chunk { file, format, framed }).is_err() {
            break;
        }
    }
    FileTaken { format, why }
}

/// Either framer, or what is left of a file that is not read.
enum Framer<R> {
    Lines(LineFramer<R>),
    Values(ValueFramer<R>),
    Unread(Option<Framed>),
}

impl<R: Read> Framer<R> {
    /// One record for the whole file.
    fn unread(why: &str, mut head: Vec<u8>, error: Option<io::Error>) -> Self {
        head.truncate(KEPT_BYTES_MAX);
        Self::Unread(match error {
            Some(error) => Some(Framed::Failed(1, head, error)),
            None => Some(Framed::Unread(why.to_owned(), head)),
        })
    }

    fn next(&mut self) -> Option<Framed> {
        match self {
            Self::Lines(framer) => framer.next(),
            Self::Values(framer) => framer.next(),
            Self::Unread(only) => only.take(),
        }
    }
}
