//! What can go wrong with a source. Bad input is not an error: it is rejected, counted and kept.

use std::{io, path::PathBuf};

use colloquy_journal::JournalError;

/// A source that cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// An input that the user named cannot be found or listed.
    #[error("reading the input {path}", path = path.display())]
    Input {
        /// The input as the user named it.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Nothing to read.
    #[error("no file to read in the inputs; hidden files and empty folders do not count")]
    NoInput,
    /// No chat to look for.
    #[error("no chat to look for: name one with its tags")]
    NoChat,
    /// The folder for spilled rows cannot be used.
    #[error("sorting rows on disk in the scratch folder {path}; it needs room and write access", path = path.display())]
    Scratch {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A spilled row does not read back.
    #[error("a row spilled to the scratch folder does not read back: {reason}")]
    Spill {
        /// What is wrong with it.
        reason: String,
    },
    /// The journal refused.
    #[error("publishing posts")]
    Journal(#[from] JournalError),
    /// A thread of the pipeline is gone.
    #[error("a worker of the pipeline stopped without a result")]
    Worker,
}
