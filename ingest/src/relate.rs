//! Rows without a tag that belong to a conversation with one.
//!
//! A row without a chat's tag is kept if it replies to, quotes or is quoted by a kept post, and
//! so on until nothing changes; it then belongs to the chats of those posts. What is in memory is a
//! few words per row without a tag that may belong to such a conversation; all others, and rows with
//! a tag, only pass by.

use colloquy_transcript::Post;
use rustc_hash::FxHashMap;

use crate::{
    IngestError,
    account::kind,
    aliases::Aliases,
    edges::{Edge, Edges},
    links::{Link, Links, Sieve},
    order::{Order, Row, RowWriter, Rows, RunFile, Scratch, Sorter, hash_of},
    tags::{Matcher, SetId},
    telemetry,
};

/// Passes over the references of rows without a tag, in search of those that may belong to a
/// conversation. Where more would be needed, all of them are looked at.
const PASSES_MAX: usize = 16;

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

    /// Notes a post that was kept before: rows without a tag may belong to its conversation.
    pub(crate) fn note_kept(&mut self, post: &Post, set: SetId) -> Result<(), IngestError> {
        let quote = post.quote_of.as_ref().map_or(0, hash_of);
        self.edges.push((hash_of(&post.id), quote, set))
    }

    /// Decides about the rows without a tag, tells `each` the file of every one and of which kind it
    /// is where it is not kept, and returns all kept rows in order of time.
    pub(crate) fn settle(
        self,
        aliases: &Aliases,
        each: &mut dyn FnMut(u32, Option<&'static str>),
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
            row.set = matcher.on(row.id().platform(), set.unwrap_or(SetId::EMPTY));
            if row.set == SetId::EMPTY {
                each(row.file, Some(unrelated(&row, matcher)));
                return Ok(());
            }
            each(row.file, None);
            related += 1;
            kept.push(row)
        })?;
        telemetry::related(rows, related);
        kept.finish()
    }
}

/// The kind of a row that no chat keeps.
fn unrelated(row: &Row, matcher: &Matcher) -> &'static str {
    // Rows need not be decoded again where every chat meets.
    let elsewhere = !matcher.all_meet_on(row.id().platform())
        && row.post().is_some_and(|ground| matcher.is_elsewhere(&ground.post));
    if elsewhere { kind::OTHER_PLATFORM } else { kind::NO_TAG }
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

#[cfg(test)]
#[path = "relate_tests.rs"]
mod tests;
