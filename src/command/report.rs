//! `colloquy report`

use std::sync::atomic::Ordering;

use anyhow::Context as _;
use colloquy_report::driver;

use super::Exit;
use crate::cli::Report;
use crate::observe::Observation;
use crate::{console, input, signals};

/// Writes lake and pages from what is in the journal, until told to stop or idle.
pub(super) fn report(report: &Report) -> anyhow::Result<Exit> {
    let service = &report.service;
    input::registry(service.place.config.as_deref())?;
    std::fs::create_dir_all(&report.out)
        .with_context(|| format!("creating the folder {}", report.out.display()))?;
    let stop = signals::stop_flag(service.place.journal.as_ref())?;
    let mut seen = Observation::start("report", &[driver::GROUP], service.place.metrics)?;
    let journal = seen.watch(input::services_journal(&service.place, &stop)?)?;
    let options = driver::Options {
        out: report.out.clone(),
        until_idle: service.until_idle,
        release_posts: false,
    };
    let outcome = driver::run(journal.as_ref(), &options, &stop, &mut |_| {})?;
    if !stop.load(Ordering::Relaxed) {
        seen.done();
    }
    console::print_outcome(&outcome, &report.out)?;
    Ok(Exit::Done)
}
