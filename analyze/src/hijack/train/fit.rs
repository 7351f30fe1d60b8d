//! Logistic regression with a penalty on the squares of the weights, found by L-BFGS.
//!
//! What is minimised is scikit-learn's objective, so that a comparison with it is one line:
//!
//! ```text
//! ½ · (Σ weight_j² + Σ gram_h²) + COST · Σ_i s_i · log(1 + exp(−y_i · z_i))     y = ±1
//! ```
//!
//! with `z` as in [`model`](crate::hijack::model), and no penalty on the bias. It is convex, so the
//! minimum does not depend on where the search begins. L-BFGS: Liu & Nocedal 1989; line search: Moré &
//! Thuente 1994; both from the crate argmin.

use std::cell::Cell;

use argmin::core::{CostFunction, Error, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;

use crate::hijack::model::{GRAM_SCALE, GRAMS, Grams, Weight, logistic};

/// How much the losses weigh against the penalty: scikit-learn's `C`. With 0.02, 0.03 and 0.05 the average
/// precision over 485 labelled posts of two communities lies within 0.005.
pub const COST: f64 = 0.03;
/// Pairs of steps and gradients that L-BFGS remembers.
const MEMORY: usize = 10;
/// A gradient shorter than this is a minimum.
const GRADIENT_MIN: f64 = 1e-5;
/// Bounds of the search; a few dozen steps are enough.
const STEPS_MAX: u64 = 500;
const EVALUATIONS_MAX: u32 = 20_000;
/// Evidence that varies less than this is constant.
const DEVIATION_MIN: f64 = 1e-6;

/// A post to learn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) evidence: &'a [f32],
    pub(super) grams: &'a Grams,
    pub(super) hijack: bool,
    pub(super) weight: f64,
}

/// What was learnt.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    pub(super) bias: f64,
    pub(super) features: Vec<Weight>,
    pub(super) grams: Vec<f32>,
}

/// Learns from rows. Each has one value for every name.
pub(super) fn fit(names: &[&str], rows: &[Row<'_>]) -> Result<Fitted, Error> {
    let features: Vec<Weight> =
        names.iter().enumerate().map(|(at, name)| standard(name, at, rows)).collect();
    let dense = rows.iter().map(|row| features.iter().zip(row.evidence).map(centred).collect());
    let problem =
        Problem { rows, dense: dense.collect(), width: features.len(), evaluations: Cell::new(0) };
    let start = vec![0.0; 1 + features.len() + GRAMS];
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
        .with_tolerance_grad(GRADIENT_MIN)?
        .with_tolerance_cost(f64::EPSILON)?;
    let result = Executor::new(problem, solver)
        .configure(|state| state.param(start).max_iters(STEPS_MAX))
        .timer(false)
        .run()?;
    let lost = || Error::msg("the search for weights ended without any");
    let best: Vec<f64> = result.state.best_param.ok_or_else(lost)?;
    let (bias, rest) = best.split_first().ok_or_else(lost)?;
    let (dense, grams) = rest.split_at(features.len());
    let weighted = features.into_iter().zip(dense);
    Ok(Fitted {
        bias: *bias,
        features: weighted.map(|(it, &weight)| Weight { weight, ..it }).collect(),
        #[expect(clippy::cast_possible_truncation, reason = "three decimals are kept")]
        grams: grams.iter().map(|&weight| weight as f32).collect(),
    })
}

/// Weighted mean and deviation of what is known of one piece of evidence.
fn standard(name: &str, at: usize, rows: &[Row<'_>]) -> Weight {
    let known = || {
        let values = rows.iter().map(|row| (f64::from(row.evidence[at]), row.weight));
        values.filter(|(value, _)| value.is_finite())
    };
    let sum: f64 = known().map(|(_, weight)| weight).sum();
    let average = |total: f64| if sum > 0.0 { total / sum } else { 0.0 };
    let mean = average(known().map(|(value, weight)| value * weight).sum());
    let squares = known().map(|(value, weight)| (value - mean).powi(2) * weight).sum();
    let deviation = average(squares).sqrt();
    let scale = if deviation < DEVIATION_MIN { 1.0 } else { deviation };
    Weight { name: name.to_owned(), mean, scale, weight: 0.0 }
}

/// A value in deviations from the mean; what is unknown is the mean.
fn centred((feature, &value): (&Weight, &f32)) -> f64 {
    if value.is_finite() { (f64::from(value) - feature.mean) / feature.scale } else { 0.0 }
}

/// The objective. Parameters: bias, evidence, grams.
struct Problem<'a> {
    rows: &'a [Row<'a>],
    dense: Vec<Vec<f64>>,
    width: usize,
    evaluations: Cell<u32>,
}

