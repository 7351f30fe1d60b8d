//! A pattern behind a sieve: most texts hold none of the words without which it finds nothing.
//!
//! The sieve is made from the pattern itself, so whoever adds words to one need not think of it.
//! A text of ASCII passes if it holds one of the literals of which every match needs one. Other
//! texts pass if the pattern finds something once its `\b` are left out (which only ever lets more
//! through): a word boundary of Unicode takes the slow engines of `regex`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::{Captures, Match, Regex};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Shorter literals stand in nearly every text.
const LETTERS_MIN: usize = 2;

/// A pattern without regard to case, with spaces and line breaks that do not count.
pub(crate) struct Sieved {
    pattern: Regex,
    /// Finds one of the literals that every match in ASCII needs, where there are any.
    needed: Option<(Letters, AhoCorasick)>,
    /// The pattern without word boundaries.
    loose: LazyLock<Option<Regex>, Box<dyn FnOnce() -> Option<Regex> + Send>>,
}

impl Sieved {
    /// Compiles `text`; `None` if it is not well formed.
    pub(crate) fn new(text: &'static str) -> Option<Self> {
        let compiled = |text: &str| Regex::new(&format!("(?xi){text}")).ok();
        let parsed = ParserBuilder::new().ignore_whitespace(true).build().parse(text).ok()?;
        let needed = needed(&parsed)
            .filter(|words| words.iter().all(|word| word.len() >= LETTERS_MIN))
            .and_then(|words| {
                let letters = Letters::of(&words);
                let words = AhoCorasick::builder().ascii_case_insensitive(true).build(words);
                Some((letters, words.ok()?))
            });
        let loose = Box::new(move || compiled(&text.replace(r"\b", "")));
        Some(Self { pattern: compiled(text)?, needed, loose: LazyLock::new(loose) })
    }

    /// Whether the pattern may find anything.
    pub(crate) fn may_match(&self, text: &str) -> bool {
        if text.is_ascii() {
            let needed = self.needed.as_ref();
            needed.is_none_or(|(letters, words)| {
                letters.may_stand_in(text.as_bytes()) && words.is_match(text)
            })
        } else {
            self.loose.as_ref().is_none_or(|loose| loose.is_match(text))
        }
    }

    /// Whether the pattern finds anything in `text`.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.may_match(text) && self.pattern.is_match(text)
    }

    /// The first match.
    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<Match<'t>> {
        self.may_match(text).then(|| self.pattern.find(text))?
    }

    /// The groups of the first match.
    pub(crate) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.may_match(text).then(|| self.pattern.captures(text))?
    }

    /// `text` with every match replaced.
    pub(crate) fn replace_all<'t>(&self, text: &'t str, by: &str) -> Cow<'t, str> {
        if self.may_match(text) { self.pattern.replace_all(text, by) } else { text.into() }
    }
}

/// Three letters of each literal, as a set of bits: quicker to look for than the literals themselves.
struct Letters(Box<[u64; LETTERS / 64]>);

/// Sets of three letters, of which five bits each are looked at: those that a letter's two cases share.
const LETTERS: usize = 1 << 15;
/// Letters of English from the most to the less frequent: those of a literal that are none of the first
/// stand in fewer other words.
const FREQUENT: &[u8] = b"etaoinshrdlucmfwypgb";

/// The place of three letters, of which the last is `letter` and the others the last of `before`.
fn three(before: usize, letter: u8) -> usize {
    (before << 5 | usize::from(letter & 31)) % LETTERS
}

impl Letters {
    fn of(literals: &BTreeSet<String>) -> Self {
        let mut bits = Box::new([0; LETTERS / 64]);
        let mut set = |place: usize| bits[place / 64] |= 1 << (place % 64);
        let rare =
            |letter: &u8| FREQUENT.iter().position(|it| it == letter).unwrap_or(FREQUENT.len());
        for literal in literals {
            let all = literal.as_bytes().windows(3);
            match all.max_by_key(|letters| letters.iter().map(rare).sum::<usize>()) {
                Some(letters) => set(letters.iter().fold(0, |before, &it| three(before, it))),
                // Two letters, after any other.
                None => (0..32).for_each(|before| set(literal.bytes().fold(before, three))),
            }
        }
        Self(bits)
    }

