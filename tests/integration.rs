//! What a user sees, in one binary:
//!
//! - `run`: the season through `colloquy run`, its output, account and exit code
//! - `order`: rows reversed, shuffled, split and repeated give the same lake, byte for byte
//! - `services`: ingest, analyze and report as three processes, over `SQLite` and over Kafka
//! - `observe`: figures, health and readiness of a running process, and its last line
//! - `stop`: the first SIGTERM ends within a bound, the second at once, and nothing is lost
//! - `doctor`: what is well and what is not, and what to do about it
//! - `access`: rights that a cluster does not give, named by `doctor` and by whoever needs them
//! - `faults`: the same under fire (kill -9, stops, restarts of the broker), which changes nothing
//! - `decide`: what a moderator says, and what the next run makes of it
//! - `evaluate`: a lake against an answer key
//! - `train`: weights from labels and lakes, and what those have to be like
//! - `dead_letters`: what was rejected, listed, shown and read again
//! - `disk`: full, read-only and damaged disks, and death while the lake is rewritten
//! - `poison`: entries of the journal that are no record, kept and read again
//! - `chats`: invented chats of many manners, scored against what a reader says of them
//! - `payloads`: one oddity a file, each with its expected account
//! - `measures`: every figure of the lake, counted a second time from the posts
//! - `lake`: every table opens in `DuckDB`, pandas and polars; the index page opens in a browser
//! - `documents`: the README's session is what the program prints, and nothing undocumented
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[path = "integration/support.rs"]
mod support;

#[path = "integration/access.rs"]
mod access;
#[path = "integration/chats.rs"]
mod chats;
#[path = "integration/dead_letters.rs"]
mod dead_letters;
#[path = "integration/decide.rs"]
mod decide;
#[path = "integration/disk.rs"]
mod disk;
#[path = "integration/doctor.rs"]
mod doctor;
#[path = "integration/documents.rs"]
mod documents;
#[path = "integration/evaluate.rs"]
mod evaluate;
#[path = "integration/faults.rs"]
mod faults;
#[path = "integration/lake.rs"]
mod lake;
#[path = "integration/measures.rs"]
mod measures;
#[path = "integration/observe.rs"]
mod observe;
#[path = "integration/order.rs"]
mod order;
#[path = "integration/payloads.rs"]
mod payloads;
#[path = "integration/poison.rs"]
mod poison;
#[path = "integration/run.rs"]
mod run;
#[path = "integration/services.rs"]
mod services;
#[path = "integration/stop.rs"]
mod stop;
#[path = "integration/train.rs"]
mod train;
