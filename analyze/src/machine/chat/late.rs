//! A meeting stays open for answers after it closed, which is an hour after its end: some answer the next
//! morning. Where that morning is still to come it is published as it is; where it is at hand already, as
//! in an archive, the meeting is analysed once, with all who answered it.
//!
//! What it finds depends on posts alone, not on when they came: the meeting is finished once
//! everything is at hand that could begin another one before its last answers may come.

use colloquy_transcript::{Annotation, Role, SessionId, Timestamp};
use jiff::SignedDuration;

use super::{Action, ChatState, Refold};
use crate::announced::Announcement;
use crate::discover::{Span, later};
use crate::known::Known;
use crate::meeting::{self, Outline, Published};
use crate::seen::Seen;

/// A meeting is answered for so long after it closed, or until the next one opens.
pub(super) const LATE_MAX: SignedDuration = SignedDuration::from_hours(24);

/// A meeting that may still be answered.
#[derive(Debug)]
pub(super) struct Open {
    span: Span,
    posts: Vec<Seen>,
    announced: Vec<Announcement>,
    outline: Outline,
    /// Whether it was published as it was when it closed.
    sent: bool,
}

impl Open {
    pub(super) fn oldest_position(&self) -> Option<u64> {
        self.posts.iter().map(|seen| seen.position).min()
    }

    pub(super) fn len(&self) -> usize {
        self.posts.len()
    }

    fn id(&self) -> SessionId {
        SessionId::Meeting(self.span.starts_at)
    }

    fn until(&self) -> Timestamp {
        later(self.span.closes_at, LATE_MAX)
    }
}

impl ChatState {
    /// Keeps a meeting open for those who answer late, where there is something to answer; else publishes
    /// it. It is analysed, and remembered, no sooner than it is published.
    pub(super) fn open(
        &mut self,
        span: Span,
        posts: Vec<Seen>,
        announced: Vec<Announcement>,
        actions: &mut Vec<Action>,
    ) {
        let outline = Outline::of(&span, &posts, &self.known_at(&span, &announced));
        let open = Open { span, posts, announced, outline, sent: false };
        if open.outline.asks().is_none() {
            self.publish(&open, &span, actions);
            return;
        }
        self.open = Some(open);
    }

    /// Publishes a meeting as its posts show it; `looked` is its span with how far posts had a say in it.
    fn publish(&mut self, open: &Open, looked: &Span, actions: &mut Vec<Action>) {
        let published = self.analyse(open, &open.outline);
        self.remember(&published.session, published.attendance.iter());
        self.send(published, looked, actions);
    }

    /// When the latest meetings started, at most `most`, in order; with the one that is not remembered yet.
    pub(super) fn starts(&self, most: usize) -> Vec<Timestamp> {
        let mut starts = self.history.starts(most);
        starts.extend(self.open.iter().filter(|open| !open.sent).map(|open| open.span.starts_at));
        starts.split_off(starts.len().saturating_sub(most))
    }

    /// Finishes the open meeting if nothing more can answer it; else publishes what is known of it.
    /// `hold_from` is where the next meeting opens; the instant from which nothing may be settled
    /// comes back.
    pub(super) fn keep_open(
        &mut self,
        frontier: Timestamp,
        hold_from: Timestamp,
        actions: &mut Vec<Action>,
    ) -> Timestamp {
        let lag = self.week_lag();
        let Some(open) = &self.open else { return hold_from };
        let (until, span) = (open.until(), open.span);
        let looked_until = later(until, lag);
        if looked_until <= frontier && until <= hold_from {
            self.finish(until, looked_until, actions);
            return hold_from;
        }
        // Where more is read again, it may yet be finished, and need not be published twice.
        let more = self.refold.as_ref().is_some_and(Refold::goes_on);
        if let Some(mut open) = self.open.take_if(|open| !open.sent && !more) {
            // Whatever comes until it is finished has a say in it.
            self.publish(&open, &Span { looked_until: Timestamp::MAX, ..span }, actions);
            open.sent = true;
            self.open = Some(open);
        }
        hold_from.min(span.opens_at)
    }

    /// Ends the open meeting: it was answered up to `until`, as posts before `looked_until` say.
    pub(super) fn finish(
        &mut self,
        until: Timestamp,
        looked_until: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(mut open) = self.open.take() else { return };
        let until = until.min(open.until());
        let span = Span { looked_until: looked_until.max(open.span.looked_until), ..open.span };
        self.looked_until = self.looked_until.max(looked_until);
        if let Some(revised) = self.answered_late(&mut open, until) {
            if open.sent {
                self.history.forget_from(span.starts_at);
                self.memory.retain(|unit| unit != open.id());
            }
            self.remember(&revised.session, revised.attendance.iter());
            self.send(revised, &span, actions);
        } else if !open.sent {
            self.publish(&open, &span, actions);
        } else if let Some(sent) = self.published.get_mut(&open.id()) {
            sent.looked_until = span.looked_until;
        }
    }

    /// The meeting with those who answered it before `until`, if anybody did.
    fn answered_late(&mut self, open: &mut Open, until: Timestamp) -> Option<Published> {
        let tail = self.window.between(open.span.closes_at, until);
        let tail: Vec<&Seen> = tail.into_iter().filter(|seen| seen.at() < until).collect();
        let mut late = open.outline.asks()?.answered_by(&tail, &self.decisions);
        let closed = open.posts.len();
        while !late.is_empty() {
            // They stay where they are, since discovery looks at them; their week leaves them out.
            open.posts.extend(self.window.copies(&late));
            let known = self.known_at(&open.span, &open.announced);
            let outline = Outline::of(&open.span, &open.posts, &known);
            let published = self.analyse(open, &outline);
            let rows = published.annotations[closed..].iter();
            let answers: Vec<bool> = rows.map(answers).collect();
            if !answers.contains(&false) {
                let id = open.id();
                self.late.extend(late.into_iter().map(|post| (post, id)));
                return Some(published);
            }
            // Thanks under a question are no reason to count somebody in.
            let mut answers = answers.iter();
            late.retain(|_| *answers.next().unwrap_or(&false));
            open.posts.truncate(closed);
        }
        None
    }

    /// A meeting as its posts show it, of which `outline` was made.
    fn analyse(&self, open: &Open, outline: &Outline) -> Published {
        let known = self.known_at(&open.span, &open.announced);
        meeting::meeting(&self.name, &open.span, &open.posts, outline, &known)
    }

    /// What is known of the chat when a meeting begins.
    fn known_at<'a>(&'a self, span: &Span, announced: &'a [Announcement]) -> Known<'a> {
        let before = self.history.meetings_before(span.starts_at);
        Known { announced, ..self.known(before) }
    }
}

/// Whether a post answers, and is no advertisement: that is judged where it stands, outside.
fn answers(row: &Annotation) -> bool {
    row.role == Role::Answer && row.flag.as_ref().is_none_or(|flag| !flag.flagged)
}
