//! What is well with configuration, folder, disk and clock of this machine, and what is not.

use std::path::Path;

use colloquy_analyze::schedule::Calendar;
use colloquy_journal::checkup::Finding;
use colloquy_transcript::registry::{Chat, Registry};
use jiff::Timestamp;

use crate::home::Home;
use crate::input;
use crate::rejected::Rejected;
use crate::{decisions, home};

/// With less the next run may fail in the middle.
const FREE_BYTES_MIN: u64 = 200_000_000;
/// With less somebody should make room.
const FREE_BYTES_ENOUGH: u64 = 2_000_000_000;

/// This version was made after that: a clock that says otherwise is wrong.
const MADE_AT: i64 = 1_767_225_600;

/// The file of `--config`: everything that a run would refuse, and what nobody could mean.
pub(crate) fn configuration(config: Option<&Path>) -> Finding {
    const WHAT: &str = "configuration";
    let Some(path) = config else {
        return Finding::fine(WHAT, "none: chats and sessions are found in the posts");
    };
    let registry = match input::registry(Some(path)) {
        Ok(registry) => registry,
        Err(error) => {
            return Finding::failure(
                WHAT,
                error.to_string(),
                "correct the file: nothing is read with it",
            );
        }
    };
    let broken = registry.chats.iter().find_map(|chat| Calendar::new(chat).err());
    if let Some(error) = broken {
        return Finding::failure(WHAT, error.to_string(), "write the rule as iCalendar has it");
    }
    let Registry { chats } = &registry;
    let scheduled = chats.iter().filter(|chat| chat.schedule.is_some()).count();
    let told = format!("{}: {} chats, {scheduled} with a schedule", path.display(), chats.len());
    match doubtful(chats) {
        Some(doubt) => {
            Finding::warning(WHAT, format!("{told}; {doubt}"), "look whether it is meant so")
        }
        None => Finding::fine(WHAT, told),
    }
}

/// What is allowed and hardly ever meant.
fn doubtful(chats: &[Chat]) -> Option<String> {
    for (at, chat) in chats.iter().enumerate() {
        let shared = |other: &&Chat| other.tags.iter().any(|tag| chat.tags.contains(tag));
        if let Some(other) = chats.iter().take(at).find(shared) {
            let (one, other) = (other.name.as_str(), chat.name.as_str());
            return Some(format!(
                "{one} and {other} have a tag in common: its posts count in both"
            ));
        }
    }
    let silent = chats.iter().find(|chat| chat.schedule.is_some() && chat.moderators.is_empty());
    silent.map(|chat| {
        format!(
            "{} has a schedule and no moderators: they are found from the posts",
            chat.name.as_str()
        )
    })
}

/// The clock of this machine, as far as it can be told without another.
pub(crate) fn clock(now: Timestamp) -> Finding {
    const WHAT: &str = "clock";
    let told = format!("{} here", now.strftime("%Y-%m-%d %H:%M:%S UTC"));
    if now.as_second() >= MADE_AT {
        return Finding::fine(WHAT, told);
    }
    Finding::failure(
        WHAT,
        format!("{told}, before this program was made: live sessions would never close"),
        "set the clock, best from the network (chrony, systemd-timesyncd)",
    )
}

/// The folder that `run` and `report` fill.
pub(crate) fn folder(out: &Path) -> Vec<Finding> {
    const WHAT: &str = "output folder";
    // The nearest folder that is there is where it would be made.
    let there =
        out.ancestors().find(|folder| folder.exists()).filter(|it| !it.as_os_str().is_empty());
    let there = there.unwrap_or(Path::new("."));
    let mut findings = vec![match (there == out, writable(there)) {
        (true, Ok(())) if out.join(".aside.tmp").exists() => Finding::warning(
            WHAT,
            format!("{} has files that were not finished", out.display()),
            "nothing, if a report is at work there; else the next one removes them",
        ),
        (true, Ok(())) => Finding::fine(WHAT, format!("{} can be written", out.display())),
        (false, Ok(())) => {
            Finding::fine(WHAT, format!("{} is not there yet, and can be made", out.display()))
        }
        (_, Err(error)) => Finding::failure(
            WHAT,
            format!("{} cannot be written: {error}", there.display()),
            "let this user write it, or name another with --out",
        ),
    }];
    findings.extend(space("output disk", there));
    findings
}

