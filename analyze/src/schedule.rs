//! The registry's schedule, expanded to meetings.
//!
//! The recurrence counts in the chat's own zone: the room meets at nine in the evening, whatever
//! UTC calls that after a clock change.

use std::str::FromStr;

use colloquy_transcript::registry::Schedule;
use colloquy_transcript::{Origin, Timestamp};
use jiff::SignedDuration;
use rrule::{RRuleSet, Tz};

use crate::discover::{Span, later};
use crate::hours::Usual;

/// A schedule whose rule cannot be expanded.
#[derive(Debug, thiserror::Error)]
#[error("the schedule {rule:?} of the chat {chat}: {problem}")]
pub struct ScheduleError {
    chat: String,
    rule: String,
    problem: String,
}

/// The meetings of one chat.
#[derive(Debug, Clone)]
pub struct Calendar {
    rules: RRuleSet,
    length: SignedDuration,
    grace_before: SignedDuration,
    grace_after: SignedDuration,
}

impl Calendar {
    /// Parses the schedule's rule.
    pub fn new(chat: &str, schedule: &Schedule) -> Result<Self, ScheduleError> {
        let start = schedule.start.strftime("%Y%m%dT%H%M%S");
        let text = format!("DTSTART;TZID={}:{start}\nRRULE:{}", schedule.zone_name, schedule.rrule);
        let rules = RRuleSet::from_str(&text).map_err(|error| ScheduleError {
            chat: chat.to_owned(),
            rule: schedule.rrule.clone(),
            problem: error.to_string(),
        })?;
        let minutes = |minutes: u32| SignedDuration::from_mins(i64::from(minutes));
        Ok(Self {
            rules,
            length: minutes(schedule.minutes),
            grace_before: minutes(schedule.grace_before_minutes),
            grace_after: minutes(schedule.grace_after_minutes),
        })
    }

    /// The meetings that start in `from..=until`, in order, at most 65,535.
    pub fn meetings(&self, from: Timestamp, until: Timestamp) -> Vec<Span> {
        let (Some(from), Some(until)) = (instant(from), instant(until)) else { return Vec::new() };
        let expanded = self.rules.clone().after(from).before(until).all(u16::MAX);
        let mut meetings: Vec<Span> = expanded
            .dates
            .iter()
            // Sessions are named by whole minutes.
            .map(|date| date.timestamp().div_euclid(60) * 60)
            .filter_map(|second| Timestamp::from_second(second).ok())
            .map(|starts_at| {
                let ends_at = later(starts_at, self.length);
                let closes_at = later(ends_at, self.grace_after);
                Span {
                    starts_at,
                    ends_at,
                    opens_at: later(starts_at, -self.grace_before),
                    closes_at,
                    looked_until: closes_at,
                    origin: Origin::Scheduled,
                }
            })
            .collect();
        // The grace of one meeting ends where the next one opens, or one of them would be lost.
        for nth in 1..meetings.len() {
            let opens_at = meetings[nth].opens_at.max(meetings[nth - 1].ends_at);
            let before = &mut meetings[nth - 1];
            before.closes_at = before.closes_at.min(opens_at);
            before.looked_until = before.closes_at;
        }
        meetings
    }

    /// Length and graces of every meeting. Whether one took place, its own hour tells.
    pub fn usual(&self) -> Usual {
        Usual {
            length: self.length,
            before: self.grace_before,
            after: self.grace_after,
            open: SignedDuration::ZERO,
            look: self.length.saturating_add(self.grace_after),
        }
    }

    /// Grace before and after every meeting.
    pub fn graces(&self) -> (SignedDuration, SignedDuration) {
        (self.grace_before, self.grace_after)
    }

    /// Longest time from a meeting's opening to its closing.
    pub fn reach(&self) -> SignedDuration {
        self.grace_before.saturating_add(self.length).saturating_add(self.grace_after)
    }
}

/// The same instant in the types of rrule.
fn instant(at: Timestamp) -> Option<chrono::DateTime<Tz>> {
    chrono::DateTime::from_timestamp(at.as_second(), 0).map(|utc| utc.with_timezone(&Tz::UTC))
}
