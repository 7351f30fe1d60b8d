//! Posts on the wire: the hot path.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Author, GroundPost, Post, PostId};

use super::{
    Wire, WireError,
    field::{Kind, Text, Version, list, time},
};

#[derive(Serialize, Deserialize)]
pub(super) struct PostWire<'a> {
    v: Version,
    kind: Kind,
    #[serde(borrow)]
    chat: Text<'a>,
    id: Text<'a>,
    created_at_us: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    edited_at_us: Option<i64>,
    author: AuthorWire<'a>,
    text: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<Text<'a>>,
    post_kind: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_of: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repost_of: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hashtags: Vec<Text<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<Text<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    urls: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    like_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repost_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_app: Option<Text<'a>>,
}

#[derive(Serialize, Deserialize)]
struct AuthorWire<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handle: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bio: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    followers: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    following: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    posts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at_us: Option<i64>,
}

impl Wire for PostWire<'_> {
    fn kind(&self) -> Kind {
        self.kind
    }
}

impl<'a> From<&'a GroundPost> for PostWire<'a> {
    fn from(ground: &'a GroundPost) -> Self {
        let post = &ground.post;
        let id = |id: &'a Option<PostId>| id.as_ref().map(|id| id.as_str().into());
        Self {
            v: Version,
            kind: Kind::Post,
            chat: ground.chat.as_str().into(),
            id: post.id.as_str().into(),
            created_at_us: post.created_at.as_microsecond(),
            edited_at_us: post.edited_at.map(Timestamp::as_microsecond),
            author: (&post.author).into(),
            text: post.text.as_str().into(),
            lang: post.lang.as_deref().map(Text::from),
            post_kind: post.kind.as_str().into(),
            reply_to: id(&post.reply_to),
            quote_of: id(&post.quote_of),
            repost_of: id(&post.repost_of),
            conversation_id: post.conversation_id.as_deref().map(Text::from),
            hashtags: post.hashtags.iter().map(|tag| tag.as_str().into()).collect(),
            mentions: post.mentions.iter().map(|handle| handle.as_str().into()).collect(),
            urls: post.urls.iter().map(|url| url.as_str().into()).collect(),
            like_count: post.like_count,
            repost_count: post.repost_count,
            reply_count: post.reply_count,
            source_app: post.source_app.as_deref().map(Text::from),
        }
    }
}

impl<'a> From<&'a Author> for AuthorWire<'a> {
    fn from(author: &'a Author) -> Self {
        Self {
            id: author.id.as_str().into(),
            handle: author.handle.as_deref().map(Text::from),
            name: author.name.as_deref().map(Text::from),
            bio: author.bio.as_deref().map(Text::from),
            followers: author.followers,
            following: author.following,
            posts: author.posts,
            created_at_us: author.created_at.map(Timestamp::as_microsecond),
        }
    }
}

impl TryFrom<PostWire<'_>> for GroundPost {
    type Error = WireError;

    fn try_from(wire: PostWire<'_>) -> Result<Self, WireError> {
        let edited_at = wire.edited_at_us.map(|at| time("edited_at_us", at)).transpose()?;
        let post = Post {
            id: wire.id.into(),
            created_at: time("created_at_us", wire.created_at_us)?,
            edited_at,
            author: wire.author.try_into()?,
            text: wire.text.into(),
            lang: wire.lang.map(Into::into),
            kind: wire.post_kind.word("post_kind")?,
            reply_to: wire.reply_to.map(Into::into),
            quote_of: wire.quote_of.map(Into::into),
            repost_of: wire.repost_of.map(Into::into),
            conversation_id: wire.conversation_id.map(Into::into),
            hashtags: list(wire.hashtags),
            mentions: list(wire.mentions),
            urls: list(wire.urls),
            like_count: wire.like_count,
            repost_count: wire.repost_count,
            reply_count: wire.reply_count,
            source_app: wire.source_app.map(Into::into),
        };
        Ok(Self { chat: wire.chat.chat()?, post })
    }
}

impl TryFrom<AuthorWire<'_>> for Author {
    type Error = WireError;

    fn try_from(wire: AuthorWire<'_>) -> Result<Self, WireError> {
        Ok(Self {
            id: wire.id.into(),
            handle: wire.handle.map(Into::into),
            name: wire.name.map(Into::into),
            bio: wire.bio.map(Into::into),
            followers: wire.followers,
            following: wire.following,
            posts: wire.posts,
            created_at: wire
                .created_at_us
                .map(|at| time("author.created_at_us", at))
                .transpose()?,
        })
    }
}
