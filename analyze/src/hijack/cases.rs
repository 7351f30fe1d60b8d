//! What the rules' tables of cases share, and verdicts as a whole.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
use std::sync::Arc;

use colloquy_transcript::registry::Policy;
use colloquy_transcript::{Author, AuthorId, ChatName, GroundPost, Platform, PostId, Timestamp};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::hundredths::hundredths;
use super::reading::{Reader, Reading};
use super::*;
use crate::seen::Seen;

/// A post with this text and the links that stand in it.
pub(super) fn post(text: &str) -> Post {
    let urls = text.split_whitespace().filter(|token| token.contains("://"));
    let mut author = Author::unknown(AuthorId::new(Platform::X, "9"));
    author.handle = Some("bean_counter".into());
    let at = "2025-03-05T20:10:00Z".parse().unwrap();
    let mut post = Post::original(PostId::new(Platform::X, "1"), at, author, text.to_owned());
    post.hashtags = vec!["gardenchat".into()];
    post.urls = urls.map(str::to_owned).collect();
    post
}

/// What is read of a post.
pub(super) fn read(post: &Post) -> Reading {
    let mut all = Vec::new();
    Reader::default().read(&[post], |reading| all.push(reading));
    all.pop().unwrap().view().unwrap().reading.clone()
}

/// A stranger's talk.
pub(super) fn stranger() -> Circumstances {
    Circumstances {
        role: Role::Talk,
        habits: Past { originals: 1, ..Past::default() },
        values: Values::default(),
        wording: None,
        in_session: false,
        attended_before: 0,
        spared: false,
        decided: None,
        decided_post: None,
    }
}

/// The same with other measurements.
pub(super) fn with(
    circumstances: &Circumstances,
    change: impl FnOnce(&mut Values),
) -> Circumstances {
    let mut changed = *circumstances;
    change(&mut changed.values);
    changed
}

/// A post as the analysis holds it.
pub(super) fn seen(post: Post) -> Seen {
    let chat = ChatName::new("gardenchat").unwrap();
    Seen::new(0, Arc::new(GroundPost { chat, post }))
}

/// What would be measured of a stranger's post with this text, alone in its week.
fn alone(text: &str) -> (Post, Circumstances) {
    let post = post(text);
    let seen = [seen(post.clone())];
    let room = Room::new(&seen);
    let week = SessionId::outside(post.created_at);
    let memory = Memory::default();
    let mut circumstances = stranger();
    measure(
        &room,
        &[Role::Talk],
        week,
        "gardenchat",
        &memory,
        |_| false,
        |_, it| {
            (circumstances.habits, circumstances.values) = (it.habits, it.values);
        },
    );
    (post, circumstances)
}

#[test]
fn the_shipped_weights_know_their_evidence() {
    assert!(Model::shipped().aligned(evidence::NAMES).is_ok());
    assert_eq!(evidence::NAMES.len(), evidence::MEANINGS.len());
    let trained = &Model::shipped().features;
    assert_eq!(trained.len(), evidence::NAMES.len(), "train again: the evidence has changed");
}

#[test]
fn adverts_are_flagged_and_talk_is_not() {
    let (advert, seller) = alone(
        "Shop our spring sale! 20% off all bundles, order yours today, free shipping \
         https://shop.example/deal #gardenchat #deals #sale #mondaymood #gifts #homedecor",
    );
    let flag = verdict(&Terms::default(), &advert, &seller);
    assert!(flag.flagged, "{}", flag.score);
    assert!(!flag.reasons.is_empty());
    let (talk, person) = alone("I think my beans froze last night, and I miss them already");
    let flag = verdict(&Terms::default(), &talk, &person);
    assert_eq!(flag.band, Band::None, "{}", flag.score);
}

