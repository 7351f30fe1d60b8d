//! Small keys, small lakes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use colloquy_transcript::Timestamp;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn post(role: &str, question: Option<&str>, basis: Option<&str>) -> LakePost {
    LakePost {
        role: role.into(),
        question: question.map(str::to_owned),
        basis: basis.map(str::to_owned),
        in_session: true,
        text: "beans and what the slugs left of them, which is\nlittle enough after all this rain"
            .into(),
    }
}

fn session(name: &str, starts_at: &str) -> LakeSession {
    LakeSession {
        chat: "gardenchat".into(),
        session: name.into(),
        starts_at: at(starts_at),
        ends_at: at(starts_at) + jiff::SignedDuration::from_mins(70),
        moderators: vec!["x:1".into(), "x:3".into(), "x:5".into()],
        guests: vec!["x:4".into()],
        questions: vec![],
    }
}

fn question(label: &str, posts: &[&str]) -> LakeQuestion {
    LakeQuestion {
        label: label.into(),
        posts: posts.iter().map(|it| (*it).to_owned()).collect(),
        text: "what grows".into(),
    }
}

/// A meeting that the key knows, one that it does not, and one on another day.
fn lake() -> Lake {
    let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
    let mut sessions = vec![
        session("2025-03-05T2000Z", "2025-03-05T20:00:00Z"),
        session("2025-03-06T2000Z", "2025-03-06T20:00:00Z"),
        session("2025-04-02T2000Z", "2025-04-02T20:00:00Z"),
    ];
    sessions[0].questions = vec![
        question("Q1", &["11", "12"]),
        question("Q2", &["13"]),
        question("Q4", &["15"]),
        question("Q5", &["16"]),
    ];
    Lake {
        sessions,
        posts: BTreeMap::from([
            ("11".into(), post("question", Some("Q1"), None)),
            ("21".into(), post("answer", Some("Q1"), Some("label"))),
            ("22".into(), post("answer", Some("Q2"), Some("label"))),
            ("23".into(), post("talk", None, None)),
            ("24".into(), post("answer", Some("Q1"), Some("context"))),
            ("27".into(), post("answer", Some("Q2"), Some("reply"))),
        ]),
        names: BTreeMap::from([
            ("x:1".into(), names(&["1", "rosa"])),
            ("x:3".into(), names(&["3", "moss"])),
            ("x:4".into(), names(&["4", "dora"])),
        ]),
        posted: Some((at("2025-03-05T10:00:00Z"), at("2025-04-07T10:00:00Z"))),
    }
}

const SESSIONS: &str = r#"[
  {"session_id": "one", "session_start_utc": "2025-03-05T20:04:00Z", "closing_post": null,
   "scheduled_end_utc": "2025-03-05T21:00:00Z",
   "moderators": ["@Rosa", {"author_id": "9", "name": "ivy"}], "co_hosts": ["moss", "fern"],
   "guests": [{"author_id": "4", "name": "dora", "confidence": 1}, "cleo"],
   "questions": [{"label": "q1", "post_id": "x:12", "reposts_or_repeats": ["11"]},
                 {"label": "Q3", "post_id": "23"}, {"label": "Q4", "post_id": "77"},
                 {"label": "Q6", "post_id": "14", "reposts_or_repeats": ["16"]}]},
  {"session_id": "missed", "session_start_utc": "2025-03-06T10:00:00Z"},
  {"session_id": "elsewhere", "session_start_utc": "2020-03-06T10:00:00Z", "scheduled_end_utc": null}
]"#;

