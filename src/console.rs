//! What a person sees: results on standard output, everything else on standard error.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use colloquy_ingest::{Account, Counts, Format, Observer, REJECTIONS_NAMED_MAX, Stage, Survey};
use colloquy_report::driver::Outcome;
use colloquy_report::summary;
use colloquy_transcript::DeadLetter;
use indicatif::{ProgressBar, ProgressStyle};
use tracing_subscriber::EnvFilter;

use crate::again::Left;
use crate::cli::{Arguments, Command, LogFormat};
use crate::rejected::Damaged;

/// Width where no terminal says otherwise.
const WIDTH: usize = 80;
/// Wider tables do not read better.
const WIDTH_MAX: usize = 120;

/// Whether everything on standard error is to be JSON.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// Log lines go to standard error; `RUST_LOG` filters them.
pub(crate) fn start_logging(arguments: &Arguments) {
    let usual = match arguments.command {
        Command::Ingest(_) | Command::Analyze(_) | Command::Report(_) => "warn,colloquy=info",
        _ => "warn,colloquy::ended=info,colloquy::told=info",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match arguments.log {
        LogFormat::Human => {
            builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).init();
        }
        LogFormat::Json => {
            IS_JSON.store(true, Ordering::Relaxed);
            builder.json().init();
        }
    }
}

/// Prints an error and its causes, each once.
pub(crate) fn print_error(error: &anyhow::Error) {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.ends_with(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    if IS_JSON.load(Ordering::Relaxed) {
        tracing::error!(target: "colloquy::told", "{text}");
        return;
    }
    // Nobody is left to tell when standard error is closed.
    writeln!(std::io::stderr(), "colloquy: {text}").ok();
}

/// One line of result.
pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("writing to standard output")
}

/// One line of everything else; a log line where those are for machines.
pub(crate) fn tell(line: &str) -> anyhow::Result<()> {
    if IS_JSON.load(Ordering::Relaxed) {
        tracing::info!(target: "colloquy::told", "{line}");
        return Ok(());
    }
    writeln!(std::io::stderr(), "{line}").context("writing to standard error")
}

/// Width of a table.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size()
        .map_or(WIDTH, |(width, _)| usize::from(width.0))
        .clamp(40, WIDTH_MAX)
}

/// Text of the input without the characters that steer a terminal.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Names what cannot be read among the dead letters.
pub(crate) fn tell_damaged(damaged: &[Damaged]) -> anyhow::Result<()> {
    for Damaged { place, why, .. } in damaged {
        tell(&format!("{place} is no dead letter that this version reads: {}", clean(why)))?;
    }
    Ok(())
}

/// Tables on standard output, what was written on standard error.
pub(crate) fn print_outcome(outcome: &Outcome, out: &Path) -> anyhow::Result<()> {
    let width = width();
    say(summary::sessions(&outcome.chats, width).trim_end())?;
    if let Some(last) = &outcome.last {
        say("")?;
        say(summary::answers(last, width).trim_end())?;
    }
    tell(&format!(
        "wrote {} files to {}; start at {}",
        outcome.counts.files_written,
        out.display(),
        out.join("index.html").display()
    ))
}

/// What became of every row; `letters` is the file of the rejected ones.
pub(crate) fn print_account(account: &Account, letters: Option<&Path>) -> anyhow::Result<()> {
    for file in &account.files {
        tell(&format!("{}: {} ({})", file.name, file.format.as_str(), file.why))?;
        if account.files.len() > 1 {
            tell(&format!("  {}", counts(&file.counts)))?;
        }
        for (note, rows) in &file.counts.notes {
            tell(&format!("  {rows} {note}"))?;
        }
    }
    tell(&counts(&account.total))?;
    let rejected = account.total.rejected_total();
    if rejected == 0 {
        return Ok(());
    }
    for rejection in &account.rejections {
        let name = account.files.get(rejection.file).map_or("", |file| file.name.as_str());
        tell(&format!("rejected {name} line {}: {}", rejection.line, rejection.reason))?;
    }
    let named = account.rejections.len() as u64;
    if rejected > named {
        tell(&format!("… and {} more", rejected - named))?;
    }
    match letters {
        Some(path) => tell(&format!("rejected rows are kept whole in {}", path.display())),
        None => tell("rejected rows are kept whole in the journal's topic dead-letters"),
    }
}

