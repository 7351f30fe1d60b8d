//! Who asked what: the numbered questions of a stretch of posts, and whose they are.
//!
//! Not whoever writes most `Q`s asks: participants answer under `Q3` too, and some more often than
//! the host asks. Whoever hosts puts questions that others then answer under their number. So
//! hosts are found first, from the numbers that were answered; then each number's question is
//! looked for among what the hosts wrote.

mod again;
mod asked;
mod convention;
mod labelled;
mod uptake;

use std::collections::BTreeMap;

use colloquy_transcript::label::{Convention, Key, Label, Number};
use colloquy_transcript::registry::Planned;
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};

use asked::{by_number, counted_ahead, in_passing, last_question, miscounted, put_right};
use convention::convention;
use labelled::{Labelled, labelled};

pub(crate) use convention::kind_of;
pub(crate) use labelled::{Force, only_announces};
pub(crate) use uptake::RUN_MIN;

use crate::discover::later;
use crate::known::Said;
use crate::phrases;
use crate::seen::Seen;
use crate::words::{count_words, similarity};

/// Others who must have answered a question under its number before it makes anybody a host.
pub(crate) const ANSWERERS_MIN: usize = 2;
/// Answered questions that make a host of anybody …
const HOSTED_MIN: usize = 2;
/// … and in a room with this many answered questions one is enough: hosts share the work.
const SHARED_FROM: usize = 3;
/// An answer may come this long before its question: typed in advance, or the question had no tag.
const EARLY_ANSWER: SignedDuration = SignedDuration::from_mins(5);
/// Words that a question has at least, its label left out.
const WORDS_MIN: usize = 3;
/// Share of words in common from which two texts ask the same.
const SAME_QUESTION: f64 = 0.5;

/// Share of words in common from which a post puts a planned question.
const PLANNED_QUESTION: f64 = 0.6;

/// A numbered question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asking {
    /// Its number; the last question without one gets the next, one that was miscounted its own.
    pub(crate) number: Number,
    /// The number under which the room answers it.
    pub(crate) typed: Number,
    /// Whether it was asked as `Final Q`.
    pub(crate) last: bool,
    /// Index of the first asking.
    pub(crate) post: usize,
    /// Authors who answered it under its number or by reply.
    pub(crate) answerers: usize,
}

/// The questions of a stretch of posts, in the order in which they were asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inquiry {
    /// How the room labels; English where nobody labels.
    pub(crate) convention: Option<Convention>,
    /// Authors who asked, rising.
    pub(crate) hosts: Vec<u32>,
    /// What they asked.
    pub(crate) asked: Vec<Asking>,
    /// Authors who answered one of the answered questions.
    pub(crate) room: usize,
    /// Whether anything was plainly asked, or answered under an answer's label.
    pub(crate) spoken: bool,
    /// Questions that one host put in a row and the room spoke after, labelled or not.
    pub(crate) run: Vec<usize>,
    /// The post with which hosts begin to count anew, for a second edition.
    pub(crate) edition: Option<usize>,
}

impl Inquiry {
    /// How the room labels.
    pub(crate) fn convention(&self) -> Convention {
        self.convention.unwrap_or(Convention::ENGLISH)
    }

    /// Questions that enough others answered.
    pub(crate) fn answered(&self) -> impl Iterator<Item = &Asking> {
        self.asked.iter().filter(|asking| asking.answerers >= ANSWERERS_MIN)
    }
}

/// What is known of a room before its posts are looked at.
#[derive(Debug)]
pub(crate) struct Stated<'a> {
    /// Authors who are known to moderate.
    pub(crate) hosts: &'a [u32],
    /// Whether others who behave like hosts are taken for such, too.
    pub(crate) infer: bool,
    /// The chat's main language.
    pub(crate) language: Option<&'a str>,
    /// What moderators said of posts.
    pub(crate) said: &'a FxHashMap<usize, Said>,
}

/// The questions that `posts` (in order) of `authors` put.
pub(crate) fn inquire(posts: &[&Seen], authors: &[u32], stated: &Stated<'_>) -> Inquiry {
    let &Stated { hosts: known, infer, language, said } = stated;
    let convention = convention(posts, authors, language);
    let labelled = labelled(posts, authors, convention, said);
    let mut hosts: Vec<u32> = known.to_vec();
    let run = uptake::run(posts, authors, &labelled);
    if infer {
        hosts.extend(inferred(posts, authors, &labelled));
        if hosts.is_empty() {
            hosts.extend(run.iter().map(|run| run.author));
        }
    }
    hosts.sort_unstable();
    hosts.dedup();
    let mut asked = by_number(posts, authors, &labelled, &hosts);
    put_right(posts, authors, &labelled, &mut asked);
    asked.sort_by_key(|asking| asking.post);
    let edition = again::edition(posts, authors, &labelled, &hosts, &asked);
    let ahead = counted_ahead(posts, authors, &labelled, &hosts, &mut asked);
    asked.extend(ahead);
    asked.extend(miscounted(posts, authors, &labelled, &hosts, &asked));
    asked.extend(in_passing(posts, authors, (&labelled, convention, said), &hosts, &asked));
    asked.extend(last_question(posts, authors, &labelled, &hosts, &asked));
    correct(&mut asked, posts, authors, &labelled, said);
    asked.sort_by_key(|asking| asking.post);
    let room: FxHashSet<u32> = asked
        .iter()
        .filter(|asking| asking.answerers >= ANSWERERS_MIN)
        .flat_map(|asking| answerers(posts, &labelled, asking.number.whole, asking.post, authors))
        .collect();
    let askers: FxHashSet<u32> = asked.iter().map(|asking| authors[asking.post]).collect();
    let hosts = hosts.into_iter().filter(|host| askers.contains(host)).collect();
    let asks = |asking: &Asking| phrases::asks(&posts[asking.post].post().text);
    let spoken = labelled.answered || asked.iter().any(asks);
    let run = run.map(|run| run.asked).unwrap_or_default();
    Inquiry { convention: Some(convention), hosts, asked, room: room.len(), spoken, run, edition }
}

