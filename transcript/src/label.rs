//! The labels by which a room keeps its questions apart: `Q1`, `A1`.
//!
//! This module only reads what is written. Whether a `Q3` asks anything (it may be the quarter,
//! or a participant's answer) is decided in the analysis, from who wrote it and what the room did.

use std::sync::LazyLock;

use compact_str::{CompactString, format_compact};
use regex::Regex;

/// Highest number that counts as a question's; a chat has a handful, `A50` is a road.
const NUMBER_MAX: u16 = 30;

/// What a label announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LabelKind {
    /// `Q1`, `Question 1`.
    Question,
    /// `A1`, `Answer 1`.
    Answer,
}

/// One label in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// Question or answer.
    pub kind: LabelKind,
    /// The number, 1 to 30.
    pub number: u16,
    /// The digit of `Q1.5`.
    pub fraction: Option<u8>,
    /// Whether it opens the text, after mentions, tags and quotation marks.
    pub leading: bool,
    /// First byte of the label.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

impl Label {
    /// The name of the question it speaks of: `Q1`, `Q1.5`.
    pub fn question(&self) -> CompactString {
        match self.fraction {
            Some(fraction) => format_compact!("Q{}.{fraction}", self.number),
            None => format_compact!("Q{}", self.number),
        }
    }
}

/// Reads the labels of `text` in order. In the middle of a text only the upper-case form without
/// a space counts (`… here it comes: Q2 …`), since `a 5 minute break` is no answer.
pub fn labels(text: &str) -> Vec<Label> {
    // Most posts have none: no digit, no label.
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let opening = opening(text);
    let mut found: Vec<Label> = Vec::new();
    for captures in LABEL.captures_iter(text) {
        let (Some(word), Some(number)) = (captures.name("word"), captures.name("number")) else {
            continue;
        };
        let start = captures.name("hash").map_or(word.start(), |hash| hash.start());
        let gap = captures.name("gap").map_or("", |gap| gap.as_str());
        let leading = start <= opening && found.is_empty();
        let whole_word = word.as_str().len() > 1;
        let upper = word.as_str().starts_with(|first: char| first.is_ascii_uppercase());
        if !leading && !whole_word && (!upper || !gap.is_empty()) {
            continue;
        }
        let Some(label) =
            checked(text, word.as_str(), number.as_str(), start, number.end(), leading)
        else {
            continue;
        };
        found.push(label);
        continue_list(text, label, &mut found);
    }
    found.dedup_by(|later, earlier| later.start < earlier.end);
    found
}

/// Where the text proper begins: after `RT @x:`, mentions, tags, quotation marks and dots.
pub fn opening(text: &str) -> usize {
    OPENING.find(text).map_or(0, |found| found.end())
}

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
        (?:^|[^\w@/&=\#.-]|(?P<hash>\#))
        (?P<word>question|answer|q|a)
        (?P<gap>\s?[.:\#-]?\s?)
        (?P<number>\d{1,2})",
    )
    .expect("the pattern of labels is well formed")
});

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:(?i:RT|MT)\b[\s:]*|[.\s"'“”‘’>*\-–—]+|@[\w.@-]+:?|#[\p{L}_]\w*\b)*"#)
        .expect("the pattern of openings is well formed")
});

/// Checks number and surroundings of a match, and reads `.5` and the letter of `1a`.
fn checked(
    text: &str,
    word: &str,
    number: &str,
    start: usize,
    mut end: usize,
    leading: bool,
) -> Option<Label> {
    let number: u16 = number.parse().ok()?;
    if number == 0 || number > NUMBER_MAX {
        return None;
    }
    let kind = match word.as_bytes().first()?.to_ascii_lowercase() {
        b'q' => LabelKind::Question,
        _ => LabelKind::Answer,
    };
    let bytes = text.as_bytes();
    let mut fraction = None;
    if let (Some(b'.'), Some(digit @ b'1'..=b'9')) = (bytes.get(end), bytes.get(end + 1))
        && !bytes.get(end + 2).is_some_and(u8::is_ascii_digit)
    {
        fraction = Some(digit - b'0');
        end += 2;
    } else if bytes.get(end).is_some_and(|byte| matches!(byte.to_ascii_lowercase(), b'a'..=b'f')) {
        end += 1;
    }
    let next = text.get(end..)?.chars().next();
    let closed =
        next.is_none_or(|next| !next.is_alphanumeric() && !matches!(next, '_' | '%' | '@'));
    closed.then_some(Label { kind, number, fraction, leading, start, end })
}

/// Reads the rest of `A1/2`, `A1&A2`, `A1 + 2`: numbers that follow a label closely.
fn continue_list(text: &str, first: Label, found: &mut Vec<Label>) {
    let mut end = first.end;
    while let Some(captures) = text.get(end..).and_then(|rest| CONTINUED.captures(rest)) {
        let Some(digits) = captures.get(1) else { return };
        let Ok(number) = digits.as_str().parse() else { return };
        if number == 0 || number > NUMBER_MAX {
            return;
        }
        let start = end + digits.start();
        end += digits.end();
        found.push(Label { number, fraction: None, start, end, ..first });
    }
}

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static CONTINUED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s?[/&+]\s?[aq]?(\d{1,2})(?:[^\w/]|$)")
        .expect("the pattern of lists is well formed")
});

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        labels(text)
            .iter()
            .map(|label| {
                let kind = if label.kind == LabelKind::Question { "Q" } else { "A" };
                let lead = if label.leading { "" } else { "~" };
                let fraction = label.fraction.map(|digit| format!(".{digit}")).unwrap_or_default();
                format!("{lead}{kind}{}{fraction}", label.number)
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn labels_are_read() {
        for (text, expected) in [
            ("Q1: What do you sow first?", "Q1"),
            ("q1. what", "Q1"),
            ("Q 1 what", "Q1"),
            ("#Q2 what", "Q2"),
            ("Question 3: what", "Q3"),
            ("Q1a what", "Q1"),
            ("Q1.5 and what else?", "Q1.5"),
            ("#gardenchat Q4) what", "Q4"),
            ("Ready? Here it comes: Q2 What", "~Q2"),
            ("A1: beans", "A1"),
            ("A1) beans", "A1"),
            ("A1- beans", "A1"),
            ("a1 beans", "A1"),
            ("A.1 beans", "A1"),
            ("A 1 beans", "A1"),
            ("A1#gardenchat beans", "A1"),
            ("@rosa @fern_b A2: beans", "A2"),
            (".@rosa A2 beans", "A2"),
            ("RT @rosa: Q1: What", "Q1"),
            ("A1/2 beans", "A1 A2"),
            ("A1 & 2: beans", "A1 A2"),
            ("A1&A2 beans", "A1 A2"),
            ("“A3 beans”", "A3"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn lookalikes_are_not() {
        for text in [
            "take a 5 minute break",
            "beans",
            "the A50 is closed",
            "see example.org/q16",
            "@a1 hello",
            "Q10% off",
            "Q2nd",
            "vitamin-A1",
            "a100",
            "#A1garden",
            "Q0",
        ] {
            assert_eq!(read(text), "", "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,80}") {
            for label in labels(&text) {
                proptest::prop_assert!(text.get(label.start..label.end).is_some());
            }
        }
    }
}
