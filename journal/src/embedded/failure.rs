//! What to do about a file that does not do what it should.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::Cause;

/// An error of `SQLite`, with the file and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}: {hint}", path.display())]
struct Explained {
    path: PathBuf,
    hint: &'static str,
    #[source]
    cause: rusqlite::Error,
}

/// Says what to do about `cause`, where there is something to do.
pub(super) fn explain(path: &Path, cause: rusqlite::Error) -> Cause {
    match cause.sqlite_error_code().and_then(hint) {
        Some(hint) => Box::new(Explained { path: path.to_owned(), hint, cause }),
        None => Box::new(cause),
    }
}

fn hint(code: ErrorCode) -> Option<&'static str> {
    Some(match code {
        ErrorCode::DiskFull => {
            "the disk is full; free some of it and start again, nothing acknowledged is lost"
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            "the file is damaged; put a copy of it back, or ingest the archives into another file"
        }
        ErrorCode::ReadOnly => "the file cannot be written; look at its permissions",
        ErrorCode::CannotOpen => {
            "the file cannot be opened; does its folder exist, and may it be written?"
        }
        ErrorCode::SystemIoFailure => {
            "the disk refuses to read or write; is it full, or beyond a limit? Then start again"
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            "another process has held the file for too long; is one of them stopped?"
        }
        _ => return None,
    })
}
