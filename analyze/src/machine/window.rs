//! The posts of a chat that no published session holds yet, in order.

use std::collections::BTreeMap;

use colloquy_transcript::{PostId, SessionId, Timestamp};
use rustc_hash::FxHashMap;

use super::chat::WEEK;
use crate::discover::{Span, later};
use crate::seen::Seen;

/// Posts by time and id, the latest revision of each.
#[derive(Debug, Default)]
pub(super) struct Window {
    posts: BTreeMap<(Timestamp, PostId), Seen>,
    times: FxHashMap<PostId, Timestamp>,
}

impl Window {
    /// Takes a revision; the one at the highest position stays.
    pub(super) fn put(&mut self, seen: Seen) {
        let post = seen.post();
        let (id, at) = (post.id.clone(), post.created_at);
        if let Some(&before) = self.times.get(&id) {
            let key = (before, id.clone());
            if self.posts.get(&key).is_some_and(|held| held.position > seen.position) {
                return;
            }
            self.posts.remove(&key);
        }
        self.times.insert(id.clone(), at);
        self.posts.insert((at, id), seen);
    }

    /// The posts from `from` to `until`, both included.
    pub(super) fn between(&self, from: Timestamp, until: Timestamp) -> Vec<&Seen> {
        self.posts
            .values()
            .skip_while(|seen| seen.at() < from)
            .take_while(|seen| seen.at() <= until)
            .collect()
    }

    /// Takes the posts of a meeting out.
    pub(super) fn take_meeting(&mut self, span: &Span) -> Vec<Seen> {
        self.take(|at| span.holds(at))
    }

    /// Takes the posts of a week out.
    pub(super) fn take_week(&mut self, week: SessionId) -> Vec<Seen> {
        let from = week.starts_at();
        let until = later(from, WEEK);
        self.take(|at| from <= at && at < until)
    }

    /// The weeks in which posts are held, in order.
    pub(super) fn weeks(&self) -> Vec<SessionId> {
        let mut weeks: Vec<SessionId> = Vec::new();
        for seen in self.posts.values() {
            let held = weeks.last().is_some_and(|week| later(week.starts_at(), WEEK) > seen.at());
            if !held {
                weeks.push(SessionId::outside(seen.at()));
            }
        }
        weeks
    }

    /// When the last post was published.
    pub(super) fn last_at(&self) -> Option<Timestamp> {
        self.posts.keys().next_back().map(|(at, _)| *at)
    }

    /// The lowest journal position.
    pub(super) fn oldest_position(&self) -> Option<u64> {
        self.posts.values().map(|seen| seen.position).min()
    }

    /// How many posts are held.
    pub(super) fn len(&self) -> usize {
        self.posts.len()
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.posts.clear();
        self.times.clear();
    }

    fn take(&mut self, wanted: impl Fn(Timestamp) -> bool) -> Vec<Seen> {
        let mut taken = Vec::new();
        let posts = std::mem::take(&mut self.posts);
        for (key, seen) in posts {
            if wanted(key.0) {
                self.times.remove(&key.1);
                taken.push(seen);
            } else {
                self.posts.insert(key, seen);
            }
        }
        taken
    }
}
