//! Hosts beside those who ask: who announces the hour, opens the door, welcomes, keeps the time and
//! closes.
//!
//! Any friendly regular and any guest comes early, greets, thanks and is greeted. What each kind of work
//! weighs is how seldom others do it; who answers like everybody is less of a host with every answer.

use colloquy_transcript::label::Label;
use colloquy_transcript::{Post, PostKind};
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};

use super::moderators::OPENED_WITHIN;
use super::questions::Questions;
use super::threads::Threads;
use crate::announced::{Announcement, named};
use crate::discover::{Span, later};
use crate::inquiry::only_announces;
use crate::phrases;
use crate::says::Phrase;
use crate::seen::{Room, Seen};
use crate::words::count_words;

/// Weight of the work that makes a host of somebody who asks nothing …
const WEIGHT_MIN: f64 = 4.25;
/// … of which so much is work that others hardly do.
const RUNNING_MIN: f64 = 1.5;
/// What an answer under a number takes off …
const ANSWER: f64 = 0.5;
/// … and all of them at most.
const ANSWERS_MAX: f64 = 2.0;
/// Others whom a host answers as they come in.
const RECEIVED_MIN: usize = 3;
/// A question is passed on within this time.
const PASSED_ON: SignedDuration = SignedDuration::from_mins(3);
/// Whoever tells the time to all says little else.
const TIME_WORDS_MAX: usize = 12;
/// Questions that are passed on so.
const PASSED_MIN: usize = 3;
/// The room is opened from so long before its start …
const STARTS_BEFORE: SignedDuration = SignedDuration::from_mins(2);
/// … to so long after it.
const STARTS_WITHIN: SignedDuration = SignedDuration::from_mins(4);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Work {
    /// Tells in the days before when it is.
    Announces,
    /// Speaks to all before it begins.
    Comes,
    /// Speaks first on the hour.
    Opens,
    /// Welcomes all once somebody opened it.
    Welcomes,
    /// Thanks or parts as it ends.
    Parts,
    /// Closes it for all, or tells of the next.
    Closes,
    /// Receives those who come in.
    Receives,
    /// Is named by somebody who asks.
    Named,
    /// Passes the questions on as they are put.
    PassesOn,
    /// Says where the room is: `we are on Q3`.
    KeepsTime,
    /// Says how to answer.
    Instructs,
}

impl Work {
    /// What it weighs.
    fn weight(self) -> f64 {
        match self {
            Self::Announces | Self::Opens | Self::KeepsTime | Self::Instructs => 1.5,
            Self::Closes | Self::Receives => 1.25,
            Self::Comes | Self::Named | Self::PassesOn | Self::Welcomes => 1.0,
            Self::Parts => 0.5,
        }
    }

    /// Whether hardly anybody does it who is no host.
    fn runs(self) -> bool {
        matches!(
            self,
            Self::Announces
                | Self::Opens
                | Self::KeepsTime
                | Self::Instructs
                | Self::PassesOn
                | Self::Closes
        )
    }
}

/// A meeting as far as hosts' work shows in it.
pub(super) struct Hour<'a> {
    pub(super) room: &'a Room<'a>,
    pub(super) threads: &'a Threads,
    pub(super) span: &'a Span,
    /// Authors who are known to host it.
    pub(super) hosts: &'a [u32],
    pub(super) questions: &'a Questions,
    /// What was said of it before.
    pub(super) before: &'a [Announcement],
}

/// Authors who do a host's work beside the hosts that are known.
pub(super) fn cohosts(hour: &Hour<'_>) -> Vec<u32> {
    let answers = answers(hour.room);
    let weighs = |author: u32, done: &FxHashSet<Work>| {
        let off =
            answers.get(&author).map_or(0.0, |&count| (ANSWER * count as f64).min(ANSWERS_MAX));
        let sum = |which: &dyn Fn(&Work) -> bool| -> f64 {
            done.iter().filter(|work| which(work)).map(|work| work.weight()).sum()
        };
        sum(&|_| true) - off >= WEIGHT_MIN && sum(&|work| work.runs()) >= RUNNING_MIN
    };
    let hosts_too = works(hour).into_iter().filter(|(author, done)| weighs(*author, done));
    hosts_too.map(|(author, _)| author).filter(|author| !hour.hosts.contains(author)).collect()
}

/// How many posts of each author begin with a label, and ask nothing.
fn answers(room: &Room<'_>) -> FxHashMap<u32, usize> {
    let mut found: FxHashMap<u32, usize> = FxHashMap::default();
    for (at, seen) in room.posts.iter().enumerate() {
        let labelled = seen.labels.iter().any(|label| label.leads() && !label.is_bare());
        if labelled && !phrases::asks(&seen.post().text) {
            *found.entry(room.author(at)).or_default() += 1;
        }
    }
    found
}

