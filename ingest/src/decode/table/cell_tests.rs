use super::*;

#[test]
fn ids_survive_what_spreadsheets_do_or_are_known_to_be_lost() {
    let exact = |digits: &str| Id::Exact(digits.to_owned());
    for (cell, expected) in [
        ("575495991985005569", exact("575495991985005569")),
        ("=\"575495991985005569\"", exact("575495991985005569")),
        ("'575495991985005569", exact("575495991985005569")),
        ("x575495991985005569", exact("575495991985005569")),
        (" 20 ", exact("20")),
        ("575495991985006000", Id::About(575_495_991_985_006_000)),
        ("1000000000000000", Id::About(1_000_000_000_000_000)),
        ("5.75495991985006E+17", Id::About(575_495_991_985_006_000)),
        ("575495991985005568.0", Id::About(575_495_991_985_005_568)),
        ("42.0", exact("42")),
        ("3.25097962577e+17", Id::About(325_097_962_577_000_000)),
        ("1.22585E+18", Id::Lost),
        ("5,83115E+17", Id::Lost),
        ("5,75495991985006E+17", Id::About(575_495_991_985_006_000)),
        ("#N/A", Id::Absent),
        ("row 7", Id::Absent),
        ("-", Id::Absent),
        ("NA", Id::Absent),
        ("", Id::Absent),
        ("0", Id::Absent),
        (
            "at://did:plc:x/app.bsky.feed.post/3k",
            Id::Other("at://did:plc:x/app.bsky.feed.post/3k".into()),
        ),
        ("99999999999999999999999", Id::Absent),
        ("1e999", Id::Absent),
    ] {
        assert_eq!(id(cell, Column::Rounded), expected, "{cell}");
    }
}

#[test]
fn a_column_is_rounded_or_it_is_not() {
    let rounded = ["583125411948213000", "583121148857775000", "583121148857775105", "12"];
    assert_eq!(column_of(rounded.into_iter()), Column::Rounded);
    assert_eq!(column_of(rounded[1..].iter().copied()), Column::Whole);
    assert_eq!(column_of(std::iter::empty()), Column::Whole);
    let id = id("583125411948213000", Column::Whole);
    assert_eq!(id, Id::Exact("583125411948213000".to_owned()));
}

#[test]
fn rounding_is_recognised() {
    let id = 583_125_411_948_213_248;
    for rounded in [
        583_125_411_948_213_000,
        583_125_411_948_214_000,
        583_125_411_948_213_248,
        583_125_411_948_213_200,
    ] {
        assert!(is_about(rounded, id), "{rounded}");
    }
    assert!(is_about(308_413_690_529_117_184, 308_413_690_529_117_185));
    assert!(!is_about(583_125_411_948_212_000, id));
    assert!(!is_about(40, 42));
}

#[test]
fn addresses_hold_ids_and_handles() {
    for (url, expected) in [
        (
            "https://twitter.com/bea/status/575495991985005569",
            Some(("575495991985005569", Some("bea"))),
        ),
        ("http://twitter.com/bea/statuses/12?s=20", Some(("12", Some("bea")))),
        ("https://x.com/i/web/status/12", Some(("12", None))),
        ("https://twitter.com/bea/status/1.22585E+18", Some(("1.22585E+18", Some("bea")))),
        ("https://twitter.com/bea", None),
        ("https://g.example/@bea/12", None),
        ("https://g.example/users/bea/statuses/12", None),
        ("https://mobile.twitter.com/bea/status/12", Some(("12", Some("bea")))),
        ("twitter.com/bea/status/12", Some(("12", Some("bea")))),
        ("", None),
    ] {
        assert_eq!(address(url), expected, "{url}");
    }
}

#[test]
fn counts_and_flags_are_read_as_they_are_written() {
    for (cell, expected) in [
        ("7", Some(7)),
        ("7.0", Some(7)),
        ("1,234", Some(1_234)),
        ("42,0", None),
        ("1,234,567", Some(1_234_567)),
        ("-1", None),
        ("NA", None),
        ("7.5", None),
    ] {
        assert_eq!(count(cell), expected, "{cell}");
    }
    for (cell, expected) in [("TRUE", Some(true)), ("no", Some(false)), ("", None), ("maybe", None)]
    {
        assert_eq!(flag(cell), expected, "{cell}");
    }
}

#[test]
fn lists_come_in_many_shapes() {
    for cell in [
        "a b",
        "a,b",
        "a; b",
        "a|b",
        "[\"a\", \"b\"]",
        "['a', 'b']",
        "c(\"a\", \"b\")",
        "[{\"tag\": \"a\", \"start\": 1}, {\"tag\": \"b\"}]",
        "[{'screen_name': 'a', 'id': '1'}, {'screen_name': 'b', 'id': '2'}]",
    ] {
        assert_eq!(list(cell), ["a", "b"], "{cell}");
    }
    for cell in ["", "NA", "[]"] {
        assert!(list(cell).is_empty(), "{cell}");
    }
    for cell in [
        "https://a.example/?u=http://x https://b.example/",
        "https://a.example/?u=http://x,https://b.example/",
        "[\"https://a.example/?u=http://x\", \"https://b.example/\"]",
    ] {
        assert_eq!(links(cell), ["https://a.example/?u=http://x", "https://b.example/"], "{cell}");
    }
}
