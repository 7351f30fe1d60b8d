//! What all rows together decide: one post of many versions, names, chats, and order of time.

use std::cmp::Reverse;

use colloquy_transcript::AuthorId;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    pipeline::FileTaken,
    run::{Read, share},
    worker::{Names, Shared, Tally},
};
use crate::{
    FilePlan, IngestError, Observer, Stage,
    account::{Counts, kind},
    aliases::Aliases,
    decode::{about_names, is_derived},
    order::{FoldSink, Folded, Row, Rows, Scratch, fold_groups, hash_of, merge_sorters},
    people::People,
    published::note_published,
    relate::Relate,
    tags::{Matcher, SetId},
};

/// Share of the memory bound, in percent, of rows by time while rows by id stream from disk, and of
/// rows without a tag.
const BY_TIME_SHARE_PERCENT: usize = 30;
const UNTAGGED_SHARE_PERCENT: usize = 10;
/// Share of a transcript's posts that must have a chat's tag, in percent, before the others are
/// taken for posts of the chat.
const TRANSCRIPT_TAGGED_PERCENT: u64 = 10;

/// Rows that belong to a chat, in order of time, and what must still be put into them.
pub(super) struct Settled {
    pub(super) rows: Rows,
    pub(super) aliases: Aliases,
    pub(super) people: People,
}

/// Folds versions, decides which rows belong to a chat, and puts those in order of time.
pub(super) fn settle(
    plan: &FilePlan,
    taken: &[FileTaken],
    read: &mut Read,
    Shared { files, matcher, journal, .. }: Shared<'_>,
    scratch: &Scratch,
    observe: &dyn Observer,
) -> Result<Settled, IngestError> {
    observe.stage(Stage::Folding);
    let mut rows = merge_sorters(std::mem::take(&mut read.sorters))?;
    // Rows that fitted in memory still do: they only change hands.
    let (by_time, untagged) = if rows.spilled {
        (
            share(plan.memory_bytes, BY_TIME_SHARE_PERCENT),
            share(plan.memory_bytes, UNTAGGED_SHARE_PERCENT),
        )
    } else {
        (usize::MAX, usize::MAX)
    };
    let mut relate = Relate::new(matcher, scratch, by_time, untagged);
    // Letters were cut out of conversations whose other posts went into the journal before.
    if files.iter().any(|file| file.held.is_some()) {
        note_published(journal, matcher, &mut relate)?;
    }
    let mut settling = Settling {
        transcripts: transcripts(taken, &read.tally, matcher),
        known: Known::new(std::mem::take(&mut read.names)),
        counts: &mut read.counts,
        matcher,
        relate,
    };
    fold_groups(&mut rows, matcher, &mut settling)?;
    drop(rows);
    observe.stage(Stage::Relating);
    let Settling { known: Known { aliases, people, .. }, counts, relate, .. } = settling;
    let rows = relate.settle(&aliases, &mut |file, unrelated| {
        let counts = &mut counts[file as usize];
        match unrelated {
            None => counts.accepted += 1,
            Some(kind) => counts.add_unrelated(kind, 1),
        }
    })?;
    Ok(Settled { rows, aliases, people })
}

/// Takes posts while they come out of the fold.
struct Settling<'s> {
    transcripts: FxHashMap<u32, SetId>,
    known: Known,
    counts: &'s mut [Counts],
    matcher: &'s Matcher,
    relate: Relate<'s>,
}

impl FoldSink for Settling<'_> {
    fn version(&mut self, row: &Row) {
        self.known.look_at(row);
    }

    fn folded(&mut self, folded: Folded) -> Result<(), IngestError> {
        match folded {
            Folded::Post(row, others) => self.post(row, &others),
            Folded::Deleted(files) => {
                for (at, file) in files.into_iter().enumerate() {
                    let counts = &mut self.counts[file as usize];
                    if at == 0 {
                        counts.add_unrelated(kind::DELETED, 1);
                    } else {
                        counts.duplicate += 1;
                    }
                }
                Ok(())
            }
        }
    }
}

