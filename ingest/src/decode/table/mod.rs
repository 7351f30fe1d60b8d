//! Tables: comma-, semicolon- or tab-separated values with a header.

mod cell;
mod clock;
mod field;
mod known;
mod row;

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};
use encoding_rs::WINDOWS_1252;
use jiff::tz::TimeZone;

pub use field::Field;
use known::{COMMON, Clock, KNOWN, Known};

use super::{Decoded, Format, Reading, Rejection, class, note};

pub(in crate::decode) use cell::{Column, Id, address, id as id_of, roundings};

/// Delimiters, the likelier ones first.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// Records before a header.
const RECORDS_LOOKED_AT_MAX: usize = 40;
/// Rows that are looked at to understand a table.
const ROWS_LOOKED_AT_MAX: usize = 500;
/// Longest name of a column.
const NAME_BYTES_MAX: usize = 80;

/// How the bytes of a table are cut into records and cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Between two cells.
    pub(crate) delimiter: u8,
    /// Whether a carriage return alone ends a record.
    pub(crate) bare_cr: bool,
}

/// A table whose columns are understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) format: Format,
    pub(crate) dialect: Dialect,
    /// The header as it stands in the file, without its line end.
    pub(crate) header: Vec<u8>,
    /// Number of columns.
    pub(crate) width: usize,
    /// What the columns mean, the better source of a field first.
    columns: Vec<(Field, usize)>,
    clock: Clock,
    /// Whether `5/10` is in October.
    day_first: bool,
    /// Whether a spreadsheet rounded the ids.
    ids: Column,
}

impl Table {
    /// Takes a record for a header, if its cells name a text and a time or an identity. `named` are
    /// the columns that the user mapped.
    pub(crate) fn of_header(
        header: &[u8],
        dialect: Dialect,
        named: &[(Field, String)],
        forced: Option<Format>,
    ) -> Option<Self> {
        let cells = cells(header, dialect.delimiter, &mut Decoded::default())?;
        if cells.len() < 2 || cells.iter().any(|cell| cell.len() > NAME_BYTES_MAX) {
            return None;
        }
        let names: Vec<String> = cells.iter().map(normal).collect();
        let known = known_of(&names, forced);
        let mut columns: Vec<(Field, usize)> = Vec::new();
        for (field, name) in named {
            let same = |at: &usize| {
                cells.get(*at).map(str::trim) == Some(name) || names[*at] == normal(name)
            };
            columns.extend((0..cells.len()).filter(same).map(|at| (*field, at)));
        }
        let mapped = columns.len();
        let own = known.map_or(&[][..], |known| known.columns);
        for (name, field) in own.iter().filter_map(|(name, field)| Some((name, (*field)?))) {
            columns.extend(at_of(&names, name).map(|at| (field, at)));
        }
        for (name, field) in COMMON {
            if own.iter().all(|(own, _)| own != name) {
                columns.extend(at_of(&names, name).map(|at| (*field, at)));
            }
        }
        // What the user mapped means nothing else.
        let user: Vec<usize> = columns[..mapped].iter().map(|(_, at)| *at).collect();
        let mut place = 0;
        columns.retain(|(_, at)| {
            place += 1;
            place <= mapped || !user.contains(at)
        });
        let has = |field: Field| columns.iter().any(|(known, _)| *known == field);
        let when = has(Field::CreatedAt) || has(Field::Date) || has(Field::Time);
        let who = has(Field::AuthorHandle) || has(Field::AuthorId) || has(Field::AuthorName);
        let which = has(Field::PostId) || has(Field::Url);
        if !has(Field::Text) || !(when && (who || which || mapped > 0) || which && who) {
            return None;
        }
        let format = match known {
            Some(known) => known.format,
            None if mapped > 0 => Format::MappedCsv,
            None if is_transcript(&names) && forced.is_none_or(Format::is_transcript) => {
                Format::StorifyCsv
            }
            None => Format::Csv,
        };
        Some(Self {
            format,
            dialect,
            header: header.to_vec(),
            width: cells.len(),
            columns,
            clock: known.map_or(Clock::Local, |known| known.clock),
            day_first: false,
            ids: Column::Whole,
        })
    }

    /// Looks for a header at the beginning of a file. Returns the table and the bytes before it.
    pub(crate) fn find(
        head: &[u8],
        named: &[(Field, String)],
        forced: Option<Format>,
    ) -> Option<(Self, usize)> {
        let bare_cr = is_bare_cr(head);
        for delimiter in DELIMITERS {
            let dialect = Dialect { delimiter, bare_cr };
            let mut at = 0;
            for _ in 0..RECORDS_LOOKED_AT_MAX {
                let Some(record) = next_record(head, at, dialect, true) else { break };
                let bytes = &head[record.from..record.until];
                if let Some(mut table) = Self::of_header(bytes, dialect, named, forced) {
                    table.look_at(&head[record.next..]);
                    return Some((table, record.from));
                }
                at = record.next;
            }
        }
        None
    }

