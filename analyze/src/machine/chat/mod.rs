//! One chat's fold: from posts in order to published sessions.

use std::collections::BTreeMap;
use std::sync::Arc;

use colloquy_transcript::label::OwnLabels;
use colloquy_transcript::registry::Chat;
use colloquy_transcript::{
    Attendance, ChatName, Decision, GroundPost, Origin, PostId, Record, SessionId, SessionRecord,
    Timestamp, Verdict,
};
use jiff::SignedDuration;
use rustc_hash::FxHashMap;

mod arrival;
mod late;
mod next;
mod refold;
mod restore;

use super::Action;
use super::ranges::Ranges;
use super::window::Window;
use crate::announced::Announced;
use crate::discover::{LOOK_MAX, Span, WEEK, later};
use crate::hijack::{Arrivals, Memory};
use crate::hours::Next;
use crate::known::{Decisions, History, Known};
use crate::meeting::{self, Published};
use crate::schedule::Calendar;
use crate::seen::Seen;
use arrival::Coming;
use late::Open;
use refold::Refold;

/// No meeting is longer, its grace included: a registry may state a week for each of the three.
const MEETING_MAX: SignedDuration = SignedDuration::from_hours(21 * 24);

/// Posts that are held for work that would else be done again and again; in tests few, so that they come
/// to it.
pub(crate) const HELD_MAX: usize = if cfg!(test) { 40 } else { 20_000 };

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
    memory: Memory,
    announced: Announced,
    /// Where posts are judged as they arrive.
    arrivals: Option<Arrivals>,
    /// Those that wait for it, in the order in which they came; the window does not hold them yet.
    coming: Vec<Coming>,
    window: Window,
    /// Positions of `posts` in which each week's posts lie.
    weeks: BTreeMap<SessionId, Ranges>,
    published: BTreeMap<SessionId, Sent>,
    /// The newest meeting, while it may still be answered.
    open: Option<Open>,
    /// Posts that answered a meeting after it had closed.
    late: FxHashMap<PostId, SessionId>,
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

/// How a post came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// Before what it belongs to was settled.
    InTime,
    /// After that: the chat is folded again.
    Late,
}

