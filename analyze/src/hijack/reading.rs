//! What a text says, read once in its life: words by what they speak of, signs, a sketch of the whole,
//! and what its words weigh. Nothing of it depends on the week, so who read it at arrival need not read
//! it again in the end.

use colloquy_transcript::{Post, PostKind};

use super::apps::{App, Apps};
use super::bytes::{holds, scheme_end};
use super::evidence::Account;
use super::hashes::Hashes;
use super::letters::{DIGIT, FOREIGN, INNER, LETTER, SIGN, Tokens, UPPER, WORD, kind};
use super::links::Links;
use super::model::Weigher;
use super::names::Name;
use super::profiles::Profiles;
use super::readings::{OneReading, share};
use super::sketch::Sketch;
use super::vocabulary::{EMPTY, Kind, Vocabulary, hashed, hashed_byte, pair};
use super::{TOGETHER, Wording};

/// Words of a text that tell of its topic: the first are enough of a long one.
const TOPIC_MAX: usize = 256;

/// What is read of a post alone: about 160 bytes, and 8 for each of its longer words, links and tags.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(super) said: Said,
    pub(super) links: Links,
    /// What it is, and how many it mentions: so nobody looks at the post for that again. Nobody asks whether it is
    /// 255 or more.
    pub(super) kind: PostKind,
    pub(super) mentions: u8,
    /// What the application that it was sent from tells; none if it is not known.
    pub(super) app: Option<App>,
    pub(super) account: Account,
    /// Words of trade in the author's profile; unknown without one.
    pub(super) trade: Option<u8>,
    pub(super) sketch: Option<Sketch>,
    pub(super) wording: Wording,
    pub(super) hashes: Hashes,
}

/// What the words of a text show. Nobody asks whether it is 255 signs or more.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Said {
    /// Words; links, names and tags left out.
    pub(super) words: u32,
    pub(super) offer: u8,
    pub(super) action: u8,
    pub(super) goods: u8,
    pub(super) digest: u8,
    pub(super) free: u8,
    pub(super) money: u8,
    pub(super) we: u8,
    pub(super) i: u8,
    pub(super) you: u8,
    pub(super) exclaims: u8,
    pub(super) asks: u8,
    pub(super) colon: u8,
    pub(super) digits: u8,
    pub(super) pictures: u8,
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
    apps: Apps,
    profiles: Profiles,
    weigher: Weigher<'static>,
    /// Of the posts that are read together.
    wordings: Vec<Wording>,
    hashes: Vec<u64>,
    said: Said,
    /// Hashes of the longer words, each once, in the order of the text.
    topic: Vec<u64>,
    /// Pairs of words without numbers, for the sketch.
    pairs: Vec<u64>,
    /// The word before.
    before: Option<u64>,
    /// The last word of letters alone: numbers may change in a campaign.
    before_plain: Option<u64>,
    in_capitals: u32,
    titled: u32,
    tags: usize,
    name: Name,
}

/// One more, unless there are too many to tell.
fn count(counted: &mut u8, condition: bool) {
    *counted = counted.saturating_add(u8::from(condition));
}

/// Looks at the parts of posts that will be read, before any is: they come from a memory that takes longer to
/// answer than a part to be read, but answers many at once.
fn fetch(posts: &[&Post]) {
    /// Bytes that are fetched at once.
    const LINE: usize = 64;
    let first = |text: &[u8]| text.first().copied().unwrap_or_default();
    let mut seen = 0;
    for post in posts {
        let text = post.text.as_bytes();
        seen ^= text.iter().step_by(LINE).fold(0, |seen, byte| seen ^ byte);
        seen ^= post.urls.first().map_or(0, |url| first(url.as_bytes()));
        seen ^= post.hashtags.first().map_or(0, |tag| first(tag.as_bytes()));
        seen ^= post.mentions.first().map_or(0, |name| first(name.as_bytes()));
    }
    std::hint::black_box(seen);
}

