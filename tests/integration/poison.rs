//! Entries that are no record, in every ground topic: nobody stops for them, they are kept, counted,
//! and read again once that is possible.

use std::path::Path;

use colloquy_journal::{Content, Journal, JournalUrl, Settings, TopicPartition, poison};
use colloquy_transcript::{DeadLetter, Record, Topic, wire};

use crate::support::{
    assert_same, brokers, colloquy, expect_code, folder, published, season, stdout,
};

const GROUND: [Topic; 3] = [Topic::Posts, Topic::Decisions, Topic::Coverage];
const PARTITIONS: u32 = 2;
/// Just below the largest record that a Kafka topic of ours takes.
const HUGE_BYTES: usize = 15 << 20;

/// A journal, and how the program is told of it.
struct Place {
    url: JournalUrl,
    settings: Settings,
    arguments: Vec<String>,
}

impl Place {
    fn sqlite(folder: &Path) -> Self {
        Self::of(&format!("sqlite:{}", folder.join("journal.db").display()), "colloquy")
    }

    fn kafka(name: &str) -> Self {
        let brokers = brokers();
        let prefix = format!("test-{name}-{}", std::process::id());
        Self::of(&format!("kafka:{brokers}"), &prefix)
    }

    fn of(url: &str, prefix: &str) -> Self {
        let told = ["--journal", url, "--topic-prefix", prefix, "--partitions", "2"];
        Self {
            url: url.parse().unwrap(),
            settings: Settings {
                partitions: PARTITIONS,
                prefix: prefix.to_owned(),
                ..Settings::default()
            },
            arguments: told.map(str::to_owned).to_vec(),
        }
    }

    fn open(&self) -> Box<dyn Journal> {
        colloquy_journal::open(&self.url, &self.settings).unwrap()
    }

    fn tell(&self, words: &[&str], code: i32) -> String {
        // What exists has its partitions.
        let known = if words[0] == "dead-letters" { 4 } else { self.arguments.len() };
        let output = colloquy().args(words).args(&self.arguments[..known]).output().unwrap();
        expect_code(&output, code);
        stdout(&output)
    }

    /// What analysis and report make of the journal.
    fn publish(&self, out: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
        self.tell(&["analyze", "--until-idle"], 0);
        self.tell(&["report", "--until-idle", "--out", out.to_str().unwrap()], 0);
        published(out)
    }

    /// Puts one of each kind into every partition of the ground topics, and says where they lie.
    fn poison(&self) -> Vec<(String, u64)> {
        let huge = vec![b'{'; HUGE_BYTES];
        let kinds: [Option<&[u8]>; 4] =
            [Some(b"\xff no record"), Some(br#"{"v":99,"kind":"post"}"#), Some(&huge), None];
        let mut put = Vec::new();
        for topic in GROUND {
            for partition in 0..PARTITIONS {
                let at = TopicPartition { topic, partition };
                // The huge ones once: they take their time.
                for bytes in kinds.iter().filter(|it| partition == 0 || *it != &Some(&huge[..])) {
                    let position = self.open().end(at).unwrap();
                    poison::put(&self.url, &self.settings, at, *bytes).unwrap();
                    put.push((
                        DeadLetter::source_of_entries(topic, partition).to_string(),
                        position,
                    ));
                }
            }
        }
        put
    }
}

fn archive() -> String {
    season().join("x_2025_04.jsonl").to_str().unwrap().to_owned()
}

fn quiet_lake() -> std::collections::BTreeMap<String, Vec<u8>> {
    let (place, out) = (folder(), folder());
    let place = Place::sqlite(place.path());
    place.tell(&["ingest", &archive(), "--chat", "gardenchat"], 1);
    place.publish(out.path())
}

/// Poison before everything else and behind it: the lake is as without, and every entry is kept.
fn nobody_stops(place: &Place) {
    drop(place.open());
    let mut put = place.poison();
    place.tell(&["ingest", &archive(), "--chat", "gardenchat"], 1);
    put.extend(place.poison());
    assert_eq!(put.len(), 2 * GROUND.len() * 7);
    let out = folder();
    assert_same("poison", &place.publish(out.path()), &quiet_lake());

    let listed = place.tell(&["dead-letters", "list", "--json"], 0);
    let rows: Vec<serde_json::Value> =
        listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (source, position) in &put {
        let of_entry =
            |row: &&serde_json::Value| row["source"] == source.as_str() && row["line"] == *position;
        assert_eq!(rows.iter().filter(of_entry).count(), 1, "{source}:{position}: {listed}");
    }
    // One row of the archive itself is rejected, too.
    assert_eq!(rows.len(), put.len() + 1, "{listed}");
    let replayed = place.tell(&["dead-letters", "replay", "--all"], 1);
    assert!(replayed.contains(&format!("replayed 0 of {}", rows.len())), "{replayed}");
    // Nor does anything come twice when everybody starts again.
    assert_same("again", &place.publish(out.path()), &quiet_lake());
    assert_eq!(place.tell(&["dead-letters", "list", "--json"], 0).lines().count(), rows.len());
}

#[test]
fn poison_over_sqlite_stops_nobody() {
    let journal = folder();
    nobody_stops(&Place::sqlite(journal.path()));
}

#[test]
#[ignore = "needs a Kafka broker: deploy/kafka.sh with cargo test -- --ignored"]
fn poison_over_kafka_stops_nobody() {
    nobody_stops(&Place::kafka("poison"));
}

/// A post that an older version could not read, set aside, and replayed by one that can: its session
/// is as if it had come in time.
#[test]
fn an_entry_that_can_be_read_by_now_joins_its_session() {
    let (whole, rest, out) = (folder(), folder(), folder());
    let (whole, place) = (Place::sqlite(whole.path()), Place::sqlite(rest.path()));
    whole.tell(&["ingest", &archive(), "--chat", "gardenchat"], 1);
    let mut posts = Vec::new();
    let mut others = Vec::new();
    for topic in GROUND {
        for partition in 0..PARTITIONS {
            let at = TopicPartition { topic, partition };
            let end = whole.open().end(at).unwrap();
            let each = &mut |entry: colloquy_journal::Entry| match entry.content {
                Content::Record(Record::Post(post)) => posts.push(Record::Post(post)),
                Content::Record(record) => others.push(record),
                Content::Unreadable { reason, .. } => panic!("{reason}"),
            };
            whole.open().read(at, 0, end, each).unwrap();
        }
    }
    let late = posts.remove(posts.len() / 2);
    let mut bytes = Vec::new();
    wire::encode(&late, &mut bytes);
    let partition = late.partitioning().among(PARTITIONS);
    let at = TopicPartition { topic: Topic::Posts, partition };
    let journal = place.open();
    journal.append(posts).unwrap();
    let position = journal.end(at).unwrap();
    poison::put(&place.url, &place.settings, at, Some(br#"{"v":99,"kind":"post"}"#)).unwrap();
    journal.append(others).unwrap();
    // As if this version had learnt to read it.
    let entry = (Topic::Posts, partition);
    let letter = DeadLetter::of_entry(entry, position, "analyze", "newer".into(), bytes);
    let expected = quiet_lake();
    assert_ne!(place.publish(out.path()), expected, "the post makes no difference");
    let told = place.tell(&["dead-letters", "replay", "--all"], 1);
    assert!(told.contains("replayed 0 of"), "{told}");

    journal.append(vec![Record::DeadLetter(letter)]).unwrap();
    let told = place.tell(&["dead-letters", "replay", "--all"], 1);
    assert!(told.contains("replayed 1 of"), "{told}");
    assert_same("replayed", &place.publish(out.path()), &expected);
}
