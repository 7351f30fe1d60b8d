//! Every figure of the lake, counted a second time by a script that knows only what it means.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::support::{colloquy, expect_code, folder, run, season, stdout};

/// Fails with every difference between the lake's figures and those of `recompute.py`; the number
/// of rows that were compared.
fn recompute(lake: &Path, options: &[&str]) -> usize {
    let python =
        std::env::var("COLLOQUY_TEST_PYTHON").expect("COLLOQUY_TEST_PYTHON names a Python");
    let output = Command::new(python)
        .arg("tests/python/recompute.py")
        .arg(lake)
        .args(options)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let rows = told.lines().map(|line| line.split_whitespace().nth(1).unwrap());
    rows.map(|rows| rows.parse::<usize>().unwrap()).sum()
}

#[test]
#[ignore = "needs Python with tests/python/requirements.txt: set COLLOQUY_TEST_PYTHON"]
fn figures_of_the_season_are_the_same_when_counted_again() {
    let out = folder();
    run(&[season()], out.path());
    let rows = recompute(&out.path().join("lake"), &[]);
    assert!(rows > 1_000, "only {rows} rows");
}

#[test]
#[ignore = "needs Python with tests/python/requirements.txt: set COLLOQUY_TEST_PYTHON"]
fn figures_of_odd_rooms_are_the_same_when_counted_again() {
    for seed in 0..3 {
        let out = folder();
        let archive = out.path().join("odd.jsonl");
        std::fs::write(&archive, OddSeason::new(seed).write()).unwrap();
        let said = stdout(&run(&[archive], &out.path().join("out")));
        let total = said.lines().find(|line| line.starts_with("total")).unwrap();
        let flags: u64 = total.split_whitespace().last().unwrap().parse().unwrap();
        assert!(flags > 5, "only {flags} flags in season {seed}");
        let rows = recompute(&out.path().join("out/lake"), &[]);
        assert!(rows > 80, "only {rows} rows of season {seed}");
    }
}

#[test]
#[ignore = "needs Python with tests/python/requirements.txt: set COLLOQUY_TEST_PYTHON"]
fn figures_are_the_same_where_registry_and_moderators_have_a_say() {
    let place = folder();
    let (archive, config) = (place.path().join("odd.jsonl"), place.path().join("chats.toml"));
    let season = OddSeason::new(3).write();
    std::fs::write(&archive, &season).unwrap();
    std::fs::write(&config, REGISTRY).unwrap();
    let out = place.path().join("out");
    let decide = |subject: &str, verdict: &str| {
        let mut command = colloquy();
        command.args(["decide", subject, verdict, "--chat", "gardenchat", "--out"]).arg(&out);
        expect_code(&command.output().unwrap(), 0);
    };
    // Half of the offers are cleared, and every tenth answer under A1 misuses the tag.
    let posts: Vec<Value> =
        season.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let saying = |start: &'static str| {
        posts.iter().filter(move |post| post["text"].as_str().unwrap().starts_with(start))
    };
    std::fs::create_dir(&out).unwrap();
    for offer in saying("Shop now").step_by(2) {
        decide(offer["id"].as_str().unwrap(), "not-hijack");
    }
    for answer in saying("A1: ").step_by(10) {
        decide(answer["id"].as_str().unwrap(), "hijack");
    }
    let mut command = colloquy();
    command.arg("run").arg(&archive).arg("--config").arg(&config).arg("--out").arg(&out);
    expect_code(&command.output().unwrap(), 0);
    let rows = recompute(&out.join("lake"), &["--begun", "gardenchat"]);
    assert!(rows > 80, "only {rows} rows");
}

/// A host, a guest of one evening and the day on which the chat began.
const REGISTRY: &str = r#"
[[chat]]
name = "gardenchat"
tags = ["gardenchat"]
moderators = ["bea"]
begins = "2025-01-01"

[[chat.guests]]
date = "2025-01-15"
handles = ["dora"]

[chat.schedule]
rrule = "FREQ=WEEKLY;BYDAY=WE"
start = "2025-01-08T20:00"
zone = "UTC"
minutes = 60
"#;

/// Weeks in a row, so that some are first-timers, some return and some are regulars.
const WEEKS: i64 = 8;
/// Wednesday 8 January 2025, 20:00 UTC, in seconds since 1970.
const FIRST: i64 = 1_736_366_400;
/// Who writes. Bluesky mentions by id, one handle changes every week, two people go by one handle,
/// one only passes on, and the last two sell, under new accounts every week.
const PEOPLE: [(&str, &str); 14] = [
    ("x:100", "Bea"),
    ("x:101", "cleo"),
    ("x:102", "dora"),
    ("x:103", "emil_%"),
    ("x:104", "fern"),
    ("x:105", "fern"),
    ("x:@gus", "gus"),
    ("bluesky:did:plc:hazel", "hazel.example.org"),
    ("bluesky:did:plc:ivo", "ivo.example.org"),
    ("mastodon:june@garden.example", "june@garden.example"),
    ("mastodon:kit@garden.example", "kit"),
    ("x:111", "lily"),
    ("x:5000", "shed_deals"),
    ("x:6000", "best_spades"),
];

/// Places among [`PEOPLE`].
const PASSES_ON: usize = 11;
const SELLS_FROM: usize = 12;

