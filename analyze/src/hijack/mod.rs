//! Posts that use the chat's tag to sell.
//!
//! Judged relative to this chat: a link is no crime, a link from somebody who never takes part
//! and asks you to buy is. One rule, one file, one code; every rule that fires carries its
//! evidence. Moderators, guests and allow-listed authors are never flagged. How far taking part
//! excuses promotion is the chat's policy.

mod call_to_action;
mod link_without_participation;
pub mod model;
mod promotion_forbidden;
mod repeated_link;
pub mod train;

use colloquy_transcript::registry::Promotion;
use colloquy_transcript::{Band, Flag, Post, Reason, Role};
use rustc_hash::FxHashMap;

use crate::seen::Room;

/// Version of the rules and their weights; it stands beside every score.
pub const MODEL: &str = "rules-1";
/// A score from here on is shown as hijacking.
pub const FLAG_FROM: f64 = 0.7;
/// A score from here on is worth a look.
pub const WATCH_FROM: f64 = 0.4;

/// What an author did in the stretch of posts that is judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct Habits {
    /// Posts with words of their own.
    pub originals: u32,
    /// Of those, posts with a link.
    pub with_link: u32,
    /// Answers to questions.
    pub answers: u32,
    /// Replies to others.
    pub replies: u32,
    /// Replies by others to their posts.
    pub replied_to: u32,
    /// How often their most repeated link stands in their posts.
    pub same_link: u32,
}

/// Everything that a rule may look at beside the post.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// The post's role.
    pub role: Role,
    /// Its author's habits.
    pub habits: Habits,
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
        habits.answers + habits.replies + habits.replied_to > 0
            || self.attended_before > 0
            || self.role == Role::Answer
    }
}

/// A rule: its evidence if it fires, and how much it weighs.
struct Rule {
    /// Probability that a post is hijacking when only this rule fires.
    weight: f64,
    fires: fn(&Post, &Circumstances) -> Option<Reason>,
}

const RULES: [Rule; 3] = [
    Rule { weight: 0.5, fires: link_without_participation::fires },
    Rule { weight: 0.45, fires: call_to_action::fires },
    Rule { weight: 0.45, fires: repeated_link::fires },
];

/// The rule that only a chat which forbids promotion has; it is enough alone.
const FORBIDDEN: Rule = Rule { weight: 0.75, fires: promotion_forbidden::fires };

/// The habits of every author of the room, by author index.
pub fn habits(room: &Room<'_>, roles: &[Role]) -> Vec<Habits> {
    let mut habits = vec![Habits::default(); room.authors.len()];
    let mut links: FxHashMap<(u32, &str), u32> = FxHashMap::default();
    for (at, seen) in room.posts.iter().enumerate() {
        let post = seen.post();
        let author = room.author(at);
        if !post.is_original() {
            continue;
        }
        let replied = room.find(post.reply_to.as_ref()).map(|it| room.author(it));
        if let Some(other) = replied.filter(|&other| other != author)
            && let Some(theirs) = habits.get_mut(other as usize)
        {
            theirs.replied_to += 1;
        }
        let Some(own) = habits.get_mut(author as usize) else { continue };
        own.originals += 1;
        own.with_link += u32::from(!post.urls.is_empty());
        own.answers += u32::from(roles[at] == Role::Answer);
        own.replies += u32::from(replied.map_or(post.reply_to.is_some(), |other| other != author));
        for url in &post.urls {
            let count = links.entry((author, bare(url))).or_default();
            *count += 1;
            own.same_link = own.same_link.max(*count);
        }
    }
    habits
}

