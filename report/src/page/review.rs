//! The moderators' review of a session.

use colloquy_transcript::{AnswerBasis, Question, SessionId, percent_encode};
use maud::{Markup, html};

use super::layout::{Audience, Page, figures, private_mark};
use super::recap::answers_in_words;
use super::room::{self, Answerer, Answers, Names};
use super::{attendance, corrections, open, pace, suspects, words};
use crate::view::SessionView;

/// The figures that the page shows beside the classes.
pub(super) const COUNTED: &[(&str, &[&str])] = &[
    (
        "sessions",
        &[
            "posts",
            "flags",
            "questions",
            "first_timers",
            "peak_posts_per_minute",
            "top_tenth_share",
            "gini",
        ],
    ),
    (
        "participation",
        &[
            "answers",
            "answerers",
            "first_answer_s",
            "share_of_room",
            "median_response_s",
            "p90_response_s",
            "talkers",
            "amplifiers",
        ],
    ),
    (
        "attendance",
        &[
            "posts",
            "answers",
            "questions_answered",
            "replies_given",
            "replies_received",
            "sessions_before",
        ],
    ),
];

/// `DIR/moderators/CHAT/SESSION.html`: what needs a moderator's eye, then the session in
/// numbers with names. Private. A week outside sessions shows its flagged posts only.
pub fn review(view: &SessionView) -> String {
    let record = &view.record;
    let chat = words::clean_line(record.chat.as_str());
    let name = words::session_name(record.session);
    let names = Names::all(view);
    let meeting = record.session.is_meeting();
    let body = html! {
        (private_mark())
        h1 { "#" bdi { (chat) } ", " (name) }
        (words::topic(record))
        (opening(view, &names))
        @if meeting {
            (figures(&key_figures(view)))
        }
        (suspects::section(view, &names))
        @if meeting {
            (open::section(view, &names))
            (questions(view, &names))
            (attendance::left_alone(view, &names))
            (attendance::section(view))
            (pace::section(view))
        }
        (corrections::section(record))
    };
    let title = format!("#{chat}, {name}: review");
    let recap = recap_address(view);
    let mut above = vec![("../index.html", "All reviews"), ("../../index.html", "Start page")];
    if meeting {
        above.push((&recap, "Public recap"));
    }
    Page {
        title: &title,
        audience: Audience::Private,
        above: &above,
        counted: if meeting { COUNTED } else { &[] },
        body,
    }
    .render()
}

/// From a review to the recap of the same session.
fn recap_address(view: &SessionView) -> String {
    let folder = percent_encode(&percent_encode(view.record.chat.as_str()));
    let file = percent_encode(&percent_encode(&view.record.session.to_compact()));
    format!("../../public/{folder}/{file}.html")
}

/// When it was and where the hour comes from.
fn opening(view: &SessionView, names: &Names<'_>) -> Markup {
    let record = &view.record;
    let moderators = corrections::with_basis(&record.moderators, &record.moderators_basis);
    let guests = corrections::with_basis(&record.guests, &record.guests_basis);
    html! {
        @if let SessionId::Outside { .. } = record.session {
            p.lead {
                (words::count(record.posts, "post", "posts")) " in the week from "
                (words::weekday(record.session.starts_at())) ", outside every session. "
                "Only posts that need a look are shown."
            }
        } @else {
            p.lead {
                (words::weekday(record.starts_at)) ", "
                time datetime=(words::machine(record.starts_at)) { (words::clock(record.starts_at)) }
                " to " (words::clock_since(record.starts_at, record.ends_at)) " UTC ("
                (words::length(record)) ", " (record.origin.as_str()) "). "
                @if let Some(coverage) = record.coverage {
                    (words::percent(coverage)) " of its minutes were watched. "
                }
                @if !moderators.is_empty() {
                    "Moderated by " (corrections::people(&moderators, names)) ". "
                }
                @if !guests.is_empty() {
                    @if guests.len() == 1 { "Guest: " } @else { "Guests: " }
                    (corrections::people(&guests, names)) ". "
                }
                @if let Some(corrected) = corrections::hours(record) { (corrected) " " }
                @if let Some(rhythm) = &record.rhythm {
                    "Meets " (words::rhythm(rhythm)) ", as its sessions show."
                }
            }
        }
    }
}

