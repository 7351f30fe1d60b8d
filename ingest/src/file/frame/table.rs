//! Rows that are records of a table.

use std::{io::Read, ops::Range};

use memchr::{memchr, memchr2};

use super::{CHUNK_BYTES, Framed, KEPT_BYTES_MAX, Source, Step, line_ends};
use crate::decode::{ReadOptions, Reading, Record, Table, format_of_line, next_record};

/// Longest record. A quote that is never closed swallows no more than this.
const RECORD_BYTES_MAX: usize = 4 * CHUNK_BYTES;
/// Longest record that can be the header of another table, unless that of this one is longer.
const HEADER_BYTES_MAX: usize = 4 * 1024;
/// Lines of a suspicious record at which another one is looked for.
const LINES_TRIED_MAX: usize = 256;

/// Cuts a table into records.
pub(crate) struct TableFramer<'o, R> {
    source: Source<R>,
    table: Table,
    /// Whether the header was seen once.
    begun: bool,
    options: &'o ReadOptions,
}

/// What stands at a place in the buffer.
enum Here {
    /// A record: where it lies, and where the next one begins.
    Record(Range<usize>, usize),
    /// The header: where it lies, and where the next record begins.
    Header(Range<usize>, usize),
    /// Something else begins.
    Other(Box<Reading>),
    /// More bytes are needed.
    More,
    /// Nothing is left.
    Nothing,
}

impl<'o, R: Read> TableFramer<'o, R> {
    /// Cuts what is left of `source`, in which the header of `table` stands somewhere.
    pub(crate) fn new(source: Source<R>, table: &Table, options: &'o ReadOptions) -> Self {
        Self { source, table: table.clone(), begun: false, options }
    }

    /// The next chunk; what is no record of this table is told.
    pub(crate) fn next(mut self) -> (Option<Self>, Step<R>) {
        loop {
            let ended = self.source.feed.ended;
            if self.source.buffer.len() < CHUNK_BYTES && !ended {
                self.source.feed.fill(&mut self.source.buffer, CHUNK_BYTES);
                continue;
            }
            let mut rows = Vec::new();
            let mut at = 0;
            let mut line = self.source.line;
            let mut counted = 0;
            let stopped = loop {
                match self.here(at, ended) {
                    Here::Header(_, next) if !self.begun => {
                        self.begun = true;
                        at = next;
                    }
                    // A line about the table, as some tools put before it.
                    Here::Record(range, next)
                        if !self.begun
                            && !self.table.is_row(&self.source.buffer[range.clone()]) =>
                    {
                        at = next;
                    }
                    // A header once more, one file behind the other, is a row without bytes.
                    Here::Record(range, next) | Here::Header(range, next) => {
                        line += line_ends(&self.source.buffer[counted..range.start]);
                        counted = range.start;
                        rows.push((line, range));
                        at = next;
                    }
                    other => break other,
                }
            };
            let chunk = self.split(at, &mut rows);
            if let Some(framed) = chunk {
                return (Some(self), Step::Framed(framed));
            }
            match stopped {
                Here::Other(reading) => return (None, Step::Becomes(self.source, reading)),
                Here::More if self.source.buffer.len() > RECORD_BYTES_MAX => {
                    let line = self.skip_line();
                    return (Some(self), Step::Framed(line));
                }
                Here::More => self.source.feed.fill(&mut self.source.buffer, CHUNK_BYTES),
                _ => {
                    let left = std::mem::take(&mut self.source.buffer);
                    let left = if left.trim_ascii().is_empty() { Vec::new() } else { left };
                    let last = self.source.feed.last(self.source.line, left);
                    return (Some(self), last.map_or(Step::End, Step::Framed));
                }
            }
        }
    }

    /// Splits what was cut off the buffer; `None` where there is no row in it.
    fn split(&mut self, at: usize, rows: &mut Vec<(u64, Range<usize>)>) -> Option<Framed> {
        self.source.line += line_ends(&self.source.buffer[..at]);
        let rest = self.source.buffer.split_off(at);
        let chunk = std::mem::replace(&mut self.source.buffer, rest);
        (!rows.is_empty()).then(|| Framed::Values(chunk, std::mem::take(rows)))
    }

    fn here(&self, at: usize, ended: bool) -> Here {
        let buffer = &self.source.buffer;
        let Some(record) = next_record(buffer, at, self.table.dialect, ended) else {
            return if ended { Here::Nothing } else { Here::More };
        };
        let bytes = &buffer[record.from..record.until];
        if bytes == self.table.header {
            return Here::Header(record.from..record.from, record.next);
        }
        if let Some(reading) = self.other(record.from, bytes, record.cells) {
            return Here::Other(Box::new(reading));
        }
        match self.undamaged(&record, ended) {
            Some(next) => Here::Record(record.from..next, next),
            None => Here::Record(record.from..record.until, record.next),
        }
    }

    /// What begins here if it is no record of this table: another one, or objects.
    fn other(&self, from: usize, record: &[u8], cells: usize) -> Option<Reading> {
        if self.options.format.is_some() {
            return None;
        }
        if record.starts_with(b"{\"") {
            let rest = &self.source.buffer[from..];
            let line = &rest[..memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())];
            let format = format_of_line(line).filter(|_| line.trim_ascii_end().ends_with(b"}"))?;
            return Some(Reading::of(format, self.options));
        }
        if record.len() > self.table.header.len().max(HEADER_BYTES_MAX) {
            return None;
        }
        // Of rows that fit only those whose first cell is called as columns are.
        let first = record.split(|byte| *byte == self.table.dialect.delimiter).next();
        let first = first.unwrap_or_default();
        let first =
            first.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(first);
        if cells == self.table.width && !Table::is_name(first) {
            return None;
        }
        let mut table = Table::of_header(record, self.table.dialect, &self.options.columns, None)?;
        table.look_at(&self.source.buffer[from + record.len()..]);
        Some(Reading::of_table(table, self.options))
    }

    /// Where a record must be cut short: it goes over lines because a quote stands where none
    /// belongs, and one of its lines is a row of its own. Of a record that fits, and in which only
    /// quotes are out of place, this is believed if that line has an id or a time in its place.
    fn undamaged(&self, record: &Record, ended: bool) -> Option<usize> {
        let Record { from, until, cells, open, .. } = *record;
        let end = if self.table.dialect.bare_cr { b'\r' } else { b'\n' };
        let buffer = &self.source.buffer;
        memchr(end, &buffer[from..until])?;
        if !open && self.table.is_sound(&buffer[from..until], cells) {
            return None;
        }
        let fits = cells == self.table.width && !open;
        let mut at = from;
        for _ in 0..LINES_TRIED_MAX {
            at += memchr(end, &buffer[at..until])? + 1;
            let inner = next_record(buffer, at, self.table.dialect, ended)?;
            if inner.cells == self.table.width
                && (!fits || self.table.is_row(&buffer[inner.from..inner.until]))
            {
                return Some(at);
            }
        }
        None
    }

    /// Gives up the first line of a record over the bound, and keeps it.
    fn skip_line(&mut self) -> Framed {
        let buffer = &mut self.source.buffer;
        let end = if self.table.dialect.bare_cr { b'\r' } else { b'\n' };
        let end = memchr(end, buffer).map_or(buffer.len(), |end| end + 1);
        let rest = buffer.split_off(end);
        let mut kept = std::mem::replace(buffer, rest);
        let line = self.source.line;
        self.source.line += line_ends(&kept);
        kept.truncate(KEPT_BYTES_MAX);
        kept.shrink_to_fit();
        Framed::Damaged(line, kept)
    }
}
