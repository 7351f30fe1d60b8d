//! However the posts arrive, the same is published in the end.

use std::sync::Arc;

use colloquy_transcript::{AuthorId, GroundPost, Platform, PostId, Record, Standing};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::broker::{Broker, complete_before, in_order, step_by_step};
use super::chat::Script;
use crate::machine::HELD_MAX;

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

/// What was said later, of the first meeting.
fn late(posts: &[Arc<GroundPost>], nth: i64) -> Arc<GroundPost> {
    let mut ground = GroundPost::clone(&posts[0]);
    ground.post.id = PostId::new(Platform::X, &(900_000 + nth).to_string());
    ground.post.author.id = AuthorId::new(Platform::X, &format!("late{nth}"));
    ground.post.text = format!("A1: late, and {nth} peas");
    let later = SignedDuration::from_secs(700 + nth);
    ground.post.created_at = ground.post.created_at.checked_add(later).unwrap();
    Arc::new(ground)
}

#[test]
fn weeks_that_lie_among_each_other_are_read_again_at_once() {
    // Far from sorted: every week lies everywhere.
    let mut posts = season();
    let weeks = 3;
    for nth in 0..posts.len() {
        let other = (nth * 37) % posts.len();
        posts.swap(nth, other);
    }
    let mut broker = Broker::new();
    broker.append(&posts);
    broker.mark(Standing::Ended);
    assert_eq!(broker.reread, 0);
    let late = late(&season(), 0);
    broker.mark(Standing::Begun);
    broker.append(std::slice::from_ref(&late));
    broker.mark(Standing::Ended);
    posts.push(late);
    let all = posts.len() as u64;
    assert!(all > HELD_MAX as u64, "not all of them may be held");
    assert!(broker.reread > all, "one pass would hold more than it may");
    assert!(broker.reread < weeks * all, "{} of {all} positions", broker.reread);
    posts.sort_by_key(|it| (it.post.created_at, it.post.id.clone()));
    assert_eq!(broker.seen(), in_order(&posts));
}

#[test]
fn a_post_of_years_ago_is_folded_in_although_those_years_are_summed_up() {
    let mut script = Script::default();
    let start = "2020-01-08T12:00:00Z";
    let week = 7 * 86_400;
    for nth in 0..200 {
        let text = format!("Beans of week {nth} at https://shop.example/{}", nth % 3);
        script.say(start, nth * week, ["dew", "bud"][usize::from(nth % 5 == 0)], &text);
    }
    let in_time = script.sorted();
    script.say(start, 3 * week + 60, "dew", "More beans at https://shop.example/1");
    let posts = script.sorted();
    let mut broker = step_by_step(&in_time);
    let late = posts.iter().find(|post| !in_time.contains(post)).unwrap();
    broker.bring(late);
    broker.mark(Standing::Ended);
    assert_eq!(broker.seen(), in_order(&posts));
}

#[test]
fn late_posts_wait_for_those_that_come_behind_them() {
    let mut posts = season();
    let mut broker = Broker::new();
    broker.append(&posts);
    broker.mark(Standing::Ended);
    for nth in 0..5 {
        broker.machine.catch_up(nth < 4);
        let late = late(&season(), nth);
        broker.append(std::slice::from_ref(&late));
        posts.push(late);
        assert_eq!(broker.reread > 0, nth == 4, "after {nth}");
        assert_eq!(broker.machine.is_to_refold(), nth < 4);
    }
    posts.sort_by_key(|it| (it.post.created_at, it.post.id.clone()));
    assert_eq!(broker.seen(), in_order(&posts));
    // Who holds much folds again all the same.
    broker.reread = 0;
    broker.machine.catch_up(true);
    let mut script = Script::default();
    for nth in 0..40 {
        script.say("2025-03-26T20:00:00Z", nth, "fern", "Beans");
    }
    let next = script.sorted().into_iter().enumerate().map(|(nth, ground)| {
        let mut ground = GroundPost::clone(&ground);
        ground.post.id = PostId::new(Platform::X, &(800_000 + nth).to_string());
        Arc::new(ground)
    });
    let next: Vec<_> = next.collect();
    broker.append(&[&[late(&season(), 5)][..], &next[..30]].concat());
    assert_eq!(broker.reread, 0);
    broker.append(&next[30..]);
    assert!(broker.reread > 0, "{} posts are held", broker.machine.posts_held());
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
