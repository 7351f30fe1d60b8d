//! Posts as Colloquy itself writes them, in the wire format of the topic `posts`: what was replayed
//! before, kept beside an archive that cannot be mended.

use colloquy_transcript::{GroundPost, wire};
use serde::de::IgnoredAny;

use super::{Decoded, Found, Links, Refusal, Rejection, class, is_name, json};

/// Decodes one post. Its chat is only a hint: whoever reads it looks for chats of his own. Its names
/// are looked at like all others: what says that Colloquy wrote it may come from anywhere.
pub(super) fn decode(bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    match wire::decode_post(bytes) {
        Ok(GroundPost { post, .. }) if !is_name(post.id.native()) => {
            out.rejected.push(Rejection::new(class::NO_ID, format!("the id is {:?}", post.id)));
        }
        Ok(GroundPost { post, .. }) if !is_name(post.author.id.native()) => {
            let detail = format!("the author is {:?}", post.author.id);
            out.rejected.push(Rejection::new(class::NO_AUTHOR, detail));
        }
        Ok(GroundPost { chat, mut post }) => {
            for reference in [&mut post.reply_to, &mut post.quote_of, &mut post.repost_of] {
                reference.take_if(|id| !is_name(id.native()));
            }
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

#[cfg(test)]
mod tests {
    use colloquy_transcript::PostId;

    use super::*;

    /// A post with these names, as it is written.
    fn decoded(id: &str, author: &str, reply_to: &str) -> Decoded {
        let post = serde_json::json!({
            "v": 1, "kind": "post", "chat": "gardenchat", "id": id, "created_at_us": 0,
            "author": {"id": author}, "text": "A1", "post_kind": "reply", "reply_to": reply_to
        });
        let mut out = Decoded::default();
        assert!(decode(post.to_string().as_bytes(), &mut out).is_ok());
        out
    }

    #[test]
    fn names_that_nobody_can_have_are_not_taken() {
        let good = decoded("x:1", "x:2", "x:3");
        assert_eq!(good.posts[0].post.reply_to.as_ref().map(PostId::as_str), Some("x:3"));
        for (id, author, class) in [
            ("mastodon:https://g.example/a\nb", "x:2", class::NO_ID),
            ("x:", "x:2", class::NO_ID),
            ("x:1", "x:a b", class::NO_AUTHOR),
        ] {
            let out = decoded(id, author, "x:3");
            assert_eq!((out.posts.len(), out.rejected[0].class), (0, class), "{id:?} {author:?}");
        }
        assert_eq!(decoded("x:1", "x:2", "x:a\u{0}").posts[0].post.reply_to, None);
    }
}
