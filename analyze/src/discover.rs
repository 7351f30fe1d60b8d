//! Finding meetings: by the registry's schedule, or in the posts alone.
//!
//! Without a schedule a meeting is a chain of numbered questions that the room answered under
//! their numbers. A decision looks only at posts up to [`PATIENCE`] after the chain's end, and is
//! made once the frontier has passed that point, so it does not depend on how the posts arrived.

use colloquy_transcript::label::LabelKind;
use colloquy_transcript::{Origin, Timestamp};
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::seen::Seen;

/// Two questions further apart than this belong to different meetings.
const CHAIN_GAP: SignedDuration = SignedDuration::from_mins(40);
/// No meeting that is found in posts is longer; week-long events are declared.
const CHAIN_MAX: SignedDuration = SignedDuration::from_hours(4);
/// How long after its last question a chain is still looked at.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(60);
/// An answer may come this long before its question.
const EARLY_ANSWER: SignedDuration = SignedDuration::from_mins(5);
/// A host opens the room up to this long before the first question.
const WELCOME_MAX: SignedDuration = SignedDuration::from_mins(30);
/// How much activity is compared on both sides of a possible start.
const ONSET: SignedDuration = SignedDuration::from_mins(10);
/// A question counts when this many others answered it …
const ANSWERERS_MIN: usize = 2;
/// … and a meeting has at least this many such questions …
const QUESTIONS_MIN: usize = 2;
/// … answered by at least this many people together.
const ROOM_MIN: usize = 3;
/// From this many answered questions on, everybody may have asked one (guests, several hosts).
const QUESTIONS_WITHOUT_HOST_MIN: usize = 4;
/// A decision on a meeting looks at posts no further than this after the meeting's start: the last
/// question of its chain comes at most `CHAIN_MAX` after the first.
pub const LOOK_MAX: SignedDuration =
    SignedDuration::from_mins(WELCOME_MAX.as_mins() + CHAIN_MAX.as_mins() + PATIENCE.as_mins());
/// Posts that a decision looks at before a chain's first question: the welcome and its onset.
pub const LOOK_BACK: SignedDuration = SignedDuration::from_mins(45);
/// Usual grace before a meeting, where no registry says otherwise.
pub const GRACE_BEFORE: SignedDuration = SignedDuration::from_mins(10);
/// Usual grace after a meeting, where no registry says otherwise.
pub const GRACE_AFTER: SignedDuration = SignedDuration::from_mins(60);

/// An ISO week.
pub const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A week outside meetings is settled this long after its end: by then every chain that could
/// reach into it has been decided (45 min before a chain's first question, chain, patience).
pub const WEEK_LAG: SignedDuration = SignedDuration::from_hours(7);

/// When a meeting takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Start, as announced or discovered.
    pub starts_at: Timestamp,
    /// End, grace not included.
    pub ends_at: Timestamp,
    /// Posts from here on belong to it.
    pub opens_at: Timestamp,
    /// Posts before this belong to it.
    pub closes_at: Timestamp,
    /// Posts before this may have a say in when it takes place; not before `closes_at`.
    pub looked_until: Timestamp,
    /// Where the hour comes from.
    pub origin: Origin,
}

/// The next meeting in `posts` (in order, none before the end of the meeting before) whose chain
/// begins at `from` or later, or `None` while there is none that can be decided with everything
/// up to `frontier` at hand. Beside it the instant before which no chain makes a meeting.
pub fn next_meeting(
    posts: &[&Seen],
    from: Timestamp,
    frontier: Timestamp,
) -> (Option<Span>, Timestamp) {
    let questions: Vec<usize> = (posts.partition_point(|seen| seen.at() < from)..posts.len())
        .filter(|&at| posts[at].labelled(LabelKind::Question).next().is_some())
        .collect();
    for (nth, &first) in questions.iter().enumerate() {
        let chain = chain(posts, &questions[nth..]);
        let Some(&last) = chain.last() else { continue };
        let begins = posts[first].at();
        let looked_until = later(posts[last].at(), PATIENCE);
        if looked_until > frontier {
            return (None, begins);
        }
        if let Some((asked_first, asked_last)) = accepted(posts, chain, begins) {
            let mut span = span(posts, asked_first, asked_last);
            span.looked_until = looked_until.max(span.closes_at);
            return ((span.closes_at <= frontier).then_some(span), begins);
        }
    }
    (None, from.max(frontier))
}

/// `at + by`, kept within the range of timestamps.
pub fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// The questions from the first of `questions` on that follow one another closely.
fn chain<'q>(posts: &[&Seen], questions: &'q [usize]) -> &'q [usize] {
    let Some(&first) = questions.first() else { return &[] };
    let mut previous = posts[first].at();
    let bound = later(previous, CHAIN_MAX);
    let mut length = 0;
    for &question in questions {
        let at = posts[question].at();
        if at > later(previous, CHAIN_GAP) || at > bound {
            break;
        }
        previous = at;
        length += 1;
    }
    &questions[..length]
}

