//! From what the user named to the files that are read.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use colloquy_transcript::{Author, DeadLetter};

use crate::{
    IngestError,
    decode::{Format, outbox_owner, x_archive_owner},
    plan::Input,
};

/// Folders from a file of an archive up to the one that holds its `data`.
const ARCHIVE_DEPTH_MAX: usize = 3;
/// A file that says whose archive it is has a few hundred bytes.
const OWNER_BYTES_MAX: u64 = 1024 * 1024;

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileInput {
    /// The name in accounts and dead letters.
    pub(crate) name: String,
    /// The file; `None` is standard input, or what is held.
    pub(crate) path: Option<PathBuf>,
    /// Size on disk in bytes, where it is known.
    pub(crate) bytes: Option<u64>,
    /// Bytes that lie in memory instead of in a file.
    pub(crate) held: Option<Held>,
}

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// The piece, with what it needs before it; decompressed.
    pub(crate) bytes: Arc<[u8]>,
    /// The line of the file where the piece stood.
    position: u64,
    /// Lines before it that only explain it.
    context_lines: u64,
}

impl FileInput {
    /// The line of the file for a line of what is read.
    pub(crate) fn line(&self, read: u64) -> u64 {
        match &self.held {
            None => read,
            Some(held) => held.position + read.saturating_sub(held.context_lines + 1),
        }
    }

    /// Whether it lies among the files of X's archive of an account, in its `data` folder, below or
    /// beside that.
    pub(crate) fn lies_in_archive(&self) -> bool {
        let Some(path) = &self.path else { return false };
        path.ancestors().skip(1).take(ARCHIVE_DEPTH_MAX).any(|folder| {
            ["account.js", "data/account.js"].iter().any(|name| folder.join(name).is_file())
        })
    }

    /// Who wrote an account's archive: another file of it says so.
    pub(crate) fn owner(&self, format: Format) -> Option<Author> {
        let path = self.path.as_deref().unwrap_or_else(|| Path::new(&self.name));
        let owner = if format == Format::MastodonOutbox { outbox_owner } else { x_archive_owner };
        format.owner_files().iter().find_map(|name| {
            let beside = path.parent()?.join(name);
            let size = fs::metadata(&beside).ok()?.len();
            let bytes = (size <= OWNER_BYTES_MAX).then(|| fs::read(&beside).ok()).flatten()?;
            owner(&bytes)
        })
    }
}

/// The files of `inputs`: folders are walked in order of names, hidden entries and symbolic links
/// to folders are skipped.
pub(crate) fn expand(inputs: &[Input]) -> Result<Vec<FileInput>, IngestError> {
    let mut files = Vec::new();
    for input in inputs {
        match input {
            Input::Stdin => {
                files.push(FileInput { name: "-".to_owned(), path: None, bytes: None, held: None });
            }
            Input::Spooled(path) => {
                let size = fs::metadata(path).map_err(|cause| failed(path, cause))?.len();
                files.push(FileInput {
                    name: "-".to_owned(),
                    path: Some(path.clone()),
                    bytes: Some(size),
                    held: None,
                });
            }
            Input::Letter(letter) => files.push(of_letter(letter)),
            Input::Path(path) => {
                let about = fs::metadata(path).map_err(|cause| failed(path, cause))?;
                if about.is_dir() {
                    walk(path, &mut files)?;
                } else {
                    files.push(file(path, about.is_file().then_some(about.len())));
                }
            }
        }
    }
    if files.is_empty() { Err(IngestError::NoInput) } else { Ok(files) }
}

fn walk(folder: &Path, files: &mut Vec<FileInput>) -> Result<(), IngestError> {
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(|cause| failed(folder, cause))?;
    entries.sort_unstable_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = entry.file_type().map_err(|cause| failed(&path, cause))?;
        if kind.is_dir() {
            walk(&path, files)?;
        } else if let Ok(about) = fs::metadata(&path)
            && about.is_file()
        {
            files.push(file(&path, Some(about.len())));
        }
    }
    Ok(())
}

fn file(path: &Path, bytes: Option<u64>) -> FileInput {
    FileInput {
        name: path.display().to_string(),
        path: Some(path.to_path_buf()),
        bytes,
        held: None,
    }
}

fn of_letter(letter: &DeadLetter) -> FileInput {
    let DeadLetter { source, position, context, bytes, .. } = letter;
    let held = Held {
        bytes: [context.as_slice(), bytes.as_slice()].concat().into(),
        position: *position,
        context_lines: memchr::memchr_iter(b'\n', context).count() as u64,
    };
    FileInput {
        name: source.to_string(),
        path: None,
        bytes: Some(held.bytes.len() as u64),
        held: Some(held),
    }
}

fn failed(path: &Path, cause: io::Error) -> IngestError {
    IngestError::Input { path: path.to_path_buf(), cause }
}
