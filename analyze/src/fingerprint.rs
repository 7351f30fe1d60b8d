//! The content hash that ties a session's records together.
//!
//! Equal hashes mean an equal lake, so nothing needs to be published again. It covers the posts
//! as they are and everything that was found about them; journal positions are left out.

use std::hash::{Hash, Hasher};

use colloquy_transcript::registry::Chat;
use colloquy_transcript::{Annotation, Attendance, Participation, Post, SessionRecord};
use xxhash_rust::xxh3::Xxh3;

use crate::hijack;

/// Bumped when the meaning of a derived record changes, so that everything is published anew.
const VERSION: u32 = 9;

/// Hash of everything but the ground records that the analysis of a chat depends on.
pub(crate) fn basis(chat: Option<&Chat>) -> u64 {
    let mut hash = Xxh3::new();
    (VERSION, hijack::version()).hash(&mut hash);
    let Some(chat) = chat else { return hash.finish() };
    // All keys, so that a new one is not forgotten. Name, tags and platforms decide which posts
    // there are, and posts are not part of this hash.
    let Chat {
        name: _,
        tags: _,
        platforms: _,
        moderators,
        guests,
        begins,
        schedule,
        language,
        question_labels,
        answer_labels,
        policy,
        sessions,
    } = chat;
    (moderators, begins, language, question_labels, answer_labels, policy, sessions)
        .hash(&mut hash);
    guests.len().hash(&mut hash);
    for guests in guests {
        (guests.date, &guests.handles).hash(&mut hash);
    }
    if let Some(schedule) = schedule {
        (&schedule.rrule, schedule.start, &schedule.zone_name, schedule.minutes).hash(&mut hash);
        (schedule.grace_before_minutes, schedule.grace_after_minutes).hash(&mut hash);
    }
    hash.finish()
}

/// Bytes that are hashed together: a record is hundreds of values of a few bytes each.
const PENDING_MAX: usize = 4096;

/// A running hash.
pub(crate) struct Fingerprint {
    hash: Xxh3,
    /// What is not hashed yet.
    pending: Vec<u8>,
}

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= PENDING_MAX {
            self.hash.update(&self.pending);
            self.pending.clear();
        }
    }

    fn finish(&self) -> u64 {
        let mut hash = self.hash.clone();
        hash.update(&self.pending);
        // Zero marks what is provisional.
        hash.digest().max(1)
    }
}

impl Fingerprint {
    pub(crate) fn new() -> Self {
        let mut hash = Self { hash: Xxh3::new(), pending: Vec::new() };
        VERSION.hash(&mut hash);
        hash
    }

    pub(crate) fn finish(&self) -> u64 {
        Hasher::finish(self)
    }

    pub(crate) fn post(&mut self, post: &Post) {
        post.hash(self);
    }

    pub(crate) fn annotation(&mut self, row: &Annotation) {
        let hash = self;
        (row.role, &row.question, row.basis, row.confidence.map(f64::to_bits)).hash(hash);
        row.author_id.hash(hash);
        row.lang.as_ref().map(|(lang, by)| (lang, by.as_str())).hash(hash);
        if let Some(flag) = &row.flag {
            (flag.score.to_bits(), flag.flagged, flag.decision, &flag.model).hash(hash);
            flag.evidence.hash(hash);
            for reason in &flag.reasons {
                (&reason.rule, &reason.sentence, reason.span).hash(hash);
            }
        }
    }

    pub(crate) fn participation(&mut self, row: &Participation) {
        let hash = self;
        let bits = |value: Option<f64>| value.map(f64::to_bits);
        (&row.question, row.answers, row.answerers, row.talkers, row.amplifiers).hash(hash);
        (bits(row.first_answer_s), bits(row.median_response_s), bits(row.p90_response_s))
            .hash(hash);
        (row.replies, row.reposts, row.likes, row.first_timers).hash(hash);
        bits(row.share_of_room).hash(hash);
    }

    pub(crate) fn attendance(&mut self, row: &Attendance) {
        let hash = self;
        (&row.author_id, &row.author_handle, row.class, &row.roles, row.posts).hash(hash);
        (row.answers, row.questions_answered, row.replies_given, row.replies_received).hash(hash);
        (row.mentions_received, row.reposts_received, row.sessions_before).hash(hash);
    }

    pub(crate) fn session(&mut self, row: &SessionRecord) {
        let hash = self;
        (row.session, row.starts_at, row.ends_at, row.origin.as_str(), row.format.as_str())
            .hash(hash);
        (&row.moderators, &row.guests, row.gone, row.flags, row.revision, row.basis).hash(hash);
        (&row.moderators_basis, &row.guests_basis, &row.corrections).hash(hash);
        (&row.rhythm, &row.open_questions, &row.introductions, row.closes_at, &row.title)
            .hash(hash);
        row.coverage.map(f64::to_bits).hash(hash);
        for question in &row.questions {
            (&question.label, &question.post_id, &question.repeats).hash(hash);
        }
    }
}
