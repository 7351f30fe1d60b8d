//! One oddity a file or folder, each with its expected account and, where it says so, posts.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use colloquy_fixtures::{Expectation, Expectations, ExpectedPost, SaidByUser, payloads_dir};
use colloquy_ingest::{
    Account, ChatTags, Field, FilePlan, Format, Input, ReadOptions, Silent, run_files,
};
use colloquy_journal::memory::MemoryJournal;
use colloquy_journal::{Content, Journal, Settings, TopicPartition};
use colloquy_transcript::{ChatName, GroundPost, PostId, Record, Tag, Topic};

use crate::support::folder;

#[test]
fn every_payload_is_counted_as_expected() {
    let expectations = Expectations::load().unwrap();
    assert!(expectations.0.len() > 130, "only {} payloads", expectations.0.len());
    let mut wrong = Vec::new();
    for (name, expected) in &expectations.0 {
        let (account, posts) = run(name, &expected.options);
        wrong.extend(differences(name, expected, &account, &posts));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a run over one payload alone counts and publishes.
fn run(name: &str, said: &SaidByUser) -> (Account, Vec<ExpectedPost>) {
    let scratch = folder();
    let columns = said.columns.iter();
    let plan = FilePlan {
        options: ReadOptions {
            zone: said.timezone.as_ref().map(|zone| jiff::tz::TimeZone::get(zone).unwrap()),
            columns: columns
                .map(|(field, name)| (Field::parse(field).unwrap(), name.clone()))
                .collect(),
            format: said.format.as_ref().map(|format| Format::parse(format).unwrap()),
        },
        inputs: vec![Input::Path(payloads_dir().join(name))],
        chats: vec![ChatTags {
            name: ChatName::new("gardenchat").unwrap(),
            tags: vec![Tag::new("gardenchat").unwrap()],
            platforms: Vec::new(),
        }],
        memory_bytes: 100_000_000,
        threads: 2,
        scratch: scratch.path().to_owned(),
    };
    let journal = MemoryJournal::new(&Settings { partitions: 1, ..Settings::default() });
    let account = run_files(&plan, &journal, &Silent, &AtomicBool::new(false)).unwrap();
    let posts = published(&journal);
    assert!(posts.is_sorted_by_key(|post| post.post.created_at), "{name} is out of order");
    let mut posts: Vec<ExpectedPost> = posts.iter().map(|post| told(post)).collect();
    // Posts of one second are in the order of their ids, and derived ones have none to expect.
    posts.sort_by(|a, b| (&a.created_at, &a.id, &a.text).cmp(&(&b.created_at, &b.id, &b.text)));
    (account, posts)
}

fn published(journal: &MemoryJournal) -> Vec<Arc<GroundPost>> {
    let at = TopicPartition { topic: Topic::Posts, partition: 0 };
    let mut posts = Vec::new();
    let mut take = |entry: colloquy_journal::Entry| match entry.content {
        Content::Record(Record::Post(post)) => posts.push(post),
        other => panic!("{other:?}"),
    };
    journal.read(at, 0, journal.end(at).unwrap(), &mut take).unwrap();
    posts
}

/// A post in the words of an expectation.
fn told(ground: &GroundPost) -> ExpectedPost {
    let post = &ground.post;
    let id = |id: &PostId| {
        let derived = id.as_str().starts_with("x:derived-");
        if derived { "x:derived-*".to_owned() } else { id.as_str().to_owned() }
    };
    ExpectedPost {
        id: id(&post.id),
        created_at: post.created_at.to_string(),
        author: post.author.id.as_str().to_owned(),
        kind: post.kind.as_str().to_owned(),
        text: post.text.clone(),
        reply_to: post.reply_to.as_ref().map(id),
        quote_of: post.quote_of.as_ref().map(id),
        repost_of: post.repost_of.as_ref().map(id),
    }
}

/// What is not as it should be, for a person.
fn differences(
    name: &str,
    expected: &Expectation,
    account: &Account,
    posts: &[ExpectedPost],
) -> Vec<String> {
    let total = &account.total;
    let found = colloquy_fixtures::Counts {
        received: total.received,
        accepted: total.accepted,
        unrelated: total.unrelated.iter().map(|(&kind, &n)| (kind.to_owned(), n)).collect(),
        duplicate: total.duplicate,
        rejected: total.rejected.clone(),
    };
    let format = account.files.first().map_or("", |file| file.format.as_str());
    let mut wrong = Vec::new();
    if found != expected.counts() || format != expected.format || !account.balances() {
        wrong.push(format!(
            "{name}\n  expected {} {:?}\n  found    {format} {found:?}\n  rejected {:?}",
            expected.format,
            expected.counts(),
            account.rejections
        ));
    }
    if !total.notes.iter().map(|(&note, &n)| (note.to_owned(), n)).eq(expected.notes.clone()) {
        wrong
            .push(format!("{name}\n  expected {:?}\n  found    {:?}", expected.notes, total.notes));
    }
    let mut truth = expected.posts.clone().unwrap_or_else(|| posts.to_vec());
    truth.sort_by(|a, b| (&a.created_at, &a.id, &a.text).cmp(&(&b.created_at, &b.id, &b.text)));
    if truth.len() == posts.len() {
        let pairs = truth.iter().zip(posts).filter(|(truth, post)| truth != post);
        wrong.extend(
            pairs.map(|(truth, post)| format!("{name}\n  expected {truth:?}\n  found    {post:?}")),
        );
    } else {
        wrong.push(format!("{name}\n  expected {truth:#?}\n  found    {posts:#?}"));
    }
    wrong
}
