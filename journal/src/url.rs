//! The `--journal` argument.

use std::{fmt, path::PathBuf, str::FromStr};

/// Which journal to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalUrl {
    /// `memory:`, for one run in one process.
    Memory,
    /// `sqlite:PATH`, on one machine.
    Sqlite(PathBuf),
    /// `kafka:HOST:PORT[,HOST:PORT]`.
    Kafka(String),
}

/// A `--journal` argument that names none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a journal reads memory:, sqlite:PATH or kafka:HOST:PORT[,HOST:PORT], not {0:?}")]
pub struct JournalUrlError(String);

impl FromStr for JournalUrl {
    type Err = JournalUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || JournalUrlError(text.to_owned());
        match text.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("kafka", brokers)) => {
                let fine = brokers.split(',').all(|broker| {
                    broker
                        .rsplit_once(':')
                        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
                });
                if fine { Ok(Self::Kafka(brokers.to_owned())) } else { Err(bad()) }
            }
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for JournalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Kafka(brokers) => write!(f, "kafka:{brokers}"),
        }
    }
}
