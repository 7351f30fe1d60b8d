//! How the rows of a file, or of a part of it, are read.

use colloquy_transcript::Author;
use jiff::tz::TimeZone;

use super::{Decoded, Field, Format, decode_json, markdown, table::Table};

/// What the user said about the inputs.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The zone of times that carry none; UTC, with a note, where it is not said.
    pub zone: Option<TimeZone>,
    /// Columns of tables, by field and name in the header.
    pub columns: Vec<(Field, String)>,
    /// The format of every file; recognised from the content where it is not said.
    pub format: Option<Format>,
}

/// How rows are read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// What they are.
    pub format: Format,
    /// The columns, if they are records of a table.
    pub(crate) table: Option<Table>,
    /// The zone of times without one.
    pub(crate) zone: Option<TimeZone>,
    /// Who wrote the rows that do not say it: an archive of an account names its owner once.
    pub(crate) owner: Option<Author>,
}

impl Reading {
    /// Rows of `format`.
    pub(crate) fn of(format: Format, options: &ReadOptions) -> Self {
        Self { format, table: None, zone: options.zone.clone(), owner: None }
    }

    /// The records of a table.
    pub(crate) fn of_table(table: Table, options: &ReadOptions) -> Self {
        Self { format: table.format, table: Some(table), zone: options.zone.clone(), owner: None }
    }

    /// What stands before a row so that it can be read on its own.
    pub(crate) fn context(&self) -> Vec<u8> {
        let Some(table) = &self.table else {
            return match self.format {
                Format::XArchive => b"window.YTD.tweets.part0 = [\n".to_vec(),
                _ => Vec::new(),
            };
        };
        let mut context = table.header.clone();
        context.push(if table.dialect.bare_cr { b'\r' } else { b'\n' });
        context
    }

    /// Whether a row that cannot be read may be one that was not meant for everybody: such bytes are
    /// not kept.
    pub(crate) fn may_be_private(&self, bytes: &[u8]) -> bool {
        self.format == Format::MastodonOutbox && memchr::memmem::find(bytes, b"#Public").is_none()
    }

    /// Decodes one row and adds what it holds to `out`.
    pub fn decode(&self, bytes: &[u8], out: &mut Decoded) {
        match (&self.table, self.format) {
            (Some(table), _) => table.decode(self, bytes, out),
            (None, Format::Markdown) => markdown::decode(bytes, out),
            (None, format) => decode_json(format, self.owner.as_ref(), bytes, out),
        }
    }
}
