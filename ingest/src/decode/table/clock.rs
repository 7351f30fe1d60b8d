//! Times as people's tables have them: with a zone, without one, in two columns, month or day first.

use colloquy_transcript::Timestamp;
use jiff::{
    civil::{Date, DateTime, Time},
    fmt::rfc2822,
    tz::TimeZone,
};

use crate::decode::time;

/// Zones lie within this of UTC, in seconds, with a margin of a minute.
const OFFSET_SECONDS_MAX: i64 = 14 * 3_600 + 60;
/// All zones in use are multiples of a quarter of an hour away from UTC.
const OFFSET_SECONDS_STEP: i64 = 900;

/// What a cell says of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// An instant.
    Instant(Timestamp),
    /// A wall clock, and its other reading where month and day could be the other way round.
    Wall(DateTime, Option<DateTime>),
    /// A day.
    Day(Date),
}

/// Reads a time. `day_first` decides where both orders are possible.
pub(super) fn moment(text: &str, day_first: bool) -> Option<Moment> {
    let text = text.trim().trim_matches(['"', '\'']);
    if let Some(at) =
        time::epoch(text).or_else(|| time::rfc3339(text)).or_else(|| time::x_v11(text))
    {
        return Some(Moment::Instant(at));
    }
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let zoned = rfc2822::parse(text).ok()?;
        return time::whole_micros(zoned.timestamp()).map(Moment::Instant);
    }
    let date_end =
        text.find(|c: char| c.is_whitespace() || matches!(c, 'T' | ',')).unwrap_or(text.len());
    let (date, other) = dates(&text[..date_end], day_first)?;
    let rest =
        text[date_end..].trim_start_matches(|c: char| c.is_whitespace() || matches!(c, 'T' | ','));
    if rest.is_empty() {
        return Some(Moment::Day(date));
    }
    let (clock, rest) = clock(rest)?;
    let wall = date.to_datetime(clock);
    match offset(rest) {
        Offset::Seconds(seconds) => instant(wall, seconds).map(Moment::Instant),
        Offset::Unsaid => Some(Moment::Wall(wall, other.map(|date| date.to_datetime(clock)))),
        Offset::Nonsense => None,
    }
}

/// A date, and the other one that the same digits could mean.
fn dates(text: &str, day_first: bool) -> Option<(Date, Option<Date>)> {
    let separator = text.find(['-', '/', '.'])?;
    let mut parts = text.split(&text[separator..=separator]);
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    if a.len() == 4 {
        return Some((date(a, b, c)?, None));
    }
    let (by_month, by_day) = (date(c, a, b), date(c, b, a));
    // With dots the day comes first wherever dates are written so.
    let day_first = day_first || &text[separator..=separator] == ".";
    match (by_month, by_day) {
        (Some(month), Some(day)) if day_first => Some((day, (month != day).then_some(month))),
        (Some(month), Some(day)) => Some((month, (month != day).then_some(day))),
        (one, other) => one.or(other).map(|date| (date, None)),
    }
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let two_digits = year.len() == 2;
    let year: i16 = number(year)?.try_into().ok()?;
    let year = if two_digits { year + 2_000 } else { year };
    Date::new(year, number(month)?.try_into().ok()?, number(day)?.try_into().ok()?).ok()
}

