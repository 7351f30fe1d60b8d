//! What a command works on after the fact: a folder that `run` filled, or the services' journal.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use colloquy_journal::{Content, Entry, Journal, JournalUrl, Settings, TopicPartition};
use colloquy_transcript::{ChatName, Record, Topic, percent_decode};

use crate::input::UsageError;
use crate::{cli, kafka};

/// The folder where none is named.
pub(crate) const OUT: &str = "colloquy-out";

/// A folder or a journal, as named.
pub(crate) enum Home {
    Folder(PathBuf),
    Journal(JournalAt),
}

/// A journal that outlives the process.
pub(crate) struct JournalAt {
    pub(crate) url: JournalUrl,
    prefix: String,
    config: Option<PathBuf>,
    kafka: Vec<kafka::Typed>,
}

impl Home {
    /// A folder that is named goes first, then a journal, named or in the environment.
    pub(crate) fn of(typed: &cli::Home) -> Self {
        match (&typed.out, &typed.journal) {
            (Some(out), _) => Self::Folder(out.clone()),
            (None, Some(url)) if *url != JournalUrl::Memory => {
                Self::Journal(JournalAt::of(url.clone(), typed))
            }
            (None, _) => Self::Folder(OUT.into()),
        }
    }

    /// The same, refused where it does not exist: opening a journal would make an empty one.
    pub(crate) fn existing(typed: &cli::Home) -> anyhow::Result<Self> {
        let home = Self::of(typed);
        let missing = match &home {
            Self::Folder(out) => (!out.is_dir()).then(|| format!("folder {}", out.display())),
            Self::Journal(JournalAt { url: JournalUrl::Sqlite(path), .. }) => {
                (!path.is_file()).then(|| format!("journal {}", path.display()))
            }
            Self::Journal(_) => None,
        };
        match missing {
            None => Ok(home),
            Some(what) => Err(UsageError(format!(
                "there is no {what}: name with --out the folder that run filled, or with --journal \
                 the journal of the services"
            ))
            .into()),
        }
    }
}

impl JournalAt {
    /// The journal at `url`, with the rest as typed.
    pub(crate) fn of(url: JournalUrl, typed: &cli::Home) -> Self {
        Self {
            url,
            prefix: typed.topic_prefix.clone(),
            config: typed.config.clone(),
            kafka: typed.kafka.clone(),
        }
    }

    /// Opens it.
    pub(crate) fn open(&self) -> anyhow::Result<Box<dyn Journal>> {
        self.open_until(&Arc::default())
    }

    /// Opens it for somebody who may be told to stop.
    pub(crate) fn open_until(&self, stop: &Arc<AtomicBool>) -> anyhow::Result<Box<dyn Journal>> {
        let (prefix, stop) = (self.prefix.clone(), Arc::clone(stop));
        let kafka = kafka::options(self.config.as_deref(), &self.kafka)?;
        let settings = Settings { prefix, kafka, stop, ..Settings::default() };
        colloquy_journal::open(&self.url, &settings)
            .with_context(|| format!("opening the journal {}", self.url))
    }
}

/// Reads a whole topic. No group is joined and nothing is committed, so nobody is disturbed.
pub(crate) fn read_topic(
    journal: &dyn Journal,
    topic: Topic,
    each: &mut dyn FnMut(Entry),
) -> anyhow::Result<()> {
    for partition in 0..journal.partitions() {
        let at = TopicPartition { topic, partition };
        journal.read(at, 0, journal.end(at)?, each)?;
    }
    Ok(())
}

/// The chats of the posts in a journal.
pub(crate) fn chats_of_journal(journal: &dyn Journal) -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    read_topic(journal, Topic::Posts, &mut |entry| {
        if let Content::Record(Record::Post(post)) = entry.content
            && !names.contains(post.chat.as_str())
        {
            names.insert(post.chat.as_str().to_owned());
        }
    })?;
    Ok(names)
}

/// The chats whose lake is in a folder.
pub(crate) fn chats_of_folder(out: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for table in ["sessions", "posts"] {
        let folder = out.join("lake").join(table);
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let folder = entry.file_name();
            if let Some(name) = folder.to_str().and_then(|name| name.strip_prefix("chat=")) {
                names.insert(percent_decode(name));
            }
        }
    }
    names
}

/// The one chat that is meant where only one is known; `place` is named in errors.
pub(crate) fn only_chat(names: &BTreeSet<String>, place: &str) -> anyhow::Result<ChatName> {
    let mut known = names.iter();
    match (known.next(), known.next()) {
        (Some(name), None) => {
            Ok(ChatName::new(name).map_err(|error| UsageError(error.to_string()))?)
        }
        (None, _) => {
            Err(UsageError(format!("no chat in {place}: name the chat with --chat")).into())
        }
        _ => Err(UsageError(format!("several chats in {place}: name the chat with --chat")).into()),
    }
}
