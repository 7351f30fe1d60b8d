//! Labels without a number, and those that fingers got wrong.

use std::sync::LazyLock;

use regex::Regex;

use super::languages::{LANGUAGES, LAST_ANSWER};
use super::scan::{Places, number};
use super::{Key, Label, NUMBER_MAX, Number, Place, bit};

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static LAST: LazyLock<Regex> = LazyLock::new(|| {
    let mut words: Vec<&str> =
        LANGUAGES.iter().flat_map(|row| row.last_question).chain(LAST_ANSWER).copied().collect();
    words.sort_unstable_by_key(|word| (std::cmp::Reverse(word.len()), *word));
    words.dedup();
    let pattern =
        format!(r"(?i)(?:^|[^\p{{L}}\p{{N}}_@/])#?({})(?:$|[^\p{{L}}\p{{N}}_@])", words.join("|"));
    Regex::new(&pattern).expect("the pattern of last questions is well formed")
});

/// `Final Q`, `FQ:`, `Last question:`, `Final A`. It opens a text or line, or a colon follows.
pub(super) fn last(places: &Places<'_>) -> Option<Label> {
    let text = places.text;
    LAST.captures_iter(text).find_map(|captures| {
        let word = captures.get(1)?;
        let place = places.of(word.start(), word.end());
        let rest = text.get(word.end()..)?;
        let punctuated = rest.trim_start().starts_with([':', '.', '-', '–', '—', '!', ')', '：']);
        let led = match place {
            Place::Opening | Place::Line => true,
            Place::Middle => punctuated,
            Place::Closing => false,
        };
        let written = word.as_str().to_lowercase();
        // Two letters may stand for anything: they are a label in upper case or before a colon.
        let short = written.len() == 2 && !punctuated && written == word.as_str();
        let answers = LAST_ANSWER.contains(&written.as_str());
        // "Last a gale took the barrel" is no answer's label.
        let closes = rest.trim_start().is_empty() || rest.trim_start().starts_with(['#', '\n']);
        let wordy =
            written.ends_with(" a") && !punctuated && !closes && word.as_str().ends_with('a');
        let mask = if answers {
            (0, 1)
        } else {
            let rows = LANGUAGES.iter().enumerate();
            let known = rows.filter(|(_, row)| row.last_question.contains(&written.as_str()));
            (known.fold(0, |mask, (row, _)| mask | bit(row)), 0)
        };
        (led && !short && !wordy).then_some(Label {
            key: Key::Last,
            place,
            start: word.start(),
            end: word.end(),
            question_in: mask.0,
            answer_in: mask.1,
            slip: None,
        })
    })
}

#[expect(clippy::expect_used, reason = "a constant pattern; every test of this module compiles it")]
static ODD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^\#?(?:
        (?P<turned>\d{1,2})\s?(?P<turned_word>[aAqQ])(?:[:.)\-]|(?P<space>\s))
        |(?P<shifted>[aAqQ])(?:(?P<mark>[!@\#$%])[.:)]|!\s)
        |(?P<bare>\d{1,2})[.):/](?:\s|$)
        |(?P<hashed>\d{1,2})(?:\s|$))",
    )
    .expect("the pattern of odd labels is well formed")
});

/// `3A:` for `A3`, `A!.` for `A1`, and numbers without a word: `3.`, `#3`.
pub(super) fn typed_oddly(places: &Places<'_>) -> Option<Label> {
    // `opening` takes the `#` of `#3` for punctuation it must not skip.
    let rest = places.text.get(places.opening..)?;
    let captures = ODD.captures(rest)?;
    let label = |digits: &str, masks: (u32, u32), end: usize| {
        let whole = number(digits).filter(|number| (1..=NUMBER_MAX).contains(number))?;
        Some(Label {
            key: Key::Number(Number::whole(whole)),
            place: Place::Opening,
            start: places.opening,
            end: places.opening + end,
            question_in: masks.0,
            answer_in: masks.1,
            slip: None,
        })
    };
    let masks = |letter: &str| if letter.eq_ignore_ascii_case("q") { (1, 0) } else { (0, 1) };
    if let (Some(digits), Some(word)) = (captures.name("turned"), captures.name("turned_word")) {
        let upper = word.as_str().starts_with(char::is_uppercase);
        let clear = captures.name("space").is_none() || upper;
        return clear.then(|| label(digits.as_str(), masks(word.as_str()), word.end()))?;
    }
    if let Some(word) = captures.name("shifted") {
        // The marks above the digits of most keyboards.
        let mark = captures.name("mark").map_or("!", |mark| mark.as_str());
        let digit = "!@#$%".find(mark).map_or(1, |place| place + 1).to_string();
        return label(&digit, masks(word.as_str()), word.end() + 1);
    }
    if let Some(digits) = captures.name("bare") {
        return label(digits.as_str(), (0, 0), digits.end() + 1);
    }
    // A number alone opens many sentences: it counts behind a `#`.
    let digits = captures.name("hashed").filter(|_| rest.starts_with('#'))?;
    label(digits.as_str(), (0, 0), digits.end())
}
