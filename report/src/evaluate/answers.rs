//! What posts are, against a key.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{AnswersKey, KeyedPost, Lake, LakePost, Miss, Share, short};

/// Counts of posts by what the key and what the lake calls them.
pub type Confusion = BTreeMap<String, BTreeMap<String, usize>>;

/// How the posts of a meeting agree with a key. Only posts count of which the key is sure enough and that
/// the lake holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OfAnswers {
    /// Keyed answers that the lake gives to the right question (one of those that the key names), by the
    /// key's basis.
    pub by_basis: BTreeMap<String, Share>,
    /// All of them: recall.
    pub answers: Share,
    /// Answers of the lake that are keyed as answers, of all whose post is keyed.
    pub precision: Share,
    /// Those of them that are keyed as answers to that question.
    pub precision_with_question: Share,
    /// Posts keyed as none of answer, question and repost that the lake calls answers.
    pub talk_as_answers: Share,
    /// Role in the key, role in the lake.
    pub roles: Confusion,
    /// Keyed posts that the lake does not hold; they count nowhere.
    pub not_in_lake: Vec<String>,
    /// Keyed posts below the asked confidence; they count nowhere.
    pub unsure: usize,
    /// What differs: keyed answers that the lake calls something else or gives to another question, and what
    /// it wrongly calls an answer.
    pub misses: Vec<Miss>,
}

/// Compares a lake with the posts of a key that have at least this confidence.
pub fn answers(lake: &Lake, key: &AnswersKey, confidence: u8) -> OfAnswers {
    let mut result = OfAnswers::default();
    for keyed in &key.posts {
        if keyed.confidence < confidence {
            result.unsure += 1;
            continue;
        }
        match lake.posts.get(&keyed.id) {
            Some(post) => result.post(keyed, post),
            None => result.not_in_lake.push(keyed.id.clone()),
        }
    }
    result
}

impl OfAnswers {
    fn post(&mut self, keyed: &KeyedPost, post: &LakePost) {
        let row = self.roles.entry(keyed.role.clone()).or_default();
        *row.entry(post.role.clone()).or_default() += 1;
        let is_answer = keyed.role == "answer";
        let called_answer = post.role == "answer";
        let same = post.question.as_deref().is_some_and(|label| keyed.is_labelled(label));
        let right = is_answer && called_answer && same;
        if called_answer {
            self.precision.count(is_answer);
            self.precision_with_question.count(right);
        }
        if is_answer {
            self.by_basis.entry(keyed.basis.clone()).or_default().count(right);
            self.answers.count(right);
        } else if !matches!(keyed.role.as_str(), "question" | "repost") {
            self.talk_as_answers.count(called_answer);
        }
        if !right && (is_answer || called_answer) {
            self.misses.push(Miss {
                session: None,
                expected: keyed.told(),
                found: post.told(),
                post_id: Some(keyed.id.clone()),
                text: Some(short(&post.text)),
            });
        }
    }
}

impl KeyedPost {
    /// What the key says, as a miss tells it.
    fn told(&self) -> String {
        told(&self.role, Some(&self.question_label), Some(&self.basis))
    }
}

impl LakePost {
    /// What the lake says, as a miss tells it.
    pub(super) fn told(&self) -> String {
        told(&self.role, self.question.as_deref(), self.basis.as_deref())
    }
}

/// `answer Q1 by label`, or the role alone.
fn told(role: &str, question: Option<&str>, basis: Option<&str>) -> String {
    let mut words = vec![role];
    words.extend(question.filter(|it| !it.is_empty()));
    if let Some(basis) = basis.filter(|it| !it.is_empty()) {
        words.extend(["by", basis]);
    }
    words.join(" ")
}
