//! Words of a text, for comparing texts.

use colloquy_transcript::CompactString;
use rustc_hash::FxHashSet;

/// The words of `text`, lower-cased; mentions, tags and links are left out. A run of a script that
/// is written without spaces is one word.
pub(crate) fn words(text: &str) -> Words<impl Iterator<Item = &str>> {
    Words(as_written(text))
}

/// How many words `text` has; of scripts without spaces, two characters count for one.
pub(crate) fn count_words(text: &str) -> usize {
    as_written(text).map(words_in).sum()
}

/// Whether [`count_words`] of a text are at least so many: no more of it is read than tells.
pub(crate) fn has_words(text: &str, count: usize) -> bool {
    if text.is_ascii() {
        return has_words_of_ascii(text.as_bytes(), count);
    }
    let mut left = count;
    let mut words = as_written(text).map(words_in);
    while left > 0 {
        let Some(more) = words.next() else { return false };
        left = left.saturating_sub(more);
    }
    true
}

/// The same of a text of ASCII, byte by byte.
fn has_words_of_ascii(text: &[u8], count: usize) -> bool {
    let mut words = 0;
    for token in text.split(|byte| matches!(byte, b'\t'..=b'\r' | b' ')) {
        if token.starts_with(b"#") || token.starts_with(b"@") {
            continue;
        }
        let (before, mut inside) = (words, false);
        for (at, byte) in token.iter().enumerate() {
            let letter = byte.is_ascii_alphanumeric() || *byte == b'\'';
            words += usize::from(letter && !inside);
            inside = letter;
            if *byte == b':' && token[at..].starts_with(b"://") {
                words = before;
                break;
            }
        }
        if words >= count {
            return true;
        }
    }
    words >= count
}

/// Words in what stands between two spaces or signs.
fn words_in(word: &str) -> usize {
    if word.is_ascii() {
        return 1;
    }
    let unspaced = word.chars().filter(|c| is_unspaced(*c)).count();
    let spaced = usize::from(word.chars().any(|c| !is_unspaced(c)));
    unspaced.div_ceil(2) + spaced
}

/// The words of `text` as they stand in it; mentions, tags and links are left out.
pub(crate) fn as_written(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .filter(|token| !token.starts_with(['#', '@']) && !token.contains("://"))
        .flat_map(|token| token.split(|c: char| !c.is_alphanumeric() && c != '\''))
        .filter(|word| !word.is_empty())
}

/// Thai, Lao, Myanmar, Khmer, kana and Han.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// Words in lower case. Most callers only count them, and for that none need be written down.
pub(crate) struct Words<I>(I);

impl<'t, I: Iterator<Item = &'t str>> Iterator for Words<I> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        self.0.next().map(str::to_lowercase)
    }

    fn count(self) -> usize {
        self.0.count()
    }
}

/// A name in lower case. Nearly all are short and of ASCII, and those take no memory of their own.
pub(crate) fn lowered(name: &str) -> CompactString {
    if name.is_ascii() {
        let mut lowered = CompactString::from(name);
        lowered.make_ascii_lowercase();
        lowered
    } else {
        CompactString::from_str_to_lowercase(name)
    }
}

/// Jaccard similarity of the sets of words, 0 to 1 (P. Jaccard 1901); 0 where both are empty.
pub(crate) fn similarity(one: &str, other: &str) -> f64 {
    let one: FxHashSet<String> = words(one).collect();
    let other: FxHashSet<String> = words(other).collect();
    let common = one.intersection(&other).count();
    let all = one.len() + other.len() - common;
    if all == 0 { 0.0 } else { common as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_case_is_that_of_the_standard_library() {
        for name in ["Bea_42", "ÉTIENNE", "ΟΔΟΣ", "", "İnci", "a_name_that_is_longer_THAN_24_bytes"]
        {
            assert_eq!(lowered(name), name.to_lowercase());
        }
        assert_eq!(words("One two").count(), 2);
    }

    #[test]
    fn tags_links_and_case_do_not_count() {
        assert_eq!(
            words("Don't miss: BEANS, beans! #tag @you https://example.org/x").collect::<Vec<_>>(),
            ["don't", "miss", "beans", "beans"]
        );
        assert!((similarity("a b c d #x", "A b, c e") - 0.6).abs() < 1e-12);
        assert!(similarity("#x", "@y").abs() < 1e-12);
    }

    #[test]
    fn words_are_counted_in_scripts_without_spaces_too() {
        assert_eq!(count_words("Don't miss: BEANS! #tag"), 3);
        assert_eq!(count_words("なめくじ対策を教えてください #園芸"), 7);
        assert_eq!(count_words("A列車で行こう"), 4);
        assert_eq!(count_words("콩은 매일 물을"), 3);
        assert_eq!(count_words("#x @y"), 0);
        assert!(has_words("なめくじ対策を教えて", 5) && !has_words("#x four words are here", 5));
    }
}