fn number(digits: &str) -> Option<u32> {
    let plain = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// A time of day at the beginning of `text`, and what follows it.
fn clock(text: &str) -> Option<(Time, &str)> {
    let end =
        text.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(text.len());
    let mut parts = text[..end].split(':');
    let hour = number(parts.next()?)?;
    let minute = number(parts.next()?)?;
    let second = match parts.next() {
        Some(second) => number(second.split('.').next()?)?.min(59),
        None => 0,
    };
    let rest = text[end..].trim_start();
    let lower = rest.get(..2).unwrap_or_default().to_ascii_lowercase();
    let (hour, rest) = match (lower.as_str(), hour) {
        ("am", 12) => (0, &rest[2..]),
        ("pm", 1..12) => (hour + 12, &rest[2..]),
        ("am" | "pm", _) => (hour, &rest[2..]),
        _ => (hour, rest),
    };
    let small = |number: u32| i8::try_from(number).ok();
    Some((Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?, rest.trim()))
}

/// What follows a time of day.
enum Offset {
    /// So many seconds ahead of UTC.
    Seconds(i64),
    /// Nothing, or a zone's short name such as CET, which tells too little.
    Unsaid,
    /// No zone at all.
    Nonsense,
}

fn offset(text: &str) -> Offset {
    let sign = match text.as_bytes().first() {
        None => return Offset::Unsaid,
        _ if matches!(text, "Z" | "z" | "UTC" | "GMT") => return Offset::Seconds(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ if text.bytes().all(|byte| byte.is_ascii_alphabetic()) => return Offset::Unsaid,
        _ => return Offset::Nonsense,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    let Some(number) = number(&digits).map(i64::from) else { return Offset::Nonsense };
    match digits.len() {
        2 => Offset::Seconds(sign * number * 3_600),
        4 => Offset::Seconds(sign * (number / 100 * 3_600 + number % 100 * 60)),
        _ => Offset::Nonsense,
    }
}

fn instant(wall: DateTime, offset_seconds: i64) -> Option<Timestamp> {
    let utc = in_zone(wall, &TimeZone::UTC)?;
    Timestamp::from_second(utc.as_second() - offset_seconds).ok()
}

/// The offset that a column of its own states, as `+0200`.
pub(super) fn stated_offset(wall: DateTime, text: &str) -> Option<Timestamp> {
    match offset(text.trim()) {
        Offset::Seconds(seconds) => instant(wall, seconds),
        Offset::Unsaid | Offset::Nonsense => None,
    }
}

/// The instant of a wall clock in a zone; of an hour that comes twice the first one, of an hour
/// that never comes the one after the gap.
pub(super) fn in_zone(wall: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let zoned = zone.to_ambiguous_zoned(wall).compatible().ok()?;
    Some(zoned.timestamp())
}

/// Whether a clock somewhere on Earth showed `wall` at `at`, to the minute.
pub(super) fn could_show(wall: DateTime, at: Timestamp) -> bool {
    let Some(utc) = in_zone(wall, &TimeZone::UTC) else { return false };
    let offset = utc.as_second() - at.as_second();
    let step =
        (offset + OFFSET_SECONDS_STEP / 2).div_euclid(OFFSET_SECONDS_STEP) * OFFSET_SECONDS_STEP;
    offset.abs() <= OFFSET_SECONDS_MAX && (offset - step).abs() <= 60
}

/// Whether it was `day` somewhere on Earth at `at`.
pub(super) fn could_be(day: Date, at: Timestamp) -> bool {
    let from = in_zone(day.to_datetime(Time::midnight()), &TimeZone::UTC);
    from.is_some_and(|from| {
        let since = at.as_second() - from.as_second();
        (-OFFSET_SECONDS_MAX..86_400 + OFFSET_SECONDS_MAX).contains(&since)
    })
}

/// Whether the dates of a column must have the day first: one of them has a first number that is
/// no month, and none has a second one that is none.
pub(super) fn day_first<'t>(cells: impl Iterator<Item = &'t str>) -> bool {
    let mut first_is_day = false;
    for cell in cells {
        let mut numbers = cell.trim().split(['/', '-', '.', ' ']);
        let (Some(a), Some(b)) = (numbers.next(), numbers.next()) else { continue };
        if a.len() > 2 {
            continue;
        }
        if number(b).is_some_and(|b| b > 12) {
            return false;
        }
        first_is_day |= number(a).is_some_and(|a| a > 12);
    }
    first_is_day
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn read(text: &str) -> Option<String> {
        moment(text, false).map(|moment| match moment {
            Moment::Instant(at) => at.to_string(),
            Moment::Wall(wall, other) => match other {
                Some(other) => format!("{wall} or {other}"),
                None => wall.to_string(),
            },
            Moment::Day(day) => day.to_string(),
        })
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        for (text, expected) in [
            ("2021-01-06T00:50:49.000Z", "2021-01-06T00:50:49Z"),
            ("Wed Mar 11 02:38:57 +0000 2015", "2015-03-11T02:38:57Z"),
            ("2015-01-24 02:02:37 +0000", "2015-01-24T02:02:37Z"),
            ("2015-01-24 02:02:37 -05:00", "2015-01-24T07:02:37Z"),
            ("2018-01-01 12:00:00+00:00", "2018-01-01T12:00:00Z"),
            ("2018-05-29 10:37:27 UTC", "2018-05-29T10:37:27Z"),
            ("Tue, 05 Mar 2013 20:01:00 -0500", "2013-03-06T01:01:00Z"),
            ("1589045000", "2020-05-09T17:23:20Z"),
            ("1589045000.0", "2020-05-09T17:23:20Z"),
            ("1589045000123", "2020-05-09T17:23:20.123Z"),
            ("2018-05-29 10:37:27", "2018-05-29T10:37:27"),
            ("2018-05-29T10:37:27", "2018-05-29T10:37:27"),
            ("2020-12-01 10:00:00 CET", "2020-12-01T10:00:00"),
            ("5/10/12 20:01", "2012-05-10T20:01:00 or 2012-10-05T20:01:00"),
            ("3/3/2023 13:48:03", "2023-03-03T13:48:03"),
            ("23/05/2020 19:01:55", "2020-05-23T19:01:55"),
            ("5/23/2020 7:01 PM", "2020-05-23T19:01:00"),
            ("5/23/2020, 12:01:02 am", "2020-05-23T00:01:02"),
            ("31.12.2013 23:59", "2013-12-31T23:59:00"),
            ("2013-12-31", "2013-12-31"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "yesterday", "12", "13/13/2013 10:00", "2013-12-31 25:00", "10:00", "1/2/3/4"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_column_tells_whether_the_day_comes_first() {
        assert!(day_first(["04/03/2013 02:29", "24/03/2013 02:29"].into_iter()));
        assert!(!day_first(["04/03/2013 02:29", "03/24/2013 02:29"].into_iter()));
        assert!(!day_first(["04/03/2013 02:29", "2013-03-24"].into_iter()));
    }

    #[test]
    fn clocks_somewhere_show_what_could_be() {
        let at: Timestamp = "2023-03-03T18:48:03Z".parse().unwrap();
        let wall = |text: &str| text.parse::<DateTime>().unwrap();
        assert!(could_show(wall("2023-03-03T13:48:03"), at));
        assert!(could_show(wall("2023-03-03T13:48:00"), at));
        assert!(could_show(wall("2023-03-04T00:33:00"), at));
        assert!(!could_show(wall("2023-03-03T13:40:00"), at));
        assert!(!could_show(wall("2023-03-01T18:48:03"), at));
        assert!(could_be(wall("2023-03-04T00:00").date(), at));
        assert!(!could_be(wall("2023-03-06T00:00").date(), at));
    }
}