#[test]
fn a_verdict_rests_on_what_else_the_author_posts() {
    let (offer, seller) = alone("Potting bench, ready made https://shop.example/bench #gardenchat");
    assert_ne!(seller.habits.leaning, 0, "what it says itself");
    let flag = |others: i64, log_odds: i64| {
        let mut habits = seller.habits;
        habits.originals += u32::try_from(others).unwrap();
        habits.leaning += others * log_odds * 100;
        verdict(&Terms::default(), &offer, &Circumstances { habits, ..seller })
    };
    let scores = [flag(9, -4), flag(2, -4), flag(0, 0), flag(2, 4), flag(9, 4)].map(|it| it.score);
    assert!(scores.is_sorted() && scores[0] < scores[1] && scores[3] < scores[4], "{scores:?}");
    let told = flag(9, 4).reasons.pop().unwrap().sentence;
    assert!(told.contains("for: 9 other posts of its author; "), "{told}");
}

#[test]
fn what_posts_say_of_their_author_is_added_up_and_remembered() {
    let offers =
        ["Sale! Order now https://shop.example/a", "Our shop is open https://shop.example/b"];
    let posts = |week: i64| -> Vec<Seen> {
        let posts = (0..).zip(offers).map(|(nth, text)| {
            let mut post = post(text);
            post.id = PostId::new(Platform::X, &(10 * week + nth).to_string());
            post.created_at =
                post.created_at.saturating_add(SignedDuration::from_hours(168 * week)).unwrap();
            seen(post)
        });
        posts.collect()
    };
    let mut memory = Memory::default();
    let mut before = 0;
    for week in 0..2 {
        let (posts, mut all) = (posts(week), Vec::new());
        let (room, unit) = (Room::new(&posts), week_of(&posts[0]));
        let here = measure(
            &room,
            &[Role::Talk; 2],
            unit,
            "gardenchat",
            &memory,
            |_| true,
            |_, it| {
                all.push((it.habits.leaning, leaning(&it.values, &it.wording)));
            },
        );
        let mut sum = Past { leaning: before, ..Past::default() };
        for (_, leaning) in &all {
            sum.lean(*leaning);
        }
        assert!(all.iter().all(|(told, _)| *told == sum.leaning), "week {week}: {all:?}");
        before = sum.leaning;
        here.remember(unit, &mut memory);
    }
}

#[test]
fn the_words_of_moderators_win() {
    let (advert, seller) =
        alone("Shop now! 20% off, order yours today https://shop.example #gardenchat #deals #sale");
    let spared = Circumstances { spared: true, ..seller };
    assert!(!verdict(&Terms::default(), &advert, &spared).flagged);
    let cleared = Circumstances { decided: Some(false), decided_post: Some(false), ..seller };
    let flag = verdict(&Terms::default(), &advert, &cleared);
    assert!(!flag.flagged && flag.decision == Some(false));
    let (talk, person) = alone("A1: beans, always beans");
    let confirmed = Circumstances { decided: Some(true), decided_post: Some(true), ..person };
    assert!(verdict(&Terms::default(), &talk, &confirmed).flagged);
}

#[test]
fn the_policy_of_the_chat_decides_what_is_excused() {
    use Promotion::{Forbidden, Participants, Welcome};
    let (offer, seller) = alone("A1: mulch! 20% off with code BEANS https://shop.example/deal");
    let habits = Past { originals: 2, links: 1, answers: 1, ..Past::default() };
    let participant = Circumstances { role: Role::Answer, habits, ..seller };
    let verdict = |promotion, circumstances: &Circumstances| {
        let policy = Policy { promotion, ..Policy::default() };
        super::verdict(&Terms::at(&policy, offer.created_at, &TimeZone::UTC), &offer, circumstances)
    };
    assert!(verdict(Forbidden, &participant).flagged);
    assert!(!verdict(Participants, &participant).flagged);
    let welcome = verdict(Welcome, &seller);
    assert!(!welcome.flagged && welcome.score < f64::EPSILON);
    assert!(!welcome.reasons.is_empty(), "the evidence is kept");
    // The offer was made on a Wednesday.
    assert!(!verdict(Promotion::parse("wednesdays").unwrap(), &seller).flagged);
    assert!(verdict(Promotion::parse("fridays").unwrap(), &participant).flagged);
}