/// The posts that put a planned question without its label: for each that nobody asked under its
/// number, the first post with its words.
pub(crate) fn planned(
    posts: &[&Seen],
    inquiry: &Inquiry,
    planned: &Planned,
) -> Vec<(usize, Number)> {
    let missing = planned.questions.iter().filter_map(|question| {
        let number = Number::parse(&question.label)?;
        let asked = inquiry.asked.iter().any(|asking| asking.number == number);
        (!asked).then_some((question, number))
    });
    missing
        .filter_map(|(question, number)| {
            let says = |seen: &&Seen| {
                let post = seen.post();
                post.is_original() && similarity(&question.text, &post.text) >= PLANNED_QUESTION
            };
            Some((posts.iter().position(says)?, number))
        })
        .collect()
}

/// Whether `text` says what `first` said, their labels aside.
pub(crate) fn is_repeat(first: &str, text: &str) -> bool {
    let strip = |text: &str| {
        let labels = colloquy_transcript::label::labels(text);
        let rest = |label: &Label| text.get(label.end..).unwrap_or_default();
        let label = labels.iter().find(|label| count_words(rest(label)) >= WORDS_MIN);
        label.map_or(text, rest).to_owned()
    };
    similarity(&strip(first), &strip(text)) >= SAME_QUESTION
}

/// Puts the questions in that a moderator named, each in the place of the one with its number.
fn correct(
    asked: &mut Vec<Asking>,
    posts: &[&Seen],
    authors: &[u32],
    labelled: &Labelled,
    said: &FxHashMap<usize, Said>,
) {
    let mut named: Vec<(usize, Number)> = said
        .iter()
        .filter_map(|(&post, said)| match said {
            Said::Asks(number) => Some((post, *number)),
            _ => None,
        })
        .collect();
    named.sort_unstable_by_key(|&(post, number)| (number, post));
    // The first of several askings counts, as everywhere.
    named.dedup_by_key(|(_, number)| *number);
    for (post, number) in named {
        asked.retain(|asking| asking.number != number && asking.post != post);
        let answerers = answerers(posts, labelled, number.whole, post, authors).len();
        asked.push(Asking { number, typed: number, last: false, post, answerers });
    }
}

/// Authors other than the asker who answered `whole` under its number or by reply, from shortly
/// before `asking` on.
fn answerers(
    posts: &[&Seen],
    labelled: &Labelled,
    whole: u16,
    asking: usize,
    authors: &[u32],
) -> FxHashSet<u32> {
    let from = later(posts[asking].at(), -EARLY_ANSWER);
    let asker = authors[asking];
    let weak = labelled
        .askings
        .iter()
        .filter(|(key, _)| matches!(key, Key::Number(number) if number.whole == whole));
    let under_q = weak.flat_map(|(_, list)| list).filter(|it| it.force == Force::Weak);
    let under_a = labelled.answers.get(&whole).into_iter().flatten().copied();
    let replies = labelled.replies.get(&whole).into_iter().flatten().copied();
    under_a
        .chain(replies)
        .chain(under_q.map(|it| (it.post, it.author)))
        .filter(|&(post, author)| author != asker && posts[post].at() >= from)
        .map(|(_, author)| author)
        .collect()
}

/// Authors who behave like hosts.
fn inferred(posts: &[&Seen], authors: &[u32], labelled: &Labelled) -> Vec<u32> {
    let mut hosted: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    let mut answered = 0;
    for (key, candidates) in &labelled.askings {
        let Key::Number(number) = key else { continue };
        let Some(first) = candidates.first() else { continue };
        // Where answers came first, the question was put elsewhere, and this is one more answer.
        let before = labelled.answers.get(&number.whole).into_iter().flatten();
        let early: FxHashSet<u32> = before
            .filter(|(post, author)| {
                *author != first.author
                    && posts[*post].at() < later(posts[first.post].at(), -EARLY_ANSWER)
            })
            .map(|(_, author)| *author)
            .collect();
        let people = answerers(posts, labelled, number.whole, first.post, authors);
        if early.len() < ANSWERERS_MIN && people.len() >= ANSWERERS_MIN {
            answered += 1;
            let (all, strong) = hosted.entry(first.author).or_default();
            *all += 1;
            *strong += usize::from(first.force == Force::Strong);
        }
    }
    let leads_many = |author: u32| hosted.get(&author).is_some_and(|(all, _)| *all >= HOSTED_MIN);
    // One question is enough where hosts share the work, unless whoever asks the others asked it.
    let own = |author: u32| {
        labelled.askings.values().any(|candidates| {
            let Some(first) = candidates.first().filter(|it| it.author == author) else {
                return false;
            };
            // A co-host who puts it again takes nothing away.
            let text = |post: usize| posts[post].post().text.as_str();
            let others = candidates.iter().filter(|it| it.force == Force::Strong);
            !others
                .filter(|it| it.author != author && leads_many(it.author))
                .any(|it| !is_repeat(text(first.post), text(it.post)))
        })
    };
    let is_host = |&(&author, &(_, strong)): &(&u32, &(usize, usize))| {
        leads_many(author) || (answered >= SHARED_FROM && strong > 0 && own(author))
    };
    hosted.iter().filter(is_host).map(|(&author, _)| author).collect()
}
