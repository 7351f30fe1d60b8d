//! Who took part in a session, and which newcomers were left alone.

use colloquy_transcript::{Attendance, AuthorId, Class, CompactString, Post};
use maud::{Markup, html};
use rustc_hash::FxHashMap;

use super::room::{self, Names};
use super::{link, words};
use crate::view::SessionView;

/// Most rows of attendance on a page; the lake has them all.
const ATTENDANCE_ROWS_MAX: usize = 2_000;

/// First-timers whom nobody answered, where it is known who came for the first time.
pub(super) fn left_alone(view: &SessionView, names: &Names<'_>) -> Markup {
    let known = view.attendance.iter().any(|row| row.sessions_before.is_some());
    let (alone, answered): (Vec<&Attendance>, Vec<&Attendance>) = view
        .attendance
        .iter()
        .filter(|row| row.sessions_before == Some(0) && row.class != Class::Amplifier)
        .partition(|row| row.replies_received == 0);
    let mut first: FxHashMap<&AuthorId, &Post> = FxHashMap::default();
    for post in view.posts.iter().map(|post| &post.post.post).filter(|post| post.is_original()) {
        first.entry(&post.author.id).or_insert(post);
    }
    html! {
        h2 #newcomers { "First-timers nobody replied to" }
        @if !known {
            p {
                "Not known yet: first-timers can be told once the chat has four earlier sessions "
                "on record."
            }
        } @else if alone.is_empty() {
            @if answered.is_empty() {
                p { "No answerer or talker came for the first time." }
            } @else {
                p {
                    "None: " (words::count(answered.len() as u64, "first-timer", "first-timers"))
                    " wrote, and everyone got a reply."
                }
            }
        } @else {
            p {
                (words::count(alone.len() as u64, "first-timer", "first-timers"))
                " wrote and got no reply in the session. A late one still counts."
            }
            ul.people aria-label="First-timers without a reply" {
                @for row in alone { li { (first_post(names, row, first.get(&row.author_id).copied())) } }
            }
        }
    }
}

/// Somebody's name, linked to their first post of the session, where a reply can go.
fn first_post(names: &Names<'_>, row: &Attendance, first: Option<&Post>) -> Markup {
    let name = names.show(&row.author_id);
    match first.and_then(|post| link::post(&post.id)) {
        Some(address) => room::outside(&address, None, &name),
        None => name,
    }
}

/// Everybody who took part, the most engaged first.
pub(super) fn section(view: &SessionView) -> Markup {
    let mut rows: Vec<(String, &Attendance)> = view
        .attendance
        .iter()
        .map(|row| (room::name(&row.author_id, row.author_handle.as_deref()), row))
        .collect();
    rows.sort_by_cached_key(|(name, row)| {
        (
            row.class,
            row.questions_answered,
            row.answers,
            row.posts,
            std::cmp::Reverse(name.to_lowercase()),
        )
    });
    rows.reverse();
    let beyond = rows.len().saturating_sub(ATTENDANCE_ROWS_MAX) as u64;
    rows.truncate(ATTENDANCE_ROWS_MAX);
    html! {
        h2 #attendance { "Attendance" }
        @if rows.is_empty() { p { "Nobody took part." } } @else {
            div.scroll role="region" aria-label="Attendance" tabindex="0" {
                table.stack {
                    caption { "Everybody who took part" span { ", the most engaged first" } }
                    thead {
                        tr {
                            @for head in ["Who", "Class", "Roles"] { th scope="col" { (head) } }
                            @for head in HEADS { th.n scope="col" { (head) } }
                        }
                    }
                    tbody { @for (name, row) in &rows { (attendance_row(name, row)) } }
                }
            }
            @if beyond > 0 {
                p.soft { (words::count(beyond, "more row is", "more rows are")) " in the lake." }
            }
        }
    }
}

/// Columns of figures in the table of attendance.
const HEADS: [&str; 6] = [
    "Posts",
    "Answers",
    "Questions answered",
    "Replies given",
    "Replies received",
    "Sessions before",
];

/// One participant.
fn attendance_row(name: &str, row: &Attendance) -> Markup {
    let figures =
        [row.posts, row.answers, row.questions_answered, row.replies_given, row.replies_received];
    let before = row.sessions_before.map_or_else(|| "not known".to_owned(), words::number);
    html! {
        tr {
            th scope="row" { bdi { (name) } }
            td { (row.class.as_str()) }
            td { (roles(&row.roles)) }
            @for (head, figure) in HEADS.iter().zip(figures) {
                td.n data-label=(head) { (words::number(figure)) }
            }
            td.n data-label="Sessions before" { (before) }
        }
    }
}

/// Roles as words.
fn roles(roles: &[CompactString]) -> String {
    let words: Vec<String> =
        roles.iter().map(|role| words::clean_line(role).replace('_', "-")).collect();
    words.join(", ")
}
