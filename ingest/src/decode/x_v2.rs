//! X API v2: answers (`{"data": …, "includes": …}`, one object or many under `data`) and single
//! posts, flattened or not, with or without their author inside.

use colloquy_transcript::{Author, AuthorId, Platform, Post, PostId, PostKind, Timestamp};
use rustc_hash::FxHashMap;
use serde::{Deserialize, de::IgnoredAny};

use super::{
    Decoded, Found, Links, Refusal, Rejection, class,
    json::{self, Many, Num, OneOrMany, Text, count, filled},
    time, x,
};
use crate::account::kind;

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    data: Option<OneOrMany<Tweet<'a>>>,
    #[serde(borrow)]
    includes: Option<Includes<'a>>,
    meta: Option<IgnoredAny>,
    errors: Option<IgnoredAny>,
    /// A post's own, which no answer has.
    id: Option<IgnoredAny>,
}

#[derive(Deserialize, Default)]
struct Includes<'a> {
    #[serde(default, borrow)]
    users: Many<User<'a>>,
    #[serde(default, borrow)]
    tweets: Many<Reference<'a>>,
}

#[expect(clippy::struct_field_names, reason = "fields are called what the API calls them")]
#[derive(Deserialize)]
struct Tweet<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    note_tweet: Option<Note<'a>>,
    #[serde(borrow)]
    author_id: Option<Text<'a>>,
    // 4CAT calls it otherwise.
    #[serde(borrow, alias = "author_user")]
    author: Option<User<'a>>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
    #[serde(borrow)]
    conversation_id: Option<Text<'a>>,
    #[serde(borrow)]
    in_reply_to_user_id: Option<Text<'a>>,
    #[serde(default, borrow)]
    referenced_tweets: Many<Reference<'a>>,
    #[serde(default, borrow)]
    edit_history_tweet_ids: Many<Text<'a>>,
    #[serde(borrow)]
    entities: Option<Entities<'a>>,
    public_metrics: Option<Metrics>,
    #[serde(borrow)]
    lang: Option<Text<'a>>,
    #[serde(borrow)]
    source: Option<Text<'a>>,
}

/// A post that another one refers to; flattening puts its body beside the reference.
#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    note_tweet: Option<Note<'a>>,
    #[serde(borrow)]
    entities: Option<Entities<'a>>,
    #[serde(borrow)]
    author_id: Option<Text<'a>>,
    #[serde(borrow, alias = "author_user")]
    author: Option<Named<'a>>,
}

#[derive(Deserialize)]
struct Note<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    entities: Option<Entities<'a>>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    username: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Entities<'a> {
    #[serde(default, borrow)]
    hashtags: Many<Hashtag<'a>>,
    #[serde(default, borrow)]
    mentions: Many<Named<'a>>,
    #[serde(default, borrow)]
    urls: Many<Url<'a>>,
}

#[derive(Deserialize)]
struct Hashtag<'a> {
    #[serde(borrow)]
    tag: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Url<'a> {
    #[serde(borrow)]
    expanded_url: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
}

#[expect(clippy::struct_field_names, reason = "fields are called what the API calls them")]
#[derive(Deserialize)]
struct Metrics {
    retweet_count: Option<Num>,
    reply_count: Option<Num>,
    like_count: Option<Num>,
}

#[derive(Deserialize)]
struct User<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    username: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
    public_metrics: Option<UserMetrics>,
    protected: Option<bool>,
}

#[expect(clippy::struct_field_names, reason = "fields are called what the API calls them")]
#[derive(Deserialize)]
struct UserMetrics {
    followers_count: Option<Num>,
    following_count: Option<Num>,
    tweet_count: Option<Num>,
}

/// What an answer says about the posts and people around its own posts.
#[derive(Default)]
struct Around<'p, 'a> {
    users: FxHashMap<&'p str, &'p User<'a>>,
    tweets: FxHashMap<&'p str, &'p Reference<'a>>,
}

/// Decodes one answer.
pub(super) fn decode_page(bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    let page: Page<'_> = json::parse(bytes)?;
    let posts = page.data.map(|data| data.0).unwrap_or_default();
    if posts.is_empty() {
        if page.id.is_some() {
            return Err(Refusal::Foreign);
        } else if page.meta.is_some() {
            out.unrelated.push(kind::EMPTY_PAGE);
        } else if page.errors.is_some() {
            out.unrelated.push(kind::STREAM_MESSAGE);
        } else {
            return Err(Refusal::Foreign);
        }
        return Ok(());
    }
    let includes = page.includes.unwrap_or_default();
    let around = Around {
        users: includes
            .users
            .iter()
            .filter_map(|user| Some((filled(user.id.as_ref())?, user)))
            .collect(),
        tweets: includes
            .tweets
            .iter()
            .filter_map(|tweet| Some((filled(tweet.id.as_ref())?, tweet)))
            .collect(),
    };
    for tweet in &posts {
        take(tweet, &around, out);
    }
    Ok(())
}