/// From where on the chat must be folded again, and the oldest record that is the cause.
#[derive(Debug, Clone, Copy)]
struct Dirty {
    from: Timestamp,
    position: u64,
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
            memory: Memory::default(),
            announced: Announced::default(),
            arrivals: None,
            coming: Vec::new(),
            window: Window::default(),
            weeks: BTreeMap::new(),
            published: BTreeMap::new(),
            open: None,
            late: FxHashMap::default(),
            decided_until: Timestamp::MIN,
            weeks_until: Timestamp::MIN,
            looked_until: Timestamp::MIN,
            quiet: Quiet::NOTHING,
            dirty: None,
            refold: None,
        }
    }

    /// Takes a post; `known` ones were taken into account by an earlier run.
    pub(super) fn post(&mut self, position: u64, post: Arc<GroundPost>, known: bool) -> Came {
        let at = post.post.created_at;
        self.widen(SessionId::outside(at), position, position + 1);
        let settled = at < self.weeks_until || self.in_meeting(at);
        if known && settled {
            return Came::InTime;
        }
        if !known && at < self.looked_until {
            self.soil(at, position);
            return Came::Late;
        }
        if at <= self.quiet.frontier {
            // Further back it changes nothing, and what was looked back on there may be settled.
            self.quiet.until = self.quiet.until.min(later(at, -LOOK_MAX));
        }
        let seen = self.see(position, post);
        self.receive(seen, known);
        Came::InTime
    }

    /// Weeks with posts in hand: what was said in them is not published yet, or not all of it.
    pub(super) fn weeks_open(&self) -> usize {
        let first = self.window.week_from(Timestamp::MIN);
        let next = |week: &SessionId| self.window.week_from(later(week.starts_at(), WEEK));
        std::iter::successors(first, next).count()
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

    /// Publishes what can be known with every post up to `frontier` at hand; who is `behind` folds nothing
    /// again before it has read on.
    pub(super) fn settle(
        &mut self,
        (frontier, behind): (Timestamp, bool),
        partition: u32,
        actions: &mut Vec<Action>,
    ) {
        if self.refold.is_some() {
            return;
        }
        if let Some(dirty) = self.dirty {
            let waits = behind && self.posts_held() < HELD_MAX;
            if waits || frontier < self.looked_until {
                return;
            }
            self.dirty = None;
            self.begin_refold(dirty.from);
            self.next_week(partition, actions);
            return;
        }
        self.fold(frontier, actions);
    }

    pub(super) fn oldest_needed(&self) -> Option<u64> {
        let dirty = self.dirty.map(|dirty| dirty.position).filter(|&position| position < u64::MAX);
        let left = self.refold.iter().filter_map(Refold::oldest_needed);
        let open = self.open.as_ref().and_then(Open::oldest_position);
        let coming = self.coming.iter().map(|it| it.seen.position);
        let one = [self.window.oldest_position(), dirty, open];
        one.into_iter().flatten().chain(left).chain(coming).min()
    }

    /// The oldest post that came late and is not folded in yet.
    pub(super) fn oldest_late(&self) -> Option<u64> {
        self.dirty.map(|dirty| dirty.position)
    }

    pub(super) fn posts_held(&self) -> usize {
        self.window.len() + self.coming.len() + self.open.as_ref().map_or(0, Open::len)
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

    /// The fold itself: meetings in order, then the weeks that no meeting can reach any more.
    fn fold(&mut self, frontier: Timestamp, actions: &mut Vec<Action>) {
        let hold_from = loop {
            let span = match self.next_span(frontier) {
                Next::Meeting(span) => span,
                Next::Later(opens_at) => break opens_at,
                Next::Nothing => break Timestamp::MAX,
            };
            let since = std::mem::replace(&mut self.decided_until, span.closes_at);
            self.looked_until = self.looked_until.max(span.looked_until);
            if self.decisions.dissolves(SessionId::Meeting(span.starts_at)) {
                continue;
            }
            self.finish(span.opens_at, span.looked_until, actions);
            // A week that was over before the meeting began is part of what was known then.
            self.fold_weeks(frontier.min(span.starts_at), span.opens_at, actions);
            let held = self.window.between(since, span.opens_at);
            let announced = self.announced.of_meeting(since, span.opens_at, &held);
            self.announced.clear();
            let posts = self.window.take_meeting(&span);
            self.open(span, posts, announced, actions);
        };
        let hold_from = self.keep_open(frontier, hold_from, actions);
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
            let mut posts = self.window.take_week(week);
            posts.retain(|seen| !self.late.contains_key(&seen.post().id));
            if posts.is_empty() {
                continue;
            }
            self.announced.hear(&posts);
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

    fn known(&self, meetings_before: u32) -> Known<'_> {
        Known {
            registry: self.registry.as_ref(),
            decisions: &self.decisions,
            history: &self.history,
            meetings_before,
            memory: &self.memory,
            week_lag: self.week_lag(),
            announced: &[],
        }
    }

    /// Publishes a session unless the same was published before.
    fn send(&mut self, mut published: Published, span: &Span, actions: &mut Vec<Action>) {
        let id = published.session.session;
        let fingerprint = published.session.fingerprint;
        std::mem::take(&mut published.here).remember(id, &mut self.memory);
        if let (Some(arrivals), false) = (&mut self.arrivals, id.is_meeting()) {
            arrivals.settled(SessionId::outside(span.closes_at));
        }
        let before = self.refold.as_mut().and_then(|refold| refold.stale.remove(&id));
        let &Span { opens_at, closes_at, looked_until, .. } = span;
        self.published.insert(id, Sent { fingerprint, opens_at, closes_at, looked_until });
        if before.is_some_and(|before| before.fingerprint == fingerprint) {
            return;
        }
        let Published { annotations, participation, attendance, session, here: _ } = published;
        let records = annotations
            .into_iter()
            .map(Record::Annotation)
            .chain(participation.into_iter().map(Record::Participation))
            .chain(attendance.into_iter().map(Record::Attendance))
            .chain(std::iter::once(Record::Session(Box::new(session))));
        actions.push(Action::Publish(records.collect()));
    }
}
