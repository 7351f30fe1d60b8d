//! What surrounds a post: the posts of its session or week, their authors, words and tags.

use colloquy_transcript::{Role, SessionId};
use rustc_hash::FxHashMap;

use super::evidence::Facts;
use super::hashes::Tag;
use super::lexicon::{Lexicon, UnitWords};
use super::past::{Act, Memory, OfAuthor, Past};
use super::reading::Reading;
use super::repeats::{Sketch, copied};
use super::spread::Spread;
use super::texts::Rows;
use super::vocabulary::hash;
use crate::seen::Room;

/// An author's last posts that the next is compared with.
const COMPARED: usize = 40;
/// Longer words of a post, about.
const WORDS_USUAL: usize = 8;

/// A session or week with everything that is looked up again and again.
pub(super) struct Unit<'a> {
    room: &'a Room<'a>,
    roles: &'a [Role],
    /// By post; none for reposts.
    readings: &'a [Option<&'a Reading>],
    /// By post: says nearly what another post of the author says.
    repeats: Vec<bool>,
    /// By post: other authors who say nearly the same.
    copied: Vec<usize>,
    /// By author: this unit, and all before it.
    authors: Vec<Past>,
    /// By author: whether they belong to the room.
    taking_part: Vec<bool>,
    /// By author: this unit alone, and a sketch of a post with a link.
    here: Vec<(Past, Option<Box<Sketch>>)>,
    words: Spread,
    tags: Spread,
    /// By post: the numbers of its longer words in `words`.
    topics: Rows<u64>,
    /// What was said in the units before, and how often each word of `words` was.
    lexicon: Lexicon,
    known: Vec<u32>,
    /// By post: its tags beside the chat's own.
    own_tags: Rows<Tag>,
}

/// Posts by author: what one author wrote comes in a row.
fn by_author(room: &Room<'_>) -> Vec<usize> {
    // By author: where the first post of theirs goes, then where the next does.
    let mut places = vec![0; room.authors.len() + 1];
    for &author in &room.author_of {
        places[author as usize + 1] += 1;
    }
    for author in 1..places.len() {
        places[author] += places[author - 1];
    }
    let mut posts = vec![0; room.author_of.len()];
    for (at, &author) in room.author_of.iter().enumerate() {
        let place = &mut places[author as usize];
        posts[*place] = at;
        *place += 1;
    }
    posts
}

impl<'a> Unit<'a> {
    /// A unit of a chat with what was read of its posts; `before` says which units were over when it began.
    pub(super) fn new(
        room: &'a Room<'a>,
        roles: &'a [Role],
        readings: &'a [Option<&'a Reading>],
        (id, chat): (SessionId, &str),
        memory: &Memory,
        before: impl Fn(SessionId) -> bool,
    ) -> Self {
        let sketches: Vec<Option<&Sketch>> =
            readings.iter().map(|it| it.and_then(|it| it.sketch.as_ref())).collect();
        let (earlier, linked): (Vec<Past>, Vec<Vec<&Sketch>>) =
            room.authors.iter().map(|author| memory.of(author, &before)).unzip();
        let repeats = repeats(room, &sketches, &linked);
        let mut own_tags = own_tags(readings, chat);
        let here = here(room, roles, id, &repeats, readings, &own_tags);
        let authors: Vec<Past> =
            earlier.iter().zip(&here).map(|(past, (here, _))| past.plus(here)).collect();
        let taking_part: Vec<bool> = authors.iter().map(takes_part).collect();
        let (mut words, mut tags) = (Spread::new(&taking_part), Spread::new(&taking_part));
        let lexicon = memory.lexicon(&before);
        let mut known = Vec::new();
        // Their hashes, until each has a number.
        let mut topics = Rows::with_capacity(room.posts.len(), WORDS_USUAL);
        for reading in readings {
            let words = reading.map_or(&[][..], |it| it.hashes.words());
            topics.push(words.iter().copied());
        }
        for at in by_author(room) {
            let author = room.author(at);
            let part = taking_part[author as usize];
            let range = topics.range(at);
            for word in &mut topics.items[range] {
                let number = words.uses(*word, author, part);
                if known.len() == number as usize {
                    known.push(lexicon.uses(*word));
                }
                *word = u64::from(number);
            }
            let range = own_tags.range(at);
            for tag in &mut own_tags.items[range] {
                tag.number = u64::from(tags.uses(tag.number, author, part));
            }
        }
        let copied = copied(&sketches, &room.author_of);
        Self {
            room,
            roles,
            readings,
            repeats,
            copied,
            authors,
            taking_part,
            here,
            words,
            tags,
            topics,
            lexicon,
            known,
            own_tags,
        }
    }

    /// What the author of a post did here and before.
    pub(super) fn author(&self, at: usize) -> &Past {
        &self.authors[self.room.author(at) as usize]
    }

    /// What each author did here, and what was said, for the chat's memory.
    pub(super) fn into_here(self) -> (Vec<OfAuthor>, UnitWords) {
        let words = UnitWords::new(self.words.participants(), self.words.by_participants());
        let authors = self.room.authors.iter().copied().cloned();
        let here = authors.zip(self.here).map(|(author, (past, sketch))| (author, past, sketch));
        (here.filter(|(_, past, _)| past.originals + past.heard > 0).collect(), words)
    }

    /// What the evidence of a post is computed from; nothing for reposts.
    pub(super) fn facts(&self, at: usize) -> Option<Facts<'_>> {
        let reading = self.readings[at]?;
        let part = self.taking_part[self.room.author(at) as usize];
        let narrow = |number: &u64| u32::try_from(*number).unwrap_or(u32::MAX);
        let topic = || self.topics.get(at).iter().map(narrow);
        let known = topic().map(|number| self.known.get(number as usize).copied());
        Some(Facts {
            post: self.room.posts[at].post(),
            role: self.roles[at],
            reading,
            author: self.author(at),
            repeats: self.repeats[at],
            copied: self.copied[at],
            tags: self.tags.tags(self.own_tags.get(at), part),
            topic: self.words.topic(topic(), part),
            fit: self.lexicon.fit(known.map(Option::unwrap_or_default)),
        })
    }
}

