//! What the chat says to those who promote, on the day of a post.

use std::sync::LazyLock;

use colloquy_transcript::registry::{Policy, Promotion};
use colloquy_transcript::{Band, Post, Reason, Timestamp};
use jiff::tz::TimeZone;

use super::links::host;
use super::{Circumstances, MODEL, reason};

/// Earlier sessions of a member of long standing.
const LONG_STANDING: usize = 3;

/// A chat's policy, as it holds on the day of a post.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    policy: &'a Policy,
    /// Who may promote today; never [`Promotion::On`].
    pub(super) promotion: Promotion,
}

impl Default for Terms<'static> {
    /// Those of a chat that says nothing.
    fn default() -> Self {
        static SILENT: LazyLock<Policy> = LazyLock::new(Policy::default);
        Self { policy: &SILENT, promotion: SILENT.promotion }
    }
}

impl<'a> Terms<'a> {
    /// What holds at an instant, in the chat's zone.
    pub fn at(policy: &'a Policy, at: Timestamp, zone: &TimeZone) -> Self {
        let promotion = match policy.promotion {
            Promotion::On(_) => {
                let day = at.to_zoned(zone.clone()).weekday();
                policy.promotion.on(day)
            }
            same => same,
        };
        Self { policy, promotion }
    }

    /// A probability from here on is shown as hijacking.
    pub(super) fn flag_from(&self) -> f64 {
        self.policy.flag_percent.map_or(MODEL.flag_from, |percent| f64::from(percent) / 100.0)
    }

    /// A probability from here on is worth a look; never above the one that flags.
    fn watch_from(&self) -> f64 {
        let watch = self.policy.watch_percent.map(|percent| f64::from(percent) / 100.0);
        watch.unwrap_or(MODEL.watch_from).min(self.flag_from())
    }

    /// How loudly a score speaks.
    pub(super) fn band(&self, score: f64) -> Band {
        match score {
            score if score >= self.flag_from() => Band::Flag,
            score if score >= self.watch_from() => Band::Watch,
            _ => Band::None,
        }
    }

    /// Why a post that reads like promotion is only watched.
    pub(super) fn excuse(&self, post: &Post, circumstances: &Circumstances) -> Option<Reason> {
        self.benefit_of_the_doubt(circumstances).or_else(|| self.allowed(post))
    }

    /// Where participants may promote, whoever answers, or came to several sessions, is only watched.
    fn benefit_of_the_doubt(&self, circumstances: &Circumstances) -> Option<Reason> {
        let (answers, sessions) = (circumstances.habits.answers, circumstances.attended_before);
        let takes_part = answers > 0 || sessions >= LONG_STANDING;
        (self.promotion == Promotion::Participants && takes_part).then(|| {
            let sentence = format!(
                "gets the benefit of the doubt: {answers} answers, {sessions} earlier sessions"
            );
            reason("takes-part", sentence, None, answers as f32, 1.0)
        })
    }

    /// Links that all lead to where everybody may link.
    pub(super) fn allowed(&self, post: &Post) -> Option<Reason> {
        let first = post.urls.first()?;
        let allowed = post.urls.iter().all(|url| self.policy.allows(host(url)));
        allowed.then(|| {
            let sentence = ["everybody may link to ", host(first), " in this chat"].concat();
            let count = post.urls.len() as f32;
            reason("allowed-domain", sentence, super::span(&post.text, first), count, 1.0)
        })
    }
}
