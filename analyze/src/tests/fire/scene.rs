//! What the fire burns on: three small chats, the runs that bring them, and what a quiet run makes
//! of them.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use colloquy_journal::{Journal as _, Settings, TopicPartition, memory::MemoryJournal};
use colloquy_transcript::{
    ChatName, CompactString, Decision, GroundPost, Mark, Record, Standing, Topic, Verdict,
};
use proptest::prelude::*;

use super::Fire;
use crate::tests::broker::complete_before;
use crate::tests::chat::Script;
use crate::tests::refusing::Refusing;

pub(super) const PARTITIONS: u32 = 3;
const CHATS: [&str; 3] = ["gardenchat", "beanchat", "shedchat"];
const RUNS: usize = 3;

/// Latest state of every key.
pub(super) type Lake = BTreeMap<CompactString, Record>;

/// What the source does in the end, whatever happens to it.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The run that brings each post, by a rotation of this list.
    pub(super) run_of: Vec<usize>,
    /// Whether each run is in the order of time and says how far it is.
    pub(super) in_order: [bool; RUNS],
    /// Every so many posts, an older one of the run comes once more.
    pub(super) repeat_every: usize,
    /// The last run edits what the host asked in one chat.
    pub(super) edits: bool,
    /// A moderator says that one meeting was none.
    pub(super) decides: bool,
}

pub(super) fn plan() -> impl Strategy<Value = Plan> {
    let run_of = proptest::collection::vec(0..RUNS, 7..23);
    (run_of, any::<[bool; RUNS]>(), 2..9usize, any::<bool>(), any::<bool>()).prop_map(
        |(run_of, in_order, repeat_every, edits, decides)| Plan {
            run_of,
            in_order,
            repeat_every,
            edits,
            decides,
        },
    )
}

/// A journal that never makes anybody wait.
pub(super) fn journal() -> MemoryJournal {
    MemoryJournal::new(&Settings {
        partitions: PARTITIONS,
        memory_bytes_max: usize::MAX,
        ..Settings::default()
    })
}

/// Two questions with three answers each, somebody who sells, somebody who is late.
fn meeting(script: &mut Script, start: &str) {
    for (number, after) in [(1, 300), (2, 900)] {
        script.say(start, after, "rosa", &format!("Q{number}: what about bed {number}?"));
        for (place, person) in (1..).zip(["fern", "moss", "reed"]) {
            let text = format!("A{number}: {person} says beans");
            script.say(start, after + 40 * place, person, &text);
        }
    }
    script.say(start, 1_200, "bargain_bin", "Shop now, 20% off https://shop.example/deal");
}

/// Every post of the chats, in order.
static POSTS: LazyLock<Vec<Arc<GroundPost>>> = LazyLock::new(|| {
    let mut posts = Vec::new();
    for (nth, name) in CHATS.iter().enumerate() {
        let mut script = Script::default();
        let [first, second] = ["2025-03-05T20:00:00Z", "2025-03-12T20:00:00Z"];
        if nth < 2 {
            meeting(&mut script, first);
        }
        if nth == 0 {
            meeting(&mut script, second);
        }
        script.say(second, 90_000, "moss", "Still thinking about that bed");
        posts.extend(script.posts.iter().map(|ground| {
            let mut ground = GroundPost::clone(ground);
            ground.chat = ChatName::new(name).unwrap();
            ground.post.hashtags = vec![(*name).into()];
            Arc::new(ground)
        }));
    }
    posts.sort_by(|one, other| one.post.order().cmp(&other.post.order()));
    posts
});

/// The posts that the last run edits, as it leaves them.
fn edits() -> Vec<Arc<GroundPost>> {
    let of_host = POSTS.iter().filter(|it| it.chat.as_str() == CHATS[0]);
    let asked = of_host.filter(|it| it.post.text.starts_with("Q2"));
    asked
        .map(|ground| {
            let mut ground = GroundPost::clone(ground);
            ground.post.text = "Nothing to ask after all".into();
            Arc::new(ground)
        })
        .collect()
}

fn decision() -> Decision {
    Decision {
        chat: ChatName::new(CHATS[1]).unwrap(),
        subject: "2025-03-05T2000Z".into(),
        verdict: Verdict::NotASession,
        by: None,
        at: "2025-03-07T10:00:00Z".parse().unwrap(),
        note: None,
        withdrawn: false,
    }
}

/// The source, and how far it is.
#[derive(Debug)]
pub(super) struct Source {
    runs: Vec<(bool, Vec<Arc<GroundPost>>)>,
    run: usize,
    next: usize,
    decision: Option<Decision>,
}

