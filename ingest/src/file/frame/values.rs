//! Rows that are JSON values.

use std::{io::Read, ops::Range};

use memchr::{memchr, memchr_iter, memchr2, memmem};

use super::{CHUNK_BYTES, Feed, Framed, KEPT_BYTES_MAX, Source, VALUE_BYTES_MAX};

/// Cuts JSON values that span lines, and the members of a list.
pub(crate) struct ValueFramer<R> {
    feed: Feed<R>,
    buffer: Vec<u8>,
    /// What stands before the list of which the values are members; what stands between such lists
    /// is nobody's.
    list: Option<&'static [u8]>,
    /// Whether that list has ended.
    over: bool,
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
    /// Cuts what is left of `source`; of a list behind `list`, whose beginning was read already, up to
    /// its end, and the lists behind the same further on.
    pub(crate) fn new(source: Source<R>, list: Option<&'static [u8]>) -> Self {
        let Source { feed, buffer, line } = source;
        Self {
            feed,
            buffer,
            list,
            over: false,
            at: 0,
            from: None,
            dropping: None,
            dropped: None,
            depth: 0,
            in_string: false,
            escaped: false,
            line,
            from_line: line,
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
            if self.over && self.begins_again() {
                continue;
            }
            if self.feed.ended {
                return self.finish();
            }
            self.shorten();
            self.feed.fill(&mut self.buffer, CHUNK_BYTES);
        }
    }

    /// Looks for another list behind the one that ended: pages were put one behind the other. What is
    /// left of the buffer is forgotten but for what may be the beginning of its mark.
    fn begins_again(&mut self) -> bool {
        let mark = self.list.unwrap_or_default();
        let rest = &self.buffer[self.at..];
        let marked = memmem::find(rest, mark).map(|at| at + mark.len());
        let list = marked.and_then(|from| Some(from + memchr(b'[', &rest[from..])? + 1));
        let until = match (list, marked) {
            (Some(list), _) => list,
            (None, Some(marked)) => marked - mark.len(),
            (None, None) => rest.len().saturating_sub(mark.len()),
        };
        self.line += memchr_iter(b'\n', &rest[..until]).count() as u64;
        self.buffer.drain(..self.at + until);
        (self.at, self.from) = (0, None);
        self.over = list.is_none();
        list.is_some()
    }

    fn finish(&mut self) -> Option<Framed> {
        if let Some((line, kept)) = self.dropping.take() {
            return Some(Framed::TooLong(line, kept));
        }
        if self.over {
            self.buffer.clear();
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
        if self.over {
            return;
        }
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
        while self.at < self.buffer.len() && self.dropped.is_none() && !self.over {
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
            (0, b']') if self.list.is_some() => {
                self.close(self.at, found);
                self.over = true;
            }
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
