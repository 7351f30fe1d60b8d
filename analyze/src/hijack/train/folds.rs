//! What is scored by a model that was trained on what: no model scores what it saw.

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh3::xxh3_64;

use super::Sample;

/// Folds of each validation.
pub const FOLDS: usize = 5;

/// Places of samples: those to train on, and those to score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fold {
    pub(super) train: Vec<usize>,
    pub(super) score: Vec<usize>,
}

/// Five folds of whole authors: nobody is judged by a model that read their other posts. The hash of the
/// author says which, so that more labels do not move anybody.
pub(super) fn by_author(samples: &[Sample]) -> Vec<Fold> {
    let fold_of = |sample: &Sample| xxh3_64(sample.author.as_bytes()) % FOLDS as u64;
    let fold = |nth: u64| {
        let (score, train) = (0..samples.len()).partition(|&at| fold_of(&samples[at]) == nth);
        Fold { train, score }
    };
    (0..FOLDS as u64).map(fold).collect()
}

/// Blocks of time, five over each chat with as many posts each; every block but the first is scored by a
/// model that was trained on what came before it in its chat and on all of the other chats, without the
/// authors of the block.
pub(super) fn by_time(samples: &[Sample]) -> Vec<Fold> {
    let mut chats: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, sample) in samples.iter().enumerate() {
        chats.entry(&sample.chat).or_default().push(at);
    }
    let mut folds = Vec::new();
    for (chat, mut places) in chats {
        places.sort_by_key(|&at| (samples[at].at, at));
        for nth in 1..FOLDS {
            let border = |nth: usize| nth * places.len() / FOLDS;
            let score = places[border(nth)..border(nth + 1)].to_vec();
            let Some(&first) = score.first() else { continue };
            let authors: BTreeSet<&str> =
                score.iter().map(|&at| samples[at].author.as_str()).collect();
            let is_earlier = |sample: &Sample| sample.chat != chat || sample.at < samples[first].at;
            let train = (0..samples.len()).filter(|&at| {
                is_earlier(&samples[at]) && !authors.contains(samples[at].author.as_str())
            });
            folds.push(Fold { train: train.collect(), score });
        }
    }
    folds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hijack::train::tests::samples;

    #[test]
    fn folds_of_authors_share_none_and_miss_nothing() {
        let samples = samples();
        let folds = by_author(&samples);
        let authors = |places: &[usize]| -> BTreeSet<&str> {
            places.iter().map(|&at| samples[at].author.as_str()).collect()
        };
        assert_eq!(folds.len(), FOLDS);
        let mut scored: Vec<usize> = Vec::new();
        for fold in &folds {
            assert!(authors(&fold.train).is_disjoint(&authors(&fold.score)));
            assert_eq!(fold.train.len() + fold.score.len(), samples.len());
            scored.extend(&fold.score);
        }
        scored.sort_unstable();
        assert_eq!(scored, (0..samples.len()).collect::<Vec<_>>());
    }

    #[test]
    fn blocks_of_time_learn_from_earlier_and_from_other_chats() {
        let samples = samples();
        let folds = by_time(&samples);
        assert_eq!(folds.len(), 2 * (FOLDS - 1));
        for fold in &folds {
            let chat = &samples[fold.score[0]].chat;
            let first = fold.score.iter().map(|&at| samples[at].at).min();
            for &at in &fold.train {
                let sample = &samples[at];
                assert!(sample.chat != *chat || Some(sample.at) < first);
                assert!(fold.score.iter().all(|&it| samples[it].author != sample.author));
            }
            assert!(fold.score.iter().all(|&at| samples[at].chat == *chat));
            assert!(fold.train.iter().any(|&at| samples[at].chat != *chat));
        }
    }
}