/// What each author does of a host's work.
fn works(hour: &Hour<'_>) -> FxHashMap<u32, FxHashSet<Work>> {
    let &Hour { room, threads, span, hosts, questions, before } = hour;
    let mut done: FxHashMap<u32, FxHashSet<Work>> = FxHashMap::default();
    let mut received: FxHashMap<u32, FxHashSet<u32>> = FxHashMap::default();
    let mut passed: FxHashMap<u32, FxHashSet<usize>> = FxHashMap::default();
    let arrive = span.starts_at..later(span.starts_at, OPENED_WITHIN);
    let first = first_at_the_hour(room, span);
    for (at, seen) in room.posts.iter().enumerate() {
        let (post, author) = (seen.post(), room.author(at));
        // Who answers the next morning does no work for the hour.
        if post.created_at >= span.closes_at {
            break;
        }
        if post.kind == PostKind::Repost {
            passed_on(room, questions, at).map(|nth| passed.entry(author).or_default().insert(nth));
            continue;
        }
        if hosts.contains(&author) {
            for whom in named(room, at) {
                done.entry(whom).or_default().insert(Work::Named);
            }
            continue;
        }
        let own = done.entry(author).or_default();
        if post.kind != PostKind::Reply {
            own.extend(to_all(span, seen));
            if first == Some(at) {
                own.remove(&Work::Welcomes);
                own.insert(Work::Opens);
            }
        } else if let Some(whom) = threads.parent(at).map(|it| room.author(it))
            && whom != author
            && arrive.contains(&post.created_at)
        {
            received.entry(author).or_default().insert(whom);
        }
        let speaks = |label: &Label| {
            let names = label.may_ask() && !label.is_bare();
            names && (seen.says(Phrase::Announces) || only_announces(&post.text, label))
        };
        if seen.says(Phrase::Instructs) {
            own.insert(Work::Instructs);
        } else if seen.labels.iter().any(speaks) || tells_time(span, post) {
            own.insert(Work::KeepsTime);
        }
    }
    for (author, _) in received.iter().filter(|(_, whom)| whom.len() >= RECEIVED_MIN) {
        done.entry(*author).or_default().insert(Work::Receives);
    }
    for (author, _) in passed.iter().filter(|(_, which)| which.len() >= PASSED_MIN) {
        done.entry(*author).or_default().insert(Work::PassesOn);
    }
    for author in before.iter().filter(|it| it.tells_when).filter_map(|it| room.number(&it.author))
    {
        done.entry(author).or_default().insert(Work::Announces);
    }
    done
}

/// What somebody does who speaks to all with a post.
fn to_all(span: &Span, seen: &Seen) -> Vec<Work> {
    let (at, text) = (seen.at(), &seen.post().text);
    let (start, end) = (span.starts_at, span.ends_at);
    let mut done = Vec::new();
    if (later(start, -OPENED_WITHIN)..start).contains(&at) {
        done.push(Work::Comes);
    }
    if (later(start, -STARTS_BEFORE)..later(start, STARTS_WITHIN)).contains(&at)
        && seen.says(Phrase::Opens)
    {
        done.push(Work::Welcomes);
    }
    if at >= later(end, -OPENED_WITHIN) {
        if seen.says(Phrase::Closes) || phrases::tells_of_the_next(text) {
            done.push(Work::Closes);
        }
        if seen.says(Phrase::Parts) || seen.says(Phrase::Thanks) {
            done.push(Work::Parts);
        }
    }
    done
}

/// The first post to all on the hour.
fn first_at_the_hour(room: &Room<'_>, span: &Span) -> Option<usize> {
    let on_the_hour = later(span.starts_at, -STARTS_BEFORE)..later(span.starts_at, STARTS_WITHIN);
    room.posts.iter().position(|seen| {
        let post = seen.post();
        on_the_hour.contains(&seen.at()) && post.is_original() && post.kind != PostKind::Reply
    })
}

/// Whether somebody tells all, in the meeting and in few words, how many minutes are left or to go.
fn tells_time(span: &Span, post: &Post) -> bool {
    let now = span.starts_at <= post.created_at && post.created_at < span.ends_at;
    let short = || count_words(&post.text) <= TIME_WORDS_MAX;
    now && post.kind != PostKind::Reply && short() && phrases::names_minutes(&post.text)
}

/// The question of somebody else that the repost at `at` passes on at once.
fn passed_on(room: &Room<'_>, questions: &Questions, at: usize) -> Option<usize> {
    let post = room.posts[at].post();
    let original = room.find(post.repost_of.as_ref())?;
    let &nth = questions.by_post.get(&original)?;
    let soon = post.created_at <= later(room.posts[original].at(), PASSED_ON);
    (soon && room.author(original) != room.author(at)).then_some(nth)
}
