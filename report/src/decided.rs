//! The table of decisions for the terminal.
//!
//! **Invariant:** as in `summary`, nothing of a decision reaches the terminal with its control
//! characters.

#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a table is a pure function of its rows: no clock, no file, no environment"
)]

use colloquy_transcript::Decision;
use comfy_table::Cell;

use crate::page::{clean_line, date_time};
use crate::summary::{WIDTH_COLUMNS_MIN, pad, plain_table, push_table};

/// The decisions, one a row in the order given, at most `width` columns wide (at least
/// [`WIDTH_COLUMNS_MIN`]). The chat is named where there are several.
pub fn decisions(rows: &[&Decision], width: usize) -> String {
    let width = width.max(WIDTH_COLUMNS_MIN);
    let first = rows.first().map(|row| &row.chat);
    let several = rows.iter().any(|row| Some(&row.chat) != first);
    let mut table = plain_table(width);
    let mut head = vec!["subject", "verdict", "by", "at (UTC)", "note", "withdrawn"];
    if several {
        head.insert(0, "chat");
    }
    table.set_header(head.into_iter().map(Cell::new));
    for row in rows {
        let mut cells = vec![
            clean_line(&row.subject),
            clean_line(&row.verdict.to_text().replacen('=', " ", 1)),
            row.by.as_deref().map(clean_line).unwrap_or_default(),
            date_time(row.at),
            row.note.as_deref().map(clean_line).unwrap_or_default(),
            if row.withdrawn { "yes".to_owned() } else { String::new() },
        ];
        if several {
            cells.insert(0, clean_line(row.chat.as_str()));
        }
        table.add_row(cells.into_iter().map(Cell::new));
    }
    pad(&mut table, 1);
    let mut out = String::new();
    push_table(&mut out, &table);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use colloquy_transcript::{ChatName, Verdict};

    use super::*;

    #[test]
    fn the_table_names_what_was_said_and_steers_no_terminal() {
        let said = |subject: &str, verdict: &str, withdrawn: bool| Decision {
            chat: ChatName::new("gardenchat").unwrap(),
            subject: subject.into(),
            verdict: Verdict::parse(verdict).unwrap(),
            by: (!withdrawn).then(|| "rosa\u{1b}[2J".to_owned()),
            at: "2025-03-06T09:30:00Z".parse().unwrap(),
            note: withdrawn.then(|| "she asked first".to_owned()),
            withdrawn,
        };
        let rows = [
            said("2025-03-05T2000Z", "starts-at=2025-03-05T20:15:00Z", false),
            said("x:123", "not-hijack", true),
        ];
        insta::assert_snapshot!(decisions(&rows.each_ref(), 120), @"
        subject           verdict                         by       at (UTC)          note             withdrawn
        2025-03-05T2000Z  starts-at 2025-03-05T20:15:00Z  rosa[2J  2025-03-06 09:30
        x:123             not-hijack                               2025-03-06 09:30  she asked first  yes
        ");
    }
}
