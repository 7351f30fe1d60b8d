//! The model: from evidence and words to the probability that a post hijacks the tag.
//!
//! A logistic regression. With the evidence `x` (one number per name, not a number where unknown), the
//! grams `v` of the text and the weights of the file `weights.txt`:
//!
//! ```text
//! z = bias + Σ weight_j · (x_j − mean_j) / scale_j + GRAM_SCALE · Σ gram_h · v_h
//! probability = 1 / (1 + exp(−((1 − s) · z + s · mean z of the author's other posts)))
//! ```
//!
//! The second line is partial pooling (`share_of_others`): one post is a small sample of what somebody does
//! under a tag, so who sells with every other post is likely to sell with this one, and one clumsy sentence
//! of somebody who talks is no campaign.
//!
//! What is unknown counts as the mean: it says nothing. A linear model, because each of its terms can be
//! told to a moderator, and a few hundred labelled posts carry no more. [`train`](super::train) finds
//! the weights.

mod format;
mod grams;
mod weigher;

use std::sync::LazyLock;

use fearless_simd::{Level, dispatch};

pub use format::ModelError;
pub use grams::{GRAMS, Grams};
pub(super) use weigher::Weigher;

/// Factor on the grams. They weigh little one by one (the values of a text have the length 1), so under
/// one penalty for all weights the words would hardly count.
pub const GRAM_SCALE: f64 = 8.0;

/// How far the other posts of an author say what this one is, however many they are: a member may advertise once.
const OTHERS_MOST: f64 = 0.7;
/// So many other posts say half of that.
const OTHERS_HALF: f64 = 2.0;

/// How much of the log odds is the mean of the author's `others`, and not the post's own. The shape `n / (n + k)` is
/// that of the shrinkage of a group's mean, with the variance within over that between groups as `k` (Gelman and Hill
/// 2007, "Data Analysis Using Regression and Multilevel/Hierarchical Models", 12.2). With `k` from 1 to 5 and a most of
/// 0.5 to 0.85 the average precision over 485 labelled posts lies within 0.006.
pub(in crate::hijack) fn share_of_others(others: u32) -> f64 {
    OTHERS_MOST * f64::from(others) / (f64::from(others) + OTHERS_HALF)
}

/// The log odds of a post whose own are `own`, and of whose author's `others` the mean is this.
pub(in crate::hijack) fn pooled(own: f64, (others, mean): (u32, f64)) -> f64 {
    let share = share_of_others(others);
    (1.0 - share) * own + share * mean
}

/// The weight of one piece of evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Weight {
    /// Its name.
    pub name: String,
    /// What it was on average where the model was trained.
    pub mean: f64,
    /// Its deviation there; above zero.
    pub scale: f64,
    /// What one deviation above the mean adds.
    pub weight: f64,
}

/// A trained model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its name, which stands beside every score.
    pub version: String,
    /// What holds before anything is known.
    pub bias: f64,
    /// One weight for each piece of evidence, in its order.
    pub features: Vec<Weight>,
    /// One weight for each place of [`Grams`].
    pub grams: Vec<f32>,
    /// A probability from here on is shown as hijacking.
    pub flag_from: f64,
    /// A probability from here on is worth a look.
    pub watch_from: f64,
}

impl Model {
    /// The model that comes with the program.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Model> = LazyLock::new(|| {
            #[expect(clippy::expect_used, reason = "a test reads the file that is compiled in")]
            Model::parse(include_str!("weights.txt")).expect("the shipped weights are a model")
        });
        &SHIPPED
    }

    /// The same model with its features in the order of `names`. Evidence that it was not trained with
    /// weighs nothing; evidence that no longer exists is an error.
    pub fn aligned(&self, names: &[&str]) -> Result<Self, ModelError> {
        let lost = self.features.iter().find(|it| !names.contains(&it.name.as_str()));
        if let Some(lost) = lost {
            return Err(ModelError::Unknown { name: lost.name.clone() });
        }
        let feature = |name: &&str| {
            let known = self.features.iter().find(|it| it.name == *name).cloned();
            let unknown =
                || Weight { name: (*name).to_owned(), mean: 0.0, scale: 1.0, weight: 0.0 };
            known.unwrap_or_else(unknown)
        };
        Ok(Self { features: names.iter().map(feature).collect(), ..self.clone() })
    }

    /// The log odds `z` that a post with this evidence and these words hijacks the tag, whatever else its author
    /// posts.
    pub fn log_odds(&self, evidence: &[f32], grams: &Grams) -> f64 {
        let evidence: f64 = self.contributions(evidence).map(|(_, part)| part).sum();
        self.bias + evidence + self.words(grams)
    }

    /// The same weights as they are added up for many posts.
    pub(super) fn linear(&self) -> Linear {
        Linear {
            bias: self.bias,
            means: self.features.iter().map(|it| it.mean).collect(),
            factors: self.features.iter().map(|it| it.weight / it.scale).collect(),
        }
    }

    /// What a text's grams are weighed with.
    pub(super) fn weigher(&self) -> Weigher<'_> {
        static NOTHING: [f32; GRAMS] = [0.0; GRAMS];
        Weigher::new(self.grams.first_chunk().unwrap_or(&NOTHING))
    }

    /// What each known piece of evidence adds, by its place.
    pub fn contributions(&self, evidence: &[f32]) -> impl Iterator<Item = (usize, f64)> {
        self.features
            .iter()
            .zip(evidence)
            .enumerate()
            .filter(|(_, (_, value))| !value.is_nan())
            .map(|(at, (feature, &value))| {
                (at, feature.weight * (f64::from(value) - feature.mean) / feature.scale)
            })
    }

    /// What the words add.
    pub fn words(&self, grams: &Grams) -> f64 {
        GRAM_SCALE * grams.dot(&self.grams)
    }
}

