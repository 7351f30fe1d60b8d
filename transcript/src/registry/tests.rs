//! Files that are taken, and what is said of those that are not.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use jiff::Timestamp;
use jiff::civil::{date, time};

use super::*;

const FULL: &str = r##"
# Every key once.
[[chat]]
name = "#GardenChat"
tags = ["gardenchat", "#GardenChatUK", "GARDENCHAT"]
moderators = ["green_thumb", "@Rosa@Example.social", " @GREEN_thumb "]
guests = [
    { date = "2025-03-12", handles = ["fern"] },
    { date = "2025-03-05", handles = ["@dr_loam", "did:plc:invented"] },
]
begins = "2024-10-02"
platforms = ["Mastodon", "x", "mastodon"]
language = "EN"
question_labels = ["Round {n}", " {n}. desafío ", "round  {n}", "Round{n}"]
answer_labels = ["R{n}"]
promotion = "forbidden"
[chat.schedule]
rrule = "FREQ=WEEKLY;BYDAY=WE"
start = "2024-10-02T20:00"
zone = "europe/london"
minutes = 60
grace_before_minutes = 0
grace_after_minutes = 10080
[[chat.session]]
date = "2025-03-12"
title = " Slugs "
starts = "20:30"
minutes = 90
questions = [
    { label = "q0", text = "Who is here?" },
    " What do you sow first? ",
    { text = "Who waters?" },
    { label = "#Q3A", text = "And in August?" },
    { label = "Q3.5", text = "And in May?" },
]
[[chat.session]]
date = "2025-03-05"
cancelled = true

[[chat]]
name = "seedswap"
schedule = { rrule = "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR,+1MO", start = "2025-01-31T19:30:00", zone = "America/New_York", minutes = 10080 }

[[chat]]
name = "Seed Swap Abroad"
tags = ["SeedSwap"]
"##;

#[test]
fn a_full_file() {
    let registry = parse(FULL).unwrap();
    let names: Vec<_> = registry.chats.iter().map(|chat| chat.name.as_str()).collect();
    assert_eq!(names, ["GardenChat", "seedswap", "Seed Swap Abroad"]);

    let garden = registry.chat(&ChatName::new("GardenChat").unwrap()).unwrap();
    let tags: Vec<_> = garden.tags.iter().map(Tag::as_str).collect();
    assert_eq!(tags, ["gardenchat", "gardenchatuk"]);
    assert_eq!(garden.moderators, ["green_thumb", "rosa@example.social"]);
    assert_eq!(garden.begins, Some(date(2024, 10, 2)));
    let guests: Vec<_> = garden.guests.iter().map(|on| (on.date, on.handles.len())).collect();
    assert_eq!(guests, [(date(2025, 3, 5), 2), (date(2025, 3, 12), 1)]);
    assert_eq!(garden.guests[0].handles, ["dr_loam", "did:plc:invented"]);

    let schedule = garden.schedule.as_ref().unwrap();
    assert_eq!(schedule.rrule, "FREQ=WEEKLY;BYDAY=WE");
    assert_eq!(schedule.zone_name, "Europe/London");
    assert_eq!((schedule.grace_before_minutes, schedule.grace_after_minutes), (0, 10_080));
    // British summer time: 20:00 in London is 19:00 UTC.
    let first = schedule.start.to_zoned(schedule.zone.clone()).unwrap();
    assert_eq!(first.timestamp(), "2024-10-02T19:00:00Z".parse::<Timestamp>().unwrap());
}

#[test]
fn what_is_silent_has_a_default() {
    let registry = parse(FULL).unwrap();
    let swap = registry.chat(&ChatName::new("seedswap").unwrap()).unwrap();
    assert_eq!(swap.tags, [Tag::new("seedswap").unwrap()]);
    assert!(swap.moderators.is_empty() && swap.guests.is_empty() && swap.begins.is_none());
    let schedule = swap.schedule.as_ref().unwrap();
    assert_eq!((schedule.grace_before_minutes, schedule.grace_after_minutes), (10, 60));
    // A tag may belong to two chats.
    assert_eq!(registry.chats[2].tags, swap.tags);
    assert!(registry.chats[2].schedule.is_none());
    assert_eq!(parse("").unwrap(), Registry::default());
}

