//! Rows without a tag that belong to a conversation with one.
//!
//! A row without a chat's tag is kept if it replies to, quotes or is quoted by a kept post, and
//! so on until nothing changes; it then belongs to the chats of those posts. What is in memory is a
//! few words per row without a tag that may belong to such a conversation; all others, and rows with
//! a tag, only pass by.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write},
};

use colloquy_transcript::PostId;
use rustc_hash::FxHashMap;

use crate::{
    IngestError,
    links::{Link, Links, Sieve},
    order::{Order, Row, RowWriter, Rows, RunFile, Scratch, Sorter, hash_of},
    tags::{Matcher, SetId},
    telemetry,
};

/// References of rows with a tag that are kept in memory before they go to disk.
const EDGES_IN_MEMORY_MAX: usize = 512 * 1024;
/// Bytes of one of them on disk.
const EDGE_BYTES: usize = 20;

/// Passes over the references of rows without a tag, in search of those that may belong to a
/// conversation. Where more would be needed, all of them are looked at.
const PASSES_MAX: usize = 16;

/// Posts by their other names: names on a server, and ids of later versions.
#[derive(Debug, Default)]
pub(crate) struct Aliases(FxHashMap<u64, PostId>);

impl Aliases {
    /// Notes a name. Of two posts that claim it the lesser id has it, in whatever order they came.
    pub(crate) fn insert(&mut self, name: u64, id: &PostId) {
        let there = self.0.entry(name).or_insert_with(|| id.clone());
        if id < there {
            there.clone_from(id);
        }
    }

    /// Notes all names of `other`.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (name, id) in &other.0 {
            self.insert(*name, id);
        }
    }

    /// The post of this name.
    pub(crate) fn get(&self, name: u64) -> Option<&PostId> {
        self.0.get(&name)
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hash of the post that `name` stands for, itself if it is an id.
    fn resolve(&self, name: u64) -> u64 {
        self.get(name).map_or(name, hash_of)
    }
}

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
    links: Links,
    scratch: Scratch,
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
            links: Links::new(),
            scratch: scratch.clone(),
        }
    }

    /// Takes a row; each post comes once.
    pub(crate) fn push(&mut self, row: Row) -> Result<(), IngestError> {
        let own = hash_of(row.id());
        if row.set != SetId::EMPTY {
            self.edges.push((own, row.quote, row.set))?;
            return self.kept.push(row);
        }
        let targets = [row.reply, row.quote].into_iter().chain(row.parents.iter().copied());
        let targets: Vec<u64> = targets.filter(|target| *target != 0).collect();
        let link = Link { own, quote: row.quote, targets: &targets };
        self.links.push(&link, &self.scratch)?;
        self.untagged.push(row)
    }

    /// Decides about the rows without a tag, tells `each` the file of every one and whether it is
    /// kept, and returns all kept rows in order of time.
    pub(crate) fn settle(
        self,
        aliases: &Aliases,
        each: &mut dyn FnMut(u32, bool),
    ) -> Result<Rows, IngestError> {
        let Self { matcher, mut kept, untagged, mut edges, mut links, scratch } = self;
        let rows = links.rows();
        let sieve = if rows == 0 { None } else { near(&mut edges, &mut links, aliases, &scratch)? };
        let mut nodes = Vec::new();
        let mut waiting = Vec::new();
        let near = |own: u64| sieve.as_ref().is_none_or(|sieve| sieve.has(own));
        links.each(&scratch, &mut |Link { own, quote, targets }| {
            if near(own) {
                let node = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
                nodes.push(Node { own, quote, set: SetId::EMPTY });
                waiting.extend(targets.iter().map(|target| (aliases.resolve(*target), node)));
            }
        })?;
        drop(links);
        if !nodes.is_empty() {
            waiting.sort_unstable();
            spread(&mut nodes, &waiting, &mut edges, matcher, aliases)?;
        }
        drop(waiting);
        let mut related = 0;
        let mut sets = nodes.iter().map(|node| node.set);
        untagged.each(&mut |mut row| {
            let set = if near(hash_of(row.id())) { sets.next() } else { None };
            row.set = set.unwrap_or(SetId::EMPTY);
            each(row.file, row.set != SetId::EMPTY);
            if row.set == SetId::EMPTY {
                return Ok(());
            }
            related += 1;
            kept.push(row)
        })?;
        telemetry::related(rows, related);
        kept.finish()
    }
}

