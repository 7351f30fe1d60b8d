//! What a run tells while it works; the root shows it to the person who waits.

use crate::decode::Format;

/// The stages of a run over files, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading and decoding.
    Reading,
    /// Bringing the versions of each post together.
    Folding,
    /// Looking for rows without a tag that belong to a conversation with one.
    Relating,
    /// Writing posts to the journal in order of time.
    Publishing,
}

/// Listens to a run. Methods are called from several threads.
pub trait Observer: Sync {
    /// So many bytes of the inputs were read since the last call, compressed ones as they lie on
    /// disk; `of` is the size of all inputs where it is known.
    fn read(&self, bytes: u64, of: Option<u64>);
    /// A file was taken for `format`, and why.
    fn file(&self, name: &str, format: Format, why: &str);
    /// A stage begins.
    fn stage(&self, stage: Stage);
    /// So many of `of` posts were written to the journal since the last call.
    fn published(&self, posts: u64, of: u64);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn read(&self, _: u64, _: Option<u64>) {}
    fn file(&self, _: &str, _: Format, _: &str) {}
    fn stage(&self, _: Stage) {}
    fn published(&self, _: u64, _: u64) {}
}
