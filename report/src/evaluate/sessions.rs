//! Meetings, questions, moderators and guests against a key.

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use super::people::{Cast, compare};
use super::{KeyedSession, Lake, LakeSession, Miss, Person, SessionsKey, Share, pair, short};

/// Sessions of the lake that are not keyed are wrong from this time before the first keyed start to
/// this time after the last: a key says nothing about other days.
const AROUND: SignedDuration = SignedDuration::from_hours(24);

/// How meetings, questions and roles agree with a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OfSessions {
    /// Recall of meetings: keyed ones that were found, of those that lie in the archive. One is found
    /// if a session of the lake starts within five minutes of its announced start, one to one.
    pub found: Share,
    /// Precision of meetings: those of the lake that are keyed, of those between the day before the first
    /// keyed start and the day after the last.
    pub keyed: Share,
    /// Keyed meetings outside the time of the lake's posts; they count nowhere.
    pub not_in_archive: usize,
    /// Lake questions that are keyed, of all lake questions of found meetings. They are the same if one's
    /// first post is the other's, or a repeat of it.
    pub questions_precision: Share,
    /// Keyed questions that were found, of all of found meetings.
    pub questions_recall: Share,
    /// Keyed questions that were found with their label, of all of found meetings.
    pub labels: Share,
    /// Lake moderators who are keyed as moderators or co-hosts.
    pub moderators_precision: Share,
    /// Keyed moderators who were found.
    pub moderators_recall: Share,
    /// Lake guests who are keyed as such; of whom the key only guesses, they count nowhere.
    pub guests_precision: Share,
    /// Keyed guests who were found, guesses left out.
    pub guests_recall: Share,
    /// Every keyed meeting, and what became of it.
    pub sessions: Vec<Meeting>,
    /// Meetings of the lake that are not keyed.
    pub not_in_key: Vec<Extra>,
    /// What differs in meetings that were found.
    pub misses: Vec<Miss>,
}

/// A keyed meeting, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Meeting {
    /// Its name in the key.
    pub session_id: String,
    /// Its announced start.
    #[serde(serialize_with = "as_text")]
    pub start: Timestamp,
    /// Whether it was found.
    pub outcome: Outcome,
    /// Chat and session of the lake.
    pub session: Option<(String, String)>,
    /// Seconds from the announced start to the start in the lake.
    pub start_off_s: Option<i64>,
    /// Seconds from the announced end to the end in the lake.
    pub end_off_s: Option<i64>,
}

fn as_text<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}

/// What became of a keyed meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The lake has it.
    Found,
    /// The lake has posts of its time, and not the meeting.
    NotFound,
    /// The lake has no posts of its time.
    NotInArchive,
}

/// A meeting of the lake that is not keyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Extra {
    /// Its chat.
    pub chat: String,
    /// Its name in the lake.
    pub session: String,
    /// Whether it lies in the days of the key, and so is wrong.
    pub counted: bool,
}

/// Compares a lake with a key of sessions.
pub fn sessions(lake: &Lake, key: &SessionsKey) -> OfSessions {
    let mut result = OfSessions::default();
    let (counted, outside): (Vec<&KeyedSession>, Vec<&KeyedSession>) =
        key.sessions.iter().partition(|keyed| is_inside(lake, keyed));
    result.not_in_archive = outside.len();
    let pairs = pair::of_sessions(&counted, &lake.sessions);
    for (keyed, pair) in counted.iter().zip(&pairs) {
        result.found.count(pair.is_some());
        match pair.and_then(|nth| lake.sessions.get(nth)) {
            Some(session) => result.meeting(lake, session, keyed),
            None => result.sessions.push(Meeting::without(keyed, Outcome::NotFound)),
        }
    }
    let outside = outside.into_iter().map(|it| Meeting::without(it, Outcome::NotInArchive));
    result.sessions.extend(outside);
    result.sessions.sort_by_key(|it| it.start);

    let starts = || counted.iter().map(|it| it.session_start_utc);
    let days = starts().min().zip(starts().max());
    for (nth, session) in lake.sessions.iter().enumerate() {
        let keyed = pairs.contains(&Some(nth));
        let counted = days.is_some_and(|(first, last)| {
            session.starts_at.duration_since(first) >= -AROUND
                && session.starts_at.duration_since(last) <= AROUND
        });
        if counted {
            result.keyed.count(keyed);
        }
        if !keyed {
            let (chat, session) = (session.chat.clone(), session.session.clone());
            result.not_in_key.push(Extra { chat, session, counted });
        }
    }
    result
}

