//! The moderators' list of chats and their reviews.

use maud::html;

use super::index::outside;
use super::layout::{Audience, Page, private_mark};
use super::link::Place;
use super::{table, words};
use crate::view::ChatView;

/// `DIR/moderators/index.html`: the chats, and a link to the review of each session. Private.
pub fn moderators_index(chats: &[ChatView]) -> String {
    let body = html! {
        (private_mark())
        h1 { "Moderators’ pages" }
        @if chats.is_empty() { p.lead { "No session of any chat has been analysed yet." } }
        @for chat in chats {
            section {
                h2 { "#" bdi { (words::clean_line(chat.name.as_str())) } }
                @let flags: u64 = chat.sessions.iter().map(|session| session.flags).sum();
                p {
                    @if let Some(span) = table::span(chat) { (span) "; " }
                    (words::count(flags, "flagged post", "flagged posts")) " in sessions."
                }
                (outside(chat, Place::Moderators))
                @if !chat.sessions.is_empty() { (table::sessions(chat, Place::Moderators)) }
            }
        }
    };
    let above = [("../index.html", "Start page"), ("../public/index.html", "Public pages")];
    Page {
        title: "Moderators’ pages",
        audience: Audience::Private,
        above: &above,
        counted: &[],
        body,
    }
    .render()
}
