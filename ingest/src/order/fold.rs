//! Folds all versions of a post to one, the same whatever order they came in.

use std::{cmp::Ordering, sync::Arc};

use colloquy_transcript::{Author, GroundPost, Post, wire};

use super::row::{Body, Row, hash_of};
use super::sort::Rows;
use crate::{IngestError, tags::Matcher};

/// What the versions of one post came to.
pub(crate) enum Folded {
    /// One post, and the files of the versions that went into it or were no better.
    Post(Row, Vec<u32>),
    /// Versions of a post that is no more, by their files.
    Deleted(Vec<u32>),
}

/// Walks over rows sorted by id and hands each post over once, and before that every row.
pub(crate) fn fold_groups(
    rows: &mut Rows,
    matcher: &Matcher,
    each_version: &mut dyn FnMut(&Row),
    each: &mut dyn FnMut(Folded) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let mut group: Vec<Row> = Vec::new();
    loop {
        let row = rows.next()?;
        if let Some(row) = &row {
            each_version(row);
        }
        let same = match (&row, group.first()) {
            (Some(row), Some(first)) => row.id() == first.id(),
            _ => group.is_empty(),
        };
        if !same && let Some(folded) = fold(std::mem::take(&mut group), matcher)? {
            each(folded)?;
        }
        match row {
            Some(row) => group.push(row),
            None => return Ok(()),
        }
    }
}

fn fold(mut group: Vec<Row>, matcher: &Matcher) -> Result<Option<Folded>, IngestError> {
    if group.iter().any(|row| matches!(row.body, Body::Deleted(_))) {
        group.retain(|row| !matches!(row.body, Body::Deleted(_)));
        if group.is_empty() {
            return Ok(None);
        }
        let mut files: Vec<u32> = group.iter().map(|row| row.file).collect();
        files.sort_unstable();
        return Ok(Some(Folded::Deleted(files)));
    }
    if group.len() < 2 {
        return Ok(group.pop().map(|row| Folded::Post(row, Vec::new())));
    }
    let mut parents: Vec<u64> = group.iter().flat_map(|row| row.parents.iter().copied()).collect();
    parents.sort_unstable();
    parents.dedup();
    let own = group.iter().map(|row| row.own).max().unwrap_or(0);
    let mut versions = Vec::with_capacity(group.len());
    for row in group {
        let file = row.file;
        if let Some(post) = row.into_post()? {
            versions.push(Version::new(post, file));
        }
    }
    versions.sort_unstable_by(Version::best_first);
    let mut versions = versions.into_iter();
    let Some(best) = versions.next() else {
        return Ok(None);
    };
    let mut post = best.post;
    let mut others = Vec::with_capacity(versions.len());
    let ground = Arc::make_mut(&mut post);
    for version in versions {
        others.push(version.file);
        fill(&mut ground.post, &version.post.post);
    }
    let row = Row {
        created_us: ground.post.created_at.as_microsecond(),
        file: best.file,
        set: matcher.set_of(&ground.post),
        reply: ground.post.reply_to.as_ref().map_or(0, hash_of),
        quote: ground.post.quote_of.as_ref().map_or(0, hash_of),
        own,
        parents,
        body: Body::Post(post),
    };
    Ok(Some(Folded::Post(row, others)))
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
    post.created_at = post.created_at.min(other.created_at);
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
    keep(&mut post.reply_to, other.reply_to.as_ref());
    keep(&mut post.quote_of, other.quote_of.as_ref());
    keep(&mut post.repost_of, other.repost_of.as_ref());
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

fn keep_list<T: Clone>(own: &mut Vec<T>, other: &Vec<T>) {
    if own.is_empty() {
        own.clone_from(other);
    }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
