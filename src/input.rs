//! Turns what was typed into what the crates need: chats, inputs, journals.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use colloquy_ingest::{ChatTags, Field, Format, Input, ReadOptions};
use colloquy_journal::{Journal, JournalUrl, Settings};
use colloquy_transcript::registry::{self, Chat, Registry};
use colloquy_transcript::{ChatName, Tag};
use jiff::tz::TimeZone;

use crate::cli::{Place, Reading};
use crate::kafka;

/// Least memory that can be asked for.
const MEMORY_BYTES_MIN: usize = 64_000_000;
/// Least memory that a run keeps to: measured with weeks of 10,000 posts, see ARCHITECTURE.md.
const MEMORY_BYTES_KEPT: usize = 320_000_000;
/// What is shared out at the least.
const WORKING_BYTES_MIN: usize = 32_000_000;
/// Memory where none is said; the command line shows the same.
pub(crate) const MEMORY_BYTES: usize = 400_000_000;
/// The journal of the services where none is named.
pub(crate) const SERVICES_JOURNAL: &str = "colloquy.db";
/// Partitions of a memory journal: one process reads them all.
const MEMORY_PARTITIONS: u32 = 1;

/// Memory that is set aside for a decoding thread: chunks that wait for it, what it makes of one, and
/// what its allocator keeps.
const BYTES_PER_THREAD: usize = 30_000_000;
/// Memory that a run takes before it holds a single post: pages of the program, and what the
/// allocator keeps at hand. The rest is shared out.
const PROCESS_BYTES: usize = 80_000_000;
/// Share of the memory that the posts between the stages may take, and as much again what was found
/// about them. The stages wait for one another where it does not hold two weeks.
const QUEUE_SHARE_PERCENT: usize = 15;

/// Something the user has to put right; exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// Reads `400MB`, `1GB`, `2GiB` or a number of bytes.
pub(crate) fn memory_size(text: &str) -> Result<usize, String> {
    let size: bytesize::ByteSize = text
        .parse()
        .map_err(|_| format!("a size reads 400MB, 1GB, 2GiB or a number of bytes, not {text:?}"))?;
    let bytes = usize::try_from(size.as_u64()).unwrap_or(usize::MAX);
    if bytes < MEMORY_BYTES_MIN {
        return Err(format!("{text} is too little: at least 64MB are needed"));
    }
    Ok(bytes)
}

/// What is left of the bound of a process for posts.
pub(crate) fn working_memory(memory_bytes: usize) -> usize {
    memory_bytes.saturating_sub(PROCESS_BYTES).max(WORKING_BYTES_MIN)
}

/// What is to be said of a bound that is too low to be kept.
pub(crate) fn memory_warning(memory_bytes: usize) -> Option<String> {
    (memory_bytes < MEMORY_BYTES_KEPT).then(|| {
        format!(
            "--memory {} is less than a run takes in any case: about {} can be used",
            bytesize::ByteSize(memory_bytes as u64).display().si(),
            bytesize::ByteSize(MEMORY_BYTES_KEPT as u64).display().si()
        )
    })
}

/// Threads that decode: as many as there are processors, fewer where memory is short.
pub(crate) fn decoding_threads(memory_bytes: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    processors.min(working_memory(memory_bytes) / BYTES_PER_THREAD).max(1)
}

/// The configuration file.
pub(crate) fn config_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        UsageError(format!("reading the registry {}: {error}", path.display())).into()
    })
}

/// The registry file, checked; an empty registry without one.
pub(crate) fn registry(config: Option<&Path>) -> anyhow::Result<Registry> {
    let Some(path) = config else { return Ok(Registry::default()) };
    let text = config_text(path)?;
    registry::parse(&text)
        .map_err(|error| UsageError(format!("the registry {}: {error}", path.display())).into())
}

