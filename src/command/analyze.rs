//! `colloquy analyze`

use std::sync::atomic::Ordering;

use colloquy_analyze::driver;

use super::Exit;
use crate::cli::Service;
use crate::observe::Observation;
use crate::{input, signals};

/// Analyses what is in the journal, until told to stop or idle.
pub(super) fn analyze(service: &Service) -> anyhow::Result<Exit> {
    let registry = input::registry(service.place.config.as_deref())?;
    let stop = signals::stop_flag(service.place.journal.as_ref())?;
    let mut seen = Observation::start("analyze", &[driver::GROUP], service.place.metrics)?;
    let journal = seen.watch(input::services_journal(&service.place, &stop)?)?;
    driver::run(journal.as_ref(), &registry, service.until_idle, &stop)?;
    if !stop.load(Ordering::Relaxed) {
        seen.done();
    }
    Ok(Exit::Done)
}
