//! The private start page of the organiser.

use colloquy_transcript::SessionRecord;
use maud::{Markup, html};

use super::layout::{Audience, Page, figures, private_mark};
use super::link::Place;
use super::{chart, table, words};
use crate::view::ChatView;

/// `DIR/index.html`: what the lake holds of each chat, and which folder may be published.
pub fn index(chats: &[ChatView]) -> String {
    let single = match chats {
        [chat] => Some(chat),
        _ => None,
    };
    let title = single.map_or_else(
        || words::count(chats.len() as u64, "chat", "chats"),
        |chat| format!("#{}", words::clean_line(chat.name.as_str())),
    );
    let body = html! {
        (private_mark())
        h1 { bdi { (title) } }
        @if chats.is_empty() {
            p.lead { "No session of any chat has been analysed yet." }
        }
        @if single.is_none() && !chats.is_empty() { (contents(chats)) }
        @for (at, chat) in chats.iter().enumerate() {
            section #{ "chat-" (at + 1) } {
                @if single.is_none() { h2 { "#" bdi { (words::clean_line(chat.name.as_str())) } } }
                (chat_section(chat))
            }
        }
        (folders())
    };
    let above =
        [("moderators/index.html", "Moderators’ pages"), ("public/index.html", "Public pages")];
    let title = format!("{title}: start page");
    Page { title: &title, audience: Audience::Private, above: &above, counted: &[], body }.render()
}

/// Links to the chats of the page.
fn contents(chats: &[ChatView]) -> Markup {
    html! {
        ul.people aria-label="Chats on this page" {
            @for (at, chat) in chats.iter().enumerate() {
                li { a href={ "#chat-" (at + 1) } { "#" bdi { (words::clean_line(chat.name.as_str())) } } }
            }
        }
    }
}

/// A chat's newest session in words, its chart and its table.
fn chat_section(chat: &ChatView) -> Markup {
    html! {
        @match chat.sessions.last() {
            None => p.lead { "No session was found in its posts." },
            Some(newest) => {
                (newest_in_words(chat, newest))
                (chart::people(chat))
            }
        }
        (outside(chat, Place::Start))
        @if !chat.sessions.is_empty() { (table::sessions(chat, Place::Start)) }
    }
}

/// The figures of the newest session.
fn newest_in_words(chat: &ChatView, newest: &SessionRecord) -> Markup {
    let number = words::number;
    let mut rows = vec![
        (number(newest.questions.len() as u64), "questions"),
        (number(newest.answerers), "answerers"),
        (number(newest.talkers), "talkers"),
        (number(newest.amplifiers), "amplifiers"),
        (number(newest.posts), "posts"),
        (number(newest.flags), "flagged posts"),
    ];
    if let Some(first) = newest.first_timers {
        rows.push((number(first), "first-timers"));
    }
    if let Some(returning) = newest.returning {
        rows.push((number(returning), "returning"));
    }
    let review = Place::Start.review(&chat.name, newest.session);
    html! {
        p.lead {
            @if let Some(span) = table::span(chat) { (span) ". " }
            @if chat.sessions.len() > 1 {
                "The newest was on " (words::weekday(newest.starts_at)) ", "
            } @else {
                "It began at "
            }
            time datetime=(words::machine(newest.starts_at)) { (words::clock(newest.starts_at)) }
            " UTC, planned for " (words::length(newest)) "."
            @if let Some(rhythm) = chat.rhythm() { " Meets " (words::rhythm(rhythm)) "." }
        }
        (figures(&rows))
        p {
            @if let Some(review) = &review {
                a href=(review) { "Review it" }
                " (who answered which question, what was flagged) or see its "
            }
            a href=(Place::Start.recap(&chat.name, newest.session)) { "public recap" }
            "."
        }
    }
}

/// What lies outside every session: most promotion does, so each week with a flag is linked.
pub(super) fn outside(chat: &ChatView, place: Place) -> Markup {
    html! {
        @if chat.outside_posts > 0 {
            p.soft {
                "Outside every session: " (words::count(chat.outside_posts, "post", "posts")) ", "
                (words::count(chat.outside_flags, "of them flagged", "of them flagged")) "."
            }
            @if !chat.flagged_weeks.is_empty() {
                details {
                    summary {
                        (words::count(chat.flagged_weeks.len() as u64, "week", "weeks"))
                        " with flagged posts, newest first"
                    }
                    p {
                        @for (nth, (week, flags)) in chat.flagged_weeks.iter().rev().enumerate() {
                            @if nth > 0 { ", " }
                            @if let Some(review) = place.review(&chat.name, *week) {
                                span.whole {
                                    a href=(review) { (words::week(*week)) } " (" (flags) ")"
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Which folder may be published and which must not, and why.
fn folders() -> Markup {
    html! {
        section aria-labelledby="folders" {
            h2 #folders { "What may be published" }
            div.folders {
                div {
                    h3 { "✓ May be published: " code { "public/" } }
                    p {
                        "The recaps and the directory. They show the questions, who answered, and "
                        "links to the posts where they were published. Nothing in the folder tells "
                        "what was flagged, and flagged posts are not on its pages at all. Copy the "
                        "folder as it is to any web server."
                    }
                    p { a href="public/index.html" { "Open the public pages" } }
                }
                div.no {
                    h3 { "✗ Must stay private" }
                    ul {
                        li { code { "lake/" } ": the full texts of posts, and every flag with its score." }
                        li { code { "moderators/" } ": names beside flags, and who was left without a reply." }
                        li { "this page (" code { "index.html" } "): it counts flagged posts." }
                    }
                    p { "A flag is a reason to look. Shown in public, it would accuse people who were never heard." }
                    p { a href="moderators/index.html" { "Open the moderators’ pages" } }
                }
            }
        }
    }
}
