//! What is read of the posts of a unit, each for itself.

use colloquy_transcript::Post;

use super::apps::{App, Apps};
use super::reading::{Reader, Said};
use super::repeats::Sketch;
use super::vocabulary::hash;
use crate::seen::Room;

/// A tag of a post.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag {
    /// Its number in the spread of tags; its hash before there is one.
    pub(super) number: u64,
    /// Whether it is a chat's by its name.
    pub(super) chat: bool,
}

/// Lists of different length, one after another.
pub(super) struct Rows<T> {
    pub(super) items: Vec<T>,
    pub(super) ends: Vec<usize>,
}

impl<T> Rows<T> {
    fn with_capacity(rows: usize) -> Self {
        Self { items: Vec::new(), ends: Vec::with_capacity(rows) }
    }

    fn push(&mut self, row: impl IntoIterator<Item = T>) {
        self.items.extend(row);
        self.ends.push(self.items.len());
    }

    pub(super) fn range(&self, row: usize) -> std::ops::Range<usize> {
        let begin = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        begin..self.ends[row]
    }

    pub(super) fn get(&self, row: usize) -> &[T] {
        &self.items[self.range(row)]
    }
}

/// What is read of the posts of a unit, one by one.
pub(super) struct Texts {
    pub(super) said: Vec<Said>,
    pub(super) apps: Vec<Option<App>>,
    pub(super) sketches: Vec<Option<Sketch>>,
    /// Hashes of the longer words.
    pub(super) topics: Rows<u64>,
    pub(super) own_tags: Rows<Tag>,
}

impl Texts {
    /// Reads the posts of a room; `chat` is its own tag.
    pub(super) fn read(room: &Room<'_>, chat: &str) -> Self {
        let count = room.posts.len();
        let mut texts = Self {
            said: Vec::with_capacity(count),
            apps: Vec::with_capacity(count),
            sketches: Vec::with_capacity(count),
            topics: Rows::with_capacity(count),
            own_tags: Rows::with_capacity(count),
        };
        let chat = hash(chat);
        let (mut reader, mut apps) = (Reader::default(), Apps::default());
        for seen in room.posts {
            let post = seen.post();
            if !post.is_original() {
                texts.push(Said::default(), None, None, &[], None);
                continue;
            }
            let (said, sketch) = reader.read(post);
            let app = post.source_app.as_deref().map(|name| apps.get(name));
            texts.push(said, app, sketch, reader.topic(), tags(post, chat));
        }
        texts
    }

    fn push(
        &mut self,
        said: Said,
        app: Option<App>,
        sketch: Option<Sketch>,
        topic: &[u64],
        tags: impl IntoIterator<Item = Tag>,
    ) {
        self.said.push(said);
        self.apps.push(app);
        self.sketches.push(sketch);
        self.topics.push(topic.iter().copied());
        self.own_tags.push(tags);
    }
}

/// The tags of a post beside the one with the hash `chat`, by their hashes.
pub(super) fn tags(post: &Post, chat: u64) -> impl Iterator<Item = Tag> {
    let tags = post.hashtags.iter().map(|tag| Tag { number: hash(tag), chat: is_of_a_chat(tag) });
    tags.filter(move |tag| tag.number != chat)
}

fn is_of_a_chat(tag: &str) -> bool {
    let ends = |end: &str| {
        let tail = tag.len().checked_sub(end.len()).and_then(|at| tag.get(at..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    ends("chat") || ends("hour") || ends("talk")
}