/// By post: its tags beside the chat's own, by their hashes.
fn own_tags(readings: &[Option<&Reading>], chat: &str) -> Rows<Tag> {
    let chat = hash(chat);
    let mut rows = Rows::with_capacity(readings.len(), 2);
    for reading in readings {
        rows.push(reading.iter().flat_map(|it| it.hashes.tags(chat)));
    }
    rows
}

/// Whether an author takes part in the room: replies, answers, or is answered. Who comes again and
/// again may as well be a seller.
pub(super) fn takes_part(past: &Past) -> bool {
    past.replies + past.heard + past.answers > 0
}

/// By post: whether it says nearly what another post of the author said before, here or earlier.
fn repeats(room: &Room<'_>, sketches: &[Option<&Sketch>], earlier: &[Vec<&Sketch>]) -> Vec<bool> {
    // By author: their last post; by post: the one before of the same author.
    let mut last: Vec<Option<usize>> = vec![None; earlier.len()];
    let mut before = vec![None; sketches.len()];
    let mut repeats = vec![false; sketches.len()];
    for (at, &sketch) in sketches.iter().enumerate() {
        let author = room.author(at) as usize;
        let (Some(sketch), Some(last)) = (sketch, last.get_mut(author)) else { continue };
        before[at] = last.replace(at);
        let here = std::iter::successors(before[at], |&at| before[at]);
        let here = here.filter_map(|at| sketches[at]);
        let mut others = here.chain(earlier[author].iter().rev().copied()).take(COMPARED);
        repeats[at] = others.any(|other| sketch.same_author(other));
    }
    repeats
}

/// By author: what they did in the unit, and the sketch of a post with a link.
fn here(
    room: &Room<'_>,
    roles: &[Role],
    id: SessionId,
    repeats: &[bool],
    readings: &[Option<&Reading>],
    own_tags: &Rows<Tag>,
) -> Vec<(Past, Option<Box<Sketch>>)> {
    let unit = Past { sessions: u32::from(id.is_meeting()), units: 1, ..Past::default() };
    let mut here = vec![(unit, None); room.authors.len()];
    let mut links: FxHashMap<(u32, u64), u32> = FxHashMap::default();
    for (at, seen) in room.posts.iter().enumerate() {
        let (post, author) = (seen.post(), room.author(at));
        let Some(reading) = readings[at] else { continue };
        let replied = room.find(post.reply_to.as_ref()).map(|it| room.author(it));
        if let Some(other) = replied.filter(|&other| other != author)
            && let Some((theirs, _)) = here.get_mut(other as usize)
        {
            theirs.heard += 1;
        }
        let Some((own, link)) = here.get_mut(author as usize) else { continue };
        let is_reply = replied.map_or(post.reply_to.is_some(), |other| other != author);
        let linked = !post.urls.is_empty();
        let act = Act {
            is_reply,
            answers: roles[at] == Role::Answer,
            repeats: repeats[at],
            scheduled: reading.app.is_some_and(|app| app.schedules),
            tags: own_tags.get(at).len(),
        };
        own.count(post, act);
        if link.is_none() && linked {
            *link = reading.sketch.map(Box::new);
        }
        for link in reading.hashes.links() {
            let count = links.entry((author, *link)).or_default();
            *count += 1;
            own.same_link = own.same_link.max(*count);
        }
    }
    here
}
