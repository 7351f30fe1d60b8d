//! Sessions and their questions on the wire.

use serde::{Deserialize, Serialize};

use crate::{Basis, Correction, Question, SessionRecord, Timestamp};

use super::{
    Wire, WireError,
    field::{Kind, Text, Version, list, time},
    number::{Fingerprint, Real},
};

#[derive(Serialize, Deserialize)]
pub(super) struct SessionWire<'a> {
    v: Version,
    kind: Kind,
    #[serde(borrow)]
    chat: Text<'a>,
    session: Text<'a>,
    fingerprint: Fingerprint,
    gone: bool,
    starts_at_us: i64,
    ends_at_us: i64,
    origin: Text<'a>,
    format: Text<'a>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    moderators: Vec<Text<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    guests: Vec<Text<'a>>,
    posts: u64,
    originals: u64,
    reposts: u64,
    participants: u64,
    answerers: u64,
    talkers: u64,
    amplifiers: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    questions: Vec<QuestionWire<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_timers: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returning: Option<u64>,
    flags: u64,
    peak_posts_per_minute: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    gini: Option<Real>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_tenth_share: Option<Real>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Real>,
    revision: u64,
    positions_from: u64,
    positions_until: u64,
    settled_position: u64,
    attendance_rows: u64,
    #[serde(default, skip_serializing_if = "Fingerprint::is_zero")]
    basis: Fingerprint,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    moderators_basis: Vec<Text<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    guests_basis: Vec<Text<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    corrections: Vec<CorrectionWire<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rhythm: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open_questions: Vec<Text<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    introductions: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_at_us: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Text<'a>>,
}

#[derive(Serialize, Deserialize)]
struct CorrectionWire<'a> {
    #[serde(borrow)]
    subject: Text<'a>,
    verdict: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Text<'a>>,
}

#[derive(Serialize, Deserialize)]
struct QuestionWire<'a> {
    #[serde(borrow)]
    label: Text<'a>,
    number: u32,
    asked_at_us: i64,
    asked_by: Text<'a>,
    post_id: Text<'a>,
    text: Text<'a>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    repeats: Vec<Text<'a>>,
}

impl Wire for SessionWire<'_> {
    fn kind(&self) -> Kind {
        self.kind
    }
}

impl<'a> From<&'a SessionRecord> for SessionWire<'a> {
    fn from(session: &'a SessionRecord) -> Self {
        Self {
            v: Version,
            kind: Kind::Session,
            chat: session.chat.as_str().into(),
            session: Text::of_session(session.session),
            fingerprint: Fingerprint(session.fingerprint),
            gone: session.gone,
            starts_at_us: session.starts_at.as_microsecond(),
            ends_at_us: session.ends_at.as_microsecond(),
            origin: session.origin.as_str().into(),
            format: session.format.as_str().into(),
            moderators: session.moderators.iter().map(|id| id.as_str().into()).collect(),
            guests: session.guests.iter().map(|id| id.as_str().into()).collect(),
            posts: session.posts,
            originals: session.originals,
            reposts: session.reposts,
            participants: session.participants,
            answerers: session.answerers,
            talkers: session.talkers,
            amplifiers: session.amplifiers,
            questions: session.questions.iter().map(QuestionWire::from).collect(),
            first_timers: session.first_timers,
            returning: session.returning,
            flags: session.flags,
            peak_posts_per_minute: session.peak_posts_per_minute,
            gini: session.gini.map(Real),
            top_tenth_share: session.top_tenth_share.map(Real),
            coverage: session.coverage.map(Real),
            revision: session.revision,
            positions_from: session.positions_from,
            positions_until: session.positions_until,
            settled_position: session.settled_position,
            attendance_rows: session.attendance_rows,
            basis: Fingerprint(session.basis),
            moderators_basis: words_of(&session.moderators_basis),
            guests_basis: words_of(&session.guests_basis),
            corrections: session.corrections.iter().map(CorrectionWire::from).collect(),
            rhythm: session.rhythm.as_deref().map(Text::from),
            open_questions: session.open_questions.iter().map(|id| id.as_str().into()).collect(),
            introductions: session.introductions.iter().map(|id| id.as_str().into()).collect(),
            closes_at_us: session.closes_at.map(Timestamp::as_microsecond),
            title: session.title.as_deref().map(Text::from),
        }
    }
}

