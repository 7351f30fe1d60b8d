//! What was rejected: listed, shown byte for byte, and read again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use colloquy_journal::{JournalUrl, Settings};
use colloquy_transcript::{DeadLetter, Record, Topic, wire};
use tempfile::TempDir;

use crate::support::{
    assert_same, brokers, colloquy, expect_code, folder, published, season, stderr, stdout,
};

/// A row of the archive with the tag, and one that only replies to a row with it.
const TAGGED: usize = 40;
const UNTAGGED: usize = 58;

/// The lines of the season's last file; the last of them is cut off.
fn rows() -> Vec<String> {
    let text = fs::read_to_string(season().join("x_2025_04.jsonl")).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The first half of a row.
fn half(row: &str) -> &str {
    &row[..row.floor_char_boundary(row.len() / 2)]
}

/// Writes `archive.jsonl`, with these rows (from 1) cut in half.
fn archive(place: &Path, broken: &[usize]) {
    let mut rows = rows();
    for row in broken {
        let kept = half(&rows[row - 1]).len();
        rows[row - 1].truncate(kept);
    }
    fs::write(place.join("archive.jsonl"), rows.join("\n")).unwrap();
}

/// `colloquy WORDS…` in a folder of the test's own.
fn run_in(place: &TempDir, words: &str) -> Output {
    colloquy().current_dir(place.path()).args(words.split_whitespace()).output().unwrap()
}

/// The letters in order of lines; two threads write them in any order.
fn letters(place: &TempDir) -> Vec<DeadLetter> {
    let text = fs::read(place.path().join("colloquy-out/dead-letters.jsonl")).unwrap();
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut letters: Vec<DeadLetter> = lines
        .map(|line| match wire::decode(Topic::DeadLetters, line).unwrap() {
            Record::DeadLetter(letter) => letter,
            other => panic!("{other:?}"),
        })
        .collect();
    letters.sort_by_key(|letter| letter.position);
    letters
}

fn write_letters(place: &TempDir, letters: Vec<DeadLetter>) {
    let mut bytes = Vec::new();
    for letter in letters {
        wire::encode(&Record::DeadLetter(letter), &mut bytes);
        bytes.push(b'\n');
    }
    fs::write(place.path().join("colloquy-out/dead-letters.jsonl"), bytes).unwrap();
}

/// The whole rows as letters, as an older version would have left them that could not read them.
fn whole(rows_at: &[usize]) -> Vec<DeadLetter> {
    let rows = rows();
    rows_at
        .iter()
        .map(|row| DeadLetter {
            source: "archive.jsonl".into(),
            position: *row as u64,
            stage: "decode".into(),
            reason: "unexpected shape: not known to that version".to_owned(),
            context: Vec::new(),
            bytes: rows[row - 1].clone().into_bytes(),
            // They take the place of the halves that were rejected.
            digest: DeadLetter::digest_of(half(&rows[row - 1]).as_bytes()),
        })
        .collect()
}

/// Lake and pages without the letters and posts that lie beside them.
fn lake(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = published(out);
    files.retain(|name, _| name != "replayed.jsonl");
    files
}

#[test]
fn rejected_rows_are_listed_and_counted_by_reason() {
    let place = folder();
    archive(place.path(), &[TAGGED, UNTAGGED]);
    fs::write(place.path().join("notes.txt"), "Buy twine.\nWater the leeks.\n").unwrap();
    expect_code(&run_in(&place, "run archive.jsonl notes.txt --chat gardenchat"), 1);
    let all = run_in(&place, "dead-letters list");
    expect_code(&all, 0);
    insta::assert_snapshot!("dead_letters", stdout(&all));
    let some = stdout(&run_in(&place, "dead-letters list --source notes --reason unrec --json"));
    let json: serde_json::Value = serde_json::from_str(&some).unwrap();
    assert_eq!((json["number"].as_u64(), json["line"].as_u64()), (Some(4), Some(1)), "{some}");
    let none = run_in(&place, "dead-letters list --source nowhere");
    expect_code(&none, 0);
    assert_eq!(stdout(&none), "");
}

#[test]
fn a_letter_is_shown_byte_for_byte() {
    let place = folder();
    let mut row = rows()[TAGGED - 1].clone().into_bytes();
    row[200] = 0xff;
    row.push(b'\r');
    let archive = [rows()[0].as_bytes(), b"\n", &row, b"\n"].concat();
    fs::write(place.path().join("a b.jsonl"), archive).unwrap();
    let run = colloquy()
        .current_dir(place.path())
        .args(["run", "a b.jsonl", "--chat", "gardenchat"])
        .output();
    expect_code(&run.unwrap(), 1);
    for key in ["1", "a b.jsonl:2"] {
        let shown = colloquy()
            .current_dir(place.path())
            .args(["dead-letters", "show", key])
            .output()
            .unwrap();
        expect_code(&shown, 0);
        assert_eq!(shown.stdout, row, "{key}");
        assert!(stderr(&shown).contains("line    2"), "{}", stderr(&shown));
    }

    // The header of a table comes before the row, and is said to be none of it.
    let mut all = letters(&place);
    all[0].context = b"id,text\n".to_vec();
    write_letters(&place, all);
    let shown = run_in(&place, "dead-letters show 1");
    assert_eq!(shown.stdout, [b"id,text\n", row.as_slice()].concat());
    assert!(stderr(&shown).contains("8 of context"), "{}", stderr(&shown));
}

#[test]
fn what_is_replayed_into_a_folder_is_in_the_next_run() {
    let (place, right) = (folder(), folder());
    archive(right.path(), &[]);
    expect_code(&run_in(&right, "run archive.jsonl --chat gardenchat"), 1);
    archive(place.path(), &[TAGGED]);
    expect_code(&run_in(&place, "run archive.jsonl --chat gardenchat"), 1);
    let rejected = letters(&place);
    assert_eq!(rejected.len(), 2);

    // This version cannot read half a row either; nothing is changed by asking.
    let again = run_in(&place, "dead-letters replay --all");
    expect_code(&again, 1);
    assert!(stdout(&again).contains("replayed 0 of 2"), "{}", stdout(&again));
    assert_eq!(letters(&place), rejected);

    write_letters(&place, [whole(&[TAGGED]), rejected[1..].to_vec()].concat());
    let key = format!("archive.jsonl:{TAGGED}");
    for _ in 0..2 {
        let replayed = run_in(&place, &format!("dead-letters replay {key}"));
        expect_code(&replayed, 0);
        assert_eq!(stdout(&replayed), "replayed 1 of 1 dead letters\n");
        let posts = fs::read_to_string(place.path().join("colloquy-out/replayed.jsonl")).unwrap();
        assert_eq!(posts.lines().count(), 1, "twice is once");
    }
    let listed = stdout(&run_in(&place, "dead-letters list"));
    assert!(!listed.contains(" 40 ") && listed.contains(" 205 "), "{listed}");
    assert!(stdout(&run_in(&place, "dead-letters list --all")).contains("replayed"));

    let next = run_in(&place, "run archive.jsonl --chat gardenchat");
    expect_code(&next, 1);
    assert!(stderr(&next).contains("also reading what was replayed before"), "{}", stderr(&next));
    let lake_of = |place: &TempDir| lake(&place.path().join("colloquy-out"));
    assert_same("replayed", &lake_of(&place), &lake_of(&right));

    // The row comes again as it was before: no other bytes than those that were mended by hand
    // here, so it is listed again, and replaying what was read changes nothing.
    write_letters(&place, whole(&[TAGGED]));
    expect_code(&run_in(&place, "dead-letters replay --all"), 0);
    let posts = fs::read_to_string(place.path().join("colloquy-out/replayed.jsonl")).unwrap();
    assert_eq!(posts.lines().count(), 1);
}

#[test]
fn a_row_that_was_replayed_stays_replayed_when_it_is_rejected_again() {
    let place = folder();
    archive(place.path(), &[TAGGED]);
    expect_code(&run_in(&place, "run archive.jsonl --chat gardenchat"), 1);
    let mut all = letters(&place);
    all[0].stage = DeadLetter::REPLAYED.into();
    write_letters(&place, all);
    expect_code(&run_in(&place, "run archive.jsonl --chat gardenchat"), 1);
    let stages: Vec<String> = letters(&place).iter().map(|it| it.stage.to_string()).collect();
    assert_eq!(stages, [DeadLetter::REPLAYED, "decode"]);

    // Another row at the same place is another one.
    let mut rows = rows();
    rows[TAGGED - 1].truncate(40);
    fs::write(place.path().join("archive.jsonl"), rows.join("\n")).unwrap();
    expect_code(&run_in(&place, "run archive.jsonl --chat gardenchat"), 1);
    assert!(letters(&place).iter().all(|letter| !letter.is_done()), "{:?}", letters(&place));
}

#[test]
fn in_a_folder_a_row_whose_conversation_is_unknown_stays() {
    let place = folder();
    archive(place.path(), &[UNTAGGED]);
    expect_code(&run_in(&place, "run archive.jsonl --chat gardenchat"), 1);
    write_letters(&place, whole(&[UNTAGGED]));
    let replayed = run_in(&place, "dead-letters replay 1");
    expect_code(&replayed, 1);
    assert!(stderr(&replayed).contains("no tag of the chat"), "{}", stderr(&replayed));
    assert!(stdout(&run_in(&place, "dead-letters list")).contains(" 58 "));
}

/// Rows that are replayed into the journal are in the lake as if they had been right at first: one
/// with the tag, and one that replies to a row with it. Each journal has its own place.
fn letters_of_a_journal(
    url_of: &dyn Fn(&TempDir) -> String,
    settings_of: &dyn Fn(&TempDir) -> Settings,
) {
    let (place, right) = (folder(), folder());
    let over = |place: &TempDir, words: &str| {
        let words = format!(
            "{words} --journal {} --topic-prefix {}",
            url_of(place),
            settings_of(place).prefix
        );
        run_in(place, &words)
    };
    let publish = |place: &TempDir| {
        expect_code(&over(place, "analyze --until-idle"), 0);
        expect_code(&over(place, "report --until-idle"), 0);
        lake(&place.path().join("colloquy-out"))
    };
    let ingest = "ingest archive.jsonl --chat gardenchat";
    archive(right.path(), &[]);
    expect_code(&over(&right, ingest), 1);
    let expected = publish(&right);

    archive(place.path(), &[TAGGED, UNTAGGED]);
    expect_code(&over(&place, ingest), 1);
    let before = publish(&place);
    assert_ne!(before, expected);
    let url: JournalUrl = match url_of(&place).parse().unwrap() {
        JournalUrl::Sqlite(path) => JournalUrl::Sqlite(place.path().join(path)),
        other => other,
    };
    let journal = colloquy_journal::open(&url, &settings_of(&place)).unwrap();
    let mended = whole(&[TAGGED, UNTAGGED]).into_iter().map(Record::DeadLetter).collect();
    journal.append(mended).unwrap();
    drop(journal);

    let replayed = over(&place, "dead-letters replay --all");
    expect_code(&replayed, 1);
    assert_eq!(stdout(&replayed), "replayed 2 of 3 dead letters\n", "{}", stderr(&replayed));
    assert_same("replayed", &publish(&place), &expected);

    let listed = stdout(&over(&place, "dead-letters list"));
    assert!(!listed.contains(" 40 ") && listed.contains(" 205 "), "{listed}");
    let gone = over(&place, "dead-letters show archive.jsonl:40");
    assert_eq!(stdout(&gone), "");
    let again = over(&place, "dead-letters replay 1 2");
    expect_code(&again, 0);
    assert!(stderr(&again).contains("was replayed before"), "{}", stderr(&again));
    assert_same("asked twice", &publish(&place), &expected);

    let shown = over(&place, "dead-letters show archive.jsonl:205");
    assert_eq!(stdout(&shown).trim_end(), rows().last().unwrap().trim_end());
    let dropped = over(&place, "dead-letters drop archive.jsonl:205");
    expect_code(&dropped, 0);
    assert_eq!(stdout(&dropped), "dropped 1 dead letters\n");
    assert_eq!(stdout(&over(&place, "dead-letters list")), "");
    assert!(stdout(&over(&place, "dead-letters list --all")).contains("dropped"));
    assert_eq!(stdout(&over(&place, "dead-letters show archive.jsonl:205")), "");
    for words in ["dead-letters replay --all", "dead-letters drop --all", "dead-letters drop 3"] {
        expect_code(&over(&place, words), 0);
    }
    assert_same("dropped", &publish(&place), &expected);
}

#[test]
fn what_is_replayed_into_a_journal_gives_the_lake_of_right_rows() {
    letters_of_a_journal(&|_| "sqlite:journal.db".to_owned(), &|_| Settings::default());
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh with cargo test -- --ignored"]
fn what_is_replayed_into_kafka_gives_the_lake_of_right_rows() {
    let brokers = brokers();
    // Topics named after the folder: nobody else has them.
    let settings = |place: &TempDir| Settings {
        prefix: format!("test-letters{}", place.path().file_name().unwrap().to_str().unwrap()),
        ..Settings::default()
    };
    letters_of_a_journal(&|_| format!("kafka:{brokers}"), &settings);
}

#[test]
fn what_is_dropped_stays_dropped_when_it_is_rejected_again() {
    let place = folder();
    archive(place.path(), &[TAGGED]);
    expect_code(&run_in(&place, "run archive.jsonl --chat gardenchat"), 1);
    assert_eq!(letters(&place).len(), 2);
    expect_code(&run_in(&place, &format!("dead-letters drop archive.jsonl:{TAGGED}")), 0);
    for _ in 0..2 {
        let left = letters(&place);
        let stages: Vec<&str> = left.iter().map(|letter| letter.stage.as_str()).collect();
        assert_eq!(stages, [DeadLetter::DROPPED, "decode"]);
        assert!(left[0].bytes.is_empty() && left[0].reason == left[0].class(), "{:?}", left[0]);
        expect_code(&run_in(&place, "run archive.jsonl --chat gardenchat"), 1);
    }
    let listed = stdout(&run_in(&place, "dead-letters list"));
    assert!(!listed.contains(" 40 ") && listed.contains(" 205 "), "{listed}");
    for words in ["dead-letters drop 9", "dead-letters drop", "dead-letters drop 1 --all"] {
        expect_code(&run_in(&place, words), 2);
    }
    let none = run_in(&place, "dead-letters drop 1");
    expect_code(&none, 0);
    assert!(stderr(&none).contains("was dropped before"), "{}", stderr(&none));
}

#[test]
fn a_damaged_line_is_named_and_kept_and_the_rest_goes_on() {
    let place = folder();
    archive(place.path(), &[]);
    expect_code(&run_in(&place, "run archive.jsonl --chat gardenchat"), 1);
    write_letters(&place, whole(&[TAGGED]));
    let path = place.path().join("colloquy-out/dead-letters.jsonl");
    let mut bytes = b"\xff not a letter\n".to_vec();
    bytes.extend(fs::read(&path).unwrap());
    fs::write(&path, bytes).unwrap();
    let replayed = run_in(&place, "dead-letters replay --all");
    expect_code(&replayed, 0);
    assert!(stderr(&replayed).contains("dead-letters.jsonl line 1 is no dead letter"));
    let after = fs::read(&path).unwrap();
    assert!(after.ends_with(b"\n\xff not a letter\n"), "{}", String::from_utf8_lossy(&after));
}

#[test]
fn what_the_user_must_put_right_ends_with_2_and_says_so() {
    let place = folder();
    archive(place.path(), &[]);
    expect_code(&run_in(&place, "run archive.jsonl --chat gardenchat"), 1);
    for folder in ["empty", "bare"] {
        fs::create_dir(place.path().join(folder)).unwrap();
    }
    let letters = place.path().join("colloquy-out/dead-letters.jsonl");
    fs::copy(letters, place.path().join("bare/dead-letters.jsonl")).unwrap();
    fs::write(place.path().join("notes.txt"), "no journal").unwrap();
    for (words, said) in [
        ("dead-letters show 2", "there is no dead letter 2"),
        ("dead-letters show 0", "there is no dead letter 0"),
        ("dead-letters show archive.jsonl:1", "SOURCE:LINE"),
        ("dead-letters replay 1 9", "there is no dead letter 9"),
        ("dead-letters replay", "required"),
        ("dead-letters replay 1 --all", "cannot be used with"),
        ("dead-letters replay --all --timezone Mars/Base", "no time zone"),
        ("dead-letters replay --all --out bare", "no chat in bare: name the chat with --chat"),
        ("dead-letters list --out nowhere", "there is no folder nowhere"),
        ("dead-letters list --journal sqlite:nowhere.db", "there is no journal nowhere.db"),
    ] {
        let output = run_in(&place, words);
        expect_code(&output, 2);
        assert!(stderr(&output).contains(said), "{words} said {}", stderr(&output));
    }
    assert!(!place.path().join("nowhere.db").exists(), "looking makes no journal");
    expect_code(&run_in(&place, "dead-letters list --journal sqlite:notes.txt"), 3);
    for (words, said) in [
        ("dead-letters list --out empty", "no dead letters in empty"),
        ("dead-letters replay --all --out empty", "no dead letter to replay"),
    ] {
        let none = run_in(&place, words);
        expect_code(&none, 0);
        assert!(stderr(&none).contains(said), "{words} said {}", stderr(&none));
    }
}

/// Several rows of one line may be rejected: none hides the others, and replaying loses none.
#[test]
fn letters_of_one_line_are_told_apart() {
    let place = folder();
    let rows = "[{\"text\": \"a #gardenchat\", \"user\": {}}, {\"text\": \"b\", \"user\": {}}, {\"text\": \"c\", \"user\": {}}]";
    fs::write(place.path().join("list.json"), rows).unwrap();
    expect_code(&run_in(&place, "run list.json --chat gardenchat"), 1);
    assert!(stdout(&run_in(&place, "dead-letters list")).contains("3  in all"));
    expect_code(&run_in(&place, "dead-letters show list.json:1"), 2);
    expect_code(&run_in(&place, "dead-letters show 2"), 0);
    expect_code(&run_in(&place, "dead-letters replay --all --chat gardenchat"), 1);
    assert_eq!(letters(&place).len(), 3);
}

/// Raises the version of the first record that holds `text` in a journal's file, in its place.
fn make_newer(file: &Path, text: &str) {
    let mut bytes = fs::read(file).unwrap();
    let find = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).position(|it| it == text);
    let at = find(&bytes, text.as_bytes()).unwrap_or_else(|| panic!("no {text} in the file"));
    let version = bytes[..at].windows(6).rposition(|it| it == b"{\"v\":1").unwrap();
    bytes[version + 5] = b'2';
    fs::write(file, bytes).unwrap();
}

/// A later program wrote a post and a decision: they are set aside, whole, and told; the rest is
/// analysed. With them the lake would be another one, so nobody guessed.
#[test]
fn records_of_a_newer_version_are_set_aside_and_the_rest_goes_on() {
    let (place, plain) = (folder(), folder());
    let over = |place: &TempDir, words: &str| {
        run_in(place, &format!("{words} --journal sqlite:journal.db"))
    };
    let decide = "decide 2025-04-02T1900Z not-a-session --chat gardenchat";
    for place in [&place, &plain] {
        archive(place.path(), &[]);
        expect_code(&over(place, "ingest archive.jsonl --chat gardenchat"), 1);
        expect_code(&over(place, "analyze --until-idle"), 0);
    }
    // A decision that comes while nobody is at work, and one post of a chat that is read anew.
    let tell = |words: &str| expect_code(&over(&place, words), 0);
    tell(decide);
    make_newer(&place.path().join("journal.db"), "\"kind\":\"decision\"");
    let analyzed = over(&place, "analyze --until-idle");
    expect_code(&analyzed, 0);
    assert!(stderr(&analyzed).contains("set_aside=1"), "{}", stderr(&analyzed));
    assert!(stderr(&analyzed).contains("entry set aside"), "{}", stderr(&analyzed));
    for place in [&place, &plain] {
        expect_code(&over(place, "report --until-idle"), 0);
    }
    let lake_of = |place: &TempDir| lake(&place.path().join("colloquy-out"));
    // The decisions' own tables lack it, too.
    assert_same("a decision of a newer version", &lake_of(&place), &lake_of(&plain));
    let json = stdout(&over(&place, "dead-letters list --reason version --json"));
    let letter: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert!(letter["source"].as_str().unwrap().starts_with("journal:decisions/"), "{json}");
    assert!(letter["reason"].as_str().unwrap().contains("version 2"), "{json}");
    let shown = over(&place, &format!("dead-letters show {}", letter["number"]));
    assert!(stdout(&shown).starts_with("{\"v\":2,\"kind\":\"decision\""), "{}", stdout(&shown));
    // It is set aside once: its position is committed.
    let again = over(&place, "analyze --until-idle");
    assert!(stderr(&again).contains("set_aside=0"), "{}", stderr(&again));

    // A post, in a journal that nobody has read yet.
    let fresh = folder();
    archive(fresh.path(), &[]);
    expect_code(&over(&fresh, "ingest archive.jsonl --chat gardenchat"), 1);
    make_newer(&fresh.path().join("journal.db"), "\"kind\":\"post\"");
    let analyzed = over(&fresh, "analyze --until-idle");
    expect_code(&analyzed, 0);
    assert!(stderr(&analyzed).contains("set_aside=1"), "{}", stderr(&analyzed));
    expect_code(&over(&fresh, "report --until-idle"), 0);
    assert_ne!(lake_of(&fresh), lake_of(&plain), "the post is not there");
    assert!(stdout(&over(&fresh, "dead-letters list")).contains("posts/"));
}
