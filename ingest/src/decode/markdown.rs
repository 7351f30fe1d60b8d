//! Transcripts in Markdown: a heading that names the author, perhaps the time, and the text as a link
//! to the post.
//!
//! ```text
//! ### [@bea](https://twitter.com/bea) \<Bea Leek\>
//!
//! *2020-02-07 18:31:00Z*
//! > [A1: leeks #gardenchat](https://twitter.com/bea/status/123)
//!
//! + [https://seeds.example/](https://seeds.example/)
//! ```

use colloquy_transcript::{Author, Platform, Post, PostId, PostKind, Timestamp};

use super::{
    Decoded, Found, Links, Rejection, class, derive, note,
    table::{Column, Id, address, id_of},
    time, x,
};
use crate::account::kind;

/// Longest text of a post.
const OPEN_BYTES_MAX: usize = 64 * 1024;

/// What the lines of a block have told so far.
#[derive(Default)]
struct Block {
    handle: Option<String>,
    name: Option<String>,
    at: Option<Timestamp>,
    /// The text of a post that has begun.
    open: Option<String>,
    found: bool,
}

/// Decodes one block: a heading and what stands under it.
pub(super) fn decode(bytes: &[u8], out: &mut Decoded) {
    let text = String::from_utf8_lossy(bytes);
    let mut block = Block::default();
    for line in text.lines() {
        block.line(line.trim_end(), out);
    }
    if let Some(open) = block.open.take() {
        let detail = format!("a text that no post's address ends: {open:?}");
        out.rejected.push(Rejection::new(class::NO_ID, detail));
    } else if !block.found {
        out.unrelated.push(kind::PROSE);
    }
}

impl Block {
    fn line(&mut self, line: &str, out: &mut Decoded) {
        let line = line.strip_prefix('>').map_or(line, str::trim_start);
        if let Some(open) = &mut self.open {
            open.push('\n');
            open.push_str(line);
            if open.len() > OPEN_BYTES_MAX {
                let detail = "a text that goes on for too long without a post's address";
                out.rejected.push(Rejection::new(class::NO_ID, detail));
                self.open = None;
                self.found = true;
            } else if line.contains("](") {
                self.close(out);
            }
        } else if let Some(heading) = line.strip_prefix('#') {
            self.heading(heading.trim_start_matches('#').trim());
        } else if let Some(link) = line.strip_prefix(['+', '-']).or(line.strip_prefix("* ")) {
            if let (Some(found), Some((_, url))) = (out.posts.last_mut(), link_at_end(link))
                && self.found
            {
                x::push_url(&mut found.post.urls, url);
            }
        } else if let Some(at) = line.strip_prefix(['*', '_']) {
            self.at = time::rfc3339(at.trim_end_matches(['*', '_'])).or(self.at);
        } else if let Some(rest) = line.strip_prefix('[') {
            self.open = Some(rest.to_owned());
            self.close(out);
        }
    }

    /// `[@bea](https://twitter.com/bea) \<Bea Leek\>`
    fn heading(&mut self, heading: &str) {
        let inner = heading.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (handle, rest) = inner.unwrap_or((heading, ""));
        self.handle = handle.trim().strip_prefix('@').map(str::to_owned);
        let name = rest.split_once("\\<").and_then(|(_, name)| name.rsplit_once("\\>"));
        self.name = name.map(|(name, _)| name.replace('\\', ""));
    }

    /// Ends the post in hand if its text ends in its address.
    fn close(&mut self, out: &mut Decoded) {
        let Some(open) = &self.open else { return };
        let Some((text, url)) = link_at_end(open) else { return };
        let Some((id, handle)) = address(url) else {
            // A link that is no post is prose.
            self.open = None;
            return;
        };
        match self.post(text, id, handle, &mut out.notes) {
            Ok(found) => out.posts.push(found),
            Err(rejection) => out.rejected.push(rejection),
        }
        self.found = true;
        self.open = None;
    }

