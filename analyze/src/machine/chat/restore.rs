//! A chat's memory from what an earlier run published.

use colloquy_transcript::{Attendance, Decision, Origin, SessionId, SessionRecord, Timestamp};

use jiff::SignedDuration;

use super::late::LATE_MAX;
use super::{ChatState, Sent};
use crate::discover::{LOOK_MAX, Span, WEEK, later};

impl ChatState {
    /// Takes a decision that earlier results already know.
    pub(in crate::machine) fn restore_decision(&mut self, decision: Decision) {
        self.decisions.put(decision);
    }

    /// Takes a session that an earlier run published, in order of session.
    pub(in crate::machine) fn restore_session<'a>(
        &mut self,
        session: &SessionRecord,
        people: impl Iterator<Item = &'a Attendance>,
    ) {
        if session.gone {
            return;
        }
        // What authors did is on no record, and a verdict needs it: the chat is folded anew. So it
        // is where another registry or other rules made the results.
        self.soil(Timestamp::MIN, u64::MAX);
        let (opens_at, closes_at, looked_until) = if session.session.is_meeting() {
            let usual = self.usual();
            let span = Span {
                starts_at: session.starts_at,
                ends_at: session.ends_at,
                opens_at: later(session.starts_at, -usual.before),
                closes_at: usual.closes(session.starts_at, session.ends_at),
                looked_until: Timestamp::MIN,
                origin: session.origin,
            };
            let before = usual.before;
            let hours = self.decisions.hours();
            let closes_at = hours.kept_apart(span, before).closes_at;
            let next = self.scheduled(session.ends_at).map(|it| it.max(session.ends_at));
            let closes_at = closes_at.min(next.unwrap_or(closes_at));
            let closes_at = session.closes_at.unwrap_or(closes_at);
            // How far the posts really had a say is not on record.
            let looked_until = match session.origin {
                Origin::Scheduled => closes_at,
                Origin::Discovered => closes_at.max(later(session.starts_at, LOOK_MAX)),
            };
            let stated = hours.looked_until(session.starts_at, &self.usual());
            self.decided_until = self.decided_until.max(closes_at);
            let people: Vec<&Attendance> = people.collect();
            self.remember(session, people.iter().copied());
            (span.opens_at, closes_at, looked_until.max(stated))
        } else {
            let until = later(session.starts_at, WEEK);
            self.weeks_until = self.weeks_until.max(until);
            (session.starts_at, until, later(until, self.week_lag()))
        };
        self.looked_until = self.looked_until.max(looked_until);
        let sent = Sent { fingerprint: session.fingerprint, opens_at, closes_at, looked_until };
        self.published.insert(session.session, sent);
        let answered = if session.session.is_meeting() { LATE_MAX } else { SignedDuration::ZERO };
        let mut week = opens_at;
        while week < later(closes_at, answered) && session.positions_from < session.positions_until
        {
            let (from, until) = (session.positions_from, session.positions_until);
            self.widen(SessionId::outside(week), from, until);
            week = later(SessionId::outside(week).starts_at(), WEEK);
        }
    }
}
