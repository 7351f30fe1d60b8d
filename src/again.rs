//! What became of letters that were read again. Pure: an account goes in, verdicts come out.

use std::collections::BTreeMap;
use std::sync::Arc;

use colloquy_ingest::decode::class;
use colloquy_ingest::{Account, FileAccount, Format, KEPT_BYTES_MAX, kind};
use colloquy_transcript::DeadLetter;

use crate::command::Exit;
use crate::rejected::{Key, key};

/// The stage of a file that could not be read to its end.
const READ: &str = "read";

/// What is done with each letter.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    /// Read, and their rows decided about.
    pub(crate) replayed: Vec<Arc<DeadLetter>>,
    /// Letters that are other than before: with another reason, or cut out of a larger one.
    pub(crate) changed: Vec<DeadLetter>,
    /// Letters that stay, and why.
    pub(crate) left: Vec<(Arc<DeadLetter>, Left)>,
}

/// Why a letter stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Left {
    /// It was rejected again.
    Rejected(String),
    /// It can be read, and nobody can say here whether it belongs to the chat.
    Untagged,
    /// It does not hold what would have to be read.
    Unfit(&'static str),
}

/// Why a letter cannot be read again, if it cannot.
pub(crate) fn unfit(letter: &DeadLetter) -> Option<&'static str> {
    let cut = letter.bytes.len() >= KEPT_BYTES_MAX
        && [class::UNRECOGNISED, class::TOO_LONG].contains(&letter.class());
    if letter.stage == READ {
        Some("the file could not be read any further there: read the file itself again")
    } else if letter.bytes.is_empty() {
        Some("it holds no bytes")
    } else if cut {
        Some("only its beginning was kept: read the file itself again")
    } else {
        None
    }
}

impl Verdicts {
    /// Decides about `tried`, the inputs of the run that `account` is of; `rejected` is what that
    /// run rejected.
    pub(crate) fn of(
        tried: &[Arc<DeadLetter>],
        account: &Account,
        rejected: Vec<DeadLetter>,
    ) -> Self {
        let mut again: BTreeMap<Key, DeadLetter> =
            rejected.into_iter().map(|letter| (key(&letter), letter)).collect();
        let mut verdicts = Self::default();
        for (letter, file) in tried.iter().zip(&account.files) {
            match again.remove(&key(letter)) {
                Some(new) => verdicts.stays(letter, file, new),
                None if only_untagged(file) => {
                    verdicts.left.push((Arc::clone(letter), Left::Untagged));
                }
                None => verdicts.replayed.push(Arc::clone(letter)),
            }
        }
        // Rows of a larger letter, which stand for themselves from now on.
        for letter in again.into_values() {
            let why = Left::Rejected(letter.reason.clone());
            verdicts.left.push((Arc::new(letter.clone()), why));
            verdicts.changed.push(letter);
        }
        verdicts
    }

    fn stays(&mut self, letter: &Arc<DeadLetter>, file: &FileAccount, new: DeadLetter) {
        self.left.push((Arc::clone(letter), Left::Rejected(new.reason.clone())));
        // A row alone tells less about its format than the file did: the first reason is the
        // better one.
        if file.format == Format::Unrecognised {
            return;
        }
        let context =
            if new.context.is_empty() { letter.context.clone() } else { new.context.clone() };
        let new = DeadLetter { context, ..new };
        if new != **letter {
            self.changed.push(new);
        }
    }

    /// Adds letters that were not tried.
    pub(crate) fn add_unfit(&mut self, letters: Vec<Arc<DeadLetter>>) {
        for letter in letters {
            let why = unfit(&letter).unwrap_or_default();
            self.left.push((letter, Left::Unfit(why)));
        }
    }

    /// Whether any letter is other than before.
    pub(crate) fn changes_anything(&self) -> bool {
        !self.replayed.is_empty() || !self.changed.is_empty()
    }

    /// Done, or done with some left.
    pub(crate) fn exit(&self) -> Exit {
        if self.left.is_empty() { Exit::Done } else { Exit::SomeRejected }
    }
}

/// Whether nothing of a letter was taken, for want of a tag.
fn only_untagged(file: &FileAccount) -> bool {
    let counts = &file.counts;
    counts.accepted + counts.duplicate == 0
        && counts.unrelated.get(kind::NO_TAG).is_some_and(|rows| *rows > 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn letter(position: u64, reason: &str, bytes: &[u8]) -> DeadLetter {
        DeadLetter {
            source: "season.jsonl".into(),
            position,
            stage: "decode".into(),
            reason: reason.to_owned(),
            context: b"id,text\n".to_vec(),
            bytes: bytes.to_vec(),
            digest: 0,
        }
    }

    fn account(formats: &[Format]) -> Account {
        let file = |format: &Format| FileAccount {
            name: "season.jsonl".to_owned(),
            format: *format,
            why: String::new(),
            counts: colloquy_ingest::Counts::default(),
        };
        Account { files: formats.iter().map(file).collect(), ..Account::default() }
    }

    #[test]
    fn what_is_rejected_again_stays_with_the_better_reason() {
        let before = Arc::new(letter(3, "no time: it is empty", b"1,"));
        let new = DeadLetter { context: Vec::new(), ..letter(3, "no id: it is empty", b"1,") };
        let told = |format| {
            Verdicts::of(std::slice::from_ref(&before), &account(&[format]), vec![new.clone()])
        };
        let recognised = told(Format::XV2Flat);
        assert_eq!(
            recognised.changed,
            [letter(3, "no id: it is empty", b"1,")],
            "with its context"
        );
        assert!(recognised.replayed.is_empty() && recognised.exit() == Exit::SomeRejected);
        assert!(told(Format::Unrecognised).changed.is_empty(), "the letter stays as it was");
    }

    #[test]
    fn rows_of_a_letter_that_was_a_whole_file_stand_for_themselves() {
        let whole = Arc::new(letter(1, "unrecognised format: text", b"a\nb\nc"));
        let row = letter(2, "malformed JSON: b", b"b");
        let verdicts =
            Verdicts::of(&[Arc::clone(&whole)], &account(&[Format::XV11]), vec![row.clone()]);
        assert_eq!(verdicts.replayed, [whole]);
        assert_eq!(verdicts.changed, [row]);
        assert_eq!(verdicts.exit(), Exit::SomeRejected);
    }

    #[test]
    fn what_has_no_tag_stays_until_somebody_names_it() {
        let it = Arc::new(letter(1, "truncated JSON: end", b"{}"));
        let mut account = account(&[Format::XV11]);
        account.files[0].counts.unrelated.insert(kind::NO_TAG, 1);
        let verdicts = Verdicts::of(std::slice::from_ref(&it), &account, Vec::new());
        assert_eq!(verdicts.left, [(Arc::clone(&it), Left::Untagged)]);
        account.files[0].counts.accepted = 1;
        assert_eq!(Verdicts::of(&[it], &account, Vec::new()).replayed.len(), 1);
    }

    #[test]
    fn a_beginning_is_no_row() {
        let long = vec![b'x'; KEPT_BYTES_MAX];
        assert!(unfit(&letter(1, "unrecognised format: text", &long)).is_some());
        assert!(unfit(&letter(1, "malformed JSON: x", &long)).is_none());
        assert!(unfit(&letter(1, "truncated JSON: end", b"")).is_some());
        let mut unread = letter(1, "read error: disk", b"{}");
        unread.stage = "read".into();
        assert!(unfit(&unread).is_some());
    }
}
