//! What every match of a pattern holds, and how to look for it.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

/// Shorter literals stand in nearly every text.
const LETTERS_MIN: usize = 2;

/// Sets of three letters, of which five bits each are looked at: those that a letter's two cases share.
const LETTERS: usize = 1 << 15;
/// Letters of English from the most to the less frequent: those of a literal that are none of the first
/// stand in fewer other words.
const FREQUENT: &[u8] = b"etaoinshrdlucmfwypgb";

/// Literals of several patterns, found by three letters of each, of which a text's every second ones are
/// looked at.
pub(crate) struct Literals {
    /// The three letters as a set of bits: quicker to look through than the literals themselves.
    letters: Box<[u64; LETTERS / 64]>,
    /// The literals by the remainders of their three letters, and where those of each remainder begin: they are
    /// seldom asked for, and so in no cache, and fewer lines of memory are fetched than of a map of lists.
    found_by: Vec<Found>,
    begins: Box<[u32; BUCKETS + 1]>,
    /// All literals, one behind the other.
    text: Vec<u8>,
    /// The patterns of which nothing is known.
    unknown: u8,
    /// The patterns that any literal is of.
    known: u8,
}

/// A literal of ASCII in lower case, and three letters that it is found by.
#[derive(Clone, Copy)]
struct Found {
    letters: u32,
    /// Where it stands among all literals.
    begin: u32,
    length: u32,
    /// Where those of its letters end that it is found by, or the one letter behind it.
    end: u32,
    /// The pattern that it is of.
    pattern: u8,
}

/// Remainders of three letters by which literals are found.
const BUCKETS: usize = 256;

impl Default for Literals {
    fn default() -> Self {
        Self {
            letters: Box::new([0; LETTERS / 64]),
            found_by: Vec::new(),
            begins: Box::new([0; BUCKETS + 1]),
            text: Vec::new(),
            unknown: 0,
            known: 0,
        }
    }
}

/// The place of three letters, of which the last is `letter` and the others the last of `before`.
fn three(before: usize, letter: u8) -> usize {
    (before << 5 | usize::from(letter & 31)) % LETTERS
}

impl Literals {
    /// Those that each of at most eight patterns needs: the nth is the nth bit of [`Self::stand_in`].
    pub(crate) fn of(needed: impl Iterator<Item = Option<BTreeSet<String>>>) -> Self {
        let mut all = Self::default();
        for (nth, literals) in (0u8..8).zip(needed) {
            all.add(literals, 1 << nth);
        }
        all.found_by.sort_by_key(|it| it.letters as usize % BUCKETS);
        for (remainder, begin) in all.begins.iter_mut().enumerate() {
            let before =
                all.found_by.partition_point(|it| it.letters as usize % BUCKETS < remainder);
            *begin = number(before);
        }
        all
    }

    /// Takes in what a pattern needs.
    fn add(&mut self, literals: Option<BTreeSet<String>>, pattern: u8) {
        let long = |words: &BTreeSet<String>| words.iter().all(|it| it.len() >= LETTERS_MIN);
        let Some(literals) = literals.filter(long) else {
            self.unknown |= pattern;
            return;
        };
        self.known |= if literals.is_empty() { 0 } else { pattern };
        for text in &literals {
            self.add_literal(text, pattern);
        }
    }

    /// Takes in a literal, which is found wherever it begins: one of two places next to each other is even.
    fn add_literal(&mut self, text: &str, pattern: u8) {
        let rare =
            |letter: &u8| FREQUENT.iter().position(|it| it == letter).unwrap_or(FREQUENT.len());
        let worth = |end: &usize| {
            let letters = [*end, end + 1].map(|end| letters_until(text.as_bytes(), end));
            let known = || letters.as_flattened().iter().flatten();
            (known().count(), known().map(rare).sum::<usize>())
        };
        let Some(rarest) = (LETTERS_MIN..=text.len()).max_by_key(worth) else { return };
        let (begin, length) = (number(self.text.len()), number(text.len()));
        for end in [rarest, rarest + 1] {
            for place in places_of(letters_until(text.as_bytes(), end)) {
                self.letters[place / 64] |= 1 << (place % 64);
                let (letters, end) = (number(place), number(end));
                self.found_by.push(Found { letters, begin, length, end, pattern });
            }
        }
        self.text.extend_from_slice(text.as_bytes());
    }

    /// A bit for each pattern of which a literal stands in a text, whatever its case, and for those of which
    /// nothing is known.
    pub(crate) fn stand_in(&self, text: &[u8]) -> u8 {
        let (mut found, mut before) = (self.unknown, 0);
        if self.known == 0 {
            return found;
        }
        let (twos, last) = text.as_chunks::<2>();
        // Behind the text is nothing, and that is as good as any letter.
        let last = last.iter().map(|&last| [last, 0]);
        for (nth, [one, two]) in (1..).zip(twos.iter().copied().chain(last)) {
            before = three(three(before, one), two);
            if self.letters[before / 64] >> (before % 64) & 1 != 0 {
                found |= self.ending(before, text, 2 * nth);
                if found == self.unknown | self.known {
                    break;
                }
            }
        }
        found
    }

