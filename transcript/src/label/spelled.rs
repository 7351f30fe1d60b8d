//! Labels that are spelled out, `Question one`, `First question:`, or part of a tag, `#GardenQ1`.

use std::sync::LazyLock;

use regex::Regex;

use super::scan::{Places, number};
use super::{Key, Label, LabelKind, Number};

/// The first ten numbers as people spell them, and as they count with them; of other languages
/// than English what hosts write before their word for a question.
const NUMBERS: [&[&str]; 10] = [
    &["one", "first", "1st", "primera", "primeira", "prima", "première", "erste", "eerste"],
    &["two", "second", "2nd", "segunda", "seconda", "deuxième", "zweite", "tweede"],
    &["three", "third", "3rd", "tercera", "terceira", "terza", "troisième", "dritte", "derde"],
    &["four", "fourth", "4th", "cuarta", "quarta", "quatrième", "vierte", "vierde"],
    &["five", "fifth", "5th", "quinta", "cinquième", "fünfte", "vijfde"],
    &["six", "sixth", "6th", "sexta", "sesta", "sixième", "sechste", "zesde"],
    &["seven", "seventh", "7th", "séptima", "sétima", "settima", "septième", "siebte", "zevende"],
    &["eight", "eighth", "8th", "octava", "oitava", "ottava", "huitième", "achte", "achtste"],
    &["nine", "ninth", "9th", "novena", "nona", "neuvième", "neunte", "negende"],
    &["ten", "tenth", "10th", "décima", "decima", "dixième", "zehnte", "tiende"],
];

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static SPELLED: LazyLock<Regex> = LazyLock::new(|| {
    let mut words: Vec<&str> = NUMBERS.iter().flat_map(|words| words.iter()).copied().collect();
    words.sort_unstable_by_key(|word| (std::cmp::Reverse(word.len()), *word));
    words.dedup();
    let words = words.join("|");
    Regex::new(&format!(
        r"(?xi)^[^\p{{L}}\p{{N}}]*(?:
        (?P<kind>question|answer)\s(?:number\s|no\.?\s|the\s|\#)?(?P<after>{words})\b
        |(?:(?:the|our|and|now|then|la|die|de)\s){{0,2}}(?P<before>{words})\s
            (?:(?:question|q|pregunta|pergunta|domanda|frage|vraag)\s?[:：–—-]
            |(?:question|pregunta|pergunta|domanda|frage|vraag)(?:\s[^\s:：–—?!.]+){{0,5}}\s?[:：.]\s))"
    ))
    .expect("the pattern of spelled labels is well formed")
});

/// A label that is spelled out where the text or a line opens.
pub(super) fn spelled(places: &Places<'_>) -> Option<Label> {
    let text = places.text;
    let lines = text.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(places.opening).chain(lines).find_map(|begin| {
        let captures = SPELLED.captures(text.get(begin..)?)?;
        let word = captures.name("after").or_else(|| captures.name("before"))?;
        let written = word.as_str().to_lowercase();
        let nth = NUMBERS.iter().position(|words| words.contains(&&*written))?;
        let whole = u16::try_from(nth + 1).ok()?;
        let answers =
            captures.name("kind").is_some_and(|it| it.as_str().to_lowercase() == "answer");
        let kind = if answers { LabelKind::Answer } else { LabelKind::Question };
        let end = begin + captures.get(0)?.end();
        let place = places.of(begin, end);
        Some(Label::of(kind, Key::Number(Number::whole(whole)), place, begin..end))
    })
}

/// Numbers behind a tag are no more than this: `#EXPOA23` is a year.
const TAGGED_MAX: u16 = 15;

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static TAGGED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"#\p{L}{2,}?(?P<label>(?P<word>[QA])(?P<number>\d{1,2}))(?:$|[^\w])")
        .expect("the pattern of tags with a label is well formed")
});

/// The labels at the end of tags.
pub(super) fn tagged<'p>(places: &'p Places<'_>) -> impl Iterator<Item = Label> + 'p {
    TAGGED.captures_iter(places.text).filter_map(|captures| {
        let (word, label) = (captures.name("word")?, captures.name("label")?);
        let whole = number(captures.name("number")?.as_str())?;
        let kind = if word.as_str() == "Q" { LabelKind::Question } else { LabelKind::Answer };
        let start = captures.get(0)?.start();
        let place = places.of(start, label.end());
        let key = Key::Number(Number::whole(whole));
        (1..=TAGGED_MAX).contains(&whole).then(|| Label::of(kind, key, place, start..label.end()))
    })
}
