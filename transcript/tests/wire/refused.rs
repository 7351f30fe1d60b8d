//! What is taken although it was not written like this, and what is said of the rest.

use colloquy_transcript::{Topic, wire};

use super::encoded;

const MARK: &str =
    r#"{"v":1,"kind":"mark","partition":3,"source":"season.jsonl","standing":"ended","through":9}"#;

#[test]
fn fields_of_later_programs_nulls_and_any_order_are_taken() {
    let same = [
        r#" {"v":1, "kind":"mark", "partition":3, "source":"season.jsonl", "standing":"ended", "through":9} "#,
        r#"{"through":9,"standing":"ended","source":"season.jsonl","partition":3,"kind":"mark","v":1}"#,
        r#"{"v":1,"kind":"mark","partition":3,"source":"season\u002ejsonl","standing":"ended","complete_until_us":null,"through":9}"#,
        r#"{"v":1,"kind":"mark","colour":{"a":[1,{"b":null}]},"partition":3,"source":"season.jsonl","standing":"ended","through":9,"z":1e400}"#,
    ];
    for bytes in same {
        let record = wire::decode(Topic::Coverage, bytes.as_bytes())
            .unwrap_or_else(|error| panic!("{bytes}: {error}"));
        assert_eq!(String::from_utf8(encoded(&record)).unwrap(), MARK);
    }
}

/// What is said of each, one line each.
fn told(cases: &[(Topic, &str)]) -> String {
    let lines: Vec<_> = cases
        .iter()
        .map(|(topic, bytes)| match wire::decode(*topic, bytes.as_bytes()) {
            Ok(record) => panic!("{bytes} was taken as {record:?}"),
            Err(error) => error.to_string(),
        })
        .collect();
    lines.join("\n")
}

