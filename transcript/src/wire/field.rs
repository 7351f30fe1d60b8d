//! The kinds of value that wire structs are made of.

use std::borrow::Cow;

use compact_str::CompactString;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{AuthorId, ChatName, PostId, SessionId};

use super::{VERSION, Wire, WireError, word::Word};

/// The version of a record: 1 and nothing else, so that reading it is checking it.
pub(super) struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            VERSION => Ok(Self),
            other => Err(de::Error::custom(format_args!("version {other} instead of {VERSION}"))),
        }
    }
}

/// What kind of record an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Post,
    Decision,
    Coverage,
    Mark,
    Annotation,
    Participation,
    Attendance,
    Session,
    DeadLetter,
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?.0;
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&text), &"a known kind"))
    }
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Post,
        Self::Annotation,
        Self::Attendance,
        Self::Participation,
        Self::Session,
        Self::Decision,
        Self::Coverage,
        Self::Mark,
        Self::DeadLetter,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Decision => "decision",
            Self::Coverage => "coverage",
            Self::Mark => "mark",
            Self::Annotation => "annotation",
            Self::Participation => "participation",
            Self::Attendance => "attendance",
            Self::Session => "session",
            Self::DeadLetter => "dead-letter",
        }
    }
}

/// What every record begins with.
#[derive(Deserialize)]
pub(super) struct Head {
    #[expect(dead_code, reason = "reading it checks the version")]
    v: Version,
    pub(super) kind: Kind,
}

impl Wire for Head {
    fn kind(&self) -> Kind {
        self.kind
    }
}

/// A text, borrowed from the bytes where they hold it without escapes. A type of its own because
/// serde borrows a `Cow` only as a direct field, not inside an `Option` or a `Vec`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.0.into_owned()
    }
}

impl From<Text<'_>> for CompactString {
    fn from(text: Text<'_>) -> Self {
        text.0.into()
    }
}

impl From<Text<'_>> for PostId {
    fn from(text: Text<'_>) -> Self {
        Self::from_full(text.0)
    }
}

impl From<Text<'_>> for AuthorId {
    fn from(text: Text<'_>) -> Self {
        Self::from_full(text.0)
    }
}

impl Text<'_> {
    pub(super) fn of_session(session: SessionId) -> Self {
        Self(Cow::Owned(session.to_string()))
    }

    pub(super) fn chat(&self) -> Result<ChatName, WireError> {
        ChatName::new(&self.0).map_err(|error| WireError::field("chat", error))
    }

    pub(super) fn session(&self) -> Result<SessionId, WireError> {
        SessionId::parse(&self.0).map_err(|error| WireError::field("session", error))
    }

    /// The variant that has this name; `field` is named when none has.
    pub(super) fn word<W: Word>(&self, field: &str) -> Result<W, WireError> {
        let found = W::ALL.iter().find(|word| word.name() == self.0);
        found.copied().ok_or_else(|| {
            let known: Vec<_> = W::ALL.iter().map(|word| word.name()).collect();
            let known = known.join(", ");
            WireError::field(field, format_args!("{:?} is none of {known}", self.0))
        })
    }
}

/// Collects a list of texts into the model's type.
pub(super) fn list<T: for<'a> From<Text<'a>>>(texts: Vec<Text<'_>>) -> Vec<T> {
    texts.into_iter().map(T::from).collect()
}

/// Reads an instant; `field` is named when it is out of range.
pub(super) fn time(field: &str, microseconds: i64) -> Result<Timestamp, WireError> {
    // Not `from_microsecond`, which refuses the last second that a timestamp can hold.
    let (seconds, micros) =
        (microseconds.div_euclid(1_000_000), microseconds.rem_euclid(1_000_000));
    let nanos = i32::try_from(micros * 1_000).unwrap_or(0);
    Timestamp::new(seconds, nanos).map_err(|_| {
        let problem = format_args!("{microseconds} is outside the years -9999 to 9999");
        WireError::field(field, problem)
    })
}
