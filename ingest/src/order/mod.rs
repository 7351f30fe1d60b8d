//! Order: all versions of a post together, then posts by time, on disk where memory is short.

mod fold;
mod merge;
mod row;
mod sort;
mod spill;

pub(crate) use fold::{FoldSink, Folded, fold_groups};
pub(crate) use row::{Body, Row, hash_of, native_hash};
pub(crate) use sort::{Rows, Sorter, merge_sorters};
pub(crate) use spill::{RowWriter, RunFile, Scratch};

/// By what rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// By post, so that the versions of one come together.
    Id,
    /// By time, then by post: [`colloquy_transcript::Post::order`].
    Time,
}
