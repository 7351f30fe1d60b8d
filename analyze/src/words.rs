//! Words of a text, for comparing texts.

use colloquy_transcript::CompactString;
use rustc_hash::FxHashSet;

/// The words of `text`, lower-cased; mentions, tags and links are left out.
pub(crate) fn words(text: &str) -> Words<impl Iterator<Item = &str>> {
    Words(as_written(text))
}

/// The words of `text` as they stand in it; mentions, tags and links are left out.
pub(crate) fn as_written(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .filter(|token| !token.starts_with(['#', '@']) && !token.contains("://"))
        .flat_map(|token| token.split(|c: char| !c.is_alphanumeric() && c != '\''))
        .filter(|word| !word.is_empty())
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
}
