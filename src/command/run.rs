//! `colloquy run`: ingest, analyze and report to completion in one process.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Scope, ScopedJoinHandle};

use anyhow::{Context as _, anyhow};
use colloquy_ingest::Account;
use colloquy_journal::Journal;
use colloquy_report::driver::{self, Outcome};
use colloquy_transcript::Record;
use colloquy_transcript::registry::Registry;

use super::{Exit, decide, ingest};
use crate::cli::Run;
use crate::observe::Observation;
use crate::{console, input, letters, signals};

/// Reads archives, analyses them and fills the folder.
pub(super) fn run(run: &Run) -> anyhow::Result<Exit> {
    let registry = input::registry(run.place.config.as_deref())?;
    let stop = signals::stop_flag(run.place.journal.as_ref())?;
    let groups = &[colloquy_analyze::driver::GROUP, driver::GROUP];
    let mut seen = Observation::start("run", groups, run.place.metrics)?;
    let mut prepared = ingest::prepare(&run.source, &registry, &stop)?;
    let replayed = letters::replayed_path(&run.out);
    if replayed.is_file() {
        console::tell(&format!("also reading what was replayed before: {}", replayed.display()))?;
        prepared.also(replayed);
    }
    std::fs::create_dir_all(&run.out)
        .with_context(|| format!("creating the folder {}", run.out.display()))?;
    let (journal, in_memory) = input::run_journal(&run.place, run.source.memory, &stop)?;
    let journal = seen.watch(journal)?;
    let decisions = decide::remembered(&run.out, prepared.chats())?;
    if !decisions.is_empty() {
        journal.append(decisions.into_iter().map(Record::Decision).collect())?;
    }
    let options =
        driver::Options { out: run.out.clone(), until_idle: true, release_posts: in_memory };
    if in_memory {
        driver::hold(journal.as_ref(), &options)?;
    } else {
        colloquy_ingest::announce(journal.as_ref())?;
    }
    let ended = stages(&prepared, &registry, journal.as_ref(), &options, in_memory, &stop)?;
    if stop.load(Ordering::Relaxed) {
        return Err(anyhow!(
            "stopped before the end: the folder {} is incomplete",
            run.out.display()
        ));
    }
    seen.done();
    let (account, outcome) = ended;
    console::print_outcome(&outcome, &run.out)?;
    let rejected_in = in_memory.then(|| letters::path(&run.out));
    console::print_account(&account, rejected_in.as_deref())?;
    Ok(ingest::exit(&account))
}

/// The three stages as threads over one journal. When one fails, the others are told to stop.
fn stages(
    prepared: &ingest::Prepared,
    registry: &Registry,
    journal: &dyn Journal,
    options: &driver::Options,
    in_memory: bool,
    stop: &AtomicBool,
) -> anyhow::Result<(Account, Outcome)> {
    let ingested = AtomicBool::new(false);
    let out: &Path = &options.out;
    std::thread::scope(|scope| {
        let _over = SetOnDrop(&ingested);
        let letters = start(scope, stop, "dead letters", || {
            if in_memory { or_stop(stop, letters::keep(journal, out, &ingested)) } else { Ok(0) }
        })?;
        let analysis = start(scope, stop, "analysis", || {
            let analysed = colloquy_analyze::driver::run(journal, registry, true, stop);
            or_stop(stop, analysed.map_err(anyhow::Error::from))
        })?;
        let report = start(scope, stop, "report", || {
            let reported = driver::run(journal, options, stop, &mut |_| {});
            or_stop(stop, reported.map_err(anyhow::Error::from))
        })?;
        let account = or_stop(stop, ingest::perform(prepared, journal, stop));
        ingested.store(true, Ordering::Release);
        let analysed = joined(analysis);
        let reported = joined(report);
        let kept = joined(letters);
        analysed?;
        kept?;
        Ok((account?, reported?))
    })
}

/// Asks every stage to stop when one failed.
fn or_stop<T>(stop: &AtomicBool, result: anyhow::Result<T>) -> anyhow::Result<T> {
    if result.is_err() {
        stop.store(true, Ordering::Relaxed);
    }
    result
}

/// A named thread, so that a profile and a panic say which stage it was. If it cannot be started,
/// or panics, the others are told to stop: they would wait for it for ever.
fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    stop: &'scope AtomicBool,
    name: &str,
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'scope,
) -> anyhow::Result<ScopedJoinHandle<'scope, anyhow::Result<T>>> {
    let guarded = move || {
        let unless_done = SetOnDrop(stop);
        let result = work();
        std::mem::forget(unless_done);
        result
    };
    let started = std::thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, guarded);
    or_stop(stop, started.with_context(|| format!("starting the thread of the {name}")))
}

/// Sets the flag when it goes out of scope, by whatever way.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn joined<T>(thread: ScopedJoinHandle<'_, anyhow::Result<T>>) -> anyhow::Result<T> {
    let name = thread.thread().name().unwrap_or("unnamed").to_owned();
    thread
        .join()
        .unwrap_or_else(|_| Err(anyhow!("the thread of the {name} panicked; this is a bug")))
}
