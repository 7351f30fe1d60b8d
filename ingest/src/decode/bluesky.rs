//! Bluesky: post views as `searchPosts` answers them, and Jetstream events.

use colloquy_transcript::{
    Author, AuthorId, CompactString, Platform, Post, PostId, PostKind, Timestamp,
};
use serde::{Deserialize, de::IgnoredAny};

use super::{
    Decoded, Found, Links, Refusal, Rejection, class, is_name,
    json::{self, Many, Num, Text, count, filled},
    line_ends, time, x,
};
use crate::account::kind;

const POST: &str = "app.bsky.feed.post";

#[derive(Deserialize)]
struct View<'a> {
    #[serde(borrow)]
    posts: Option<Vec<View<'a>>>,
    #[serde(borrow)]
    uri: Option<Text<'a>>,
    #[serde(borrow)]
    author: Option<Profile<'a>>,
    #[serde(borrow)]
    record: Option<PostRecord<'a>>,
    #[serde(rename = "indexedAt", borrow)]
    indexed_at: Option<Text<'a>>,
    #[serde(rename = "replyCount")]
    reply_count: Option<Num>,
    #[serde(rename = "repostCount")]
    repost_count: Option<Num>,
    #[serde(rename = "likeCount")]
    like_count: Option<Num>,
}

#[derive(Deserialize)]
struct Profile<'a> {
    #[serde(borrow)]
    did: Option<Text<'a>>,
    #[serde(borrow)]
    handle: Option<Text<'a>>,
    #[serde(rename = "displayName", borrow)]
    display_name: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(rename = "followersCount")]
    followers: Option<Num>,
    #[serde(rename = "followsCount")]
    follows: Option<Num>,
    #[serde(rename = "postsCount")]
    posts: Option<Num>,
    #[serde(rename = "createdAt", borrow)]
    created_at: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct PostRecord<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(rename = "createdAt", borrow)]
    created_at: Option<Text<'a>>,
    #[serde(default, borrow)]
    langs: Many<Text<'a>>,
    #[serde(default, borrow)]
    tags: Many<Text<'a>>,
    #[serde(default, borrow)]
    facets: Many<Facet<'a>>,
    #[serde(borrow)]
    reply: Option<Reply<'a>>,
    #[serde(borrow)]
    embed: Option<Embed<'a>>,
}

#[derive(Deserialize)]
struct Facet<'a> {
    #[serde(default, borrow)]
    features: Many<Feature<'a>>,
}

#[derive(Deserialize)]
struct Feature<'a> {
    #[serde(borrow)]
    tag: Option<Text<'a>>,
    #[serde(borrow)]
    uri: Option<Text<'a>>,
    #[serde(borrow)]
    did: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    parent: Option<Strong<'a>>,
    #[serde(borrow)]
    root: Option<Strong<'a>>,
}

#[derive(Deserialize)]
struct Strong<'a> {
    #[serde(borrow)]
    uri: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Embed<'a> {
    #[serde(borrow)]
    record: Option<EmbeddedRecord<'a>>,
    #[serde(borrow)]
    external: Option<Strong<'a>>,
    #[serde(borrow)]
    media: Option<Media<'a>>,
}

/// A record by its address, or (beside media) one level further down.
#[derive(Deserialize)]
struct EmbeddedRecord<'a> {
    #[serde(borrow)]
    uri: Option<Text<'a>>,
    #[serde(borrow)]
    record: Option<Strong<'a>>,
}

#[derive(Deserialize)]
struct Media<'a> {
    #[serde(borrow)]
    external: Option<Strong<'a>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    did: Option<Text<'a>>,
    time_us: Option<Num>,
    #[serde(borrow)]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    commit: Option<Commit<'a>>,
}

#[derive(Deserialize)]
struct Commit<'a> {
    #[serde(borrow)]
    operation: Option<Text<'a>>,
    #[serde(borrow)]
    collection: Option<Text<'a>>,
    #[serde(borrow)]
    rkey: Option<Text<'a>>,
    #[serde(borrow)]
    record: Option<PostRecord<'a>>,
}

/// The same event without its record, for records whose fields only look like a post's.
#[derive(Deserialize)]
struct BareEvent<'a> {
    #[serde(borrow)]
    commit: Option<BareCommit<'a>>,
}

#[derive(Deserialize)]
struct BareCommit<'a> {
    #[serde(borrow)]
    collection: Option<Text<'a>>,
    #[serde(rename = "record")]
    _record: Option<IgnoredAny>,
}

