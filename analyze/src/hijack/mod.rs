//! Posts that use the chat's tag to sell.
//!
//! Judged relative to this chat: a link is no crime, a link from somebody who never takes part
//! and asks you to buy is. One rule, one file, one code; every rule that fires carries its
//! evidence. Moderators, guests and allow-listed authors are never flagged. How far taking part
//! excuses promotion is the chat's policy.

mod call_to_action;
mod cross_chat;
mod digest;
pub mod evidence;
mod foreign_tags;
mod link_without_participation;
mod links;
mod mention_spraying;
pub mod model;
mod near_duplicate;
mod off_topic;
mod own_site;
mod past;
mod promotion_forbidden;
mod reads_like;
mod repeated_link;
mod repeats;
mod scam;
mod scheduled;
pub mod train;
mod unit;
mod words;

use std::sync::LazyLock;

use colloquy_transcript::registry::Promotion;
use colloquy_transcript::{AuthorId, Band, Flag, Post, Reason, Role, SessionId};

pub use evidence::Values;
use model::{Grams, Model};
pub use past::{Memory, Past};
use repeats::Sketch;
use unit::Unit;

use crate::seen::Room;

/// The shipped model in the order of the evidence, and its name: it stands beside every score.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let shipped = Model::shipped();
    // A weight without its evidence says nothing; a test holds that there is none.
    shipped.aligned(evidence::NAMES).unwrap_or_else(|_| shipped.clone())
});

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
}

/// A rule: the reason that it gives if it fires.
type Rule = fn(&Post, &Circumstances) -> Option<Reason>;

/// The rules that say in words what the model weighs. What stands first is told first.
const RULES: [Rule; 11] = [
    repeated_link::fires,
    near_duplicate::fires,
    call_to_action::fires,
    own_site::fires,
    digest::fires,
    foreign_tags::fires,
    off_topic::fires,
    scheduled::fires,
    mention_spraying::fires,
    link_without_participation::fires,
    cross_chat::fires,
];

/// Rules that are enough alone, whatever the model says: what no chat needs, and what this chat
/// forbids.
const ENOUGH: f64 = 0.9;

/// Earlier sessions of a member of long standing.
const LONG_STANDING: usize = 3;
/// The score of who gets the benefit of the doubt, as a share of what flags.
const JUST_BELOW: f64 = 0.99;

/// What was measured of the posts of a unit, and what the chat remembers of it.
#[derive(Debug)]
pub struct Measured {
    /// By post; of reposts nothing.
    pub values: Vec<Values>,
    /// By post: what its author did here and before.
    pub habits: Vec<Past>,
    /// What each author did here.
    pub here: Here,
}

/// What each author did in a unit, for the chat's memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Here(Vec<(AuthorId, Past, Option<Box<Sketch>>)>);

impl Here {
    /// Takes it into the memory of the chat.
    pub fn remember(self, unit: SessionId, memory: &mut Memory) {
        for (author, past, sketch) in self.0 {
            memory.add(&author, unit, past, sketch);
        }
    }
}

/// Measures the posts of a unit of `chat`. `before` says which units were over when it began: no
/// other fact of the memory is used.
pub fn measure(
    room: &Room<'_>,
    roles: &[Role],
    id: SessionId,
    chat: &str,
    memory: &Memory,
    before: impl Fn(SessionId) -> bool,
) -> Measured {
    let unit = Unit::new(room, roles, id, chat, memory, before);
    let original = |at: usize| unit.post(at).is_original();
    let values = (0..room.posts.len())
        .map(|at| if original(at) { evidence::values(&unit, at) } else { Values::default() })
        .collect();
    let habits = (0..room.posts.len()).map(|at| *unit.author(at)).collect();
    Measured { values, habits, here: Here(unit.into_here()) }
}

/// Hundredths, as they are published.
fn hundredths(value: f32) -> i16 {
    if value.is_nan() {
        return Flag::UNKNOWN;
    }
    // Clear of the mark for what is unknown.
    let value = (value * 100.0).round().clamp(f32::from(i16::MIN + 1), f32::from(i16::MAX));
    #[expect(clippy::cast_possible_truncation, reason = "it was just clamped")]
    let value = value as i16;
    value
}

