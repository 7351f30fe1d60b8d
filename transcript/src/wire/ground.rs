//! Decisions, coverage and marks on the wire.

use serde::{Deserialize, Serialize};

use crate::{Decision, Mark, Standing, Verdict, Watched};

use super::{
    Wire, WireError,
    field::{Kind, Text, Version, time},
};

#[derive(Serialize, Deserialize)]
pub(super) struct DecisionWire<'a> {
    v: Version,
    kind: Kind,
    #[serde(borrow)]
    chat: Text<'a>,
    subject: Text<'a>,
    /// The verdict's word; its argument stands in one of the three fields that follow.
    verdict: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instant_us: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Text<'a>>,
    at_us: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Text<'a>>,
    withdrawn: bool,
}

impl Wire for DecisionWire<'_> {
    fn kind(&self) -> Kind {
        self.kind
    }
}

impl<'a> From<&'a Decision> for DecisionWire<'a> {
    fn from(decision: &'a Decision) -> Self {
        let (author, question, instant) = match &decision.verdict {
            Verdict::SameAs(author) => (Some(author.as_str().into()), None, None),
            Verdict::IsQuestion(label) | Verdict::Answers(label) => {
                (None, Some(label.as_str().into()), None)
            }
            Verdict::StartsAt(at) | Verdict::EndsAt(at) => (None, None, Some(at.as_microsecond())),
            _ => (None, None, None),
        };
        Self {
            v: Version,
            kind: Kind::Decision,
            chat: decision.chat.as_str().into(),
            subject: decision.subject.as_str().into(),
            verdict: decision.verdict.name().into(),
            author,
            question,
            instant_us: instant,
            by: decision.by.as_deref().map(Text::from),
            at_us: decision.at.as_microsecond(),
            note: decision.note.as_deref().map(Text::from),
            withdrawn: decision.withdrawn,
        }
    }
}

impl TryFrom<DecisionWire<'_>> for Decision {
    type Error = WireError;

    fn try_from(mut wire: DecisionWire<'_>) -> Result<Self, WireError> {
        Ok(Self {
            verdict: wire.take_verdict()?,
            chat: wire.chat.chat()?,
            subject: wire.subject.into(),
            by: wire.by.map(Into::into),
            at: time("at_us", wire.at_us)?,
            note: wire.note.map(Into::into),
            withdrawn: wire.withdrawn,
        })
    }
}

impl DecisionWire<'_> {
    fn take_verdict(&mut self) -> Result<Verdict, WireError> {
        let missing = |field: &str, word: &str| {
            WireError::field(field, format_args!("a verdict {word:?} needs it"))
        };
        let word = self.verdict.0.as_ref();
        Ok(match word {
            "same-as" => {
                let author = self.author.take().ok_or_else(|| missing("author", word))?;
                Verdict::SameAs(author.into())
            }
            "is-question" | "answers" => {
                let label = self.question.take().ok_or_else(|| missing("question", word))?;
                if word == "answers" {
                    Verdict::Answers(label.into())
                } else {
                    Verdict::IsQuestion(label.into())
                }
            }
            "starts-at" | "ends-at" => {
                let at = self.instant_us.ok_or_else(|| missing("instant_us", word))?;
                let at = time("instant_us", at)?;
                if word == "ends-at" { Verdict::EndsAt(at) } else { Verdict::StartsAt(at) }
            }
            // A word that brings its own argument (`answers=Q1`) is the form of `to_text`.
            _ => {
                Verdict::parse(word).filter(|verdict| verdict.name() == word).ok_or_else(|| {
                    WireError::field("verdict", format_args!("{word:?} is no verdict"))
                })?
            }
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct CoverageWire<'a> {
    v: Version,
    kind: Kind,
    #[serde(borrow)]
    chat: Text<'a>,
    source: Text<'a>,
    from_us: i64,
    until_us: i64,
    state: Text<'a>,
}

impl Wire for CoverageWire<'_> {
    fn kind(&self) -> Kind {
        self.kind
    }
}

impl<'a> From<&'a Watched> for CoverageWire<'a> {
    fn from(watched: &'a Watched) -> Self {
        Self {
            v: Version,
            kind: Kind::Coverage,
            chat: watched.chat.as_str().into(),
            source: watched.source.as_str().into(),
            from_us: watched.from.as_microsecond(),
            until_us: watched.until.as_microsecond(),
            state: watched.state.as_str().into(),
        }
    }
}

impl TryFrom<CoverageWire<'_>> for Watched {
    type Error = WireError;

    fn try_from(wire: CoverageWire<'_>) -> Result<Self, WireError> {
        Ok(Self {
            chat: wire.chat.chat()?,
            source: wire.source.into(),
            from: time("from_us", wire.from_us)?,
            until: time("until_us", wire.until_us)?,
            state: wire.state.word("state")?,
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct MarkWire<'a> {
    v: Version,
    kind: Kind,
    partition: u32,
    #[serde(borrow)]
    source: Text<'a>,
    standing: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_until_us: Option<i64>,
    through: u64,
}

impl Wire for MarkWire<'_> {
    fn kind(&self) -> Kind {
        self.kind
    }
}

impl<'a> From<&'a Mark> for MarkWire<'a> {
    fn from(mark: &'a Mark) -> Self {
        let (standing, until) = match mark.standing {
            Standing::Begun => ("begun", None),
            Standing::CompleteUntil(at) => ("complete-until", Some(at.as_microsecond())),
            Standing::Ended => ("ended", None),
        };
        Self {
            v: Version,
            kind: Kind::Mark,
            partition: mark.partition,
            source: mark.source.as_str().into(),
            standing: standing.into(),
            complete_until_us: until,
            through: mark.through,
        }
    }
}

impl TryFrom<MarkWire<'_>> for Mark {
    type Error = WireError;

    fn try_from(wire: MarkWire<'_>) -> Result<Self, WireError> {
        let standing = match (wire.standing.0.as_ref(), wire.complete_until_us) {
            ("begun", _) => Standing::Begun,
            ("ended", _) => Standing::Ended,
            ("complete-until", Some(at)) => Standing::CompleteUntil(time("complete_until_us", at)?),
            ("complete-until", None) => {
                return Err(WireError::field("complete_until_us", "it is missing"));
            }
            (other, _) => {
                let problem = format_args!("{other:?} is none of begun, complete-until, ended");
                return Err(WireError::field("standing", problem));
            }
        };
        Ok(Self {
            partition: wire.partition,
            source: wire.source.into(),
            standing,
            through: wire.through,
        })
    }
}
