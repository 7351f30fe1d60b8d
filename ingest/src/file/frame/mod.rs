//! Cuts a stream of bytes into chunks of whole rows: lines, JSON values, records of a table, blocks.

mod blocks;
mod lines;
mod table;
mod values;

use std::{
    io::{self, Read},
    ops::Range,
};

pub(crate) use blocks::BlockFramer;
pub(crate) use lines::LineFramer;
pub(crate) use table::TableFramer;
pub(crate) use values::ValueFramer;

use crate::decode::Reading;

/// Bytes of a chunk, unless one line is longer.
pub(crate) const CHUNK_BYTES: usize = 1024 * 1024;
/// Longest line or JSON value that is decoded.
pub(crate) const VALUE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Bytes kept of what is longer, and of a file that is not read at all.
pub const KEPT_BYTES_MAX: usize = 1024 * 1024;

/// What a framer hands out.
#[derive(Debug)]
pub(crate) enum Framed {
    /// Whole lines; the number of the first, from 1.
    Lines(u64, Vec<u8>),
    /// Whole rows: for each its line and where it is.
    Values(Vec<u8>, Vec<(u64, Range<usize>)>),
    /// A value over the bound: its line and its beginning.
    TooLong(u64, Vec<u8>),
    /// The line of a table that begins a record without end: its line and its beginning.
    Damaged(u64, Vec<u8>),
    /// A file that is no source of posts, and whose bytes are nobody's business.
    Part,
    /// A file in no known format: why it is taken for none, and its beginning.
    Unread(String, Vec<u8>),
    /// Reading failed: the line, the bytes of it that were read, and why.
    Failed(u64, Vec<u8>, io::Error),
}

impl Framed {
    /// Bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Lines(_, bytes)
            | Self::Values(bytes, _)
            | Self::TooLong(_, bytes)
            | Self::Damaged(_, bytes)
            | Self::Unread(_, bytes)
            | Self::Failed(_, bytes, _) => bytes.len(),
            Self::Part => 0,
        }
    }

    /// Hands out the rows, each with its line and without its line end.
    pub(crate) fn each_row<E>(
        &self,
        take: &mut impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Lines(first, bytes) => {
                let mut from = 0;
                let mut line = *first;
                while from < bytes.len() {
                    let end =
                        memchr::memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |end| from + end);
                    take(line, &bytes[from..end])?;
                    from = end + 1;
                    line += 1;
                }
            }
            Self::Values(bytes, ranges) => {
                for (line, range) in ranges {
                    take(*line, &bytes[range.clone()])?;
                }
            }
            Self::Part
            | Self::TooLong(..)
            | Self::Damaged(..)
            | Self::Unread(..)
            | Self::Failed(..) => {}
        }
        Ok(())
    }
}

/// What a framer came upon.
pub(crate) enum Step<R> {
    /// Rows.
    Framed(Framed),
    /// What follows is of another kind.
    Becomes(Source<R>, Box<Reading>),
    /// Nothing more.
    End,
}

/// A stream with what was read of it and not handed out yet.
pub(crate) struct Source<R> {
    feed: Feed<R>,
    buffer: Vec<u8>,
    /// The line at which the buffer begins.
    line: u64,
}

impl<R: Read> Source<R> {
    /// Goes on after `head`, which was read already, and after which reading failed with `error`.
    /// `skip` bytes of it are no rows.
    pub(crate) fn new(read: R, mut head: Vec<u8>, error: Option<io::Error>, skip: usize) -> Self {
        let mut feed = Feed::new(read);
        feed.ended = error.is_some();
        feed.error = error;
        let skip = skip.min(head.len());
        let line = 1 + line_ends(&head[..skip]);
        head.drain(..skip);
        Self { feed, buffer: head, line }
    }
}

/// Line ends of whatever kind, each once.
fn line_ends(bytes: &[u8]) -> u64 {
    let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
    ends.filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n')).count() as u64
}

/// The stream behind a framer. A read error is its end, and told last.
struct Feed<R> {
    read: R,
    ended: bool,
    error: Option<io::Error>,
}

impl<R: Read> Feed<R> {
    fn new(read: R) -> Self {
        Self { read, ended: false, error: None }
    }

    /// Adds up to `bytes` more to `buffer`.
    fn fill(&mut self, buffer: &mut Vec<u8>, bytes: usize) {
        let before = buffer.len();
        let result = self.read.by_ref().take(bytes as u64).read_to_end(buffer);
        match result {
            Ok(_) => self.ended = buffer.len() == before,
            Err(error) => {
                self.ended = true;
                self.error = Some(error);
            }
        }
    }

    /// What is left when nothing more comes.
    fn last(&mut self, line: u64, left: Vec<u8>) -> Option<Framed> {
        let mut left = left;
        match self.error.take() {
            Some(error) => {
                left.truncate(KEPT_BYTES_MAX);
                Some(Framed::Failed(line, left, error))
            }
            None if left.is_empty() => None,
            None => Some(Framed::Lines(line, left)),
        }
    }
}

/// Reads the beginning of a stream, up to `bytes`, and the error that cut it short.
pub(crate) fn head(read: &mut dyn Read, bytes: usize) -> (Vec<u8>, Option<io::Error>) {
    let mut head = Vec::new();
    let error = read.take(bytes as u64).read_to_end(&mut head).err();
    (head, error)
}

#[cfg(test)]
mod tests;
