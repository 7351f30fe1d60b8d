//! Sorts rows within a bound of memory.

use super::{
    Order,
    merge::{Merge, Source},
    row::Row,
    spill::{RowReader, RowWriter, Scratch},
};
use crate::{IngestError, telemetry};

/// Runs that are merged at a time: each has a buffer and an open file.
const RUNS_MERGED_MAX: usize = 32;

/// Takes rows in any order.
pub(crate) struct Sorter {
    order: Order,
    budget_bytes: usize,
    scratch: Scratch,
    rows: Vec<Row>,
    bytes: usize,
    runs: Vec<RowReader>,
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
            runs: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, row: Row) -> Result<(), IngestError> {
        self.bytes += row.memory_bytes();
        self.rows.push(row);
        if self.bytes > self.budget_bytes { self.spill() } else { Ok(()) }
    }

    /// Whether rows went to disk.
    pub(crate) fn has_spilled(&self) -> bool {
        !self.runs.is_empty()
    }

    fn sort(&mut self) {
        let order = self.order;
        self.rows.sort_unstable_by(|a, b| a.compare(b, order));
    }

    fn spill(&mut self) -> Result<(), IngestError> {
        self.sort();
        let mut writer = RowWriter::new(&self.scratch)?;
        for row in &self.rows {
            writer.write(row)?;
        }
        telemetry::spilled(self.rows.len(), writer.bytes());
        self.rows.clear();
        self.bytes = 0;
        self.runs.push(writer.into_reader()?);
        if self.runs.len() >= RUNS_MERGED_MAX {
            let merged = merge_runs(std::mem::take(&mut self.runs), self.order, &self.scratch)?;
            self.runs.push(merged);
        }
        Ok(())
    }

    /// Everything that was pushed, in order.
    pub(crate) fn finish(self) -> Result<Rows, IngestError> {
        merge_sorters(vec![self])
    }
}

fn merge_runs(
    runs: Vec<RowReader>,
    order: Order,
    scratch: &Scratch,
) -> Result<RowReader, IngestError> {
    let sources = runs.into_iter().map(|run| Source::Run(Box::new(run))).collect();
    let mut merge = Merge::new(sources, order)?;
    let mut writer = RowWriter::new(scratch)?;
    while let Some(row) = merge.next()? {
        writer.write(&row)?;
    }
    writer.into_reader()
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
    for mut sorter in sorters {
        if spilled && !sorter.rows.is_empty() {
            sorter.spill()?;
        }
        sorter.sort();
        sources.push(Source::Memory(sorter.rows.into_iter()));
        runs.append(&mut sorter.runs);
        while runs.len() > RUNS_MERGED_MAX {
            let merged = runs.drain(..RUNS_MERGED_MAX).collect();
            runs.push(merge_runs(merged, order, &sorter.scratch)?);
        }
    }
    sources.extend(runs.into_iter().map(|run| Source::Run(Box::new(run))));
    Ok(Rows { merge: Merge::new(sources, order)?, spilled })
}
