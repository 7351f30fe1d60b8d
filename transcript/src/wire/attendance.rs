//! Attendance of a session on the wire.

use serde::{Deserialize, Serialize};

use crate::Attendance;

use super::{
    Wire, WireError,
    field::{Kind, Text, Version, list},
    number::Fingerprint,
};

#[derive(Serialize, Deserialize)]
pub(super) struct AttendanceWire<'a> {
    v: Version,
    kind: Kind,
    #[serde(borrow)]
    chat: Text<'a>,
    session: Text<'a>,
    fingerprint: Fingerprint,
    author_id: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author_handle: Option<Text<'a>>,
    class: Text<'a>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roles: Vec<Text<'a>>,
    posts: u64,
    answers: u64,
    questions_answered: u64,
    replies_given: u64,
    replies_received: u64,
    mentions_received: u64,
    reposts_received: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions_before: Option<u64>,
}

impl Wire for AttendanceWire<'_> {
    fn kind(&self) -> Kind {
        self.kind
    }
}

impl<'a> From<&'a Attendance> for AttendanceWire<'a> {
    fn from(row: &'a Attendance) -> Self {
        Self {
            v: Version,
            kind: Kind::Attendance,
            chat: row.chat.as_str().into(),
            session: Text::of_session(row.session),
            fingerprint: Fingerprint(row.fingerprint),
            author_id: row.author_id.as_str().into(),
            author_handle: row.author_handle.as_deref().map(Text::from),
            class: row.class.as_str().into(),
            roles: row.roles.iter().map(|role| role.as_str().into()).collect(),
            posts: row.posts,
            answers: row.answers,
            questions_answered: row.questions_answered,
            replies_given: row.replies_given,
            replies_received: row.replies_received,
            mentions_received: row.mentions_received,
            reposts_received: row.reposts_received,
            sessions_before: row.sessions_before,
        }
    }
}

impl TryFrom<AttendanceWire<'_>> for Attendance {
    type Error = WireError;

    fn try_from(wire: AttendanceWire<'_>) -> Result<Self, WireError> {
        Ok(Self {
            chat: wire.chat.chat()?,
            session: wire.session.session()?,
            fingerprint: wire.fingerprint.0,
            author_id: wire.author_id.into(),
            author_handle: wire.author_handle.map(Into::into),
            class: wire.class.word("class")?,
            roles: list(wire.roles),
            posts: wire.posts,
            answers: wire.answers,
            questions_answered: wire.questions_answered,
            replies_given: wire.replies_given,
            replies_received: wire.replies_received,
            mentions_received: wire.mentions_received,
            reposts_received: wire.reposts_received,
            sessions_before: wire.sessions_before,
        })
    }
}
