//! What training says, as text for a terminal of eighty columns.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use colloquy_analyze::hijack::train::{
    BINS, FLAG_PRECISION, Measures, POSTS_MIN, Step, Trained, Validation, WATCH_RECALL,
};
use colloquy_report::labels::Labelled;

use crate::console::clean;

/// Room for the name of a chat.
const NAME: usize = 20;
/// Ids are named up to this number.
const NAMED_MAX: usize = 10;

/// With more chats than this, those with few labelled posts are told in one.
const CHATS_MANY: usize = 20;
/// So many are no longer few.
const POSTS_SOME: usize = 30;

/// The chats that are told one by one, with their hijacks and others, and how many the rest are.
pub(crate) struct ToldApart<'t> {
    pub(crate) chats: BTreeMap<&'t str, (usize, usize)>,
    pub(crate) rest: usize,
    pub(crate) of_rest: (usize, usize),
}

impl<'t> ToldApart<'t> {
    pub(crate) fn of(trained: &'t Trained) -> Self {
        let all = trained.samples.iter().map(|(chat, &counts)| (chat.as_str(), counts));
        let few = |(hijacks, others): (usize, usize)| hijacks + others < POSTS_SOME;
        let many = trained.samples.len() > CHATS_MANY;
        let (rest, chats): (BTreeMap<_, _>, BTreeMap<_, _>) =
            all.partition(|(_, counts)| many && few(*counts));
        let of_rest = rest.values().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        Self { chats, rest: rest.len(), of_rest }
    }
}

/// What was learnt from what, how well, and what became of the other labels.
pub(crate) fn to_text(trained: &Trained, found: &Labelled) -> String {
    let mut out = String::new();
    samples(&mut out, trained, found);
    let title = "Whole authors left out, five folds; the thresholds are chosen on these scores";
    validation(&mut out, title, &trained.by_author, trained);
    let title = "Time: every fifth of a chat judged by what came before, and by other chats";
    validation(&mut out, title, &trained.by_time, trained);
    weights(&mut out, trained);
    ids(&mut out, "Labels without a post in the lakes", &found.not_in_lake);
    ids(&mut out, "Labelled posts that were not judged", &found.not_judged);
    ids(&mut out, "Decisions that contradict a label, which counts", &found.contradicted);
    out
}

/// A line; writing to a String does not fail.
fn line(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}

fn samples(out: &mut String, trained: &Trained, found: &Labelled) {
    line(out, &format!("{:<NAME$}{:>8}{:>8}", "labelled posts", "hijack", "other"));
    let counts = trained.samples.values();
    let all = counts.fold((0, 0), |all, it| (all.0 + it.0, all.1 + it.1));
    let ToldApart { chats, rest, of_rest } = ToldApart::of(trained);
    for (chat, (hijacks, others)) in chats {
        line(out, &format!("{}{hijacks:>8}{others:>8}", name(chat)));
    }
    if rest > 0 {
        let (hijacks, others) = of_rest;
        line(out, &format!("{}{hijacks:>8}{others:>8}", name(&format!("{rest} small ones"))));
    }
    line(out, &format!("{}{:>8}{:>8}", name("all"), all.0, all.1));
    if found.decided > 0 {
        line(out, &format!("of them by decisions alone: {}", found.decided));
    }
    if found.neutral > 0 {
        line(out, &format!("left out as neither: {}", counted(found.neutral, "post")));
    }
}

