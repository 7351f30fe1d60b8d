//! Hosts beside those who ask: who opens the door, welcomes, keeps the time and closes.
//!
//! Any friendly regular does one or two of these things. Who does four of them works for the room,
//! unless somebody presented them as a guest.

use colloquy_transcript::label::LabelKind;
use colloquy_transcript::{PostKind, Timestamp};
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};

use super::guests::presentations;
use super::moderators::OPENED_WITHIN;
use super::questions::Questions;
use super::threads::Threads;
use crate::announced::called;
use crate::discover::{Span, later};
use crate::phrases;
use crate::seen::Room;
use crate::words::{as_written, lowered};

/// Kinds of work that make a host of somebody who asks nothing.
const WORK_MIN: usize = 4;
/// Others whom a host answers as they come in.
const RECEIVED_MIN: usize = 3;
/// A question is passed on within this time.
const PASSED_ON: SignedDuration = SignedDuration::from_mins(3);
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
}

/// Authors who do a host's work beside the `askers`, who are rising.
pub(super) fn cohosts(
    room: &Room<'_>,
    threads: &Threads,
    span: &Span,
    askers: &[u32],
    questions: &Questions,
) -> Vec<u32> {
    if askers.is_empty() {
        return Vec::new();
    }
    let mut done: FxHashSet<(u32, Work)> = FxHashSet::default();
    let mut received: FxHashMap<u32, FxHashSet<u32>> = FxHashMap::default();
    let mut passed: FxHashMap<u32, FxHashSet<usize>> = FxHashMap::default();
    let arrive = span.starts_at..later(span.starts_at, OPENED_WITHIN);
    for (at, seen) in room.posts.iter().enumerate() {
        let (post, author) = (seen.post(), room.author(at));
        if post.kind == PostKind::Repost {
            passed_on(room, questions, at).map(|nth| passed.entry(author).or_default().insert(nth));
        } else if askers.contains(&author) {
            done.extend(named(room, at).into_iter().map(|whom| (whom, Work::Named)));
        } else {
            if post.kind != PostKind::Reply {
                done.extend(to_all(span, post.created_at, &post.text).map(|work| (author, work)));
            } else if arrive.contains(&post.created_at)
                && let Some(parent) = threads.parent(at)
            {
                received.entry(author).or_default().insert(room.author(parent));
            }
            let label =
                seen.labels.iter().find(|label| label.in_row(0) == Some(LabelKind::Question));
            if label.is_some_and(|label| !label.leads()) {
                done.insert((author, Work::KeepsTime));
            }
        }
    }
    let many = received.into_iter().filter(|(_, whom)| whom.len() >= RECEIVED_MIN);
    done.extend(many.map(|(author, _)| (author, Work::Receives)));
    let many = passed.into_iter().filter(|(_, which)| which.len() >= PASSED_MIN);
    done.extend(many.map(|(author, _)| (author, Work::PassesOn)));
    let mut count: FxHashMap<u32, usize> = FxHashMap::default();
    for (author, _) in done {
        *count.entry(author).or_default() += 1;
    }
    let guests = presentations(room, span, room.handles());
    let is_guest = |author: u32| guests.iter().any(|&(_, guest)| guest == author);
    let mut found: Vec<u32> = count
        .into_iter()
        .filter(|(_, works)| *works >= WORK_MIN)
        .map(|(author, _)| author)
        .collect();
    found.retain(|&author| !askers.contains(&author) && !is_guest(author));
    found
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
