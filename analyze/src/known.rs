//! What is known of a chat before a meeting is looked at: the registry, the decisions, and the
//! facts of earlier meetings.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use colloquy_transcript::label::Number;
use colloquy_transcript::registry::{Chat, Planned, Policy};
use colloquy_transcript::{
    Author, AuthorId, Basis, CompactString, Decision, GroundPost, Post, PostId, Role, SessionId,
    Timestamp, Verdict,
};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;

use crate::announced::Announcement;
use crate::discover::{WEEK, later};
use crate::hijack::{Circumstances, Memory, Past, Values};
use crate::hours::Hours;
use crate::people::{People, names_of};
use crate::rhythm::{self, Held};
use crate::seen::Seen;

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
    /// How many minutes each took.
    minutes: Vec<u16>,
    /// For each author the indices of the meetings attended, rising.
    attended: FxHashMap<AuthorId, Vec<u32>>,
    /// For each author who moderated, the index of the first such meeting.
    moderated: FxHashMap<AuthorId, u32>,
    /// Handles of those who have several accounts, and the first meeting of each.
    handles: FxHashMap<AuthorId, BTreeMap<CompactString, u32>>,
}

impl History {
    /// Forgets every meeting that starts at or after `from`.
    pub fn forget_from(&mut self, from: Timestamp) {
        let keep = self.meetings.partition_point(|meeting| meeting.starts_at() < from);
        self.meetings.truncate(keep);
        self.minutes.truncate(keep);
        let keep = u32::try_from(keep).unwrap_or(u32::MAX);
        self.attended.retain(|_, meetings| {
            meetings.truncate(meetings.partition_point(|&meeting| meeting < keep));
            !meetings.is_empty()
        });
        self.moderated.retain(|_, &mut first| first < keep);
        self.handles.retain(|_, handles| {
            handles.retain(|_, &mut first| first < keep);
            !handles.is_empty()
        });
    }

    /// Adds the newest meeting and its minutes, its participants and moderators.
    pub fn add<'a>(
        &mut self,
        (meeting, minutes): (SessionId, u16),
        participants: impl IntoIterator<Item = &'a AuthorId>,
        moderators: impl IntoIterator<Item = &'a AuthorId>,
    ) {
        let index = u32::try_from(self.meetings.len()).unwrap_or(u32::MAX);
        self.meetings.push(meeting);
        self.minutes.push(minutes);
        for author in participants {
            self.attended.entry(author.clone()).or_default().push(index);
        }
        for author in moderators {
            self.moderated.entry(author.clone()).or_insert(index);
        }
    }

    /// Remembers under which handle somebody came to the newest meeting.
    pub fn called(&mut self, author: &AuthorId, handle: &str) {
        let newest = u32::try_from(self.meetings.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let handles = self.handles.entry(author.clone()).or_default();
        handles.entry(handle.to_lowercase().into()).or_insert(newest);
    }

    /// When the latest of the first `before` meetings were, at most `most`, in order.
    fn latest(&self, before: u32, most: usize) -> impl Iterator<Item = Held> + '_ {
        let before = (before as usize).min(self.meetings.len());
        let from = before.saturating_sub(most);
        let meetings = self.meetings[from..before].iter().zip(&self.minutes[from..before]);
        meetings.map(|(meeting, &minutes)| Held { starts_at: meeting.starts_at(), minutes })
    }

    /// When the latest meetings started, at most `most`, in order.
    pub fn starts(&self, most: usize) -> Vec<Timestamp> {
        self.latest(u32::MAX, most).map(|held| held.starts_at).collect()
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

    /// The handles under which the author came to the first `before` meetings.
    fn handles(&self, author: &AuthorId, before: u32) -> impl Iterator<Item = &CompactString> {
        let handles = self.handles.get(author).into_iter().flatten();
        handles.filter(move |&(_, &first)| first < before).map(|(handle, _)| handle)
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

/// What a moderator said of a post's part in a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It asks this question.
    Asks(Number),
    /// It asks nothing.
    AsksNothing,
    /// It answers this question.
    Answers(Number),
}

/// The decisions of one chat, the latest per subject and verdict.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    by_key: BTreeMap<(CompactString, &'static str), Decision>,
    /// What the standing ones say of accounts.
    people: People,
    /// What the standing ones say of hours.
    hours: Hours,
}

