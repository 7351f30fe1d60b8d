//! What a moderator may still act on: questions nobody took up, and people who say that they are new.

use colloquy_transcript::PostId;
use maud::{Markup, html};
use rustc_hash::FxHashSet;

use super::link;
use super::room::{self, Names};
use super::words;
use crate::view::{AnnotatedPost, SessionView};

/// Most posts shown of each kind; the lake has them all.
const SHOWN: usize = 50;

/// The two lists of the review; nothing where both are empty.
pub(super) fn section(view: &SessionView, names: &Names<'_>) -> Markup {
    let record = &view.record;
    html! {
        @if !record.open_questions.is_empty() {
            h2 #open { "Questions nobody answered" }
            p {
                "Participants asked the room, a moderator or a guest, and nobody replied in the "
                "session. A late answer still counts."
            }
            (list(view, &record.open_questions, names))
        }
        @if !record.introductions.is_empty() {
            h2 #new { "Here for the first time" }
            p { "They say so themselves. A welcome by name brings people back." }
            (list(view, &record.introductions, names))
        }
    }
}

fn list(view: &SessionView, ids: &[PostId], names: &Names<'_>) -> Markup {
    let wanted: FxHashSet<&PostId> = ids.iter().take(SHOWN).collect();
    let posts = view.posts.iter().filter(|post| wanted.contains(&post.post.post.id));
    html! {
        ul.open {
            @for post in posts { li { (one(view, post, names)) } }
        }
        @if ids.len() > SHOWN {
            p { "And " (words::number((ids.len() - SHOWN) as u64)) " more." }
        }
    }
}

/// Who, when and what, linked to the post.
fn one(view: &SessionView, post: &AnnotatedPost, names: &Names<'_>) -> Markup {
    let post = &post.post.post;
    let at = words::clock_since(view.record.starts_at, post.created_at);
    let name = names.show(&post.author.id);
    html! {
        time datetime=(words::machine(post.created_at)) {
            @match link::post(&post.id) {
                Some(address) => (room::outside(&address, None, &html! { (at) })),
                None => (at),
            }
        }
        " " (name) ": " bdi { (words::clean(&post.text)) }
    }
}
