//! What a chat says to those who promote their own things.

use std::fmt;

use compact_str::CompactString;
use jiff::civil::Weekday;

use super::RegistryError;
use super::check::Place;
use super::raw::RawChat;

/// What a chat says to those who promote their own things.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Policy {
    /// Who may.
    pub promotion: Promotion,
    /// Domains to which everybody may link: lower-cased, without `www.`, none twice.
    pub allowed_domains: Vec<CompactString>,
    /// From which probability on a post is flagged, in percent; `None` where the model says so.
    pub flag_percent: Option<u8>,
    /// From which one on it is worth a look, in percent; never above the one that flags.
    pub watch_percent: Option<u8>,
}

impl Policy {
    /// Whether everybody may link to this host: an allowed domain, or one below it.
    pub fn allows(&self, host: &str) -> bool {
        self.allowed_domains.iter().any(|domain| {
            let at = host.len().checked_sub(domain.len());
            let tail = at.and_then(|at| host.get(at..).map(|tail| (at, tail)));
            tail.is_some_and(|(at, tail)| {
                tail.eq_ignore_ascii_case(domain) && (at == 0 || host[..at].ends_with('.'))
            })
        })
    }
}

/// Who may promote their own things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Promotion {
    /// Nobody: taking part excuses nothing.
    Forbidden,
    /// Those who take part.
    #[default]
    Participants,
    /// Everybody: only a decision makes a post a hijack.
    Welcome,
    /// Everybody on these days, in the chat's zone; nobody on others.
    On(Weekdays),
}

impl Promotion {
    /// The policies that a word names; days name the others.
    const NAMED: [(&'static str, Self); 5] = [
        ("forbidden", Self::Forbidden),
        ("none", Self::Forbidden),
        ("participants", Self::Participants),
        ("relevant", Self::Participants),
        ("welcome", Self::Welcome),
    ];

    /// Reads `forbidden` (or `none`), `participants` (or `relevant`), `welcome`, or days: `fridays`,
    /// `mondays and fridays`.
    pub fn parse(written: &str) -> Option<Self> {
        let written = written.trim().to_lowercase();
        let named = Self::NAMED.into_iter().find(|(name, _)| *name == written);
        named.map(|(_, policy)| policy).or_else(|| Weekdays::parse(&written).map(Self::On))
    }

    /// What holds on a day: never [`Promotion::On`].
    #[must_use]
    pub fn on(self, day: Weekday) -> Self {
        match self {
            Self::On(days) if days.contains(day) => Self::Welcome,
            Self::On(_) => Self::Forbidden,
            policy => policy,
        }
    }
}

impl fmt::Display for Promotion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden => f.write_str("forbidden"),
            Self::Participants => f.write_str("participants"),
            Self::Welcome => f.write_str("welcome"),
            Self::On(days) => days.fmt(f),
        }
    }
}

/// Days of the week, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Weekdays(u8);

impl Weekdays {
    const NAMES: [(&'static str, Weekday); 7] = [
        ("mondays", Weekday::Monday),
        ("tuesdays", Weekday::Tuesday),
        ("wednesdays", Weekday::Wednesday),
        ("thursdays", Weekday::Thursday),
        ("fridays", Weekday::Friday),
        ("saturdays", Weekday::Saturday),
        ("sundays", Weekday::Sunday),
    ];

    fn parse(written: &str) -> Option<Self> {
        let mut days = 0;
        let words = written.split([',', ' ']).filter(|word| !matches!(*word, "" | "and"));
        for word in words {
            let (_, day) = Self::NAMES
                .into_iter()
                .find(|(name, _)| name.trim_end_matches('s') == word.trim_end_matches('s'))?;
            days |= Self::bit(day);
        }
        (days != 0).then_some(Self(days))
    }

    fn bit(day: Weekday) -> u8 {
        1 << day.to_monday_zero_offset()
    }

    /// Whether a day is one of them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & Self::bit(day) != 0
    }
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = Self::NAMES.into_iter().filter(|(_, day)| self.contains(*day));
        for (nth, (name, _)) in days.enumerate() {
            f.write_str(if nth > 0 { " and " } else { "" })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// Reads a chat's policy.
pub(super) fn policy(place: &Place<'_>, raw: &RawChat) -> Result<Policy, RegistryError> {
    let promotion = raw.promotion.as_ref().map_or(Ok(Promotion::default()), |raw| {
        Promotion::parse(raw.get_ref()).ok_or_else(|| {
            let problem = format_args!(
                "{:?} is no policy; it is one of forbidden, participants, welcome, or days such as \
                 fridays",
                raw.get_ref()
            );
            place.wrong(raw, "promotion", problem)
        })
    })?;
    let mut allowed_domains: Vec<CompactString> = Vec::new();
    for raw in &raw.allowed_domains {
        let written = raw.get_ref().trim().to_lowercase();
        let domain = written.strip_prefix("www.").unwrap_or(&written);
        let whole = domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
        if !whole || domain.contains(['/', ':', '@', ' ']) {
            let problem = format_args!("{written:?} is no domain; write it as library.example.org");
            return Err(place.wrong(raw, "allowed_domains", problem));
        }
        if !allowed_domains.iter().any(|it| it == domain) {
            allowed_domains.push(domain.into());
        }
    }
    let percent = |raw: &Option<toml::Spanned<i64>>, key: &str| {
        let Some(raw) = raw else { return Ok(None) };
        let percent = u8::try_from(*raw.get_ref()).ok().filter(|it| (1..=100).contains(it));
        percent.map(Some).ok_or_else(|| {
            let problem = format_args!("{} is no percentage from 1 to 100", raw.get_ref());
            place.wrong(raw, key, problem)
        })
    };
    let flag_percent = percent(&raw.flag_percent, "flag_percent")?;
    let watch_percent = percent(&raw.watch_percent, "watch_percent")?;
    if let (Some(flag), Some(watch), Some(raw)) = (flag_percent, watch_percent, &raw.watch_percent)
        && watch > flag
    {
        let problem =
            format_args!("{watch} is above flag_percent, {flag}; what is flagged is watched");
        return Err(place.wrong(raw, "watch_percent", problem));
    }
    Ok(Policy { promotion, allowed_domains, flag_percent, watch_percent })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn policies_are_read_and_told_again() {
        for (written, told) in [
            ("none", "forbidden"),
            ("relevant", "participants"),
            ("welcome", "welcome"),
            ("fridays", "fridays"),
            ("Sunday, monday", "mondays and sundays"),
            ("mondays and fridays", "mondays and fridays"),
        ] {
            assert_eq!(Promotion::parse(written).unwrap().to_string(), told, "{written}");
        }
        for written in ["", "sometimes", "fridays or so", "and"] {
            assert_eq!(Promotion::parse(written), None, "{written}");
        }
    }

    #[test]
    fn days_decide() {
        let fridays = Promotion::parse("fridays").unwrap();
        assert_eq!(fridays.on(Weekday::Friday), Promotion::Welcome);
        assert_eq!(fridays.on(Weekday::Saturday), Promotion::Forbidden);
        assert_eq!(Promotion::Participants.on(Weekday::Friday), Promotion::Participants);
    }

    #[test]
    fn domains_allow_what_lies_below_them() {
        let policy =
            Policy { allowed_domains: vec!["library.example".into()], ..Policy::default() };
        for (host, allowed) in [
            ("library.example", true),
            ("Seeds.Library.Example", true),
            ("mylibrary.example", false),
            ("example", false),
            ("ä", false),
        ] {
            assert_eq!(policy.allows(host), allowed, "{host}");
        }
    }
}
