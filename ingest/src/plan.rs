//! What to read, for which chats, and with how much.

use std::{path::PathBuf, sync::Arc};

use colloquy_transcript::{ChatName, DeadLetter, Platform, Tag};

use crate::decode::ReadOptions;

/// A chat, the tags under which it meets, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatTags {
    /// The chat.
    pub name: ChatName,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// The platforms on which it meets; empty for all of them.
    pub platforms: Vec<Platform>,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file, or a folder that is walked in order of names; hidden files and folders are skipped.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// Standard input, copied to this file so that it can be read twice; it is still called `-`.
    Spooled(PathBuf),
    /// What a run over the same source rejected: read under that source's name, its lines counted
    /// from where it stood. What it replies to or quotes may also be in the journal already.
    Letter(Arc<DeadLetter>),
}

/// A run over files.
#[derive(Debug, Clone)]
pub struct FilePlan {
    /// What to read, in this order.
    pub inputs: Vec<Input>,
    /// What the user said about the inputs.
    pub options: ReadOptions,
    /// The chats to look for.
    pub chats: Vec<ChatTags>,
    /// Memory for posts in bytes, what the process takes without any left out; rows in hand take a
    /// share of it, the rest of the rows goes to `scratch`.
    pub memory_bytes: usize,
    /// Decoding threads; at least one is used.
    pub threads: usize,
    /// An existing folder for rows that do not fit in memory. Nothing is left in it.
    pub scratch: PathBuf,
}
