//! Times as the platforms write them. Everything is cut to microseconds, the lake's unit.

use colloquy_transcript::Timestamp;
use jiff::civil;

/// Milliseconds of the Unix epoch at which X's ids begin to carry their time.
const SNOWFLAKE_EPOCH_MS: u64 = 1_288_834_974_657;
/// The first such id, of 2010-11-04; lower ones are plain sequence numbers.
const SNOWFLAKE_FIRST: u64 = 29_700_859_247;

/// Reads RFC 3339.
pub(super) fn rfc3339(text: &str) -> Option<Timestamp> {
    whole_micros(text.parse().ok()?)
}

/// Reads `2015-01-24 02:02:37 +0000`, as X's older archives have it.
pub(super) fn spaced(text: &str) -> Option<Timestamp> {
    Timestamp::strptime("%Y-%m-%d %H:%M:%S %z", text).ok()
}

/// Seconds or milliseconds since 1970, with digits enough to be one.
pub(super) fn epoch(text: &str) -> Option<Timestamp> {
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|b| b.is_ascii_digit()) => whole,
        Some(_) => return None,
        None => text,
    };
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match whole.len() {
        9 | 10 => Timestamp::from_second(number).ok(),
        12 | 13 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

/// Reads X v1.1's `Wed May 08 19:05:09 +0000 2019`.
pub(super) fn x_v11(text: &str) -> Option<Timestamp> {
    let bytes: &[u8; 30] = text.as_bytes().try_into().ok()?;
    let number = |from: usize, until: usize| -> Option<i64> {
        bytes[from..until].iter().try_fold(0, |sum, byte| {
            byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0'))
        })
    };
    let month = match &bytes[4..7] {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    };
    let year = i16::try_from(number(26, 30)?).ok()?;
    let day = i8::try_from(number(8, 10)?).ok()?;
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let separators = [bytes[3], bytes[7], bytes[10], bytes[13], bytes[16], bytes[19], bytes[25]];
    if separators != *b"   ::  " {
        return None;
    }
    let date = civil::Date::new(year, month, day).ok()?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = (number(21, 23)? * 60 + number(23, 25)?) * 60;
    let offset = match bytes[20] {
        b'+' => offset,
        b'-' => -offset,
        _ => return None,
    };
    let days = i64::from(civil::date(1970, 1, 1).until((jiff::Unit::Day, date)).ok()?.get_days());
    Timestamp::from_second(days * 86_400 + hour * 3_600 + minute * 60 + second - offset).ok()
}

/// The time that one of X's ids carries, in whole seconds as the API gives it.
pub(super) fn snowflake(id: u64) -> Option<Timestamp> {
    if id < SNOWFLAKE_FIRST {
        return None;
    }
    let ms = (id >> 22) + SNOWFLAKE_EPOCH_MS;
    Timestamp::from_second(i64::try_from(ms / 1_000).ok()?).ok()
}

/// A time that was cut to the minute, made whole by the one that the post's id carries.
pub(super) fn refined(stated: Timestamp, carried: Option<Timestamp>) -> Timestamp {
    let minute = |at: Timestamp| at.as_second().div_euclid(60);
    let cut = stated.as_microsecond() % 60_000_000 == 0;
    carried.filter(|carried| cut && minute(*carried) == minute(stated)).unwrap_or(stated)
}

/// An instant given in microseconds of the Unix epoch.
pub(super) fn micros(time_us: u64) -> Option<Timestamp> {
    Timestamp::from_microsecond(i64::try_from(time_us).ok()?).ok()
}

/// An instant cut to whole microseconds.
pub(super) fn whole_micros(at: Timestamp) -> Option<Timestamp> {
    Timestamp::from_microsecond(at.as_microsecond()).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn v11_times_read_as_utc() {
        for (text, expected) in [
            ("Wed May 08 19:05:09 +0000 2019", "2019-05-08T19:05:09Z"),
            ("Thu Feb 29 23:59:59 +0000 2024", "2024-02-29T23:59:59Z"),
            ("Tue Dec 31 20:00:00 -0500 2013", "2014-01-01T01:00:00Z"),
            ("Wed Dec 31 23:59:59 +0000 1969", "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(x_v11(text), Some(expected.parse().unwrap()), "{text}");
        }
        for text in [
            "",
            "Wed May 08 19:05:09 2015",
            "Wed Foo 08 19:05:09 +0000 2019",
            "Wed Feb 30 19:05:09 +0000 2019",
            "Wed May 08 25:05:09 +0000 2015",
            "Wed May 08 19-05-09 +0000 2015",
            "Wéd May 8 19:05:09 +0000 2015",
            "Wed May 0x 19:05:09 +0000 2015",
        ] {
            assert_eq!(x_v11(text), None, "{text}");
        }
    }

    #[test]
    fn ids_carry_their_time() {
        let id = ((1_700_000_000_123_u64 - SNOWFLAKE_EPOCH_MS) << 22) + 77;
        assert_eq!(snowflake(id).unwrap().as_second(), 1_700_000_000);
        assert_eq!(snowflake(20), None);
    }

    #[test]
    fn rfc3339_is_cut_to_microseconds() {
        assert_eq!(
            rfc3339("2024-05-01T10:00:00.123456789Z").unwrap().subsec_nanosecond(),
            123_456_000
        );
        assert_eq!(
            rfc3339("2024-05-01T10:00:00+02:00").unwrap().to_string(),
            "2024-05-01T08:00:00Z"
        );
        assert_eq!(rfc3339("2024-05-01"), None);
    }
}
