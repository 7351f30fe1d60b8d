//! What a moderator acts on: questions of participants that nobody took up, and people who say
//! that they are here for the first time.

use colloquy_transcript::{PostId, PostKind, Role};
use jiff::SignedDuration;
use rustc_hash::FxHashSet;

use super::answers::Part;
use super::threads::Threads;
use crate::discover::later;
use crate::phrases;
use crate::says::Phrase;
use crate::seen::Room;
use crate::words::count_words;

/// Words that a question to the room has at least.
const WORDS_MIN: usize = 4;
/// Whoever names the asker within this time, in a reply whose thread is not known, replies.
const TAKEN_UP: SignedDuration = SignedDuration::from_mins(20);

/// What a moderator may want to act on.
#[derive(Debug, Clone, Default)]
pub(super) struct ToDo {
    /// Participants' questions that nobody replied to.
    pub(super) open_questions: Vec<PostId>,
    /// The first post of each author who says that they are new.
    pub(super) introductions: Vec<PostId>,
}

/// A room, and who leads it.
pub(super) struct People<'a> {
    pub(super) room: &'a Room<'a>,
    pub(super) threads: &'a Threads,
    pub(super) parts: &'a [Part],
    /// Rising.
    pub(super) moderators: &'a [u32],
    /// Rising.
    pub(super) guests: &'a [u32],
}

impl People<'_> {
    /// What is left to do; `counts` says which posts count at all.
    pub(super) fn to_do(&self, counts: impl Fn(usize) -> bool + Copy) -> ToDo {
        ToDo {
            open_questions: self.open_questions(counts),
            introductions: self.introductions(counts),
        }
    }

    /// Posts in which a participant asks the room, a moderator or a guest something, and nobody
    /// else replied.
    fn open_questions(&self, counts: impl Fn(usize) -> bool) -> Vec<PostId> {
        (0..self.room.posts.len())
            .filter(|&at| counts(at) && self.asks(at) && !self.is_taken_up(at))
            .map(|at| self.room.posts[at].post().id.clone())
            .collect()
    }

    /// The first post of each author who says that they are new.
    fn introductions(&self, counts: impl Fn(usize) -> bool) -> Vec<PostId> {
        let mut known = FxHashSet::default();
        (0..self.room.posts.len())
            .filter(|&at| {
                let post = self.room.posts[at].post();
                counts(at)
                    && post.is_original()
                    && !self.leads(self.room.author(at))
                    && phrases::is_first_time(&post.text)
                    && known.insert(self.room.author(at))
            })
            .map(|at| self.room.posts[at].post().id.clone())
            .collect()
    }

    fn leads(&self, author: u32) -> bool {
        self.moderators.binary_search(&author).is_ok() || self.guests.binary_search(&author).is_ok()
    }

    fn asks(&self, at: usize) -> bool {
        let seen = &self.room.posts[at];
        let post = seen.post();
        let to_leaders = || {
            let parent = self.threads.parent(at);
            parent.is_some_and(|it| it != at && self.leads(self.room.author(it)))
        };
        self.parts[at].role == Role::Talk
            && !self.leads(self.room.author(at))
            && phrases::mostly_asks(&post.text)
            && !seen.says(Phrase::Announces)
            && count_words(&post.text) >= WORDS_MIN
            && (matches!(post.kind, PostKind::Original | PostKind::Quote) || to_leaders())
    }

    fn is_taken_up(&self, at: usize) -> bool {
        let posts = self.room.posts;
        let handle = posts[at].post().author.handle.as_deref();
        let until = later(posts[at].at(), TAKEN_UP);
        self.threads.is_replied_to(at)
            || posts[at + 1..].iter().zip(at + 1..).take_while(|(seen, _)| seen.at() <= until).any(
                |(seen, other)| {
                    let names = |name: &str| {
                        seen.post().mentions.iter().any(|it| it.eq_ignore_ascii_case(name))
                    };
                    self.room.author(other) != self.room.author(at)
                        && self.threads.parent(other).is_none()
                        && seen.post().is_original()
                        && handle.is_some_and(names)
                },
            )
    }
}