#[test]
fn versions_and_kinds() {
    let cases = [
        (Topic::Posts, ""),
        (Topic::Posts, " \n"),
        (Topic::Posts, r#"{"v":2,"kind":"post","everything":"else"}"#),
        (Topic::Coverage, r#"{"v":18446744073709551615,"kind":"tide"}"#),
        (Topic::Posts, r#"{"v":0,"kind":"post"}"#),
        (Topic::Posts, r#"{"v":-1,"kind":"post"}"#),
        (Topic::Posts, r#"{"v":"1","kind":"post"}"#),
        (Topic::Posts, r#"{"kind":"post"}"#),
        (Topic::Posts, r#"{"v":1}"#),
        (Topic::Posts, r#"{"v":1,"kind":7}"#),
        (Topic::Posts, MARK),
        (Topic::Coverage, r#"{"v":1,"kind":"post"}"#),
        (Topic::DeadLetters, r#"{"v":1,"kind":"dead_letter"}"#),
    ];
    insta::assert_snapshot!(told(&cases), @r#"
    the value is empty, as after a deletion
    the value is empty, as after a deletion
    the record has version 2 and this program reads up to 1: update it
    the record has version 18446744073709551615 and this program reads up to 1: update it
    v: versions count from 1
    v: invalid value: integer `-1`, expected u64 at line 1 column 7
    v: invalid type: string "1", expected u64 at line 1 column 8
    v: it is missing
    kind: it is missing
    kind: invalid type: integer `7`, expected a string at line 1 column 15
    the record is a "mark" where a post belongs
    the record is a "post" where a coverage or mark belongs
    the record is a "dead_letter" where a dead-letter belongs
    "#);
}

#[test]
fn malformed() {
    let deep = format!("{MARK_OPEN}{}", "[".repeat(100_000));
    let cases = [
        (Topic::Posts, "null"),
        (Topic::Posts, "7"),
        (Topic::Posts, "\u{feff}{}"),
        (Topic::Coverage, r#"[1,"mark",3,"season.jsonl","ended",null,9]"#),
        (Topic::Posts, r#"{"v":1,"kind":"post","#),
        (Topic::Coverage, &format!("{MARK}{MARK}")),
        (Topic::Coverage, &format!("{MARK},")),
        (Topic::Coverage, &deep),
        (Topic::Coverage, &deep.replace("partition", "of a later version")),
        (Topic::Posts, r#"{"v":1,"kind":"post","text":"\ud800"}"#),
    ];
    insta::assert_snapshot!(told(&cases), @r#"
    the value is not one JSON object: it does not begin with a brace
    the value is not one JSON object: it does not begin with a brace
    the value is not one JSON object: it does not begin with a brace
    the value is not one JSON object: it does not begin with a brace
    the value is not one JSON object: EOF while parsing a value at line 1 column 21
    the value is not one JSON object: trailing characters at line 1 column 91
    the value is not one JSON object: trailing characters at line 1 column 91
    the value is not one JSON object: EOF while parsing a list at line 1 column 100033
    the value is not one JSON object: EOF while parsing a list at line 1 column 100042
    the value is not one JSON object: unexpected end of hex escape at line 1 column 36
    "#);
}

const MARK_OPEN: &str = r#"{"v":1,"kind":"mark","partition":"#;

#[test]
fn fields() {
    let post = |rest: &str| {
        format!(
            r#"{{"v":1,"kind":"post","chat":"gardenchat","id":"x:1","text":"","post_kind":"original",{rest}}}"#
        )
    };
    let posts = [
        post(r#""created_at_us":0"#),
        post(r#""created_at_us":9223372036854775807,"author":{"id":"x:1"}"#),
        post(r#""created_at_us":-9223372036854775808,"author":{"id":"x:1"}"#),
        post(r#""created_at_us":9223372036854775808,"author":{"id":"x:1"}"#),
        post(r#""created_at_us":1.5,"author":{"id":"x:1"}"#),
        post(r#""created_at_us":0,"edited_at_us":253402207201000000,"author":{"id":"x:1"}"#),
        post(r#""created_at_us":0,"author":{"id":"x:1","created_at_us":-377705023201000001}"#),
        post(r#""created_at_us":0,"author":{"handle":"rosa"}"#),
        post(r#""created_at_us":0,"author":{"id":"x:1","followers":-1}"#),
        post(r#""created_at_us":0,"author":{"id":"x:1"},"hashtags":["a",7]"#),
        post(r#""created_at_us":0,"author":{"id":"x:1"},"text":"twice""#),
        post(r#""created_at_us":0,"author":{"id":"x:1"}"#).replace("original", "rumour"),
        post(r#""created_at_us":0,"author":{"id":"x:1"}"#).replace("gardenchat", " # "),
        post(&format!(r#""created_at_us":0,"author":"{}""#, "ä".repeat(1_000))),
    ];
    let posts: Vec<_> = posts.iter().map(|post| (Topic::Posts, post.as_str())).collect();
    insta::assert_snapshot!(told(&posts), @r#"
    record: missing field `author` at line 1 column 103
    created_at_us: 9223372036854775807 is outside the years -9999 to 9999
    created_at_us: -9223372036854775808 is outside the years -9999 to 9999
    created_at_us: invalid value: integer `9223372036854775808`, expected i64 at line 1 column 120
    created_at_us: invalid type: floating point `1.5`, expected i64 at line 1 column 104
    edited_at_us: 253402207201000000 is outside the years -9999 to 9999
    author.created_at_us: -377705023201000001 is outside the years -9999 to 9999
    author: missing field `id` at line 1 column 129
    author.followers: invalid value: integer `-1`, expected u64 at line 1 column 138
    hashtags[1]: invalid type: integer `7`, expected a string at line 1 column 142
    record: duplicate field `text` at line 1 column 131
    post_kind: "rumour" is none of original, reply, quote, repost
    chat: a chat or tag needs a name of at least one letter or digit, not ""
    author: invalid type: string "ääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää…
    "#);
}

#[test]
fn values_of_the_other_kinds() {
    let decision = r#"{"v":1,"kind":"decision","chat":"gardenchat","subject":"x:1","verdict":"VERDICT","at_us":0,"withdrawn":false}"#;
    let decided = |verdict: &str| (Topic::Decisions, decision.replace("VERDICT", verdict));
    let mark = |from: &str, to: &str| (Topic::Coverage, MARK.replace(from, to));
    let annotation = r#"{"v":1,"kind":"annotation","chat":"gardenchat","post_id":"x:1","session":"2025-03-05T2000Z","fingerprint":"00000000000000ff","role":"talk","lang":"en","lang_source":"platform","flag":{"score":0.5,"band":"none","flagged":false,"model":"rules-1","decision":"hijack"}}"#;
    let annotated = |from: &str, to: &str| (Topic::Annotations, annotation.replace(from, to));
    let letter = r#"{"v":1,"kind":"dead-letter","source":"-","position":1,"stage":"read","reason":"why"BYTES}"#;
    let dead = |bytes: &str| (Topic::DeadLetters, letter.replace("BYTES", bytes));
    let cases = [
        decided("praise"),
        decided("answers"),
        decided("answers=Q1"),
        decided("same-as"),
        decided("starts-at"),
        mark("ended", "complete-until"),
        mark("ended", "over"),
        mark(r#""partition":3"#, r#""partition":4294967296"#),
        annotated("2025-03-05T2000Z", "2025-03-05T2500Z"),
        annotated("00000000000000ff", "ff"),
        annotated("00000000000000ff", "+00000000000000f"),
        annotated("talk", "Talk"),
        annotated(r#""lang":"en","#, ""),
        annotated(r#","lang_source":"platform""#, ""),
        annotated("platform", "guessed"),
        annotated("0.5", r#""half""#),
        annotated("0.5", "null"),
        annotated("0.5", "1e999"),
        annotated(r#""none""#, r#""loud""#),
        annotated(r#""hijack""#, r#""maybe""#),
        dead(""),
        dead(r#","text":"a","base64":"YQ==""#),
        dead(r#","base64":"Y""#),
        dead(r#","text":"a","context":"a","context_base64":"YQ==""#),
        dead(r#","text":"a","context_base64":"Y""#),
    ];
    let cases: Vec<_> = cases.iter().map(|(topic, bytes)| (*topic, bytes.as_str())).collect();
    insta::assert_snapshot!(told(&cases), @r#"
    verdict: "praise" is no verdict
    question: a verdict "answers" needs it
    verdict: "answers=Q1" is no verdict
    author: a verdict "same-as" needs it
    instant_us: a verdict "starts-at" needs it
    complete_until_us: it is missing
    standing: "over" is none of begun, complete-until, ended
    partition: invalid value: integer `4294967296`, expected u32 at line 1 column 43
    session: a session reads 2016-01-20T0200Z or outside-2016-W03, not "2025-03-05T2500Z"
    fingerprint: invalid value: string "ff", expected 16 lower-case hexadecimal digits at line 1 column 110
    fingerprint: invalid value: string "+00000000000000f", expected 16 lower-case hexadecimal digits at line 1 column 124
    role: "Talk" is none of question, answer, moderation, talk, repost
    lang: it is missing
    lang_source: it is missing
    lang_source: "guessed" is none of platform, detected
    flag.score: invalid value: string "half", expected a number, "inf", "-inf" or "nan" at line 1 column 198
    flag.score: invalid type: null, expected a number, "inf", "-inf" or "nan" at line 1 column 196
    the value is not one JSON object: number out of range at line 1 column 197
    flag.band: "loud" is none of flag, watch, none
    flag.decision: "maybe" is none of hijack, not-hijack
    text: it is missing, and so is base64
    base64: there is a text too
    base64: Invalid input length: 1
    context_base64: there is a text too
    context_base64: Invalid input length: 1
    "#);
}

#[test]
fn bytes_that_are_no_text() {
    let mut bytes = MARK.replace("season", "s ason").into_bytes();
    let at = bytes.iter().position(|byte| *byte == b' ').unwrap();
    bytes[at] = 0xff;
    let error = wire::decode(Topic::Coverage, &bytes).unwrap_err();
    insta::assert_snapshot!(error, @r#"the value is not one JSON object: invalid utf-8 sequence of 1 bytes from index 46"#);
}
