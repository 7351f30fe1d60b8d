//! The summary for the terminal: plain text without colour that fits the width it is given.
//!
//! **Invariant:** nothing of a post reaches the terminal with its control characters, so that
//! no handle or question can steer it.

#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a summary is a pure function of its views: no clock, no file, no environment"
)]

use std::fmt::Write as _;

use colloquy_transcript::{Question, SessionRecord};
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use crate::page::{Answers, Names, clean_line, clock, count, date_time, number, seconds};
use crate::view::{ChatView, SessionView};

/// Narrowest width that is honoured, in columns.
pub const WIDTH_COLUMNS_MIN: usize = 60;
/// From this width on, headings stand on one line.
const WIDTH_COLUMNS_ROOMY: usize = 76;
/// Most characters of a question's text that are shown.
const QUESTION_CHARS_MAX: usize = 160;
/// Headings of the columns of figures.
const HEADS: [&str; 6] = ["questions", "answerers", "talkers", "amplifiers", "posts", "flags"];
/// The same, broken for a narrow terminal.
const HEADS_NARROW: [&str; 6] =
    ["ques-\ntions", "answer-\ners", "talkers", "ampli-\nfiers", "posts", "flags"];

/// The sessions of every chat as tables, oldest first so that the newest stands at the prompt,
/// at most `width` columns wide (at least [`WIDTH_COLUMNS_MIN`]).
pub fn sessions(chats: &[ChatView], width: usize) -> String {
    let mut out = String::new();
    for chat in chats {
        if !out.is_empty() {
            out.push('\n');
        }
        let name = clean_line(chat.name.as_str());
        let len = chat.sessions.len() as u64;
        let heading = format!("#{name}: {}", count(len, "session", "sessions"));
        paragraph(&mut out, &heading, width);
        if let Some(rhythm) = chat.rhythm() {
            paragraph(&mut out, &format!("Meets {}.", clean_line(rhythm)), width);
        }
        if len > 0 {
            push_table(&mut out, &sessions_table(chat, width));
            if len > 1 {
                let note = "In the totals a person counts once per session.";
                paragraph(&mut out, note, width);
            }
        }
        if chat.outside_posts > 0 {
            let outside = format!(
                "Outside every session: {}, {} of them flagged.",
                count(chat.outside_posts, "post", "posts"),
                if chat.outside_flags == 0 {
                    "none".to_owned()
                } else {
                    number(chat.outside_flags)
                }
            );
            paragraph(&mut out, &outside, width);
        }
    }
    out
}

/// The table of one chat.
fn sessions_table(chat: &ChatView, width: usize) -> Table {
    let heads = if width < WIDTH_COLUMNS_ROOMY { HEADS_NARROW } else { HEADS };
    let mut table = plain_table(width);
    let mut head = vec![Cell::new("session (UTC)")];
    head.extend(heads.map(right));
    table.set_header(head);
    let mut totals = [0_u64; 6];
    for session in &chat.sessions {
        let figures = figures(session);
        for (total, figure) in totals.iter_mut().zip(figures) {
            *total = total.saturating_add(figure);
        }
        table.add_row(row(&date_time(session.starts_at), figures));
    }
    if chat.sessions.len() > 1 {
        table.add_row(row("total", totals));
    }
    pad(&mut table, u16::from(width >= WIDTH_COLUMNS_ROOMY));
    table
}

/// A session's figures in the order of [`HEADS`].
fn figures(session: &SessionRecord) -> [u64; 6] {
    [
        session.questions.len() as u64,
        session.answerers,
        session.talkers,
        session.amplifiers,
        session.posts,
        session.flags,
    ]
}

/// A line of the table.
fn row(name: &str, figures: [u64; 6]) -> Vec<Cell> {
    let mut cells = vec![Cell::new(name)];
    cells.extend(figures.map(|figure| right(&number(figure))));
    cells
}

/// A cell whose text stands at the right.
pub(crate) fn right(text: &str) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// Who answered which question of a session: what [`answers`] shows of it. It holds names and no post,
/// so that it can be kept until the end of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// The session's record.
    pub record: SessionRecord,
    /// A line on each question, and who answered it.
    questions: Vec<(String, Vec<String>)>,
}

impl Brief {
    /// Draws a session up.
    pub fn of(view: &SessionView) -> Self {
        let names = Names::all(view);
        let answers = Answers::of(view);
        let questions = view.record.questions.iter().map(|question| {
            let who = answers.to(&question.label).iter();
            (about(view, &names, question), who.map(|one| names.of(one.author)).collect())
        });
        Self { record: view.record.clone(), questions: questions.collect() }
    }
}

