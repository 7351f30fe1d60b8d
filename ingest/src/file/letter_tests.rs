//! Letters as inputs, and posts as Colloquy itself writes them.

use colloquy_transcript::wire;

use super::*;

fn letter(source: &str, position: u64, context: &str, bytes: &str) -> Input {
    Input::Letter(Arc::new(DeadLetter {
        source: source.into(),
        position,
        stage: "decode".into(),
        reason: "truncated JSON: it was".to_owned(),
        context: context.as_bytes().to_vec(),
        bytes: bytes.as_bytes().to_vec(),
        digest: 0,
    }))
}

/// The wire lines of posts in a journal, each under `chat` where one is named.
fn lines(posts: &[Arc<GroundPost>], chat: Option<&str>) -> String {
    let mut out = Vec::new();
    for post in posts {
        let mut post = GroundPost::clone(post);
        post.chat = chat.map_or(post.chat, |chat| ChatName::new(chat).unwrap());
        wire::encode_post(&post, &mut out);
        out.push(b'\n');
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn a_letter_counts_its_lines_from_where_it_stood() {
    let folder = tempfile::tempdir().unwrap();
    let good = x(1, 0, "Q1 #gardenchat", &json!({}));
    let inputs = vec![
        letter("a.jsonl", 7, "", &good),
        letter("a.jsonl", 9, "", "{\"id\":\"2\",\"text\":\"x\",\"author_id\":\"1\""),
        letter("b.csv", 40, "id,text\r\n", "3,no time"),
        letter("c.jsonl", 1, "", &format!("{good}\nnothing\n")),
    ];
    let (account, journal) = run(&plan(folder.path(), inputs));
    assert_eq!((account.total.accepted, account.total.duplicate), (1, 1));
    let rejected: Vec<(String, u64)> = letters(&journal)
        .into_iter()
        .map(|letter| (letter.source.to_string(), letter.position))
        .collect();
    let mut expected = vec![("a.jsonl".into(), 9), ("b.csv".into(), 40), ("c.jsonl".into(), 2)];
    expected.sort();
    let mut rejected = rejected;
    rejected.sort();
    assert_eq!(rejected, expected);
}

#[test]
fn a_letter_belongs_to_conversations_that_are_in_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let answer = x(2, 5, "an answer without a tag", &refers("replied_to", 1));
    let stranger = x(3, 6, "to nobody known", &refers("replied_to", 99));
    let question = folder.path().join("question.jsonl");
    fs::write(&question, x(1, 0, "Q1 #seedswap", &json!({}))).unwrap();
    let journal = journal();
    let stop = AtomicBool::new(false);
    let publish =
        |inputs| run_files(&plan(folder.path(), inputs), &journal, &Silent, &stop).unwrap().total;
    publish(vec![Input::Path(question)]);
    let total =
        publish(vec![letter("a.jsonl", 1, "", &answer), letter("a.jsonl", 2, "", &stranger)]);
    assert_eq!((total.accepted, total.unrelated_total()), (1, 1));
    let answers: Vec<_> =
        posts(&journal).into_iter().filter(|post| post.post.id.native() == "2").collect();
    assert_eq!(answers[0].chat.as_str(), "seeds");
}

/// What was published, written down, and read again gives the same posts under the same chats: by
/// their tags where they have any, else by the chat they were under, if anybody looks for it.
#[test]
fn our_own_posts_come_back_as_they_went() {
    let season = season().join("\n");
    let (_, journal) = run_on(&[("season.jsonl", season.as_bytes())]);
    let before = posts(&journal);
    let written = lines(&before, None);
    let (account, again) = run_on(&[("replayed.jsonl", written.as_bytes())]);
    assert_eq!(account.files[0].format, Format::Colloquy);
    assert_eq!(posts(&again), before);
    assert_eq!(account.total.unrelated_total() + account.total.rejected_total(), 0);

    // Beside the archive they change nothing: they are its own duplicates.
    let (account, both) =
        run_on(&[("replayed.jsonl", written.as_bytes()), ("season.jsonl", season.as_bytes())]);
    assert_eq!(posts(&both), before);
    assert!(account.total.duplicate > 0);
}

#[test]
fn our_own_posts_without_a_tag_need_a_chat_that_is_looked_for() {
    let untagged = x(5, 0, "no tag", &refers("replied_to", 1));
    let (_, journal) = run_on(&[("a.jsonl", x(5, 0, "#gardenchat", &json!({})).as_bytes())]);
    let mut post = GroundPost::clone(&posts(&journal)[0]);
    "no tag".clone_into(&mut post.post.text);
    let of = |chat: &str| lines(&[Arc::new(post.clone())], Some(chat));
    for (files, accepted) in [
        (vec![("r.jsonl", of("seeds"))], 1),
        (vec![("r.jsonl", of("elsewhere"))], 0),
        (vec![("r.jsonl", of("seeds")), ("a.jsonl", untagged.clone())], 1),
        (vec![("r.jsonl", of("elsewhere")), ("a.jsonl", untagged.clone())], 0),
    ] {
        let files: Vec<(&str, &[u8])> =
            files.iter().map(|(name, lines)| (*name, lines.as_bytes())).collect();
        let (account, journal) = run_on(&files);
        assert_eq!(account.total.accepted, accepted, "{account:?}");
        assert!(posts(&journal).iter().all(|post| post.chat.as_str() == "seeds"));
    }
}

#[test]
fn what_is_no_post_of_ours_is_rejected() {
    let (account, _) = run_on(&[(
        "replayed.jsonl",
        b"{\"v\":9,\"kind\":\"post\",\"chat\":\"a\",\"id\":\"x:1\",\"created_at_us\":0}\n{\"v\":1,\"kind\":\"post\",\"chat\":\"a\",\"id\":\"x:1\",\"created_at_us\":0,",
    )]);
    let classes: Vec<&str> = account.total.rejected.keys().map(String::as_str).collect();
    assert_eq!(classes, ["truncated JSON", "unexpected shape"]);
}
