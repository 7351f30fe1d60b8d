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
    /// How much it teaches beside others, at most 1.
    pub trust: f64,
    /// The session or week that it is judged in, as the lake writes it.
    pub session: String,
}

/// A post that nobody labelled, by an author of labelled ones.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherPost {
    /// Its chat.
    pub chat: String,
    /// Author id.
    pub author: String,
    /// The session or week that it is judged in, as the lake writes it.
    pub session: String,
    /// Its words.
    pub text: String,
    /// What it was judged by, as of a [`LabelledPost`].
    pub evidence: Vec<f32>,
}

/// Labelled posts, and what became of the other labels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labelled {
    /// By chat and id. A post of two chats stands twice, one that two lakes have of one chat once.
    pub posts: Vec<LabelledPost>,
    /// What else their authors posted in the same chats, as far as it was judged; neutral ones among it.
    pub others: Vec<OtherPost>,
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
    /// Who wrote posts of which something was said: chat and author.
    authors: BTreeSet<(String, String)>,
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
        found.join(place, chat, labels, &mut |key, said, post| {
            if said.is_some() {
                known.insert(key.1.clone());
            }
            if seen.insert(key.clone()) {
                told.take(key, said, post);
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
        each(place, Table::Posts, chat, &["chat", "post_id", "author_id"], |row| {
            let said = key(row, "post_id").filter(|key| found.says(key, labels).is_some());
            found.authors.extend(said.and_then(|(chat, _)| Some((chat, row.text("author_id")?))));
        })?;
        each(place, Table::Flags, chat, &["chat", "post_id", "author_id", EVIDENCE], |row| {
            let Some(key) = key(row, "post_id").filter(|key| found.asks_of(&key.0, row)) else {
                return;
            };
            found.lacks_evidence |= !row.has(EVIDENCE);
            found.evidence.extend(row.reals(EVIDENCE).map(|evidence| (key, evidence)));
        })?;
        Ok(found)
    }

    /// Whether something was said of a post of the author of a row.
    fn asks_of(&self, chat: &str, row: &Row<'_>) -> bool {
        row.text("author_id").is_some_and(|it| self.authors.contains(&(chat.to_owned(), it)))
    }

    /// What was said of a post, if anything.
    fn says(&self, key: &Key, labels: &Labels) -> Option<Said> {
        let said = (labels.get(&key.1), self.decisions.get(key).copied());
        (said != (None, None)).then_some(said)
    }

    /// Hands over every post of the authors of whom something was said; without evidence it has an empty list of it.
    fn join(
        &self,
        place: &Path,
        chat: Option<&str>,
        labels: &Labels,
        take: &mut impl FnMut(Key, Option<Said>, LabelledPost),
    ) -> Result<(), ReportError> {
        let columns = ["chat", "session", "post_id", "author_id", "created_at", "text"];
        each(place, Table::Posts, chat, &columns, |row| {
            let Some(key) = key(row, "post_id").filter(|key| self.asks_of(&key.0, row)) else {
                return;
            };
            let Some(at) = row.time("created_at") else { return };
            let said = self.says(&key, labels);
            let post = LabelledPost {
                id: key.1.clone(),
                chat: key.0.clone(),
                author: row.text("author_id").unwrap_or_default(),
                at,
                text: row.text("text").unwrap_or_default(),
                evidence: self.evidence.get(&key).cloned().unwrap_or_default(),
                hijack: false,
                weight: 1.0,
                trust: 1.0,
                session: row.text("session").unwrap_or_default(),
            };
            take(key, said, post);
        })
    }
}

impl Labelled {
    /// Takes in a post that was not seen before.
    fn take(&mut self, (_, id): Key, said: Option<Said>, post: LabelledPost) {
        let Some((label, decided)) = said else {
            self.other(post);
            return;
        };
        if let (Some(Label { hijack: Some(hijack), .. }), Some(decided)) = (label, decided)
            && hijack != decided
        {
            self.contradicted.push(id.clone());
        }
        let decided_label = Label { hijack: decided, weight: 1.0, trust: 1.0 };
        let Label { hijack, weight, trust } = label.unwrap_or(decided_label);
        let Some(hijack) = hijack else {
            self.neutral += 1;
            self.other(post);
            return;
        };
        if post.evidence.is_empty() {
            self.not_judged.push(id);
            return;
        }
        self.decided += usize::from(label.is_none());
        self.posts.push(LabelledPost { hijack, weight, trust, ..post });
    }

    /// Takes in a post without a label that counts; a repost says nothing of its author.
    fn other(&mut self, post: LabelledPost) {
        let LabelledPost { chat, author, session, text, evidence, .. } = post;
        if !evidence.is_empty() {
            self.others.push(OtherPost { chat, author, session, text, evidence });
        }
    }
}

/// The chat and the post that a row is about.
fn key(row: &Row<'_>, id: &str) -> Option<Key> {
    Some((row.text("chat")?, bare(&row.text(id)?).to_owned()))
}
