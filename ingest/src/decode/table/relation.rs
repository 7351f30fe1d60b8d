//! What a row says of other posts, and what it lists.

use colloquy_transcript::{Platform, Post, PostId, PostKind};
use serde::Deserialize;

use super::{
    super::{Format, Links, derive, is_name, time, x},
    Column, Field, Row, cell,
    cell::Id,
};

impl Row<'_> {
    /// What the post is in relation to others.
    pub(super) fn references(&self, post: &mut Post, rounded: bool, links: &mut Links) {
        let platform = post.platform();
        let column = if rounded { Column::Rounded } else { self.table.ids };
        let reference = |text: Option<&str>| reference(text, platform, rounded, column);
        let listed = self.get(Field::References).map(referenced).unwrap_or_default();
        let listed = |kind: &str| listed.iter().find(|to| to.kind == kind).map(|to| to.id.as_str());
        let kind = self.get(Field::Kind).map(str::to_ascii_lowercase).unwrap_or_default();
        let linked =
            |retweet| self.get(Field::LinkedTo).filter(|_| kind.contains("retweet") == retweet);
        let flag = |field| self.get(field).and_then(cell::flag) == Some(true);
        let reposted = self.get(Field::RepostOf).or(linked(true)).or(listed("retweeted"));
        let quoted = self.get(Field::QuoteOf).or(linked(false)).or(listed("quoted"));
        let replied = self.get(Field::ReplyTo).or(listed("replied_to"));
        // The thread of an edited post may be called by any of its versions.
        let versions = self.get(Field::EditHistory).map(cell::list).unwrap_or_default();
        let in_thread = self.has(Field::ConversationId)
            && self.get(Field::ConversationId).is_some_and(|thread| {
                !versions.iter().any(|version| version == thread)
                    &&
                matches!((cell::id(thread, column), self.get(Field::PostId).map(|id| cell::id(id, column))),
                    (Id::Exact(thread), Some(Id::Exact(own))) if thread != own)
            });
        let mark = derive::marks(&post.text);
        let says_reply = flag(Field::IsReply) && self.table.format != Format::FourCatCsv;
        let has_replies = self.has(Field::ReplyTo) || self.has(Field::ReplyToAuthor);
        let is_repost = reposted.is_some()
            || self.get(Field::RepostedAuthor).is_some()
            || flag(Field::IsRepost)
            || kind.contains("retweet")
            || mark == derive::Mark::Repost;
        let is_quote = quoted.is_some() || flag(Field::IsQuote) || kind.contains("quote");
        let is_reply = replied.is_some()
            || self.get(Field::ReplyToAuthor).is_some()
            || says_reply
            || kind.contains("reply")
            || in_thread
            || !has_replies && mark == derive::Mark::Directed;
        if is_repost {
            post.kind = PostKind::Repost;
            post.repost_of = reference(reposted);
        } else {
            post.quote_of = reference(quoted).filter(|of| *of != post.id);
            post.reply_to = reference(replied).filter(|of| *of != post.id);
            post.kind = match (is_quote, is_reply) {
                (true, _) => PostKind::Quote,
                (false, true) => PostKind::Reply,
                (false, false) => PostKind::Original,
            };
        }
        post.conversation_id = match self.get(Field::ConversationId).map(|id| cell::id(id, column))
        {
            Some(Id::Exact(id) | Id::Other(id)) if !rounded => Some(id.into()),
            _ => None,
        };
        if let [first, _, ..] = versions.as_slice()
            && let Some(first) = x::post_id(first)
        {
            let own = std::mem::replace(&mut post.id, first);
            post.edited_at = (own != post.id).then_some(post.created_at);
            let first_at = post.id.native().parse().ok().and_then(time::snowflake);
            post.created_at = first_at.unwrap_or(post.created_at);
            links.later.extend(versions[1..].iter().filter_map(|id| x::post_id(id)));
        }
    }

    /// Hashtags, mentions and links, from their columns or from the text.
    pub(super) fn add_lists(&self, post: &mut Post) {
        for tag in self.all(Field::Hashtags).flat_map(cell::list) {
            x::push_folded(&mut post.hashtags, tag.trim_matches(['#', '＃']));
        }
        for handle in self.all(Field::Mentions).flat_map(cell::list) {
            x::push_folded(&mut post.mentions, handle.trim_start_matches('@'));
        }
        for url in self.all(Field::Urls).flat_map(cell::links) {
            x::push_url(&mut post.urls, &url);
        }
        let mut sources =
            [Field::Hashtags, Field::Mentions, Field::Urls].map(|field| self.has(field));
        if let Some(entities) = self.get(Field::Entities)
            && let Ok(entities) = serde_json::from_str::<Entities>(entities)
        {
            entities.add_to(post);
            sources = [true; 3];
        }
        derive::fill_lists(post, sources.map(|there| !there));
    }
}

/// The id of another post, from an id or from its address. In a row whose own number was rounded
/// every long number was.
fn reference(
    text: Option<&str>,
    platform: Platform,
    rounded: bool,
    column: Column,
) -> Option<PostId> {
    let text = text?;
    let text = cell::address(text).map_or(text, |(id, _)| id);
    match cell::id(text, column) {
        Id::Exact(digits) if rounded && digits.len() > 15 => digits.parse().ok().map(x::about_id),
        Id::Exact(digits) if platform == Platform::X => x::post_id(&digits),
        Id::About(about) => Some(x::about_id(about)),
        Id::Other(name) if platform != Platform::X && is_name(&name) => {
            Some(PostId::new(platform, &name))
        }
        _ => None,
    }
}

/// One entry of X API v2's `referenced_tweets`.
struct Referenced {
    kind: &'static str,
    id: String,
}

/// The entries of a list that JSON, Python or tweepy wrote: each has one of three words and an id.
fn referenced(cell: &str) -> Vec<Referenced> {
    const KINDS: [&str; 3] = ["replied_to", "retweeted", "quoted"];
    let items = cell.split(['}', '>']);
    let entries = items.filter_map(|item| {
        let kind = KINDS.into_iter().find(|kind| item.contains(kind))?;
        let numbers = item.split(|c: char| !c.is_ascii_digit());
        let id = numbers.max_by_key(|digits| digits.len()).filter(|digits| !digits.is_empty())?;
        Some(Referenced { kind, id: id.to_owned() })
    });
    entries.collect()
}

/// X API v1.1's entities in a cell.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Entities {
    hashtags: Vec<Word>,
    user_mentions: Vec<Word>,
    urls: Vec<Word>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Word {
    text: Option<String>,
    screen_name: Option<String>,
    expanded_url: Option<String>,
    url: Option<String>,
}

impl Entities {
    fn add_to(&self, post: &mut Post) {
        for tag in self.hashtags.iter().filter_map(|tag| tag.text.as_deref()) {
            x::push_folded(&mut post.hashtags, tag);
        }
        for handle in self.user_mentions.iter().filter_map(|user| user.screen_name.as_deref()) {
            x::push_folded(&mut post.mentions, handle);
        }
        for link in &self.urls {
            if let Some(url) = link.expanded_url.as_deref().or(link.url.as_deref()) {
                x::push_url(&mut post.urls, url);
            }
        }
    }
}
