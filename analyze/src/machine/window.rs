//! The posts of a chat that no published session holds yet, in order, and late answers until their week is over.

use std::collections::BTreeMap;

use colloquy_transcript::{PostId, SessionId, Timestamp};
use rustc_hash::FxHashMap;

use crate::discover::{Span, WEEK, later};
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
        let posts = self.posts.range(first_at(from)..);
        posts.take_while(|((at, _), _)| *at <= until).map(|(_, seen)| seen).collect()
    }

    /// All posts, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Seen> {
        self.posts.values()
    }

    /// Takes the posts of a meeting out.
    pub(super) fn take_meeting(&mut self, span: &Span) -> Vec<Seen> {
        self.take(span.opens_at, span.closes_at)
    }

    /// Copies of single posts, in the order in which they are named.
    pub(super) fn copies<'a>(&'a self, ids: &'a [PostId]) -> impl Iterator<Item = Seen> + 'a {
        ids.iter().filter_map(|id| {
            let at = *self.times.get(id)?;
            self.posts.get(&(at, id.clone())).cloned()
        })
    }

    /// Takes the posts of a week out.
    pub(super) fn take_week(&mut self, week: SessionId) -> Vec<Seen> {
        let from = week.starts_at();
        self.take(from, later(from, WEEK))
    }

    /// The first week at or after `from` in which posts are held.
    pub(super) fn week_from(&self, from: Timestamp) -> Option<SessionId> {
        let ((at, _), _) = self.posts.range(first_at(from)..).next()?;
        Some(SessionId::outside(*at))
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

    /// Forgets what was published at `from` or later.
    pub(super) fn forget_from(&mut self, from: Timestamp) {
        self.take(from, Timestamp::MAX);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.posts.clear();
        self.times.clear();
    }

    /// Takes the posts from `from` (included) to `until` (not included) out.
    fn take(&mut self, from: Timestamp, until: Timestamp) -> Vec<Seen> {
        if from >= until {
            return Vec::new();
        }
        let taken = self.posts.extract_if(first_at(from)..first_at(until), |_, _| true);
        taken
            .map(|((_, id), seen)| {
                self.times.remove(&id);
                seen
            })
            .collect()
    }
}

/// The least key of an instant.
fn first_at(at: Timestamp) -> (Timestamp, PostId) {
    (at, PostId::from_full(""))
}
