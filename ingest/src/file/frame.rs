//! Cuts a stream of bytes into chunks of whole lines, or of whole JSON values.

use std::{
    io::{self, Read},
    ops::Range,
};

use memchr::{memchr, memchr_iter, memchr2, memrchr};

/// Bytes of a chunk, unless one line is longer.
pub(crate) const CHUNK_BYTES: usize = 1024 * 1024;
/// Longest line or JSON value that is decoded.
pub(crate) const VALUE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes kept of what is longer, and of a file that is not read at all.
pub const KEPT_BYTES_MAX: usize = 1024 * 1024;

/// What a framer hands out.
#[derive(Debug)]
pub(crate) enum Framed {
    /// Whole lines; the number of the first, from 1.
    Lines(u64, Vec<u8>),
    /// Whole JSON values: for each its line and where it is.
    Values(Vec<u8>, Vec<(u64, Range<usize>)>),
    /// A value over the bound: its line and its beginning.
    TooLong(u64, Vec<u8>),
    /// A file in no known format: why it is taken for none, and its beginning.
    Unread(String, Vec<u8>),
    /// Reading failed: the line, the bytes of it that were read, and why.
    Failed(u64, Vec<u8>, io::Error),
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

/// Cuts at line ends.
pub(crate) struct LineFramer<R> {
    feed: Feed<R>,
    buffer: Vec<u8>,
    /// Bytes of the buffer without a line end.
    searched: usize,
    line: u64,
}

impl<R: Read> LineFramer<R> {
    /// Goes on after `head`, which was read already, and after which reading failed with `error`.
    pub(crate) fn new(read: R, head: Vec<u8>, error: Option<io::Error>) -> Self {
        let mut feed = Feed::new(read);
        feed.ended = error.is_some();
        feed.error = error;
        Self { feed, buffer: head, searched: 0, line: 1 }
    }

    /// The next chunk; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<Framed> {
        loop {
            if (self.buffer.len() >= CHUNK_BYTES || self.feed.ended)
                && let Some(chunk) = self.cut()
            {
                return Some(chunk);
            }
            if self.feed.ended {
                self.searched = 0;
                return self.feed.last(self.line, std::mem::take(&mut self.buffer));
            }
            if self.buffer.len() > VALUE_BYTES_MAX {
                return Some(self.skip_line());
            }
            let room = CHUNK_BYTES.saturating_sub(self.buffer.len()).max(CHUNK_BYTES / 4);
            self.feed.fill(&mut self.buffer, room);
        }
    }

    fn cut(&mut self) -> Option<Framed> {
        let Some(last) = memrchr(b'\n', &self.buffer[self.searched..]) else {
            self.searched = self.buffer.len();
            return None;
        };
        let rest = self.buffer.split_off(self.searched + last + 1);
        let chunk = std::mem::replace(&mut self.buffer, rest);
        self.searched = self.buffer.len();
        let line = self.line;
        self.line += memchr_iter(b'\n', &chunk).count() as u64;
        Some(Framed::Lines(line, chunk))
    }

    /// Keeps the beginning of a line over the bound and drops the rest of it.
    fn skip_line(&mut self) -> Framed {
        let mut kept = std::mem::take(&mut self.buffer);
        kept.truncate(KEPT_BYTES_MAX);
        let line = self.line;
        while !self.feed.ended {
            self.buffer.clear();
            self.feed.fill(&mut self.buffer, CHUNK_BYTES);
            if let Some(end) = memchr(b'\n', &self.buffer) {
                self.buffer.drain(..=end);
                self.line += 1;
                self.searched = 0;
                return Framed::TooLong(line, kept);
            }
        }
        self.buffer.clear();
        self.searched = 0;
        Framed::TooLong(line, kept)
    }
}

/// Cuts JSON values that span lines, and the members of a list.
pub(crate) struct ValueFramer<R> {
    feed: Feed<R>,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were looked at.
    at: usize,
    /// Where the value in hand begins.
    from: Option<usize>,
    /// Beginning of a value over the bound that is being dropped, with its line.
    dropping: Option<(u64, Vec<u8>)>,
    /// A dropped value that has ended and was not handed out yet.
    dropped: Option<(u64, Vec<u8>)>,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// The line of `at`, and of the value in hand.
    line: u64,
    from_line: u64,
}

impl<R: Read> ValueFramer<R> {
    /// Goes on after `head`, which was read already, and after which reading failed with `error`.
    pub(crate) fn new(read: R, head: Vec<u8>, error: Option<io::Error>) -> Self {
        let mut feed = Feed::new(read);
        feed.ended = error.is_some();
        feed.error = error;
        Self {
            feed,
            buffer: head,
            at: 0,
            from: None,
            dropping: None,
            dropped: None,
            depth: 0,
            in_string: false,
            escaped: false,
            line: 1,
            from_line: 1,
        }
    }

