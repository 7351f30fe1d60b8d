//! What surrounds a post: the posts of its session or week, their authors, words and tags.

use colloquy_transcript::{AuthorId, CompactString, Post, Role, SessionId};
use rustc_hash::{FxHashMap, FxHashSet};

use super::past::{Memory, Past};
use super::repeats::{Sketch, copied, same_author, sketch};
use super::words::{Said, is_scheduler};
use crate::seen::Room;
use crate::words::lowered;

/// An author's last posts that the next is compared with.
const COMPARED: usize = 40;
/// Units in which somebody who never talks must have posted to belong to the room.
const BELONGS_UNITS: u32 = 3;

/// A session or week with everything that is looked up again and again.
pub(super) struct Unit<'a> {
    room: &'a Room<'a>,
    pub(super) roles: &'a [Role],
    /// By post; empty for reposts.
    pub(super) said: Vec<Said>,
    /// By post: says nearly what another post of the author says.
    pub(super) repeats: Vec<bool>,
    /// By post: other authors who say nearly the same.
    pub(super) copied: Vec<usize>,
    /// By author: this unit, and all before it.
    authors: Vec<Past>,
    /// By author: this unit alone, and a sketch of a post with a link.
    here: Vec<(Past, Option<Box<Sketch>>)>,
    words: Spread<u64>,
    tags: Spread<CompactString>,
    /// By post: its tags beside the chat's own, in lower case; none of reposts.
    own_tags: Vec<Vec<CompactString>>,
}

/// How many authors use each of something.
struct Spread<K> {
    /// All, and those among them who take part.
    uses: FxHashMap<K, (u32, u32)>,
    pairs: FxHashSet<(K, u32)>,
    all: u32,
    taking_part: Vec<bool>,
    participants: u32,
}

impl<K: std::hash::Hash + Eq + Clone> Spread<K> {
    fn new(pairs: FxHashSet<(K, u32)>, taking_part: &[bool], authors: u32) -> Self {
        let mut uses: FxHashMap<K, (u32, u32)> = FxHashMap::default();
        for (key, author) in &pairs {
            let (all, part) = uses.entry(key.clone()).or_default();
            *all += 1;
            *part += u32::from(taking_part[*author as usize]);
        }
        let participants = taking_part.iter().filter(|it| **it).count();
        let participants = u32::try_from(participants).unwrap_or(u32::MAX);
        Self { uses, pairs, all: authors, taking_part: taking_part.to_vec(), participants }
    }

    /// Others than the author who use it: of all, and of those who take part.
    fn others(&self, key: &K, author: u32) -> (u32, u32) {
        let (all, part) = self.uses.get(key).copied().unwrap_or_default();
        let own = u32::from(self.pairs.contains(&(key.clone(), author)));
        (all - own, part - own * u32::from(self.taking_part[author as usize]))
    }

    /// Others than the author, in all and taking part; at least one.
    fn population(&self, author: u32) -> (f32, f32) {
        let part = self.participants - u32::from(self.taking_part[author as usize]);
        (self.all.saturating_sub(1).max(1) as f32, part.max(1) as f32)
    }
}

/// How well a post's words fit.
pub(super) struct Topic {
    pub(super) alien: f32,
    pub(super) common: f32,
    pub(super) common_all: f32,
}

/// A post's tags beside the chat's own.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tags {
    pub(super) count: usize,
    pub(super) rare: usize,
    pub(super) common: usize,
    pub(super) known: f32,
    pub(super) chats: usize,
}

impl<'a> Unit<'a> {
    /// Reads a unit; `before` says which units were over when it began.
    pub(super) fn new(
        room: &'a Room<'a>,
        roles: &'a [Role],
        id: SessionId,
        chat: &str,
        memory: &Memory,
        before: impl Fn(SessionId) -> bool,
    ) -> Self {
        let original = |at: usize| room.posts[at].post().is_original();
        let read = |at: usize| room.posts[at].post().text.as_str();
        let posts = 0..room.posts.len();
        let said: Vec<Said> = posts
            .clone()
            .map(|at| if original(at) { Said::of(read(at)) } else { Said::default() })
            .collect();
        let sketches: Vec<Option<(Sketch, usize)>> =
            posts.map(|at| sketch(read(at)).filter(|_| original(at))).collect();
        let earlier: Vec<(Past, Vec<&Sketch>)> =
            room.authors.iter().map(|author| memory.of(author, &before)).collect();
        let repeats = repeats(room, &sketches, &earlier);
        let chat = lowered(chat);
        let own_tags: Vec<Vec<CompactString>> = (0..room.posts.len())
            .map(|at| {
                let tags = room.posts[at].post().hashtags.iter().filter(|_| original(at));
                tags.map(|tag| lowered(tag)).filter(|tag| *tag != chat).collect()
            })
            .collect();
        let here = here(room, roles, id, &repeats, &sketches, &own_tags);
        let authors: Vec<Past> = earlier
            .iter()
            .zip(&here)
            .map(|((past, _), (here, _))| {
                let mut past = *past;
                past.add(here);
                past
            })
            .collect();
        let taking_part: Vec<bool> = authors.iter().map(takes_part).collect();
        let count = u32::try_from(room.authors.len()).unwrap_or(u32::MAX);
        let words = said
            .iter()
            .enumerate()
            .flat_map(|(at, said)| said.topic.iter().map(move |&word| (word, room.author(at))));
        let words = Spread::new(words.collect(), &taking_part, count);
        let tags = own_tags
            .iter()
            .enumerate()
            .flat_map(|(at, tags)| tags.iter().map(move |tag| (tag.clone(), room.author(at))));
        let tags = Spread::new(tags.collect(), &taking_part, count);
        Self {
            room,
            roles,
            copied: copied(&sketches, &room.author_of),
            said,
            repeats,
            authors,
            here,
            words,
            tags,
            own_tags,
        }
    }

