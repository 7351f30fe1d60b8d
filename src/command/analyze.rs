//! `colloquy analyze`

use super::Exit;
use crate::cli::Service;
use crate::{input, signals};

/// Analyses what is in the journal, until told to stop or idle.
pub(super) fn analyze(service: &Service) -> anyhow::Result<Exit> {
    let registry = input::registry(service.place.config.as_deref())?;
    let journal = input::services_journal(&service.place)?;
    let stop = signals::stop_flag()?;
    colloquy_analyze::driver::run(journal.as_ref(), &registry, service.until_idle, &stop)?;
    Ok(Exit::Done)
}
