//! Sorts rows within a bound of memory.

use std::cmp::Reverse;

use super::{
    Order,
    merge::{Merge, Source},
    row::Row,
    spill::{Run, RunFile, Scratch},
};
use crate::{IngestError, telemetry};

/// Runs that are merged at a time; each has buffers of less than 0.5 MiB then.
const RUNS_MERGED_MAX: usize = 32;

/// Takes rows in any order.
pub(crate) struct Sorter {
    order: Order,
    budget_bytes: usize,
    scratch: Scratch,
    rows: Vec<Row>,
    bytes: usize,
    /// Runs by how often their rows were merged: those of one level are of about one size, and a
    /// row is written once per level, however many there are.
    levels: Vec<Level>,
}

/// Runs of about one size in one file.
struct Level {
    file: RunFile,
    runs: Vec<Run>,
}

impl Sorter {
    /// A sorter that keeps up to about `budget_bytes` of rows in memory.
    pub(crate) fn new(order: Order, budget_bytes: usize, scratch: &Scratch) -> Self {
        Self {
            order,
            budget_bytes,
            scratch: scratch.clone(),
            rows: Vec::new(),
            bytes: 0,
            levels: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, row: Row) -> Result<(), IngestError> {
        self.bytes += row.memory_bytes();
        self.rows.push(row);
        if self.bytes > self.budget_bytes { self.spill() } else { Ok(()) }
    }

    /// Whether rows went to disk.
    pub(crate) fn has_spilled(&self) -> bool {
        !self.levels.is_empty()
    }

    fn sort(&mut self) {
        let order = self.order;
        self.rows.sort_unstable_by(|a, b| a.compare(b, order));
    }

    fn spill(&mut self) -> Result<(), IngestError> {
        self.sort();
        let level = level(&mut self.levels, 0, &self.scratch)?;
        let mut writer = level.file.writer()?;
        for row in &self.rows {
            writer.write(row)?;
        }
        telemetry::spilled(self.rows.len(), writer.bytes());
        level.runs.push(level.file.add(writer)?);
        self.rows.clear();
        self.bytes = 0;
        self.merge_full_levels()
    }

    fn merge_full_levels(&mut self) -> Result<(), IngestError> {
        let mut at = 0;
        while self.levels.get(at).is_some_and(|level| level.runs.len() >= RUNS_MERGED_MAX) {
            let order = self.order;
            // The merged runs' place on disk is free again when they are dropped.
            let empty = Level { file: RunFile::new(&self.scratch)?, runs: Vec::new() };
            let full = std::mem::replace(&mut self.levels[at], empty);
            at += 1;
            let above = level(&mut self.levels, at, &self.scratch)?;
            above.runs.push(merge_runs(full.runs, order, &mut above.file)?);
        }
        Ok(())
    }

    /// Everything that was pushed, in order.
    pub(crate) fn finish(self) -> Result<Rows, IngestError> {
        merge_sorters(vec![self])
    }
}

/// The level `at`, at most one above the highest.
fn level<'l>(
    levels: &'l mut Vec<Level>,
    at: usize,
    scratch: &Scratch,
) -> Result<&'l mut Level, IngestError> {
    if at == levels.len() {
        levels.push(Level { file: RunFile::new(scratch)?, runs: Vec::new() });
    }
    Ok(&mut levels[at])
}

fn merge_runs(runs: Vec<Run>, order: Order, into: &mut RunFile) -> Result<Run, IngestError> {
    let mut merge = Merge::new(sources_of(runs)?, order)?;
    let mut writer = into.writer()?;
    while let Some(row) = merge.next()? {
        writer.write(&row)?;
    }
    into.add(writer)
}

fn sources_of(runs: Vec<Run>) -> Result<Vec<Source>, IngestError> {
    runs.into_iter().map(|run| Ok(Source::Run(Box::new(run.read()?)))).collect()
}

/// Merges the smallest runs until few enough are left to be merged on the way.
fn few_enough(
    mut runs: Vec<Run>,
    order: Order,
    scratch: &Scratch,
) -> Result<Vec<Run>, IngestError> {
    while runs.len() > RUNS_MERGED_MAX {
        runs.sort_unstable_by_key(|run| Reverse(run.bytes()));
        // One more than there are too many, for they leave one behind.
        let smallest = (runs.len() - RUNS_MERGED_MAX + 1).min(RUNS_MERGED_MAX);
        let smallest = runs.split_off(runs.len() - smallest);
        runs.push(merge_runs(smallest, order, &mut RunFile::new(scratch)?)?);
    }
    Ok(runs)
}

/// Sorted rows.
pub(crate) struct Rows {
    merge: Merge,
    /// Whether they come from disk.
    pub(crate) spilled: bool,
}

impl Rows {
    /// The next row; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, IngestError> {
        self.merge.next()
    }
}

/// Everything that was pushed to several sorters of one order. If one of them went to disk, all
/// do, so that the memory is free for what comes after.
pub(crate) fn merge_sorters(sorters: Vec<Sorter>) -> Result<Rows, IngestError> {
    let order = sorters.first().map_or(Order::Id, |sorter| sorter.order);
    let spilled = sorters.iter().any(Sorter::has_spilled);
    let mut sources = Vec::new();
    let mut runs = Vec::new();
    let mut scratch = None;
    for mut sorter in sorters {
        if spilled && !sorter.rows.is_empty() {
            sorter.spill()?;
        }
        sorter.sort();
        sources.push(Source::Memory(sorter.rows.into_iter()));
        runs.extend(sorter.levels.into_iter().flat_map(|level| level.runs));
        scratch = Some(sorter.scratch);
    }
    if let Some(scratch) = scratch {
        runs = few_enough(runs, order, &scratch)?;
    }
    sources.extend(sources_of(runs)?);
    Ok(Rows { merge: Merge::new(sources, order)?, spilled })
}

#[cfg(test)]
#[path = "sort_tests.rs"]
mod tests;
