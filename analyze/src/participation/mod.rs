//! Participation of a meeting, computed with polars.
//!
//! What each figure counts stands in [`colloquy_transcript::measure`]; flagged posts are left out
//! before anything is counted. A class is the highest that applies: answerer, talker, amplifier.

mod concentration;
mod frame;
#[cfg(test)]
mod tests;

#[cfg(doc)]
use colloquy_transcript::{Attendance, Participation, SessionRecord};
use colloquy_transcript::{Class, CompactString, Role, Timestamp};

use crate::seen::Room;

pub use concentration::{gini, top_tenth_share};

/// A post that counts.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Index in the room.
    pub post: usize,
    /// Author index.
    pub author: u32,
    /// Its role.
    pub role: Role,
    /// Index of its question.
    pub question: Option<usize>,
    /// Author of the post it replies to.
    pub replies_to: Option<u32>,
    /// Author of the post it passes on.
    pub reposts_of: Option<u32>,
}

/// What was measured of a meeting.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// By question, in order.
    pub questions: Vec<OfQuestion>,
    /// By participant.
    pub people: Vec<OfPerson>,
    /// [`SessionRecord::peak_posts_per_minute`].
    pub peak_per_minute: u64,
}

/// What was measured of a question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OfQuestion {
    /// [`Participation::answers`].
    pub answers: u64,
    /// [`Participation::answerers`], by author index, rising.
    pub answerers: Vec<u32>,
    /// [`Participation::talkers`].
    pub talkers: u64,
    /// [`Participation::amplifiers`].
    pub amplifiers: u64,
    /// [`Participation::first_answer_s`].
    pub first_answer_s: Option<f64>,
    /// [`Participation::median_response_s`].
    pub median_response_s: Option<f64>,
    /// [`Participation::p90_response_s`].
    pub p90_response_s: Option<f64>,
    /// [`Participation::replies`].
    pub replies: u64,
    /// [`Participation::reposts`].
    pub reposts: u64,
    /// [`Participation::likes`].
    pub likes: Option<u64>,
}

/// What was measured of a participant.
#[derive(Debug, Clone, PartialEq)]
pub struct OfPerson {
    /// Author index.
    pub author: u32,
    /// Latest handle.
    pub handle: Option<CompactString>,
    /// The class.
    pub class: Class,
    /// [`Attendance::posts`].
    pub posts: u64,
    /// Posts with words of their own.
    pub originals: u64,
    /// [`Attendance::answers`].
    pub answers: u64,
    /// [`Attendance::questions_answered`].
    pub questions_answered: u64,
    /// [`Attendance::replies_given`].
    pub replies_given: u64,
    /// [`Attendance::replies_received`].
    pub replies_received: u64,
    /// [`Attendance::mentions_received`].
    pub mentions_received: u64,
    /// [`Attendance::reposts_received`].
    pub reposts_received: u64,
}

impl OfPerson {
    /// Whether the person wrote anything: amplifiers are no participants.
    pub fn participates(&self) -> bool {
        self.class != Class::Amplifier
    }
}

/// Measures a meeting. `rows` are its posts that count, in order; `asked_at` are the first askings,
/// in order of the questions.
pub fn measure(room: &Room<'_>, rows: &[Row], asked_at: &[Timestamp]) -> Measured {
    let peak_per_minute = peak_per_minute(room);
    let unmeasured = || (vec![OfQuestion::default(); asked_at.len()], Vec::new());
    let measured =
        if rows.is_empty() { Ok(unmeasured()) } else { frame::measure(room, rows, asked_at) };
    let (questions, people) = measured.unwrap_or_else(|error| {
        // The frame is built from our own columns, so a refusal is a bug, never the data's fault.
        debug_assert!(false, "participation could not be computed: {error}");
        tracing::error!(%error, "participation could not be computed");
        unmeasured()
    });
    Measured { questions, people, peak_per_minute }
}

/// Most posts with words of their own in one clock minute. Flagged ones count, as they do among
/// the session's originals: the room had to read them too.
fn peak_per_minute(room: &Room<'_>) -> u64 {
    const MICROS_PER_MINUTE: i64 = 60_000_000;
    let originals = room.posts.iter().filter(|seen| seen.post().is_original());
    let minutes = originals.map(|seen| seen.at().as_microsecond().div_euclid(MICROS_PER_MINUTE));
    let (mut most, mut running, mut current) = (0, 0, None);
    // Posts come in the order of time, so those of a minute stand together.
    for minute in minutes {
        running = if current == Some(minute) { running + 1 } else { 1 };
        current = Some(minute);
        most = most.max(running);
    }
    most
}