fn validation(out: &mut String, title: &str, told: &Validation, trained: &Trained) {
    line(out, &format!("\n{title}"));
    if told.unscored > 0 {
        line(out, &format!("not judged: {}", counted(told.unscored, "post")));
    }
    let apart = ToldApart::of(trained).chats;
    let rows = || {
        let chats = told.chats.iter().map(|(chat, it)| (chat.as_str(), it));
        chats.filter(|(chat, _)| apart.contains_key(chat)).chain([("all", &told.all)])
    };

    let mut head = String::new();
    for word in ["posts", "hijack", "share", "avg prec", "Brier"] {
        let _ = write!(head, "{word:>9}");
    }
    line(out, &format!("{:<NAME$}{head}", ""));
    for (chat, it) in rows() {
        let (posts, hijacks) = it.posts;
        let figures = [Some(it.prevalence), it.average_precision, it.brier].map(figure).concat();
        line(out, &format!("{}{posts:>9}{hijacks:>9}{figures}", name(chat)));
    }

    let model = &trained.model;
    let thresholds: [(String, Threshold<'_>); 4] = [
        (format!("flagged, from {:.3}", model.flag_from), &|it| it.at(model.flag_from)),
        (format!("watched, from {:.3}", model.watch_from), &|it| it.at(model.watch_from)),
        (format!("at recall {WATCH_RECALL}"), &|it| it.at_recall(WATCH_RECALL)),
        (format!("at precision {FLAG_PRECISION}"), &|it| {
            it.at_precision(FLAG_PRECISION, POSTS_MIN)
        }),
    ];
    for (what, step) in thresholds {
        let mut head = String::new();
        for word in ["from", "posts", "precision", "recall", "F1"] {
            let _ = write!(head, "{word:>10}");
        }
        line(out, &format!("{what:<NAME$}{head}"));
        for (chat, it) in rows() {
            line(out, &format!("{}{}", name(chat), found(step(it))));
        }
    }
    steps(out, rows());
    calibration(out, rows());
}

/// What other thresholds do: a chat may say its own.
fn steps<'a>(out: &mut String, rows: impl Iterator<Item = (&'a str, &'a Measures)>) {
    let head = format!("{:>10}{:>10}{:>10}{:>10}", "from", "posts", "precision", "recall");
    line(out, &format!("{:<NAME$}{head}", "thresholds"));
    for (chat, it) in rows.filter(|(_, it)| it.posts.1 >= POSTS_MIN) {
        for percent in (10..100_u8).step_by(10) {
            let Some(step) = it.at(f64::from(percent) / 100.0) else { continue };
            let Step { posts, precision, recall, .. } = step;
            let row = format!("{percent:>9}%{posts:>10}{precision:>10.3}{recall:>10.3}");
            line(out, &format!("{}{row}", name(chat)));
        }
    }
}

/// A threshold, and what it finds by some measures.
type Threshold<'t> = &'t dyn Fn(&Measures) -> Option<Step>;

/// What a threshold finds.
fn found(step: Option<Step>) -> String {
    let Some(step) = step else { return format!("{:>10}", "none") };
    let Step { from, posts, precision, recall } = step;
    format!("{from:>10.3}{posts:>10}{precision:>10.3}{recall:>10.3}{:>10.3}", step.f1())
}

fn calibration<'a>(out: &mut String, rows: impl Iterator<Item = (&'a str, &'a Measures)>) {
    let head = format!("{:>10}{:>10}{:>10}{:>10}", "said", "on avg", "was so", "posts");
    line(out, &format!("{:<NAME$}{head}", "calibration"));
    for (chat, it) in rows {
        for (nth, bin) in it.calibration.iter().enumerate().filter(|(_, bin)| bin.posts > 0) {
            let [from, to] = [nth, nth + 1].map(|it| it as f64 / BINS as f64);
            let said = format!("{from:.1}-{to:.1}");
            let (predicted, observed, posts) = (bin.predicted, bin.observed, bin.posts);
            let row = format!("{said:>10}{predicted:>10.3}{observed:>10.3}{posts:>10}");
            line(out, &format!("{}{row}", name(chat)));
        }
    }
}

