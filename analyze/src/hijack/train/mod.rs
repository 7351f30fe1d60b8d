//! Training: from labelled posts to a [`Model`], and how good such a model is on posts that it never saw.
//!
//! Pure and deterministic: the same samples in any order give the same model. Two validations, because
//! they answer different questions: [`Trained::by_author`] (how good is it on people it does not know?)
//! and [`Trained::by_time`] (how good would it have been, had it run all along?). No model scores what it
//! was trained on. The thresholds of the model are taken from the first, so that what it says at them is
//! a little too good; what the second says at them is not.

mod authors;
mod fit;
mod folds;
mod measures;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use colloquy_transcript::SessionId;
use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

pub use fit::COST;
pub use folds::FOLDS;
pub use measures::{BINS, Bin, Measures, Scored, Step};

use super::model::{Grams, Model, logistic, pooled};
use authors::Authors;
use fit::{Fitted, Row, fit};
use folds::{Fold, by_author, by_time};

/// A flag costs trust if it is wrong: precision counts twice as much as recall. The best such mean is told
/// by all posts; the last threshold above some precision would hang on the few posts beside it.
const FLAG_BETA: f64 = 0.5;
/// What is watched shall hold most hijacks: recall counts twice as much as precision.
const WATCH_BETA: f64 = 2.0;
/// A precision that is told of.
pub const FLAG_PRECISION: f64 = 0.9;
/// A recall that is told of.
pub const WATCH_RECALL: f64 = 0.75;
/// A threshold that fewer labelled posts reach is chance.
pub const POSTS_MIN: usize = 10;
/// Where no threshold is good enough.
const FLAG_OTHERWISE: f64 = 0.9;
const WATCH_OTHERWISE: f64 = 0.5;

/// A labelled post.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// One value for each name of evidence; not a number where unknown.
    pub evidence: Vec<f32>,
    /// Its words.
    pub text: String,
    /// Its label.
    pub hijack: bool,
    /// How many posts of its chat it stands for.
    pub weight: f64,
    /// How much it counts beside the posts of other chats, above 0 and at most 1.
    pub trust: f64,
    /// Who wrote it.
    pub author: String,
    /// Where.
    pub chat: String,
    /// When.
    pub at: Timestamp,
    /// The session or week that it is judged in.
    pub unit: SessionId,
}

/// A post that nobody labelled, of an author of labelled ones: it tells how their other posts lean.
#[derive(Debug, Clone, PartialEq)]
pub struct Other {
    /// As of a [`Sample`].
    pub evidence: Vec<f32>,
    /// Its words.
    pub text: String,
    /// Who wrote it.
    pub author: String,
    /// Where.
    pub chat: String,
    /// The session or week that it is judged in.
    pub unit: SessionId,
}

/// Samples that nothing can be learnt from.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// There is only one kind.
    #[error("{of} of the labelled posts hijack; label some of both kinds")]
    OneClass {
        /// All or none.
        of: &'static str,
    },
    /// The evidence is another one.
    #[error(
        "a post of {chat} has {found} pieces of evidence and not {expected}; its lake was filled \
         by another version: run colloquy over its archives again"
    )]
    OtherEvidence {
        /// The chat.
        chat: String,
        /// How many the post has.
        found: usize,
        /// How many there are.
        expected: usize,
    },
    /// A weight is no weight.
    #[error("a post of {chat} has the weight {weight}; a weight is a number above zero")]
    Weight {
        /// The chat.
        chat: String,
        /// The weight.
        weight: f64,
    },
    /// The search failed.
    #[error("searching for the weights: {0}")]
    Search(String),
}

/// What a validation says.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// Per chat, by name.
    pub chats: BTreeMap<String, Measures>,
    /// Of all chats, each of which counts by its number of labelled posts.
    pub all: Measures,
    /// Posts that no model scored: the first block of time, or where only one kind is left to learn from.
    pub unscored: usize,
}

/// A model, and how good such models are.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// Trained on every sample.
    pub model: Model,
    /// Labelled posts per chat: hijacks, others.
    pub samples: BTreeMap<String, (usize, usize)>,
    /// Five folds of whole authors.
    pub by_author: Validation,
    /// Five blocks of time.
    pub by_time: Validation,
}

/// Trains a model on samples with evidence of these names, and validates it; `others` are further posts of their
/// authors.
pub fn train(
    names: &[&str],
    mut samples: Vec<Sample>,
    others: &[Other],
) -> Result<Trained, TrainError> {
    check(names, &samples, others)?;
    // Sums depend on the order of what is summed.
    let key = |it: &Sample| (it.chat.clone(), it.at, it.author.clone(), it.text.clone());
    samples.sort_by_cached_key(key);
    let posts = Posts::new(names, &samples, others);
    let by_author = posts.validate(&by_author(&samples))?;
    let by_time = posts.validate(&by_time(&samples))?;
    let flag = by_author.all.best(FLAG_BETA);
    let flag_from = flag.map_or(FLAG_OTHERWISE, |step| thousandths(step.from));
    let watch = by_author.all.best(WATCH_BETA);
    let watch_from = watch.map_or(WATCH_OTHERWISE, |step| thousandths(step.from)).min(flag_from);
    let every: Vec<usize> = (0..samples.len()).collect();
    let model = posts.learn(&every)?.model(flag_from, watch_from).rounded();
    let version = format!("linear-{:016x}", xxh3_64(model.to_text(&[]).as_bytes()));
    let model = Model { version, ..model };
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for sample in &samples {
        let (hijacks, others) = counts.entry(sample.chat.clone()).or_default();
        *if sample.hijack { hijacks } else { others } += 1;
    }
    Ok(Trained { model, samples: counts, by_author, by_time })
}

