//! Answers without label or thread: the question on the table, and posts that go on.

use colloquy_transcript::label::{opening, own_words};
use colloquy_transcript::{AnswerBasis, PostKind, Timestamp};
use jiff::SignedDuration;

use super::answers::{Floor, Part, REMARK_WORDS_MIN};
use super::topic::Topics;
use crate::discover::later;
use crate::phrases;
use crate::says::Phrase;
use crate::words::count_words;

/// Confidence, as in `answers`.
const BY_CONTEXT: f64 = 0.6;
/// An unlabelled post answers the question on the table for this long at most.
const ON_TABLE: SignedDuration = SignedDuration::from_mins(15);
/// For this long after a question, words may show that a post is about the one before.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Whoever writes sooner after a question than this still speaks of the one before.
const READING: SignedDuration = SignedDuration::from_secs(30);
/// A post that goes on from its author's last answer comes this soon after it …
const GOES_ON: SignedDuration = SignedDuration::from_secs(200);
/// … or this soon, if it says so.
const SAYS_GOES_ON: SignedDuration = SignedDuration::from_mins(15);
/// Words that an unlabelled post has at least to answer anything …
const WORDS_MIN: usize = 6;
/// … and a longer one, of which less need belong to the question.
const WORDS_MANY: usize = 14;

impl Floor<'_> {
    /// By the question on the table, for a post of some length that stands alone, asks nothing,
    /// passes nothing on, and speaks of the same things.
    pub(super) fn by_context(&self, topics: &Topics, latest: &Latest, at: usize) -> Option<Part> {
        let post = self.seen(at).post();
        let text = own_words(&post.text);
        if post.kind == PostKind::Reply || !self.may_stand_alone(at) {
            return None;
        }
        if let Some(part) = self.going_on(topics, latest, at) {
            return Some(part);
        }
        let now = self
            .on_table(later(post.created_at, -READING))
            .or_else(|| self.on_table(post.created_at))?;
        let asked_at = self.seen(self.questions.asked[now].first).at();
        if post.created_at > later(asked_at, ON_TABLE) {
            return None;
        }
        // Some still write about the question before, and their words show it.
        let words = topics.words(at, post, text);
        let shared = |nth: usize| topics.shared(nth, &words);
        let before = now.checked_sub(1).filter(|_| post.created_at <= later(asked_at, OVERLAP));
        let nth = before.filter(|&before| shared(before) >= shared(now) + 2).unwrap_or(now);
        let count = count_words(text);
        // Whoever answers all evening, and now forgets the label, answers.
        let answers = latest.contains_key(&self.room.author(at)) && post.urls.is_empty();
        let enough = match shared(nth) {
            0 => answers || (!topics.is_known(nth) && count >= REMARK_WORDS_MIN),
            1 => answers || count >= WORDS_MANY || !topics.is_known(nth),
            _ => true,
        };
        enough.then_some(Part::answer(nth, AnswerBasis::Context, BY_CONTEXT))
    }

    /// By the author's own answer shortly before, where nothing else was asked meanwhile.
    fn going_on(&self, topics: &Topics, latest: &Latest, at: usize) -> Option<Part> {
        let post = self.seen(at).post();
        let text = own_words(&post.text);
        let &(answered_at, question) = latest.get(&self.room.author(at))?;
        let says_so = goes_on(text);
        let soon = later(answered_at, if says_so { SAYS_GOES_ON } else { GOES_ON });
        let interrupted = self.on_table(post.created_at) != Some(question);
        // A link at the end is often somebody else's post, and the words are about that.
        let own =
            || post.urls.is_empty() || topics.shared(question, &topics.words(at, post, text)) >= 2;
        (post.created_at <= soon && (says_so || (!interrupted && own()))).then_some(Part::answer(
            question,
            AnswerBasis::Context,
            BY_CONTEXT,
        ))
    }

    /// Whether a post without label or thread is long enough, asks nothing, greets nobody, speaks
    /// of no meeting and passes nothing on.
    fn may_stand_alone(&self, at: usize) -> bool {
        let seen = self.seen(at);
        let text = own_words(&seen.post().text);
        let count = count_words(text);
        count >= WORDS_MIN
            && !phrases::mostly_asks(text)
            && !seen.says_in(text, Phrase::Courtesy)
            && !seen.says_in(text, Phrase::Meets)
            && !seen.says_in(text, Phrase::Closes)
            && !seen.says_in(text, Phrase::Instructs)
            && (count >= WORDS_MANY || !phrases::is_reaction(text))
            && !seen.post().urls.iter().any(|url| leads_elsewhere(url))
            && !seen.labels.iter().any(|label| label.kind(self.convention).is_some())
    }
}

/// Each author's latest answer so far: when, and to which question.
pub(super) type Latest = rustc_hash::FxHashMap<u32, (Timestamp, usize)>;

/// Whether a text says of itself that it continues another: `2/2 …`, `… cont.`, `>> …`.
fn goes_on(text: &str) -> bool {
    let proper = text.get(opening(text)..).unwrap_or(text);
    let start = text.trim_start();
    let of_several = |word: &str| {
        let word = word.trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']' | '.' | ':'));
        let halves = word.split_once('/');
        let number = |half: &str| {
            (1..=2).contains(&half.len()) && half.bytes().all(|it| it.is_ascii_digit())
        };
        halves.is_some_and(|(one, all)| {
            number(one) && !one.starts_with('1') && (number(all) || all.is_empty())
        })
    };
    start.starts_with(['…', '>'])
        || start.starts_with("...")
        || ["cont.", "cont'd", "contd", "(cont"]
            .iter()
            .any(|it| proper.to_lowercase().starts_with(it))
        || words_raw(text).any(of_several)
}

/// First and last words, as written.
fn words_raw(text: &str) -> impl Iterator<Item = &str> {
    let plain = || {
        text.split_whitespace()
            .filter(|word| !word.starts_with(['#', '@']) && !word.contains("://"))
    };
    plain().next().into_iter().chain(plain().next_back())
}

/// Whether a link leads to something else than a post or a picture on the platform.
fn leads_elsewhere(url: &str) -> bool {
    const AT_HOME: [&str; 6] = [
        "://t.co/",
        "://twitter.com/",
        "://x.com/",
        "://pic.twitter.com/",
        "://bsky.app/",
        "://pbs.twimg.com/",
    ];
    !AT_HOME.iter().any(|home| url.contains(home))
}