/// The evidence, what weighs most first.
fn weights(out: &mut String, trained: &Trained) {
    let head = format!("{:>10}{:>12}{:>12}", "weight", "mean", "deviation");
    line(out, &format!("\n{:<40}{head}", "evidence"));
    let mut features: Vec<_> = trained.model.features.iter().collect();
    features.sort_by(|one, other| other.weight.abs().total_cmp(&one.weight.abs()));
    for it in features {
        let figures = format!("{:>10.3}{:>12.3}{:>12.3}", it.weight, it.mean, it.scale);
        line(out, &format!("{:<40}{figures}", it.name));
    }
    let heavy = trained.model.grams.iter().filter(|it| **it != 0.0).count();
    line(out, &format!("bias {:.3}, grams that weigh: {heavy}", trained.model.bias));
}

fn ids(out: &mut String, title: &str, ids: &[String]) {
    if ids.is_empty() {
        return;
    }
    line(out, &format!("\n{title}: {}", ids.len()));
    for id in ids.iter().take(NAMED_MAX) {
        line(out, &format!("  {}", clean(id)));
    }
    if ids.len() > NAMED_MAX {
        line(out, &format!("  and {} more", ids.len() - NAMED_MAX));
    }
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| format!("{:>9}", "none"), |it| format!("{it:>9.3}"))
}

/// A chat at the start of a line.
fn name(chat: &str) -> String {
    let chat: String = clean(chat).chars().take(NAME - 4).collect();
    format!("{:<NAME$}", format!("  {chat}"))
}

/// `1 post`, `2 posts`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use colloquy_analyze::hijack::train::{Sample, train};

    use super::*;

    /// A post of a chat in which every fourth one sells.
    fn sample(nth: u8) -> Sample {
        Sample {
            evidence: vec![f32::from(nth % 4)],
            text: if nth.is_multiple_of(4) { "buy our beans" } else { "beans grew" }.to_owned(),
            hijack: nth.is_multiple_of(4),
            weight: 1.0,
            trust: 1.0,
            author: format!("x:{}", nth % 20),
            chat: "gardenchat of the whole county".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_mins(i64::from(nth)),
            unit: colloquy_transcript::SessionId::outside(jiff::Timestamp::UNIX_EPOCH),
        }
    }

    #[test]
    fn many_small_chats_are_told_in_one() {
        let few = (0..21).map(|nth| (format!("chat{nth}"), (1, 2)));
        let trained = |samples: BTreeMap<String, (usize, usize)>| {
            let trained = train(&["links"], (0..20).map(sample).collect(), &[]).unwrap();
            Trained { samples, ..trained }
        };
        let many = trained(few.clone().chain([("gardenchat".to_owned(), (10, 20))]).collect());
        let told = ToldApart::of(&many);
        assert_eq!(told.chats.into_keys().collect::<Vec<_>>(), ["gardenchat"]);
        assert_eq!((told.rest, told.of_rest), (21, (21, 42)));
        let fewer = trained(few.take(20).collect());
        assert_eq!((ToldApart::of(&fewer).chats.len(), ToldApart::of(&fewer).rest), (20, 0));
    }

    #[test]
    fn everything_is_told_on_lines_of_eighty_columns() {
        let trained = train(&["links"], (0..80).map(sample).collect(), &[]).unwrap();
        let found = Labelled {
            neutral: 1,
            decided: 2,
            not_in_lake: (0..12).map(|it| it.to_string()).collect(),
            ..Labelled::default()
        };
        let told = to_text(&trained, &found);
        for line in [
            "labelled posts        hijack   other",
            "  gardenchat of th        20      60",
            "of them by decisions alone: 2",
            "left out as neither: 1 post",
            "  gardenchat of th         80       20    0.250    1.000",
            "not judged: 16 posts",
            "Labels without a post in the lakes: 12",
            "  and 2 more",
        ] {
            assert!(told.lines().any(|it| it.starts_with(line)), "{line} is not in\n{told}");
        }
        assert!(told.lines().all(|it| it.chars().count() <= 80), "{told}");
    }
}