impl Source {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut runs = Vec::new();
        for run in 0..RUNS {
            let brings = |nth: usize| plan.run_of[nth % plan.run_of.len()] == run;
            let own = POSTS.iter().enumerate().filter(|(nth, _)| brings(*nth));
            let mut posts: Vec<_> = own.map(|(_, post)| Arc::clone(post)).collect();
            if !plan.in_order[run] {
                posts = shuffled(posts, plan.repeat_every);
            }
            runs.push((plan.in_order[run], posts));
        }
        if plan.edits {
            runs.push((false, edits()));
        }
        Self { runs, run: 0, next: 0, decision: plan.decides.then(decision) }
    }

    /// One run in order that brings everything as it is in the end.
    fn quiet(plan: &Plan) -> Self {
        let mut posts = POSTS.clone();
        for edit in edits().into_iter().filter(|_| plan.edits) {
            let same = posts
                .iter_mut()
                .find(|it| it.chat == edit.chat && it.post.id == edit.post.id)
                .unwrap();
            *same = edit;
        }
        let decision = plan.decides.then(decision);
        Self { runs: vec![(true, posts)], run: 0, next: 0, decision }
    }

    pub(super) fn append(&mut self, journal: &MemoryJournal, count: usize) {
        let Some((in_order, posts)) = self.runs.get(self.run) else { return };
        if self.next == 0 {
            mark(journal, Standing::Begun);
        }
        let until = posts.len().min(self.next + count);
        let batch = posts[self.next..until].iter().map(|it| Record::Post(Arc::clone(it)));
        journal.append(batch.collect()).unwrap();
        self.next = until;
        if until == posts.len() {
            mark(journal, Standing::Ended);
            (self.run, self.next) = (self.run + 1, 0);
        } else if *in_order && let Some(until) = complete_before(posts, until) {
            mark(journal, Standing::CompleteUntil(until));
        }
    }

    /// Says whether it was alive.
    pub(super) fn die(&mut self) -> bool {
        std::mem::take(&mut self.next) > 0
    }

    pub(super) fn decide(&mut self, journal: &MemoryJournal) {
        if let Some(decision) = self.decision.take() {
            journal.append(vec![Record::Decision(decision)]).unwrap();
        }
    }

    pub(super) fn finish(&mut self, journal: &MemoryJournal) {
        self.decide(journal);
        while self.run < self.runs.len() {
            self.append(journal, usize::MAX / 2);
        }
    }
}

/// Out of order, with repetitions.
fn shuffled(posts: Vec<Arc<GroundPost>>, repeat_every: usize) -> Vec<Arc<GroundPost>> {
    let mut out = Vec::new();
    let (late, early): (Vec<_>, Vec<_>) =
        posts.into_iter().enumerate().partition(|(nth, _)| nth % repeat_every < repeat_every / 2);
    for (nth, (_, post)) in early.into_iter().rev().chain(late).enumerate() {
        out.push(post);
        if nth % repeat_every == 0 {
            out.push(Arc::clone(&out[nth / 2]));
        }
    }
    out
}

fn mark(journal: &MemoryJournal, standing: Standing) {
    let marks = (0..PARTITIONS).map(|partition| {
        let through = journal.end(TopicPartition { topic: Topic::Posts, partition }).unwrap();
        Record::Mark(Mark { partition, source: "file".into(), standing, through })
    });
    journal.append(marks.collect()).unwrap();
}

/// What one worker makes of everything in order, without any fault.
pub(super) fn quiet(plan: &Plan) -> &'static Lake {
    static LAKES: LazyLock<[Lake; 4]> = LazyLock::new(|| {
        [(false, false), (true, false), (false, true), (true, true)].map(|(edits, decides)| {
            let plan =
                Plan { run_of: vec![0], in_order: [true; RUNS], repeat_every: 2, edits, decides };
            let journal = Refusing::new(journal());
            let mut fire = Fire::new(&journal, &plan);
            fire.source = Source::quiet(&plan);
            fire.come_to_rest();
            let records = fire.published(&[
                Topic::Sessions,
                Topic::Annotations,
                Topic::Participation,
                Topic::Attendance,
            ]);
            super::seen(records.iter())
        })
    });
    &LAKES[usize::from(plan.edits) + 2 * usize::from(plan.decides)]
}

#[test]
fn the_scene_holds_what_can_burn() {
    let mut partitions: Vec<u32> = POSTS
        .iter()
        .map(|it| Record::Post(Arc::clone(it)).partitioning().among(PARTITIONS))
        .collect();
    partitions.sort_unstable();
    partitions.dedup();
    assert!(partitions.len() > 1, "all chats lie in one partition");
    let plans = [(false, false), (true, false), (false, true)].map(|(edits, decides)| Plan {
        run_of: vec![0],
        in_order: [true; RUNS],
        repeat_every: 2,
        edits,
        decides,
    });
    let [plain, edited, decided] = plans.map(|plan| quiet(&plan));
    let meetings = |lake: &Lake| {
        let is_meeting =
            |it: &&Record| matches!(it, Record::Session(it) if it.session.is_meeting());
        lake.values().filter(is_meeting).count()
    };
    assert_eq!(meetings(plain), 3);
    assert_ne!(plain, edited);
    assert_eq!(meetings(decided), 2);
}
