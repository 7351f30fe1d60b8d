//! How well a lake agrees with an answer key that somebody made by reading.
//!
//! Two kinds of key: [`SessionsKey`] (when meetings were, who led them, what was asked) and
//! [`AnswersKey`] (what each post of a meeting is). Both formats are described with their types.
//! Reading is in `read`, everything else is pure. A figure is always a count of so many, never a
//! percentage alone.

mod answers;
mod key;
mod read;
mod sessions;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use answers::{Confusion, OfAnswers, answers};
pub use key::{AnswersKey, KeyError, KeyedPost, KeyedQuestion, KeyedSession, Person, SessionsKey};
pub use read::{Lake, LakePost, LakeQuestion, LakeSession};
pub use sessions::{OfSessions, sessions};

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Those that are right.
    pub right: usize,
    /// All.
    pub of: usize,
}

impl Share {
    /// Counts one more.
    fn count(&mut self, right: bool) {
        self.of += 1;
        self.right += usize::from(right);
    }

    /// Adds another share.
    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.of += other.of;
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { right, of } = *self;
        match of {
            0 => write!(out, "none"),
            _ => write!(out, "{right} of {of} ({:.3})", right as f64 / of as f64),
        }
    }
}

/// A text cut to one line of about seventy characters.
fn short(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(70) {
        Some((cut, _)) => format!("{} …", &line[..cut]),
        None => line,
    }
}
