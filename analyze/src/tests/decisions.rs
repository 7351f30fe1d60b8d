//! What moderators say outranks what is found, whenever they say it.

use std::collections::BTreeMap;
use std::sync::Arc;

use colloquy_transcript::registry::{self, Registry};
use colloquy_transcript::{
    Attendance, AuthorId, Basis, ChatName, CompactString, Decision, GroundPost, Record,
    SessionRecord, Standing, Verdict,
};
use proptest::prelude::*;

use super::broker::Broker;
use super::chat::Script;

const FIRST: &str = "2025-03-05T20:00:00Z";
const SECOND: &str = "2025-03-12T20:00:00Z";

fn say(subject: &str, verdict: &str, at: i64) -> Decision {
    Decision {
        chat: ChatName::new("gardenchat").unwrap(),
        subject: subject.into(),
        verdict: Verdict::parse(verdict).unwrap(),
        by: Some("rosa".to_owned()),
        at: jiff::Timestamp::from_second(1_750_000_000 + at).unwrap(),
        note: None,
        withdrawn: false,
    }
}

fn taken_back(mut decision: Decision) -> Decision {
    decision.at = decision.at.checked_add(jiff::SignedDuration::from_secs(500)).unwrap();
    decision.withdrawn = true;
    decision
}

/// Three meetings, a fourth that nobody numbered, and talk between them.
fn season() -> Vec<Arc<GroundPost>> {
    let mut script = Script::default();
    for start in [FIRST, SECOND, "2025-03-19T20:00:00Z"] {
        script.meeting(start);
        script.say(start, 4_000, "fern", "A2: late, but copper tape");
        script.say(start, 90_000, "moss", "Still thinking about that tool question");
    }
    let second_account = "A1: fern here, from my other account";
    script.say(SECOND, 360, "fern_too", second_account);
    script.say(SECOND, 380, "fern_too", "A2: and once more from here");
    for after in [0, 60, 200, 900] {
        script.say("2025-03-14T18:00:00Z", after, "dora", "Town hall about the plots");
        script.say("2025-03-14T18:00:00Z", after + 20, "cleo", "I was there and said so");
    }
    script.sorted()
}

/// Everything that may be said about [`season`] at once.
fn words() -> Vec<Decision> {
    vec![
        say("fern_too", "same-as=x:fern", 1),
        say("x:fern", "same-as=x:@ivy", 2),
        say("2025-03-05T2000Z", "starts-at=2025-03-05T19:45:30Z", 3),
        say("2025-03-12T2000Z", "ends-at=2025-03-12T22:30:00Z", 4),
        say("2025-03-14T1800Z", "starts-at=2025-03-14T18:00:00Z", 5),
        say("2025-03-19T2000Z", "starts-at=2025-03-19T20:15:00Z", 6),
        say("2025-03-19T2015Z", "ends-at=2025-03-19T21:45:00Z", 7),
        say("ivy", "is-moderator", 8),
    ]
}

fn told(posts: &[Arc<GroundPost>], decisions: &[Decision]) -> BTreeMap<CompactString, Record> {
    told_with(Registry::default(), posts, decisions)
}

fn told_with(
    registry: Registry,
    posts: &[Arc<GroundPost>],
    decisions: &[Decision],
) -> BTreeMap<CompactString, Record> {
    let mut broker = Broker::with(registry);
    for decision in decisions {
        broker.decide(decision.clone());
    }
    broker.append(posts);
    broker.mark(Standing::Ended);
    assert!(broker.machine.idle());
    broker.seen()
}

fn sessions(seen: &BTreeMap<CompactString, Record>) -> Vec<&SessionRecord> {
    let sessions = seen.values().filter_map(|record| match record {
        Record::Session(session) if session.session.is_meeting() => Some(&**session),
        _ => None,
    });
    sessions.collect()
}

fn session<'s>(seen: &'s BTreeMap<CompactString, Record>, id: &str) -> &'s SessionRecord {
    let found = sessions(seen).into_iter().find(|it| it.session.to_string() == id);
    found.unwrap_or_else(|| panic!("{id} is none of {:?}", ids(seen)))
}

fn ids(seen: &BTreeMap<CompactString, Record>) -> Vec<String> {
    sessions(seen).iter().map(|session| session.session.to_string()).collect()
}

fn people<'s>(seen: &'s BTreeMap<CompactString, Record>, id: &str) -> Vec<&'s Attendance> {
    let rows = seen.values().filter_map(|record| match record {
        Record::Attendance(row) if row.session.to_string() == id => Some(row),
        _ => None,
    });
    rows.collect()
}

