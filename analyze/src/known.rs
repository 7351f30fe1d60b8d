//! What is known of a chat before a meeting is looked at: the registry, the decisions, and the
//! facts of earlier meetings.

use std::collections::BTreeMap;

use colloquy_transcript::registry::{Chat, Promotion};
use colloquy_transcript::{
    Author, AuthorId, CompactString, Decision, PostId, SessionId, Timestamp, Verdict,
};
use rustc_hash::FxHashMap;

/// Earlier meetings that must be known before anybody is called a first-timer.
pub const HISTORY_MIN: usize = 4;
/// A regular came to at least this many …
const REGULAR_MIN: usize = 3;
/// … of this many previous meetings.
const REGULAR_OF: u32 = 6;

/// Memory of a chat: about 4 bytes per author and meeting, and the author's id once.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The meetings so far, in order.
    meetings: Vec<SessionId>,
    /// For each author the indices of the meetings attended, rising.
    attended: FxHashMap<AuthorId, Vec<u32>>,
    /// For each author who moderated, the index of the first such meeting.
    moderated: FxHashMap<AuthorId, u32>,
}

impl History {
    /// Forgets every meeting that starts at or after `from`.
    pub fn forget_from(&mut self, from: Timestamp) {
        let keep = self.meetings.partition_point(|meeting| meeting.starts_at() < from);
        self.meetings.truncate(keep);
        let keep = u32::try_from(keep).unwrap_or(u32::MAX);
        self.attended.retain(|_, meetings| {
            meetings.truncate(meetings.partition_point(|&meeting| meeting < keep));
            !meetings.is_empty()
        });
        self.moderated.retain(|_, &mut first| first < keep);
    }

    /// Adds the newest meeting, its participants and moderators.
    pub fn add<'a>(
        &mut self,
        meeting: SessionId,
        participants: impl IntoIterator<Item = &'a AuthorId>,
        moderators: impl IntoIterator<Item = &'a AuthorId>,
    ) {
        let index = u32::try_from(self.meetings.len()).unwrap_or(u32::MAX);
        self.meetings.push(meeting);
        for author in participants {
            self.attended.entry(author.clone()).or_default().push(index);
        }
        for author in moderators {
            self.moderated.entry(author.clone()).or_insert(index);
        }
    }

    /// Number of meetings that start before `at`.
    pub fn meetings_before(&self, at: Timestamp) -> u32 {
        let before = self.meetings.partition_point(|meeting| meeting.starts_at() < at);
        u32::try_from(before).unwrap_or(u32::MAX)
    }

    /// The meetings among the first `before` that the author attended, rising.
    fn attended(&self, author: &AuthorId, before: u32) -> &[u32] {
        let meetings = self.attended.get(author).map_or(&[][..], Vec::as_slice);
        &meetings[..meetings.partition_point(|&meeting| meeting < before)]
    }

    /// Whether the author moderated one of the first `before` meetings.
    fn moderated(&self, author: &AuthorId, before: u32) -> bool {
        self.moderated.get(author).is_some_and(|&first| first < before)
    }
}

/// How new a participant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newcomer {
    /// Never came before.
    FirstTimer,
    /// Came before.
    Returning,
    /// Came to at least three of the six meetings before.
    Regular,
}

impl Newcomer {
    /// The role's name in the lake.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstTimer => "first_timer",
            Self::Returning => "returning",
            Self::Regular => "regular",
        }
    }
}

/// The decisions of one chat, the latest per subject and verdict.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    by_key: BTreeMap<(CompactString, &'static str), Decision>,
}

impl Decisions {
    /// Takes a decision; whether anything changed.
    pub fn put(&mut self, decision: Decision) -> bool {
        let key = (decision.subject.clone(), decision.verdict.name());
        match self.by_key.get(&key) {
            Some(known) if *known == decision || known.at > decision.at => false,
            _ => {
                self.by_key.insert(key, decision);
                true
            }
        }
    }

    /// What was decided of a post: `true` hijack, `false` not, the latest word counts.
    pub fn of_post(&self, post: &PostId) -> Option<bool> {
        self.latest(post.as_str(), &[Verdict::Hijack, Verdict::NotHijack])
            .map(|decision| decision.verdict == Verdict::Hijack)
    }

    /// What was decided of an author's posts: `true` always flag, `false` always allow.
    pub fn of_author(&self, author: &Author) -> Option<bool> {
        self.names(author)
            .filter_map(|name| self.latest(&name, &[Verdict::AlwaysAllow, Verdict::AlwaysFlag]))
            .max_by_key(|decision| decision.at)
            .map(|decision| decision.verdict == Verdict::AlwaysFlag)
    }

    /// Whether this role was given to the author.
    pub fn gives(&self, author: &Author, role: &Verdict) -> bool {
        self.names(author).any(|name| self.latest(&name, std::slice::from_ref(role)).is_some())
    }