/// Decodes one post view, or an answer full of them.
pub(super) fn decode_view(bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    let view: View<'_> = json::parse(bytes)?;
    if let Some(posts) = &view.posts {
        if posts.is_empty() {
            out.unrelated.push(kind::EMPTY_PAGE);
        }
        for view in posts {
            push(found_in_view(view), out);
        }
        return Ok(());
    }
    if view.record.is_none() || view.uri.is_none() {
        return Err(Refusal::Foreign);
    }
    push(found_in_view(&view), out);
    Ok(())
}

/// Decodes one Jetstream event.
pub(super) fn decode_event(bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    let event: Event<'_> = match json::parse(bytes) {
        Ok(event) => event,
        Err(error) => {
            let bare: BareEvent<'_> = json::parse(bytes)?;
            let collection =
                bare.commit.as_ref().and_then(|commit| filled(commit.collection.as_ref()));
            return match collection {
                Some(collection) if collection != POST => {
                    out.unrelated.push(kind_of(collection));
                    Ok(())
                }
                _ => Err(error.into()),
            };
        }
    };
    match (&event.commit, filled(event.kind.as_ref())) {
        (Some(commit), _) => commit_of(&event, commit, out),
        (None, Some("identity")) => out.unrelated.push(kind::IDENTITY),
        (None, Some("account")) => out.unrelated.push(kind::ACCOUNT),
        (None, Some(_)) if event.did.is_some() => out.unrelated.push(kind::OTHER_EVENT),
        _ => return Err(Refusal::Foreign),
    }
    Ok(())
}

fn commit_of(event: &Event<'_>, commit: &Commit<'_>, out: &mut Decoded) {
    let collection = filled(commit.collection.as_ref()).unwrap_or_default();
    let uri = match (filled(event.did.as_ref()), filled(commit.rkey.as_ref())) {
        (Some(did), Some(rkey)) => Some(format!("at://{did}/{collection}/{rkey}")),
        _ => None,
    };
    let id = uri.as_deref().and_then(|uri| reference(Some(uri)));
    if filled(commit.operation.as_ref()) == Some("delete") {
        out.deletion(id.filter(|_| collection == POST));
    } else if collection == POST {
        push(found_in_commit(event, commit, id), out);
    } else {
        out.unrelated.push(kind_of(collection));
    }
}

fn kind_of(collection: &str) -> &'static str {
    match collection {
        "app.bsky.feed.like" => kind::LIKE,
        "app.bsky.feed.repost" => kind::REPOST,
        "app.bsky.graph.follow" => kind::FOLLOW,
        "app.bsky.graph.block" => kind::BLOCK,
        "app.bsky.actor.profile" => kind::PROFILE,
        _ => kind::OTHER_RECORD,
    }
}

fn push(found: Result<Post, Rejection>, out: &mut Decoded) {
    match found {
        Ok(post) => out.posts.push(Found { post, links: Links::default() }),
        Err(rejection) => out.rejected.push(rejection),
    }
}

fn found_in_view(view: &View<'_>) -> Result<Post, Rejection> {
    let id = reference(filled(view.uri.as_ref()))
        .ok_or_else(|| Rejection::new(class::NO_ID, "a post without a usable uri"))?;
    let record = view
        .record
        .as_ref()
        .ok_or_else(|| Rejection::new(class::FOREIGN, "a post view without record"))?;
    let profile = view
        .author
        .as_ref()
        .ok_or_else(|| Rejection::new(class::NO_AUTHOR, "a post view without author"))?;
    let seen = filled(view.indexed_at.as_ref()).and_then(time::rfc3339);
    let mut post = post_of(id, record, author(profile)?, seen)?;
    post.like_count = count(view.like_count);
    post.repost_count = count(view.repost_count);
    post.reply_count = count(view.reply_count);
    Ok(post)
}

fn found_in_commit(
    event: &Event<'_>,
    commit: &Commit<'_>,
    id: Option<PostId>,
) -> Result<Post, Rejection> {
    let id = id.ok_or_else(|| Rejection::new(class::NO_ID, "a commit without did or rkey"))?;
    let record = commit
        .record
        .as_ref()
        .ok_or_else(|| Rejection::new(class::FOREIGN, "a commit of a post without record"))?;
    let seen = count(event.time_us).and_then(time::micros);
    let author = Author {
        id: author_id(filled(event.did.as_ref()))?,
        handle: None,
        name: None,
        bio: None,
        followers: None,
        following: None,
        posts: None,
        created_at: None,
    };
    let mut post = post_of(id, record, author, seen)?;
    if filled(commit.operation.as_ref()) == Some("update") {
        post.edited_at = seen;
    }
    Ok(post)
}

