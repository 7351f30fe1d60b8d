//! What the analysis is told, and what it asks for.

use std::sync::Arc;

use colloquy_transcript::{
    Attendance, ChatName, Decision, GroundPost, Mark, Record, SessionRecord,
};

/// What happens to the analysis.
#[derive(Debug, Clone)]
pub enum Event {
    /// A partition is ours now; what its topics already hold comes with it.
    Assigned {
        /// The partition.
        partition: u32,
        /// Posts below this position were taken into account by an earlier run.
        unpublished: u64,
        /// What was published and said before.
        restored: Restored,
    },
    /// A partition is ours no longer.
    Revoked {
        /// The partition.
        partition: u32,
    },
    /// A post was read.
    Post {
        /// Its partition.
        partition: u32,
        /// Its position.
        position: u64,
        /// The record.
        post: Arc<GroundPost>,
    },
    /// `posts` was read up to a position (exclusive), whatever lies there.
    ReadUpTo {
        /// The partition.
        partition: u32,
        /// The position.
        position: u64,
    },
    /// A decision was read.
    Decision {
        /// Its partition.
        partition: u32,
        /// The record.
        decision: Decision,
    },
    /// A mark was read.
    Mark {
        /// Its position in `coverage`.
        position: u64,
        /// The record; it names its partition.
        mark: Mark,
    },
    /// A post that an [`Action::Reread`] asked for.
    Again {
        /// Its position.
        position: u64,
        /// The record.
        post: Arc<GroundPost>,
    },
    /// Everything that an [`Action::Reread`] asked for was fed.
    AgainDone {
        /// The chat it was asked for.
        chat: ChatName,
        /// The partition.
        partition: u32,
    },
}

/// What the topics of a partition hold when it is assigned.
#[derive(Debug, Clone, Default)]
pub struct Restored {
    /// From `sessions`, in order of position.
    pub sessions: Vec<SessionRecord>,
    /// From `attendance`, in order of position.
    pub attendance: Vec<Attendance>,
    /// From `decisions`, in order of position.
    pub decisions: Vec<Decision>,
    /// From `coverage`, with their positions.
    pub marks: Vec<(u64, Mark)>,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Action {
    /// Publish these records in the next commit.
    Publish(Vec<Record>),
    /// Read these positions of `posts` again, feed the chat's posts as [`Event::Again`], then
    /// [`Event::AgainDone`], before any other event.
    Reread {
        /// The chat whose posts are wanted.
        chat: ChatName,
        /// The partition.
        partition: u32,
        /// First position.
        from: u64,
        /// One past the last position.
        until: u64,
    },
}

/// How far a partition is analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standpoint {
    /// The partition.
    pub partition: u32,
    /// The oldest position of `posts` that is still needed.
    pub needed: u64,
    /// Posts below this position need not be taken for new by a later run.
    pub unpublished: u64,
    /// Whether every decision taken is in what was published, too.
    pub settled: bool,
}
