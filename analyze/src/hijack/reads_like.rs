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
use super::{LINEAR, MODEL, reason};

pub(super) const CODE: &str = "reads-like-promotion";
/// Measurements that are told.
const TOLD: usize = 2;
const BEGIN: &str = "reads like promotion; most of all for: ";

/// The reason of a post that the model finds this likely, from what was `measured` of it.
pub(super) fn fires(probability: f64, measured: &[f32]) -> Option<Reason> {
    if probability < MODEL.watch_from {
        return None;
    }
    // The largest first, of equal ones the one that stands first.
    let mut most = [(usize::MAX, f64::NEG_INFINITY); TOLD];
    for (at, part) in LINEAR.contributions(measured).enumerate() {
        if part > most[TOLD - 1].1 {
            let place = most.partition_point(|(_, more)| *more >= part);
            most[place..].rotate_right(1);
            most[place] = (at, part);
        }
    }
    let told = most.map(|(at, _)| MEANINGS.get(at).copied());
    let sentence = match told {
        [Some(first), Some(second)] => [BEGIN, first, "; ", second].concat(),
        [first, _] => [BEGIN, first.unwrap_or_default()].concat(),
    };
    Some(reason(CODE, sentence, None, narrow(probability), narrow(MODEL.watch_from)))
}