/// Who asked a question, and how many answered it.
fn about(view: &SessionView, names: &Names<'_>, question: &Question) -> String {
    let row = view.participation.iter().find(|row| row.question == question.label);
    let mut about =
        format!("asked by {} at {}: ", names.of(&question.asked_by), clock(question.asked_at));
    match row.filter(|row| row.answers > 0) {
        None => about.push_str("no answers"),
        Some(row) => {
            let what = count(row.answers, "answer", "answers");
            let who = count(row.answerers, "answerer", "answerers");
            let _ = write!(about, "{what} by {who}");
            if let Some(first) = row.first_answer_s.filter(|&first| first >= 0.0) {
                let _ = write!(about, ", first after {}", seconds(first));
            }
        }
    }
    about
}

/// Who answered which question of a session, at most `width` columns wide (at least
/// [`WIDTH_COLUMNS_MIN`]).
pub fn answers(brief: &Brief, width: usize) -> String {
    let record = &brief.record;
    let mut out = String::new();
    let chat = clean_line(record.chat.as_str());
    let when = date_time(record.starts_at);
    paragraph(&mut out, &format!("Who answered which question, #{chat}, {when} UTC"), width);
    if record.questions.is_empty() {
        paragraph(&mut out, "No numbered question was found in this session.", width);
        return out;
    }
    let mut table = plain_table(width);
    for (question, (about, who)) in record.questions.iter().zip(&brief.questions) {
        let lines = [excerpt(&question.text), about.clone(), who.join(", ")];
        let lines: Vec<&str> = lines.iter().map(String::as_str).filter(|l| !l.is_empty()).collect();
        table.add_row(vec![Cell::new(clean_line(&question.label)), Cell::new(lines.join("\n"))]);
    }
    pad(&mut table, 0);
    push_table(&mut out, &table);
    out
}

/// The beginning of a question on one line.
fn excerpt(text: &str) -> String {
    let line = clean_line(text);
    match line.char_indices().nth(QUESTION_CHARS_MAX) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or_default().trim_end()),
        None => line,
    }
}

/// A table without lines, as wide as the terminal allows.
pub(crate) fn plain_table(width: usize) -> Table {
    let mut table = Table::new();
    let width = u16::try_from(width.max(WIDTH_COLUMNS_MIN)).unwrap_or(u16::MAX);
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table
}

/// Takes the first column to the margin, and leaves `after` columns of space behind the others.
pub(crate) fn pad(table: &mut Table, after: u16) {
    for (place, column) in table.column_iter_mut().enumerate() {
        column.set_padding(if place == 0 { (0, 1) } else { (1, after) });
    }
}

/// Adds a table without the space at the ends of its lines.
pub(crate) fn push_table(out: &mut String, table: &Table) {
    for line in table.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// Adds a text, wrapped.
fn paragraph(out: &mut String, text: &str, width: usize) {
    let mut table = plain_table(width);
    table.add_row(vec![Cell::new(text)]);
    pad(&mut table, 0);
    push_table(out, &table);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use std::sync::Arc;

    use super::*;
    use crate::page::invented;

    /// Columns that a line takes; ideographs take two.
    fn columns(line: &str) -> usize {
        line.chars().map(|c| if ('\u{2e80}'..='\u{ffef}').contains(&c) { 2 } else { 1 }).sum()
    }

    #[test]
    fn the_summary_says_what_it_should() {
        let mut chats = vec![invented::season(6)];
        chats.push(ChatView { outside_posts: 0, ..invented::season(0) });
        insta::with_settings!({ snapshot_path => "page/snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("summary_sessions", sessions(&chats, 80));
            insta::assert_snapshot!("summary_sessions_narrow", sessions(&chats, 60));
            insta::assert_snapshot!("summary_answers", answers(&Brief::of(&invented::session()), 80));
        });
    }

    #[test]
    fn the_summary_fits_its_width() {
        let mut chat = invented::season(30);
        for session in &mut chat.sessions {
            session.posts = 1_234_567;
        }
        if let Some(newest) = chat.sessions.last_mut() {
            newest.rhythm = Some("\u{1b}[2J\u{202e}Wednesdays ".repeat(30));
        }
        let mut view = invented::session();
        for (place, post) in view.posts.iter_mut().enumerate() {
            let it = Arc::make_mut(&mut post.post);
            let name =
                if place % 2 == 0 { "園芸会話の主催者".repeat(9) } else { "x".repeat(150) };
            it.post.author.handle = Some(name.into());
        }
        view.attendance.clear();
        for question in &mut view.record.questions {
            question.text =
                format!("\u{1b}[31m{}\u{202e}\r{}", question.text, "long words ".repeat(40));
        }
        for width in [60, 80, 120] {
            for text in
                [sessions(std::slice::from_ref(&chat), width), answers(&Brief::of(&view), width)]
            {
                for line in text.lines() {
                    assert!(columns(line) <= width, "{} columns of {width}: {line}", columns(line));
                    assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{line:?}");
                }
            }
        }
        // Narrower than that it keeps its least width, without a panic.
        for width in [0, 1, usize::MAX] {
            assert!(sessions(&[invented::season(3)], width).contains("2030-08-07 19:00"));
        }
    }
}