    fn post(
        &self,
        text: &str,
        id: &str,
        in_address: Option<&str>,
        notes: &mut Vec<&'static str>,
    ) -> Result<Found, Rejection> {
        let number = id_of(id, Column::Whole);
        let carried = match &number {
            Id::Exact(digits) => digits.parse().ok().and_then(time::snowflake),
            Id::About(about) => time::snowflake(*about),
            _ => None,
        };
        let at = self.at.map(|at| time::refined(at, carried)).or(carried).ok_or_else(|| {
            Rejection::new(class::NO_TIME, format!("no time, and the id {id:?} carries none"))
        })?;
        let handle = self.handle.as_deref().or(in_address);
        let mut author = Author::unknown(x::author_id(None, handle)?);
        author.handle = handle.map(Into::into);
        author.name = self.name.as_deref().map(x::text);
        let text = x::text(text);
        let mut links = Links::default();
        let id = match number {
            Id::Exact(digits) => PostId::new(Platform::X, &digits),
            rounded => {
                notes.push(note::ID_DERIVED);
                if let Id::About(about) = rounded {
                    links.later.push(x::about_id(about));
                }
                derive::post_id(&author, at, &text)
            }
        };
        let mut post = Post::original(id, at, author, text);
        post.kind = match derive::marks(&post.text) {
            derive::Mark::Repost => PostKind::Repost,
            derive::Mark::Directed => PostKind::Reply,
            derive::Mark::None => PostKind::Original,
        };
        derive::fill_lists(&mut post, [true; 3]);
        Ok(Found { post, links })
    }
}

/// The text and the target of the link that ends a line.
fn link_at_end(line: &str) -> Option<(&str, &str)> {
    let inner = line.trim_end().strip_suffix(')')?;
    let at = inner.rfind("](")?;
    let text = inner[..at].trim_start();
    Some((text.strip_prefix('[').unwrap_or(text), inner[at + 2..].trim()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn decoded(text: &str) -> Decoded {
        let mut out = Decoded::default();
        decode(text.as_bytes(), &mut out);
        out
    }

    #[test]
    fn a_heading_and_its_posts() {
        let text = "### [@Bea_1](https://twitter.com/Bea_1) \\<Bea \\*Leek\\*\\>\n\n\
            *2020-02-07 18:31:00Z*\n\
            > [@cleo A1: [leeks] &amp; peas\n> in C:\\garden #gardenchat](https://twitter.com/Bea_1/status/1225849455891189761)\n\n\
            + [https://seeds.example/](https://seeds.example/)\n\n![embedded media](https://p.example/x.jpg)\n";
        let out = decoded(text);
        let post = &out.posts[0].post;
        assert_eq!(post.id.as_str(), "x:1225849455891189761");
        assert_eq!(post.text, "@cleo A1: [leeks] & peas\nin C:\\garden #gardenchat");
        assert_eq!(post.author.id.as_str(), "x:@bea_1");
        assert_eq!(post.author.name.as_deref(), Some("Bea *Leek*"));
        assert_eq!(post.created_at, "2020-02-07T18:31:00Z".parse().unwrap());
        assert_eq!((post.kind, post.urls.len()), (PostKind::Reply, 1));
        assert!(out.unrelated.is_empty() && out.rejected.is_empty());
    }

    #[test]
    fn ids_carry_the_time_unless_they_are_lost() {
        let post = "### [@bea](https://twitter.com/bea)\n[A1 #gardenchat](https://twitter.com/bea/status/ID)\n";
        let out = decoded(&post.replace("ID", "1213159342505725953"));
        assert_eq!(out.posts[0].post.created_at, "2020-01-03T18:05:01Z".parse().unwrap());
        let out = decoded(&post.replace("ID", "1.22585E+18"));
        assert_eq!(out.rejected[0].class, class::NO_TIME);
        let timed =
            post.replace("ID", "1.22585E+18").replace(")\n[", ")\n*2020-02-07 18:31:00Z*\n[");
        let out = decoded(&timed);
        assert!(derive::is_derived(&out.posts[0].post.id));
        assert_eq!(out.notes, [note::ID_DERIVED]);
    }

    #[test]
    fn words_around_the_posts_are_prose() {
        for text in ["# Garden chat\n\nNobody came.\n", "## Friday\n[see](https://x.example/)\n"] {
            assert_eq!(decoded(text).unrelated, [kind::PROSE], "{text}");
        }
        assert_eq!(decoded("### [@bea](x)\n[a text without end\n").rejected.len(), 1);
    }
}
