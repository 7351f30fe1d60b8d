//! Small keys, small lakes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn post(role: &str, question: Option<&str>) -> LakePost {
    LakePost {
        role: role.into(),
        question: question.map(str::to_owned),
        basis: None,
        text: "beans".into(),
    }
}

/// Two meetings; the host of the first has two questions, of which the key knows one.
fn lake() -> Lake {
    let session = |session: &str, starts_at: &str, ends_at: &str| LakeSession {
        session: session.into(),
        starts_at: at(starts_at),
        ends_at: at(ends_at),
        moderators: vec!["x:1".into(), "x:3".into()],
        guests: vec![],
    };
    let question = |label: &str, posts: &[&str]| LakeQuestion {
        session: "2025-03-05T2000Z".into(),
        label: label.into(),
        posts: posts.iter().map(|it| (*it).to_owned()).collect(),
        text: "what".into(),
    };
    let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
    Lake {
        sessions: vec![
            session("2025-03-05T2000Z", "2025-03-05T20:00:00Z", "2025-03-05T21:00:00Z"),
            session("2025-03-06T2000Z", "2025-03-06T20:00:00Z", "2025-03-06T21:00:00Z"),
        ],
        questions: vec![question("Q1", &["11", "12"]), question("Q2", &["13"])],
        posts: BTreeMap::from([
            ("11".into(), post("question", Some("Q1"))),
            ("21".into(), post("answer", Some("Q1"))),
            ("22".into(), post("answer", Some("Q2"))),
            ("23".into(), post("talk", None)),
            ("24".into(), post("answer", Some("Q1"))),
        ]),
        names: BTreeMap::from([
            ("x:1".into(), names(&["1", "rosa"])),
            ("x:3".into(), names(&["3", "moss"])),
        ]),
        posted: Some((at("2025-03-05T10:00:00Z"), at("2025-03-07T10:00:00Z"))),
    }
}

#[test]
fn sessions_questions_and_people() {
    let key = r#"[
      {"session_id": "one", "session_start_utc": "2025-03-05T20:04:00Z",
       "scheduled_end_utc": "2025-03-05T21:00:00Z",
       "moderators": ["@Rosa", {"author_id": "9", "name": "ivy"}], "co_hosts": ["moss"],
       "questions": [{"label": "Q1", "post_id": "12", "reposts_or_repeats": ["11"]},
                     {"label": "Q3", "post_id": "77"}]},
      {"session_id": "missed", "session_start_utc": "2025-03-06T10:00:00Z",
       "scheduled_end_utc": "2025-03-06T11:00:00Z"},
      {"session_id": "elsewhere", "session_start_utc": "2020-03-06T10:00:00Z",
       "scheduled_end_utc": "2020-03-06T11:00:00Z"}
    ]"#;
    let told = sessions(&lake(), &SessionsKey::parse(key).unwrap());
    assert_eq!((told.found.right, told.found.of, told.not_in_archive), (1, 2, 1));
    assert_eq!((told.keyed.right, told.keyed.of), (1, 2));
    assert_eq!((told.questions_precision.right, told.questions_precision.of), (1, 2));
    assert_eq!((told.questions_recall.right, told.questions_recall.of), (1, 2));
    assert_eq!((told.moderators_precision.right, told.moderators_precision.of), (2, 2));
    assert_eq!((told.moderators_recall.right, told.moderators_recall.of), (1, 2));
    insta::assert_snapshot!(told.misses.join("\n"), @r"
    one Q2: not in the key: what
    one Q3: not found: 77 its post is not in the lake
    one moderator: 9 or ivy not found
    session missed at 2025-03-06T10:00:00Z: not found
    session 2025-03-06T2000Z: not in the key
    ");
}

#[test]
fn answers_by_basis() {
    let key = "id,at,author,role,question_label,basis,confidence,note\n\
               11,,rosa,question,Q1,,3,\n\
               21,,ivy,answer,q1,label,3,\n\
               22,,ivy,answer,Q1/Q2,label,2,\n\
               23,,fern,answer,Q2,context,2,unlabelled\n\
               24,,fern,greeting,,,3,\n\
               25,,fern,greeting,,,3,\n\
               26,,fern,answer,Q1,reply,1,\n";
    let told = answers(&lake(), &AnswersKey::parse(key).unwrap(), 2);
    assert_eq!((told.by_basis["label"].right, told.by_basis["label"].of), (2, 2));
    assert_eq!((told.by_basis["context"].right, told.by_basis["context"].of), (0, 1));
    assert_eq!((told.precision.right, told.precision.of), (2, 3));
    assert_eq!((told.talk_as_answers.right, told.talk_as_answers.of), (1, 1));
    assert_eq!((told.not_in_lake, told.unsure), (1, 1));
    insta::assert_snapshot!(told.misses.join("\n"), @r"
    23: answer Q2 context, found talk: beans
    24: greeting, found answer Q1: beans
    ");
}

#[test]
fn a_key_that_is_none_says_where() {
    insta::assert_snapshot!(SessionsKey::parse("[\n{\"session_id\": 3}]").unwrap_err(), @"line 2: invalid type: integer `3`, expected a string at line 2 column 16; a key of sessions is a JSON list of objects with session_start_utc, scheduled_end_utc, moderators, co_hosts, guests and questions");
    insta::assert_snapshot!(AnswersKey::parse("id,role\n1,answer\n").unwrap_err(), @"line 2: missing field `question_label`; a key of answers is a CSV table with the columns id, at, author, role, question_label, basis and confidence");
}
