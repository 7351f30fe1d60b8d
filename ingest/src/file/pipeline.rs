//! One thread reads, several decode; between them a short queue of chunks.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use super::{
    cut::Framer,
    frame::{self, CHUNK_BYTES, Framed, KEPT_BYTES_MAX, VALUE_BYTES_MAX},
    gate::{Gate, Permit},
    inputs::FileInput,
    read,
};
use crate::{
    IngestError, Observer,
    account::kind,
    decode::{Decoded, Format, MARK, ReadOptions, Reading, Rejection, Sniffed, class, sniff},
};

/// Chunks that wait for each decoder.
const CHUNKS_WAITING_MAX: usize = 2;
/// Beginning of a file that is looked at to tell its format.
pub(super) const HEAD_BYTES: usize = CHUNK_BYTES;
/// Bytes of chunks on their way, unless one alone is larger.
const IN_FLIGHT_BYTES_MAX: usize = 8 * CHUNK_BYTES;

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

    /// A line of which rows cannot be taken.
    fn reject(&mut self, rejected: &Rejected<'_>) -> Result<(), IngestError>;
}

/// A line of which rows cannot be taken.
#[derive(Debug)]
pub(crate) struct Rejected<'r> {
    pub(crate) at: Place,
    pub(crate) stage: &'static str,
    /// Why, for each row; at least one.
    pub(crate) why: &'r [Rejection],
    /// The line.
    pub(crate) bytes: &'r [u8],
    /// How it was read.
    pub(crate) reading: &'r Reading,
}

/// A piece of work.
struct Chunk<'g> {
    file: usize,
    reading: Arc<Reading>,
    framed: Framed,
    _permit: Permit<'g>,
}

/// Decodes `files` into one sink per thread. Returns what each file was taken for; files that
/// were not reached because of `stop` are missing at the end.
pub(crate) fn decode_files<S: Sink>(
    files: &[FileInput],
    options: &ReadOptions,
    sinks: &mut [S],
    observe: &dyn Observer,
    stop: &AtomicBool,
) -> Result<Vec<FileTaken>, IngestError> {
    let gate = Gate::new(IN_FLIGHT_BYTES_MAX);
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
        let mut reader = Reader { send, gate: &gate, options, observe, halt: &halt };
        let taken = reader.read_files(files);
        drop(reader);
        for worker in workers {
            worker.join().map_err(|_| IngestError::Worker)??;
        }
        Ok(taken)
    })
}

