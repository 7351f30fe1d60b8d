//! Who is the guest of a meeting, where nobody said so: whom moderators call one, announce, or present
//! and thank; who thanks for having been asked; and, where nobody puts questions to all, who answers the
//! room.

use colloquy_transcript::{CompactString, Post, PostKind, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};

use super::moderators::{OPENED_WITHIN, authors_where};
use super::threads::Threads;
use crate::announced::{self, Announcement};
use crate::discover::{Span, later};
use crate::known::Known;
use crate::phrases;
use crate::seen::Room;
use crate::words::lowered;

/// Posts of somebody who takes part.
const TAKES_PART: usize = 2;
/// People whom somebody answers who answers the room …
const ANSWERED_MIN: usize = 5;
/// … which is this share of those whom anybody answers, …
const ANSWERED_SHARE: f64 = 0.5;
/// … and so many times as many as anybody else answers.
const ANSWERED_MORE: f64 = 1.75;

/// Guests: by registry and decisions, else whom a moderator (or two others) calls one or presents.
pub(super) fn guests(
    room: &Room<'_>,
    threads: &Threads,
    known: &Known<'_>,
    moderators: &[u32],
    (span, asked): (&Span, bool),
) -> Vec<u32> {
    let stated = |post: usize| known.is_guest(&room.posts[post].post().author, span.starts_at);
    let mut found = authors_where(room, stated);
    let handles = room.handles();
    let mut named: FxHashMap<u32, FxHashSet<u32>> = FxHashMap::default();
    for (post, seen) in room.posts.iter().enumerate() {
        if !seen.post().is_original() {
            continue;
        }
        for handle in phrases::guests_named(&seen.post().text) {
            if let Some(&guest) = handles.get(handle.as_str()) {
                named.entry(guest).or_default().insert(room.author(post));
            }
        }
    }
    let is_moderator = |author: &u32| moderators.binary_search(author).is_ok();
    let called = named.iter().filter(|(guest, by)| {
        !is_moderator(guest)
            && (by.iter().any(is_moderator) || by.iter().filter(|it| it != guest).count() >= 2)
    });
    found.extend(called.map(|(&guest, _)| guest));
    found.extend(presented(room, span, moderators, handles));
    found.extend(invited(room, moderators, span, known));
    if !asked {
        found.extend(answers_the_room(room, threads).filter(|it| !is_moderator(it)));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whom moderators announced as guests, before the meeting or as it began, and who thanks for having been
/// asked: if they take part and lead nothing.
fn invited(room: &Room<'_>, moderators: &[u32], span: &Span, known: &Known<'_>) -> Vec<u32> {
    let is_moderator = |author: u32| moderators.binary_search(&author).is_ok();
    let said = announced::said_by(room, moderators, known);
    let said = said.into_iter().flat_map(|it| it.guests.clone());
    let open = later(span.starts_at, OPENED_WITHIN);
    let opening = room.posts.iter().enumerate().take_while(|(_, seen)| seen.at() < open);
    let opening = opening.filter(|(at, _)| is_moderator(room.author(*at)));
    let here = opening.filter_map(|(_, seen)| Announcement::of(seen)).flat_map(|it| it.guests);
    let called = said.chain(here).filter_map(|name| announced::called(room, &name));
    let asked = authors_where(room, |at| {
        let post = room.posts[at].post();
        post.is_original() && phrases::was_invited(&post.text)
    });
    // Whoever comes for the first time may thank for having been let in.
    let named = |guest: &u32| {
        let mut own = (0..room.posts.len()).filter(|&at| is_moderator(room.author(at)));
        own.any(|at| announced::named(room, at).contains(guest))
    };
    called
        .chain(asked.into_iter().filter(named))
        .filter(|&it| !is_moderator(it) && takes_part(room, it))
        .collect()
}

/// Who answers most people of a room in which nobody puts questions to all.
fn answers_the_room(room: &Room<'_>, threads: &Threads) -> impl Iterator<Item = u32> + use<> {
    let mut answered: FxHashMap<u32, FxHashSet<u32>> = FxHashMap::default();
    for at in (0..room.posts.len()).filter(|&at| room.posts[at].post().is_original()) {
        let whom = threads.parent(at).map(|it| room.author(it));
        if let Some(whom) = whom.filter(|whom| *whom != room.author(at)) {
            answered.entry(room.author(at)).or_default().insert(whom);
        }
    }
    let all: FxHashSet<u32> = answered.values().flatten().copied().collect();
    let mut most: Vec<(usize, u32)> =
        answered.iter().map(|(author, whom)| (whom.len(), *author)).collect();
    most.sort_unstable_by_key(|&(count, author)| (std::cmp::Reverse(count), author));
    let next = most.get(1).map_or(0, |(count, _)| *count) as f64;
    let first = most.first().copied().filter(|&(count, _)| {
        count >= ANSWERED_MIN
            && count as f64 >= ANSWERED_SHARE * all.len() as f64
            && count as f64 >= ANSWERED_MORE * next
    });
    first.map(|(_, author)| author).into_iter()
}

fn takes_part(room: &Room<'_>, author: u32) -> bool {
    let own = (0..room.posts.len()).filter(|&at| room.author(at) == author);
    own.take(TAKES_PART).count() == TAKES_PART
}

/// Whom a moderator presents.
fn presented(
    room: &Room<'_>,
    span: &Span,
    moderators: &[u32],
    handles: &FxHashMap<CompactString, u32>,
) -> Vec<u32> {
    let is_moderator = |author: &u32| moderators.binary_search(author).is_ok();
    presentations(room, span, handles)
        .into_iter()
        .filter(|(host, guest)| is_moderator(host) && !is_moderator(guest))
        .map(|(_, guest)| guest)
        .collect()
}

/// Who presented whom: somebody names an author who takes part when the room opens, and thanks them
/// by name when it closes; or welcomes the room and names nobody but them; or thanks somebody who came in
/// glad to be invited.
pub(super) fn presentations(
    room: &Room<'_>,
    span: &Span,
    handles: &FxHashMap<CompactString, u32>,
) -> Vec<(u32, u32)> {
    let named = |from: Timestamp, until: Timestamp, says: &dyn Fn(&Post) -> bool| {
        let mut found = FxHashSet::default();
        for (at, seen) in room.posts.iter().enumerate() {
            let (post, author) = (seen.post(), room.author(at));
            let to_all = post.is_original() && post.kind != PostKind::Reply;
            if (from..until).contains(&post.created_at) && to_all && says(post) {
                let mentions = post.mentions.iter();
                let named = mentions.filter_map(|it| handles.get(lowered(it).as_str()).copied());
                found.extend(named.filter(|it| *it != author).map(|it| (author, it)));
            }
        }
        found
    };
    let open = later(span.starts_at, OPENED_WITHIN);
    let close = later(span.ends_at, -OPENED_WITHIN).max(open);
    let now = |post: &Post| !phrases::is_of_another_time(&post.text);
    let thanked = named(close, span.closes_at, &|post| phrases::thanks(&post.text));
    let opened = named(span.opens_at, open, &now);
    let welcomed = named(span.opens_at, open, &|post| {
        let text = &post.text;
        let welcomes = phrases::opens(text) || phrases::greets(text);
        let hosts = phrases::hosts_named(text);
        welcomes
            && now(post)
            && post.mentions.len() == 1
            && !text.trim_start().starts_with('@')
            && !phrases::greets_name(text)
            && !phrases::thanks(text)
            && !post.mentions.iter().any(|it| hosts.iter().any(|host| *host == lowered(it)))
    });
    let invited: FxHashSet<u32> = room
        .posts
        .iter()
        .enumerate()
        .filter(|(_, seen)| seen.post().is_original() && seen.at() < open)
        .filter(|(_, seen)| phrases::is_invited(&seen.post().text))
        .map(|(at, _)| room.author(at))
        .collect();
    let mut found: Vec<(u32, u32)> = opened.intersection(&thanked).copied().collect();
    found.extend(welcomed.into_iter().filter(|&(_, guest)| takes_part(room, guest)));
    found.extend(thanked.iter().filter(|(_, guest)| invited.contains(guest)));
    found.sort_unstable();
    found.dedup();
    found
}
