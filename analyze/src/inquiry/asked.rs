//! What hosts asked: the question under each number, the last one, and those that were miscounted.

use colloquy_transcript::label::{Convention, Key, Label, LabelKind, Number, Part};
use jiff::SignedDuration;
use rustc_hash::FxHashMap;

use super::convention::kind_of;
use super::labelled::{Candidate, Force, Labelled, only_announces};
use super::{ANSWERERS_MIN, Asking, WORDS_MIN, answerers, is_repeat};
use crate::discover::later;
use crate::known::Said;
use crate::seen::Seen;
use crate::words::{count_words, similarity, words};

/// A host's first `Q3` that asks little gives way to one that asks, within this time.
const TEASER: SignedDuration = SignedDuration::from_mins(15);
/// A second question under a number comes at least so long after the first: sooner it is the same
/// in other words or in another language.
const MISCOUNTED_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// Shorter words are mostly grammar.
const LETTERS_MIN: usize = 4;
/// Share of words in common below which two posts ask different things.
const DIFFERENT: f64 = 0.2;

/// The hosts' question under each number.
pub(super) fn by_number(
    posts: &[&Seen],
    authors: &[u32],
    labelled: &Labelled,
    hosts: &[u32],
) -> Vec<Asking> {
    let mut asked = Vec::new();
    for (key, candidates) in &labelled.askings {
        let Key::Number(number) = *key else { continue };
        let of_hosts = || candidates.iter().filter(|it| hosts.binary_search(&it.author).is_ok());
        let Some(first) = of_hosts().next() else { continue };
        let until = later(posts[first.post].at(), TEASER);
        let better = of_hosts()
            .find(|it| it.force == Force::Strong && it.leads && posts[it.post].at() <= until);
        let pictured = !posts[first.post].post().urls.is_empty();
        let teases = !first.leads || (first.force == Force::Weak && !pictured);
        let chosen = better.filter(|_| teases).unwrap_or(first);
        let answerers = answerers(posts, labelled, number.whole, chosen.post, authors).len();
        // A host who writes "Q9 …" that nobody takes up asks where it is plainly a question, or
        // the next in the row.
        let next = asked.last().is_some_and(|before: &Asking| {
            before.number.whole + 1 == number.whole && before.post < chosen.post
        });
        if answerers > 0 || chosen.force == Force::Strong || next {
            asked.push(Asking { number, typed: number, last: false, post: chosen.post, answerers });
        }
    }
    asked.retain(|asking| !is_own_part(asking, labelled));
    asked
}

/// Numbers that the room answers and nobody plainly asked: the first post in which a host names the number
/// and says something, `time is short, so Q5, quickly: one thing you will change`, and others answer then.
pub(super) fn in_passing(
    posts: &[&Seen],
    authors: &[u32],
    (labelled, convention, said): (&Labelled, Convention, &FxHashMap<usize, Said>),
    hosts: &[u32],
    asked: &[Asking],
) -> Vec<Asking> {
    let mut found: Vec<Asking> = Vec::new();
    for (post, seen) in posts.iter().enumerate() {
        let taken = || asked.iter().chain(&found).any(|it| it.post == post);
        if hosts.binary_search(&authors[post]).is_err() || said.contains_key(&post) || taken() {
            continue;
        }
        let label = seen.labels.iter().find(|label| puts(seen, label, convention));
        let Some(number) = label.and_then(Label::number) else { continue };
        let mut known = asked.iter().chain(&found);
        if number.part != Part::None || known.any(|it| it.number.whole == number.whole) {
            continue;
        }
        found.extend(answered(posts, authors, labelled, number, post));
    }
    found
}

/// Whether a post puts a question under a label in its midst: a mark follows, and some words.
fn puts(seen: &Seen, label: &Label, convention: Convention) -> bool {
    let text = &seen.post().text;
    let rest = text.get(label.end..).unwrap_or("").trim_start_matches('\u{20e3}');
    let marked = rest.trim_start().starts_with([',', ':', '!', '-', '–', '—', '(']);
    !label.leads()
        && kind_of(label, convention, text) == Some(LabelKind::Question)
        && marked
        && count_words(rest) >= WORDS_MIN
        && !only_announces(text, label)
}

/// `Q1a` where the room has no `Q1b` and `Q1` as well: the same question, written twice.
fn is_own_part(asking: &Asking, labelled: &Labelled) -> bool {
    let Part::Letter(_) = asking.number.part else { return false };
    let whole = Number::whole(asking.number.whole);
    let siblings = labelled.askings.keys().filter(|key| {
        matches!(key, Key::Number(number) if number.whole == whole.whole && number.part != Part::None)
    });
    siblings.count() < 2 && labelled.askings.contains_key(&Key::Number(whole))
}

/// The hosts' `Final Q`, numbered after the others.
pub(super) fn last_question(
    posts: &[&Seen],
    authors: &[u32],
    labelled: &Labelled,
    hosts: &[u32],
    asked: &[Asking],
) -> Option<Asking> {
    let candidates = labelled.askings.get(&Key::Last)?;
    let chosen = candidates.iter().find(|it| hosts.binary_search(&it.author).is_ok())?;
    let text = &posts[chosen.post].post().text;
    if asked.iter().any(|it| it.post == chosen.post || is_repeat(&posts[it.post].post().text, text))
    {
        return None;
    }
    let before = asked.iter().filter(|it| it.post < chosen.post).map(|it| it.number.whole);
    let number = Number::whole(before.max()? + 1);
    if asked.iter().any(|it| it.number.whole == number.whole) {
        return None;
    }
    let answerers = answerers(posts, labelled, number.whole, chosen.post, authors).len();
    Some(Asking { number, typed: number, last: true, post: chosen.post, answerers })
}

