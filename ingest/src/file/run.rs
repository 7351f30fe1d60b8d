//! One run over files, stage by stage.

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use colloquy_journal::Journal;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    decode_files,
    inputs::{FileInput, expand},
    pipeline::FileTaken,
    worker::{Names, Shared, Tally, Worker},
};
use crate::{
    Account, FileAccount, FilePlan, IngestError, Observer, RejectedAt, Stage,
    account::{Counts, REJECTIONS_NAMED_MAX, kind},
    decode::{about_names, is_derived},
    order::{Folded, Order, Row, Rows, Scratch, Sorter, fold_groups, hash_of, merge_sorters},
    people::People,
    publish::Publisher,
    published::note_published,
    relate::{Aliases, Relate},
    tags::{Matcher, SetId},
    telemetry,
};

/// Share of the memory bound that rows in hand may take by this crate's estimate; the rest is
/// for what lies around them, for the chunks in flight and for everybody else.
const ROWS_SHARE_PERCENT: usize = 40;
/// The same while rows by id stream from disk: rows by time, and rows without a tag.
const BY_TIME_SHARE_PERCENT: usize = 30;
const UNTAGGED_SHARE_PERCENT: usize = 10;

/// Reads the files of `plan` and publishes every post of its chats once per chat, in order of
/// time. Returns when everything is in the journal, or soon after `stop` is set (then without
/// the mark that ends the run). The records do not depend on the order of files and rows, on how
/// rows are spread over files, on repeats, on the number of threads or on the memory.
pub fn run_files(
    plan: &FilePlan,
    journal: &dyn Journal,
    observe: &dyn Observer,
    stop: &AtomicBool,
) -> Result<Account, IngestError> {
    let chat = &plan.chats.first().ok_or(IngestError::NoChat)?.name;
    let files = expand(&plan.inputs)?;
    let matcher = Matcher::new(&plan.chats);
    let scratch = Scratch::new(&plan.scratch);
    let mut publisher = Publisher::begin(journal, &matcher, observe)?;

    observe.stage(Stage::Reading);
    let threads = plan.threads.max(1);
    let budget = share(plan.memory_bytes, ROWS_SHARE_PERCENT) / threads;
    let shared = Shared { files: &files, matcher: &matcher, journal, chat };
    let mut workers: Vec<Worker<'_>> = (0..threads)
        .map(|_| Worker::new(shared, Sorter::new(Order::Id, budget, &scratch)))
        .collect();
    let taken = decode_files(&files, &plan.options, &mut workers, observe, stop)?;
    let mut read = Read::gather(workers, files.len())?;
    if stop.load(Ordering::Relaxed) {
        for counts in &mut read.counts {
            let decided = counts.unrelated_total() + counts.rejected_total();
            counts.undecided = counts.received - decided;
        }
        return Ok(account(&files, taken, read, 0, true));
    }

    let Settled { mut rows, aliases, people } =
        settle(plan, &taken, &mut read, shared, &scratch, observe)?;
    let accepted = read.counts.iter().map(|counts| counts.accepted).sum();

    observe.stage(Stage::Publishing);
    publisher.expect(accepted);
    while let Some(row) = rows.next()? {
        if publisher.publish(row, &aliases, &people)? && stop.load(Ordering::Relaxed) {
            let records = publisher.pause()?;
            return Ok(account(&files, taken, read, records, true));
        }
    }
    let records = publisher.end()?;
    Ok(account(&files, taken, read, records, false))
}

/// Rows that belong to a chat, in order of time, and what must still be put into them.
struct Settled {
    rows: Rows,
    aliases: Aliases,
    people: People,
}

/// Folds versions, decides which rows belong to a chat, and puts those in order of time.
fn settle(
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
    let transcripts = transcripts(taken, &read.tally);
    let known = RefCell::new(Known::new(std::mem::take(&mut read.names)));
    let mut relate = Relate::new(matcher, scratch, by_time, untagged);
    // Letters were cut out of conversations whose other posts went into the journal before.
    if files.iter().any(|file| file.held.is_some()) {
        note_published(journal, matcher, &mut relate)?;
    }
    let counts = &mut read.counts;
    fold_groups(
        &mut rows,
        matcher,
        &mut |version| known.borrow_mut().look_at(version),
        &mut |folded| match folded {
            Folded::Post(mut row, others) => {
                if known.borrow().has_under_its_id(&row) {
                    for file in others.into_iter().chain([row.file]) {
                        counts[file as usize].duplicate += 1;
                    }
                    return Ok(());
                }
                if row.set == SetId::EMPTY && !transcripts.is_empty() {
                    let files = others.iter().chain([&row.file]);
                    let sets = files.filter_map(|file| transcripts.get(file));
                    row.set = sets.fold(SetId::EMPTY, |all, set| matcher.union(all, *set));
                }
                for file in others {
                    counts[file as usize].duplicate += 1;
                }
                if row.set != SetId::EMPTY {
                    counts[row.file as usize].accepted += 1;
                }
                relate.push(row)
            }
            Folded::Deleted(files) => {
                for (at, file) in files.into_iter().enumerate() {
                    let counts = &mut counts[file as usize];
                    if at == 0 {
                        counts.add_unrelated(kind::DELETED, 1);
                    } else {
                        counts.duplicate += 1;
                    }
                }
                Ok(())
            }
        },
    )?;
    drop(rows);
    observe.stage(Stage::Relating);
    let Known { aliases, people, .. } = known.into_inner();
    let rows = relate.settle(&aliases, &mut |file, kept| {
        let counts = &mut counts[file as usize];
        if kept {
            counts.accepted += 1;
        } else {
            counts.add_unrelated(kind::NO_TAG, 1);
        }
    })?;
    Ok(Settled { rows, aliases, people })
}

