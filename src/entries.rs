//! Dead letters of the journal's own entries: bytes that were to be a record and were none for the
//! version that met them. Pure.

use colloquy_transcript::{DeadLetter, Record, Topic, wire};

/// What an entry is for this version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Again {
    /// A record, which can be appended as if it had come now.
    Record(Box<Record>),
    /// Still none, and why.
    Unreadable(String),
    /// A record, or perhaps one, that must not be appended again.
    Unfit(&'static str),
}

/// Whether a letter is of an entry, and not of a row of an archive.
pub(crate) fn is_entry(letter: &DeadLetter) -> bool {
    letter.topic_of_entry().is_some()
}

/// Reads an entry once more.
pub(crate) fn again(letter: &DeadLetter) -> Again {
    let Some(topic) = letter.topic_of_entry() else {
        return Again::Unreadable(letter.reason.clone());
    };
    if letter.bytes.is_empty() {
        return Again::Unfit("it holds no bytes");
    }
    if letter.digest != 0 && letter.digest != DeadLetter::digest_of(&letter.bytes) {
        return Again::Unfit("only its beginning was kept: ingest what it came from again");
    }
    if !matches!(topic, Topic::Posts | Topic::Decisions | Topic::Coverage) {
        return Again::Unfit("the analysis makes it anew when its session changes");
    }
    match wire::decode(topic, &letter.bytes) {
        // What a source promised then may not hold now.
        Ok(Record::Mark(_)) => Again::Unfit("it says how far a source was: ingest that again"),
        Ok(record) => Again::Record(Box::new(record)),
        Err(error) => Again::Unreadable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use colloquy_transcript::{Mark, Standing};

    use super::*;

    fn letter(topic: Topic, bytes: Vec<u8>) -> DeadLetter {
        DeadLetter::of_entry((topic, 3), 9, "analyze", "no record".to_owned(), bytes)
    }

    #[test]
    fn an_entry_is_told_from_a_row() {
        let entry = letter(Topic::Posts, Vec::new());
        assert!(is_entry(&entry));
        for source in ["posts/3", "journal:posts/3.jsonl", "journal:notes/3"] {
            assert!(!is_entry(&DeadLetter { source: source.into(), ..entry.clone() }));
        }
    }

    #[test]
    fn what_cannot_be_appended_again_says_why() {
        let unfit = |letter: &DeadLetter| match again(letter) {
            Again::Unfit(why) => why,
            other => panic!("{other:?}"),
        };
        assert!(unfit(&letter(Topic::Posts, Vec::new())).contains("no bytes"));
        let huge = vec![b'x'; DeadLetter::ENTRY_BYTES_MAX + 1];
        assert!(unfit(&letter(Topic::Posts, huge)).contains("beginning"));
        assert!(unfit(&letter(Topic::Sessions, b"{}".to_vec())).contains("anew"));
        let mut bytes = Vec::new();
        let standing = Standing::Ended;
        let mark = Mark { partition: 0, source: "file".into(), standing, through: 7 };
        wire::encode(&Record::Mark(mark), &mut bytes);
        assert!(unfit(&letter(Topic::Coverage, bytes)).contains("how far"));
        let newer = br#"{"v":99,"kind":"post"}"#.to_vec();
        assert!(matches!(again(&letter(Topic::Posts, newer)), Again::Unreadable(_)));
    }
}