/// Judges one post in a chat with this policy.
pub fn verdict(policy: Promotion, post: &Post, circumstances: &Circumstances) -> Flag {
    let mut innocent = 1.0;
    let mut reasons = Vec::new();
    let forbidden = (policy == Promotion::Forbidden).then_some(&FORBIDDEN);
    for rule in RULES.iter().chain(forbidden) {
        if let Some(reason) = (rule.fires)(post, circumstances) {
            innocent *= 1.0 - rule.weight;
            reasons.push(reason);
        }
    }
    // What is welcome is no reason to look; what was found stays as evidence for a decision.
    let excused = circumstances.spared || policy == Promotion::Welcome;
    let score = if excused { 0.0 } else { 1.0 - innocent };
    let band = match score {
        score if score >= FLAG_FROM => Band::Flag,
        score if score >= WATCH_FROM => Band::Watch,
        _ => Band::None,
    };
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
        model: MODEL.into(),
        decision: circumstances.decided_post,
    }
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
    Some((u32::try_from(start).ok()?, u32::try_from(start + needle.len()).ok()?))
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
            habits: Habits { originals: 1, ..Habits::default() },
            attended_before: 0,
            spared: false,
            decided: None,
            decided_post: None,
        }
    }

    #[test]
    fn two_rules_flag_one_watches_and_words_of_moderators_win() {
        let text =
            "Shop our spring sale, 20% off with code BEANS https://shop.example/deal #gardenchat";
        let flag = |circumstances: &Circumstances| {
            verdict(Promotion::default(), &post(text), circumstances)
        };
        assert_eq!(flag(&stranger()).band, Band::Flag);
        assert!(flag(&stranger()).flagged);
        assert_eq!(flag(&Circumstances { attended_before: 3, ..stranger() }).band, Band::Watch);
        assert!(!flag(&Circumstances { spared: true, ..stranger() }).flagged);
        let cleared =
            Circumstances { decided: Some(false), decided_post: Some(false), ..stranger() };
        assert!(!flag(&cleared).flagged);
        assert_eq!(flag(&cleared).decision, Some(false));
        let harmless = post("A1: beans, always beans #gardenchat");
        let confirmed =
            Circumstances { decided: Some(true), decided_post: Some(true), ..stranger() };
        assert!(verdict(Promotion::default(), &harmless, &confirmed).flagged);
        assert!(!verdict(Promotion::default(), &harmless, &stranger()).flagged);
    }
    #[test]
    fn the_policy_of_the_chat_decides_what_taking_part_excuses() {
        use Promotion::{Forbidden, Participants, Welcome};
        let offer = post("A1: mulch! 20% off with code BEANS https://shop.example/deal");
        let reference = post("A1: as I wrote in https://blog.example/mulch");
        let habits = Habits { originals: 2, with_link: 1, answers: 1, ..Habits::default() };
        let participant = Circumstances { role: Role::Answer, habits, ..stranger() };
        let judged = |policy, post: &Post, circumstances: &Circumstances| {
            let flag = verdict(policy, post, circumstances);
            (flag.band, flag.flagged)
        };
        for (policy, of_stranger, of_participant) in [
            (Forbidden, (Band::Flag, true), (Band::Flag, true)),
            (Participants, (Band::Flag, true), (Band::Watch, false)),
            (Welcome, (Band::None, false), (Band::None, false)),
        ] {
            assert_eq!(judged(policy, &offer, &stranger()), of_stranger, "{policy:?}");
            assert_eq!(judged(policy, &offer, &participant), of_participant, "{policy:?}");
            assert_eq!(judged(policy, &reference, &participant), (Band::None, false), "{policy:?}");
            // Whoever is spared stays so, and what was decided holds.
            let spared = Circumstances { spared: true, ..participant };
            assert!(!judged(policy, &offer, &spared).1, "{policy:?}");
            let decided = |hijack| Circumstances { decided: Some(hijack), ..participant };
            assert!(judged(policy, &offer, &decided(true)).1, "{policy:?}");
            assert!(!judged(policy, &offer, &decided(false)).1, "{policy:?}");
        }
        let excused = verdict(Welcome, &offer, &stranger());
        assert_eq!(excused.reasons.len(), 2, "the evidence is kept");
        let silent = verdict(Promotion::default(), &offer, &participant);
        assert_eq!(silent, verdict(Participants, &offer, &participant));
    }
}
