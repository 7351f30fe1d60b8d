//! Where a text proper begins, and where somebody else's words begin in it.
//!
//! Both are asked of every post several times, so they are read by hand; patterns only tell
//! letters beyond ASCII.

use std::sync::LazyLock;

use regex::Regex;

/// Where the text proper begins: after `RT @x:`, mentions, tags, punctuation and pictures.
pub fn opening(text: &str) -> usize {
    let mut at = 0;
    while let Some(length) = text.get(at..).and_then(opener) {
        at += length;
    }
    at
}

/// The text before somebody else's words that it passes on: `Likewise! RT @bea: A1 …`.
pub fn own_words(text: &str) -> &str {
    // Most texts pass nothing on.
    if !text.contains("RT") && !text.contains("MT") {
        return text;
    }
    let passed_on = PASSED_ON.find_at(text, opening(text)).map_or(text.len(), |it| it.start());
    text.get(..passed_on).unwrap_or(text)
}

/// The length of the mention, tag, mark or `RT` that `rest` begins with; `None` before a word.
fn opener(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    match *bytes.first()? {
        b'@' => Some(1 + run(rest, 1, b"_.@-", &NAME)).filter(|&end| end > 1),
        b'#' => match bytes.get(1)? {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Some(1 + run(rest, 1, b"_", &WORD)),
            0x80.. => TAG.find(rest).map(|tag| tag.end()),
            _ => None,
        },
        b'R' | b'r' | b'M' | b'm' => is_passing_on(rest).then_some(2),
        byte if byte.is_ascii_alphanumeric() => None,
        0..0x80 => Some(1),
        _ => MARKS.find(rest).map(|marks| marks.end()),
    }
}

/// How far letters, digits and `others` go from byte `from` on; beyond ASCII `known` tells.
fn run(rest: &str, from: usize, others: &[u8], known: &Regex) -> usize {
    let bytes = rest.as_bytes().get(from..).unwrap_or_default();
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || others.contains(byte);
    let ascii = bytes.iter().position(|byte| !goes_on(byte)).unwrap_or(bytes.len());
    if bytes.get(ascii).is_some_and(|byte| !byte.is_ascii()) {
        let rest = rest.get(from..).unwrap_or_default();
        return known.find(rest).map_or(0, |found| found.end());
    }
    ascii
}

/// Whether `rest` begins with the word `RT` or `MT`.
fn is_passing_on(rest: &str) -> bool {
    let Some((word, behind)) = rest.split_at_checked(2) else { return false };
    let written = word.eq_ignore_ascii_case("RT") || word.eq_ignore_ascii_case("MT");
    written && run(behind, 0, b"_", &WORD) == 0
}

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("a constant pattern"));
    };
}

pattern!(PASSED_ON, r#"\s["“(]?(?:RT|MT)\s?:?\s?@"#);
pattern!(NAME, r"^[\w.@-]+");
pattern!(WORD, r"^\w+");
pattern!(TAG, r"^#[\p{L}_]\w*");
pattern!(MARKS, r"^[^\p{L}\p{N}@#]+");

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read by hand, as one pattern.
    fn by_pattern(text: &str) -> usize {
        static OPENING: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"^(?:(?i:RT|MT)\b[\s:]*|[^\p{L}\p{N}@#]+|@[\w.@-]+:?|#[\p{L}_]\w*\b)*")
                .unwrap()
        });
        OPENING.find(text).map_or(0, |found| found.end())
    }

    #[test]
    fn openings_end_where_the_text_begins() {
        for (text, expected) in [
            ("A1 beans", 0),
            ("RT @rosa: Q1", 10),
            ("rt: beans", 4),
            ("RTÉ says", 0),
            ("RT", 2),
            ("M", 0),
            ("@rosa @fern_b, A2", 15),
            ("@ beans", 0),
            ("#gardenchat #Q1: what", 17),
            ("#1 beans", 0),
            ("🌱 “Beans”", 8),
            ("#gärten @jürgen né", 18),
            ("", 0),
        ] {
            assert_eq!(opening(text), expected, "{text}");
            assert_eq!(by_pattern(text), expected, "{text}");
        }
    }

    #[test]
    fn own_words_end_where_others_begin() {
        for (text, expected) in [
            ("Likewise! RT @bea: A1 beans", "Likewise!"),
            ("RT @bea: A1 beans", "RT @bea: A1 beans"),
            ("PORT wine “RT @bea", "PORT wine"),
            ("SMART beans", "SMART beans"),
        ] {
            assert_eq!(own_words(text), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn the_hand_reads_what_the_pattern_reads(
            text in "(RT|MT|rt|[@#:]|[a-z_0-9]|[ .\n\u{a0}-]|[éßжक्षé🌱“Ⓐ²①_‿\u{200d}\u{301}]|.){0,12}"
        ) {
            proptest::prop_assert_eq!(opening(&text), by_pattern(&text), "{:?}", text);
        }
    }
}
