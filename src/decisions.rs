//! Where decisions are kept: one a line beside the lake, or in the journal of the services.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use colloquy_journal::Content;
use colloquy_transcript::{Decision, Record, Topic, wire};

use crate::home::{self, Home};
use crate::input::UsageError;

/// The decisions of a folder: one a line, in the wire format.
fn path(out: &Path) -> PathBuf {
    out.join("decisions.jsonl")
}

/// Every decision, the latest of each chat, subject and verdict.
pub(crate) fn load(home: &Home) -> anyhow::Result<Vec<Decision>> {
    let mut said = Vec::new();
    match home {
        Home::Folder(out) => said = of_folder(out)?,
        Home::Journal(at) => {
            home::read_topic(at.open()?.as_ref(), Topic::Decisions, &mut |entry| {
                if let Content::Record(Record::Decision(decision)) = entry.content {
                    said.push(decision);
                }
            })?;
        }
    }
    // As the analysis has it: the later word counts, and of two at once the one said last.
    let mut latest: BTreeMap<_, Decision> = BTreeMap::new();
    for decision in said {
        let (chat, subject) = (decision.chat.clone(), decision.subject.clone());
        let known = latest.entry((chat, subject, decision.verdict.name()));
        let known = known.or_insert_with(|| decision.clone());
        if decision.at >= known.at {
            *known = decision;
        }
    }
    Ok(latest.into_values().collect())
}

/// Everything that was said in a folder, in the order in which it was.
pub(crate) fn of_folder(out: &Path) -> anyhow::Result<Vec<Decision>> {
    let path = path(out);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    let mut decisions = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
        if line.is_empty() {
            continue;
        }
        match wire::decode(Topic::Decisions, line) {
            Ok(Record::Decision(decision)) => decisions.push(decision),
            Ok(_) => {}
            Err(error) => {
                return Err(UsageError(format!(
                    "{} line {number}: {error}; mend or remove the line",
                    path.display()
                ))
                .into());
            }
        }
    }
    Ok(decisions)
}

/// Adds a decision.
pub(crate) fn append(home: &Home, decision: Decision) -> anyhow::Result<()> {
    match home {
        Home::Folder(out) => append_to_folder(out, decision),
        Home::Journal(at) => {
            at.open()?.append(vec![Record::Decision(decision)])?;
            Ok(())
        }
    }
}

fn append_to_folder(out: &Path, decision: Decision) -> anyhow::Result<()> {
    let path = path(out);
    std::fs::create_dir_all(out).with_context(|| format!("creating {}", out.display()))?;
    let mut line = Vec::new();
    wire::encode(&Record::Decision(decision), &mut line);
    line.push(b'\n');
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("opening {}", path.display()))?;
    file.write_all(&line)
        .and_then(|()| file.sync_all())
        .with_context(|| format!("writing {}", path.display()))
}
