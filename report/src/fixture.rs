//! Invented sessions for this crate's tests: pure functions of a few numbers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use colloquy_transcript::{
    Annotation, AnswerBasis, Attendance, Author, AuthorId, Band, Basis, ChatName, Class, Flag,
    Format, GroundPost, LangSource, Origin, Participation, Platform, Post, PostId, PostKind,
    Question, Reason, Record, Role, SessionId, SessionRecord, Timestamp,
};

use crate::view::{AnnotatedPost, SessionView};

/// What an invented session is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) chat: &'a str,
    pub(crate) session: &'a str,
    pub(crate) posts: usize,
    pub(crate) questions: usize,
    pub(crate) authors: usize,
    /// Changes the fingerprint and the annotations, not the posts.
    pub(crate) state: u64,
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Self {
            chat: "gardenchat",
            session: "2024-03-07T2000Z",
            posts: 24,
            questions: 3,
            authors: 6,
            state: 1,
        }
    }
}

impl Plan<'_> {
    fn chat(&self) -> ChatName {
        ChatName::new(self.chat).unwrap()
    }

    fn session(&self) -> SessionId {
        SessionId::parse(self.session).unwrap()
    }

    fn author(&self, index: usize) -> AuthorId {
        AuthorId::new(Platform::X, &format!("{:04}", index % self.authors.max(1)))
    }

    fn post_id(&self, index: usize) -> PostId {
        PostId::new(Platform::X, &format!("{}-{}-{index:05}", self.chat, self.session))
    }

    fn is_question(&self, index: usize) -> bool {
        index < self.questions
    }

    /// The posts, not annotated.
    pub(crate) fn posts(&self) -> Vec<Arc<GroundPost>> {
        (0..self.posts).map(|index| Arc::new(self.post(index))).collect()
    }

    fn post(&self, index: usize) -> GroundPost {
        let start = self.session().starts_at();
        let repost = index % 7 == 6;
        let seconds = i64::try_from(index).unwrap() * 11;
        let author = Author {
            id: self.author(index),
            handle: Some(format!("Gärtner{}", index % self.authors.max(1)).into()),
            name: (!index.is_multiple_of(3)).then(|| "Somebody Invented".to_owned()),
            bio: None,
            followers: (!index.is_multiple_of(4)).then_some(100 + index as u64),
            following: None,
            posts: Some(7),
            created_at: index.is_multiple_of(5).then_some(Timestamp::UNIX_EPOCH),
        };
        let post = Post {
            id: self.post_id(index),
            created_at: start + jiff::SignedDuration::from_secs(seconds),
            edited_at: None,
            author,
            text: format!("invented post {index} about compost,\nwith a \"quote\" and \u{1F331}"),
            lang: None,
            kind: if repost { PostKind::Repost } else { PostKind::Original },
            reply_to: (index % 5 == 4).then(|| self.post_id(0)),
            quote_of: None,
            repost_of: repost.then(|| self.post_id(1)),
            conversation_id: index.is_multiple_of(2).then(|| "7".into()),
            hashtags: vec!["GardenChat".into(); index % 3],
            mentions: vec!["somebody".into(); index % 2],
            urls: vec!["https://example.org/a?b=c".to_owned(); index % 4],
            like_count: Some(index as u64),
            repost_count: None,
            reply_count: Some(0),
            source_app: (index % 2 == 1).then(|| "Invented App".into()),
        };
        GroundPost { chat: self.chat(), post }
    }

    fn annotation(&self, index: usize) -> Annotation {
        let repost = index % 7 == 6;
        let answers = !repost && !self.is_question(index) && self.questions > 0;
        let role = match (self.is_question(index), repost, answers) {
            (true, ..) => Role::Question,
            (_, true, _) => Role::Repost,
            (.., true) => Role::Answer,
            _ => Role::Talk,
        };
        let score = if index % 9 == 8 { 0.97 } else { 0.02 };
        let reason = Reason {
            rule: "stranger-link".into(),
            sentence: "a link from somebody who never takes part".to_owned(),
            span: None,
            measured: 1.0,
            threshold: 0.5,
        };
        let flagged = score > 0.5;
        Annotation {
            chat: self.chat(),
            post_id: self.post_id(index),
            session: self.session(),
            fingerprint: self.state,
            role,
            question: answers.then(|| format!("Q{}", 1 + index % self.questions.max(1)).into()),
            basis: answers.then_some(AnswerBasis::Label),
            confidence: answers.then_some(1.0),
            lang: (index % 3 != 2).then(|| ("en".into(), LangSource::Detected)),
            flag: (!repost).then(|| Flag {
                score,
                band: if flagged { Band::Flag } else { Band::None },
                flagged,
                reasons: if flagged { vec![reason] } else { Vec::new() },
                model: "rules-1".into(),
                decision: (index == 9).then_some(false),
                evidence: [i16::try_from(index).unwrap_or(0), Flag::UNKNOWN].into(),
            }),
            author_id: None,
        }
    }

    fn question(&self, index: usize) -> Question {
        Question {
            label: format!("Q{}", index + 1).into(),
            number: u32::try_from(index + 1).unwrap(),
            asked_at: self.post(index).post.created_at,
            asked_by: self.author(index),
            post_id: self.post_id(index),
            text: "what grows on your balcony?".to_owned(),
            repeats: vec![self.post_id(index + 1); index % 2],
        }
    }

    fn participation(&self, index: usize) -> Participation {
        Participation {
            chat: self.chat(),
            session: self.session(),
            fingerprint: self.state,
            question: format!("Q{}", index + 1).into(),
            answers: 4 + self.state,
            answerers: 3,
            talkers: 1,
            amplifiers: 1,
            first_answer_s: Some(12.0),
            median_response_s: (index > 0).then_some(60.5),
            p90_response_s: None,
            replies: 2,
            reposts: 1,
            likes: None,
            share_of_room: Some(0.5),
            first_timers: None,
        }
    }

    fn attendance(&self, index: usize) -> Attendance {
        Attendance {
            chat: self.chat(),
            session: self.session(),
            fingerprint: self.state,
            author_id: self.author(index),
            author_handle: (index > 0).then(|| format!("Gärtner{index}").into()),
            class: if index == 0 { Class::Talker } else { Class::Answerer },
            roles: if index == 0 { vec!["moderator".into()] } else { Vec::new() },
            posts: 4,
            answers: 3,
            questions_answered: 2,
            replies_given: 0,
            replies_received: 1,
            mentions_received: 0,
            reposts_received: 0,
            sessions_before: None,
        }
    }

    fn attendance_rows(&self) -> usize {
        if self.session().is_meeting() { self.authors } else { 0 }
    }

    /// The record, without positions.
    pub(crate) fn record(&self) -> SessionRecord {
        let starts_at = self.session().starts_at();
        SessionRecord {
            chat: self.chat(),
            session: self.session(),
            fingerprint: self.state,
            gone: false,
            starts_at,
            ends_at: starts_at + jiff::SignedDuration::from_hours(1),
            origin: Origin::Scheduled,
            format: Format::Qa,
            moderators: vec![self.author(0)],
            moderators_basis: vec![Basis::Inferred],
            guests: Vec::new(),
            guests_basis: Vec::new(),
            posts: self.posts as u64,
            originals: self.posts as u64,
            reposts: 0,
            participants: self.attendance_rows() as u64,
            answerers: self.attendance_rows() as u64,
            talkers: 0,
            amplifiers: 0,
            questions: (0..self.questions).map(|index| self.question(index)).collect(),
            first_timers: None,
            returning: None,
            flags: (self.posts / 9) as u64,
            peak_posts_per_minute: 6,
            gini: Some(0.25),
            top_tenth_share: None,
            coverage: None,
            revision: self.state,
            positions_from: 0,
            positions_until: 0,
            settled_position: 0,
            basis: 0,
            attendance_rows: self.attendance_rows() as u64,
            corrections: Vec::new(),
            rhythm: None,
            open_questions: Vec::new(),
            introductions: Vec::new(),
            closes_at: None,
            title: None,
        }
    }

    /// The record that says that the session is no more.
    pub(crate) fn gone(&self) -> SessionRecord {
        let posts = 0;
        let attendance_rows = 0;
        SessionRecord { gone: true, posts, attendance_rows, questions: Vec::new(), ..self.record() }
    }

    /// Everything that the analysis commits with `record`, the record last.
    pub(crate) fn transaction(&self, record: SessionRecord) -> Vec<Record> {
        let mut records = Vec::new();
        if !record.gone {
            records.extend((0..self.posts).map(|i| Record::Annotation(self.annotation(i))));
            records
                .extend((0..self.questions).map(|i| Record::Participation(self.participation(i))));
            records.extend(
                (0..self.attendance_rows()).map(|i| Record::Attendance(self.attendance(i))),
            );
        }
        records.push(Record::Session(Box::new(record)));
        records
    }

    /// The session, joined.
    pub(crate) fn view(&self) -> SessionView {
        let posts = self.posts().into_iter().enumerate();
        SessionView {
            record: self.record(),
            participation: (0..self.questions).map(|index| self.participation(index)).collect(),
            attendance: (0..self.attendance_rows()).map(|index| self.attendance(index)).collect(),
            posts: posts
                .map(|(index, post)| AnnotatedPost { post, annotation: self.annotation(index) })
                .collect(),
        }
    }
}
