//! One decoded post on its way, and what must be known of it without decoding it again.

use std::{cmp::Ordering, sync::Arc};

use colloquy_transcript::{AuthorId, GroundPost, PostId, wire};
use xxhash_rust::xxh3::xxh3_64;

use super::Order;
use crate::{IngestError, decode::content_hash, tags::SetId};

/// A post in hand.
#[derive(Debug)]
pub(crate) struct Row {
    /// Time of the post in microseconds of the Unix epoch.
    pub(crate) created_us: i64,
    /// Place of its file among the inputs.
    pub(crate) file: u32,
    /// The chats whose tags it has.
    pub(crate) set: SetId,
    /// The chats it was already under, which count where it has no tag.
    pub(crate) stated: SetId,
    /// Hash of the post it replies to; 0 for none.
    pub(crate) reply: u64,
    /// Hash of the post it quotes; 0 for none.
    pub(crate) quote: u64,
    /// Hash of its name on the server that served it; 0 for none.
    pub(crate) own: u64,
    /// Hashes of the names of the posts it replies to, on the servers that served it.
    pub(crate) parents: Vec<u64>,
    /// The post itself.
    pub(crate) body: Body,
}

/// The post of a row.
#[derive(Debug)]
pub(crate) enum Body {
    /// As decoded; the chat is set when it is published.
    Post(Arc<GroundPost>),
    /// As spilled.
    Encoded(PostId, Box<[u8]>),
    /// The post is no more.
    Deleted(PostId),
}

impl Row {
    /// The row of a deletion.
    pub(crate) fn deleted(id: PostId, file: u32) -> Self {
        Self {
            created_us: 0,
            file,
            set: SetId::EMPTY,
            stated: SetId::EMPTY,
            reply: 0,
            quote: 0,
            own: 0,
            parents: Vec::new(),
            body: Body::Deleted(id),
        }
    }

    /// The post's id.
    pub(crate) fn id(&self) -> &PostId {
        match &self.body {
            Body::Post(post) => &post.post.id,
            Body::Encoded(id, _) | Body::Deleted(id) => id,
        }
    }

    /// Compares two rows for sorting.
    pub(crate) fn compare(&self, other: &Self, order: Order) -> Ordering {
        let by_id = || self.id().cmp(other.id());
        match order {
            Order::Id => by_id(),
            Order::Time => self.created_us.cmp(&other.created_us).then_with(by_id),
        }
    }

    /// An estimate of its memory in bytes, its place in a list included.
    pub(crate) fn memory_bytes(&self) -> usize {
        let body = match &self.body {
            Body::Post(post) => post.memory_bytes(),
            Body::Encoded(id, bytes) => bytes.len() + id.heap_bytes(),
            Body::Deleted(id) => id.heap_bytes(),
        };
        size_of::<Self>() + self.parents.capacity() * 8 + body
    }

    /// The hash of what the post says; see [`content_hash`]. `None` for a deletion.
    pub(crate) fn content(&self) -> Option<u64> {
        self.post().map(|post| content_hash(&post.post))
    }

    /// The post's author; `None` for a deletion.
    pub(crate) fn author(&self) -> Option<AuthorId> {
        self.post().map(|post| post.post.author.id.clone())
    }

    /// A look at the post, decoded if it was spilled; `None` for a deletion.
    pub(crate) fn post(&self) -> Option<Arc<GroundPost>> {
        match &self.body {
            Body::Post(post) => Some(Arc::clone(post)),
            Body::Encoded(_, bytes) => wire::decode_post(bytes).ok().map(Arc::new),
            Body::Deleted(_) => None,
        }
    }

    /// The post, decoded if it was spilled; `None` for a deletion.
    pub(crate) fn into_post(self) -> Result<Option<Arc<GroundPost>>, IngestError> {
        match self.body {
            Body::Post(post) => Ok(Some(post)),
            Body::Encoded(_, bytes) => wire::decode_post(&bytes)
                .map(|post| Some(Arc::new(post)))
                .map_err(|error| IngestError::Spill { reason: error.to_string() }),
            Body::Deleted(_) => Ok(None),
        }
    }
}

/// The hash of a post's id; never 0, which stands for none.
pub(crate) fn hash_of(id: &PostId) -> u64 {
    xxh3_64(id.as_str().as_bytes()).max(1)
}

/// The hash of a post's name on its server; the prefix keeps it apart from ids.
pub(crate) fn native_hash(name: &str) -> u64 {
    let mut bytes = Vec::with_capacity(name.len() + 8);
    bytes.extend_from_slice(b"native:\n");
    bytes.extend_from_slice(name.as_bytes());
    xxh3_64(&bytes).max(1)
}