/// Dead letters that stay, the first of them with the reason.
pub(crate) fn print_left(left: &[(Arc<DeadLetter>, Left)]) -> anyhow::Result<()> {
    for (letter, why) in left.iter().take(REJECTIONS_NAMED_MAX) {
        let why = match why {
            Left::Rejected(reason) => clean(reason),
            Left::Untagged => {
                "no tag of the chat, and no conversation with one is known".to_owned()
            }
            Left::Unfit(why) => (*why).to_owned(),
        };
        tell(&format!("left {} line {}: {why}", clean(&letter.source), letter.position))?;
    }
    if left.len() > REJECTIONS_NAMED_MAX {
        tell(&format!("… and {} more", left.len() - REJECTIONS_NAMED_MAX))?;
    }
    if left.iter().any(|(_, why)| *why == Left::Untagged) {
        tell("where the chat has another tag, name it with --tag")?;
    }
    Ok(())
}

/// `received 10 = accepted 7 + unrelated 2 (no tag 2) + duplicate 0 + rejected 1 (malformed 1)`
pub(crate) fn counts(counts: &Counts) -> String {
    let list = |items: Vec<(String, u64)>| {
        if items.is_empty() {
            return String::new();
        }
        let parts: Vec<String> =
            items.into_iter().map(|(name, rows)| format!("{name} {rows}")).collect();
        format!(" ({})", parts.join(", "))
    };
    let unrelated = counts.unrelated.iter().map(|(&kind, &rows)| (kind.to_owned(), rows));
    let rejected = counts.rejected.iter().map(|(class, &rows)| (class.clone(), rows));
    let mut line = format!(
        "received {} = accepted {} + unrelated {}{} + duplicate {} + rejected {}{}",
        counts.received,
        counts.accepted,
        counts.unrelated_total(),
        list(unrelated.collect()),
        counts.duplicate,
        counts.rejected_total(),
        list(rejected.collect()),
    );
    if counts.undecided > 0 {
        line += " + undecided ";
        line += &counts.undecided.to_string();
        line += " (stopped early)";
    }
    line
}

/// Which tag was taken, and why.
pub(crate) fn print_survey(survey: &Survey) -> anyhow::Result<()> {
    if let Some(best) = &survey.best {
        tell(&format!("no --chat given: taking {}, {}", best.tag, best.reasons.join(", ")))?;
    }
    let others: Vec<String> = survey
        .others
        .iter()
        .map(|other| format!("{} ({} posts by {})", other.tag, other.posts, other.authors))
        .collect();
    if !others.is_empty() {
        tell(&format!("next after it: {}", others.join(", ")))?;
    }
    Ok(())
}

/// Progress on standard error, with an estimate of the end, when somebody watches.
pub(crate) struct Watch {
    bar: ProgressBar,
}

impl Watch {
    /// Shows nothing unless standard error is a terminal.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::no_length();
        let bytes = "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(bytes) {
            bar.set_style(style);
        }
        if !std::io::stderr().is_terminal() {
            bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }
        Self { bar }
    }

    /// Takes the progress away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Watch {
    fn read(&self, bytes: u64, of: Option<u64>) {
        if let Some(of) = of
            && self.bar.length() != Some(of)
        {
            self.bar.set_length(of);
        }
        self.bar.inc(bytes);
    }

    fn file(&self, _: &str, _: Format, _: &str) {}

    fn stage(&self, stage: Stage) {
        self.bar.set_message(match stage {
            Stage::Reading => "reading",
            Stage::Folding => "putting in order",
            Stage::Relating => "following conversations",
            Stage::Publishing => "analysing",
        });
        if stage == Stage::Publishing {
            let posts = "{msg} {bar:30} {human_pos}/{human_len} posts, {eta} left";
            if let Ok(style) = ProgressStyle::with_template(posts) {
                self.bar.set_style(style);
            }
            self.bar.set_position(0);
            self.bar.reset_eta();
        }
    }

    fn published(&self, posts: u64, of: u64) {
        if self.bar.length() != Some(of) {
            self.bar.set_length(of);
        }
        self.bar.inc(posts);
    }
}