    /// Learns from the first rows in which order dates are written, and whether ids are rounded.
    fn look_at(&mut self, rows: &[u8]) {
        let (mut times, mut ids) = (Vec::new(), Vec::new());
        let mut at = 0;
        for _ in 0..ROWS_LOOKED_AT_MAX {
            let Some(record) = next_record(rows, at, self.dialect, false) else { break };
            at = record.next;
            let row = &rows[record.from..record.until];
            let Some(cells) = cells(row, self.dialect.delimiter, &mut Decoded::default()) else {
                continue;
            };
            let row = Row { table: self, cells: &cells };
            times.extend(row.get(Field::CreatedAt).or(row.get(Field::Date)).map(str::to_owned));
            ids.extend(row.get(Field::PostId).map(str::to_owned));
        }
        self.ids = cell::column_of(ids.iter().map(String::as_str));
        self.day_first = clock::day_first(times.iter().map(String::as_str));
    }

    /// What the columns are called, for a person.
    pub(crate) fn why(&self) -> String {
        let names = cells(&self.header, self.dialect.delimiter, &mut Decoded::default())
            .unwrap_or_default();
        let column = |field| {
            let (_, at) = self.columns.iter().find(|(known, _)| *known == field)?;
            names.get(*at).map(str::trim)
        };
        let delimiter = match self.dialect.delimiter {
            b'\t' => "tabs",
            b';' => "semicolons",
            b'|' => "bars",
            _ => "commas",
        };
        let parts: Vec<String> = [
            ("text", Field::Text),
            ("time", Field::CreatedAt),
            ("date", Field::Date),
            ("clock", Field::Time),
            ("author", Field::AuthorHandle),
            ("author's id", Field::AuthorId),
            ("id", Field::PostId),
            ("address", Field::Url),
        ]
        .into_iter()
        .filter_map(|(what, field)| Some(format!("{what} in {:?}", column(field)?)))
        .collect();
        format!("{} columns between {delimiter}: {}", self.width, parts.join(", "))
    }

    /// Why a record with too few cells cannot be taken. Some tools leave out empty cells at the end of
    /// a row; one that was cut in the middle lacks more, or the rest of its last cell.
    fn cut_short(&self, bytes: &[u8], cells: &Cells) -> Option<String> {
        if cells.len() >= self.width {
            return None;
        }
        if memchr::memchr_iter(b'"', bytes).count() % 2 == 1 {
            return Some("a quote that is never closed".to_owned());
        }
        let last = cells.len().checked_sub(1)?;
        let needed = self.columns.iter().filter(|(field, at)| field.is_needed() && *at >= last);
        // Another column may hold the same field.
        let lost = needed.filter(|(field, _)| {
            !self.columns.iter().any(|(other, at)| other == field && *at < last)
        });
        (lost.count() > 0).then(|| format!("{} cells under {} columns", cells.len(), self.width))
    }

    /// Decodes one record.
    pub(crate) fn decode(&self, reading: &Reading, bytes: &[u8], out: &mut Decoded) {
        let Some(cells) = cells(bytes, self.dialect.delimiter, out) else {
            out.rejected
                .push(Rejection::new(class::MALFORMED_TABLE, "it cannot be cut into cells"));
            return;
        };
        if let Some(detail) = self.cut_short(bytes, &cells) {
            out.rejected.push(Rejection::new(class::MALFORMED_TABLE, detail));
            return;
        }
        if cells.iter().skip(self.width).any(|cell| !cell.trim().is_empty()) {
            let detail = format!("{} cells under {} columns", cells.len(), self.width);
            out.rejected.push(Rejection::new(class::MALFORMED_TABLE, detail));
            return;
        }
        Row { table: self, cells: &cells }.decode(reading, out);
    }
}

/// One record's cells.
struct Row<'r> {
    table: &'r Table,
    cells: &'r Cells,
}

impl Row<'_> {
    /// The first filled cell of a field.
    fn get(&self, field: Field) -> Option<&str> {
        self.all(field).find_map(cell::filled)
    }

    /// All cells of a field, the better ones first.
    fn all(&self, field: Field) -> impl Iterator<Item = &str> {
        let columns = self.table.columns.iter().filter(move |(known, _)| *known == field);
        columns.filter_map(|(_, at)| self.cells.get(*at))
    }

    /// Whether the table has the field at all.
    fn has(&self, field: Field) -> bool {
        self.table.columns.iter().any(|(known, _)| *known == field)
    }

    fn zone(&self, reading: &Reading) -> Option<TimeZone> {
        if self.table.clock == Clock::Utc { Some(TimeZone::UTC) } else { reading.zone.clone() }
    }
}

fn at_of<'n>(names: &'n [String], name: &'n str) -> impl Iterator<Item = usize> + 'n {
    (0..names.len()).filter(move |at| names[*at] == name)
}

/// The three columns of a transcript saved from Storify, in any order and nothing else.
fn is_transcript(names: &[String]) -> bool {
    names.len() == 3
        && ["time", "username", "text"].iter().all(|name| names.iter().any(|n| n == name))
}

