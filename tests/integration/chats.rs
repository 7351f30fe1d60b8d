//! Chats of many manners through `colloquy run`, scored against what a careful reader says of them.
//!
//! Every chat of `colloquy_fixtures::chats` is run by itself, with nothing but its name and tags.
//! What is found is compared with the reader's word, printed chat by chat, and summed up: the
//! sums are what the test holds. To look at one: `cargo run -p colloquy-fixtures -- chats --out
//! DIR`, and `COLLOQUY_TEST_CHATS=name cargo test --test integration chats -- --nocapture`.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use colloquy_fixtures::chats::{Chat, chats};

use crate::support::{colloquy, expect_code, folder};

#[path = "chats/lake.rs"]
mod lake;
#[path = "chats/score.rs"]
mod score;

use lake::Lake;
use score::Score;

/// Chats that are run at a time.
const THREADS: usize = 2;

#[test]
#[expect(
    clippy::print_stdout,
    reason = "how each chat went is worth reading when all is well, too"
)]
fn chats_of_many_manners_are_read_as_a_reader_does() {
    let only = std::env::var("COLLOQUY_TEST_CHATS").unwrap_or_default();
    let mut chats = chats().unwrap();
    chats.retain(|chat| chat.name.contains(&only));
    let scores = scores(&chats);
    let mut sum = Score::default();
    let mut report = String::new();
    for (chat, score) in chats.iter().zip(&scores) {
        writeln!(report, "{}", score.told(&chat.name)).unwrap();
        sum.add(score);
    }
    writeln!(report, "\n{}", sum.told("all chats")).unwrap();
    print!("{report}");
    let failures = sum.failures();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The score of every chat, in their order.
fn scores(chats: &[Chat]) -> Vec<Score> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((place, chat)) = {
            let place = next.fetch_add(1, Ordering::Relaxed);
            chats.get(place).map(|chat| (place, chat))
        } {
            done.push((place, Score::of(chat, &run(chat))));
        }
        done
    };
    let mut scores = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    scores.sort_by_key(|(place, _)| *place);
    scores.into_iter().map(|(_, score)| score).collect()
}

/// What the program makes of a chat of which it knows name and tags.
fn run(chat: &Chat) -> Lake {
    let home = folder();
    let archive = home.path().join("posts.jsonl");
    std::fs::write(&archive, chat.posts_jsonl()).unwrap();
    let mut command = colloquy();
    command.arg("run").arg(&archive).arg("--chat").arg(&chat.tags[0]);
    for tag in &chat.tags {
        command.arg("--tag").arg(tag);
    }
    let output = command.arg("--out").arg(home.path().join("out")).output().unwrap();
    expect_code(&output, 0);
    Lake::read(&home.path().join("out/lake"))
}
