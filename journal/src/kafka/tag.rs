//! Which transaction wrote something. Its first record in every partition says so, and so do the positions
//! that it committed: what a broker forgot to end can then be ended as what it was. Pure.

use std::{fmt, str::FromStr};

use rdkafka::{
    Message,
    message::{BorrowedMessage, Header, Headers as _, OwnedHeaders},
};

/// Header of the first record that a transaction wrote into a partition; its value is the tag.
const WRITTEN_BY: &str = "colloquy-transaction";

/// Header of a record that is there for the end of its transaction alone, and for no reader.
const END: &str = "colloquy-end";

/// A transaction of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    /// The member's group.
    pub(super) group: String,
    /// The partition number whose transactional id was used.
    pub(super) number: u32,
    /// Who used it: another one after every registration.
    pub(super) user: u64,
    /// How many transactions this user had committed before. One that was aborted is its user's last.
    pub(super) nth: u64,
}

impl Tag {
    /// Whether the transaction was committed, by the tag of the last that committed a position of the
    /// partition that the id is named after: every commit commits one there.
    pub(super) fn was_committed(&self, last: Option<&Self>) -> bool {
        last.is_some_and(|last| {
            last.is_of(&self.group, self.number) && last.user == self.user && last.nth >= self.nth
        })
    }

    /// Whether it was made under the id of this number.
    pub(super) fn is_of(&self, group: &str, number: u32) -> bool {
        self.group == group && self.number == number
    }

    /// For the first record of a transaction in a partition.
    pub(super) fn headers(&self) -> OwnedHeaders {
        OwnedHeaders::new().insert(Header { key: WRITTEN_BY, value: Some(&self.to_string()) })
    }

    /// The tag of a record that is the first of its transaction.
    pub(super) fn of(message: &BorrowedMessage<'_>) -> Option<Self> {
        let mut headers = message.headers()?.iter();
        let value = headers.find(|header| header.key == WRITTEN_BY)?.value?;
        std::str::from_utf8(value).ok()?.parse().ok()
    }
}

/// For a record that no reader gets.
pub(super) fn end_headers() -> OwnedHeaders {
    OwnedHeaders::new().insert(Header { key: END, value: None::<&str> })
}

/// Whether a record is for no reader.
pub(super) fn is_end(message: &BorrowedMessage<'_>) -> bool {
    message.headers().is_some_and(|headers| headers.iter().any(|header| header.key == END))
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}.{}", self.group, self.number, self.user, self.nth)
    }
}

/// The text is no tag.
#[derive(Debug)]
pub(super) struct NoTag;

impl FromStr for Tag {
    type Err = NoTag;

    fn from_str(text: &str) -> Result<Self, NoTag> {
        let mut parts = text.rsplitn(4, '.');
        let mut next = || parts.next().ok_or(NoTag)?.parse::<u64>().map_err(|_| NoTag);
        let (nth, user, number) = (next()?, next()?, next()?);
        let number = u32::try_from(number).map_err(|_| NoTag)?;
        let group = parts.next().ok_or(NoTag)?.to_owned();
        Ok(Self { group, number, user, nth })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn tag(group: &str, number: u32, user: u64, nth: u64) -> Tag {
        Tag { group: group.to_owned(), number, user, nth }
    }

    #[test]
    fn a_tag_survives_as_text() {
        let tag = tag("colloquy.analyze", 3, u64::MAX, 12);
        assert_eq!(tag.to_string().parse::<Tag>().unwrap(), tag);
        for text in ["", "3", "3.4.5", "a.3.4.x", "a.4294967296.1.1", "a.-1.2.3"] {
            assert!(text.parse::<Tag>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_transaction_was_committed_if_its_user_committed_it_or_a_later_one() {
        let left = tag("a", 1, 7, 4);
        for (last, expected) in [
            (None, false),
            (Some(tag("a", 1, 7, 3)), false),
            (Some(tag("a", 1, 7, 4)), true),
            (Some(tag("a", 1, 7, 5)), true),
            (Some(tag("a", 1, 8, 5)), false),
            (Some(tag("a", 0, 7, 5)), false),
            (Some(tag("b", 1, 7, 5)), false),
        ] {
            assert_eq!(left.was_committed(last.as_ref()), expected, "{last:?}");
        }
    }
}