#[test]
fn sessions_questions_and_people() {
    let told = sessions(&lake(), &SessionsKey::parse(SESSIONS).unwrap());
    insta::assert_snapshot!(told.to_text(), @r"
                    precision               recall
    sessions        1 of 2 (0.500)          1 of 2 (0.500)
    questions       2 of 4 (0.500)          2 of 4 (0.500)
      and label                             1 of 4 (0.250)
    moderators      2 of 3 (0.667)          1 of 2 (0.500)
    guests          none                    0 of 1 (0.000)

    Not counted, not in this archive: 1 session of the key

    Sessions of the key, and of the lake
      elsewhere  not in this archive
      one        2025-03-05T2000Z  start -4 min, end +10 min
      missed     not found (2025-03-06T10:00:00Z)

    In the lake, not in the key
      2025-03-06T2000Z

    In the lake, and outside the days of the key: not counted
      2025-04-02T2000Z

    Misses
      one, 13: expected no question, found Q2
        what grows
      one, 15: expected no question, found Q4
        what grows
      one, 23: expected Q3, found talk
        beans and what the slugs left of them, which is little enough after al …
      one, 77: expected Q4, found no such post in the lake
      one, 14: expected Q6, found the question as Q5
      one: expected no moderator, found moderator 5
      one: expected moderator 9 or ivy, found nobody
      one: expected guest cleo, found nobody
    ");
}

#[test]
fn of_what_a_key_leaves_out_nothing_is_counted() {
    let key = |more: &str| {
        let start = r#"[{"session_id": "one", "session_start_utc": "2025-03-05T20:00:00Z""#;
        sessions(&lake(), &SessionsKey::parse(&format!("{start}{more}}}]")).unwrap())
    };
    let told = key("");
    let nothing = Share::default();
    assert_eq!((told.found, told.moderators_precision), (Share { right: 1, of: 1 }, nothing));
    assert_eq!((told.guests_precision, told.questions_precision), (nothing, nothing));
    assert_eq!(told.misses, []);
    let told = key(r#", "moderators": [], "guests": [], "questions": []"#);
    assert_eq!(told.moderators_precision, Share { right: 0, of: 3 });
    assert_eq!(told.guests_precision, Share { right: 0, of: 1 });
    assert_eq!(told.questions_precision, Share { right: 0, of: 4 });
}

#[test]
fn sessions_are_paired_one_to_one_and_the_nearest_first() {
    let key = r#"[{"session_id": "a", "session_start_utc": "2025-03-05T20:04:00Z"},
                  {"session_id": "b", "session_start_utc": "2025-03-05T20:01:00Z"},
                  {"session_id": "c", "session_start_utc": "2025-03-05T20:15:00Z"}]"#;
    let mut lake = lake();
    lake.sessions[1] = session("2025-03-05T2020Z", "2025-03-05T20:20:00Z");
    let told = sessions(&lake, &SessionsKey::parse(key).unwrap());
    let found: Vec<_> = told.sessions.iter().map(|it| (&*it.session_id, it.start_off_s)).collect();
    assert_eq!(found, [("b", Some(-60)), ("a", None), ("c", Some(300))]);
    assert_eq!(told.found, Share { right: 2, of: 3 });
}

#[test]
fn two_chats_that_meet_at_the_same_time_stay_two() {
    let mut lake = lake();
    let mut other = session("2025-03-05T2000Z", "2025-03-05T20:00:00Z");
    other.chat = "otherchat".into();
    lake.sessions.push(other);
    let told = sessions(&lake, &SessionsKey::parse(SESSIONS).unwrap());
    assert_eq!(told.keyed, Share { right: 1, of: 3 });
    assert_eq!(told.questions_precision.of, 4);
    assert!(told.to_text().contains("gardenchat/2025-03-05T2000Z"), "{}", told.to_text());
}

/// Eight posts that the lake may have, as a spreadsheet saves them.
const ANSWERS: &str = "\u{feff}id,at,author,role,question_label,basis,confidence,note\n\
               11,,rosa,question,Q1,,3,\n\
               21,,ivy,Answer,q1,label,3,\n\
               x:22,,ivy,answer,Q1/Q2,label,2,\n\
               23,,fern,answer,Q2,context,2,unlabelled\n\
               24,,fern,greeting,,,3,\n\
               25,,fern,greeting,,,3,\"hello, all\"\n\
               26,,fern,answer,Q1,reply,1,\n\
               27,,fern,answer,Q1,reply,2,\n";

#[test]
fn answers_by_basis() {
    let told = answers(&lake(), &AnswersKey::parse(ANSWERS).unwrap(), 2);
    insta::assert_snapshot!(told.to_text(), @r"
    Answers of the key that the lake gives to the right question (recall)
      by label                          2 of 2 (1.000)
      by reply                          0 of 1 (0.000)
      by context                        0 of 1 (0.000)
      all                               2 of 4 (0.500)

    Answers of the lake, of posts in the key (precision)
      that are answers                  3 of 4 (0.750)
      that answer this question         2 of 4 (0.500)

    Talk, greetings and the like in the key
      that the lake calls answers       1 of 1 (1.000)

    key \ lake       question     answer       talk
    question                1          -          -
    answer                  -          3          1
    greeting                -          1          -

    Not counted, the key is not sure enough: 1 post

    Not counted, not in the lake: 1 post
      25

    Misses
      23: expected answer Q2 by context, found talk
        beans and what the slugs left of them, which is little enough after al …
      24: expected greeting, found answer Q1 by context
        beans and what the slugs left of them, which is little enough after al …
      27: expected answer Q1 by reply, found answer Q2 by reply
        beans and what the slugs left of them, which is little enough after al …
    ");
}

#[test]
fn answers_of_which_the_key_is_sure_as_json() {
    let told = answers(&lake(), &AnswersKey::parse(ANSWERS).unwrap(), 3);
    assert_eq!((told.answers, told.unsure), (Share { right: 1, of: 1 }, 4));
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap(), @r#"
    {
      "by_basis": {
        "label": {
          "right": 1,
          "of": 1,
          "share": 1.0
        }
      },
      "answers": {
        "right": 1,
        "of": 1,
        "share": 1.0
      },
      "precision": {
        "right": 1,
        "of": 2,
        "share": 0.5
      },
      "precision_with_question": {
        "right": 1,
        "of": 2,
        "share": 0.5
      },
      "talk_as_answers": {
        "right": 1,
        "of": 1,
        "share": 1.0
      },
      "roles": {
        "answer": {
          "answer": 1
        },
        "greeting": {
          "answer": 1
        },
        "question": {
          "question": 1
        }
      },
      "not_in_lake": [
        "25"
      ],
      "unsure": 4,
      "misses": [
        {
          "session": null,
          "expected": "greeting",
          "found": "answer Q1 by context",
          "post_id": "24",
          "text": "beans and what the slugs left of them, which is little enough after al …"
        }
      ]
    }
    "#);
}

#[test]
fn a_key_of_sessions_that_is_none_says_where_and_what_to_do() {
    let refused = |text: &str| SessionsKey::parse(text).unwrap_err().to_string();
    let rest = "; a key of sessions is a JSON list of objects with session_id, session_start_utc, \
                and as far as they are known scheduled_end_utc, moderators, co_hosts, guests and \
                questions";
    let one = |more: &str| {
        format!(
            "[{{\"session_id\": \"one\",\n\"session_start_utc\": \"2025-03-05T20:00:00Z\"}},\n\
             {{\"session_id\": \"two\"{more}}}]"
        )
    };
    let at = r#", "session_start_utc": "2025-03-12T20:00:00Z""#;
    let texts = [
        String::new(),
        "[]".into(),
        "{}".into(),
        "[\n{\"session_id\": 3}]".into(),
        "[\n{\"session_id\": }]".into(),
        one(""),
        one(r#", "session_start_utc": "12 March 2025""#),
        one(&format!(r#"{at}, "scheduled_end_utc": "2025-03-12T19:00:00Z""#)),
        one(&format!(r#"{at}, "scheduled_end_utc": "nine""#)),
        one(&format!(r#"{at}, "moderators": [3]"#)),
        one(&format!(r#"{at}, "guests": [{{"handle": "bea"}}]"#)),
        one(&format!(r#"{at}, "questions": [{{"label": "Q1"}}]"#)),
        one(&format!(r#"{at}, "questions": [{{"label": "Q1", "post_id": 77}}]"#)),
        one(at).replace("two", "one"),
    ];
    let told: Vec<String> = texts.iter().map(|text| refused(text)).collect();
    assert!(told.iter().all(|it| it.ends_with(rest)), "{told:#?}");
    insta::assert_snapshot!(told.join("\n").replace(rest, ""), @r#"
    line 1: EOF while parsing a value
    line 1: no session in it
    line 1: invalid type: map, expected a sequence
    line 2, session 1: invalid type: integer `3`, expected a string
    line 2: expected value
    line 3, session 2 (two): missing field `session_start_utc`
    line 3, session 2 (two): "12 March 2025" is no instant; write it as 2025-03-05T20:00:00Z
    session 2 (two): scheduled_end_utc lies before session_start_utc
    line 3, session 2 (two): "nine" is no instant; write it as 2025-03-05T20:00:00Z
    line 3, session 2 (two): invalid type: integer `3`, expected a handle in quotes or an object with author_id or name
    line 3, session 2 (two): a person without author_id and name
    line 3, session 2 (two): missing field `post_id`
    line 3, session 2 (two): invalid type: integer `77`, expected a string
    session 2 (one): the same session_id stands twice
    "#);
}

#[test]
fn a_key_of_answers_that_is_none_says_where_and_what_to_do() {
    let refused = |text: &str| AnswersKey::parse(text).unwrap_err().to_string();
    let rest = "; a key of answers is a table, separated by commas, with the columns id, role, \
                question_label, basis and confidence";
    let row = |row: &str| format!("id,role,question_label,basis,confidence\n1,talk,,,3\n{row}\n");
    let texts = [
        String::new(),
        "id;role;question_label;basis;confidence\n".into(),
        "id,role,basis\n".into(),
        "id,role,question_label,basis,confidence\n".into(),
        row("2,talk"),
        row("2,talk,,,sure"),
        row("2,talk,,,9"),
        row(",talk,,,3"),
        row("2,,,,3"),
        row("2,answer,,label,3"),
        row("6.89E+17,talk,,,3"),
        row("1,talk,,,3"),
    ];
    let told: Vec<String> = texts.iter().map(|text| refused(text)).collect();
    assert!(told.iter().all(|it| it.ends_with(rest)), "{told:#?}");
    insta::assert_snapshot!(told.join("\n").replace(rest, ""), @r"
    line 1: no column id, role, question_label, basis, confidence
    line 1: no column id, role, question_label, basis, confidence
    line 1: no column question_label, confidence
    line 1: no post in it
    line 3: fewer fields than columns
    line 3: confidence is 1, 2 or 3
    line 3: confidence is 1, 2 or 3, not 9
    line 3: a row without id or role
    line 3: a row without id or role
    line 3: the answer 2 has no question_label
    line 3: the id 6.89E+17 was rounded by a spreadsheet; keep the column as text
    line 3: the post 1 stands twice
    ");
}
