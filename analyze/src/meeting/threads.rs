//! Who replies to what, also where an archive kept only half of it.

use colloquy_transcript::label::opening;
use colloquy_transcript::{Post, PostId, PostKind};
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::discover::later;
use crate::seen::Room;
use crate::words::lowered;

/// People who are named together still speak of the same thing for this long.
const SAME_THREAD: SignedDuration = SignedDuration::from_mins(30);

/// For each post of a room the post it replies to or quotes, where that is in the room.
#[derive(Debug)]
pub(super) struct Threads {
    parents: Vec<Option<usize>>,
    /// Posts that somebody else replied to.
    replied_to: FxHashSet<usize>,
}

impl Threads {
    /// The threads of `room`.
    pub(super) fn of(room: &Room<'_>) -> Self {
        let mut conversations: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        let mut parents = Vec::with_capacity(room.posts.len());
        let mut replied_to = FxHashSet::default();
        for (at, seen) in room.posts.iter().enumerate() {
            let post = seen.post();
            let parent = if post.kind == PostKind::Repost {
                None
            } else {
                room.find(post.reply_to.as_ref())
                    .or_else(|| by_conversation(room, &conversations, at))
                    .filter(|&parent| parent != at)
            };
            if let Some(parent) = parent.filter(|&parent| room.author(parent) != room.author(at)) {
                replied_to.insert(parent);
            }
            // What is only likely counts as nobody's reply.
            parents.push(parent.or_else(|| by_audience(room, &parents, at)));
            if let Some(conversation) = &post.conversation_id {
                conversations.entry(conversation).or_default().push(at);
            }
        }
        Self { parents, replied_to }
    }

    /// What the post replies to.
    pub(super) fn parent(&self, at: usize) -> Option<usize> {
        self.parents.get(at).copied().flatten()
    }

    /// Whether somebody else replied to the post.
    pub(super) fn is_replied_to(&self, at: usize) -> bool {
        self.replied_to.contains(&at)
    }
}

/// The parent of a reply whose archive names only the conversation: the latest earlier post in it
/// of whoever is addressed; where handles are unknown, the first post if nobody else is addressed.
fn by_conversation(
    room: &Room<'_>,
    conversations: &FxHashMap<&str, Vec<usize>>,
    at: usize,
) -> Option<usize> {
    let post = room.posts[at].post();
    if post.kind != PostKind::Reply || post.reply_to.is_some() {
        return None;
    }
    let conversation = post.conversation_id.as_deref()?;
    let begun_by = root(room, post, conversation).filter(|&it| it < at);
    let earlier = conversations.get(conversation).map_or(&[][..], Vec::as_slice);
    let addressed = leading_mentions(&post.text);
    let Some(first) = addressed.first() else {
        let own = |&&it: &&usize| room.author(it) == room.author(at);
        return earlier.iter().rfind(own).copied().or(begun_by);
    };
    let is_addressed = |it: usize| {
        let handle = room.posts[it].post().author.handle.as_deref();
        handle.is_some_and(|handle| handle.eq_ignore_ascii_case(first))
    };
    if let Some(&parent) = earlier.iter().rfind(|&&it| is_addressed(it)) {
        return Some(parent);
    }
    // Whoever replies to an answer addresses its author beside whoever began.
    let beginning = begun_by?;
    let named = &room.posts[beginning].post().mentions;
    let others =
        addressed.iter().filter(|it| !named.iter().any(|name| name.eq_ignore_ascii_case(it)));
    let known = room.posts[beginning].post().author.handle.is_some();
    (!known && others.count() <= 1).then_some(beginning)
}

/// What a reply to a post that the archive lacks, or does not name, goes on from: platforms open a reply with everybody
/// of its thread, so it is what the first of them said last to another one, or heard last.
fn by_audience(room: &Room<'_>, parents: &[Option<usize>], at: usize) -> Option<usize> {
    let post = room.posts[at].post();
    if post.kind != PostKind::Reply {
        return None;
    }
    let handles = room.handles();
    let author_of = |handle: &str| handles.get(&lowered(handle)).copied();
    let own = room.author(at);
    let named = leading_mentions(&post.text).into_iter().filter_map(author_of);
    let addressed: Vec<u32> = named.filter(|it| *it != own).collect();
    let (&first, others) = addressed.split_first().filter(|(_, others)| !others.is_empty())?;
    let from = later(post.created_at, -SAME_THREAD);
    let mut lately = (0..at).rev().take_while(|&it| room.posts[it].at() >= from);
    let spoke = |it: usize, speaker: &[u32], to: &[u32]| {
        let heard = || parents[it].is_some_and(|parent| to.contains(&room.author(parent)));
        let named = || leading_mentions(&room.posts[it].post().text).into_iter();
        speaker.contains(&room.author(it))
            && (heard() || named().filter_map(author_of).any(|it| to.contains(&it)))
    };
    let said = lately.clone().find(|&it| spoke(it, &[first], others));
    said.or_else(|| lately.find(|&it| spoke(it, others, &[first])))
}

fn root(room: &Room<'_>, post: &Post, conversation: &str) -> Option<usize> {
    let full = PostId::from_full(conversation);
    room.find(Some(&full)).or_else(|| room.find(Some(&PostId::new(post.platform(), conversation))))
}

/// The handles, without `@`, that open a text.
fn leading_mentions(text: &str) -> Vec<&str> {
    let head = text.get(..opening(text)).unwrap_or(text);
    head.split_whitespace()
        .filter_map(|token| token.trim_start_matches('.').strip_prefix('@'))
        .map(|handle| handle.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_'))
        .collect()
}
