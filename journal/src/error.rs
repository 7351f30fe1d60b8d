//! What can go wrong with a journal. Bad records are not errors; see [`crate::Content`].

use colloquy_transcript::Topic;

/// A source error of any client library, boxed so that no library shows in the signature.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Something that the access rules of a journal do not allow: the cause of an error that no further try
/// mends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{told}; to do: {hint}")]
pub struct Denied {
    /// Who may not do what.
    told: String,
    /// What allows it.
    hint: String,
}

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
    /// poll on. (Over Kafka it may have taken place, if its answer was lost and somebody registered under
    /// the same id since; what is assigned next tells.)
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

impl Denied {
    /// What may not be done, and what allows it.
    pub fn new(told: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { told: told.into(), hint: hint.into() }
    }
}

impl JournalError {
    /// Whether access rules do not allow it, so that no further try helps.
    pub fn is_denied(&self) -> bool {
        match self {
            Self::Open { cause, .. }
            | Self::Append { cause, .. }
            | Self::Read { cause, .. }
            | Self::Group { cause, .. } => cause.is::<Denied>(),
            Self::Layout { .. } | Self::Trimmed { .. } => false,
        }
    }
}

impl CommitError {
    /// Whether access rules do not allow it, so that no further try helps.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Failed { cause, .. } if cause.is::<Denied>())
    }
}