fn known_of(names: &[String], forced: Option<Format>) -> Option<&'static Known> {
    if let Some(forced) = forced {
        return KNOWN.iter().find(|known| known.format == forced);
    }
    let has = |name: &&str| names.iter().any(|known| known == name);
    KNOWN.iter().find(|known| known.marks.iter().any(|marks| marks.iter().all(has)))
}

/// A column's name as it is compared.
pub(crate) fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
    }
    let kept = out.trim_end_matches('_').len();
    out.truncate(kept);
    out
}

/// Whether lines end with a carriage return alone.
fn is_bare_cr(head: &[u8]) -> bool {
    match memchr::memchr2(b'\r', b'\n', head) {
        Some(at) if head[at] == b'\r' => head.get(at + 1) != Some(&b'\n'),
        _ => false,
    }
}

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its first byte, after empty lines.
    pub(crate) from: usize,
    /// One past its last byte, the line end left out.
    pub(crate) until: usize,
    /// The first byte of what follows.
    pub(crate) next: usize,
    /// Its cells.
    pub(crate) cells: usize,
    /// Whether a quote in it is never closed.
    pub(crate) open: bool,
}

/// The record that begins at `from`. A quote is one only at the beginning of a cell; what follows
/// a closing one belongs to the cell as it stands. `None` where the record does not end in `bytes`,
/// unless `complete` says that nothing more comes.
pub(crate) fn next_record(
    bytes: &[u8],
    from: usize,
    dialect: Dialect,
    complete: bool,
) -> Option<Record> {
    let Dialect { delimiter, bare_cr } = dialect;
    let mut from = from;
    while matches!(bytes.get(from), Some(b'\n' | b'\r')) {
        from += 1;
    }
    let end = |cells, open| {
        let until = bytes.len();
        (complete && from < until).then_some(Record { from, until, next: until, cells, open })
    };
    let mut at = from;
    let mut cells = 1;
    loop {
        if bytes.get(at) == Some(&b'"') {
            at += 1;
            loop {
                let Some(quote) = memchr::memchr(b'"', &bytes[at..]) else {
                    return end(cells, true);
                };
                at += quote + 1;
                match bytes.get(at) {
                    Some(b'"') => at += 1,
                    // The other half of a doubled quote may still come.
                    None if !complete => return None,
                    _ => break,
                }
            }
        }
        loop {
            let Some(skip) = memchr::memchr3(delimiter, b'\n', b'\r', &bytes[at..]) else {
                return end(cells, false);
            };
            at += skip;
            match bytes[at] {
                b'\n' => {
                    let cut = usize::from(at > from && bytes[at - 1] == b'\r' && !bare_cr);
                    return Some(Record {
                        from,
                        until: at - cut,
                        next: at + 1,
                        cells,
                        open: false,
                    });
                }
                b'\r' if bare_cr => {
                    return Some(Record { from, until: at, next: at + 1, cells, open: false });
                }
                b'\r' => at += 1,
                _ => break,
            }
        }
        at += 1;
        cells += 1;
    }
}

/// The cells of a record, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    text: String,
    ends: Vec<usize>,
}

impl Cells {
    /// Number of cells.
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, at: usize) -> Option<&str> {
        let until = *self.ends.get(at)?;
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(from..until)
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

/// Cuts a record into cells; `None` where that cannot be done. Bytes that are no UTF-8 are told in
/// `out` and read as what a spreadsheet on Windows writes.
fn cells(record: &[u8], delimiter: u8, out: &mut Decoded) -> Option<Cells> {
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build();
    let mut bytes = vec![0; record.len() + 1];
    let mut ends = vec![0; memchr::memchr_iter(delimiter, record).count() + 2];
    let (mut input, mut written, mut ended) = (record, 0, 0);
    loop {
        let (result, _, wrote, ends_wrote) =
            reader.read_record(input, &mut bytes[written..], &mut ends[ended..]);
        written += wrote;
        ended += ends_wrote;
        match result {
            // An empty input ends the last cell.
            ReadRecordResult::InputEmpty => input = &[],
            ReadRecordResult::Record | ReadRecordResult::End if ended > 0 => break,
            _ => return None,
        }
    }
    bytes.truncate(written);
    ends.truncate(ended);
    match String::from_utf8(bytes) {
        Ok(text) => Some(Cells { text, ends }),
        Err(error) => {
            out.notes.push(note::NOT_UTF8);
            Some(foreign_cells(error.as_bytes(), &ends))
        }
    }
}

/// Cells in Windows-1252, or in UTF-8 where one is: a file of several hands may have both.
fn foreign_cells(bytes: &[u8], ends: &[usize]) -> Cells {
    let mut cells = Cells::default();
    let mut from = 0;
    for end in ends {
        let cell = bytes.get(from..*end).unwrap_or_default();
        from = *end;
        match std::str::from_utf8(cell) {
            Ok(cell) => cells.text.push_str(cell),
            Err(_) => cells.text.push_str(&WINDOWS_1252.decode_without_bom_handling(cell).0),
        }
        cells.ends.push(cells.text.len());
    }
    cells
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
