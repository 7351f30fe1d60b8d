//! Folding a stretch of a chat again, week by week, after something in it changed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use colloquy_transcript::{
    ChatName, GroundPost, Origin, Record, SessionId, SessionRecord, Timestamp,
};
use jiff::SignedDuration;

use super::{Action, ChatState, Quiet, Refold, Sent};
use crate::discover::{WEEK, later};

impl ChatState {
    /// Whether posts are being read again for this chat.
    pub(in crate::machine) fn is_refolding(&self, chat: &ChatName) -> bool {
        self.refold.is_some() && self.name == *chat
    }

    /// Whether something is left to fold.
    pub(in crate::machine) fn is_busy(&self) -> bool {
        self.refold.is_some() || self.dirty.is_some()
    }

    /// Takes a post that was asked for again.
    pub(in crate::machine) fn again(&mut self, position: u64, post: Arc<GroundPost>) {
        let at = post.post.created_at;
        let wanted = self.refold.as_ref().is_some_and(|refold| {
            refold.week.starts_at() <= at && at < later(refold.week.starts_at(), WEEK)
        });
        if wanted && !self.in_meeting(at) && !self.late.contains_key(&post.post.id) {
            self.window.put(self.see(position, post));
        }
    }

    /// A range of a week was read again.
    pub(in crate::machine) fn reread_done(
        &mut self,
        frontier: Timestamp,
        partition: u32,
        actions: &mut Vec<Action>,
    ) {
        let Some(refold) = &self.refold else { return };
        let end = later(refold.week.starts_at(), WEEK);
        if refold.left.front().is_some_and(|(week, ..)| *week == refold.week) {
            // More of the same week lies elsewhere.
        } else if refold.left.is_empty() {
            self.fold(frontier, actions);
        } else {
            // Everything before the week's end is at hand, nothing after it.
            self.fold(frontier.min(later(end, -SignedDuration::from_micros(1))), actions);
        }
        self.next_week(partition, actions);
    }

    /// Forgets everything that a change at `from` may touch, and lists the weeks to read.
    pub(super) fn begin_refold(&mut self, from: Timestamp) {
        let kept = self
            .published
            .iter()
            .filter(|(id, _)| id.is_meeting())
            .take_while(|(_, sent)| sent.looked_until <= from)
            .map(|(_, sent)| sent.closes_at)
            .max()
            .unwrap_or(Timestamp::MIN);
        let stale: BTreeMap<SessionId, Sent> =
            self.published.extract_if(.., |_, sent| sent.closes_at > kept).collect();
        let dropped = stale.keys().filter(|id| id.is_meeting()).map(|id| id.starts_at()).min();
        if let Some(dropped) = dropped {
            self.history.forget_from(dropped);
        }
        self.memory.retain(|unit| self.published.contains_key(&unit));
        // Until a meeting is finished, nothing passes it: it is among what is read again.
        self.open = None;
        self.late.retain(|_, meeting| self.published.contains_key(meeting));
        self.announced.clear();
        self.window.clear();
        self.quiet = Quiet::NOTHING;
        self.decided_until = kept;
        let looked = self.published.values().map(|sent| sent.looked_until);
        self.looked_until = looked.max().unwrap_or(Timestamp::MIN);
        self.weeks_until = self
            .published
            .iter()
            .filter(|(id, _)| !id.is_meeting())
            .map(|(_, sent)| sent.closes_at)
            .max()
            .unwrap_or(Timestamp::MIN);
        let left: VecDeque<_> = self
            .weeks
            .iter()
            .filter(|(week, _)| later(week.starts_at(), WEEK) > kept)
            .flat_map(|(&week, ranges)| ranges.iter().map(move |(from, until)| (week, from, until)))
            .collect();
        let week =
            left.front().map_or(SessionId::outside(Timestamp::UNIX_EPOCH), |(week, ..)| *week);
        self.refold = Some(Refold { week, left, stale });
    }

    /// Asks for the next range, or ends the repetition.
    pub(super) fn next_week(&mut self, partition: u32, actions: &mut Vec<Action>) {
        let Some(refold) = &mut self.refold else { return };
        if let Some((week, from, until)) = refold.left.pop_front() {
            refold.week = week;
            actions.push(Action::Reread { chat: self.name.clone(), partition, from, until });
            return;
        }
        self.hear_again();
        let stale = self.refold.take().map(|refold| refold.stale).unwrap_or_default();
        for (id, sent) in stale {
            let record = Record::Session(Box::new(gone(&self.name, id, sent)));
            actions.push(Action::Publish(vec![record]));
        }
    }
}

/// The record that takes a session back.
fn gone(chat: &ChatName, id: SessionId, sent: Sent) -> SessionRecord {
    use colloquy_transcript::Format;
    SessionRecord {
        chat: chat.clone(),
        session: id,
        fingerprint: !sent.fingerprint,
        gone: true,
        starts_at: id.starts_at(),
        ends_at: sent.closes_at,
        origin: Origin::Discovered,
        format: Format::Free,
        moderators: Vec::new(),
        moderators_basis: Vec::new(),
        guests: Vec::new(),
        guests_basis: Vec::new(),
        posts: 0,
        originals: 0,
        reposts: 0,
        participants: 0,
        answerers: 0,
        talkers: 0,
        amplifiers: 0,
        questions: Vec::new(),
        first_timers: None,
        returning: None,
        flags: 0,
        peak_posts_per_minute: 0,
        gini: None,
        top_tenth_share: None,
        coverage: None,
        revision: 0,
        positions_from: 0,
        positions_until: 0,
        settled_position: 0,
        basis: 0,
        attendance_rows: 0,
        corrections: Vec::new(),
        rhythm: None,
        open_questions: Vec::new(),
        introductions: Vec::new(),
        closes_at: None,
        title: None,
    }
}