/// The chats that the command line and the registry name; empty where neither does.
pub(crate) fn chats(
    name: Option<&str>,
    tags: &[String],
    registry: &Registry,
) -> anyhow::Result<Vec<ChatTags>> {
    let of = |chat: &Chat| ChatTags {
        name: chat.name.clone(),
        tags: chat.tags.clone(),
        platforms: chat.platforms.clone(),
    };
    let Some(name) = name else {
        return Ok(registry.chats.iter().map(of).collect());
    };
    let usage = |error: colloquy_transcript::NameError| UsageError(error.to_string());
    let name = ChatName::new(name).map_err(usage)?;
    let mut tags: Vec<Tag> =
        tags.iter().map(|tag| Tag::new(tag)).collect::<Result<_, _>>().map_err(usage)?;
    let known = registry.chat(&name);
    if tags.is_empty() {
        tags = match known {
            Some(chat) => chat.tags.clone(),
            None => vec![Tag::new(name.as_str()).map_err(usage)?],
        };
    }
    let platforms = known.map_or_else(Vec::new, |chat| chat.platforms.clone());
    Ok(vec![ChatTags { name, tags, platforms }])
}

/// What to read; every named file must exist before the work begins.
pub(crate) fn inputs(files: &[PathBuf]) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::with_capacity(files.len());
    for file in files {
        if file.as_os_str() == "-" {
            inputs.push(Input::Stdin);
            continue;
        }
        std::fs::metadata(file)
            .map_err(|error| UsageError(format!("reading {}: {error}", file.display())))?;
        inputs.push(Input::Path(file.clone()));
    }
    Ok(inputs)
}

/// Reads the name of a time zone.
pub(crate) fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .map_err(|_| format!("{name:?} is no time zone; write one such as Europe/London"))
}

/// Reads the name of a format.
pub(crate) fn format(name: &str) -> Result<Format, String> {
    Format::parse(name).ok_or_else(|| {
        let known: Vec<&str> = Format::names().collect();
        format!("{name:?} is no format; it is one of {}", known.join(", "))
    })
}

/// Reads `text=Tweet Text`.
pub(crate) fn column(text: &str) -> Result<(Field, String), String> {
    let (field, column) = text.split_once('=').ok_or("a column reads FIELD=COLUMN")?;
    let field = Field::parse(field).ok_or_else(|| {
        let known: Vec<&str> = Field::names().collect();
        format!("{field:?} is no field; it is one of {}", known.join(", "))
    })?;
    if column.trim().is_empty() {
        return Err("a column reads FIELD=COLUMN, and COLUMN is its name in the header".to_owned());
    }
    Ok((field, column.trim().to_owned()))
}

/// What was said about how rows are read.
pub(crate) fn read_options(reading: &Reading) -> ReadOptions {
    ReadOptions {
        zone: reading.timezone.clone(),
        columns: reading.column.clone(),
        format: reading.format,
    }
}

/// The journal of the services.
pub(crate) fn services_journal(
    place: &Place,
    stop: &Arc<AtomicBool>,
) -> anyhow::Result<Box<dyn Journal>> {
    let url = match &place.journal {
        None => JournalUrl::Sqlite(SERVICES_JOURNAL.into()),
        Some(JournalUrl::Memory) => {
            return Err(UsageError(
                "a memory journal lives in one process: use run, or name sqlite:PATH or kafka:HOST:PORT".into(),
            )
            .into());
        }
        Some(url) => url.clone(),
    };
    open(&url, place, stop)
}

/// The journal of `run`: memory unless another is named. A smaller bound of memory makes a shorter
/// queue between the stages.
pub(crate) fn run_journal(
    place: &Place,
    memory_bytes: usize,
    stop: &Arc<AtomicBool>,
) -> anyhow::Result<(Box<dyn Journal>, bool)> {
    let url = place.journal.clone().unwrap_or(JournalUrl::Memory);
    if url != JournalUrl::Memory {
        return Ok((open(&url, place, stop)?, false));
    }
    let settings = Settings {
        partitions: MEMORY_PARTITIONS,
        memory_bytes_max: working_memory(memory_bytes) / 100 * QUEUE_SHARE_PERCENT,
        ..Settings::default()
    };
    Ok((colloquy_journal::open(&url, &settings)?, true))
}

fn open(
    url: &JournalUrl,
    place: &Place,
    stop: &Arc<AtomicBool>,
) -> anyhow::Result<Box<dyn Journal>> {
    let settings = Settings {
        partitions: place.partitions,
        replication: place.replication,
        prefix: place.topic_prefix.clone(),
        kafka: kafka::options(place.config.as_deref(), &place.kafka)?,
        stop: Arc::clone(stop),
        ..Settings::default()
    };
    colloquy_journal::open(url, &settings).with_context(|| format!("opening the journal {url}"))
}