#[test]
fn the_chat_says_where_one_may_link_and_what_is_shown() {
    let (advert, seller) = alone(
        "Shop our spring sale! 20% off all bundles, order yours today, free shipping \
         https://shop.example/deal #gardenchat #deals #sale #mondaymood #gifts #homedecor",
    );
    let flag = |policy: Policy| {
        verdict(&Terms::at(&policy, advert.created_at, &TimeZone::UTC), &advert, &seller)
    };
    let allowed =
        flag(Policy { allowed_domains: vec!["shop.example".into()], ..Policy::default() });
    assert_eq!((allowed.flagged, allowed.band), (false, Band::Watch));
    assert!(allowed.reasons.iter().any(|reason| &*reason.rule == "allowed-domain"));
    assert_eq!(flag(Policy::default()).band, Band::Flag);
    // What is forbidden is allowed there, and what is excused is looked at, whatever the thresholds.
    let narrow = Policy {
        promotion: Promotion::Forbidden,
        allowed_domains: vec!["shop.example".into()],
        flag_percent: Some(50),
        watch_percent: Some(50),
    };
    assert_eq!(flag(narrow).band, Band::Watch);
    let above = Policy { flag_percent: Some(100), ..Policy::default() };
    assert_eq!(flag(above).band, Band::Watch);
}

#[test]
fn hundredths_are_rounded_half_away_from_zero() {
    let plainly = |value: f32| {
        let rounded = (value * 100.0 + 0.5f32.copysign(value)).clamp(-32_767.0, 32_767.0);
        #[expect(clippy::cast_possible_truncation, reason = "it was just clamped")]
        let rounded = rounded as i16;
        rounded
    };
    let near = (-70_000i32..70_000).map(|nth| nth as f32 / 200.0);
    let far = [1e9, -1e9, f32::MAX, f32::INFINITY, f32::NEG_INFINITY, -0.0, 1e-9, -1e-9];
    for value in near.flat_map(|it| [it, it.next_up(), it.next_down()]).chain(far) {
        assert_eq!(hundredths(value), plainly(value), "{value}");
    }
    assert_eq!(hundredths(f32::NAN), Flag::UNKNOWN);
}

/// A unit before all posts: weeks, and sessions in them.
fn remembered(number: u8) -> SessionId {
    let hours =
        SignedDuration::from_hours(i64::from(number / 2) * 168 + i64::from(number % 2) * 20);
    let at = "2025-01-06T00:00:00Z".parse::<Timestamp>().unwrap().saturating_add(hours).unwrap();
    if number.is_multiple_of(2) { SessionId::outside(at) } else { SessionId::Meeting(at) }
}

fn week_of(seen: &Seen) -> SessionId {
    SessionId::outside(seen.at())
}