/// What hundredths stand for: the model weighs what is published, so that training sees the same.
fn value(hundredths: i16) -> f32 {
    if hundredths == Flag::UNKNOWN { f32::NAN } else { f32::from(hundredths) / 100.0 }
}

/// Judges one post in a chat with this policy.
pub fn verdict(policy: Promotion, post: &Post, circumstances: &Circumstances) -> Flag {
    let evidence: Vec<i16> = circumstances.values.list().into_iter().map(hundredths).collect();
    let weighed: Vec<f32> = evidence.iter().copied().map(value).collect();
    let probability = MODEL.probability(&weighed, &Grams::of(&post.text));
    let mut reasons: Vec<Reason> = Vec::new();
    let scam = scam::fires(post, circumstances);
    let forbidden = (policy == Promotion::Forbidden)
        .then(|| promotion_forbidden::fires(post, circumstances))
        .flatten();
    let certain = scam.is_some() || forbidden.is_some();
    reasons.extend(scam.into_iter().chain(forbidden));
    reasons.extend(RULES.iter().filter_map(|rule| rule(post, circumstances)));
    reasons.extend(reads_like::fires(probability, &weighed));
    let probability = if certain { probability.max(ENOUGH) } else { probability };
    let doubt = benefit_of_the_doubt(policy, circumstances)
        .filter(|_| !certain && probability >= MODEL.flag_from);
    let probability = if doubt.is_some() { JUST_BELOW * MODEL.flag_from } else { probability };
    reasons.extend(doubt);
    let score = weigh(policy, circumstances.spared, probability);
    let band = band(score);
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
        model: MODEL.version.as_str().into(),
        decision: circumstances.decided_post,
        evidence: evidence.into(),
    }
}

/// Where participants may promote, whoever answers, or came to several sessions, is only watched.
fn benefit_of_the_doubt(policy: Promotion, circumstances: &Circumstances) -> Option<Reason> {
    let (answers, sessions) = (circumstances.habits.answers, circumstances.attended_before);
    let takes_part = answers > 0 || sessions >= LONG_STANDING;
    (policy == Promotion::Participants && takes_part).then(|| {
        let sentence = format!(
            "gets the benefit of the doubt: {answers} answers, {sessions} earlier sessions"
        );
        reason("takes-part", sentence, None, answers as f32, 1.0)
    })
}

/// The score of a probability. What is welcome is no reason to look, nor what a host posts; what was
/// found stays as evidence for a decision.
fn weigh(policy: Promotion, spared: bool, probability: f64) -> f64 {
    if spared || policy == Promotion::Welcome { 0.0 } else { probability }
}

/// How loudly a score speaks.
fn band(score: f64) -> Band {
    match score {
        score if score >= MODEL.flag_from => Band::Flag,
        score if score >= MODEL.watch_from => Band::Watch,
        _ => Band::None,
    }
}

/// A reason with its evidence.
fn reason(
    code: &str,
    sentence: String,
    span: Option<(u32, u32)>,
    measured: f32,
    threshold: f32,
) -> Reason {
    let (measured, threshold) = (f64::from(measured), f64::from(threshold));
    Reason { rule: code.into(), sentence, span, measured, threshold }
}

/// A link without scheme, query and fragment: the same shop under two campaigns is one shop.
fn bare(url: &str) -> &str {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    let bare = bare.split(['?', '#']).next().unwrap_or(bare);
    bare.trim_end_matches('/')
}

/// Where `needle` stands in the text, as a span of bytes.
fn span(text: &str, needle: &str) -> Option<(u32, u32)> {
    let start = text.find(needle)?;
    span_of(start..start + needle.len())
}

/// A span of bytes as it is published.
fn span_of(bytes: std::ops::Range<usize>) -> Option<(u32, u32)> {
    Some((u32::try_from(bytes.start).ok()?, u32::try_from(bytes.end).ok()?))
}

/// Shared by the rules' tables of cases.
#[cfg(test)]
mod cases {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use colloquy_transcript::{Author, AuthorId, Platform, PostId};

    use super::*;

    /// A post with this text and the links that stand in it.
    pub(super) fn post(text: &str) -> Post {
        let urls = text.split_whitespace().filter(|token| token.contains("://"));
        let mut author = Author::unknown(AuthorId::new(Platform::X, "9"));
        author.handle = Some("bean_counter".into());
        let at = "2025-03-05T20:10:00Z".parse().unwrap();
        let mut post = Post::original(PostId::new(Platform::X, "1"), at, author, text.to_owned());
        post.hashtags = vec!["gardenchat".into()];
        post.urls = urls.map(str::to_owned).collect();
        post
    }

