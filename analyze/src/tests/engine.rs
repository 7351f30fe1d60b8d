//! How rooms label, what registry and moderators say of questions, and hours without numbers.

use colloquy_transcript::registry::{self, Registry};
use colloquy_transcript::{
    ChatName, CompactString, Decision, Record, SessionRecord, Standing, Verdict,
};

use super::broker::Broker;
use super::chat::Script;

const START: &str = "2025-03-05T20:00:00Z";

fn run(script: &Script, registry: Registry, decisions: &[(&str, Verdict)]) -> Vec<Record> {
    let mut broker = Broker::with(registry);
    for (subject, verdict) in decisions {
        broker.decide(Decision {
            chat: ChatName::new("gardenchat").unwrap(),
            subject: CompactString::from(*subject),
            verdict: verdict.clone(),
            by: None,
            at: "2025-03-07T10:00:00Z".parse().unwrap(),
            note: None,
            withdrawn: false,
        });
    }
    broker.append(&script.sorted());
    broker.mark(Standing::Ended);
    broker.seen().into_values().collect()
}

fn sessions(records: &[Record]) -> Vec<&SessionRecord> {
    records
        .iter()
        .filter_map(|record| match record {
            Record::Session(session) if session.session.is_meeting() => Some(&**session),
            _ => None,
        })
        .collect()
}

/// `start: host asks label text` of every question.
fn asked(records: &[Record]) -> String {
    let of = |session: &&SessionRecord| {
        let questions = session.questions.iter().map(|question| {
            format!("{} {} {}", question.asked_by.native(), question.label, question.text)
        });
        let hosts: Vec<_> =
            session.moderators.iter().map(colloquy_transcript::AuthorId::native).collect();
        let head = format!("{} by {}", session.session, hosts.join(", "));
        std::iter::once(head).chain(questions).collect::<Vec<_>>().join("\n")
    };
    sessions(records).iter().map(of).collect::<Vec<_>>().join("\n")
}

/// `author role question basis` of the posts with this text.
fn parts(records: &[Record], script: &Script, text: &str) -> String {
    let posts = script.posts.iter().filter(|ground| ground.post.text.contains(text));
    let told = posts.map(|ground| {
        let row = records.iter().find_map(|record| match record {
            Record::Annotation(row) if row.post_id == ground.post.id => Some(row),
            _ => None,
        });
        let row = row.unwrap();
        format!(
            "{} {} {}",
            row.role.as_str(),
            row.question.as_deref().unwrap_or("-"),
            row.basis.map_or("-", |basis| basis.as_str())
        )
    });
    told.collect::<Vec<_>>().join(", ")
}

fn of_chat(entry: &str) -> Registry {
    registry::parse(&format!("[[chat]]\nname = \"gardenchat\"\n{entry}")).unwrap()
}

/// Questions and answers of three people under these labels.
fn labelled(question: &str, answer: &str) -> Script {
    let mut script = Script::default();
    for nth in 1..=3 {
        let after = 300 + 600 * (nth - 1);
        script.say(
            START,
            after,
            "rosa",
            &format!("{question}{nth}: ¿y el huerto de marzo, {nth}?"),
        );
        for (place, person) in (1..).zip(["fern", "moss", "reed"]) {
            let text = format!("{answer}{nth}: dice {person} que depende");
            script.say(START, after + 60 * place, person, &text);
        }
    }
    script
}

#[test]
fn every_way_of_labelling_makes_a_meeting() {
    for (question, answer) in [
        ("Q", "A"),
        ("P", "R"),
        ("Pregunta ", "Respuesta "),
        ("Q", "R"),
        ("D", "R"),
        ("F", "A"),
        ("V", "A"),
        ("質問", "回答"),
        ("", ""),
        ("T", "A"),
    ] {
        let script = labelled(question, answer);
        let records = run(&script, Registry::default(), &[]);
        let found = sessions(&records);
        assert_eq!(found.len(), 1, "{question}/{answer}");
        assert_eq!(found[0].questions.len(), 3, "{question}/{answer}");
        assert_eq!((found[0].answerers, found[0].moderators.len()), (3, 1), "{question}/{answer}");
    }
}

#[test]
fn letters_of_another_language_are_none_where_nobody_answers_in_it() {
    let mut script = labelled("Q", "A");
    script.say(START, 700, "ivy", "R2: that droid would weed my beds");
    let records = run(&script, Registry::default(), &[]);
    assert_eq!(parts(&records, &script, "droid"), "talk - -");
}