impl Reader {
    /// Reads posts, and gives what was read of each to `take` in their order.
    pub(super) fn read(&mut self, posts: &[&Post], mut take: impl FnMut(OneReading)) {
        for together in posts.chunks(TOGETHER) {
            fetch(together);
            let mut wordings = std::mem::take(&mut self.wordings);
            let weights = together.iter().map(|post| self.weigher.weigh(&post.text));
            wordings.extend(weights.map(Wording::of_grams));
            for (post, wording) in together.iter().zip(&mut wordings) {
                wording.search(post);
            }
            self.hashes.clear();
            let mut readings = Vec::with_capacity(together.len());
            for (post, wording) in together.iter().zip(wordings.drain(..)) {
                readings.push(self.read_one(post, wording));
            }
            self.wordings = wordings;
            share(readings, &self.hashes).for_each(&mut take);
        }
    }

    /// Reads a post of which the wording was read, and appends its hashes.
    fn read_one(&mut self, post: &Post, wording: Wording) -> Reading {
        let text = post.text.as_str();
        let linked = self.text(post);
        self.finish(text, linked);
        self.said.named = self.name.stands_in(post);
        Reading {
            said: std::mem::take(&mut self.said),
            links: Links::of(post, self.name.handle()),
            kind: post.kind,
            mentions: u8::try_from(post.mentions.len()).unwrap_or(u8::MAX),
            app: post.source_app.as_deref().map(|name| self.apps.get(name)),
            account: Account::of(post),
            trade: post.author.bio.as_deref().map(|bio| self.profiles.trade(bio)),
            sketch: Sketch::of(&self.pairs),
            wording,
            hashes: Hashes::add(&self.topic, post, &mut self.hashes),
        }
    }

    /// Reads the tokens of a text, and tells whether there is a link.
    fn text(&mut self, post: &Post) -> bool {
        self.clear(post);
        let mut linked = false;
        for (token, kinds) in Tokens::of(&post.text) {
            if kinds & !LETTER == 0 {
                self.letters(token.as_bytes(), kinds);
                continue;
            }
            let is_link = kinds & SIGN != 0 && scheme_end(token).is_some();
            linked |= is_link;
            if is_link || token.starts_with('@') {
                continue;
            }
            let tag = token.starts_with('#');
            if tag {
                self.tags += token.len();
            }
            if kinds & FOREIGN == 0 {
                self.name.ascii(token.as_bytes());
                if !tag {
                    self.ascii(token.as_bytes(), kinds);
                }
            } else {
                self.name.any(token);
                if !tag {
                    self.any(token);
                }
            }
        }
        linked
    }

    fn clear(&mut self, post: &Post) {
        self.topic.clear();
        self.pairs.clear();
        self.name.look_for(post.author.handle.as_deref());
        (self.before, self.before_plain) = (None, None);
        (self.in_capitals, self.titled, self.tags) = (0, 0, 0);
    }

    /// A word of letters of ASCII, of these kinds.
    fn letters(&mut self, word: &[u8], kinds: u8) {
        let mut hash = EMPTY;
        self.name.letters(word, |letter| hash = hashed_byte(hash, letter));
        let long = word.len() > 2;
        self.in_capitals += u32::from(kinds == UPPER && long);
        self.titled += u32::from(word.first().is_some_and(u8::is_ascii_uppercase));
        self.word(hash, true, long);
    }

    /// A token of ASCII, byte by byte.
    fn ascii(&mut self, token: &[u8], kinds: u8) {
        if kinds & (SIGN | DIGIT) != 0 {
            self.signs(token);
        }
        let mut begin = 0;
        for (at, &byte) in token.iter().enumerate() {
            if kind(byte) & WORD == 0 {
                self.ascii_word(&token[begin..at], kinds);
                begin = at + 1;
            }
        }
        self.ascii_word(&token[begin..], kinds);
    }

    fn signs(&mut self, token: &[u8]) {
        let said = &mut self.said;
        let mut last = b' ';
        for (at, &byte) in token.iter().enumerate() {
            match byte {
                b'0'..=b'9' => count(&mut said.digits, true),
                b'!' => count(&mut said.exclaims, true),
                b'?' => count(&mut said.asks, true),
                b':' => count(&mut said.colon, true),
                b'$' => count(&mut said.money, token.get(at + 1).is_some_and(u8::is_ascii_digit)),
                b'%' => count(&mut said.money, last.is_ascii_digit()),
                _ => {}
            }
            last = byte;
        }
    }

