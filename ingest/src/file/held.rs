//! Bytes in memory, read as a file is: one thread, no journal, nothing kept but figures.

use std::io::{self, Read};

use super::{
    cut::Framer,
    frame::{self, Framed},
    pipeline::{HEAD_BYTES, Place, Rejected, Sink, decode_framed, decode_row},
    read,
};
use crate::{
    IngestError,
    decode::{Decoded, Format, ReadOptions, Reading, sniff},
};

/// What the rows of some bytes were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BytesDecoded {
    /// What the bytes were taken for.
    pub format: Format,
    /// The line of every row, in order. What is left of a file that cannot be read is one.
    pub lines: Vec<u64>,
    /// Posts.
    pub posts: u64,
    /// Rows, or parts of rows, that are no posts.
    pub unrelated: u64,
    /// Rows, or parts of rows, that cannot be taken.
    pub rejected: u64,
    /// The lines of rows of which nothing became at all. There are none.
    pub lost: Vec<u64>,
}

impl BytesDecoded {
    /// Everything that the rows held.
    pub fn received(&self) -> u64 {
        self.posts + self.unrelated + self.rejected
    }
}

/// Decompresses, recognises, cuts and decodes `bytes` as [`run_files`](crate::run_files) does with a
/// file, and says what became of the rows; `each` sees what was taken of one. For whoever wants to
/// know that and nothing else, such as the fuzz targets. What cannot be read counts as rejected.
pub fn decode_bytes(
    bytes: &[u8],
    options: &ReadOptions,
    each: &mut (dyn FnMut(&Decoded) + Send),
) -> BytesDecoded {
    let (mut read, unopened): (Box<dyn Read>, _) = match read::decompressed(bytes) {
        Ok(read) => (read, None),
        Err(error) => (Box::new(io::empty()), Some(error)),
    };
    let (head, error) = frame::head(&mut *read, HEAD_BYTES);
    let sniffed = sniff(&head, options);
    let all = BytesDecoded {
        format: sniffed.reading.format,
        lines: Vec::new(),
        posts: 0,
        unrelated: 0,
        rejected: 0,
        lost: Vec::new(),
    };
    let mut figures = Figures { all, each };
    let mut framer = Framer::new(sniffed, read, head, unopened.or(error), options);
    // Figures never refuse a row.
    while let Some((reading, framed)) = framer.next()
        && figures.add(&reading, &framed).is_ok()
    {}
    figures.all
}

/// Counts.
struct Figures<'e> {
    all: BytesDecoded,
    each: &'e mut (dyn FnMut(&Decoded) + Send),
}

impl Figures<'_> {
    fn add(&mut self, reading: &Reading, framed: &Framed) -> Result<(), IngestError> {
        let mut decoded = Decoded::default();
        if let Framed::TooLong(line, _) | Framed::Failed(line, ..) = framed {
            self.all.lines.push(*line);
        }
        framed.each_row(&mut |line, bytes| {
            let before = self.all.received();
            decode_row(reading, Place { file: 0, line }, bytes, &mut decoded, self)?;
            self.take(0, &mut decoded)?;
            self.all.lines.push(line);
            if self.all.received() == before {
                self.all.lost.push(line);
            }
            Ok::<(), IngestError>(())
        })?;
        match framed {
            Framed::Lines(..) | Framed::Values(..) => Ok(()),
            _ => decode_framed(0, reading, framed, &mut decoded, self),
        }
    }
}

impl Sink for Figures<'_> {
    fn take(&mut self, _: usize, decoded: &mut Decoded) -> Result<(), IngestError> {
        self.all.posts += decoded.posts.len() as u64;
        self.all.unrelated += decoded.unrelated.len() as u64;
        (self.each)(decoded);
        *decoded = Decoded::default();
        Ok(())
    }

    fn reject(&mut self, rejected: &Rejected<'_>) -> Result<(), IngestError> {
        self.all.rejected += rejected.why.len() as u64;
        Ok(())
    }
}