impl Decisions {
    /// Takes a decision; whether anything changed.
    pub fn put(&mut self, decision: Decision) -> bool {
        let key = (decision.subject.clone(), decision.verdict.name());
        match self.by_key.get(&key) {
            Some(known) if *known == decision || known.at > decision.at => false,
            _ => {
                let verdict = decision.verdict.clone();
                self.by_key.insert(key, decision);
                self.derive(&verdict);
                true
            }
        }
    }

    /// Reads anew what follows from all verdicts of one kind together.
    fn derive(&mut self, changed: &Verdict) {
        match changed {
            Verdict::SameAs(_) => {
                let same = self.standing().filter_map(|decision| match &decision.verdict {
                    Verdict::SameAs(person) => {
                        Some((decision.subject.as_str(), person, decision.at))
                    }
                    _ => None,
                });
                self.people = People::new(same);
            }
            Verdict::StartsAt(_)
            | Verdict::EndsAt(_)
            | Verdict::Cancelled
            | Verdict::NotASession => self.hours = Hours::new(self.standing()),
            _ => {}
        }
    }

    /// Everything that was said and not taken back, by subject.
    pub fn standing(&self) -> impl Iterator<Item = &Decision> {
        self.by_key.values().filter(|decision| !decision.withdrawn)
    }

    /// Who is whom.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// When meetings were.
    pub fn hours(&self) -> &Hours {
        &self.hours
    }

    /// A post as it was read, by the person whose account it is.
    pub(crate) fn see(&self, position: u64, mut ground: Arc<GroundPost>) -> Seen {
        let Some(person) = self.people.person(&ground.post.author).cloned() else {
            return Seen::new(position, ground);
        };
        let account = std::mem::replace(&mut Arc::make_mut(&mut ground).post.author.id, person);
        Seen { account: Some(account), ..Seen::new(position, ground) }
    }

    /// What was decided of a post: `true` hijack, `false` not, the latest word counts.
    pub fn of_post(&self, post: &PostId) -> Option<bool> {
        self.latest(post.as_str(), &[Verdict::Hijack, Verdict::NotHijack])
            .map(|decision| decision.verdict == Verdict::Hijack)
    }

