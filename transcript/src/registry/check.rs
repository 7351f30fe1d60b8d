//! From the shape of `chats.toml` to what it means.

use std::fmt::Display;
use std::ops::Range;

use compact_str::CompactString;
use jiff::{civil, tz::TimeZone};
use toml::Spanned;

use crate::{ChatName, Platform, Tag};

use super::{
    Chat, GRACE_AFTER_MINUTES, GRACE_BEFORE_MINUTES, Guests, LabelPattern, Registry, RegistryError,
    SESSION_MINUTES_MAX, Schedule, planned, policy,
    raw::{RawChat, RawGuests, RawRegistry, RawSchedule},
    recurrence,
};

/// Platforms on which a chat can meet.
const PLATFORMS: [Platform; 3] = [Platform::X, Platform::Mastodon, Platform::Bluesky];

/// The text of the file, to find lines in.
pub(super) struct Lines<'a>(pub(super) &'a str);

impl Lines<'_> {
    /// An error about `key` at the byte `at`.
    pub(super) fn error(&self, at: usize, key: &str, problem: impl Display) -> RegistryError {
        let before = self.0.bytes().take(at);
        let line = 1 + before.filter(|byte| *byte == b'\n').count();
        // What goes wrong at the end of the file goes wrong on its last line.
        let line = line.min(self.0.lines().count().max(1));
        RegistryError { line, key: key.to_owned(), problem: problem.to_string() }
    }
}

pub(super) fn registry(raw: RawRegistry, lines: &Lines<'_>) -> Result<Registry, RegistryError> {
    let mut registry = Registry::default();
    for (number, raw) in raw.chat.into_iter().enumerate() {
        let place = Place { lines, chat: format!("chat[{number}]") };
        let at = raw.name.span().start;
        let chat = place.chat(raw)?;
        // Names become folders, and some file systems know no case.
        let folded = chat.name.as_str().to_lowercase();
        if registry.chats.iter().any(|other| other.name.as_str().to_lowercase() == folded) {
            let problem = format_args!(
                "a chat called {:?} stands further up; put both in one table or rename one",
                chat.name.as_str()
            );
            return Err(lines.error(at, &place.key("name"), problem));
        }
        registry.chats.push(chat);
    }
    Ok(registry)
}

/// Where in the file a chat is checked.
pub(super) struct Place<'a> {
    lines: &'a Lines<'a>,
    chat: String,
}

