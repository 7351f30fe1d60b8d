//! X API v1.1: one status per object, `{"statuses": […]}` search answers, and stream messages; and
//! the same objects in an account's own archive.

use colloquy_transcript::{Author, Post, PostKind, Timestamp};
use serde::{Deserialize, de::IgnoredAny};

use super::{
    Decoded, Found, Links, Refusal, Rejection, class,
    json::{self, Many, Num, Text, count, filled},
    table::address,
    time, x,
};
use crate::account::kind;

#[expect(clippy::struct_field_names, reason = "fields are called what the API calls them")]
#[derive(Deserialize)]
pub(super) struct Status<'a> {
    #[serde(borrow)]
    id_str: Option<Text<'a>>,
    id: Option<Num>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    full_text: Option<Text<'a>>,
    #[serde(default)]
    truncated: Option<bool>,
    #[serde(borrow)]
    extended_tweet: Option<Extended<'a>>,
    #[serde(borrow)]
    entities: Option<Entities<'a>>,
    #[serde(borrow)]
    user: Option<User<'a>>,
    #[serde(borrow)]
    retweeted_status: Option<Context<'a>>,
    #[serde(borrow)]
    retweeted_status_result: Option<Outcome<'a>>,
    #[serde(borrow)]
    quoted_status: Option<Reference<'a>>,
    #[serde(borrow)]
    quoted_status_id_str: Option<Text<'a>>,
    #[serde(borrow)]
    in_reply_to_status_id_str: Option<Text<'a>>,
    in_reply_to_status_id: Option<Num>,
    #[serde(borrow)]
    in_reply_to_user_id_str: Option<Text<'a>>,
    #[serde(borrow)]
    in_reply_to_screen_name: Option<Text<'a>>,
    #[serde(borrow)]
    conversation_id_str: Option<Text<'a>>,
    #[serde(borrow)]
    lang: Option<Text<'a>>,
    #[serde(borrow)]
    source: Option<Text<'a>>,
    favorite_count: Option<Num>,
    retweet_count: Option<Num>,
    reply_count: Option<Num>,
    // What else a line can be.
    #[serde(borrow)]
    delete: Option<Delete<'a>>,
    #[serde(borrow)]
    statuses: Option<Vec<Status<'a>>>,
    limit: Option<IgnoredAny>,
    disconnect: Option<IgnoredAny>,
    warning: Option<IgnoredAny>,
    status_withheld: Option<IgnoredAny>,
    user_withheld: Option<IgnoredAny>,
    scrub_geo: Option<IgnoredAny>,
    friends: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Extended<'a> {
    #[serde(borrow)]
    full_text: Option<Text<'a>>,
    #[serde(borrow)]
    entities: Option<Entities<'a>>,
}

#[derive(Deserialize)]
struct Context<'a> {
    #[serde(borrow)]
    id_str: Option<Text<'a>>,
    id: Option<Num>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    full_text: Option<Text<'a>>,
    #[serde(borrow)]
    extended_tweet: Option<Extended<'a>>,
    #[serde(borrow)]
    entities: Option<Entities<'a>>,
    #[serde(borrow)]
    user: Option<Named<'a>>,
}

/// A post inside another one, as X's own pages nest it.
#[derive(Deserialize)]
pub(super) struct Outcome<'a> {
    #[serde(borrow)]
    result: Option<Shown<'a>>,
}

#[derive(Deserialize)]
struct Shown<'a> {
    #[serde(borrow)]
    rest_id: Option<Text<'a>>,
    // The visible post where only a part of its readers may see it.
    #[serde(borrow)]
    tweet: Option<Box<Shown<'a>>>,
    #[serde(borrow)]
    legacy: Option<Context<'a>>,
    #[serde(borrow)]
    core: Option<Core<'a>>,
}

/// The author of a post, as X's own pages nest it.
#[derive(Deserialize)]
pub(super) struct Core<'a> {
    #[serde(borrow)]
    user_results: Option<UserOutcome<'a>>,
}

#[derive(Deserialize)]
struct UserOutcome<'a> {
    #[serde(borrow)]
    result: Option<UserResult<'a>>,
}

