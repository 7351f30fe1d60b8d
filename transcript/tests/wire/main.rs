//! The wire contract, held from outside: golden bytes, round trips and hostile input.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod golden;
mod refused;
mod round_trip;
mod strategy;

use colloquy_transcript::{Record, wire};

/// What `encode` appends.
fn encoded(record: &Record) -> Vec<u8> {
    let mut out = Vec::new();
    wire::encode(record, &mut out);
    out
}
