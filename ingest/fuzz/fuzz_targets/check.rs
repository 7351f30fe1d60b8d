//! What holds for every input.
#![allow(dead_code, reason = "each target needs some of it")]

use colloquy_ingest::{ReadOptions, decode::Decoded, decode_bytes};
use colloquy_transcript::{ChatName, GroundPost, wire};

/// Every row becomes something, rows come in order, and posts can be written and read again.
pub fn file(bytes: &[u8], options: &ReadOptions) {
    let read = decode_bytes(bytes, options, &mut posts);
    assert!(read.lost.is_empty(), "nothing became of the rows at {:?}: {read:?}", read.lost);
    assert!(read.received() >= read.lines.len() as u64, "{read:?}");
    assert!(read.lines.is_sorted(), "rows out of order: {read:?}");
    let lines_max = bytes.len() as u64 + 1;
    // Compressed bytes may hold many more lines than bytes.
    let compressed = bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0x28, 0xb5]);
    assert!(compressed || read.lines.iter().all(|line| (1..=lines_max).contains(line)), "{read:?}");
}

/// A row becomes something, and its posts can be written to a journal and read again.
pub fn row(decoded: &Decoded) {
    let became = decoded.posts.len() + decoded.unrelated.len() + decoded.rejected.len();
    assert!(became > 0, "nothing became of the row");
    posts(decoded);
}

fn posts(decoded: &Decoded) {
    let chat = ChatName::new("garden").expect("a name");
    decoded.deletions.iter().for_each(|id| name(id.native()));
    decoded.profiles.iter().for_each(|author| name(author.id.native()));
    for found in &decoded.posts {
        let post = &found.post;
        let others = [&post.reply_to, &post.quote_of, &post.repost_of].into_iter().flatten();
        for id in others.chain([&post.id]).chain(&found.links.later) {
            name(id.native());
        }
        name(post.author.id.native());
        let written = GroundPost { chat: chat.clone(), post: found.post.clone() };
        let mut bytes = Vec::new();
        wire::encode_post(&written, &mut bytes);
        let read = wire::decode_post(&bytes);
        assert_eq!(read.ok().as_ref(), Some(&written), "{}", String::from_utf8_lossy(&bytes));
    }
}

/// What stands in keys and references is not empty, bounded, and without space or control.
fn name(native: &str) {
    let bad = |c: char| c.is_whitespace() || c.is_control();
    assert!((1..=2_048).contains(&native.len()) && !native.contains(bad), "the name {native:?}");
}
