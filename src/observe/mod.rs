//! What can be seen of a running process: figures, health, readiness, and its last line.
//!
//! **Invariant:** nobody who works waits for anybody who looks.

mod figures;
mod http;
mod ready;

use std::net::SocketAddr;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use colloquy_journal::Journal;
use colloquy_journal::watch::{Vitals, Watched};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::{debug, info};

use crate::console;
use figures::Figures;

/// Time between two counts of what is left to be read.
const MEASURE_INTERVAL: Duration = Duration::from_secs(2);

/// Upper bounds of the latency histogram, in seconds: up to a day, since a session waits for its
/// grace.
const LATENCY_BUCKETS_SECONDS: [f64; 14] =
    [0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0, 7_200.0, 14_400.0, 86_400.0];

/// Reads `127.0.0.1:9464`; nobody beyond this machine is answered.
pub(crate) fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| format!("an address reads 127.0.0.1:9464 or [::1]:9464, not {text:?}"))?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err(format!(
        "{text} can be reached from elsewhere, and figures are told without a password: write \
         127.0.0.1:{port} and let a proxy or an agent carry them further",
        port = address.port()
    ))
}

/// What those who look are told from.
struct Told {
    handle: PrometheusHandle,
    /// There once the journal is open, and as long as those who work hold it: a file is closed in
    /// order by the last who lets go of it.
    journal: OnceLock<Weak<Watched>>,
    vitals: OnceLock<Arc<Vitals>>,
    /// Groups in which this process must have a member to be ready.
    groups: &'static [&'static str],
}

/// Observes this process until it is dropped, and then logs the figures.
pub(crate) struct Observation {
    told: Arc<Told>,
    command: &'static str,
    /// The thread that measures, and what is dropped to end it.
    measuring: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Observation {
    /// Begins to count, and to answer at `address` if there is one. The process is ready when it has
    /// members in `groups` that have caught up.
    pub(crate) fn start(
        command: &'static str,
        groups: &'static [&'static str],
        address: Option<SocketAddr>,
    ) -> anyhow::Result<Self> {
        let latency = Matcher::Full("colloquy_latency_seconds".to_owned());
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(latency, &LATENCY_BUCKETS_SECONDS)
            .and_then(PrometheusBuilder::install_recorder)
            .context("starting to count")?;
        let told =
            Arc::new(Told { handle, journal: OnceLock::new(), vitals: OnceLock::new(), groups });
        if let Some(address) = address {
            let bound = http::serve(address, Arc::clone(&told))?;
            console::tell(&format!("metrics at http://{bound}/metrics"))?;
        }
        Ok(Self { told, command, measuring: None })
    }

    /// The journal, which is open and watched from now on, and the log says so.
    pub(crate) fn watch(&mut self, journal: Box<dyn Journal>) -> anyhow::Result<Arc<Watched>> {
        let journal = Arc::new(Watched::new(journal));
        let told = Arc::clone(&self.told);
        told.journal.set(Arc::downgrade(&journal)).ok();
        told.vitals.set(Arc::clone(journal.vitals())).ok();
        let (sender, ended) = channel::<()>();
        let thread = std::thread::Builder::new()
            .name("measuring".into())
            .spawn(move || {
                while ended.recv_timeout(MEASURE_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    told.measure();
                    told.handle.run_upkeep();
                }
            })
            .context("starting the thread that measures")?;
        self.measuring = Some((sender, thread));
        info!("{} began", self.command);
        Ok(journal)
    }

    /// Counts once more what is left to be read, for the last line.
    pub(crate) fn done(&self) {
        self.told.measure();
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.measuring.take() {
            drop(sender);
            // It may ask a broker that is away; nobody waits for that.
            let since = Instant::now();
            while !thread.is_finished() && since.elapsed() < MEASURE_INTERVAL {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        let text = self.told.text();
        let figures = Figures::of(&text);
        info!(
            target: "colloquy::ended",
            received = figures.sum("colloquy_rows_received_total"),
            accepted = figures.sum("colloquy_rows_accepted_total"),
            unrelated = figures.sum("colloquy_rows_unrelated_total"),
            duplicate = figures.sum("colloquy_rows_duplicate_total"),
            rejected = figures.sum("colloquy_rows_rejected_total"),
            late = figures.sum("colloquy_posts_late_total"),
            flags = figures.sum("colloquy_flags_total"),
            published = figures.sum("colloquy_sessions_published_total"),
            written = figures.sum("colloquy_sessions_written_total"),
            set_aside = figures.sum("colloquy_entries_set_aside_total"),
            open_sessions = figures.sum("colloquy_open_sessions"),
            lag = figures.sum("colloquy_lag"),
            commit_age_seconds = figures.most("colloquy_commit_age_seconds"),
            latency_seconds_p50 = figures.quantile("colloquy_latency_seconds", 0.5),
            latency_seconds_p99 = figures.quantile("colloquy_latency_seconds", 0.99),
            "{} ended",
            self.command
        );
    }
}

impl Told {
    /// All figures, in Prometheus' text format.
    fn text(&self) -> String {
        if let Some(vitals) = self.vitals.get() {
            vitals.publish();
        }
        self.handle.render()
    }

    fn measure(&self) {
        let Some(journal) = self.journal.get().and_then(Weak::upgrade) else { return };
        if let Err(error) = journal.vitals().measure(journal.as_ref()) {
            // Whoever works on it says what is wrong with the journal.
            debug!(%error, "counting what is left to be read failed");
        }
    }

    fn is_healthy(&self) -> Result<(), String> {
        let standings = self.vitals.get().map(|vitals| vitals.standings());
        ready::healthy(&standings.unwrap_or_default())
    }

    fn is_ready(&self) -> Result<(), String> {
        let vitals = self.vitals.get().ok_or("the journal is not open yet")?;
        ready::ready(self.groups, &vitals.standings())
    }
}

#[cfg(test)]
mod tests {
    use super::loopback;

    #[test]
    fn only_this_machine_is_answered() {
        for address in ["127.0.0.1:9464", "127.0.0.9:0", "[::1]:9464"] {
            assert!(loopback(address).is_ok(), "{address}");
        }
        for address in ["0.0.0.0:9464", "192.168.1.4:9464", "[::]:1", "localhost:9464", "9464"] {
            assert!(loopback(address).is_err(), "{address}");
        }
    }
}
