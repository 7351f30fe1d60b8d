//! Rows without a tag that belong to a conversation with one.
//!
//! A row without a chat's tag is kept if it replies to, quotes or is quoted by a kept post, and
//! so on until nothing changes; it then belongs to the chats of those posts. What is in memory
//! is a few words per row without a tag; rows with one only pass by.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Seek, Write},
};

use colloquy_transcript::Post;
use rustc_hash::FxHashMap;

use crate::{
    IngestError,
    aliases::Aliases,
    order::{Order, Row, RowWriter, Rows, RunFile, Scratch, Sorter, hash_of},
    tags::{Matcher, SetId},
    telemetry,
};

/// References of rows with a tag that are kept in memory before they go to disk.
const EDGES_IN_MEMORY_MAX: usize = 512 * 1024;
/// Bytes of one of them on disk.
const EDGE_BYTES: usize = 20;

/// A row without a tag.
#[derive(Debug)]
struct Node {
    own: u64,
    quote: u64,
    set: SetId,
}

/// Sorts rows into kept and unrelated.
pub(crate) struct Relate<'m> {
    matcher: &'m Matcher,
    kept: Sorter,
    untagged: Log,
    edges: Edges,
    nodes: Vec<Node>,
    /// What a row without a tag replies to or quotes, and the row.
    waiting: Vec<(u64, u32)>,
}

impl<'m> Relate<'m> {
    /// Keeps up to about `by_time` bytes of kept rows and `untagged` bytes of rows without a tag
    /// in memory.
    pub(crate) fn new(
        matcher: &'m Matcher,
        scratch: &Scratch,
        by_time: usize,
        untagged: usize,
    ) -> Self {
        Self {
            matcher,
            kept: Sorter::new(Order::Time, by_time, scratch),
            untagged: Log::new(scratch, untagged),
            edges: Edges::new(scratch),
            nodes: Vec::new(),
            waiting: Vec::new(),
        }
    }

    /// Takes a row; each post comes once.
    pub(crate) fn push(&mut self, row: Row) -> Result<(), IngestError> {
        let own = hash_of(row.id());
        if row.set != SetId::EMPTY {
            self.edges.push((own, row.quote, row.set))?;
            return self.kept.push(row);
        }
        let node = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { own, quote: row.quote, set: SetId::EMPTY });
        let targets = [row.reply, row.quote].into_iter().chain(row.parents.iter().copied());
        self.waiting.extend(targets.filter(|target| *target != 0).map(|target| (target, node)));
        self.untagged.push(row)
    }

    /// Notes a post that was kept before: rows without a tag may belong to its conversation.
    pub(crate) fn note_kept(&mut self, post: &Post, set: SetId) -> Result<(), IngestError> {
        let quote = post.quote_of.as_ref().map_or(0, hash_of);
        self.edges.push((hash_of(&post.id), quote, set))
    }

    /// Decides about the rows without a tag, tells `each` the file of every one and whether it is
    /// kept, and returns all kept rows in order of time.
    pub(crate) fn settle(
        self,
        aliases: &Aliases,
        each: &mut dyn FnMut(u32, bool),
    ) -> Result<Rows, IngestError> {
        let Self { matcher, mut kept, untagged, edges, mut nodes, mut waiting } = self;
        if !nodes.is_empty() {
            for (target, _) in &mut waiting {
                *target = aliases.resolve(*target);
            }
            waiting.sort_unstable();
            spread(&mut nodes, &waiting, edges, matcher, aliases)?;
        }
        let mut related = 0;
        let mut sets = nodes.iter().map(|node| node.set);
        untagged.each(&mut |mut row| {
            row.set = sets.next().unwrap_or(SetId::EMPTY);
            each(row.file, row.set != SetId::EMPTY);
            if row.set == SetId::EMPTY {
                return Ok(());
            }
            related += 1;
            kept.push(row)
        })?;
        telemetry::related(nodes.len(), related);
        kept.finish()
    }
}

/// Lets the chats of kept rows spread over the rows without a tag. `waiting` is sorted.
fn spread(
    nodes: &mut [Node],
    waiting: &[(u64, u32)],
    edges: Edges,
    matcher: &Matcher,
    aliases: &Aliases,
) -> Result<(), IngestError> {
    let by_own: FxHashMap<u64, u32> = (0..).zip(&*nodes).map(|(at, node)| (node.own, at)).collect();
    let neighbours = |own: u64, quote: u64| {
        let from = waiting.partition_point(|(target, _)| *target < own);
        let answering = waiting[from..].iter().take_while(move |(target, _)| *target == own);
        let quoted = if quote == 0 { None } else { by_own.get(&aliases.resolve(quote)).copied() };
        answering.map(|(_, node)| *node).chain(quoted)
    };
    let mut queue: Vec<u32> = Vec::new();
    let give = |nodes: &mut [Node], queue: &mut Vec<u32>, (own, quote, set): Edge| {
        for at in neighbours(own, quote) {
            let node = &mut nodes[at as usize];
            let both = matcher.union(node.set, set);
            if both != node.set {
                node.set = both;
                queue.push(at);
            }
        }
    };
    edges.each(&mut |edge| give(nodes, &mut queue, edge))?;
    while let Some(at) = queue.pop() {
        let Node { own, quote, set } = nodes[at as usize];
        give(nodes, &mut queue, (own, quote, set));
    }
    Ok(())
}

