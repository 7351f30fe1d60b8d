//! What the posts of a unit show one after another.
//!
//! A week of posts fits no processor's caches: so each is fetched once, and what is looked up again and again is
//! written down side by side.

use colloquy_transcript::{Role, SessionId};

use super::hashes::Tag;
use super::past::{Act, LinkCounts, Past};
use super::readings::View;
use super::sketch::Sketch;
use super::texts::Rows;
use super::vocabulary::hash;
use crate::seen::Room;

/// An author's last posts that the next is compared with.
pub(super) const COMPARED: usize = 40;
/// Longer words of a post, about.
const WORDS_USUAL: usize = 8;
/// Tags of a post beside the chat's own, about.
const TAGS_USUAL: usize = 2;
/// No post.
const NONE: u32 = u32::MAX;

/// What is written down.
pub(super) struct Gathered {
    /// By post; none for reposts and for texts without words.
    pub(super) sketches: Vec<Option<Sketch>>,
    /// By post: says nearly what another post of the author said before, here or earlier.
    pub(super) repeats: Vec<bool>,
    /// By post: the hashes of its longer words, and of its tags beside the chat's own.
    pub(super) words: Rows<u64>,
    pub(super) tags: Rows<Tag>,
    /// By author: what they did in the unit, and a sketch of a post with a link.
    pub(super) here: Vec<(Past, Option<Sketch>)>,
}

impl Gathered {
    /// What the posts of a room show; `earlier` are sketches of each author's posts in earlier units, the last
    /// ones first.
    pub(super) fn of(
        room: &Room<'_>,
        roles: &[Role],
        (id, chat): (SessionId, &str),
        readings: &[Option<View<'_>>],
        earlier: &[Vec<&Sketch>],
    ) -> Self {
        let mut gathering = Gathering::new((room, roles), readings.len(), id);
        let chat = hash(chat);
        for (at, reading) in readings.iter().enumerate() {
            let Some(reading) = reading else {
                gathering.skip();
                continue;
            };
            gathering.all.words.push(reading.words().iter().copied());
            gathering.all.tags.push(reading.tags(chat));
            let earlier = earlier.get(room.author(at) as usize).map_or(&[][..], Vec::as_slice);
            let repeats = gathering.compare(at, reading.sketch.as_ref(), earlier);
            gathering.act(at, *reading, repeats);
        }
        gathering.all
    }
}

/// What is known while it is written down.
struct Gathering<'a> {
    room: &'a Room<'a>,
    roles: &'a [Role],
    all: Gathered,
    /// By post: the one before of the same author; by author: their last.
    before: Vec<u32>,
    last: Vec<u32>,
    links: LinkCounts,
}

impl<'a> Gathering<'a> {
    fn new((room, roles): (&'a Room<'a>, &'a [Role]), posts: usize, id: SessionId) -> Self {
        let unit = Past { sessions: u32::from(id.is_meeting()), units: 1, ..Past::default() };
        let authors = room.authors.len();
        let all = Gathered {
            sketches: Vec::with_capacity(posts),
            repeats: Vec::with_capacity(posts),
            words: Rows::with_capacity(posts, WORDS_USUAL),
            tags: Rows::with_capacity(posts, TAGS_USUAL),
            here: vec![(unit, None); authors],
        };
        let (before, last) = (Vec::with_capacity(posts), vec![NONE; authors]);
        Self { room, roles, all, before, last, links: LinkCounts::default() }
    }

    /// A post without words of its own.
    fn skip(&mut self) {
        self.all.words.push([]);
        self.all.tags.push([]);
        self.all.sketches.push(None);
        self.all.repeats.push(false);
        self.before.push(NONE);
    }

    /// Keeps the sketch of a post, and tells whether it says nearly what its author said before.
    fn compare(&mut self, at: usize, sketch: Option<&Sketch>, earlier: &[&Sketch]) -> bool {
        let last = self.last.get_mut(self.room.author(at) as usize).filter(|_| sketch.is_some());
        let number = u32::try_from(at).unwrap_or(NONE);
        let before = last.map_or(NONE, |last| std::mem::replace(last, number));
        let repeats = sketch.is_some_and(|sketch| {
            let post = |at: u32| Some(at).filter(|&at| at != NONE);
            let next = |at: &u32| self.before.get(*at as usize).copied().and_then(post);
            let here = std::iter::successors(post(before), next);
            let here = here.filter_map(|at| self.all.sketches.get(at as usize)?.as_ref());
            let mut others = here.chain(earlier.iter().copied()).take(COMPARED);
            others.any(|other| sketch.same_author(other))
        });
        self.before.push(before);
        self.all.sketches.push(sketch.copied());
        self.all.repeats.push(repeats);
        repeats
    }

    /// Counts a post among those of its author, and among what the author of another one heard.
    fn act(&mut self, at: usize, reading: View<'_>, repeats: bool) {
        let (post, author) = (self.room.posts[at].post(), self.room.author(at));
        let replied = self.room.find(post.reply_to.as_ref()).map(|it| self.room.author(it));
        if let Some(other) = replied.filter(|&other| other != author)
            && let Some((theirs, _)) = self.all.here.get_mut(other as usize)
        {
            theirs.heard += 1;
        }
        let Some((own, link)) = self.all.here.get_mut(author as usize) else { return };
        let act = Act {
            is_reply: replied.map_or(post.reply_to.is_some(), |other| other != author),
            answers: self.roles[at] == Role::Answer,
            repeats,
            scheduled: reading.app.is_some_and(|app| app.schedules),
            tags: self.all.tags.get(at).len(),
        };
        own.count(post, act);
        if link.is_none() && !post.urls.is_empty() {
            *link = reading.sketch;
        }
        self.links.add(author, reading.links(), own);
    }
}