#[test]
fn two_accounts_of_one_person_are_one_in_every_count() {
    let posts = season();
    let before = told(&posts, &[]);
    let seen = told(&posts, &[say("fern_too", "same-as=x:fern", 1)]);
    let id = "2025-03-12T2000Z";
    let (was, is) = (session(&before, id), session(&seen, id));
    assert_eq!((was.participants, is.participants), (was.participants, was.participants - 1));
    let fern =
        people(&seen, id).into_iter().find(|row| row.author_id.as_str() == "x:fern").unwrap();
    assert_eq!(fern.answers, 6);
    assert_eq!(fern.author_handle.as_deref(), Some("fern"), "the latest handle used");
    assert!(people(&seen, id).iter().all(|row| row.author_id.as_str() != "x:fern_too"));
    let answers: Vec<&AuthorId> = seen
        .values()
        .filter_map(|record| match record {
            Record::Annotation(row) => row.author_id.as_ref(),
            _ => None,
        })
        .collect();
    assert_eq!(answers, [&AuthorId::from_full("x:fern"); 2], "only where it is another's account");
    let said: Vec<&str> = is.corrections.iter().map(|it| it.verdict.as_str()).collect();
    assert_eq!(said, ["same-as=x:fern"]);
    assert!(session(&seen, "2025-03-05T2000Z").corrections.is_empty());
}

/// Hazel comes to the first meeting, and with another account to the second.
fn two_accounts() -> Vec<Arc<GroundPost>> {
    let mut script = Script::default();
    for (start, id, handle) in [(FIRST, "x:77", "hazel"), (SECOND, "x:78", "hazel_too")] {
        script.meeting(start);
        script.add(start, 360, handle, "A1: hazelnuts, what else", |post| {
            post.author.id = AuthorId::from_full(id);
        });
    }
    script.sorted()
}

#[test]
fn a_role_that_is_said_of_one_account_is_the_persons() {
    let hazel = AuthorId::from_full("x:77");
    let posts = two_accounts();
    let check = |seen: &BTreeMap<CompactString, Record>, basis: Basis| {
        for id in ["2025-03-05T2000Z", "2025-03-12T2000Z"] {
            let session = session(seen, id);
            let place = session.moderators.iter().position(|id| *id == hazel);
            let place = place.unwrap_or_else(|| panic!("{id}: {:?}", session.moderators));
            assert_eq!(session.moderators_basis[place], basis);
        }
    };
    let by_handle = say("hazel_too", "same-as=x:77", 1);
    let by_id = say("x:78", "same-as=x:77", 1);
    check(
        &told(&posts, &[by_handle.clone(), say("hazel_too", "is-moderator", 2)]),
        Basis::Decision,
    );
    check(&told(&posts, &[by_id.clone(), say("x:78", "is-moderator", 2)]), Basis::Decision);
    check(&told(&posts, &[by_id.clone(), say("hazel", "is-moderator", 2)]), Basis::Decision);
    let named = |handle: &str| {
        let chat = format!("[[chat]]\nname = \"gardenchat\"\nmoderators = [\"{handle}\"]");
        registry::parse(&chat).unwrap()
    };
    check(&told_with(named("hazel"), &posts, &[by_id]), Basis::Registry);
    check(&told_with(named("hazel_too"), &posts, &[by_handle]), Basis::Registry);
}

#[test]
fn a_corrected_start_renames_the_meeting_and_takes_its_posts_along() {
    let posts = season();
    let moved = say("2025-03-05T2000Z", "starts-at=2025-03-05T20:20:30Z", 1);
    let seen = told(&posts, std::slice::from_ref(&moved));
    let first = session(&seen, "2025-03-05T2020Z");
    assert_eq!(first.starts_at.to_string(), "2025-03-05T20:20:00Z");
    assert_eq!(first.ends_at.to_string(), "2025-03-05T21:00:00Z");
    assert!(first.posts < session(&told(&posts, &[]), "2025-03-05T2000Z").posts);
    assert_eq!(ids(&seen).len(), 3);
    // What is said of the name that the pages show now, counts as well.
    let longer = say("2025-03-05T2020Z", "ends-at=2025-03-05T21:30:00Z", 2);
    let back = say("2025-03-05T2020Z", "starts-at=2025-03-05T20:00:00Z", 3);
    let seen = told(&posts, &[moved.clone(), longer.clone()]);
    assert_eq!(session(&seen, "2025-03-05T2020Z").ends_at.to_string(), "2025-03-05T21:30:00Z");
    let seen = told(&posts, &[moved.clone(), longer, back]);
    let first = session(&seen, "2025-03-05T2000Z");
    assert_eq!(first.ends_at.to_string(), "2025-03-05T21:30:00Z");
    assert_eq!(first.corrections.len(), 3);
    let none = say("2025-03-05T2020Z", "not-a-session", 4);
    assert_eq!(ids(&told(&posts, &[moved, none])), ["2025-03-12T2000Z", "2025-03-19T2000Z"]);
}

