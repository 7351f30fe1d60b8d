//! Who runs a meeting, where nobody said so.
//!
//! Whoever puts the questions that the room answers hosts it. Beside them there are hosts who put
//! none: they say so, others say so, or they do what hosts do: open the room, welcome people one
//! by one, close it. In a room without questions it is whoever opens or closes it and is talked to.

use colloquy_transcript::PostKind;
use colloquy_transcript::label::Label;
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};

use super::cohosts::{Hour, cohosts};
use super::guests::presentations;
use super::questions::Questions;
use super::threads::Threads;
use crate::announced;
use crate::discover::{Span, later};
use crate::known::Known;
use crate::phrases;
use crate::says::Phrase;
use crate::seen::Room;
use crate::words::{lowered, words};

/// Points that make a host of somebody who asks nothing.
const POINTS_MIN: usize = 3;
/// Points of whoever speaks to a room first.
const FIRST: usize = 2;
/// Points of somebody who opens and closes a room in which nobody asks.
const POINTS_ALONE: usize = 2;
/// Whoever puts so many of a host's questions again is one, too.
const REPEATED_MIN: usize = 2;
/// People whom somebody must welcome before it counts as a host's work.
const WELCOMED_MIN: usize = 3;
/// A room is opened within this long of its start.
pub(super) const OPENED_WITHIN: SignedDuration = SignedDuration::from_mins(20);
/// In a room without questions the host is talked to by this many.
const TALKED_TO_MIN: usize = 2;

/// Indices of the authors whom registry or decisions name moderators, rising.
pub(super) fn stated(room: &Room<'_>, known: &Known<'_>) -> Vec<u32> {
    authors_where(room, |at| known.is_moderator(&room.posts[at].post().author))
}

