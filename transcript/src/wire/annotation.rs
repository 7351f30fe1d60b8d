//! Annotations on the wire.

use serde::{Deserialize, Serialize};

use crate::{Annotation, Flag, Reason};

use super::{
    Wire, WireError,
    field::{Kind, Text, Version},
    number::{Fingerprint, Real},
};

#[derive(Serialize, Deserialize)]
pub(super) struct AnnotationWire<'a> {
    v: Version,
    kind: Kind,
    #[serde(borrow)]
    chat: Text<'a>,
    post_id: Text<'a>,
    session: Text<'a>,
    fingerprint: Fingerprint,
    role: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<Real>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang_source: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<FlagWire<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author_id: Option<Text<'a>>,
}

#[derive(Serialize, Deserialize)]
struct FlagWire<'a> {
    score: Real,
    #[serde(borrow)]
    band: Text<'a>,
    flagged: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<ReasonWire<'a>>,
    model: Text<'a>,
    /// `hijack` or `not-hijack`, the words of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<i16>,
}

#[derive(Serialize, Deserialize)]
struct ReasonWire<'a> {
    #[serde(borrow)]
    rule: Text<'a>,
    sentence: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<(u32, u32)>,
    measured: Real,
    threshold: Real,
}

impl Wire for AnnotationWire<'_> {
    fn kind(&self) -> Kind {
        self.kind
    }
}

impl<'a> From<&'a Annotation> for AnnotationWire<'a> {
    fn from(annotation: &'a Annotation) -> Self {
        let lang = annotation.lang.as_ref();
        Self {
            v: Version,
            kind: Kind::Annotation,
            chat: annotation.chat.as_str().into(),
            post_id: annotation.post_id.as_str().into(),
            session: Text::of_session(annotation.session),
            fingerprint: Fingerprint(annotation.fingerprint),
            role: annotation.role.as_str().into(),
            question: annotation.question.as_deref().map(Text::from),
            basis: annotation.basis.map(|basis| basis.as_str().into()),
            confidence: annotation.confidence.map(Real),
            lang: lang.map(|(lang, _)| lang.as_str().into()),
            lang_source: lang.map(|(_, source)| source.as_str().into()),
            flag: annotation.flag.as_ref().map(FlagWire::from),
            author_id: annotation.author_id.as_ref().map(|id| id.as_str().into()),
        }
    }
}

impl<'a> From<&'a Flag> for FlagWire<'a> {
    fn from(flag: &'a Flag) -> Self {
        let decision = flag.decision.map(|hijack| if hijack { "hijack" } else { "not-hijack" });
        Self {
            score: Real(flag.score),
            band: flag.band.as_str().into(),
            flagged: flag.flagged,
            reasons: flag.reasons.iter().map(ReasonWire::from).collect(),
            model: flag.model.as_str().into(),
            decision: decision.map(Text::from),
            evidence: flag.evidence.to_vec(),
        }
    }
}

impl<'a> From<&'a Reason> for ReasonWire<'a> {
    fn from(reason: &'a Reason) -> Self {
        Self {
            rule: reason.rule.as_str().into(),
            sentence: reason.sentence.as_str().into(),
            span: reason.span,
            measured: Real(reason.measured),
            threshold: Real(reason.threshold),
        }
    }
}

impl TryFrom<AnnotationWire<'_>> for Annotation {
    type Error = WireError;

    fn try_from(wire: AnnotationWire<'_>) -> Result<Self, WireError> {
        let lang = match (wire.lang, wire.lang_source) {
            (Some(lang), Some(source)) => Some((lang.into(), source.word("lang_source")?)),
            (None, None) => None,
            (Some(_), None) => return Err(WireError::field("lang_source", "it is missing")),
            (None, Some(_)) => return Err(WireError::field("lang", "it is missing")),
        };
        Ok(Self {
            chat: wire.chat.chat()?,
            post_id: wire.post_id.into(),
            session: wire.session.session()?,
            fingerprint: wire.fingerprint.0,
            role: wire.role.word("role")?,
            question: wire.question.map(Into::into),
            basis: wire.basis.map(|basis| basis.word("basis")).transpose()?,
            confidence: wire.confidence.map(|confidence| confidence.0),
            lang,
            flag: wire.flag.map(Flag::try_from).transpose()?,
            author_id: wire.author_id.map(Into::into),
        })
    }
}

impl TryFrom<FlagWire<'_>> for Flag {
    type Error = WireError;

    fn try_from(wire: FlagWire<'_>) -> Result<Self, WireError> {
        let decision = match wire.decision.as_ref().map(|word| word.0.as_ref()) {
            None => None,
            Some("hijack") => Some(true),
            Some("not-hijack") => Some(false),
            Some(other) => {
                let problem = format_args!("{other:?} is none of hijack, not-hijack");
                return Err(WireError::field("flag.decision", problem));
            }
        };
        Ok(Self {
            score: wire.score.0,
            band: wire.band.word("flag.band")?,
            flagged: wire.flagged,
            reasons: wire.reasons.into_iter().map(Reason::from).collect(),
            model: wire.model.into(),
            decision,
            evidence: wire.evidence.into(),
        })
    }
}

impl From<ReasonWire<'_>> for Reason {
    fn from(wire: ReasonWire<'_>) -> Self {
        Self {
            rule: wire.rule.into(),
            sentence: wire.sentence.into(),
            span: wire.span,
            measured: wire.measured.0,
            threshold: wire.threshold.0,
        }
    }
}
