//! Turns what was found about a stretch of posts into the records that are published.

use colloquy_transcript::{
    Annotation, Attendance, ChatName, CompactString, Flag, Participation, SessionId, SessionRecord,
};
use rustc_hash::FxHashMap;

use super::answers::Part;
use super::newcomers::ToDo;
use super::questions::Questions;
use super::{Published, author_ids, format_of, hash_of};
use crate::applied;
use crate::discover::Span;
use crate::fingerprint::basis;
use crate::hijack::Here;
use crate::known::{Known, Newcomer};
use crate::language::languages;
use crate::participation::{Measured, gini, top_tenth_share};
use crate::rhythm::Held;
use crate::seen::{Room, Seen};

/// What was found about a meeting or a week.
pub(super) struct Meeting<'a> {
    pub(super) chat: &'a ChatName,
    pub(super) id: SessionId,
    pub(super) span: &'a Span,
    pub(super) room: &'a Room<'a>,
    pub(super) moderators: &'a [u32],
    pub(super) guests: &'a [u32],
    pub(super) questions: &'a Questions,
    pub(super) parts: &'a [Part],
    pub(super) flags: Vec<Option<Flag>>,
    pub(super) here: Here,
    pub(super) measured: Measured,
    /// Questions that nobody took up, and posts of people who say that they are new.
    pub(super) to_do: ToDo,
    pub(super) known: &'a Known<'a>,
}

/// The records of `meeting`, each carrying the fingerprint of them all.
pub(super) fn publish(mut meeting: Meeting<'_>) -> Published {
    let flags = std::mem::take(&mut meeting.flags);
    let here = std::mem::take(&mut meeting.here);
    let standings = standings(&meeting);
    let attendance = attendance(&meeting, &standings);
    let participation = participation(&meeting, &standings);
    let session = session(&meeting, &flags, &attendance);
    let annotations = annotations(&meeting, flags);
    let mut published = Published { annotations, participation, attendance, session, here };
    let fingerprint = hash_of(&published, meeting.room);
    published.session.fingerprint = fingerprint;
    published.annotations.iter_mut().for_each(|row| row.fingerprint = fingerprint);
    published.participation.iter_mut().for_each(|row| row.fingerprint = fingerprint);
    published.attendance.iter_mut().for_each(|row| row.fingerprint = fingerprint);
    published
}

/// How new each participant is, by author index.
fn standings(meeting: &Meeting<'_>) -> FxHashMap<u32, Option<Newcomer>> {
    let known = meeting.known;
    meeting
        .measured
        .people
        .iter()
        .map(|person| {
            let id = meeting.room.authors[person.author as usize];
            (person.author, known.newcomer(id))
        })
        .collect()
}

fn annotations(meeting: &Meeting<'_>, flags: Vec<Option<Flag>>) -> Vec<Annotation> {
    let posts = meeting.room.posts.iter().zip(meeting.parts);
    let texts = meeting.room.posts.iter().map(Seen::post);
    let languages = languages(texts.map(|post| (post.text.as_str(), post.lang.as_deref())));
    posts
        .zip(flags)
        .zip(languages)
        .map(|(((seen, part), flag), lang)| {
            let post = seen.post();
            Annotation {
                chat: meeting.chat.clone(),
                post_id: post.id.clone(),
                session: meeting.id,
                fingerprint: 0,
                role: part.role,
                question: part.label(meeting.questions),
                basis: part.basis,
                confidence: part.confidence,
                lang,
                flag,
                author_id: seen.account.as_ref().map(|_| post.author.id.clone()),
            }
        })
        .collect()
}

fn participation(
    meeting: &Meeting<'_>,
    standings: &FxHashMap<u32, Option<Newcomer>>,
) -> Vec<Participation> {
    let room = meeting.measured.people.iter().filter(|person| person.participates()).count() as f64;
    let history = meeting.known.newcomers_known();
    meeting
        .questions
        .asked
        .iter()
        .zip(&meeting.measured.questions)
        .map(|(asked, measured)| Participation {
            chat: meeting.chat.clone(),
            session: meeting.id,
            fingerprint: 0,
            question: asked.label(),
            answers: measured.answers,
            answerers: measured.answerers.len() as u64,
            talkers: measured.talkers,
            amplifiers: measured.amplifiers,
            first_answer_s: measured.first_answer_s,
            median_response_s: measured.median_response_s,
            p90_response_s: measured.p90_response_s,
            replies: measured.replies,
            reposts: measured.reposts,
            likes: measured.likes,
            share_of_room: (room > 0.0).then(|| measured.answerers.len() as f64 / room),
            first_timers: history.then(|| {
                let new =
                    |author: &&u32| standings.get(author) == Some(&Some(Newcomer::FirstTimer));
                measured.answerers.iter().filter(new).count() as u64
            }),
        })
        .collect()
}