#[derive(Deserialize)]
struct UserResult<'a> {
    #[serde(borrow)]
    rest_id: Option<Text<'a>>,
    #[serde(borrow)]
    legacy: Option<User<'a>>,
    // Since 2025 the names and whether posts are protected stand beside `legacy`.
    #[serde(borrow)]
    core: Option<User<'a>>,
    privacy: Option<Privacy>,
}

#[derive(Deserialize)]
struct Privacy {
    protected: Option<bool>,
}

impl<'a> Core<'a> {
    /// The author, put together.
    pub(super) fn into_user(self) -> Option<User<'a>> {
        let result = self.user_results?.result?;
        let mut user = result.legacy?;
        if let Some(core) = result.core {
            user.screen_name = user.screen_name.take().or(core.screen_name);
            user.name = user.name.take().or(core.name);
            user.created_at = user.created_at.take().or(core.created_at);
        }
        user.id_str = result.rest_id.or(user.id_str.take());
        let protected = result.privacy.and_then(|privacy| privacy.protected);
        user.protected = protected.or(user.protected);
        Some(user)
    }
}

impl<'a> Outcome<'a> {
    /// The id of the post.
    pub(super) fn into_id(self) -> Option<Text<'a>> {
        let shown = self.result?;
        shown.rest_id.or(shown.tweet?.rest_id)
    }

    /// The post as context of another one.
    fn into_context(self) -> Option<Context<'a>> {
        let shown = self.result?;
        let shown = if shown.legacy.is_some() { shown } else { *shown.tweet? };
        let mut context = shown.legacy?;
        context.id_str = shown.rest_id.or(context.id_str.take());
        let handle = shown.core.and_then(Core::into_user).and_then(|user| user.screen_name);
        context.user = handle.map(|handle| Named { screen_name: Some(handle) }).or(context.user);
        Some(context)
    }
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    id_str: Option<Text<'a>>,
    id: Option<Num>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    screen_name: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Entities<'a> {
    #[serde(default, borrow)]
    hashtags: Many<Hashtag<'a>>,
    #[serde(default, borrow)]
    user_mentions: Many<Named<'a>>,
    #[serde(default, borrow)]
    urls: Many<Url<'a>>,
}

#[derive(Deserialize)]
struct Hashtag<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Url<'a> {
    #[serde(borrow)]
    expanded_url: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct User<'a> {
    #[serde(borrow)]
    id_str: Option<Text<'a>>,
    id: Option<Num>,
    #[serde(borrow)]
    screen_name: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    followers_count: Option<Num>,
    friends_count: Option<Num>,
    statuses_count: Option<Num>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
    protected: Option<bool>,
}

#[derive(Deserialize)]
struct Delete<'a> {
    #[serde(borrow)]
    status: Option<Reference<'a>>,
}

impl<'a> Status<'a> {
    /// Whether it has a text at all.
    pub(super) fn has_words(&self) -> bool {
        self.text.is_some() || self.full_text.is_some()
    }

    /// Whether it says who wrote it.
    pub(super) fn names_its_author(&self) -> bool {
        self.user.is_some()
    }

    /// Adds what another shape of the same post keeps beside it.
    pub(super) fn complete(
        &mut self,
        id: Option<Text<'a>>,
        user: Option<User<'a>>,
        source: Option<Text<'a>>,
        quoted: Option<Text<'a>>,
    ) {
        self.id_str = id.or(self.id_str.take());
        self.id = None;
        self.user = user.or(self.user.take());
        self.source = source.or(self.source.take());
        self.quoted_status_id_str = self.quoted_status_id_str.take().or(quoted);
        let reposted = self.retweeted_status_result.take().and_then(Outcome::into_context);
        self.retweeted_status = self.retweeted_status.take().or(reposted);
    }
}

