//! What moderators corrected in a session, and who states its roles.

use std::borrow::Cow;

use colloquy_transcript::{AuthorId, Basis, CompactString, Correction, SessionRecord, Verdict};
use maud::{Markup, html};

use super::link;
use super::room::Names;
use super::words;

/// Most corrections shown; the lake has them all.
const ROWS_MAX: usize = 200;

/// What a page says of hours that a decision states; `None` where none does.
pub(super) fn hours(record: &SessionRecord) -> Option<&'static str> {
    let (mut starts, mut ends, mut renamed) = (false, false, false);
    for correction in &record.corrections {
        match Verdict::parse(&correction.verdict) {
            Some(Verdict::StartsAt(_)) => {
                starts = true;
                renamed |= correction.subject != record.session.to_compact();
            }
            Some(Verdict::EndsAt(_)) => ends = true,
            _ => {}
        }
    }
    match (starts, ends) {
        (true, true) if renamed => Some("Start and end were corrected by a moderator."),
        (true, false) if renamed => Some("The start was corrected by a moderator."),
        (true, true) => Some("Start and end were stated by a moderator."),
        (true, false) => Some("The start was stated by a moderator."),
        (false, true) => Some("The end was corrected by a moderator."),
        (false, false) => None,
    }
}

/// People of one role, and where it comes from: said once where it is the same for all of them.
pub(super) fn people(people: &[(&AuthorId, Option<Basis>)], names: &Names<'_>) -> Markup {
    let common = people.first().map(|(_, basis)| *basis);
    let common = common.filter(|basis| people.iter().all(|(_, other)| other == basis)).flatten();
    html! {
        @for (at, (person, basis)) in people.iter().enumerate() {
            @if at > 0 { @if at + 1 == people.len() { " and " } @else { ", " } }
            (names.show(person))
            @if common.is_none() { @if let Some(basis) = basis { " (" (in_words(*basis)) ")" } }
        }
        @if let Some(basis) = common { " (" (in_words(basis)) ")" }
    }
}

/// Everybody of a role with its basis; records of older versions carry none.
pub(super) fn with_basis<'a>(
    people: &'a [AuthorId],
    bases: &[Basis],
) -> Vec<(&'a AuthorId, Option<Basis>)> {
    let said_of = |at: usize| bases.get(at).copied().filter(|_| bases.len() == people.len());
    people.iter().enumerate().map(|(at, person)| (person, said_of(at))).collect()
}

fn in_words(basis: Basis) -> &'static str {
    match basis {
        Basis::Registry => "stated by the registry",
        Basis::Decision => "stated by a moderator",
        Basis::Inferred => "inferred from the posts",
    }
}

/// The decisions that were applied, for moderators: what each says, by whom, and how to take it
/// back. Nothing where there is none.
pub(super) fn section(record: &SessionRecord) -> Markup {
    let rows = &record.corrections;
    html! {
        @if !rows.is_empty() {
            h2 #corrections { "Corrections" }
            p {
                (words::count(rows.len() as u64, "decision", "decisions"))
                " of moderators went into this session."
            }
            ul.why aria-label="Corrections" {
                @for correction in rows.iter().take(ROWS_MAX) { (one(correction)) }
            }
            @if rows.len() > ROWS_MAX {
                p.soft {
                    (words::count((rows.len() - ROWS_MAX) as u64, "more is", "more are"))
                    " in the table of decisions of the lake."
                }
            }
        }
    }
}

fn one(correction: &Correction) -> Markup {
    let word = correction.verdict.split('=').next().unwrap_or_default();
    let by = correction.by.as_deref().map(words::clean_line).filter(|by| !by.is_empty());
    html! {
        li {
            bdi { (sentence(correction)) }
            @if let Some(by) = by { ", said by " bdi { (by) } }
            "."
            @if let Some(subject) = link::shell_word(&correction.subject) {
                span.soft.small { " To take it back: " }
                code { "colloquy decide " (subject) " " (word) " --withdraw" }
            }
        }
    }
}

/// What a decision says, as a sentence without its full stop.
fn sentence(correction: &Correction) -> String {
    let subject = name(&correction.subject);
    let Some(verdict) = Verdict::parse(&correction.verdict) else {
        return format!("{subject}: {}", words::clean_line(&correction.verdict));
    };
    match verdict {
        Verdict::Hijack => format!("The post {subject} is a hijack"),
        Verdict::NotHijack => format!("The post {subject} is no hijack"),
        Verdict::AlwaysAllow => format!("{subject} is never flagged"),
        Verdict::AlwaysFlag => format!("{subject} is always flagged"),
        Verdict::IsModerator => format!("{subject} is a moderator"),
        Verdict::IsGuest => format!("{subject} is a guest"),
        Verdict::SameAs(person) => {
            let person = CompactString::from(person.as_str());
            format!("{subject} is the same person as {}", name(&person))
        }
        Verdict::IsQuestion(label) => {
            format!("The post {subject} asks {}", words::clean_line(&label))
        }
        Verdict::NotAQuestion => format!("The post {subject} asks nothing"),
        Verdict::Answers(label) => {
            format!("The post {subject} answers {}", words::clean_line(&label))
        }
        Verdict::StartsAt(at) => format!("{subject} starts at {} UTC", words::date_time(at)),
        Verdict::EndsAt(at) => format!("{subject} ends at {} UTC", words::date_time(at)),
        Verdict::Cancelled => format!("{subject} was called off"),
        Verdict::NotASession => format!("{subject} is no session"),
    }
}

/// A subject on one line; handles as people know them.
fn name(subject: &CompactString) -> Cow<'static, str> {
    let line = words::clean_line(subject);
    let is_handle = !line.contains(':') && colloquy_transcript::SessionId::parse(&line).is_err();
    if is_handle { format!("@{line}").into() } else { line.into() }
}
