//! Hosts beside those who ask: who opens the door, welcomes, keeps the time and closes.
//!
//! Any friendly regular and any guest comes early, greets, thanks and is greeted. Who does four of these
//! things, and runs something besides (the time, the rules, the questions), works for the room.

use colloquy_transcript::label::Label;
use colloquy_transcript::{Post, PostKind, Timestamp};
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};

use super::moderators::OPENED_WITHIN;
use super::questions::Questions;
use super::threads::Threads;
use crate::announced::called;
use crate::discover::{Span, later};
use crate::inquiry::only_announces;
use crate::phrases;
use crate::seen::Room;
use crate::words::{as_written, count_words, lowered};

/// Kinds of work that make a host of somebody who asks nothing.
const WORK_MIN: usize = 4;
/// Others whom a host answers as they come in.
const RECEIVED_MIN: usize = 3;
/// A question is passed on within this time.
const PASSED_ON: SignedDuration = SignedDuration::from_mins(3);
/// Whoever tells the time to all says little else.
const TIME_WORDS_MAX: usize = 12;
/// Questions that are passed on so.
const PASSED_MIN: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Work {
    /// Speaks to all before it begins.
    Opens,
    /// Speaks to all as it ends.
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

/// Authors who do a host's work beside the `hosts` that are known.
pub(super) fn cohosts(
    room: &Room<'_>,
    threads: &Threads,
    span: &Span,
    hosts: &[u32],
    questions: &Questions,
) -> Vec<u32> {
    let works = works(room, threads, span, hosts, questions);
    let runs = [Work::KeepsTime, Work::Instructs, Work::PassesOn];
    let hosts_too = works
        .into_iter()
        .filter(|(_, done)| done.len() >= WORK_MIN && runs.iter().any(|it| done.contains(it)));
    hosts_too.map(|(author, _)| author).filter(|author| !hosts.contains(author)).collect()
}

/// What each author does of a host's work.
fn works(
    room: &Room<'_>,
    threads: &Threads,
    span: &Span,
    hosts: &[u32],
    questions: &Questions,
) -> FxHashMap<u32, FxHashSet<Work>> {
    let mut done: FxHashMap<u32, FxHashSet<Work>> = FxHashMap::default();
    let mut received: FxHashMap<u32, FxHashSet<u32>> = FxHashMap::default();
    let mut passed: FxHashMap<u32, FxHashSet<usize>> = FxHashMap::default();
    let arrive = span.starts_at..later(span.starts_at, OPENED_WITHIN);
    for (at, seen) in room.posts.iter().enumerate() {
        let (post, author) = (seen.post(), room.author(at));
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
            own.extend(to_all(span, post.created_at, &post.text));
        } else if let Some(whom) = threads.parent(at).map(|it| room.author(it))
            && whom != author
            && arrive.contains(&post.created_at)
        {
            received.entry(author).or_default().insert(whom);
        }
        let speaks = |label: &Label| {
            let names = label.may_ask() && !label.is_bare();
            names && (phrases::is_announcement(&post.text) || only_announces(&post.text, label))
        };
        if phrases::instructs(&post.text) {
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
    done
}

/// What somebody does who speaks to all at this time.
fn to_all(span: &Span, at: Timestamp, text: &str) -> Option<Work> {
    let before = later(span.starts_at, -OPENED_WITHIN)..span.starts_at;
    if before.contains(&at) {
        return Some(Work::Opens);
    }
    let closes = at >= later(span.ends_at, -OPENED_WITHIN) && phrases::parts(text);
    closes.then_some(Work::Closes)
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

/// Whom a post to all names, by handle or first name.
fn named(room: &Room<'_>, at: usize) -> Vec<u32> {
    let post = room.posts[at].post();
    if post.kind == PostKind::Reply {
        return Vec::new();
    }
    let names = as_written(&post.text).filter(|word| word.starts_with(char::is_uppercase));
    let names = names.map(lowered).chain(post.mentions.iter().map(|it| lowered(it)));
    names.filter_map(|name| called(room, &name)).filter(|&it| it != room.author(at)).collect()
}