/// A chat in which everything happens that makes counting hard: replies to oneself, reposts of own
/// and of flagged posts, answers before their question, a question nobody answers, posts on the
/// border of a minute and of one second, unknown and huge numbers of likes.
struct OddSeason {
    dice: ChaCha8Rng,
    posts: Vec<Value>,
}

impl OddSeason {
    fn new(seed: u64) -> Self {
        Self { dice: ChaCha8Rng::seed_from_u64(seed), posts: Vec::new() }
    }

    /// The archive, one post a line, as Colloquy writes posts itself.
    fn write(mut self) -> String {
        for week in 0..WEEKS {
            self.evening(week);
        }
        let mut lines = String::new();
        for post in &self.posts {
            writeln!(lines, "{post}").unwrap();
        }
        lines
    }

    fn evening(&mut self, week: i64) {
        let start = FIRST + week * 7 * 86_400;
        let first = self.posts.len();
        for question in 1..=4 {
            let asked = start + 600 * question - 300;
            let text = format!("Q{question}: what do your beds need in month number {question}?");
            self.post(week, asked, 0, &text);
            // Whoever asks is a host by what the room makes of it; nobody answers the last one.
            for (minutes, person) in (1..).zip([1, 2, 3]).filter(|_| question < 4) {
                self.post(week, asked + 60 * minutes, person, &format!("A{question}: hay"));
            }
        }
        // Not everybody comes every week.
        let people: Vec<usize> = (0..PEOPLE.len()).filter(|_| self.dice.random_bool(0.7)).collect();
        for _ in 0..self.dice.random_range(30..120) {
            let person = *people.choose(&mut self.dice).unwrap_or(&1);
            let after = self.dice.random_range(-200..4_000);
            let at = start + if self.dice.random_bool(0.3) { after / 60 * 60 } else { after };
            let text = self.words(person);
            self.post(week, at, person, &text);
            self.relate(first, person);
        }
    }

    fn words(&mut self, person: usize) -> String {
        if person >= SELLS_FROM {
            return "Shop now, 20% off every spade https://shop.example/deal".to_owned();
        }
        let number = self.dice.random_range(1..4);
        match self.dice.random_range(0..5) {
            0 => format!("A{number}: straw, and more straw"),
            1 => format!("A{number} and A{}: compost", number % 3 + 1),
            2 => "I lay old wool around every single lettuce and never lose one".to_owned(),
            _ => "So true".to_owned(),
        }
    }

    /// Adds a post with words of its own.
    fn post(&mut self, week: i64, at: i64, person: usize, text: &str) {
        let (id, handle) = PEOPLE[person];
        let number = if person >= SELLS_FROM { week.to_string() } else { String::new() };
        let handle = if id == "x:101" { format!("{handle}{week}") } else { handle.to_owned() };
        let platform = id.split(':').next().unwrap();
        let mentions: Vec<String> =
            (0..self.dice.random_range(0..3)).map(|_| self.mention(platform, week)).collect();
        let mut post = json!({
            "v": 1, "kind": "post", "chat": "gardenchat",
            "id": format!("{platform}:{}", 1_000_000 + self.posts.len()),
            "created_at_us": at * 1_000_000, "author": {"id": format!("{id}{number}"), "handle": handle},
            "text": text, "lang": "en", "post_kind": "original", "hashtags": ["gardenchat"],
            "mentions": mentions,
        });
        if text.contains("https://") {
            post["urls"] = json!(["https://shop.example/deal"]);
        }
        let likes = [None, Some(0), Some(3), Some(5_000_000_000_u64)];
        if let Some(likes) = likes.choose(&mut self.dice).unwrap() {
            post["like_count"] = json!(likes);
        }
        self.posts.push(post);
    }

    /// A name as the platform writes mentions, mostly of its own people.
    fn mention(&mut self, platform: &str, week: i64) -> String {
        let everywhere = self.dice.random_bool(0.2);
        let people: Vec<_> =
            PEOPLE.iter().filter(|(id, _)| everywhere || id.starts_with(platform)).collect();
        match **people.choose(&mut self.dice).unwrap() {
            ("x:101", _) => format!("Cleo{week}"),
            (id, handle) => id.strip_prefix("bluesky:").unwrap_or(handle).to_owned(),
        }
    }

    /// Makes the newest post a reply, a quote, both or a repost of one of the evening, its own
    /// author's and flagged ones included.
    fn relate(&mut self, first: usize, person: usize) {
        let newest = self.posts.len() - 1;
        let (to, other) =
            (self.dice.random_range(first..newest), self.dice.random_range(first..newest));
        // A seller whom somebody talks to takes part: people only pass the offers on.
        let sells = self.posts[to].get("urls").is_some() || self.posts[other].get("urls").is_some();
        let [to, other] = [to, other].map(|at| self.posts[at]["id"].clone());
        let post = &mut self.posts[newest];
        let way = match person {
            SELLS_FROM.. => 4,
            PASSES_ON => 3,
            _ if sells => 3,
            _ => self.dice.random_range(0..6),
        };
        match way {
            0 | 1 => {
                post["post_kind"] = json!("reply");
                post["reply_to"] = to;
            }
            2 => {
                post["post_kind"] = json!("quote");
                post["quote_of"] = to;
                if self.dice.random_bool(0.5) {
                    post["reply_to"] = other;
                }
            }
            3 => {
                post["post_kind"] = json!("repost");
                post["repost_of"] = to;
            }
            _ => {}
        }
    }
}
