//! Numbers as they are published and told.

use colloquy_transcript::Flag;
use fearless_simd::{Level, dispatch};

use super::evidence::{NAMES, Values};

/// What was measured, as the model weighs it and as it is published.
pub(super) struct Numbers {
    pub(super) weighed: [f32; NAMES.len()],
    pub(super) evidence: [i16; NAMES.len()],
}

impl Numbers {
    pub(super) fn of(values: &Values) -> Self {
        let mut all = Self { weighed: values.list(), evidence: [0; NAMES.len()] };
        // In one piece, so that it is known that none of them overlap.
        let numbers = &mut all;
        dispatch!(Level::new(), _ => {
            let Self { weighed, evidence } = numbers;
            for (number, hundredth) in weighed.iter_mut().zip(evidence) {
                *hundredth = hundredths(*number);
                *number = published(*number);
            }
        });
        all
    }
}

/// Whole hundredths; `NaN` stays. Without a branch or a call, like all that is made of them here, so that many are
/// made at once.
fn rounded(value: f32) -> f32 {
    /// From here on a float has no fractions.
    const WHOLE: f32 = 8_388_608.0;
    /// Clear of the mark for what is unknown.
    const MOST: f32 = 32_767.0;
    // Half away from zero.
    let size = value.abs() * 100.0 + 0.5;
    let size = if size > MOST { MOST } else { size };
    let near = (size + WHOLE) - WHOLE;
    let floor = near - if near > size { 1.0 } else { 0.0 };
    floor.copysign(value)
}

/// Hundredths, as they are published.
pub(super) fn hundredths(value: f32) -> i16 {
    /// About here the last bits of a float are a whole number.
    const MIDDLE: f32 = 12_582_912.0;
    #[expect(clippy::cast_possible_truncation, reason = "hundredths have 16 bits")]
    let whole = ((rounded(value) + MIDDLE).to_bits() as u16).cast_signed();
    if value.is_nan() { Flag::UNKNOWN } else { whole }
}

/// A value as it is published: the model weighs that, so that training sees the same.
pub(super) fn published(value: f32) -> f32 {
    // There is but one zero.
    rounded(value) / 100.0 + 0.0
}

/// A count or a percentage as it is told; written as a number with a fraction it would take longer.
pub(super) fn whole(count: f32) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are whole, and not below zero"
    )]
    let count = count as u64;
    count
}