impl Problem<'_> {
    /// `z` of each row.
    fn margins<'p>(&'p self, param: &'p [f64]) -> impl Iterator<Item = f64> + 'p {
        let (bias, rest) = param.split_at(1);
        let (dense, grams) = rest.split_at(self.width);
        self.rows.iter().zip(&self.dense).map(move |(row, values)| {
            let evidence: f64 = values.iter().zip(dense).map(|(value, it)| value * it).sum();
            let words: f64 = row.grams.iter().map(|(place, value)| value * grams[place]).sum();
            bias[0] + evidence + GRAM_SCALE * words
        })
    }
}

impl CostFunction for Problem<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, param: &Self::Param) -> Result<f64, Error> {
        self.evaluations.set(self.evaluations.get() + 1);
        let penalty = param[1..].iter().map(|it| it * it).sum::<f64>() / 2.0;
        let losses = self.margins(param).zip(self.rows).map(|(z, row)| {
            let wrong = if row.hijack { -z } else { z };
            // log(1 + exp(wrong)) without overflow.
            row.weight * (wrong.max(0.0) + (-wrong.abs()).exp().ln_1p())
        });
        let cost = penalty + COST * losses.sum::<f64>();
        // The line search would go on for ever.
        if !cost.is_finite() || self.evaluations.get() > EVALUATIONS_MAX {
            return Err(Error::msg("the search for weights does not come to an end"));
        }
        Ok(cost)
    }
}

impl Gradient for Problem<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, param: &Self::Param) -> Result<Vec<f64>, Error> {
        let mut slope = param.clone();
        slope[0] = 0.0;
        for ((z, row), values) in self.margins(param).zip(self.rows).zip(&self.dense) {
            let label = f64::from(u8::from(row.hijack));
            let pull = COST * row.weight * (logistic(z) - label);
            slope[0] += pull;
            for (at, value) in values.iter().enumerate() {
                slope[1 + at] += pull * value;
            }
            for (place, value) in row.grams.iter() {
                slope[1 + self.width + place] += pull * GRAM_SCALE * value;
            }
        }
        Ok(slope)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    const NAMES: [&str; 2] = ["links", "noise"];

    /// A row that owns its evidence.
    #[derive(Clone)]
    struct Owned(Vec<f32>, bool, f64);

    /// Of links many are hijacks; the other evidence says nothing.
    fn rows() -> Vec<Owned> {
        let row = |nth: u16| {
            let hijack = nth.is_multiple_of(4);
            let links = f32::from(u8::from(hijack)) + f32::from(nth % 3) / 4.0;
            Owned(vec![links, f32::from(nth % 5)], hijack, 1.0 + f64::from(nth % 2))
        };
        (0..60).map(row).collect()
    }