/// What the rows say of one another, looked up while they pass in order of id.
struct Known {
    wanted: FxHashSet<u64>,
    about: bool,
    contents: FxHashSet<u64>,
    aliases: Aliases,
    people: People,
    /// Of posts without an id, those that came with one as well.
    with_id: FxHashSet<u64>,
}

impl Known {
    fn new(names: Names) -> Self {
        let Names { wanted, later, deleted: _, about, contents, people } = names;
        Self { wanted, about, contents, aliases: later, people, with_id: FxHashSet::default() }
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
            && self.contents.contains(&content)
        {
            self.with_id.insert(content);
        }
    }

    /// Whether a post of derived identity came with its id as well. Derived ids sort behind all
    /// others of their platform, so that every post with an id has passed before.
    fn has_under_its_id(&self, row: &Row) -> bool {
        !self.with_id.is_empty()
            && is_derived(row.id())
            && row.content().is_some_and(|content| self.with_id.contains(&content))
    }
}

/// Share of a transcript's posts that must have a chat's tag, in percent, before the others are
/// taken for posts of the chat.
const TRANSCRIPT_TAGGED_PERCENT: u64 = 10;

/// The transcripts among the files, and the chats that they are of.
fn transcripts(taken: &[FileTaken], tally: &Tally) -> FxHashMap<u32, SetId> {
    let files = (0..).zip(taken).filter(|(_, taken)| taken.format.is_transcript());
    let chats = files.filter_map(|(file, _)| {
        let of_file = || tally.iter().filter(move |((of, _), _)| *of == file);
        let all: u64 = of_file().map(|(_, posts)| posts).sum();
        let tagged = of_file().filter(|((_, set), _)| *set != SetId::EMPTY);
        let ((_, set), posts) = tagged.max_by_key(|((_, set), posts)| (**posts, Reverse(set.0)))?;
        (posts * 100 >= all * TRANSCRIPT_TAGGED_PERCENT).then_some((file, *set))
    });
    chats.collect()
}

fn share(memory_bytes: usize, percent: usize) -> usize {
    memory_bytes / 100 * percent
}

/// What all threads read.
struct Read {
    sorters: Vec<Sorter>,
    counts: Vec<Counts>,
    names: Names,
    tally: Tally,
    named: BTreeSet<RejectedAt>,
}

impl Read {
    fn gather(workers: Vec<Worker<'_>>, files: usize) -> Result<Self, IngestError> {
        let mut all = Self {
            sorters: Vec::with_capacity(workers.len()),
            counts: vec![Counts::default(); files],
            names: Names::default(),
            tally: Tally::default(),
            named: BTreeSet::new(),
        };
        for mut worker in workers {
            worker.flush()?;
            for (total, counts) in all.counts.iter_mut().zip(&worker.counts) {
                total.add(counts);
            }
            all.names.merge(worker.names);
            for (of, posts) in worker.tally {
                *all.tally.entry(of).or_default() += posts;
            }
            all.named.extend(worker.named);
            all.sorters.push(worker.sorter);
        }
        while all.named.len() > REJECTIONS_NAMED_MAX {
            all.named.pop_last();
        }
        // A deletion that names a later version takes the post.
        let Names { deleted, later, .. } = &all.names;
        if let Some(sorter) = all.sorters.first_mut() {
            for first in deleted.iter().filter_map(|name| later.get(*name)) {
                sorter.push(Row::deleted(first.clone(), 0))?;
            }
        }
        Ok(all)
    }
}

fn account(
    files: &[FileInput],
    taken: Vec<FileTaken>,
    read: Read,
    published: u64,
    stopped: bool,
) -> Account {
    let mut account = Account {
        published,
        stopped,
        rejections: read.named.into_iter().collect(),
        ..Account::default()
    };
    for ((file, taken), counts) in files.iter().zip(taken).zip(read.counts) {
        account.total.add(&counts);
        let FileTaken { format, why } = taken;
        account.files.push(FileAccount { name: file.name.clone(), format, why, counts });
    }
    if stopped {
        telemetry::stopped();
    }
    telemetry::finished(&account);
    account
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