/// Rows in the order they came, in memory until there are too many.
enum Log {
    Memory { rows: Vec<Row>, bytes: usize, budget_bytes: usize, scratch: Scratch },
    Disk(Box<RowWriter>, RunFile),
}

impl Log {
    fn new(scratch: &Scratch, budget_bytes: usize) -> Self {
        Self::Memory { rows: Vec::new(), bytes: 0, budget_bytes, scratch: scratch.clone() }
    }

    fn push(&mut self, row: Row) -> Result<(), IngestError> {
        match self {
            Self::Disk(writer, _) => writer.write(&row),
            Self::Memory { rows, bytes, budget_bytes, scratch } => {
                *bytes += row.memory_bytes();
                rows.push(row);
                if *bytes > *budget_bytes {
                    let file = RunFile::new(scratch)?;
                    let mut writer = file.writer()?;
                    rows.iter().try_for_each(|row| writer.write(row))?;
                    *self = Self::Disk(Box::new(writer), file);
                }
                Ok(())
            }
        }
    }

    fn each(self, each: &mut dyn FnMut(Row) -> Result<(), IngestError>) -> Result<(), IngestError> {
        match self {
            Self::Memory { rows, .. } => rows.into_iter().try_for_each(each),
            Self::Disk(writer, mut file) => {
                let mut reader = file.add(*writer)?.read()?;
                while let Some(row) = reader.next()? {
                    each(row)?;
                }
                Ok(())
            }
        }
    }
}

/// A kept row's hash, the hash of what it quotes, and its chats.
type Edge = (u64, u64, SetId);

/// What rows with a tag refer to.
enum Edges {
    Memory(Vec<Edge>, Scratch),
    Disk(BufWriter<File>, Scratch),
}

impl Edges {
    fn new(scratch: &Scratch) -> Self {
        Self::Memory(Vec::new(), scratch.clone())
    }

    fn push(&mut self, edge: Edge) -> Result<(), IngestError> {
        match self {
            Self::Disk(out, scratch) => {
                write_edge(out, edge).map_err(|cause| scratch.failed(cause))
            }
            Self::Memory(edges, scratch) => {
                edges.push(edge);
                if edges.len() >= EDGES_IN_MEMORY_MAX {
                    let mut out = BufWriter::new(scratch.file()?);
                    for edge in edges.drain(..) {
                        write_edge(&mut out, edge).map_err(|cause| scratch.failed(cause))?;
                    }
                    *self = Self::Disk(out, scratch.clone());
                }
                Ok(())
            }
        }
    }

    fn each(self, each: &mut dyn FnMut(Edge)) -> Result<(), IngestError> {
        match self {
            Self::Memory(edges, _) => {
                edges.into_iter().for_each(each);
                Ok(())
            }
            Self::Disk(out, scratch) => {
                read_edges(out, each).map_err(|cause| scratch.failed(cause))
            }
        }
    }
}

fn write_edge(out: &mut BufWriter<File>, (own, quote, set): Edge) -> std::io::Result<()> {
    let mut bytes = [0; EDGE_BYTES];
    bytes[..8].copy_from_slice(&own.to_le_bytes());
    bytes[8..16].copy_from_slice(&quote.to_le_bytes());
    bytes[16..].copy_from_slice(&set.0.to_le_bytes());
    out.write_all(&bytes)
}

fn read_edges(mut out: BufWriter<File>, each: &mut dyn FnMut(Edge)) -> std::io::Result<()> {
    out.flush()?;
    let file = out.get_mut();
    let edges = file.stream_position()? / EDGE_BYTES as u64;
    file.rewind()?;
    let mut input = BufReader::new(file);
    for _ in 0..edges {
        let (mut own, mut quote, mut set) = ([0; 8], [0; 8], [0; 4]);
        input.read_exact(&mut own)?;
        input.read_exact(&mut quote)?;
        input.read_exact(&mut set)?;
        each((u64::from_le_bytes(own), u64::from_le_bytes(quote), SetId(u32::from_le_bytes(set))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn references_come_back_from_disk_as_they_went() {
        let folder = tempfile::tempdir().unwrap();
        let mut edges = Edges::new(&Scratch::new(folder.path()));
        let edge = |at: u64| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15), at, SetId((at % 7) as u32));
        let count = EDGES_IN_MEMORY_MAX as u64 + 5;
        for at in 0..count {
            edges.push(edge(at)).unwrap();
        }
        assert!(matches!(edges, Edges::Disk(..)));
        let mut next = 0;
        edges
            .each(&mut |found| {
                assert_eq!(found, edge(next));
                next += 1;
            })
            .unwrap();
        assert_eq!(next, count);
    }
}