    /// A word that is made of no more than these kinds.
    fn ascii_word(&mut self, written: &[u8], kinds: u8) {
        let written = if kinds & INNER == 0 { written } else { trimmed(written) };
        let Some(first) = written.first() else { return };
        let (mut hash, mut kinds) = (EMPTY, 0);
        for &byte in written {
            let it = kind(byte);
            kinds |= it;
            // A capital and its small letter are one bit apart.
            hash = hashed_byte(hash, byte | ((it & UPPER) << 5));
        }
        let long = written.len() > 2;
        self.in_capitals += u32::from(kinds == UPPER && long);
        self.titled += u32::from(first.is_ascii_uppercase());
        self.word(hash, kinds & DIGIT == 0, long && !first.is_ascii_digit());
    }

    /// A token of any script.
    fn any(&mut self, token: &str) {
        let said = &mut self.said;
        let mut last = ' ';
        for letter in token.chars() {
            count(&mut said.digits, letter.is_ascii_digit());
            count(&mut said.exclaims, letter == '!');
            count(&mut said.asks, matches!(letter, '?' | '？'));
            count(&mut said.colon, letter == ':');
            let priced = matches!(last, '$' | '£' | '€') && letter.is_ascii_digit();
            let rated = letter == '%' && last.is_ascii_digit();
            count(&mut said.money, priced || rated);
            // Miscellaneous symbols, dingbats, and the blocks of pictographs.
            let picture = matches!(letter, '\u{2600}'..='\u{27bf}' | '\u{1f300}'..='\u{1faff}');
            count(&mut said.pictures, picture);
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
            self.in_capitals += u32::from(capitals);
            self.titled += u32::from(first.is_uppercase());
            self.word(hash, plain, long && !first.is_ascii_digit());
        }
    }

    /// Takes in a word; `plain` ones have no digits, `long` ones may belong to a topic.
    #[expect(
        clippy::inline_always,
        reason = "a fifth of it is what is saved and restored around it"
    )]
    #[inline(always)]
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
            self.pairs.push(before.map_or(hash, |before| pair(before, hash)));
        }
    }

    fn count(&mut self, kind: Option<Kind>) {
        let said = &mut self.said;
        let counted = match kind {
            Some(Kind::Offer) => &mut said.offer,
            Some(Kind::Action) => &mut said.action,
            Some(Kind::Goods) => &mut said.goods,
            Some(Kind::Digest) => &mut said.digest,
            Some(Kind::Free) => &mut said.free,
            Some(Kind::We) => &mut said.we,
            Some(Kind::I) => &mut said.i,
            Some(Kind::You) => &mut said.you,
            Some(Kind::Trade | Kind::Stop) | None => return,
        };
        count(counted, true);
    }

    fn finish(&mut self, text: &str, linked: bool) {
        let said = &mut self.said;
        let words = said.words.max(1) as f32;
        said.capitals = self.in_capitals as f32 / words;
        said.titled = self.titled as f32 / words;
        said.tags_share = self.tags as f32 / text.len().max(1) as f32;
        // Most texts have neither mark nor link, and need not be searched.
        let stands = |word: &str| holds(text.as_bytes(), word.as_bytes());
        let daily = said.exclaims > 0 && (stands("Daily!") || stands("Weekly!"));
        let digest = daily && text.to_lowercase().contains("the latest");
        count(&mut said.digest, digest || linked && stands("paper.li"));
    }
}

/// A word without what only stands inside of words.
fn trimmed(written: &[u8]) -> &[u8] {
    let inside = |byte: &u8| kind(*byte) != INNER;
    let Some(begin) = written.iter().position(inside) else { return &[] };
    let end = written.iter().rposition(inside).map_or(begin, |last| last + 1);
    &written[begin..end]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::super::cases::{post, read};
    use super::*;

    fn said(text: &str) -> Said {
        read(&post(text)).said
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
        let sketch = |text: &str| read(&post(text)).sketch.unwrap();
        let one = sketch("A1 Top 5 mulch tips for your garden https://shop.example/1 #gardenchat");
        let two = sketch("Top 7 mulch tips for your garden https://shop.example/2 @bea");
        assert_eq!(one, two);
        assert!(read(&post("https://shop.example #x 42")).sketch.is_none());
    }

    #[test]
    fn authors_name_themselves() {
        // The author of these cases is called bean_counter.
        assert_eq!(said("Bean Counter is here").named, Some(true));
        assert_eq!(said("#BeanCounter").named, Some(true));
        assert_eq!(said("@bean_counter beans").named, Some(false));
    }
}
