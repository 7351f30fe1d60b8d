//! The questions of a meeting, with their repeats and reposts folded in.

use std::collections::BTreeMap;

use colloquy_transcript::label::{Convention, Key, LabelKind, Number, Part};
use colloquy_transcript::{CompactString, PostKind, Question, Timestamp};
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::discover::later;
use crate::inquiry::{Asking, is_repeat, kind_of};
use crate::phrases;
use crate::seen::Room;
use crate::words::{count_words, words};

/// An answer may come this long before its question: typed in advance, or the first asking had
/// no tag and is not in the archive.
const EARLY_ANSWER: SignedDuration = SignedDuration::from_mins(15);

/// Words that a post which puts another's question again adds to it at most.
const ADDED_MAX: usize = 2;

/// Hosts who put the questions side by side do so within this time …
const ASKED_TOGETHER: SignedDuration = SignedDuration::from_mins(3);
/// … and with at least so many of them.
const ASKED_TOGETHER_MIN: usize = 3;

/// How many words `text` has behind its label that `first` lacks.
fn adds(first: &str, text: &str, label_end: usize) -> usize {
    let known: FxHashSet<String> = words(first).collect();
    words(text.get(label_end..).unwrap_or(text)).filter(|word| !known.contains(word)).count()
}

/// A question and the posts that ask it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Its number.
    pub(super) number: Number,
    /// The number under which the room answers it.
    pub(super) typed: Number,
    /// Whether it was asked as `Final Q`.
    pub(super) last: bool,
    /// Index of the first asking.
    pub(super) first: usize,
    /// Indices of repeats and reposts.
    pub(super) repeats: Vec<usize>,
}

impl Asked {
    /// `Q1`.
    pub(super) fn label(&self) -> CompactString {
        self.number.label()
    }

    /// The question as it is published; `number` is its place in the meeting.
    pub(super) fn publish(&self, room: &Room<'_>, number: u32) -> Question {
        let post = room.posts[self.first].post();
        Question {
            label: self.label(),
            number,
            asked_at: post.created_at,
            asked_by: room.author_id(self.first).clone(),
            post_id: post.id.clone(),
            text: post.text.clone(),
            repeats: self.repeats.iter().map(|&at| room.posts[at].post().id.clone()).collect(),
        }
    }
}

/// The questions of a meeting in the order in which they were first asked.
#[derive(Debug, Default)]
pub(super) struct Questions {
    /// The questions.
    pub(super) asked: Vec<Asked>,
    /// For each post that asks, which question.
    pub(super) by_post: FxHashMap<usize, usize>,
}

impl Questions {
    /// Folds repeats into what was asked.
    pub(super) fn new(room: &Room<'_>, convention: Convention, asked: &[Asking]) -> Self {
        let asked = asked.iter().map(|asking| Asked {
            number: asking.number,
            typed: asking.typed,
            last: asking.last,
            first: asking.post,
            repeats: Vec::new(),
        });
        let mut questions = Self { asked: asked.collect(), by_post: FxHashMap::default() };
        for (nth, asked) in questions.asked.iter().enumerate() {
            questions.by_post.insert(asked.first, nth);
        }
        for at in 0..room.posts.len() {
            if let Some(nth) = questions.repeated(room, convention, at) {
                questions.asked[nth].repeats.push(at);
                questions.by_post.insert(at, nth);
            }
        }
        for (at, nth) in questions.asked_together(room, convention) {
            questions.asked[nth].repeats.push(at);
            questions.asked[nth].repeats.sort_unstable();
            questions.by_post.insert(at, nth);
        }
        questions
    }

