//! What else the authors of labelled posts posted: a verdict rests on that as well.

use std::collections::HashMap;

use colloquy_transcript::SessionId;

use super::{Other, Sample};
use crate::discover::WEEK_LAG;
use crate::hijack::model::{Grams, Model};
use crate::known::is_over;

/// The posts of each author in each chat.
pub(super) struct Authors<'a> {
    samples: &'a [Sample],
    others: &'a [Other],
    /// By place among the others.
    grams: Vec<Grams>,
    posts: HashMap<(&'a str, &'a str), Own>,
}

/// An author's posts, by their places.
#[derive(Default)]
struct Own {
    samples: Vec<usize>,
    others: Vec<usize>,
}

impl<'a> Authors<'a> {
    pub(super) fn new(samples: &'a [Sample], others: &'a [Other]) -> Self {
        let mut posts: HashMap<(&str, &str), Own> = HashMap::new();
        for (at, it) in samples.iter().enumerate() {
            posts.entry((&it.chat, &it.author)).or_default().samples.push(at);
        }
        for (at, it) in others.iter().enumerate() {
            posts.entry((&it.chat, &it.author)).or_default().others.push(at);
        }
        let grams = others.iter().map(|it| Grams::of(&it.text)).collect();
        Self { samples, others, grams, posts }
    }

    /// How many other posts of the author of a sample were posted in its unit or in those that were over when it
    /// began, and the mean of their log odds, of which `own` tells those of a sample.
    pub(super) fn others(
        &self,
        at: usize,
        model: &Model,
        own: impl Fn(usize) -> f64,
    ) -> (u32, f64) {
        let sample = &self.samples[at];
        let Some(posts) = self.posts.get(&(&*sample.chat, &*sample.author)) else {
            return (0, 0.0);
        };
        // Of the schedule of the chat, which may let a week wait longer, nothing is known here.
        let counts = |unit: SessionId| unit == sample.unit || is_over(unit, sample.unit, WEEK_LAG);
        let samples = posts.samples.iter().filter(|&&it| it != at && counts(self.samples[it].unit));
        let others = posts.others.iter().filter(|&&it| counts(self.others[it].unit));
        let of_other = |&it: &usize| model.log_odds(&self.others[it].evidence, &self.grams[it]);
        let leanings = samples.map(|&it| own(it)).chain(others.map(of_other));
        let (count, sum) = leanings.fold((0, 0.0), |(count, sum), it| (count + 1, sum + it));
        (count, if count == 0 { 0.0 } else { sum / f64::from(count) })
    }
}
