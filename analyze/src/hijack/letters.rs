//! What each byte of a text is, and where its tokens end.

/// A capital of ASCII.
pub(super) const UPPER: u8 = 1;
/// A small letter of ASCII.
pub(super) const LOWER: u8 = 2;
/// A digit, or the percent sign: neither is part of a plain word.
pub(super) const DIGIT: u8 = 4;
/// Part of a word inside of it, but not at its ends.
pub(super) const INNER: u8 = 8;
/// A sign that is counted, or that makes a token one of another kind.
pub(super) const SIGN: u8 = 16;
/// Any other sign.
const OTHER: u8 = 32;
/// White space.
pub(super) const SPACE: u8 = 64;
/// Part of a character beyond ASCII.
pub(super) const FOREIGN: u8 = 128;

/// The letters.
pub(super) const LETTER: u8 = UPPER | LOWER;
/// What words are made of.
pub(super) const WORD: u8 = LETTER | DIGIT | INNER;

/// The kind of each byte.
pub(super) static KINDS: [u8; 256] = kinds();

const fn kinds() -> [u8; 256] {
    let mut kinds = [OTHER; 256];
    let mut byte = 0u8;
    loop {
        kinds[byte as usize] = match byte {
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' => LOWER,
            b'0'..=b'9' | b'%' => DIGIT,
            b'\'' | b'-' => INNER,
            b'!' | b'?' | b':' | b'$' | b'@' => SIGN,
            b'\t'..=b'\r' | b' ' => SPACE,
            0x80.. => FOREIGN,
            _ => OTHER,
        };
        if byte == u8::MAX {
            return kinds;
        }
        byte += 1;
    }
}

pub(super) fn kind(byte: u8) -> u8 {
    KINDS[usize::from(byte)]
}

/// Letters and digits of ASCII in lower case, and nothing else.
static PLAIN: [u8; 256] = {
    let mut plain = [0; 256];
    let mut byte = 0u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            plain[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    plain
};

/// A letter or digit of ASCII in lower case; 0 for anything else.
pub(super) fn plain(byte: u8) -> u8 {
    PLAIN[usize::from(byte)]
}

/// The tokens of a text between white space, each with the kinds of bytes in it.
pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Tokens<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, at: 0 }
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = (&'t str, u8);

    #[inline]
    fn next(&mut self) -> Option<(&'t str, u8)> {
        let bytes = self.text.as_bytes();
        let space = |at: usize| bytes.get(at).is_some_and(|&byte| kind(byte) == SPACE);
        let mut from = self.at;
        while space(from) {
            from += 1;
        }
        let (mut until, mut kinds) = (from, 0);
        while let Some(it) = bytes.get(until).map(|&byte| kind(byte)) {
            if it >= SPACE {
                break;
            }
            kinds |= it;
            until += 1;
        }
        if bytes.get(until).is_some_and(|&byte| kind(byte) == FOREIGN) {
            return self.foreign(from);
        }
        self.at = until;
        (until > from).then(|| (&self.text[from..until], kinds))
    }
}

impl<'t> Tokens<'t> {
    /// A token from `from` on in which, or before which, characters beyond ASCII stand: there is other
    /// white space among them.
    fn foreign(&mut self, from: usize) -> Option<(&'t str, u8)> {
        let left = self.text[from..].trim_start();
        let from = self.text.len() - left.len();
        let length = left.find(char::is_whitespace).unwrap_or(left.len());
        self.at = from + length;
        let token = &self.text[from..self.at];
        let kinds = token.bytes().fold(0, |kinds, byte| kinds | kind(byte));
        (length > 0).then_some((token, kinds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn tokens_are_those_of_the_standard_library(
            text in "[a-zA-Z0-9 \t\u{a0}\u{85}\u{2003}\u{3000}é字!?:%'-]{0,40}|.*"
        ) {
            let tokens: Vec<&str> = Tokens::of(&text).map(|(token, _)| token).collect();
            assert_eq!(tokens, text.split_whitespace().collect::<Vec<_>>());
            for (token, kinds) in Tokens::of(&text) {
                assert_eq!(kinds & FOREIGN == 0, token.is_ascii());
                assert_eq!(kinds & DIGIT != 0, token.contains(|c: char| c.is_ascii_digit() || c == '%'));
            }
        }
    }
}
