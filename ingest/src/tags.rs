//! Which chats a post belongs to by its tags.

use std::sync::{Mutex, PoisonError};

use colloquy_transcript::{ChatName, CompactString, Platform, Post};
use memchr::memchr2_iter;
use rustc_hash::FxHashMap;

use crate::plan::ChatTags;

/// A set of chats by its place among the sets seen so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SetId(pub(crate) u32);

impl SetId {
    /// No chat.
    pub(crate) const EMPTY: Self = Self(0);

    /// One chat, by its place in the plan.
    fn of_one(chat: u32) -> Self {
        Self(chat.saturating_add(1))
    }
}

/// The sets of chats that occur. Most runs know one chat and two sets.
#[derive(Debug)]
struct Sets {
    list: Vec<Vec<u32>>,
    ids: FxHashMap<Vec<u32>, SetId>,
}

impl Sets {
    /// Knows the empty set and each of `chats` chats alone, in the order of [`SetId::of_one`].
    fn new(chats: u32) -> Self {
        let mut sets = Self { list: Vec::new(), ids: FxHashMap::default() };
        sets.id_of(Vec::new());
        for chat in 0..chats {
            sets.id_of(vec![chat]);
        }
        sets
    }

    fn id_of(&mut self, mut chats: Vec<u32>) -> SetId {
        chats.sort_unstable();
        chats.dedup();
        if let Some(id) = self.ids.get(&chats) {
            return *id;
        }
        let id = SetId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.list.push(chats.clone());
        self.ids.insert(chats, id);
        id
    }

    fn chats(&self, id: SetId) -> &[u32] {
        self.list.get(id.0 as usize).map_or(&[], Vec::as_slice)
    }
}

/// Finds the chats of posts.
#[derive(Debug)]
pub(crate) struct Matcher {
    chats: Vec<ChatName>,
    /// Folded tag to the chats that meet under it.
    tags: FxHashMap<CompactString, Vec<u32>>,
    /// Of each chat, where it meets; empty for everywhere.
    platforms: Vec<Vec<Platform>>,
    sets: Mutex<Sets>,
}

impl Matcher {
    pub(crate) fn new(chats: &[ChatTags]) -> Self {
        let mut tags: FxHashMap<CompactString, Vec<u32>> = FxHashMap::default();
        for (at, chat) in (0..).zip(chats) {
            for tag in &chat.tags {
                tags.entry(tag.as_str().into()).or_default().push(at);
            }
        }
        let platforms = chats.iter().map(|chat| chat.platforms.clone()).collect();
        let chats: Vec<ChatName> = chats.iter().map(|chat| chat.name.clone()).collect();
        let sets = Sets::new(u32::try_from(chats.len()).unwrap_or(u32::MAX));
        Self { chats, tags, platforms, sets: Mutex::new(sets) }
    }

    /// The chats whose tags stand in the hashtags or in the text of `post`, and that meet on its
    /// platform.
    pub(crate) fn set_of(&self, post: &Post) -> SetId {
        let mut found = self.tagged(post);
        found.retain(|chat| self.meets_on(*chat, post.platform()));
        match found.as_slice() {
            [] => SetId::EMPTY,
            [first, rest @ ..] if rest.iter().all(|chat| chat == first) => SetId::of_one(*first),
            _ => self.sets().id_of(found),
        }
    }

    /// Whether `post` has the tag of a chat that does not meet on its platform.
    pub(crate) fn is_elsewhere(&self, post: &Post) -> bool {
        self.tagged(post).iter().any(|chat| !self.meets_on(*chat, post.platform()))
    }

    /// Whether every chat meets on this platform.
    pub(crate) fn all_meet_on(&self, platform: Platform) -> bool {
        (0..).zip(&self.platforms).all(|(chat, _)| self.meets_on(chat, platform))
    }

    /// The chats of a set that meet on this platform.
    pub(crate) fn on(&self, platform: Platform, set: SetId) -> SetId {
        if set == SetId::EMPTY || self.all_meet_on(platform) {
            return set;
        }
        let mut sets = self.sets();
        let mut chats = sets.chats(set).to_vec();
        chats.retain(|chat| self.meets_on(*chat, platform));
        sets.id_of(chats)
    }

    fn meets_on(&self, chat: u32, platform: Platform) -> bool {
        let platforms = self.platforms.get(chat as usize);
        platforms.is_none_or(|platforms| platforms.is_empty() || platforms.contains(&platform))
    }

