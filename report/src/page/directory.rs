//! The public list of chats and their recaps.

use maud::html;

use super::layout::{Audience, Page};
use super::link::Place;
use super::{table, words};
use crate::view::ChatView;

/// `DIR/public/index.html`: the chats, and a link to the recap of each session. Safe to publish.
pub fn directory(chats: &[ChatView]) -> String {
    let body = html! {
        h1 { "Hashtag chats" }
        @if chats.is_empty() { p.lead { "There is no chat here yet." } }
        @for chat in chats {
            section {
                h2 { "#" bdi { (words::clean_line(chat.name.as_str())) } }
                @match table::span(chat) {
                    None => p { "No session yet." },
                    Some(span) => {
                        p {
                            (span) "."
                            @if let Some(rhythm) = chat.rhythm() { " Meets " (words::rhythm(rhythm)) "." }
                        }
                        (table::sessions(chat, Place::Public))
                    }
                }
            }
        }
    };
    Page { title: "Hashtag chats", audience: Audience::Public, above: &[], counted: &[], body }
        .render()
}
