//! What is found in one evening.

use colloquy_transcript::{Record, SessionId, SessionRecord};

use super::broker::in_order;
use super::chat::Script;

const START: &str = "2025-03-05T20:00:00Z";

fn sessions(script: &Script) -> Vec<SessionRecord> {
    in_order(&script.sorted())
        .into_values()
        .filter_map(|record| match record {
            Record::Session(session) if session.session.is_meeting() => Some(*session),
            _ => None,
        })
        .collect()
}

/// `author role question basis: text` of every post, in order.
fn told(script: &Script) -> String {
    let records = in_order(&script.sorted());
    let mut lines = Vec::new();
    for ground in script.sorted() {
        let annotation = records.values().find_map(|record| match record {
            Record::Annotation(row) if row.post_id == ground.post.id => Some(row),
            _ => None,
        });
        let row = annotation.unwrap();
        lines.push(format!(
            "{} {} {} {}: {}",
            ground.post.author.id.native(),
            row.role.as_str(),
            row.question.as_deref().unwrap_or("-"),
            row.basis.map_or("-", |basis| basis.as_str()),
            ground.post.text,
        ));
    }
    lines.join("\n")
}

#[test]
fn a_plain_meeting_is_found_with_its_figures() {
    let mut script = Script::default();
    script.meeting(START);
    let found = sessions(&script);
    assert_eq!(found.len(), 1);
    let session = &found[0];
    assert_eq!(session.session, SessionId::Meeting(START.parse().unwrap()));
    assert_eq!(session.moderators.len(), 1);
    assert_eq!(session.moderators[0].native(), "rosa");
    assert_eq!(session.questions.len(), 3);
    assert_eq!(
        (session.participants, session.answerers, session.talkers, session.amplifiers),
        (5, 4, 1, 1)
    );
    assert_eq!((session.posts, session.originals, session.reposts), (19, 16, 3));
    assert_eq!(session.first_timers, None, "no history, no newcomers");
    assert_eq!(session.questions[0].repeats.len(), 1, "the repost is folded in");
}

#[test]
fn a_participant_who_answers_under_q_is_not_asking() {
    let mut script = Script::default();
    script.meeting(START);
    for nth in 1..=3 {
        let after = 300 + 600 * (nth - 1) + 200;
        script.say(START, after, "briar", &format!("Q{nth} I do it with ashes and patience"));
    }
    let found = sessions(&script);
    assert_eq!(found[0].moderators.len(), 1);
    assert_eq!(found[0].questions.len(), 3);
    assert_eq!(found[0].answerers, 5);
}

#[test]
fn every_basis_is_told() {
    let mut script = Script::default();
    script.meeting(START);
    let question = script.posts.iter().find(|it| it.post.text.starts_with("Q2")).unwrap();
    let question = question.post.id.clone();
    let reply = script.reply(START, 1_100, "briar", "Beer traps under the hosta", &question);
    script.reply(START, 1_160, "fern", "They drown happily there", &reply);
    script.say(START, 1_170, "dill", "I put wool around every single lettuce and never lose one");
    script.say(START, 1_180, "dill", "Evening all!");
    let told = told(&script);
    for line in [
        "briar answer Q2 reply: Beer traps under the hosta",
        "fern talk Q2 -: They drown happily there",
        "dill answer Q2 context: I put wool around every single lettuce and never lose one",
        "dill talk - -: Evening all!",
        "sage repost Q2 -: RT",
        "rosa moderation - -: Welcome everybody to the hour of beds and beans",
    ] {
        assert!(told.lines().any(|it| it == line), "{line} is not in\n{told}");
    }
}

#[test]
fn a_tag_without_numbered_answers_has_no_meeting() {
    let mut script = Script::default();
    for nth in 0..40 {
        let author = ["fern", "moss", "reed", "ivy"][nth % 4];
        let after = 60 * i64::try_from(nth).unwrap();
        script.say(START, after, author, &format!("Q{} results and the A6 notebook", nth % 4 + 1));
    }
    assert_eq!(sessions(&script), []);
}

#[test]
fn late_answers_under_q_and_a_are_no_second_meeting() {
    let mut script = Script::default();
    script.meeting(START);
    for (nth, person) in (0..).zip(["fern", "moss", "reed", "ivy", "briar", "dill"]) {
        let (late, number) = (9_000 + 300 * nth, nth % 2 + 1);
        script.say(START, late, person, &format!("Q{number} ashes, says {person}"));
        for other in ["sorrel", "tansy", "yarrow"] {
            script.say(START, late + 60, other, &format!("A{number} late too, says {other}"));
        }
    }
    assert_eq!(sessions(&script).len(), 1);
}

#[test]
fn hijackers_are_flagged_counted_apart_and_not_in_the_room() {
    let mut script = Script::default();
    script.meeting(START);
    script.say(START, 700, "bargain_bin", "Shop now, 20% off https://shop.example/deal");
    script.say(START, 800, "fern", "My notes on slugs https://fern.example/slugs");
    let session = &sessions(&script)[0];
    assert_eq!(session.flags, 1);
    assert_eq!(session.participants, 5);
    let records = in_order(&script.sorted());
    let reasons: Vec<_> = records
        .values()
        .filter_map(|record| match record {
            Record::Annotation(row) => row.flag.as_ref().filter(|flag| flag.flagged),
            _ => None,
        })
        .flat_map(|flag| flag.reasons.iter().map(|reason| reason.rule.as_str()))
        .collect();
    assert_eq!(reasons, ["call-to-action", "link-without-participation", "reads-like-promotion"]);
}

#[test]
fn newcomers_are_known_after_four_meetings() {
    let mut script = Script::default();
    for start in [
        "2025-02-05T20:00:00Z",
        "2025-02-12T20:00:00Z",
        "2025-02-19T20:00:00Z",
        "2025-02-26T20:00:00Z",
        START,
    ] {
        script.meeting(start);
    }
    script.say(START, 500, "dill", "A1: my first chat, and my first beans");
    let found = sessions(&script);
    assert_eq!(found.len(), 5);
    assert_eq!(found[3].first_timers, None);
    assert_eq!((found[4].first_timers, found[4].returning), (Some(1), Some(5)));
}
