//! Merges sorted sources of rows.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::{Order, row::Row, spill::RowReader};
use crate::IngestError;

/// Rows in order.
pub(crate) enum Source {
    /// Sorted in memory.
    Memory(std::vec::IntoIter<Row>),
    /// A run on disk.
    Run(Box<RowReader>),
}

impl Source {
    fn next(&mut self) -> Result<Option<Row>, IngestError> {
        match self {
            Self::Memory(rows) => Ok(rows.next()),
            Self::Run(reader) => reader.next(),
        }
    }
}

/// The next row of a source. The heap hands out the greatest, so the order is turned round.
struct Head {
    row: Row,
    source: usize,
    order: Order,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        other.row.compare(&self.row, self.order).then_with(|| other.source.cmp(&self.source))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

/// All rows of several sources, in order.
pub(crate) struct Merge {
    sources: Vec<Source>,
    heap: BinaryHeap<Head>,
    order: Order,
}

impl Merge {
    pub(crate) fn new(mut sources: Vec<Source>, order: Order) -> Result<Self, IngestError> {
        let mut heap = BinaryHeap::with_capacity(sources.len());
        for (at, source) in sources.iter_mut().enumerate() {
            if let Some(row) = source.next()? {
                heap.push(Head { row, source: at, order });
            }
        }
        Ok(Self { sources, heap, order })
    }

    /// The next row; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, IngestError> {
        if let [source] = self.sources.as_mut_slice() {
            // Nothing to compare with.
            return match self.heap.pop() {
                Some(head) => Ok(Some(head.row)),
                None => source.next(),
            };
        }
        let Some(mut top) = self.heap.peek_mut() else {
            return Ok(None);
        };
        let source = top.source;
        match self.sources[source].next()? {
            Some(row) => {
                let order = self.order;
                let old = std::mem::replace(&mut *top, Head { row, source, order });
                Ok(Some(old.row))
            }
            None => Ok(Some(std::collections::binary_heap::PeekMut::pop(top).row)),
        }
    }
}
