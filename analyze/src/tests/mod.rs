//! Whole-crate tests: an invented chat goes in, published records come out.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::indexing_slicing, reason = "a test may panic")]

mod arrivals;
mod broker;
mod chat;
mod decisions;
mod engine;
mod event;
mod fire;
mod late;
mod machine;
mod meeting;
mod promotion;
mod refusals;
mod refusing;
mod review;
mod schedule;
