//! A pipe that may be silent for ever: it is read in a thread of its own, so that whoever waits for
//! it can be told to stop.

use std::{
    io::{self, Read},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks that wait for the reader.
const CHUNKS_WAITING_MAX: usize = 4;
/// How often a waiting reader looks whether it shall stop.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// Reads what a thread of its own reads. Ends early when `halt` says so; the thread then stays where
/// it is until its pipe says something, or the process ends.
pub(crate) struct Waiting<'h> {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    read: usize,
    halt: &'h dyn Fn() -> bool,
}

impl<'h> Waiting<'h> {
    /// Reads what `open` opens: opening a pipe waits as well.
    pub(crate) fn new<R: Read>(
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
        halt: &'h dyn Fn() -> bool,
    ) -> io::Result<Self> {
        let (send, chunks) = sync_channel(CHUNKS_WAITING_MAX);
        thread::Builder::new().name("pipe".into()).spawn(move || {
            let mut source = match open() {
                Ok(source) => source,
                Err(error) => {
                    send.send(Err(error)).ok();
                    return;
                }
            };
            let mut buffer = vec![0; CHUNK_BYTES];
            loop {
                let chunk = match source.read(&mut buffer) {
                    Ok(read) => Ok(buffer[..read].to_vec()),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let is_last = chunk.as_ref().map_or(true, Vec::is_empty);
                if send.send(chunk).is_err() || is_last {
                    return;
                }
            }
        })?;
        Ok(Self { chunks, chunk: Vec::new(), read: 0, halt })
    }
}

impl Read for Waiting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.chunk.len() {
            match self.chunks.recv_timeout(LOOK_INTERVAL) {
                Ok(chunk) => {
                    self.chunk = chunk?;
                    self.read = 0;
                    if self.chunk.is_empty() {
                        return Ok(0);
                    }
                }
                Err(RecvTimeoutError::Timeout) if !(self.halt)() => {}
                Err(_) => return Ok(0),
            }
        }
        let rest = &self.chunk[self.read..];
        let taken = rest.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&rest[..taken]);
        self.read += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn bytes_come_as_they_are_and_so_do_errors() {
        let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        let (copy, go_on) = (bytes.clone(), || false);
        let mut waiting = Waiting::new(move || Ok(io::Cursor::new(copy)), &go_on).unwrap();
        let mut read = Vec::new();
        waiting.read_to_end(&mut read).unwrap();
        assert!(read == bytes);
        let none = || Err::<io::Empty, _>(io::Error::other("no such pipe"));
        let told = Waiting::new(none, &go_on).unwrap().read_to_end(&mut read);
        assert_eq!(told.unwrap_err().to_string(), "no such pipe");
    }

    #[test]
    fn a_silent_pipe_is_left_when_told_to_stop() {
        struct Silent(Receiver<()>);
        impl Read for Silent {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                self.0.recv().ok();
                Ok(0)
            }
        }
        let (never, silent) = sync_channel(0);
        let stop = AtomicBool::new(false);
        let halt = || stop.load(Ordering::Relaxed);
        let mut waiting = Waiting::new(move || Ok(Silent(silent)), &halt).unwrap();
        stop.store(true, Ordering::Relaxed);
        assert_eq!(waiting.read(&mut [0; 8]).unwrap(), 0);
        drop(never);
    }
}