fn attendance(
    meeting: &Meeting<'_>,
    standings: &FxHashMap<u32, Option<Newcomer>>,
) -> Vec<Attendance> {
    let history = meeting.known.newcomers_known();
    let mut rows: Vec<Attendance> = meeting
        .measured
        .people
        .iter()
        .map(|person| {
            let id = meeting.room.authors[person.author as usize];
            let mut roles: Vec<CompactString> = Vec::new();
            if meeting.moderators.binary_search(&person.author).is_ok() {
                roles.push("moderator".into());
            }
            if meeting.guests.binary_search(&person.author).is_ok() {
                roles.push("guest".into());
            }
            if let Some(Some(newcomer)) = standings.get(&person.author) {
                roles.push(newcomer.as_str().into());
            }
            Attendance {
                chat: meeting.chat.clone(),
                session: meeting.id,
                fingerprint: 0,
                author_id: id.clone(),
                author_handle: person.handle.clone(),
                class: person.class,
                roles,
                posts: person.posts,
                answers: person.answers,
                questions_answered: person.questions_answered,
                replies_given: person.replies_given,
                replies_received: person.replies_received,
                mentions_received: person.mentions_received,
                reposts_received: person.reposts_received,
                sessions_before: history.then(|| meeting.known.attended(id) as u64),
            }
        })
        .collect();
    rows.sort_unstable_by(|one, other| one.author_id.cmp(&other.author_id));
    rows
}

/// When the chat meets, as the meetings up to this one show.
/// What the registry says that the session was about.
fn title(meeting: &Meeting<'_>) -> Option<String> {
    let starts_at = meeting.span.starts_at;
    meeting.id.is_meeting().then(|| meeting.known.planned(starts_at)?.title.clone())?
}

fn rhythm(meeting: &Meeting<'_>) -> Option<String> {
    let (starts_at, ends_at) = (meeting.span.starts_at, meeting.span.ends_at);
    let minutes = u16::try_from(ends_at.duration_since(starts_at).as_mins()).unwrap_or(u16::MAX);
    meeting.id.is_meeting().then(|| meeting.known.rhythm(Held { starts_at, minutes }))?
}

fn session(
    meeting: &Meeting<'_>,
    flags: &[Option<Flag>],
    attendance: &[Attendance],
) -> SessionRecord {
    use colloquy_transcript::Class;
    let room = meeting.room;
    let class = |class: Class| attendance.iter().filter(|row| row.class == class).count() as u64;
    let role = |role: &str| {
        let participants = attendance.iter().filter(|row| row.class != Class::Amplifier);
        participants.filter(|row| row.roles.iter().any(|it| it == role)).count() as u64
    };
    let history = meeting.id.is_meeting() && meeting.known.newcomers_known();
    let reposts = room.posts.iter().filter(|seen| !seen.post().is_original()).count() as u64;
    let participants = meeting.measured.people.iter().filter(|person| person.participates());
    let originals: Vec<u64> = participants.map(|person| person.originals).collect();
    let positions = || room.posts.iter().map(|seen| seen.position);
    let ids = room.posts.iter().map(|seen| &seen.post().id);
    let edited = room.posts.iter().filter_map(|seen| seen.post().edited_at);
    let closes_at = meeting.span.closes_at;
    let moderators = author_ids(room, meeting.moderators);
    let guests = author_ids(room, meeting.guests);
    SessionRecord {
        chat: meeting.chat.clone(),
        session: meeting.id,
        fingerprint: 0,
        gone: false,
        starts_at: meeting.span.starts_at,
        ends_at: meeting.span.ends_at,
        origin: meeting.span.origin,
        format: format_of(meeting.questions),
        moderators_basis: applied::moderators(room, &moderators, meeting.known),
        moderators,
        guests_basis: applied::guests(room, &guests, meeting.id, meeting.known),
        guests,
        posts: room.posts.len() as u64,
        originals: room.posts.len() as u64 - reposts,
        reposts,
        participants: class(Class::Answerer) + class(Class::Talker),
        answerers: class(Class::Answerer),
        talkers: class(Class::Talker),
        amplifiers: class(Class::Amplifier),
        questions: (1..)
            .zip(&meeting.questions.asked)
            .map(|(nth, asked)| asked.publish(room, nth))
            .collect(),
        first_timers: history.then(|| role("first_timer")),
        returning: history.then(|| role("returning") + role("regular")),
        flags: flags.iter().flatten().filter(|flag| flag.flagged).count() as u64,
        peak_posts_per_minute: meeting.measured.peak_per_minute,
        gini: gini(&originals),
        top_tenth_share: top_tenth_share(&originals),
        coverage: None,
        revision: (edited.filter(|&at| at > closes_at).count()
            + meeting.known.decisions.later_than(closes_at, ids)) as u64,
        positions_from: positions().min().unwrap_or(0),
        positions_until: positions().max().map_or(0, |last| last + 1),
        settled_position: 0,
        basis: basis(meeting.known.registry),
        attendance_rows: attendance.len() as u64,
        corrections: applied::corrections(meeting.known.decisions, meeting.id, room),
        rhythm: rhythm(meeting),
        open_questions: meeting.to_do.open_questions.clone(),
        introductions: meeting.to_do.introductions.clone(),
        closes_at: Some(closes_at),
        title: title(meeting),
    }
}
