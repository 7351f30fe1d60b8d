//! How a room takes questions up without labels: by reply, by quote, or just by speaking next.

use std::collections::BTreeMap;

use colloquy_transcript::PostId;
use colloquy_transcript::label::Key;
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};

use super::ANSWERERS_MIN;
use super::labelled::{Candidate, Force, Labelled};
use crate::discover::later;
use crate::seen::Seen;

/// Questions in a row that make a host of whoever put them, though nobody labels an answer.
pub(crate) const RUN_MIN: usize = 3;
/// The room speaks about a question for so long, or until the next.
const SPEAKS: SignedDuration = SignedDuration::from_mins(15);

/// Posts that reply to or quote a plainly asked question of somebody else, with their authors, by
/// whole number and in order.
pub(super) fn replies(
    posts: &[&Seen],
    authors: &[u32],
    askings: &BTreeMap<Key, Vec<Candidate>>,
) -> BTreeMap<u16, Vec<(usize, u32)>> {
    let mut numbers: FxHashMap<&PostId, (u16, u32)> = FxHashMap::default();
    for (key, candidates) in askings {
        let Key::Number(number) = key else { continue };
        for asked in candidates.iter().filter(|it| it.leads && it.force == Force::Strong) {
            numbers.insert(&posts[asked.post].post().id, (number.whole, asked.author));
        }
    }
    let mut replies: BTreeMap<u16, Vec<(usize, u32)>> = BTreeMap::new();
    if numbers.is_empty() {
        return replies;
    }
    for (at, (seen, &author)) in posts.iter().zip(authors).enumerate() {
        let post = seen.post();
        let parent = post.reply_to.as_ref().or(post.quote_of.as_ref());
        let asked = parent.and_then(|id| numbers.get(id)).filter(|(_, asker)| *asker != author);
        if let Some(&(whole, _)) = asked.filter(|_| post.is_original()) {
            replies.entry(whole).or_default().push((at, author));
        }
    }
    replies
}

/// Questions that one author put in rising order, each of which others spoke after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// Who put them.
    pub(crate) author: u32,
    /// Their posts, in order.
    pub(crate) asked: Vec<usize>,
}

/// The longest run of plain questions, `Q1`, `Q2` and so on, that one author put and after each of
/// which at least two others spoke.
pub(super) fn run(posts: &[&Seen], authors: &[u32], labelled: &Labelled) -> Option<Run> {
    let mut by_author: BTreeMap<u32, Vec<(u16, usize)>> = BTreeMap::new();
    for (key, candidates) in &labelled.askings {
        let Key::Number(number) = key else { continue };
        let mut seen = FxHashSet::default();
        for asked in candidates.iter().filter(|it| it.leads && it.force == Force::Strong) {
            if seen.insert(asked.author) {
                by_author.entry(asked.author).or_default().push((number.whole, asked.post));
            }
        }
    }
    let runs = by_author.into_iter().filter(|(_, asked)| asked.len() >= RUN_MIN).map(
        |(author, mut asked)| {
            asked.dedup_by_key(|(whole, _)| *whole);
            Run { author, asked: spoken_after(posts, authors, author, &rising(&asked)) }
        },
    );
    runs.filter(|run| run.asked.len() >= RUN_MIN)
        .max_by_key(|run| (run.asked.len(), std::cmp::Reverse(run.author)))
}

/// The posts of questions that come one after another by number and by time.
fn rising(asked: &[(u16, usize)]) -> Vec<usize> {
    let mut rising: Vec<(u16, usize)> = Vec::new();
    for &(whole, post) in asked {
        match rising.last() {
            Some(&(before, at)) if before + 1 != whole || at > post => {}
            _ => rising.push((whole, post)),
        }
    }
    rising.into_iter().map(|(_, post)| post).collect()
}

/// Those of the questions after which enough others spoke before the next.
fn spoken_after(posts: &[&Seen], authors: &[u32], host: u32, asked: &[usize]) -> Vec<usize> {
    let speak = |nth: usize| {
        let from = asked[nth];
        let until = asked.get(nth + 1).copied().unwrap_or(posts.len());
        let bound = later(posts[from].at(), SPEAKS);
        let spoke: FxHashSet<u32> = (from + 1..until)
            .take_while(|&at| posts[at].at() < bound)
            .filter(|&at| posts[at].post().is_original() && authors[at] != host)
            .map(|at| authors[at])
            .collect();
        spoke.len() >= ANSWERERS_MIN
    };
    (0..asked.len()).filter(|&nth| speak(nth)).map(|nth| asked[nth]).collect()
}
