//! One chat's fold: from posts in order to published sessions.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use colloquy_transcript::label::OwnLabels;
use colloquy_transcript::registry::Chat;
use colloquy_transcript::{
    Attendance, ChatName, Decision, GroundPost, Origin, Record, SessionId, SessionRecord,
    Timestamp, Verdict,
};
use jiff::SignedDuration;

use super::Action;
use super::ranges::Ranges;
use super::window::Window;
use crate::discover::{
    GRACE_AFTER, GRACE_BEFORE, HABIT_MEETINGS, Habit, LOOK_BACK, LOOK_MAX, OPEN_MIN, Span, WEEK,
    WEEK_LAG, later, next_meeting,
};
use crate::fingerprint::basis;
use crate::hours::{Next, Standing, Usual};
use crate::known::{Decisions, History, Known};
use crate::meeting::{self, Published};
use crate::schedule::Calendar;
use crate::seen::Seen;

/// No meeting is longer, its grace included: a registry may state a week for each of the three.
const MEETING_MAX: SignedDuration = SignedDuration::from_hours(21 * 24);

/// Length of a meeting of which nobody says anything but the start.
const MEETING_USUAL: SignedDuration = SignedDuration::from_mins(60);

/// The state of one chat.
#[derive(Debug)]
pub(super) struct ChatState {
    name: ChatName,
    registry: Option<Chat>,
    calendar: Option<Calendar>,
    /// Labels of the chat's own.
    own: OwnLabels,
    decisions: Decisions,
    history: History,
    window: Window,
    /// Positions of `posts` in which each week's posts lie.
    weeks: BTreeMap<SessionId, Ranges>,
    published: BTreeMap<SessionId, Sent>,
    /// Meetings that close before this are decided.
    decided_until: Timestamp,
    /// Weeks that end before this are settled.
    weeks_until: Timestamp,
    /// Posts before this may have a say in what is decided or settled. It never passes the
    /// frontier at which that was done, so a source in order never falls behind it.
    looked_until: Timestamp,
    quiet: Quiet,
    dirty: Option<Dirty>,
    refold: Option<Refold>,
}

/// A session as it was last published.
#[derive(Debug, Clone, Copy)]
struct Sent {
    fingerprint: u64,
    opens_at: Timestamp,
    closes_at: Timestamp,
    /// Posts before this may have had a say in it.
    looked_until: Timestamp,
}

/// Questions before `until` begin no meeting, as the posts up to `frontier` say: they need not be
/// looked at again whenever more posts come.
#[derive(Debug, Clone, Copy)]
struct Quiet {
    until: Timestamp,
    frontier: Timestamp,
}

impl Quiet {
    const NOTHING: Self = Self { until: Timestamp::MIN, frontier: Timestamp::MIN };
}

/// From where on the chat must be folded again, and the oldest record that is the cause.
#[derive(Debug, Clone, Copy)]
struct Dirty {
    from: Timestamp,
    position: u64,
}

/// A fold that is being repeated, week by week.
#[derive(Debug)]
struct Refold {
    /// The week that is being read.
    week: SessionId,
    /// The ranges of positions still to be read, by week.
    left: VecDeque<(SessionId, u64, u64)>,
    /// Published before and not yet found again.
    stale: BTreeMap<SessionId, Sent>,
}

impl ChatState {
    pub(super) fn new(name: ChatName, registry: Option<Chat>, calendar: Option<Calendar>) -> Self {
        let labels = registry.as_ref().map_or((&[][..], &[][..]), |chat| {
            (chat.question_labels.as_slice(), chat.answer_labels.as_slice())
        });
        let own = OwnLabels::new(labels.0, labels.1);
        Self {
            name,
            registry,
            calendar,
            own,
            decisions: Decisions::default(),
            history: History::default(),
            window: Window::default(),
            weeks: BTreeMap::new(),
            published: BTreeMap::new(),
            decided_until: Timestamp::MIN,
            weeks_until: Timestamp::MIN,
            looked_until: Timestamp::MIN,
            quiet: Quiet::NOTHING,
            dirty: None,
            refold: None,
        }
    }

