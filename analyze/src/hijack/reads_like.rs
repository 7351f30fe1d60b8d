//! `reads-like-promotion`
//!
//! # What
//! The model finds the post likely to be promotion: told are the two measurements that weigh most.
//!
//! # Why it hurts
//! No single sign is enough; together they are what most adverts under such tags show.
//!
//! # Example
//! `Looking for the perfect gift? Our bundle of 12 #gardenchat #gifts #mondaymood https://…`
//!
//! # Known misses
//! Whatever the model was never shown; see the head of `weights.txt`.

use colloquy_transcript::Reason;

use super::evidence::{MEANINGS, narrow};
use super::{MODEL, reason};

pub(super) const CODE: &str = "reads-like-promotion";
/// Measurements that are told.
const TOLD: usize = 2;

/// The reason of a post that the model finds this likely, from what was `measured` of it.
pub(super) fn fires(probability: f64, measured: &[f32]) -> Option<Reason> {
    if probability < MODEL.watch_from {
        return None;
    }
    let mut parts: Vec<(usize, f64)> = MODEL.contributions(measured).collect();
    parts.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    let told: Vec<&str> =
        parts.iter().take(TOLD).filter_map(|(at, _)| MEANINGS.get(*at).copied()).collect();
    let sentence = format!("reads like promotion; most of all for: {}", told.join("; "));
    Some(reason(CODE, sentence, None, narrow(probability), narrow(MODEL.watch_from)))
}
