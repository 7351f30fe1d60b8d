//! Who answers when the meeting has closed, and how long it can be answered.

use colloquy_transcript::{AnswerBasis, CompactString, PostId, Record, Role, Standing};

use super::broker::{Broker, in_order, step_by_step};
use super::chat::Script;

const START: &str = "2025-03-05T20:00:00Z";
/// Half past seven the next morning.
const MORNING: i64 = 41_400;

/// `session role question basis` of a post.
fn part(broker: &Broker, post: &PostId) -> String {
    let seen = broker.seen();
    let row = seen.values().find_map(|record| match record {
        Record::Annotation(row) if row.post_id == *post => Some(row),
        _ => None,
    });
    let row = row.unwrap();
    let question = row.question.clone().unwrap_or(CompactString::const_new("-"));
    let basis = row.basis.map_or("-", AnswerBasis::as_str);
    format!("{} {} {question} {basis}", row.session, Role::as_str(row.role))
}

fn run(script: &Script) -> Broker {
    let mut broker = Broker::new();
    broker.append(&script.sorted());
    broker.mark(Standing::Ended);
    broker
}

fn question(script: &Script, text: &str) -> PostId {
    let asked = script.posts.iter().find(|ground| ground.post.text.starts_with(text)).unwrap();
    asked.post.id.clone()
}

#[test]
fn an_answer_of_the_next_morning_belongs_to_the_evening() {
    let mut script = Script::default();
    script.meeting(START);
    let q2 = question(&script, "Q2");
    let labelled = script.say(START, MORNING, "dew", "A3: the old spade, late but true");
    let reply = script.reply(START, MORNING + 60, "bud", "@rosa Crushed shells, every spring", &q2);
    let thanks = script.reply(START, MORNING + 120, "fern", "@rosa thank you, great hour!", &q2);
    let talk = script.say(START, MORNING + 180, "moss", "Raining again on the beds");
    let number = script.say(START, MORNING + 240, "moss", "A7: what was that one about");
    let broker = run(&script);
    assert_eq!(part(&broker, &labelled), "2025-03-05T2000Z answer Q3 label");
    assert_eq!(part(&broker, &reply), "2025-03-05T2000Z answer Q2 reply");
    for outside in [thanks, talk, number] {
        assert_eq!(part(&broker, &outside), "outside-2025-W10 talk - -");
    }
}

#[test]
fn nobody_answers_after_a_day() {
    let mut script = Script::default();
    script.meeting(START);
    let late = script.say(START, 7_200 + 86_400, "dew", "A3: the old spade, late but true");
    assert_eq!(part(&run(&script), &late), "outside-2025-W10 talk - -");
}

#[test]
fn the_next_meeting_ends_it() {
    let mut script = Script::default();
    script.meeting(START);
    let before = script.say(START, 9_000, "dew", "A3: the old spade, late but true");
    script.meeting("2025-03-06T08:00:00Z");
    let after = script.say(START, 54_000, "bud", "A2: shells, as ever");
    let broker = run(&script);
    assert_eq!(part(&broker, &before), "2025-03-05T2000Z answer Q3 label");
    assert_eq!(part(&broker, &after), "2025-03-06T0800Z answer Q2 label");
}

#[test]
fn another_question_under_a_number_ends_it() {
    let mut script = Script::default();
    script.meeting(START);
    let before = script.say(START, MORNING, "dew", "A1: peas, then beans");
    script.say(START, MORNING + 600, "quiz_bot", "Q1: Which river is the longest of all?");
    let after = script.say(START, MORNING + 660, "bud", "A1: the Nile");
    let broker = run(&script);
    assert_eq!(part(&broker, &before), "2025-03-05T2000Z answer Q1 label");
    assert_eq!(part(&broker, &after), "outside-2025-W10 talk - -");
}

#[test]
fn a_closed_meeting_is_published_at_once_and_revised_in_the_morning() {
    let mut script = Script::default();
    script.meeting(START);
    let evening = script.posts.len();
    script.say(START, MORNING, "dew", "A1: peas, then beans");
    let posts = script.sorted();
    let mut broker = Broker::new();
    broker.mark(Standing::Begun);
    broker.append(&posts[..evening]);
    let answerers = |broker: &Broker| {
        let sessions = broker.published.iter().filter_map(|record| match record {
            Record::Session(it) if it.session.is_meeting() => Some(it.answerers),
            _ => None,
        });
        sessions.collect::<Vec<_>>()
    };
    broker.mark(Standing::CompleteUntil("2025-03-06T00:00:00Z".parse().unwrap()));
    assert_eq!(answerers(&broker), [4]);
    broker.append(&posts[evening..]);
    broker.mark(Standing::Ended);
    assert_eq!(answerers(&broker), [4, 5]);
    assert_eq!(broker.seen(), in_order(&posts));
}

#[test]
fn an_archive_tells_each_meeting_once_and_who_came_late_has_been_there() {
    let mut script = Script::default();
    let days = ["03-05", "03-12", "03-19", "03-26", "04-02", "04-09"];
    let starts = days.map(|day| format!("2025-{day}T20:00:00Z"));
    for start in &starts {
        script.meeting(start);
        script.say(start, MORNING, "dew", "A1: peas, then beans");
    }
    let broker = run(&script);
    let meetings = broker.published.iter().filter(|record| match record {
        Record::Session(it) => it.session.is_meeting(),
        _ => false,
    });
    assert_eq!(meetings.count(), starts.len());
    let before = broker.published.iter().filter_map(|record| match record {
        Record::Attendance(it) if it.author_id.as_str().ends_with("dew") => it.sessions_before,
        _ => None,
    });
    // Before that too little is known of who came.
    assert_eq!(before.collect::<Vec<_>>(), [4, 5]);
}

#[test]
fn a_thin_hour_rests_on_the_one_before_that_is_still_open() {
    let mut script = Script::default();
    script.meeting(START);
    let thin = "2025-03-12T20:00:00Z";
    script.say(thin, 0, "rosa", "Welcome everybody to the hour of beds and beans");
    for (number, person) in [(1, "fern"), (2, "moss"), (3, "fern")] {
        let asked = 600 * number;
        script.say(thin, asked, "rosa", &format!("Q{number}: what of bed {number} this year?"));
        script.say(thin, asked + 60, person, &format!("A{number}: {person} says beans"));
    }
    let posts = script.sorted();
    let all = in_order(&posts);
    let sessions = all
        .values()
        .filter(|record| matches!(record, Record::Session(it) if it.session.is_meeting()));
    assert_eq!(sessions.count(), 2);
    assert_eq!(step_by_step(&posts).seen(), all);
}

#[test]
fn what_the_morning_answers_does_not_hide_from_the_next_hour() {
    // The last that may answer lie within what the next hour looks back on.
    for after in [80_000, 88_000, 93_500] {
        let mut script = Script::default();
        script.meeting(START);
        for nth in 0..12 {
            let text = "A2: late, but eggshells it is";
            script.say(START, after - 60 * nth, &format!("dew{nth}"), text);
        }
        script.gathering("2025-03-06T23:00:00Z");
        let posts = script.sorted();
        assert_eq!(step_by_step(&posts).seen(), in_order(&posts), "{after}");
    }
}

#[test]
fn an_advertisement_under_a_number_is_no_late_answer() {
    let mut script = Script::default();
    script.meeting(START);
    let text = "A2: Turn 100 into 2,000 a week, guaranteed returns, DM me";
    let advert = script.say(START, MORNING, "bargain_bin", text);
    let broker = run(&script);
    assert!(part(&broker, &advert).starts_with("outside-"), "{}", part(&broker, &advert));
}