/// Questions that a host put under the number of the one before: the room answers them under the
/// next number if that is free, or under the same.
pub(super) fn miscounted(
    posts: &[&Seen],
    authors: &[u32],
    labelled: &Labelled,
    hosts: &[u32],
    asked: &[Asking],
) -> Vec<Asking> {
    asked
        .iter()
        .filter(|asking| asking.number.part == Part::None)
        .filter_map(|asking| {
            let candidates = labelled.askings.get(&Key::Number(asking.number))?;
            let second = candidates.iter().find(|it| {
                hosts.binary_search(&it.author).is_ok() && is_another(posts, asking, it)
            })?;
            // Put right at once, it is that question.
            let put_right = asked.iter().any(|other| {
                other.post != asking.post
                    && is_repeat(&posts[other.post].post().text, &posts[second.post].post().text)
            });
            let overtaken = asked
                .iter()
                .any(|other| other.number.whole > asking.number.whole && other.post < second.post);
            if overtaken || put_right {
                return None;
            }
            let post = second.post;
            let asks = |number: Number, typed: Number| {
                let asking = answered(posts, authors, labelled, typed, post)?;
                Some(Asking { number, ..asking })
            };
            let next = Number::whole(asking.number.whole.checked_add(1)?);
            let free = !asked.iter().any(|other| other.number.whole == next.whole);
            let second = Number { part: Part::Letter(b'b'), ..asking.number };
            free.then(|| asks(next, next)).flatten().or_else(|| asks(second, asking.number))
        })
        .collect()
}

/// Lets go of what its host put again at once under another number, and gives its number to the next question
/// that stands above it.
pub(super) fn put_right(
    posts: &[&Seen],
    authors: &[u32],
    labelled: &Labelled,
    asked: &mut Vec<Asking>,
) {
    let text = |post: usize| posts[post].post().text.as_str();
    let corrects = |slip: &Asking, right: &Asking| {
        right.post > slip.post
            && authors[right.post] == authors[slip.post]
            && right.number.whole != slip.number.whole
            && posts[right.post].at() <= later(posts[slip.post].at(), MISCOUNTED_AFTER)
            && is_repeat(text(slip.post), text(right.post))
    };
    let slips: Vec<Asking> = asked
        .iter()
        .filter(|slip| asked.iter().any(|right| corrects(slip, right)))
        .cloned()
        .collect();
    for slip in slips {
        asked.retain(|asking| asking.post != slip.post);
        let candidates = labelled.askings.get(&Key::Number(slip.number)).into_iter().flatten();
        let next = candidates.filter(|it| it.author == authors[slip.post]).find(|it| {
            it.post > slip.post && it.leads && !is_repeat(text(slip.post), text(it.post))
        });
        if let Some(next) = next {
            let post = next.post;
            let answerers = answerers(posts, labelled, slip.number.whole, post, authors).len();
            if answerers > 0 || next.force == Force::Strong {
                asked.push(Asking { post, answerers, ..slip });
            }
        }
    }
}

/// Gives a question the number before its own where its host took the next one too early: nobody asked
/// under the number before, the room answers under it from then on, and another question comes under the
/// one that was taken. Those others come back.
pub(super) fn counted_ahead(
    posts: &[&Seen],
    authors: &[u32],
    labelled: &Labelled,
    hosts: &[u32],
    asked: &mut [Asking],
) -> Vec<Asking> {
    let under = |number: Number, post: usize| answered(posts, authors, labelled, number, post);
    let mut others = Vec::new();
    for nth in 0..asked.len() {
        let number = asked[nth].number;
        let before = Number::whole(number.whole.saturating_sub(1));
        let taken = before.whole == 0 || {
            let mut known = asked.iter().chain(&others);
            known.any(|it: &Asking| it.number.whole == before.whole)
        };
        if taken || number.part != Part::None {
            continue;
        }
        let candidates = labelled.askings.get(&Key::Number(number)).into_iter().flatten();
        let mut of_hosts = candidates.filter(|it| hosts.binary_search(&it.author).is_ok());
        let second = of_hosts.find(|it| is_another(posts, &asked[nth], it));
        if let Some(second) = second
            && let (Some(first), Some(second)) =
                (under(before, asked[nth].post), under(number, second.post))
        {
            asked[nth] = first;
            others.push(second);
        }
    }
    others
}

/// The question of a post, if enough others answer under the number.
fn answered(
    posts: &[&Seen],
    authors: &[u32],
    labelled: &Labelled,
    number: Number,
    post: usize,
) -> Option<Asking> {
    let answerers = answerers(posts, labelled, number.whole, post, authors).len();
    let asking = Asking { number, typed: number, last: false, post, answerers };
    (answerers >= ANSWERERS_MIN).then_some(asking)
}

/// Whether a host asks something else than before under the same number.
fn is_another(posts: &[&Seen], asking: &Asking, second: &Candidate) -> bool {
    let (first, later_on) = (posts[asking.post].post(), posts[second.post].post());
    second.leads
        && second.force == Force::Strong
        && later_on.created_at >= later(first.created_at, MISCOUNTED_AFTER)
        && similarity(&long_words(&first.text), &long_words(&later_on.text)) < DIFFERENT
}

/// The words of a text that are more than grammar.
fn long_words(text: &str) -> String {
    words(text).filter(|word| word.len() >= LETTERS_MIN).collect::<Vec<_>>().join(" ")
}
