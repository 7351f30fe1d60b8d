//! `colloquy`: hashtag chats, rebuilt from their posts.
//!
//! This crate only wires: it parses the command line, opens the journal, starts ingest, analyze
//! and report as threads or as services, and decides the exit code. Results go to standard
//! output, everything else to standard error.
//!
//! **Invariant:** no decision about posts is made here.

mod again;
mod caught;
mod checkup;
mod cli;
mod command;
mod console;
mod decisions;
mod entries;
mod home;
mod input;
mod kafka;
mod letters;
mod observe;
mod rejected;
mod said;
mod signals;
mod trained;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    console::start_logging(&arguments);
    match command::perform(arguments) {
        Ok(done) => done.into(),
        Err(error) => {
            console::print_error(&error);
            command::failure_of(&error).into()
        }
    }
}
