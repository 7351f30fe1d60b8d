//! What was said of the connection to Kafka: `[kafka]` of the configuration file, then the
//! environment, then the command line; the later one counts.
//!
//! **Invariant:** a secret is read from a file or the environment, and is said nowhere again.

use std::path::{Path, PathBuf};

use colloquy_journal::kafka::KafkaOptions;
use toml::{Table, Value};

use crate::input::{UsageError, config_text};

/// `COLLOQUY_KAFKA_SASL_PASSWORD` is `sasl.password`.
const VARIABLE: &str = "COLLOQUY_KAFKA_";

/// The table of the configuration file.
const TABLE: &str = "kafka";

/// `KEY=VALUE` or `KEY@FILE`, as typed; never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    key: String,
    value: Given,
}

/// A value, or where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Given {
    Text(String),
    File(PathBuf),
    /// A secret on the command line, dropped as it was read.
    Shown,
}

/// Reads `linger.ms=20` or `sasl.password@/run/secrets/kafka`.
pub(crate) fn typed(text: &str) -> Result<Typed, String> {
    let at = text.find(['=', '@']).filter(|at| *at > 0);
    let at =
        at.ok_or("a Kafka setting reads KEY=VALUE, or KEY@FILE where the value is in a file")?;
    let (key, value) = (text[..at].to_owned(), &text[at + 1..]);
    if text[at..].starts_with('@') {
        return Ok(Typed { key, value: Given::File(value.into()) });
    }
    // Refused later: an error of the parser would repeat it.
    if KafkaOptions::is_secret(&key) {
        return Ok(Typed { key, value: Given::Shown });
    }
    Ok(Typed { key, value: Given::Text(value.to_owned()) })
}

impl Given {
    fn read(self, key: &str) -> Result<String, UsageError> {
        match self {
            Self::Text(text) => Ok(text),
            Self::File(path) => match std::fs::read_to_string(&path) {
                Ok(text) => Ok(text.trim_end_matches(['\n', '\r']).to_owned()),
                Err(error) => Err(UsageError(format!(
                    "reading the Kafka setting {key} from {}: {error}",
                    path.display()
                ))),
            },
            Self::Shown => Err(UsageError(format!(
                "the Kafka setting {key} is a secret, and everybody on this machine can see a \
                 command line: write {key}@FILE, or set {VARIABLE}{}",
                key.to_uppercase().replace('.', "_")
            ))),
        }
    }
}

/// All that was said.
pub(crate) fn options(config: Option<&Path>, typed: &[Typed]) -> anyhow::Result<KafkaOptions> {
    let mut said = Vec::new();
    if let Some(path) = config {
        let table = table(path)?;
        flatten("", table, &mut said)
            .map_err(|problem| UsageError(format!("[{TABLE}] of {}: {problem}", path.display())))?;
    }
    said.extend(of_environment(std::env::vars_os()));
    said.extend(typed.iter().map(|typed| (typed.key.clone(), typed.value.clone())));
    let mut options = KafkaOptions::default();
    for (key, given) in said {
        let value = given.read(&key)?;
        options.set(&key, &value).map_err(|error| UsageError(error.to_string()))?;
    }
    Ok(options)
}

/// The table of the file; what is wrong with the rest of it, the registry says.
fn table(path: &Path) -> anyhow::Result<Table> {
    // Printed whole, the parser's error quotes the line, which may hold a secret.
    let parsed: Table = toml::from_str(&config_text(path)?).map_err(|error| {
        UsageError(format!("{} is no TOML: {}", path.display(), error.message()))
    })?;
    match parsed.get(TABLE) {
        None => Ok(Table::new()),
        Some(Value::Table(table)) => Ok(table.clone()),
        Some(_) => {
            Err(UsageError(format!("{TABLE} of {} is a table: write [{TABLE}]", path.display()))
                .into())
        }
    }
}

/// `security.protocol = "SSL"` is a table in a table to TOML.
fn flatten(prefix: &str, table: Table, said: &mut Vec<(String, Given)>) -> Result<(), String> {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        let given = match value {
            Value::Table(inner) => {
                if let (1, Some(Value::String(file))) = (inner.len(), inner.get("file")) {
                    Given::File(file.into())
                } else {
                    flatten(&key, inner, said)?;
                    continue;
                }
            }
            Value::String(text) => Given::Text(text),
            Value::Integer(number) => Given::Text(number.to_string()),
            Value::Boolean(is) => Given::Text(is.to_string()),
            Value::Float(number) => Given::Text(number.to_string()),
            Value::Datetime(_) | Value::Array(_) => {
                return Err(format!(
                    "{key} is a text, a number, true, false or {{ file = \"PATH\" }}"
                ));
            }
        };
        said.push((key, given));
    }
    Ok(())
}

fn of_environment(
    variables: impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
) -> Vec<(String, Given)> {
    let mut said: Vec<(String, Given)> = variables
        .filter_map(|(name, value)| {
            let key = name.to_str()?.strip_prefix(VARIABLE)?.to_lowercase().replace('_', ".");
            Some((key, Given::Text(value.to_str()?.to_owned())))
        })
        .collect();
    said.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    said
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_setting_is_typed_with_its_value_or_the_file_of_it() {
        let text =
            |key: &str, value: &str| Typed { key: key.into(), value: Given::Text(value.into()) };
        assert_eq!(typed("linger.ms=20"), Ok(text("linger.ms", "20")));
        assert_eq!(typed("sasl.username=a=b@c"), Ok(text("sasl.username", "a=b@c")));
        let file = typed("sasl.password@/run/a=b").unwrap();
        assert_eq!(file.value, Given::File("/run/a=b".into()));
        for wrong in ["linger.ms", "=20", "@file", ""] {
            assert!(typed(wrong).is_err(), "{wrong}");
        }
        let shown = typed("sasl.password=hunter2").unwrap();
        assert!(!format!("{shown:?}").contains("hunter2"));
        let refused = options(None, &[shown]).unwrap_err().to_string();
        assert!(refused.contains("COLLOQUY_KAFKA_SASL_PASSWORD"), "{refused}");
    }

    #[test]
    fn the_file_is_flattened_and_the_environment_is_named_after_the_setting() {
        let table: Table = toml::from_str(
            "security.protocol = 'SASL_SSL'\n\"linger.ms\" = 20\nsocket.keepalive.enable = true\n\
             sasl.password = { file = '/run/secret' }\n[ssl.ca]\nlocation = 'ca.pem'",
        )
        .unwrap();
        let mut said = Vec::new();
        flatten("", table, &mut said).unwrap();
        said.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let text = |text: &str| Given::Text(text.into());
        let expected = [
            ("linger.ms", text("20")),
            ("sasl.password", Given::File("/run/secret".into())),
            ("security.protocol", text("SASL_SSL")),
            ("socket.keepalive.enable", text("true")),
            ("ssl.ca.location", text("ca.pem")),
        ];
        assert_eq!(said, expected.map(|(key, given)| (key.to_owned(), given)));
        assert!(flatten("", toml::from_str("a = [1]").unwrap(), &mut Vec::new()).is_err());
        let variables =
            [("COLLOQUY_KAFKA_SASL_PASSWORD", "x"), ("COLLOQUY_JOURNAL", "y"), ("HOME", "z")];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let expected = [("sasl.password".to_owned(), text("x"))];
        assert_eq!(of_environment(variables.into_iter()), expected);
    }
}
