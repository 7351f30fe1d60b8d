//! Sources of posts: decoders, order, duplicates and the account of every row.
//!
//! The one source so far is `file`: [`run_files`] reads archives in whatever order they come and
//! publishes each post once per chat, in order of time, as if somebody had been there. [`survey()`]
//! looks for the hashtag that behaves most like a chat, for people who did not name one.
//!
//! The path of a row: `file/read` (bytes, compression) → `file/frame` (lines or JSON values) →
//! `decode` (pure: bytes to posts, or a reason why not) → `order` (versions of one post together,
//! then by time, on disk where memory is short) → `relate` (rows without a tag) → `publish`.
//!
//! **Invariant:** a source never judges a post and never looks at a session. Decoders do no I/O
//! and read no clock. No row disappears: it is accepted, unrelated, duplicate or rejected.

mod account;
mod aliases;
pub mod decode;
mod edges;
mod error;
mod file;
mod links;
mod observe;
mod order;
mod people;
mod plan;
mod publish;
mod published;
mod relate;
mod survey;
mod tags;
mod telemetry;

pub use account::{Account, Counts, FileAccount, REJECTIONS_NAMED_MAX, RejectedAt, kind};
pub use decode::{Field, Format, ReadOptions};
pub use error::IngestError;
pub use file::{BytesDecoded, KEPT_BYTES_MAX, decode_bytes, run_files};
pub use observe::{Observer, Silent, Stage};
pub use plan::{ChatTags, FilePlan, Input};
pub use publish::announce;
pub use survey::{Survey, TagStanding, survey};