/// First and last asking among the chain's questions that the room answered, if they make a meeting.
fn accepted(posts: &[&Seen], chain: &[usize], from: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let mut asked: FxHashMap<u16, usize> = FxHashMap::default();
    for &question in chain {
        for label in posts[question].labelled(LabelKind::Question) {
            asked.entry(label.number).or_insert(question);
        }
    }
    let until = later(posts[*chain.last()?].at(), CHAIN_GAP);
    let begin = posts.partition_point(|seen| seen.at() < later(from, -EARLY_ANSWER));
    let mut answerers: FxHashMap<u16, FxHashSet<&str>> = FxHashMap::default();
    for seen in posts[begin..].iter().take_while(|seen| seen.at() <= until) {
        for label in seen.labelled(LabelKind::Answer) {
            let Some(&question) = asked.get(&label.number) else { continue };
            let first = posts[question];
            let others = first.post().author.id != seen.post().author.id;
            if others && seen.at() >= later(first.at(), -EARLY_ANSWER) {
                answerers.entry(label.number).or_default().insert(seen.post().author.id.as_str());
            }
        }
    }
    answerers.retain(|_, people| people.len() >= ANSWERERS_MIN);
    let room: FxHashSet<&str> = answerers.values().flatten().copied().collect();
    let led = answerers.len() >= QUESTIONS_WITHOUT_HOST_MIN || has_host(posts, &asked, &answerers);
    if answerers.len() < QUESTIONS_MIN || room.len() < ROOM_MIN || !led {
        return None;
    }
    let times =
        || answerers.keys().filter_map(|number| asked.get(number)).map(|&at| posts[at].at());
    Some((times().min()?, times().max()?))
}

/// Whether one person asked several of the answered questions. After a large meeting late answers
/// go on for hours, some of them under `Q3`: that looks like questions and answers, but nobody leads.
fn has_host(
    posts: &[&Seen],
    asked: &FxHashMap<u16, usize>,
    answerers: &FxHashMap<u16, FxHashSet<&str>>,
) -> bool {
    let mut led: FxHashMap<&str, usize> = FxHashMap::default();
    for question in answerers.keys().filter_map(|number| asked.get(number)) {
        *led.entry(posts[*question].post().author.id.as_str()).or_default() += 1;
    }
    led.values().any(|&questions| questions >= QUESTIONS_MIN)
}

/// Start and end of a meeting whose answered questions were asked between the two times.
fn span(posts: &[&Seen], asked_first: Timestamp, asked_last: Timestamp) -> Span {
    let starts_at = snapped_start(posts, asked_first);
    let hour = later(starts_at, SignedDuration::from_hours(1));
    let half = later(starts_at, SignedDuration::from_mins(30));
    let quarter = SignedDuration::from_mins(15);
    let mut ends_at = if asked_last < later(half, -SignedDuration::from_mins(5))
        && originals(posts, half, hour) * 6 < originals(posts, starts_at, half)
    {
        half
    } else {
        hour
    };
    while later(asked_last, SignedDuration::from_mins(5)) > ends_at {
        ends_at = later(ends_at, quarter);
    }
    let closes_at = later(ends_at, GRACE_AFTER);
    Span {
        starts_at,
        ends_at,
        opens_at: later(starts_at, -GRACE_BEFORE),
        closes_at,
        looked_until: closes_at,
        origin: Origin::Discovered,
    }
}

/// The quarter hour at which the room came together for a first question at `asked`: where
/// activity rises most, full hours preferred to half hours and those to quarters.
fn snapped_start(posts: &[&Seen], asked: Timestamp) -> Timestamp {
    const QUARTER_S: i64 = 900;
    let newest = (asked.as_second() + 120).div_euclid(QUARTER_S);
    let oldest = (asked.as_second() - WELCOME_MAX.as_secs()).div_euclid(QUARTER_S) + 1;
    let mut best = (f64::NEG_INFINITY, asked);
    for quarter in oldest..=newest {
        let Ok(at) = Timestamp::from_second(quarter * QUARTER_S) else { continue };
        let after = originals(posts, at, later(at, ONSET)) as f64;
        let before = originals(posts, later(at, -ONSET), at) as f64;
        let preference = match quarter.rem_euclid(4) {
            0 => 0.45,
            2 => 0.2,
            _ => 0.0,
        };
        let score = (after - before) / (after + before + 4.0) + preference;
        if score > best.0 {
            best = (score, at);
        }
    }
    best.1
}

/// Posts with words of their own in `from..until`.
fn originals(posts: &[&Seen], from: Timestamp, until: Timestamp) -> usize {
    let begin = posts.partition_point(|seen| seen.at() < from);
    posts[begin..]
        .iter()
        .take_while(|seen| seen.at() < until)
        .filter(|seen| seen.post().is_original())
        .count()
}
