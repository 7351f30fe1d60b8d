//! Whatever is written is read back, and whatever is read does not panic.

use colloquy_transcript::{Record, SessionId, Timestamp, Topic, wire};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{
    encoded,
    strategy::{ground_post, record},
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn a_record_comes_back(record in record()) {
        let bytes = encoded(&record);
        let back = wire::decode(record.topic(), &bytes).unwrap();
        prop_assert_eq!(&back, &record);
        // Equality is blind to the sign of zero; the bytes are not.
        prop_assert_eq!(encoded(&back), bytes);
    }

    #[test]
    fn a_post_comes_back_and_is_appended(post in ground_post()) {
        let mut out = b"before\n".to_vec();
        wire::encode_post(&post, &mut out);
        let bytes = out.strip_prefix(b"before\n").unwrap();
        prop_assert!(!bytes.contains(&b'\n'), "a record is one line");
        prop_assert_eq!(wire::decode_post(bytes).unwrap(), post);
    }

    #[test]
    fn a_cut_record_is_refused(record in record(), cut in any::<Index>()) {
        let bytes = encoded(&record);
        let cut = &bytes[..cut.index(bytes.len())];
        prop_assert!(wire::decode(record.topic(), cut).is_err());
    }

    #[test]
    fn a_record_of_another_topic_is_refused(record in record()) {
        let bytes = encoded(&record);
        for topic in Topic::ALL.into_iter().filter(|topic| *topic != record.topic()) {
            let error = wire::decode(topic, &bytes).unwrap_err();
            prop_assert!(matches!(error, wire::WireError::WrongKind { .. }), "{error}");
        }
    }

    #[test]
    fn damaged_bytes_do_not_panic(record in record(), at in any::<Index>(), byte in any::<u8>()) {
        let mut bytes = encoded(&record);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let told = wire::decode(record.topic(), &bytes).map_err(|error| error.to_string());
        prop_assert!(told.is_ok() || told.is_err_and(|told| !told.is_empty()));
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in vec(any::<u8>(), 0..64)) {
        for topic in Topic::ALL {
            prop_assert!(wire::decode(topic, &bytes).is_err());
        }
    }
}

/// An annotation with a score of its own.
fn scored(score: &str) -> Vec<u8> {
    format!(
        r#"{{"v":1,"kind":"annotation","chat":"gardenchat","post_id":"x:1","session":"outside-2025-W10","fingerprint":"00000000000000ff","role":"talk","flag":{{"score":{score},"band":"none","flagged":false,"model":"rules-1"}}}}"#
    )
    .into_bytes()
}

#[test]
fn a_score_that_is_no_number_comes_back() {
    let Record::Annotation(mut annotation) =
        wire::decode(Topic::Annotations, &scored("0.5")).unwrap()
    else {
        panic!("an annotation was asked for");
    };
    annotation.flag.as_mut().unwrap().score = f64::NAN;
    let bytes = encoded(&Record::Annotation(annotation));
    assert_eq!(bytes, scored("\"nan\""));
    let Record::Annotation(back) = wire::decode(Topic::Annotations, &bytes).unwrap() else {
        panic!("an annotation was asked for");
    };
    assert!(back.flag.unwrap().score.is_nan());
}

#[test]
fn doubles_come_back_bit_for_bit() {
    // Values that a reader without correct rounding gets wrong in the last place.
    for value in [0.1_f64 + 0.2, 1.0 / 3.0, 5e-324, 1.797_693_134_862_315_7e308, -0.0, 0.0, 7.0] {
        let text = serde_json::to_string(&value).unwrap();
        let Record::Annotation(back) = wire::decode(Topic::Annotations, &scored(&text)).unwrap()
        else {
            panic!("an annotation was asked for");
        };
        assert_eq!(back.flag.unwrap().score.to_bits(), value.to_bits(), "{text}");
    }
    let Record::Annotation(whole) = wire::decode(Topic::Annotations, &scored("1")).unwrap() else {
        panic!("an annotation was asked for");
    };
    assert_eq!(whole.flag.unwrap().score.to_bits(), 1.0_f64.to_bits());
}

#[test]
fn instants_are_cut_to_microseconds() {
    let Record::Mark(mut mark) = wire::decode(
        Topic::Coverage,
        br#"{"v":1,"kind":"mark","partition":0,"source":"file","standing":"complete-until","complete_until_us":0,"through":0}"#,
    )
    .unwrap() else {
        panic!("a mark was asked for");
    };
    let at = |nanoseconds| Timestamp::from_nanosecond(nanoseconds).unwrap();
    mark.standing = colloquy_transcript::Standing::CompleteUntil(at(1_999));
    let Record::Mark(back) = wire::decode(Topic::Coverage, &encoded(&Record::Mark(mark))).unwrap()
    else {
        panic!("a mark was asked for");
    };
    assert_eq!(back.standing, colloquy_transcript::Standing::CompleteUntil(at(1_000)));
}

#[test]
fn every_named_session_is_read() {
    for text in ["0001-01-01T0000Z", "9999-12-30T2200Z", "outside--001-W01", "outside-9999-W52"] {
        assert_eq!(SessionId::parse(text).unwrap().to_string(), text);
    }
}
