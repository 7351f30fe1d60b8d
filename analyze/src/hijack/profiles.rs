//! What authors say of themselves: those who sell say so there.

use rustc_hash::FxHashMap;

use super::vocabulary::{Kind, Vocabulary, hash, pair};

/// Profiles that are remembered: authors come again and again.
const REMEMBERED: usize = 4096;

/// Reads profiles, most of them once.
#[derive(Default)]
pub(super) struct Profiles {
    vocabulary: Vocabulary,
    /// A profile and its words of trade, by its hash.
    known: FxHashMap<u64, (Box<str>, u8)>,
}

impl Profiles {
    /// Words and pairs of words of trade in a profile: goods, offers, calls to act, and what firms say of themselves.
    pub(super) fn trade(&mut self, bio: &str) -> u8 {
        let key = xxhash_rust::xxh3::xxh3_64(bio.as_bytes());
        // Two profiles of one hash would otherwise depend on which was read first.
        if let Some((_, count)) = self.known.get(&key).filter(|(known, _)| **known == *bio) {
            return *count;
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let count = self.count(bio);
        self.known.insert(key, (bio.into(), count));
        count
    }

    fn count(&self, bio: &str) -> u8 {
        let is_inner = |c: char| matches!(c, '\'' | '’' | '-');
        let words = bio.split(|c: char| !c.is_alphanumeric() && !is_inner(c));
        let words = words.map(|word| word.trim_matches(is_inner)).filter(|word| !word.is_empty());
        let (mut count, mut before) = (0u8, None);
        for word in words {
            let word = hash(word);
            let pair = before.replace(word).map(|before| pair(before, word));
            let of_trade = |hash: u64| {
                use Kind::{Action, Goods, Offer, Trade};
                matches!(self.vocabulary.kind(hash), Some(Offer | Action | Goods | Trade))
            };
            let more = usize::from(of_trade(word)) + usize::from(pair.is_some_and(of_trade));
            count = count.saturating_add(u8::try_from(more).unwrap_or(u8::MAX));
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn firms_say_what_they_are_and_people_who_they_are() {
        let mut profiles = Profiles::default();
        for (bio, count) in [
            ("Leading supplier of bespoke sheds. Follow us!", 4),
            ("GRÜNDER einer Agentur für Gartenbau", 2),
            ("Mum of two, grows beans, opinions my own. She/her", 0),
            ("We're nobody's co-founder - we offer nothing", 2),
            ("", 0),
        ] {
            assert_eq!(profiles.trade(bio), count, "{bio}");
            assert_eq!(profiles.trade(bio), count, "{bio}, again");
        }
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut profiles = Profiles::default();
        for nth in 0..=REMEMBERED {
            profiles.trade(&nth.to_string());
        }
        assert_eq!(profiles.known.len(), 1);
    }
}
