//! When a chat meets, in words, as its meetings show: `Thursdays 21:00 America/New_York, 60 min,
//! 9 of 11 weeks`.
//!
//! Rooms meet by the clock on somebody's wall. Where meetings keep their hour in a zone through a
//! change of clocks and lose it in UTC, that zone is theirs; zones with the same changes cannot be
//! told apart, and the first of them is named.

use std::collections::BTreeMap;

use colloquy_transcript::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

/// Meetings that are looked at: those of about a year.
pub const MEETINGS_MAX: usize = 60;
/// Fewer show no rhythm.
const MEETINGS_MIN: usize = 3;
/// Share of the meetings that a slot must hold to be named.
const SLOT_MIN: f64 = 0.3;
/// Share of the meetings that the slots must hold together.
const SLOTS_MIN: f64 = 0.6;
/// Share of the gaps between meetings that show the interval.
const REGULAR_MIN: f64 = 0.5;
const DAY_S: i64 = 86_400;

/// Zones in which chats are held, UTC first; of zones with the same changes one.
const ZONES: [&str; 9] = [
    "UTC",
    "America/New_York",
    "Europe/London",
    "Europe/Berlin",
    "Australia/Sydney",
    "Pacific/Auckland",
    "America/Sao_Paulo",
    "America/Santiago",
    "Africa/Cairo",
];

/// A meeting that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Its start.
    pub starts_at: Timestamp,
    /// How long it was.
    pub minutes: u16,
}

/// A day of the week and a local minute of the day.
type Slot = (i8, i64);

/// The rhythm of `meetings`, which are in order; `None` where there is none to be seen.
pub fn rhythm(meetings: &[Held]) -> Option<String> {
    if meetings.len() < MEETINGS_MIN {
        return None;
    }
    let (name, zone, slots) = ZONES
        .iter()
        .filter_map(|name| Some((*name, TimeZone::get(name).ok()?)))
        .map(|(name, zone)| {
            let slots = slots(meetings, &zone);
            (name, zone, slots)
        })
        // The first of equals: a zone is named only for what UTC does not show.
        .rev()
        .max_by_key(|(_, _, slots)| (held(slots), std::cmp::Reverse(slots.len())))?;
    if (held(&slots) as f64) < SLOTS_MIN * meetings.len() as f64 {
        return None;
    }
    let told: Vec<String> =
        slots.iter().filter_map(|(slot, held)| told(*slot, held, &zone, name)).collect();
    (!told.is_empty()).then(|| told.join(" and "))
}

/// The slots in which a good part of the meetings was, the fullest first.
fn slots(meetings: &[Held], zone: &TimeZone) -> Vec<(Slot, Vec<Held>)> {
    let mut by_slot: BTreeMap<Slot, Vec<Held>> = BTreeMap::new();
    for meeting in meetings {
        let local = meeting.starts_at.to_zoned(zone.clone());
        let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
        let slot = (local.weekday().to_monday_zero_offset(), minute);
        by_slot.entry(slot).or_default().push(*meeting);
    }
    let least = SLOT_MIN * meetings.len() as f64;
    let mut slots: Vec<_> = by_slot
        .into_iter()
        .filter(|(_, held)| held.len() > 1 && held.len() as f64 >= least)
        .collect();
    slots.sort_by_key(|(slot, held)| (std::cmp::Reverse(held.len()), *slot));
    slots
}

fn held(slots: &[(Slot, Vec<Held>)]) -> usize {
    slots.iter().map(|(_, held)| held.len()).sum()
}

/// One slot in words.
fn told((weekday, minute): Slot, held: &[Held], zone: &TimeZone, name: &str) -> Option<String> {
    let day = Weekday::from_monday_zero_offset(weekday).ok()?;
    let (every, expected, unit) = interval(held, zone, day)?;
    let length = most_common(held.iter().map(|it| i64::from(it.minutes)))?;
    let count = held.len();
    let (hour, minute) = (minute / 60, minute % 60);
    Some(format!(
        "{every} {hour:02}:{minute:02} {name}, {length} min, {count} of {expected} {unit}"
    ))
}

/// How often, how many meetings that would have made, and of what.
fn interval(held: &[Held], zone: &TimeZone, day: Weekday) -> Option<(String, i64, &'static str)> {
    let (day, days) = names(day);
    let weeks = |pair: &[Held]| {
        let seconds = pair[1].starts_at.as_second() - pair[0].starts_at.as_second();
        (seconds + 7 * DAY_S / 2) / (7 * DAY_S)
    };
    let gaps: Vec<i64> = held.windows(2).map(weeks).collect();
    let all: i64 = gaps.iter().sum();
    if gaps.iter().all(|gap| *gap >= 4)
        && let Some(nth) = nth_of_month(held, zone)
    {
        let month = |it: &Held| {
            let local = it.starts_at.to_zoned(zone.clone());
            i64::from(local.year()) * 12 + i64::from(local.month())
        };
        let months = month(held.last()?) - month(held.first()?) + 1;
        return Some((format!("{nth} {days} of the month"), months, "months"));
    }
    let gap = most_common(gaps.iter().copied())?.max(1);
    let usual = gaps.iter().filter(|it| **it == gap).count() as f64;
    if usual < REGULAR_MIN * gaps.len() as f64 {
        return Some((days.to_owned(), all + 1, "weeks"));
    }
    let expected = (all + gap / 2) / gap + 1;
    Some(match gap {
        1 => (days.to_owned(), expected, "weeks"),
        2 => (format!("every other {day}"), expected, "times"),
        gap => (format!("every {gap} weeks on {days}"), expected, "times"),
    })
}

