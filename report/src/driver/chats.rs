//! What the report remembers of a chat: the records of its sessions, its coverage and decisions.

use std::collections::BTreeMap;

use colloquy_transcript::{
    ChatName, CompactString, Decision, SessionId, SessionRecord, Timestamp, Watched,
};

use crate::view::ChatView;

/// Everything of one chat that its own files and pages need; a few hundred bytes a session.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ChatState {
    meetings: BTreeMap<SessionId, SessionRecord>,
    outside: BTreeMap<SessionId, Outside>,
    coverage: BTreeMap<(CompactString, Timestamp), Watched>,
    decisions: BTreeMap<(CompactString, &'static str), Decision>,
}

/// A week outside sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outside {
    fingerprint: u64,
    posts: u64,
    flags: u64,
}

impl ChatState {
    /// Notes that a session is published as `record` says, or gone.
    pub(crate) fn publish(&mut self, record: &SessionRecord) {
        let key = record.session;
        match (record.gone, key.is_meeting()) {
            (true, true) => {
                self.meetings.remove(&key);
            }
            (true, false) => {
                self.outside.remove(&key);
            }
            (false, true) => {
                self.meetings.insert(key, record.clone());
            }
            (false, false) => {
                let SessionRecord { fingerprint, posts, flags, .. } = *record;
                self.outside.insert(key, Outside { fingerprint, posts, flags });
            }
        }
    }

    /// The fingerprint under which a session is published.
    pub(crate) fn published(&self, session: SessionId) -> Option<u64> {
        match self.meetings.get(&session) {
            Some(record) => Some(record.fingerprint),
            None => self.outside.get(&session).map(|week| week.fingerprint),
        }
    }

    /// Takes a stretch of coverage; the latest of a source and start counts.
    pub(crate) fn watched(&mut self, watched: Watched) {
        self.coverage.insert((watched.source.clone(), watched.from), watched);
    }

    /// Takes a decision; the latest of a subject and verdict counts.
    pub(crate) fn decided(&mut self, decision: Decision) {
        self.decisions.insert((decision.subject.clone(), decision.verdict.name()), decision);
    }

    /// Coverage by source and start.
    pub(crate) fn coverage(&self) -> Vec<Watched> {
        self.coverage.values().cloned().collect()
    }

    /// Decisions by subject and verdict.
    pub(crate) fn decisions(&self) -> Vec<Decision> {
        self.decisions.values().cloned().collect()
    }

    /// What the pages show of it.
    pub(crate) fn view(&self, name: &ChatName) -> ChatView {
        let mut sessions: Vec<SessionRecord> = self.meetings.values().cloned().collect();
        // A decision may move a start without renaming the session.
        sessions.sort_by_key(|record| (record.starts_at, record.session));
        ChatView {
            name: name.clone(),
            sessions,
            outside_posts: self.outside.values().map(|week| week.posts).sum(),
            outside_flags: self.outside.values().map(|week| week.flags).sum(),
            flagged_weeks: self
                .outside
                .iter()
                .filter(|(_, week)| week.flags > 0)
                .map(|(&session, week)| (session, week.flags))
                .collect(),
        }
    }
}
