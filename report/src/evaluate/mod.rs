//! How well a lake agrees with an answer key that somebody made by reading.
//!
//! Two kinds of key: [`SessionsKey`] (when meetings were, who led them, what was asked) and
//! [`AnswersKey`] (what each post of a meeting is). Both formats are described with their types, what
//! each figure counts with [`OfSessions`] and [`OfAnswers`]. Only `read` and `rows` touch files; the
//! rest is pure. A figure is always a count of so many, never a percentage alone.

mod answers;
mod key;
mod pair;
mod people;
mod read;
pub(crate) mod rows;
mod sessions;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeSet;

use colloquy_transcript::Platform;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

pub use answers::{Confusion, OfAnswers, answers};
pub use key::{AnswersKey, KeyError, KeyedPost, KeyedQuestion, KeyedSession, SessionsKey};
pub use people::Person;
pub use read::{Lake, LakeError, LakePost, LakeQuestion, LakeSession};
pub(crate) use read::{has_chat, place};
pub use sessions::{Extra, Meeting, OfSessions, Outcome, sessions};

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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

    /// The quotient; of nothing there is none.
    pub fn quotient(self) -> Option<f64> {
        (self.of > 0).then(|| self.right as f64 / self.of as f64)
    }
}

impl std::ops::AddAssign for Share {
    fn add_assign(&mut self, other: Self) {
        self.right += other.right;
        self.of += other.of;
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.quotient() {
            Some(quotient) => out.pad(&format!("{} of {} ({quotient:.3})", self.right, self.of)),
            None => out.pad("none"),
        }
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = to.serialize_struct("Share", 3)?;
        fields.serialize_field("right", &self.right)?;
        fields.serialize_field("of", &self.of)?;
        fields.serialize_field("share", &self.quotient())?;
        fields.end()
    }
}

/// Where key and lake differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Miss {
    /// The keyed session; none where the key is of posts.
    pub session: Option<String>,
    /// What the key says.
    pub expected: String,
    /// What the lake says.
    pub found: String,
    /// The platform's id of the post, where it is about one.
    pub post_id: Option<String>,
    /// The beginning of the post's text, where the lake has it.
    pub text: Option<String>,
}

/// An id without the name of its platform, in a key as in a lake; keys may leave the platform out.
pub(crate) fn bare(id: &str) -> &str {
    let platforms = [Platform::X, Platform::Mastodon, Platform::Bluesky, Platform::Other];
    match id.split_once(':') {
        Some((first, rest)) if platforms.iter().any(|it| it.as_str() == first) => rest,
        _ => id,
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

/// Ids of posts.
type Ids = BTreeSet<String>;
