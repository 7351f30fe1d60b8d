//! `colloquy ingest`

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::anyhow;
use colloquy_ingest::{Account, ChatTags, FilePlan, Input, run_files, survey};
use colloquy_journal::Journal;
use colloquy_transcript::ChatName;
use colloquy_transcript::registry::Registry;

use super::Exit;
use crate::cli::{Ingest, Source};
use crate::console::Watch;
use crate::input::UsageError;
use crate::observe::Observation;
use crate::{console, input, signals};

/// Reads archives into the journal.
pub(super) fn ingest(ingest: &Ingest) -> anyhow::Result<Exit> {
    let registry = input::registry(ingest.place.config.as_deref())?;
    let stop = signals::stop_flag(ingest.place.journal.as_ref())?;
    let mut seen = Observation::start("ingest", &[], ingest.place.metrics)?;
    let prepared = prepare(&ingest.source, &registry, &stop)?;
    let journal = seen.watch(input::services_journal(&ingest.place, &stop)?)?;
    let account = perform(&prepared, journal.as_ref(), &stop)?;
    console::print_account(&account, None)?;
    Ok(exit(&account))
}

/// A source that can be read, and the folder for what does not fit in memory.
pub(super) struct Prepared {
    plan: FilePlan,
    _scratch: tempfile::TempDir,
}

impl Prepared {
    /// The chats that are looked for.
    pub(super) fn chats(&self) -> &[ChatTags] {
        &self.plan.chats
    }

    /// Reads this file too, before everything else.
    pub(super) fn also(&mut self, path: PathBuf) {
        self.plan.inputs.insert(0, Input::Path(path));
    }
}

/// Checks the source; without a chat a first pass looks for the tag that behaves most like one.
pub(super) fn prepare(
    source: &Source,
    registry: &Registry,
    stop: &AtomicBool,
) -> anyhow::Result<Prepared> {
    let scratch = tempfile::Builder::new().prefix("colloquy-").tempdir()?;
    if let Some(warning) = input::memory_warning(source.memory) {
        console::tell(&warning)?;
    }
    let threads = input::decoding_threads(source.memory);
    let mut plan = FilePlan {
        inputs: input::inputs(&source.files)?,
        options: input::read_options(&source.reading),
        chats: input::chats(source.chat.as_deref(), &source.tag, registry)?,
        memory_bytes: input::working_memory(source.memory),
        threads,
        scratch: scratch.path().to_owned(),
    };
    if plan.chats.is_empty() {
        let watch = Watch::new();
        let survey = survey(&plan.inputs, &plan.options, threads, &plan.scratch, &watch, stop)?;
        watch.finish();
        if stop.load(Ordering::Relaxed) {
            return Err(anyhow!("stopped before it was known which chat to read"));
        }
        console::print_survey(&survey)?;
        let Some(best) = survey.best else {
            return Err(UsageError(
                "no hashtag in these files behaves like a chat; name it with --chat and --tag"
                    .into(),
            )
            .into());
        };
        let name =
            ChatName::new(best.tag.as_str()).map_err(|error| UsageError(error.to_string()))?;
        plan.inputs = survey.inputs;
        plan.chats = vec![ChatTags { name, tags: vec![best.tag], platforms: Vec::new() }];
    }
    Ok(Prepared { plan, _scratch: scratch })
}

/// Reads the source into the journal.
pub(super) fn perform(
    prepared: &Prepared,
    journal: &dyn Journal,
    stop: &AtomicBool,
) -> anyhow::Result<Account> {
    let watch = Watch::new();
    let account = run_files(&prepared.plan, journal, &watch, stop)?;
    watch.finish();
    Ok(account)
}

/// Done, or done with rejections.
pub(super) fn exit(account: &Account) -> Exit {
    if account.total.rejected_total() > 0 { Exit::SomeRejected } else { Exit::Done }
}
