//! Where hosts begin to count anew: a second edition of the same evening.

use colloquy_transcript::label::{Key, Part};
use jiff::SignedDuration;

use super::labelled::{Candidate, Force, Labelled};
use super::{ANSWERERS_MIN, Asking, answerers};
use crate::discover::later;
use crate::seen::Seen;

/// An edition begins at least so long after the one before: sooner the questions are put again for
/// latecomers.
const EDITION_AFTER: SignedDuration = SignedDuration::from_mins(40);
/// Two questions of an edition are at least so far apart: who sums up puts all at once.
const APART: SignedDuration = SignedDuration::from_mins(3);

/// The post with which a second edition begins: the first question's number is put once more, then
/// a later one's, both are answered again, and nothing of the first edition is asked in between.
pub(super) fn edition(
    posts: &[&Seen],
    authors: &[u32],
    labelled: &Labelled,
    hosts: &[u32],
    asked: &[Asking],
) -> Option<usize> {
    let first = asked.first()?;
    let mut later_on: Vec<(u16, &Candidate)> = Vec::new();
    for (key, candidates) in &labelled.askings {
        let Key::Number(number) = key else { continue };
        let asks = |it: &&Candidate| {
            it.leads && it.force == Force::Strong && hosts.binary_search(&it.author).is_ok()
        };
        if number.part == Part::None && number.whole >= first.number.whole {
            later_on.extend(candidates.iter().filter(asks).map(|it| (number.whole, it)));
        }
    }
    later_on.sort_by_key(|(_, it)| it.post);
    let bound = later(posts[first.post].at(), EDITION_AFTER);
    let begin = later_on
        .iter()
        .position(|(whole, it)| *whole == first.number.whole && posts[it.post].at() >= bound)?;
    let (whole, opening) = later_on[begin];
    let (next, second) = later_on[begin + 1..].iter().find(|(number, _)| *number != whole)?;
    let apart = posts[second.post].at() >= later(posts[opening.post].at(), APART);
    let answered =
        |whole, post| answerers(posts, labelled, whole, post, authors).len() >= ANSWERERS_MIN;
    let anew = *next > whole && apart;
    (anew && answered(whole, opening.post) && answered(*next, second.post)).then_some(opening.post)
}
