//! Posts that somebody labelled, with what the lake says of them: what a model learns from.
//!
//! [`Labels`] are files of JSON lines, [`labelled`] joins them with the posts of lakes. What moderators
//! decided (`hijack`, `not-hijack`) is a label as well. Only `read` touches files. This crate gathers;
//! what is learnt is not its business.

mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub use read::{Labelled, LabelledPost, OtherPost, labelled};

use crate::evaluate::bare;

/// A line that is no label: where, why, and what one looks like.
#[derive(Debug, thiserror::Error)]
#[error(
    "{file}, line {line}: {problem}; labels are lines of JSON, each an object with id, label (H, R, P, \
     X, O, S, hijack or not-hijack), if it stands for several posts sample_weight, and if it is doubtful trust"
)]
pub struct LabelsError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// What somebody called a post.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Label {
    /// Whether it hijacks the tag; none for what is neither (off-topic), which is left out.
    pub hijack: Option<bool>,
    /// How many posts it stands for.
    pub weight: f64,
    /// How much it teaches beside others: 1 for a label that was read off a real post, less for what is doubtful or
    /// invented.
    pub trust: f64,
}

/// Labels by the platform's id of the post.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labels(BTreeMap<String, Label>);

/// A line, as it is written. Further fields are for people.
#[derive(Deserialize)]
struct Line {
    id: Value,
    label: String,
    sample_weight: Option<f64>,
    weight: Option<f64>,
    trust: Option<f64>,
}

impl Labels {
    /// Reads a file of labels into these; `file` names it in errors. The same label twice is one.
    pub fn read(&mut self, file: &str, text: &str) -> Result<(), LabelsError> {
        let text = text.trim_start_matches('\u{feff}');
        for (line, content) in (1..).zip(text.lines()) {
            if content.trim().is_empty() {
                continue;
            }
            self.line(content).map_err(|problem| LabelsError {
                file: file.to_owned(),
                line,
                problem,
            })?;
        }
        Ok(())
    }

    fn line(&mut self, content: &str) -> Result<(), String> {
        // A list would be taken for the fields in their order.
        if !content.trim_start().starts_with('{') {
            return Err("not an object in braces".to_owned());
        }
        let line: Line = serde_json::from_str(content).map_err(|error| {
            let told = error.to_string();
            told.rsplit_once(" at line ").map_or(told.clone(), |(said, _)| said.to_owned())
        })?;
        let id = id(&line.id)?;
        let weight = line.sample_weight.or(line.weight).unwrap_or(1.0);
        if !(weight.is_finite() && weight > 0.0) {
            return Err(format!("the weight {weight} is not above zero"));
        }
        let trust = line.trust.unwrap_or(1.0);
        if !(trust > 0.0 && trust <= 1.0) {
            return Err(format!("the trust {trust} is not above zero and at most one"));
        }
        let label = Label { hijack: meaning(&line.label)?, weight, trust };
        match self.0.insert(id.clone(), label) {
            Some(before) if before.hijack != label.hijack => {
                Err(format!("the post {id} has another label in an earlier line"))
            }
            _ => Ok(()),
        }
    }

    /// The label of a post, by its id with or without the platform.
    pub fn get(&self, id: &str) -> Option<Label> {
        self.0.get(bare(id)).copied()
    }

    /// Posts that have one.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The id as the lake's are compared.
fn id(value: &Value) -> Result<String, String> {
    let id = match value {
        Value::String(text) => bare(text.trim()).to_owned(),
        Value::Number(number) if number.is_u64() => number.to_string(),
        Value::Number(number) => {
            return Err(format!("the id {number} was rounded; write it as text"));
        }
        _ => return Err("the id is neither a text nor a number".to_owned()),
    };
    if id.is_empty() { Err("the id is empty".to_owned()) } else { Ok(id) }
}

/// Whether a label says hijack: advertising and spam do; taking part, sharing what is useful and telling
/// of another chat do not; what is off-topic is neither.
fn meaning(label: &str) -> Result<Option<bool>, String> {
    match label.trim().to_ascii_lowercase().as_str() {
        "p" | "s" | "hijack" => Ok(Some(true)),
        "h" | "r" | "x" | "not-hijack" | "not_hijack" => Ok(Some(false)),
        "o" => Ok(None),
        _ => Err(format!("{label:?} is no label")),
    }
}
