//! Folding a stretch of a chat again, some weeks at a time, after something in it changed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use colloquy_transcript::{
    ChatName, GroundPost, Origin, Record, SessionId, SessionRecord, Timestamp,
};
use jiff::SignedDuration;

use super::super::ranges::Ranges;
use super::{Action, ChatState, HELD_MAX, Quiet, Sent};
use crate::discover::{WEEK, later};

/// A fold that is being repeated: week by week where each lies apart, several weeks at once where they lie
/// among each other, as they do in an archive that is not sorted, or was read many times.
#[derive(Debug)]
pub(super) struct Refold {
    /// The weeks that are being read, in order, and where their posts lie.
    weeks: Vec<(SessionId, Ranges)>,
    /// What of that is still to be read.
    ranges: VecDeque<(u64, u64)>,
    /// The weeks after them.
    left: VecDeque<(SessionId, Ranges)>,
    /// Published before and not yet found again.
    pub(super) stale: BTreeMap<SessionId, Sent>,
}

impl Refold {
    /// Whether there are weeks after those that are being read.
    pub(super) fn goes_on(&self) -> bool {
        !self.left.is_empty()
    }

    /// The lowest position that is still to be read.
    pub(super) fn oldest_needed(&self) -> Option<u64> {
        let left = self.left.iter().flat_map(|(_, ranges)| ranges.iter());
        left.chain(self.ranges.iter().copied()).map(|(from, _)| from).min()
    }

    /// Whether a post of this instant belongs to the weeks that are being read.
    fn wants(&self, at: Timestamp) -> bool {
        self.weeks.first().is_some_and(|(first, _)| first.starts_at() <= at) && at < self.end()
    }

    /// Where the weeks end that are being read.
    fn end(&self) -> Timestamp {
        self.weeks.last().map_or(Timestamp::MIN, |(last, _)| later(last.starts_at(), WEEK))
    }

    /// The next range to be read, of these weeks or the next ones.
    fn next(&mut self) -> Option<(u64, u64)> {
        while self.ranges.is_empty() {
            let first = self.left.pop_front()?;
            let mut all = first.1.clone();
            self.weeks = vec![first];
            while let Some((_, next)) = self.left.front() {
                let mut with = all.clone();
                with.extend(next);
                let more = with.positions().saturating_sub(all.positions());
                // As long as half of the next week's is read anyway.
                if more > next.positions() / 2 {
                    break;
                }
                all = with;
                self.weeks.extend(self.left.pop_front());
            }
            self.ranges = all.iter().collect();
        }
        self.ranges.pop_front()
    }

    /// Leaves the last of several weeks for later; where it begins.
    fn put_off(&mut self) -> Option<Timestamp> {
        let last = self.weeks.pop()?;
        let begin = last.0.starts_at();
        self.left.push_front(last);
        Some(begin)
    }
}

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
        let wanted = self.refold.as_ref().is_some_and(|refold| refold.wants(at));
        if !wanted || self.in_meeting(at) || self.late.contains_key(&post.post.id) {
            return;
        }
        self.window.put(self.see(position, post));
        if let Some(refold) = &mut self.refold
            && refold.weeks.len() > 1
            && self.window.len() > HELD_MAX
            && let Some(begin) = refold.put_off()
        {
            self.window.forget_from(begin);
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
        if !refold.ranges.is_empty() {
            // More of the same weeks lies elsewhere.
        } else if refold.left.is_empty() {
            self.fold(frontier, actions);
        } else {
            // Everything before the last week's end is at hand, nothing after it.
            let until = later(refold.end(), -SignedDuration::from_micros(1));
            self.fold(frontier.min(until), actions);
        }
        self.next_week(partition, actions);
    }

    /// Forgets everything that a change at `from` may touch, and lists the weeks to read.
    pub(super) fn begin_refold(&mut self, from: Timestamp) {
        let mut kept = self
            .published
            .iter()
            .filter(|(id, _)| id.is_meeting())
            .take_while(|(_, sent)| sent.looked_until <= from)
            .map(|(_, sent)| sent.closes_at)
            .max()
            .unwrap_or(Timestamp::MIN);
        let touched = self.published.iter().filter(|(_, sent)| sent.closes_at > kept);
        let first = touched.map(|(unit, _)| *unit).min_by_key(|unit| unit.starts_at());
        if first.is_some_and(|first| !self.memory.goes_back_to(first)) {
            // What authors did so long ago is summed up, and cannot be taken back in part.
            kept = Timestamp::MIN;
            self.memory.clear();
        }
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
        let weeks = self.weeks.iter().filter(|(week, _)| later(week.starts_at(), WEEK) > kept);
        let left = weeks.map(|(&week, ranges)| (week, ranges.clone())).collect();
        let (weeks, ranges) = Default::default();
        self.refold = Some(Refold { weeks, ranges, left, stale });
    }

    /// Asks for the next range, or ends the repetition.
    pub(super) fn next_week(&mut self, partition: u32, actions: &mut Vec<Action>) {
        let Some(refold) = &mut self.refold else { return };
        if let Some((from, until)) = refold.next() {
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
