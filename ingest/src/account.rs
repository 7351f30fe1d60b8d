//! The account of every row: received = accepted + unrelated + duplicate + rejected.

use std::collections::BTreeMap;

use crate::decode::Format;

/// Rejections that an account names one by one; all of them are in the dead letters.
pub const REJECTIONS_NAMED_MAX: usize = 20;

/// Kinds of unrelated rows.
pub mod kind {
    /// No chat's tag, and no tie to a post that has one.
    pub const NO_TAG: &str = "no tag";
    /// A chat's tag, on a platform on which that chat does not meet.
    pub const OTHER_PLATFORM: &str = "other platform";
    /// An empty line.
    pub const KEEP_ALIVE: &str = "keep-alive";
    /// The event that a post or another record was deleted.
    pub const DELETION: &str = "deletion";
    /// A post that a deletion in the same input names.
    pub const DELETED: &str = "deleted";
    /// A post of a protected account, or one not meant for everybody.
    pub const NOT_PUBLIC: &str = "not public";
    /// An answer of an API without posts.
    pub const EMPTY_PAGE: &str = "empty page";
    /// What a stream says about itself (limits, warnings, disconnects).
    pub const STREAM_MESSAGE: &str = "stream message";
    /// A like.
    pub const LIKE: &str = "like";
    /// A repost as an event of its own.
    pub const REPOST: &str = "repost";
    /// A follow.
    pub const FOLLOW: &str = "follow";
    /// A block.
    pub const BLOCK: &str = "block";
    /// A profile.
    pub const PROFILE: &str = "profile";
    /// Any other record of a repository.
    pub const OTHER_RECORD: &str = "other record";
    /// A change of handle.
    pub const IDENTITY: &str = "identity";
    /// A change of an account's state.
    pub const ACCOUNT: &str = "account";
    /// A row of a table with nothing in it.
    pub const EMPTY_ROW: &str = "empty row";
    /// A header in the middle of a table.
    pub const HEADER: &str = "header";
    /// Words of a transcript around its posts.
    pub const PROSE: &str = "prose";
    /// A post that the platform showed for money.
    pub const ADVERTISEMENT: &str = "advertisement";
    /// Another part of an account's archive.
    pub const ARCHIVE_PART: &str = "other part of an archive";
    /// Any other event of a stream.
    pub const OTHER_EVENT: &str = "other event";
}

/// What became of a number of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that came in: posts, events, keep-alives and whatever could not be read.
    pub received: u64,
    /// Posts that belong to a chat.
    pub accepted: u64,
    /// Rows that belong to none, by kind (see [`kind`]).
    pub unrelated: BTreeMap<&'static str, u64>,
    /// Further versions of a post.
    pub duplicate: u64,
    /// Rows that could not be read, by class of reason.
    pub rejected: BTreeMap<String, u64>,
    /// What is to be said of rows that were taken (see [`crate::decode::note`]), and of how many.
    pub notes: BTreeMap<&'static str, u64>,
    /// Rows on which a run that was stopped early decided nothing; 0 after a whole run.
    pub undecided: u64,
}

impl Counts {
    /// All unrelated rows.
    pub fn unrelated_total(&self) -> u64 {
        self.unrelated.values().sum()
    }

    /// All rejected rows.
    pub fn rejected_total(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Whether every received row is in exactly one of the other columns.
    pub fn balances(&self) -> bool {
        self.received
            == self.accepted
                + self.unrelated_total()
                + self.duplicate
                + self.rejected_total()
                + self.undecided
    }

    pub(crate) fn add_unrelated(&mut self, kind: &'static str, rows: u64) {
        if rows > 0 {
            *self.unrelated.entry(kind).or_default() += rows;
        }
    }

    pub(crate) fn add_rejected(&mut self, class: &str, rows: u64) {
        if let Some(count) = self.rejected.get_mut(class) {
            *count += rows;
        } else if rows > 0 {
            self.rejected.insert(class.to_owned(), rows);
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.accepted += other.accepted;
        self.duplicate += other.duplicate;
        self.undecided += other.undecided;
        for (kind, rows) in &other.unrelated {
            self.add_unrelated(kind, *rows);
        }
        for (class, rows) in &other.rejected {
            self.add_rejected(class, *rows);
        }
        for (note, rows) in &other.notes {
            *self.notes.entry(note).or_default() += rows;
        }
    }
}

/// The account of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileAccount {
    /// The file as the user named it; `-` is standard input.
    pub name: String,
    /// What it was taken for.
    pub format: Format,
    /// Why, for a person.
    pub why: String,
    /// What became of its rows. Which of several files gets a post as accepted, and which as
    /// duplicate: the one with the best version, the first named one among equals.
    pub counts: Counts,
}

/// One rejected row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RejectedAt {
    /// Place of the file among [`Account::files`].
    pub file: usize,
    /// The line, from 1.
    pub line: u64,
    /// Class and detail.
    pub reason: String,
}

/// The account of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Totals over all files.
    pub total: Counts,
    /// Posts written to the journal, once per chat.
    pub published: u64,
    /// Whether the run was asked to stop and did so early.
    pub stopped: bool,
    /// By file, in the order they were read.
    pub files: Vec<FileAccount>,
    /// The first rejected rows in order of file and line, at most [`REJECTIONS_NAMED_MAX`].
    pub rejections: Vec<RejectedAt>,
}

impl Account {
    /// Whether received = accepted + unrelated + duplicate + rejected, in total and by file.
    pub fn balances(&self) -> bool {
        let mut sum = Counts::default();
        for file in &self.files {
            sum.add(&file.counts);
        }
        self.total.balances() && sum == self.total && self.files.iter().all(|f| f.counts.balances())
    }
}
