//! The registry: what an organiser says about her chats, in `chats.toml`.
//!
//! ```toml
//! [[chat]]
//! name = "gardenchat"
//! tags = ["gardenchat", "GardenChatUK"]                   # default: the name
//! moderators = ["green_thumb", "@rosa@example.social"]
//! guests = [{ date = "2025-03-05", handles = ["dr_loam"] }]
//! begins = "2024-10-02"                                   # first session ever, if known
//! [chat.schedule]
//! rrule = "FREQ=WEEKLY;BYDAY=WE"                          # iCalendar
//! start = "2024-10-02T20:00"                              # first occurrence, local
//! zone = "Europe/London"                                  # IANA
//! minutes = 60
//! grace_before_minutes = 10                               # default 10
//! grace_after_minutes = 60                                # default 60
//! [[chat.session]]                                        # what is planned for one date
//! date = "2025-03-05"
//! questions = ["What do you sow first?", "Who waters while you are away?"]
//! ```
//!
//! Only the name of a chat must be there; every key stands in the README, and in a commented
//! example in `fixtures/gardenchat/chats.toml`. A file is read in two stages: `raw.rs` knows its
//! shape, `check.rs` makes of it the types here, which cannot hold nonsense. The recurrence
//! rule is checked for its form only; who expands it decides what it means.
//!
//! **Invariant:** reads no file and no clock; zones come from the data compiled in.

mod check;
mod pattern;
mod planned;
mod policy;
mod raw;
mod recurrence;

use compact_str::CompactString;
use jiff::{civil, tz::TimeZone};

use crate::{ChatName, Platform, Tag};

pub use pattern::LabelPattern;
pub use planned::{Planned, PlannedQuestion};
pub use policy::{Policy, Promotion, Weekdays};

/// Minutes before a session's start that still belong to it, where the registry is silent.
const GRACE_BEFORE_MINUTES: u32 = 10;
/// Minutes after a session's end that still belong to it, where the registry is silent.
const GRACE_AFTER_MINUTES: u32 = 60;
/// Longest session and longest grace, in minutes: a week.
const SESSION_MINUTES_MAX: u32 = 7 * 24 * 60;

/// Every chat that is known, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registry {
    /// The chats; no two have the same name, a tag may belong to several.
    pub chats: Vec<Chat>,
}

/// What is known of one chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// Its name.
    pub name: ChatName,
    /// Its hashtags, at least one, none twice.
    pub tags: Vec<Tag>,
    /// Handles of its moderators: lower-cased, without the leading `@`, none twice.
    pub moderators: Vec<CompactString>,
    /// Guests by date, in order of date.
    pub guests: Vec<Guests>,
    /// Local date of its first session ever. Where it is known, first-timers are known from
    /// the start.
    pub begins: Option<civil::Date>,
    /// When it meets; without it, sessions are discovered from the posts.
    pub schedule: Option<Schedule>,
    /// Where it meets, none twice; empty for everywhere.
    pub platforms: Vec<Platform>,
    /// Its main language: a primary tag of BCP 47, lower-cased, such as `es`.
    pub language: Option<CompactString>,
    /// How it labels questions, beside what everybody writes.
    pub question_labels: Vec<LabelPattern>,
    /// How it labels answers, beside what everybody writes.
    pub answer_labels: Vec<LabelPattern>,
    /// What it says to those who promote their own things.
    pub policy: Policy,
    /// What is planned, in order of date, no date twice.
    pub sessions: Vec<Planned>,
}

impl Chat {
    /// A chat of which only this is known.
    pub fn new(name: ChatName, tags: Vec<Tag>) -> Self {
        Self {
            name,
            tags,
            moderators: Vec::new(),
            guests: Vec::new(),
            begins: None,
            schedule: None,
            platforms: Vec::new(),
            language: None,
            question_labels: Vec::new(),
            answer_labels: Vec::new(),
            policy: Policy::default(),
            sessions: Vec::new(),
        }
    }

    /// The zone in which the dates of guests and sessions count: the schedule's, or UTC.
    pub fn zone(&self) -> TimeZone {
        self.schedule.as_ref().map_or(TimeZone::UTC, |schedule| schedule.zone.clone())
    }

    /// What is planned for the session of `date`, local as in [`Chat::zone`].
    pub fn planned(&self, date: civil::Date) -> Option<&Planned> {
        let at = self.sessions.binary_search_by_key(&date, |planned| planned.date).ok()?;
        self.sessions.get(at)
    }
}

/// The guests of one date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guests {
    /// Local date of the session.
    pub date: civil::Date,
    /// Their handles, in the form of [`Chat::moderators`].
    pub handles: Vec<CompactString>,
}

/// When a chat meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// iCalendar recurrence rule without `RRULE:`, upper-case, `FREQ` included; only its form
    /// was checked.
    pub rrule: String,
    /// First occurrence, local.
    pub start: civil::DateTime,
    /// The zone in which the hour is kept.
    pub zone: TimeZone,
    /// The zone's IANA name.
    pub zone_name: String,
    /// Length in minutes, 1 to 10080 (a week).
    pub minutes: u32,
    /// Minutes before the start that still belong to the session, 0 to 10080.
    pub grace_before_minutes: u32,
    /// Minutes after the end that still belong to the session, 0 to 10080.
    pub grace_after_minutes: u32,
}

/// A `chats.toml` that cannot be used; the caller knows the file's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {key}: {problem}")]
pub struct RegistryError {
    /// The line, from 1.
    pub line: usize,
    /// The key's path, such as `chat[0].schedule.zone`; `chats.toml` where no key is concerned.
    pub key: String,
    /// What is wrong and what to write instead.
    pub problem: String,
}

/// Reads the text of a `chats.toml`.
pub fn parse(text: &str) -> Result<Registry, RegistryError> {
    check::registry(raw::read(text)?, &check::Lines(text))
}

impl Registry {
    /// A registry of one chat of which only the tags are known, as `--chat` and `--tag` say it.
    /// Without tags the name is the tag.
    pub fn single(name: ChatName, mut tags: Vec<Tag>) -> Self {
        if tags.is_empty() {
            tags.extend(Tag::new(name.as_str()));
        }
        Self { chats: vec![Chat::new(name, tags)] }
    }

    /// The chat called `name`.
    pub fn chat(&self, name: &ChatName) -> Option<&Chat> {
        self.chats.iter().find(|chat| chat.name == *name)
    }
}

#[cfg(test)]
mod tests;
