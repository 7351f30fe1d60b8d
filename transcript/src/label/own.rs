//! Labels of a chat's own, as its registry entry states them: `Round 3`, `P3`.

use regex::Regex;

use super::scan::{number, places};
use super::{Key, Label, LabelKind, NUMBER_MAX, Number, Place};
use crate::registry::LabelPattern;

/// The patterns of one chat, ready to be looked for.
#[derive(Debug, Clone, Default)]
pub struct OwnLabels(Vec<(Regex, LabelKind)>);

impl OwnLabels {
    /// Prepares a chat's patterns.
    pub fn new(questions: &[LabelPattern], answers: &[LabelPattern]) -> Self {
        let of = |patterns: &[LabelPattern], kind| -> Vec<(Regex, LabelKind)> {
            patterns.iter().filter_map(|pattern| Some((expression(pattern)?, kind))).collect()
        };
        let mut all = of(questions, LabelKind::Question);
        all.extend(of(answers, LabelKind::Answer));
        Self(all)
    }

    /// Adds the labels in `text` to those that every room understands; where both are, the chat's
    /// own count. They count where they open the text or a line of it.
    pub fn read(&self, text: &str, labels: &mut Vec<Label>) {
        if self.0.is_empty() {
            return;
        }
        let places = places(text);
        for (pattern, kind) in &self.0 {
            for captures in pattern.captures_iter(text) {
                let (Some(whole), Some(digits)) = (captures.name("label"), captures.name("number"))
                else {
                    continue;
                };
                let place = places.of(whole.start(), whole.end());
                let known = number(digits.as_str()).filter(|number| *number <= NUMBER_MAX);
                let Some(known) = known.filter(|_| matches!(place, Place::Opening | Place::Line))
                else {
                    continue;
                };
                labels.retain(|label| label.end <= whole.start() || label.start >= whole.end());
                let key = Key::Number(Number::whole(known));
                labels.push(Label::of(*kind, key, place, whole.range()));
            }
        }
        labels.sort_by_key(|label| label.start);
    }
}

/// Spaces may be typed or not; what follows must not go on as a word.
fn expression(pattern: &LabelPattern) -> Option<Regex> {
    let (prefix, suffix) = (regex::escape(&pattern.prefix), regex::escape(&pattern.suffix));
    let text = format!(
        r"(?i)(?:^|[^\p{{L}}\p{{N}}_@])(?P<label>{prefix}\s?(?P<number>\p{{Nd}}{{1,2}})\s?{suffix})(?:$|[^\p{{L}}\p{{N}}_@%])"
    );
    Regex::new(&text).ok()
}
