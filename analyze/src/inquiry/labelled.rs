//! What was labelled in a stretch of posts: who may have asked, and who answered.

use std::collections::BTreeMap;

use colloquy_transcript::label::{Convention, Key, Label, LabelKind};
use rustc_hash::FxHashMap;

use super::WORDS_MIN;
use super::convention::kind_of;
use super::uptake;
use crate::known::Said;
use crate::phrases;
use crate::says::Phrase;
use crate::seen::Seen;
use crate::words::count_words;

/// An announcement has fewer words.
const ANNOUNCED_MAX: usize = 14;

/// How much a post under a question's label asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Force {
    /// It opens with the label and says something.
    Weak,
    /// It asks or bids.
    Strong,
}

/// A post that may put a question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) post: usize,
    pub(super) author: u32,
    pub(super) force: Force,
    /// Whether its label opens the text or a line.
    pub(super) leads: bool,
}

/// What was labelled in a stretch of posts, by question.
#[derive(Debug, Default)]
pub(super) struct Labelled {
    pub(super) askings: BTreeMap<Key, Vec<Candidate>>,
    /// Posts that answer a whole number, with their authors, in order.
    pub(super) answers: BTreeMap<u16, Vec<(usize, u32)>>,
    /// Posts that reply to a question of this number or quote it, with their authors, in order.
    pub(super) replies: BTreeMap<u16, Vec<(usize, u32)>>,
    /// Whether any post carries an answer's label.
    pub(super) answered: bool,
}

/// Reads the labels of `posts`; those that `said` speaks of are left out.
pub(super) fn labelled(
    posts: &[&Seen],
    authors: &[u32],
    convention: Convention,
    said: &FxHashMap<usize, Said>,
) -> Labelled {
    let mut found = Labelled::default();
    for (post, (seen, &author)) in posts.iter().zip(authors).enumerate() {
        if said.contains_key(&post) {
            continue;
        }
        let text = &seen.post().text;
        let mut asked = false;
        for (nth, label) in seen.labels.iter().enumerate() {
            // "W3: what …?" is a host whose finger slipped.
            let slip = label.slip().filter(|it| *it == LabelKind::Question && phrases::asks(text));
            match kind_of(label, convention, text).or(slip) {
                // A post puts one question: further labels only speak of others.
                Some(LabelKind::Question) if !asked => {
                    asked = true;
                    if let Some(force) = seen.force(nth, || force(seen, label)) {
                        let candidate = Candidate { post, author, force, leads: label.leads() };
                        found.askings.entry(label.key).or_default().push(candidate);
                    } else if let (Some(number), true) = (label.number(), label.leads())
                        && !only_announces(text, label)
                    {
                        found.answers.entry(number.whole).or_default().push((post, author));
                    }
                }
                Some(LabelKind::Answer) => {
                    found.answered = true;
                    if let Some(number) = label.number() {
                        found.answers.entry(number.whole).or_default().push((post, author));
                    }
                }
                _ => {}
            }
        }
    }
    found.replies = uptake::replies(posts, authors, &found.askings);
    found
}

/// How much the post asks under `label`; `None` if it only announces, or speaks of a question.
fn force(seen: &Seen, label: &Label) -> Option<Force> {
    let post = seen.post();
    let rest = post.text.get(label.end..).unwrap_or("");
    let asks = phrases::asks(&post.text);
    if seen.says(Phrase::Instructs) && !label.leads() {
        return None;
    }
    if !label.leads() {
        // "Are you ready for Q1?" asks for attention.
        if count_words(rest) < WORDS_MIN && seen.says(Phrase::Announces) {
            return None;
        }
        // "Q5 for all: recommend a map" bids after a colon.
        let clause = rest.split_once([':', '–', '—']).map_or(rest, |(_, clause)| clause);
        let asked = [rest, clause].into_iter().any(|words| bids(words, asks));
        let bids = asked && count_words(rest) >= WORDS_MIN;
        let whole = count_words(&post.text) > WORDS_MIN;
        return (whole && (asks || bids)).then_some(Force::Strong);
    }
    if only_announces(&post.text, label) {
        // The question stands in the picture.
        let pictured = count_words(rest) < WORDS_MIN && !post.urls.is_empty();
        return (pictured && !phrases::is_announcement(rest)).then_some(Force::Weak);
    }
    Some(if asks || bids(rest, asks) { Force::Strong } else { Force::Weak })
}

/// Whether words ask or bid by how they open; `Q4 is the hard one` tells.
fn bids(words: &str, asks: bool) -> bool {
    phrases::is_interrogative(words) && (asks || !phrases::needs_its_mark(words))
}

/// Whether a post under this question's label only says that the question is coming or there.
pub(crate) fn only_announces(text: &str, label: &Label) -> bool {
    let rest = text.get(label.end..).unwrap_or("");
    let said = count_words(&phrases::without_announcement(rest));
    let count = count_words(rest);
    count < WORDS_MIN && !phrases::asks(text)
        || phrases::is_announcement(rest)
            && (said < WORDS_MIN || (count < ANNOUNCED_MAX && !phrases::asks(text)))
}