/// Decodes one object.
pub(super) fn decode(bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    let status: Status<'_> = json::parse(bytes)?;
    if let Some(statuses) = &status.statuses {
        if statuses.is_empty() {
            out.unrelated.push(kind::EMPTY_PAGE);
        }
        for status in statuses {
            take(status, None, out);
        }
    } else if let Some(delete) = &status.delete {
        let id = delete.status.as_ref().and_then(|status| id_of(status.id_str.as_ref(), status.id));
        out.deletion(id.and_then(|id| x::post_id(&id)));
    } else if is_stream_message(&status) {
        out.unrelated.push(kind::STREAM_MESSAGE);
    } else if status.user.is_none() && status.text.is_none() && status.full_text.is_none() {
        return Err(Refusal::Foreign);
    } else {
        take(&status, None, out);
    }
    Ok(())
}

fn is_stream_message(status: &Status<'_>) -> bool {
    status.user.is_none()
        && [
            &status.limit,
            &status.disconnect,
            &status.warning,
            &status.status_withheld,
            &status.user_withheld,
            &status.scrub_geo,
            &status.friends,
        ]
        .into_iter()
        .any(Option::is_some)
}

/// Takes one status; `owner` wrote those of an archive that name nobody.
pub(super) fn take(status: &Status<'_>, owner: Option<&Author>, out: &mut Decoded) {
    if status.user.as_ref().and_then(|user| user.protected) == Some(true) {
        out.unrelated.push(kind::NOT_PUBLIC);
        return;
    }
    match post(status, owner) {
        Ok(post) => out.posts.push(Found { post, links: Links::default() }),
        Err(rejection) => out.rejected.push(rejection),
    }
}

fn post(status: &Status<'_>, owner: Option<&Author>) -> Result<Post, Rejection> {
    let digits = id_of(status.id_str.as_ref(), status.id)
        .ok_or_else(|| Rejection::new(class::NO_ID, "no id_str"))?;
    let id = x::post_id(&digits)
        .ok_or_else(|| Rejection::new(class::NO_ID, format!("id_str is {digits:?}")))?;
    let created_at = created_at(status, &digits)?;
    let repost = status.retweeted_status.as_ref();
    let is_repost = repost.is_some() || own_words(status).is_some_and(x::is_repost);
    let reference = |id_str: Option<&Text<'_>>, id| {
        id_of(id_str, id).filter(|_| !is_repost).and_then(|id| x::post_id(&id))
    };
    let quoted = status.quoted_status.as_ref();
    let quote_of = reference(
        status.quoted_status_id_str.as_ref().or(quoted.and_then(|quoted| quoted.id_str.as_ref())),
        quoted.and_then(|quoted| quoted.id),
    );
    let reply_to =
        reference(status.in_reply_to_status_id_str.as_ref(), status.in_reply_to_status_id);
    // What begins with a handle is said to somebody, even where it answers no post of theirs.
    let to_somebody = filled(status.in_reply_to_user_id_str.as_ref())
        .or(filled(status.in_reply_to_screen_name.as_ref()))
        .is_some();
    let kind = match (is_repost, &quote_of) {
        (true, _) => PostKind::Repost,
        (false, Some(_)) => PostKind::Quote,
        (false, None) if to_somebody || reply_to.is_some() => PostKind::Reply,
        (false, None) => PostKind::Original,
    };
    let mut post = Post {
        id,
        created_at,
        edited_at: None,
        author: match (&status.user, owner) {
            (None, Some(owner)) => owner.clone(),
            (user, _) => author(user.as_ref())?,
        },
        text: text(status)?,
        lang: x::lang(filled(status.lang.as_ref())),
        kind,
        reply_to,
        quote_of,
        repost_of: repost
            .and_then(|repost| id_of(repost.id_str.as_ref(), repost.id))
            .and_then(|id| x::post_id(&id)),
        conversation_id: filled(status.conversation_id_str.as_ref()).map(Into::into),
        hashtags: Vec::new(),
        mentions: Vec::new(),
        urls: Vec::new(),
        like_count: count(status.favorite_count),
        repost_count: count(status.retweet_count),
        reply_count: count(status.reply_count),
        source_app: x::source_app(filled(status.source.as_ref())),
    };
    add_entities(&mut post, status.extended_tweet.as_ref(), status.entities.as_ref());
    if let Some(repost) = repost {
        // The platform cuts a repost's text, and the tags at its end with it.
        add_entities(&mut post, repost.extended_tweet.as_ref(), repost.entities.as_ref());
    }
    if status.user.is_none() {
        guess_kind(&mut post);
    }
    Ok(post)
}

