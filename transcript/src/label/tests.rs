//! What is a label and what is not.

use super::*;

/// The labels as written: place, kind and number.
fn read_in(text: &str, convention: Convention) -> String {
    labels(text)
        .iter()
        .filter_map(|label| {
            let kind = match (label.kind(convention), label.slip()) {
                (Some(LabelKind::Question), _) => "Q",
                (Some(LabelKind::Answer), _) => "A",
                (None, Some(LabelKind::Question)) => "q",
                (None, Some(LabelKind::Answer)) => "a",
                (None, None) if label.is_bare() => "#",
                (None, None) => return None,
            };
            let place = match label.place {
                Place::Opening => "",
                Place::Line => "/",
                Place::Closing => "<",
                Place::Middle => "~",
            };
            let number = label
                .number()
                .map_or("*".into(), |number| number.label().trim_start_matches('Q').to_owned());
            Some(format!("{place}{kind}{number}"))
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn read(text: &str) -> String {
    read_in(text, Convention::ENGLISH)
}

#[test]
fn labels_are_read() {
    for (text, expected) in [
        ("Q1: What do you sow first?", "Q1"),
        ("q1. what", "Q1"),
        ("Q 1 what", "Q1"),
        ("Q0: who are you?", "Q0"),
        ("#Q2 what", "Q2"),
        ("Question 3: what", "Q3"),
        ("Question #3: what", "Q3"),
        ("(Q3) what", "Q3"),
        ("🌱 Q3 what", "Q3"),
        ("Q1a what", "Q1a"),
        ("Q1A what", "Q1a"),
        ("Q1.5 and what else?", "Q1.5"),
        ("Q1/5: what", "Q1"),
        ("#gardenchat Q4) what", "Q4"),
        ("Ready? Here it comes: Q2 What", "~Q2"),
        ("We begin.\n\nQ2. What", "/Q2"),
        ("A1: beans", "A1"),
        ("A1) beans", "A1"),
        ("A1- beans", "A1"),
        ("A4; beans", "A4"),
        ("a1 beans", "A1"),
        ("A.1 beans", "A1"),
        ("A 1 beans", "A1"),
        ("A1#gardenchat beans", "A1"),
        ("Beans all the way #gardenchat A1 https://example.org/b", "<A1"),
        ("@rosa @fern_b A2: beans", "A2"),
        (".@rosa A2 beans", "A2"),
        ("RT @rosa: Q1: What", "Q1"),
        ("A1/2 beans", "A1 A2"),
        ("A1 & 2: beans", "A1 A2"),
        ("A1&A2 beans", "A1 A2"),
        ("A1: beans\nA2: peas", "A1 /A2"),
        ("“A3 beans”", "A3"),
        ("Same! A1", "<A1"),
        ("Well said! RT @rosa: A1 beans", ""),
        ("A2 peas RT @rosa: A1 beans", "A2"),
        ("Keep talking while I post this. Q3 What", "~Q3"),
        ("Moving on to Q3 - have you", "~Q3"),
        ("All of which brings us to: Q2 What", "~Q2"),
        ("@rosa A@: beans", "A2"),
        ("Drie kwartier, vier vragen, V1 tot en met V4. Wie?", ""),
        ("We have four questions, Q1 to Q4. Who is in?", ""),
        ("Tonight: Q1–Q5, then cake", ""),
        ("Moving on to Q3 - name 3 tools you cannot do without", "~Q3"),
        ("Here it comes: Q5 – give 2 reasons", "~Q5"),
        ("So much good stuff in A2… Q3: What do you prune?", "~Q3"),
        ("That was Q2 — Q3: What do you prune first?", "~Q3"),
        ("That leads to Q3! How do you prune?", "~Q3"),
        ("So, Rosa's Q1 is: when do you prune?", "~Q1"),
        ("I loved her Q1!", ""),
        ("Moving on: Q2 to Liverpool and back, how?", "~Q2"),
        ("Welcome! Answer with A1 when you see Q1", ""),
        ("1️⃣ What do you sow first?", "#1"),
        ("Q2️⃣ What do you sow next?", "Q2"),
        ("Final Q: what?", "Q*"),
        ("FQ: what?", "Q*"),
        ("And our last question: what?", "~Q*"),
        ("Final A beans", "A*"),
        ("Final Q5: what", "~Q5"),
        ("3A: beans", "A3"),
        ("A!. beans", "A1"),
        ("A%. beans", "A5"),
        ("S2: beans", "a2"),
        ("2. What", "#2"),
        ("#6 beans", "#6"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn labels_in_other_dress_are_read() {
    for (text, expected) in [
        ("Q１ full width", "Q1"),
        ("Ｑ２：what", "Q2"),
        ("𝗤𝟭: what", "Q1"),
        ("𝑨𝟐 beans", "A2"),
        ("Q③ what", "Q3"),
        ("🅰2 beans", "A2"),
        ("🅰️2 beans", "A2"),
        ("Q_1 what", "Q1"),
        ("A_3: beans", "A3"),
        ("Question no. 4: what", "Q4"),
        ("Question one: what", "Q1"),
        ("Question the second, what", "Q2"),
        ("Question number three. What", "Q3"),
        ("The fourth question: what", "Q4"),
        ("Hello all!\nFirst question – what", "/Q1"),
        ("Zweite Frage: was", "Q2"),
        ("Answer two: beans", "A2"),
        ("What do you sow? #GardenChatQ1", "<Q1"),
        ("#GARDENA2 beans", "A2"),
        ("4/ beans", "#4"),
        ("So, here's Q1 again: what do you sow?", "~Q1"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn lookalikes_are_not() {
    for text in [
        "take a 5 minute break",
        "beans",
        "the A50 is closed",
        "see example.org/q16",
        "@a1 hello",
        "Q10% off",
        "Q2nd",
        "vitamin-A1",
        "a100",
        "#A1garden",
        "Q0",
        "I agree with your A1 there",
        "a follow up to Q2 and Q3 later",
        "my final answer is no",
        "at last a bean",
        "S3 buckets",
        "10 beans",
        "10:30 is too early",
        "was that Rosa's A1 again",
        "Sperrung auf der A3",
        "my first question is about beans",
        "Answers to the second question came late",
        "#GARDENA24 opens in June",
        "question time",
        "1/5 of a thread",
        "② is lit",
    ] {
        assert_eq!(read(text), "", "{text}");
    }
}

#[test]
fn every_language_reads_its_own_words() {
    for (row, language) in LANGUAGES.iter().enumerate() {
        let convention = Convention::with(row);
        for word in language.question {
            assert_eq!(read_in(&format!("{word}2: …"), convention), "Q2", "{word}");
        }
        for word in language.answer.iter().filter(|word| !language.question.contains(word)) {
            assert_eq!(read_in(&format!("{word}2: …"), convention), "A2", "{word}");
        }
        for word in language.last_question {
            assert_eq!(read_in(&format!("{word}: …"), convention), "Q*", "{word}");
        }
        assert_eq!(read_in("Q1: …", convention), "Q1", "English is understood everywhere");
    }
    assert_eq!(read("R1: frijoles"), "", "no answer in an English room");
    let japanese = LANGUAGES.iter().position(|row| row.code == "ja").map(Convention::with);
    assert_eq!(japanese.map(|it| read_in("質問１好きな豆は？", it)).as_deref(), Some("Q1"));
    let arabic = LANGUAGES.iter().position(|row| row.code == "ar").map(Convention::with);
    assert_eq!(arabic.map(|it| read_in("س١: ما", it)).as_deref(), Some("Q1"));
}

#[test]
fn a_chat_may_have_labels_of_its_own() {
    let pattern = |prefix: &str, suffix: &str| crate::registry::LabelPattern {
        prefix: prefix.into(),
        suffix: suffix.into(),
    };
    let own = OwnLabels::new(&[pattern("Round", ""), pattern("", ". Frage")], &[pattern("R", "")]);
    for (text, expected) in [
        ("Round 3: what do you sow?", "Q3"),
        ("#gardenchat round 3 what", "Q3"),
        ("2. Frage: was", "Q2"),
        ("R3: beans", "A3"),
        ("R2D2 beans", ""),
        ("we went for another round 3 times", ""),
        ("Q1 what", "Q1"),
    ] {
        let mut found = labels(text);
        own.read(text, &mut found);
        let told: Vec<_> = found
            .iter()
            .filter_map(|label| {
                let letter = match label.kind(Convention::ENGLISH)? {
                    LabelKind::Question => 'Q',
                    LabelKind::Answer => 'A',
                };
                Some(format!("{letter}{}", label.number()?.whole))
            })
            .collect();
        assert_eq!(told.join(" "), expected, "{text}");
    }
}

#[test]
fn numbers_are_written_and_read() {
    for (text, expected) in [
        ("q3", Some("Q3")),
        ("Q1a", Some("Q1a")),
        ("Q1.5", Some("Q1.5")),
        ("4", Some("Q4")),
        ("P2", Some("Q2")),
        ("beans", None),
        ("Q3 what", None),
    ] {
        assert_eq!(Number::parse(text).map(Number::label).as_deref(), expected, "{text}");
    }
}

proptest::proptest! {
    /// The sieve lets every text through in which the patterns find something.
    #[test]
    fn the_sieve_loses_nothing(text in "(@rosa |#tag |[QAPRF]|[0-9]|[ \n.:#@/&!-]|Final |Frage |question|ok ){0,12}") {
        // A mark of another script keeps the sieve open; the patterns skip it.
        let told = |text: &str, by: usize| -> Vec<_> {
            let read = |label: &Label| (label.start - by, label.end - by, label.key);
            labels(text).iter().map(read).collect()
        };
        let (all, found) = (told(&format!("\u{3000}{text}"), 3), told(&text, 0));
        proptest::prop_assert_eq!(found, all, "{:?}", text);
    }

    #[test]
    fn any_text_is_read_without_panic(text in "(?s)(.{0,20}|[QAPRF]|[0-9]|[ \n.:#@/&!]|Final ){0,20}") {
        let mut end = 0;
        for label in labels(&text) {
            proptest::prop_assert!(text.get(label.start..label.end).is_some());
            proptest::prop_assert!(label.start >= end, "labels do not overlap: {text:?}");
            end = label.end;
        }
    }
}
