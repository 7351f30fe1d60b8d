//! What one decoding thread does with its rows: counts them, sorts them, writes dead letters.

use std::{collections::BTreeSet, sync::Arc};

use colloquy_journal::Journal;
use colloquy_transcript::{AuthorId, ChatName, DeadLetter, GroundPost, Platform, Record};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{FileInput, Rejected, Sink};
use crate::{
    IngestError,
    account::{Counts, REJECTIONS_NAMED_MAX, RejectedAt},
    aliases::Aliases,
    decode::{Decoded, Found, content_hash, is_about, is_derived},
    order::{Body, Row, Sorter, hash_of, native_hash},
    people::People,
    tags::{Matcher, SetId},
    telemetry,
};

/// Dead letters that wait to be written.
const LETTERS_WAITING_MAX: usize = 500;
/// Their bytes.
const LETTERS_WAITING_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Said of a row whose bytes are not kept.
pub(crate) const NOT_KEPT: &str = "; it may not be meant for everybody, and its bytes are not kept";

/// What a thread works with.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'r> {
    pub(crate) files: &'r [FileInput],
    pub(crate) matcher: &'r Matcher,
    pub(crate) journal: &'r dyn Journal,
    /// Stands in a row until its chats are set on publishing.
    pub(crate) chat: &'r ChatName,
}

/// Other names of posts, of all rows of a thread.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Names of posts that somebody replies to.
    pub(crate) wanted: FxHashSet<u64>,
    /// Ids of later versions, and the post they are of.
    pub(crate) later: Aliases,
    /// Posts that are no more, by an id that may be of a later version.
    pub(crate) deleted: FxHashSet<u64>,
    /// Whether some of those wanted are only what rounding left of an id.
    pub(crate) about: bool,
    /// What posts without an id say, by its hash, and the first file that has them.
    pub(crate) contents: FxHashMap<u64, u32>,
    /// People whose posts are not public.
    pub(crate) protected: FxHashSet<AuthorId>,
    /// Who is who.
    pub(crate) people: People,
}

impl Names {
    /// Takes the names of another thread.
    pub(crate) fn merge(&mut self, other: Self) {
        self.wanted.extend(other.wanted);
        self.later.merge(&other.later);
        self.deleted.extend(other.deleted);
        self.about |= other.about;
        for (content, file) in other.contents {
            let there = self.contents.entry(content).or_insert(file);
            *there = file.min(*there);
        }
        self.protected.extend(other.protected);
        self.people.merge(other.people);
    }
}

/// Posts of every file by the chats whose tags they have.
pub(crate) type Tally = FxHashMap<(u32, SetId), u64>;

/// One decoding thread's rows.
pub(crate) struct Worker<'r> {
    shared: Shared<'r>,
    pub(crate) sorter: Sorter,
    pub(crate) counts: Vec<Counts>,
    pub(crate) names: Names,
    /// Posts of every file by their chats: untagged posts of a transcript belong to the chat of the
    /// tagged ones. What a file is, is not known here, so that all are counted.
    pub(crate) tally: Tally,
    /// The first rejected rows.
    pub(crate) named: BTreeSet<RejectedAt>,
    letters: Vec<Record>,
    letters_bytes: usize,
}

impl<'r> Worker<'r> {
    pub(crate) fn new(shared: Shared<'r>, sorter: Sorter) -> Self {
        Self {
            shared,
            sorter,
            counts: vec![Counts::default(); shared.files.len()],
            names: Names::default(),
            tally: Tally::default(),
            named: BTreeSet::new(),
            letters: Vec::new(),
            letters_bytes: 0,
        }
    }

    /// Writes the dead letters that wait.
    pub(crate) fn flush(&mut self) -> Result<(), IngestError> {
        if !self.letters.is_empty() {
            self.shared.journal.append(std::mem::take(&mut self.letters))?;
            self.letters_bytes = 0;
        }
        Ok(())
    }

