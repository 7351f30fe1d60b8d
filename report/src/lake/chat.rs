//! The three tables of a chat.

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use colloquy_transcript::{AuthorId, Decision, PostId, SessionRecord, Watched};

use super::{ChatTables, schema::Table, sheet::Sheet};

type Batch = Result<RecordBatch, ArrowError>;

/// The rows of `table`; none for the tables that are not a chat's.
pub(super) fn batch(table: Table, chat: &ChatTables<'_>) -> Option<Batch> {
    match table {
        Table::Sessions => Some(sessions_batch(chat.name.as_str(), chat.sessions)),
        Table::Coverage => Some(coverage_batch(chat.name.as_str(), chat.coverage)),
        Table::Decisions => Some(decisions_batch(chat.name.as_str(), chat.decisions)),
        _ => None,
    }
}

fn sessions_batch(chat: &str, sessions: &[SessionRecord]) -> Batch {
    let rows = || sessions.iter();
    let mut sheet = Sheet::new(Table::Sessions, sessions.len());
    let ids: Vec<_> = rows().map(|row| row.session.to_compact()).collect();
    sheet
        .folder("chat", chat)
        .dictionary("session", &ids)
        .times("starts_at", rows().map(|row| row.starts_at))
        .times("ends_at", rows().map(|row| row.ends_at))
        .texts("origin", rows().map(|row| row.origin.as_str()))
        .texts("format", rows().map(|row| row.format.as_str()))
        .lists("moderators", rows().map(|row| row.moderators.iter().map(AuthorId::as_str)))
        .lists("guests", rows().map(|row| row.guests.iter().map(AuthorId::as_str)))
        .counts("posts", rows().map(|row| row.posts))
        .counts("originals", rows().map(|row| row.originals))
        .counts("reposts", rows().map(|row| row.reposts))
        .counts("participants", rows().map(|row| row.participants))
        .counts("answerers", rows().map(|row| row.answerers))
        .counts("talkers", rows().map(|row| row.talkers))
        .counts("amplifiers", rows().map(|row| row.amplifiers))
        .counts("questions", rows().map(|row| row.questions.len() as u64))
        .counts_or_null("first_timers", rows().map(|row| row.first_timers))
        .counts_or_null("returning", rows().map(|row| row.returning))
        .counts("flags", rows().map(|row| row.flags))
        .counts("peak_posts_per_minute", rows().map(|row| row.peak_posts_per_minute))
        .reals_or_null("gini", rows().map(|row| row.gini))
        .reals_or_null("top_tenth_share", rows().map(|row| row.top_tenth_share))
        .reals_or_null("coverage", rows().map(|row| row.coverage))
        .counts("revision", rows().map(|row| row.revision))
        .lists(
            "moderators_basis",
            rows().map(|row| row.moderators_basis.iter().map(|it| it.as_str())),
        )
        .lists("guests_basis", rows().map(|row| row.guests_basis.iter().map(|it| it.as_str())))
        .lists(
            "corrections",
            rows().map(|row| {
                row.corrections.iter().map(|it| format!("{} {}", it.subject, it.verdict))
            }),
        )
        .texts_or_null("rhythm", rows().map(|row| row.rhythm.as_deref()))
        .lists("open_questions", rows().map(|row| row.open_questions.iter().map(PostId::as_str)))
        .lists("introductions", rows().map(|row| row.introductions.iter().map(PostId::as_str)))
        .texts_or_null("title", rows().map(|row| row.title.as_deref()));
    sheet.finish()
}

fn coverage_batch(chat: &str, coverage: &[Watched]) -> Batch {
    let rows = || coverage.iter();
    Sheet::new(Table::Coverage, coverage.len())
        .folder("chat", chat)
        .texts("source", rows().map(|row| row.source.as_str()))
        .times("from", rows().map(|row| row.from))
        .times("until", rows().map(|row| row.until))
        .texts("state", rows().map(|row| row.state.as_str()))
        .finish()
}

fn decisions_batch(chat: &str, decisions: &[Decision]) -> Batch {
    let rows = || decisions.iter();
    Sheet::new(Table::Decisions, decisions.len())
        .folder("chat", chat)
        .texts("subject", rows().map(|row| row.subject.as_str()))
        .texts("verdict", rows().map(|row| row.verdict.to_text()))
        .texts_or_null("by", rows().map(|row| row.by.as_deref()))
        .times("at", rows().map(|row| row.at))
        .texts_or_null("note", rows().map(|row| row.note.as_deref()))
        .bools("withdrawn", rows().map(|row| row.withdrawn))
        .finish()
}
