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

use std::borrow::Cow;

use colloquy_transcript::{Reason, ToCompactString};

use super::evidence::{MEANINGS, NAMES, narrow};
use super::model::share_of_others;
use super::{LINEAR, MODEL, reason};

pub(super) const CODE: &str = "reads-like-promotion";
/// Measurements that are told.
const TOLD: usize = 2;
/// The place of the author's other posts, behind all that is measured.
const OF_OTHERS: usize = NAMES.len();
/// What is told where they weigh more than what was measured.
const OTHERS: &str = " other posts of its author";
const BEGIN: &str = "reads like promotion; most of all for: ";

/// The reason of a post that the model finds this likely, from what was `measured` of it and of the author's
/// `others`: how many, and the mean of their log odds.
pub(super) fn fires(probability: f64, measured: &[f32], others: (u32, f64)) -> Option<Reason> {
    if probability < MODEL.watch_from {
        return None;
    }
    // The largest first, of equal ones the one that stands first.
    let mut most = [(usize::MAX, f64::NEG_INFINITY); TOLD];
    let share = share_of_others(others.0);
    let of_others = (others.0 > 0).then(|| (OF_OTHERS, share * (others.1 - LINEAR.bias())));
    let own = LINEAR.contributions(measured).map(|part| (1.0 - share) * part).enumerate();
    for (at, part) in own.chain(of_others) {
        if part > most[TOLD - 1].1 {
            let place = most.partition_point(|(_, more)| *more >= part);
            most[place..].rotate_right(1);
            most[place] = (at, part);
        }
    }
    let name = |at: usize| -> Cow<'static, str> {
        match (at, others.0) {
            (OF_OTHERS, 1) => "another post of its author".into(),
            (OF_OTHERS, count) => [&*count.to_compact_string(), OTHERS].concat().into(),
            _ => MEANINGS.get(at).copied().unwrap_or_default().into(),
        }
    };
    let [first, second] = most.map(|(at, _)| name(at));
    let between = if second.is_empty() { "" } else { "; " };
    let sentence = [BEGIN, &*first, between, &*second].concat();
    Some(reason(CODE, sentence, None, narrow(probability), narrow(MODEL.watch_from)))
}