    /// Takes a post; `known` ones were taken into account by an earlier run.
    pub(super) fn post(&mut self, position: u64, post: Arc<GroundPost>, known: bool) {
        let at = post.post.created_at;
        self.widen(SessionId::outside(at), position, position + 1);
        let settled = at < self.weeks_until || self.in_meeting(at);
        if known && settled {
            return;
        }
        if !known && at < self.looked_until {
            self.soil(at, position);
            return;
        }
        if at <= self.quiet.frontier {
            self.quiet = Quiet::NOTHING;
        }
        self.window.put(self.see(position, post));
    }

    /// Takes a decision; what it changes is folded again. A decision may speak of anybody, so
    /// the whole chat is. Posts in hand carry the person whom decisions made of their account, so
    /// they are read again too where that changes.
    pub(super) fn decide(&mut self, decision: Decision) {
        let identifies = matches!(decision.verdict, Verdict::SameAs(_)) && self.window.len() > 0;
        let folded = self.looked_until > Timestamp::MIN;
        if self.decisions.put(decision) && (folded || identifies) {
            self.soil(Timestamp::MIN, u64::MAX);
        }
    }

    /// Takes a decision that earlier results already know.
    pub(super) fn restore_decision(&mut self, decision: Decision) {
        self.decisions.put(decision);
    }

