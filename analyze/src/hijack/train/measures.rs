//! How good scores are, by weighted counts.
//!
//! A threshold takes every post whose score is at least as high. Posts of one score are one step: no
//! threshold can part them.

/// A labelled post and the probability that a model gave it which never saw it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The probability.
    pub score: f64,
    /// The label.
    pub hijack: bool,
    /// How many posts it stands for.
    pub weight: f64,
}

/// What a threshold finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The threshold.
    pub from: f64,
    /// Labelled posts at or above it, not weighted.
    pub posts: usize,
    /// Share of hijacks, of what it takes.
    pub precision: f64,
    /// Share that it takes, of all hijacks.
    pub recall: f64,
}

impl Step {
    /// The harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        self.f(1.0)
    }

    /// The mean of precision and recall that holds recall `beta` times as important (C. van
    /// Rijsbergen 1979, "Information Retrieval").
    pub fn f(&self, beta: f64) -> f64 {
        let square = beta * beta;
        let sum = square * self.precision + self.recall;
        if sum > 0.0 { (1.0 + square) * self.precision * self.recall / sum } else { 0.0 }
    }
}

/// Posts whose probability lies in a fifth of 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bin {
    /// How many, not weighted.
    pub posts: usize,
    /// Their mean probability.
    pub predicted: f64,
    /// Share of hijacks among them.
    pub observed: f64,
}

/// Bins of the calibration.
pub const BINS: usize = 5;

/// Everything that is told of scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    /// Posts and hijacks among them, not weighted.
    pub posts: (usize, usize),
    /// Weighted share of hijacks.
    pub prevalence: f64,
    /// `average_precision`.
    pub average_precision: Option<f64>,
    /// `brier`.
    pub brier: Option<f64>,
    /// `calibration`.
    pub calibration: [Bin; BINS],
    steps: Vec<Step>,
}

impl Measures {
    /// Measures scores.
    pub fn of(scored: &[Scored]) -> Self {
        let steps = steps(scored);
        let sum: f64 = scored.iter().map(|it| it.weight).sum();
        let hijacks: f64 = scored.iter().filter(|it| it.hijack).map(|it| it.weight).sum();
        Self {
            posts: (scored.len(), scored.iter().filter(|it| it.hijack).count()),
            prevalence: if sum > 0.0 { hijacks / sum } else { 0.0 },
            average_precision: average_precision(&steps),
            brier: brier(scored),
            calibration: calibration(scored),
            steps,
        }
    }

    /// What a threshold finds; nothing if it takes no post, or if there is no hijack.
    pub fn at(&self, threshold: f64) -> Option<Step> {
        let step = self.steps.iter().take_while(|step| step.from >= threshold).last()?;
        Some(Step { from: threshold, ..*step })
    }

    /// The highest threshold that finds this share of hijacks.
    pub fn at_recall(&self, recall: f64) -> Option<Step> {
        self.steps.iter().find(|step| step.recall >= recall - ROUNDING).copied()
    }

    /// The threshold with the highest [`Step::f`]; of equals the highest.
    pub fn best(&self, beta: f64) -> Option<Step> {
        let better = |best: Step, step: Step| if step.f(beta) > best.f(beta) { step } else { best };
        self.steps.iter().copied().reduce(better)
    }

    /// The lowest threshold of which at least `posts` posts and this share of hijacks remain.
    pub fn at_precision(&self, precision: f64, posts: usize) -> Option<Step> {
        let good = |step: &&Step| step.posts >= posts && step.precision >= precision - ROUNDING;
        self.steps.iter().rev().find(good).copied()
    }
}

/// Sums of weights are not exact.
const ROUNDING: f64 = 1e-12;

/// One step for each score that occurs, the highest first; none if there is no hijack.
fn steps(scored: &[Scored]) -> Vec<Step> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|one, other| other.score.total_cmp(&one.score));
    let hijacks: f64 = sorted.iter().filter(|it| it.hijack).map(|it| it.weight).sum();
    if hijacks <= 0.0 {
        return Vec::new();
    }
    let (mut posts, mut taken, mut right) = (0, 0.0, 0.0);
    let mut steps = Vec::new();
    for equal in sorted.chunk_by(|one, other| one.score.total_cmp(&other.score).is_eq()) {
        for it in equal {
            posts += 1;
            taken += it.weight;
            right += if it.hijack { it.weight } else { 0.0 };
        }
        steps.push(Step {
            from: equal[0].score,
            posts,
            precision: right / taken,
            recall: right / hijacks,
        });
    }
    steps
}

/// `Σ (R_n − R_{n−1}) · P_n` over the steps: the area below precision over recall, without interpolation
/// (as scikit-learn's `average_precision_score`).
fn average_precision(steps: &[Step]) -> Option<f64> {
    let mut before = 0.0;
    let area = steps.iter().map(|step| {
        let gained = step.recall - before;
        before = step.recall;
        gained * step.precision
    });
    (!steps.is_empty()).then(|| area.sum())
}

