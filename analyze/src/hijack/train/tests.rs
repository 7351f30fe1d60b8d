//! Two invented chats, in which those who sell are easy to tell.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use jiff::SignedDuration;

use super::*;
use crate::hijack::model::Model;

const NAMES: [&str; 2] = ["links", "followers"];

/// Forty posts in each of two chats by twenty authors, every fourth of them sells.
pub(super) fn samples() -> Vec<Sample> {
    let first: Timestamp = "2025-03-05T20:00:00Z".parse().unwrap();
    let sample = |nth: u16| {
        let hijack = nth.is_multiple_of(4);
        let text = if hijack { "buy our beans now" } else { "my beans grew so tall" };
        let links = f32::from(u8::from(hijack)) + f32::from(nth % 3) / 10.0;
        let followers = if nth.is_multiple_of(5) { f32::NAN } else { f32::from(nth % 7) };
        Sample {
            evidence: vec![links, followers],
            text: text.to_owned(),
            hijack,
            weight: 1.0 + f64::from(nth % 3),
            trust: 1.0,
            author: format!("x:{}", nth % 20),
            chat: if nth % 8 < 4 { "gardenchat" } else { "allotments" }.to_owned(),
            at: first + SignedDuration::from_mins(i64::from(nth)),
            unit: SessionId::outside(first),
        }
    };
    (0..80).map(sample).collect()
}

#[test]
fn what_can_be_told_apart_is_learnt() {
    let trained = train(&NAMES, samples(), &[]).unwrap();
    assert_eq!(trained.samples["gardenchat"], (10, 30));
    for validation in [&trained.by_author, &trained.by_time] {
        assert!(validation.all.average_precision.unwrap() > 0.999, "{validation:?}");
        assert_eq!(validation.chats.len(), 2);
    }
    assert_eq!((trained.by_author.unscored, trained.by_time.unscored), (0, 16));
    let model = &trained.model;
    assert!(model.features[0].weight > 0.1, "{:?}", model.features);
    assert!(model.watch_from <= model.flag_from);
    let told = |evidence: &[f32], text: &str| model.log_odds(evidence, &Grams::of(text));
    assert!(told(&[1.0, f32::NAN], "buy now") > 0.0);
    assert!(told(&[0.0, f32::NAN], "so tall") < -1.4);
}

#[test]
fn what_else_authors_posted_counts_where_it_was_posted_before() {
    let mut all = samples();
    let week = all[0].unit;
    // One who sells with harmless words, and one who talks in a seller's.
    for (author, hijack) in [("x:900", true), ("x:901", false)] {
        let alike = all.iter().find(|it| it.hijack != hijack && it.chat == "gardenchat").unwrap();
        all.push(Sample { author: author.to_owned(), hijack, ..alike.clone() });
    }
    let precision = |unit: SessionId, all: &[Sample]| {
        let others = [("x:900", 1.0, "buy our beans now"), ("x:901", 0.0, "my beans grew so tall")];
        let others = others.iter().flat_map(|&(author, links, text)| {
            let other = Other {
                evidence: vec![links, f32::NAN],
                text: text.to_owned(),
                author: author.to_owned(),
                chat: "gardenchat".to_owned(),
                unit,
            };
            std::iter::repeat_n(other, 9)
        });
        let trained = train(&NAMES, all.to_vec(), &others.collect::<Vec<_>>()).unwrap();
        trained.by_author.chats["gardenchat"].average_precision.unwrap()
    };
    let later = SessionId::outside(week.starts_at() + SignedDuration::from_hours(500));
    let none = train(&NAMES, all.clone(), &[]).unwrap().by_author;
    let none = none.chats["gardenchat"].average_precision.unwrap();
    assert!(precision(week, &all) > none + 0.05, "{none}");
    assert!((precision(later, &all) - none).abs() < 1e-9, "what comes later is not known");
}

#[test]
fn the_order_of_samples_does_not_count() {
    let mut turned = samples();
    turned.reverse();
    let one = train(&NAMES, samples(), &[]).unwrap();
    assert_eq!(train(&NAMES, turned, &[]).unwrap(), one);
}

#[test]
fn a_trained_model_survives_its_text() {
    let model = train(&NAMES, samples(), &[]).unwrap().model;
    assert_eq!(Model::parse(&model.to_text(&[])).unwrap(), model);
}

#[test]
fn labels_that_teach_nothing_are_refused() {
    let refused = |change: fn(&mut Sample)| {
        let mut samples = samples();
        samples.iter_mut().for_each(change);
        train(&NAMES, samples, &[]).unwrap_err().to_string()
    };
    let told = [
        refused(|it| it.hijack = true),
        refused(|it| it.hijack = false),
        refused(|it| it.evidence = vec![1.0]),
        refused(|it| it.weight = 0.0),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    all of the labelled posts hijack; label some of both kinds
    none of the labelled posts hijack; label some of both kinds
    a post of gardenchat has 1 pieces of evidence and not 2; its lake was filled by another version: run colloquy over its archives again
    a post of gardenchat has the weight 0; a weight is a number above zero
    ");
    assert!(train(&NAMES, Vec::new(), &[]).is_err());
}