    /// Whether the meeting was called off or is none.
    pub fn dissolves(&self, meeting: SessionId) -> bool {
        let verdicts = [Verdict::Cancelled, Verdict::NotASession];
        !self.by_key.is_empty() && self.latest(&meeting.to_compact(), &verdicts).is_some()
    }

    /// Number of decisions about these posts that are later than `after`.
    pub fn later_than<'a>(
        &self,
        after: Timestamp,
        posts: impl Iterator<Item = &'a PostId>,
    ) -> usize {
        if self.by_key.is_empty() {
            return 0;
        }
        posts
            .flat_map(|post| self.about(post.as_str()))
            .filter(|decision| decision.at > after)
            .count()
    }

    /// The author's id and handle, as a subject may name them.
    fn names<'a>(&'a self, author: &'a Author) -> impl Iterator<Item = CompactString> + 'a {
        let names = (!self.by_key.is_empty()).then(|| {
            let handle = author.handle.as_ref().map(CompactString::to_lowercase);
            std::iter::once(CompactString::from(author.id.as_str())).chain(handle)
        });
        names.into_iter().flatten()
    }

    fn about(&self, subject: &str) -> impl Iterator<Item = &Decision> {
        self.by_key
            .range((CompactString::from(subject), "")..)
            .take_while(move |((of, _), _)| of == subject)
            .map(|(_, decision)| decision)
    }

    fn latest(&self, subject: &str, verdicts: &[Verdict]) -> Option<&Decision> {
        self.about(subject)
            .filter(|decision| !decision.withdrawn && verdicts.contains(&decision.verdict))
            .max_by_key(|decision| decision.at)
    }
}

/// Everything known of a chat when a stretch of its posts is analysed.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The organiser's words, where there are any.
    pub registry: Option<&'a Chat>,
    /// The moderators' words.
    pub decisions: &'a Decisions,
    /// All meetings known.
    pub history: &'a History,
    /// How many of them lie before the stretch: no other fact of them may be used.
    pub meetings_before: u32,
}

impl Known<'_> {
    /// Whether registry or decision name the author a moderator.
    pub fn is_moderator(&self, author: &Author) -> bool {
        self.names(author, |chat| &chat.moderators)
            || self.decisions.gives(author, &Verdict::IsModerator)
    }

    /// Whether the registry states moderators at all: then nobody is inferred.
    pub fn moderators_stated(&self) -> bool {
        self.registry.is_some_and(|chat| !chat.moderators.is_empty())
    }

    /// Whether registry or decision name the author a guest at the meeting of `at`.
    pub fn is_guest(&self, author: &Author, at: Timestamp) -> bool {
        let Some(chat) = self.registry else {
            return self.decisions.gives(author, &Verdict::IsGuest);
        };
        let date = at.to_zoned(chat.zone()).date();
        chat.guests
            .iter()
            .filter(|guests| guests.date == date)
            .any(|guests| guests.handles.iter().any(|handle| same_handle(author, handle)))
            || self.decisions.gives(author, &Verdict::IsGuest)
    }

    /// What the chat says to those who promote their own things.
    pub fn promotion(&self) -> Promotion {
        self.registry.map_or_else(Promotion::default, |chat| chat.promotion)
    }

    /// Whether enough is known to call anybody a first-timer: four earlier meetings, or the
    /// registry states when the chat began.
    pub fn newcomers_known(&self) -> bool {
        self.registry.is_some_and(|chat| chat.begins.is_some())
            || self.meetings_before as usize >= HISTORY_MIN
    }

    /// Number of earlier meetings that the author attended.
    pub fn attended(&self, author: &AuthorId) -> usize {
        self.history.attended(author, self.meetings_before).len()
    }

    /// Whether the author moderated an earlier meeting.
    pub fn moderated(&self, author: &AuthorId) -> bool {
        self.history.moderated(author, self.meetings_before)
    }

    /// First-timer, returning or regular; `None` while too little is known.
    pub fn newcomer(&self, author: &AuthorId) -> Option<Newcomer> {
        if !self.newcomers_known() {
            return None;
        }
        let attended = self.history.attended(author, self.meetings_before);
        if attended.is_empty() {
            return Some(Newcomer::FirstTimer);
        }
        let recent = self.meetings_before.saturating_sub(REGULAR_OF);
        let recently = attended.iter().rev().take_while(|&&meeting| meeting >= recent).count();
        Some(if recently >= REGULAR_MIN { Newcomer::Regular } else { Newcomer::Returning })
    }

    fn names(&self, author: &Author, list: impl Fn(&Chat) -> &Vec<CompactString>) -> bool {
        self.registry
            .is_some_and(|chat| list(chat).iter().any(|handle| same_handle(author, handle)))
    }
}

/// Whether `handle` (lower case, without the leading `@`) is the author's.
fn same_handle(author: &Author, handle: &str) -> bool {
    author.handle.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(handle))
        || author.id.native() == handle
}
