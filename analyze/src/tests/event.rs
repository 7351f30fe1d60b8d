//! Weeks that somebody opens for all to post in.

use std::sync::Arc;

use colloquy_transcript::{GroundPost, Record, Standing};
use proptest::prelude::*;

use super::broker::{Broker, complete_before, in_order, step_by_step};
use super::chat::Script;

const MONDAY: &str = "2025-03-10T08:00:00Z";
const DAY: i64 = 86_400;

/// A week that rosa opens and closes, as long as this; an evening hour in its midst.
fn week(days: i64, opening: &str) -> Script {
    let mut script = Script::default();
    script.say(MONDAY, 0, "rosa", opening);
    for day in 0..days {
        for (nth, person) in (1..).zip(["fern", "moss", "reed", "ivy", "dew", "bud", "sage", "oak"])
        {
            if (nth + day) % 8 < 6 {
                let after = day * DAY + nth * 3_700;
                let shown = format!("Bench {nth} on day {day}, in pencil and in rain");
                let id = script.say(MONDAY, after, person, &shown);
                if nth % 3 == 0 {
                    script.reply(MONDAY, after + 300, "rosa", "@you what a lovely bench", &id);
                }
            }
        }
    }
    let end = (days - 1) * DAY + 40_000;
    script.say(
        MONDAY,
        end,
        "rosa",
        "And with that we close the week. Thank you all, until next year",
    );
    script
}

fn sessions(posts: &[Arc<GroundPost>]) -> Vec<String> {
    let seen = in_order(posts);
    let found = seen.values().filter_map(|record| match record {
        Record::Session(it) if it.session.is_meeting() => {
            Some(format!("{} until {} by {}", it.session, it.ends_at, it.moderators.len()))
        }
        _ => None,
    });
    found.collect()
}

const OPEN: &str = "Good morning, the bench week is open! Until Sunday, show us a page a day";

#[test]
fn a_week_that_is_opened_is_one_meeting() {
    assert_eq!(
        sessions(&week(7, OPEN).sorted()),
        ["2025-03-10T0800Z until 2025-03-16T19:15:00Z by 1"]
    );
}

#[test]
fn a_conference_and_a_tag_that_nobody_opens_are_none() {
    assert_eq!(sessions(&week(3, OPEN).sorted()), [""; 0]);
    let busy = "Rain on the bench again, and the pencil is wet";
    assert_eq!(sessions(&week(7, busy).sorted()), [""; 0]);
    // Nor is a tag that never falls silent.
    assert_eq!(sessions(&week(12, OPEN).sorted()), [""; 0]);
}

#[test]
fn an_hour_with_questions_is_not_held_up_by_an_opening() {
    let mut script = week(2, OPEN);
    script.meeting("2025-03-11T20:00:00Z");
    let posts = script.sorted();
    let mut broker = Broker::new();
    broker.mark(Standing::Begun);
    broker.append(&posts);
    let until = "2025-03-11T23:00:00Z".parse().unwrap();
    broker.mark(Standing::CompleteUntil(until));
    let published = broker.published.iter().any(
        |record| matches!(record, Record::Session(it) if it.session.to_string() == "2025-03-11T2000Z"),
    );
    assert!(published);
}

#[test]
fn what_an_opening_leads_to_does_not_depend_on_the_marks() {
    for days in [1, 3, 7, 12] {
        let mut script = week(days, OPEN);
        script.gathering("2025-03-12T20:00:00Z");
        let posts = script.sorted();
        assert_eq!(step_by_step(&posts).seen(), in_order(&posts), "{days} days");
    }
}

#[test]
fn an_event_that_opens_as_the_week_does_takes_what_came_just_before() {
    let mut script = Script::default();
    let eve = "2025-03-09T20:00:00Z";
    script.say(eve, 14_100, "moss", "Pencils sharp, nearly time");
    for (nth, ground) in (0..).zip(week(6, OPEN).posts) {
        let at = ground.post.created_at;
        let earlier = at - jiff::SignedDuration::from_mins(8 * 60 - 12);
        let author = ground.post.author.id.as_str().trim_start_matches("x:").to_owned();
        script.add("2025-03-10T00:00:00Z", nth, &author, &ground.post.text, |post| {
            post.created_at = earlier;
            post.kind = ground.post.kind;
        });
    }
    let posts = script.sorted();
    assert_eq!(step_by_step(&posts).seen(), in_order(&posts));
}

#[test]
fn an_hour_with_questions_as_an_event_ends_is_one_in_any_case() {
    for at in ["19:10", "19:50", "20:20", "20:40", "21:10"] {
        let mut script = week(5, OPEN);
        script.meeting(&format!("2025-03-15T{at}:00Z"));
        script.meeting(&format!("2025-03-16T{at}:00Z"));
        let posts = script.sorted();
        assert_eq!(step_by_step(&posts).seen(), in_order(&posts), "{at}");
    }
}

#[test]
fn a_free_hour_before_one_with_questions_is_not_overtaken() {
    for between in [60, 90, 120, 180, 300] {
        let mut script = Script::default();
        script.gathering("2025-03-12T18:00:00Z");
        let start = "2025-03-12T18:00:00Z".parse::<jiff::Timestamp>().unwrap();
        script.meeting(&(start + jiff::SignedDuration::from_mins(between)).to_string());
        let posts = script.sorted();
        assert_eq!(step_by_step(&posts).seen(), in_order(&posts), "{between} minutes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn an_event_is_the_same_in_any_order(
        days in 1_i64..9,
        late in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
        step in 1_usize..9,
    ) {
        let mut script = week(days, OPEN);
        script.gathering("2025-03-11T20:00:00Z");
        let posts = script.sorted();
        let expected = in_order(&posts);
        let late: Vec<usize> = late.iter().map(|index| index.index(posts.len())).collect();
        let mut broker = Broker::new();
        broker.mark(Standing::Begun);
        for (at, post) in posts.iter().enumerate() {
            if !late.contains(&at) {
                broker.append(std::slice::from_ref(post));
            }
            if let (0, Some(until)) = (at % step, complete_before(&posts, at + 1)) {
                broker.mark(Standing::CompleteUntil(until));
            }
        }
        for &at in &late {
            broker.append(std::slice::from_ref(&posts[at]));
        }
        broker.mark(Standing::Ended);
        prop_assert!(broker.machine.idle());
        prop_assert_eq!(broker.seen(), expected);
    }
}
