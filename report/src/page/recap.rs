//! The public recap of a session.
//!
//! **Invariant:** everything here comes from posts that may be shown: see [`Names::public`].

use std::fmt::Write as _;

use colloquy_transcript::{AuthorId, Class, Participation, PostId, Question};
use maud::{Markup, html};
use rustc_hash::FxHashSet;

use super::corrections;
use super::layout::{Audience, Page, figures};
use super::room::{self, Answers, Names};
use super::words;
use crate::view::SessionView;

/// Most texts of posts on one public page: X allows to pass on ids without bound, but no more
/// than this many posts with their content.
pub(super) const TEXTS_MAX: usize = 500;

/// The figures that the page shows beside the classes.
pub(super) const COUNTED: &[(&str, &[&str])] = &[
    ("sessions", &["questions"]),
    ("recap", &["posts"]),
    ("participation", &["answers", "answerers", "first_answer_s"]),
];

/// `DIR/public/CHAT/SESSION.html`: the questions, who answered, and thanks. Safe to publish.
pub fn recap(view: &SessionView) -> String {
    let record = &view.record;
    let hidden = room::hidden_posts(view);
    let names = Names::public(view);
    let answers = Answers::of(view);
    let questions: Vec<&Question> =
        record.questions.iter().filter(|question| !hidden.contains(&question.post_id)).collect();
    let chat = words::clean_line(record.chat.as_str());
    let name = words::session_name(record.session);
    let body = html! {
        h1 { "#" bdi { (chat) } ", " (name) }
        (words::topic(record))
        (opening(view, &names, &hidden))
        (figures(&key_figures(view, &questions, &hidden)))
        @if questions.is_empty() {
            p { "A free conversation, without numbered questions." }
        } @else {
            h2 { "Questions, and who answered" }
            @for (at, question) in questions.iter().enumerate() {
                (one_question(view, question, &names, &answers, at < TEXTS_MAX))
            }
        }
        (thanks(view, &names, &hidden))
    };
    let title = format!("#{chat}, {name}: recap");
    let above = [("../index.html", "All chats")];
    Page { title: &title, audience: Audience::Public, above: &above, counted: COUNTED, body }
        .render()
}

/// When, how long and with whom.
fn opening(view: &SessionView, names: &Names<'_>, hidden: &FxHashSet<&PostId>) -> Markup {
    let record = &view.record;
    let known = |ids, bases| {
        let mut people = corrections::with_basis(ids, bases);
        people.retain(|(id, _)| names.knows(id));
        people
    };
    let moderators = known(&record.moderators, &record.moderators_basis);
    let guests = known(&record.guests, &record.guests_basis);
    // A flagged post is not counted either: the figure must not tell that there was one.
    let new = record.introductions.iter().filter(|id| !hidden.contains(id)).count();
    html! {
        p.lead {
            (words::weekday(record.starts_at)) ", "
            time datetime=(words::machine(record.starts_at)) { (words::clock(record.starts_at)) }
            " UTC, " (words::length(record)) "."
            @if !moderators.is_empty() { " Moderated by " (corrections::people(&moderators, names)) "." }
            @if !guests.is_empty() {
                @if guests.len() == 1 { " Guest: " } @else { " Guests: " }
                (corrections::people(&guests, names)) "."
            }
            @if let Some(corrected) = corrections::hours(record) { " " (corrected) }
        }
        @if let Some(rhythm) = &record.rhythm { p { "Meets " (words::rhythm(rhythm)) "." } }
        @if new > 0 {
            p {
                (words::count(new as u64, "person", "people")) " said it was their first time."
            }
        }
    }
}

/// Counts, each with what it counts; posts are those that may be shown.
fn key_figures(
    view: &SessionView,
    questions: &[&Question],
    hidden: &FxHashSet<&PostId>,
) -> Vec<(String, &'static str)> {
    let record = &view.record;
    let posts = view.posts.len().saturating_sub(hidden.len()) as u64;
    vec![
        (words::number(questions.len() as u64), "questions"),
        (words::number(record.answerers), "answerers"),
        (words::number(record.talkers), "talkers"),
        (words::number(record.amplifiers), "amplifiers"),
        (words::number(posts), "posts"),
    ]
}

/// A question, who asked it, and who answered.
fn one_question(
    view: &SessionView,
    question: &Question,
    names: &Names<'_>,
    answers: &Answers<'_>,
    with_text: bool,
) -> Markup {
    let label = words::clean_line(&question.label);
    let row = view.participation.iter().find(|row| row.question == question.label);
    let answerers = answers.to(&question.label);
    html! {
        section.question {
            div.asked {
                h3 { bdi { (label) } }
                p.soft.small {
                    "asked "
                    @if names.knows(&question.asked_by) { "by " (names.show(&question.asked_by)) " " }
                    "at " (words::clock_since(view.record.starts_at, question.asked_at))
                    (room::post_link(&question.post_id, &format!("{label} where it was asked")))
                }
            }
            @if with_text { blockquote dir="auto" { (words::clean(&question.text)) } }
            p.soft { (answers_in_words(row)) }
            @if !answerers.is_empty() {
                ul.people aria-label={ "Answerers of " (label) } {
                    @for answerer in answerers { li { (room::answer_links(names, answerer)) } }
                }
            }
        }
    }
}

/// How many answered a question and how soon.
pub(super) fn answers_in_words(row: Option<&Participation>) -> String {
    let Some(row) = row.filter(|row| row.answers > 0) else {
        return "No answers.".to_owned();
    };
    let mut words = format!(
        "{} by {}",
        words::count(row.answers, "answer", "answers"),
        words::count(row.answerers, "answerer", "answerers")
    );
    if let Some(first) = row.first_answer_s {
        let when = if first < 0.0 { "before it was asked" } else { "after the question" };
        let _ = write!(words, ", the first {} {when}", words::duration(first));
    }
    words.push('.');
    words
}

/// Thanks to everybody who wrote, by name, and to those who passed it on.
fn thanks(view: &SessionView, names: &Names<'_>, hidden: &FxHashSet<&PostId>) -> Markup {
    let wrote: FxHashSet<&AuthorId> = view
        .posts
        .iter()
        .map(|post| &post.post.post)
        .filter(|post| post.is_original() && !hidden.contains(&post.id))
        .map(|post| &post.author.id)
        .collect();
    let mut people: Vec<String> = view
        .attendance
        .iter()
        .filter(|row| row.class != Class::Amplifier && wrote.contains(&row.author_id))
        .map(|row| names.of(&row.author_id))
        .collect();
    people.sort_by_cached_key(|name| name.to_lowercase());
    let amplifiers = view.record.amplifiers;
    html! {
        @if !people.is_empty() {
            h2 { "Thank you" }
            p {
                "To all who wrote"
                @if amplifiers > 0 {
                    ", and to " (words::count(amplifiers, "amplifier", "amplifiers"))
                    " who passed it on"
                }
                ":"
            }
            ul.people aria-label="Answerers and talkers" {
                @for name in &people { li { bdi { (name) } } }
            }
        }
    }
}
