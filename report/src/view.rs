//! What the pages and the lake are made from: complete sessions, joined and in order.

use std::sync::Arc;

use colloquy_transcript::{
    Annotation, Attendance, ChatName, GroundPost, Participation, SessionId, SessionRecord,
};

/// Everything about one published session (or week outside sessions).
#[derive(Debug, Clone, PartialEq)]
pub struct SessionView {
    /// Its aggregates and questions.
    pub record: SessionRecord,
    /// One row per question, in question order; empty for weeks outside.
    pub participation: Vec<Participation>,
    /// One row per participant, by author id.
    pub attendance: Vec<Attendance>,
    /// Its posts, by time and then by post id.
    pub posts: Vec<AnnotatedPost>,
}

/// A post with what the analysis says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AnnotatedPost {
    /// The post, latest revision.
    pub post: Arc<GroundPost>,
    /// Its part in the session.
    pub annotation: Annotation,
}

/// One chat with the records of its meetings in order of start (no weeks outside).
#[derive(Debug, Clone, PartialEq)]
pub struct ChatView {
    /// The chat.
    pub name: ChatName,
    /// Its meetings, by start.
    pub sessions: Vec<SessionRecord>,
    /// Posts in weeks outside every meeting, flagged ones included.
    pub outside_posts: u64,
    /// Flagged posts in weeks outside.
    pub outside_flags: u64,
    /// The weeks outside in which something is flagged, in order, and how much: they have a
    /// review page.
    pub flagged_weeks: Vec<(SessionId, u64)>,
}

impl ChatView {
    /// When the chat meets, as its newest session tells; nothing where a registry states it.
    pub fn rhythm(&self) -> Option<&str> {
        self.sessions.last()?.rhythm.as_deref()
    }
}
