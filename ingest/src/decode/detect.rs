//! What a file is, from its content.
//!
//! Only the beginning of the file is looked at, and it may end anywhere: keys are read by a
//! scanner that does not mind. One that names no keys for certain takes nothing for certain.

use super::{
    Format, ReadOptions, Reading, account_archive,
    keys::{Scan, format_of, trim_start},
    table::Table,
};

/// Lines looked at before a file is given up.
const LINES_LOOKED_AT_MAX: usize = 64;

/// Characters of an unknown header that are told.
const HEADER_SHOWN_CHARS_MAX: usize = 120;

/// How a file is cut into rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// One JSON value a line.
    Lines,
    /// JSON values over several lines, or inside one list.
    Values,
    /// The members of one list that stands inside something else.
    List,
    /// Records of a table.
    Table,
    /// Blocks under headings.
    Blocks,
    /// Not at all: the file is no source of posts, and that is as it should be.
    Part,
    /// Not at all: the file is not understood.
    Unread,
}

/// What a file was taken for.
#[derive(Debug, Clone)]
pub(crate) struct Sniffed {
    pub(crate) reading: Reading,
    pub(crate) framing: Framing,
    /// Bytes before the first row.
    pub(crate) skip: usize,
    /// Why, for a person.
    pub(crate) why: String,
}

impl Sniffed {
    fn new(format: Format, framing: Framing, why: String, options: &ReadOptions) -> Self {
        Self { reading: Reading::of(format, options), framing, skip: 0, why }
    }

    fn unrecognised(why: impl Into<String>, options: &ReadOptions) -> Self {
        Self::new(Format::Unrecognised, Framing::Unread, why.into(), options)
    }

    /// The same for a file that lies among those of an account's archive.
    pub(crate) fn as_archive_part(&self, options: &ReadOptions) -> Self {
        let why = format!("it lies in the archive of an account, and {}", self.why);
        Self::new(Format::XArchiveOther, Framing::Part, why, options)
    }

    fn of_table(table: Table, options: &ReadOptions) -> Self {
        let why = table.why();
        Self { reading: Reading::of_table(table, options), framing: Framing::Table, skip: 0, why }
    }
}

/// Takes the beginning of a file for something. It is UTF-8 where it is text, without a mark at its
/// beginning.
pub(crate) fn sniff(head: &[u8], options: &ReadOptions) -> Sniffed {
    if head.is_empty() {
        return Sniffed::unrecognised("it is empty", options);
    }
    let text = trim_start(head);
    if text.is_empty() {
        // Blank lines are counted, and what may come after very many of them is told line by line.
        let mut blank = Sniffed::unrecognised("it begins with nothing but blank lines", options);
        blank.framing = Framing::Lines;
        return blank;
    }
    // What an archive of an account keeps apart is not made public by a word on the command line, and
    // what Colloquy wrote itself is what it is.
    if let Some(collection) = account_archive::collection(&text[..text.len().min(256)]) {
        return archive(collection, head, options);
    }
    if let Some(format) = options.format
        && !matches!(format_of(text), Some((Format::Colloquy, _)))
    {
        return forced(format, head, text, options);
    }
    if matches!(text[0], b'{' | b'[') {
        return json(head, text, options);
    }
    if let Some(table) = Table::find(head, &options.columns, None) {
        return Sniffed::of_table(table, options);
    }
    if text.starts_with(b"# ") || text.starts_with(b"## ") || text.starts_with(b"### ") {
        let why = "headings, as transcripts in Markdown have them".to_owned();
        return Sniffed::new(Format::Markdown, Framing::Blocks, why, options);
    }
    json_lines(text, options)
        .unwrap_or_else(|| Sniffed::unrecognised(describe(text, options), options))
}

/// The user says what it is.
fn forced(format: Format, head: &[u8], text: &[u8], options: &ReadOptions) -> Sniffed {
    let why = "as --format says".to_owned();
    if format.is_table() {
        return match Table::find(head, &options.columns, Some(format)) {
            Some(table) => Sniffed::of_table(table, options),
            None => Sniffed::unrecognised(describe(text, options), options),
        };
    }
    if format == Format::Markdown {
        return Sniffed::new(format, Framing::Blocks, why, options);
    }
    if let Some(skip) = list_within(format, head) {
        let mut sniffed = Sniffed::new(format, Framing::List, why, options);
        sniffed.skip = skip;
        return sniffed;
    }
    Sniffed::new(format, framing_of(text), why, options)
}

fn archive(collection: &str, head: &[u8], options: &ReadOptions) -> Sniffed {
    let why = format!("it assigns the collection {collection:?}, as X's account archives do");
    if !account_archive::holds_posts(collection) {
        return Sniffed::new(Format::XArchiveOther, Framing::Part, why, options);
    }
    let mut sniffed = Sniffed::new(Format::XArchive, Framing::List, why, options);
    match list_within(Format::XArchive, head) {
        Some(skip) => sniffed.skip = skip,
        None => sniffed.framing = Framing::Unread,
    }
    sniffed
}

