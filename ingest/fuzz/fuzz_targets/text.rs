//! Texts and single cells: the first byte chooses what the rest is.
#![no_main]

use colloquy_ingest::decode::fuzzing;
use libfuzzer_sys::fuzz_target;

mod check;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    match first % 5 {
        0 => check::row(&fuzzing::block(rest)),
        1 => drop(fuzzing::text(&text)),
        2 => fuzzing::time(&text, false),
        3 => fuzzing::time(&text, true),
        _ => fuzzing::cell(&text),
    }
});
