//! What posts are, against a key.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{AnswersKey, KeyedPost, Lake, Share, short};

/// Counts of posts by what the key and what the lake calls them.
pub type Confusion = BTreeMap<String, BTreeMap<String, usize>>;

/// How the posts of a meeting agree with a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OfAnswers {
    /// Keyed answers with the right question, by the key's basis.
    pub by_basis: BTreeMap<String, Share>,
    /// All of them.
    pub answers: Share,
    /// Answers of the lake that are keyed as such, of all whose post is keyed.
    pub precision: Share,
    /// Keyed talk, greetings and the like that the lake calls answers.
    pub talk_as_answers: Share,
    /// Role in the key, role in the lake.
    pub roles: Confusion,
    /// Keyed posts that the lake does not hold; they count nowhere.
    pub not_in_lake: usize,
    /// Keyed posts below the asked confidence; they count nowhere.
    pub unsure: usize,
    /// One line a miss.
    pub misses: Vec<String>,
}

/// Compares a lake with the posts of a key that have at least this confidence.
pub fn answers(lake: &Lake, key: &AnswersKey, confidence: u8) -> OfAnswers {
    let mut result = OfAnswers::default();
    for keyed in &key.posts {
        if keyed.confidence < confidence {
            result.unsure += 1;
            continue;
        }
        let Some(post) = lake.posts.get(&keyed.id) else {
            result.not_in_lake += 1;
            continue;
        };
        let row = result.roles.entry(keyed.role.clone()).or_default();
        *row.entry(post.role.clone()).or_default() += 1;
        let answers = post.role == "answer";
        if answers {
            result.precision.count(keyed.role == "answer");
        }
        let right = match keyed.role.as_str() {
            "answer" => {
                let question = post.question.as_deref().filter(|_| answers);
                let right = question.is_some_and(|it| keyed.is_labelled(it));
                result.by_basis.entry(keyed.basis.clone()).or_default().count(right);
                result.answers.count(right);
                right
            }
            "question" | "repost" => true,
            _ => {
                result.talk_as_answers.count(answers);
                !answers
            }
        };
        if !right {
            result.misses.push(miss(keyed, post));
        }
    }
    result
}

fn miss(keyed: &KeyedPost, post: &super::LakePost) -> String {
    let told = |words: [&str; 3]| {
        words.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let expected = told([&keyed.role, &keyed.question_label, &keyed.basis]);
    let question = post.question.as_deref().unwrap_or_default();
    let found = told([&post.role, question, post.basis.as_deref().unwrap_or_default()]);
    format!("{}: {expected}, found {found}: {}", keyed.id, short(&post.text))
}
