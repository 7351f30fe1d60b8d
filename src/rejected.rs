//! Dead letters of a folder or a journal, numbered.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use colloquy_journal::{Content, Journal};
use colloquy_transcript::{CompactString, DeadLetter, Record, Topic, wire};

use crate::home::read_topic;
use crate::input::UsageError;
use crate::{console, letters};

/// Source, position and digest: what a letter is known by. Several rows of one line may be rejected.
pub(crate) type Key = (CompactString, u64, u64);

/// What was rejected, by source and position; the latest record of each counts.
#[derive(Debug, Default)]
pub(crate) struct Rejected {
    pub(crate) letters: BTreeMap<Key, DeadLetter>,
    /// What lies among them and is no letter of a version that this program reads.
    pub(crate) damaged: Vec<Damaged>,
}

/// A line of the file, or a record of the journal, that cannot be read.
#[derive(Debug)]
pub(crate) struct Damaged {
    pub(crate) place: String,
    pub(crate) why: String,
    pub(crate) bytes: Vec<u8>,
}

/// The key of a letter.
pub(crate) fn key(letter: &DeadLetter) -> Key {
    let digest = match letter.digest {
        0 if !letter.bytes.is_empty() => DeadLetter::digest_of(&letter.bytes),
        digest => digest,
    };
    (letter.source.clone(), letter.position, digest)
}

impl Rejected {
    /// Those that a folder keeps; none where it has no such file.
    pub(crate) fn of_folder(out: &Path) -> anyhow::Result<Self> {
        let path = letters::path(out);
        let mut rejected = Self::default();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(rejected),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        // By bytes and not by text: a damaged line need not be UTF-8.
        for (number, line) in (1_u64..).zip(BufReader::new(file).split(b'\n')) {
            let bytes = line.with_context(|| format!("reading {}", path.display()))?;
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            match wire::decode(Topic::DeadLetters, &bytes) {
                Ok(record) => rejected.take(record),
                Err(error) => {
                    let place = format!("{} line {number}", path.display());
                    rejected.damaged.push(Damaged { place, why: error.to_string(), bytes });
                }
            }
        }
        Ok(rejected)
    }

    /// Those in a journal.
    pub(crate) fn of_journal(journal: &dyn Journal) -> anyhow::Result<Self> {
        let mut rejected = Self::default();
        read_topic(journal, Topic::DeadLetters, &mut |entry| match entry.content {
            Content::Record(record) => rejected.take(record),
            Content::Unreadable { bytes, reason } => {
                let place = format!(
                    "{} partition {} position {}",
                    entry.at.topic.as_str(),
                    entry.at.partition,
                    entry.position
                );
                rejected.damaged.push(Damaged { place, why: reason, bytes });
            }
        })?;
        Ok(rejected)
    }

    fn take(&mut self, record: Record) {
        if let Record::DeadLetter(letter) = record {
            self.letters.insert(key(&letter), letter);
        }
    }

    /// All letters with their numbers, in order of source and position.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (usize, &DeadLetter)> {
        (1..).zip(self.letters.values())
    }

    /// The letter that a user means: its number, or its source and line.
    pub(crate) fn find(&self, typed: &str) -> anyhow::Result<&DeadLetter> {
        let by_number = || {
            let number: usize = typed.parse().ok()?;
            self.letters.values().nth(number.checked_sub(1)?)
        };
        let by_place = || {
            let (source, line) = typed.rsplit_once(':')?;
            let line = line.parse().ok()?;
            let of_line = (source.into(), line, 0)..=(source.into(), line, u64::MAX);
            let mut letters = self.letters.range(of_line).map(|(_, letter)| letter);
            // Of several only the number in the list tells which one.
            letters.next().filter(|_| letters.next().is_none())
        };
        by_number().or_else(by_place).ok_or_else(|| {
            UsageError(format!(
                "there is no dead letter {typed}: name one by its number in colloquy dead-letters \
                 list, or as SOURCE:LINE where only one row of the line was rejected"
            ))
            .into()
        })
    }
}

/// What is left of a letter that is done: its posts are in the journal, or nobody wants it.
pub(crate) fn stub(letter: &DeadLetter, stage: &str) -> DeadLetter {
    DeadLetter {
        source: letter.source.clone(),
        position: letter.position,
        stage: stage.into(),
        // Without the detail, which may quote the input.
        reason: letter.class().to_owned(),
        context: Vec::new(),
        bytes: Vec::new(),
        digest: key(letter).2,
    }
}

/// The letters that are meant, each once: those of `keys`, or all that are not done. Says which were
/// done before.
pub(crate) fn chosen(
    keys: &[String],
    all: bool,
    rejected: &Rejected,
) -> anyhow::Result<Vec<Arc<DeadLetter>>> {
    let mut chosen: Vec<&DeadLetter> = if all {
        rejected.letters.values().filter(|letter| !letter.is_done()).collect()
    } else {
        keys.iter().map(|key| rejected.find(key)).collect::<Result<_, _>>()?
    };
    chosen.sort_by_key(|letter| key(letter));
    chosen.dedup();
    let is_stub = |letter: &&DeadLetter| letter.is_done() && letter.bytes.is_empty();
    for letter in chosen.iter().filter(|letter| is_stub(letter)) {
        console::tell(&format!(
            "{} line {} was {} before",
            console::clean(&letter.source),
            letter.position,
            letter.stage
        ))?;
    }
    Ok(chosen.into_iter().filter(|letter| !is_stub(letter)).cloned().map(Arc::new).collect())
}