    pub(super) fn post(&self, at: usize) -> &Post {
        self.room.posts[at].post()
    }

    /// What the author of a post did here and before.
    pub(super) fn author(&self, at: usize) -> &Past {
        &self.authors[self.room.author(at) as usize]
    }

    /// What each author did here, for the chat's memory.
    pub(super) fn into_here(self) -> Vec<(AuthorId, Past, Option<Box<Sketch>>)> {
        let authors = self.room.authors.iter().copied().cloned();
        let here = authors.zip(self.here).map(|(author, (past, sketch))| (author, past, sketch));
        here.filter(|(_, past, _)| past.originals + past.heard > 0).collect()
    }

    pub(super) fn tags(&self, at: usize) -> Tags {
        let author = self.room.author(at);
        let (all, _) = self.tags.population(author);
        let mut tags = Tags::default();
        for tag in &self.own_tags[at] {
            let (others, part) = self.tags.others(tag, author);
            tags.count += 1;
            tags.rare += usize::from(others == 0);
            tags.common += usize::from(others >= 3);
            tags.known = tags.known.max(part.max(others / 2) as f32 / all);
            tags.chats += usize::from(["chat", "hour", "talk"].iter().any(|it| tag.ends_with(it)));
        }
        tags
    }

    pub(super) fn topic(&self, at: usize) -> Topic {
        let author = self.room.author(at);
        let (all, participants) = self.words.population(author);
        let words = &self.said[at].topic;
        let mut topic = Topic { alien: 0.0, common: 0.0, common_all: 0.0 };
        for word in words {
            let (others, part) = self.words.others(word, author);
            topic.alien += f32::from(u8::from(part == 0));
            topic.common += (1.0 + 50.0 * part as f32 / participants).ln();
            topic.common_all += (1.0 + 50.0 * others as f32 / all).ln();
        }
        let count = words.len().max(1) as f32;
        Topic {
            alien: topic.alien / count,
            common: topic.common / count,
            common_all: topic.common_all / count,
        }
    }
}

/// Whether an author belongs to the room: talks, is answered, or comes again and again.
fn takes_part(past: &Past) -> bool {
    past.replies + past.heard + past.answers > 0 || past.units >= BELONGS_UNITS
}

/// By post: whether it says nearly what another post of the author said before, here or earlier.
fn repeats(
    room: &Room<'_>,
    sketches: &[Option<(Sketch, usize)>],
    earlier: &[(Past, Vec<&Sketch>)],
) -> Vec<bool> {
    let mut own: Vec<Vec<&Sketch>> = earlier.iter().map(|(_, sketches)| sketches.clone()).collect();
    let mut repeats = vec![false; sketches.len()];
    for (at, sketch) in sketches.iter().enumerate() {
        let (Some((sketch, _)), Some(own)) = (sketch, own.get_mut(room.author(at) as usize)) else {
            continue;
        };
        repeats[at] = own.iter().rev().take(COMPARED).any(|other| same_author(sketch, other));
        own.push(sketch);
    }
    repeats
}

/// By author: what they did in the unit, and the sketch of a post with a link.
fn here(
    room: &Room<'_>,
    roles: &[Role],
    id: SessionId,
    repeats: &[bool],
    sketches: &[Option<(Sketch, usize)>],
    own_tags: &[Vec<CompactString>],
) -> Vec<(Past, Option<Box<Sketch>>)> {
    let unit = Past { sessions: u32::from(id.is_meeting()), units: 1, ..Past::default() };
    let mut here = vec![(unit, None); room.authors.len()];
    let mut links: FxHashMap<(u32, &str), u32> = FxHashMap::default();
    for (at, seen) in room.posts.iter().enumerate() {
        let (post, author) = (seen.post(), room.author(at));
        if !post.is_original() {
            continue;
        }
        let replied = room.find(post.reply_to.as_ref()).map(|it| room.author(it));
        if let Some(other) = replied.filter(|&other| other != author)
            && let Some((theirs, _)) = here.get_mut(other as usize)
        {
            theirs.heard += 1;
        }
        let Some((own, link)) = here.get_mut(author as usize) else { continue };
        let is_reply = replied.map_or(post.reply_to.is_some(), |other| other != author);
        let linked = !post.urls.is_empty();
        own.originals += 1;
        own.links += u32::from(linked);
        own.replies += u32::from(is_reply);
        own.plain += u32::from(!is_reply && !linked);
        own.answers += u32::from(roles[at] == Role::Answer);
        own.repeats += u32::from(repeats[at]);
        own.scheduled += u32::from(post.source_app.as_deref().is_some_and(is_scheduler));
        own.tags += u32::try_from(own_tags[at].len()).unwrap_or(u32::MAX);
        if link.is_none() && linked {
            *link = sketches[at].as_ref().map(|(sketch, _)| Box::new(*sketch));
        }
        for url in &post.urls {
            let count = links.entry((author, super::bare(url))).or_default();
            *count += 1;
            own.same_link = own.same_link.max(*count);
        }
    }
    here
}