/// Tries it: what permissions say is not all (a file system may be read-only, or full).
fn writable(folder: &Path) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".doctor").tempfile_in(folder)?;
    std::io::Write::write_all(&mut file, b"doctor")
}

/// What is free where `folder` lies; nothing where the system does not say.
pub(crate) fn space(what: &str, folder: &Path) -> Option<Finding> {
    let free = free_bytes(folder)?;
    let told = format!("{} MB free at {}", free / 1_000_000, folder.display());
    let hint = "make room: lake and journal grow with every post";
    Some(if free < FREE_BYTES_MIN {
        Finding::failure(what, told, hint)
    } else if free < FREE_BYTES_ENOUGH {
        Finding::warning(what, told, hint)
    } else {
        Finding::fine(what, told)
    })
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(folder).ok()?;
    Some(about.f_bavail.saturating_mul(about.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

/// Decisions and dead letters, beside the lake or in a journal; nothing of what is not there.
pub(crate) fn kept(home: &Home) -> Vec<Finding> {
    let place = match home {
        Home::Folder(out) if !out.is_dir() => return Vec::new(),
        Home::Folder(out) => out.display().to_string(),
        Home::Journal(at) => at.url.to_string(),
    };
    vec![decided(home, &place), letters(home, &place)]
}

fn decided(home: &Home, place: &str) -> Finding {
    const WHAT: &str = "decisions";
    match decisions::load(home) {
        Ok(said) => {
            let known = match home {
                Home::Folder(out) => home::chats_of_folder(out),
                Home::Journal(_) => {
                    return Finding::fine(WHAT, format!("{} in {place}", said.len()));
                }
            };
            let stranger =
                said.iter().find(|it| !known.is_empty() && !known.contains(it.chat.as_str()));
            match stranger {
                None => Finding::fine(WHAT, format!("{} in {place}", said.len())),
                Some(decision) => Finding::warning(
                    WHAT,
                    format!(
                        "{} in {place}; one is of {}, of which the lake has nothing",
                        said.len(),
                        decision.chat.as_str()
                    ),
                    "is the chat's name right? colloquy decisions lists them",
                ),
            }
        }
        Err(error) => Finding::failure(WHAT, format!("{error:#}"), "correct or remove the line"),
    }
}

fn letters(home: &Home, place: &str) -> Finding {
    const WHAT: &str = "dead letters";
    let rejected = match home {
        Home::Folder(out) => Rejected::of_folder(out),
        Home::Journal(at) => at.open().and_then(|journal| Rejected::of_journal(journal.as_ref())),
    };
    let rejected = match rejected {
        Ok(rejected) => rejected,
        Err(error) => {
            return Finding::failure(WHAT, format!("{error:#}"), "let this user read them");
        }
    };
    let open = rejected.letters.values().filter(|letter| !letter.is_done()).count();
    match (open, rejected.damaged.len()) {
        (0, 0) => Finding::fine(WHAT, format!("none in {place}")),
        (open, 0) => Finding::warning(
            WHAT,
            format!("{open} in {place}: rows that are in no session"),
            "colloquy dead-letters list says why; replay or drop them",
        ),
        (open, damaged) => Finding::warning(
            WHAT,
            format!("{open} in {place}, and {damaged} that this version cannot read"),
            "a newer version wrote them, or the file was changed by hand",
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use colloquy_journal::checkup::Verdict;
    use colloquy_transcript::registry::parse;

    use super::*;

    #[test]
    fn a_clock_that_was_never_set_is_told() {
        let at = |second| clock(Timestamp::from_second(second).unwrap()).verdict;
        assert_eq!(
            (at(0), at(MADE_AT - 1), at(MADE_AT)),
            (Verdict::Failure, Verdict::Failure, Verdict::Fine)
        );
    }

    #[test]
    fn what_is_hardly_meant_is_told() {
        let doubt = |text: &str| doubtful(&parse(text).unwrap().chats);
        let oak = "[[chat]]\nname = 'oak'\n";
        assert_eq!(doubt(oak), None);
        let shared = doubt(&format!("{oak}[[chat]]\nname = 'elm'\ntags = ['elm', 'Oak']\n"));
        assert!(shared.unwrap().contains("oak and elm"));
        let schedule = "[chat.schedule]\nrrule = 'FREQ=WEEKLY'\nstart = '2025-01-01T20:00'\nzone = 'UTC'\nminutes = 60\n";
        assert!(doubt(&format!("{oak}{schedule}")).unwrap().contains("no moderators"));
    }
}