/// The posts that may belong to a conversation with a tag: a few too many, and none too few. `None`
/// where that takes too long to find out.
fn near(
    edges: &mut Edges,
    links: &mut Links,
    aliases: &Aliases,
    scratch: &Scratch,
) -> Result<Option<Sieve>, IngestError> {
    let mut sieve = Sieve::new();
    edges.each(&mut |(own, quote, _)| {
        sieve.insert(own);
        if quote != 0 {
            sieve.insert(aliases.resolve(quote));
        }
    })?;
    for _ in 0..PASSES_MAX {
        let mut more = false;
        links.each(scratch, &mut |Link { own, quote, targets }| {
            let reached = |target: &u64| sieve.has(aliases.resolve(*target));
            if !sieve.has(own) && targets.iter().any(reached) {
                more |= sieve.insert(own);
            }
            if quote != 0 && sieve.has(own) {
                more |= sieve.insert(aliases.resolve(quote));
            }
        })?;
        if !more {
            return Ok(Some(sieve));
        }
    }
    Ok(None)
}

/// Lets the chats of kept rows spread over the rows without a tag. `waiting` is sorted.
fn spread(
    nodes: &mut [Node],
    waiting: &[(u64, u32)],
    edges: &mut Edges,
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

    fn each(&mut self, each: &mut dyn FnMut(Edge)) -> Result<(), IngestError> {
        match self {
            Self::Memory(edges, _) => {
                edges.iter().copied().for_each(each);
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

fn read_edges(out: &mut BufWriter<File>, each: &mut dyn FnMut(Edge)) -> std::io::Result<()> {
    out.flush()?;
    let file = out.get_mut();
    let edges = file.seek(SeekFrom::End(0))? / EDGE_BYTES as u64;
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
    use std::sync::Arc;

    use colloquy_transcript::{
        Author, AuthorId, ChatName, GroundPost, Platform, Post, PostKind, Tag,
    };

    use super::*;
    use crate::{order::Body, plan::ChatTags};

    /// Post number `number`, which replies to another and quotes a third; it has the tag or not.
    fn row(matcher: &Matcher, number: u64, reply: u64, quote: u64, tag: bool) -> Row {
        let id = |number: u64| (number > 0).then(|| PostId::new(Platform::X, &number.to_string()));
        let at = "2019-05-08T19:05:09Z".parse().unwrap();
        let author = Author::unknown(AuthorId::from_full("x:7"));
        let mut post = Post::original(id(number).unwrap(), at, author, "leeks".to_owned());
        (post.kind, post.reply_to, post.quote_of) = (PostKind::Reply, id(reply), id(quote));
        post.hashtags = tag.then(|| "gardenchat".into()).into_iter().collect();
        Row {
            created_us: i64::try_from(number).unwrap(),
            file: 0,
            set: matcher.set_of(&post),
            reply: post.reply_to.as_ref().map_or(0, hash_of),
            quote: post.quote_of.as_ref().map_or(0, hash_of),
            own: 0,
            parents: Vec::new(),
            body: Body::Post(Arc::new(GroundPost {
                chat: ChatName::new("gardenchat").unwrap(),
                post,
            })),
        }
    }

    /// A conversation goes on over `replies` and back over a quote; beside it, as many strangers.
    fn kept(replies: u64, backwards: bool) -> Vec<i64> {
        let folder = tempfile::tempdir().unwrap();
        let name = ChatName::new("gardenchat").unwrap();
        let tags = vec![Tag::new("gardenchat").unwrap()];
        let matcher = Matcher::new(&[ChatTags { name, tags }]);
        let mut relate = Relate::new(&matcher, &Scratch::new(folder.path()), 1_000, 1_000);
        let last = replies + 1;
        let mut rows = vec![row(&matcher, 1, 0, 0, true), row(&matcher, 9_000, 0, 0, false)];
        rows.extend((2..=last).map(|number| {
            let quote = if number == last { 9_000 } else { 0 };
            row(&matcher, number, number - 1, quote, false)
        }));
        rows.extend((2..=last).map(|at| row(&matcher, 5_000 + at, 4_999 + at, 0, false)));
        if backwards {
            rows.reverse();
        }
        rows.into_iter().for_each(|row| relate.push(row).unwrap());
        let mut told = 0;
        let mut rows = relate.settle(&Aliases::default(), &mut |_, _| told += 1).unwrap();
        assert_eq!(told, 2 * replies + 1);
        std::iter::from_fn(|| rows.next().unwrap()).map(|row| row.created_us).collect()
    }

    #[test]
    fn conversations_are_followed_however_long_they_are_and_wherever_their_rows_lie() {
        for replies in [1, 5, 15, 16, 17, 200] {
            let expected: Vec<i64> = (1..=replies + 1).chain([9_000]).map(|at| at as i64).collect();
            assert_eq!(kept(replies, false), expected);
            assert_eq!(kept(replies, true), expected);
        }
    }

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
