//! Posts as Colloquy itself writes them, in the wire format of the topic `posts`: what was replayed
//! before, kept beside an archive that cannot be mended.

use colloquy_transcript::{GroundPost, wire};
use serde::de::IgnoredAny;

use super::{Decoded, Found, Links, Refusal, Rejection, class, json};

/// Decodes one post. Its chat is only a hint: whoever reads it looks for chats of his own.
pub(super) fn decode(bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    match wire::decode_post(bytes) {
        Ok(GroundPost { chat, post }) => {
            let links = Links { chat: Some(chat), ..Links::default() };
            out.posts.push(Found { post, links });
        }
        Err(error) => {
            // What is no JSON at all is told like in every other format.
            json::parse::<IgnoredAny>(bytes)?;
            out.rejected.push(Rejection::new(class::UNEXPECTED, error.to_string()));
        }
    }
    Ok(())
}