/// Whether the lake has posts from before the end of a keyed session and from after its start.
fn is_inside(lake: &Lake, keyed: &KeyedSession) -> bool {
    lake.posted.is_some_and(|(first, last)| first <= keyed.end() && keyed.session_start_utc <= last)
}

impl Meeting {
    fn without(keyed: &KeyedSession, outcome: Outcome) -> Self {
        Self {
            session_id: keyed.session_id.clone(),
            start: keyed.session_start_utc,
            outcome,
            session: None,
            start_off_s: None,
            end_off_s: None,
        }
    }
}

impl OfSessions {
    fn meeting(&mut self, lake: &Lake, session: &LakeSession, keyed: &KeyedSession) {
        let off = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs();
        self.sessions.push(Meeting {
            session: Some((session.chat.clone(), session.session.clone())),
            start_off_s: Some(off(keyed.session_start_utc, session.starts_at)),
            end_off_s: keyed.scheduled_end_utc.map(|end| off(end, session.ends_at)),
            ..Meeting::without(keyed, Outcome::Found)
        });
        self.questions(lake, session, keyed);
        let co_hosts = keyed.co_hosts.iter().flatten().collect();
        if let Some(moderators) = &keyed.moderators {
            let cast = Cast { welcome: co_hosts, ..Cast::of(moderators) };
            let (precision, recall, misses) =
                compare(lake, &session.moderators, &cast, "moderator");
            self.moderators_precision += precision;
            self.moderators_recall += recall;
            self.people_missed(keyed, misses);
        }
        if let Some(guests) = &keyed.guests {
            let (precision, recall, misses) =
                compare(lake, &session.guests, &Cast::of(guests), "guest");
            self.guests_precision += precision;
            self.guests_recall += recall;
            self.people_missed(keyed, misses);
        }
    }

    fn people_missed(&mut self, keyed: &KeyedSession, misses: Vec<(String, String)>) {
        self.misses.extend(misses.into_iter().map(|(expected, found)| Miss {
            session: Some(keyed.session_id.clone()),
            expected,
            found,
            post_id: None,
            text: None,
        }));
    }

    fn questions(&mut self, lake: &Lake, session: &LakeSession, keyed: &KeyedSession) {
        let Some(questions) = &keyed.questions else { return };
        let miss =
            |expected: String, found: String, post: Option<&String>, text: Option<&str>| Miss {
                session: Some(keyed.session_id.clone()),
                expected,
                found,
                post_id: post.cloned(),
                text: text.map(short),
            };
        // Labels under which the lake has each keyed question.
        let mut labels: Vec<Vec<&str>> = vec![vec![]; questions.len()];
        for asked in &session.questions {
            let same = pair::of_question(asked, questions);
            self.questions_precision.count(same.is_some());
            match same {
                Some(same) => labels[same].push(&asked.label),
                None => self.misses.push(miss(
                    "no question".into(),
                    asked.label.clone(),
                    asked.posts.first(),
                    Some(&asked.text),
                )),
            }
        }
        for (question, labels) in questions.iter().zip(labels) {
            let right = labels.iter().any(|label| question.is_labelled(label));
            self.questions_recall.count(!labels.is_empty());
            self.labels.count(right);
            if right {
                continue;
            }
            let post = lake.posts.get(&question.post_id);
            let found = match (labels.is_empty(), post) {
                (false, _) => format!("the question as {}", labels.join(" and ")),
                (true, Some(post)) => post.told(),
                (true, None) => "no such post in the lake".into(),
            };
            let text = post.map(|it| it.text.as_str());
            self.misses.push(miss(question.label.clone(), found, Some(&question.post_id), text));
        }
    }
}

impl<'k> Cast<'k> {
    fn of(people: &'k [Person]) -> Self {
        let (unsure, required) = people.iter().partition(|person| person.is_guess);
        Self { required, welcome: vec![], unsure }
    }
}
