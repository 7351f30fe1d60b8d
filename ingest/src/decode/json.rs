//! Lenient pieces of JSON: what platforms and export tools write where a string, a number or a
//! list was meant.

use std::{borrow::Cow, fmt, marker::PhantomData, ops::Deref};

use memchr::memchr;
use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

/// Reads a value. Bytes that are UTF-8 throughout, nearly all, are checked once and not string by
/// string; in others only the strings that are looked at need to be.
pub(super) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, serde_json::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(bytes),
    }
}

/// The value with U+FFFD for every half of a surrogate pair that stands alone (`\ud83d` without
/// its other half), each of the same length; `None` where there are none. Such an escape is
/// correct JSON, and archives that were cut by code unit are full of them, but it is no text.
pub(super) fn without_lone_surrogates(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(skip) = memchr(b'\\', &bytes[at..]) {
        at += skip;
        at += match escaped_unit(bytes, at) {
            Some(0xd800..=0xdbff)
                if matches!(escaped_unit(bytes, at + UNIT_BYTES), Some(0xdc00..=0xdfff)) =>
            {
                2 * UNIT_BYTES
            }
            Some(0xd800..=0xdfff) => {
                let whole = whole.get_or_insert_with(|| bytes.to_vec());
                whole[at..at + UNIT_BYTES].copy_from_slice(REPLACEMENT);
                UNIT_BYTES
            }
            Some(_) => UNIT_BYTES,
            None => 2.min(bytes.len() - at),
        };
    }
    whole
}

/// The escape of U+FFFD.
const REPLACEMENT: &[u8; UNIT_BYTES] = br"\ufffd";
/// Bytes of the escape of one UTF-16 code unit.
const UNIT_BYTES: usize = 6;

/// The UTF-16 code unit whose escape stands at `at`.
fn escaped_unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + UNIT_BYTES)?.strip_prefix(br"\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// A string that borrows from the input where it has no escapes; numbers become their digits.
#[derive(Debug, Clone, Default)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextVisitor)
    }
}

/// A non-negative number, written as one or as a string; anything else counts as absent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Num(pub(super) Option<u64>);

struct NumVisitor;

impl Visitor<'_> for NumVisitor {
    type Value = Num;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Num, E> {
        Ok(Num(Some(number)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Num, E> {
        Ok(Num(u64::try_from(number).ok()))
    }

    // A float has lost the digits of an id and is no count.
    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Num, E> {
        Ok(Num(None))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Num, E> {
        Ok(Num(text.trim().parse().ok()))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Num, E> {
        Ok(Num(None))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Num, E> {
        Ok(Num(None))
    }
}

impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NumVisitor)
    }
}

/// A list; `null` and `{}` (what R writes for an empty list) are empty ones.
#[derive(Debug, Clone)]
pub(super) struct Many<T>(pub(super) Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for Many<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

struct ManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ManyVisitor<T> {
    type Value = Many<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Many(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Many::default())
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Many::default())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ManyVisitor(PhantomData))
    }
}

/// A list, or one object that stands for a list of one.
#[derive(Debug)]
pub(super) struct OneOrMany<T>(pub(super) Vec<T>);

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        ManyVisitor(PhantomData).visit_seq(list).map(|many| OneOrMany(many.0))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(OneOrMany(vec![T::deserialize(MapAccessDeserializer::new(map))?]))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(OneOrMany(Vec::new()))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

/// The text of an optional string; an empty one counts as absent.
pub(super) fn filled<'t>(text: Option<&'t Text<'_>>) -> Option<&'t str> {
    text.map(|text| &*text.0).filter(|text| !text.is_empty())
}

/// The number of an optional count.
pub(super) fn count(number: Option<Num>) -> Option<u64> {
    number.and_then(|number| number.0)
}

#[cfg(test)]
mod tests {
    use super::without_lone_surrogates;

    #[test]
    fn halves_of_pairs_are_replaced_and_pairs_are_not() {
        for (bytes, expected) in [
            (r#""\ud83d""#, Some(r#""\ufffd""#)),
            (r#""\uDE00 \ud83d\ude00 \uD83D\n""#, Some(r#""\ufffd \ud83d\ude00 \ufffd\n""#)),
            (r#""\ud83d\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#)),
            (r#""\ude00\ud83d""#, Some(r#""\ufffd\ufffd""#)),
            (r#""\ud83d\u0041""#, Some(r#""\ufffd\u0041""#)),
            (r#""\\ud83d \ud83""#, None),
            (r#""\ud83d\ude00 \u+83d \u00e9""#, None),
            ("\\", None),
            ("", None),
        ] {
            let whole = without_lone_surrogates(bytes.as_bytes());
            assert_eq!(whole.as_deref(), expected.map(str::as_bytes), "{bytes}");
        }
    }
}
