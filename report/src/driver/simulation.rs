//! Any history, read in any interleaving of topics and batches, with any number of kills, ends in
//! the same files.
//!
//! The state machine is driven without a journal: the four derived topics are lists of records,
//! the disk is a map from session to what was written, and the test decides which topic is read
//! next, when positions are committed and when the process dies.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use colloquy_journal::{Content, Entry, Position, TopicPartition};
use colloquy_transcript::{Record, SessionId, SessionRecord, Topic};
use proptest::prelude::*;

use super::{state::State, waiting::Whole};
use crate::fixture::Plan;

const TOPICS: [Topic; 4] =
    [Topic::Sessions, Topic::Annotations, Topic::Participation, Topic::Attendance];
const SESSIONS: [&str; 3] = ["2024-03-07T2000Z", "2024-03-14T2000Z", "outside-2024-W11"];

/// What lies on the disk of each session.
type Disk = BTreeMap<SessionId, Whole>;

/// What a group has committed by topic: from where to read, and what is published.
type Committed = BTreeMap<Topic, (Position, Position)>;

/// One transaction of the analysis: which session, and in which state; state 0 is gone.
fn plan(session: usize, state: u64) -> Plan<'static> {
    let session = SESSIONS[session];
    let posts = 2 + usize::try_from(state).unwrap();
    let questions = if session.starts_with("outside") { 0 } else { posts % 2 };
    Plan { session, state, posts, questions, authors: posts % 3, ..Plan::default() }
}

fn record(plan: &Plan<'_>) -> SessionRecord {
    if plan.state == 0 { plan.gone() } else { plan.record() }
}

/// The topics after a history.
fn topics(history: &[(usize, u64)]) -> BTreeMap<Topic, Vec<Record>> {
    let mut topics: BTreeMap<Topic, Vec<Record>> = BTreeMap::new();
    for &(session, state) in history {
        let plan = plan(session, state);
        for record in plan.transaction(record(&plan)) {
            topics.entry(record.topic()).or_default().push(record);
        }
    }
    topics
}

/// What must lie on the disk in the end: the last state of every session.
fn expected(history: &[(usize, u64)]) -> Disk {
    let mut disk = Disk::new();
    for &(session, state) in history {
        let plan = plan(session, state);
        let record = record(&plan);
        if record.gone {
            disk.remove(&record.session);
            continue;
        }
        let view = plan.view();
        let whole = Whole {
            record: view.record,
            annotations: view.posts.into_iter().map(|post| post.annotation).collect(),
            participation: view.participation,
            attendance: view.attendance,
        };
        disk.insert(record.session, whole);
    }
    disk
}

struct Process {
    state: State,
    next: BTreeMap<Topic, Position>,
    recall_until: Position,
}

impl Process {
    fn start(committed: &Committed) -> Self {
        let mut state = State::default();
        state.assign(0);
        let of = |topic: Topic| committed.get(&topic).copied().unwrap_or((0, 0));
        let next = TOPICS.map(|topic| (topic, of(topic).0)).into_iter().collect();
        Self { state, next, recall_until: of(Topic::Sessions).1 }
    }

    /// Reads up to `count` records of `topic`; says whether there were any.
    fn read(&mut self, topic: Topic, records: &[Record], count: usize) -> bool {
        let next = self.next.get_mut(&topic).unwrap();
        let from = usize::try_from(*next).unwrap();
        let batch: Vec<Record> = records.iter().skip(from).take(count).cloned().collect();
        let any = !batch.is_empty();
        for record in batch {
            let at = TopicPartition { topic, partition: 0 };
            let entry =
                Entry { at, position: *next, appended_at: None, content: Content::Record(record) };
            if topic == Topic::Sessions && *next < self.recall_until {
                self.state.recall(entry);
            } else {
                assert_eq!(self.state.take(entry), None);
            }
            *next += 1;
        }
        any
    }

    fn publish(&mut self, disk: &mut Disk) {
        for job in self.state.take_whole() {
            self.state.published(job.partition, &job.whole.record);
            if job.whole.record.gone {
                disk.remove(&job.whole.record.session);
            } else {
                disk.insert(job.whole.record.session, job.whole);
            }
        }
    }

    fn committed(&mut self) -> Committed {
        let mut committed = Committed::new();
        for (&topic, &next) in &self.next {
            let needed = self.state.needed_from(TopicPartition { topic, partition: 0 }, next);
            assert!(needed <= next, "{topic:?} is needed from {needed} of {next}");
            let from = if topic == Topic::Sessions { 0 } else { needed };
            committed.insert(topic, (from, needed));
        }
        self.state.prune();
        committed
    }
}

/// One turn of the test: which topic is read, how many records, whether sessions are published,
/// whether positions are committed, whether the process dies.
#[derive(Debug, Clone)]
struct Turn {
    topic: usize,
    count: usize,
    publish: bool,
    commit: bool,
    death: Option<Death>,
}

/// What becomes of the files that were written since the last commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    Kept,
    Lost,
}

fn turn() -> impl Strategy<Value = Turn> {
    (0..TOPICS.len(), 1..9usize, any::<(bool, bool)>(), 0..3u8, 0..9u8).prop_map(
        |(topic, count, (publish, lose), commit, die)| Turn {
            topic,
            count,
            publish,
            commit: commit == 0,
            death: match (die, lose) {
                (0, true) => Some(Death::Lost),
                (0, false) => Some(Death::Kept),
                _ => None,
            },
        },
    )
}

proptest! {
    #[test]
    fn any_interleaving_with_any_kills_ends_in_the_same_files(
        history in prop::collection::vec((0..SESSIONS.len(), 0..4u64), 1..10),
        turns in prop::collection::vec(turn(), 0..60),
    ) {
        let topics = topics(&history);
        let empty = Vec::new();
        let records = |topic: Topic| topics.get(&topic).unwrap_or(&empty);
        let mut disk = Disk::new();
        let mut durable = disk.clone();
        let mut committed = Committed::new();
        let mut process = Process::start(&committed);
        for turn in turns {
            let topic = TOPICS[turn.topic];
            process.read(topic, records(topic), turn.count);
            if turn.publish || turn.commit {
                process.publish(&mut disk);
            }
            let recalled = process.next[&Topic::Sessions] >= process.recall_until;
            if turn.commit && recalled {
                committed = process.committed();
                durable.clone_from(&disk);
            }
            if let Some(death) = turn.death {
                if death == Death::Lost {
                    disk.clone_from(&durable);
                }
                process = Process::start(&committed);
            }
        }
        while TOPICS.into_iter().any(|topic| process.read(topic, records(topic), 3)) {
            process.publish(&mut disk);
        }
        process.publish(&mut disk);
        let missing = process.state.sweep();
        prop_assert_eq!(missing, Vec::new(), "records whose rows are not in hand");
        prop_assert_eq!(process.state.unfinished(), Vec::new());
        prop_assert!(!process.state.has_leftovers());
        prop_assert_eq!(disk, expected(&history));
        let end = process.committed();
        for topic in TOPICS {
            prop_assert_eq!(end[&topic].1, records(topic).len() as u64, "{:?} is held", topic);
        }
    }
}
