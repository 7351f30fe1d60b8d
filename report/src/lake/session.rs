//! The five tables of a session.

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use colloquy_transcript::{AnswerBasis, AuthorId, Flag, PostId};

use super::{schema::Table, sheet::Sheet};
use crate::view::{AnnotatedPost, SessionView};

/// Posts that are turned into columns at a time; bounds the memory beside the view.
pub(super) const BATCH_POSTS_MAX: usize = 8_192;

type Batch = Result<RecordBatch, ArrowError>;

/// What every row of a session's file carries.
struct Folder<'a> {
    chat: &'a str,
    session: &'a str,
}

impl Folder<'_> {
    fn sheet(&self, table: Table, rows: usize) -> Sheet {
        let mut sheet = Sheet::new(table, rows);
        sheet.folder("chat", self.chat).folder("session", self.session);
        sheet
    }
}

/// The rows of `table`, in batches; none for the tables that are not a session's.
pub(super) fn batches<'a>(
    table: Table,
    view: &'a SessionView,
    session: &'a str,
) -> Box<dyn Iterator<Item = Batch> + 'a> {
    let folder = Folder { chat: view.record.chat.as_str(), session };
    match table {
        Table::Posts => {
            let meeting = view.record.session.is_meeting();
            let chunks = view.posts.chunks(BATCH_POSTS_MAX);
            Box::new(chunks.map(move |posts| posts_batch(&folder, meeting, posts)))
        }
        Table::Flags => {
            let chunks = view.posts.chunks(BATCH_POSTS_MAX);
            Box::new(chunks.map(move |posts| flags_batch(&folder, posts)))
        }
        Table::Questions => Box::new(std::iter::once(questions_batch(&folder, view))),
        Table::Participation => Box::new(std::iter::once(participation_batch(&folder, view))),
        Table::Attendance => Box::new(std::iter::once(attendance_batch(&folder, view))),
        Table::Sessions | Table::Coverage | Table::Decisions => Box::new(std::iter::empty()),
    }
}

fn posts_batch(folder: &Folder<'_>, meeting: bool, rows: &[AnnotatedPost]) -> Batch {
    let mut sheet = folder.sheet(Table::Posts, rows.len());
    let posts = || rows.iter().map(|row| &row.post.post);
    sheet
        .texts("post_id", posts().map(|post| post.id.as_str()))
        .texts("platform", posts().map(|post| post.platform().as_str()))
        .bools("in_session", rows.iter().map(|_| meeting))
        .times("created_at", posts().map(|post| post.created_at))
        .texts("text", posts().map(|post| post.text.as_str()))
        .texts("kind", posts().map(|post| post.kind.as_str()))
        .texts_or_null("reply_to", posts().map(|post| id(post.reply_to.as_ref())))
        .texts_or_null("quote_of", posts().map(|post| id(post.quote_of.as_ref())))
        .texts_or_null("repost_of", posts().map(|post| id(post.repost_of.as_ref())))
        .texts_or_null("conversation_id", posts().map(|post| post.conversation_id.as_deref()))
        .lists("hashtags", posts().map(|post| &post.hashtags))
        .lists("mentions", posts().map(|post| &post.mentions))
        .lists("urls", posts().map(|post| &post.urls))
        .counts_or_null("like_count", posts().map(|post| post.like_count))
        .counts_or_null("repost_count", posts().map(|post| post.repost_count))
        .counts_or_null("reply_count", posts().map(|post| post.reply_count))
        .texts_or_null("source_app", posts().map(|post| post.source_app.as_deref()));
    author_columns(&mut sheet, rows);
    annotation_columns(&mut sheet, rows);
    sheet.finish()
}

fn author_columns(sheet: &mut Sheet, rows: &[AnnotatedPost]) {
    let authors = || rows.iter().map(|row| &row.post.post.author);
    sheet
        .texts("author_id", authors().map(|author| author.id.as_str()))
        .texts_or_null("author_handle", authors().map(|author| author.handle.as_deref()))
        .texts_or_null("author_name", authors().map(|author| author.name.as_deref()))
        .counts_or_null("author_followers", authors().map(|author| author.followers))
        .counts_or_null("author_following", authors().map(|author| author.following))
        .counts_or_null("author_posts", authors().map(|author| author.posts))
        .times_or_null("author_created_at", authors().map(|author| author.created_at));
}

fn annotation_columns(sheet: &mut Sheet, rows: &[AnnotatedPost]) {
    let annotations = || rows.iter().map(|row| &row.annotation);
    sheet
        .texts_or_null(
            "lang",
            annotations().map(|a| a.lang.as_ref().map(|(lang, _)| lang.as_str())),
        )
        .texts_or_null(
            "lang_source",
            annotations().map(|a| a.lang.as_ref().map(|(_, source)| source.as_str())),
        )
        .texts("role", annotations().map(|a| a.role.as_str()))
        .texts_or_null("question", annotations().map(|a| a.question.as_deref()))
        .texts_or_null("answer_basis", annotations().map(|a| a.basis.map(AnswerBasis::as_str)))
        .reals_or_null("answer_confidence", annotations().map(|a| a.confidence));
}