#[test]
fn what_a_chat_says_of_itself() {
    let registry = parse(FULL).unwrap();
    let garden = &registry.chats[0];
    assert_eq!(garden.platforms, [Platform::Mastodon, Platform::X]);
    assert_eq!(garden.language.as_deref(), Some("en"));
    assert_eq!(garden.policy.promotion, Promotion::Forbidden);
    let labels = |patterns: &[LabelPattern]| {
        let pairs = patterns.iter().map(|it| (it.prefix.to_string(), it.suffix.to_string()));
        pairs.collect::<Vec<_>>()
    };
    let pair = |prefix: &str, suffix: &str| (prefix.to_owned(), suffix.to_owned());
    assert_eq!(labels(&garden.question_labels), [pair("Round", ""), pair("", ". desafío")]);
    assert_eq!(labels(&garden.answer_labels), [pair("R", "")]);
    let silent = &registry.chats[1];
    assert!(silent.platforms.is_empty() && silent.language.is_none() && silent.sessions.is_empty());
    assert!(silent.question_labels.is_empty() && silent.answer_labels.is_empty());
    assert_eq!(silent.policy.promotion, Promotion::Participants);
    assert_eq!(
        (garden.zone().iana_name(), silent.zone().iana_name()),
        (Some("Europe/London"), Some("America/New_York"))
    );
    assert_eq!(registry.chats[2].zone().iana_name(), Some("UTC"));
}

#[test]
fn what_is_planned_is_found_by_date() {
    let registry = parse(FULL).unwrap();
    let garden = &registry.chats[0];
    assert!(garden.planned(date(2025, 3, 5)).is_some_and(|planned| planned.cancelled));
    assert_eq!(garden.planned(date(2025, 3, 19)), None);
    let planned = garden.planned(date(2025, 3, 12)).unwrap();
    assert_eq!(planned.title.as_deref(), Some("Slugs"));
    assert_eq!((planned.starts, planned.minutes), (Some(time(20, 30, 0, 0)), Some(90)));
    let questions: Vec<_> =
        planned.questions.iter().map(|it| (it.label.as_str(), it.text.as_str())).collect();
    assert_eq!(
        questions,
        [
            ("Q0", "Who is here?"),
            ("Q2", "What do you sow first?"),
            ("Q3", "Who waters?"),
            ("Q3a", "And in August?"),
            ("Q3.5", "And in May?"),
        ]
    );
    // Questions and a title need no schedule.
    let free = "[[chat]]\nname = \"a\"\n[[chat.session]]\ndate = \"2025-03-05\"\ntitle = \"Beans\"\ncancelled = false";
    assert_eq!(parse(free).unwrap().chats[0].sessions.len(), 1);
}

#[test]
fn a_single_chat() {
    let name = ChatName::new("GardenChat").unwrap();
    let registry = Registry::single(name.clone(), Vec::new());
    assert_eq!(registry.chat(&name).unwrap().tags, [Tag::new("gardenchat").unwrap()]);
    assert_eq!(registry, parse("[[chat]]\nname = \"GardenChat\"").unwrap());

    let tag = Tag::new("gardeners").unwrap();
    assert_eq!(Registry::single(name.clone(), vec![tag.clone()]).chats[0].tags, [tag]);
    assert_eq!(registry.chat(&ChatName::new("other").unwrap()), None);
}

