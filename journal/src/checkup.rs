//! What is well with a journal, and what is not: found out without changing it.

use crate::{JournalUrl, Settings, embedded, kafka};

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not work, or loses something.
    Failure,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// How well it is.
    pub verdict: Verdict,
    /// What was found, and what it means.
    pub told: String,
    /// What to do; empty where nothing is to be done.
    pub hint: String,
}

impl Finding {
    /// As it should be.
    pub fn fine(what: impl Into<String>, told: impl Into<String>) -> Self {
        Self::new(Verdict::Fine, what, told, "")
    }

    /// It works, and somebody should look at it.
    pub fn warning(
        what: impl Into<String>,
        told: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::new(Verdict::Warning, what, told, hint)
    }

    /// It does not work, or loses something.
    pub fn failure(
        what: impl Into<String>,
        told: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::new(Verdict::Failure, what, told, hint)
    }

    /// With that verdict.
    pub fn new(
        verdict: Verdict,
        what: impl Into<String>,
        told: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { what: what.into(), verdict, told: told.into(), hint: hint.into() }
    }
}

/// What was found out about a journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkup {
    /// Everything that was looked at.
    pub findings: Vec<Finding>,
    /// Whether it is there, whole, and can be opened without making anything.
    pub is_usable: bool,
}

/// Looks at the journal that `url` names; `groups` are those whose members are to be at work. A
/// journal that is not there is not made.
pub fn examine(url: &JournalUrl, settings: &Settings, groups: &[&str]) -> Checkup {
    match url {
        JournalUrl::Memory => Checkup {
            findings: vec![Finding::fine("journal", "memory: it lives as long as its process")],
            is_usable: false,
        },
        JournalUrl::Sqlite(path) => embedded::checkup::examine(path, groups),
        JournalUrl::Kafka(brokers) => kafka::checkup::examine(brokers, settings, groups),
    }
}

/// How far a group is: `left` positions behind, with so many members.
pub(crate) fn group(name: &str, members: usize, left: Option<u64>) -> Finding {
    let what = format!("group {name}");
    let members_told = match members {
        0 => "nobody is at work".to_owned(),
        1 => "1 member".to_owned(),
        many => format!("{many} members"),
    };
    match (left, members) {
        (None, _) => Finding::fine(what, format!("{members_told}; it has committed nothing yet")),
        (Some(0), _) => Finding::fine(what, format!("{members_told}; everything is taken in")),
        (Some(left), 0) => Finding::warning(
            what,
            format!("{members_told}, and {left} positions are not taken in"),
            format!("start colloquy {name}"),
        ),
        (Some(left), _) => {
            Finding::fine(what, format!("{members_told}; {left} positions are not taken in yet"))
        }
    }
}
