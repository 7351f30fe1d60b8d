//! The table of rejected input for the terminal.
//!
//! **Invariant:** as in `summary`, nothing of the input reaches the terminal with its control
//! characters.

#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a table is a pure function of its rows: no clock, no file, no environment"
)]

use std::collections::BTreeMap;

use colloquy_transcript::DeadLetter;
use comfy_table::Cell;

use crate::page::{clean_line, number};
use crate::summary::{WIDTH_COLUMNS_MIN, pad, plain_table, push_table, right};

/// Most characters of a source that are shown in a table of the usual width; its end tells most. A
/// wider table gives it a third of what it has more.
const SOURCE_CHARS_MAX: usize = 24;
const WIDTH_COLUMNS: usize = 80;
/// Characters that a reason may always take.
const REASON_CHARS_MIN: usize = 12;

/// A letter and its number.
#[derive(Debug, Clone, Copy)]
pub struct Row<'l> {
    /// The number by which a user names it, from 1.
    pub number: usize,
    /// The letter.
    pub letter: &'l DeadLetter,
}

/// The headings.
const HEADS: [&str; 6] = ["no", "source", "line", "stage", "reason", "bytes"];
/// Spaces between two columns.
const GAP: usize = 2;

/// The letters, one a line, and how many there are for each class of reason, at most `width`
/// columns wide (at least [`WIDTH_COLUMNS_MIN`]).
pub fn letters(rows: &[Row<'_>], width: usize) -> String {
    let width = width.max(WIDTH_COLUMNS_MIN);
    let cells: Vec<[String; 6]> = rows.iter().map(texts).collect();
    let (source, reason) = room(&cells, width);
    let mut table = plain_table(width);
    let line = |[no, from, line, stage, why, bytes]: [&str; 6]| {
        vec![
            right(no),
            Cell::new(end_of(from, source)),
            right(line),
            Cell::new(stage),
            Cell::new(start_of(why, reason)),
            right(bytes),
        ]
    };
    table.set_header(line(HEADS));
    for row in &cells {
        table.add_row(line(row.each_ref().map(String::as_str)));
    }
    for (place, column) in table.column_iter_mut().enumerate() {
        let last = place + 1 == HEADS.len();
        column.set_padding((u16::from(place > 0), u16::from(!last)));
    }
    let mut out = String::new();
    push_table(&mut out, &table);
    out.push('\n');
    push_table(&mut out, &totals(rows, width));
    out
}

/// Characters of a source and of a reason that are shown; all other columns are shown whole.
fn room(cells: &[[String; 6]], width: usize) -> (usize, usize) {
    let widest = |at: usize| {
        let shown = cells.iter().filter_map(|row| row.get(at)).map(|text| text.chars().count());
        shown.chain([HEADS[at].len()]).max().unwrap_or(0)
    };
    let source = widest(1).min(SOURCE_CHARS_MAX + width.saturating_sub(WIDTH_COLUMNS) / 3);
    let others = widest(0) + source + widest(2) + widest(3) + widest(5);
    let gaps = GAP * (HEADS.len() - 1);
    (source, width.saturating_sub(others + gaps).max(REASON_CHARS_MIN))
}

/// The cells of a row, whole.
fn texts(row: &Row<'_>) -> [String; 6] {
    let DeadLetter { source, position, stage, reason, bytes, .. } = row.letter;
    [
        row.number.to_string(),
        clean_line(source),
        position.to_string(),
        clean_line(stage),
        clean_line(reason),
        number(bytes.len() as u64),
    ]
}

/// Letters by class of reason, the most frequent first.
fn totals(rows: &[Row<'_>], width: usize) -> comfy_table::Table {
    let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        *classes.entry(row.letter.class()).or_default() += 1;
    }
    let mut classes: Vec<(&str, u64)> = classes.into_iter().collect();
    classes.sort_by_key(|&(_, letters)| std::cmp::Reverse(letters));
    let mut table = plain_table(width);
    for (class, letters) in classes {
        table.add_row(vec![
            right(&number(letters)),
            Cell::new(start_of(&clean_line(class), width / 2)),
        ]);
    }
    table.add_row(vec![right(&number(rows.len() as u64)), Cell::new("in all")]);
    pad(&mut table, 0);
    table
}

/// The beginning of a text.
fn start_of(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The end of a text.
fn end_of(text: &str, chars: usize) -> String {
    let all = text.chars().count();
    if all <= chars {
        return text.to_owned();
    }
    let kept: String = text.chars().skip(all - chars.saturating_sub(1)).collect();
    format!("…{kept}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(source: &str, position: u64, reason: &str) -> DeadLetter {
        DeadLetter {
            source: source.into(),
            position,
            stage: "decode".into(),
            reason: reason.to_owned(),
            context: Vec::new(),
            bytes: vec![b'x'; 1_234],
            digest: 0,
        }
    }

    #[test]
    fn the_table_fits_its_width_and_steers_no_terminal() {
        let all = [
            letter("-", 7, "no id: neither id nor id_str"),
            letter("a/folder/with/a/long/name/season_2025.jsonl", 205, &"too long: ".repeat(30)),
            letter("a\u{1b}[31m.jsonl", u64::MAX, "malformed JSON: \u{202e}\r\nkey"),
        ];
        let rows: Vec<Row<'_>> =
            (1..).zip(&all).map(|(number, letter)| Row { number, letter }).collect();
        for width in [0, 60, 80, 120] {
            let table = letters(&rows, width);
            for line in table.lines() {
                let columns = line.chars().count();
                assert!(columns <= width.max(WIDTH_COLUMNS_MIN + 20), "{columns}: {line}");
                assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{line:?}");
            }
        }
        insta::assert_snapshot!(letters(&rows[..2], 80));
    }
}
