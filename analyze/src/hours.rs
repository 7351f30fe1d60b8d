//! When meetings were, as `starts-at` and `ends-at` decisions say.
//!
//! They outrank discovery and schedule. Every start that was stated is a meeting at that hour: the
//! one that was found under the subject's name, moved, or one that nobody found. So what is stated
//! is known before any post is read, and [`Hours::next`] only has to put it in order with what is
//! found.

use std::collections::{BTreeMap, BTreeSet};

use colloquy_transcript::{Decision, Origin, SessionId, Timestamp, Verdict};
use jiff::SignedDuration;

use crate::discover::{Span, WEEK, later};

/// A start is moved by no more than this: a session of another day has a name of its own. So the
/// fold need not wait for weeks to know where a session is.
pub const MOVE_MAX: SignedDuration = SignedDuration::from_hours(24);

/// The hours that decisions state.
#[derive(Debug, Clone, Default)]
pub struct Hours {
    /// By start.
    stated: Vec<Stated>,
    /// Ends of meetings whose start nobody stated.
    ends: BTreeMap<Timestamp, Timestamp>,
    /// Starts of meetings that were called off or are none.
    dissolved: BTreeSet<Timestamp>,
}

/// A meeting whose start is stated.
#[derive(Debug, Clone)]
struct Stated {
    starts_at: Timestamp,
    ends_at: Option<Timestamp>,
    /// Every start under which it was spoken of, its own included.
    subjects: BTreeSet<Timestamp>,
}

/// How long meetings of the chat usually are, and how far one must look to find them.
#[derive(Debug, Clone, Copy)]
pub struct Usual {
    /// Length, grace not included.
    pub length: SignedDuration,
    /// Grace before.
    pub before: SignedDuration,
    /// Grace after.
    pub after: SignedDuration,
    /// Even a short meeting is open this long from its start on.
    pub open: SignedDuration,
    /// Posts up to this long after a meeting's start say whether there is one.
    pub look: SignedDuration,
}

/// What is known of the posts when the next meeting is asked for.
pub struct Standing<'a> {
    /// What discovery or schedule find next.
    pub found: Option<Span>,
    /// Where nothing is found yet: it will start at this instant or later.
    pub found_from: Timestamp,
    /// The meeting before closed here.
    pub decided_until: Timestamp,
    /// Every post up to here is at hand.
    pub frontier: Timestamp,
    /// When the scheduled meeting opens that starts next, at an instant or after it.
    pub scheduled: &'a dyn Fn(Timestamp) -> Option<Timestamp>,
    /// Whether anything was posted from the first instant on and before the second.
    pub posted: &'a dyn Fn(Timestamp, Timestamp) -> bool,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A meeting.
    Meeting(Span),
    /// A meeting that opens here, once more posts are at hand.
    Later(Timestamp),
    /// None that is known.
    Nothing,
}

impl Usual {
    /// Until when posts belong to a meeting.
    pub fn closes(&self, starts_at: Timestamp, ends_at: Timestamp) -> Timestamp {
        later(ends_at, self.after).max(later(starts_at, self.open))
    }
}

