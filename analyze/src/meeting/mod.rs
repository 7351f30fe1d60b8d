//! One meeting, rebuilt from its posts: a pure function of the posts and of what is known.

mod answers;
mod cohosts;
mod context;
mod guests;
mod late;
mod moderators;
mod newcomers;
mod questions;
mod record;
mod threads;
mod topic;

use colloquy_transcript::label::Convention;
use colloquy_transcript::{
    Annotation, Attendance, AuthorId, ChatName, Flag, Format, Participation, PostKind, Role,
    SessionId, SessionRecord,
};

use rustc_hash::FxHashMap;

use crate::discover::{Span, WEEK, later};
use crate::fingerprint::Fingerprint;
use crate::hijack::{self, Here, Terms};
use crate::inquiry::{self, Stated};
use crate::known::{Known, Said};
use crate::participation::{self, Measured, Row};
use crate::seen::{Room, Seen};

pub use late::Asks;

use answers::{Floor, Part};
use newcomers::{People, ToDo};
use questions::Questions;
use threads::Threads;

/// Everything that is published of a meeting, or of a week outside meetings.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Of every post.
    pub annotations: Vec<Annotation>,
    /// Of every question.
    pub participation: Vec<Participation>,
    /// Of every participant.
    pub attendance: Vec<Attendance>,
    /// The session itself.
    pub session: SessionRecord,
    /// What each author did in it, for the chat's memory: not published.
    pub here: Here,
}

/// What is found first of a meeting, and all that latecomers are measured by: who led it, what was asked,
/// and how the room labels.
#[derive(Debug)]
pub struct Outline {
    threads: Threads,
    /// Rising.
    moderators: Vec<u32>,
    questions: Questions,
    convention: Convention,
    asks: Option<Asks>,
}

impl Outline {
    /// The outline of the meeting of `span` from its posts (in order, all within the span's grace).
    pub fn of(span: &Span, posts: &[Seen], known: &Known<'_>) -> Self {
        let room = Room::new(posts);
        let threads = Threads::of(&room);
        let (moderators, questions, convention) = inquire(&room, &threads, span, known);
        let asks = Asks::of(&room, convention, &questions, &moderators);
        Self { threads, moderators, questions, convention, asks }
    }

    /// What it asked, if anything, for those who answer late.
    pub fn asks(&self) -> Option<&Asks> {
        self.asks.as_ref()
    }
}

/// Analyses the meeting of `span` from its posts (in order, all within the span's grace), of which
/// `outline` was made.
pub fn meeting(
    chat: &ChatName,
    span: &Span,
    posts: &[Seen],
    outline: &Outline,
    known: &Known<'_>,
) -> Published {
    let id = SessionId::Meeting(span.starts_at);
    let room = Room::new(posts);
    let Outline { threads, moderators, questions, convention, asks: _ } = outline;
    let guests =
        guests::guests(&room, threads, known, moderators, (span, !questions.asked.is_empty()));
    let floor =
        Floor { room: &room, threads, questions, convention: *convention, moderators, known };
    let parts = floor.parts();
    let judged = judge(chat, id, &room, &parts, moderators, &guests, known);
    let flags = judged.flags;
    let rows = rows(&room, &parts, &flags);
    let measured = participation::measure(&room, &rows, &questions.times(&room));
    let people = People { room: &room, threads, parts: &parts, moderators, guests: &guests };
    let to_do = people.to_do(|at| flags[at].as_ref().is_none_or(|flag| !flag.flagged));
    record::publish(record::Meeting {
        chat,
        id,
        span,
        room: &room,
        moderators,
        guests: &guests,
        questions,
        parts: &parts,
        flags,
        here: judged.here,
        measured,
        to_do,
        known,
    })
}

/// Whether a scheduled meeting took place: at least two people wrote in its own hour. `posts` are
/// in order.
pub fn took_place(span: &Span, posts: &[&Seen]) -> bool {
    let begin = posts.partition_point(|seen| seen.at() < span.starts_at);
    let mut writers = posts[begin..]
        .iter()
        .take_while(|seen| seen.at() < span.ends_at)
        .filter(|seen| seen.post().is_original())
        .map(|seen| &seen.post().author.id);
    let Some(first) = writers.next() else { return false };
    writers.any(|writer| writer != first)
}

/// Publishes the posts of one ISO week outside meetings (in order).
pub fn outside(chat: &ChatName, id: SessionId, posts: &[Seen], known: &Known<'_>) -> Published {
    let room = Room::new(posts);
    let parts: Vec<Part> = posts
        .iter()
        .map(|seen| {
            let reposts = seen.post().kind == PostKind::Repost;
            Part::plain(if reposts { Role::Repost } else { Role::Talk }, None)
        })
        .collect();
    let judged = judge(chat, id, &room, &parts, &[], &[], known);
    let starts_at = id.starts_at();
    let ends_at = later(starts_at, WEEK);
    let span = Span {
        starts_at,
        ends_at,
        opens_at: starts_at,
        closes_at: ends_at,
        looked_until: ends_at,
        origin: colloquy_transcript::Origin::Discovered,
    };
    record::publish(record::Meeting {
        chat,
        id,
        span: &span,
        room: &room,
        moderators: &[],
        guests: &[],
        questions: &Questions::default(),
        parts: &parts,
        flags: judged.flags,
        here: judged.here,
        measured: Measured::default(),
        to_do: ToDo::default(),
        known,
    })
}

