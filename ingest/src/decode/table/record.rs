//! Records and cells: where they begin and end.

use std::cell::RefCell;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};
use encoding_rs::WINDOWS_1252;

use crate::decode::{Decoded, MARK, note};

/// How the bytes of a table are cut into records and cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Between two cells.
    pub(crate) delimiter: u8,
    /// Whether a carriage return alone ends a record.
    pub(crate) bare_cr: bool,
}

/// Whether lines end with a carriage return alone.
pub(super) fn is_bare_cr(head: &[u8]) -> bool {
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
    loop {
        from += match &bytes[from..] {
            [b'\n' | b'\r', ..] => 1,
            // Files were put one behind the other with their marks.
            rest if rest.starts_with(MARK) => MARK.len(),
            _ => break,
        };
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

/// Whether every quote of a record stands where it belongs: around a whole cell, or doubled inside
/// one.
pub(super) fn is_clean(record: &[u8], delimiter: u8) -> bool {
    let mut at = 0;
    loop {
        if record.get(at) == Some(&b'"') {
            at += 1;
            loop {
                let Some(quote) = memchr::memchr(b'"', &record[at..]) else { return false };
                at += quote + 1;
                if record.get(at) != Some(&b'"') {
                    break;
                }
                at += 1;
            }
            if record.get(at).is_some_and(|next| *next != delimiter) {
                return false;
            }
        } else {
            let end = memchr::memchr2(delimiter, b'"', &record[at..]);
            at += end.unwrap_or(record.len() - at);
            if record.get(at) == Some(&b'"') {
                return false;
            }
        }
        if at >= record.len() {
            return true;
        }
        at += 1;
    }
}

/// The cells of a record, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Cells {
    text: String,
    ends: Vec<usize>,
}

impl Cells {
    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cell at a place.
    pub(super) fn get(&self, at: usize) -> Option<&str> {
        let until = *self.ends.get(at)?;
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(from..until)
    }

    /// All cells.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

thread_local! {
    /// A reader for each delimiter that was met: to build one takes as long as to cut hundreds of
    /// records. (A clone of one does not work in csv-core 0.1.13: it forgets its classes of bytes.)
    static READERS: RefCell<Vec<(u8, Reader)>> = const { RefCell::new(Vec::new()) };
}

/// Cuts a record into cells; `None` where that cannot be done. Bytes that are no UTF-8 are told in
/// `out` and read as what a spreadsheet on Windows writes.
pub(super) fn cells(record: &[u8], delimiter: u8, out: &mut Decoded) -> Option<Cells> {
    let (bytes, ends) = READERS.with_borrow_mut(|readers| {
        let known = readers.iter().position(|(of, _)| *of == delimiter);
        let at = known.unwrap_or_else(|| {
            let mut builder = ReaderBuilder::new();
            builder.delimiter(delimiter).terminator(Terminator::Any(b'\n'));
            readers.push((delimiter, builder.build()));
            readers.len() - 1
        });
        cut(record, delimiter, &mut readers[at].1)
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => Some(Cells { text, ends }),
        Err(error) => {
            out.notes.push(note::NOT_UTF8);
            Some(foreign_cells(error.as_bytes(), &ends))
        }
    }
}

/// The content of all cells, and where each ends.
fn cut(record: &[u8], delimiter: u8, reader: &mut Reader) -> Option<(Vec<u8>, Vec<usize>)> {
    reader.reset();
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
    Some((bytes, ends))
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