impl Hours {
    /// Reads them from the standing decisions.
    pub fn new<'a>(decisions: impl Iterator<Item = &'a Decision>) -> Self {
        let said = Said::of(decisions);
        let mut hours = Self::default();
        let mut groups: BTreeMap<Timestamp, BTreeSet<Timestamp>> = BTreeMap::new();
        for &subject in said.starts.keys() {
            let (end, path) = said.follow(subject);
            groups.entry(end).or_default().extend(path.into_iter().chain([end]));
        }
        let mut grouped = BTreeSet::new();
        for (starts_at, subjects) in groups {
            grouped.extend(subjects.iter().copied());
            let latest = |map: &BTreeMap<Timestamp, Timestamp>| {
                subjects.iter().filter_map(|it| map.get(it)).max().copied()
            };
            let started = subjects.iter().filter_map(|it| said.starts.get(it)).map(|it| it.0).max();
            if latest(&said.dissolved) >= started {
                hours.dissolved.extend(subjects);
                continue;
            }
            let ends = subjects.iter().filter_map(|it| said.ends.get(it));
            let ends_at = ends.max().map(|&(_, ends_at)| ends_at);
            hours.stated.push(Stated { starts_at, ends_at, subjects });
        }
        let alone = |subject: &Timestamp| !grouped.contains(subject);
        hours.dissolved.extend(said.dissolved.into_keys().filter(alone));
        let ends = said.ends.into_iter().filter(|(subject, _)| alone(subject));
        hours.ends = ends.map(|(subject, (_, ends_at))| (subject, ends_at)).collect();
        hours
    }

    /// Whether the meeting that was found to start then was called off or is none.
    pub fn dissolves(&self, starts_at: Timestamp) -> bool {
        self.dissolved.contains(&starts_at)
    }

    /// Whether a decision states another start, or the same, for the meeting that is found then.
    pub fn moves(&self, starts_at: Timestamp) -> bool {
        self.stated.iter().any(|stated| stated.subjects.contains(&starts_at))
    }

    /// Every start under which decisions speak of the meeting.
    pub fn subjects(&self, starts_at: Timestamp) -> Vec<Timestamp> {
        let stated = self.stated.iter().find(|stated| stated.starts_at == starts_at);
        stated.map_or_else(|| vec![starts_at], |it| it.subjects.iter().copied().collect())
    }

    /// Until when posts may have a say in a meeting of which a start is stated: it may also have
    /// stayed where it was found, since nobody wrote at the hour that is stated.
    pub fn looked_until(&self, starts_at: Timestamp, usual: &Usual) -> Timestamp {
        let stated = self.stated.iter().filter(|it| it.subjects.contains(&starts_at));
        let looked = stated.map(|stated| {
            let closes_at =
                stated.ends_at.map_or(Timestamp::MIN, |end| usual.closes(stated.starts_at, end));
            later(stated.last(), usual.look).max(closes_at)
        });
        looked.max().unwrap_or(Timestamp::MIN)
    }

    /// A meeting's end and close, kept from running into the next one whose start is stated.
    pub fn kept_apart(&self, mut span: Span, before: SignedDuration) -> Span {
        let next = self.stated.iter().find(|stated| stated.starts_at > span.starts_at);
        if let Some(next) = next {
            span.ends_at = span.ends_at.min(next.starts_at);
            let opens_at = later(next.starts_at, -before).max(span.ends_at);
            span.closes_at = span.closes_at.min(opens_at);
        }
        span
    }

    /// The next meeting, and how far it reaches.
    pub fn next(&self, usual: &Usual, standing: &Standing<'_>) -> Next {
        let ahead = || self.stated.iter().filter(|it| it.starts_at >= standing.decided_until);
        let moved = |found: &Span| ahead().any(|stated| stated.subjects.contains(&found.starts_at));
        let mut plain = standing.found.filter(|found| !moved(found));
        for stated in ahead() {
            if let Some(found) = plain.filter(|found| found.starts_at < stated.starts_at) {
                return self.found(found, usual, standing);
            }
            let span = self.stated(stated, usual, standing);
            let sure = standing.found.is_some() || standing.found_from > stated.last();
            if !sure || span.looked_until > standing.frontier {
                // One that is found and moved may have to stay where it is.
                let found = standing.found.map_or(span.opens_at, |found| found.opens_at);
                return Next::Later(span.opens_at.min(found));
            }
            // Where nobody wrote was no meeting, whoever says so.
            if (standing.posted)(span.opens_at, span.closes_at) {
                return Next::Meeting(span);
            }
            let moved = standing.found.filter(|it| stated.subjects.contains(&it.starts_at));
            if let Some(mut stays) = moved {
                stays.looked_until = stays.looked_until.max(span.looked_until);
                plain = Some(stays);
            }
        }
        plain.map_or(Next::Nothing, |found| self.found(found, usual, standing))
    }

    /// A meeting whose start is stated.
    fn stated(&self, stated: &Stated, usual: &Usual, standing: &Standing<'_>) -> Span {
        let starts_at = stated.starts_at;
        let found = standing.found.filter(|found| stated.subjects.contains(&found.starts_at));
        // A scheduled meeting that is moved is as long as ever; what was discovered ended when it did.
        let discovered = found.filter(|found| found.origin == Origin::Discovered);
        let ends = [stated.ends_at, discovered.map(|found| found.ends_at)];
        let ends_at = ends.into_iter().flatten().find(|&ends_at| ends_at > starts_at);
        let ends_at = ends_at.unwrap_or_else(|| later(starts_at, usual.length));
        let ends_at = ends_at.min(later(starts_at, WEEK));
        let span = Span {
            starts_at,
            ends_at,
            opens_at: later(starts_at, -usual.before).max(standing.decided_until),
            closes_at: usual.closes(starts_at, ends_at),
            looked_until: Timestamp::MIN,
            origin: found.map_or(Origin::Discovered, |found| found.origin),
        };
        let mut span = self.kept_apart(span, usual.before);
        if let Some(opens_at) = (standing.scheduled)(span.ends_at) {
            span.closes_at = span.closes_at.min(opens_at.max(span.ends_at));
        }
        let looked = later(stated.last(), usual.look);
        let looked = found.map_or(looked, |found| found.looked_until);
        span.looked_until = looked.max(span.closes_at);
        span
    }

    /// A meeting that was found, with the end that is stated.
    fn found(&self, mut span: Span, usual: &Usual, standing: &Standing<'_>) -> Next {
        let stated = self.ends.get(&span.starts_at).filter(|&&end| end > span.starts_at);
        if let Some(&ends_at) = stated {
            span.ends_at = ends_at.min(later(span.starts_at, WEEK));
            span.closes_at = usual.closes(span.starts_at, span.ends_at);
            if let Some(opens_at) = (standing.scheduled)(span.ends_at) {
                span.closes_at = span.closes_at.min(opens_at.max(span.ends_at));
            }
        }
        let mut span = self.kept_apart(span, usual.before);
        span.looked_until = span.looked_until.max(span.closes_at);
        if span.closes_at > standing.frontier {
            return Next::Later(span.opens_at);
        }
        Next::Meeting(span)
    }
}

