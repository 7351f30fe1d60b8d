//! `colloquy report`

use anyhow::Context as _;
use colloquy_report::driver;

use super::Exit;
use crate::cli::Report;
use crate::{console, input, signals};

/// Writes lake and pages from what is in the journal, until told to stop or idle.
pub(super) fn report(report: &Report) -> anyhow::Result<Exit> {
    let service = &report.service;
    input::registry(service.place.config.as_deref())?;
    std::fs::create_dir_all(&report.out)
        .with_context(|| format!("creating the folder {}", report.out.display()))?;
    let journal = input::services_journal(&service.place)?;
    let stop = signals::stop_flag()?;
    let options = driver::Options {
        out: report.out.clone(),
        until_idle: service.until_idle,
        release_posts: false,
    };
    let outcome = driver::run(journal.as_ref(), &options, &stop, &mut |_| {})?;
    console::print_outcome(&outcome, &report.out)?;
    Ok(Exit::Done)
}
