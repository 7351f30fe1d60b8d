//! Finds the labels in a text.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::fold::fold;
use super::languages::LANGUAGES;
use super::odd::{last, typed_oddly};
use super::opening::{opening, own_words};
use super::spelled::{spelled, tagged};
use super::{Key, Label, LabelKind, NUMBER_MAX, Number, Part, Place, bit};

/// Reads the labels of `text` in order.
///
/// A single letter counts where it opens the text or a line; elsewhere in upper case and without a
/// space (`… here it comes: Q2 …`), since `a 5 minute break` is no answer, and of other languages
/// than English only with a colon or the like behind the number. `see your A1` only refers to one.
///
/// Fancy letters and digits (`𝗤𝟭`) are read as plain ones.
pub fn labels(text: &str) -> Vec<Label> {
    let Some(folded) = fold(text) else { return plain(text) };
    let mut found = plain(&folded.text);
    for label in &mut found {
        label.start = folded.original(label.start);
        label.end = folded.original(label.end);
    }
    found
}

/// The labels of a text without fancy letters.
fn plain(text: &str) -> Vec<Label> {
    // Most posts have none.
    if !may_label(text) && !SIEVE.is_match(text) {
        return Vec::new();
    }
    let places = places(text);
    let text = places.text;
    let mut found: Vec<Label> = Vec::new();
    for captures in LABEL.captures_iter(text) {
        if let Some(label) = worded(&places, &captures) {
            found.push(label);
            if label.question_in & 1 == 0 {
                continue_list(text, label, &mut found);
            }
        }
    }
    found.extend(last(&places));
    found.extend(tagged(&places));
    if !found.iter().any(Label::leads) {
        found.extend(spelled(&places));
    }
    if !found.iter().any(|label| label.place == Place::Opening) {
        found.extend(typed_oddly(&places));
    }
    found.sort_by_key(|label| (label.start, std::cmp::Reverse(label.end)));
    found.dedup_by(|later, earlier| later.start < earlier.end);
    leave_ranges(text, &mut found);
    found
}

/// `Four questions, Q1 to Q4` speaks of all of them and puts none.
fn leave_ranges(text: &str, found: &mut Vec<Label>) {
    found.retain(|label| {
        if label.question_in == 0 || label.leads() {
            return true;
        }
        let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
        let (before, behind) = (part(0..label.start), part(label.end..text.len()));
        let own = part(label.start..label.end).trim_start_matches('#');
        let own = own.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
        let same = |found: Option<Captures<'_>>| {
            let word = found.and_then(|it| it.get(1)).map_or("", |word| word.as_str());
            !word.is_empty() && word.to_lowercase() == own.to_lowercase()
        };
        let begins = same(RANGE_BEHIND.captures(behind));
        let ends = same(RANGE_BEFORE.captures(before)) && !behind.starts_with([':', ')']);
        !(begins || ends)
    });
}

/// Whether any digit stands where a label's number may: behind a single letter, a word of
/// [`LANGUAGES`] or a letter of another script, or before every plain word. A sieve, in one pass.
fn may_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut plain = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let begins = at == 0 || bytes[at - 1].is_ascii_whitespace();
        if byte.is_ascii_digit() || byte >= 0x80 {
            if !plain || byte >= 0x80 || labels_before(text, at) {
                return true;
            }
            while bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) {
                at += 1;
            }
        } else if begins
            && matches!(byte, b'@' | b'#')
            && !bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
        {
            let name = |it: &u8| {
                it.is_ascii_alphanumeric() || matches!(it, b'_' | b'.' | b'-' | b'@' | b'#')
            };
            let begin = at;
            while bytes.get(at).is_some_and(name) {
                at += 1;
            }
            // A tag may be a label: `#Q2`.
            if byte == b'#' && bytes[begin..at].iter().any(u8::is_ascii_digit) {
                return true;
            }
        } else {
            plain |= byte.is_ascii_alphabetic();
            at += 1;
        }
    }
    false
}

/// Whether the word before the digit at `at` is one letter or announces questions or answers.
fn labels_before(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let before = before.trim_end_matches([' ', '.', ':', '#', '-', '_', '\t', '\n']);
    let start = before.rfind(|c: char| !c.is_alphabetic()).map_or(0, |found| {
        found + before.get(found..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    });
    let word = before.get(start..).unwrap_or_default();
    match word.len() {
        0 => false,
        1 => true,
        _ => {
            !word.is_ascii()
                || (word.len() <= 11 && WORDS.iter().any(|it| it.eq_ignore_ascii_case(word)))
        }
    }
}

/// The words of more than one letter in ASCII.
static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let all = LANGUAGES.iter().flat_map(|row| row.question.iter().chain(row.answer)).copied();
    all.filter(|word| word.is_ascii() && word.len() > 1).collect()
});

