//! What a text says, read once: words by what they speak of, signs, and a sketch of the whole.

use colloquy_transcript::Post;

use super::links::{NAME_MIN, letters};
use super::repeats::Sketch;
use super::vocabulary::{EMPTY, Kind, Vocabulary, hashed, pair};

/// Words of a text that tell of its topic: the first are enough of a long one.
const TOPIC_MAX: usize = 256;

/// What the words of a text show.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Said {
    /// Words; links, names and tags left out.
    pub(super) words: usize,
    pub(super) offer: usize,
    pub(super) action: usize,
    pub(super) goods: usize,
    pub(super) digest: usize,
    pub(super) free: usize,
    pub(super) money: usize,
    pub(super) we: usize,
    pub(super) i: usize,
    pub(super) you: usize,
    pub(super) exclaims: usize,
    pub(super) asks: usize,
    pub(super) colon: usize,
    pub(super) digits: usize,
    pub(super) pictures: usize,
    /// Share of words in capitals.
    pub(super) capitals: f32,
    /// Share of words that begin with a capital.
    pub(super) titled: f32,
    /// Share of the text that is tags.
    pub(super) tags_share: f32,
    /// Whether the author names itself; unknown without a handle.
    pub(super) named: Option<bool>,
}

/// Reads texts one after another.
#[derive(Default)]
pub(super) struct Reader {
    vocabulary: Vocabulary,
    said: Said,
    /// Hashes of the longer words, each once, in the order of the text.
    topic: Vec<u64>,
    sketch: Option<Sketch>,
    /// The word before.
    before: Option<u64>,
    /// The last word of letters alone: numbers may change in a campaign.
    before_plain: Option<u64>,
    in_capitals: usize,
    titled: usize,
    tags: usize,
    /// Letters and digits of what the author says, run together, where a name is looked for.
    plain: String,
    looks_for_name: bool,
}

impl Reader {
    /// Reads a post's text.
    pub(super) fn read(&mut self, post: &Post) -> (Said, Option<Sketch>) {
        self.clear();
        let handle = post.author.handle.as_deref().map(letters);
        let handle = handle.filter(|handle| handle.len() >= NAME_MIN);
        self.looks_for_name = handle.is_some();
        let text = post.text.as_str();
        let linked = text.contains("://");
        for token in text.split_whitespace() {
            if linked && token.contains("://") || token.starts_with('@') {
                continue;
            }
            if token.starts_with('#') {
                self.tags += token.len();
            } else if token.is_ascii() {
                self.ascii(token);
            } else {
                self.any(token);
            }
            self.run_together(token);
        }
        self.finish(text, linked);
        self.said.named = handle.map(|handle| {
            self.plain.contains(&handle) || post.hashtags.iter().any(|tag| letters(tag) == handle)
        });
        (std::mem::take(&mut self.said), self.sketch.take())
    }

    /// Hashes of the longer words of the text that was read last, each once.
    pub(super) fn topic(&self) -> &[u64] {
        &self.topic
    }

    fn clear(&mut self) {
        self.topic.clear();
        self.plain.clear();
        (self.before, self.before_plain) = (None, None);
        (self.in_capitals, self.titled, self.tags) = (0, 0, 0);
    }

    fn run_together(&mut self, token: &str) {
        if !self.looks_for_name {
            return;
        }
        if token.is_ascii() {
            let letters = token.bytes().filter(u8::is_ascii_alphanumeric);
            self.plain.extend(letters.map(|byte| char::from(byte.to_ascii_lowercase())));
        } else {
            let letters = token.chars().filter(|c| c.is_alphanumeric());
            self.plain.extend(letters.flat_map(char::to_lowercase));
        }
    }

