//! How long a cluster that does not answer is waited for: not for long once somebody was told to
//! stop.
//!
//! A call of the client cannot be interrupted. So questions that may be repeated are asked in
//! slices, and whoever waits looks at the flag in between. What the client does not give back in
//! time (`send_offsets_to_transaction` knows no timeout while the group's coordinator is away), the
//! process ends by itself; a member that dies so loses nothing.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Longest single wait for an answer that may be asked for again.
const ANSWER_SLICE: Duration = Duration::from_secs(5);

/// Longest wait for the cluster once a stop was noticed: what is in hand takes less than that, unless
/// nobody answers.
const STOP_WAIT: Duration = Duration::from_secs(10);

/// A client that is asked with no time left does not ask at all.
const SLICE_MIN: Duration = Duration::from_millis(100);

/// The patience of all clients of a journal.
#[derive(Debug, Default)]
pub(super) struct Patience {
    stop: Arc<AtomicBool>,
    /// When nobody waits any more; set when the stop is noticed.
    end: OnceLock<Instant>,
    told: AtomicBool,
}

impl Patience {
    /// Ends some time after `stop` turned true.
    pub(super) fn new(stop: Arc<AtomicBool>) -> Self {
        Self { stop, end: OnceLock::new(), told: AtomicBool::new(false) }
    }

    /// Whether somebody was told to stop.
    pub(super) fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn end(&self) -> Option<Instant> {
        self.stops().then(|| *self.end.get_or_init(|| Instant::now() + STOP_WAIT))
    }

    /// What is left of a wait until `deadline`.
    pub(super) fn left(&self, deadline: Instant) -> Duration {
        let until = self.end().map_or(deadline, |end| end.min(deadline));
        until.saturating_duration_since(Instant::now())
    }

    /// Whether somebody who waits until `deadline` gives up now.
    pub(super) fn is_over(&self, deadline: Instant) -> bool {
        let is_over = self.left(deadline).is_zero();
        if is_over && self.end().is_some() && !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "Kafka does not answer: what is in hand stays uncommitted, and is read again next time"
            );
        }
        is_over
    }

    /// Whether a stop leaves no time for anything any more.
    pub(super) fn has_ended(&self) -> bool {
        self.end().is_some_and(|end| self.is_over(end))
    }

    /// How long to wait for one answer that may be asked for again until `deadline`.
    pub(super) fn slice(&self, deadline: Instant) -> Duration {
        self.left(deadline).min(ANSWER_SLICE).max(SLICE_MIN)
    }

    /// How long to wait for one answer that the client counts on being waited for.
    pub(super) fn whole(&self, wait: Duration) -> Duration {
        self.left(Instant::now() + wait).max(SLICE_MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_shortens_every_wait() {
        let stop = Arc::new(AtomicBool::new(false));
        let patience = Patience::new(Arc::clone(&stop));
        let far = Instant::now() + Duration::from_mins(4);
        assert!(patience.left(far) > STOP_WAIT && !patience.is_over(far) && !patience.has_ended());
        assert_eq!(patience.slice(far), ANSWER_SLICE);
        assert!(patience.whole(Duration::from_secs(30)) > STOP_WAIT);
        assert!(patience.is_over(Instant::now()));

        stop.store(true, Ordering::Relaxed);
        assert!(patience.left(far) <= STOP_WAIT && !patience.is_over(far) && !patience.has_ended());
        assert!(patience.whole(Duration::from_secs(30)) <= STOP_WAIT);
        let soon = Duration::from_secs(1);
        assert!(patience.left(Instant::now() + soon) <= soon, "a stop makes no wait longer");

        let ended = Patience { end: OnceLock::from(Instant::now()), ..Patience::new(stop) };
        assert!(ended.is_over(far) && ended.has_ended());
        assert_eq!((ended.slice(far), ended.whole(soon)), (SLICE_MIN, SLICE_MIN));
    }
}