/// Moderators in all: `stated`, those who `asked`, and, unless the registry names all, those who
/// show it otherwise. Rising.
pub(super) fn moderators(
    room: &Room<'_>,
    threads: &Threads,
    span: &Span,
    stated: &[u32],
    asked: &[u32],
    questions: &Questions,
    known: &Known<'_>,
) -> Vec<u32> {
    let mut found: Vec<u32> = stated.iter().chain(asked).copied().collect();
    if !known.moderators_stated() {
        let mut points = points(room, threads, span, &found);
        for (author, repeated) in repeated(room, questions) {
            *points.entry(author).or_default() +=
                if repeated >= REPEATED_MIN { POINTS_MIN } else { 1 };
        }
        for (author, points) in &mut points {
            *points += usize::from(known.moderated(room.authors[*author as usize]));
        }
        // Beside somebody who asks, a friendly regular welcomes and thanks as well.
        let plainly = plainly(room, &found, questions);
        let alone = found.is_empty();
        let hosts = points.iter().filter(|(author, points)| {
            **points >= POINTS_MIN && (alone || plainly.contains(*author))
        });
        let hosts: Vec<u32> = hosts.map(|(&author, _)| author).collect();
        if found.is_empty() && hosts.is_empty() {
            found.extend(leader(room, threads, span, &points));
        }
        found.extend(hosts);
        found.extend(announced(room, &found, known));
        let (hosts, before) = (&found, known.announced);
        let too = cohosts(&Hour { room, threads, span, hosts, questions, before });
        found.extend(too);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whom moderators said to lead the meeting, before it or in it, if they said something in it.
fn announced(room: &Room<'_>, moderators: &[u32], known: &Known<'_>) -> Vec<u32> {
    let ahead = announced::said_by(room, moderators, known);
    let ahead = ahead.into_iter().flat_map(|it| it.hosts.clone());
    // Who asks or answers speaks of other things.
    let original = |at: &usize| {
        let (seen, post) = (&room.posts[*at], room.posts[*at].post());
        let labelled = seen.labels.iter().any(Label::leads);
        post.is_original() && post.kind != PostKind::Reply && !labelled
    };
    let own = (0..room.posts.len()).filter(original);
    let own = own.filter(|&at| moderators.contains(&room.author(at)));
    let own = own.map(|at| room.posts[at].post().text.as_str());
    let here = own.filter(|text| !phrases::is_of_another_time(text)).flat_map(announced::hosts);
    ahead.chain(here).filter_map(|name| announced::called(room, &name)).collect()
}

/// Authors of the posts of which something holds, rising.
pub(super) fn authors_where(room: &Room<'_>, is: impl Fn(usize) -> bool) -> Vec<u32> {
    // A person may be named by any handle under which they wrote.
    let found = (0..room.posts.len()).filter(|&at| is(at)).map(|at| room.author(at));
    let mut found: Vec<u32> = found.collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Authors who say that they host, tell the room how to answer, are named by somebody who asks, or
/// put questions of others again.
fn plainly(room: &Room<'_>, askers: &[u32], questions: &Questions) -> FxHashSet<u32> {
    let handles = room.handles();
    let mut found = FxHashSet::default();
    for (at, seen) in room.posts.iter().enumerate().filter(|(_, seen)| seen.post().is_original()) {
        let author = room.author(at);
        if seen.says(Phrase::HostsItself) || seen.says(Phrase::Instructs) {
            found.insert(author);
        }
        if askers.contains(&author) {
            found.extend(seen.hosts_named().iter().filter_map(|it| handles.get(it.as_str())));
        }
    }
    let again = repeated(room, questions).into_iter().filter(|(_, count)| *count >= REPEATED_MIN);
    found.extend(again.map(|(author, _)| author));
    found
}

/// How many questions of others each author put again, in own posts: on another platform, or for
/// latecomers.
fn repeated(room: &Room<'_>, questions: &Questions) -> FxHashMap<u32, usize> {
    let mut repeated: FxHashMap<u32, FxHashSet<usize>> = FxHashMap::default();
    for (&at, &nth) in &questions.by_post {
        let own = room.author(at) == room.author(questions.asked[nth].first);
        if room.posts[at].post().is_original() && !own {
            repeated.entry(room.author(at)).or_default().insert(nth);
        }
    }
    repeated.into_iter().map(|(author, questions)| (author, questions.len())).collect()
}

/// How much each author looks like a host.
fn points(
    room: &Room<'_>,
    threads: &Threads,
    span: &Span,
    askers: &[u32],
) -> FxHashMap<u32, usize> {
    let handles = room.handles();
    let mut said: FxHashSet<(u32, &'static str)> = FxHashSet::default();
    let mut named: FxHashMap<u32, FxHashSet<u32>> = FxHashMap::default();
    let mut welcomed: FxHashMap<u32, FxHashSet<u32>> = FxHashMap::default();
    let opened = later(span.starts_at, -OPENED_WITHIN)..later(span.starts_at, OPENED_WITHIN);
    for (at, seen) in room.posts.iter().enumerate() {
        let (post, author) = (seen.post(), room.author(at));
        if !post.is_original() {
            continue;
        }
        if seen.says(Phrase::HostsItself) {
            said.insert((author, "hosts"));
        }
        if seen.says(Phrase::Instructs) {
            said.insert((author, "instructs"));
        }
        if post.kind != PostKind::Reply {
            if opened.contains(&post.created_at) && seen.says(Phrase::Opens) {
                said.insert((author, "opens"));
            }
            let end = later(span.ends_at, -OPENED_WITHIN)..span.closes_at;
            if end.contains(&post.created_at) && seen.says(Phrase::Closes) {
                said.insert((author, "closes"));
            }
        } else if words(&post.text).next().is_some_and(|first| first == "welcome") {
            let whom = threads
                .parent(at)
                .map_or(u32::MAX - u32::try_from(at).unwrap_or(0), |it| room.author(it));
            welcomed.entry(author).or_default().insert(whom);
        }
        for handle in seen.hosts_named() {
            if let Some(&host) = handles.get(handle.as_str()).filter(|host| **host != author) {
                named.entry(host).or_default().insert(author);
            }
        }
    }
    let mut points: FxHashMap<u32, usize> = FxHashMap::default();
    for (author, what) in said {
        *points.entry(author).or_default() += if what == "hosts" { 2 } else { 1 };
    }
    for (author, people) in welcomed {
        *points.entry(author).or_default() += usize::from(people.len() >= WELCOMED_MIN);
    }
    for (host, by) in named {
        let by_askers = by.iter().filter(|it| askers.contains(it)).count();
        *points.entry(host).or_default() += by.len() + by_askers;
    }
    points
}

/// The host of a room without questions: who speaks to it first, opens it, closes it, speaks of the
/// meeting, and is talked to by most. Two of these are needed.
fn leader(
    room: &Room<'_>,
    threads: &Threads,
    span: &Span,
    points: &FxHashMap<u32, usize>,
) -> Option<u32> {
    let mut talked_to: FxHashMap<u32, FxHashSet<u32>> = FxHashMap::default();
    for at in 0..room.posts.len() {
        if let Some(parent) = threads.parent(at).filter(|&it| room.author(it) != room.author(at)) {
            talked_to.entry(room.author(parent)).or_default().insert(room.author(at));
        }
    }
    let handles = room.handles();
    for (at, seen) in room.posts.iter().enumerate().filter(|(_, seen)| seen.post().is_original()) {
        let named = seen.post().mentions.iter().filter_map(|it| handles.get(&lowered(it)));
        for &author in named.filter(|author| **author != room.author(at)) {
            talked_to.entry(author).or_default().insert(room.author(at));
        }
    }
    let count = |author: &u32| talked_to.get(author).map_or(0, FxHashSet::len);
    let mut shown = points.clone();
    for author in ceremony(room, span) {
        *shown.entry(author).or_default() += 1;
    }
    for (host, guest) in presentations(room, span, handles) {
        *shown.entry(host).or_default() += 1;
        shown.remove(&guest);
    }
    let most = talked_to.keys().copied().max_by_key(|it| (count(it), u32::MAX - it));
    if let Some(author) = most.filter(|it| count(it) >= TALKED_TO_MIN) {
        *shown.entry(author).or_default() += 1;
    }
    shown
        .iter()
        .filter(|(_, points)| **points >= POINTS_ALONE)
        .max_by_key(|(author, points)| (**points, count(author), std::cmp::Reverse(**author)))
        .map(|(&author, _)| author)
}

/// Who speaks to the room first (as often as that weighs), who greets or welcomes it, who thanks it
/// or parts at its end, who speaks of the meeting: an author once for each. Nobody who is there for
/// the first time.
fn ceremony(room: &Room<'_>, span: &Span) -> Vec<u32> {
    let open = later(span.starts_at, -OPENED_WITHIN)..later(span.starts_at, OPENED_WITHIN);
    let close = later(span.ends_at, -OPENED_WITHIN)..later(span.ends_at, OPENED_WITHIN);
    let mut found: Vec<u32> = Vec::new();
    let mut said: FxHashSet<(u32, u8)> = FxHashSet::default();
    let mut newcomers = FxHashSet::default();
    for (at, seen) in room.posts.iter().enumerate() {
        let (post, author) = (seen.post(), room.author(at));
        if !post.is_original() || post.kind == PostKind::Reply {
            continue;
        }
        if phrases::is_first_time(&post.text) {
            newcomers.insert(author);
        }
        if found.is_empty() {
            found.extend([author; FIRST]);
        }
        let opens = || seen.says(Phrase::Greets) || seen.says(Phrase::Opens);
        if open.contains(&post.created_at) && opens() {
            said.insert((author, 0));
        }
        if close.contains(&post.created_at)
            && (seen.says(Phrase::Parts) || seen.says(Phrase::Thanks))
        {
            said.insert((author, 1));
        }
        if seen.says(Phrase::Meets) {
            said.insert((author, 2));
        }
    }
    found.extend(said.into_iter().map(|(author, _)| author));
    found.retain(|author| !newcomers.contains(author));
    found
}