#[test]
fn a_stated_start_is_a_meeting_that_nobody_found() {
    let posts = season();
    let stated = say("2025-03-14T1800Z", "starts-at=2025-03-14T18:00:00Z", 1);
    let seen = told(&posts, std::slice::from_ref(&stated));
    let town_hall = session(&seen, "2025-03-14T1800Z");
    assert_eq!((town_hall.posts, town_hall.participants), (8, 2));
    assert_eq!(town_hall.ends_at.to_string(), "2025-03-14T19:00:00Z");
    let silent = say("2025-03-15T1800Z", "starts-at=2025-03-15T18:00:00Z", 2);
    assert_eq!(ids(&told(&posts, &[silent])).len(), 3, "nobody wrote then");
    let both = [stated.clone(), taken_back(stated)];
    assert_eq!(told(&posts, &both), told(&posts, &[]));
}

#[test]
fn meetings_whose_hours_are_stated_do_not_overlap() {
    let posts = season();
    let long = say("2025-03-05T2000Z", "ends-at=2025-03-05T21:30:00Z", 1);
    let next = say("2025-03-05T2055Z", "starts-at=2025-03-05T20:55:00Z", 2);
    let seen = told(&posts, &[long, next]);
    let (one, two) = (session(&seen, "2025-03-05T2000Z"), session(&seen, "2025-03-05T2055Z"));
    assert_eq!(one.ends_at, two.starts_at);
    assert_eq!(two.posts, 1, "the late answer");
}

#[test]
fn a_scheduled_meeting_moves_as_a_whole() {
    let moved = [
        say("2025-03-12T2000Z", "starts-at=2025-03-12T19:30:00Z", 1),
        say("2025-03-14T1800Z", "starts-at=2025-03-14T18:00:00Z", 2),
    ];
    let seen = told_with(weekly(), &season(), &moved);
    let expected = ["2025-03-05T2000Z", "2025-03-12T1930Z", "2025-03-14T1800Z", "2025-03-19T2000Z"];
    assert_eq!(ids(&seen), expected);
    assert_eq!(session(&seen, "2025-03-12T1930Z").ends_at.to_string(), "2025-03-12T20:30:00Z");
}

#[test]
fn everything_taken_back_is_as_if_never_said() {
    let posts = season();
    let mut broker = Broker::new();
    broker.append(&posts);
    broker.mark(Standing::Ended);
    for decision in words() {
        broker.decide(decision);
    }
    broker.mark(Standing::Begun);
    broker.mark(Standing::Ended);
    assert_eq!(broker.seen(), told(&posts, &words()));
    broker.restart();
    for decision in words() {
        broker.decide(taken_back(decision));
    }
    broker.mark(Standing::Begun);
    broker.mark(Standing::Ended);
    assert_eq!(broker.seen(), told(&posts, &[]));
}

/// The chat with a schedule.
fn weekly() -> Registry {
    let schedule = "[[chat]]\nname = \"gardenchat\"\n[chat.schedule]\nrrule = \"FREQ=WEEKLY\"\n\
                    start = \"2025-03-05T20:00:00\"\nzone = \"UTC\"\nminutes = 60\n";
    registry::parse(schedule).unwrap()
}

/// Posts and decisions, one event each.
#[derive(Debug, Clone)]
enum Said {
    Post(Arc<GroundPost>),
    Decision(Decision),
}

/// A start or an end near one of the season's meetings, on the quarter hour.
fn hour() -> impl Strategy<Value = String> {
    let days = prop::sample::select(vec!["2025-03-05", "2025-03-12", "2025-03-14", "2025-03-19"]);
    (days, 17_u32..24, prop::sample::select(vec![0_u32, 15, 30, 45]))
        .prop_map(|(day, hour, minute)| format!("{day}T{hour:02}{minute:02}Z"))
}

/// Anything that may be said of sessions and accounts.
fn word() -> impl Strategy<Value = (String, String)> {
    let instant = |id: String| {
        let (date, hour) = id.split_once('T').unwrap();
        format!("{date}T{}:{}:00Z", &hour[..2], &hour[2..4])
    };
    let names = || {
        let names = ["x:fern", "fern_too", "x:moss", "x:@ivy", "dora", "x:cleo"];
        prop::sample::select(names.map(str::to_owned).to_vec())
    };
    let found = prop::sample::select(
        ["2025-03-05T2000Z", "2025-03-12T2000Z", "2025-03-19T2000Z"].map(str::to_owned).to_vec(),
    );
    let session = prop_oneof![found, hour()].boxed();
    prop_oneof![
        6 => (session.clone(), hour(), any::<bool>()).prop_map(move |(id, at, same_day)| {
            let at = if same_day { format!("{}{}", &id[..10], &at[10..]) } else { at };
            (id, format!("starts-at={}", instant(at)))
        }),
        3 => (session.clone(), hour(), any::<bool>()).prop_map(move |(id, at, same_day)| {
            let at = if same_day { format!("{}{}", &id[..10], &at[10..]) } else { at };
            (id, format!("ends-at={}", instant(at)))
        }),
        1 => session.prop_map(|id| (id, "not-a-session".to_owned())),
        2 => (names(), names()).prop_map(|(one, other)| (one, format!("same-as={other}"))),
    ]
}

