//! The season under several tags, so that several partitions have something to do.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use crate::support::{colloquy, expect_code, folder, published, season};

/// The chat of the season, and what else it is called here.
const SEASON: &str = "gardenchat";
const OTHERS: [&str; 5] = ["beanchat", "shedchat", "mosschat", "fernchat", "kalechat"];

/// Archives of several chats, in a folder each.
pub(super) struct Archives {
    folder: TempDir,
}

impl Archives {
    /// How many chats there are.
    pub(super) const CHATS: usize = 1 + OTHERS.len();

    /// The whole season for one chat, its last weeks for each of the others.
    pub(super) fn write() -> Self {
        let folder = folder();
        for entry in fs::read_dir(season()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            copy(&path, &folder.path().join(SEASON).join(name));
            if path.extension().is_some_and(|it| it == "jsonl") {
                let text = fs::read_to_string(&path).unwrap();
                for other in OTHERS {
                    write_halves(&text.replace(SEASON, other), &folder.path().join(other));
                }
            }
        }
        Self { folder }
    }

    /// The chats.
    pub(super) fn chats() -> impl Iterator<Item = &'static str> {
        std::iter::once(SEASON).chain(OTHERS)
    }

    /// The files of a chat, in any order.
    pub(super) fn files(&self, chat: &str, dice: &mut ChaCha8Rng) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path().join(chat)).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.shuffle(dice);
        files
    }

    /// What three processes leave, one after the other, when nothing happens to them.
    pub(super) fn quiet_lake(&self) -> BTreeMap<String, Vec<u8>> {
        let (place, out) = (folder(), folder());
        let journal = format!("sqlite:{}", place.path().join("journal.db").display());
        for chat in Self::chats() {
            let files = self.folder.path().join(chat);
            let ingest = colloquy()
                .args(["ingest", files.to_str().unwrap(), "--chat", chat, "--journal", &journal])
                .output()
                .unwrap();
            assert!(ingest.status.code().is_some_and(|code| code < 2), "{ingest:?}");
        }
        for (service, more) in
            [("analyze", &[][..]), ("report", &["--out", out.path().to_str().unwrap()])]
        {
            let done = colloquy()
                .args([service, "--until-idle", "--journal", &journal])
                .args(more)
                .output()
                .unwrap();
            expect_code(&done, 0);
        }
        let lake = published(out.path());
        for chat in Self::chats() {
            let prefix = format!("lake/posts/chat={chat}/");
            assert!(lake.keys().any(|name| name.starts_with(&prefix)), "{chat} has no lake");
        }
        lake
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(from, to).unwrap();
}

/// Two files and a compressed one, each with a share of the rows.
fn write_halves(text: &str, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let rows: Vec<&str> = text.lines().collect();
    for (nth, rows) in rows.chunks(rows.len().div_ceil(3)).enumerate() {
        let text = rows.join("\n");
        if nth == 1 {
            let mut packed = Vec::new();
            let text = text.as_bytes();
            flate2::read::GzEncoder::new(text, flate2::Compression::fast())
                .read_to_end(&mut packed)
                .unwrap();
            fs::write(folder.join("1.jsonl.gz"), packed).unwrap();
        } else {
            fs::write(folder.join(format!("{nth}.jsonl")), text).unwrap();
        }
    }
}
