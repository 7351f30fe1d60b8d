//! The language of a post: the platform's word first, whatlang where it is silent.

use colloquy_transcript::{CompactString, LangSource};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Letters below which a guess is worth nothing.
const LETTERS_MIN: usize = 20;
/// Fewer texts are no work for several threads.
const SIDE_BY_SIDE_MIN: usize = 64;

/// A language (ISO 639-1 where one exists, else 639-3) and who said so.
type Told = (CompactString, LangSource);

/// The languages of posts, of each its text and what the platform said of it. A text that is passed on or
/// posted again is looked at once: it costs as much as all the rest that is found out about a dozen posts,
/// so many are looked at side by side. Which thread looks at which has no say in what is found.
pub(crate) fn languages<'a>(
    posts: impl Iterator<Item = (&'a str, Option<&'a str>)>,
) -> Vec<Option<Told>> {
    let mut numbers: FxHashMap<String, usize> = FxHashMap::default();
    let of = |(text, platform): (&str, Option<&str>)| {
        if let Some(word) = platform {
            return Guess::Said(word.into());
        }
        let prose = prose(text);
        if prose.chars().filter(|c| c.is_alphabetic()).count() < LETTERS_MIN {
            return Guess::Nothing;
        }
        let next = numbers.len();
        Guess::Of(*numbers.entry(prose).or_insert(next))
    };
    let guesses: Vec<Guess> = posts.map(of).collect();
    let guess = |(prose, number): (String, usize)| (number, guessed(&prose));
    let mut found: Vec<(usize, Option<Told>)> = if numbers.len() < SIDE_BY_SIDE_MIN {
        numbers.into_iter().map(guess).collect()
    } else {
        numbers.into_par_iter().map(guess).collect()
    };
    found.sort_unstable_by_key(|(number, _)| *number);
    let told = |guess| match guess {
        Guess::Said(word) => Some((word, LangSource::Platform)),
        Guess::Of(number) => found.get(number).and_then(|(_, told)| told.clone()),
        Guess::Nothing => None,
    };
    guesses.into_iter().map(told).collect()
}

/// Where the language of a post is known from.
enum Guess {
    /// The platform said it.
    Said(CompactString),
    /// The number of its text among those that differ.
    Of(usize),
    /// Too little is written.
    Nothing,
}

fn guessed(prose: &str) -> Option<Told> {
    let info = whatlang::detect(prose)?;
    info.is_reliable().then(|| (two_letters(info.lang()).into(), LangSource::Detected))
}

/// The text without links, mentions and tags, which are in no language.
fn prose(text: &str) -> String {
    let mut prose = String::with_capacity(text.len());
    for token in text.split_whitespace() {
        if !token.starts_with(['@', '#']) && !token.contains("://") {
            prose.push_str(token);
            prose.push(' ');
        }
    }
    prose
}

/// Platforms speak two-letter codes; the languages that chats are held in get theirs.
fn two_letters(lang: whatlang::Lang) -> &'static str {
    use whatlang::Lang;
    match lang {
        Lang::Eng => "en",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ita => "it",
        Lang::Nld => "nl",
        Lang::Cat => "ca",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Nob => "no",
        Lang::Fin => "fi",
        Lang::Pol => "pl",
        Lang::Ces => "cs",
        Lang::Tur => "tr",
        Lang::Ell => "el",
        Lang::Rus => "ru",
        Lang::Ukr => "uk",
        Lang::Ara => "ar",
        Lang::Heb => "he",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Cmn => "zh",
        Lang::Ind => "id",
        Lang::Vie => "vi",
        Lang::Tha => "th",
        other => other.code(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn the_platform_speaks_first() {
        let language =
            |text: &str, platform| languages([(text, platform)].into_iter()).pop().unwrap();
        assert_eq!(
            language("Guten Abend", Some("en")).unwrap(),
            ("en".into(), LangSource::Platform)
        );
        assert_eq!(language("A1 yes! #tag https://example.org", None), None);
        let german =
            "Ich säe die Bohnen immer erst nach den Eisheiligen, sonst erfrieren sie mir im Beet";
        for text in [german, &format!("@bea {german} #tag")] {
            assert_eq!(language(text, None).unwrap(), ("de".into(), LangSource::Detected));
        }
    }

    #[test]
    fn every_post_gets_its_own() {
        let german =
            "Wer hat schon einmal Bohnen nach den Eisheiligen im Beet gesät und warum nicht";
        let english =
            "Has anybody ever sown their beans after the frost, and what came of all that";
        // Few, and so many that they are shared out.
        for rounds in [1, SIDE_BY_SIDE_MIN] {
            let texts: Vec<(String, Option<&str>, Option<&str>)> = (0..rounds)
                .flat_map(|nth| {
                    // Digits are no letters, but make a text of its own.
                    let german = format!("{german} {nth}");
                    [
                        (german.clone(), None, Some("de")),
                        ("Yes!".to_owned(), None, None),
                        (format!("{english} {nth}"), None, Some("en")),
                        (english.to_owned(), Some("nl"), Some("nl")),
                        (german, None, Some("de")),
                    ]
                })
                .collect();
            let told =
                languages(texts.iter().map(|(text, platform, _)| (text.as_str(), *platform)));
            let told: Vec<Option<&str>> =
                told.iter().map(|told| told.as_ref().map(|(lang, _)| lang.as_str())).collect();
            let expected: Vec<Option<&str>> = texts.iter().map(|(_, _, lang)| *lang).collect();
            assert_eq!(told, expected);
        }
    }
}
