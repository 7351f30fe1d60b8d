//! Rows that are blocks of a Markdown text: a heading and what stands under it.

use std::{io::Read, ops::Range};

use super::{CHUNK_BYTES, Framed, KEPT_BYTES_MAX, Source, VALUE_BYTES_MAX, line_ends};

/// Cuts before headings.
pub(crate) struct BlockFramer<R> {
    source: Source<R>,
}

impl<R: Read> BlockFramer<R> {
    /// Cuts what is left of `source`.
    pub(crate) fn new(source: Source<R>) -> Self {
        Self { source }
    }

    /// The next chunk; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<Framed> {
        loop {
            let ended = self.source.feed.ended;
            if self.source.buffer.len() >= CHUNK_BYTES || ended {
                let end = if ended {
                    self.source.buffer.len()
                } else {
                    starts(&self.source.buffer).last().unwrap_or(0)
                };
                if end > 0 {
                    return Some(self.cut(end));
                }
            }
            if ended {
                return self.source.feed.last(self.source.line, Vec::new());
            }
            if self.source.buffer.len() > VALUE_BYTES_MAX {
                return Some(self.skip());
            }
            self.source.feed.fill(&mut self.source.buffer, CHUNK_BYTES);
        }
    }

    fn cut(&mut self, end: usize) -> Framed {
        let rest = self.source.buffer.split_off(end);
        let chunk = std::mem::replace(&mut self.source.buffer, rest);
        let mut ends: Vec<usize> = starts(&chunk).collect();
        ends.push(chunk.len());
        let mut rows: Vec<(u64, Range<usize>)> = Vec::with_capacity(ends.len());
        let mut from = 0;
        for end in ends {
            if !chunk[from..end].trim_ascii().is_empty() {
                rows.push((self.source.line, from..end));
            }
            self.source.line += line_ends(&chunk[from..end]);
            from = end;
        }
        Framed::Values(chunk, rows)
    }

    /// Drops a block over the bound, and keeps its beginning.
    fn skip(&mut self) -> Framed {
        let line = self.source.line;
        self.source.line += line_ends(&self.source.buffer);
        let mut kept = std::mem::take(&mut self.source.buffer);
        kept.truncate(KEPT_BYTES_MAX);
        kept.shrink_to_fit();
        Framed::TooLong(line, kept)
    }
}

/// Where lines begin that are headings, but not the first one.
fn starts(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr2_iter(b'\n', b'\r', bytes)
        .map(|at| at + 1)
        .filter(|from| bytes.get(*from) == Some(&b'#'))
        .filter(|from| {
            let hashes = bytes[*from..].iter().take_while(|byte| **byte == b'#').count();
            bytes.get(from + hashes) == Some(&b' ')
        })
}
