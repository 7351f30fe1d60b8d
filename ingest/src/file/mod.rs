//! The `file` source: archives in any order, published in order of time.

mod cut;
mod frame;
mod gate;
mod held;
mod inputs;
mod pipeline;
mod read;
mod run;
mod settle;
mod waiting;
mod worker;

pub use frame::KEPT_BYTES_MAX;
pub use held::{BytesDecoded, decode_bytes};
pub(crate) use inputs::{FileInput, expand};
pub(crate) use pipeline::{Rejected, Sink, decode_files};
pub(crate) use read::stdin;
pub use run::run_files;
