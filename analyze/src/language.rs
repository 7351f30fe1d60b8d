//! The language of a post: the platform's word first, whatlang where it is silent.

use colloquy_transcript::{CompactString, LangSource};
use rustc_hash::FxHashMap;

/// Letters below which a guess is worth nothing.
const LETTERS_MIN: usize = 20;

/// A language (ISO 639-1 where one exists, else 639-3) and who said so.
type Told = (CompactString, LangSource);

/// The languages of one room's posts. What was guessed is remembered: a text that is passed on or
/// posted again costs as much as all the rest that is found out about a dozen posts.
#[derive(Debug, Default)]
pub(crate) struct Languages(FxHashMap<String, Option<Told>>);

impl Languages {
    /// The language of `text`, of which the platform may have said something.
    pub(crate) fn of(&mut self, text: &str, platform: Option<&str>) -> Option<Told> {
        if let Some(word) = platform {
            return Some((word.into(), LangSource::Platform));
        }
        let prose = prose(text);
        if prose.chars().filter(|c| c.is_alphabetic()).count() < LETTERS_MIN {
            return None;
        }
        if let Some(told) = self.0.get(&prose) {
            return told.clone();
        }
        let told = guessed(&prose);
        self.0.insert(prose, told.clone());
        told
    }
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
        let mut languages = Languages::default();
        let mut language = |text: &str, platform| languages.of(text, platform);
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
}
