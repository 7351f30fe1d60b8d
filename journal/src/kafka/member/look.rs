//! What a member looks at beside its records: ends of partitions, rights, transactions that hang.

use std::time::{Duration, Instant};

use super::{
    super::{denied::DENIED_WAIT, gaps::Gap, rights},
    KafkaMember,
};
use crate::{JournalError, TopicPartition};

/// Time between two looks for transactions that hang: none of ours is open for so long.
const LOOK_EVERY: Duration = Duration::from_secs(if cfg!(test) { 5 } else { 60 });

/// What was open at the last look.
#[derive(Debug, Default)]
pub(super) struct Look {
    at: Option<Instant>,
    open: Vec<Gap>,
    /// What hangs, was told, and was to be ended.
    known: Vec<Gap>,
}

impl Look {
    /// Whether it is known that this hangs, and that this member cannot end it.
    pub(super) fn knows(&self, gap: &Gap) -> bool {
        is_among(gap, &self.known)
    }

    /// Takes note of what is open now, and says where the same was open at the last look and nobody was told.
    fn hanging(&mut self, now: Vec<Gap>) -> Vec<Gap> {
        let (again, new): (Vec<Gap>, Vec<Gap>) = now
            .iter()
            .filter(|gap| is_among(gap, &self.open))
            .cloned()
            .partition(|gap| is_among(gap, &self.known));
        self.known = again;
        self.known.extend(new.iter().cloned());
        self.open = now;
        new
    }
}

fn is_among(gap: &Gap, all: &[Gap]) -> bool {
    all.iter().any(|it| (it.at, it.from) == (gap.at, gap.from))
}

impl KafkaMember {
    /// Moves the positions of unsure partitions past markers.
    pub(super) fn settle(&mut self) {
        for held in self.held.iter_mut().filter(|held| held.is_unsure) {
            if self.shared.cluster.patience().has_ended() {
                return;
            }
            let (at, next) = (held.at, held.next);
            let settled = self.shared.end(at).and_then(|end| {
                let is_read = end <= next || !self.shared.holds_any(at, next, end)?;
                Ok(if is_read { end.max(next) } else { next })
            });
            match settled {
                Ok(next) => {
                    held.next = next;
                    held.is_unsure = false;
                }
                // It stays unsure, and is asked for again.
                Err(error) => tracing::warn!(%error, ?at, "asking for the end failed"),
            }
        }
    }

    /// Ends the wait for a right that is lacking. The client says once that it is, tries on by itself, and
    /// says nothing when it may: so it is looked at again after a while.
    pub(super) fn look_at_denial(&mut self) -> Result<(), JournalError> {
        let Some((code, since)) = self.denied else { return Ok(()) };
        if since.elapsed() < DENIED_WAIT {
            return Ok(());
        }
        self.denied = None;
        let cluster = &self.shared.cluster;
        match rights::lacking(cluster, code, &self.asked()) {
            Ok(Some(right)) => Err(self.unread_for(Box::new(right.denied(&cluster.admin_words())))),
            Ok(None) => Ok(()),
            Err(error) => {
                tracing::debug!(%error, "rights could not be looked at");
                self.denied = Some((code, Instant::now()));
                Ok(())
            }
        }
    }

    /// Tells of transactions that hang, and ends those that were left under this member's ids.
    pub(super) fn look_for_hanging(&mut self) {
        if self.held.is_empty() || self.look.at.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return;
        }
        self.look.at = Some(Instant::now());
        let mut parts = self.shared.all_of(&self.writes);
        let read = self.held.iter().map(|held| held.at);
        parts.extend(read.filter(|at| !self.writes.contains(&at.topic)));
        let hanging = match self.shared.gaps(&parts) {
            Ok(now) => self.look.hanging(now),
            Err(error) => {
                tracing::debug!(%error, "transactions that hang could not be looked for");
                return;
            }
        };
        for gap in &hanging {
            tracing::warn!(
                topic = self.shared.cluster.name(gap.at.topic),
                partition = gap.at.partition,
                offset = gap.from,
                "a transaction hangs: nothing behind it can be read before it ends. Analysis and report \
                 end what theirs left; `colloquy doctor` says what to do if it stays"
            );
        }
        if !hanging.iter().any(|gap| self.writes.contains(&gap.at.topic)) {
            return;
        }
        let held: Vec<TopicPartition> = self.held.iter().map(|held| held.at).collect();
        if let Err(error) = self.inherit(&held) {
            self.look.known.clear();
            tracing::warn!(%error, "what hangs could not be ended, and is tried again");
        }
    }
}

#[cfg(test)]
mod tests {
    use colloquy_transcript::Topic;

    use super::*;

    #[test]
    fn a_transaction_hangs_that_is_open_at_two_looks() {
        let gap = |partition, from| Gap {
            at: TopicPartition { topic: Topic::Annotations, partition },
            from,
            until: from + 5,
        };
        let told = |look: &mut Look, now: &[Gap]| -> Vec<u32> {
            look.hanging(now.to_vec()).iter().map(|it| it.at.partition).collect()
        };
        let mut look = Look::default();
        assert!(told(&mut look, &[gap(0, 7), gap(1, 7)]).is_empty());
        let now = [gap(1, 7), gap(0, 9), gap(2, 7)];
        assert_eq!(told(&mut look, &now), [1]);
        assert_eq!(told(&mut look, &now), [0, 2], "each is told once");
        assert!(told(&mut look, &now).is_empty());
        assert!(told(&mut look, &[]).is_empty());
        assert!(told(&mut look, &now).is_empty());
        assert_eq!(told(&mut look, &now), [1, 0, 2], "it came back");
    }
}
