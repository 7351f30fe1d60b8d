//! Rows that are lines.

use std::io::Read;

use memchr::{memchr, memchr_iter, memrchr};

use super::{CHUNK_BYTES, Framed, KEPT_BYTES_MAX, Source, Step, VALUE_BYTES_MAX};
use crate::decode::{Dialect, ReadOptions, Reading, Table};

/// Longest line that can be the header of a table.
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// Cuts at line ends.
pub(crate) struct LineFramer<'o, R> {
    source: Source<R>,
    /// Bytes of the buffer without a line end.
    searched: usize,
    options: &'o ReadOptions,
}

impl<'o, R: Read> LineFramer<'o, R> {
    /// Cuts what is left of `source`.
    pub(crate) fn new(source: Source<R>, options: &'o ReadOptions) -> Self {
        Self { source, searched: 0, options }
    }

    /// The next chunk; a table in the middle of lines is told.
    pub(crate) fn next(mut self) -> (Option<Self>, Step<R>) {
        loop {
            let feed = &mut self.source.feed;
            if self.source.buffer.len() >= CHUNK_BYTES || feed.ended {
                if let Some(reading) = self.begins_table() {
                    return (None, Step::Becomes(self.source, Box::new(reading)));
                }
                if let Some(chunk) = self.cut() {
                    return (Some(self), Step::Framed(chunk));
                }
            }
            if self.source.feed.ended {
                self.searched = 0;
                let left = std::mem::take(&mut self.source.buffer);
                let last = self.source.feed.last(self.source.line, left);
                let step = last.map_or(Step::End, Step::Framed);
                return (Some(self), step);
            }
            if self.source.buffer.len() > VALUE_BYTES_MAX {
                let skipped = self.skip_line();
                return (Some(self), Step::Framed(skipped));
            }
            let room = CHUNK_BYTES.saturating_sub(self.source.buffer.len()).max(CHUNK_BYTES / 4);
            self.source.feed.fill(&mut self.source.buffer, room);
        }
    }

    /// The table whose header the buffer begins with.
    fn begins_table(&self) -> Option<Reading> {
        let buffer = &self.source.buffer;
        let end = memchr(b'\n', &buffer[..buffer.len().min(HEADER_BYTES_MAX)])?;
        let mut table = header(&buffer[..end], self.options)?;
        table.look_at(&buffer[end..]);
        Some(Reading::of_table(table, self.options))
    }

    fn cut(&mut self) -> Option<Framed> {
        let buffer = &mut self.source.buffer;
        let Some(last) = memrchr(b'\n', &buffer[self.searched..]) else {
            self.searched = buffer.len();
            return None;
        };
        let mut end = self.searched + last + 1;
        let mut lines = 0;
        let mut from = 0;
        for at in memchr_iter(b'\n', &buffer[..end]) {
            // Nearly every line is an object: only another one can be a header.
            if from > 0 && buffer[from] != b'{' && header(&buffer[from..at], self.options).is_some()
            {
                end = from;
                break;
            }
            lines += 1;
            from = at + 1;
        }
        let rest = buffer.split_off(end);
        let chunk = std::mem::replace(buffer, rest);
        self.searched = 0;
        let line = self.source.line;
        self.source.line += lines;
        Some(Framed::Lines(line, chunk))
    }

    /// Keeps the beginning of a line over the bound and drops the rest of it.
    fn skip_line(&mut self) -> Framed {
        let Source { feed, buffer, line } = &mut self.source;
        let mut kept = std::mem::take(buffer);
        kept.truncate(KEPT_BYTES_MAX);
        kept.shrink_to_fit();
        let at = *line;
        self.searched = 0;
        while !feed.ended {
            buffer.clear();
            feed.fill(buffer, CHUNK_BYTES);
            if let Some(end) = memchr(b'\n', buffer) {
                buffer.drain(..=end);
                *line += 1;
                return Framed::TooLong(at, kept);
            }
        }
        buffer.clear();
        Framed::TooLong(at, kept)
    }
}

/// The table of which this line is the header.
fn header(line: &[u8], options: &ReadOptions) -> Option<Table> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if options.format.is_some() || matches!(line.first(), None | Some(b'{' | b'[' | b' ')) {
        return None;
    }
    [b',', b'\t', b';'].into_iter().find_map(|delimiter| {
        let dialect = Dialect { delimiter, bare_cr: false };
        Table::of_header(line, dialect, &options.columns, None)
    })
}
