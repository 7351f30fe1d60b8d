//! Keeps what was rejected when the journal itself does not outlive the process.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use colloquy_journal::{Content, Event, Journal, Progress};
use colloquy_transcript::{Record, Topic, wire};

const GROUP: &str = "dead-letters-file";
const POLL_ENTRIES_MAX: usize = 256;
const POLL_WAIT: Duration = Duration::from_millis(50);

/// The file in the output folder: one dead letter a line, in the wire format.
pub(crate) fn path(out: &Path) -> PathBuf {
    out.join("dead-letters.jsonl")
}

/// Moves dead letters from the journal to the file until `done`, then takes what is left.
/// Returns how many there were; without any there is no file.
pub(crate) fn keep(journal: &dyn Journal, out: &Path, done: &AtomicBool) -> anyhow::Result<u64> {
    let path = path(out);
    if path.exists() {
        std::fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
    }
    let mut member = journal.join(GROUP, &[Topic::DeadLetters])?;
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
            let Content::Record(record @ Record::DeadLetter(_)) = entry.content else { continue };
            let writer = match &mut file {
                Some(writer) => writer,
                none => none.insert(BufWriter::new(
                    File::create(&path).with_context(|| format!("creating {}", path.display()))?,
                )),
            };
            let mut line = Vec::new();
            wire::encode(&record, &mut line);
            line.push(b'\n');
            writer.write_all(&line).with_context(|| format!("writing {}", path.display()))?;
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
