//! The lake and the pages: what is published of the sessions that the analysis completed.
//!
//! [`driver`] reads the derived topics of the journal, waits until a session is complete, joins
//! it with its posts into a [`view::SessionView`] and hands that to [`lake`] (Parquet) and
//! [`page`] (HTML). Both are pure: a view goes in, bytes come out.
//!
//! **Invariant:** this crate judges nothing: no count, class or verdict is decided here. No file
//! but `lake/files.rs` writes to disk. No output depends on the clock, on arrival order or on
//! the batches in which records came.

pub mod checkup;
pub mod decided;
pub mod driver;
mod error;
pub mod evaluate;
#[cfg(test)]
mod fixture;
pub mod labels;
pub mod lake;
pub mod page;
pub mod rejected;
pub mod summary;
mod telemetry;
pub mod view;

pub use error::ReportError;