    fn row(&mut self, file: u32, found: Found) -> Row {
        let Found { post, links } = found;
        let names = &mut self.names;
        names.people.note(&post.author, post.created_at);
        for later in links.later {
            names.later.insert_name(&later, &post.id);
        }
        for reference in [&post.reply_to, &post.quote_of, &post.repost_of].into_iter().flatten() {
            if is_about(reference) {
                names.about = true;
                names.wanted.insert(hash_of(reference));
            }
        }
        if is_derived(&post.id) {
            let there = names.contents.entry(content_hash(&post)).or_insert(file);
            *there = file.min(*there);
        }
        let matcher = self.shared.matcher;
        let stated = links.chat.map_or(SetId::EMPTY, |chat| matcher.named(&chat));
        let stated = matcher.on(post.platform(), stated);
        let set = match matcher.set_of(&post) {
            SetId::EMPTY => stated,
            set => set,
        };
        let parent = links.parent.as_deref().map(native_hash);
        names.wanted.extend(parent);
        *self.tally.entry((file, set)).or_default() += 1;
        Row {
            created_us: post.created_at.as_microsecond(),
            file,
            set,
            stated,
            reply: post.reply_to.as_ref().map_or(0, hash_of),
            quote: post.quote_of.as_ref().map_or(0, hash_of),
            own: links.own.as_deref().map_or(0, native_hash),
            parents: parent.into_iter().collect(),
            body: Body::Post(Arc::new(GroundPost { chat: self.shared.chat.clone(), post })),
        }
    }
}

impl Sink for Worker<'_> {
    fn take(&mut self, file: usize, decoded: &mut Decoded) -> Result<(), IngestError> {
        let counts = &mut self.counts[file];
        let received = decoded.posts.len() + decoded.unrelated.len();
        counts.received += received as u64;
        telemetry::received(received);
        for kind in decoded.unrelated.drain(..) {
            counts.add_unrelated(kind, 1);
        }
        for note in decoded.notes.drain(..) {
            *counts.notes.entry(note).or_default() += 1;
        }
        for profile in decoded.profiles.drain(..) {
            self.names.people.add_profile(profile);
        }
        self.names.protected.extend(decoded.protected.drain(..));
        let file = u32::try_from(file).unwrap_or(u32::MAX);
        for id in decoded.deletions.drain(..) {
            // Only X gives a version an id of its own.
            if id.platform() == Platform::X {
                self.names.deleted.insert(hash_of(&id));
            }
            self.sorter.push(Row::deleted(id, file))?;
        }
        for found in decoded.posts.drain(..) {
            let row = self.row(file, found);
            self.sorter.push(row)?;
        }
        Ok(())
    }

    fn reject(&mut self, rejected: &Rejected<'_>) -> Result<(), IngestError> {
        let Rejected { at, stage, why, bytes, reading } = rejected;
        let counts = &mut self.counts[at.file];
        counts.received += why.len() as u64;
        telemetry::received(why.len());
        for rejection in *why {
            counts.add_rejected(rejection.class, 1);
        }
        let input = &self.shared.files[at.file];
        let (name, line) = (&input.name, input.line(at.line));
        let more = match why.len() {
            0 | 1 => String::new(),
            rows => format!(", and {} more of its rows", rows - 1),
        };
        let first = why.first().map(|first| format!("{}: {}", first.class, first.detail));
        let hidden = if bytes.is_empty() { NOT_KEPT } else { "" };
        let reason = first.unwrap_or_default() + &more + hidden;
        telemetry::rejected(name, line, stage, &reason);
        self.named.insert(RejectedAt { file: at.file, line, reason: reason.clone() });
        if self.named.len() > REJECTIONS_NAMED_MAX {
            self.named.pop_last();
        }
        let context = reading.context();
        self.letters_bytes += bytes.len() + context.len();
        self.letters.push(Record::DeadLetter(DeadLetter {
            source: name.as_str().into(),
            position: line,
            stage: (*stage).into(),
            reason,
            context,
            digest: DeadLetter::digest_of(bytes),
            bytes: bytes.to_vec(),
        }));
        let full = self.letters.len() >= LETTERS_WAITING_MAX
            || self.letters_bytes >= LETTERS_WAITING_BYTES_MAX;
        if full { self.flush() } else { Ok(()) }
    }
}
