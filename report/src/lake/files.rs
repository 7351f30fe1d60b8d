//! The one file that touches the disk: whole files, replaced in batches.
//!
//! A batch is written aside, made durable, renamed into place, and the folders are made durable:
//! whoever opens a file sees the old content or the new one, whole. What a killed run left aside
//! is removed when the store is opened; what it had not yet committed to the journal is written
//! again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, Write},
    path::{Component, Path, PathBuf},
};

use colloquy_transcript::{ChatName, SessionId, percent_decode, percent_encode};

use crate::ReportError;

/// The folder, inside the output folder, where files wait for their batch.
const ASIDE: &str = ".aside.tmp";

/// From this many files on, one sync of the file system costs less than one per file (measured
/// on ext4: 200 files of 40 kB take 60 ms one by one and 9 ms together).
#[cfg(target_os = "linux")]
const SYNC_TOGETHER_FILES_MIN: usize = 32;

/// What a batch does to one path.
#[derive(Debug)]
enum Change {
    /// The content waits in this file.
    Write(PathBuf),
    /// The file goes, and the folders that it leaves empty.
    Remove,
}

/// What a batch did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stored {
    /// Files written.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files removed.
    pub removed: u64,
}

/// An output folder whose files are replaced in batches.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    aside: PathBuf,
    changes: BTreeMap<PathBuf, Change>,
    pending: Stored,
    serial: u64,
}

