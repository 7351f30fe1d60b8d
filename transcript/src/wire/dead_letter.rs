//! Rejected input on the wire: as text where it is text, else as base64.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::DeadLetter;

use super::{
    Wire, WireError,
    field::{Kind, Text, Version},
};

#[derive(Serialize, Deserialize)]
pub(super) struct DeadLetterWire<'a> {
    v: Version,
    kind: Kind,
    #[serde(borrow)]
    source: Text<'a>,
    position: u64,
    stage: Text<'a>,
    reason: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<Text<'a>>,
}

impl Wire for DeadLetterWire<'_> {
    fn kind(&self) -> Kind {
        self.kind
    }
}

impl<'a> From<&'a DeadLetter> for DeadLetterWire<'a> {
    fn from(letter: &'a DeadLetter) -> Self {
        let (text, base64) = match std::str::from_utf8(&letter.bytes) {
            Ok(text) => (Some(text.into()), None),
            Err(_) => (None, Some(Text(Cow::Owned(STANDARD.encode(&letter.bytes))))),
        };
        Self {
            v: Version,
            kind: Kind::DeadLetter,
            source: letter.source.as_str().into(),
            position: letter.position,
            stage: letter.stage.as_str().into(),
            reason: letter.reason.as_str().into(),
            text,
            base64,
        }
    }
}

impl TryFrom<DeadLetterWire<'_>> for DeadLetter {
    type Error = WireError;

    fn try_from(wire: DeadLetterWire<'_>) -> Result<Self, WireError> {
        let bytes = match (wire.text, wire.base64) {
            (Some(text), None) => String::from(text).into_bytes(),
            (None, Some(base64)) => STANDARD
                .decode(base64.0.as_bytes())
                .map_err(|error| WireError::field("base64", error))?,
            (None, None) => {
                return Err(WireError::field("text", "it is missing, and so is base64"));
            }
            (Some(_), Some(_)) => return Err(WireError::field("base64", "there is a text too")),
        };
        Ok(Self {
            source: wire.source.into(),
            position: wire.position,
            stage: wire.stage.into(),
            reason: wire.reason.into(),
            bytes,
        })
    }
}