/// Decodes the `includes` of answers that somebody saved apart from their `data`: people whom the
/// posts name by id, and posts that are context.
pub(super) fn decode_includes(bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    let includes: Includes<'_> = json::parse(bytes)?;
    if includes.users.is_empty() {
        if includes.tweets.is_empty() {
            return Err(Refusal::Foreign);
        }
        out.unrelated.push(kind::OTHER_RECORD);
    }
    for user in includes.users.iter() {
        out.unrelated.push(kind::PROFILE);
        let handle = filled(user.username.as_ref());
        let Ok(id) = x::author_id(filled(user.id.as_ref()), handle) else { continue };
        if user.protected == Some(true) {
            out.protected.push(id);
        } else {
            out.profiles.push(profile(id, user));
        }
    }
    Ok(())
}

/// Decodes one post.
pub(super) fn decode_flat(bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    let tweet: Tweet<'_> = json::parse(bytes)?;
    if tweet.id.is_none() || tweet.text.is_none() {
        return Err(Refusal::Foreign);
    }
    take(&tweet, &Around::default(), out);
    Ok(())
}

fn take(tweet: &Tweet<'_>, around: &Around<'_, '_>, out: &mut Decoded) {
    let user = tweet
        .author
        .as_ref()
        .or_else(|| filled(tweet.author_id.as_ref()).and_then(|id| around.users.get(id).copied()));
    if user.and_then(|user| user.protected) == Some(true) {
        out.unrelated.push(kind::NOT_PUBLIC);
        return;
    }
    match found(tweet, user, around) {
        Ok(found) => out.posts.push(found),
        Err(rejection) => out.rejected.push(rejection),
    }
}

/// A post's identity: the first id of its edit chain, its own id, and its times.
struct Identity {
    id: PostId,
    created_at: Timestamp,
    edited_at: Option<Timestamp>,
    later: Vec<PostId>,
}

fn identity(tweet: &Tweet<'_>) -> Result<Identity, Rejection> {
    let own = filled(tweet.id.as_ref()).filter(|id| x::is_id(id)).ok_or_else(|| {
        Rejection::new(
            class::NO_ID,
            format!("id is {:?}", tweet.id.as_deref().unwrap_or("missing")),
        )
    })?;
    let first = tweet
        .edit_history_tweet_ids
        .first()
        .and_then(|first| filled(Some(first)))
        .filter(|first| x::is_id(first))
        .unwrap_or(own);
    let stated = match filled(tweet.created_at.as_ref()) {
        Some(text) => Some(
            time::rfc3339(text)
                .ok_or_else(|| Rejection::new(class::NO_TIME, format!("created_at is {text:?}")))?,
        ),
        None => None,
    };
    let carried = |id: &str| id.parse().ok().and_then(time::snowflake);
    let published = stated
        .or_else(|| carried(own))
        .ok_or_else(|| Rejection::new(class::NO_TIME, "no created_at"))?;
    let edited = first != own;
    Ok(Identity {
        id: PostId::new(Platform::X, first),
        // Of an edited post the answer gives the time of the edit; the first id carries its own.
        created_at: if edited { carried(first).unwrap_or(published) } else { published },
        edited_at: edited.then_some(published),
        later: tweet
            .edit_history_tweet_ids
            .iter()
            .map(|id| &*id.0)
            .chain([own])
            .filter(|id| *id != first)
            .filter_map(x::post_id)
            .collect(),
    })
}

