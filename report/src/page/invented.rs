//! An invented chat for the tests of pages and summary: every name and word is made up.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::sync::Arc;

use colloquy_transcript::{
    Annotation, AnswerBasis, Attendance, Author, AuthorId, Band, Basis, ChatName, Class,
    CompactString, Correction, Flag, Format, GroundPost, Origin, Participation, Post, PostId,
    Question, Reason, Role, SessionId, SessionRecord, Timestamp,
};

use crate::view::{AnnotatedPost, ChatView, SessionView};

/// The chat's name.
pub(crate) const CHAT: &str = "gardenchat";
/// Handles of people who take part.
const PEOPLE: [&str; 18] = [
    "fern_walker",
    "soilsister",
    "OldOrchard",
    "plotseven",
    "marrowbone",
    "hedge_and_hive",
    "thymekeeper",
    "wintersquash",
    "LadyBramble",
    "mosscollector",
    "potting_shed",
    "rakehell",
    "greenmantle",
    "twigs",
    "allotment41",
    "sweetpea_sam",
    "dibber",
    "a_rather_long_handle_for_a_phone_screen",
];
/// Questions of a session.
const QUESTIONS: [&str; 6] = [
    "Q1: What did the first frost teach you this year? #gardenchat",
    "Q2: Which bed do you dig, and which do you leave alone? #gardenchat",
    "Q3: Seeds: saved, swapped or bought? Tell us why. #gardenchat",
    "Q4: What grows where nothing else would? #gardenchat",
    "Q5: How do you keep a plot going through a busy month? #gardenchat",
    "Q6: One thing you will try before the next session? #gardenchat",
];

/// A small, fixed sequence of numbers: the same figures on every machine.
fn figure(seed: u64, most: u64) -> u64 {
    let mixed = seed.wrapping_add(7).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31);
    (mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33) % most.max(1)
}

/// A time of the invented season.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// A post with words of its own that is judged harmless.
pub(crate) fn post(id: &str, handle: &str, when: Timestamp, text: &str) -> AnnotatedPost {
    let chat = ChatName::new(CHAT).unwrap();
    let mut author = Author::unknown(AuthorId::from_full(format!("x:1{handle}")));
    author.handle = Some(handle.into());
    let id = PostId::from_full(id);
    let post = Post::original(id.clone(), when, author, text.to_owned());
    let annotation = Annotation {
        chat: chat.clone(),
        post_id: id,
        session: SessionId::Meeting(at("2031-01-22T20:00:00Z")),
        fingerprint: 1,
        role: Role::Talk,
        question: None,
        basis: None,
        confidence: None,
        lang: None,
        flag: Some(Flag {
            score: 0.02,
            band: Band::None,
            flagged: false,
            reasons: Vec::new(),
            model: "rules-1".into(),
            decision: None,
            evidence: Box::default(),
        }),
        author_id: None,
    };
    AnnotatedPost { post: Arc::new(GroundPost { chat, post }), annotation }
}

/// Makes a post an answer.
pub(crate) fn answering(
    mut post: AnnotatedPost,
    question: &str,
    basis: AnswerBasis,
) -> AnnotatedPost {
    post.annotation.role = Role::Answer;
    post.annotation.question = Some(question.into());
    post.annotation.basis = Some(basis);
    post.annotation.confidence = Some(if basis == AnswerBasis::Context { 0.6 } else { 1.0 });
    post
}

/// Makes a post flagged (or worth a look), by what `decision` says.
pub(crate) fn judged(
    mut post: AnnotatedPost,
    score: f64,
    decision: Option<bool>,
    reasons: Vec<Reason>,
) -> AnnotatedPost {
    let band = if score >= 0.8 {
        Band::Flag
    } else if score >= 0.5 {
        Band::Watch
    } else {
        Band::None
    };
    let flagged = decision.unwrap_or(band == Band::Flag);
    post.annotation.flag = Some(Flag {
        score,
        band,
        flagged,
        reasons,
        model: "rules-1".into(),
        decision,
        evidence: Box::default(),
    });
    post
}

/// A session's aggregates.
pub(crate) fn record(week: i64, first_timers: Option<u64>) -> SessionRecord {
    let starts_at = at("2030-08-07T19:00:00Z")
        .checked_add(jiff::SignedDuration::from_hours(week * 168))
        .unwrap();
    let n = |salt: u64, most: u64| figure(week.unsigned_abs() * 31 + salt, most);
    let answerers = 9 + week.unsigned_abs() / 3 + n(1, 6);
    let talkers = 6 + n(2, 8);
    let amplifiers = 2 + n(3, 6);
    SessionRecord {
        chat: ChatName::new(CHAT).unwrap(),
        session: SessionId::Meeting(starts_at),
        fingerprint: 1,
        gone: false,
        starts_at,
        ends_at: starts_at.checked_add(jiff::SignedDuration::from_mins(60)).unwrap(),
        origin: Origin::Discovered,
        format: Format::Qa,
        moderators: vec![AuthorId::from_full("x:1garden_host")],
        moderators_basis: vec![Basis::Registry],
        guests: Vec::new(),
        guests_basis: Vec::new(),
        posts: 120 + n(4, 90),
        originals: 100,
        reposts: 20,
        participants: answerers + talkers,
        answerers,
        talkers,
        amplifiers,
        questions: questions(starts_at),
        first_timers,
        returning: first_timers.map(|n| answerers + talkers - n),
        flags: n(5, 5),
        peak_posts_per_minute: 9,
        gini: Some(0.412),
        top_tenth_share: Some(0.31),
        coverage: None,
        revision: 0,
        positions_from: 0,
        positions_until: 200,
        settled_position: 0,
        basis: 0,
        attendance_rows: answerers + talkers + amplifiers,
        corrections: Vec::new(),
        rhythm: None,
        open_questions: Vec::new(),
        introductions: Vec::new(),
        closes_at: None,
        title: None,
    }
}