    fn borrowed<'a>(rows: &'a [Owned], grams: &'a Grams) -> Vec<Row<'a>> {
        let row = |Owned(evidence, hijack, weight): &'a Owned| Row {
            evidence,
            grams,
            hijack: *hijack,
            weight: *weight,
        };
        rows.iter().map(row).collect()
    }

    fn fitted(rows: &[Owned], words: &str) -> Fitted {
        fit(&NAMES, &borrowed(rows, &Grams::of(words))).unwrap()
    }

    fn near(one: &Fitted, other: &Fitted, tolerance: f64) {
        let numbers = |it: &Fitted| -> Vec<f64> {
            let features = it.features.iter().flat_map(|it| [it.mean, it.scale, it.weight]);
            let grams = it.grams.iter().map(|it| f64::from(*it));
            std::iter::once(it.bias).chain(features).chain(grams).collect()
        };
        for (one, other) in numbers(one).into_iter().zip(numbers(other)) {
            assert!((one - other).abs() < tolerance, "{one} is not {other}");
        }
    }

    #[test]
    fn what_tells_hijacks_apart_weighs_and_noise_does_not() {
        let found = fitted(&rows(), "");
        let [links, noise] = [0, 1].map(|at| found.features[at].weight);
        assert!(links > 0.3 && noise.abs() < links / 5.0, "{links} {noise}");
        assert!(found.grams.iter().all(|it| *it == 0.0));
    }

    /// `LogisticRegression(C=0.03).fit(X, y, sample_weight)` of scikit-learn 1.9.1, on the same rows.
    #[test]
    fn scikit_learn_finds_the_same_weights() {
        let (buy, grow) = (Grams::of("buy beans"), Grams::of("beans grow"));
        let owned = rows();
        let mut rows = borrowed(&owned, &grow);
        for (nth, row) in rows.iter_mut().enumerate() {
            if nth.is_multiple_of(4) || nth.is_multiple_of(7) {
                row.grams = &buy;
            }
        }
        let found = fit(&NAMES, &rows).unwrap();
        let [links, noise] = [0, 1].map(|at| &found.features[at]);
        let of = |word: &str, nth: usize| {
            let (place, _) = Grams::of(word).iter().nth(nth).unwrap();
            f64::from(found.grams[place])
        };
        // " buy" and "buy " stand in the same rows, and nowhere else.
        let pairs = [
            (found.bias, -1.811_540_46),
            (links.mean, 0.416_666_67),
            (links.scale, 0.424_918_29),
            (links.weight, 0.393_090_66),
            (noise.mean, 2.0),
            (noise.scale, std::f64::consts::SQRT_2),
            (noise.weight, 0.000_049_20),
            (of("buy", 0), 0.198_414_83),
            (of("buy", 1), 0.198_414_83),
        ];
        for (found, expected) in pairs {
            assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
        }
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_cost() {
        let (rows, grams) = (rows(), Grams::of("beans beans slugs"));
        let rows = borrowed(&rows, &grams);
        let dense = rows.iter().map(|it| it.evidence.iter().map(|it| f64::from(*it)).collect());
        let dense = dense.collect();
        let problem = Problem { rows: &rows, dense, width: 2, evaluations: Cell::new(0) };
        let mut param: Vec<f64> = Vec::new();
        param.extend((0..3 + GRAMS).map(|at| ((at % 7) as f64 - 3.0) / 10.0));
        let slope = problem.gradient(&param).unwrap();
        let (place, _) = grams.iter().next().unwrap();
        for at in [0, 1, 2, 3 + place] {
            let moved = |by: f64| {
                let mut param = param.clone();
                param[at] += by;
                problem.cost(&param).unwrap()
            };
            let rise = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((rise - slope[at]).abs() < 1e-5, "{at}: {rise} is not {}", slope[at]);
        }
    }

    #[test]
    fn a_row_twice_is_a_doubled_weight() {
        let (mut doubled, mut twice) = (rows(), rows());
        doubled[3].2 *= 2.0;
        twice.push(twice[3].clone());
        near(&fitted(&doubled, "beans"), &fitted(&twice, "beans"), 1e-3);
    }

    #[test]
    fn what_is_unknown_does_not_hurt() {
        let known = fitted(&rows(), "");
        let mut partly = rows();
        for (nth, row) in partly.iter_mut().enumerate() {
            row.0[1] = f32::NAN;
            if nth % 10 == 0 {
                row.0[0] = f32::NAN;
            }
        }
        let found = fitted(&partly, "");
        assert!(found.features[0].weight > 0.6 * known.features[0].weight, "{found:?}");
        let unknown = Weight { name: "noise".to_owned(), mean: 0.0, scale: 1.0, weight: 0.0 };
        assert_eq!(found.features[1], unknown);
    }

    #[test]
    fn numbers_that_lead_nowhere_are_an_error() {
        let mut rows = rows();
        rows[0].2 = f64::NAN;
        assert!(fit(&NAMES, &borrowed(&rows, &Grams::default())).is_err());
    }
}
