//! Whether authors name themselves in what they say.

use colloquy_transcript::Post;

use super::links::{NAME_MIN, letters};

/// Letters of a name that are compared at once.
const LETTERS: usize = 8;

/// The letters of a text run together, and a name that may stand in them. Few texts hold one: so only
/// the last letters are kept, and who finds the beginning of a name there looks again.
#[derive(Default)]
pub(super) struct Name {
    /// The author's handle in letters; empty if it is not known, or too short.
    handle: String,
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
        lower(handle.unwrap_or_default(), &mut self.handle);
        if self.handle.len() < NAME_MIN {
            self.handle.clear();
        }
        let first = self.handle.len().min(LETTERS);
        let begin = self.handle.as_bytes()[..first].iter();
        self.wanted = begin.fold(0, |wanted, &byte| wanted << 8 | u64::from(byte));
        self.mask = if first == LETTERS { u64::MAX } else { (1 << (8 * first)) - 1 };
        (self.last, self.found) = (0, false);
    }

    fn byte(&mut self, byte: u8) {
        self.last = self.last << 8 | u64::from(byte);
        self.found |= self.last & self.mask == self.wanted;
    }

    /// Takes in letters of ASCII.
    #[inline]
    pub(super) fn letters(&mut self, letters: &[u8]) {
        let (mut last, mut found) = (self.last, self.found);
        for byte in letters {
            last = last << 8 | u64::from(byte | 0x20);
            found |= last & self.mask == self.wanted;
        }
        (self.last, self.found) = (last, found);
    }

    /// Takes in a token.
    pub(super) fn token(&mut self, token: &str) {
        if self.handle.is_empty() {
            return;
        }
        if token.is_ascii() {
            let letters = token.bytes().filter(u8::is_ascii_alphanumeric);
            letters.for_each(|byte| self.byte(byte.to_ascii_lowercase()));
            return;
        }
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
        let name = self.handle.as_str();
        let in_text = || {
            let mut plain = String::new();
            let tokens = post.text.split_whitespace();
            tokens
                .filter(|token| !token.contains("://") && !token.starts_with('@'))
                .for_each(|token| lower(token, &mut plain));
            plain.contains(name)
        };
        Some(self.found && in_text() || post.hashtags.iter().any(|tag| is(tag, name)))
    }
}

/// Whether the letters and digits of a text, in lower case, are these.
fn is(text: &str, letters: &str) -> bool {
    if text.is_ascii() {
        let own = text.bytes().filter(u8::is_ascii_alphanumeric);
        return own.map(|byte| byte.to_ascii_lowercase()).eq(letters.bytes());
    }
    self::letters(text) == letters
}

/// Appends letters and digits in lower case.
fn lower(text: &str, to: &mut String) {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let begin = to.len();
        to.push_str(text);
        if let Some(added) = to.get_mut(begin..) {
            added.make_ascii_lowercase();
        }
    } else {
        to.push_str(&letters(text));
    }
}
