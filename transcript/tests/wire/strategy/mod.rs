//! Arbitrary records: any text, control characters included, any instant and any double.

mod derived;
mod ground;

use std::sync::Arc;

use colloquy_transcript::{
    AuthorId, ChatName, CompactString, PostId, Record, SessionId, Timestamp,
};
use proptest::{collection::vec, prelude::*, sample::select};

use derived::{annotation, attendance, participation, session_record};
use ground::{dead_letter, decision, mark, watched};

pub(crate) use ground::ground_post;

/// Boxed, as all that is used often: the tree of a record of thirty fields would not fit on the
/// stack of a test's thread.
fn text() -> BoxedStrategy<String> {
    let plain = vec(any::<char>(), 0..12).prop_map(|chars| chars.into_iter().collect());
    prop_oneof![3 => plain, 1 => select(vec![
        String::new(),
        "\"quoted\" \\ back / slash".to_owned(),
        "line\nline\r\n\ttab\u{0}\u{1f}\u{7f}\u{2028}".to_owned(),
        "👩🏽‍🌾 Gärten 庭".to_owned(),
    ])]
    .boxed()
}

fn short() -> BoxedStrategy<CompactString> {
    text().prop_map(CompactString::from).boxed()
}

fn chat() -> impl Strategy<Value = ChatName> {
    prop_oneof![
        3 => select(vec!["gardenchat", "a b", "Gärten/庭", " # # spaced "]).prop_map(|name| ChatName::new(name).unwrap()),
        1 => text().prop_filter_map("no name", |name| ChatName::new(&name).ok()),
    ]
}

fn post_id() -> impl Strategy<Value = PostId> {
    short().prop_map(PostId::from_full)
}

fn author_id() -> impl Strategy<Value = AuthorId> {
    short().prop_map(AuthorId::from_full)
}

fn time() -> BoxedStrategy<Timestamp> {
    let (from, until) = (Timestamp::MIN.as_microsecond(), Timestamp::MAX.as_microsecond());
    let micros = prop_oneof![
        1 => select(vec![from, -1, 0, 1, until]),
        2 => from..=until,
        4 => 1_300_000_000_000_000_i64..1_900_000_000_000_000,
    ];
    let instant = |at: i64| {
        let nanos = i32::try_from(at.rem_euclid(1_000_000) * 1_000).unwrap();
        Timestamp::new(at.div_euclid(1_000_000), nanos).unwrap()
    };
    micros.prop_map(instant).boxed()
}

/// Sessions start at whole minutes of the common era, as their names say.
fn session() -> impl Strategy<Value = SessionId> {
    let minutes = -1_035_593_280_i64..4_223_370_120;
    prop_oneof![
        minutes.prop_map(|at| SessionId::Meeting(Timestamp::from_second(at * 60).unwrap())),
        time().prop_map(SessionId::outside),
    ]
}

/// Any double but NaN, which equals nothing; it has a test of its own.
fn real() -> BoxedStrategy<f64> {
    prop_oneof![
        proptest::num::f64::ANY.prop_filter("NaN", |value| !value.is_nan()),
        0.0..1.0,
        select(vec![0.0, -0.0, 0.1 + 0.2, 1.0 / 3.0, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY]),
    ]
    .boxed()
}

/// A record of any kind.
pub(crate) fn record() -> BoxedStrategy<Record> {
    prop_oneof![
        ground_post().prop_map(|post| Record::Post(Arc::new(post))).boxed(),
        decision().prop_map(Record::Decision).boxed(),
        watched().prop_map(Record::Coverage).boxed(),
        mark().prop_map(Record::Mark).boxed(),
        annotation().prop_map(Record::Annotation).boxed(),
        participation().prop_map(Record::Participation).boxed(),
        attendance().prop_map(Record::Attendance).boxed(),
        session_record().prop_map(|session| Record::Session(Box::new(session))).boxed(),
        dead_letter().prop_map(Record::DeadLetter).boxed(),
    ]
    .boxed()
}
