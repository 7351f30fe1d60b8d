//! Stopping: the first SIGTERM or Ctrl-C asks everything to finish, the second ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use tracing::warn;

/// Exit code of a process that was told twice, as shells report SIGINT.
const TOLD_TWICE: i32 = 130;

/// A flag that turns true at the first signal.
pub(crate) fn stop_flag() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
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
                    if told().await.is_ok() {
                        exit_now();
                    }
                }
            });
        })
        .context("starting the thread that waits for signals")?;
    Ok(stop)
}

#[expect(clippy::exit, reason = "the user asked twice, and nothing acknowledged is lost by it")]
fn exit_now() {
    std::process::exit(TOLD_TWICE);
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
