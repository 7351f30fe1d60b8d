//! Cases in which an independent reader found, or looked for, a false promise.

use std::sync::Arc;

use colloquy_transcript::registry::{self, Registry};
use colloquy_transcript::{
    Annotation, ChatName, Decision, GroundPost, Mark, Post, Record, Role, Standing, Timestamp,
    Verdict,
};
use proptest::prelude::*;

use super::broker::{Broker, complete_before, in_order};
use super::chat::Script;
use crate::driver::AnalyzeError;
use crate::machine::{Action, Event, Machine};
use crate::schedule::ScheduleError;

const WEDNESDAY: &str = "2025-03-05T20:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The posts that `late` picks, and the others, both in order.
fn apart(
    posts: &[Arc<GroundPost>],
    late: impl Fn(&Post) -> bool,
) -> (Vec<Arc<GroundPost>>, Vec<Arc<GroundPost>>) {
    posts.iter().cloned().partition(|ground| late(&ground.post))
}

fn dissolving(withdrawn: bool, said_at: &str) -> Decision {
    Decision {
        chat: ChatName::new("gardenchat").unwrap(),
        subject: "2025-03-05T2000Z".into(),
        verdict: Verdict::NotASession,
        by: None,
        at: at(said_at),
        note: None,
        withdrawn,
    }
}

fn tell(broker: &mut Broker, decision: Decision) {
    let actions = broker.machine.step(Event::Decision { partition: 0, decision });
    assert!(actions.is_empty());
    broker.append(&[]);
}

fn chat_with(schedule: &str) -> Registry {
    registry::parse(&format!("[[chat]]\nname = \"gardenchat\"\n[chat.schedule]\n{schedule}"))
        .unwrap()
}

/// A meeting whose questions go on, unanswered, long after it closed.
fn trailing() -> Script {
    let mut script = Script::default();
    for (number, after) in [(1, 300), (2, 900), (3, 3_000), (4, 5_100), (5, 7_200), (6, 9_300)] {
        script.say(WEDNESDAY, after, "rosa", &format!("Q{number}: what about bed {number}?"));
        for person in ["fern", "moss", "reed"].iter().filter(|_| number < 3) {
            script.say(WEDNESDAY, after + 60, person, &format!("A{number}: says {person}"));
        }
    }
    script.say(WEDNESDAY, 5_200, "fern", "A4: clover");
    script.say(WEDNESDAY, 10_200, "moss", "A4: late, but clover as well");
    script
}

#[test]
fn an_answer_after_the_close_that_changes_the_close_is_honoured_late_too() {
    let posts = trailing().sorted();
    let (late, early) = apart(&posts, |post| post.text.starts_with("A4: late"));
    let mut broker = Broker::new();
    broker.append(&early);
    // Closed and published, its week still open.
    broker.mark(Standing::CompleteUntil(at("2025-03-06T12:00:00Z")));
    broker.mark(Standing::Begun);
    broker.append(&late);
    broker.mark(Standing::Ended);
    assert_eq!(broker.seen(), in_order(&posts));
}

/// Two questions just after the border of a week, a greeting just before it.
fn border() -> Script {
    let mut script = Script::default();
    let monday = "2025-03-10T00:00:00Z";
    script.say(monday, -400_000, "ivy", "A quiet word in the week before");
    script.say(monday, -300, "moss", "Here already, the kettle is on");
    for (number, after) in [(1, 300), (2, 900)] {
        script.say(monday, after, "rosa", &format!("Q{number}: what about bed {number}?"));
        for person in ["fern", "moss", "reed"] {
            script.say(monday, after + 60, person, &format!("A{number}: says {person}"));
        }
    }
    script
}

#[test]
fn late_answers_make_a_meeting_that_reaches_back_into_a_settled_week() {
    let posts = border().sorted();
    let (late, early) =
        apart(&posts, |post| post.text.contains("says moss") || post.text.contains("says reed"));
    let mut broker = Broker::new();
    broker.append(&early);
    broker.mark(Standing::CompleteUntil(at("2025-03-10T12:00:00Z")));
    broker.mark(Standing::Begun);
    broker.append(&late);
    broker.mark(Standing::Ended);
    assert_eq!(broker.seen(), in_order(&posts));
}

#[test]
fn a_dissolution_withdrawn_before_anything_was_published_is_as_if_never_said() {
    let mut script = Script::default();
    script.meeting(WEDNESDAY);
    let posts = script.sorted();
    let mut broker = Broker::new();
    tell(&mut broker, dissolving(false, "2025-03-05T10:00:00Z"));
    broker.append(&posts);
    broker.mark(Standing::CompleteUntil(at("2025-03-06T12:00:00Z")));
    assert_eq!(broker.published.len(), 0);
    tell(&mut broker, dissolving(true, "2025-03-06T13:00:00Z"));
    broker.mark(Standing::Ended);
    assert_eq!(broker.seen(), in_order(&posts));
}

