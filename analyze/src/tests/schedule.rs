//! Meetings by the registry: the rule, and what is planned for single dates.

use std::collections::BTreeSet;

use colloquy_transcript::registry::{self, Registry};
use colloquy_transcript::{Record, SessionId, Standing, Timestamp};
use jiff::tz::TimeZone;

use super::broker::Broker;
use super::chat::Script;
use crate::fingerprint::basis;
use crate::machine::Machine;
use crate::schedule::Calendar;

const WEEKLY: &str = "rrule = \"FREQ=WEEKLY;BYDAY=WE\"\nstart = \"2025-03-05T20:00\"\nzone = \"Europe/London\"\nminutes = 60\n";

fn chat(schedule: &str, sessions: &[&str]) -> Registry {
    let mut text = format!("[[chat]]\nname = \"gardenchat\"\n[chat.schedule]\n{schedule}");
    for lines in sessions {
        text.extend(["[[chat.session]]\n", lines, "\n"]);
    }
    registry::parse(&text).unwrap()
}

/// Start, opening, end and closing of every meeting of March 2025, local, a line each.
fn march(schedule: &str, sessions: &[&str]) -> String {
    let registry = chat(schedule, sessions);
    let calendar = Calendar::new(&registry.chats[0]).unwrap().unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let zone = TimeZone::get("Europe/London").unwrap();
    let local = |at: Timestamp, form: &str| at.to_zoned(zone.clone()).strftime(form).to_string();
    let meetings = calendar.meetings(at("2025-03-01T00:00:00Z"), at("2025-04-01T00:00:00Z"));
    let lines = meetings.iter().map(|it| {
        format!(
            "{} ({}) to {} ({})",
            local(it.starts_at, "%a %d %H:%M"),
            local(it.opens_at, "%H:%M"),
            local(it.ends_at, "%H:%M"),
            local(it.closes_at, "%H:%M"),
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_planned_changes_single_dates() {
    insta::assert_snapshot!(march(WEEKLY, &[]), @r"
    Wed 05 20:00 (19:50) to 21:00 (22:00)
    Wed 12 20:00 (19:50) to 21:00 (22:00)
    Wed 19 20:00 (19:50) to 21:00 (22:00)
    Wed 26 20:00 (19:50) to 21:00 (22:00)
    ");
    insta::assert_snapshot!(march(WEEKLY, &[
        "date = \"2025-03-05\"\ncancelled = true",
        "date = \"2025-03-12\"\nstarts = \"09:30\"",
        "date = \"2025-03-19\"\nminutes = 90\nquestions = [\"Why?\"]",
        // Only words: the hour is the rule's.
        "date = \"2025-03-26\"\ntitle = \"Beans\"",
        // No Wednesday: with an hour of its own a meeting, without one nothing.
        "date = \"2025-03-27\"\nstarts = \"19:00\"\nminutes = 30",
        "date = \"2025-03-28\"\nminutes = 30",
        "date = \"2025-03-29\"\ncancelled = true",
        // Left out by the change to summer time.
        "date = \"2025-03-30\"\nstarts = \"01:30\"",
    ]), @r"
    Wed 12 09:30 (09:20) to 10:30 (11:30)
    Wed 19 20:00 (19:50) to 21:30 (22:30)
    Wed 26 20:00 (19:50) to 21:00 (22:00)
    Thu 27 19:00 (18:50) to 19:30 (20:30)
    Sun 30 02:30 (02:20) to 03:30 (04:30)
    ");
}

#[test]
fn dates_count_in_the_zone_of_the_chat() {
    // Late on Wednesday in New York is Thursday in UTC.
    let york = "rrule = \"FREQ=WEEKLY;BYDAY=WE\"\nstart = \"2025-03-05T21:00\"\nzone = \"America/New_York\"\nminutes = 60\n";
    let registry = chat(york, &["date = \"2025-03-12\"\ncancelled = true"]);
    let calendar = Calendar::new(&registry.chats[0]).unwrap().unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let meetings = calendar.meetings(at("2025-03-01T00:00:00Z"), at("2025-03-21T00:00:00Z"));
    let starts: Vec<String> = meetings.iter().map(|it| it.starts_at.to_string()).collect();
    assert_eq!(starts, ["2025-03-06T02:00:00Z", "2025-03-20T01:00:00Z"]);
}

#[test]
fn several_meetings_of_a_date_with_one_hour_are_one() {
    let twice = WEEKLY.replace("BYDAY=WE", "BYDAY=WE;BYHOUR=12,20");
    insta::assert_snapshot!(march(&twice, &[
        "date = \"2025-03-05\"\ncancelled = true",
        "date = \"2025-03-12\"\nstarts = \"20:30\"",
        "date = \"2025-03-19\"\nminutes = 90",
    ]), @r"
    Wed 12 20:30 (20:20) to 21:30 (22:30)
    Wed 19 12:00 (11:50) to 13:30 (14:30)
    Wed 19 20:00 (19:50) to 21:30 (22:30)
    Wed 26 12:00 (11:50) to 13:00 (14:00)
    Wed 26 20:00 (19:50) to 21:00 (22:00)
    ");
}

/// The meetings that a machine with this registry publishes, and whether a post lies outside.
fn published(registry: &Registry, script: &Script) -> (Vec<SessionId>, usize) {
    let mut broker = Broker::new();
    broker.machine = Machine::new(registry.clone()).unwrap();
    broker.append(&script.sorted());
    broker.mark(Standing::Ended);
    let mut meetings = Vec::new();
    let mut outside = 0;
    for record in broker.published {
        match record {
            Record::Session(it) if it.session.is_meeting() => meetings.push(it.session),
            Record::Annotation(it) if !it.session.is_meeting() => outside += 1,
            _ => {}
        }
    }
    (meetings, outside)
}

#[test]
fn a_cancelled_session_is_none_and_a_moved_one_is_named_by_its_hour() {
    let mut script = Script::default();
    script.meeting("2025-03-05T20:00:00Z");
    script.meeting("2025-03-12T20:00:00Z");
    script.meeting("2025-03-19T18:30:00Z");
    let posts = script.posts.len();
    let named = |found: &[SessionId]| found.iter().map(ToString::to_string).collect::<Vec<_>>();

    let (meetings, outside) = published(&chat(WEEKLY, &[]), &script);
    assert_eq!(named(&meetings), ["2025-03-05T2000Z", "2025-03-12T2000Z"]);
    assert_eq!(outside, posts / 3);

    let planned = [
        "date = \"2025-03-05\"\ncancelled = true",
        "date = \"2025-03-19\"\nstarts = \"18:30\"\nminutes = 45",
    ];
    let (meetings, outside) = published(&chat(WEEKLY, &planned), &script);
    assert_eq!(named(&meetings), ["2025-03-12T2000Z", "2025-03-19T1830Z"]);
    assert_eq!(outside, posts / 3);
}

#[test]
fn everything_that_the_analysis_reads_is_in_the_basis() {
    let plain = "[[chat]]\nname = \"gardenchat\"\n";
    let of = |text: &str| basis(Some(&registry::parse(text).unwrap().chats[0]));
    let lines = [
        "moderators = [\"rosa\"]",
        "guests = [{ date = \"2025-03-05\", handles = [\"fern\"] }]",
        "guests = [{ date = \"2025-03-05\", handles = [\"moss\"] }]",
        "begins = \"2024-10-02\"",
        "language = \"es\"",
        "question_labels = [\"Round {n}\"]",
        "answer_labels = [\"Round {n}\"]",
        "answer_labels = [\"{n} round\"]",
        "promotion = \"welcome\"",
        "promotion = \"forbidden\"",
        "[[chat.session]]\ndate = \"2025-03-05\"",
        "[[chat.session]]\ndate = \"2025-03-05\"\ntitle = \"Beans\"",
        "[[chat.session]]\ndate = \"2025-03-05\"\nquestions = [\"Why?\"]",
    ];
    let schedule = format!("[chat.schedule]\n{WEEKLY}");
    let hours = [
        String::new(),
        "grace_before_minutes = 5".to_owned(),
        "grace_after_minutes = 5".to_owned(),
        "[[chat.session]]\ndate = \"2025-03-05\"\ncancelled = true".to_owned(),
        "[[chat.session]]\ndate = \"2025-03-05\"\nstarts = \"19:00\"".to_owned(),
        "[[chat.session]]\ndate = \"2025-03-05\"\nminutes = 90".to_owned(),
    ];
    let texts = lines.iter().map(|line| format!("{plain}{line}"));
    let texts = texts.chain(hours.iter().map(|line| format!("{plain}{schedule}{line}")));
    let all: BTreeSet<u64> = texts.chain([plain.to_owned()]).map(|text| of(&text)).collect();
    assert_eq!(all.len(), lines.len() + hours.len() + 1);
    // What decides which posts there are, and defaults that are written out, change nothing.
    for same in ["tags = [\"beans\"]", "platforms = [\"x\"]", "promotion = \"participants\""] {
        assert_eq!(of(&format!("{plain}{same}")), of(plain), "{same}");
    }
}

/// A weekly chat's topic is idle for nearly all of the week: a source that only says "nothing came so
/// far" must be enough to end a meeting.
#[test]
fn a_meeting_ends_by_its_schedule_on_an_idle_topic() {
    let start = "2025-03-05T20:00:00Z";
    let mut script = Script::default();
    script.meeting(start);
    let posts = script.sorted();
    let mut broker = Broker::new();
    broker.machine = Machine::new(chat(WEEKLY, &[])).unwrap();
    broker.mark(Standing::Begun);
    broker.append(&posts);
    let published = |broker: &Broker| {
        broker.published.iter().any(|record| matches!(record, Record::Session(_)))
    };
    // An hour, and an hour of grace.
    let closes_at: Timestamp = "2025-03-05T22:00:00Z".parse().unwrap();
    let mut clock = posts.last().unwrap().post.created_at;
    while !published(&broker) {
        clock = Timestamp::from_second(clock.as_second() + 1).unwrap();
        broker.mark(Standing::CompleteUntil(clock));
        assert!(clock.as_second() < closes_at.as_second() + 60, "the meeting stays open");
    }
    assert!(clock >= closes_at, "{clock}: somebody may still answer");
    assert!(clock.as_second() - closes_at.as_second() <= 5, "{clock}");
}
