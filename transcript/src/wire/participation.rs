//! Participation in a question on the wire.

use serde::{Deserialize, Serialize};

use crate::Participation;

use super::{
    Wire, WireError,
    field::{Kind, Text, Version},
    number::{Fingerprint, Real},
};

#[derive(Serialize, Deserialize)]
pub(super) struct ParticipationWire<'a> {
    v: Version,
    kind: Kind,
    #[serde(borrow)]
    chat: Text<'a>,
    session: Text<'a>,
    fingerprint: Fingerprint,
    question: Text<'a>,
    answers: u64,
    answerers: u64,
    talkers: u64,
    amplifiers: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_answer_s: Option<Real>,
    #[serde(skip_serializing_if = "Option::is_none")]
    median_response_s: Option<Real>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p90_response_s: Option<Real>,
    replies: u64,
    reposts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    likes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share_of_room: Option<Real>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_timers: Option<u64>,
}

impl Wire for ParticipationWire<'_> {
    fn kind(&self) -> Kind {
        self.kind
    }
}

impl<'a> From<&'a Participation> for ParticipationWire<'a> {
    fn from(row: &'a Participation) -> Self {
        Self {
            v: Version,
            kind: Kind::Participation,
            chat: row.chat.as_str().into(),
            session: Text::of_session(row.session),
            fingerprint: Fingerprint(row.fingerprint),
            question: row.question.as_str().into(),
            answers: row.answers,
            answerers: row.answerers,
            talkers: row.talkers,
            amplifiers: row.amplifiers,
            first_answer_s: row.first_answer_s.map(Real),
            median_response_s: row.median_response_s.map(Real),
            p90_response_s: row.p90_response_s.map(Real),
            replies: row.replies,
            reposts: row.reposts,
            likes: row.likes,
            share_of_room: row.share_of_room.map(Real),
            first_timers: row.first_timers,
        }
    }
}

impl TryFrom<ParticipationWire<'_>> for Participation {
    type Error = WireError;

    fn try_from(wire: ParticipationWire<'_>) -> Result<Self, WireError> {
        Ok(Self {
            chat: wire.chat.chat()?,
            session: wire.session.session()?,
            fingerprint: wire.fingerprint.0,
            question: wire.question.into(),
            answers: wire.answers,
            answerers: wire.answerers,
            talkers: wire.talkers,
            amplifiers: wire.amplifiers,
            first_answer_s: wire.first_answer_s.map(|seconds| seconds.0),
            median_response_s: wire.median_response_s.map(|seconds| seconds.0),
            p90_response_s: wire.p90_response_s.map(|seconds| seconds.0),
            replies: wire.replies,
            reposts: wire.reposts,
            likes: wire.likes,
            share_of_room: wire.share_of_room.map(|share| share.0),
            first_timers: wire.first_timers,
        })
    }
}