/// When the chat meets, as its meetings show.
const RHYTHM: &str = "Wednesdays 20:00 Europe/London, 60 min, 9 of 11 weeks";

/// The questions of a session that starts at `starts_at`.
fn questions(starts_at: Timestamp) -> Vec<Question> {
    let mut questions = Vec::new();
    for (number, text) in (1_u32..).zip(QUESTIONS) {
        let after = jiff::SignedDuration::from_mins(i64::from(number) * 9 - 6);
        questions.push(Question {
            label: format!("Q{number}").into(),
            number,
            asked_at: starts_at.checked_add(after).unwrap(),
            asked_by: AuthorId::from_full("x:1garden_host"),
            post_id: PostId::from_full(format!("x:90000{number}")),
            text: text.to_owned(),
            repeats: Vec::new(),
        });
    }
    questions
}

/// A season of `weeks` sessions; first-timers are known from the fifth on.
pub(crate) fn season(weeks: i64) -> ChatView {
    let mut sessions: Vec<SessionRecord> = (0..weeks)
        .map(|week| record(week, (week >= 4).then(|| figure(week.unsigned_abs(), 7))))
        .collect();
    if let Some(newest) = sessions.last_mut() {
        newest.rhythm = (weeks > 4).then(|| RHYTHM.to_owned());
    }
    ChatView {
        name: ChatName::new(CHAT).unwrap(),
        sessions,
        outside_posts: 412,
        outside_flags: 3,
        flagged_weeks: vec![(SessionId::Outside { year: 2025, week: 9 }, 3)],
    }
}

/// One row of attendance.
fn row(handle: &str, class: Class, answers: u64) -> Attendance {
    let n = |salt: u64, most| figure(handle.len() as u64 * 7 + salt + answers, most);
    let before = n(9, 9);
    let mut roles: Vec<CompactString> = Vec::new();
    if handle == "garden_host" {
        roles.push("moderator".into());
    }
    roles.push(if before == 0 { "first_timer" } else { "returning" }.into());
    Attendance {
        chat: ChatName::new(CHAT).unwrap(),
        session: SessionId::Meeting(at("2031-01-22T20:00:00Z")),
        fingerprint: 1,
        author_id: AuthorId::from_full(format!("x:1{handle}")),
        author_handle: Some(handle.into()),
        class,
        roles,
        posts: answers + 1 + n(1, 9),
        answers,
        questions_answered: answers.min(6),
        replies_given: n(2, 5),
        replies_received: n(3, 4),
        mentions_received: n(4, 6),
        reposts_received: n(5, 4),
        sessions_before: Some(before),
    }
}

/// The newest session of the season, with its posts.
pub(crate) fn session() -> SessionView {
    let mut record = record(24, Some(3));
    let start = record.starts_at;
    let mut posts = Vec::new();
    let mut id = 910_000_u64;
    for question in &record.questions {
        let mut asked =
            post(question.post_id.as_str(), "garden_host", question.asked_at, &question.text);
        asked.annotation.role = Role::Question;
        asked.annotation.question = Some(question.label.clone());
        posts.push(asked);
    }
    for (place, handle) in PEOPLE.iter().take(14).enumerate() {
        for question in record.questions.iter().take(5) {
            let n = figure(id, 100);
            id += 1;
            if n < 45 {
                continue;
            }
            let basis =
                [AnswerBasis::Label, AnswerBasis::Reply, AnswerBasis::Quote, AnswerBasis::Context]
                    [place % 4];
            let when = later(question.asked_at, 35 + i64::try_from((n - 45) * 9).unwrap());
            let text = format!("A{}: a bed of one’s own #gardenchat", question.number);
            posts.push(answering(
                post(&format!("x:{id}"), handle, when, &text),
                &question.label,
                basis,
            ));
            if n > 80 {
                let more = post(&format!("x:{id}7"), handle, later(when, 90), "and another thing");
                posts.push(answering(more, &question.label, AnswerBasis::Reply));
            }
        }
    }
    for (place, handle) in PEOPLE.iter().skip(14).enumerate() {
        let when = later(start, 200 + 600 * i64::try_from(place).unwrap());
        let text = match place {
            1 => "Does anybody know a bean that climbs in the shade? #gardenchat",
            2 => "This is my first #gardenchat, hello from the allotment!",
            _ => "Good evening from the shed.",
        };
        posts.push(post(&format!("x:92000{place}"), handle, when, text));
    }
    posts.extend(suspects(start));
    posts.sort_by(|a, b| a.post.post.order().cmp(&b.post.post.order()));
    let attendance = attendance(&posts);
    record.flags = 2;
    record.posts = posts.len() as u64;
    record.rhythm = Some(RHYTHM.to_owned());
    record.title = Some("Slugs, and what they want".to_owned());
    record.open_questions = vec![PostId::from_full("x:920001")];
    record.introductions = vec![PostId::from_full("x:920002")];
    record.moderators_basis = vec![Basis::Decision];
    record.corrections = [
        ("2031-01-22T1845Z", "starts-at=2031-01-22T19:00:00Z", Some("garden_host")),
        ("garden_host", "is-moderator", None),
        ("x:930002", "hijack", Some("garden_host")),
        ("x:1second_plot", "same-as=x:1garden_host", None),
    ]
    .map(|(subject, verdict, by)| Correction {
        subject: subject.into(),
        verdict: verdict.into(),
        by: by.map(str::to_owned),
    })
    .into();
    let participation =
        record.questions.iter().map(|question| participation(question, &posts)).collect();
    SessionView { record, participation, attendance, posts }
}

