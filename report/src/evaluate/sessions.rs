//! Meetings, questions, moderators and guests against a key.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde::Serialize;

use super::key::{KeyedSession, Person};
use super::read::native;
use super::{Lake, LakeSession, SessionsKey, Share, short};

/// A meeting is found if it starts within this time of the announced start.
const START_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// Meetings of the lake count as wrong within this time of those that the key lists.
const AROUND: SignedDuration = SignedDuration::from_hours(24);

/// How meetings, questions and roles agree with a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OfSessions {
    /// Keyed meetings that were found, of those that lie in the archive.
    pub found: Share,
    /// Meetings of the lake that are keyed, of those near keyed ones.
    pub keyed: Share,
    /// Keyed meetings outside the time of the lake's posts; they count nowhere.
    pub not_in_archive: usize,
    /// Lake questions that are keyed, of all lake questions of found meetings.
    pub questions_precision: Share,
    /// Keyed questions that were found, of all of found meetings.
    pub questions_recall: Share,
    /// Of those found, the ones with the right label.
    pub labels: Share,
    /// Lake moderators who are keyed as moderators or co-hosts.
    pub moderators_precision: Share,
    /// Keyed moderators who were found.
    pub moderators_recall: Share,
    /// Lake guests who are keyed, guesses included.
    pub guests_precision: Share,
    /// Keyed guests who were found, guesses left out.
    pub guests_recall: Share,
    /// One line a keyed meeting.
    pub sessions: Vec<String>,
    /// One line a miss.
    pub misses: Vec<String>,
}

/// Compares a lake with a key of sessions.
pub fn sessions(lake: &Lake, key: &SessionsKey) -> OfSessions {
    let mut result = OfSessions::default();
    let mut taken = BTreeSet::new();
    let inside = |keyed: &&KeyedSession| {
        lake.posted.is_some_and(|(first, last)| {
            first <= keyed.scheduled_end_utc && keyed.session_start_utc <= last
        })
    };
    let counted: Vec<&KeyedSession> = key.sessions.iter().filter(inside).collect();
    result.not_in_archive = key.sessions.len() - counted.len();
    for keyed in &counted {
        let near = lake.sessions.iter().filter(|it| !taken.contains(&it.session));
        let off = |it: &&LakeSession| it.starts_at.duration_since(keyed.session_start_utc).abs();
        let found = near.filter(|it| off(it) <= START_WITHIN).min_by_key(off);
        result.found.count(found.is_some());
        match found {
            Some(session) => {
                taken.insert(session.session.clone());
                result.meeting(lake, session, keyed);
            }
            None => result.misses.push(format!(
                "session {} at {}: not found",
                keyed.session_id, keyed.session_start_utc
            )),
        }
    }
    let near = |session: &LakeSession| {
        counted
            .iter()
            .any(|keyed| session.starts_at.duration_since(keyed.session_start_utc).abs() <= AROUND)
    };
    let first = counted.iter().map(|it| it.session_start_utc).min();
    let last = counted.iter().map(|it| it.session_start_utc).max();
    for session in &lake.sessions {
        let between = first.is_some_and(|first| first <= session.starts_at)
            && last.is_some_and(|last| session.starts_at <= last);
        let keyed = taken.contains(&session.session);
        if keyed || between || near(session) {
            result.keyed.count(keyed);
        }
        if !keyed {
            result.misses.push(format!("session {}: not in the key", session.session));
        }
    }
    result
}

impl OfSessions {
    fn meeting(&mut self, lake: &Lake, session: &LakeSession, keyed: &KeyedSession) {
        let minutes = |from: jiff::Timestamp, to: jiff::Timestamp| {
            (to.as_second() - from.as_second()) as f64 / 60.0
        };
        self.sessions.push(format!(
            "{} found as {}: start {:+.0} min, end {:+.0} min",
            keyed.session_id,
            session.session,
            minutes(keyed.session_start_utc, session.starts_at),
            minutes(keyed.scheduled_end_utc, session.ends_at),
        ));
        self.questions(lake, session, keyed);
        let leaders: Vec<&Person> = keyed.moderators.iter().chain(&keyed.co_hosts).collect();
        let required: Vec<&Person> = keyed.moderators.iter().collect();
        let what = (keyed.session_id.as_str(), "moderator");
        let (precision, recall) = self.people(lake, &session.moderators, &leaders, &required, what);
        self.moderators_precision.add(precision);
        self.moderators_recall.add(recall);
        let guests: Vec<&Person> = keyed.guests.iter().collect();
        let sure: Vec<&Person> = keyed.guests.iter().filter(|it| !it.is_guess()).collect();
        let what = (keyed.session_id.as_str(), "guest");
        let (precision, recall) = self.people(lake, &session.guests, &guests, &sure, what);
        self.guests_precision.add(precision);
        self.guests_recall.add(recall);
    }

    fn questions(&mut self, lake: &Lake, session: &LakeSession, keyed: &KeyedSession) {
        let asked: Vec<_> =
            lake.questions.iter().filter(|it| it.session == session.session).collect();
        let mut matched = BTreeSet::new();
        for question in &asked {
            let same = keyed.questions.iter().position(|it| {
                let first = question.posts.first();
                question.posts.contains(&it.post_id)
                    || first.is_some_and(|first| it.reposts_or_repeats.contains(first))
            });
            self.questions_precision.count(same.is_some());
            let name = &keyed.session_id;
            let Some(same) = same else {
                let line =
                    format!("{name} {}: not in the key: {}", question.label, short(&question.text));
                self.misses.push(line);
                continue;
            };
            let right = keyed.questions[same].label.eq_ignore_ascii_case(&question.label);
            self.labels.count(right);
            if !right {
                let expected = &keyed.questions[same].label;
                self.misses.push(format!("{name} {expected}: labelled {}", question.label));
            }
            matched.insert(same);
        }
        for (nth, question) in keyed.questions.iter().enumerate() {
            self.questions_recall.count(matched.contains(&nth));
            if !matched.contains(&nth) {
                let post = lake.posts.get(&question.post_id);
                let text =
                    post.map_or_else(|| "its post is not in the lake".into(), |it| short(&it.text));
                self.misses.push(format!(
                    "{} {}: not found: {} {text}",
                    keyed.session_id, question.label, question.post_id
                ));
            }
        }
    }

    /// Precision of the lake's people, and recall of those who are required.
    fn people(
        &mut self,
        lake: &Lake,
        found: &[String],
        keyed: &[&Person],
        required: &[&Person],
        (session, role): (&str, &str),
    ) -> (Share, Share) {
        let names = |id: &String| {
            let known = lake.names.get(id).cloned();
            known.unwrap_or_else(|| BTreeSet::from([native(id).to_lowercase()]))
        };
        let is = |person: &&&Person, id: &String| !person.names().is_disjoint(&names(id));
        let mut precision = Share::default();
        for id in found {
            let right = keyed.iter().any(|person| is(&person, id));
            precision.count(right);
            if !right {
                let known: Vec<_> = names(id).into_iter().collect();
                self.misses.push(format!("{session} {role}: {} is none", known.join(" or ")));
            }
        }
        let mut recall = Share::default();
        for person in required {
            let right = found.iter().any(|id| is(&person, id));
            recall.count(right);
            if !right {
                let known: Vec<_> = person.names().into_iter().collect();
                self.misses.push(format!("{session} {role}: {} not found", known.join(" or ")));
            }
        }
        (precision, recall)
    }
}
