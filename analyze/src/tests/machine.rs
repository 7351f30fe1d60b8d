//! However the posts arrive, the same is published in the end.

use std::sync::Arc;

use colloquy_transcript::{GroundPost, Record, Standing};
use proptest::prelude::*;

use super::broker::{Broker, complete_before, in_order};
use super::chat::Script;

/// Three weeks of meetings, posts between them, a hijacker, a late answer and one of the next
/// morning; an hour without numbers that ends with the week.
fn season() -> Vec<Arc<GroundPost>> {
    let mut script = Script::default();
    for start in ["2025-03-05T20:00:00Z", "2025-03-12T20:00:00Z", "2025-03-19T20:00:00Z"] {
        script.meeting(start);
        script.say(start, 4_000, "fern", "A2: late, but copper tape");
        script.say(start, 40_000, "dew", "A1: read this on the bus. Peas, since you ask");
        script.say(start, 90_000, "moss", "Still thinking about that tool question");
        for after in [1_200, 180_000, 200_000] {
            let text = "Shop now, 20% off https://shop.example/deal";
            script.say(start, after, "bargain_bin", text);
        }
    }
    script.gathering("2025-03-16T22:45:00Z");
    script.sorted()
}

#[test]
fn sorted_marks_settle_early_and_hold_little() {
    let posts = season();
    let mut broker = Broker::new();
    broker.mark(Standing::Begun);
    let mut held = 0;
    for (at, post) in posts.iter().enumerate() {
        broker.append(std::slice::from_ref(post));
        if let Some(until) = complete_before(&posts, at + 1) {
            broker.mark(Standing::CompleteUntil(until));
        }
        held = held.max(broker.machine.posts_held());
    }
    let before_end = broker.published.len();
    assert!(before_end > 0, "nothing was published before the end");
    assert!(held < posts.len() / 2, "{held} of {} posts were held", posts.len());
    broker.mark(Standing::Ended);
    assert!(broker.machine.idle());
    assert_eq!(broker.seen(), in_order(&posts));
}

#[test]
fn a_second_run_with_the_same_posts_publishes_nothing() {
    let posts = season();
    let mut broker = Broker::new();
    broker.append(&posts);
    broker.mark(Standing::Ended);
    let sessions = |broker: &Broker| {
        broker.published.iter().filter(|record| matches!(record, Record::Session(_))).count()
    };
    let before = sessions(&broker);
    broker.mark(Standing::Begun);
    broker.append(&posts);
    broker.mark(Standing::Ended);
    assert_eq!(sessions(&broker), before);
}

#[test]
fn an_edit_that_dissolves_a_meeting_takes_it_back() {
    let posts = season();
    let mut broker = Broker::new();
    broker.append(&posts);
    broker.mark(Standing::Ended);
    broker.mark(Standing::Begun);
    // What the host wrote in the second week turns out to be something else: the room met before
    // at that hour, and with a welcome alone it would still have met.
    let edited: Vec<Arc<GroundPost>> = posts
        .iter()
        .filter(|ground| ground.post.author.id.as_str() == "x:rosa")
        .filter(|ground| ground.post.created_at.to_string().starts_with("2025-03-12"))
        .map(|ground| {
            let mut ground = GroundPost::clone(ground);
            ground.post.text = "Nothing to ask".into();
            Arc::new(ground)
        })
        .collect();
    assert!(!edited.is_empty());
    broker.append(&edited);
    broker.mark(Standing::Ended);
    let mut changed = posts.clone();
    for ground in &mut changed {
        if let Some(edit) = edited.iter().find(|edit| edit.post.id == ground.post.id) {
            *ground = Arc::clone(edit);
        }
    }
    assert_eq!(broker.seen(), in_order(&changed));
    let gone =
        broker.published.iter().any(|record| matches!(record, Record::Session(it) if it.gone));
    assert!(gone);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn order_batches_runs_and_restarts_do_not_matter(
        order in Just((0..season().len()).collect::<Vec<_>>()).prop_shuffle(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
        again in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
        restarts in any::<u8>(),
        ends in any::<u8>(),
        live in any::<bool>(),
    ) {
        let posts = season();
        let expected = in_order(&posts);
        let shuffled: Vec<_> = order.iter().map(|&at| Arc::clone(&posts[at])).collect();
        let mut cuts: Vec<usize> =
            cuts.iter().map(|cut| cut.index(shuffled.len())).collect();
        cuts.push(shuffled.len());
        cuts.sort_unstable();
        let mut broker = Broker::new().watching(live);
        let mut from = 0;
        for (nth, until) in cuts.into_iter().enumerate() {
            broker.mark(Standing::Begun);
            broker.append(&shuffled[from..until]);
            let repeated: Vec<_> =
                again.iter().filter(|_| until > 0).map(|index| Arc::clone(index.get(&shuffled[..until]))).collect();
            broker.append(&repeated);
            if ends & (1 << (nth % 8)) != 0 {
                broker.mark(Standing::Ended);
            }
            if restarts & (1 << (nth % 8)) != 0 {
                broker.restart();
            }
            from = until;
        }
        broker.mark(Standing::Ended);
        prop_assert!(broker.machine.idle());
        prop_assert_eq!(broker.seen(), expected);
    }
}