impl Stated {
    /// The latest start under which it was spoken of.
    fn last(&self) -> Timestamp {
        self.subjects.iter().copied().max().unwrap_or(self.starts_at).max(self.starts_at)
    }
}

/// What was said of each start, and when.
#[derive(Default)]
struct Said {
    starts: BTreeMap<Timestamp, (Timestamp, Timestamp)>,
    ends: BTreeMap<Timestamp, (Timestamp, Timestamp)>,
    dissolved: BTreeMap<Timestamp, Timestamp>,
}

impl Said {
    fn of<'a>(decisions: impl Iterator<Item = &'a Decision>) -> Self {
        let mut said = Self::default();
        for decision in decisions {
            let Ok(SessionId::Meeting(subject)) = SessionId::parse(&decision.subject) else {
                continue;
            };
            match decision.verdict {
                Verdict::StartsAt(at) => {
                    let at = whole_minute(at);
                    if at.duration_since(subject).abs() <= MOVE_MAX {
                        said.starts.insert(subject, (decision.at, at));
                    }
                }
                Verdict::EndsAt(at) => {
                    said.ends.insert(subject, (decision.at, at));
                }
                Verdict::Cancelled | Verdict::NotASession => {
                    let latest = said.dissolved.entry(subject).or_insert(decision.at);
                    *latest = decision.at.max(*latest);
                }
                _ => {}
            }
        }
        said
    }

    /// Where the chain of corrected starts ends, and what lies on it. A meeting that was moved
    /// back and forth is where the latest word puts it.
    fn follow(&self, subject: Timestamp) -> (Timestamp, Vec<Timestamp>) {
        let mut path: Vec<Timestamp> = Vec::new();
        let mut at = subject;
        while let Some(&(_, to)) = self.starts.get(&at) {
            if let Some(circle) = path.iter().position(|known| *known == at) {
                let words = path[circle..].iter().filter_map(|it| self.starts.get(it));
                let end = words.max().map_or(at, |&(_, to)| to);
                return (end, path);
            }
            path.push(at);
            at = to;
        }
        (at, path)
    }
}

/// Sessions are named by whole minutes.
fn whole_minute(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(60) * 60).unwrap_or(at)
}
