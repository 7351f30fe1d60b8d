//! Numbers as they are published and told.

use colloquy_transcript::Flag;

/// Hundredths, as they are published. Without a branch or a call, so that many are made at once.
pub(super) fn hundredths(value: f32) -> i16 {
    /// From here on a float has no fractions; below, its last bits are a whole number.
    const WHOLE: f32 = 8_388_608.0;
    /// Clear of the mark for what is unknown.
    const MOST: f32 = 32_767.0;
    // Half away from zero.
    let size = value.abs() * 100.0 + 0.5;
    let size = if size < MOST { size } else { MOST };
    let near = (size + WHOLE) - WHOLE;
    let floor = if near > size { near - 1.0 } else { near };
    #[expect(clippy::cast_possible_truncation, reason = "no more than MOST")]
    let size = ((floor + WHOLE).to_bits() as u16).cast_signed();
    let signed = if value < 0.0 { -size } else { size };
    if value.is_nan() { Flag::UNKNOWN } else { signed }
}

/// What hundredths stand for: the model weighs what is published, so that training sees the same.
pub(super) fn value(hundredths: i16) -> f32 {
    if hundredths == Flag::UNKNOWN { f32::NAN } else { f32::from(hundredths) / 100.0 }
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
