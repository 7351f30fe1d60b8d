//! The labels by which a room keeps its questions apart: `Q1`, `A1`, `P1`, `R1`, `Final Q`.
//!
//! This module only reads what is written. Whether a `Q3` asks anything (it may be the quarter,
//! or a participant's answer) is decided in the analysis, from who wrote it and what the room did.

mod fold;
mod languages;
mod odd;
mod opening;
mod own;
mod scan;
mod spelled;
#[cfg(test)]
mod tests;

use compact_str::{CompactString, format_compact};

pub use languages::{LANGUAGES, Language};
pub use opening::{opening, own_words};
pub use own::OwnLabels;
pub use scan::labels;

/// Highest number that counts as a question's; a chat has a handful, `A50` is a road.
pub const NUMBER_MAX: u16 = 30;

/// What a label announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LabelKind {
    /// `Q1`, `Question 1`.
    Question,
    /// `A1`, `Answer 1`.
    Answer,
}

/// The words that a room labels with: English, and at most one other row of [`LANGUAGES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Convention {
    rows: u32,
    bare: bool,
}

impl Convention {
    /// `Q1` and `A1` alone.
    pub const ENGLISH: Self = Self { rows: 1, bare: false };
    /// Numbers without a word: the host writes `1.`, and so does the room.
    pub const BARE: Self = Self { rows: 1, bare: true };

    /// English, and this row of [`LANGUAGES`] beside it.
    pub fn with(row: usize) -> Self {
        Self { rows: 1 | bit(row), bare: false }
    }

    /// Whether numbers without a word count.
    pub fn is_bare(self) -> bool {
        self.bare
    }
}

/// The bit of a row of [`LANGUAGES`], which has fewer than 32.
fn bit(row: usize) -> u32 {
    u32::try_from(row).ok().and_then(|row| 1_u32.checked_shl(row)).unwrap_or(0)
}

/// The number of a question: `1`, `1a`, `1.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Number {
    /// `1`, at most [`NUMBER_MAX`]; 0 is the question to warm up with.
    pub whole: u16,
    /// `a` or `.5`.
    pub part: Part,
}

impl Number {
    /// A whole number.
    pub fn whole(whole: u16) -> Self {
        Self { whole, part: Part::None }
    }

    /// The label of the question with this number: `Q1`, `Q1a`, `Q1.5`, in every language.
    pub fn label(self) -> CompactString {
        match self.part {
            Part::None => format_compact!("Q{}", self.whole),
            Part::Letter(letter) => format_compact!("Q{}{}", self.whole, char::from(letter)),
            Part::Fraction(digit) => format_compact!("Q{}.{digit}", self.whole),
        }
    }

    /// Reads a label as [`Number::label`] writes it, or as people do: `q3`, `Q1a`, `P2`, `4`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bare = text.chars().all(|c| c.is_ascii_digit());
        let labelled = if bare { format!("Q{text}") } else { text.to_owned() };
        let found = labels(&labelled);
        let [label] = found.as_slice() else { return None };
        match label.key {
            Key::Number(number) if label.end == labelled.len() => Some(number),
            _ => None,
        }
    }
}

/// What follows the whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Nothing.
    None,
    /// The letter of `1a`, in lower case.
    Letter(u8),
    /// The digit of `1.5`.
    Fraction(u8),
}

/// Which question a label speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// The one with this number.
    Number(Number),
    /// The last one, which has none: `Final Q`.
    Last,
}

/// Where a label stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// It opens the text, after mentions, tags and quotation marks.
    Opening,
    /// It opens a further line.
    Line,
    /// It closes the text, before tags and links.
    Closing,
    /// In the middle.
    Middle,
}

/// One label in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// Which question it speaks of.
    pub key: Key,
    /// Where it stands.
    pub place: Place,
    /// First byte of the label.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// Rows of [`LANGUAGES`] in which its word announces a question …
    question_in: u32,
    /// … and an answer; neither for a number without a word.
    answer_in: u32,
    /// A slip of the finger: `S2:` beside `A2`.
    slip: Option<LabelKind>,
}

impl Label {
    /// A label that every room of the chat understands.
    fn of(kind: LabelKind, key: Key, place: Place, range: std::ops::Range<usize>) -> Self {
        let (question_in, answer_in) = match kind {
            LabelKind::Question => (1, 0),
            LabelKind::Answer => (0, 1),
        };
        let (start, end) = (range.start, range.end);
        Self { key, place, start, end, question_in, answer_in, slip: None }
    }

    /// What it announces in a room with this convention.
    pub fn kind(&self, convention: Convention) -> Option<LabelKind> {
        // English first: a letter that two languages share means what it means in English.
        for rows in [1, convention.rows & !1] {
            if self.question_in & rows != 0 {
                return Some(LabelKind::Question);
            }
            if self.answer_in & rows != 0 {
                return Some(LabelKind::Answer);
            }
        }
        None
    }

    /// Whether some room could mean a question by it.
    pub fn may_ask(&self) -> bool {
        self.question_in != 0 || self.is_bare()
    }

    /// Whether this row of [`LANGUAGES`] knows it as a question's or an answer's.
    pub fn in_row(&self, row: usize) -> Option<LabelKind> {
        if self.question_in & bit(row) != 0 {
            Some(LabelKind::Question)
        } else if self.answer_in & bit(row) != 0 {
            Some(LabelKind::Answer)
        } else {
            None
        }
    }

    /// Whether only languages other than English know its word.
    pub fn is_foreign(&self) -> bool {
        !self.is_bare() && (self.question_in | self.answer_in) & 1 == 0
    }

    /// Whether it is a number without a word.
    pub fn is_bare(&self) -> bool {
        self.question_in == 0 && self.answer_in == 0
    }

    /// What was probably meant, where the finger hit the key beside.
    pub fn slip(&self) -> Option<LabelKind> {
        self.slip
    }

    /// Whether it opens the text or a line of it.
    pub fn leads(&self) -> bool {
        matches!(self.place, Place::Opening | Place::Line)
    }

    /// The number, unless it is the last question's.
    pub fn number(&self) -> Option<Number> {
        match self.key {
            Key::Number(number) => Some(number),
            Key::Last => None,
        }
    }
}