    /// Whether three such letters stand in a text, whatever their case.
    fn may_stand_in(&self, text: &[u8]) -> bool {
        let (mut found, mut before) = (0, 0);
        for &letter in text {
            before = three(before, letter);
            found |= self.0[before / 64] >> (before % 64);
        }
        found & 1 != 0
    }
}

/// Literals of ASCII in lower case of which every match in a text of ASCII holds at least one;
/// `None` if nothing can be said. The empty set: no such text matches.
fn needed(hir: &Hir) -> Option<BTreeSet<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let literal = std::str::from_utf8(&literal.0).ok()?;
            Some(if may_be_ascii(literal) {
                BTreeSet::from([literal.to_ascii_lowercase()])
            } else {
                BTreeSet::new()
            })
        }
        HirKind::Class(Class::Unicode(class)) => {
            // Without regard to case a class may match more than it says, but no ASCII for these.
            let foreign = class.ranges().iter().all(|range| range.start() > '\u{7f}');
            (foreign && !class.ranges().is_empty() && !holds_folding(class)).then(BTreeSet::new)
        }
        HirKind::Repetition(repeated) if repeated.min > 0 => needed(&repeated.sub),
        HirKind::Capture(group) => needed(&group.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(needed).max_by_key(worth),
        HirKind::Alternation(ways) => {
            let all: Option<Vec<_>> = ways.iter().map(needed).collect();
            Some(all?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// How well a set sieves: by its shortest literal, then by the letters of one on average.
fn worth(words: &BTreeSet<String>) -> (usize, usize) {
    let shortest = words.iter().map(String::len).min();
    let letters: usize = words.iter().map(String::len).sum();
    (shortest.unwrap_or(usize::MAX), letters / words.len().max(1))
}

/// Whether a text of ASCII may match the literal without regard to case.
fn may_be_ascii(literal: &str) -> bool {
    literal.chars().all(|c| c.is_ascii() || FOLDING.contains(&c))
}

/// The letters beyond ASCII that are equal to one of ASCII without regard to case.
const FOLDING: [char; 2] = ['ſ', '\u{212a}'];

fn holds_folding(class: &regex_syntax::hir::ClassUnicode) -> bool {
    let holds = |c: char| class.ranges().iter().any(|it| it.start() <= c && c <= it.end());
    FOLDING.into_iter().any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &'static str) -> Option<Vec<String>> {
        let parsed = ParserBuilder::new().ignore_whitespace(true).build().parse(text).unwrap();
        needed(&parsed).map(|words| words.into_iter().collect())
    }

    #[test]
    fn every_match_needs_one_of_the_words() {
        let cases: [(&str, Option<&[&str]>); 7] = [
            (r"\b(?:good\s?night|have\sa\s(?:great|good))\b", Some(&["good", "great", "night"])),
            (r"buen[oa]s|\w+chat", Some(&["buen", "chat"])),
            (r"(?:late\s)?\w+", None),
            (r"(?P<who>@\w+)\s(?:joins?|with)\sus", Some(&["join", "with"])),
            ("привет|[аб]", Some(&[])),
            ("ſo", Some(&["ſo"])),
            ("[ſу]", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|it| it.iter().map(|&it| it.to_owned()).collect());
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn the_sieve_loses_nothing() {
        let text = r"\b(?:good\s?night|soy\s\w+,|kiss(?:es)?|спокойной)\b";
        let (sieved, plain) =
            (Sieved::new(text).unwrap(), Regex::new(&format!("(?xi){text}")).unwrap());
        for text in [
            "Good night all",
            "GOODNIGHT",
            "good nights",
            "“good night” she said",
            "Soy Bea, de Cádiz",
            "soy milk",
            "KI\u{17f}S",
            "\u{212a}isses",
            "Спокойной ночи",
            "",
        ] {
            assert_eq!(sieved.is_match(text), plain.is_match(text), "{text}");
            assert_eq!(sieved.replace_all(text, "-"), plain.replace_all(text, "-"), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_sieve_loses_no_text(text in "(good|night|GOO|d n|ki|ss|Soy |a,|[a-zA-Z ]){0,8}") {
            let pattern = r"\b(?:good\s?night|soy\s\w+,|kiss(?:es)?|ns\b)";
            let plain = Regex::new(&format!("(?xi){pattern}")).unwrap();
            let sieved = Sieved::new(pattern).unwrap();
            assert_eq!(sieved.is_match(&text), plain.is_match(&text), "{text}");
        }
    }
}