    /// Posts of hosts who put the questions side by side, each in their own words: whoever asks under
    /// the same numbers right after the first, again and again, is one of them.
    fn asked_together(&self, room: &Room<'_>, convention: Convention) -> Vec<(usize, usize)> {
        let mut found: BTreeMap<u32, Vec<(usize, usize)>> = BTreeMap::new();
        for at in 0..room.posts.len() {
            let post = room.posts[at].post();
            if post.kind != PostKind::Original || self.by_post.contains_key(&at) {
                continue;
            }
            let label = room.posts[at].labels.iter().find(|label| {
                label.leads() && kind_of(label, convention, &post.text) == Some(LabelKind::Question)
            });
            let Some(label) = label.filter(|_| phrases::asks(&post.text)) else { continue };
            let said = count_words(post.text.get(label.end..).unwrap_or_default());
            let nth = self.asked.iter().position(|asked| {
                let first = room.posts[asked.first].post();
                let together = first.created_at..=later(first.created_at, ASKED_TOGETHER);
                Key::Number(asked.typed) == label.key
                    && room.author(asked.first) != room.author(at)
                    && together.contains(&post.created_at)
                    // Some write the question above their answer.
                    && said <= count_words(&first.text) + ADDED_MAX
            });
            if let Some(nth) = nth {
                found.entry(room.author(at)).or_default().push((at, nth));
            }
        }
        let often = |posts: &Vec<(usize, usize)>| {
            let questions: FxHashSet<usize> = posts.iter().map(|(_, nth)| *nth).collect();
            questions.len() >= ASKED_TOGETHER_MIN
        };
        found.into_values().filter(often).flatten().collect()
    }

    /// Which question the post at `at` repeats or passes on.
    fn repeated(&self, room: &Room<'_>, convention: Convention, at: usize) -> Option<usize> {
        if self.by_post.contains_key(&at) {
            return None;
        }
        let post = room.posts[at].post();
        if post.kind == PostKind::Repost {
            return self.by_post.get(&room.find(post.repost_of.as_ref())?).copied();
        }
        let label = room.posts[at]
            .labels
            .iter()
            .find(|label| kind_of(label, convention, &post.text) == Some(LabelKind::Question))?;
        let same = |asked: &Asked| match label.key {
            Key::Number(number) => asked.number == number || asked.typed == number,
            Key::Last => asked.last,
        };
        self.asked.iter().position(|asked| {
            let first = room.posts[asked.first].post();
            let own = room.author(asked.first) == room.author(at);
            same(asked)
                && first.created_at <= post.created_at
                && is_repeat(&first.text, &post.text)
                // Some write the question above their answer.
                && (own || adds(&first.text, &post.text, label.end) <= ADDED_MAX)
        })
    }

    /// The question that a label of an answer at `at` speaks of.
    pub(super) fn named(&self, room: &Room<'_>, key: Key, at: Timestamp) -> Option<usize> {
        let asked_at = |nth: usize| room.posts[self.asked[nth].first].at();
        let nth = match key {
            Key::Last => self
                .asked
                .iter()
                .position(|asked| asked.last)
                .or_else(|| (0..self.asked.len()).rfind(|&nth| asked_at(nth) <= at)),
            Key::Number(number) => {
                // Of two questions under one number the one that was asked last is meant.
                let same = |nth: &usize| self.asked[*nth].typed == number;
                let last = (0..self.asked.len()).filter(same).rfind(|&nth| asked_at(nth) <= at);
                let exact = last.or_else(|| {
                    self.asked
                        .iter()
                        .position(|asked| asked.typed == number || asked.number == number)
                });
                let whole = || {
                    let same = |asked: &Asked| asked.number.whole == number.whole;
                    let plain = |asked: &Asked| same(asked) && asked.number.part == Part::None;
                    let parts = || (0..self.asked.len()).filter(|&nth| same(&self.asked[nth]));
                    self.asked
                        .iter()
                        .position(plain)
                        .or_else(|| parts().rfind(|&nth| asked_at(nth) <= at))
                        .or_else(|| parts().next())
                };
                exact.or_else(whole)
            }
        }?;
        (at >= later(asked_at(nth), -EARLY_ANSWER)).then_some(nth)
    }

    /// When each was first asked.
    pub(super) fn times(&self, room: &Room<'_>) -> Vec<Timestamp> {
        self.asked.iter().map(|asked| room.posts[asked.first].at()).collect()
    }
}
