//! `colloquy decide`: what a moderator says, kept beside the lake or in the journal.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use colloquy_ingest::ChatTags;
use colloquy_transcript::{
    ChatName, CompactString, Decision, Record, SessionId, Timestamp, Topic, Verdict, wire,
};

use super::Exit;
use crate::cli::Decide;
use crate::home::Home;
use crate::input::UsageError;
use crate::{console, home};

/// The decisions of a folder: one a line, in the wire format.
fn path(out: &Path) -> PathBuf {
    out.join("decisions.jsonl")
}

/// Records one decision.
pub(super) fn decide(decide: &Decide) -> anyhow::Result<Exit> {
    let decision = Decision {
        chat: chat(decide)?,
        subject: subject(&decide.subject),
        verdict: verdict(&decide.verdict)?,
        by: decide.by.clone(),
        at: now(),
        note: decide.note.clone(),
        withdrawn: decide.withdraw,
    };
    let said =
        format!("{} of {} in {}", decision.verdict.to_text(), decision.subject, decision.chat);
    match Home::of(&decide.home) {
        Home::Journal(journal) => {
            journal.open()?.append(vec![Record::Decision(decision)])?;
        }
        Home::Folder(out) => append_to_folder(&out, decision)?,
    }
    let verb = if decide.withdraw { "withdrawn" } else { "noted" };
    console::say(&format!("{verb}: {said}"))?;
    Ok(Exit::Done)
}

/// The decisions that a folder remembers for these chats.
pub(super) fn remembered(out: &Path, chats: &[ChatTags]) -> anyhow::Result<Vec<Decision>> {
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
    decisions.retain(|decision| chats.iter().any(|chat| chat.name == decision.chat));
    Ok(decisions)
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

/// The chat that is meant: the one named, else the only one in the folder.
fn chat(decide: &Decide) -> anyhow::Result<ChatName> {
    if let Some(name) = &decide.chat {
        return Ok(ChatName::new(name).map_err(|error| UsageError(error.to_string()))?);
    }
    let Home::Folder(out) = Home::of(&decide.home) else {
        return Err(UsageError(
            "a journal may hold several chats: name the chat with --chat".into(),
        )
        .into());
    };
    home::only_chat(&home::chats_of_folder(&out), &out.display().to_string())
}

fn verdict(words: &[String]) -> anyhow::Result<Verdict> {
    let text = words.join("=");
    Verdict::parse(&text).ok_or_else(|| {
        UsageError(format!("{text:?} is no verdict; colloquy decide --help lists them")).into()
    })
}

/// The clock, read in one place of this command.
fn now() -> Timestamp {
    Timestamp::now()
}

/// A subject as decisions are compared: handles in lower case without `@`; ids and sessions as
/// they are.
fn subject(typed: &str) -> CompactString {
    let is_id = typed.contains(':') || SessionId::parse(typed).is_ok();
    if is_id { typed.into() } else { typed.trim_start_matches('@').to_lowercase().into() }
}
