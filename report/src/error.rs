//! What can go wrong while publishing. Bad records are not errors: they become dead letters.

use std::{io, path::PathBuf};

use colloquy_journal::{CommitError, JournalError};

/// A report that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The journal failed.
    #[error("reading the journal for the report")]
    Journal(#[from] JournalError),
    /// The journal did not take the positions.
    #[error("committing what the report has published")]
    Commit(#[from] CommitError),
    /// A table could not be encoded.
    #[error("encoding the table {table} of the lake")]
    Encode {
        /// The table.
        table: &'static str,
        /// Why.
        #[source]
        cause: parquet::errors::ParquetError,
    },
    /// A file of the lake could not be read.
    #[error("reading {path} of the lake", path = path.display())]
    Decode {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: parquet::errors::ParquetError,
    },
    /// A file or folder of the output could not be changed.
    #[error("{doing} {path}", path = path.display())]
    File {
        /// What was being done (`writing`, `renaming` …).
        doing: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The run is over, but these sessions never came whole.
    #[error(
        "publishing {count} sessions, of which the journal holds only parts (first: {first}); \
         analyse the journal again"
    )]
    Torn {
        /// How many.
        count: usize,
        /// Chat and session of the first.
        first: String,
    },
}