    /// What a post asks or answers, as decided; the latest word counts.
    pub fn of_part(&self, post: &PostId) -> Option<Said> {
        let decided = self.about(post.as_str()).filter(|decision| !decision.withdrawn);
        decided
            .filter_map(|decision| {
                let said = match &decision.verdict {
                    Verdict::IsQuestion(label) => Said::Asks(Number::parse(label)?),
                    Verdict::NotAQuestion => Said::AsksNothing,
                    Verdict::Answers(label) => Said::Answers(Number::parse(label)?),
                    _ => return None,
                };
                Some((decision.at, said))
            })
            .max_by_key(|(at, _)| *at)
            .map(|(_, said)| said)
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
        meeting.is_meeting() && self.hours.dissolves(meeting.starts_at())
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

    /// The names by which a subject may speak of the author: id, handle, and those of every
    /// account that is the same person's.
    pub(crate) fn names<'a>(
        &'a self,
        author: &'a Author,
    ) -> impl Iterator<Item = CompactString> + 'a {
        let names = (!self.by_key.is_empty()).then(|| {
            let as_written = std::iter::once(CompactString::from(author.id.as_str()));
            as_written.chain(names_of(author)).chain(self.people.names(&author.id).cloned())
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
    /// What authors did in the units so far.
    pub memory: &'a Memory,
    /// How long after its end a week is settled.
    pub week_lag: SignedDuration,
    /// Who was said to host a meeting or to be its guest, since the one before.
    pub(crate) announced: &'a [Announcement],
}

/// Whether a unit was over when `at` began, so that what authors did in it may be used there: a
/// session that starts earlier, a week that was settled before a session, or before a week; `lag` says how
/// long after its end a week is settled.
pub(crate) fn is_over(unit: SessionId, at: SessionId, lag: SignedDuration) -> bool {
    let (began, until) = (unit.starts_at(), later(unit.starts_at(), WEEK));
    match (unit.is_meeting(), at.is_meeting()) {
        (true, false) => began < later(at.starts_at(), WEEK),
        (false, true) => later(until, lag) <= at.starts_at(),
        (true, true) | (false, false) => began < at.starts_at(),
    }
}

impl Known<'_> {
    /// Whether a unit was over when `at` began, with how long after its end a week is settled here.
    pub fn is_over(&self, unit: SessionId, at: SessionId) -> bool {
        is_over(unit, at, self.week_lag)
    }

    /// What a rule may look at beside a post, as far as it is known before the post's unit is: whoever
    /// turns out to be a host or guest there is spared as well.
    pub(crate) fn circumstances(
        &self,
        post: &Post,
        role: Role,
        habits: Past,
        values: &Values,
    ) -> Circumstances {
        let decided_post = self.decisions.of_post(&post.id);
        Circumstances {
            role,
            habits,
            values: *values,
            wording: None,
            in_session: false,
            attended_before: self.attended(&post.author.id),
            spared: self.is_moderator(&post.author) || self.moderated(&post.author.id),
            decided: decided_post.or_else(|| self.decisions.of_author(&post.author)),
            decided_post,
        }
    }

    /// Whether registry or decision name the author a moderator.
    pub fn is_moderator(&self, author: &Author) -> bool {
        self.moderator_basis(author).is_some()
    }

    /// Who names the author a moderator.
    pub fn moderator_basis(&self, author: &Author) -> Option<Basis> {
        let registry = self.registry.is_some_and(|chat| {
            chat.moderators.iter().any(|handle| self.is_called(author, handle))
        });
        self.basis(registry, author, &Verdict::IsModerator)
    }

    /// Whether the registry states moderators at all: then nobody is inferred.
    pub fn moderators_stated(&self) -> bool {
        self.registry.is_some_and(|chat| !chat.moderators.is_empty())
    }

    /// Whether registry or decision name the author a guest at the meeting of `at`.
    pub fn is_guest(&self, author: &Author, at: Timestamp) -> bool {
        self.guest_basis(author, at).is_some()
    }

    /// Who names the author a guest at the meeting of `at`.
    pub fn guest_basis(&self, author: &Author, at: Timestamp) -> Option<Basis> {
        let registry = self.registry.is_some_and(|chat| {
            let date = at.to_zoned(chat.zone()).date();
            let guests = chat.guests.iter().filter(|guests| guests.date == date);
            let mut handles = guests.flat_map(|guests| &guests.handles);
            handles.any(|handle| self.is_called(author, handle))
        });
        self.basis(registry, author, &Verdict::IsGuest)
    }

    /// What the registry says needs no decision.
    fn basis(&self, registry: bool, author: &Author, role: &Verdict) -> Option<Basis> {
        if registry {
            return Some(Basis::Registry);
        }
        let mut earlier = self.history.handles(&author.id, self.meetings_before);
        let gives = self.decisions.gives(author, role)
            || earlier
                .any(|handle| self.decisions.latest(handle, std::slice::from_ref(role)).is_some());
        gives.then_some(Basis::Decision)
    }

    /// The chat's main language.
    pub fn language(&self) -> Option<&str> {
        self.registry?.language.as_deref()
    }

    /// What the chat says to those who promote their own things.
    pub fn policy(&self) -> &Policy {
        static SILENT: LazyLock<Policy> = LazyLock::new(Policy::default);
        self.registry.map_or(&SILENT, |chat| &chat.policy)
    }

    /// The zone in which the chat's days count.
    pub fn zone(&self) -> TimeZone {
        self.registry.map_or(TimeZone::UTC, Chat::zone)
    }

    /// When the chat meets, as the meetings before and the one at `now` show; `None` where the
    /// registry states it, or too little is known.
    pub fn rhythm(&self, now: Held) -> Option<String> {
        if self.registry.is_some_and(|chat| chat.schedule.is_some()) {
            return None;
        }
        let before = self.history.latest(self.meetings_before, rhythm::MEETINGS_MAX - 1);
        rhythm::rhythm(&before.chain([now]).collect::<Vec<_>>())
    }

    /// What is planned for the meeting of `at`.
    pub fn planned(&self, at: Timestamp) -> Option<&Planned> {
        let chat = self.registry?;
        chat.planned(at.to_zoned(chat.zone()).date())
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

    /// Whether the author attended or moderated an earlier meeting.
    pub fn knows(&self, author: &AuthorId) -> bool {
        self.attended(author) > 0 || self.moderated(author)
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

    /// Whether `handle` (lower case, without the leading `@`) is the author's, or that of another
    /// account of the same person.
    fn is_called(&self, author: &Author, handle: &str) -> bool {
        author.handle.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(handle))
            || author.id.native().trim_start_matches('@') == handle
            || self.decisions.people().names(&author.id).any(|name| name == handle)
            || self.history.handles(&author.id, self.meetings_before).any(|name| name == handle)
    }
}
