//! `colloquy dead-letters replay`: what was rejected, read again with this version.
//!
//! It is a run of ingest whose files are the letters: tags, duplicates and the account are the
//! same. Nothing is lost on the way: posts are written first, and only then is a letter taken for
//! replayed, so that what is interrupted is done again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::anyhow;
use colloquy_ingest::{ChatTags, FilePlan, Input, run_files};
use colloquy_journal::memory::MemoryJournal;
use colloquy_journal::{Content, Journal, JournalError, Position, Settings, TopicPartition};
use colloquy_transcript::registry::Registry;
use colloquy_transcript::{ChatName, CompactString, DeadLetter, GroundPost, Record, Topic};

use super::Exit;
use crate::again::{Left, Verdicts, unfit};
use crate::caught::Caught;
use crate::cli::Replay;
use crate::console::Watch;
use crate::entries::Again;
use crate::home::{self, Home, JournalAt};
use crate::rejected::{Rejected, chosen, key, stub};
use crate::{console, entries, input, letters, signals};

/// Reads letters again.
pub(super) fn replay(replay: &Replay) -> anyhow::Result<Exit> {
    let registry = input::registry(replay.home.config.as_deref())?;
    let stop = signals::stop_flag(replay.home.journal.as_ref())?;
    match Home::existing(&replay.home)? {
        Home::Folder(out) => in_folder(replay, &registry, &out, &stop),
        Home::Journal(at) => in_journal(replay, &registry, &at, &stop),
    }
}

/// Posts go to the file that the next run reads beside its archives.
fn in_folder(
    replay: &Replay,
    registry: &Registry,
    out: &Path,
    stop: &AtomicBool,
) -> anyhow::Result<Exit> {
    let mut rejected = Rejected::of_folder(out)?;
    console::tell_damaged(&rejected.damaged)?;
    let chosen = chosen(&replay.keys, replay.all, &rejected)?;
    if chosen.is_empty() {
        return nothing();
    }
    let only = || home::only_chat(&home::chats_of_folder(out), &out.display().to_string());
    let chats = chats(replay, registry, only)?;
    let journal = MemoryJournal::new(&Settings { partitions: 1, ..Settings::default() });
    let verdicts = read_again(replay, chosen, Verdicts::default(), chats, &journal, stop)?;
    let posts = posts(&journal)?;
    if !posts.is_empty() {
        letters::add_replayed(out, &posts)?;
        console::tell(&format!(
            "the next colloquy run with --out {} reads what was replayed",
            out.display()
        ))?;
    }
    let exit = verdicts.exit();
    if verdicts.changes_anything() {
        for letter in verdicts.changed {
            rejected.letters.insert(key(&letter), letter);
        }
        for letter in &verdicts.replayed {
            if let Some(letter) = rejected.letters.get_mut(&key(letter)) {
                letter.stage = DeadLetter::REPLAYED.into();
            }
        }
        letters::rewrite(out, rejected)?;
    }
    Ok(exit)
}

/// Posts go where ingest would have put them. A letter's bytes are in its posts then: a stub takes
/// its place.
fn in_journal(
    replay: &Replay,
    registry: &Registry,
    at: &JournalAt,
    stop: &Arc<AtomicBool>,
) -> anyhow::Result<Exit> {
    let journal = at.open_until(stop)?;
    let rejected = Rejected::of_journal(journal.as_ref())?;
    console::tell_damaged(&rejected.damaged)?;
    let chosen = chosen(&replay.keys, replay.all, &rejected)?;
    if chosen.is_empty() {
        return nothing();
    }
    let only = || {
        home::only_chat(
            &home::chats_of_journal(journal.as_ref())?,
            &format!("the journal {}", at.url),
        )
    };
    let (entries, rows): (Vec<_>, Vec<_>) =
        chosen.into_iter().partition(|letter| entries::is_entry(letter));
    let mut verdicts = append_again(entries, journal.as_ref())?;
    if rows.is_empty() {
        tell(&verdicts)?;
    } else {
        let chats = chats(replay, registry, only)?;
        verdicts = read_again(replay, rows, verdicts, chats, journal.as_ref(), stop)?;
    }
    let exit = verdicts.exit();
    if verdicts.changes_anything() {
        let stubs = verdicts.replayed.iter().map(|letter| stub(letter, DeadLetter::REPLAYED));
        journal.append(stubs.chain(verdicts.changed).map(Record::DeadLetter).collect())?;
        console::tell("the next colloquy analyze and report show what was replayed")?;
    }
    Ok(exit)
}

fn nothing() -> anyhow::Result<Exit> {
    console::tell("no dead letter to replay")?;
    Ok(Exit::Done)
}

/// The chats to look for: what is named, else what the registry has, else the `only` one known.
fn chats(
    replay: &Replay,
    registry: &Registry,
    only: impl FnOnce() -> anyhow::Result<ChatName>,
) -> anyhow::Result<Vec<ChatTags>> {
    let name = match &replay.chat {
        Some(name) => name.clone(),
        None if replay.tag.is_empty() && !registry.chats.is_empty() => {
            return input::chats(None, &[], registry);
        }
        None => only()?.as_str().to_owned(),
    };
    input::chats(Some(&name), &replay.tag, registry)
}

