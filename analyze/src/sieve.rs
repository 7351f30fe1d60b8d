//! A pattern behind a sieve: most texts hold none of the words without which it finds nothing.
//!
//! The sieve is made from the pattern itself, so whoever adds words to one need not think of it.
//! A text passes if it holds one of the literals of which every match needs one. One that is not
//! ASCII must also match the pattern once its `\b` are left out (which only ever lets more
//! through): a word boundary of Unicode takes the slow engines of `regex`.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Match, Regex};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

use crate::literals::{Literals, holds_folding, needed};

/// A pattern without regard to case, with spaces and line breaks that do not count.
pub(crate) struct Sieved {
    written: &'static str,
    pattern: Regex,
    sieve: Sieve,
    /// The pattern without word boundaries.
    loose: LazyLock<Option<Regex>, Box<dyn FnOnce() -> Option<Regex> + Send>>,
}

impl Sieved {
    /// Compiles `text`; `None` if it is not well formed.
    pub(crate) fn new(text: &'static str) -> Option<Self> {
        let compiled = |text: &str| Regex::new(&format!("(?xi){text}")).ok();
        let loose = Box::new(move || compiled(&text.replace(r"\b", "")));
        Some(Self {
            written: text,
            pattern: compiled(text)?,
            sieve: Sieve::of(&[text]),
            loose: LazyLock::new(loose),
        })
    }

    /// The pattern as it was written.
    pub(crate) fn written(&self) -> &'static str {
        self.written
    }

    /// Whether the pattern may find anything.
    pub(crate) fn may_match(&self, text: &str) -> bool {
        self.sieve.passing(text) != 0 && self.may_match_loosely(text)
    }

    /// Whether the pattern without word boundaries, of which those of all scripts are slow to tell, finds
    /// anything.
    fn may_match_loosely(&self, text: &str) -> bool {
        text.is_ascii() || self.loose.as_ref().is_none_or(|loose| loose.is_match(text))
    }

    /// Whether the pattern finds anything in `text`.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.may_match(text) && self.pattern.is_match(text)
    }

    /// The first match in a text that passed the sieve.
    pub(crate) fn search<'t>(&self, text: &'t str) -> Option<Match<'t>> {
        self.may_match_loosely(text).then(|| self.pattern.find(text))?
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

/// Sorts out the texts that some patterns cannot match, in one look at each text.
pub(crate) struct Sieve {
    /// What every match in a text of ASCII holds.
    ascii: Literals,
    /// What every match in any text holds in which [no letter folds to ASCII](holds_folding).
    any: Literals,
}

impl Sieve {
    /// The sieve of at most eight patterns without regard to case.
    pub(crate) fn of(patterns: &[&str]) -> Self {
        let parse = |pattern: &&str| {
            ParserBuilder::new().ignore_whitespace(true).build().parse(pattern).ok()
        };
        let parsed: Vec<Option<Hir>> = patterns.iter().map(parse).collect();
        let literals = |in_ascii| {
            Literals::of(parsed.iter().map(|it| it.as_ref().and_then(|it| needed(it, in_ascii))))
        };
        Self { ascii: literals(true), any: literals(false) }
    }

    /// A bit for each pattern that may match.
    pub(crate) fn passing(&self, text: &str) -> u8 {
        let bytes = text.as_bytes();
        if text.is_ascii() {
            self.ascii.stand_in(bytes)
        } else if holds_folding(bytes) {
            u8::MAX
        } else {
            self.any.stand_in(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sieve_loses_nothing() {
        let text = r"\b(?:good\s?night|soy\s\w+,|kiss(?:es)?|спокойной)\b";
        let (sieved, plain) =
            (Sieved::new(text).unwrap(), Regex::new(&format!("(?xi){text}")).unwrap());
        for text in [
            "Good night all",
            "Good night, каждый",
            "Soy Bea, de Cádiz",
            "Très kiss",
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
        fn the_sieve_loses_no_text(text in "(good|night|GOO|d n|ki|ss|ß|ſ|\u{212a}|é|Soy |a,|[a-zA-Z ]){0,8}") {
            let pattern = r"\b(?:good\s?night|soy\s\w+,|kiss(?:es)?|ns\b)";
            let plain = Regex::new(&format!("(?xi){pattern}")).unwrap();
            let sieved = Sieved::new(pattern).unwrap();
            assert_eq!(sieved.is_match(&text), plain.is_match(&text), "{text}");
            let both = Sieve::of(&["soy", pattern, r"\w"]).passing(&text);
            assert!(both & 2 != 0 || !plain.is_match(&text), "{text}");
            assert!(both & 4 != 0, "of that nothing is known");
        }
    }
}
