//! What a verdict on hijacking costs, near duplicates and the room's words included.
//!
//! `cargo bench --bench hijack` prints the time for one week of an invented room, and for each post
//! of it: the elements of criterion's throughput are posts. Memory comes from the allocator that the
//! program is shipped with (`src/main.rs`): with that of the system a post takes 4 % more instructions.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use colloquy_analyze::hijack::{self, Arrivals, Circumstances, Measured, Memory, TOGETHER, Terms};
use colloquy_analyze::seen::{Room, Seen};
use colloquy_fixtures::{People, Season, SeasonPlan, Week};
use colloquy_transcript::{
    Author, AuthorId, ChatName, GroundPost, Platform, Post, PostId, PostKind, Role, SessionId,
    Timestamp,
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A room of the size that is timed with whole runs.
const POSTS: u64 = 250_000;
/// Weeks that authors are remembered of.
const WEEKS_BEFORE: usize = 8;

/// Somebody of whom nobody decided anything.
fn stranger(role: Role, measured: &Measured) -> Circumstances {
    Circumstances {
        role,
        habits: measured.habits,
        values: measured.values,
        wording: Some(measured.wording),
        in_session: false,
        attended_before: 0,
        spared: false,
        decided: None,
        decided_post: None,
    }
}

/// A week as the analysis sees it.
#[derive(Clone)]
struct Seats {
    id: SessionId,
    posts: Vec<Seen>,
    roles: Vec<Role>,
}

impl Seats {
    fn new(week: &Week, people: &People) -> Self {
        let wanted: Vec<usize> =
            (0..week.posts.len()).filter(|&at| week.posts[at].wanted).collect();
        let ids: HashMap<usize, PostId> = wanted
            .iter()
            .map(|&at| (at, PostId::new(Platform::X, &week.posts[at].id.to_string())))
            .collect();
        let posts: Vec<Seen> = wanted.iter().map(|&at| seen(week, people, &ids, at)).collect();
        let roles = wanted.iter().map(|&at| role(week.posts[at].meant.role)).collect();
        Self { id: SessionId::outside(posts[0].at()), posts, roles }
    }
}

fn role(meant: &str) -> Role {
    match meant {
        "question" => Role::Question,
        "answer" => Role::Answer,
        "moderation" => Role::Moderation,
        "repost" => Role::Repost,
        _ => Role::Talk,
    }
}

fn seen(week: &Week, people: &People, ids: &HashMap<usize, PostId>, at: usize) -> Seen {
    let it = &week.posts[at];
    let person = people.get(it.author);
    let mut author = Author::unknown(AuthorId::new(Platform::X, &person.id.to_string()));
    author.handle = Some(person.handle.as_str().into());
    author.name = Some(person.name.as_str().into());
    let name = &person.name;
    author.bio = Some(format!(
        "{name}. Allotment holder and baker. Opinions my own, seeds shared by {name}"
    ));
    author.followers = Some(person.followers);
    author.following = Some(person.following);
    author.posts = Some(person.posts);
    author.created_at = Timestamp::from_millisecond(person.created_ms).ok();
    let created_at = Timestamp::from_millisecond(it.at_ms).unwrap();
    let mut post = Post::original(ids[&at].clone(), created_at, author, it.text.clone());
    let marked = |sign: char| {
        let tokens = it.text.split_whitespace().filter_map(move |token| token.strip_prefix(sign));
        tokens.map(|name| name.trim_end_matches([',', '.', '!', '?']).into()).collect()
    };
    (post.hashtags, post.mentions) = (marked('#'), marked('@'));
    let links = it.text.split_whitespace().filter(|token| token.contains("://"));
    post.urls = links.map(str::to_owned).collect();
    post.source_app = Some(person.app.into());
    let id = |place: Option<usize>| place.and_then(|place| ids.get(&place).cloned());
    (post.reply_to, post.repost_of) = (id(it.reply_to), id(it.repost_of));
    post.kind = match (&post.reply_to, it.repost_of) {
        (_, Some(_)) => PostKind::Repost,
        (Some(_), None) => PostKind::Reply,
        (None, None) => PostKind::Original,
    };
    let chat = ChatName::new("gardenchat").unwrap();
    Seen::new(0, Arc::new(GroundPost { chat, post }))
}

/// Weeks before the one that is judged, and that one.
fn weeks() -> (Memory, Seats) {
    let plan = SeasonPlan { posts: POSTS, mastodon_percent: 0, ..SeasonPlan::default() };
    let mut season = Season::new(plan);
    let mut memory = Memory::default();
    for _ in 0..WEEKS_BEFORE {
        let week = season.next_week().unwrap();
        let seats = Seats::new(&week, season.people());
        let room = Room::new(&seats.posts);
        let (roles, id) = (&seats.roles, seats.id);
        let here = hijack::measure(&room, roles, id, "gardenchat", &memory, |_| true, |_, _| ());
        here.remember(id, &mut memory);
    }
    let week = season.next_week().unwrap();
    (memory, Seats::new(&week, season.people()))
}

fn final_verdicts(seats: &Seats, memory: &Memory) -> usize {
    let (room, roles) = (Room::new(&seats.posts), &seats.roles);
    let mut flagged = 0;
    hijack::measure(
        &room,
        roles,
        seats.id,
        "gardenchat",
        memory,
        |_| true,
        |at, measured| {
            let circumstances = stranger(roles[at], measured);
            let flag = hijack::verdict(&Terms::default(), seats.posts[at].post(), &circumstances);
            flagged += usize::from(flag.flagged);
        },
    );
    flagged
}

/// So many posts come at once.
fn at_arrival(seats: &Seats, memory: &Memory, at_once: usize) -> usize {
    let originals = seats.posts.iter().zip(&seats.roles).filter(|(it, _)| it.post().is_original());
    let posts: Vec<(&Seen, Role)> = originals.map(|(seen, &role)| (seen, role)).collect();
    let (mut arrivals, mut flagged) = (Arrivals::default(), 0);
    for posts in posts.chunks(at_once) {
        arrivals.measure(
            posts,
            "gardenchat",
            memory,
            |_, _| true,
            |at, measured| {
                let (seen, role) = posts[at];
                let circumstances = stranger(role, measured);
                let flag = hijack::verdict(&Terms::default(), seen.post(), &circumstances);
                flagged += usize::from(flag.flagged);
            },
        );
    }
    flagged
}

/// As a service does it that has something to catch up with.
fn both(unread: &Seats, memory: &Memory) -> usize {
    at_arrival(unread, memory, TOGETHER) + final_verdicts(unread, memory)
}

fn verdicts(criterion: &mut Criterion) {
    let (memory, seats) = weeks();
    let mut group = criterion.benchmark_group("hijack");
    group.throughput(Throughput::Elements(seats.posts.len() as u64)).sample_size(20);
    group.bench_function("final", |bench| {
        bench.iter(|| black_box(final_verdicts(&seats, &memory)));
    });
    // Posts that nobody read yet, each time: what is read at arrival stays with them.
    group.bench_function("at arrival", |bench| {
        bench.iter_batched_ref(
            || seats.clone(),
            |unread| black_box(at_arrival(unread, &memory, TOGETHER)),
            BatchSize::PerIteration,
        );
    });
    // As in a room in which somebody speaks now and then: what that costs, nobody waits for.
    group.bench_function("at arrival, one by one", |bench| {
        bench.iter_batched_ref(
            || seats.clone(),
            |unread| black_box(at_arrival(unread, &memory, 1)),
            BatchSize::PerIteration,
        );
    });
    // As a service does it: the same posts judged at arrival, and in the end from what was read then.
    group.bench_function("together", |bench| {
        bench.iter_batched_ref(
            || seats.clone(),
            |unread| black_box(both(unread, &memory)),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, verdicts);
criterion_main!(benches);