fn words_of(bases: &[Basis]) -> Vec<Text<'_>> {
    bases.iter().map(|basis| basis.as_str().into()).collect()
}

impl<'a> From<&'a Correction> for CorrectionWire<'a> {
    fn from(correction: &'a Correction) -> Self {
        Self {
            subject: correction.subject.as_str().into(),
            verdict: correction.verdict.as_str().into(),
            by: correction.by.as_deref().map(Text::from),
        }
    }
}

impl<'a> From<&'a Question> for QuestionWire<'a> {
    fn from(question: &'a Question) -> Self {
        Self {
            label: question.label.as_str().into(),
            number: question.number,
            asked_at_us: question.asked_at.as_microsecond(),
            asked_by: question.asked_by.as_str().into(),
            post_id: question.post_id.as_str().into(),
            text: question.text.as_str().into(),
            repeats: question.repeats.iter().map(|id| id.as_str().into()).collect(),
        }
    }
}

impl TryFrom<SessionWire<'_>> for SessionRecord {
    type Error = WireError;

    fn try_from(wire: SessionWire<'_>) -> Result<Self, WireError> {
        let questions: Result<_, _> = wire.questions.into_iter().map(Question::try_from).collect();
        let bases = |field: &str, words: Vec<Text<'_>>| -> Result<Vec<Basis>, WireError> {
            words.iter().map(|word| word.word(field)).collect()
        };
        Ok(Self {
            chat: wire.chat.chat()?,
            session: wire.session.session()?,
            fingerprint: wire.fingerprint.0,
            gone: wire.gone,
            starts_at: time("starts_at_us", wire.starts_at_us)?,
            ends_at: time("ends_at_us", wire.ends_at_us)?,
            origin: wire.origin.word("origin")?,
            format: wire.format.word("format")?,
            moderators: list(wire.moderators),
            guests: list(wire.guests),
            posts: wire.posts,
            originals: wire.originals,
            reposts: wire.reposts,
            participants: wire.participants,
            answerers: wire.answerers,
            talkers: wire.talkers,
            amplifiers: wire.amplifiers,
            questions: questions?,
            first_timers: wire.first_timers,
            returning: wire.returning,
            flags: wire.flags,
            peak_posts_per_minute: wire.peak_posts_per_minute,
            gini: wire.gini.map(|gini| gini.0),
            top_tenth_share: wire.top_tenth_share.map(|share| share.0),
            coverage: wire.coverage.map(|coverage| coverage.0),
            revision: wire.revision,
            positions_from: wire.positions_from,
            positions_until: wire.positions_until,
            settled_position: wire.settled_position,
            attendance_rows: wire.attendance_rows,
            basis: wire.basis.0,
            moderators_basis: bases("moderators_basis", wire.moderators_basis)?,
            guests_basis: bases("guests_basis", wire.guests_basis)?,
            corrections: wire.corrections.into_iter().map(Correction::from).collect(),
            rhythm: wire.rhythm.map(Into::into),
            open_questions: list(wire.open_questions),
            introductions: list(wire.introductions),
            closes_at: wire.closes_at_us.map(|at| time("closes_at_us", at)).transpose()?,
            title: wire.title.map(Into::into),
        })
    }
}

impl From<CorrectionWire<'_>> for Correction {
    fn from(wire: CorrectionWire<'_>) -> Self {
        Self {
            subject: wire.subject.into(),
            verdict: wire.verdict.into(),
            by: wire.by.map(Into::into),
        }
    }
}

impl TryFrom<QuestionWire<'_>> for Question {
    type Error = WireError;

    fn try_from(wire: QuestionWire<'_>) -> Result<Self, WireError> {
        Ok(Self {
            label: wire.label.into(),
            number: wire.number,
            asked_at: time("questions.asked_at_us", wire.asked_at_us)?,
            asked_by: wire.asked_by.into(),
            post_id: wire.post_id.into(),
            text: wire.text.into(),
            repeats: list(wire.repeats),
        })
    }
}
