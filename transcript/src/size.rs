//! How much memory records take: an estimate, for those who bound what they hold.

use compact_str::CompactString;

use crate::{
    Annotation, Attendance, Author, AuthorId, DeadLetter, GroundPost, Post, PostId, Record,
};

/// What an allocator needs around a block, roughly.
const BLOCK_BYTES: usize = 16;

impl Post {
    /// Bytes outside the post itself: texts, ids and lists.
    pub fn heap_bytes(&self) -> usize {
        let Author { id: author, handle, name, bio, .. } = &self.author;
        let strings = [Some(&self.text), name.as_ref(), bio.as_ref()];
        let ids = [&self.reply_to, &self.quote_of, &self.repost_of];
        let words = [handle, &self.lang, &self.conversation_id, &self.source_app];
        strings.into_iter().flatten().map(string).sum::<usize>()
            + self.id.heap_bytes()
            + author.heap_bytes()
            + ids.into_iter().flatten().map(PostId::heap_bytes).sum::<usize>()
            + words.into_iter().flatten().map(compact).sum::<usize>()
            + list(&self.hashtags)
            + list(&self.mentions)
            + self.urls.iter().map(|url| size_of::<String>() + string(url)).sum::<usize>()
    }
}

impl PostId {
    /// Bytes outside the id itself.
    pub fn heap_bytes(&self) -> usize {
        heap(self.as_str().len())
    }
}

impl AuthorId {
    /// Bytes outside the id itself.
    pub fn heap_bytes(&self) -> usize {
        heap(self.as_str().len())
    }
}

impl GroundPost {
    /// Bytes of a shared post, everything included.
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>() + BLOCK_BYTES + self.post.heap_bytes()
    }
}

impl Record {
    /// Bytes of the record, what it points to included. Of kinds that are few it counts the
    /// record alone.
    pub fn memory_bytes(&self) -> usize {
        match self {
            Self::Post(post) => post.memory_bytes(),
            Self::Annotation(row) => row.memory_bytes(),
            Self::Attendance(row) => row.memory_bytes(),
            Self::DeadLetter(letter) => letter.memory_bytes(),
            _ => size_of::<Self>() + BLOCK_BYTES,
        }
    }
}

impl Annotation {
    /// Bytes of the annotation, what it points to included.
    pub fn memory_bytes(&self) -> usize {
        let reasons = self.flag.iter().flat_map(|flag| &flag.reasons);
        let reasons = reasons
            .map(|reason| size_of_val(reason) + compact(&reason.rule) + string(&reason.sentence));
        let author = self.author_id.as_ref().map_or(0, AuthorId::heap_bytes);
        size_of::<Self>()
            + BLOCK_BYTES
            + self.post_id.heap_bytes()
            + author
            + self.flag.as_ref().map_or(0, |flag| 2 * flag.evidence.len())
            + reasons.sum::<usize>()
    }
}

impl Attendance {
    /// Bytes of the row, what it points to included.
    pub fn memory_bytes(&self) -> usize {
        let handle = self.author_handle.as_ref().map_or(0, compact);
        size_of::<Self>() + BLOCK_BYTES + self.author_id.heap_bytes() + handle + list(&self.roles)
    }
}

impl DeadLetter {
    /// Bytes of the letter, what it points to included.
    pub fn memory_bytes(&self) -> usize {
        size_of::<Record>() + BLOCK_BYTES + string(&self.reason) + self.bytes.capacity()
    }
}

/// Heap bytes of a compact string of this length: up to 24 bytes lie in place.
fn heap(bytes: usize) -> usize {
    if bytes > size_of::<CompactString>() { bytes + BLOCK_BYTES } else { 0 }
}

fn compact(text: &CompactString) -> usize {
    heap(text.len())
}

fn string(text: &String) -> usize {
    text.capacity() + BLOCK_BYTES
}

fn list(list: &Vec<CompactString>) -> usize {
    list.capacity() * size_of::<CompactString>() + list.iter().map(compact).sum::<usize>()
}