#[test]
fn the_end_is_not_announced_before_the_posts_of_an_earlier_run_are_read() {
    let mut machine = Machine::new(Registry::default()).unwrap();
    let mut script = Script::default();
    script.meeting(WEDNESDAY);
    let posts = script.sorted();
    // The second run brings nothing for this partition: its marks hold from position 0 on.
    let through = posts.len() as u64;
    let marks = [
        (Standing::Begun, 0),
        (Standing::Ended, through),
        (Standing::Begun, 0),
        (Standing::Ended, 0),
    ];
    let mut actions = Vec::new();
    for (position, (standing, through)) in (0..).zip(marks) {
        let mark = Mark { partition: 0, source: "file".into(), standing, through };
        actions.extend(machine.step(Event::Mark { position, mark }));
    }
    actions.extend(machine.step(Event::ReadUpTo { partition: 0, position: 0 }));
    assert!(actions.is_empty(), "announced before a post was read: {actions:?}");
    assert!(!machine.idle());
    for (position, post) in (0..).zip(posts) {
        machine.step(Event::Post { partition: 0, position, post });
    }
    let actions = machine.step(Event::ReadUpTo { partition: 0, position: through });
    let announced = actions.iter().any(|action| {
        matches!(action, Action::Publish(records)
            if records.iter().any(|it| matches!(it, Record::Mark(_))))
    });
    assert!(announced && machine.idle());
}

#[test]
fn a_moderator_who_speaks_of_answers_gives_none() {
    let mut script = Script::default();
    script.meeting(WEDNESDAY);
    let told = script.say(WEDNESDAY, 700, "rosa", "Please begin your answers with A1 and the tag");
    let own = script.say(WEDNESDAY, 720, "rosa", "A1: radishes, for my part");
    let records = in_order(&script.sorted());
    let role = |id| {
        let found = |it: &Annotation| (it.post_id == id).then_some(it.role);
        records.values().find_map(|it| match it {
            Record::Annotation(row) => found(row),
            _ => None,
        })
    };
    assert_eq!(role(told), Some(Role::Moderation));
    assert_eq!(role(own), Some(Role::Answer));
}

#[test]
fn a_scheduled_session_is_named_by_whole_minutes() {
    let registry = chat_with(
        "rrule = \"FREQ=WEEKLY;BYDAY=WE\"\nstart = \"2025-03-05T20:00:30\"\nzone = \"UTC\"\nminutes = 60\n",
    );
    let mut script = Script::default();
    script.meeting(WEDNESDAY);
    let mut broker = Broker::new();
    broker.machine = Machine::new(registry).unwrap();
    broker.append(&script.sorted());
    broker.mark(Standing::Ended);
    let starts: Vec<Timestamp> = broker
        .published
        .iter()
        .filter_map(|record| match record {
            Record::Session(it) if it.session.is_meeting() => Some(it.session.starts_at()),
            _ => None,
        })
        .collect();
    assert_eq!(starts, [at(WEDNESDAY)]);
}

#[test]
fn the_longest_grace_that_a_registry_may_state_is_kept_in_a_repetition() {
    let registry = chat_with(
        "rrule = \"FREQ=YEARLY\"\nstart = \"2025-03-05T20:00\"\nzone = \"UTC\"\nminutes = 10080\ngrace_after_minutes = 10080\n",
    );
    let mut script = Script::default();
    script.meeting(WEDNESDAY);
    script.say(WEDNESDAY, 13 * 86_400, "fern", "A2: two weeks late, copper tape");
    script.say(WEDNESDAY, 16 * 86_400, "moss", "Until next year then");
    let posts = script.sorted();
    let (late, early) = apart(&posts, |post| post.text.starts_with("Until"));
    let run = |parts: &[&[Arc<GroundPost>]]| {
        let mut broker = Broker::new();
        broker.machine = Machine::new(registry.clone()).unwrap();
        for part in parts {
            broker.mark(Standing::Begun);
            broker.append(part);
            broker.mark(Standing::Ended);
        }
        broker.seen()
    };
    // The second run's post lies in the same week as the late answer, which is read again.
    assert_eq!(run(&[&early, &late]), run(&[&posts]));
}

#[test]
fn a_rule_that_cannot_be_expanded_shows_in_the_chain_of_causes() {
    let registry = chat_with(
        "rrule = \"FREQ=WEEKLY;BYDAY=XX\"\nstart = \"2025-03-05T20:00\"\nzone = \"UTC\"\nminutes = 60\n",
    );
    let error = AnalyzeError::from(Machine::new(registry).unwrap_err());
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    let mut found = false;
    while let Some(error) = cause {
        found |= error.is::<ScheduleError>();
        cause = error.source();
    }
    assert!(found, "the root tells usage from failure by it");
}

