//! Folds all versions of a post to one, the same whatever order they came in.

use std::{cmp::Ordering, sync::Arc};

use colloquy_transcript::{Author, GroundPost, Platform, Post, PostId, Timestamp, wire};

use super::row::{Body, Row, hash_of};
use super::sort::Rows;
use crate::{
    IngestError,
    decode::{carried_time, is_about},
    tags::{Matcher, SetId},
};

/// Versions of one post in memory before those that add nothing are let go.
const VERSIONS_MAX: usize = 1_024;
/// Bytes of them before that.
const VERSIONS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What the versions of one post came to.
pub(crate) enum Folded {
    /// One post, and the files of the versions that went into it or were no better.
    Post(Row, Vec<u32>),
    /// Versions of a post that is no more, by their files.
    Deleted(Vec<u32>),
}

/// Takes what comes out of the fold.
pub(crate) trait FoldSink {
    /// A row, before its post comes.
    fn version(&mut self, row: &Row);

    /// A post with all its versions.
    fn folded(&mut self, folded: Folded) -> Result<(), IngestError>;
}

/// Walks over rows sorted by id and hands each post over once, and before that every row.
pub(crate) fn fold_groups(
    rows: &mut Rows,
    matcher: &Matcher,
    sink: &mut dyn FoldSink,
) -> Result<(), IngestError> {
    let mut group = Group::default();
    loop {
        let row = rows.next()?;
        if let Some(row) = &row {
            sink.version(row);
        }
        let same = match (&row, group.rows.first()) {
            (Some(row), Some(first)) => row.id() == first.id(),
            _ => group.rows.is_empty(),
        };
        if !same && let Some(folded) = std::mem::take(&mut group).fold(matcher)? {
            sink.folded(folded)?;
        }
        match row {
            Some(row) => group.push(row, matcher)?,
            None => return Ok(()),
        }
    }
}

/// The versions of one post. Versions that add nothing are let go when there are many, so that
/// a row that is there a million times is not a million rows in memory.
#[derive(Default)]
struct Group {
    rows: Vec<Row>,
    bytes: usize,
    /// Rows and bytes left when some were last let go; none before that.
    thinned: usize,
    thinned_bytes: usize,
    /// What is still needed of rows that were let go: their files, all names, and the chats that
    /// they were already under.
    files: Vec<u32>,
    parents: Vec<u64>,
    own: u64,
    stated: SetId,
}

impl Group {
    fn push(&mut self, row: Row, matcher: &Matcher) -> Result<(), IngestError> {
        self.bytes += row.memory_bytes();
        self.rows.push(row);
        let many = self.rows.len() >= VERSIONS_MAX.max(2 * self.thinned)
            || self.bytes >= VERSIONS_BYTES_MAX.max(2 * self.thinned_bytes);
        if many && self.rows.len() > 1 {
            self.thin(matcher)?;
            self.thinned = self.rows.len();
            self.thinned_bytes = self.rows.iter().map(Row::memory_bytes).sum();
            self.bytes = self.thinned_bytes;
        }
        Ok(())
    }

    /// Lets go of versions from which nothing would be filled in. Whatever else may come, nothing
    /// ever will: what they have, a better version has, and no version is ever worse for another.
    fn thin(&mut self, matcher: &Matcher) -> Result<(), IngestError> {
        if let Some(at) = self.rows.iter().position(is_deletion) {
            let deletion = self.rows.swap_remove(at);
            self.let_go_of_posts();
            self.rows.push(deletion);
            return Ok(());
        }
        let mut whole: Option<Post> = None;
        for Version { post, file, .. } in self.take_versions(matcher)? {
            let adds = match &mut whole {
                None => {
                    whole = Some(post.post.clone());
                    true
                }
                Some(whole) => {
                    let before = whole.clone();
                    fill(whole, &post.post);
                    *whole != before
                }
            };
            if adds {
                self.rows.push(row_of(post, file, matcher));
            } else {
                self.files.push(file);
            }
        }
        Ok(())
    }

    fn let_go_of_posts(&mut self) {
        let posts = self.rows.drain(..).filter(|row| !is_deletion(row));
        self.files.extend(posts.map(|row| row.file));
    }

    /// All versions, the best first; their names stay here.
    fn take_versions(&mut self, matcher: &Matcher) -> Result<Vec<Version>, IngestError> {
        let mut versions = Vec::with_capacity(self.rows.len());
        for row in self.rows.drain(..) {
            self.parents.extend_from_slice(&row.parents);
            self.own = self.own.max(row.own);
            self.stated = matcher.union(self.stated, row.stated);
            let file = row.file;
            if let Some(post) = row.into_post()? {
                versions.push(Version::new(post, file));
            }
        }
        self.parents.sort_unstable();
        self.parents.dedup();
        versions.sort_unstable_by(Version::best_first);
        Ok(versions)
    }

    fn fold(mut self, matcher: &Matcher) -> Result<Option<Folded>, IngestError> {
        if self.rows.iter().any(is_deletion) {
            self.let_go_of_posts();
            self.files.sort_unstable();
            return Ok((!self.files.is_empty()).then_some(Folded::Deleted(self.files)));
        }
        if self.rows.len() < 2 && self.thinned == 0 {
            return Ok(self.rows.pop().map(|row| Folded::Post(row, Vec::new())));
        }
        let mut versions = self.take_versions(matcher)?.into_iter();
        let Some(best) = versions.next() else {
            return Ok(None);
        };
        let mut post = best.post;
        let ground = Arc::make_mut(&mut post);
        for version in versions {
            self.files.push(version.file);
            fill(&mut ground.post, &version.post.post);
        }
        let mut row = row_of(post, best.file, matcher);
        row.own = self.own;
        row.parents = self.parents;
        row.stated = self.stated;
        if row.set == SetId::EMPTY {
            row.set = row.stated;
        }
        Ok(Some(Folded::Post(row, self.files)))
    }
}

