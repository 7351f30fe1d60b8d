//! Stopping: the first SIGTERM or Ctrl-C asks everything to finish, the second ends at once.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use colloquy_journal::JournalUrl;
use tracing::{error, warn};

/// Exit code of a process that was told twice, as shells report SIGINT.
const TOLD_TWICE: i32 = 130;

/// Exit code of a process that could not finish what was in hand.
const UNFINISHED: i32 = 3;

/// A process that works with brokers ends within this. The journal gives up long before; but the
/// client has calls that know no end while a broker is away. Container managers kill after 30 seconds.
const STOP_MAX: Duration = Duration::from_secs(25);

/// A flag that turns true at the first signal. Where `journal` lies on brokers, the process ends some
/// time later, whatever it waits for.
pub(crate) fn stop_flag(journal: Option<&JournalUrl>) -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let is_bounded = matches!(journal, Some(JournalUrl::Kafka(_)));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime that waits for signals")?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            runtime.block_on(async move {
                if told().await.is_ok() {
                    warn!("stopping: what is in hand is finished first, once more to stop at once");
                    flag.store(true, Ordering::Relaxed);
                    exit_now(told_again(is_bounded).await);
                }
            });
        })
        .context("starting the thread that waits for signals")?;
    Ok(stop)
}

/// Waits for whatever ends a process that was told to stop, and says with which code.
async fn told_again(is_bounded: bool) -> i32 {
    let too_late = async {
        if is_bounded {
            tokio::time::sleep(STOP_MAX).await;
        } else {
            pending::<()>().await;
        }
    };
    tokio::select! {
        Ok(()) = told() => TOLD_TWICE,
        () = too_late => {
            error!(
                seconds = STOP_MAX.as_secs(),
                "not done within the time for stopping, or Kafka does not let go: ended in the middle, start again and nothing is lost"
            );
            UNFINISHED
        }
    }
}

#[expect(
    clippy::exit,
    reason = "the user asked twice, or a broker answers never; nothing acknowledged is lost by it"
)]
fn exit_now(code: i32) {
    std::process::exit(code);
}

async fn told() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            told = tokio::signal::ctrl_c() => told,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
