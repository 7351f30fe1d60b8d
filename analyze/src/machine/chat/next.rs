//! Which meeting comes next: what decisions state, what the schedule says, what is found in posts.

use colloquy_transcript::Timestamp;
use jiff::SignedDuration;

use super::{ChatState, MEETING_USUAL, Quiet};
use crate::discover::{
    GRACE_AFTER, GRACE_BEFORE, HABIT_MEETINGS, Habit, LOOK_BACK, LOOK_MAX, OPEN_MIN, Span,
    WEEK_LAG, later, next_meeting,
};
use crate::hours::{Next, Standing, Usual};
use crate::meeting;

impl ChatState {
    /// How long after its end a week is settled.
    pub(super) fn week_lag(&self) -> SignedDuration {
        self.calendar.as_ref().map_or(WEEK_LAG, |calendar| calendar.reach().max(WEEK_LAG))
    }

    /// The next meeting that can be decided: what decisions state goes before what is found.
    pub(super) fn next_span(&mut self, frontier: Timestamp) -> Next {
        let (found, found_from, pending) = self.found(frontier);
        let scheduled = |from: Timestamp| self.scheduled(from);
        let posted = |from: Timestamp, until: Timestamp| {
            self.window.between(from, until).iter().any(|seen| seen.at() < until)
        };
        let standing = Standing {
            found,
            found_from,
            decided_until: self.decided_until,
            frontier,
            scheduled: &scheduled,
            posted: &posted,
        };
        let next = self.decisions.hours().next(&self.usual(), &standing);
        match (next, pending) {
            (Next::Nothing, Some(at)) => Next::Later(at),
            (Next::Later(opens_at), Some(at)) => Next::Later(opens_at.min(at)),
            (next, _) => next,
        }
    }

    /// What schedule or discovery find next, the instant before which they find nothing else, and the
    /// one from which it is not known yet.
    fn found(&mut self, frontier: Timestamp) -> (Option<Span>, Timestamp, Option<Timestamp>) {
        let Some(calendar) = &self.calendar else {
            let from = self.decided_until.max(later(self.quiet.until, -LOOK_BACK));
            let posts = self.window.between(from, frontier);
            let held = self.starts(HABIT_MEETINGS);
            let dissolved = |starts_at| self.decisions.hours().dissolves(starts_at);
            let span = (self.quiet.until, frontier);
            let found = next_meeting(&posts, &Habit(&held), span, &dissolved);
            let until = found.quiet_until;
            self.quiet = Quiet { until, frontier: self.quiet.frontier.max(frontier) };
            if let Some(looked_until) = found.looked_until {
                self.looked_until = self.looked_until.max(looked_until);
            }
            return (found.span, later(until, -LOOK_BACK), found.pending);
        };
        let posts = self.window.between(self.decided_until, frontier);
        let reach = calendar.reach();
        let ends = posts.first().map(|first| first.at()).zip(self.window.last_at());
        let meetings =
            ends.map(|(first, last)| calendar.meetings(later(first, -reach), later(last, reach)));
        let span = meetings.into_iter().flatten().find_map(|mut span| {
            span.opens_at = span.opens_at.max(self.decided_until);
            let decided = span.closes_at <= frontier && span.starts_at >= self.decided_until;
            (decided && meeting::took_place(&span, &posts)).then_some(span)
        });
        (span, later(frontier, -reach), None)
    }

    /// When the scheduled meeting opens that starts next, at an instant or after it. One that a
    /// decision moves is not where the schedule has it.
    pub(super) fn scheduled(&self, from: Timestamp) -> Option<Timestamp> {
        let calendar = self.calendar.as_ref()?;
        let meetings = calendar.meetings(from, later(from, calendar.reach()));
        let mut still = meetings.iter().map(|next| next.starts_at);
        let next = still.find(|&starts_at| !self.decisions.hours().moves(starts_at))?;
        Some(later(next, -calendar.graces().0))
    }

    /// How long the chat's meetings usually are.
    pub(super) fn usual(&self) -> Usual {
        match &self.calendar {
            Some(calendar) => calendar.usual(),
            None => Usual {
                length: MEETING_USUAL,
                before: GRACE_BEFORE,
                after: GRACE_AFTER,
                open: OPEN_MIN,
                look: LOOK_MAX.saturating_add(LOOK_BACK),
            },
        }
    }
}