    /// The next chunk; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<Framed> {
        loop {
            if let Some((line, kept)) = self.dropped.take() {
                return Some(Framed::TooLong(line, kept));
            }
            let mut found = Vec::new();
            self.scan(&mut found);
            if !found.is_empty() {
                return Some(self.chunk(found));
            }
            if self.dropped.is_some() {
                continue;
            }
            if self.feed.ended {
                return self.finish();
            }
            self.shorten();
            self.feed.fill(&mut self.buffer, CHUNK_BYTES);
        }
    }

    fn finish(&mut self) -> Option<Framed> {
        if let Some((line, kept)) = self.dropping.take() {
            return Some(Framed::TooLong(line, kept));
        }
        let left = self.from.take().map(|from| self.buffer.split_off(from)).unwrap_or_default();
        self.buffer.clear();
        self.at = 0;
        let line = self.from_line;
        match self.feed.last(line, left) {
            // A value that never closed: the decoder says where it ends.
            Some(Framed::Lines(line, left)) => {
                let range = 0..left.len();
                Some(Framed::Values(left, vec![(line, range)]))
            }
            other => other,
        }
    }

    /// Splits the scanned values off the buffer.
    fn chunk(&mut self, found: Vec<(u64, Range<usize>)>) -> Framed {
        let end = self.from.unwrap_or(self.at);
        let rest = self.buffer.split_off(end);
        let chunk = std::mem::replace(&mut self.buffer, rest);
        self.at -= end;
        self.from = self.from.map(|_| 0);
        Framed::Values(chunk, found)
    }

    /// Forgets what no value needs, and the rest of a value over the bound.
    fn shorten(&mut self) {
        let keep_from = self.from.unwrap_or(self.at);
        if self.at - keep_from > VALUE_BYTES_MAX {
            let kept = self.buffer[keep_from..keep_from + KEPT_BYTES_MAX].to_vec();
            self.dropping = Some((self.from_line, kept));
            self.from = None;
        }
        let keep_from = self.from.unwrap_or(self.at);
        self.buffer.drain(..keep_from);
        self.at -= keep_from;
        self.from = self.from.map(|_| 0);
    }

    /// Walks over the buffer and notes every value that closes; stops where a dropped one does.
    fn scan(&mut self, found: &mut Vec<(u64, Range<usize>)>) {
        while self.at < self.buffer.len() && self.dropped.is_none() {
            let byte = self.buffer[self.at];
            if !self.in_string {
                self.outside_string(byte, found);
                self.at += 1;
            } else if self.escaped {
                self.escaped = false;
                self.at += 1;
            } else {
                let rest = &self.buffer[self.at..];
                let skip = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                self.line += memchr_iter(b'\n', &rest[..skip]).count() as u64;
                match rest.get(skip) {
                    Some(b'"') => self.in_string = false,
                    Some(_) => self.escaped = true,
                    None => {}
                }
                self.at = (self.at + skip + 1).min(self.buffer.len());
            }
        }
    }

    /// One byte outside strings. Between values, `[`, `]` and `,` are the list's own.
    fn outside_string(&mut self, byte: u8, found: &mut Vec<(u64, Range<usize>)>) {
        if byte == b'\n' {
            self.line += 1;
        }
        match (self.depth, byte) {
            (0, b'\n' | b'[' | b']' | b',' | b' ' | b'\t' | b'\r') => self.close(self.at, found),
            (0, b'{') => {
                self.close(self.at, found);
                self.open();
                self.depth = 1;
            }
            (0, _) => {
                // No object: up to the next separator it is one foreign value.
                if self.from.is_none() && self.dropping.is_none() {
                    self.open();
                }
                self.in_string = byte == b'"';
            }
            (_, b'"') => self.in_string = true,
            (_, b'{' | b'[') => self.depth += 1,
            (_, b'}' | b']') => {
                self.depth -= 1;
                if self.depth == 0 {
                    self.close(self.at + 1, found);
                }
            }
            _ => {}
        }
    }

    fn open(&mut self) {
        self.from = Some(self.at);
        self.from_line = self.line;
    }

    fn close(&mut self, end: usize, found: &mut Vec<(u64, Range<usize>)>) {
        if let Some(from) = self.from.take() {
            found.push((self.from_line, from..end));
        } else if self.dropping.is_some() {
            self.dropped = self.dropping.take();
        }
    }
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
