//! What is typed after `colloquy decide`: a subject and a verdict that fit each other.
//!
//! Pure: the zone and what was said before are arguments.

use colloquy_analyze::hours::MOVE_MAX;
use colloquy_transcript::label::Number;
use colloquy_transcript::{AuthorId, CompactString, Platform, SessionId, Timestamp, Verdict};
use jiff::SignedDuration;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

use crate::input::UsageError;

/// No session is longer.
const LENGTH_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a decision is said of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A post's id, or an author's: X numbers both.
    Either(CompactString),
    /// A post's id.
    Post(CompactString),
    /// An author's id.
    Author(CompactString),
    /// A handle, lower case, without `@`.
    Handle(CompactString),
    /// A meeting, by its start.
    Session(Timestamp),
}

/// What a verdict may be said of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Post,
    Author,
    Session,
}

impl Of {
    fn examples(self) -> &'static str {
        match self {
            Self::Post => "a post (x:689629890761625601)",
            Self::Author => "an author (@bea, x:123)",
            Self::Session => "a session (2016-01-20T0200Z)",
        }
    }
}

impl Subject {
    /// Reads a subject.
    pub(crate) fn parse(typed: &str) -> Result<Self, UsageError> {
        let typed = typed.trim();
        match SessionId::parse(typed) {
            Ok(SessionId::Meeting(at)) => return Ok(Self::Session(at)),
            Ok(SessionId::Outside { .. }) => {
                return Err(UsageError(format!(
                    "{typed} is a week outside sessions, of which nothing can be decided: name a \
                     session by its start, such as 2016-01-20T0200Z"
                )));
            }
            Err(_) => {}
        }
        if let Ok(at) = typed.parse::<Timestamp>() {
            return Ok(Self::Session(whole_minute(at)));
        }
        if typed.starts_with("http://") || typed.starts_with("https://") {
            return Err(UsageError(format!(
                "{typed} is an address: name a post by its id, such as x:689629890761625601, or \
                 mastodon: and the address"
            )));
        }
        if !typed.contains(':') {
            let handle = typed.trim_start_matches('@').to_lowercase();
            if handle.is_empty() {
                return Err(UsageError(
                    "an empty subject; name a post, an author or a session".into(),
                ));
            }
            return Ok(Self::Handle(handle.into()));
        }
        let id = AuthorId::from_full(typed);
        let native = id.native();
        Ok(match id.platform() {
            _ if native.is_empty() => {
                return Err(UsageError(format!("{typed} lacks what follows the colon")));
            }
            _ if native.starts_with('@') => Self::Author(typed.to_lowercase().into()),
            _ if native.starts_with("derived-") => Self::Post(typed.into()),
            Platform::Bluesky if native.starts_with("at://") => Self::Post(typed.into()),
            Platform::Bluesky if native.starts_with("did:") => Self::Author(typed.into()),
            Platform::Mastodon if native.contains("://") => Self::Post(typed.into()),
            Platform::Mastodon if native.contains('@') => Self::Author(typed.into()),
            _ => Self::Either(typed.into()),
        })
    }

    /// The subject as decisions are compared.
    pub(crate) fn name(&self) -> CompactString {
        match self {
            Self::Either(name) | Self::Post(name) | Self::Author(name) | Self::Handle(name) => {
                name.clone()
            }
            Self::Session(at) => SessionId::Meeting(*at).to_compact(),
        }
    }

    fn is(&self, of: Of) -> bool {
        match of {
            Of::Post => matches!(self, Self::Either(_) | Self::Post(_)),
            Of::Author => matches!(self, Self::Either(_) | Self::Author(_) | Self::Handle(_)),
            Of::Session => matches!(self, Self::Session(_)),
        }
    }

    fn what(&self) -> &'static str {
        match self {
            Self::Either(_) => "a post or an author",
            Self::Post(_) => "a post",
            Self::Author(_) => "an author",
            Self::Handle(_) => "an author's handle",
            Self::Session(_) => "a session",
        }
    }
}

/// The word of a verdict and its argument, as typed: `answers Q3` or `answers=Q3`.
pub(crate) fn words(typed: &[String]) -> (&str, Option<&str>) {
    let word = typed.first().map_or("", String::as_str);
    match word.split_once('=') {
        Some((word, argument)) => (word, Some(argument)),
        None => (word, typed.get(1).map(String::as_str)),
    }
}