impl Settling<'_> {
    fn post(&mut self, mut row: Row, others: &[u32]) -> Result<(), IngestError> {
        for file in others {
            self.counts[*file as usize].duplicate += 1;
        }
        if self.known.has_under_its_id(&row) {
            self.counts[row.file as usize].duplicate += 1;
            return Ok(());
        }
        if self.known.is_protected(&row) {
            self.counts[row.file as usize].add_unrelated(kind::NOT_PUBLIC, 1);
            return Ok(());
        }
        if row.set == SetId::EMPTY && !self.transcripts.is_empty() {
            let elsewhere = self.known.file_without_id(&row);
            let files = others.iter().chain([&row.file]).chain(&elsewhere);
            let sets = files.filter_map(|file| self.transcripts.get(file));
            let chats = sets.fold(SetId::EMPTY, |all, set| self.matcher.union(all, *set));
            row.set = self.matcher.on(row.id().platform(), chats);
        }
        if row.set != SetId::EMPTY {
            self.counts[row.file as usize].accepted += 1;
        }
        self.relate.push(row)
    }
}

/// What the rows say of one another, looked up while they pass in order of id.
struct Known {
    wanted: FxHashSet<u64>,
    about: bool,
    contents: FxHashMap<u64, u32>,
    protected: FxHashSet<AuthorId>,
    aliases: Aliases,
    people: People,
    /// Of posts without an id, those that came with one as well.
    with_id: FxHashSet<u64>,
}

impl Known {
    fn new(names: Names) -> Self {
        let Names { wanted, later, deleted: _, about, contents, protected, people } = names;
        let (aliases, with_id) = (later, FxHashSet::default());
        Self { wanted, about, contents, protected, aliases, people, with_id }
    }

    fn look_at(&mut self, version: &Row) {
        let id = version.id();
        if version.own != 0 && self.wanted.contains(&version.own) {
            self.aliases.insert(version.own, id);
        }
        if is_derived(id) {
            return;
        }
        if self.about {
            for name in about_names(id).filter(|name| self.wanted.contains(&hash_of(name))) {
                self.aliases.insert_name(&name, id);
            }
        }
        if !self.contents.is_empty()
            && let Some(content) = version.content()
            && self.contents.contains_key(&content)
        {
            self.with_id.insert(content);
        }
    }

    /// Whether the author's posts are not public.
    fn is_protected(&self, row: &Row) -> bool {
        !self.protected.is_empty()
            && row.author().is_some_and(|author| self.protected.contains(&author))
    }

    /// The file in which the post stands without its id.
    fn file_without_id(&self, row: &Row) -> Option<u32> {
        if self.contents.is_empty() || is_derived(row.id()) {
            return None;
        }
        self.contents.get(&row.content()?).copied()
    }

    /// Whether a post of derived identity came with its id as well. Derived ids sort behind all
    /// others of their platform, so that every post with an id has passed before.
    fn has_under_its_id(&self, row: &Row) -> bool {
        !self.with_id.is_empty()
            && is_derived(row.id())
            && row.content().is_some_and(|content| self.with_id.contains(&content))
    }
}

/// The transcripts among the files, and the chats that they are of.
fn transcripts(taken: &[FileTaken], tally: &Tally, matcher: &Matcher) -> FxHashMap<u32, SetId> {
    let files = (0..).zip(taken).filter(|(_, taken)| taken.format.is_transcript());
    let chats = files.filter_map(|(file, _)| {
        let of_file = || tally.iter().filter(move |((of, _), _)| *of == file);
        let all: u64 = of_file().map(|(_, posts)| posts).sum();
        let tagged = of_file().filter(|((_, set), _)| *set != SetId::EMPTY);
        let ((_, set), posts) =
            tagged.max_by_key(|((_, set), posts)| (**posts, Reverse(matcher.chats(*set))))?;
        (posts * 100 >= all * TRANSCRIPT_TAGGED_PERCENT).then_some((file, *set))
    });
    chats.collect()
}