    /// A token of ASCII, byte by byte.
    fn ascii(&mut self, token: &str) {
        let bytes = token.as_bytes();
        let mut begin = None;
        for (at, &byte) in bytes.iter().enumerate() {
            let next_is_digit = || bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
            match byte {
                b'0'..=b'9' => self.said.digits += 1,
                b'!' => self.said.exclaims += 1,
                b'?' => self.said.asks += 1,
                b':' => self.said.colon += 1,
                b'$' => self.said.money += usize::from(next_is_digit()),
                b'%' => {
                    let after_digit = at > 0 && bytes[at - 1].is_ascii_digit();
                    self.said.money += usize::from(after_digit);
                }
                _ => {}
            }
            if byte.is_ascii_alphanumeric() || matches!(byte, b'\'' | b'-' | b'%') {
                begin.get_or_insert(at);
            } else if let Some(begin) = begin.take() {
                self.ascii_word(&token[begin..at]);
            }
        }
        if let Some(begin) = begin {
            self.ascii_word(&token[begin..]);
        }
    }

    fn ascii_word(&mut self, written: &str) {
        let written = written.trim_matches(['\'', '-']);
        let Some(first) = written.bytes().next() else { return };
        let mut hash = EMPTY;
        let (mut capitals, mut plain) = (true, true);
        for byte in written.bytes() {
            hash = hashed(hash, char::from(byte.to_ascii_lowercase()));
            capitals &= byte.is_ascii_uppercase();
            plain &= byte.is_ascii_alphabetic() || matches!(byte, b'\'' | b'-');
        }
        self.in_capitals += usize::from(capitals && written.len() > 2);
        self.titled += usize::from(first.is_ascii_uppercase());
        self.word(hash, plain, written.len() > 2 && !first.is_ascii_digit());
    }

    /// A token of any script.
    fn any(&mut self, token: &str) {
        let said = &mut self.said;
        let mut last = ' ';
        for letter in token.chars() {
            said.digits += usize::from(letter.is_ascii_digit());
            said.exclaims += usize::from(letter == '!');
            said.asks += usize::from(matches!(letter, '?' | '？'));
            said.colon += usize::from(letter == ':');
            let priced = matches!(last, '$' | '£' | '€') && letter.is_ascii_digit();
            let rated = letter == '%' && last.is_ascii_digit();
            said.money += usize::from(priced || rated);
            // Miscellaneous symbols, dingbats, and the blocks of pictographs.
            let picture = matches!(letter, '\u{2600}'..='\u{27bf}' | '\u{1f300}'..='\u{1faff}');
            said.pictures += usize::from(picture);
            last = letter;
        }
        for word in
            token.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’' | '-' | '%'))
        {
            let written = word.trim_matches(['\'', '’', '-']);
            let Some(first) = written.chars().next() else { continue };
            let lower = written.chars().map(|c| if c == '’' { '\'' } else { c });
            let hash = lower.flat_map(char::to_lowercase).fold(EMPTY, hashed);
            let plain = !written.chars().any(|c| c.is_numeric() || c == '%');
            let long = written.chars().nth(2).is_some();
            let capitals = long && written.chars().all(char::is_uppercase);
            self.in_capitals += usize::from(capitals);
            self.titled += usize::from(first.is_uppercase());
            self.word(hash, plain, long && !first.is_ascii_digit());
        }
    }

    /// Takes in a word; `plain` ones have no digits, `long` ones may belong to a topic.
    fn word(&mut self, hash: u64, plain: bool, long: bool) {
        self.said.words += 1;
        let kind = self.vocabulary.kind(hash);
        self.count(kind);
        if let Some(before) = self.before.replace(hash) {
            self.count(self.vocabulary.kind(pair(before, hash)));
        }
        let grammar = matches!(kind, Some(Kind::Stop | Kind::We | Kind::I | Kind::You));
        // A post has a dozen: looking through them is quicker than sorting them.
        if long && !grammar && !self.topic.contains(&hash) && self.topic.len() < TOPIC_MAX {
            self.topic.push(hash);
        }
        if plain {
            let before = self.before_plain.replace(hash);
            let both = before.map_or(hash, |before| pair(before, hash));
            self.sketch.get_or_insert_default().add(both);
        }
    }

