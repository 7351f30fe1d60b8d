//! The table of a chat's sessions, newest first.

use colloquy_transcript::SessionRecord;
use maud::{Markup, html};

use super::link::Place;
use super::words;
use crate::view::ChatView;

/// The sessions of a chat as a table for the page at `place`; flags stand only where reviews do.
pub(super) fn sessions(chat: &ChatView, place: Place) -> Markup {
    let private = place != Place::Public;
    let name = chat.name.as_str();
    html! {
        table.stack {
            caption { "Sessions of #" bdi { (name) } span { ", newest first; times in UTC" } }
            thead {
                tr {
                    th scope="col" { "Session" }
                    th.n scope="col" { "Questions" }
                    th scope="col" { "Who took part" }
                    th.n scope="col" { "Posts" }
                    @if private { th.n scope="col" { "Flagged posts" } }
                    th scope="col" { @if private { "Pages" } @else { "Page" } }
                }
            }
            tbody {
                @for session in chat.sessions.iter().rev() {
                    (row(chat, session, place))
                }
            }
        }
    }
}

/// One session.
fn row(chat: &ChatView, session: &SessionRecord, place: Place) -> Markup {
    let at = session.starts_at;
    let day = words::short(at);
    let review = place.review(&chat.name, session.session);
    let recap = place.recap(&chat.name, session.session);
    let posts = if review.is_some() { session.posts } else { words::public_posts(session) };
    html! {
        tr {
            th scope="row" { time datetime=(words::machine(at)) { (day) } }
            td.n data-label="Questions" { (words::number(session.questions.len() as u64)) }
            td.full {
                span.part { (words::count(session.answerers, "answerer", "answerers")) " + " }
                span.part { (words::count(session.talkers, "talker", "talkers")) " + " }
                span.part { (words::count(session.amplifiers, "amplifier", "amplifiers")) }
            }
            td.n data-label="Posts" { (words::number(posts)) }
            @if review.is_some() {
                td.n data-label="Flagged" { (words::number(session.flags)) }
            }
            td.links.full {
                @if let Some(review) = &review {
                    a href=(review) aria-label={ "Review of " (day) } { "Review" } " "
                }
                a href=(recap) aria-label={ "Recap of " (day) } { "Recap" }
            }
        }
    }
}

/// The stretch of time that a chat's sessions cover, in words; `None` without sessions.
pub(super) fn span(chat: &ChatView) -> Option<String> {
    let (first, last) = (chat.sessions.first()?, chat.sessions.last()?);
    Some(match chat.sessions.len() {
        1 => format!("1 session, on {}", words::weekday(last.starts_at)),
        n => format!(
            "{}, from {} to {}",
            words::count(n as u64, "session", "sessions"),
            words::day(first.starts_at),
            words::day(last.starts_at)
        ),
    })
}
