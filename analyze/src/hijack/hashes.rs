//! The hashes of what is looked up again and again of a post: its longer words, links and tags.

use colloquy_transcript::Post;

use super::vocabulary::hash;

/// A tag of a post.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag {
    /// Its number in the spread of tags; its hash before there is one.
    pub(super) number: u64,
    /// Whether it is a chat's by its name.
    pub(super) chat: bool,
}

impl Tag {
    /// Its number, once it has one.
    pub(super) fn number(self) -> u32 {
        u32::try_from(self.number).unwrap_or(u32::MAX)
    }
}

/// Where the hashes of a post stand among those of many: one kind after another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hashes {
    begin: u32,
    /// Where the words end, the links, the tags that are of no chat, and those that are.
    ends: [u32; 4],
}

impl Hashes {
    /// Appends those of a post's links and tags to `all`, after those of its longer words.
    pub(super) fn add(words: &[u64], post: &Post, all: &mut Vec<u64>) -> Self {
        let end = |all: &[u64]| u32::try_from(all.len()).unwrap_or(u32::MAX);
        let begin = end(all);
        all.reserve(words.len() + post.urls.len() + post.hashtags.len());
        all.extend_from_slice(words);
        let words = end(all);
        all.extend(post.urls.iter().map(|url| hash(super::bare(url))));
        let links = end(all);
        let tags = |chat: bool| post.hashtags.iter().filter(move |tag| is_of_a_chat(tag) == chat);
        all.extend(tags(false).map(|tag| hash(tag)));
        let plain = end(all);
        all.extend(tags(true).map(|tag| hash(tag)));
        Self { begin, ends: [words, links, plain, end(all)] }
    }

    fn between(all: &[u64], from: u32, until: u32) -> &[u64] {
        all.get(from as usize..until as usize).unwrap_or_default()
    }

    /// The longer words, each once, in the order of the text.
    pub(super) fn words(self, all: &[u64]) -> &[u64] {
        Self::between(all, self.begin, self.ends[0])
    }

    /// The links, as far as [`bare`](super::bare) ones differ.
    pub(super) fn links(self, all: &[u64]) -> &[u64] {
        Self::between(all, self.ends[0], self.ends[1])
    }

    /// The tags beside the one with the hash `but`.
    pub(super) fn tags(self, all: &[u64], but: u64) -> impl Iterator<Item = Tag> {
        let [_, links, plain, end] = self.ends;
        let tags = |from, until, chat| {
            Self::between(all, from, until).iter().map(move |&number| Tag { number, chat })
        };
        let tags = tags(links, plain, false).chain(tags(plain, end, true));
        tags.filter(move |tag| tag.number != but)
    }
}

fn is_of_a_chat(tag: &str) -> bool {
    let end =
        tag.as_bytes().last_chunk().map(|end: &[u8; 4]| end.map(|it| it.to_ascii_lowercase()));
    end.is_some_and(|end| matches!(&end, b"chat" | b"hour" | b"talk"))
}

#[cfg(test)]
mod tests {
    use super::super::cases::post;
    use super::*;

    #[test]
    fn each_kind_is_found_again() {
        let mut post = post("Beans https://shop.example/a?b https://shop.example/a");
        post.hashtags = ["seedchat", "beans", "gardenchat", "GardenHour"].map(Into::into).to_vec();
        let mut all = vec![3];
        let hashes = Hashes::add(&[1, 2], &post, &mut all);
        all.push(4);
        assert_eq!(hashes.words(&all), [1, 2]);
        assert_eq!(hashes.links(&all), [hash("shop.example/a"); 2]);
        let tags: Vec<(u64, bool)> =
            hashes.tags(&all, hash("gardenchat")).map(|tag| (tag.number, tag.chat)).collect();
        let expected = [("beans", false), ("seedchat", true), ("gardenhour", true)];
        assert_eq!(tags, expected.map(|(tag, chat)| (hash(tag), chat)));
    }
}