    /// The patterns of the literals that stand in a text where three letters end at `end`.
    #[cold]
    fn ending(&self, letters: usize, text: &[u8], end: usize) -> u8 {
        let remainder = letters % BUCKETS;
        let among = self.begins[remainder] as usize..self.begins[remainder + 1] as usize;
        let mut found = 0;
        for it in self.found_by.get(among).unwrap_or_default() {
            if it.letters as usize != letters {
                continue;
            }
            let literal = self.text.get(it.begin as usize..(it.begin + it.length) as usize);
            let begin = end.checked_sub(it.end as usize);
            let there = begin.and_then(|begin| text.get(begin..begin + it.length as usize));
            if there
                .zip(literal)
                .is_some_and(|(there, literal)| there.eq_ignore_ascii_case(literal))
            {
                found |= it.pattern;
            }
        }
        found
    }
}

/// A number of letters, of which no pattern has so many.
fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// The three letters before `end` in a literal, where there are so many.
fn letters_until(literal: &[u8], end: usize) -> [Option<u8>; 3] {
    [3, 2, 1].map(|back| literal.get(end.checked_sub(back)?).copied())
}

/// The places of three letters, with any where none is known.
fn places_of(letters: [Option<u8>; 3]) -> Vec<usize> {
    letters.iter().fold(vec![0], |places, letter| {
        let ends = letter.map_or(0..32, |letter| letter..letter + 1);
        let longer =
            places.iter().flat_map(|&before| ends.clone().map(move |it| three(before, it)));
        longer.collect()
    })
}

/// The letters beyond ASCII that are equal to one of ASCII without regard to case.
const FOLDING: [char; 2] = ['ſ', '\u{212a}'];

/// Whether one of [`FOLDING`] stands in a text of UTF-8.
pub(crate) fn holds_folding(text: &[u8]) -> bool {
    let mut ends = memchr::memchr2_iter(0xbf, 0xaa, text);
    ends.any(|at| {
        text[..=at].ends_with("ſ".as_bytes()) || text[..=at].ends_with("\u{212a}".as_bytes())
    })
}

/// Literals of ASCII in lower case of which every match holds at least one, in a text of ASCII or in any
/// that is free of [`FOLDING`] letters; `None` if nothing can be said. The empty set: no such text matches.
pub(crate) fn needed(hir: &Hir, in_ascii: bool) -> Option<BTreeSet<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let literal = std::str::from_utf8(&literal.0).ok()?;
            needed_of(literal, in_ascii)
        }
        HirKind::Class(Class::Unicode(class)) => {
            // Without regard to case a class may match more than it says, but no ASCII for these.
            let foreign = class.ranges().iter().all(|range| range.start() > '\u{7f}');
            let none = foreign && !class.ranges().is_empty() && !class_folds(class);
            (in_ascii && none).then(BTreeSet::new)
        }
        HirKind::Repetition(repeated) if repeated.min > 0 => needed(&repeated.sub, in_ascii),
        HirKind::Capture(group) => needed(&group.sub, in_ascii),
        HirKind::Concat(parts) => {
            parts.iter().filter_map(|part| needed(part, in_ascii)).max_by_key(worth)
        }
        HirKind::Alternation(ways) => {
            let all: Option<Vec<_>> = ways.iter().map(|way| needed(way, in_ascii)).collect();
            Some(all?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// What every text holds that holds a literal without regard to case.
fn needed_of(literal: &str, in_ascii: bool) -> Option<BTreeSet<String>> {
    if in_ascii {
        // Whoever is equal to ASCII only without regard to case is looked for in vain.
        let may_be = literal.chars().all(|c| c.is_ascii() || FOLDING.contains(&c));
        let words = may_be.then(|| literal.to_ascii_lowercase());
        return Some(words.into_iter().collect());
    }
    let longest = literal.split(|c: char| !c.is_ascii()).max_by_key(|part| part.len())?;
    (!longest.is_empty()).then(|| BTreeSet::from([longest.to_ascii_lowercase()]))
}

/// How well a set sieves: by its shortest literal, then by the letters of one on average.
fn worth(words: &BTreeSet<String>) -> (usize, usize) {
    let shortest = words.iter().map(String::len).min();
    let letters: usize = words.iter().map(String::len).sum();
    (shortest.unwrap_or(usize::MAX), letters / words.len().max(1))
}

fn class_folds(class: &ClassUnicode) -> bool {
    let holds = |c: char| class.ranges().iter().any(|it| it.start() <= c && c <= it.end());
    FOLDING.into_iter().any(holds)
}

#[cfg(test)]
mod tests {
    use regex_syntax::ParserBuilder;

    use super::*;

    fn words(text: &str, in_ascii: bool) -> Option<Vec<String>> {
        let parsed = ParserBuilder::new().ignore_whitespace(true).build().parse(text).unwrap();
        needed(&parsed, in_ascii).map(|words| words.into_iter().collect())
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
            assert_eq!(words(text, true), expected, "{text}");
        }
    }

    #[test]
    fn any_text_needs_what_is_ascii_of_a_word() {
        let word = |it: &str| Some(vec![it.to_owned()]);
        assert_eq!(words(r"\b(?:le\s)?código\s\w+", false), word("digo"));
        assert_eq!(words("don[’']t", false), word("don"));
        assert_eq!(words("привет|sale", false), None);
    }
}