/// Counts, each with what it counts.
fn key_figures(view: &SessionView) -> Vec<(String, &'static str)> {
    let record = &view.record;
    let mut rows = vec![
        (words::number(record.flags), "flagged posts"),
        (words::number(record.questions.len() as u64), "questions"),
        (words::number(record.answerers), "answerers"),
        (words::number(record.talkers), "talkers"),
        (words::number(record.amplifiers), "amplifiers"),
        (words::number(record.posts), "posts"),
    ];
    if let Some(first) = record.first_timers {
        rows.push((words::number(first), "first-timers"));
    }
    rows
}

/// Who answered which question, and how that is known.
fn questions(view: &SessionView, names: &Names<'_>) -> Markup {
    let answers = Answers::of(view);
    html! {
        h2 #questions { "Who answered which question" }
        @if view.record.questions.is_empty() {
            p { "No numbered question was found in this session." }
        } @else {
            p.soft {
                "Beside each name: how the answer was attributed. Label: it says so (A1). Reply or "
                "quote: of the question or an answer. Context: the question was on the table."
            }
        }
        @for question in &view.record.questions {
            (one_question(view, question, names, &answers))
        }
    }
}

/// One question with its answerers.
fn one_question(
    view: &SessionView,
    question: &Question,
    names: &Names<'_>,
    answers: &Answers<'_>,
) -> Markup {
    let label = words::clean_line(&question.label);
    let row = view.participation.iter().find(|row| row.question == question.label);
    let answerers = answers.to(&question.label);
    html! {
        section.question {
            div.asked {
                h3 { bdi { (label) } }
                p.soft.small {
                    "asked by " (names.show(&question.asked_by)) " at "
                    (words::clock_since(view.record.starts_at, question.asked_at))
                    (room::post_link(&question.post_id, &format!("{label} where it was asked")))
                }
            }
            blockquote dir="auto" { (words::clean(&question.text)) }
            p.soft {
                (answers_in_words(row)) " "
                @if let Some(row) = row {
                    @if let Some(share) = row.share_of_room.filter(|_| row.answers > 0) {
                        (words::percent(share)) " of the participants answered. "
                    }
                    @if let (Some(median), Some(p90)) = (row.median_response_s, row.p90_response_s) {
                        "Half had answered within " (words::duration(median)) ", nine in ten within "
                        (words::duration(p90)) ". "
                    }
                    (words::count(row.talkers, "talker", "talkers")) " and "
                    (words::count(row.amplifiers, "amplifier", "amplifiers")) " in its thread."
                }
            }
            @if !answerers.is_empty() {
                ul.people aria-label={ "Answerers of " (label) } {
                    @for answerer in answerers {
                        li { (room::answer_links(names, answerer)) " " span.how { (basis(answerer)) } }
                    }
                }
            }
        }
    }
}

/// How somebody's answers were attributed; the confidence where it is not certain.
fn basis(answerer: &Answerer<'_>) -> String {
    let mut ways: Vec<String> = Vec::new();
    for post in &answerer.posts {
        let annotation = &post.annotation;
        let Some(basis) = annotation.basis else {
            continue;
        };
        let words = match annotation.confidence {
            Some(sure) if basis == AnswerBasis::Context || sure < 0.995 => {
                format!("{}, {} sure", basis.as_str(), words::percent(sure))
            }
            _ => basis.as_str().to_owned(),
        };
        if !ways.contains(&words) {
            ways.push(words);
        }
    }
    ways.join("; ")
}
