//! What is planned for one date: `[[chat.session]]`.

use compact_str::{CompactString, format_compact};
use jiff::civil;
use toml::Spanned;

use super::check::Place;
use super::raw::{RawQuestion, RawSession};
use super::{RegistryError, Schedule};

/// Most questions of one session.
const QUESTIONS_MAX: usize = 30;
/// Longest title and longest question, in bytes; no platform's posts are longer.
const TEXT_BYTES_MAX: usize = 25_000;

/// What is planned for the session of one date.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Planned {
    /// Local date of the session, as in [`super::Chat::zone`].
    pub date: civil::Date,
    /// What it is about.
    pub title: Option<String>,
    /// Its questions in order, no label twice.
    pub questions: Vec<PlannedQuestion>,
    /// The scheduled meeting does not take place.
    pub cancelled: bool,
    /// Starts at this local hour instead of the schedule's.
    pub starts: Option<civil::Time>,
    /// Takes so many minutes instead of the schedule's, 1 to 10080.
    pub minutes: Option<u32>,
}

/// A question as it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlannedQuestion {
    /// As the lake writes labels: `Q1`, `Q1a`, `Q1.5`. Without one, its place in the list.
    pub label: CompactString,
    /// Its words.
    pub text: String,
}

/// Checks the sessions of a chat and puts them in order of date.
pub(super) fn sessions(
    place: &Place<'_>,
    raw: &[RawSession],
    schedule: Option<&Schedule>,
) -> Result<Vec<Planned>, RegistryError> {
    let mut sessions: Vec<Planned> = Vec::with_capacity(raw.len());
    for raw in raw {
        let planned = session(place, raw, schedule)?;
        if sessions.iter().any(|other| other.date == planned.date) {
            let problem = format_args!(
                "a session of {} stands further up; put both in one table",
                planned.date
            );
            return Err(place.wrong(&raw.date, "session.date", problem));
        }
        sessions.push(planned);
    }
    sessions.sort_by_key(|planned| planned.date);
    Ok(sessions)
}

fn session(
    place: &Place<'_>,
    raw: &RawSession,
    schedule: Option<&Schedule>,
) -> Result<Planned, RegistryError> {
    hours(place, raw, schedule)?;
    let title = raw.title.as_ref().map(|title| {
        text(title.get_ref()).map_err(|problem| place.wrong(title, "session.title", problem))
    });
    let minutes = raw.minutes.as_ref().map(|raw| place.minutes(raw, "session.minutes", 1));
    Ok(Planned {
        date: place.date(&raw.date, "session.date")?,
        title: title.transpose()?,
        questions: questions(place, &raw.questions)?,
        cancelled: raw.cancelled.as_ref().is_some_and(|cancelled| *cancelled.get_ref()),
        starts: raw.starts.as_ref().map(|raw| time(place, raw)).transpose()?,
        minutes: minutes.transpose()?,
    })
}

/// Whether what is said of the hour can be meant at all.
fn hours(
    place: &Place<'_>,
    raw: &RawSession,
    schedule: Option<&Schedule>,
) -> Result<(), RegistryError> {
    let cancelled = raw.cancelled.as_ref().filter(|cancelled| *cancelled.get_ref());
    if schedule.is_none() {
        let problem = "the chat has no schedule that this would change; add [chat.schedule] or \
                       take the key out";
        let wrong = |at, key| Err(place.wrong_at(at, key, problem));
        return match (&raw.starts, &raw.minutes, cancelled) {
            (Some(starts), ..) => wrong(starts.span(), "session.starts"),
            (_, Some(minutes), _) => wrong(minutes.span(), "session.minutes"),
            (.., Some(cancelled)) => wrong(cancelled.span(), "session.cancelled"),
            _ => Ok(()),
        };
    }
    if let Some(cancelled) = cancelled
        && (raw.starts.is_some() || raw.minutes.is_some())
    {
        let problem = "a cancelled session has no hour of its own; take out starts and minutes, \
                       or cancelled";
        return Err(place.wrong(cancelled, "session.cancelled", problem));
    }
    Ok(())
}

fn questions(
    place: &Place<'_>,
    raw: &[Spanned<RawQuestion>],
) -> Result<Vec<PlannedQuestion>, RegistryError> {
    let mut questions: Vec<PlannedQuestion> = Vec::with_capacity(raw.len());
    for (number, raw) in (1..).zip(raw) {
        let wrong = |problem: String| place.wrong(raw, "session.questions", problem);
        if number > QUESTIONS_MAX {
            return Err(wrong(format!("a session has at most {QUESTIONS_MAX} questions")));
        }
        let RawQuestion { label: written, text: words } = raw.get_ref();
        let label = match written {
            None => format_compact!("Q{number}"),
            Some(written) => label(written).ok_or_else(|| {
                wrong(format!("{written:?} is no label; write it as Q1, Q1a or Q1.5"))
            })?,
        };
        if questions.iter().any(|other| other.label == label) {
            return Err(wrong(format!(
                "two questions are {label}; give each a label of its own (without one, the place \
                 in the list is its number)"
            )));
        }
        questions.push(PlannedQuestion { label, text: text(words).map_err(wrong)? });
    }
    Ok(questions)
}

/// Words that are there, and not without end.
fn text(written: &str) -> Result<String, String> {
    let words = written.trim();
    if words.is_empty() {
        return Err("there are no words; write them, or take it out".to_owned());
    }
    if words.len() > TEXT_BYTES_MAX {
        return Err(format!("{} bytes are more than {TEXT_BYTES_MAX}; shorten it", words.len()));
    }
    Ok(words.to_owned())
}

/// `q1`, `#Q1a` or `Q1.5` as the lake writes it; 0 is the question to warm up with.
fn label(written: &str) -> Option<CompactString> {
    let rest = written.trim().trim_start_matches('#').strip_prefix(['Q', 'q'])?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, part) = rest.split_at(digits);
    let number: usize = number.parse().ok().filter(|number| *number <= QUESTIONS_MAX)?;
    match part.as_bytes() {
        [] => Some(format_compact!("Q{number}")),
        [letter] if letter.is_ascii_alphabetic() => {
            Some(format_compact!("Q{number}{}", char::from(letter.to_ascii_lowercase())))
        }
        [b'.', digit] if digit.is_ascii_digit() => Some(format_compact!("Q{number}{part}")),
        _ => None,
    }
}

/// An hour of the day. Sessions are named by whole minutes, so there are no seconds.
fn time(place: &Place<'_>, raw: &Spanned<String>) -> Result<civil::Time, RegistryError> {
    civil::Time::strptime("%H:%M", raw.get_ref().trim()).map_err(|_| {
        let problem =
            format_args!("{:?} is no hour; write it as 20:30, in the chat's zone", raw.get_ref());
        place.wrong(raw, "session.starts", problem)
    })
}
