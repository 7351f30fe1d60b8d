//! `colloquy decide`: what a moderator says, kept beside the lake or in the journal; and
//! `colloquy decisions`, which lists it.

use std::path::Path;

use anyhow::Context as _;
use colloquy_ingest::ChatTags;
use colloquy_report::{decided, lake};
use colloquy_transcript::{
    AuthorId, ChatName, Decision, SessionId, Timestamp, Verdict, percent_encode,
};

use super::Exit;
use crate::cli::{Decide, Decisions};
use crate::home::Home;
use crate::input::UsageError;
use crate::said::{self, Subject};
use crate::{console, decisions, home};

/// Records one decision.
pub(super) fn decide(decide: &Decide) -> anyhow::Result<Exit> {
    let home = Home::of(&decide.home);
    let chat = chat(decide, &home)?;
    let subject = Subject::parse(&decide.subject)?;
    let mut verdict = verdict(decide, &home, &chat, &subject)?;
    if let Home::Folder(out) = &home {
        if let Verdict::SameAs(person) = &mut verdict {
            *person = account(out, &chat, person)?;
        }
        if !decide.withdraw {
            warn_of_unknown(out, &chat, &subject, &verdict)?;
        }
    }
    let decision = Decision {
        chat,
        subject: subject.name(),
        verdict,
        by: decide.by.clone(),
        at: now(),
        note: decide.note.clone(),
        withdrawn: decide.withdraw,
    };
    let said =
        format!("{} of {} in {}", decision.verdict.to_text(), decision.subject, decision.chat);
    decisions::append(&home, decision)?;
    let verb = if decide.withdraw { "withdrawn" } else { "noted" };
    console::say(&format!("{verb}: {said}"))?;
    Ok(Exit::Done)
}

/// Prints what was said, one decision a row.
pub(super) fn list(list: &Decisions) -> anyhow::Result<Exit> {
    let home = Home::existing(&list.home)?;
    let said = decisions::load(&home)?;
    let of_chat =
        |decision: &&Decision| list.chat.as_ref().is_none_or(|chat| chat == decision.chat.as_str());
    let rows: Vec<&Decision> = said.iter().filter(of_chat).collect();
    if rows.is_empty() {
        let place = match &home {
            Home::Folder(out) => out.display().to_string(),
            Home::Journal(at) => at.url.to_string(),
        };
        console::tell(&format!("no decisions in {place}"))?;
        return Ok(Exit::Done);
    }
    console::say(decided::decisions(&rows, console::width()).trim_end())?;
    Ok(Exit::Done)
}

/// The decisions that a folder remembers for these chats.
pub(super) fn remembered(out: &Path, chats: &[ChatTags]) -> anyhow::Result<Vec<Decision>> {
    let mut decisions = decisions::of_folder(out)?;
    decisions.retain(|decision| chats.iter().any(|chat| chat.name == decision.chat));
    Ok(decisions)
}

/// The chat that is meant: the one named, else the only one in the folder.
fn chat(decide: &Decide, home: &Home) -> anyhow::Result<ChatName> {
    if let Some(name) = &decide.chat {
        return Ok(ChatName::new(name).map_err(|error| UsageError(error.to_string()))?);
    }
    let Home::Folder(out) = home else {
        return Err(UsageError(
            "a journal may hold several chats: name the chat with --chat".into(),
        )
        .into());
    };
    home::only_chat(&home::chats_of_folder(out), &out.display().to_string())
}

/// The verdict as typed. What is taken back need not be spelled out: it was said before.
fn verdict(
    decide: &Decide,
    home: &Home,
    chat: &ChatName,
    subject: &Subject,
) -> anyhow::Result<Verdict> {
    let (word, argument) = said::words(&decide.verdict);
    if decide.withdraw {
        let said = decisions::load(home)?;
        let name = subject.name();
        let standing = said.into_iter().find(|it| {
            it.chat == *chat && it.subject == name && it.verdict.name() == word && !it.withdrawn
        });
        match (standing, argument) {
            (Some(standing), None) => return Ok(standing.verdict),
            (Some(_), Some(_)) => {}
            (None, _) => console::tell(&format!(
                "nobody said {word} of {name} in {chat}; colloquy decisions lists what was said"
            ))?,
        }
    }
    Ok(said::verdict(subject, word, argument, decide.timezone.as_ref())?)
}

/// The account that a handle means, where the lake knows just one.
fn account(out: &Path, chat: &ChatName, person: &AuthorId) -> anyhow::Result<AuthorId> {
    let Some(handle) = person.native().strip_prefix('@') else { return Ok(person.clone()) };
    let Some(found) = look_up(out, chat, handle)? else { return Ok(person.clone()) };
    let mut accounts = found.accounts.iter().filter(|id| id.platform() == person.platform());
    match (accounts.next(), accounts.next()) {
        (None, _) => Ok(person.clone()),
        (Some(account), None) => Ok(account.clone()),
        (Some(one), Some(other)) => Err(UsageError(format!(
            "@{handle} was the handle of {one} and of {other}: name the account that you mean"
        ))
        .into()),
    }
}

/// Says so where the lake of the folder holds nothing of the subject: it may be mistyped.
fn warn_of_unknown(
    out: &Path,
    chat: &ChatName,
    subject: &Subject,
    verdict: &Verdict,
) -> anyhow::Result<()> {
    let name = subject.name();
    if let Subject::Session(at) = subject {
        let posts = out.join("lake/posts").join(format!("chat={}", percent_encode(chat.as_str())));
        let id = SessionId::Meeting(*at).to_compact();
        if !posts.is_dir() || posts.join(format!("session={}", percent_encode(&id))).is_dir() {
            return Ok(());
        }
        return console::tell(&match verdict {
            Verdict::StartsAt(_) => format!(
                "no session {name} of {chat} is in {}: this says that there is one",
                out.display()
            ),
            _ => format!("no session {name} of {chat} is in {}", out.display()),
        });
    }
    let unknown = look_up(out, chat, &name)?.is_some_and(|found| !found.anything());
    if unknown {
        console::tell(&format!("nothing of {name} is in the lake of {chat} in {}", out.display()))?;
    }
    Ok(())
}

fn look_up(out: &Path, chat: &ChatName, name: &str) -> anyhow::Result<Option<lake::Found>> {
    lake::find(out, chat, name).with_context(|| format!("looking for {name} in the lake"))
}

/// The clock, read in one place of this command.
fn now() -> Timestamp {
    Timestamp::now()
}
