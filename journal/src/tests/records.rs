//! Invented records.

use std::sync::Arc;

use colloquy_transcript::{
    Annotation, Author, AuthorId, ChatName, DeadLetter, Decision, GroundPost, Mark, Platform, Post,
    PostId, Record, Role, SessionId, Standing, Timestamp, Verdict, Watched,
};

use crate::{Content, Entry};

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

pub(super) fn chat(name: &str) -> ChatName {
    ChatName::new(name).unwrap()
}

/// Post number `number` of a chat.
pub(super) fn post(name: &str, number: i64) -> Record {
    let mut author = Author::unknown(AuthorId::new(Platform::X, "7"));
    author.handle = Some("fern_and_fig".into());
    author.followers = Some(12);
    let id = PostId::new(Platform::X, &number.to_string());
    let text = format!("A{number} compost needs air, says the café");
    let mut post = Post::original(id, at(number), author, text);
    post.hashtags = vec!["gardenchat".into()];
    Record::Post(Arc::new(GroundPost { chat: chat(name), post }))
}

pub(super) fn posts(name: &str, numbers: std::ops::Range<i64>) -> Vec<Record> {
    numbers.map(|number| post(name, number)).collect()
}

/// The annotation of post `number`.
pub(super) fn annotation(name: &str, number: &str) -> Record {
    Record::Annotation(Annotation {
        chat: chat(name),
        post_id: PostId::new(Platform::X, number),
        session: SessionId::Meeting(at(40)),
        fingerprint: 1,
        role: Role::Talk,
        question: None,
        basis: None,
        confidence: None,
        lang: None,
        flag: None,
        author_id: None,
    })
}

pub(super) fn decision(name: &str) -> Record {
    Record::Decision(Decision {
        chat: chat(name),
        subject: "x:1".into(),
        verdict: Verdict::NotHijack,
        by: None,
        at: at(1),
        note: Some("a friend of the chat".to_owned()),
        withdrawn: false,
    })
}

pub(super) fn watched(name: &str) -> Record {
    Record::Coverage(Watched {
        chat: chat(name),
        source: "file".into(),
        from: at(0),
        until: at(60),
        state: colloquy_transcript::CoverageState::Watched,
    })
}

pub(super) fn mark(partition: u32) -> Record {
    Record::Mark(Mark { partition, source: "file".into(), standing: Standing::Ended, through: 9 })
}

pub(super) fn dead_letter(position: u64) -> Record {
    Record::DeadLetter(DeadLetter {
        source: "season.jsonl".into(),
        position,
        stage: "decode".into(),
        reason: "truncated".to_owned(),
        context: Vec::new(),
        bytes: vec![b'{', 0xff, 0x00],
        digest: 0,
    })
}

pub(super) fn record(entry: &Entry) -> &Record {
    match &entry.content {
        Content::Record(record) => record,
        Content::Unreadable { reason, .. } => panic!("unreadable: {reason}"),
    }
}

/// The chat and the number of a post or of its annotation.
pub(super) fn number(entry: &Entry) -> (String, String) {
    match record(entry) {
        Record::Post(post) => (post.chat.to_string(), post.post.id.native().to_owned()),
        Record::Annotation(row) => (row.chat.to_string(), row.post_id.native().to_owned()),
        other => panic!("neither post nor annotation: {other:?}"),
    }
}
