//! A post as the analysis holds it, and the room that a stretch of posts makes.

use std::cell::OnceCell;
use std::sync::Arc;

use colloquy_transcript::label::{Label, OwnLabels, labels};
use colloquy_transcript::{AuthorId, CompactString, GroundPost, Post, PostId, Timestamp};
use rustc_hash::FxHashMap;

use crate::hijack::OneReading;
use crate::inquiry::Force;
use crate::says::Says;
use crate::words::lowered;

/// A post, where it lies in the journal, and the labels in its text.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Position in its partition of `posts`.
    pub position: u64,
    /// The record, shared with the journal.
    pub ground: Arc<GroundPost>,
    /// Labels of the text; none for reposts, whose words are somebody else's.
    pub labels: Vec<Label>,
    /// The account, where a decision says that it is another one's person: the post's author
    /// carries the person's id.
    pub account: Option<AuthorId>,
    /// How much each label asks. Discovery looks at a post from every question before it.
    pub(crate) forces: OnceCell<Box<[OnceCell<Option<Force>>]>>,
    /// What it says around questions and answers, as far as that was asked for.
    pub(crate) says: Says,
    /// What was read of it at its arrival, where it was judged then.
    pub(crate) reading: OnceCell<OneReading>,
}

impl Seen {
    /// Reads the labels of a post.
    pub fn new(position: u64, ground: Arc<GroundPost>) -> Self {
        let labels = if ground.post.is_original() { labels(&ground.post.text) } else { Vec::new() };
        Self {
            position,
            ground,
            labels,
            account: None,
            forces: OnceCell::new(),
            says: Says::default(),
            reading: OnceCell::new(),
        }
    }

    /// Adds the chat's own labels.
    pub(crate) fn read_own(&mut self, own: &OwnLabels) {
        if self.post().is_original() {
            own.read(&self.ground.post.text, &mut self.labels);
        }
    }

    /// How much the label at `nth` asks, as `find` says when it is first asked for.
    pub(crate) fn force(&self, nth: usize, find: impl FnOnce() -> Option<Force>) -> Option<Force> {
        let forces = self.forces.get_or_init(|| vec![OnceCell::new(); self.labels.len()].into());
        *forces.get(nth)?.get_or_init(find)
    }

    /// The post.
    pub fn post(&self) -> &Post {
        &self.ground.post
    }

    /// When it was published.
    pub fn at(&self) -> Timestamp {
        self.post().created_at
    }
}

/// For each post the number of its author, in order of first appearance.
pub(crate) fn author_indices(posts: &[&Seen]) -> Vec<u32> {
    let mut numbers: FxHashMap<&AuthorId, u32> = FxHashMap::default();
    posts
        .iter()
        .map(|seen| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(&seen.post().author.id).or_insert(next)
        })
        .collect()
}

/// The posts of one stretch of time in order, with what is looked up again and again.
#[derive(Debug)]
pub struct Room<'a> {
    /// In the order of [`Post::order`].
    pub posts: &'a [Seen],
    /// Distinct authors, in order of first appearance.
    pub authors: Vec<&'a AuthorId>,
    /// For each post the index of its author in `authors`.
    pub author_of: Vec<u32>,
    /// Index of each post.
    pub by_id: FxHashMap<&'a PostId, u32>,
    handles: OnceCell<FxHashMap<CompactString, u32>>,
    names: OnceCell<FxHashMap<CompactString, Option<u32>>>,
}

/// Shorter parts of a name are initials and titles.
const NAME_MIN: usize = 4;

impl<'a> Room<'a> {
    /// Indexes `posts`, which are in order.
    pub fn new(posts: &'a [Seen]) -> Self {
        let mut authors = Vec::new();
        let mut index: FxHashMap<&AuthorId, u32> = FxHashMap::default();
        let mut author_of = Vec::with_capacity(posts.len());
        let mut by_id = FxHashMap::with_capacity_and_hasher(posts.len(), rustc_hash::FxBuildHasher);
        for (at, seen) in (0u32..).zip(posts) {
            let id = &seen.post().author.id;
            let next = u32::try_from(authors.len()).unwrap_or(u32::MAX);
            let author = *index.entry(id).or_insert_with(|| {
                authors.push(id);
                next
            });
            author_of.push(author);
            by_id.insert(&seen.post().id, at);
        }
        Self { posts, authors, author_of, by_id, handles: OnceCell::new(), names: OnceCell::new() }
    }

    /// Author of a post by its index.
    pub fn author(&self, post: usize) -> u32 {
        self.author_of.get(post).copied().unwrap_or(u32::MAX)
    }

    /// The author of a post.
    pub fn author_id(&self, post: usize) -> &'a AuthorId {
        self.authors[self.author(post) as usize]
    }

    /// The index of an author.
    pub(crate) fn number(&self, author: &AuthorId) -> Option<u32> {
        self.authors.iter().position(|it| *it == author).and_then(|at| u32::try_from(at).ok())
    }

    /// Authors who wrote something by their handle in lower case.
    pub(crate) fn handles(&self) -> &FxHashMap<CompactString, u32> {
        self.handles.get_or_init(|| {
            let originals = self.posts.iter().enumerate().filter(|(_, it)| it.post().is_original());
            originals
                .filter_map(|(at, seen)| {
                    let handle = seen.post().author.handle.as_ref()?;
                    Some((lowered(handle), self.author(at)))
                })
                .collect()
        })
    }

    /// Authors who wrote something by each longer part of their handle and name in lower case; `None` where
    /// several are called so.
    pub(crate) fn names(&self) -> &FxHashMap<CompactString, Option<u32>> {
        self.names.get_or_init(|| {
            let mut found: FxHashMap<CompactString, Option<u32>> = FxHashMap::default();
            let mut known = vec![false; self.authors.len()];
            for (at, seen) in
                self.posts.iter().enumerate().filter(|(_, it)| it.post().is_original())
            {
                let number = self.author(at);
                let Some(known) = known.get_mut(number as usize).filter(|known| !**known) else {
                    continue;
                };
                *known = true;
                let author = &seen.post().author;
                let written = [author.handle.as_deref(), author.name.as_deref()];
                let parts = written
                    .into_iter()
                    .flatten()
                    .flat_map(|it| it.split(|c: char| !c.is_alphabetic()));
                for part in parts.filter(|part| part.chars().count() >= NAME_MIN) {
                    let one = found.entry(lowered(part)).or_insert(Some(number));
                    *one = one.filter(|it| *it == number);
                }
            }
            found
        })
    }

    /// Index of the post with this id, if it is in the room.
    pub fn find(&self, id: Option<&PostId>) -> Option<usize> {
        id.and_then(|id| self.by_id.get(id)).map(|&at| at as usize)
    }
}