/// Where things stand in the author's own part of `text`.
pub(super) fn places(text: &str) -> Places<'_> {
    let text = own_words(text);
    Places { text, opening: opening(text) }
}

/// A text and where it opens.
pub(super) struct Places<'t> {
    pub(super) text: &'t str,
    pub(super) opening: usize,
}

impl Places<'_> {
    pub(super) fn of(&self, start: usize, end: usize) -> Place {
        if start <= self.opening {
            return Place::Opening;
        }
        let before = self.text.get(..start).unwrap_or_default();
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        if line > 0 && line + opening(&before[line..]) >= start {
            return Place::Line;
        }
        let rest = self.text.get(end..).unwrap_or_default();
        if CLOSED.is_match(rest) { Place::Closing } else { Place::Middle }
    }

    /// Whether the word before `start` says that a label is only spoken of.
    fn is_reference(&self, start: usize) -> bool {
        let before = self.text.get(..start).unwrap_or_default().trim_end();
        let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        // "… which brings us to: Q2 What" announces, and so does "I can do this. Q2 What".
        if word.ends_with([':', '—', '–', '.', '!', '?']) {
            return false;
        }
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
        let word = word.to_lowercase();
        let word = word.replace('’', "'");
        // "Here's Q1" puts it, "Rosa's A1" is spoken of.
        let presents = ["here's", "it's", "that's", "what's", "there's", "let's"];
        REFERRING.contains(&word.as_str())
            || (word.ends_with("'s") && !presents.contains(&word.as_str()))
    }
}