impl Place<'_> {
    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.chat)
    }

    pub(super) fn wrong<T>(
        &self,
        value: &Spanned<T>,
        key: &str,
        problem: impl Display,
    ) -> RegistryError {
        self.wrong_at(value.span(), key, problem)
    }

    pub(super) fn wrong_at(
        &self,
        span: Range<usize>,
        key: &str,
        problem: impl Display,
    ) -> RegistryError {
        self.lines.error(span.start, &self.key(key), problem)
    }

    fn chat(&self, raw: RawChat) -> Result<Chat, RegistryError> {
        let policy = policy::policy(self, &raw)?;
        let name = ChatName::new(raw.name.get_ref())
            .map_err(|error| self.wrong(&raw.name, "name", error))?;
        let tags = match raw.tags {
            None => vec![self.tag(&raw.name, "name", "; say the hashtag with tags = [\"…\"]")?],
            Some(tags) if tags.get_ref().is_empty() => {
                let problem = "a chat needs a hashtag; without the key its name is the hashtag";
                return Err(self.wrong(&tags, "tags", problem));
            }
            Some(tags) => {
                let tags = tags.into_inner();
                let tags = tags.iter().map(|tag| self.tag(tag, "tags", ""));
                distinct(tags.collect::<Result<_, _>>()?)
            }
        };
        let mut guests =
            raw.guests.iter().map(|guests| self.guests(guests)).collect::<Result<Vec<_>, _>>()?;
        guests.sort_by_key(|guests| guests.date);
        let schedule = raw.schedule.map(|schedule| self.schedule(&schedule)).transpose()?;
        let question_labels = self.patterns(&raw.question_labels, "question_labels", &[])?;
        Ok(Chat {
            name,
            tags,
            moderators: self.handles(&raw.moderators, "moderators")?,
            guests,
            begins: raw.begins.map(|date| self.date(&date, "begins")).transpose()?,
            platforms: raw.platforms.map_or_else(|| Ok(Vec::new()), |it| self.platforms(&it))?,
            language: raw.language.map(|language| self.language(&language)).transpose()?,
            answer_labels: self.patterns(&raw.answer_labels, "answer_labels", &question_labels)?,
            question_labels,
            policy,
            sessions: planned::sessions(self, &raw.session, schedule.as_ref())?,
            schedule,
        })
    }

    fn platforms(
        &self,
        raw: &Spanned<Vec<Spanned<String>>>,
    ) -> Result<Vec<Platform>, RegistryError> {
        let known = PLATFORMS.map(Platform::as_str).join(", ");
        if raw.get_ref().is_empty() {
            let problem = "a chat meets somewhere; without the key it meets on every platform";
            return Err(self.wrong(raw, "platforms", problem));
        }
        let platforms = raw.get_ref().iter().map(|raw| {
            let written = raw.get_ref().trim().to_lowercase();
            PLATFORMS.into_iter().find(|platform| platform.as_str() == written).ok_or_else(|| {
                let problem =
                    format_args!("{:?} is no platform; it is one of {known}", raw.get_ref());
                self.wrong(raw, "platforms", problem)
            })
        });
        Ok(distinct(platforms.collect::<Result<_, _>>()?))
    }

    fn language(&self, raw: &Spanned<String>) -> Result<CompactString, RegistryError> {
        let written = raw.get_ref().trim();
        if (2..=3).contains(&written.len()) && written.bytes().all(|c| c.is_ascii_alphabetic()) {
            return Ok(CompactString::from(written.to_lowercase()));
        }
        let problem = format_args!(
            "{written:?} is no primary language tag; write its two or three letters alone, such as \
             en or es"
        );
        Err(self.wrong(raw, "language", problem))
    }

    /// Patterns of labels; none of them may mean something else, as `others` do.
    fn patterns(
        &self,
        raw: &[Spanned<String>],
        key: &str,
        others: &[LabelPattern],
    ) -> Result<Vec<LabelPattern>, RegistryError> {
        let mut patterns: Vec<LabelPattern> = Vec::with_capacity(raw.len());
        for raw in raw {
            let pattern = LabelPattern::parse(raw.get_ref())
                .map_err(|problem| self.wrong(raw, key, problem))?;
            if others.iter().any(|other| other.same(&pattern)) {
                let problem = format_args!(
                    "{pattern} is in question_labels too; a label is either a question's or an \
                     answer's"
                );
                return Err(self.wrong(raw, key, problem));
            }
            if !patterns.iter().any(|other| other.same(&pattern)) {
                patterns.push(pattern);
            }
        }
        Ok(patterns)
    }

    fn tag(&self, raw: &Spanned<String>, key: &str, hint: &str) -> Result<Tag, RegistryError> {
        let tag = Tag::new(raw.get_ref()).map_err(|error| self.wrong(raw, key, error))?;
        if tag.as_str().contains(char::is_whitespace) {
            let problem =
                format_args!("{:?} has a space, and a hashtag has none{hint}", tag.as_str());
            return Err(self.wrong(raw, key, problem));
        }
        Ok(tag)
    }

    fn handles(
        &self,
        raw: &[Spanned<String>],
        key: &str,
    ) -> Result<Vec<CompactString>, RegistryError> {
        let mut handles = Vec::with_capacity(raw.len());
        for handle in raw {
            let written = handle.get_ref().trim();
            let plain = written.strip_prefix('@').unwrap_or(written).to_lowercase();
            if plain.is_empty() || plain.starts_with('@') || plain.contains(char::is_whitespace) {
                let problem = format_args!(
                    "{written:?} is no handle; write it as green_thumb or @rosa@example.social"
                );
                return Err(self.wrong(handle, key, problem));
            }
            handles.push(CompactString::from(plain));
        }
        Ok(distinct(handles))
    }

    fn guests(&self, raw: &RawGuests) -> Result<Guests, RegistryError> {
        Ok(Guests {
            date: self.date(&raw.date, "guests.date")?,
            handles: self.handles(&raw.handles, "guests.handles")?,
        })
    }

    pub(super) fn date(
        &self,
        raw: &Spanned<String>,
        key: &str,
    ) -> Result<civil::Date, RegistryError> {
        civil::Date::strptime("%Y-%m-%d", raw.get_ref()).map_err(|_| {
            let problem = format_args!("{:?} is no date; write it as 2025-03-05", raw.get_ref());
            self.wrong(raw, key, problem)
        })
    }

    fn schedule(&self, raw: &RawSchedule) -> Result<Schedule, RegistryError> {
        let rule = raw.rrule.get_ref().trim();
        if let Err(problem) = recurrence::form(rule) {
            let problem = format_args!("{problem}; write it as FREQ=WEEKLY;BYDAY=WE");
            return Err(self.wrong(&raw.rrule, "schedule.rrule", problem));
        }
        let (zone, zone_name) = self.zone(&raw.zone)?;
        let minutes = |raw: &Option<Spanned<i64>>, key: &str, default: u32| match raw {
            Some(raw) => self.minutes(raw, key, 0),
            None => Ok(default),
        };
        let before = &raw.grace_before_minutes;
        let after = &raw.grace_after_minutes;
        Ok(Schedule {
            rrule: rule.to_owned(),
            start: self.start(&raw.start)?,
            zone,
            zone_name,
            minutes: self.minutes(&raw.minutes, "schedule.minutes", 1)?,
            grace_before_minutes: minutes(
                before,
                "schedule.grace_before_minutes",
                GRACE_BEFORE_MINUTES,
            )?,
            grace_after_minutes: minutes(
                after,
                "schedule.grace_after_minutes",
                GRACE_AFTER_MINUTES,
            )?,
        })
    }

    /// A local time. An offset or a zone in it would contradict `zone`, so none is taken.
    fn start(&self, raw: &Spanned<String>) -> Result<civil::DateTime, RegistryError> {
        let written = raw.get_ref().trim();
        ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
            .into_iter()
            .find_map(|form| civil::DateTime::strptime(form, written).ok())
            .ok_or_else(|| {
                let problem = format_args!(
                    "{written:?} is no local time; write it as 2024-10-02T20:00, without a zone"
                );
                self.wrong(raw, "schedule.start", problem)
            })
    }

    fn zone(&self, raw: &Spanned<String>) -> Result<(TimeZone, String), RegistryError> {
        let written = raw.get_ref().trim();
        let zone = TimeZone::get(written).ok();
        let named =
            zone.and_then(|zone| zone.iana_name().map(str::to_owned).map(|name| (zone, name)));
        named.ok_or_else(|| {
            let problem = format_args!(
                "{written:?} is no IANA time zone; write one such as Europe/London or UTC"
            );
            self.wrong(raw, "schedule.zone", problem)
        })
    }

    pub(super) fn minutes(
        &self,
        raw: &Spanned<i64>,
        key: &str,
        least: u32,
    ) -> Result<u32, RegistryError> {
        let minutes = u32::try_from(*raw.get_ref()).ok();
        minutes.filter(|minutes| (least..=SESSION_MINUTES_MAX).contains(minutes)).ok_or_else(|| {
            let minutes = raw.get_ref();
            let problem = format_args!(
                "{minutes} minutes are out of bounds; write {least} to {SESSION_MINUTES_MAX}"
            );
            self.wrong(raw, key, problem)
        })
    }
}

/// The items without repetitions, first ones first.
fn distinct<T: PartialEq>(items: Vec<T>) -> Vec<T> {
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}
