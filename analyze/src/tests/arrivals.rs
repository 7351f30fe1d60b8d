//! Posts are judged as they arrive, and what is found in the end stays the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use colloquy_transcript::registry::Registry;
use colloquy_transcript::{Annotation, GroundPost, PostId, Record, Standing};

use super::broker::{Broker, complete_before, in_order};
use super::chat::Script;
use crate::machine::{Action, Event, Machine};

const START: &str = "2025-03-05T20:00:00Z";

/// A meeting in which somebody sells three times, and somebody else once answers with a link.
fn evening() -> Vec<Arc<GroundPost>> {
    let mut script = Script::default();
    script.meeting(START);
    for after_s in [700, 1_300, 1_900] {
        let offer = "Spring sale, 20% off, shop now https://shop.example/deal #gardenchat #deals";
        script.say(START, after_s, "bargain_bin", offer);
    }
    script.say(START, 1_000, "dora", "A1: mulch, see https://blog.example/mulch #gardenchat");
    script.sorted()
}

/// What was said at arrival, by post, as often as it was said.
fn arrived(broker: &Broker) -> BTreeMap<PostId, Vec<&Annotation>> {
    let mut arrived: BTreeMap<PostId, Vec<&Annotation>> = BTreeMap::new();
    for record in &broker.published {
        if let Record::Annotation(it) = record
            && it.is_provisional()
        {
            arrived.entry(it.post_id.clone()).or_default().push(it);
        }
    }
    arrived
}

#[test]
fn sellers_are_told_while_the_room_meets() {
    let posts = evening();
    let mut broker = Broker::live();
    broker.mark(Standing::Begun);
    for (at, post) in posts.iter().enumerate() {
        broker.append(std::slice::from_ref(post));
        if let Some(until) = complete_before(&posts, at + 1) {
            broker.mark(Standing::CompleteUntil(until));
        }
        // The process dies in the middle of the meeting.
        if at == posts.len() / 2 {
            broker.restart();
        }
    }
    let final_ones = broker.published.iter().filter(|it| matches!(it, Record::Session(_))).count();
    assert_eq!(final_ones, 0, "the session is not over");
    let told = arrived(&broker);
    let originals = posts.iter().filter(|it| it.post.is_original());
    assert!(originals.clone().count() > 10);
    for ground in originals {
        let said = told.get(&ground.post.id).map_or(0, Vec::len);
        assert_eq!(said, 1, "{}: {}", ground.post.id, ground.post.text);
    }
    let flags = |author: &str| -> Vec<bool> {
        let theirs = posts.iter().filter(|it| it.post.author.id.native() == author);
        let flags = theirs.filter_map(|it| told.get(&it.post.id)?.first()?.flag.as_ref());
        flags.map(|flag| flag.flagged).collect()
    };
    assert!(flags("bargain_bin").iter().any(|flagged| *flagged), "{:?}", flags("bargain_bin"));
    assert_eq!(flags("dora").iter().filter(|flagged| **flagged).count(), 0);
    broker.mark(Standing::Ended);
    assert_eq!(broker.seen(), in_order(&posts));
    assert!(broker.machine.idle());
}

#[test]
fn nobody_is_judged_at_arrival_unless_somebody_watches() {
    let mut broker = Broker::new();
    broker.append(&evening());
    broker.mark(Standing::Ended);
    assert!(arrived(&broker).is_empty());
}

#[test]
fn who_comes_together_is_told_of_as_if_one_by_one() {
    let mut script = Script::default();
    script.meeting(START);
    for nth in 0..40 {
        script.say(START, 600 + 7 * nth, "dora", &format!("A1: {nth} beans #gardenchat"));
    }
    let posts = script.sorted();
    let (mut together, mut singly) = (Broker::live(), Broker::live());
    for broker in [&mut together, &mut singly] {
        broker.mark(Standing::Begun);
    }
    together.append(&posts);
    for post in &posts {
        singly.append(std::slice::from_ref(post));
    }
    let told = arrived(&together);
    assert_eq!(told.len(), posts.iter().filter(|it| it.post.is_original()).count());
    assert_eq!(told, arrived(&singly));
    for mut broker in [together, singly] {
        broker.mark(Standing::Ended);
        assert_eq!(broker.seen(), in_order(&posts));
    }
}

#[test]
fn posts_that_wait_to_be_judged_are_still_needed() {
    let posts = evening();
    let mut machine = Machine::new(Registry::default()).unwrap().judging_arrivals();
    let originals = posts.iter().filter(|it| it.post.is_original());
    for (position, post) in (7..).zip(originals.take(3)) {
        let actions = machine.step(Event::Post { partition: 0, position, post: post.clone() });
        assert!(actions.is_empty(), "{actions:?}");
    }
    assert_eq!(machine.posts_held(), 3);
    // Who dies now has said nothing of them.
    let progress = machine.progress().next().unwrap();
    assert_eq!((progress.needed, progress.unpublished), (7, 7));
    let actions = machine.step(Event::ReadUpTo { partition: 0, position: 10 });
    let [Action::Publish(told)] = &actions[..] else { panic!("{actions:?}") };
    assert_eq!(told.len(), 3);
    assert_eq!(machine.posts_held(), 3);
    let progress = machine.progress().next().unwrap();
    assert_eq!((progress.needed, progress.unpublished), (7, 10));
}
