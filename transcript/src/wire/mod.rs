//! The versioned JSON wire contract: how a record looks in a journal that outlives the program.
//!
//! Every value is one JSON object that begins `{"v":1,"kind":"post",…}`. What is unknown is
//! absent, never null or zero. Times are integer microseconds since 1970-01-01T00:00Z in fields
//! that end in `_us`; doubles come back bit for bit; fingerprints are 16 hexadecimal digits,
//! because JSON readers elsewhere lose integers above 2^53.
//!
//! # Versions
//! A reader ignores fields that it does not know, so a new optional field is no new version.
//! Anything that an old reader would misunderstand raises [`VERSION`], and an old reader then
//! says [`WireError::NewerVersion`]. The files in `tests/golden/v1` decode for ever and encode
//! to the same bytes.
//!
//! **Invariant:** the structs here are not the model's, and the model never derives serde.
//! Encoding cannot fail and decoding cannot panic.

mod annotation;
mod attendance;
mod dead_letter;
mod error;
mod field;
mod ground;
mod number;
mod participation;
mod post;
mod session;
mod word;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{GroundPost, Record, Topic};

use annotation::AnnotationWire;
use attendance::AttendanceWire;
use dead_letter::DeadLetterWire;
pub use error::WireError;
use field::Kind;
use ground::{CoverageWire, DecisionWire, MarkWire};
use participation::ParticipationWire;
use post::PostWire;
use session::SessionWire;

/// The version that this program writes, and the newest that it reads.
pub const VERSION: u64 = 1;

/// Appends `record` to `out` as one JSON object, without a line end.
///
/// Times are cut to whole microseconds.
pub fn encode(record: &Record, out: &mut Vec<u8>) {
    match record {
        Record::Post(post) => encode_post(post, out),
        Record::Decision(decision) => write(&DecisionWire::from(decision), out),
        Record::Coverage(watched) => write(&CoverageWire::from(watched), out),
        Record::Mark(mark) => write(&MarkWire::from(mark), out),
        Record::Annotation(annotation) => write(&AnnotationWire::from(annotation), out),
        Record::Participation(row) => write(&ParticipationWire::from(row), out),
        Record::Attendance(row) => write(&AttendanceWire::from(row), out),
        Record::Session(session) => write(&SessionWire::from(&**session), out),
        Record::DeadLetter(letter) => write(&DeadLetterWire::from(letter), out),
    }
}

/// Reads a value of `topic`, as [`encode`] or an older version of it wrote it.
pub fn decode(topic: Topic, bytes: &[u8]) -> Result<Record, WireError> {
    Ok(match topic {
        Topic::Posts => Record::Post(Arc::new(decode_post(bytes)?)),
        Topic::Decisions => {
            Record::Decision(read::<DecisionWire<'_>>(&[Kind::Decision], bytes)?.try_into()?)
        }
        Topic::Coverage => return decode_coverage(bytes),
        Topic::Annotations => {
            Record::Annotation(read::<AnnotationWire<'_>>(&[Kind::Annotation], bytes)?.try_into()?)
        }
        Topic::Participation => Record::Participation(
            read::<ParticipationWire<'_>>(&[Kind::Participation], bytes)?.try_into()?,
        ),
        Topic::Attendance => {
            Record::Attendance(read::<AttendanceWire<'_>>(&[Kind::Attendance], bytes)?.try_into()?)
        }
        Topic::Sessions => {
            let session = read::<SessionWire<'_>>(&[Kind::Session], bytes)?;
            Record::Session(Box::new(session.try_into()?))
        }
        Topic::DeadLetters => {
            Record::DeadLetter(read::<DeadLetterWire<'_>>(&[Kind::DeadLetter], bytes)?.try_into()?)
        }
    })
}

/// Appends a post as [`encode`] does.
pub fn encode_post(post: &GroundPost, out: &mut Vec<u8>) {
    write(&PostWire::from(post), out);
}

/// Reads a post as [`decode`] does.
pub fn decode_post(bytes: &[u8]) -> Result<GroundPost, WireError> {
    read::<PostWire<'_>>(&[Kind::Post], bytes)?.try_into()
}

/// The one topic with two kinds: its few records are looked at twice.
fn decode_coverage(bytes: &[u8]) -> Result<Record, WireError> {
    const KINDS: &[Kind] = &[Kind::Coverage, Kind::Mark];
    Ok(match read::<field::Head>(KINDS, bytes)?.kind {
        Kind::Mark => Record::Mark(read::<MarkWire<'_>>(KINDS, bytes)?.try_into()?),
        _ => Record::Coverage(read::<CoverageWire<'_>>(KINDS, bytes)?.try_into()?),
    })
}

/// A wire struct: each holds its version and kind among its own fields.
trait Wire {
    /// The kind that the value says it is.
    fn kind(&self) -> Kind;
}

fn write<W: Serialize>(wire: &W, out: &mut Vec<u8>) {
    let written = serde_json::to_writer(out, wire);
    // Memory takes every byte, and no wire struct has a map or a serializer that can refuse.
    debug_assert!(written.is_ok(), "a wire struct refused to be written: {written:?}");
}

fn read<'a, W: Wire + Deserialize<'a>>(kinds: &[Kind], bytes: &'a [u8]) -> Result<W, WireError> {
    // Checked once for all its strings, which is cheaper than once for each.
    let text = std::str::from_utf8(bytes).map_err(WireError::malformed)?;
    // A JSON array could stand for a struct too; in this contract it does not.
    if text.trim_ascii_start().starts_with('{')
        && let Ok(wire) = serde_json::from_str::<W>(text)
        && kinds.contains(&wire.kind())
    {
        return Ok(wire);
    }
    Err(error::explain::<W>(kinds, text))
}
