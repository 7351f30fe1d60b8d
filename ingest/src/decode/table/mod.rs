//! Tables: comma-, semicolon- or tab-separated values with a header.

mod cell;
mod clock;
mod field;
#[doc(hidden)]
pub mod fuzzing;
mod known;
mod record;
mod relation;
mod row;

use jiff::tz::TimeZone;

pub use field::Field;
use known::{COMMON, Clock, KNOWN, Known};
use record::{Cells, cells, is_bare_cr, is_clean};
pub(crate) use record::{Dialect, Record, next_record};

use super::{Decoded, Format, Reading, Rejection, class};

pub(in crate::decode) use cell::{Column, Id, address, id as id_of, roundings};

/// Delimiters, the likelier ones first.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// Records before a header.
const RECORDS_LOOKED_AT_MAX: usize = 40;
/// Rows that are looked at to understand a table.
const ROWS_LOOKED_AT_MAX: usize = 4_000;
/// Digits of an id by which a line in the middle of a record is believed to be a row.
const ROW_ID_DIGITS_MIN: usize = 9;
/// Longest name of a column.
const NAME_BYTES_MAX: usize = 80;

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
        let titles: Vec<String> = cells.iter().map(normal).collect();
        let known = known_of(&titles, forced);
        let mut columns: Vec<(Field, usize)> = Vec::new();
        for (field, name) in named {
            let same = |at: &usize| {
                cells.get(*at).map(str::trim) == Some(name) || titles[*at] == normal(name)
            };
            columns.extend((0..cells.len()).filter(same).map(|at| (*field, at)));
        }
        let mapped = columns.len();
        let own = known.map_or(&[][..], |known| known.columns);
        for (name, field) in own.iter().filter_map(|(name, field)| Some((name, (*field)?))) {
            columns.extend(at_of(&titles, name).map(|at| (field, at)));
        }
        for (name, field) in COMMON {
            if own.iter().all(|(own, _)| own != name) {
                columns.extend(at_of(&titles, name).map(|at| (*field, at)));
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
            None => match forced {
                Some(forced) => forced,
                None if is_transcript(&titles) => Format::StorifyCsv,
                None => Format::Csv,
            },
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

    /// Looks for a header at the beginning of a file, perhaps after other lines.
    pub(crate) fn find(
        head: &[u8],
        named: &[(Field, String)],
        forced: Option<Format>,
    ) -> Option<Self> {
        let bare_cr = is_bare_cr(head);
        for delimiter in DELIMITERS {
            let dialect = Dialect { delimiter, bare_cr };
            let mut at = 0;
            for _ in 0..RECORDS_LOOKED_AT_MAX {
                let Some(record) = next_record(head, at, dialect, true) else { break };
                let bytes = &head[record.from..record.until];
                if let Some(mut table) = Self::of_header(bytes, dialect, named, forced) {
                    table.look_at(&head[record.next..]);
                    return Some(table);
                }
                at = record.next;
            }
        }
        None
    }

    /// Learns from the first rows in which order dates are written, and whether ids are rounded.
    pub(crate) fn look_at(&mut self, rows: &[u8]) {
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

    /// Whether a record fits and has an id and a time where they stand in this table.
    pub(crate) fn is_row(&self, record: &[u8]) -> bool {
        let Some(cells) = cells(record, self.dialect.delimiter, &mut Decoded::default()) else {
            return false;
        };
        let row = Row { table: self, cells: &cells };
        let long = |id: &str| match cell::id(id, self.ids) {
            Id::Exact(digits) => digits.len() >= ROW_ID_DIGITS_MIN,
            Id::About(_) => true,
            _ => false,
        };
        let number = !row.has(Field::PostId) || row.get(Field::PostId).is_some_and(long);
        let clock = |time| clock::moment(time, self.day_first).is_some();
        let time = [Field::CreatedAt, Field::Date]
            .into_iter()
            .all(|field| !row.has(field) || row.get(field).is_some_and(clock));
        let known = [Field::PostId, Field::CreatedAt, Field::Date].into_iter().any(|f| row.has(f));
        cells.len() == self.width && known && number && time
    }

    /// Whether a record has as many cells as there are columns, and every quote in its place. Such a
    /// record is what it seems to be, over however many lines it goes.
    pub(crate) fn is_sound(&self, record: &[u8], cells: usize) -> bool {
        cells == self.width && is_clean(record, self.dialect.delimiter)
    }

    /// Whether a cell is called as columns are.
    pub(crate) fn is_name(cell: &[u8]) -> bool {
        let Ok(cell) = std::str::from_utf8(cell) else { return false };
        cell.len() <= NAME_BYTES_MAX
            && cell.contains(char::is_alphabetic)
            && COMMON.iter().any(|(name, _)| *name == normal(cell))
    }

    /// Why a record cannot be taken as it is. Some tools leave out empty cells at the end of a row;
    /// one that was cut in the middle lacks more, or the rest of its last cell.
    fn damage(&self, bytes: &[u8], cells: &Cells) -> Option<String> {
        if next_record(bytes, 0, self.dialect, true).is_some_and(|record| record.open) {
            return Some("a quote that is never closed".to_owned());
        }
        let misfit = || format!("{} cells under {} columns", cells.len(), self.width);
        if cells.iter().skip(self.width).any(|cell| !cell.trim().is_empty()) {
            return Some(misfit());
        }
        let last = cells.len().checked_sub(1).filter(|_| cells.len() < self.width)?;
        let needed = self.columns.iter().filter(|(field, at)| field.is_needed() && *at >= last);
        // Another column may hold the same field.
        let mut missing = needed.filter(|(field, _)| {
            !self.columns.iter().any(|(other, at)| other == field && *at < last)
        });
        missing.next().map(|_| misfit())
    }

    /// Decodes one record.
    pub(crate) fn decode(&self, reading: &Reading, bytes: &[u8], out: &mut Decoded) {
        let Some(cells) = cells(bytes, self.dialect.delimiter, out) else {
            out.rejected
                .push(Rejection::new(class::MALFORMED_TABLE, "it cannot be cut into cells"));
            return;
        };
        if let Some(detail) = self.damage(bytes, &cells) {
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

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