/// Words before a label that is spoken of, not given: `I agree with your A1`.
const REFERRING: &[&str] = &[
    "your", "her", "his", "their", "the", "that", "this", "in", "on", "from", "to", "of", "about",
    "see", "with", "like", "after", "before", "until", "and", "or", "as", "than", "tu", "su",
    "ton", "votre", "dein", "deine", "deiner", "la", "le", "les", "el", "los", "il", "lo", "der",
    "die", "das", "den", "het", "os", "de", "le", "les", "el", "los", "il", "lo", "der", "die",
    "das", "den", "dem", "het", "os",
];

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    let mut words: Vec<&str> =
        LANGUAGES.iter().flat_map(|row| row.question.iter().chain(row.answer)).copied().collect();
    words.extend(SLIPS.iter().map(|(slip, _)| *slip));
    words.sort_unstable_by_key(|word| (std::cmp::Reverse(word.len()), *word));
    words.dedup();
    let pattern = format!(
        r"(?xi)
        (?:^|[^\p{{L}}\p{{N}}_@/&=\#.-]|(?P<hash>\#))
        (?P<word>{})
        (?P<gap>\s?(?:no\.?|nr\.?|number|n[º°]\.?)?[.:\#_-]?\s?)
        (?P<number>\p{{Nd}}{{1,2}})",
        words.join("|")
    );
    Regex::new(&pattern).expect("the pattern of labels is well formed")
});

/// Keys beside `A` and `Q` on most keyboards.
const SLIPS: [(&str, LabelKind); 3] =
    [("s", LabelKind::Answer), ("z", LabelKind::Answer), ("w", LabelKind::Question)];

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static CLOSED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[^\p{L}\p{N}@#]+|https?://\S+|@[\w.@-]+|#\w+)*$")
        .expect("the pattern of closings is well formed")
});

/// The rows in which `word` announces a question, and those in which it announces an answer.
fn rows(word: &str) -> (u32, u32) {
    let word = word.to_lowercase();
    let mut found = (0, 0);
    for (row, language) in LANGUAGES.iter().enumerate() {
        if language.question.contains(&word.as_str()) {
            found.0 |= bit(row);
        }
        if language.answer.contains(&word.as_str()) {
            found.1 |= bit(row);
        }
    }
    found
}

/// Checks surroundings of a match, and reads `.5` and the letter of `1a`.
fn worded(places: &Places<'_>, captures: &Captures<'_>) -> Option<Label> {
    let text = places.text;
    let (word, digits) = (captures.name("word")?, captures.name("number")?);
    let start = captures.name("hash").map_or(word.start(), |hash| hash.start());
    let gap = captures.name("gap").map_or("", |gap| gap.as_str());
    let (part, end) = part(text, digits.end());
    let whole = number(digits.as_str())?;
    let rest = text.get(end..)?;
    let punctuated = rest.starts_with([':', ')', '.', '-', '–', '—', '：', ']']);
    if whole > NUMBER_MAX || (whole == 0 && !punctuated) || !closed(rest) {
        return None;
    }
    let place = places.of(start, end);
    let (question_in, answer_in) = rows(word.as_str());
    let one_letter = word.as_str().chars().count() == 1;
    let english = (question_in | answer_in) & 1 != 0;
    let leads = matches!(place, Place::Opening | Place::Line);
    if !leads {
        let upper = word.as_str().starts_with(char::is_uppercase);
        if one_letter && (!upper || !gap.is_empty() || !(english || punctuated)) {
            return None;
        }
        let rest = rest.trim_start();
        let introduces = punctuated
            || rest.starts_with(['-', '–', '—', ':'])
            || rest.starts_with("! ")
            || INTRODUCED.is_match(rest);
        if !introduces && places.is_reference(start) {
            return None;
        }
    }
    let slip = SLIPS.iter().find(|(slip, _)| slip.eq_ignore_ascii_case(word.as_str()));
    let slip = slip.filter(|_| punctuated && place == Place::Opening).map(|(_, kind)| *kind);
    if question_in | answer_in == 0 && slip.is_none() {
        return None;
    }
    let key = Key::Number(Number { whole, part });
    Some(Label { key, place, start, end, question_in, answer_in, slip })
}

/// The letter of `1a` or the digit of `1.5` at `end`, and where the label ends then.
fn part(text: &str, end: usize) -> (Part, usize) {
    let bytes = text.as_bytes();
    match (bytes.get(end), bytes.get(end + 1)) {
        (Some(b'.'), Some(digit @ b'1'..=b'9'))
            if !bytes.get(end + 2).is_some_and(u8::is_ascii_alphanumeric) =>
        {
            (Part::Fraction(digit - b'0'), end + 2)
        }
        (Some(letter), _) if matches!(letter.to_ascii_lowercase(), b'a'..=b'f') => {
            (Part::Letter(letter.to_ascii_lowercase()), end + 1)
        }
        _ => (Part::None, end),
    }
}

/// Whether a label may end where `rest` begins. Scripts without spaces go on at once.
fn closed(rest: &str) -> bool {
    let Some(next) = rest.chars().next() else { return true };
    let unspaced =
        matches!(next, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}');
    unspaced || (!next.is_alphanumeric() && !matches!(next, '_' | '%' | '@'))
}

/// A number in the digits of any script.
pub(super) fn number(digits: &str) -> Option<u16> {
    let mut number = 0;
    for digit in digits.chars() {
        number = number * 10 + u16::try_from(decimal(digit)?).ok()?;
    }
    Some(number)
}

/// The value of a decimal digit; the digits of a script follow one another in Unicode.
fn decimal(digit: char) -> Option<u32> {
    const ZEROS: [char; 12] = ['0', '٠', '۰', '०', '০', '੦', '૦', '௦', '๐', '໐', '၀', '０'];
    ZEROS.iter().map(|&zero| u32::from(digit).wrapping_sub(u32::from(zero))).find(|&it| it < 10)
}

/// Reads the rest of `A1/2`, `A1&A2`, `A1 + 2`: numbers that follow a label closely.
fn continue_list(text: &str, first: Label, found: &mut Vec<Label>) {
    let mut end = first.end;
    while let Some(captures) = text.get(end..).and_then(|rest| CONTINUED.captures(rest)) {
        let Some(digits) = captures.get(1) else { return };
        let Some(whole @ 1..=NUMBER_MAX) = number(digits.as_str()) else { return };
        let start = end + digits.start();
        end += digits.end();
        found.push(Label { key: Key::Number(Number::whole(whole)), start, end, ..first });
    }
}

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static CONTINUED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s?[/&+]\s?[aqr]?(\d{1,2})(?:[^\w/]|$)")
        .expect("the pattern of lists is well formed")
});

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static INTRODUCED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:is|asks|es|est|ist|è|é|reads)\s?:")
        .expect("the pattern of introductions is well formed")
});

/// What stands between the ends of a range.
const RANGE: &str = r"(?:[-–—→]|to|through|thru|until|till|bis|a|à|al|alla|até|au|hasta|fino\sa|jusqu['’]?\s?[àa]|t/?m|tot(?:\sen\smet)?|til|sampai|hingga|do|ila)";

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static RANGE_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(r"(?i)\b(\p{{L}}{{1,8}})\.?\s?\d{{1,2}}\s?{RANGE}\s?$"))
        .expect("the pattern of ranges is well formed")
});

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static RANGE_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(r"(?i)^\s?{RANGE}\s?(\p{{L}}{{1,8}})\.?\s?\d{{1,2}}\b"))
        .expect("the pattern of ranges is well formed")
});

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static SIEVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|\s)[^a-z0-9\s]*[aq][!@#$%]|final|last|ultima|(?:^|[^a-z0-9])[fl][qa](?:$|[^a-z0-9])|letzte|laatste|abschluss|slotvraag|son soru|terakhir|ostatnie|sista|question|answer|(?:pregunta|pergunta|domanda|frage|vraag)\s?[:：–—-]")
        .expect("the sieve is well formed")
});