proptest::proptest! {
    /// Whoever read a post, at its arrival or in the end, read the same.
    #[test]
    fn what_was_read_at_arrival_is_what_is_read_in_the_end(
        texts in proptest::collection::vec(
            "((sale|our|buy now|garden|Bean Counter|éclair|I|20% off|\\$5|@bea|#x|https://a.example/b)[ ,!-]){0,12}|.*",
            1..=2 * TOGETHER + 9,
        ),
    ) {
        let unread = || -> Vec<Seen> {
            let posts = (0..).zip(&texts).map(|(nth, text)| {
                let mut post = post(text);
                post.id = PostId::new(Platform::X, &nth.to_string());
                seen(post)
            });
            posts.collect()
        };
        let memory = Memory::default();
        let (now, before) = (unread(), unread());
        let arrived: Vec<(&Seen, Role)> = before.iter().map(|seen| (seen, Role::Talk)).collect();
        Arrivals::default().measure(&arrived, "gardenchat", &memory, |_, _| true, |at, it| {
            assert!(it.wording == Wording::of(arrived[at].0.post()));
        });
        assert!(before.iter().all(|seen| seen.reading.get().is_some()));
        let roles = vec![Role::Talk; texts.len()];
        let week = SessionId::outside(now[0].at());
        let measured = |posts: &[Seen]| {
            let mut all = Vec::new();
            let room = Room::new(posts);
            let here = measure(&room, &roles, week, "gardenchat", &memory, |_| true, |at, it| {
                all.push((at, it.values.list().map(f32::to_bits), it.habits, it.wording));
            });
            (all, here)
        };
        assert_eq!(measured(&now), measured(&before));
    }

    /// Whoever comes together is measured as if they had come one by one.
    #[test]
    fn posts_that_come_together_come_one_by_one(
        said in proptest::collection::vec((0..5u8, 0..4u8, -60..200i64, 0..9i64), 1..=3 * TOGETHER),
        split in 0..3 * TOGETHER,
        units in proptest::collection::vec((0..9u8, 0..5u8, 0..4u8, proptest::bool::ANY), 0..20),
    ) {
        let texts = ["beans and peas, shop now https://shop.example/b", "I grow beans", "Peas?", "#x"];
        // Whoever is read again is read anew.
        let unread = || -> Vec<Seen> {
            let posts = (0..).zip(&said).map(|(nth, &(author, text, hours, back))| {
                let mut post = post(texts[usize::from(text)]);
                // Some come twice.
                post.id = PostId::new(Platform::X, &(nth - i64::from(author == 4)).to_string());
                post.author.id = AuthorId::new(Platform::X, &author.to_string());
                let hours = SignedDuration::from_hours(hours);
                post.created_at = post.created_at.saturating_add(hours).unwrap();
                post.reply_to = (back > 4).then(|| PostId::new(Platform::X, &(nth - back).to_string()));
                seen(post)
            });
            posts.collect()
        };
        // What is remembered, all of it or of the units alone that are over: of every second week only those
        // that bear the sign.
        let over = |unit: u8, week: SessionId| {
            let odd = week.starts_at().as_second() / 604_800 % 2 == 1;
            units.iter().any(|&(it, _, _, sign)| it == unit && (odd || sign))
        };
        let number = |it: SessionId| (0..9).find(|&number| remembered(number) == it).unwrap();
        let memory = |only: Option<SessionId>| {
            let mut memory = Memory::default();
            for unit in (0..9).filter(|&unit| only.is_none_or(|week| over(unit, week))) {
                let own = units.iter().filter(|it| it.0 == unit);
                let own = own.map(|&(_, author, text, _)| {
                    let past = Past { originals: 3, heard: u32::from(text), ..Past::default() };
                    let author = AuthorId::new(Platform::X, &author.to_string());
                    (author, past, read(&post(texts[usize::from(text)])).sketch)
                });
                memory.add(remembered(unit), own.collect(), UnitWords::default());
            }
            memory
        };
        let measured = |ends: &[usize], only: Option<SessionId>| {
            let memory = memory(only);
            let (seens, mut arrivals, mut all) = (unread(), Arrivals::default(), Vec::new());
            let posts: Vec<(&Seen, Role)> = seens.iter().map(|seen| (seen, Role::Talk)).collect();
            let mut begin = 0;
            for &end in ends {
                let part = &posts[begin..end];
                let before = |unit, week| only.is_some() || over(number(unit), week);
                arrivals.measure(part, "gardenchat", &memory, before, |at, it| {
                    let values = it.values.list().map(f32::to_bits);
                    all.push((begin + at, values, it.habits, it.wording, week_of(part[at].0)));
                });
                begin = end;
            }
            all
        };
        let one_by_one: Vec<usize> = (1..=said.len()).collect();
        let expected = measured(&one_by_one, None);
        assert_eq!(measured(&[said.len()], None), expected);
        assert_eq!(measured(&[split.min(said.len()), said.len()], None), expected);
        // Whoever remembers nothing but the units that were over when a week began measures that week alike.
        for week in expected.iter().map(|it| it.4).collect::<std::collections::BTreeSet<_>>() {
            let of_week = |all: Vec<_>| -> Vec<_> {
                all.into_iter().filter(|it: &(_, _, _, _, SessionId)| it.4 == week).collect()
            };
            assert_eq!(of_week(measured(&[said.len()], Some(week))), of_week(expected.clone()));
        }
    }
}