/// An account's archive does not say what a post quotes: its last link does.
fn guess_kind(post: &mut Post) {
    if post.kind == PostKind::Original
        && let Some((id, _)) = post.urls.last().and_then(|url| address(url))
    {
        post.quote_of = x::post_id(id).filter(|of| *of != post.id);
        if post.quote_of.is_some() {
            post.kind = PostKind::Quote;
        }
    }
}

fn created_at(status: &Status<'_>, digits: &str) -> Result<Timestamp, Rejection> {
    match filled(status.created_at.as_ref()) {
        Some(text) => time::x_v11(text)
            .or_else(|| time::rfc3339(text))
            .or_else(|| time::spaced(text))
            .ok_or_else(|| Rejection::new(class::NO_TIME, format!("created_at is {text:?}"))),
        None => digits
            .parse()
            .ok()
            .and_then(time::snowflake)
            .ok_or_else(|| Rejection::new(class::NO_TIME, "no created_at")),
    }
}

fn own_words<'t>(status: &'t Status<'_>) -> Option<&'t str> {
    whole(status.extended_tweet.as_ref(), status.full_text.as_ref(), status.text.as_ref())
}

fn text(status: &Status<'_>) -> Result<String, Rejection> {
    let own = own_words(status)
        .ok_or_else(|| Rejection::new(class::FOREIGN, "a status without text or full_text"))?;
    Ok(match &status.retweeted_status {
        Some(original) => x::repost_text(
            own,
            status.truncated == Some(true),
            original.user.as_ref().and_then(|user| filled(user.screen_name.as_ref())),
            whole(
                original.extended_tweet.as_ref(),
                original.full_text.as_ref(),
                original.text.as_ref(),
            ),
        ),
        None => x::text(own),
    })
}

/// The longest form of a status' text.
fn whole<'t>(
    extended: Option<&'t Extended<'_>>,
    full: Option<&'t Text<'_>>,
    text: Option<&'t Text<'_>>,
) -> Option<&'t str> {
    extended.and_then(|extended| extended.full_text.as_ref()).or(full).or(text).map(|text| &*text.0)
}

fn add_entities(post: &mut Post, extended: Option<&Extended<'_>>, plain: Option<&Entities<'_>>) {
    let Some(entities) = extended.and_then(|extended| extended.entities.as_ref()).or(plain) else {
        return;
    };
    for hashtag in entities.hashtags.iter().filter_map(|hashtag| hashtag.text.as_ref()) {
        x::push_folded(&mut post.hashtags, hashtag);
    }
    for handle in entities.user_mentions.iter().filter_map(|user| user.screen_name.as_ref()) {
        x::push_folded(&mut post.mentions, handle);
    }
    for url in entities.urls.iter() {
        if let Some(url) = filled(url.expanded_url.as_ref()).or(filled(url.url.as_ref())) {
            x::push_url(&mut post.urls, url);
        }
    }
}

fn author(user: Option<&User<'_>>) -> Result<Author, Rejection> {
    let user = user.ok_or_else(|| Rejection::new(class::NO_AUTHOR, "a status without user"))?;
    let handle = filled(user.screen_name.as_ref());
    Ok(Author {
        id: x::author_id(id_of(user.id_str.as_ref(), user.id).as_deref(), handle)?,
        handle: handle.map(Into::into),
        name: filled(user.name.as_ref()).map(x::text),
        bio: filled(user.description.as_ref()).map(x::text),
        followers: count(user.followers_count),
        following: count(user.friends_count),
        posts: count(user.statuses_count),
        created_at: filled(user.created_at.as_ref())
            .and_then(|text| time::x_v11(text).or_else(|| time::rfc3339(text))),
    })
}

/// The digits of an id: from the string, else from the integer.
fn id_of<'t>(id_str: Option<&'t Text<'_>>, id: Option<Num>) -> Option<std::borrow::Cow<'t, str>> {
    match filled(id_str) {
        Some(id) => Some(id.into()),
        None => count(id).map(|id| id.to_string().into()),
    }
}

#[cfg(test)]
#[path = "x_v11_tests.rs"]
mod tests;
