//! The table of `colloquy doctor`.

#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a table is a pure function of its rows: no clock, no file, no environment"
)]

use crate::page::clean_line;
use crate::summary::{pad, plain_table, push_table};

/// One thing that was looked at.
#[derive(Debug, Clone, Copy)]
pub struct Row<'f> {
    /// `ok`, `warn` or `fail`.
    pub verdict: &'f str,
    /// What was looked at.
    pub what: &'f str,
    /// What was found, and what it means.
    pub told: &'f str,
    /// What to do; empty where nothing is to be done.
    pub hint: &'f str,
}

/// The rows, in their order, at most `width` columns wide.
pub fn table(rows: &[Row<'_>], width: usize) -> String {
    let mut table = plain_table(width);
    for Row { verdict, what, told, hint } in rows {
        let mut text = clean_line(told);
        if !hint.is_empty() {
            text += "\nto do: ";
            text += &clean_line(hint);
        }
        table.add_row(vec![(*verdict).to_owned(), clean_line(what), text]);
    }
    pad(&mut table, 0);
    let mut out = String::new();
    push_table(&mut out, &table);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_told_with_what_to_do() {
        let rows = [
            Row { verdict: "ok", what: "clock", told: "2026-01-01 here", hint: "" },
            Row {
                verdict: "fail",
                what: "journal\u{1b}",
                told: "it cannot be read",
                hint: "put a copy back",
            },
        ];
        insta::assert_snapshot!(table(&rows, 60), @r"
        ok    clock   2026-01-01 here
        fail  journal it cannot be read
                      to do: put a copy back
        ");
    }
}
