//! Names of chats, tags and sessions.

use std::fmt;

use compact_str::{CompactString, ToCompactString, format_compact};
use jiff::{Timestamp, civil::ISOWeekDate, tz::TimeZone};

/// Longest name of a chat, in bytes: it becomes a folder name, percent-encoded.
const CHAT_NAME_BYTES_MAX: usize = 80;

/// A name that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left of it.
    #[error("a chat or tag needs a name of at least one letter or digit, not {0:?}")]
    Empty(String),
    /// Too long for a folder.
    #[error("the chat name {0:?} is longer than {CHAT_NAME_BYTES_MAX} bytes")]
    TooLong(String),
    /// Not in the form `2016-01-20T0200Z` or `outside-2016-W03`.
    #[error("a session reads 2016-01-20T0200Z or outside-2016-W03, not {0:?}")]
    NotASession(String),
}

/// The name of a chat, unique in a journal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChatName(CompactString);

impl ChatName {
    /// Takes a name as typed; a leading `#` and surrounding space go.
    pub fn new(name: &str) -> Result<Self, NameError> {
        let name = name.trim_start_matches(|c: char| c == '#' || c.is_whitespace()).trim_end();
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(NameError::Empty(name.to_owned()));
        }
        if name.len() > CHAT_NAME_BYTES_MAX {
            return Err(NameError::TooLong(name.to_owned()));
        }
        Ok(Self(name.into()))
    }

    /// The name as typed.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for ChatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A hashtag without `#`, lower-cased: the form in which tags are compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(CompactString);

impl Tag {
    /// Takes a tag as typed.
    pub fn new(tag: &str) -> Result<Self, NameError> {
        let hash_or_space = |c: char| matches!(c, '#' | '＃') || c.is_whitespace();
        let tag = tag.trim_start_matches(hash_or_space).trim_end();
        if tag.is_empty() {
            return Err(NameError::Empty(tag.to_owned()));
        }
        Ok(Self(tag.to_lowercase().into()))
    }

    /// The folded tag.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether `written` (without `#`) is this tag, whatever its case.
    pub fn matches(&self, written: &str) -> bool {
        if written.is_ascii() {
            self.0.as_str().eq_ignore_ascii_case(written)
        } else {
            self.0.as_str() == written.to_lowercase()
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// One meeting of a chat, or the posts of one ISO week outside any meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SessionId {
    /// A meeting, named by its start (UTC, whole minutes).
    Meeting(Timestamp),
    /// What was posted in an ISO week (UTC) outside every meeting.
    Outside {
        /// ISO year.
        year: i16,
        /// ISO week, 1 to 53.
        week: i8,
    },
}

impl SessionId {
    /// The folder for posts at `at` that belong to no meeting.
    pub fn outside(at: Timestamp) -> Self {
        let week = at.to_zoned(TimeZone::UTC).date().iso_week_date();
        Self::Outside { year: week.year(), week: week.week() }
    }

    /// Whether this is a meeting.
    pub fn is_meeting(self) -> bool {
        matches!(self, Self::Meeting(_))
    }

    /// The instant from which the id counts: the start, or Monday 00:00Z of the week.
    pub fn starts_at(self) -> Timestamp {
        match self {
            Self::Meeting(at) => at,
            Self::Outside { year, week } => {
                ISOWeekDate::new(year, week, jiff::civil::Weekday::Monday)
                    .ok()
                    .and_then(|monday| monday.date().to_zoned(TimeZone::UTC).ok())
                    .map_or(Timestamp::UNIX_EPOCH, |monday| monday.timestamp())
            }
        }
    }

    /// Reads the form that [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let bad = || NameError::NotASession(text.to_owned());
        if let Some(rest) = text.strip_prefix("outside-") {
            let (year, week) = rest.split_once("-W").ok_or_else(bad)?;
            let year = year.parse().map_err(|_| bad())?;
            let week = week.parse().map_err(|_| bad())?;
            ISOWeekDate::new(year, week, jiff::civil::Weekday::Monday).map_err(|_| bad())?;
            return Ok(Self::Outside { year, week });
        }
        let civil = text.strip_suffix('Z').ok_or_else(bad)?;
        let civil = jiff::civil::DateTime::strptime("%Y-%m-%dT%H%M", civil).map_err(|_| bad())?;
        let zoned = civil.to_zoned(TimeZone::UTC).map_err(|_| bad())?;
        Ok(Self::Meeting(zoned.timestamp()))
    }

    /// The id as text.
    pub fn to_compact(self) -> CompactString {
        self.to_compact_string()
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meeting(at) => {
                let utc = at.to_zoned(TimeZone::UTC);
                write!(
                    f,
                    "{:04}-{:02}-{:02}T{:02}{:02}Z",
                    utc.year(),
                    utc.month(),
                    utc.day(),
                    utc.hour(),
                    utc.minute()
                )
            }
            Self::Outside { year, week } => write!(f, "outside-{year:04}-W{week:02}"),
        }
    }
}

/// Percent-encodes `name` for one path segment: letters, digits, `-`, `_`, `~` and inner `.` stay.
pub fn percent_encode(name: &str) -> CompactString {
    let mut out = CompactString::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'~')
            || (byte == b'.' && at > 0);
        if plain {
            out.push(char::from(byte));
        } else {
            out.push_str(&format_compact!("%{byte:02X}"));
        }
    }
    out
}

/// Takes [`percent_encode`] back; what is no encoding stays as it is.
pub fn percent_decode(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = segment.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn session_ids_read_back() {
        for text in ["2016-01-20T0200Z", "outside-2016-W03", "outside-2020-W53"] {
            assert_eq!(SessionId::parse(text).unwrap().to_string(), text);
        }
        for text in ["2016-01-20", "outside-2016-W60", "2016-13-20T0200Z", ""] {
            assert!(SessionId::parse(text).is_err(), "{text} was taken");
        }
    }

    #[test]
    fn weeks_are_iso_weeks() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(SessionId::outside(at("2021-01-03T23:59:59Z")).to_string(), "outside-2020-W53");
        assert_eq!(SessionId::outside(at("2021-01-04T00:00:00Z")).to_string(), "outside-2021-W01");
        assert_eq!(
            SessionId::parse("outside-2021-W01").unwrap().starts_at(),
            at("2021-01-04T00:00:00Z")
        );
    }

    #[test]
    fn tags_fold_case_and_names_encode() {
        assert!(Tag::new("#GardenChat").unwrap().matches("gardenCHAT"));
        assert!(Tag::new("Gärten").unwrap().matches("GÄRTEN"));
        assert!(Tag::new(" # ").is_err());
        assert_eq!(percent_encode("a b/../é"), "a%20b%2F..%2F%C3%A9");
        assert_eq!(percent_encode("..x"), "%2E.x");
        for name in ["a b/../é", "..x", "gardenchat", "100%"] {
            assert_eq!(percent_decode(&percent_encode(name)), name);
        }
        assert_eq!(percent_decode("%zz%2"), "%zz%2");
    }
}
