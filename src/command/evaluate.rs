//! `colloquy evaluate`: a lake against an answer key that somebody made by reading.

use std::collections::BTreeSet;
use std::path::Path;

use colloquy_report::evaluate::{self, AnswersKey, KeyError, Lake, LakeError, SessionsKey};

use super::Exit;
use crate::cli::{Against, Evaluate};
use crate::console;
use crate::input::UsageError;

/// Compares a lake with a key.
pub(super) fn evaluate(what: &Evaluate) -> anyhow::Result<Exit> {
    let (Evaluate::Sessions(against) | Evaluate::Answers { against, .. }) = what;
    let text = key(&against.key)?;
    let refused =
        |error: KeyError| UsageError(format!("the key {}: {error}", against.key.display()));
    let said = match what {
        Evaluate::Sessions(against) => {
            let key = SessionsKey::parse(&text).map_err(refused)?;
            let result = evaluate::sessions(&lake(against, &key.posts())?, &key);
            if against.json { serde_json::to_string(&result)? } else { result.to_text() }
        }
        Evaluate::Answers { against, confidence } => {
            let key = AnswersKey::parse(&text).map_err(refused)?;
            let result = evaluate::answers(&lake(against, &key.posts())?, &key, *confidence);
            if against.json { serde_json::to_string(&result)? } else { result.to_text() }
        }
    };
    console::say(said.trim_end())?;
    Ok(Exit::Done)
}

fn key(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path)
        .map_err(|error| UsageError(format!("reading the key {}: {error}", path.display())))?;
    String::from_utf8(bytes).map_err(|error| {
        let read = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = read.split(|byte| *byte == b'\n').count();
        let path = path.display();
        UsageError(format!("the key {path}: line {line}: not UTF-8; save it as UTF-8")).into()
    })
}

fn lake(against: &Against, wanted: &BTreeSet<String>) -> anyhow::Result<Lake> {
    Lake::read(&against.lake, against.chat.as_deref(), wanted).map_err(|error| match error {
        LakeError::Unread(error) => error.into(),
        error => UsageError(error.to_string()).into(),
    })
}
