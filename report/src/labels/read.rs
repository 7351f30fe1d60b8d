//! Labelled posts, looked up in lakes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Label, Labels};
use crate::ReportError;
use crate::evaluate::rows::{Row, each};
use crate::evaluate::{LakeError, bare, has_chat, place};
use crate::lake::schema::Table;

/// The column of `flags` with what a post was judged by.
const EVIDENCE: &str = "evidence";

/// A labelled post.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledPost {
    /// The platform's id.
    pub id: String,
    /// Its chat.
    pub chat: String,
    /// Author id.
    pub author: String,
    /// When it was published.
    pub at: Timestamp,
    /// Its words.
    pub text: String,
    /// What it was judged by, in the order of the lake; not a number where unknown.
    pub evidence: Vec<f32>,
    /// The label.
    pub hijack: bool,
    /// How many posts it stands for.
    pub weight: f64,
}

/// Labelled posts, and what became of the other labels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labelled {
    /// By chat and id. A post of two chats stands twice, one that two lakes have of one chat once.
    pub posts: Vec<LabelledPost>,
    /// Of them, those that only a decision labels.
    pub decided: usize,
    /// Posts whose decision says the opposite of their label; the label counts.
    pub contradicted: Vec<String>,
    /// Labelled posts that are neither.
    pub neutral: usize,
    /// Ids of labels whose post is in no lake.
    pub not_in_lake: Vec<String>,
    /// Ids of labelled posts that were not judged, such as reposts.
    pub not_judged: Vec<String>,
}

/// Chat, and the platform's id of a post.
type Key = (String, String);

/// What is known of one lake.
#[derive(Default)]
struct Found {
    decisions: BTreeMap<Key, bool>,
    evidence: BTreeMap<Key, Vec<f32>>,
    lacks_evidence: bool,
}

/// Looks the labels up in lakes (or the folders they are in); in one chat, where it is named.
pub fn labelled(
    labels: &Labels,
    folders: &[PathBuf],
    chat: Option<&str>,
) -> Result<Labelled, LakeError> {
    let places = folders.iter().map(|it| place(it)).collect::<Result<Vec<_>, _>>()?;
    let named: Vec<(&Path, &PathBuf)> = folders.iter().map(PathBuf::as_path).zip(&places).collect();
    if let Some(chat) = chat {
        has_chat(&named, chat)?;
    }
    let mut told = Labelled::default();
    let (mut seen, mut known) = (BTreeSet::new(), BTreeSet::new());
    for (folder, place) in named {
        let found = Found::read(place, chat, labels)?;
        if found.lacks_evidence {
            return Err(LakeError::NoEvidence { folder: folder.display().to_string() });
        }
        found.join(place, chat, labels, &mut |key, label, post| {
            known.insert(key.1.clone());
            if seen.insert(key.clone()) {
                told.take(key, label, post);
            }
        })?;
    }
    told.posts.sort_by(|one, other| (&one.chat, &one.id).cmp(&(&other.chat, &other.id)));
    told.not_in_lake = labels.ids().filter(|id| !known.contains(*id)).map(str::to_owned).collect();
    Ok(told)
}

/// A post's own label, and what was decided about it.
type Said = (Option<Label>, Option<bool>);

impl Found {
    fn read(place: &Path, chat: Option<&str>, labels: &Labels) -> Result<Self, ReportError> {
        let mut found = Self::default();
        let columns = ["chat", "subject", "verdict", "withdrawn"];
        each(place, Table::Decisions, chat, &columns, |row| {
            let hijack = match row.text("verdict").as_deref() {
                Some("hijack") => true,
                Some("not-hijack") => false,
                _ => return,
            };
            if let Some(key) = key(row, "subject").filter(|_| !row.flag("withdrawn")) {
                found.decisions.insert(key, hijack);
            }
        })?;
        each(place, Table::Flags, chat, &["chat", "post_id", EVIDENCE], |row| {
            let Some(key) = key(row, "post_id").filter(|key| found.says(key, labels).is_some())
            else {
                return;
            };
            found.lacks_evidence |= !row.has(EVIDENCE);
            found.evidence.extend(row.reals(EVIDENCE).map(|evidence| (key, evidence)));
        })?;
        Ok(found)
    }

    /// What was said of a post, if anything.
    fn says(&self, key: &Key, labels: &Labels) -> Option<Said> {
        let said = (labels.get(&key.1), self.decisions.get(key).copied());
        (said != (None, None)).then_some(said)
    }

    /// Hands over every post of which something was said; without evidence it has an empty list of it.
    fn join(
        &self,
        place: &Path,
        chat: Option<&str>,
        labels: &Labels,
        take: &mut impl FnMut(Key, Said, LabelledPost),
    ) -> Result<(), ReportError> {
        let columns = ["chat", "post_id", "author_id", "created_at", "text"];
        each(place, Table::Posts, chat, &columns, |row| {
            let Some(key) = key(row, "post_id") else { return };
            let (Some(said), Some(at)) = (self.says(&key, labels), row.time("created_at")) else {
                return;
            };
            let post = LabelledPost {
                id: key.1.clone(),
                chat: key.0.clone(),
                author: row.text("author_id").unwrap_or_default(),
                at,
                text: row.text("text").unwrap_or_default(),
                evidence: self.evidence.get(&key).cloned().unwrap_or_default(),
                hijack: false,
                weight: 1.0,
            };
            take(key, said, post);
        })
    }
}

impl Labelled {
    /// Takes in a post that was not seen before.
    fn take(&mut self, (_, id): Key, (label, decided): Said, post: LabelledPost) {
        if let (Some(Label { hijack: Some(hijack), .. }), Some(decided)) = (label, decided)
            && hijack != decided
        {
            self.contradicted.push(id.clone());
        }
        let Label { hijack, weight } = label.unwrap_or(Label { hijack: decided, weight: 1.0 });
        let Some(hijack) = hijack else {
            self.neutral += 1;
            return;
        };
        if post.evidence.is_empty() {
            self.not_judged.push(id);
            return;
        }
        self.decided += usize::from(label.is_none());
        self.posts.push(LabelledPost { hijack, weight, ..post });
    }
}

/// The chat and the post that a row is about.
fn key(row: &Row<'_>, id: &str) -> Option<Key> {
    Some((row.text("chat")?, bare(&row.text(id)?).to_owned()))
}