#[test]
fn counts_that_overflow_do_not_end_the_run() {
    let mut script = Script::default();
    script.meeting(WEDNESDAY);
    for person in ["fern", "moss"] {
        script.add(WEDNESDAY, 500, person, "A1: everybody likes this", |post| {
            post.like_count = Some(u64::MAX);
        });
    }
    assert!(!in_order(&script.sorted()).is_empty());
}

/// Everything above in one month, with ordinary meetings around it.
fn month() -> Vec<Arc<GroundPost>> {
    let mut script = trailing();
    script.posts.extend(border().posts);
    for (nth, start) in
        ["2025-02-26T20:00:00Z", "2025-03-16T23:00:00Z", "2025-03-19T20:00:00Z"].iter().enumerate()
    {
        script.meeting(start);
        script.say(start, 4_000, "fern", "A2: late, but copper tape");
        script.say(start, 90_000, "moss", &format!("Still thinking {nth}"));
        script.say(start, 200_000, "dill", "Q3 results were fine");
    }
    let mut posts = script.posts;
    for (nth, ground) in posts.iter_mut().enumerate() {
        let post = &mut Arc::make_mut(ground).post;
        post.id = colloquy_transcript::PostId::new(post.platform(), &format!("{}", 5_000 + nth));
    }
    posts.sort_by(|one, other| one.post.order().cmp(&other.post.order()));
    posts
}

#[test]
fn a_week_that_lies_in_several_places_among_other_chats_is_read_again_whole() {
    let posts = month();
    let other = ChatName::new("otherchat").unwrap();
    let noise: Vec<Arc<GroundPost>> = (0..3_000)
        .map(|nth| {
            let mut ground = GroundPost::clone(&posts[nth % posts.len()]);
            ground.chat = other.clone();
            Arc::new(ground)
        })
        .collect();
    let mut broker = Broker::new();
    for run in 0..3 {
        let (own, _) =
            apart(&posts, |post| post.id.as_str().len() + post.text.len() % 3 == 6 + run);
        broker.mark(Standing::Begun);
        broker.append(&own);
        broker.append(&noise);
        broker.mark(Standing::Ended);
        if run == 1 {
            broker.restart();
        }
    }
    assert!(broker.machine.idle());
    broker.published.retain(|record| record.chat().is_some_and(|chat| *chat != other));
    assert_eq!(broker.seen(), in_order(&posts));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Several runs, each in order and marked as it goes; restarts anywhere; a decision that is
    /// said, or said and withdrawn, at any moment.
    #[test]
    fn runs_in_order_marks_restarts_and_decisions_do_not_matter(
        run_of in proptest::collection::vec(0usize..3, 200),
        every in 1usize..9,
        restarts in proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
        decided in any::<prop::sample::Index>(),
        dissolves in any::<bool>(),
    ) {
        let posts = month();
        let mut expected = Broker::new();
        if dissolves {
            tell(&mut expected, dissolving(false, "2025-04-01T00:00:00Z"));
        }
        expected.append(&posts);
        expected.mark(Standing::Ended);

        let mut broker = Broker::new();
        let restarts: Vec<usize> = restarts.iter().map(|it| it.index(posts.len())).collect();
        let decided = decided.index(posts.len());
        let mut step = 0;
        for run in 0..3 {
            broker.mark(Standing::Begun);
            let own: Vec<_> =
                (0..posts.len()).filter(|&nth| run_of[nth % run_of.len()] == run).map(|nth| Arc::clone(&posts[nth])).collect();
            for (nth, post) in own.iter().enumerate() {
                broker.append(std::slice::from_ref(post));
                if let Some(until) = complete_before(&own, nth + 1).filter(|_| nth % every == 0) {
                    broker.mark(Standing::CompleteUntil(until));
                }
                if step == decided && !dissolves {
                    tell(&mut broker, dissolving(false, "2025-04-01T00:00:00Z"));
                    tell(&mut broker, dissolving(true, "2025-04-02T00:00:00Z"));
                }
                // The broker restores no decisions, so the machine lives once one was said.
                if restarts.contains(&step) && (dissolves || step < decided) {
                    broker.restart();
                }
                step += 1;
            }
            broker.mark(Standing::Ended);
        }
        if dissolves {
            tell(&mut broker, dissolving(false, "2025-04-01T00:00:00Z"));
        }
        prop_assert!(broker.machine.idle());
        prop_assert_eq!(broker.seen(), expected.seen());
    }
}
