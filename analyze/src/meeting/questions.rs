//! The questions of a meeting, with their repeats and reposts folded in.

use colloquy_transcript::label::{Label, LabelKind, opening};
use colloquy_transcript::{CompactString, PostKind, Question};
use rustc_hash::FxHashMap;

use crate::seen::Room;
use crate::words::similarity;

/// Share of words in common from which two texts ask the same.
const SAME_QUESTION: f64 = 0.5;
/// Words that a question has at least, its label left out.
const WORDS_MIN: usize = 3;

/// A question and the posts that ask it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// `Q1`.
    pub(super) label: CompactString,
    /// The label's number, for looking up answers.
    pub(super) number: u16,
    /// The digit of `Q1.5`.
    pub(super) fraction: Option<u8>,
    /// Index of the first asking.
    pub(super) first: usize,
    /// Indices of repeats and reposts.
    pub(super) repeats: Vec<usize>,
}

impl Asked {
    /// Whether `label` speaks of this question.
    pub(super) fn is_named_by(&self, label: &Label) -> bool {
        self.number == label.number && self.fraction == label.fraction
    }

    /// The question as it is published; `number` is its place in the meeting.
    pub(super) fn publish(&self, room: &Room<'_>, number: u32) -> Question {
        let post = room.posts[self.first].post();
        Question {
            label: self.label.clone(),
            number,
            asked_at: post.created_at,
            asked_by: post.author.id.clone(),
            post_id: post.id.clone(),
            text: post.text.clone(),
            repeats: self.repeats.iter().map(|&at| room.posts[at].post().id.clone()).collect(),
        }
    }
}

/// The questions that `moderators` asked, in the order in which they were first asked.
pub(super) fn questions(room: &Room<'_>, moderators: &[u32]) -> Vec<Asked> {
    let mut asked: Vec<Asked> = Vec::new();
    for (at, seen) in room.posts.iter().enumerate() {
        if moderators.binary_search(&room.author(at)).is_err() {
            continue;
        }
        let Some(label) = seen.labelled(LabelKind::Question).next() else { continue };
        if let Some(known) = asked.iter_mut().find(|known| known.is_named_by(label)) {
            let first = &room.posts[known.first].post().text;
            if is_repeat(first, &seen.post().text) {
                known.repeats.push(at);
            }
        } else if asks(&seen.post().text, label) {
            asked.push(Asked {
                label: label.question(),
                number: label.number,
                fraction: label.fraction,
                first: at,
                repeats: Vec::new(),
            });
        }
    }
    fold(room, &mut asked);
    asked
}

/// Adds reposts, quotes without much of their own, and retyped copies by participants.
fn fold(room: &Room<'_>, asked: &mut [Asked]) {
    let by_post: FxHashMap<usize, usize> =
        asked.iter().enumerate().map(|(nth, question)| (question.first, nth)).collect();
    for (at, seen) in room.posts.iter().enumerate() {
        if by_post.contains_key(&at) {
            continue;
        }
        let post = seen.post();
        let nth = if post.kind == PostKind::Repost {
            room.find(post.repost_of.as_ref()).and_then(|original| {
                asked.iter().position(|question| {
                    question.first == original || question.repeats.contains(&original)
                })
            })
        } else {
            let label = seen.labelled(LabelKind::Question).find(|label| label.leading);
            label.and_then(|label| asked.iter().position(|known| known.is_named_by(label))).filter(
                |&nth| {
                    let first = asked[nth].first;
                    first < at && is_repeat(&room.posts[first].post().text, &post.text)
                },
            )
        };
        if let Some(nth) = nth
            && !asked[nth].repeats.contains(&at)
        {
            asked[nth].repeats.push(at);
        }
    }
    for question in asked {
        question.repeats.sort_unstable();
    }
}

/// Whether the text after the label is long enough to ask something, and the label opens it or
/// somebody is really asked.
fn asks(text: &str, label: &Label) -> bool {
    let rest = text.get(label.end..).unwrap_or("");
    let words = rest
        .split_whitespace()
        .filter(|word| !word.starts_with(['#', '@']) && word.chars().any(char::is_alphanumeric))
        .count();
    words >= WORDS_MIN && (label.leading || text.contains(['?', '？', '؟']))
}

/// Whether `text` says what `first` said.
fn is_repeat(first: &str, text: &str) -> bool {
    let strip = |text: &str| text.get(opening(text)..).unwrap_or(text).to_owned();
    similarity(&strip(first), &strip(text)) >= SAME_QUESTION
}