/// The weighted mean of `(probability − label)²` (Brier 1950); 0 is perfect.
fn brier(scored: &[Scored]) -> Option<f64> {
    let sum: f64 = scored.iter().map(|it| it.weight).sum();
    let missed = |it: &Scored| it.score - f64::from(u8::from(it.hijack));
    let off: f64 = scored.iter().map(|it| it.weight * missed(it).powi(2)).sum();
    (sum > 0.0).then(|| off / sum)
}

/// What was said, and what was so, in five bins of equal width.
fn calibration(scored: &[Scored]) -> [Bin; BINS] {
    std::array::from_fn(|bin| {
        // A score from 0 to 1 times 5, so this is below 6.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 5")]
        let place = |it: &&Scored| ((it.score * BINS as f64) as usize).min(BINS - 1) == bin;
        let within: Vec<&Scored> = scored.iter().filter(place).collect();
        let sum: f64 = within.iter().map(|it| it.weight).sum();
        if sum <= 0.0 {
            return Bin::default();
        }
        let mean = |value: fn(&Scored) -> f64| {
            within.iter().map(|it| it.weight * value(it)).sum::<f64>() / sum
        };
        Bin {
            posts: within.len(),
            predicted: mean(|it| it.score),
            observed: mean(|it| f64::from(u8::from(it.hijack))),
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn scored(rows: &[(f64, bool, f64)]) -> Vec<Scored> {
        rows.iter().map(|&(score, hijack, weight)| Scored { score, hijack, weight }).collect()
    }

    fn near(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-12, "{one} is not {other}");
    }

    /// By hand: taken 1, 3, 7, 8, 10 of weight, right 1, 1, 4, 5, 5.
    const ROWS: [(f64, bool, f64); 6] = [
        (0.9, true, 1.0),
        (0.8, false, 2.0),
        (0.5, true, 3.0),
        (0.5, false, 1.0),
        (0.3, true, 1.0),
        (0.1, false, 2.0),
    ];

    #[test]
    fn thresholds_by_hand() {
        let measures = Measures::of(&scored(&ROWS));
        assert_eq!(measures.posts, (6, 3));
        near(measures.prevalence, 0.5);
        let at = measures.at(0.4).unwrap();
        assert_eq!(at.posts, 4);
        near(at.precision, 4.0 / 7.0);
        near(at.recall, 4.0 / 5.0);
        near(at.f1(), 2.0 / 3.0);
        near(at.f(0.5), 1.25 * (4.0 / 7.0) * 0.8 / (0.25 * (4.0 / 7.0) + 0.8));
        near(measures.best(0.1).unwrap().from, 0.9);
        near(measures.best(2.0).unwrap().from, 0.3);
        assert_eq!(measures.at(0.95), None);
        near(measures.at(0.9).unwrap().precision, 1.0);
        let recalled = measures.at_recall(0.75).unwrap();
        near(recalled.from, 0.5);
        near(measures.at_precision(0.9, 1).unwrap().from, 0.9);
        assert_eq!(measures.at_precision(0.9, 2), None);
        near(measures.at_precision(0.6, 2).unwrap().from, 0.3);
    }

    #[test]
    fn average_precision_by_hand() {
        let measures = Measures::of(&scored(&ROWS));
        let expected = 0.2 * 1.0 + 0.6 * (4.0 / 7.0) + 0.2 * (5.0 / 8.0);
        near(measures.average_precision.unwrap(), expected);
        // Ties are one step, in whatever order.
        let tied = Measures::of(&scored(&[(0.5, true, 1.0), (0.5, false, 3.0)]));
        near(tied.average_precision.unwrap(), 0.25);
    }

    #[test]
    fn calibration_by_hand() {
        let measures = Measures::of(&scored(&ROWS));
        let off = 0.01 + 2.0 * 0.64 + 3.0 * 0.25 + 0.25 + 0.49 + 2.0 * 0.01;
        near(measures.brier.unwrap(), off / 10.0);
        let [low, second, third, fourth, high] = measures.calibration;
        assert_eq!([low, second, third, fourth, high].map(|it| it.posts), [1, 1, 2, 0, 2]);
        near(third.predicted, 0.5);
        near(third.observed, 0.75);
        near(high.predicted, (0.9 + 1.6) / 3.0);
        near(high.observed, 1.0 / 3.0);
    }

    #[test]
    fn a_doubled_row_is_a_doubled_weight() {
        let mut doubled = scored(&ROWS);
        doubled[2].weight *= 2.0;
        let mut twice = scored(&ROWS);
        twice.push(twice[2]);
        let (one, other) = (Measures::of(&doubled), Measures::of(&twice));
        near(one.average_precision.unwrap(), other.average_precision.unwrap());
        near(one.brier.unwrap(), other.brier.unwrap());
        near(one.at(0.4).unwrap().f1(), other.at(0.4).unwrap().f1());
    }

    #[test]
    fn without_hijacks_or_posts_nothing_is_told() {
        let none = Measures::of(&[]);
        assert_eq!((none.average_precision, none.brier, none.at(0.0)), (None, None, None));
        let innocent = Measures::of(&scored(&[(0.5, false, 1.0)]));
        assert_eq!((innocent.average_precision, innocent.at_recall(0.75)), (None, None));
        near(innocent.brier.unwrap(), 0.25);
    }
}
