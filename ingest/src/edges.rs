//! What rows with a tag refer to, on disk where there are many.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write},
};

use crate::{IngestError, order::Scratch, tags::SetId};

/// References of rows with a tag that are kept in memory before they go to disk.
pub(crate) const EDGES_IN_MEMORY_MAX: usize = 512 * 1024;
/// Bytes of one of them on disk.
const EDGE_BYTES: usize = 20;

/// A kept row's hash, the hash of what it quotes, and its chats.
pub(crate) type Edge = (u64, u64, SetId);

/// What rows with a tag refer to.
pub(crate) enum Edges {
    Memory(Vec<Edge>, Scratch),
    Disk(BufWriter<File>, Scratch),
}

impl Edges {
    pub(crate) fn new(scratch: &Scratch) -> Self {
        Self::Memory(Vec::new(), scratch.clone())
    }

    pub(crate) fn push(&mut self, edge: Edge) -> Result<(), IngestError> {
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

    /// Tells every one; as often as it is asked for.
    pub(crate) fn each(&mut self, each: &mut dyn FnMut(Edge)) -> Result<(), IngestError> {
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
