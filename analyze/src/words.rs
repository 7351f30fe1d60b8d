//! Words of a text, for comparing texts.

use rustc_hash::FxHashSet;

/// The words of `text`, lower-cased; mentions, tags and links are left out.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split_whitespace()
        .filter(|token| !token.starts_with(['#', '@']) && !token.contains("://"))
        .flat_map(|token| token.split(|c: char| !c.is_alphanumeric() && c != '\''))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
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
    fn tags_links_and_case_do_not_count() {
        assert_eq!(
            words("Don't miss: BEANS, beans! #tag @you https://example.org/x").collect::<Vec<_>>(),
            ["don't", "miss", "beans", "beans"]
        );
        assert!((similarity("a b c d #x", "A b, c e") - 0.6).abs() < 1e-12);
        assert!(similarity("#x", "@y").abs() < 1e-12);
    }
}
