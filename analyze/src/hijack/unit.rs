//! What surrounds a post: the posts of its session or week, their authors, words and tags.

use colloquy_transcript::{Role, SessionId};

use super::evidence::{self, Facts};
use super::gathered::{COMPARED, Gathered};
use super::hashes::Tag;
use super::leaning;
use super::lexicon::{Lexicon, UnitWords};
use super::memory::{Memory, OfAuthor};
use super::past::{Leaning, Past};
use super::readings::View;
use super::repeats::copied;
use super::sketch::Sketch;
use super::spread::Spread;
use super::texts::Rows;
use crate::seen::Room;

/// A session or week with everything that is looked up again and again.
pub(super) struct Unit<'a> {
    room: &'a Room<'a>,
    roles: &'a [Role],
    /// By post; none for reposts.
    readings: &'a [Option<View<'a>>],
    /// By post: says nearly what another post of the author says.
    repeats: Vec<bool>,
    /// By post: other authors who say nearly the same.
    copied: Vec<u8>,
    /// By author: this unit, and all before it.
    authors: Vec<Past>,
    /// By author: whether they belong to the room.
    taking_part: Vec<bool>,
    /// By author: this unit alone, and a sketch of a post with a link.
    here: Vec<(Past, Option<Sketch>)>,
    words: Spread,
    tags: Spread,
    /// By post: the numbers of its longer words in `words`.
    topics: Rows<u64>,
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
        readings: &'a [Option<View<'a>>],
        (id, chat): (SessionId, &str),
        memory: &Memory,
        before: impl Fn(SessionId) -> bool,
    ) -> Self {
        let over = memory.over(&before);
        let earlier = room.authors.iter().map(|author| {
            let Some(it) = memory.author(author) else { return Default::default() };
            (it.past(&over), it.sketches(&over).take(COMPARED).collect())
        });
        let (earlier, linked): (Vec<Past>, Vec<Vec<&Sketch>>) = earlier.unzip();
        let gathered = Gathered::of(room, roles, (id, chat), readings, &linked);
        let Gathered { sketches, repeats, words: mut topics, tags: mut own_tags, here } = gathered;
        let authors: Vec<Past> =
            earlier.iter().zip(&here).map(|(past, (here, _))| past.plus(here)).collect();
        let taking_part: Vec<bool> = authors.iter().map(takes_part).collect();
        let mut words = Spread::new(&taking_part, memory.lexicon(&before));
        let mut tags = Spread::new(&taking_part, Lexicon::default());
        for at in by_author(room) {
            let author = room.author(at);
            let part = taking_part[author as usize];
            let range = topics.range(at);
            for word in &mut topics.items[range] {
                *word = u64::from(words.uses(*word, author, part));
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
            own_tags,
        }
    }

    /// Finds out what the model finds of each post alone, and adds that to what their authors did: a verdict rests
    /// on all posts of an author. Nothing else that is measured depends on it.
    pub(super) fn lean(&mut self) {
        let leaning = |at: usize| {
            let facts = self.facts(at)?;
            Some(leaning(&evidence::values(&facts), &facts.reading.wording))
        };
        let leanings: Vec<Option<Leaning>> = (0..self.readings.len()).map(leaning).collect();
        for (at, leaning) in leanings.into_iter().enumerate() {
            let (Some(leaning), author) = (leaning, self.room.author(at) as usize) else {
                continue;
            };
            self.authors[author].lean(leaning);
            self.here[author].0.lean(leaning);
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
        Some(Facts {
            role: self.roles[at],
            reading: reading.reading,
            author: self.author(at),
            repeats: self.repeats[at],
            copied: self.copied[at],
            tags: self.tags.tags(self.own_tags.get(at), part),
            topic: self.words.topic(self.topics.get(at).iter().map(narrow), part),
        })
    }
}

/// Whether an author takes part in the room: replies, answers, or is answered. Who comes again and
/// again may as well be a seller.
pub(super) fn takes_part(past: &Past) -> bool {
    past.replies + past.heard + past.answers > 0
}