/// Reads a verdict about `subject`. Times without a zone are taken in `zone`.
pub(crate) fn verdict(
    subject: &Subject,
    word: &str,
    argument: Option<&str>,
    zone: Option<&TimeZone>,
) -> Result<Verdict, UsageError> {
    let of = of(word).ok_or_else(|| {
        UsageError(format!("{word:?} is no verdict; colloquy decide --help lists them"))
    })?;
    if !subject.is(of) {
        return Err(UsageError(format!(
            "{word} is said of {}, and {} is {}",
            of.examples(),
            subject.name(),
            subject.what()
        )));
    }
    let needed = |what: &str| {
        argument.ok_or_else(|| UsageError(format!("{word} of what? Write {word} {what}")))
    };
    let verdict = match word {
        "same-as" => Verdict::SameAs(person(subject, needed("x:123, or a handle")?)?),
        "is-question" => Verdict::IsQuestion(label(needed("Q3")?)?),
        "answers" => Verdict::Answers(label(needed("Q3")?)?),
        "starts-at" => Verdict::StartsAt(start(subject, needed("2016-01-20T02:15:00Z")?, zone)?),
        "ends-at" => Verdict::EndsAt(end(subject, needed("2016-01-20T03:15:00Z")?, zone)?),
        _ => match (Verdict::parse(word), argument) {
            (Some(verdict), None) => verdict,
            (_, argument) => {
                let argument = argument.unwrap_or_default();
                return Err(UsageError(format!(
                    "{word} takes no argument, and {argument:?} is one"
                )));
            }
        },
    };
    Ok(verdict)
}

/// What a verdict is said of; `None` for what is no verdict.
fn of(word: &str) -> Option<Of> {
    Some(match word {
        "hijack" | "not-hijack" | "is-question" | "not-a-question" | "answers" => Of::Post,
        "always-allow" | "always-flag" | "is-moderator" | "is-guest" | "same-as" => Of::Author,
        "starts-at" | "ends-at" | "cancelled" | "not-a-session" => Of::Session,
        _ => return None,
    })
}

/// The person that an account is the same as. A handle alone is one of the subject's platform,
/// X where the subject does not say.
fn person(subject: &Subject, typed: &str) -> Result<AuthorId, UsageError> {
    let argument = Subject::parse(typed)?;
    if !argument.is(Of::Author) {
        return Err(UsageError(format!(
            "same-as names {}, and {typed} is {}",
            Of::Author.examples(),
            argument.what()
        )));
    }
    if argument == *subject {
        return Err(UsageError(format!("{typed} is the same as itself; name another account")));
    }
    Ok(match argument {
        Subject::Handle(handle) => {
            let id = AuthorId::from_full(subject.name());
            let platform = if id.as_str().contains(':') { id.platform() } else { Platform::X };
            AuthorId::new(platform, &format!("@{handle}"))
        }
        other => AuthorId::from_full(other.name()),
    })
}

/// A label as the analysis writes it: `q3`, `Question 3` and `3` are `Q3`.
fn label(typed: &str) -> Result<CompactString, UsageError> {
    let number = Number::parse(typed).ok_or_else(|| {
        UsageError(format!("{typed:?} is no label of a question; write one such as Q3"))
    })?;
    Ok(number.label())
}

fn start(subject: &Subject, typed: &str, zone: Option<&TimeZone>) -> Result<Timestamp, UsageError> {
    let Subject::Session(session) = *subject else { return instant(typed, Timestamp::MIN, zone) };
    let at = whole_minute(instant(typed, session, zone)?);
    if at.duration_since(session).abs() > MOVE_MAX {
        return Err(UsageError(format!(
            "{at} is more than a day from {}: name the session that you mean by its own time",
            subject.name()
        )));
    }
    Ok(at)
}

fn end(subject: &Subject, typed: &str, zone: Option<&TimeZone>) -> Result<Timestamp, UsageError> {
    let Subject::Session(session) = *subject else { return instant(typed, Timestamp::MIN, zone) };
    let at = instant(typed, session, zone)?;
    let length = at.duration_since(session);
    if length <= SignedDuration::ZERO || length > LENGTH_MAX {
        return Err(UsageError(format!(
            "{at} is no end of {}: a session ends after its start, and within a week",
            subject.name()
        )));
    }
    Ok(at)
}