/// Decodes chunks until there are none; after a failure it only keeps the queue moving.
fn work<S: Sink>(
    receive: &Mutex<Receiver<Chunk<'_>>>,
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
            let Chunk { file, reading, framed, .. } = &chunk;
            outcome = decode_framed(*file, reading, framed, &mut decoded, sink);
            if outcome.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// Decodes what a framer handed out.
pub(super) fn decode_framed<S: Sink>(
    file: usize,
    reading: &Reading,
    framed: &Framed,
    decoded: &mut Decoded,
    sink: &mut S,
) -> Result<(), IngestError> {
    let mut reject_one = |line, stage, rejection: Rejection, bytes: &[u8]| {
        let at = Place { file, line };
        sink.reject(&Rejected { at, stage, why: &[rejection], bytes, reading })
    };
    match framed {
        Framed::Lines(..) | Framed::Values(..) => framed.each_row(&mut |line, bytes| {
            decode_row(reading, Place { file, line }, bytes, decoded, sink)
        })?,
        Framed::Part => decoded.unrelated.push(kind::ARCHIVE_PART),
        Framed::TooLong(line, kept) => {
            let detail =
                format!("more than {VALUE_BYTES_MAX} bytes; the first {KEPT_BYTES_MAX} are kept");
            reject_one(*line, "decode", Rejection::new(class::TOO_LONG, detail), kept)?;
        }
        Framed::Damaged(line, kept) => {
            let rejection = Rejection::new(class::MALFORMED_TABLE, "a quote that is never closed");
            reject_one(*line, "decode", rejection, kept)?;
        }
        Framed::Unread(why, kept) => {
            let rejection = Rejection::new(class::UNRECOGNISED, why.as_str());
            reject_one(1, "decode", rejection, kept)?;
        }
        Framed::Failed(line, left, error) => {
            let rejection = Rejection::new(class::READ, error.to_string());
            reject_one(*line, "read", rejection, left)?;
        }
    }
    sink.take(file, decoded)
}

/// Decodes one row; its rejections go to the sink at once, the rest when the sink takes `decoded`.
pub(super) fn decode_row<S: Sink>(
    reading: &Reading,
    at: Place,
    bytes: &[u8],
    decoded: &mut Decoded,
    sink: &mut S,
) -> Result<(), IngestError> {
    // One file behind the other: the mark of the second one stands before a row.
    let row = bytes.strip_prefix(MARK).unwrap_or(bytes);
    let blank = row.iter().all(u8::is_ascii_whitespace);
    match (reading.format.is_table(), bytes.is_empty()) {
        // A table's framer hands out no empty records: this is its header, come again.
        (true, true) => {
            decoded.unrelated.push(kind::HEADER);
            return Ok(());
        }
        (false, _) if blank => {
            decoded.unrelated.push(kind::KEEP_ALIVE);
            return Ok(());
        }
        _ => {}
    }
    reading.decode(row, decoded);
    if !decoded.rejected.is_empty() {
        let why = &decoded.rejected;
        let bytes = if reading.may_be_private(bytes) { &[][..] } else { bytes };
        sink.reject(&Rejected { at, stage: "decode", why, bytes, reading })?;
        decoded.rejected.clear();
    }
    Ok(())
}

/// The thread that reads.
struct Reader<'r, 'g> {
    send: SyncSender<Chunk<'g>>,
    gate: &'g Gate,
    options: &'r ReadOptions,
    observe: &'r dyn Observer,
    halt: &'r dyn Fn() -> bool,
}

impl Reader<'_, '_> {
    /// Reads all files in order and sends them in chunks.
    fn read_files(&mut self, files: &[FileInput]) -> Vec<FileTaken> {
        let total = files.iter().map(|file| file.bytes).sum::<Option<u64>>();
        let mut taken = Vec::with_capacity(files.len());
        for (at, file) in files.iter().enumerate() {
            if (self.halt)() {
                break;
            }
            taken.push(match read::open(file, total, self.observe, self.halt) {
                Ok(read) => self.read_file(at, file, read),
                Err(error) => {
                    let why = format!("it cannot be opened: {error}");
                    let format = Format::Unrecognised;
                    self.observe.file(&file.name, format, &why);
                    let reading = Arc::new(Reading::of(format, self.options));
                    self.send(at, reading, Framed::Failed(1, Vec::new(), error));
                    FileTaken { format, why }
                }
            });
        }
        taken
    }

    fn read_file(
        &mut self,
        at: usize,
        file: &FileInput,
        mut read: Box<dyn std::io::Read + '_>,
    ) -> FileTaken {
        let (head, error) = frame::head(&mut *read, HEAD_BYTES);
        let mut sniffed = sniff(&head, self.options);
        sniffed.reading.owner = file.owner(sniffed.reading.format);
        if sniffed.reading.format == Format::Unrecognised && file.lies_in_archive() {
            sniffed = sniffed.as_archive_part(self.options);
        }
        let Sniffed { reading, why, .. } = &sniffed;
        let taken = FileTaken { format: reading.format, why: why.clone() };
        crate::telemetry::file_taken(&file.name, taken.format, &taken.why);
        self.observe.file(&file.name, taken.format, &taken.why);
        let mut framer = Framer::new(sniffed, read, head, error, self.options);
        while !(self.halt)()
            && let Some((reading, framed)) = framer.next()
        {
            // What a pipe was left in the middle of is no row.
            if (self.halt)() || !self.send(at, reading, framed) {
                break;
            }
        }
        taken
    }

    /// Sends a chunk when there is room. Sending fails only when the decoders are gone, and they
    /// report that themselves.
    fn send(&self, file: usize, reading: Arc<Reading>, framed: Framed) -> bool {
        let permit = self.gate.pass(framed.bytes());
        self.send.send(Chunk { file, reading, framed, _permit: permit }).is_ok()
    }
}
