//! `colloquy dead-letters list`, `show` and `drop`: what was rejected, whole.

use std::io::Write as _;

use anyhow::Context as _;
use colloquy_report::rejected::{self as table, Row};
use colloquy_transcript::{DeadLetter, Record};

use super::Exit;
use crate::cli::{Discard, List, Show};
use crate::home::Home;
use crate::rejected::{Rejected, chosen, key, stub};
use crate::{console, letters};

/// Prints a table, or one JSON object a line.
pub(super) fn list(list: &List) -> anyhow::Result<Exit> {
    let home = Home::existing(&list.home)?;
    let rejected = load(&home)?;
    let holds = |text: &str, part: &Option<String>| {
        part.as_ref().is_none_or(|part| text.contains(part.as_str()))
    };
    let rows: Vec<Row<'_>> = rejected
        .numbered()
        .filter(|(_, letter)| list.all || !letter.is_done())
        .filter(|(_, it)| holds(&it.source, &list.source) && holds(&it.reason, &list.reason))
        .map(|(number, letter)| Row { number, letter })
        .collect();
    if list.json {
        for row in &rows {
            console::say(&json(row).to_string())?;
        }
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        console::tell(&nothing(&home, &rejected))?;
        return Ok(Exit::Done);
    }
    console::say(table::letters(&rows, console::width()).trim_end())?;
    Ok(Exit::Done)
}

/// Why the list is empty.
fn nothing(home: &Home, rejected: &Rejected) -> String {
    let place = match home {
        Home::Folder(out) => out.display().to_string(),
        Home::Journal(at) => at.url.to_string(),
    };
    match rejected.letters.len() {
        0 => format!("no dead letters in {place}"),
        all => format!(
            "none of the {all} dead letters in {place} to list; --all lists replayed and dropped ones too"
        ),
    }
}

fn json(row: &Row<'_>) -> serde_json::Value {
    let Row { number, letter } = row;
    serde_json::json!({
        "number": number,
        "source": letter.source.as_str(),
        "line": letter.position,
        "stage": letter.stage.as_str(),
        "class": letter.class(),
        "reason": letter.reason,
        "bytes": letter.bytes.len(),
        "context_bytes": letter.context.len(),
        "replayed": letter.stage == DeadLetter::REPLAYED,
        "dropped": letter.stage == DeadLetter::DROPPED,
    })
}

/// Prints the original bytes, and on standard error what they are.
pub(super) fn show(show: &Show) -> anyhow::Result<Exit> {
    let rejected = load(&Home::existing(&show.home)?)?;
    let DeadLetter { source, position, stage, reason, context, bytes, digest: _ } =
        rejected.find(&show.key)?;
    console::tell(&format!("source  {}", console::clean(source)))?;
    console::tell(&format!("line    {position}"))?;
    console::tell(&format!("stage   {stage}"))?;
    console::tell(&format!("reason  {}", console::clean(reason)))?;
    if !context.is_empty() {
        console::tell(&format!(
            "bytes   {} after {} of context, which are not the row's own",
            bytes.len(),
            context.len()
        ))?;
    } else if stage == DeadLetter::DROPPED {
        console::tell("bytes   none: it was dropped")?;
    } else if bytes.is_empty() && stage == DeadLetter::REPLAYED {
        console::tell("bytes   none: what was replayed in a journal is not kept twice")?;
    } else {
        console::tell(&format!("bytes   {}", bytes.len()))?;
    }
    let mut out = std::io::stdout();
    out.write_all(context)
        .and_then(|()| out.write_all(bytes))
        .and_then(|()| out.flush())
        .context("writing to standard output")?;
    Ok(Exit::Done)
}

/// Takes the bytes of letters away; they are listed no more.
pub(super) fn discard(discard: &Discard) -> anyhow::Result<Exit> {
    let home = Home::existing(&discard.home)?;
    let mut rejected = load(&home)?;
    let dropped: Vec<DeadLetter> = chosen(&discard.keys, discard.all, &rejected)?
        .iter()
        .map(|letter| stub(letter, DeadLetter::DROPPED))
        .collect();
    if dropped.is_empty() {
        console::tell("no dead letter to drop")?;
        return Ok(Exit::Done);
    }
    let count = dropped.len();
    match &home {
        Home::Folder(out) => {
            for letter in dropped {
                rejected.letters.insert(key(&letter), letter);
            }
            letters::rewrite(out, rejected)?;
        }
        Home::Journal(at) => {
            at.open()?.append(dropped.into_iter().map(Record::DeadLetter).collect())?;
        }
    }
    console::say(&format!("dropped {count} dead letters"))?;
    Ok(Exit::Done)
}

/// Reads the letters and says what lies damaged among them.
fn load(home: &Home) -> anyhow::Result<Rejected> {
    let rejected = match home {
        Home::Folder(out) => Rejected::of_folder(out)?,
        Home::Journal(at) => Rejected::of_journal(at.open()?.as_ref())?,
    };
    console::tell_damaged(&rejected.damaged)?;
    Ok(rejected)
}
