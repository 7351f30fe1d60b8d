//! Whether authors name themselves in what they say.

use colloquy_transcript::Post;

use super::bytes::{holds, scheme_end};
use super::letters::{SIGN, Tokens, plain};
use super::links::{NAME_MIN, add_letters, letters};

/// Letters of a name that are compared at once.
const LETTERS: usize = 8;

/// The letters of a text run together, and a name that may stand in them. Few texts hold one: so only
/// the last letters are kept, and who finds the beginning of a name there looks again.
#[derive(Default)]
pub(super) struct Name {
    /// The author's handle in letters; empty if it is not known, or too short.
    handle: Vec<u8>,
    /// Its first letters.
    wanted: u64,
    mask: u64,
    /// The last letters of the text.
    last: u64,
    found: bool,
}

impl Name {
    /// Begins a text whose author has this handle.
    pub(super) fn look_for(&mut self, handle: Option<&str>) {
        self.handle.clear();
        add_letters(handle.unwrap_or_default(), &mut self.handle);
        if self.handle.len() < NAME_MIN {
            self.handle.clear();
        }
        let first = self.handle.len().min(LETTERS);
        let begin = self.handle[..first].iter();
        self.wanted = begin.fold(0, |wanted, &byte| wanted << 8 | u64::from(byte));
        self.mask = if first == LETTERS { u64::MAX } else { (1 << (8 * first)) - 1 };
        (self.last, self.found) = (0, false);
    }

    /// The handle in letters; empty if it is not known, or too short.
    pub(super) fn handle(&self) -> &[u8] {
        &self.handle
    }

    fn byte(&mut self, byte: u8) {
        self.last = self.last << 8 | u64::from(byte);
        self.found |= self.last & self.mask == self.wanted;
    }

    /// Takes in letters of ASCII, and shows each in lower case to `each` in passing.
    #[inline]
    pub(super) fn letters(&mut self, letters: &[u8], mut each: impl FnMut(u8)) {
        let (mut last, mut found) = (self.last, self.found);
        for letter in letters.iter().map(|byte| byte | 0x20) {
            each(letter);
            last = last << 8 | u64::from(letter);
            found |= last & self.mask == self.wanted;
        }
        (self.last, self.found) = (last, found);
    }

    /// Takes in a token of ASCII.
    pub(super) fn ascii(&mut self, token: &[u8]) {
        let (mut last, mut found) = (self.last, self.found);
        for letter in token.iter().map(|&byte| plain(byte)) {
            last = if letter == 0 { last } else { last << 8 | u64::from(letter) };
            found |= last & self.mask == self.wanted;
        }
        (self.last, self.found) = (last, found);
    }

    /// Takes in a token of any script.
    pub(super) fn any(&mut self, token: &str) {
        let letters = token.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
        for letter in letters {
            letter.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| self.byte(byte));
        }
    }

    /// Whether the post whose text was taken in names its author; unknown without a handle.
    pub(super) fn stands_in(&self, post: &Post) -> Option<bool> {
        if self.handle.is_empty() {
            return None;
        }
        let name = self.handle.as_slice();
        let in_text = || {
            let mut plain = Vec::with_capacity(post.text.len());
            for (token, kinds) in Tokens::of(&post.text) {
                let is_link = kinds & SIGN != 0 && scheme_end(token).is_some();
                if !is_link && !token.starts_with('@') {
                    add_letters(token, &mut plain);
                }
            }
            holds(&plain, name)
        };
        // What was found of a short name is all of it.
        Some(
            self.found && (name.len() <= LETTERS || in_text())
                || post.hashtags.iter().any(|tag| is(tag, name)),
        )
    }
}

/// Whether the letters and digits of a text, in lower case, are these.
fn is(text: &str, name: &[u8]) -> bool {
    if text.is_ascii() {
        let own = text.bytes().map(plain).filter(|letter| *letter != 0);
        return text.len() >= name.len() && own.eq(name.iter().copied());
    }
    letters(text) == name
}
