//! Numbers that JSON cannot hold as they are.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::field::Text;

/// A double. JSON has no infinities and no NaN, so those travel as the words `inf`, `-inf` and
/// `nan`: a record never becomes unreadable because a ratio had no denominator.
#[derive(Clone, Copy)]
pub(super) struct Real(pub(super) f64);

impl Serialize for Real {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else if self.0.is_nan() {
            serializer.serialize_str("nan")
        } else {
            serializer.serialize_str(if self.0 > 0.0 { "inf" } else { "-inf" })
        }
    }
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RealVisitor)
    }
}

struct RealVisitor;

impl de::Visitor<'_> for RealVisitor {
    type Value = Real;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, \"inf\", \"-inf\" or \"nan\"")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Real, E> {
        Ok(Real(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Real, E> {
        Ok(Real(value as f64))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Real, E> {
        Ok(Real(value as f64))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Real, E> {
        match value {
            "inf" => Ok(Real(f64::INFINITY)),
            "-inf" => Ok(Real(f64::NEG_INFINITY)),
            "nan" => Ok(Real(f64::NAN)),
            _ => Err(E::invalid_value(de::Unexpected::Str(value), &self)),
        }
    }
}

/// Digits of a fingerprint.
const FINGERPRINT_DIGITS: usize = 16;

/// A content hash: 16 lower-case hexadecimal digits.
#[derive(Clone, Copy, Default)]
pub(super) struct Fingerprint(pub(super) u64);

impl Fingerprint {
    /// Whether nothing is on record.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:016x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?.0;
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits
            && text.len() == FINGERPRINT_DIGITS
            && let Ok(value) = u64::from_str_radix(&text, 16)
        {
            return Ok(Self(value));
        }
        let expected = "16 lower-case hexadecimal digits";
        Err(de::Error::invalid_value(de::Unexpected::Str(&text), &expected))
    }
}
