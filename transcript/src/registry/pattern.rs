//! How a chat labels its questions and answers where it does so in its own way: `Round {n}`.

use std::fmt;

use compact_str::CompactString;

/// Longest pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 60;
/// Stands for the number.
const NUMBER: &str = "{n}";

/// A label of the chat's own: what stands before and after the number. At least one of the two has
/// a letter or a mark, neither has white space around it nor a digit beside the number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LabelPattern {
    /// Before the number, such as `Round`.
    pub prefix: CompactString,
    /// After the number, such as `º desafío`.
    pub suffix: CompactString,
}

impl LabelPattern {
    /// Reads `Round {n}`; the error says what is wrong and what to write.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > PATTERN_BYTES_MAX {
            return Err(format!("{text:?} is longer than {PATTERN_BYTES_MAX} bytes"));
        }
        let wrong = |problem: &str| Err(format!("{text:?} {problem}"));
        let Some((prefix, suffix)) = text.split_once(NUMBER) else {
            return wrong("has no {n}, which stands for the number; write it as \"Round {n}\"");
        };
        if suffix.contains(NUMBER) {
            return wrong("has {n} more than once; a label has one number");
        }
        let (prefix, suffix) = (prefix.trim(), suffix.trim());
        if prefix.is_empty() && suffix.is_empty() {
            return wrong("is any number at all; write what stands beside it, as in \"Round {n}\"");
        }
        let digit = |c: Option<char>| c.is_some_and(char::is_numeric);
        if digit(prefix.chars().next_back()) || digit(suffix.chars().next()) {
            return wrong("has a digit beside {n}, where numbers would run together; drop it");
        }
        Ok(Self { prefix: prefix.into(), suffix: suffix.into() })
    }

    /// Whether both read the same labels: case does not count.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.prefix.to_lowercase() == other.prefix.to_lowercase()
            && self.suffix.to_lowercase() == other.suffix.to_lowercase()
    }
}

impl fmt::Display for LabelPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = |text: &str| if text.is_empty() { "" } else { " " };
        let Self { prefix, suffix } = self;
        write!(f, "{prefix}{}{NUMBER}{}{suffix}", space(prefix), space(suffix))
    }
}