fn id(id: Option<&PostId>) -> Option<&str> {
    id.map(PostId::as_str)
}

fn questions_batch(folder: &Folder<'_>, view: &SessionView) -> Batch {
    let rows = &view.record.questions;
    folder
        .sheet(Table::Questions, rows.len())
        .texts("question", rows.iter().map(|row| row.label.as_str()))
        .counts("number", rows.iter().map(|row| u64::from(row.number)))
        .times("asked_at", rows.iter().map(|row| row.asked_at))
        .texts("asked_by", rows.iter().map(|row| row.asked_by.as_str()))
        .texts("post_id", rows.iter().map(|row| row.post_id.as_str()))
        .texts("text", rows.iter().map(|row| row.text.as_str()))
        .lists("repeats", rows.iter().map(|row| row.repeats.iter().map(PostId::as_str)))
        .finish()
}

fn participation_batch(folder: &Folder<'_>, view: &SessionView) -> Batch {
    let rows = || view.participation.iter();
    folder
        .sheet(Table::Participation, view.participation.len())
        .texts("question", rows().map(|row| row.question.as_str()))
        .counts("answers", rows().map(|row| row.answers))
        .counts("answerers", rows().map(|row| row.answerers))
        .counts("talkers", rows().map(|row| row.talkers))
        .counts("amplifiers", rows().map(|row| row.amplifiers))
        .reals_or_null("first_answer_s", rows().map(|row| row.first_answer_s))
        .reals_or_null("median_response_s", rows().map(|row| row.median_response_s))
        .reals_or_null("p90_response_s", rows().map(|row| row.p90_response_s))
        .counts("replies", rows().map(|row| row.replies))
        .counts("reposts", rows().map(|row| row.reposts))
        .counts_or_null("likes", rows().map(|row| row.likes))
        .reals_or_null("share_of_room", rows().map(|row| row.share_of_room))
        .counts_or_null("first_timers", rows().map(|row| row.first_timers))
        .finish()
}

fn attendance_batch(folder: &Folder<'_>, view: &SessionView) -> Batch {
    let rows = || view.attendance.iter();
    folder
        .sheet(Table::Attendance, view.attendance.len())
        .texts("author_id", rows().map(|row| AuthorId::as_str(&row.author_id)))
        .texts_or_null("author_handle", rows().map(|row| row.author_handle.as_deref()))
        .texts("class", rows().map(|row| row.class.as_str()))
        .lists("roles", rows().map(|row| &row.roles))
        .counts("posts", rows().map(|row| row.posts))
        .counts("answers", rows().map(|row| row.answers))
        .counts("questions_answered", rows().map(|row| row.questions_answered))
        .counts("replies_given", rows().map(|row| row.replies_given))
        .counts("replies_received", rows().map(|row| row.replies_received))
        .counts("mentions_received", rows().map(|row| row.mentions_received))
        .counts("reposts_received", rows().map(|row| row.reposts_received))
        .counts_or_null("sessions_before", rows().map(|row| row.sessions_before))
        .finish()
}

fn flags_batch(folder: &Folder<'_>, posts: &[AnnotatedPost]) -> Batch {
    let judged: Vec<(&AnnotatedPost, &Flag)> =
        posts.iter().filter_map(|row| Some((row, row.annotation.flag.as_ref()?))).collect();
    let flags = || judged.iter().map(|(_, flag)| *flag);
    folder
        .sheet(Table::Flags, judged.len())
        .texts("post_id", judged.iter().map(|(row, _)| row.post.post.id.as_str()))
        .texts("author_id", judged.iter().map(|(row, _)| row.post.post.author.id.as_str()))
        .reals("score", flags().map(|flag| flag.score))
        .texts("band", flags().map(|flag| flag.band.as_str()))
        .bools("flagged", flags().map(|flag| flag.flagged))
        .lists("rules", flags().map(|flag| flag.reasons.iter().map(|reason| &reason.rule)))
        .lists("reasons", flags().map(|flag| flag.reasons.iter().map(|reason| &reason.sentence)))
        .texts("model", flags().map(|flag| flag.model.as_str()))
        .texts_or_null("decision", flags().map(|flag| flag.decision.map(decision)))
        .lists_of_reals(
            "evidence",
            flags().map(|flag| flag.evidence.iter().copied().map(hundredths)),
        )
        .finish()
}

fn hundredths(value: i16) -> Option<f64> {
    (value != Flag::UNKNOWN).then(|| f64::from(value) / 100.0)
}

fn decision(hijack: bool) -> &'static str {
    if hijack { "hijack" } else { "not_hijack" }
}
