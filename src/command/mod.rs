//! The subcommands, one file each.

mod analyze;
mod dead_letters;
mod decide;
mod doctor;
mod evaluate;
mod ingest;
mod replay;
mod report;
mod run;
mod train;

use std::process::ExitCode;

use crate::cli::{Arguments, Command, DeadLetters};
use crate::input::UsageError;

/// How a command ended, as an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Done, but some input was rejected.
    SomeRejected,
    /// Usage or configuration.
    Usage,
    /// It failed.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::SomeRejected => 1,
            Exit::Usage => 2,
            Exit::Failed => 3,
        })
    }
}

/// Performs a command.
pub(crate) fn perform(arguments: Arguments) -> anyhow::Result<Exit> {
    match arguments.command {
        Command::Run(run) => run::run(&run),
        Command::Ingest(ingest) => ingest::ingest(&ingest),
        Command::Analyze(service) => analyze::analyze(&service),
        Command::Report(report) => report::report(&report),
        Command::Decide(decide) => decide::decide(&decide),
        Command::Decisions(list) => decide::list(&list),
        Command::Evaluate(what) => evaluate::evaluate(&what),
        Command::Train(what) => train::train(&what),
        Command::Doctor(what) => doctor::doctor(&what),
        Command::DeadLetters(DeadLetters::List(list)) => dead_letters::list(&list),
        Command::DeadLetters(DeadLetters::Show(show)) => dead_letters::show(&show),
        Command::DeadLetters(DeadLetters::Replay(replay)) => replay::replay(&replay),
        Command::DeadLetters(DeadLetters::Drop(discard)) => dead_letters::discard(&discard),
    }
}

/// Whether an error is the user's to put right.
pub(crate) fn failure_of(error: &anyhow::Error) -> Exit {
    let usage = error.chain().any(|cause| {
        cause.is::<UsageError>() || cause.is::<colloquy_analyze::schedule::ScheduleError>()
    });
    if usage { Exit::Usage } else { Exit::Failed }
}
