//! Who is the guest of a meeting, where nobody said so: whom moderators call one, or present and
//! thank.

use colloquy_transcript::{PostKind, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};

use super::moderators::{OPENED_WITHIN, authors_where, handles};
use crate::discover::{Span, later};
use crate::known::Known;
use crate::phrases;
use crate::seen::Room;

/// Guests: by registry and decisions, else whom a moderator (or two others) calls one or presents.
pub(super) fn guests(
    room: &Room<'_>,
    known: &Known<'_>,
    moderators: &[u32],
    span: &Span,
) -> Vec<u32> {
    let stated = |post: usize| known.is_guest(&room.posts[post].post().author, span.starts_at);
    let mut found = authors_where(room, stated);
    let handles = handles(room);
    let mut named: FxHashMap<u32, FxHashSet<u32>> = FxHashMap::default();
    for (post, seen) in room.posts.iter().enumerate() {
        if !seen.post().is_original() {
            continue;
        }
        for handle in phrases::guests_named(&seen.post().text) {
            if let Some(&guest) = handles.get(&handle) {
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
    found.extend(presented(room, span, moderators, &handles));
    found.sort_unstable();
    found.dedup();
    found
}

/// Whom a moderator names when the room opens, and thanks by name when it closes.
fn presented(
    room: &Room<'_>,
    span: &Span,
    moderators: &[u32],
    handles: &FxHashMap<String, u32>,
) -> Vec<u32> {
    let named = |from: Timestamp, until: Timestamp, says: &dyn Fn(&str) -> bool| {
        let mut found = FxHashSet::default();
        for (at, seen) in room.posts.iter().enumerate() {
            let post = seen.post();
            if (from..until).contains(&post.created_at)
                && post.is_original()
                && post.kind != PostKind::Reply
                && moderators.binary_search(&room.author(at)).is_ok()
                && says(&post.text)
            {
                let mentions = post.mentions.iter();
                found.extend(mentions.filter_map(|it| handles.get(&*it.to_lowercase()).copied()));
            }
        }
        found
    };
    let open = later(span.starts_at, OPENED_WITHIN);
    let thanked =
        named(later(span.ends_at, -OPENED_WITHIN).max(open), span.closes_at, &phrases::thanks);
    if thanked.is_empty() {
        return Vec::new();
    }
    let opened = named(span.opens_at, open, &|text| !phrases::is_of_another_time(text));
    let both = opened.intersection(&thanked).copied();
    both.filter(|guest| moderators.binary_search(guest).is_err()).collect()
}
