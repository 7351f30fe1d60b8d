//! Keeps what was rejected when the journal itself does not outlive the process.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use colloquy_journal::{Content, Event, Group, Journal, Progress};
use colloquy_transcript::{DeadLetter, GroundPost, Record, Topic, wire};

use crate::rejected::{Rejected, key};

const GROUP: &str = "dead-letters-file";
const POLL_ENTRIES_MAX: usize = 256;
const POLL_WAIT: Duration = Duration::from_millis(50);

/// The file in the output folder: one dead letter a line, in the wire format.
pub(crate) fn path(out: &Path) -> PathBuf {
    out.join("dead-letters.jsonl")
}

/// Posts that were replayed from them, one a line, in the wire format.
pub(crate) fn replayed_path(out: &Path) -> PathBuf {
    out.join("replayed.jsonl")
}

/// Moves dead letters from the journal to the file until `done`, then takes what is left.
/// Returns how many there were; without any there is no file. What was replayed or dropped
/// before and comes again byte for byte stays so.
pub(crate) fn keep(journal: &dyn Journal, out: &Path, done: &AtomicBool) -> anyhow::Result<u64> {
    let path = path(out);
    let mut before = Rejected::of_folder(out)?.letters;
    before.retain(|_, letter| letter.is_done());
    if path.exists() {
        std::fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
    }
    let mut member =
        journal.join(Group { name: GROUP, reads: &[Topic::DeadLetters], writes: &[] })?;
    let mut file: Option<BufWriter<File>> = None;
    let mut kept = 0;
    loop {
        // Asked before the poll, so that nothing can slip in between.
        let last = done.load(Ordering::Acquire);
        let told = member.poll(POLL_ENTRIES_MAX, POLL_WAIT)?;
        let mut progress: Vec<Progress> = Vec::new();
        let quiet = told.is_empty();
        for event in told {
            let Event::Entry(entry) = event else { continue };
            let position = entry.position + 1;
            progress.retain(|known| known.at != entry.at);
            progress.push(Progress { at: entry.at, position, unpublished: position });
            let Content::Record(Record::DeadLetter(mut letter)) = entry.content else { continue };
            match before.get(&key(&letter)) {
                Some(before) if before.stage == DeadLetter::DROPPED => letter = before.clone(),
                Some(before) if before.bytes == letter.bytes => {
                    letter.stage = DeadLetter::REPLAYED.into();
                }
                _ => (),
            }
            let writer = match &mut file {
                Some(writer) => writer,
                none => none.insert(BufWriter::new(
                    File::create(&path).with_context(|| format!("creating {}", path.display()))?,
                )),
            };
            writer
                .write_all(&line(letter))
                .with_context(|| format!("writing {}", path.display()))?;
            kept += 1;
        }
        if !progress.is_empty() {
            member.commit(Vec::new(), &progress)?;
        }
        if quiet && last {
            break;
        }
    }
    if let Some(mut writer) = file {
        writer.flush().with_context(|| format!("writing {}", path.display()))?;
        writer.get_ref().sync_all().with_context(|| format!("writing {}", path.display()))?;
    }
    member.leave()?;
    Ok(kept)
}

fn line(letter: DeadLetter) -> Vec<u8> {
    let mut line = Vec::new();
    wire::encode(&Record::DeadLetter(letter), &mut line);
    line.push(b'\n');
    line
}

/// Writes the file anew. What could not be read in it stays, at its end.
pub(crate) fn rewrite(out: &Path, rejected: Rejected) -> anyhow::Result<()> {
    let mut bytes: Vec<u8> = rejected.letters.into_values().flat_map(line).collect();
    for damaged in rejected.damaged {
        bytes.extend(damaged.bytes);
        bytes.push(b'\n');
    }
    replace(&path(out), &bytes)
}

/// Adds posts to those that were replayed before; of a post that is there already the new one
/// counts. Returns how many there are now.
pub(crate) fn add_replayed(out: &Path, posts: &[Arc<GroundPost>]) -> anyhow::Result<usize> {
    let path = replayed_path(out);
    let before = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    // A line that is no post is kept as it is: the next run says what is wrong with it.
    let by_key = before.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| {
        let decoded = wire::decode(Topic::Posts, line);
        (
            decoded.map_or_else(|_| line.to_vec(), |post| post.key().as_bytes().to_vec()),
            line.to_vec(),
        )
    });
    let mut lines: BTreeMap<Vec<u8>, Vec<u8>> = by_key.collect();
    for post in posts {
        let mut line = Vec::new();
        wire::encode_post(post, &mut line);
        lines.insert(Record::Post(Arc::clone(post)).key().as_bytes().to_vec(), line);
    }
    let bytes: Vec<u8> =
        lines.values().flat_map(|line| line.iter().copied().chain([b'\n'])).collect();
    if bytes != before {
        replace(&path, &bytes)?;
    }
    Ok(lines.len())
}

/// Writes beside the file, then takes its place: nobody ever finds half of it.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let aside = path.with_extension("jsonl.tmp");
    File::create(&aside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&aside, path))
        .with_context(|| format!("writing {}", path.display()))
}
