//! Any file, cut into rows: whatever it is and whatever it becomes on the way.

use std::{
    io::{self, Read},
    sync::Arc,
};

use super::frame::{
    BlockFramer, Framed, KEPT_BYTES_MAX, LineFramer, Source, Step, TableFramer, ValueFramer,
};
use crate::decode::{Framing, ReadOptions, Reading, Sniffed};

/// Cuts a file that was taken for something.
pub(crate) struct Framer<'o, R> {
    reading: Arc<Reading>,
    kind: Kind<'o, R>,
    options: &'o ReadOptions,
}

/// One framer, or what is left of a file that is not read.
enum Kind<'o, R> {
    Lines(LineFramer<'o, R>),
    Values(ValueFramer<R>),
    Table(TableFramer<'o, R>),
    Blocks(BlockFramer<R>),
    Once(Option<Framed>),
}

impl<'o, R: Read> Framer<'o, R> {
    /// Goes on after `head`, which was read already, and after which reading failed with `error`.
    pub(crate) fn new(
        sniffed: Sniffed,
        read: R,
        mut head: Vec<u8>,
        error: Option<io::Error>,
        options: &'o ReadOptions,
    ) -> Self {
        let Sniffed { reading, framing, skip, why } = sniffed;
        let reading = Arc::new(reading);
        let kind = match framing {
            Framing::Part => Kind::Once(Some(Framed::Part)),
            Framing::Unread => {
                head.truncate(KEPT_BYTES_MAX);
                Kind::Once(match error {
                    Some(error) => Some(Framed::Failed(1, head, error)),
                    None if head.is_empty() => None,
                    None => Some(Framed::Unread(why, head)),
                })
            }
            _ => {
                let source = Source::new(read, head, error, skip);
                return Self::over(source, reading, framing, options);
            }
        };
        Self { reading, kind, options }
    }

    fn over(
        source: Source<R>,
        reading: Arc<Reading>,
        framing: Framing,
        options: &'o ReadOptions,
    ) -> Self {
        let kind = match (framing, &reading.table) {
            (_, Some(table)) => Kind::Table(TableFramer::new(source, table, options)),
            (Framing::Values, None) => Kind::Values(ValueFramer::new(source, None)),
            (Framing::List, None) => {
                Kind::Values(ValueFramer::new(source, reading.format.list_mark()))
            }
            (Framing::Blocks, None) => Kind::Blocks(BlockFramer::new(source)),
            _ => Kind::Lines(LineFramer::new(source, options)),
        };
        Self { reading, kind, options }
    }

    /// The next chunk, and how its rows are read; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<(Arc<Reading>, Framed)> {
        loop {
            let step = match std::mem::replace(&mut self.kind, Kind::Once(None)) {
                Kind::Once(only) => return only.map(|framed| (Arc::clone(&self.reading), framed)),
                Kind::Values(mut framer) => {
                    let rows = framer.next();
                    self.kind = Kind::Values(framer);
                    rows.map_or(Step::End, Step::Framed)
                }
                Kind::Blocks(mut framer) => {
                    let rows = framer.next();
                    self.kind = Kind::Blocks(framer);
                    rows.map_or(Step::End, Step::Framed)
                }
                Kind::Lines(framer) => {
                    let (framer, step) = framer.next();
                    self.kind = framer.map_or(Kind::Once(None), Kind::Lines);
                    step
                }
                Kind::Table(framer) => {
                    let (framer, step) = framer.next();
                    self.kind = framer.map_or(Kind::Once(None), Kind::Table);
                    step
                }
            };
            match step {
                Step::Framed(framed) => return Some((Arc::clone(&self.reading), framed)),
                Step::Becomes(source, reading) => {
                    *self = Self::over(source, Arc::new(*reading), Framing::Lines, self.options);
                }
                Step::End => return None,
            }
        }
    }
}
