//! Any bytes as a file.
#![no_main]

use colloquy_ingest::ReadOptions;
use libfuzzer_sys::fuzz_target;

mod check;

fuzz_target!(|bytes: &[u8]| check::file(bytes, &ReadOptions::default()));
