//! Posts that use the chat's tag to sell.
//!
//! Judged relative to this chat: a link is no crime, a link from somebody who never takes part
//! and asks you to buy is. One rule, one file, one code; every rule that fires carries its
//! evidence. Moderators, guests and allow-listed authors are never flagged. How far taking part
//! excuses promotion is the chat's policy.

mod apps;
mod arrival;
mod bytes;
mod call_to_action;
#[cfg(test)]
mod cases;
mod cross_chat;
mod digest;
pub mod evidence;
mod flooding_account;
mod foreign_tags;
mod gathered;
mod hashes;
mod hundredths;
mod letters;
mod lexicon;
mod link_without_participation;
mod links;
mod memory;
mod mention_spraying;
pub mod model;
mod names;
mod near_duplicate;
mod off_topic;
mod own_site;
mod past;
mod profiles;
mod promotion_forbidden;
mod reading;
mod readings;
mod reads_like;
mod repeated_link;
mod repeats;
mod scam;
mod scheduled;
mod sketch;
mod spread;
mod terms;
mod texts;
pub mod train;
mod unit;
mod used;
mod vocabulary;
mod week;
mod wording;
mod young_account;

use std::sync::LazyLock;

use colloquy_transcript::registry::Promotion;
use colloquy_transcript::{Band, CompactString, Flag, Post, Reason, Role, SessionId};

pub use arrival::Arrivals;
pub use evidence::Values;
use hundredths::{Numbers, whole};
use lexicon::UnitWords;
pub use memory::Memory;
use memory::OfAuthor;
use model::{Linear, Model};
use past::Leaning;
pub use past::Past;
pub(crate) use readings::OneReading;
pub use terms::Terms;
use texts::Texts;
use unit::Unit;
use wording::Span;
pub use wording::Wording;

use crate::seen::Room;

/// Posts that are read, then measured, then judged: what is done to one after the other stays in a
/// processor's cache of instructions, which is too small for everything that is done to one post.
pub const TOGETHER: usize = 32;

/// The shipped model in the order of the evidence, and its name: it stands beside every score.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let shipped = Model::shipped();
    // A weight without its evidence says nothing; a test holds that there is none.
    shipped.aligned(evidence::NAMES).unwrap_or_else(|_| shipped.clone())
});

/// The same weights as they are added up.
static LINEAR: LazyLock<Linear> = LazyLock::new(|| MODEL.linear());

/// The name as it stands in verdicts.
static VERSION: LazyLock<CompactString> = LazyLock::new(|| MODEL.version.as_str().into());

/// Version of rules and weights.
pub fn version() -> &'static str {
    &MODEL.version
}

/// Everything that a rule may look at beside the post.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// The post's role.
    pub role: Role,
    /// What its author did here and before.
    pub habits: Past,
    /// What was measured of it.
    pub values: Values,
    /// What was read of its words; what is missing is read for the verdict.
    pub wording: Option<Wording>,
    /// Whether it was posted in a session.
    pub in_session: bool,
    /// Earlier meetings that the author attended.
    pub attended_before: usize,
    /// A moderator or guest: judged, but never flagged.
    pub spared: bool,
    /// What a moderator decided about the post or its author: `true` hijack.
    pub decided: Option<bool>,
    /// What a moderator decided about the post itself.
    pub decided_post: Option<bool>,
}

impl Circumstances {
    /// Whether the author takes part: here, or in an earlier meeting.
    fn took_part(&self) -> bool {
        let habits = &self.habits;
        habits.answers + habits.replies + habits.heard > 0
            || self.attended_before > 0
            || self.role == Role::Answer
    }

    /// Whether the author talked to nobody, here or in an earlier meeting.
    fn never_talked(&self) -> bool {
        self.habits.talks() == 0 && self.attended_before == 0
    }

    /// Where the post's first link stands in its text.
    fn link(&self, post: &Post) -> Option<Span> {
        self.wording.map_or_else(|| wording::first_link(post), |wording| wording.link)
    }
}

/// A rule: the reason that it gives if it fires.
type Rule = fn(&Post, &Circumstances) -> Option<Reason>;

/// The rules that say in words what the model weighs. What stands first is told first.
const RULES: [Rule; 13] = [
    repeated_link::fires,
    near_duplicate::fires,
    call_to_action::fires,
    own_site::fires,
    digest::fires,
    foreign_tags::fires,
    off_topic::fires,
    scheduled::fires,
    mention_spraying::fires,
    young_account::fires,
    flooding_account::fires,
    link_without_participation::fires,
    cross_chat::fires,
];

/// Rules that are enough alone, whatever the model says: what no chat needs, and what this chat
/// forbids.
const ENOUGH: f64 = 0.9;

/// The score of who gets the benefit of the doubt, as a share of what flags.
const JUST_BELOW: f64 = 0.99;

/// What was measured of a post with words of its own.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Its evidence.
    pub values: Values,
    /// What its author did here and before.
    pub habits: Past,
    /// What a verdict needs of its words.
    pub wording: Wording,
}

/// What each author did in a unit and what was said, for the chat's memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Here {
    authors: Vec<OfAuthor>,
    words: UnitWords,
}

