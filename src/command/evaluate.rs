//! `colloquy evaluate`: a lake against an answer key that somebody made by reading.

use std::path::Path;

use anyhow::Context as _;
use colloquy_report::evaluate::{self, AnswersKey, Lake, OfAnswers, OfSessions, SessionsKey};

use super::Exit;
use crate::cli::{Against, Evaluate};
use crate::console;
use crate::input::UsageError;

/// Compares a lake with a key.
pub(super) fn evaluate(what: &Evaluate) -> anyhow::Result<Exit> {
    let (Evaluate::Sessions(against) | Evaluate::Answers { against, .. }) = what;
    let text = key(&against.key)?;
    let refused =
        |error: evaluate::KeyError| UsageError(format!("{}: {error}", against.key.display()));
    let said = match what {
        Evaluate::Sessions(against) => {
            let key = SessionsKey::parse(&text).map_err(refused)?;
            let result = evaluate::sessions(&lake(against)?, &key);
            if against.json { serde_json::to_string(&result)? } else { of_sessions(&result) }
        }
        Evaluate::Answers { against, confidence } => {
            let key = AnswersKey::parse(&text).map_err(refused)?;
            let result = evaluate::answers(&lake(against)?, &key, *confidence);
            if against.json { serde_json::to_string(&result)? } else { of_answers(&result) }
        }
    };
    console::say(said.trim_end())?;
    Ok(Exit::Done)
}

fn key(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| UsageError(format!("the key {}: {error}", path.display())).into())
}

fn lake(against: &Against) -> anyhow::Result<Lake> {
    if !against.lake.is_dir() {
        let told =
            format!("{} is no folder; name the lake that run filled", against.lake.display());
        return Err(UsageError(told).into());
    }
    Lake::read(&against.lake, against.chat.as_deref())
        .with_context(|| format!("reading the lake {}", against.lake.display()))
}

fn of_sessions(result: &OfSessions) -> String {
    let mut told = String::new();
    let mut line = |text: String| told.push_str(&(text + "\n"));
    line(format!("sessions found       {}", result.found));
    line(format!("sessions in the key  {}", result.keyed));
    if result.not_in_archive > 0 {
        line(format!("not in this archive  {}, not counted", result.not_in_archive));
    }
    line(format!("questions precision  {}", result.questions_precision));
    line(format!("questions recall     {}", result.questions_recall));
    line(format!("labels right         {}", result.labels));
    line(format!("moderators precision {}", result.moderators_precision));
    line(format!("moderators recall    {}", result.moderators_recall));
    line(format!("guests precision     {}", result.guests_precision));
    line(format!("guests recall        {}", result.guests_recall));
    list(&mut told, "Sessions", &result.sessions);
    list(&mut told, "Misses", &result.misses);
    told
}

fn of_answers(result: &OfAnswers) -> String {
    let mut told = String::new();
    let mut line = |text: String| told.push_str(&(text + "\n"));
    line("Answers with the right question, by how the key attributes them".into());
    for (basis, share) in &result.by_basis {
        line(format!("  {basis:<10} {share}"));
    }
    line(format!("  {:<10} {}", "all", result.answers));
    line(format!("Answers of the lake that are answers  {}", result.precision));
    line(format!("Talk that the lake calls answers      {}", result.talk_as_answers));
    line(format!(
        "Not counted: {} posts not in the lake, {} of less confidence",
        result.not_in_lake, result.unsure
    ));
    line("\nRole in the key, and in the lake".into());
    for (keyed, found) in &result.roles {
        let found: Vec<_> = found.iter().map(|(role, posts)| format!("{role} {posts}")).collect();
        line(format!("  {keyed:<11} {}", found.join(", ")));
    }
    list(&mut told, "Misses", &result.misses);
    told
}

fn list(told: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        told.push_str(&["\n", title, "\n"].concat());
        for line in lines {
            told.push_str(&["  ", line.as_str(), "\n"].concat());
        }
    }
}