    /// Takes a session that an earlier run published, in order of session.
    pub(super) fn restore_session<'a>(
        &mut self,
        session: &SessionRecord,
        people: impl Iterator<Item = &'a Attendance>,
    ) {
        if session.gone {
            return;
        }
        if session.basis != basis(self.registry.as_ref()) {
            // Made by another registry or other rules: the whole chat is folded anew.
            self.soil(Timestamp::MIN, u64::MAX);
        }
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
        let mut week = opens_at;
        while week < closes_at && session.positions_from < session.positions_until {
            let (from, until) = (session.positions_from, session.positions_until);
            self.widen(SessionId::outside(week), from, until);
            week = later(SessionId::outside(week).starts_at(), WEEK);
        }
    }

    /// Publishes what can be known with every post up to `frontier` at hand.
    pub(super) fn settle(
        &mut self,
        frontier: Timestamp,
        partition: u32,
        actions: &mut Vec<Action>,
    ) {
        if self.refold.is_some() {
            return;
        }
        if let Some(dirty) = self.dirty {
            if frontier < self.looked_until {
                return;
            }
            self.dirty = None;
            self.begin_refold(dirty.from);
            self.next_week(partition, actions);
            return;
        }
        self.fold(frontier, actions);
    }

    /// Whether posts are being read again for this chat.
    pub(super) fn is_refolding(&self, chat: &ChatName) -> bool {
        self.refold.is_some() && self.name == *chat
    }

    /// Whether something is left to fold.
    pub(super) fn is_busy(&self) -> bool {
        self.refold.is_some() || self.dirty.is_some()
    }

    /// Takes a post that was asked for again.
    pub(super) fn again(&mut self, position: u64, post: Arc<GroundPost>) {
        let at = post.post.created_at;
        let wanted = self.refold.as_ref().is_some_and(|refold| {
            refold.week.starts_at() <= at && at < later(refold.week.starts_at(), WEEK)
        });
        if wanted && !self.in_meeting(at) {
            self.window.put(self.see(position, post));
        }
    }

    /// A range of a week was read again.
    pub(super) fn reread_done(
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

    pub(super) fn oldest_needed(&self) -> Option<u64> {
        let dirty = self.dirty.map(|dirty| dirty.position).filter(|&position| position < u64::MAX);
        let left = self.refold.iter().flat_map(|refold| &refold.left).map(|&(_, from, _)| from);
        [self.window.oldest_position(), dirty].into_iter().flatten().chain(left).min()
    }

    /// The oldest post that came late and is not folded in yet.
    pub(super) fn oldest_late(&self) -> Option<u64> {
        self.dirty.map(|dirty| dirty.position)
    }

    pub(super) fn posts_held(&self) -> usize {
        self.window.len()
    }

    fn widen(&mut self, week: SessionId, from: u64, until: u64) {
        self.weeks.entry(week).or_default().add(from, until);
    }

    fn soil(&mut self, from: Timestamp, position: u64) {
        let dirty = self.dirty.get_or_insert(Dirty { from, position });
        *dirty = Dirty { from: dirty.from.min(from), position: dirty.position.min(position) };
    }

    /// Whether a published meeting holds the instant.
    fn in_meeting(&self, at: Timestamp) -> bool {
        let from = SessionId::Meeting(later(at, -MEETING_MAX));
        let until = SessionId::Meeting(later(at, MEETING_MAX));
        let near = self.published.range(from..=until);
        near.into_iter().any(|(_, sent)| sent.opens_at <= at && at < sent.closes_at)
    }

    /// Forgets everything that a change at `from` may touch, and lists the weeks to read.
    fn begin_refold(&mut self, from: Timestamp) {
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
    fn next_week(&mut self, partition: u32, actions: &mut Vec<Action>) {
        let Some(refold) = &mut self.refold else { return };
        if let Some((week, from, until)) = refold.left.pop_front() {
            refold.week = week;
            actions.push(Action::Reread { chat: self.name.clone(), partition, from, until });
            return;
        }
        let stale = self.refold.take().map(|refold| refold.stale).unwrap_or_default();
        for (id, sent) in stale {
            let record = Record::Session(Box::new(gone(&self.name, id, sent)));
            actions.push(Action::Publish(vec![record]));
        }
    }

    /// The fold itself: meetings in order, then the weeks that no meeting can reach any more.
    fn fold(&mut self, frontier: Timestamp, actions: &mut Vec<Action>) {
        let hold_from = loop {
            let span = match self.next_span(frontier) {
                Next::Meeting(span) => span,
                Next::Later(opens_at) => break opens_at,
                Next::Nothing => break Timestamp::MAX,
            };
            self.decided_until = span.closes_at;
            self.looked_until = self.looked_until.max(span.looked_until);
            if self.decisions.dissolves(SessionId::Meeting(span.starts_at)) {
                continue;
            }
            let posts = self.window.take_meeting(&span);
            let before = self.history.meetings_before(span.starts_at);
            let published = meeting::meeting(&self.name, &span, &posts, &self.known(before));
            // What is published may take as much memory again.
            drop(posts);
            self.remember(&published.session, published.attendance.iter());
            self.send(published, &span, actions);
        };
        self.fold_weeks(frontier, hold_from, actions);
    }

    /// A post as it was read, with the chat's own labels.
    fn see(&self, position: u64, post: Arc<GroundPost>) -> Seen {
        let mut seen = self.decisions.see(position, post);
        seen.read_own(&self.own);
        seen
    }

    /// Takes the newest meeting into the chat's memory.
    fn remember<'a>(
        &mut self,
        session: &SessionRecord,
        people: impl Iterator<Item = &'a Attendance> + Clone,
    ) {
        let ids = people.clone().map(|row| &row.author_id);
        let minutes = session.ends_at.duration_since(session.starts_at).as_mins();
        let minutes = u16::try_from(minutes).unwrap_or(u16::MAX);
        self.history.add((session.session, minutes), ids, &session.moderators);
        for row in people.filter(|row| self.decisions.people().knows(&row.author_id)) {
            if let Some(handle) = &row.author_handle {
                self.history.called(&row.author_id, handle);
            }
        }
    }

    /// Settles weeks, but none that a meeting from `hold_from` on may reach into.
    fn fold_weeks(&mut self, frontier: Timestamp, hold_from: Timestamp, actions: &mut Vec<Action>) {
        let lag = self.week_lag();
        let mut next = Timestamp::MIN;
        while let Some(week) = self.window.week_from(next) {
            let (from, until) = (week.starts_at(), later(week.starts_at(), WEEK));
            let looked_until = later(until, lag);
            if looked_until > frontier || until <= next || until > hold_from {
                break;
            }
            next = until;
            self.looked_until = self.looked_until.max(looked_until);
            self.weeks_until = self.weeks_until.max(until);
            let posts = self.window.take_week(week);
            let before = self.history.meetings_before(from);
            let published = meeting::outside(&self.name, week, &posts, &self.known(before));
            drop(posts);
            let span = Span {
                starts_at: from,
                ends_at: until,
                opens_at: from,
                closes_at: until,
                looked_until,
                origin: Origin::Discovered,
            };
            self.send(published, &span, actions);
        }
    }

    /// How long after its end a week is settled.
    fn week_lag(&self) -> SignedDuration {
        self.calendar.as_ref().map_or(WEEK_LAG, |calendar| calendar.reach().max(WEEK_LAG))
    }

    /// The next meeting that can be decided: what decisions state goes before what is found.
    fn next_span(&mut self, frontier: Timestamp) -> Next {
        let (found, found_from) = self.found(frontier);
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
        self.decisions.hours().next(&self.usual(), &standing)
    }

    /// What schedule or discovery find next, and the instant before which they find nothing else.
    fn found(&mut self, frontier: Timestamp) -> (Option<Span>, Timestamp) {
        let Some(calendar) = &self.calendar else {
            let from = self.decided_until.max(later(self.quiet.until, -LOOK_BACK));
            let posts = self.window.between(from, frontier);
            let held = self.history.starts(HABIT_MEETINGS);
            let (span, until) = next_meeting(&posts, &Habit(&held), self.quiet.until, frontier);
            self.quiet = Quiet { until, frontier: self.quiet.frontier.max(frontier) };
            return (span, later(until, -LOOK_BACK));
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
        (span, later(frontier, -reach))
    }

    /// When the scheduled meeting opens that starts next, at an instant or after it. One that a
    /// decision moves is not where the schedule has it.
    fn scheduled(&self, from: Timestamp) -> Option<Timestamp> {
        let calendar = self.calendar.as_ref()?;
        let meetings = calendar.meetings(from, later(from, calendar.reach()));
        let mut still = meetings.iter().map(|next| next.starts_at);
        let next = still.find(|&starts_at| !self.decisions.hours().moves(starts_at))?;
        Some(later(next, -calendar.graces().0))
    }

    /// How long the chat's meetings usually are.
    fn usual(&self) -> Usual {
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

    fn known(&self, meetings_before: u32) -> Known<'_> {
        Known {
            registry: self.registry.as_ref(),
            decisions: &self.decisions,
            history: &self.history,
            meetings_before,
        }
    }

    /// Publishes a session unless the same was published before.
    fn send(&mut self, published: Published, span: &Span, actions: &mut Vec<Action>) {
        let id = published.session.session;
        let fingerprint = published.session.fingerprint;
        let before = self.refold.as_mut().and_then(|refold| refold.stale.remove(&id));
        let &Span { opens_at, closes_at, looked_until, .. } = span;
        self.published.insert(id, Sent { fingerprint, opens_at, closes_at, looked_until });
        if before.is_some_and(|before| before.fingerprint == fingerprint) {
            return;
        }
        let Published { annotations, participation, attendance, session } = published;
        let records = annotations
            .into_iter()
            .map(Record::Annotation)
            .chain(participation.into_iter().map(Record::Participation))
            .chain(attendance.into_iter().map(Record::Attendance))
            .chain(std::iter::once(Record::Session(Box::new(session))));
        actions.push(Action::Publish(records.collect()));
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
    }
}