/// Who moderates, what they asked, and how the room labels.
fn inquire(
    room: &Room<'_>,
    threads: &Threads,
    span: &Span,
    known: &Known<'_>,
) -> (Vec<u32>, Questions, Convention) {
    let posts: Vec<&Seen> = room.posts.iter().collect();
    let stated = moderators::stated(room, known);
    let infer = !known.moderators_stated();
    let language = known.language();
    let said: FxHashMap<usize, Said> = posts
        .iter()
        .enumerate()
        .filter_map(|(at, seen)| Some((at, known.decisions.of_part(&seen.post().id)?)))
        .collect();
    let mut inquiry = inquiry::inquire(
        &posts,
        &room.author_of,
        &Stated { hosts: &stated, infer, language, said: &said },
    );
    if let Some(planned) = known.planned(span.starts_at) {
        let (mut stated, mut said) = (stated.clone(), said);
        for (at, number) in inquiry::planned(&posts, &inquiry, planned) {
            said.entry(at).or_insert(Said::Asks(number));
            stated.push(room.author(at));
        }
        stated.sort_unstable();
        inquiry = inquiry::inquire(
            &posts,
            &room.author_of,
            &Stated { hosts: &stated, infer, language, said: &said },
        );
    }
    let convention = inquiry.convention();
    let questions = Questions::new(room, convention, &inquiry.asked);
    let hosts = &inquiry.hosts;
    let moderators = moderators::moderators(room, threads, span, &stated, hosts, &questions, known);
    (moderators, questions, convention)
}

/// The verdict on every post with words of its own, and what the chat remembers of authors.
struct Judged {
    flags: Vec<Option<Flag>>,
    here: Here,
}

fn judge(
    chat: &ChatName,
    id: SessionId,
    room: &Room<'_>,
    parts: &[Part],
    moderators: &[u32],
    guests: &[u32],
    known: &Known<'_>,
) -> Judged {
    let roles: Vec<Role> = parts.iter().map(|part| part.role).collect();
    let before = |unit: SessionId| known.is_over(unit, id);
    let (policy, zone) = (known.policy(), known.zone());
    let mut flags: Vec<Option<Flag>> = room.posts.iter().map(|_| None).collect();
    let here = hijack::measure(room, &roles, id, chat.as_str(), known.memory, before, |at, it| {
        let (post, author) = (room.posts[at].post(), room.author(at));
        let mut circumstances = known.circumstances(post, parts[at].role, it.habits, &it.values);
        circumstances.wording = Some(it.wording);
        circumstances.in_session = id.is_meeting();
        circumstances.spared |=
            moderators.binary_search(&author).is_ok() || guests.binary_search(&author).is_ok();
        let terms = Terms::at(policy, post.created_at, &zone);
        flags[at] = Some(hijack::verdict(&terms, post, &circumstances));
    });
    Judged { flags, here }
}

/// The rows that participation counts: flagged posts are left out.
fn rows(room: &Room<'_>, parts: &[Part], flags: &[Option<Flag>]) -> Vec<Row> {
    let flagged = |at: usize| flags[at].as_ref().is_some_and(|flag| flag.flagged);
    (0..room.posts.len())
        .filter(|&at| !flagged(at))
        .map(|at| {
            let post = room.posts[at].post();
            Row {
                post: at,
                author: room.author(at),
                role: parts[at].role,
                question: parts[at].question,
                replies_to: room
                    .find(post.reply_to.as_ref())
                    .filter(|&it| !flagged(it))
                    .map(|it| room.author(it)),
                reposts_of: room
                    .find(post.repost_of.as_ref())
                    .filter(|&it| !flagged(it))
                    .map(|it| room.author(it)),
            }
        })
        .collect()
}

fn author_ids(room: &Room<'_>, authors: &[u32]) -> Vec<AuthorId> {
    let mut ids: Vec<AuthorId> =
        authors.iter().map(|&author| room.authors[author as usize].clone()).collect();
    ids.sort_unstable();
    ids
}

fn format_of(questions: &Questions) -> Format {
    if questions.asked.is_empty() { Format::Free } else { Format::Qa }
}

fn hash_of(published: &Published, room: &Room<'_>) -> u64 {
    let mut hash = Fingerprint::new();
    hash.session(&published.session);
    for (seen, annotation) in room.posts.iter().zip(&published.annotations) {
        hash.post(seen.post());
        hash.annotation(annotation);
    }
    for row in &published.participation {
        hash.participation(row);
    }
    for row in &published.attendance {
        hash.attendance(row);
    }
    hash.finish()
}
