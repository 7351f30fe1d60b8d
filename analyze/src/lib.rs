//! Sessions, questions, answers, roles, hijacks and participation, rebuilt from posts.
//!
//! The analysis of a chat is a fold over its posts in the order of time and id. [`machine`] does
//! the folding as a state machine: events in, actions out. [`driver`] feeds it from the journal
//! and performs what it says. What a meeting *is* stands in [`meeting`], a pure function.
//!
//! **Invariant:** only `driver` touches the journal; nothing here reads a clock, a file or the
//! environment, and nothing writes JSON. One thing is done by several threads, guessing the languages of
//! a room's texts: they have no say in what is found.
#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the analysis is pure: time, files and environment are arguments"
)]

mod announced;
mod applied;
pub mod discover;
pub mod driver;
mod fingerprint;
pub mod hijack;
pub mod hours;
mod inquiry;
pub mod known;
mod language;
mod literals;
pub mod machine;
pub mod meeting;
pub mod participation;
pub mod people;
mod phrases;
pub mod rhythm;
mod says;
pub mod schedule;
pub mod seen;
mod sieve;
mod telemetry;
mod words;

#[cfg(test)]
mod tests;