/// The place in the month that most meetings keep.
fn nth_of_month(held: &[Held], zone: &TimeZone) -> Option<&'static str> {
    let nth = |it: &Held| i64::from((it.starts_at.to_zoned(zone.clone()).day() - 1) / 7);
    let usual = most_common(held.iter().map(nth))?;
    let keep = held.iter().filter(|it| nth(it) == usual).count() as f64;
    let names = ["first", "second", "third", "fourth", "fifth"];
    let name = names.get(usize::try_from(usual).ok()?)?;
    (keep >= SLOTS_MIN * held.len() as f64).then_some(*name)
}

/// The most frequent value, the least of several.
fn most_common(values: impl Iterator<Item = i64>) -> Option<i64> {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(value, _)| value)
}

/// A day of the week, one and several.
fn names(day: Weekday) -> (&'static str, &'static str) {
    match day {
        Weekday::Monday => ("Monday", "Mondays"),
        Weekday::Tuesday => ("Tuesday", "Tuesdays"),
        Weekday::Wednesday => ("Wednesday", "Wednesdays"),
        Weekday::Thursday => ("Thursday", "Thursdays"),
        Weekday::Friday => ("Friday", "Fridays"),
        Weekday::Saturday => ("Saturday", "Saturdays"),
        Weekday::Sunday => ("Sunday", "Sundays"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn at(starts: &[&str]) -> Option<String> {
        let held = starts.iter().map(|it| Held { starts_at: it.parse().unwrap(), minutes: 60 });
        rhythm(&held.collect::<Vec<_>>())
    }

    #[test]
    fn a_rhythm_is_told_with_its_evidence() {
        assert_eq!(
            at(&["2025-03-05T20:00:00Z", "2025-03-12T20:00:00Z", "2025-03-26T20:00:00Z"]).unwrap(),
            "Wednesdays 20:00 UTC, 60 min, 3 of 4 weeks"
        );
        // Nine in the evening in New York, before and after the change of clocks.
        assert_eq!(
            at(&[
                "2021-02-26T02:00:00Z",
                "2021-03-05T02:00:00Z",
                "2021-03-12T02:00:00Z",
                "2021-03-19T01:00:00Z",
                "2021-03-26T01:00:00Z",
                "2021-04-02T01:00:00Z"
            ])
            .unwrap(),
            "Thursdays 21:00 America/New_York, 60 min, 6 of 6 weeks"
        );
        assert_eq!(
            at(&[
                "2021-01-08T18:00:00Z",
                "2021-02-05T18:00:00Z",
                "2021-03-05T18:00:00Z",
                "2021-04-02T17:00:00Z",
                "2021-05-07T17:00:00Z"
            ])
            .unwrap(),
            "first Fridays of the month 13:00 America/New_York, 60 min, 5 of 5 months"
        );
        assert_eq!(
            at(&["2025-03-05T20:00:00Z", "2025-03-19T20:00:00Z", "2025-04-02T20:00:00Z"]).unwrap(),
            "every other Wednesday 20:00 UTC, 60 min, 3 of 3 times"
        );
        assert_eq!(
            at(&[
                "2025-03-04T20:00:00Z",
                "2025-03-06T09:00:00Z",
                "2025-03-11T20:00:00Z",
                "2025-03-13T09:00:00Z"
            ])
            .unwrap(),
            "Tuesdays 20:00 UTC, 60 min, 2 of 2 weeks and Thursdays 09:00 UTC, 60 min, 2 of 2 weeks"
        );
        assert_eq!(at(&["2025-03-05T20:00:00Z", "2025-03-12T20:00:00Z"]), None);
        assert_eq!(
            at(&["2025-03-05T20:00:00Z", "2025-03-10T13:00:00Z", "2025-04-26T07:00:00Z"]),
            None
        );
    }

    proptest::proptest! {
        #[test]
        fn any_meetings_are_told_or_not(
            mut starts in proptest::collection::vec(0_i64..4_000_000_000, 0..80), minutes: u16,
        ) {
            starts.sort_unstable();
            let held: Vec<Held> = starts
                .iter()
                .filter_map(|&second| Timestamp::from_second(second).ok())
                .map(|starts_at| Held { starts_at, minutes })
                .collect();
            if let Some(told) = rhythm(&held) {
                proptest::prop_assert!(told.contains(" of "));
            }
        }
    }
}