    /// The chats whose tags the post has, wherever they meet; one may come several times.
    fn tagged(&self, post: &Post) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        for hashtag in &post.hashtags {
            self.look_up(hashtag, &mut found);
        }
        each_tag(&post.text, |tag| self.look_up(tag, &mut found));
        found
    }

    /// The chats that are looked for.
    pub(crate) fn all(&self) -> &[ChatName] {
        &self.chats
    }

    /// The set of this chat alone; the empty one where nobody looks for it.
    pub(crate) fn named(&self, name: &ChatName) -> SetId {
        let at = (0..).zip(&self.chats).find(|(_, chat)| *chat == name);
        at.map_or(SetId::EMPTY, |(at, _)| SetId::of_one(at))
    }

    fn look_up(&self, tag: &str, found: &mut Vec<u32>) {
        if let Some(chats) = self.tags.get(&*folded(tag)) {
            found.extend_from_slice(chats);
        }
    }

    /// The set of the chats of both.
    pub(crate) fn union(&self, a: SetId, b: SetId) -> SetId {
        if a == b || b == SetId::EMPTY {
            return a;
        }
        if a == SetId::EMPTY {
            return b;
        }
        let mut sets = self.sets();
        let both = [sets.chats(a), sets.chats(b)].concat();
        sets.id_of(both)
    }

    /// The chats of a set, in the order of the plan.
    pub(crate) fn chats(&self, id: SetId) -> Vec<ChatName> {
        let sets = self.sets();
        sets.chats(id).iter().filter_map(|at| self.chats.get(*at as usize)).cloned().collect()
    }

    fn sets(&self) -> std::sync::MutexGuard<'_, Sets> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A tag as it is compared: lower-cased.
pub(crate) fn folded(tag: &str) -> CompactString {
    if tag.is_ascii() {
        let mut folded = CompactString::from(tag);
        folded.make_ascii_lowercase();
        folded
    } else {
        CompactString::from(tag.to_lowercase())
    }
}

/// Calls `each` with every `#tag` of `text`, without the mark: a whole word after a mark that no
/// word and no address runs into.
pub(crate) fn each_tag<'t>(text: &'t str, mut each: impl FnMut(&'t str)) {
    // The first byte of `#` and of the full-width `＃`.
    for at in memchr2_iter(b'#', 0xef, text.as_bytes()) {
        let Some(mark) = ['#', '＃'].into_iter().find(|mark| text[at..].starts_with(*mark)) else {
            continue;
        };
        let runs_in =
            text[..at].chars().next_back().is_some_and(|c| is_word(c) || matches!(c, '/' | '&'));
        let rest = &text[at + mark.len_utf8()..];
        let tag = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        if !runs_in && !tag.is_empty() {
            each(tag);
        }
    }
}

/// Whether a hashtag goes on with `c`: letters and digits of any script, the underscore, the
/// marks that scripts of India and South-East Asia join letters with, and the joiners.
fn is_word(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(
            c,
            '_' | '\u{0300}'..='\u{036f}'
                | '\u{094d}' | '\u{09cd}' | '\u{0a4d}' | '\u{0acd}' | '\u{0b4d}' | '\u{0bcd}'
                | '\u{0c4d}' | '\u{0ccd}' | '\u{0d4d}' | '\u{0dca}'
                | '\u{0e38}'..='\u{0e3a}' | '\u{0e47}'..='\u{0e4e}'
                | '\u{200c}' | '\u{200d}'
        )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use colloquy_transcript::Tag;

    #[test]
    fn tags_are_whole_words() {
        for (text, expected) in [
            ("#GardenChat at the start", vec!["GardenChat"]),
            ("at the end #gardenchat", vec!["gardenchat"]),
            ("A1#gardenchat is a word that runs in", vec![]),
            ("(#a) “#b” .#c, #d: #e's", vec!["a", "b", "c", "d", "e"]),
            ("https://seeds.example/#q16 &#39;", vec![]),
            ("#a#b", vec!["a"]),
            ("# nothing ##double", vec!["double"]),
            ("＃全角 #Gärten #बागवानी #i18n_x", vec!["全角", "Gärten", "बागवानी", "i18n_x"]),
            ("\u{f8ff} #x", vec!["x"]),
        ] {
            let mut tags = Vec::new();
            each_tag(text, |tag| tags.push(tag));
            assert_eq!(tags, expected, "{text}");
        }
    }

    #[test]
    fn sets_unite() {
        let chat = |name: &str, tags: &[&str]| ChatTags {
            name: ChatName::new(name).unwrap(),
            tags: tags.iter().map(|tag| Tag::new(tag).unwrap()).collect(),
            platforms: Vec::new(),
        };
        let matcher = Matcher::new(&[chat("one", &["a", "both"]), chat("two", &["Ä", "both"])]);
        assert_eq!(matcher.named(&ChatName::new("two").unwrap()), SetId::of_one(1));
        assert_eq!(matcher.named(&ChatName::new("three").unwrap()), SetId::EMPTY);
        let look = |tag: &str| {
            let mut found = Vec::new();
            matcher.look_up(tag, &mut found);
            matcher.sets().id_of(found)
        };
        assert_eq!(look("x"), SetId::EMPTY);
        assert_eq!(look("a"), SetId::of_one(0));
        assert_eq!(look("ä"), SetId::of_one(1));
        assert_eq!(matcher.chats(look("A")), [ChatName::new("one").unwrap()]);
        assert_eq!(matcher.union(look("a"), look("ä")), look("BOTH"));
        assert_eq!(matcher.union(SetId::EMPTY, look("a")), look("a"));
        assert_eq!(matcher.union(look("a"), SetId::EMPTY), look("a"));
        assert_eq!(matcher.chats(look("both")).len(), 2);
    }
}
