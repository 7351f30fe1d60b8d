//! In which words a room labels.

use std::collections::BTreeMap;

use colloquy_transcript::label::{Convention, LANGUAGES, Label, LabelKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::ANSWERERS_MIN;
use super::labelled::labelled;
use super::uptake::{self, RUN_MIN};
use crate::phrases;
use crate::seen::Seen;

/// What a label means in this room and text; a number without a word asks where the text does.
pub(crate) fn kind_of(label: &Label, convention: Convention, text: &str) -> Option<LabelKind> {
    if label.is_bare() && convention.is_bare() {
        let asks = phrases::asks(text);
        return Some(if asks { LabelKind::Question } else { LabelKind::Answer });
    }
    label.kind(convention)
}

/// The way of labelling under which most numbers were answered; where none were, that of the
/// chat's language, else English.
pub(super) fn convention(posts: &[&Seen], authors: &[u32], language: Option<&str>) -> Convention {
    let mut best =
        (answered_numbers(posts, authors, |label, _| label.in_row(0)), Convention::ENGLISH);
    let labels = || posts.iter().flat_map(|seen| &seen.labels).filter(|label| label.leads());
    if labels().any(Label::is_foreign) {
        for row in 1..LANGUAGES.len() {
            if labels().any(|label| label.is_foreign() && label.in_row(row).is_some()) {
                let answered = answered_numbers(posts, authors, |label, _| label.in_row(row));
                if answered > best.0 {
                    best = (answered, Convention::with(row));
                }
            }
        }
    }
    if best.0 == 0 && labels().any(Label::is_bare) {
        let bare = |label: &Label, text: &str| kind_of(label, Convention::BARE, text);
        let answered = answered_numbers(posts, authors, bare);
        if answered > best.0 {
            best = (answered, Convention::BARE);
        }
    }
    if best.0 == 0
        && let Some(row) = asked_in(posts, authors, best.1)
    {
        return Convention::with(row);
    }
    let own = |code: &str| LANGUAGES.iter().position(|row| row.code == code);
    if let (0, Some(row)) = (best.0, language.and_then(own)) {
        return Convention::with(row);
    }
    best.1
}

/// The row of another language in which somebody put more questions in a row, each of which others spoke
/// after, than in `plain`; where nobody labels answers, that is how a room shows what it reads.
fn asked_in(posts: &[&Seen], authors: &[u32], plain: Convention) -> Option<usize> {
    let labels = || posts.iter().flat_map(|seen| &seen.labels).filter(|label| label.leads());
    let asks_in = |row: usize| {
        let asks =
            |label: &Label| label.is_foreign() && label.in_row(row) == Some(LabelKind::Question);
        labels().filter(|label| asks(label)).nth(RUN_MIN - 1).is_some()
    };
    let rows: Vec<usize> = (1..LANGUAGES.len()).filter(|&row| asks_in(row)).collect();
    if rows.is_empty() {
        return None;
    }
    let said = FxHashMap::default();
    let run = |convention: Convention| {
        let labelled = labelled(posts, authors, convention, &said);
        uptake::run(posts, authors, &labelled).map_or(0, |run| run.asked.len())
    };
    let least = run(plain).max(RUN_MIN - 1);
    let runs = rows.into_iter().map(|row| (run(Convention::with(row)), row));
    runs.filter(|(length, _)| *length > least)
        .max_by_key(|&(length, row)| (length, std::cmp::Reverse(row)))
        .map(|(_, row)| row)
}

/// How many numbers stood above a question and, later, above the answers of two others.
fn answered_numbers(
    posts: &[&Seen],
    authors: &[u32],
    kind: impl Fn(&Label, &str) -> Option<LabelKind>,
) -> usize {
    let mut askers: BTreeMap<u16, u32> = BTreeMap::new();
    let mut answerers: BTreeMap<u16, FxHashSet<u32>> = BTreeMap::new();
    for (seen, &author) in posts.iter().zip(authors) {
        for label in seen.labels.iter().filter(|label| label.leads()) {
            let Some(number) = label.number() else { continue };
            match kind(label, &seen.post().text) {
                Some(LabelKind::Question) => {
                    askers.entry(number.whole).or_insert(author);
                }
                Some(LabelKind::Answer)
                    if askers.get(&number.whole).is_some_and(|it| *it != author) =>
                {
                    answerers.entry(number.whole).or_default().insert(author);
                }
                _ => {}
            }
        }
    }
    answerers.values().filter(|people| people.len() >= ANSWERERS_MIN).count()
}