/// `seconds` after `from`.
pub(crate) fn later(from: Timestamp, seconds: i64) -> Timestamp {
    from.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap()
}

/// Posts that were judged: two flagged, one confirmed, one worth a look, one cleared.
fn suspects(start: Timestamp) -> Vec<AnnotatedPost> {
    let shop = "Tired of weeds? WeedAway Pro, 40 % off today only https://weedaway.example/deal #gardenchat #deals #sale";
    let link = u32::try_from(shop.find("https").unwrap()).unwrap();
    let reasons = vec![
        Reason {
            rule: "link-from-stranger".into(),
            sentence:
                "The link leads to weedaway.example, and its author never took part in a session."
                    .into(),
            span: Some((link, link + 29)),
            measured: 0.0,
            threshold: 1.0,
        },
        Reason {
            rule: "same-text".into(),
            sentence: "The same words were posted 14 times under other tags.".into(),
            span: Some((0, 14)),
            measured: 14.0,
            threshold: 3.0,
        },
    ];
    let by = |id: &str, who: &str, after: i64, text: &str| post(id, who, later(start, after), text);
    vec![
        judged(by("x:930001", "weedaway_pro", 1300, shop), 0.97, None, reasons.clone()),
        judged(by("x:930002", "bargain_spade", 2100, shop), 0.91, Some(true), reasons),
        judged(
            by(
                "x:930003",
                "webinar_wilma",
                2500,
                "Join my free webinar https://wilma.example #gardenchat",
            ),
            0.62,
            None,
            Vec::new(),
        ),
        judged(
            by(
                "x:930004",
                "OldOrchard",
                2600,
                "Our seed list, as promised https://orchard.example #gardenchat",
            ),
            0.84,
            Some(false),
            Vec::new(),
        ),
    ]
}

/// Attendance as the posts have it, flagged ones left out.
fn attendance(posts: &[AnnotatedPost]) -> Vec<Attendance> {
    let mut rows: Vec<Attendance> = Vec::new();
    let mut handles: Vec<&str> = posts
        .iter()
        .filter(|post| !super::room::is_flagged(post))
        .filter_map(|post| post.post.post.author.handle.as_deref())
        .collect();
    handles.sort_unstable();
    handles.dedup();
    for handle in handles {
        let answers = posts
            .iter()
            .filter(|post| post.post.post.author.handle.as_deref() == Some(handle))
            .filter(|post| post.annotation.basis.is_some())
            .count() as u64;
        rows.push(row(handle, if answers > 0 { Class::Answerer } else { Class::Talker }, answers));
    }
    rows.push(row("passes_it_on", Class::Amplifier, 0));
    rows
}

/// A question's row as the posts have it.
fn participation(question: &Question, posts: &[AnnotatedPost]) -> Participation {
    let answers: Vec<&AnnotatedPost> = posts
        .iter()
        .filter(|post| post.annotation.question.as_ref() == Some(&question.label))
        .filter(|post| post.annotation.basis.is_some())
        .collect();
    let mut authors: Vec<&AuthorId> =
        answers.iter().map(|post| &post.post.post.author.id).collect();
    authors.sort_unstable();
    authors.dedup();
    let first = answers
        .first()
        .map(|post| post.post.post.created_at.duration_since(question.asked_at).as_secs_f64());
    Participation {
        chat: ChatName::new(CHAT).unwrap(),
        session: SessionId::Meeting(at("2031-01-22T20:00:00Z")),
        fingerprint: 1,
        question: question.label.clone(),
        answers: answers.len() as u64,
        answerers: authors.len() as u64,
        talkers: 2,
        amplifiers: 1,
        first_answer_s: first,
        median_response_s: first.map(|s| s * 2.0),
        p90_response_s: first.map(|s| s * 4.0),
        replies: 3,
        reposts: 1,
        likes: None,
        share_of_room: Some(authors.len() as f64 / 19.0),
        first_timers: None,
    }
}