fn found(
    tweet: &Tweet<'_>,
    user: Option<&User<'_>>,
    around: &Around<'_, '_>,
) -> Result<Found, Rejection> {
    let own = whole(tweet.note_tweet.as_ref(), tweet.text.as_ref())
        .ok_or_else(|| Rejection::new(class::FOREIGN, "an object under data without text"))?;
    let identity = identity(tweet)?;
    let reference =
        |kind: &str| tweet.referenced_tweets.iter().find(|to| to.kind.as_deref() == Some(kind));
    let repost = reference("retweeted");
    let is_repost = repost.is_some() || x::is_repost(own);
    let target = |kind: &str| {
        reference(kind).filter(|_| !is_repost).and_then(|to| x::post_id(filled(to.id.as_ref())?))
    };
    let (quote_of, reply_to) = (target("quoted"), target("replied_to"));
    // What begins with a handle is said to somebody, even where it answers no post of theirs.
    let to_somebody = filled(tweet.in_reply_to_user_id.as_ref()).is_some();
    let kind = match (is_repost, &quote_of) {
        (true, _) => PostKind::Repost,
        (false, Some(_)) => PostKind::Quote,
        (false, None) if to_somebody || reply_to.is_some() => PostKind::Reply,
        (false, None) => PostKind::Original,
    };
    let original = repost.map(|repost| {
        // Flattened, the body stands beside the reference; in an answer it is under `includes`.
        let included = filled(repost.id.as_ref()).and_then(|id| around.tweets.get(id).copied());
        if repost.text.is_some() { repost } else { included.unwrap_or(repost) }
    });
    let metrics = tweet.public_metrics.as_ref();
    let mut post = Post {
        id: identity.id,
        created_at: identity.created_at,
        edited_at: identity.edited_at,
        author: author(tweet, user)?,
        text: original.map_or_else(|| x::text(own), |original| repost_text(own, original, around)),
        lang: x::lang(filled(tweet.lang.as_ref())),
        kind,
        reply_to,
        quote_of,
        repost_of: repost.and_then(|to| x::post_id(filled(to.id.as_ref())?)),
        conversation_id: filled(tweet.conversation_id.as_ref()).map(Into::into),
        hashtags: Vec::new(),
        mentions: Vec::new(),
        urls: Vec::new(),
        like_count: metrics.and_then(|metrics| count(metrics.like_count)),
        repost_count: metrics.and_then(|metrics| count(metrics.retweet_count)),
        reply_count: metrics.and_then(|metrics| count(metrics.reply_count)),
        source_app: x::source_app(filled(tweet.source.as_ref())),
    };
    add_entities(&mut post, tweet.note_tweet.as_ref(), tweet.entities.as_ref());
    if let Some(original) = original {
        // The platform cuts a repost's text, and the tags at its end with it.
        add_entities(&mut post, original.note_tweet.as_ref(), original.entities.as_ref());
    }
    let links = Links { later: identity.later, ..Links::default() };
    Ok(Found { post, links })
}

fn repost_text(own: &str, original: &Reference<'_>, around: &Around<'_, '_>) -> String {
    let inside = original.author.as_ref().and_then(|author| filled(author.username.as_ref()));
    let handle = inside.or_else(|| {
        let author = around.users.get(filled(original.author_id.as_ref())?)?;
        filled(author.username.as_ref())
    });
    x::repost_text(own, false, handle, whole(original.note_tweet.as_ref(), original.text.as_ref()))
}

fn whole<'t>(note: Option<&'t Note<'_>>, text: Option<&'t Text<'_>>) -> Option<&'t str> {
    note.and_then(|note| filled(note.text.as_ref())).or(text.map(|text| &*text.0))
}

fn add_entities(post: &mut Post, note: Option<&Note<'_>>, plain: Option<&Entities<'_>>) {
    for entities in [note.and_then(|note| note.entities.as_ref()), plain].into_iter().flatten() {
        for hashtag in entities.hashtags.iter().filter_map(|hashtag| hashtag.tag.as_ref()) {
            x::push_folded(&mut post.hashtags, hashtag);
        }
        for handle in entities.mentions.iter().filter_map(|user| user.username.as_ref()) {
            x::push_folded(&mut post.mentions, handle);
        }
        for url in entities.urls.iter() {
            if let Some(url) = filled(url.expanded_url.as_ref()).or(filled(url.url.as_ref())) {
                x::push_url(&mut post.urls, url);
            }
        }
    }
}

fn author(tweet: &Tweet<'_>, user: Option<&User<'_>>) -> Result<Author, Rejection> {
    let handle = user.and_then(|user| filled(user.username.as_ref()));
    let id =
        filled(tweet.author_id.as_ref()).or_else(|| user.and_then(|user| filled(user.id.as_ref())));
    let id = x::author_id(id, handle)?;
    Ok(match user {
        Some(user) => profile(id, user),
        None => Author::unknown(id),
    })
}

fn profile(id: AuthorId, user: &User<'_>) -> Author {
    let metrics = user.public_metrics.as_ref();
    Author {
        id,
        handle: filled(user.username.as_ref()).map(Into::into),
        name: filled(user.name.as_ref()).map(x::text),
        bio: filled(user.description.as_ref()).map(x::text),
        followers: metrics.and_then(|metrics| count(metrics.followers_count)),
        following: metrics.and_then(|metrics| count(metrics.following_count)),
        posts: metrics.and_then(|metrics| count(metrics.tweet_count)),
        created_at: filled(user.created_at.as_ref()).and_then(time::rfc3339),
    }
}

#[cfg(test)]
#[path = "x_v2_tests.rs"]
mod tests;