impl Here {
    /// Takes it into the memory of the chat.
    pub fn remember(self, unit: SessionId, memory: &mut Memory) {
        memory.add(unit, self.authors, self.words);
    }
}

/// Measures the posts of a unit of `chat`, and tells what each author did in it. `before` says which
/// units were over when it began: no other fact of the memory is used. `judge` is shown every post with
/// words of its own, a few after a few: what is measured of a whole week would not stay in a processor's
/// caches, nor would the code that does everything to one post.
pub fn measure(
    room: &Room<'_>,
    roles: &[Role],
    id: SessionId,
    chat: &str,
    memory: &Memory,
    before: impl Fn(SessionId) -> bool,
    mut judge: impl FnMut(usize, &Measured),
) -> Here {
    let texts = Texts::read(room);
    let readings = texts.of(room);
    let mut unit = Unit::new(room, roles, &readings, (id, chat), memory, before);
    unit.lean();
    let mut measured = Vec::with_capacity(TOGETHER);
    for (nth, together) in readings.chunks(TOGETHER).enumerate() {
        for (at, reading) in (nth * TOGETHER..).zip(together) {
            let Some((facts, reading)) = unit.facts(at).zip(*reading) else { continue };
            let (values, habits) = (evidence::values(&facts), *unit.author(at));
            measured.push((at, Measured { values, habits, wording: reading.wording }));
        }
        for (at, measured) in measured.drain(..) {
            judge(at, &measured);
        }
    }
    let (authors, words) = unit.into_here();
    Here { authors, words }
}

/// What the model finds of a post alone.
fn leaning(values: &Values, wording: &Wording) -> Leaning {
    Leaning::of(LINEAR.log_odds(&Numbers::of(values).weighed, wording.grams))
}

/// Judges one post under what the chat says to those who promote.
pub fn verdict(terms: &Terms<'_>, post: &Post, circumstances: &Circumstances) -> Flag {
    let Some(wording) = circumstances.wording else {
        let wording = Some(Wording::of(post));
        return verdict(terms, post, &Circumstances { wording, ..*circumstances });
    };
    let Numbers { weighed, evidence } = Numbers::of(&circumstances.values);
    let own = LINEAR.log_odds(&weighed, wording.grams);
    let others = circumstances.habits.others(Leaning::of(own));
    let probability = model::logistic(model::pooled(own, others));
    let mut reasons: Vec<Reason> = Vec::new();
    let scam = scam::fires(post, circumstances);
    let forbidden = (terms.promotion == Promotion::Forbidden && terms.allowed(post).is_none())
        .then(|| promotion_forbidden::fires(post, circumstances))
        .flatten();
    let certain = scam.is_some() || forbidden.is_some();
    reasons.extend(scam.into_iter().chain(forbidden));
    reasons.extend(RULES.iter().filter_map(|rule| rule(post, circumstances)));
    reasons.extend(reads_like::fires(probability, &weighed, others));
    let probability =
        if certain { probability.max(ENOUGH).max(terms.flag_from()) } else { probability };
    let excusable = !certain && probability >= terms.flag_from();
    let excuse = if excusable { terms.excuse(post, circumstances) } else { None };
    let probability = if excuse.is_some() { JUST_BELOW * terms.flag_from() } else { probability };
    let excused = excuse.is_some();
    reasons.extend(excuse);
    // What is welcome is no reason to look, nor what a host posts; what was found stays as evidence
    // for a decision.
    let welcome = terms.promotion == Promotion::Welcome || circumstances.spared;
    let score = if welcome { 0.0 } else { probability };
    // Whatever the chat's thresholds: who is excused is looked at.
    let band = if excused && !welcome { Band::Watch } else { terms.band(score) };
    let flagged = match circumstances.decided {
        Some(decided) => {
            decided && !circumstances.spared || circumstances.decided_post == Some(true)
        }
        None => band == Band::Flag,
    };
    Flag {
        score,
        band,
        flagged,
        reasons,
        model: VERSION.clone(),
        decision: circumstances.decided_post,
        evidence: evidence.into(),
    }
}

/// A reason with its evidence.
fn reason(
    code: &'static str,
    sentence: String,
    span: Option<Span>,
    measured: f32,
    threshold: f32,
) -> Reason {
    let (measured, threshold) = (f64::from(measured), f64::from(threshold));
    Reason { rule: CompactString::const_new(code), sentence, span, measured, threshold }
}

/// A link without scheme, query and fragment: the same shop under two campaigns is one shop.
fn bare(url: &str) -> &str {
    let bare = bytes::scheme_end(url).map_or(url, |at| &url[at + 3..]);
    let end = memchr::memchr2(b'?', b'#', bare.as_bytes()).unwrap_or(bare.len());
    bare[..end].trim_end_matches('/')
}

/// Where `needle` stands in the text, as a span of bytes.
fn span(text: &str, needle: &str) -> Option<Span> {
    let start = bytes::find(text.as_bytes(), needle.as_bytes())?;
    span_of(start..start + needle.len())
}

/// A span of bytes as it is published.
fn span_of(bytes: std::ops::Range<usize>) -> Option<Span> {
    Some((u32::try_from(bytes.start).ok()?, u32::try_from(bytes.end).ok()?))
}
