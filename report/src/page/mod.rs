//! Pages as pure functions from a view to HTML.
//!
//! | page | file | who may see it |
//! |---|---|---|
//! | [`index()`] | `DIR/index.html` | the organiser |
//! | [`directory()`] | `DIR/public/index.html` | everybody |
//! | [`recap()`] | `DIR/public/CHAT/SESSION.html` | everybody |
//! | [`moderators_index()`] | `DIR/moderators/index.html` | moderators |
//! | [`review()`] | `DIR/moderators/CHAT/SESSION.html` | moderators |
//!
//! Every page stands alone: its style is inside, it runs no script and loads nothing.
//!
//! **Invariant:** [`directory()`] and [`recap()`] show nothing of a post that is flagged and not
//! cleared, neither its text nor its id nor, because of it, its author; and no figure from which
//! the number of such posts follows. Text of posts reaches a page only through `words::clean`
//! and the escaping of maud.

#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a page is a pure function of its view: no clock, no file, no environment"
)]

mod attendance;
mod chart;
mod corrections;
mod counted;
mod directory;
mod index;
mod layout;
mod link;
mod moderators;
mod open;
mod pace;
mod recap;
mod review;
mod room;
mod suspects;
mod table;
mod words;

#[cfg(test)]
pub(crate) mod invented;
#[cfg(test)]
mod tests;

pub use directory::directory;
pub use index::index;
pub use moderators::moderators_index;
pub use recap::recap;
pub use review::review;

pub(crate) use room::{Answers, Names};
pub(crate) use words::{clean_line, clock, count, date_time, number, seconds};