    /// A stranger's talk.
    pub(super) fn stranger() -> Circumstances {
        Circumstances {
            role: Role::Talk,
            habits: Past { originals: 1, ..Past::default() },
            values: Values::default(),
            in_session: false,
            attended_before: 0,
            spared: false,
            decided: None,
            decided_post: None,
        }
    }

    /// The same with other measurements.
    pub(super) fn with(
        circumstances: &Circumstances,
        change: impl FnOnce(&mut Values),
    ) -> Circumstances {
        let mut changed = *circumstances;
        change(&mut changed.values);
        changed
    }

    /// What would be measured of a stranger's post with this text, alone in its week.
    fn alone(text: &str) -> (Post, Circumstances) {
        use std::sync::Arc;

        use colloquy_transcript::{ChatName, GroundPost};

        use crate::seen::Seen;
        let post = post(text);
        let chat = ChatName::new("gardenchat").unwrap();
        let seen = [Seen::new(0, Arc::new(GroundPost { chat, post: post.clone() }))];
        let room = Room::new(&seen);
        let week = SessionId::outside(post.created_at);
        let memory = Memory::default();
        let measured = measure(&room, &[Role::Talk], week, "gardenchat", &memory, |_| false);
        let circumstances =
            Circumstances { habits: measured.habits[0], values: measured.values[0], ..stranger() };
        (post, circumstances)
    }

    #[test]
    fn the_shipped_weights_know_their_evidence() {
        assert!(Model::shipped().aligned(evidence::NAMES).is_ok());
        assert_eq!(evidence::NAMES.len(), evidence::MEANINGS.len());
        let trained = &Model::shipped().features;
        assert_eq!(trained.len(), evidence::NAMES.len(), "train again: the evidence has changed");
    }

    #[test]
    fn adverts_are_flagged_and_talk_is_not() {
        let (advert, seller) = alone(
            "Shop our spring sale! 20% off all bundles, order yours today, free shipping \
             https://shop.example/deal #gardenchat #deals #sale #mondaymood #gifts #homedecor",
        );
        let flag = verdict(Promotion::default(), &advert, &seller);
        assert!(flag.flagged, "{}", flag.score);
        assert!(!flag.reasons.is_empty());
        let (talk, person) = alone("I think my beans froze last night, and I miss them already");
        let flag = verdict(Promotion::default(), &talk, &person);
        assert_eq!(flag.band, Band::None, "{}", flag.score);
    }

    #[test]
    fn the_words_of_moderators_win() {
        let (advert, seller) = alone(
            "Shop now! 20% off, order yours today https://shop.example #gardenchat #deals #sale",
        );
        let spared = Circumstances { spared: true, ..seller };
        assert!(!verdict(Promotion::default(), &advert, &spared).flagged);
        let cleared = Circumstances { decided: Some(false), decided_post: Some(false), ..seller };
        let flag = verdict(Promotion::default(), &advert, &cleared);
        assert!(!flag.flagged && flag.decision == Some(false));
        let (talk, person) = alone("A1: beans, always beans");
        let confirmed = Circumstances { decided: Some(true), decided_post: Some(true), ..person };
        assert!(verdict(Promotion::default(), &talk, &confirmed).flagged);
    }

    #[test]
    fn the_policy_of_the_chat_decides_what_is_excused() {
        use Promotion::{Forbidden, Participants, Welcome};
        let (offer, seller) = alone("A1: mulch! 20% off with code BEANS https://shop.example/deal");
        let habits = Past { originals: 2, links: 1, answers: 1, ..Past::default() };
        let participant = Circumstances { role: Role::Answer, habits, ..seller };
        assert!(verdict(Forbidden, &offer, &participant).flagged);
        assert!(!verdict(Participants, &offer, &participant).flagged);
        let welcome = verdict(Welcome, &offer, &seller);
        assert!(!welcome.flagged && welcome.score < f64::EPSILON);
        assert!(!welcome.reasons.is_empty(), "the evidence is kept");
    }
}