/// An instant: in full, as a session is named, or as a clock showed it in `zone`; an hour without
/// a day is the one nearest to `near`.
fn instant(typed: &str, near: Timestamp, zone: Option<&TimeZone>) -> Result<Timestamp, UsageError> {
    if let Ok(at) = typed.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Ok(SessionId::Meeting(at)) = SessionId::parse(typed) {
        return Ok(at);
    }
    let unclear = || {
        UsageError(format!(
            "{typed:?} is not one instant: write 2016-01-20T02:15:00Z, or the time on a clock with \
             its zone, such as 21:15 --timezone America/New_York"
        ))
    };
    let zone = zone.ok_or_else(unclear)?;
    let on = |local: DateTime| local.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
    if let Ok(local) = typed.parse::<DateTime>()
        && typed.contains(':')
    {
        return on(local).ok_or_else(unclear);
    }
    let hour: Time = typed.parse().map_err(|_| unclear())?;
    let today = near.to_zoned(zone.clone()).date();
    let days = [today.yesterday().ok(), Some(today), today.tomorrow().ok()];
    let instants = days.into_iter().flatten().filter_map(|day| on(day.to_datetime(hour)));
    instants.min_by_key(|at| at.duration_since(near).abs()).ok_or_else(unclear)
}

/// Sessions are named by whole minutes.
fn whole_minute(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(60) * 60).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn said(subject: &str, typed: &[&str], zone: &str) -> Result<String, String> {
        let subject = Subject::parse(subject).map_err(|error| error.0)?;
        let typed: Vec<String> = typed.iter().map(|&word| word.to_owned()).collect();
        let (word, argument) = words(&typed);
        let zone = (!zone.is_empty()).then(|| TimeZone::get(zone).unwrap());
        let verdict = verdict(&subject, word, argument, zone.as_ref()).map_err(|error| error.0)?;
        Ok(format!("{} {}", subject.name(), verdict.to_text()))
    }

    #[test]
    fn subjects_and_arguments_are_read_as_people_write_them() {
        for (subject, typed, zone, expected) in [
            ("@Bea", &["is-guest"][..], "", "bea is-guest"),
            ("x:@Bea", &["is-guest"], "", "x:@bea is-guest"),
            ("x:1", &["not-hijack"], "", "x:1 not-hijack"),
            ("x:1", &["answers", "a3"], "", "x:1 answers=Q3"),
            ("x:1", &["is-question", "q1.5"], "", "x:1 is-question=Q1.5"),
            ("x:1", &["is-question=3"], "", "x:1 is-question=Q3"),
            ("@bea_2", &["same-as", "@Bea"], "", "bea_2 same-as=x:@bea"),
            (
                "mastodon:bea@example.org",
                &["same-as", "x:7"],
                "",
                "mastodon:bea@example.org same-as=x:7",
            ),
            ("2025-03-05T20:00:30Z", &["cancelled"], "", "2025-03-05T2000Z cancelled"),
            (
                "2025-03-05T2000Z",
                &["starts-at", "2025-03-05T2015Z"],
                "",
                "2025-03-05T2000Z starts-at=2025-03-05T20:15:00Z",
            ),
            (
                "2025-03-06T0200Z",
                &["starts-at", "21:15"],
                "America/New_York",
                "2025-03-06T0200Z starts-at=2025-03-06T02:15:00Z",
            ),
            (
                "2025-03-05T2000Z",
                &["ends-at", "2025-03-05T22:10"],
                "Europe/Berlin",
                "2025-03-05T2000Z ends-at=2025-03-05T21:10:00Z",
            ),
        ] {
            assert_eq!(said(subject, typed, zone).as_deref(), Ok(expected), "{subject} {typed:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (subject, typed, expected) in [
            ("x:1", &["starts-at", "2025-03-05T20:15:00Z"][..], "is said of a session"),
            ("@bea", &["hijack"], "is said of a post"),
            ("2025-03-05T2000Z", &["is-guest"], "is said of an author"),
            ("mastodon:https://example.org/1", &["is-guest"], "is a post"),
            ("outside-2025-W10", &["not-a-session"], "is a week"),
            ("https://example.org/1", &["hijack"], "is an address"),
            ("@bea", &["same-as"], "same-as of what?"),
            ("@bea", &["same-as", "bea"], "itself"),
            ("@bea", &["same-as", "2025-03-05T2000Z"], "is a session"),
            ("x:1", &["answers", "lately"], "is no label"),
            ("x:1", &["hijack", "Q3"], "takes no argument"),
            ("x:1", &["wonderful"], "is no verdict"),
            ("2025-03-05T2000Z", &["starts-at", "20:15"], "not one instant"),
            ("2025-03-05T2000Z", &["starts-at", "2025-03-09T2000Z"], "more than a day"),
            ("2025-03-05T2000Z", &["ends-at", "2025-03-05T2000Z"], "is no end"),
        ] {
            let refused = said(subject, typed, "").unwrap_err();
            assert!(refused.contains(expected), "{subject} {typed:?}: {refused}");
        }
    }
}