fn author_id(did: Option<&str>) -> Result<AuthorId, Rejection> {
    did.filter(|did| is_name(did))
        .map(|did| AuthorId::new(Platform::Bluesky, did))
        .ok_or_else(|| Rejection::new(class::NO_AUTHOR, "no did"))
}

fn author(profile: &Profile<'_>) -> Result<Author, Rejection> {
    Ok(Author {
        id: author_id(filled(profile.did.as_ref()))?,
        // The platform's word for a handle that no longer points to the account.
        handle: filled(profile.handle.as_ref())
            .filter(|handle| *handle != "handle.invalid")
            .map(Into::into),
        name: filled(profile.display_name.as_ref()).map(str::to_owned),
        bio: filled(profile.description.as_ref()).map(str::to_owned),
        followers: count(profile.followers),
        following: count(profile.follows),
        posts: count(profile.posts),
        created_at: filled(profile.created_at.as_ref()).and_then(time::rfc3339),
    })
}

/// The post of a record. Its own time is the writer's word; a time after the platform saw it, or
/// none that can be read, gives way to the platform's.
fn post_of(
    id: PostId,
    record: &PostRecord<'_>,
    author: Author,
    seen: Option<Timestamp>,
) -> Result<Post, Rejection> {
    let said = filled(record.created_at.as_ref()).and_then(time::rfc3339);
    let created_at = match (said, seen) {
        (Some(said), Some(seen)) => said.min(seen),
        (Some(at), None) | (None, Some(at)) => at,
        (None, None) => return Err(Rejection::new(class::NO_TIME, "no readable createdAt")),
    };
    let reply = record.reply.as_ref();
    let reply_to = reply.and_then(|reply| reference(strong(reply.parent.as_ref())));
    let quote_of = record.embed.as_ref().and_then(quoted);
    let kind = match (&quote_of, &reply_to) {
        (Some(_), _) => PostKind::Quote,
        (None, Some(_)) => PostKind::Reply,
        (None, None) => PostKind::Original,
    };
    let mut post = Post {
        id,
        created_at,
        edited_at: None,
        author,
        text: line_ends(record.text.as_ref().map_or("", |text| &*text.0).into()),
        lang: filled(record.langs.first()).filter(|lang| *lang != "und").map(Into::into),
        kind,
        reply_to,
        quote_of,
        repost_of: None,
        conversation_id: reply
            .and_then(|reply| strong(reply.root.as_ref()))
            .map(CompactString::from),
        hashtags: Vec::new(),
        mentions: Vec::new(),
        urls: Vec::new(),
        like_count: None,
        repost_count: None,
        reply_count: None,
        source_app: None,
    };
    add_lists(&mut post, record);
    Ok(post)
}

fn add_lists(post: &mut Post, record: &PostRecord<'_>) {
    for feature in record.facets.iter().flat_map(|facet| facet.features.iter()) {
        if let Some(tag) = filled(feature.tag.as_ref()) {
            x::push_folded(&mut post.hashtags, tag.trim_start_matches(['#', '＃']));
        } else if let Some(did) = filled(feature.did.as_ref()) {
            x::push_folded(&mut post.mentions, did);
        } else if let Some(uri) = filled(feature.uri.as_ref()) {
            x::push_url(&mut post.urls, uri);
        }
    }
    for tag in record.tags.iter() {
        x::push_folded(&mut post.hashtags, tag.trim_start_matches(['#', '＃']));
    }
    if let Some(embed) = &record.embed {
        let beside = embed.media.as_ref().and_then(|media| media.external.as_ref());
        if let Some(uri) = strong(embed.external.as_ref().or(beside)) {
            x::push_url(&mut post.urls, uri);
        }
    }
}

/// The post that an embed shows; lists, feeds and starter packs are no posts.
fn quoted(embed: &Embed<'_>) -> Option<PostId> {
    let record = embed.record.as_ref()?;
    let uri = filled(record.uri.as_ref()).or_else(|| strong(record.record.as_ref()))?;
    reference(Some(uri)).filter(|_| uri.split('/').nth(3) == Some(POST))
}

fn strong<'t>(reference: Option<&'t Strong<'_>>) -> Option<&'t str> {
    reference.and_then(|reference| filled(reference.uri.as_ref()))
}

fn reference(uri: Option<&str>) -> Option<PostId> {
    uri.filter(|uri| is_name(uri)).map(|uri| PostId::new(Platform::Bluesky, uri))
}

#[cfg(test)]
#[path = "bluesky_tests.rs"]
mod tests;
