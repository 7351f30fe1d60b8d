//! A row of JSON: the first byte chooses the format, the rest is the row.
#![no_main]

use colloquy_ingest::{
    Format,
    decode::{Decoded, decode},
};
use libfuzzer_sys::fuzz_target;

mod check;

/// The formats whose rows are JSON, in an order that must not change: seeds name them by place.
const FORMATS: [Format; 12] = [
    Format::XV11,
    Format::XV2,
    Format::XV2Flat,
    Format::XV2Includes,
    Format::XGraphQl,
    Format::XArchive,
    Format::Snscrape,
    Format::Mastodon,
    Format::MastodonOutbox,
    Format::Bluesky,
    Format::Jetstream,
    Format::Colloquy,
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, row)) = bytes.split_first() else { return };
    let mut decoded = Decoded::default();
    decode(FORMATS[usize::from(*first) % FORMATS.len()], row, &mut decoded);
    check::row(&decoded);
});