/// Appends entries that were set aside and can be read by now.
fn append_again(entries: Vec<Arc<DeadLetter>>, journal: &dyn Journal) -> anyhow::Result<Verdicts> {
    let mut verdicts = Verdicts::default();
    let mut readable = Vec::new();
    for letter in entries {
        match entries::again(&letter) {
            Again::Record(record) => readable.push((letter, *record)),
            Again::Unreadable(why) => verdicts.left.push((letter, Left::Rejected(why))),
            Again::Unfit(why) => verdicts.left.push((letter, Left::Unfit(why))),
        }
    }
    let newest = Newest::read(journal, &readable)?;
    let mut records = Vec::new();
    for (letter, record) in readable {
        if newest.is_behind(&letter, &record) {
            let why = "the journal holds a newer state of what it speaks of";
            verdicts.left.push((letter, Left::Unfit(why)));
        } else {
            records.push(record);
            verdicts.replayed.push(letter);
        }
    }
    journal.append(records)?;
    Ok(verdicts)
}

/// Where the last record of each key lies that some letter speaks of, in its partition: that one is what
/// counts, and compaction keeps no other.
struct Newest(BTreeMap<(TopicPartition, CompactString), Position>);

impl Newest {
    /// Reads each partition once, from behind its first letter on.
    fn read(
        journal: &dyn Journal,
        letters: &[(Arc<DeadLetter>, Record)],
    ) -> Result<Self, JournalError> {
        let mut first: BTreeMap<TopicPartition, Position> = BTreeMap::new();
        let mut last = BTreeMap::new();
        for (letter, record) in letters {
            let Some(at) = place(letter) else { continue };
            let behind = first.entry(at).or_insert(letter.position);
            *behind = letter.position.min(*behind);
            last.insert((at, record.key()), 0);
        }
        for (at, behind) in first {
            journal.read(at, behind + 1, journal.end(at)?, &mut |entry| {
                if let Content::Record(record) = &entry.content
                    && let Some(position) = last.get_mut(&(at, record.key()))
                {
                    *position = entry.position;
                }
            })?;
        }
        Ok(Self(last))
    }

    /// Whether another record of a letter's key came after it.
    fn is_behind(&self, letter: &DeadLetter, record: &Record) -> bool {
        let newest = place(letter).and_then(|at| self.0.get(&(at, record.key())));
        newest.is_some_and(|&position| position > letter.position)
    }
}

/// The partition that the entry of a letter lies in.
fn place(letter: &DeadLetter) -> Option<TopicPartition> {
    let (_, partition) = letter.source.rsplit_once('/')?;
    Some(TopicPartition { topic: letter.topic_of_entry()?, partition: partition.parse().ok()? })
}

/// Tells what became of the letters.
fn tell(verdicts: &Verdicts) -> anyhow::Result<()> {
    console::print_left(&verdicts.left)?;
    let all = verdicts.replayed.len() + verdicts.left.len();
    console::say(&format!("replayed {} of {all} dead letters", verdicts.replayed.len()))?;
    Ok(())
}

/// Reads the letters into `journal`, tells what became of them and of those decided about `before`,
/// and decides about each.
fn read_again(
    replay: &Replay,
    chosen: Vec<Arc<DeadLetter>>,
    before: Verdicts,
    chats: Vec<ChatTags>,
    journal: &dyn Journal,
    stop: &AtomicBool,
) -> anyhow::Result<Verdicts> {
    let all = chosen.len() + before.replayed.len() + before.left.len();
    let (unfit, fit): (Vec<_>, Vec<_>) =
        chosen.into_iter().partition(|letter| unfit(letter).is_some());
    let mut verdicts = Verdicts::default();
    if !fit.is_empty() {
        let scratch = tempfile::Builder::new().prefix("colloquy-").tempdir()?;
        let plan = FilePlan {
            options: input::read_options(&replay.reading),
            inputs: fit.iter().cloned().map(Input::Letter).collect(),
            chats,
            memory_bytes: input::MEMORY_BYTES,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            scratch: scratch.path().to_owned(),
        };
        let (caught, watch) = (Caught::new(journal), Watch::new());
        let account = run_files(&plan, &caught, &watch, stop)?;
        watch.finish();
        if account.stopped {
            return Err(anyhow!("stopped before the end: every dead letter stays; replay again"));
        }
        console::tell(&console::counts(&account.total))?;
        verdicts = Verdicts::of(&fit, &account, caught.into_letters());
    }
    verdicts.add_unfit(unfit);
    verdicts.replayed.extend(before.replayed);
    verdicts.left.extend(before.left);
    console::print_left(&verdicts.left)?;
    console::say(&format!("replayed {} of {all} dead letters", verdicts.replayed.len()))?;
    Ok(verdicts)
}

/// The posts in a journal of this process.
fn posts(journal: &MemoryJournal) -> anyhow::Result<Vec<Arc<GroundPost>>> {
    let mut posts = Vec::new();
    home::read_topic(journal, Topic::Posts, &mut |entry| {
        if let Content::Record(Record::Post(post)) = entry.content {
            posts.push(post);
        }
    })?;
    Ok(posts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use colloquy_transcript::{Mark, Standing};

    use super::*;

    #[test]
    fn what_was_said_again_since_is_not_appended_again() {
        let journal = MemoryJournal::new(&Settings::default());
        let mark = |source: &str| {
            let standing = Standing::Begun;
            Record::Mark(Mark { partition: 2, source: source.into(), standing, through: 0 })
        };
        let letter = |position| {
            let entry = (Topic::Coverage, 2);
            DeadLetter::of_entry(entry, position, "analyze", "no record".into(), b"x".to_vec())
        };
        journal.append(vec![mark("a"), mark("b")]).unwrap();
        let has_newer = |position, source: &str| {
            let letters = [(Arc::new(letter(position)), mark(source))];
            let newest = Newest::read(&journal, &letters).unwrap();
            newest.is_behind(&letters[0].0, &letters[0].1)
        };
        assert!(has_newer(0, "b"));
        assert!(!has_newer(0, "a"), "it is before the letter");
        assert!(!has_newer(1, "b"));
    }
}
