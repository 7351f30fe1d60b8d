//! The vocabulary of hashtag chats and the versioned wire contract.
//!
//! Every other crate speaks these words: a [`Post`] of a chat, the ground records that are
//! the truth ([`Record::Post`], [`Record::Decision`], [`Record::Coverage`]), the derived
//! records that can always be recomputed, and the [`registry`] in which an organiser says
//! what she knows about her chat.
//!
//! **Invariant:** no I/O, no clock, no randomness, no async. Model types do not know JSON;
//! only [`wire`] does.
#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate is pure: time, files and environment are arguments"
)]

pub mod label;
#[macro_use]
pub mod measure;
mod name;
mod post;
mod record;
pub mod registry;
mod size;
pub mod wire;

pub use compact_str::{CompactString, ToCompactString};
pub use jiff::Timestamp;
pub use name::{ChatName, NameError, SessionId, Tag, percent_decode, percent_encode};
pub use post::{Author, AuthorId, Platform, Post, PostId, PostKind};
pub use record::{
    Annotation, AnswerBasis, Attendance, Band, Basis, Class, Correction, CoverageState, DeadLetter,
    Decision, Flag, Format, GroundPost, LangSource, Mark, Origin, Participation, Partitioning,
    Question, Reason, Record, Role, SessionRecord, Standing, Topic, Verdict, Watched,
};