/// The weights of evidence without names and divisions.
pub(super) struct Linear {
    bias: f64,
    means: Box<[f64]>,
    /// What one above the mean adds.
    factors: Box<[f64]>,
}

/// Sums that do not wait for one another.
const SUMS: usize = 4;

/// What evidence adds; nothing if it is unknown.
fn part(value: f32, mean: f64, factor: f64) -> f64 {
    let part = factor * (f64::from(value) - mean);
    if value.is_nan() { 0.0 } else { part }
}

impl Linear {
    /// [`Model::log_odds`] of a post whose grams a [`Weigher`] found to weigh this much.
    pub(super) fn log_odds(&self, evidence: &[f32], grams: f64) -> f64 {
        let (means, last_means) = self.means.as_chunks::<SUMS>();
        let (factors, last_factors) = self.factors.as_chunks::<SUMS>();
        let (values, last_values) = evidence.as_chunks::<SUMS>();
        let fours = values.iter().zip(means).zip(factors);
        let mut sums = dispatch!(Level::new(), _ => {
            let mut sums = [0.0; SUMS];
            for ((values, means), factors) in fours {
                for at in 0..SUMS {
                    sums[at] += part(values[at], means[at], factors[at]);
                }
            }
            sums
        });
        let last = last_values.iter().zip(last_means).zip(last_factors);
        for (sum, ((&value, &mean), &factor)) in sums.iter_mut().zip(last) {
            *sum += part(value, mean, factor);
        }
        self.bias + sums.iter().sum::<f64>() + GRAM_SCALE * grams
    }

    /// What holds before anything is known.
    pub(super) fn bias(&self) -> f64 {
        self.bias
    }

    /// What each piece of evidence adds; `NaN` if it is unknown.
    pub(super) fn contributions(&self, evidence: &[f32]) -> impl Iterator<Item = f64> {
        let parts = evidence.iter().zip(&self.means).zip(&self.factors);
        parts.map(|((&value, &mean), &factor)| factor * (f64::from(value) - mean))
    }
}

/// `1 / (1 + exp(−z))`, without overflow at either end.
pub(in crate::hijack) fn logistic(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + (-z).exp())
    } else {
        let grown = z.exp();
        grown / (1.0 + grown)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn model() -> Model {
        let feature =
            |name: &str, mean, scale, weight| Weight { name: name.to_owned(), mean, scale, weight };
        Model {
            version: "test".to_owned(),
            bias: -1.0,
            features: vec![feature("links", 1.0, 2.0, 3.0), feature("replies", 0.5, 0.5, -1.0)],
            grams: vec![0.0; GRAMS],
            flag_from: 0.8,
            watch_from: 0.4,
        }
    }

    #[test]
    fn log_odds_are_those_of_the_formula() {
        let mut model = model();
        let grams = Grams::of("a");
        // -1 + 3 · (3 − 1) / 2 − 1 · (1 − 0.5) / 0.5
        assert!((model.log_odds(&[3.0, 1.0], &grams) - 1.0).abs() < 1e-12);
        let (place, _) = grams.iter().next().unwrap();
        model.grams[place] = 0.25;
        assert!((model.log_odds(&[3.0, 1.0], &grams) - 3.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_unknown_says_nothing() {
        let model = model();
        let told = |evidence: &[f32]| model.log_odds(evidence, &Grams::default());
        assert!((told(&[f32::NAN, 1.0]) - told(&[1.0, 1.0])).abs() < 1e-12);
        assert!((told(&[f32::NAN, f32::NAN]) + 1.0).abs() < 1e-12);
        for evidence in [[f32::NAN, 1.0], [3.0, 0.5], [f32::NAN; 2]] {
            assert!((model.linear().log_odds(&evidence, 0.0) - told(&evidence)).abs() < 1e-12);
        }
        assert_eq!(model.contributions(&[f32::NAN, 1.0]).collect::<Vec<_>>(), [(1, -1.0)]);
    }

    #[test]
    fn a_model_follows_the_order_of_the_evidence() {
        let aligned = model().aligned(&["replies", "new", "links"]).unwrap();
        let told = aligned.log_odds(&[1.0, 7.0, 3.0], &Grams::default());
        assert!((told - 1.0).abs() < 1e-12);
        let error = model().aligned(&["links"]).unwrap_err();
        assert!(error.to_string().contains("replies"), "{error}");
    }

    #[test]
    fn the_shipped_weights_are_a_model() {
        let shipped = Model::shipped();
        assert!(shipped.watch_from <= shipped.flag_from);
        assert_eq!(shipped.grams.len(), GRAMS);
    }

    #[test]
    fn other_posts_pull_as_far_as_there_are_many() {
        let close = |one: f64, other: f64| (one - other).abs() < 1e-12;
        assert!(close(pooled(1.5, (0, 9.0)), 1.5));
        assert!(close(pooled(1.0, (2, -1.0)), 0.3), "half of 0.7");
        assert!(pooled(1.0, (u32::MAX, -1.0)) > -0.5, "what it says itself counts as well");
        let few = (0..50).map(|others| pooled(0.0, (others, 1.0)));
        assert!(few.is_sorted());
    }

    #[test]
    fn the_logistic_function_has_no_overflow() {
        let ends = [-1e9, -1.0, 0.0, 1.0, 1e9].map(logistic);
        assert!((ends[1] + ends[3] - 1.0).abs() < 1e-15);
        assert!(ends.is_sorted() && ends.iter().all(|it| (0.0..=1.0).contains(it)), "{ends:?}");
    }
}
