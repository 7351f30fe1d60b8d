//! Who runs a meeting, where nobody said so.
//!
//! Not whoever writes most `Q`s: participants answer under `Q3` too, and some more often than
//! the host asks. A moderator is whose numbered question came first under its number and was
//! answered under that number by others.

use colloquy_transcript::label::LabelKind;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::known::Known;
use crate::seen::Room;

/// Others who must have answered one question of an author.
const ANSWERERS_MIN: usize = 2;

/// Indices of the room's moderators among [`Room::authors`], rising.
pub(super) fn moderators(room: &Room<'_>, known: &Known<'_>) -> Vec<u32> {
    let mut found: Vec<u32> = stated(room, known);
    if !known.moderators_stated() {
        found.extend(inferred(room));
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn stated(room: &Room<'_>, known: &Known<'_>) -> Vec<u32> {
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    for (at, post) in room.posts.iter().enumerate() {
        let author = room.author(at);
        if known.is_moderator(&post.post().author) && seen.insert(author) {
            found.push(author);
        }
    }
    found
}

fn inferred(room: &Room<'_>) -> Vec<u32> {
    let mut first_asker: FxHashMap<u16, u32> = FxHashMap::default();
    let mut answerers: FxHashMap<u16, FxHashSet<u32>> = FxHashMap::default();
    for (at, seen) in room.posts.iter().enumerate() {
        let author = room.author(at);
        for label in &seen.labels {
            match label.kind {
                LabelKind::Question => {
                    first_asker.entry(label.number).or_insert(author);
                }
                LabelKind::Answer => {
                    answerers.entry(label.number).or_default().insert(author);
                }
            }
        }
    }
    let mut found: Vec<u32> = first_asker
        .iter()
        .filter(|(number, asker)| {
            answerers.get(number).is_some_and(|people| {
                people.iter().filter(|person| person != asker).count() >= ANSWERERS_MIN
            })
        })
        .map(|(_, &asker)| asker)
        .collect();
    found.sort_unstable();
    found
}
