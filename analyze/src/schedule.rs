//! The registry's schedule, expanded to meetings.
//!
//! The recurrence counts in the chat's own zone: the room meets at nine in the evening, whatever
//! UTC calls that after a clock change. What is planned for a date changes the meetings of that
//! local date: they do not take place, start at another hour, or are longer or shorter. A date that
//! the rule does not have gets a meeting where its hour is stated.

use std::collections::BTreeMap;
use std::str::FromStr;

use colloquy_transcript::registry::{Chat, Planned};
use colloquy_transcript::{Origin, Timestamp};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, civil};
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
    zone: TimeZone,
    /// Dates whose meetings are not as the rule has them.
    changed: BTreeMap<civil::Date, Change>,
}

/// What becomes of the meetings of a date.
#[derive(Debug, Clone, Copy)]
enum Change {
    Cancelled,
    /// Another start, another length.
    Moved(Option<Timestamp>, Option<SignedDuration>),
}

impl Calendar {
    /// The calendar of a chat that has a schedule; fails where the rule makes no sense.
    pub fn new(chat: &Chat) -> Result<Option<Self>, ScheduleError> {
        let Some(schedule) = &chat.schedule else { return Ok(None) };
        let start = schedule.start.strftime("%Y%m%dT%H%M%S");
        let text = format!("DTSTART;TZID={}:{start}\nRRULE:{}", schedule.zone_name, schedule.rrule);
        let rules = RRuleSet::from_str(&text).map_err(|error| ScheduleError {
            chat: chat.name.as_str().to_owned(),
            rule: schedule.rrule.clone(),
            problem: error.to_string(),
        })?;
        let changed = chat.sessions.iter().filter_map(|planned| {
            change(planned, &schedule.zone).map(|change| (planned.date, change))
        });
        Ok(Some(Self {
            rules,
            length: minutes(schedule.minutes),
            grace_before: minutes(schedule.grace_before_minutes),
            grace_after: minutes(schedule.grace_after_minutes),
            zone: schedule.zone.clone(),
            changed: changed.collect(),
        }))
    }

    /// The meetings that start in `from..=until`, in order; of the rule at most 65,535.
    pub fn meetings(&self, from: Timestamp, until: Timestamp) -> Vec<Span> {
        let mut hours = self.hours(from, until);
        hours.extend(self.stated().filter(|(starts_at, _)| (from..=until).contains(starts_at)));
        hours.sort_unstable();
        // Several meetings of one date with one stated hour are one meeting.
        hours.dedup_by_key(|(starts_at, _)| *starts_at);
        let spans = hours.into_iter().map(|(starts_at, length)| {
            let ends_at = later(starts_at, length);
            let closes_at = later(ends_at, self.grace_after);
            Span {
                starts_at,
                ends_at,
                opens_at: later(starts_at, -self.grace_before),
                closes_at,
                looked_until: closes_at,
                origin: Origin::Scheduled,
            }
        });
        let mut meetings: Vec<Span> = spans.collect();
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
            look: self.reach(),
        }
    }

    /// The rule's own hours in `from..=until`, without those of dates whose hour is stated, and
    /// how long each meeting is.
    fn hours(&self, from: Timestamp, until: Timestamp) -> Vec<(Timestamp, SignedDuration)> {
        let (Some(from), Some(until)) = (instant(from), instant(until)) else { return Vec::new() };
        let expanded = self.rules.clone().after(from).before(until).all(u16::MAX);
        let hours = expanded
            .dates
            .iter()
            // Sessions are named by whole minutes.
            .map(|date| date.timestamp().div_euclid(60) * 60)
            .filter_map(|second| Timestamp::from_second(second).ok());
        hours
            .filter_map(|at| match self.changed.get(&at.to_zoned(self.zone.clone()).date()) {
                None => Some((at, self.length)),
                Some(Change::Moved(None, length)) => Some((at, length.unwrap_or(self.length))),
                Some(Change::Cancelled | Change::Moved(Some(_), _)) => None,
            })
            .collect()
    }

    /// The hours that are stated for a date.
    fn stated(&self) -> impl Iterator<Item = (Timestamp, SignedDuration)> + '_ {
        self.changed.values().filter_map(|change| match *change {
            Change::Moved(Some(at), length) => Some((at, length.unwrap_or(self.length))),
            _ => None,
        })
    }

    /// Grace before and after every meeting.
    pub fn graces(&self) -> (SignedDuration, SignedDuration) {
        (self.grace_before, self.grace_after)
    }

    /// Longest time from a meeting's opening to its closing.
    pub fn reach(&self) -> SignedDuration {
        let lengths = self.changed.values().filter_map(|change| match change {
            Change::Moved(_, length) => *length,
            Change::Cancelled => None,
        });
        let longest = lengths.fold(self.length, SignedDuration::max);
        self.grace_before.saturating_add(longest).saturating_add(self.grace_after)
    }
}

/// What is planned, as far as it changes the hour.
fn change(planned: &Planned, zone: &TimeZone) -> Option<Change> {
    if planned.cancelled {
        return Some(Change::Cancelled);
    }
    let stated = planned.starts.and_then(|time| {
        // An hour that a clock change leaves out is the one after it.
        let at = planned.date.to_datetime(time).to_zoned(zone.clone()).ok()?;
        Some(at.timestamp())
    });
    let length = planned.minutes.map(minutes);
    (stated.is_some() || length.is_some()).then_some(Change::Moved(stated, length))
}

fn minutes(minutes: u32) -> SignedDuration {
    SignedDuration::from_mins(i64::from(minutes))
}

/// The same instant in the types of rrule.
fn instant(at: Timestamp) -> Option<chrono::DateTime<Tz>> {
    chrono::DateTime::from_timestamp(at.as_second(), 0).map(|utc| utc.with_timezone(&Tz::UTC))
}