    fn count(&mut self, kind: Option<Kind>) {
        let said = &mut self.said;
        match kind {
            Some(Kind::Offer) => said.offer += 1,
            Some(Kind::Action) => said.action += 1,
            Some(Kind::Goods) => said.goods += 1,
            Some(Kind::Digest) => said.digest += 1,
            Some(Kind::Free) => said.free += 1,
            Some(Kind::We) => said.we += 1,
            Some(Kind::I) => said.i += 1,
            Some(Kind::You) => said.you += 1,
            Some(Kind::Stop) | None => {}
        }
    }

    fn finish(&mut self, text: &str, linked: bool) {
        let said = &mut self.said;
        let words = said.words.max(1) as f32;
        said.capitals = self.in_capitals as f32 / words;
        said.titled = self.titled as f32 / words;
        said.tags_share = self.tags as f32 / text.len().max(1) as f32;
        // Most texts have neither mark nor link, and need not be searched.
        let daily = said.exclaims > 0 && (text.contains("Daily!") || text.contains("Weekly!"));
        let digest = daily && text.to_lowercase().contains("the latest");
        said.digest += usize::from(digest || linked && text.contains("paper.li"));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::super::cases::post;
    use super::*;

    fn said(text: &str) -> Said {
        Reader::default().read(&post(text)).0
    }

    #[test]
    fn words_are_counted_by_what_they_speak_of() {
        let said_so = said(
            "Our NEW e-book: 20% off, sign up today! Get yours at https://shop.example #garden @bea",
        );
        // "Sign up" and "get yours" act; the e-book is goods, and so is "our new".
        assert_eq!((said_so.offer, said_so.action, said_so.goods), (0, 2, 2));
        assert_eq!((said_so.we, said_so.money, said_so.i), (1, 1, 0));
        assert_eq!((said_so.exclaims, said_so.colon), (1, 1));
        let talk = said("A1: I water mine in the evening, how about you?");
        assert_eq!((talk.offer, talk.action, talk.goods), (0, 0, 0));
        assert_eq!((talk.i, talk.you, talk.asks, talk.money), (2, 1, 1, 0));
        assert_eq!(said("").words, 0);
    }

    #[test]
    fn digests_are_told_from_news() {
        assert!(said("The latest Garden Daily! https://paper.example Thanks to @bea").digest > 0);
        assert!(said("Garden Post is out! https://paper.example Top stories by @bea").digest > 0);
        assert_eq!(said("I dig daily").digest, 0);
        assert_eq!(said("My new e-book is out! https://book.example").digest, 0);
    }

    #[test]
    fn every_script_is_read_alike() {
        // The same words, once in a token of ASCII and once beside a letter that is not.
        let (plain, fancy) = (said("sale: only $5, 10% OFF!"), said("sale:– only $5,– 10%– OFF!–"));
        assert_eq!(
            (plain.words, plain.money, plain.offer),
            (fancy.words, fancy.money, fancy.offer)
        );
        assert_eq!((plain.colon, plain.digits), (fancy.colon, fancy.digits));
        assert_eq!(said("für £5 🎉 não").pictures, 1);
        assert_eq!(said("I’m sure").i, 1);
        assert_eq!(said("今日は、寒い。「豆」！").pictures, 0);
        assert!((said("ÄRGER über").capitals - 0.5).abs() < 1e-6);
    }

    #[test]
    fn campaigns_have_one_sketch_whatever_number_or_link() {
        let sketch = |text: &str| Reader::default().read(&post(text)).1.unwrap();
        let one = sketch("A1 Top 5 mulch tips for your garden https://shop.example/1 #gardenchat");
        let two = sketch("Top 7 mulch tips for your garden https://shop.example/2 @bea");
        assert_eq!(one, two);
        assert!(Reader::default().read(&post("https://shop.example #x 42")).1.is_none());
    }

    #[test]
    fn authors_name_themselves() {
        // The author of these cases is called bean_counter.
        assert_eq!(said("Bean Counter is here").named, Some(true));
        assert_eq!(said("#BeanCounter").named, Some(true));
        assert_eq!(said("@bean_counter beans").named, Some(false));
    }
}
