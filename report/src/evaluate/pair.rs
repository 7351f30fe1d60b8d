//! Which session of the lake is which of the key, and which question which.

use jiff::SignedDuration;

use super::{KeyedQuestion, KeyedSession, LakeQuestion, LakeSession};

/// A keyed session is found if one of the lake starts within this time of the announced start.
const START_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// For each keyed session the number of the lake's session that starts next to it, one to one: of
/// several that could be meant, those nearest to one another come first.
pub(super) fn of_sessions(keyed: &[&KeyedSession], lake: &[LakeSession]) -> Vec<Option<usize>> {
    let mut near = Vec::new();
    for (nth, one) in keyed.iter().enumerate() {
        for (other, session) in lake.iter().enumerate() {
            let off = session.starts_at.duration_since(one.session_start_utc).abs();
            if off <= START_WITHIN {
                near.push((off, nth, other));
            }
        }
    }
    near.sort_unstable();
    let mut found = vec![None; keyed.len()];
    for (_, nth, other) in near {
        if found[nth].is_none() && !found.contains(&Some(other)) {
            found[nth] = Some(other);
        }
    }
    found
}

/// The number of the keyed question that a question of the lake is: both were asked in the same post, or
/// one's first post is a repeat of the other. The same post says more than a repeat.
pub(super) fn of_question(asked: &LakeQuestion, keyed: &[KeyedQuestion]) -> Option<usize> {
    let rank = |one: &KeyedQuestion| {
        let first = asked.posts.first();
        let rank = if first == Some(&one.post_id) {
            0
        } else if asked.posts.contains(&one.post_id) {
            1
        } else if first.is_some_and(|first| one.reposts_or_repeats.contains(first)) {
            2
        } else {
            return None;
        };
        Some((rank, !one.is_labelled(&asked.label)))
    };
    let same = keyed.iter().enumerate().filter_map(|(nth, one)| Some((rank(one)?, nth)));
    same.min().map(|(_, nth)| nth)
}
