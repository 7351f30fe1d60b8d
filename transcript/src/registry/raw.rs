//! The shape of `chats.toml`. Values keep their place in the file, so that a check can name it.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use toml::Spanned;

use super::{RegistryError, check::Lines};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRegistry {
    #[serde(default)]
    pub(super) chat: Vec<RawChat>,
    /// Connections are none of the registry's business; whoever connects reads them.
    #[serde(rename = "kafka")]
    pub(super) _kafka: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawChat {
    pub(super) name: Spanned<String>,
    pub(super) tags: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default)]
    pub(super) moderators: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) guests: Vec<RawGuests>,
    pub(super) begins: Option<Spanned<String>>,
    pub(super) schedule: Option<RawSchedule>,
    pub(super) platforms: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) language: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) question_labels: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) answer_labels: Vec<Spanned<String>>,
    pub(super) promotion: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) allowed_domains: Vec<Spanned<String>>,
    pub(super) flag_percent: Option<Spanned<i64>>,
    pub(super) watch_percent: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) session: Vec<RawSession>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGuests {
    pub(super) date: Spanned<String>,
    pub(super) handles: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSchedule {
    pub(super) rrule: Spanned<String>,
    pub(super) start: Spanned<String>,
    pub(super) zone: Spanned<String>,
    pub(super) minutes: Spanned<i64>,
    pub(super) grace_before_minutes: Option<Spanned<i64>>,
    pub(super) grace_after_minutes: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSession {
    pub(super) date: Spanned<String>,
    pub(super) title: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) questions: Vec<Spanned<RawQuestion>>,
    pub(super) cancelled: Option<Spanned<bool>>,
    pub(super) starts: Option<Spanned<String>>,
    pub(super) minutes: Option<Spanned<i64>>,
}

/// A planned question: its words alone, or a table with its label.
pub(super) struct RawQuestion {
    pub(super) label: Option<String>,
    pub(super) text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionTable {
    label: Option<String>,
    text: String,
}

/// Takes both forms. Not an untagged enum, whose errors name no key.
struct EitherForm;

impl<'de> Visitor<'de> for EitherForm {
    type Value = RawQuestion;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a question in quotes or { label = \"Q1\", text = \"…\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<RawQuestion, E> {
        Ok(RawQuestion { label: None, text: text.to_owned() })
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<RawQuestion, A::Error> {
        let QuestionTable { label, text } =
            QuestionTable::deserialize(MapAccessDeserializer::new(table))?;
        Ok(RawQuestion { label, text })
    }
}

impl<'de> Deserialize<'de> for RawQuestion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EitherForm)
    }
}

/// The key of errors that concern none.
const WHOLE_FILE: &str = "chats.toml";

/// Reads the shape; the error names the line and the key.
pub(super) fn read(text: &str) -> Result<RawRegistry, RegistryError> {
    let lines = Lines(text);
    let start = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
    let reader = toml::Deserializer::parse(text).map_err(|error| {
        let at = start(&error);
        lines.error(at, key_before(text, at), error.message().trim_end())
    })?;
    serde_path_to_error::deserialize(reader).map_err(|located| {
        let path = located.path().to_string();
        // The wrapper that keeps the place of a value shows in the path as keys of its own.
        let plain: Vec<_> = path.split('.').filter(|part| !part.starts_with("$__")).collect();
        let key = plain.join(".");
        let key = if key.is_empty() { WHOLE_FILE } else { &key };
        let problem = located.inner().message().trim_end();
        lines.error(start(located.inner()), key, format_args!("{problem}{}", hint(key, problem)))
    })
}

/// The key that begins the line of the byte `at`, where what is wrong is not even TOML.
fn key_before(text: &str, at: usize) -> &str {
    let from = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let line = text.get(from..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let key = line.split_once('=').map_or("", |(key, _)| key.trim());
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !key.is_empty() && key.chars().all(plain) { key } else { WHOLE_FILE }
}

/// What to do, where the reader's own words do not say it.
fn hint(key: &str, problem: &str) -> &'static str {
    if problem.starts_with("missing field") {
        "; add it"
    } else if problem.ends_with("expected a string") {
        "; write it in quotes"
    } else if problem.ends_with("expected a sequence") && key == "chat" {
        "; begin every chat with [[chat]]"
    } else if problem.ends_with("expected a sequence") && key.ends_with("].session") {
        "; begin every session with [[chat.session]]"
    } else if problem.ends_with("expected a sequence") {
        "; write a list in brackets"
    } else if problem.ends_with("expected i64") {
        "; write a whole number"
    } else if problem.ends_with("expected a boolean") {
        "; write true or false, without quotes"
    } else {
        ""
    }
}