/// Where the list begins that a file of `format` wraps its rows in, if it does.
pub(crate) fn list_within(format: Format, head: &[u8]) -> Option<usize> {
    account_archive::list_after(head, format.list_mark()?)
}

fn json(head: &[u8], text: &[u8], options: &ReadOptions) -> Sniffed {
    let framing = framing_of(text);
    if let Some((Format::MastodonOutbox, mark)) = format_of(text)
        && let Some(skip) = list_within(Format::MastodonOutbox, head)
    {
        let why = format!("an object with {mark}");
        let mut sniffed = Sniffed::new(Format::MastodonOutbox, Framing::List, why, options);
        sniffed.skip = skip;
        return sniffed;
    }
    if framing == Framing::Lines {
        return json_lines(text, options)
            .unwrap_or_else(|| Sniffed::unrecognised(describe(text, options), options));
    }
    match format_of(text) {
        Some((format, mark)) => {
            let list = text.first() == Some(&b'[');
            let shape = if list { "a list of objects" } else { "objects over several lines" };
            Sniffed::new(format, framing, format!("{shape} with {mark}"), options)
        }
        None => second_line_is_object(text)
            .then(|| json_lines(text, options))
            .flatten()
            .unwrap_or_else(|| Sniffed::unrecognised(describe(text, options), options)),
    }
}

/// Whether the second line is a whole object: a piece of a file of lines begins anywhere, also with
/// what looks like a list.
fn second_line_is_object(text: &[u8]) -> bool {
    let second = text.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    second.starts_with(b"{") && second.trim_ascii_end().ends_with(b"}")
}

fn json_lines(text: &[u8], options: &ReadOptions) -> Option<Sniffed> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !trim_start(line).is_empty());
    for (at, line) in lines.take(LINES_LOOKED_AT_MAX).enumerate() {
        if let Some((format, mark)) = format_of(line) {
            let why = if at == 0 {
                format!("one object a line, with {mark}")
            } else {
                format!(
                    "one object a line, with {mark} (first seen in the {}. line with content)",
                    at + 1
                )
            };
            return Some(Sniffed::new(format, Framing::Lines, why, options));
        }
    }
    None
}

/// What a person sees in a file that is not read.
fn describe(head: &[u8], options: &ReadOptions) -> String {
    if head.starts_with(b"{") || head.starts_with(b"[") {
        return "its JSON has the keys of no known format".to_owned();
    }
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let Ok(line) = std::str::from_utf8(line) else {
        return "it is not text".to_owned();
    };
    let separated = [(',', "comma"), ('\t', "tab"), (';', "semicolon")]
        .into_iter()
        .find(|(separator, _)| line.matches(*separator).count() >= 2);
    let Some((_, name)) = separated else {
        return "it is text without JSON".to_owned();
    };
    let names: String = line.chars().take(HEADER_SHOWN_CHARS_MAX).collect();
    let missing = options.columns.iter().find(|(_, column)| !line.contains(column.as_str()));
    match missing {
        Some((_, column)) => {
            format!("it looks like {name}-separated values without a column {column:?}: {names}")
        }
        None => format!(
            "it looks like {name}-separated values whose columns are not known; name them with \
             --column text=… --column created_at=… --column author_handle=…: {names}"
        ),
    }
}

/// One value a line, unless the beginning says otherwise: a list, or an object that goes on
/// after a line end as only pretty-printed JSON does.
fn framing_of(head: &[u8]) -> Framing {
    match head.first() {
        Some(b'[') => return Framing::Values,
        Some(b'{') => {}
        _ => return Framing::Lines,
    }
    let mut scan = Scan::default();
    let mut open = Vec::new();
    let mut last = b'{';
    for (at, byte) in head.iter().enumerate() {
        if scan.in_string {
            if *byte == b'\n' {
                return Framing::Lines;
            }
        } else if *byte == b'\n' {
            let next = trim_start(&head[at..]).first().copied();
            let goes_on = match next {
                Some(b'"' | b'}' | b']') => true,
                Some(b'{' | b'[') => {
                    matches!(last, b'[' | b':') || last == b',' && open.last() == Some(&b'[')
                }
                _ => false,
            };
            return if goes_on { Framing::Values } else { Framing::Lines };
        }
        match byte {
            b'{' | b'[' if !scan.in_string => open.push(*byte),
            b'}' | b']' if !scan.in_string => drop(open.pop()),
            _ => {}
        }
        scan.step(*byte);
        if open.is_empty() {
            // Several objects on a line, or lines that end as on an old Macintosh.
            let next = trim_start(&head[at + 1..]);
            let gap = &head[at + 1..head.len() - next.len()];
            let same_line = !gap.contains(&b'\n') && next.first() == Some(&b'{');
            return if same_line { Framing::Values } else { Framing::Lines };
        }
        if !byte.is_ascii_whitespace() {
            last = *byte;
        }
    }
    Framing::Lines
}

#[cfg(test)]
#[path = "detect_tests.rs"]
mod tests;