/// How posts and decisions come, and what happens in between.
#[derive(Debug, Clone)]
struct Course {
    order: Vec<usize>,
    in_order: bool,
    places: Vec<prop::sample::Index>,
    cuts: Vec<prop::sample::Index>,
    restarts: u8,
    ends: u8,
    /// Posts are judged as they arrive, and wait for one another.
    live: bool,
}

fn course() -> impl Strategy<Value = Course> {
    let order = Just((0..season().len()).collect::<Vec<_>>()).prop_shuffle();
    let index = any::<prop::sample::Index>;
    let places = proptest::collection::vec(index(), words().len());
    let cuts = proptest::collection::vec(index(), 0..5);
    (order, any::<bool>(), places, cuts, any::<u8>(), any::<u8>(), any::<bool>()).prop_map(
        |(order, in_order, places, cuts, restarts, ends, live)| Course {
            order,
            in_order,
            places,
            cuts,
            restarts,
            ends,
            live,
        },
    )
}

/// The keys whose records differ.
fn differing<'s>(
    one: &'s BTreeMap<CompactString, Record>,
    other: &'s BTreeMap<CompactString, Record>,
) -> Vec<&'s str> {
    let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
    keys.filter(|key| one.get(*key) != other.get(*key)).map(CompactString::as_str).collect()
}

/// What is seen in the end of a course.
fn taken(registry: Registry, course: &Course, said: &[Decision]) -> Broker {
    let posts = season();
    let shuffled = course.order.iter().map(|&at| Said::Post(Arc::clone(&posts[at])));
    let mut events: Vec<Said> = shuffled.collect();
    if course.in_order {
        events = posts.iter().cloned().map(Said::Post).collect();
    }
    for (decision, place) in said.iter().zip(&course.places) {
        events.insert(place.index(events.len()), Said::Decision(decision.clone()));
    }
    let mut cuts: Vec<usize> = course.cuts.iter().map(|cut| cut.index(events.len())).collect();
    cuts.push(events.len());
    cuts.sort_unstable();
    let mut broker = Broker::with(registry).watching(course.live);
    let mut from = 0;
    for (nth, until) in cuts.into_iter().enumerate() {
        broker.mark(Standing::Begun);
        for event in &events[from..until] {
            match event {
                Said::Post(post) if course.live => broker.bring(post),
                Said::Post(post) => broker.append(std::slice::from_ref(post)),
                Said::Decision(decision) => broker.decide(decision.clone()),
            }
            if course.in_order
                && let Said::Post(post) = event
            {
                let before = post.post.created_at.as_microsecond() - 1;
                let before = jiff::Timestamp::from_microsecond(before).unwrap();
                broker.mark(Standing::CompleteUntil(before));
            }
        }
        if course.ends & (1 << (nth % 8)) != 0 {
            broker.mark(Standing::Ended);
        }
        if course.restarts & (1 << (nth % 8)) != 0 {
            broker.restart();
        }
        from = until;
    }
    broker.mark(Standing::Ended);
    broker
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn decisions_count_whenever_they_are_made(course in course(), chosen in any::<u8>()) {
        let all = words().into_iter().enumerate();
        let said: Vec<Decision> = all
            .filter(|(nth, _)| chosen & (1 << nth) != 0)
            .map(|(_, decision)| decision)
            .collect();
        let broker = taken(Registry::default(), &course, &said);
        prop_assert!(broker.machine.idle());
        let expected = told(&season(), &said);
        let seen = broker.seen();
        prop_assert_eq!(differing(&seen, &expected), Vec::<&str>::new());
    }

    #[test]
    fn whatever_is_said_order_and_restarts_do_not_matter(
        course in course(),
        said in proptest::collection::vec(word(), 1..7),
        scheduled in any::<bool>(),
    ) {
        let said: Vec<Decision> = (0..)
            .zip(&said)
            .map(|(at, (subject, verdict))| say(subject, verdict, at))
            .collect();
        let registry = || if scheduled { weekly() } else { Registry::default() };
        let expected = told_with(registry(), &season(), &said);
        let meetings = sessions(&expected);
        for pair in meetings.windows(2) {
            prop_assert!(pair[0].ends_at <= pair[1].starts_at, "{:?}", ids(&expected));
        }
        let broker = taken(registry(), &course, &said);
        prop_assert!(broker.machine.idle());
        let seen = broker.seen();
        prop_assert_eq!(differing(&seen, &expected), Vec::<&str>::new());
    }
}
