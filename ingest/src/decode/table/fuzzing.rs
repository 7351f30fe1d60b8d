//! Doors for the fuzz target `text` into what no whole row shows alone: mended text, cells of times,
//! ids and lists, and blocks of Markdown. Each does what a decoder would do next with what it gets.
//! No part of the interface of this crate.

use jiff::{civil, tz::TimeZone};

use super::{
    super::{Decoded, derive, markdown},
    cell::{self, Column, Id},
    clock::{self, Moment},
};

/// How often a text is mended before nothing may change any more.
const MENDED_MAX: usize = 4;
/// The first year in which London's clock is away from UTC by whole quarters of an hour.
const ZONES_SINCE: i16 = 1848;

/// Mends a garbled text until nothing changes, which must be soon.
pub fn text(text: &str) -> String {
    let mut text = derive::repaired(text).into_owned();
    for _ in 0..MENDED_MAX {
        let again = derive::repaired(&text);
        if *again == *text {
            return text;
        }
        assert!(again.chars().count() < text.chars().count(), "mending makes {text:?} longer");
        text = again.into_owned();
    }
    panic!("mending never ends at {text:?}")
}

/// Reads the cell of a time, and what follows from it in a zone with gaps.
pub fn time(text: &str, day_first: bool) {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let walls = match clock::moment(text, day_first) {
        Some(Moment::Wall(wall, other)) => [Some(wall), other],
        Some(Moment::Day(day)) => [Some(day.to_datetime(civil::Time::midnight())), None],
        Some(Moment::Instant(at)) => {
            clock::could_be(civil::date(2024, 1, 1), at);
            [Some(TimeZone::UTC.to_datetime(at)), None]
        }
        None => [None, None],
    };
    for wall in walls.into_iter().flatten() {
        clock::stated_offset(wall, text);
        // Before there were zones every town had its own minutes.
        if let Some(at) = clock::in_zone(wall, &zone).filter(|_| wall.year() >= ZONES_SINCE) {
            assert!(clock::could_show(wall, at), "{wall} was nowhere at {at}");
        }
    }
}

/// Reads the cell of an id, and of a list.
pub fn cell(text: &str) {
    for column in [Column::Whole, Column::Rounded] {
        if let Id::Exact(digits) = cell::id(text, column) {
            let plain = digits.parse::<u64>().is_ok_and(|number| number.to_string() == digits);
            assert!(plain, "{text:?} is no id {digits:?}");
            cell::is_about(digits.parse().unwrap_or(0), 1 << 60);
        }
    }
    cell::column_of(text.lines());
    if let Some((id, handle)) = cell::address(text) {
        assert!(text.contains(id) && handle.is_none_or(|handle| text.contains(handle)));
    }
    cell::links(text);
    cell::list(text);
    cell::count(text);
    cell::flag(text);
    clock::day_first(text.lines());
}

/// Decodes a block of Markdown.
pub fn block(bytes: &[u8]) -> Decoded {
    let mut out = Decoded::default();
    markdown::decode(bytes, &mut out);
    out
}