impl Store {
    /// Opens the output folder, creates it when it is missing, and removes what a killed run
    /// left aside.
    pub fn open(root: &Path) -> Result<Self, ReportError> {
        let aside = root.join(ASIDE);
        match fs::remove_dir_all(&aside) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                return Err(failed("removing the leftovers in", &aside)(cause));
            }
            _ => {}
        }
        fs::create_dir_all(&aside).map_err(failed("creating the folder", &aside))?;
        Ok(Self {
            root: root.to_owned(),
            aside,
            changes: BTreeMap::new(),
            pending: Stored::default(),
            serial: 0,
        })
    }

    /// Writes `bytes` aside, to lie at `path` (from the output folder on) after
    /// [`Store::commit`].
    pub fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), ReportError> {
        let path = inside(path)?;
        let aside = self.aside.join(self.serial.to_string());
        self.serial += 1;
        let mut file = File::create(&aside).map_err(failed("creating", &aside))?;
        file.write_all(bytes).map_err(failed("writing", &aside))?;
        self.pending.files += 1;
        self.pending.bytes += bytes.len() as u64;
        self.change(path, Change::Write(aside))
    }

    /// Removes the file at `path`, if there is one, with the next [`Store::commit`].
    pub fn remove(&mut self, path: &str) -> Result<(), ReportError> {
        self.change(inside(path)?, Change::Remove)
    }

    /// The sessions of a chat whose posts lie in the folder.
    pub fn sessions(&self, chat: &ChatName) -> Result<Vec<SessionId>, ReportError> {
        let folder = format!("lake/posts/chat={}", percent_encode(chat.as_str()));
        let folder = self.root.join(folder);
        let entries = match fs::read_dir(&folder) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(failed("reading the folder", &folder))?,
        };
        let mut sessions = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed("reading the folder", &folder))?.file_name();
            let id = name.to_str().and_then(|name| name.strip_prefix("session="));
            sessions.extend(id.and_then(|id| SessionId::parse(&percent_decode(id)).ok()));
        }
        Ok(sessions)
    }

    /// Notes what happens to a path; the last change of a batch is the one that counts.
    fn change(&mut self, path: PathBuf, change: Change) -> Result<(), ReportError> {
        if let Some(Change::Write(aside)) = self.changes.insert(path, change) {
            fs::remove_file(&aside).map_err(failed("removing", &aside))?;
        }
        Ok(())
    }

    /// What waits for the next commit.
    pub fn pending(&self) -> Stored {
        self.pending
    }

    /// Makes the batch visible and durable. After an error the batch is to be made again.
    pub fn commit(&mut self) -> Result<Stored, ReportError> {
        let mut stored = std::mem::take(&mut self.pending);
        let changes = std::mem::take(&mut self.changes);
        if changes.is_empty() {
            return Ok(stored);
        }
        let asides: Vec<&Path> = changes
            .values()
            .filter_map(|change| match change {
                Change::Write(aside) => Some(aside.as_path()),
                Change::Remove => None,
            })
            .collect();
        stored.files = asides.len() as u64;
        self.sync(&asides)?;
        let mut folders = BTreeSet::new();
        for (path, change) in &changes {
            match change {
                Change::Write(aside) => self.rename(aside, path, &mut folders)?,
                Change::Remove => {
                    stored.removed += u64::from(self.remove_now(path, &mut folders)?);
                }
            }
        }
        let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
        self.sync(&folders)?;
        Ok(stored)
    }

    /// Renames into place, and notes every folder whose entries changed.
    fn rename(
        &self,
        aside: &Path,
        path: &Path,
        folders: &mut BTreeSet<PathBuf>,
    ) -> Result<(), ReportError> {
        let target = self.root.join(path);
        let parent = target.parent().unwrap_or(&self.root);
        match fs::rename(aside, &target) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                // The folder is new, and so may be the ones above it.
                fs::create_dir_all(parent).map_err(failed("creating the folder", parent))?;
                let above = parent.ancestors().take_while(|folder| folder.starts_with(&self.root));
                folders.extend(above.map(Path::to_owned));
                fs::rename(aside, &target).map_err(failed("renaming into place", &target))?;
            }
            other => other.map_err(failed("renaming into place", &target))?,
        }
        folders.insert(parent.to_owned());
        Ok(())
    }

    /// Removes a file and the folders that it leaves empty; says whether it was there.
    fn remove_now(
        &self,
        path: &Path,
        folders: &mut BTreeSet<PathBuf>,
    ) -> Result<bool, ReportError> {
        let target = self.root.join(path);
        match fs::remove_file(&target) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(false),
            other => other.map_err(failed("removing", &target))?,
        }
        for folder in target.ancestors().skip(1) {
            if folder == self.root || !folder.starts_with(&self.root) {
                break;
            }
            if fs::remove_dir(folder).is_err() {
                // Something else lies in it.
                folders.insert(folder.to_owned());
                break;
            }
            folders.remove(folder);
            if let Some(parent) = folder.parent() {
                folders.insert(parent.to_owned());
            }
        }
        Ok(true)
    }

    /// Makes files or folders durable: together where that is cheaper, else one by one.
    fn sync(&self, paths: &[&Path]) -> Result<(), ReportError> {
        #[cfg(target_os = "linux")]
        if paths.len() >= SYNC_TOGETHER_FILES_MIN {
            let root = File::open(&self.root).map_err(failed("opening", &self.root))?;
            return rustix::fs::syncfs(&root)
                .map_err(|cause| failed("syncing the file system of", &self.root)(cause.into()));
        }
        for path in paths {
            File::open(path).and_then(|file| file.sync_all()).map_err(failed("syncing", path))?;
        }
        Ok(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Whatever was not committed is to be made again; leaving it costs only space, and the
        // next start removes it.
        let _ = fs::remove_dir_all(&self.aside);
    }
}

/// The path, if it stays inside the output folder. Names are encoded before they become paths,
/// so that this never fails on any input; it guards against a mistake.
fn inside(path: &str) -> Result<PathBuf, ReportError> {
    let path = Path::new(path);
    let fine = path.components().all(|part| matches!(part, Component::Normal(_)));
    if fine {
        return Ok(path.to_owned());
    }
    let cause = io::Error::new(io::ErrorKind::InvalidInput, "it leads out of the output folder");
    Err(failed("using the path", path)(cause))
}

fn failed<'a>(doing: &'static str, path: &'a Path) -> impl Fn(io::Error) -> ReportError + 'a {
    move |cause| ReportError::File { doing, path: path.to_owned(), cause }
}
