#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, io::Write as _, path::Path, sync::Arc};

use colloquy_journal::{Content, Settings, TopicPartition, memory::MemoryJournal};
use colloquy_transcript::{
    ChatName, DeadLetter, GroundPost, Mark, Platform, Record, Standing, Tag, Topic,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::account::kind;
use crate::{ChatTags, Format, Input, Silent};

fn journal() -> MemoryJournal {
    MemoryJournal::new(&Settings {
        partitions: 3,
        memory_bytes_max: usize::MAX,
        ..Settings::default()
    })
}

fn plan(folder: &Path, inputs: Vec<Input>) -> FilePlan {
    let chat = |name: &str, tags: &[&str]| ChatTags {
        name: ChatName::new(name).unwrap(),
        tags: tags.iter().map(|tag| Tag::new(tag).unwrap()).collect(),
        platforms: Vec::new(),
    };
    FilePlan {
        options: crate::ReadOptions::default(),
        inputs,
        chats: vec![chat("garden", &["gardenchat", "gardening"]), chat("seeds", &["seedswap"])],
        memory_bytes: 400_000_000,
        threads: 2,
        scratch: folder.to_path_buf(),
    }
}

fn records(journal: &MemoryJournal, topic: Topic) -> Vec<Record> {
    let mut all = Vec::new();
    for partition in 0..journal.partitions() {
        let at = TopicPartition { topic, partition };
        let end = journal.end(at).unwrap();
        journal
            .read(at, 0, end, &mut |entry| match entry.content {
                Content::Record(record) => all.push(record),
                Content::Unreadable { reason, .. } => panic!("{reason}"),
            })
            .unwrap();
    }
    all
}

fn posts(journal: &MemoryJournal) -> Vec<Arc<GroundPost>> {
    records(journal, Topic::Posts)
        .into_iter()
        .map(|record| match record {
            Record::Post(post) => post,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn letters(journal: &MemoryJournal) -> Vec<DeadLetter> {
    records(journal, Topic::DeadLetters)
        .into_iter()
        .map(|record| match record {
            Record::DeadLetter(letter) => letter,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn run(plan: &FilePlan) -> (Account, MemoryJournal) {
    let journal = journal();
    let account = run_files(plan, &journal, &Silent, &AtomicBool::new(false)).unwrap();
    assert!(account.balances(), "{account:?}");
    assert_eq!(account.total.undecided, 0);
    assert_eq!(account.published, posts(&journal).len() as u64);
    (account, journal)
}

fn run_on(files: &[(&str, &[u8])]) -> (Account, MemoryJournal) {
    let folder = tempfile::tempdir().unwrap();
    let inputs = files.iter().map(|(name, bytes)| {
        fs::write(folder.path().join(name), bytes).unwrap();
        Input::Path(folder.path().join(name))
    });
    let inputs = inputs.collect();
    run(&plan(folder.path(), inputs))
}

fn x(id: u64, second: u64, text: &str, more: &Value) -> String {
    let mut value = json!({
        "id": id.to_string(), "author_id": (id % 7 + 1).to_string(), "text": text,
        "created_at": format!("2024-02-01T20:{:02}:{:02}Z", second / 60 % 60, second % 60)
    });
    for (key, field) in more.as_object().unwrap() {
        value[key] = field.clone();
    }
    value.to_string()
}

fn refers(kind: &str, id: u64) -> Value {
    json!({"referenced_tweets": [{"type": kind, "id": id.to_string()}]})
}

fn mastodon(server: &str, id: u64, uri: &str, reply: Option<u64>, text: &str) -> String {
    json!({
        "id": id.to_string(), "uri": uri, "created_at": "2024-02-01T20:30:00.000Z",
        "in_reply_to_id": reply.map(|id| id.to_string()), "content": format!("<p>{text}</p>"),
        "account": {"acct": "bea@home.example", "url": "https://home.example/@bea"},
        "mentions": [], "visibility": "public",
        "tags": [{"name": "other", "url": format!("https://{server}/tags/other")}]
    })
    .to_string()
}

/// Lines of every sort; ids and times are invented.
fn season() -> Vec<String> {
    let mut lines = Vec::new();
    for at in 0..120 {
        let text = match at % 6 {
            0 => "Q1: what grows? #GardenChat",
            1 => "A1: leeks &amp; peas #gardening",
            2 => "swap with me #seedswap #gardenchat",
            3 => "no tag at all",
            4 => "an answer without a tag",
            _ => "quoting without a tag",
        };
        let more = match at % 6 {
            // To a post with a tag, to one without, and round in circles.
            4 => refers("replied_to", 1000 + (at / 6) * 6 - at % 5),
            5 => refers("quoted", 1000 + at - 1),
            2 => refers("quoted", 1000 + at + 1),
            _ => json!({}),
        };
        lines.push(x(1000 + at, at / 2, text, &more));
        if at % 10 == 0 {
            let more = json!({"public_metrics": {"like_count": at}, "lang": "en"});
            lines.push(x(1000 + at, at / 2, text, &more));
        }
    }
    // An edit, and a reply to its second version.
    let edit = json!({"edit_history_tweet_ids": ["5000", "5001"]});
    lines.push(x(5001, 10, "edited #gardenchat", &edit));
    lines.push(x(5000, 5, "first #gardenchat", &edit));
    lines.push(x(5002, 20, "a reply", &refers("replied_to", 5001)));
    // The same status from two servers, replied to under both numbers.
    lines.push(mastodon("one.example", 11, "https://home.example/1", None, "Q2 #gardenchat"));
    lines.push(mastodon("two.example", 92, "https://home.example/1", None, "Q2 #gardenchat"));
    lines.push(mastodon("one.example", 12, "https://home.example/2", Some(11), "yes"));
    lines.push(mastodon("two.example", 93, "https://home.example/3", Some(92), "no"));
    lines.push(mastodon(
        "two.example",
        94,
        "https://home.example/4",
        Some(12),
        "lost: 12 is of the other server",
    ));
    // A post that is deleted later, an unknown deletion, and lines that are no posts.
    let record = json!({"text": "gone #gardenchat", "createdAt": "2024-02-01T20:00:00Z"});
    let event = |operation: &str, rkey: &str| {
        json!({
            "did": "did:plc:bea", "time_us": 1_706_817_700_000_000_u64, "kind": "commit",
            "commit": {"operation": operation, "collection": "app.bsky.feed.post", "rkey": rkey, "record": record}
        })
        .to_string()
    };
    lines.extend([
        event("create", "1"),
        event("create", "2"),
        event("delete", "1"),
        event("delete", "3"),
    ]);
    lines.push(String::new());
    lines.push("{\"id\":\"77\",\"text\":\"cut mid".to_owned());
    lines
}

fn joined(lines: &[String]) -> Vec<u8> {
    (lines.join("\n") + "\n").into_bytes()
}

/// The account, and the posts of each partition as they were published.
fn outcome(
    files: &[(&str, &[u8])],
    change: impl FnOnce(&mut FilePlan),
) -> (Account, Vec<Arc<GroundPost>>) {
    let folder = tempfile::tempdir().unwrap();
    let inputs = files.iter().map(|(name, bytes)| {
        fs::write(folder.path().join(name), bytes).unwrap();
        Input::Path(folder.path().join(name))
    });
    let mut plan = plan(folder.path(), inputs.collect());
    change(&mut plan);
    let (account, journal) = run(&plan);
    (account, posts(&journal))
}

fn find<'p>(posts: &'p [Arc<GroundPost>], id: &str) -> Vec<&'p GroundPost> {
    posts.iter().map(|post| &**post).filter(|post| post.post.id.native() == id).collect()
}

#[test]
fn every_row_is_accounted_for_and_posts_come_in_order() {
    let (account, posts) = outcome(&[("season.jsonl", &joined(&season()))], |_| {});
    let total = &account.total;
    assert_eq!(total.received, 120 + 12 + 3 + 5 + 4 + 2);
    assert_eq!(total.rejected.iter().collect::<Vec<_>>(), [(&"truncated JSON".to_owned(), &1)]);
    assert_eq!(total.duplicate, 12 + 1 + 1);
    assert_eq!(total.unrelated[kind::KEEP_ALIVE], 1);
    assert_eq!(total.unrelated[kind::DELETION], 2);
    assert_eq!(total.unrelated[kind::DELETED], 1);
    assert_eq!(account.rejections.len(), 1);
    assert_eq!(account.rejections[0].line, 146);
    assert!(posts.windows(2).all(|pair| {
        pair[0].chat != pair[1].chat || pair[0].post.order() < pair[1].post.order()
    }));
    // In two chats, once in each.
    let both = find(&posts, "1002");
    assert_eq!(both.len(), 2);
    // Without a tag: quoted by a post with one, so kept for the chats of that post.
    assert_eq!(find(&posts, "1003").len(), 2);
    // Deleted.
    assert!(find(&posts, "at://did:plc:bea/app.bsky.feed.post/1").is_empty());
    assert_eq!(find(&posts, "at://did:plc:bea/app.bsky.feed.post/2").len(), 1);
}

#[test]
fn a_chat_meets_only_on_its_platforms() {
    let status = |id: u64, reply: Option<u64>, text: &str| {
        mastodon("one.example", id, &format!("https://home.example/{id}"), reply, text)
    };
    let lines = [
        x(1001, 1, "Q1 #gardenchat", &json!({})),
        // Under the tag, on another platform; and a reply to it.
        status(11, None, "Q1 #gardenchat"),
        status(12, Some(11), "leeks"),
        // In both chats by its tags; seeds meet everywhere.
        status(13, None, "Q2 #seedswap #gardenchat"),
        // Kept for what it replies to.
        status(14, Some(13), "mine #gardenchat"),
    ];
    for memory_bytes in [400_000_000, 1] {
        let (account, posts) = outcome(&[("a.jsonl", &joined(&lines))], |plan| {
            plan.chats[0].platforms = vec![Platform::X];
            plan.memory_bytes = memory_bytes;
        });
        let mut kept: Vec<_> =
            posts.iter().map(|it| (it.chat.as_str(), it.post.id.as_str())).collect();
        kept.sort_unstable();
        assert_eq!(
            kept,
            [
                ("garden", "x:1001"),
                ("seeds", "mastodon:https://home.example/13"),
                ("seeds", "mastodon:https://home.example/14"),
            ]
        );
        let unrelated = &account.total.unrelated;
        assert_eq!((unrelated[kind::OTHER_PLATFORM], unrelated[kind::NO_TAG]), (1, 1));
    }
    // A post that stood under the chat before does not come back by that.
    let (_, all) = outcome(&[("a.jsonl", &joined(&lines))], |_| {});
    let mut bytes = Vec::new();
    let sent = all.iter().find(|it| it.post.id.native() == "https://home.example/12").unwrap();
    colloquy_transcript::wire::encode_post(sent, &mut bytes);
    bytes.push(b'\n');
    let (account, posts) = outcome(&[("replayed.jsonl", &bytes)], |plan| {
        plan.chats[0].platforms = vec![Platform::X];
    });
    assert!(posts.is_empty());
    assert_eq!(account.total.unrelated[kind::NO_TAG], 1);
}

#[test]
fn other_names_of_posts_are_resolved() {
    let (_, posts) = outcome(&[("season.jsonl", &joined(&season()))], |_| {});
    let edited = find(&posts, "5000")[0];
    assert_eq!(edited.post.text, "edited #gardenchat");
    let reply = find(&posts, "5002")[0];
    assert_eq!(reply.post.reply_to.as_ref().unwrap().native(), "5000");
    for id in ["https://home.example/2", "https://home.example/3"] {
        let reply = find(&posts, id)[0];
        assert_eq!(reply.post.reply_to.as_ref().unwrap().native(), "https://home.example/1");
    }
    assert!(find(&posts, "https://home.example/4").is_empty());
}

#[test]
fn a_deletion_of_a_later_version_takes_the_post() {
    let edit = json!({"edit_history_tweet_ids": ["5000", "5001"]});
    let lines = [
        r#"{"delete":{"status":{"id_str":"5001"}}}"#.to_owned(),
        x(5000, 5, "first #gardenchat", &edit),
        x(5001, 10, "edited #gardenchat", &edit),
        x(5002, 20, "another #gardenchat", &json!({})),
    ];
    let (account, posts) = outcome(&[("a.jsonl", &joined(&lines))], |_| {});
    assert_eq!(posts.iter().map(|post| post.post.id.native()).collect::<Vec<_>>(), ["5002"]);
    assert_eq!(account.total.unrelated[kind::DELETED], 1);
}

#[test]
fn rejected_lines_are_kept_whole() {
    let text = b"{\"id\":\"1\",\"author_id\":\"2\",\"text\":\"a #gardenchat\",\"created_at\":\"2024-02-01T20:00:00Z\"}\n\
        {\"id\":\"2\",\"text\":\"cu\n\xff\xfe nonsense\n\r\n{\"colour\":\"green\"}\n";
    let (account, journal) = run_on(&[("a.jsonl", text)]);
    let mut letters = letters(&journal);
    letters.sort_by_key(|letter| letter.position);
    let kept: Vec<_> =
        letters.iter().map(|letter| (letter.position, letter.bytes.as_slice())).collect();
    assert_eq!(
        kept,
        [
            (2, &b"{\"id\":\"2\",\"text\":\"cu"[..]),
            (3, b"\xff\xfe nonsense"),
            (5, b"{\"colour\":\"green\"}")
        ]
    );
    assert!(
        letters.iter().all(|letter| letter.source.ends_with("a.jsonl") && letter.stage == "decode")
    );
    assert!(letters[0].reason.starts_with("truncated JSON: "));
    assert_eq!(account.total.accepted, 1);
    assert_eq!(account.total.rejected_total(), 3);
    assert_eq!(account.rejections.iter().map(|at| at.line).collect::<Vec<_>>(), [2, 3, 5]);
}

#[test]
fn a_file_in_no_known_format_is_one_rejected_record() {
    let csv = b"what,why,when\n1,#gardenchat,now\n".repeat(10);
    let good = joined(&[x(1, 1, "#gardenchat", &json!({}))]);
    let (account, journal) = run_on(&[("a.csv", &csv), ("b.jsonl", &good), ("c.jsonl", b"")]);
    assert_eq!(account.files[0].format, Format::Unrecognised);
    assert_eq!(account.files[0].counts.rejected["unrecognised format"], 1);
    assert_eq!(account.files[1].counts.accepted, 1);
    assert_eq!(account.files[2].counts.received, 0);
    assert_eq!(letters(&journal)[0].bytes, csv);
}

#[test]
fn blank_lines_are_keep_alives_wherever_they_are() {
    let row = x(1, 1, "#gardenchat", &json!({}));
    let many = "\n".repeat(3 * 1024 * 1024) + &row + "\ncolour\n";
    for (text, blank, accepted, rejected) in [
        ("", 0, 0, 0),
        ("\u{feff}", 0, 0, 0),
        ("\n", 1, 0, 0),
        ("\r\n \t\n\n", 3, 0, 0),
        ("\n\n\n ", 4, 0, 0),
        (&format!("\n\n{row}\n\r\n{row}\n\n"), 4, 1, 0),
        (&many, 3 * 1024 * 1024, 1, 1),
    ] {
        let (account, _) = run_on(&[("a.jsonl", text.as_bytes())]);
        let total = &account.total;
        assert_eq!(total.unrelated.get(kind::KEEP_ALIVE).copied().unwrap_or(0), blank);
        assert_eq!((total.accepted, total.rejected_total()), (accepted, rejected));
    }
}

#[test]
fn compressed_files_are_read_and_a_cut_one_counts_as_far_as_it_goes() {
    // Noise, so that the streams have several blocks.
    let noise = |at: u64| {
        (at..at + 4)
            .map(|at| xxhash_rust::xxh3::xxh3_64(&at.to_le_bytes()))
            .fold(0_u64, u64::wrapping_add)
    };
    let text = |at: u64| {
        format!("{:x}{:x}{:x} #gardenchat", noise(at), noise(at + 9_999), noise(at + 99_999))
    };
    let lines: Vec<String> = (0..6000).map(|at| x(1000 + at, at, &text(at), &json!({}))).collect();
    let plain = joined(&lines);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::stream::encode_all(&plain[..], 1).unwrap();
    // By magic bytes: the names say nothing.
    let (account, _) = run_on(&[("a.jsonl", &gzip), ("b.gz", &zstd)]);
    assert_eq!((account.total.accepted, account.total.duplicate), (6000, 6000));
    for cut in [&gzip[..gzip.len() / 2], &zstd[..zstd.len() / 2], &gzip[..5]] {
        let (account, journal) = run_on(&[("cut.gz", cut)]);
        assert_eq!(account.total.rejected["read error"], 1, "{account:?}");
        assert_eq!(account.total.rejected_total(), 1);
        assert!(account.total.accepted > 0 || cut.len() == 5, "{} {account:?}", cut.len());
        assert_eq!(letters(&journal)[0].stage, "read");
    }
}

#[test]
fn marks_promise_nothing_that_is_not_there() {
    let lines: Vec<String> =
        (0..12_345).map(|at| x(100_000 + at, at / 10, "#gardenchat", &json!({}))).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, joined(&lines)).unwrap();
    let (_, journal) = run(&plan(folder.path(), vec![Input::Path(path)]));
    let posts = posts(&journal);
    let mut standings = Vec::new();
    for record in records(&journal, Topic::Coverage) {
        let Record::Mark(mark) = record else { panic!("{record:?}") };
        let Mark { partition, source, standing, through } = mark;
        assert_eq!(source, "file");
        let at = TopicPartition { topic: Topic::Posts, partition };
        match standing {
            Standing::Begun => assert_eq!(through, 0),
            Standing::Ended => assert_eq!(through, journal.end(at).unwrap()),
            Standing::CompleteUntil(until) if through > 0 => {
                let before = posts.iter().filter(|post| post.post.created_at <= until).count();
                assert!(
                    before as u64 <= through,
                    "{before} posts until {until}, {through} appended"
                );
                assert!(before > 0);
            }
            Standing::CompleteUntil(_) => {}
        }
        standings.push((partition, standing));
    }
    for partition in 0..3 {
        let own: Vec<_> =
            standings.iter().filter(|(of, _)| *of == partition).map(|(_, what)| *what).collect();
        assert_eq!(own.first(), Some(&Standing::Begun));
        assert_eq!(own.last(), Some(&Standing::Ended));
        assert_eq!(own.len(), 4, "{own:?}");
    }
}

#[test]
fn a_stopped_run_does_not_say_that_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, joined(&season())).unwrap();
    let journal = journal();
    let plan = plan(folder.path(), vec![Input::Path(path)]);
    let account = run_files(&plan, &journal, &Silent, &AtomicBool::new(true)).unwrap();
    assert!(account.stopped && account.balances());
    assert!(
        records(&journal, Topic::Coverage).iter().all(|record| {
            matches!(record, Record::Mark(Mark { standing: Standing::Begun, .. }))
        })
    );
}

#[test]
fn folders_are_walked_and_hidden_files_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    fs::create_dir_all(root.join("deep/.hidden")).unwrap();
    let line = |id| joined(&[x(id, 1, "#gardenchat", &json!({}))]);
    for (name, id) in
        [("b.jsonl", 1), ("deep/a.jsonl", 2), (".c.jsonl", 3), ("deep/.hidden/d.jsonl", 4)]
    {
        fs::write(root.join(name), line(id)).unwrap();
    }
    let (account, _) = run(&plan(folder.path(), vec![Input::Path(root.clone())]));
    let names: Vec<_> = account
        .files
        .iter()
        .map(|file| file.name.strip_prefix(root.to_str().unwrap()).unwrap())
        .collect();
    assert_eq!(names, ["/b.jsonl", "/deep/a.jsonl"]);
    let journal = journal();
    let missing = plan(folder.path(), vec![Input::Path(root.join("missing"))]);
    let error = run_files(&missing, &journal, &Silent, &AtomicBool::new(false)).unwrap_err();
    assert!(matches!(error, IngestError::Input { .. }));
    let empty = plan(folder.path(), vec![Input::Path(root.join("deep/.hidden/none"))]);
    fs::create_dir(root.join("deep/.hidden/none")).unwrap();
    let error = run_files(&empty, &journal, &Silent, &AtomicBool::new(false)).unwrap_err();
    assert!(matches!(error, IngestError::NoInput));
}

#[test]
fn json_lists_and_documents_are_read_like_lines() {
    let lines: Vec<String> =
        (0..50).map(|at| x(1000 + at, at, "#gardenchat", &json!({}))).collect();
    let values: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let page = json!({"data": values, "meta": {}});
    let (_, expected) = outcome(&[("a", &joined(&lines))], |_| {});
    for text in [
        serde_json::to_vec(&values).unwrap(),
        serde_json::to_vec_pretty(&values).unwrap(),
        serde_json::to_vec(&page).unwrap(),
        serde_json::to_vec_pretty(&page).unwrap(),
        [b"\xef\xbb\xbf", joined(&lines).as_slice()].concat(),
        lines.join("\r\n").into_bytes(),
    ] {
        let (account, posts) = outcome(&[("a", &text)], |_| {});
        assert_eq!(posts, expected, "{account:?}");
    }
}

/// What `cat` makes of files that a program on Windows wrote.
#[test]
fn a_mark_between_two_files_is_no_part_of_a_row() {
    let post = |id: u64| x(id, id, "A1 #gardenchat", &json!({}));
    let lines = format!("\u{feff}{}\n\u{feff}{}\n\u{feff}", post(1), post(2));
    let pages = format!("\u{feff}[\n{}\n]\n\u{feff}[\n{}\n]\n", post(1), post(2));
    let row = |id: u64| format!("{id},2024-02-01T20:00:00Z,bea,A1 #gardenchat");
    let header = "\u{feff}\"id\",created_at,user,text";
    let table = format!("{header}\n{}\n{header}\n{}\n", row(1), row(2));
    let mixed = format!("{header}\n{}\n\u{feff}{}\n", row(1), post(2));
    for bytes in [lines, pages, table, mixed] {
        let (account, journal) = run_on(&[("marked", bytes.as_bytes())]);
        assert_eq!(letters(&journal), [], "{bytes}");
        assert_eq!((account.total.accepted, account.total.duplicate), (2, 0), "{bytes}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Order, split, repeats, threads and memory change nothing of what is published.
    #[test]
    fn the_outcome_is_a_function_of_the_set_of_lines(
        lines in Just(season()).prop_shuffle(),
        again in prop::collection::vec(0..100_usize, 0..12),
        cuts in prop::collection::vec(0..100_usize, 0..4),
        threads in 1..4_usize,
        // Everything in memory; runs of some rows; a run per row, merged in several goes.
        memory_bytes in prop::sample::select(vec![400_000_000_usize, 20_000, 1_000]),
    ) {
        let (first, expected) = outcome(&[("season", &joined(&season()))], |_| {});
        let mut lines = lines;
        let extra = again.len();
        for at in again {
            // Repeats of what is a post: keep-alives and rejected lines count each time.
            if let Some(line) = lines.iter().filter(|line| line.contains("\"author_id\"")).nth(at).cloned() {
                lines.insert(at, line);
            }
        }
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(lines.len())).collect();
        cuts.sort_unstable();
        let mut files = Vec::new();
        let mut from = 0;
        for (at, cut) in cuts.into_iter().chain([lines.len()]).enumerate() {
            files.push((format!("{at}.jsonl"), joined(&lines[from..cut])));
            from = cut;
        }
        let files: Vec<(&str, &[u8])> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let (account, posts) = outcome(&files, |plan| {
            plan.threads = threads;
            plan.memory_bytes = memory_bytes;
        });
        prop_assert_eq!(posts, expected);
        prop_assert_eq!(account.total.accepted, first.total.accepted);
        prop_assert_eq!(account.total.duplicate, first.total.duplicate + extra as u64);
    }

    /// Broken bytes are rejected or read, never a panic, and the account adds up.
    #[test]
    fn broken_bytes_are_accounted_for(
        lines in Just(season()).prop_shuffle(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u32), 0..60),
        cut in any::<prop::sample::Index>(),
        junk in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = joined(&lines);
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let (account, _) = run_on(&[("broken", &bytes), ("junk", &junk)]);
        prop_assert!(account.balances());
    }
}

#[path = "damaged_tests.rs"]
mod damaged;
#[path = "letter_tests.rs"]
mod letters_again;
