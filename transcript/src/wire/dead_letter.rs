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
    #[serde(default, skip_serializing_if = "is_none")]
    digest: u64,
    stage: Text<'a>,
    reason: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_base64: Option<Text<'a>>,
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
        let (text, base64) = written(&letter.bytes);
        let (context, context_base64) = match letter.context.as_slice() {
            [] => (None, None),
            context => written(context),
        };
        Self {
            v: Version,
            kind: Kind::DeadLetter,
            source: letter.source.as_str().into(),
            position: letter.position,
            digest: letter.digest,
            stage: letter.stage.as_str().into(),
            reason: letter.reason.as_str().into(),
            context,
            context_base64,
            text,
            base64,
        }
    }
}

impl TryFrom<DeadLetterWire<'_>> for DeadLetter {
    type Error = WireError;

    fn try_from(wire: DeadLetterWire<'_>) -> Result<Self, WireError> {
        let bytes = read("base64", wire.text, wire.base64)?
            .ok_or_else(|| WireError::field("text", "it is missing, and so is base64"))?;
        let context =
            read("context_base64", wire.context, wire.context_base64)?.unwrap_or_default();
        Ok(Self {
            source: wire.source.into(),
            position: wire.position,
            digest: wire.digest,
            stage: wire.stage.into(),
            reason: wire.reason.into(),
            context,
            bytes,
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(digest: &u64) -> bool {
    *digest == 0
}

/// Bytes as text where they are text, else as base64.
fn written(bytes: &[u8]) -> (Option<Text<'_>>, Option<Text<'_>>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Some(text.into()), None),
        Err(_) => (None, Some(Text(Cow::Owned(STANDARD.encode(bytes))))),
    }
}

/// What [`written`] made of some bytes; `field` is the name of the base64.
fn read(
    field: &str,
    text: Option<Text<'_>>,
    base64: Option<Text<'_>>,
) -> Result<Option<Vec<u8>>, WireError> {
    match (text, base64) {
        (Some(text), None) => Ok(Some(String::from(text).into_bytes())),
        (None, Some(base64)) => {
            let bytes = STANDARD.decode(base64.0.as_bytes());
            bytes.map(Some).map_err(|error| WireError::field(field, error))
        }
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(WireError::field(field, "there is a text too")),
    }
}