#[test]
fn parts_of_a_question_are_questions() {
    let mut script = labelled("Q", "A");
    script.say(START, 1_900, "rosa", "Q4a Beginners: what do you fear?");
    script.say(START, 1_930, "rosa", "Q4b Old hands: what do you miss?");
    script.say(START, 2_000, "fern", "A4b the old shed");
    script.say(START, 2_020, "moss", "A4a the slugs");
    script.say(START, 2_040, "reed", "A4 the slugs, too");
    script.say(START, 2_300, "rosa", "Final Q: what will you do tomorrow?");
    script.say(START, 2_400, "fern", "FA: sleep");
    script.say(START, 2_420, "moss", "A5 weed");
    let records = run(&script, Registry::default(), &[]);
    let labels: Vec<_> =
        sessions(&records)[0].questions.iter().map(|it| it.label.to_string()).collect();
    assert_eq!(labels, ["Q1", "Q2", "Q3", "Q4a", "Q4b", "Q5"]);
    assert_eq!(parts(&records, &script, "the old shed"), "answer Q4b label");
    assert_eq!(parts(&records, &script, "the slugs"), "answer Q4a label, answer Q4b label");
    assert_eq!(parts(&records, &script, "sleep"), "answer Q5 label");
    assert_eq!(parts(&records, &script, "A5 weed"), "answer Q5 label");
}

