//! Which decisions a session was made by, and who states its roles: so that a page can say so.
//!
//! To have one more kind of verdict shown, add it to [`of`]: pages and lake take it from there.

use std::collections::BTreeSet;

use colloquy_transcript::{
    AuthorId, Basis, CompactString, Correction, Decision, SessionId, Verdict,
};
use rustc_hash::FxHashSet;

use crate::known::{Decisions, Known};
use crate::seen::Room;

/// What a verdict of a kind that is applied speaks of. A verdict that is to be shown as applied is
/// added here, and nowhere else.
enum Of {
    Post,
    Author,
    Account,
    Session,
}

/// `None` for verdicts that leave no session to show them in.
fn of(verdict: &Verdict) -> Option<Of> {
    match verdict {
        Verdict::Hijack
        | Verdict::NotHijack
        | Verdict::IsQuestion(_)
        | Verdict::NotAQuestion
        | Verdict::Answers(_) => Some(Of::Post),
        Verdict::AlwaysAllow | Verdict::AlwaysFlag | Verdict::IsModerator | Verdict::IsGuest => {
            Some(Of::Author)
        }
        Verdict::SameAs(_) => Some(Of::Account),
        Verdict::StartsAt(_) | Verdict::EndsAt(_) => Some(Of::Session),
        // A session that was called off is not published.
        Verdict::Cancelled | Verdict::NotASession => None,
    }
}

/// The standing decisions that speak of the session, or of a post or an author in its room, by
/// subject and verdict.
pub(crate) fn corrections(
    decisions: &Decisions,
    session: SessionId,
    room: &Room<'_>,
) -> Vec<Correction> {
    if decisions.standing().next().is_none() {
        return Vec::new();
    }
    let names = Names::of(decisions, room);
    let starts: Vec<CompactString> = if session.is_meeting() {
        let subjects = decisions.hours().subjects(session.starts_at());
        subjects.into_iter().map(|start| SessionId::Meeting(start).to_compact()).collect()
    } else {
        Vec::new()
    };
    let is_about = |decision: &&Decision| {
        let subject = &decision.subject;
        of(&decision.verdict).is_some_and(|of| match of {
            Of::Post => names.posts.contains(subject.as_str()),
            Of::Author => names.authors.contains(subject),
            Of::Account => names.merged.contains(&subject.to_lowercase()),
            Of::Session => starts.contains(subject),
        })
    };
    decisions
        .standing()
        .filter(is_about)
        .map(|decision| Correction {
            subject: decision.subject.clone(),
            verdict: decision.verdict.to_text().into(),
            by: decision.by.clone(),
        })
        .collect()
}

/// By what names decisions may speak of a room.
struct Names<'a> {
    posts: FxHashSet<&'a str>,
    authors: FxHashSet<CompactString>,
    /// Subjects of the decisions by which an account is another one's person.
    merged: BTreeSet<CompactString>,
}

impl<'a> Names<'a> {
    fn of(decisions: &Decisions, room: &Room<'a>) -> Self {
        let posts = room.by_id.keys().map(|id| id.as_str()).collect();
        let mut authors = FxHashSet::default();
        let mut merged = BTreeSet::new();
        for seen in room.posts {
            let author = &seen.post().author;
            authors.extend(decisions.names(author));
            if let Some(account) = &seen.account {
                let mut as_read = author.clone();
                as_read.id = account.clone();
                let path = decisions.people().path(&as_read);
                merged.extend(path.into_iter().map(|name| name.to_lowercase()));
            }
        }
        Self { posts, authors, merged }
    }
}

/// Who states that each of `people` moderates: nobody, where it was found in the posts.
pub(crate) fn moderators(room: &Room<'_>, people: &[AuthorId], known: &Known<'_>) -> Vec<Basis> {
    bases(room, people, |author| known.moderator_basis(author))
}

/// Who states that each of `people` is a guest of `session`.
pub(crate) fn guests(
    room: &Room<'_>,
    people: &[AuthorId],
    session: SessionId,
    known: &Known<'_>,
) -> Vec<Basis> {
    bases(room, people, |author| known.guest_basis(author, session.starts_at()))
}

/// The registry's word goes before a decision's, and any word before an inference. A person may
/// be named by any handle under which they wrote.
fn bases(
    room: &Room<'_>,
    people: &[AuthorId],
    stated: impl Fn(&colloquy_transcript::Author) -> Option<Basis>,
) -> Vec<Basis> {
    let rank = |basis: &Basis| match basis {
        Basis::Registry => 0,
        Basis::Decision => 1,
        Basis::Inferred => 2,
    };
    let of = |person: &AuthorId| {
        let authors = room.posts.iter().map(|seen| &seen.post().author);
        authors.filter(|author| author.id == *person).filter_map(&stated).min_by_key(rank)
    };
    people.iter().map(|person| of(person).unwrap_or(Basis::Inferred)).collect()
}