fn is_deletion(row: &Row) -> bool {
    matches!(row.body, Body::Deleted(_))
}

fn row_of(ground: Arc<GroundPost>, file: u32, matcher: &Matcher) -> Row {
    let post = &ground.post;
    Row {
        created_us: post.created_at.as_microsecond(),
        file,
        set: matcher.set_of(post),
        stated: SetId::EMPTY,
        reply: post.reply_to.as_ref().map_or(0, hash_of),
        quote: post.quote_of.as_ref().map_or(0, hash_of),
        own: 0,
        parents: Vec::new(),
        body: Body::Post(ground),
    }
}

/// One version, and how good it is.
struct Version {
    post: Arc<GroundPost>,
    file: u32,
    whole: bool,
    filled: usize,
    encoded: Vec<u8>,
}

impl Version {
    fn new(post: Arc<GroundPost>, file: u32) -> Self {
        let mut encoded = Vec::new();
        wire::encode_post(&post, &mut encoded);
        let whole = !post.post.text.ends_with('…');
        let filled = fields_filled(&post.post);
        Self { post, file, whole, filled, encoded }
    }

    /// The latest edit first; of one edit the version whose text is not cut, then the one that
    /// knows more, then the longer text. What is still equal differs in nothing that counts: the
    /// bytes decide, so that the order is total, and the file, so that the account is stable.
    fn best_first(&self, other: &Self) -> Ordering {
        let rank = |version: &Self| {
            (
                version.post.post.edited_at,
                version.whole,
                version.filled,
                version.post.post.text.len(),
            )
        };
        rank(other)
            .cmp(&rank(self))
            .then_with(|| other.encoded.cmp(&self.encoded))
            .then_with(|| self.file.cmp(&other.file))
    }
}

/// Number of optional fields that are there.
fn fields_filled(post: &Post) -> usize {
    let Author { handle, name, bio, followers, following, posts, created_at, id: _ } = &post.author;
    [
        handle.is_some(),
        name.is_some(),
        bio.is_some(),
        followers.is_some(),
        following.is_some(),
        posts.is_some(),
        created_at.is_some(),
        post.lang.is_some(),
        post.reply_to.is_some(),
        post.quote_of.is_some(),
        post.repost_of.is_some(),
        post.conversation_id.is_some(),
        post.like_count.is_some(),
        post.repost_count.is_some(),
        post.reply_count.is_some(),
        post.source_app.is_some(),
        !post.hashtags.is_empty(),
        !post.mentions.is_empty(),
        !post.urls.is_empty(),
    ]
    .into_iter()
    .filter(|there| *there)
    .count()
}

/// Fills what `post` lacks from `other`, a version that is no better.
fn fill(post: &mut Post, other: &Post) {
    // Counts only grow as far as anybody can tell from two observations without a time.
    let latest = |own: &mut Option<u64>, other: Option<u64>| *own = (*own).max(other);
    latest(&mut post.like_count, other.like_count);
    latest(&mut post.repost_count, other.repost_count);
    latest(&mut post.reply_count, other.reply_count);
    post.created_at = earliest(post, other.created_at);
    // The stronger kind is the one that knows about the other post.
    post.kind = post.kind.max(other.kind);
    let (author, from) = (&mut post.author, &other.author);
    keep(&mut author.handle, from.handle.as_ref());
    keep(&mut author.name, from.name.as_ref());
    keep(&mut author.bio, from.bio.as_ref());
    keep(&mut author.followers, from.followers.as_ref());
    keep(&mut author.following, from.following.as_ref());
    keep(&mut author.posts, from.posts.as_ref());
    keep(&mut author.created_at, from.created_at.as_ref());
    if author.id.native().starts_with('@') && !from.id.native().starts_with('@') {
        author.id = from.id.clone();
    }
    keep(&mut post.lang, other.lang.as_ref());
    keep_reference(&mut post.reply_to, other.reply_to.as_ref());
    keep_reference(&mut post.quote_of, other.quote_of.as_ref());
    keep_reference(&mut post.repost_of, other.repost_of.as_ref());
    keep(&mut post.conversation_id, other.conversation_id.as_ref());
    keep(&mut post.source_app, other.source_app.as_ref());
    // An edit may have removed them: lists are filled within one revision only.
    if post.edited_at == other.edited_at {
        keep_list(&mut post.hashtags, &other.hashtags);
        keep_list(&mut post.mentions, &other.mentions);
        keep_list(&mut post.urls, &other.urls);
    }
}

fn keep<T: Clone>(own: &mut Option<T>, other: Option<&T>) {
    if own.is_none() {
        *own = other.cloned();
    }
}

/// The time of the first revision. Of X the id knows it where there is one with a clock, and without
/// such an id the better version does: the other's clock may be of an unknown zone.
fn earliest(post: &Post, other: Timestamp) -> Timestamp {
    let own = post.created_at;
    if post.platform() != Platform::X {
        return own.min(other);
    }
    match carried_time(&post.id) {
        Some(carried) if carried == other => other,
        Some(carried) if carried != own => own.min(other),
        _ => own,
    }
}

/// An id goes before what a spreadsheet left of one.
fn keep_reference(own: &mut Option<PostId>, other: Option<&PostId>) {
    if own.as_ref().is_none_or(is_about)
        && other.is_some_and(|other| own.is_none() || !is_about(other))
    {
        *own = other.cloned();
    }
}

fn keep_list<T: Clone>(own: &mut Vec<T>, other: &Vec<T>) {
    if own.is_empty() {
        own.clone_from(other);
    }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