#[test]
fn an_announcement_is_no_question() {
    let mut script = Script::default();
    script.say(START, 200, "helper", "Q1 coming soon");
    script.meeting(START);
    script.say(START, 890, "helper", "q2 up on deck");
    let records = run(&script, Registry::default(), &[]);
    insta::assert_snapshot!(asked(&records), @r"
    2025-03-05T2000Z by rosa
    rosa Q1 Q1: what do you sow first this year?
    rosa Q2 Q2: how do you keep slugs away?
    rosa Q3 Q3: which tool lasts?
    ");
}

#[test]
fn moderators_correct_questions_and_answers() {
    let mut script = Script::default();
    script.meeting(START);
    let prompt = script.say(START, 1_700, "ivy", "And which bed would you give up");
    let answer = script.say(START, 1_760, "dill", "The damp one behind the shed");
    let third = script.posts.iter().find(|it| it.post.text.starts_with("Q3")).unwrap();
    let third = third.post.id.clone();
    let records = run(
        &script,
        Registry::default(),
        &[
            (prompt.as_str(), Verdict::IsQuestion("Q4".into())),
            (answer.as_str(), Verdict::Answers("Q4".into())),
            (third.as_str(), Verdict::NotAQuestion),
        ],
    );
    insta::assert_snapshot!(asked(&records), @r"
    2025-03-05T2000Z by rosa
    rosa Q1 Q1: what do you sow first this year?
    rosa Q2 Q2: how do you keep slugs away?
    ivy Q4 And which bed would you give up
    ");
    assert_eq!(parts(&records, &script, "damp one"), "answer Q4 -");
    assert_eq!(sessions(&records)[0].corrections.len(), 3);
}

#[test]
fn planned_questions_need_no_label() {
    let mut script = Script::default();
    script.meeting(START);
    script.say(START, 1_900, "rosa", "And so we come to: which bed would you give up for good?");
    let plan = "[[chat.session]]\ndate = \"2025-03-05\"\nquestions = [{ label = \"Q4\", text = \"Which bed would you give up for good?\" }]";
    let records = run(&script, of_chat(plan), &[]);
    assert!(
        asked(&records)
            .ends_with("rosa Q4 And so we come to: which bed would you give up for good?")
    );
}

#[test]
fn a_chat_has_labels_of_its_own() {
    let script = labelled("Ronda ", "Voz ");
    assert!(sessions(&run(&script, Registry::default(), &[])).is_empty());
    let own = of_chat("question_labels = [\"Ronda {n}\"]\nanswer_labels = [\"Voz {n}\"]");
    let records = run(&script, own, &[]);
    assert_eq!(sessions(&records)[0].questions.len(), 3);
    assert_eq!(sessions(&records)[0].answerers, 3);
}

#[test]
fn an_hour_without_numbers_is_found_and_has_a_host() {
    let mut script = Script::default();
    script.gathering(START);
    let records = run(&script, Registry::default(), &[]);
    insta::assert_snapshot!(asked(&records), @"2025-03-05T2000Z by rosa");
}

#[test]
fn a_tag_that_is_busy_all_day_does_not_meet() {
    let mut script = Script::default();
    for hour in 0..10 {
        let start = format!("2025-03-05T{:02}:00:00Z", 10 + hour);
        script.gathering(&start);
    }
    assert!(sessions(&run(&script, Registry::default(), &[])).is_empty());
}

#[test]
fn passers_by_do_not_meet() {
    let mut script = Script::default();
    for nth in 0..60 {
        script.say(
            START,
            60 * nth,
            &format!("visitor{nth}"),
            "Welcome to our garden, join us tonight",
        );
    }
    assert!(sessions(&run(&script, Registry::default(), &[])).is_empty());
}

/// Found by a reader who tried to fool the engine.
#[test]
fn what_only_calls_for_attention_asks_nothing() {
    let mut script = Script::default();
    script.say(START, 180, "rosa", "Are you all ready for Q1?");
    script.meeting(START);
    script.say(START, 780, "rosa", "Q2 coming up in two minutes, who is ready?");
    script.say(START, 1_480, "rosa", "Any last thoughts before Q3?");
    insta::assert_snapshot!(asked(&run(&script, Registry::default(), &[])), @r"
    2025-03-05T2000Z by rosa
    rosa Q1 Q1: what do you sow first this year?
    rosa Q2 Q2: how do you keep slugs away?
    rosa Q3 Q3: which tool lasts?
    ");
}

#[test]
fn who_writes_the_question_above_the_answer_answers() {
    let mut script = Script::default();
    script.meeting(START);
    let posts = script.sorted();
    for ground in posts.iter().filter(|ground| ground.post.text.starts_with('Q')) {
        let after = ground.post.created_at.duration_since(START.parse().unwrap()).as_secs();
        script.say(
            START,
            after + 100,
            "briar",
            &format!("{} Ashes, beer and patience", ground.post.text),
        );
    }
    let records = run(&script, Registry::default(), &[]);
    assert!(asked(&records).starts_with("2025-03-05T2000Z by rosa\n"), "{}", asked(&records));
    assert_eq!(
        parts(&records, &script, "Ashes"),
        ["Q1", "Q2", "Q3"].map(|it| format!("answer {it} label")).join(", ")
    );
}

#[test]
fn a_friendly_regular_is_no_moderator() {
    let mut script = Script::default();
    script.meeting(START);
    script.say(START, 30, "briar", "Welcome back to #gardenchat friends, let's chat!");
    for person in ["fern", "moss", "reed"] {
        let hello = script.say(START, 60, person, "Hello from the shed");
        script.reply(START, 90, "briar", "Welcome! Good to see you", &hello);
    }
    script.say(START, 3_500, "briar", "Thanks everyone for a great #gardenchat!");
    let records = run(&script, Registry::default(), &[]);
    assert!(asked(&records).starts_with("2025-03-05T2000Z by rosa\n"), "{}", asked(&records));
}

#[test]
fn quarters_of_a_match_are_no_meeting() {
    let mut script = Script::default();
    for quarter in 1..=4 {
        let after = 900 * (quarter - 1);
        script.say(
            START,
            after,
            "scorer",
            &format!("Q{quarter}: Bears 24 Wolves 20, strong start"),
        );
        for person in ["fern", "moss", "reed"] {
            script.say(
                START,
                after + 300,
                person,
                &format!("Q{quarter} defense looks great so far"),
            );
        }
    }
    assert!(sessions(&run(&script, Registry::default(), &[])).is_empty());
}

#[test]
fn a_list_in_a_reply_is_no_label() {
    let mut script = Script::default();
    script.meeting(START);
    let second = script.posts.iter().find(|it| it.post.text.starts_with("Q2")).unwrap();
    let second = second.post.id.clone();
    script.reply(START, 1_000, "dill", "1. a can for seedlings 2. a hose for the rest", &second);
    script.reply(START, 1_010, "dill", "Typically early in the morning with a long hose", &second);
    let records = run(&script, Registry::default(), &[]);
    assert_eq!(parts(&records, &script, "a can for"), "answer Q2 reply");
    assert_eq!(parts(&records, &script, "Typically"), "answer Q2 reply");
}
