//! The chat's own vocabulary: what those who take part said in the units before.

use colloquy_transcript::SessionId;
use rustc_hash::FxHashMap;

use super::spread::Logs;

/// Words that are remembered of a unit, those that most participants used first.
const WORDS_MAX: usize = 300;
/// Weeks and sessions that are remembered, a year of a weekly chat: subjects change over the years.
pub(super) const UNITS_MAX: usize = 104;
/// Of fewer participants' words nothing is concluded.
const PARTICIPANTS_MIN: u32 = 10;
/// Makes a word that one participant in fifty uses count for a doubling.
pub(super) const RARE: f64 = 50.0;

/// What a unit adds to the vocabulary; at most about 5 kB.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct UnitWords {
    participants: u32,
    /// Hash of a word, and participants who used it.
    words: Box<[(u64, u32)]>,
}

impl UnitWords {
    /// Keeps the words that most participants used.
    pub(super) fn new(participants: u32, words: impl Iterator<Item = (u64, u32)>) -> Self {
        let mut words: Vec<(u64, u32)> = words.filter(|(_, count)| *count > 0).collect();
        words.sort_unstable_by_key(|&(word, count)| (std::cmp::Reverse(count), word));
        words.truncate(WORDS_MAX);
        Self { participants, words: words.into() }
    }
}

/// The vocabulary of the units before one.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    participants: u32,
    uses: FxHashMap<u64, u32>,
}

/// How well a post's words fit into the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fit {
    /// Share of words that no participant used.
    pub(super) alien: f32,
    /// How common its words are among participants, mean logarithm.
    pub(super) common: f32,
}

impl Lexicon {
    /// What the latest of these units said.
    pub(super) fn new<'a>(units: impl Iterator<Item = (&'a SessionId, &'a UnitWords)>) -> Self {
        // By time: ids put every session before every week.
        let mut units: Vec<(&SessionId, &UnitWords)> = units.collect();
        units.sort_unstable_by_key(|(id, _)| (id.starts_at(), **id));
        let mut lexicon = Self::default();
        for (_, unit) in units.into_iter().rev().take(UNITS_MAX) {
            lexicon.participants = lexicon.participants.saturating_add(unit.participants);
            for &(word, count) in &unit.words {
                *lexicon.uses.entry(word).or_default() += count;
            }
        }
        lexicon
    }

    /// How often participants used a word.
    pub(super) fn uses(&self, word: u64) -> u32 {
        self.uses.get(&word).copied().unwrap_or(0)
    }

    /// How well a text fits, word by word.
    pub(super) fn fitting(&self) -> Fitting {
        let known = self.participants >= PARTICIPANTS_MIN;
        let rare = RARE / f64::from(self.participants);
        Fitting { known, rare, alien: 0, common: Logs::default() }
    }
}

/// What is known so far of how well a text fits.
pub(super) struct Fitting {
    /// Whether enough was said before.
    known: bool,
    rare: f64,
    alien: u32,
    common: Logs,
}

impl Fitting {
    /// Takes in a word by how often it was used.
    pub(super) fn add(&mut self, uses: u32) {
        self.alien += u32::from(uses == 0);
        self.common.add(1.0 + self.rare * f64::from(uses));
    }

    /// How well so many words fit; unknown while too little was said.
    pub(super) fn fit(self, words: usize) -> Option<Fit> {
        let count = words as f32;
        let fit = || Fit { alien: self.alien as f32 / count, common: self.common.sum() / count };
        (self.known && words > 0).then(fit)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use std::collections::BTreeMap;

    use colloquy_transcript::Timestamp;

    use super::*;

    #[test]
    fn words_of_the_room_fit() {
        let week = |date: &str| SessionId::outside(date.parse().unwrap());
        let said = |words: &[(u64, u32)]| UnitWords::new(6, words.iter().copied());
        let mut units = BTreeMap::from([(week("2025-03-03T00:00:00Z"), said(&[(1, 6), (2, 1)]))]);
        let fit = |lexicon: &Lexicon, words: &[u64]| {
            let mut fitting = lexicon.fitting();
            for &word in words {
                fitting.add(lexicon.uses(word));
            }
            fitting.fit(words.len())
        };
        assert_eq!(fit(&Lexicon::new(units.iter()), &[1]), None, "six have said too little");
        units.insert(week("2025-03-10T00:00:00Z"), said(&[(1, 6), (3, 0)]));
        let lexicon = Lexicon::new(units.iter());
        assert_eq!(fit(&lexicon, &[]), None);
        let fit = fit(&lexicon, &[1, 3]).unwrap();
        assert!((fit.alien - 0.5).abs() < 1e-6);
        assert!((fit.common - 51f32.ln() / 2.0).abs() < 1e-5);
    }

    #[test]
    fn the_latest_sessions_and_weeks_are_remembered() {
        let mut units = BTreeMap::new();
        for nth in 0..200 {
            let at = Timestamp::from_second(1_741_046_400 + nth * 7 * 86_400).unwrap();
            let words = |word| UnitWords::new(10, [(word, 10)].into_iter());
            units.insert(SessionId::outside(at), words(1));
            units.insert(SessionId::Meeting(at), words(if nth < 100 { 2 } else { 3 }));
        }
        let lexicon = Lexicon::new(units.iter());
        let alien = |word| {
            let mut fitting = lexicon.fitting();
            fitting.add(lexicon.uses(word));
            fitting.fit(1).unwrap().alien
        };
        assert_eq!((alien(1), alien(2), alien(3)), (0.0, 1.0, 0.0));
    }

    #[test]
    fn the_most_common_words_are_kept() {
        let many = UnitWords::new(9, (0..1000).map(|word| (word, u32::from(word == 999) + 1)));
        assert_eq!(many.words.len(), WORDS_MAX);
        assert_eq!(many.words[0], (999, 2));
    }
}
