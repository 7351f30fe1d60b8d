//! What can go wrong with a journal. Bad records are not errors; see [`crate::Content`].

use colloquy_transcript::Topic;

/// A source error of any client library, boxed so that no library shows in the signature.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A journal that cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It could not be opened or created.
    #[error("opening the journal {journal}")]
    Open {
        /// The journal as the user named it.
        journal: String,
        /// Why.
        #[source]
        cause: Cause,
    },
    /// It exists with another layout than the one asked for.
    #[error("the journal {journal} {problem}; {hint}")]
    Layout {
        /// The journal as the user named it.
        journal: String,
        /// What does not fit.
        problem: String,
        /// What to do.
        hint: String,
    },
    /// An append failed.
    #[error("appending to the topic {topic}", topic = topic.as_str())]
    Append {
        /// The topic.
        topic: Topic,
        /// Why.
        #[source]
        cause: Cause,
    },
    /// A read failed.
    #[error("reading {what}")]
    Read {
        /// What was read.
        what: String,
        /// Why.
        #[source]
        cause: Cause,
    },
    /// Positions that the memory journal no longer holds.
    #[error("reading {topic} from position {position}: the memory journal let it go, the archive must be read again", topic = topic.as_str())]
    Trimmed {
        /// The topic.
        topic: Topic,
        /// The position asked for.
        position: u64,
    },
    /// Joining or leaving a group failed.
    #[error("joining the group {group}")]
    Group {
        /// The group.
        group: String,
        /// Why.
        #[source]
        cause: Cause,
    },
}

/// A commit that did not take place.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The partitions belong to another member by now. Not a failure: drop what was in hand and
    /// poll on.
    #[error("another member of the group owns the partitions now")]
    Fenced,
    /// It failed; nothing of it is visible.
    #[error("committing outputs and positions of the group {group}")]
    Failed {
        /// The group.
        group: String,
        /// Why.
        #[source]
        cause: Cause,
    },
}