/// What is said of each file, one line each.
fn told(files: &[&str]) -> String {
    let told = files.iter().map(|file| parse(file).expect_err(file).to_string());
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn broken_files() {
    insta::assert_snapshot!(told(&[
        "[[chat]]\nname = \"a\"\nname = \"b\"",
        "[[chat]]\nname = ",
        "[[chat]\nname = \"a\"",
        "[[chat]]\nname = \"a\ntags = []",
        "[chat]\nname = \"a\"",
        "chat = 7",
        "[[chat]]\nname = 7",
        "[[chat]]\ntags = [\"a\"]",
        "[[chat]]\nname = \"a\"\nhashtags = [\"a\"]",
        "[[chats]]\nname = \"a\"",
        "[[chat]]\nname = \"a\"\n\n[[chat]]\nname = \"b\"\ntags = [\"b\", 3]",
        "[[chat]]\nname = \"a\"\nbegins = 2024-10-02",
        "[[chat]]\nname = \"a\"\nmoderators = \"b\"",
        "[[chat]]\nname = \"a\"\nguests = [{ date = \"2025-03-05\" }]",
        "[[chat]]\nname = \"a\"\nguests = [{ date = \"2025-03-05\", handle = [] }]",
        "[[chat]]\nname = \"a\"\n[chat.schedule]\nrrule = \"FREQ=WEEKLY\"",
        "[[chat]]\nname = \"a\"\n[chat.schedule]\nminutes = 60.5",
    ]), @r#"
    line 3, name: duplicate key
    line 2, name: string values must be quoted, expected literal string
    line 1, chats.toml: unclosed array table, expected `]`
    line 2, name: invalid basic string, expected `"`
    line 1, chat: invalid type: map, expected a sequence; begin every chat with [[chat]]
    line 1, chat: invalid type: integer `7`, expected a sequence; begin every chat with [[chat]]
    line 2, chat[0].name: invalid type: integer `7`, expected a string; write it in quotes
    line 1, chat[0]: missing field `name`; add it
    line 3, chat[0].hashtags: unknown field `hashtags`, expected one of `name`, `tags`, `moderators`, `guests`, `begins`, `schedule`, `platforms`, `language`, `question_labels`, `answer_labels`, `promotion`, `allowed_domains`, `flag_percent`, `watch_percent`, `session`
    line 1, chats: unknown field `chats`, expected `chat` or `kafka`
    line 6, chat[1].tags: invalid type: integer `3`, expected a string; write it in quotes
    line 3, chat[0].begins: invalid type: map, expected a string; write it in quotes
    line 3, chat[0].moderators: invalid type: string "b", expected a sequence; write a list in brackets
    line 3, chat[0].guests[0]: missing field `handles`; add it
    line 3, chat[0].guests[0].handle: unknown field `handle`, expected `date` or `handles`
    line 3, chat[0].schedule: missing field `start`; add it
    line 4, chat[0].schedule.minutes: invalid type: floating point `60.5`, expected i64; write a whole number
    "#);
}

#[test]
fn impossible_names_tags_handles_and_dates() {
    insta::assert_snapshot!(told(&[
        "[[chat]]\nname = \" # \"",
        &format!("[[chat]]\nname = \"{}\"", "a".repeat(81)),
        "[[chat]]\nname = \"garden chat\"",
        "[[chat]]\nname = \"a\"\ntags = []",
        "[[chat]]\nname = \"a\"\ntags = [\"b\",\n\"#\"]",
        "[[chat]]\nname = \"a\"\ntags = [\"b c\"]",
        "[[chat]]\nname = \"a\"\n\n[[chat]]\nname = \"b\"\n[[chat]]\n\nname = \"A\"",
        "[[chat]]\nname = \"a\"\nmoderators = [\"b\", \"@\"]",
        "[[chat]]\nname = \"a\"\nmoderators = [\"@@b\"]",
        "[[chat]]\nname = \"a\"\nguests = [{ date = \"2025-03-05\", handles = [\"dr loam\"] }]",
        "[[chat]]\nname = \"a\"\nguests = [{ date = \"5 March\", handles = [\"dr_loam\"] }]",
        "[[chat]]\nname = \"a\"\nbegins = \"2024-02-30\"",
        "[[chat]]\nname = \"a\"\nbegins = \"2024-02-03T20:00\"",
    ]), @r#"
    line 2, chat[0].name: a chat or tag needs a name of at least one letter or digit, not ""
    line 2, chat[0].name: the chat name "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is longer than 80 bytes
    line 2, chat[0].name: "garden chat" has a space, and a hashtag has none; say the hashtag with tags = ["…"]
    line 3, chat[0].tags: a chat needs a hashtag; without the key its name is the hashtag
    line 4, chat[0].tags: a chat or tag needs a name of at least one letter or digit, not ""
    line 3, chat[0].tags: "b c" has a space, and a hashtag has none
    line 8, chat[2].name: a chat called "A" stands further up; put both in one table or rename one
    line 3, chat[0].moderators: "@" is no handle; write it as green_thumb or @rosa@example.social
    line 3, chat[0].moderators: "@@b" is no handle; write it as green_thumb or @rosa@example.social
    line 3, chat[0].guests.handles: "dr loam" is no handle; write it as green_thumb or @rosa@example.social
    line 3, chat[0].guests.date: "5 March" is no date; write it as 2025-03-05
    line 3, chat[0].begins: "2024-02-30" is no date; write it as 2025-03-05
    line 3, chat[0].begins: "2024-02-03T20:00" is no date; write it as 2025-03-05
    "#);
}

#[test]
fn impossible_schedules() {
    let with = |from: &str, to: &str| {
        let fine = "[[chat]]\nname = \"a\"\n[chat.schedule]\nrrule = \"FREQ=WEEKLY;BYDAY=WE\"\nstart = \"2024-10-02T20:00\"\nzone = \"Europe/London\"\nminutes = 60\n";
        assert!(parse(fine).is_ok() && fine.contains(from));
        fine.replace(from, to)
    };
    let files = [
        with("FREQ=WEEKLY;BYDAY=WE", ""),
        with("FREQ=WEEKLY;BYDAY=WE", "every Wednesday"),
        with("FREQ=WEEKLY;BYDAY=WE", "BYDAY=WE"),
        with("FREQ=WEEKLY;BYDAY=WE", "freq=weekly"),
        with("FREQ=WEEKLY", "FREQ=FORTNIGHTLY"),
        with("FREQ=WEEKLY;", "RRULE:FREQ=WEEKLY;"),
        with("FREQ=WEEKLY;", "FREQ=WEEKLY;DTSTART=20241002T200000;"),
        with("FREQ=WEEKLY;", "FREQ=WEEKLY;FREQ=DAILY;"),
        with("BYDAY=WE", "BYDAY="),
        with("BYDAY=WE", "BYDAY=we"),
        with("2024-10-02T20:00", "20:00"),
        with("2024-10-02T20:00", "2024-10-02"),
        with("2024-10-02T20:00", "2024-10-02T20:00Z"),
        with("2024-10-02T20:00", "2024-10-02T20:00+01:00"),
        with("2024-10-02T20:00", "2024-10-02T24:30"),
        with("Europe/London", "Europe/Londinium"),
        with("Europe/London", "+01:00"),
        with("minutes = 60", "minutes = 0"),
        with("minutes = 60", "minutes = 10081"),
        with("minutes = 60", "minutes = 60\ngrace_before_minutes = -1"),
        with("minutes = 60", "minutes = 60\ngrace_after_minutes = 9223372036854775807"),
    ];
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    insta::assert_snapshot!(told(&files), @r#"
    line 4, chat[0].schedule.rrule: "" is no part of a recurrence rule; write it as FREQ=WEEKLY;BYDAY=WE
    line 4, chat[0].schedule.rrule: "every Wednesday" is no part of a recurrence rule; write it as FREQ=WEEKLY;BYDAY=WE
    line 4, chat[0].schedule.rrule: a recurrence rule needs FREQ=; write it as FREQ=WEEKLY;BYDAY=WE
    line 4, chat[0].schedule.rrule: "freq" is no part of a recurrence rule; write it as FREQ=WEEKLY;BYDAY=WE
    line 4, chat[0].schedule.rrule: "FORTNIGHTLY" is no value of FREQ; write it as FREQ=WEEKLY;BYDAY=WE
    line 4, chat[0].schedule.rrule: "RRULE:FREQ" is no part of a recurrence rule; write it as FREQ=WEEKLY;BYDAY=WE
    line 4, chat[0].schedule.rrule: "DTSTART" is no part of a recurrence rule; write it as FREQ=WEEKLY;BYDAY=WE
    line 4, chat[0].schedule.rrule: FREQ stands twice; write it as FREQ=WEEKLY;BYDAY=WE
    line 4, chat[0].schedule.rrule: "" is no value of BYDAY; write it as FREQ=WEEKLY;BYDAY=WE
    line 4, chat[0].schedule.rrule: "we" is no value of BYDAY; write it as FREQ=WEEKLY;BYDAY=WE
    line 5, chat[0].schedule.start: "20:00" is no local time; write it as 2024-10-02T20:00, without a zone
    line 5, chat[0].schedule.start: "2024-10-02" is no local time; write it as 2024-10-02T20:00, without a zone
    line 5, chat[0].schedule.start: "2024-10-02T20:00Z" is no local time; write it as 2024-10-02T20:00, without a zone
    line 5, chat[0].schedule.start: "2024-10-02T20:00+01:00" is no local time; write it as 2024-10-02T20:00, without a zone
    line 5, chat[0].schedule.start: "2024-10-02T24:30" is no local time; write it as 2024-10-02T20:00, without a zone
    line 6, chat[0].schedule.zone: "Europe/Londinium" is no IANA time zone; write one such as Europe/London or UTC
    line 6, chat[0].schedule.zone: "+01:00" is no IANA time zone; write one such as Europe/London or UTC
    line 7, chat[0].schedule.minutes: 0 minutes are out of bounds; write 1 to 10080
    line 7, chat[0].schedule.minutes: 10081 minutes are out of bounds; write 1 to 10080
    line 8, chat[0].schedule.grace_before_minutes: -1 minutes are out of bounds; write 0 to 10080
    line 8, chat[0].schedule.grace_after_minutes: 9223372036854775807 minutes are out of bounds; write 0 to 10080
    "#);
}

#[test]
fn impossible_platforms_languages_labels_and_policies() {
    let with = |line: &str| format!("[[chat]]\nname = \"a\"\n{line}");
    let files = [
        with("platforms = []"),
        with("platforms = [\"x\",\n\"twitter\"]"),
        with("platforms = \"x\""),
        with("language = \"es-MX\""),
        with("language = \"español\""),
        with("language = \"\""),
        with("question_labels = [\"Round\"]"),
        with("question_labels = [\"Q{n} of {n}\"]"),
        with("question_labels = [\" {n} \"]"),
        with("question_labels = [\"2025 {n}\"]"),
        with("question_labels = [\"{n}2\"]"),
        with(&format!("question_labels = [\"{}{{n}}\"]", "a".repeat(60))),
        with("question_labels = [\"R {n}\"]\nanswer_labels = [\"A{n}\", \"r{n}\"]"),
        with("promotion = \"never\""),
        with("promotion = false"),
        with("allowed_domains = [\"https://library.example\"]"),
        with("flag_percent = 0"),
        with("flag_percent = 60\nwatch_percent = 70"),
    ];
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    insta::assert_snapshot!(told(&files), @r#"
    line 3, chat[0].platforms: a chat meets somewhere; without the key it meets on every platform
    line 4, chat[0].platforms: "twitter" is no platform; it is one of x, mastodon, bluesky
    line 3, chat[0].platforms: invalid type: string "x", expected a sequence; write a list in brackets
    line 3, chat[0].language: "es-MX" is no primary language tag; write its two or three letters alone, such as en or es
    line 3, chat[0].language: "español" is no primary language tag; write its two or three letters alone, such as en or es
    line 3, chat[0].language: "" is no primary language tag; write its two or three letters alone, such as en or es
    line 3, chat[0].question_labels: "Round" has no {n}, which stands for the number; write it as "Round {n}"
    line 3, chat[0].question_labels: "Q{n} of {n}" has {n} more than once; a label has one number
    line 3, chat[0].question_labels: "{n}" is any number at all; write what stands beside it, as in "Round {n}"
    line 3, chat[0].question_labels: "2025 {n}" has a digit beside {n}, where numbers would run together; drop it
    line 3, chat[0].question_labels: "{n}2" has a digit beside {n}, where numbers would run together; drop it
    line 3, chat[0].question_labels: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{n}" is longer than 60 bytes
    line 4, chat[0].answer_labels: r {n} is in question_labels too; a label is either a question's or an answer's
    line 3, chat[0].promotion: "never" is no policy; it is one of forbidden, participants, welcome, or days such as fridays
    line 3, chat[0].promotion: invalid type: boolean `false`, expected a string; write it in quotes
    line 3, chat[0].allowed_domains: "https://library.example" is no domain; write it as library.example.org
    line 3, chat[0].flag_percent: 0 is no percentage from 1 to 100
    line 4, chat[0].watch_percent: 70 is above flag_percent, 60; what is flagged is watched
    "#);
}

#[test]
fn impossible_sessions() {
    let chat = "[[chat]]\nname = \"a\"\n";
    let schedule = "schedule = { rrule = \"FREQ=DAILY\", start = \"2024-10-02T20:00\", zone = \"UTC\", minutes = 60 }\n";
    let free = |lines: &str| format!("{chat}[[chat.session]]\n{lines}");
    let with = |lines: &str| format!("{chat}{schedule}[[chat.session]]\n{lines}");
    let on = "date = \"2025-03-05\"\n";
    let many = vec!["\"Why?\""; 31].join(",");
    let files = [
        free("title = \"Beans\""),
        free("date = \"5 March\""),
        free("date = 2025-03-05"),
        format!("{chat}session = \"2025-03-05\""),
        free(&format!("{on}[[chat.session]]\n{on}")),
        free(&format!("{on}topic = \"Beans\"")),
        free(&format!("{on}title = \" \"")),
        free(&format!("{on}questions = \"Why?\"")),
        free(&format!("{on}questions = [\n\"Why?\",\n7]")),
        free(&format!("{on}questions = [\n\"Why?\",\n\"\"]")),
        free(&format!("{on}questions = [\"Why?\",\n{{ label = \"Q1\", text = \"Who?\" }}]")),
        free(&format!("{on}questions = [{{ label = \"1\", text = \"Why?\" }}]")),
        free(&format!("{on}questions = [{{ label = \"Q31\", text = \"Why?\" }}]")),
        free(&format!("{on}questions = [{{ label = \"Q1ab\", text = \"Why?\" }}]")),
        free(&format!("{on}questions = [{{ label = \"Q1\" }}]")),
        free(&format!("{on}questions = [{{ number = 1, text = \"Why?\" }}]")),
        free(&format!("{on}questions = [{many}]")),
        free(&format!("{on}questions = [\"{}\"]", "a".repeat(25_001))),
        free(&format!("{on}starts = \"20:30\"")),
        free(&format!("{on}minutes = 30")),
        free(&format!("{on}cancelled = true")),
        with(&format!("{on}cancelled = \"true\"")),
        with(&format!("{on}starts = \"20:30\"\ncancelled = true")),
        with(&format!("{on}starts = \"8 pm\"")),
        with(&format!("{on}starts = \"20:30:15\"")),
        with(&format!("{on}starts = \"24:00\"")),
        with(&format!("{on}starts = 20:30:00")),
        with(&format!("{on}minutes = 0")),
    ];
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    insta::assert_snapshot!(told(&files), @r#"
    line 3, chat[0].session[0]: missing field `date`; add it
    line 4, chat[0].session.date: "5 March" is no date; write it as 2025-03-05
    line 4, chat[0].session[0].date: invalid type: map, expected a string; write it in quotes
    line 3, chat[0].session: invalid type: string "2025-03-05", expected a sequence; begin every session with [[chat.session]]
    line 6, chat[0].session.date: a session of 2025-03-05 stands further up; put both in one table
    line 5, chat[0].session[0].topic: unknown field `topic`, expected one of `date`, `title`, `questions`, `cancelled`, `starts`, `minutes`
    line 5, chat[0].session.title: there are no words; write them, or take it out
    line 5, chat[0].session[0].questions: invalid type: string "Why?", expected a sequence; write a list in brackets
    line 7, chat[0].session[0].questions[1]: invalid type: integer `7`, expected a question in quotes or { label = "Q1", text = "…" }
    line 7, chat[0].session.questions: there are no words; write them, or take it out
    line 6, chat[0].session.questions: two questions are Q1; give each a label of its own (without one, the place in the list is its number)
    line 5, chat[0].session.questions: "1" is no label; write it as Q1, Q1a or Q1.5
    line 5, chat[0].session.questions: "Q31" is no label; write it as Q1, Q1a or Q1.5
    line 5, chat[0].session.questions: "Q1ab" is no label; write it as Q1, Q1a or Q1.5
    line 5, chat[0].session[0].questions[0]: missing field `text`; add it
    line 5, chat[0].session[0].questions[0].number: unknown field `number`, expected `label` or `text`
    line 5, chat[0].session.questions: a session has at most 30 questions
    line 5, chat[0].session.questions: 25001 bytes are more than 25000; shorten it
    line 5, chat[0].session.starts: the chat has no schedule that this would change; add [chat.schedule] or take the key out
    line 5, chat[0].session.minutes: the chat has no schedule that this would change; add [chat.schedule] or take the key out
    line 5, chat[0].session.cancelled: the chat has no schedule that this would change; add [chat.schedule] or take the key out
    line 6, chat[0].session[0].cancelled: invalid type: string "true", expected a boolean; write true or false, without quotes
    line 7, chat[0].session.cancelled: a cancelled session has no hour of its own; take out starts and minutes, or cancelled
    line 6, chat[0].session.starts: "8 pm" is no hour; write it as 20:30, in the chat's zone
    line 6, chat[0].session.starts: "20:30:15" is no hour; write it as 20:30, in the chat's zone
    line 6, chat[0].session.starts: "24:00" is no hour; write it as 20:30, in the chat's zone
    line 6, chat[0].session[0].starts: invalid type: map, expected a string; write it in quotes
    line 6, chat[0].session.minutes: 0 minutes are out of bounds; write 1 to 10080
    "#);
}

/// Found by `no_text_panics`: the error stands behind the last line end.
#[test]
fn a_string_that_never_ends_is_told_with_a_line_that_the_file_has() {
    for text in ["[[chat]]\nname = \"\"\"abc\n", "[[chat]]\nname = \"\"\"\n\n\n", "", "\n"] {
        if let Err(error) = parse(text) {
            assert!((1..=text.lines().count().max(1)).contains(&error.line), "{text:?}: {error}");
        }
    }
    assert!(parse("[[chat]]\nname = \"\"\"abc\n").is_err());
}

proptest::proptest! {
    /// Any text is taken or refused with a line that the file has.
    #[test]
    fn no_text_panics(cut in 0..FULL.len(), word in "[\\[\\]{}=\"'#,.a-z0-9\n ä-]{0,6}") {
        let cut = FULL.floor_char_boundary(cut);
        let text = format!("{}{word}{}", &FULL[..cut], &FULL[cut..]);
        if let Err(error) = parse(&text) {
            proptest::prop_assert!((1..=text.lines().count().max(1)).contains(&error.line));
        }
    }
}

#[test]
fn settings_of_a_connection_are_no_business_of_the_registry() {
    let text = "[kafka]\nsasl.password = \"hunter2\"\n[[chat]]\nname = \"oak\"\n";
    assert_eq!(parse(text).unwrap().chats.len(), 1);
    // Nor does an error further down say them.
    let error = parse(&format!("{text}tags = 3\n")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    let error = parse("[kafka]\nsasl.password = \"hunter2\n").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
}