/// A threshold that people can read and that takes no post less.
fn thousandths(threshold: f64) -> f64 {
    (threshold * 1000.0).floor() / 1000.0
}

fn check(names: &[&str], samples: &[Sample], others: &[Other]) -> Result<(), TrainError> {
    let all = samples.iter().map(|it| (&it.evidence, &it.chat));
    for (evidence, chat) in all.chain(others.iter().map(|it| (&it.evidence, &it.chat))) {
        let (found, expected) = (evidence.len(), names.len());
        if found != expected {
            return Err(TrainError::OtherEvidence { chat: chat.clone(), found, expected });
        }
    }
    for Sample { weight, trust, chat, .. } in samples {
        for number in [weight, trust] {
            if !(number.is_finite() && *number > 0.0) {
                return Err(TrainError::Weight { chat: chat.clone(), weight: *number });
            }
        }
    }
    match samples.iter().map(|it| it.hijack).collect::<BTreeSet<bool>>() {
        kinds if kinds.len() == 2 => Ok(()),
        kinds if kinds.contains(&true) => Err(TrainError::OneClass { of: "all" }),
        _ => Err(TrainError::OneClass { of: "none" }),
    }
}

/// Samples and what is worked out of them once.
struct Posts<'a> {
    names: &'a [&'a str],
    samples: &'a [Sample],
    grams: Vec<Grams>,
    authors: Authors<'a>,
}

impl<'a> Posts<'a> {
    fn new(names: &'a [&'a str], samples: &'a [Sample], others: &'a [Other]) -> Self {
        let grams = samples.iter().map(|it| Grams::of(&it.text)).collect();
        Self { names, samples, grams, authors: Authors::new(samples, others) }
    }

    /// Learns from the samples at these places. A sample counts by the square root of its weight over the
    /// mean of its chat, and by its trust: posts that stand for many count more, but no dozen of them alone.
    fn learn(&self, places: &[usize]) -> Result<Fitted, TrainError> {
        let weights = relative(self.samples, places);
        let trusts = places.iter().map(|&at| self.samples[at].trust);
        let weights: Vec<f64> =
            weights.into_iter().zip(trusts).map(|(it, trust)| it.sqrt() * trust).collect();
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let rows = places.iter().zip(weights).map(|(&at, weight)| Row {
            evidence: &self.samples[at].evidence,
            grams: &self.grams[at],
            hijack: self.samples[at].hijack,
            weight: weight / mean,
        });
        let rows: Vec<Row<'_>> = rows.collect();
        fit(self.names, &rows).map_err(|error| TrainError::Search(error.to_string()))
    }

    fn validate(&self, folds: &[Fold]) -> Result<Validation, TrainError> {
        let mut told: BTreeMap<usize, f64> = BTreeMap::new();
        for Fold { train, score } in folds {
            let kinds: BTreeSet<bool> = train.iter().map(|&at| self.samples[at].hijack).collect();
            if kinds.len() < 2 {
                continue;
            }
            let model = self.learn(train)?.model(FLAG_OTHERWISE, WATCH_OTHERWISE);
            let own = |at: usize| model.log_odds(&self.samples[at].evidence, &self.grams[at]);
            let score_of = |at: usize| {
                let others = self.authors.others(at, &model, own);
                logistic(pooled(own(at), others))
            };
            told.extend(score.iter().map(|&at| (at, score_of(at))));
        }
        let places: Vec<usize> = told.keys().copied().collect();
        let mut all = Vec::new();
        let mut chats: BTreeMap<String, Vec<Scored>> = BTreeMap::new();
        for ((at, score), weight) in told.into_iter().zip(relative(self.samples, &places)) {
            let sample = &self.samples[at];
            let weight = weight * sample.trust;
            let scored = Scored { score, hijack: sample.hijack, weight };
            all.push(scored);
            chats.entry(sample.chat.clone()).or_default().push(scored);
        }
        Ok(Validation {
            chats: chats.into_iter().map(|(chat, it)| (chat, Measures::of(&it))).collect(),
            unscored: self.samples.len() - all.len(),
            all: Measures::of(&all),
        })
    }
}

/// The weights of the samples at these places, over the mean of those of the same chat.
fn relative(samples: &[Sample], places: &[usize]) -> Vec<f64> {
    let mut sums: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    for &at in places {
        let (sum, count) = sums.entry(&samples[at].chat).or_default();
        *sum += samples[at].weight;
        *count += 1;
    }
    let of = |sample: &Sample| {
        let (sum, count) = sums[sample.chat.as_str()];
        sample.weight * count as f64 / sum
    };
    places.iter().map(|&at| of(&samples[at])).collect()
}

impl Fitted {
    fn model(self, flag_from: f64, watch_from: f64) -> Model {
        let Self { bias, features, grams } = self;
        Model { version: String::new(), bias, features, grams, flag_from, watch_from }
    }
}
