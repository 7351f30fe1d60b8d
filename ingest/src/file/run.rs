//! One run over files, stage by stage.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use colloquy_journal::Journal;

use super::{
    decode_files,
    inputs::{FileInput, expand},
    pipeline::FileTaken,
    settle::{Settled, settle},
    worker::{Names, Shared, Tally, Worker},
};
use crate::{
    Account, FileAccount, FilePlan, IngestError, Observer, RejectedAt, Stage,
    account::{Counts, REJECTIONS_NAMED_MAX},
    order::{Order, Row, Scratch, Sorter},
    publish::Publisher,
    tags::Matcher,
    telemetry,
};

/// Share of the memory bound that rows in hand may take by this crate's estimate; the rest is
/// for what lies around them, for the chunks in flight and for everybody else.
const ROWS_SHARE_PERCENT: usize = 40;

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
    telemetry::begin();
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

/// So many percent of the memory.
pub(super) fn share(memory_bytes: usize, percent: usize) -> usize {
    memory_bytes / 100 * percent
}

/// What all threads read.
pub(super) struct Read {
    pub(super) sorters: Vec<Sorter>,
    pub(super) counts: Vec<Counts>,
    pub(super) names: Names,
    pub(super) tally: Tally,
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
