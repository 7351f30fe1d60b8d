//! What snscrape writes of X, one object a line.

use colloquy_transcript::{Author, Post, PostKind};
use serde::{Deserialize, de::IgnoredAny};

use super::{
    Decoded, Found, Links, Refusal, Rejection, class,
    json::{self, Many, Num, Text, count, filled},
    table::address,
    time, x,
};
use crate::account::kind;

#[expect(clippy::struct_field_names, reason = "fields are called what the tool calls them")]
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tweet<'a> {
    #[serde(rename = "_type", borrow)]
    of_type: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(rename = "id.str", borrow)]
    id_str: Option<Text<'a>>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    date: Option<Text<'a>>,
    #[serde(borrow)]
    raw_content: Option<Text<'a>>,
    #[serde(borrow)]
    content: Option<Text<'a>>,
    #[serde(borrow)]
    rendered_content: Option<Text<'a>>,
    #[serde(borrow)]
    user: Option<User<'a>>,
    #[serde(borrow)]
    username: Option<Text<'a>>,
    #[serde(borrow)]
    conversation_id: Option<Text<'a>>,
    #[serde(borrow)]
    lang: Option<Text<'a>>,
    #[serde(borrow)]
    source: Option<Text<'a>>,
    #[serde(borrow)]
    source_label: Option<Text<'a>>,
    #[serde(default, borrow)]
    outlinks: Many<Text<'a>>,
    #[serde(default, borrow)]
    links: Many<Link<'a>>,
    #[serde(default, borrow)]
    hashtags: Many<Text<'a>>,
    #[serde(default, borrow)]
    mentioned_users: Many<User<'a>>,
    #[serde(borrow)]
    retweeted_tweet: Option<Reference<'a>>,
    #[serde(borrow)]
    quoted_tweet: Option<Reference<'a>>,
    #[serde(borrow)]
    in_reply_to_tweet_id: Option<Text<'a>>,
    in_reply_to_user: Option<IgnoredAny>,
    reply_count: Option<Num>,
    retweet_count: Option<Num>,
    like_count: Option<Num>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    #[serde(borrow)]
    username: Option<Text<'a>>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    displayname: Option<Text<'a>>,
    #[serde(borrow)]
    raw_description: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(borrow)]
    created: Option<Text<'a>>,
    protected: Option<bool>,
    followers_count: Option<Num>,
    friends_count: Option<Num>,
    statuses_count: Option<Num>,
}

#[derive(Deserialize)]
struct Link<'a> {
    #[serde(borrow)]
    url: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    raw_content: Option<Text<'a>>,
    #[serde(borrow)]
    content: Option<Text<'a>>,
    #[serde(borrow)]
    user: Option<Box<User<'a>>>,
}

/// Decodes one object.
pub(super) fn decode(bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    let tweet: Tweet<'_> = json::parse(bytes)?;
    let of_type = filled(tweet.of_type.as_ref()).unwrap_or("Tweet");
    if !of_type.ends_with("Tweet") {
        out.unrelated.push(kind::OTHER_RECORD);
        return Ok(());
    }
    if words(&tweet).is_none() {
        return Err(Refusal::Foreign);
    }
    if tweet.user.as_ref().and_then(|user| user.protected) == Some(true) {
        out.unrelated.push(kind::NOT_PUBLIC);
        return Ok(());
    }
    match post(&tweet) {
        Ok(post) => out.posts.push(Found { post, links: Links::default() }),
        Err(rejection) => out.rejected.push(rejection),
    }
    Ok(())
}

/// The text; the rendered one has its links cut short.
fn words<'t>(tweet: &'t Tweet<'_>) -> Option<&'t str> {
    filled(tweet.raw_content.as_ref())
        .or(filled(tweet.content.as_ref()))
        .or(filled(tweet.rendered_content.as_ref()))
}

fn post(tweet: &Tweet<'_>) -> Result<Post, Rejection> {
    let stated = filled(tweet.url.as_ref()).and_then(address).map(|(id, _)| id);
    let id = filled(tweet.id_str.as_ref())
        .or(stated)
        .or(filled(tweet.id.as_ref()))
        .and_then(x::post_id)
        .ok_or_else(|| Rejection::new(class::NO_ID, "no id and no address with one"))?;
    let date =
        filled(tweet.date.as_ref()).ok_or_else(|| Rejection::new(class::NO_TIME, "no date"))?;
    // Tables of Python write milliseconds.
    let carried = || id.native().parse().ok().and_then(time::snowflake);
    let created_at = time::rfc3339(date)
        .or_else(|| time::epoch(date))
        .or_else(carried)
        .ok_or_else(|| Rejection::new(class::NO_TIME, format!("date is {date:?}")))?;
    let text = words(tweet).unwrap_or_default();
    let mut post = Post::original(id, created_at, author(tweet)?, x::text(text));
    let reference = |id: Option<&Text<'_>>| filled(id).and_then(x::post_id);
    if let Some(repost) = &tweet.retweeted_tweet {
        post.kind = PostKind::Repost;
        post.repost_of = reference(repost.id.as_ref());
        let handle = repost.user.as_ref().and_then(|user| filled(user.username.as_ref()));
        let whole = filled(repost.raw_content.as_ref()).or(filled(repost.content.as_ref()));
        post.text = x::repost_text(text, false, handle, whole);
    } else {
        post.quote_of =
            tweet.quoted_tweet.as_ref().and_then(|quoted| reference(quoted.id.as_ref()));
        post.reply_to = reference(tweet.in_reply_to_tweet_id.as_ref());
        let replies = post.reply_to.is_some() || tweet.in_reply_to_user.is_some();
        post.kind = match (&tweet.quoted_tweet, replies) {
            (Some(_), _) => PostKind::Quote,
            (None, true) => PostKind::Reply,
            (None, false) => PostKind::Original,
        };
    }
    post.conversation_id = filled(tweet.conversation_id.as_ref()).map(Into::into);
    post.lang = x::lang(filled(tweet.lang.as_ref()));
    post.like_count = count(tweet.like_count);
    post.repost_count = count(tweet.retweet_count);
    post.reply_count = count(tweet.reply_count);
    post.source_app =
        x::source_app(filled(tweet.source_label.as_ref()).or(filled(tweet.source.as_ref())));
    for tag in tweet.hashtags.iter() {
        x::push_folded(&mut post.hashtags, tag.trim_start_matches('#'));
    }
    for handle in tweet.mentioned_users.iter().filter_map(|user| filled(user.username.as_ref())) {
        x::push_folded(&mut post.mentions, handle);
    }
    let links = tweet.links.iter().filter_map(|link| filled(link.url.as_ref()));
    for url in links.chain(tweet.outlinks.iter().map(|url| &**url)) {
        x::push_url(&mut post.urls, url);
    }
    super::derive::fill_lists(&mut post, [tweet.hashtags.is_empty(), false, false]);
    Ok(post)
}

fn author(tweet: &Tweet<'_>) -> Result<Author, Rejection> {
    let user = tweet.user.as_ref();
    let address = filled(tweet.url.as_ref()).and_then(address).and_then(|(_, handle)| handle);
    let handle = user
        .and_then(|user| filled(user.username.as_ref()))
        .or(filled(tweet.username.as_ref()))
        .or(address);
    let id = x::author_id(user.and_then(|user| filled(user.id.as_ref())), handle)?;
    let mut author = Author::unknown(id);
    author.handle = handle.map(Into::into);
    if let Some(user) = user {
        let bio = filled(user.raw_description.as_ref()).or(filled(user.description.as_ref()));
        author.name = filled(user.displayname.as_ref()).map(x::text);
        author.bio = bio.map(x::text);
        author.followers = count(user.followers_count);
        author.following = count(user.friends_count);
        author.posts = count(user.statuses_count);
        author.created_at = filled(user.created.as_ref()).and_then(time::rfc3339);
    }
    Ok(author)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &str) -> Decoded {
        let mut out = Decoded::default();
        if decode(bytes.as_bytes(), &mut out).is_err() {
            out.unrelated.push("refused");
        }
        out
    }

    #[test]
    fn every_version_holds_the_same_post() {
        let old = r#"{"url": "https://twitter.com/Bea/status/1520000000000000017",
            "date": "2021-03-01T12:00:00+00:00", "content": "A1 leeks #gardenchat https://t.co/x",
            "id": 1520000000000000017, "username": "Bea", "outlinks": ["https://seeds.example/"]}"#;
        let new = r#"{"_type": "snscrape.modules.twitter.Tweet",
            "url": "https://twitter.com/Bea/status/1520000000000000017",
            "date": "2021-03-01T12:00:00+00:00", "rawContent": "A1 leeks #gardenchat https://t.co/x",
            "renderedContent": "A1 leeks", "id": 1520000000000000017, "user": {"username": "Bea"},
            "links": [{"url": "https://seeds.example/"}], "hashtags": ["gardenchat"],
            "inReplyToTweetId": null, "inReplyToUser": null, "quotedTweet": null}"#;
        let (old, new) = (decoded(old), decoded(new));
        assert_eq!(old.posts, new.posts);
        let post = &old.posts[0].post;
        assert_eq!(post.id.as_str(), "x:1520000000000000017");
        assert_eq!((post.author.id.as_str(), post.kind), ("x:@bea", PostKind::Original));
        assert_eq!(post.hashtags, ["gardenchat"]);
    }

    #[test]
    fn references_and_other_records_are_told_apart() {
        let reply = r#"{"_type": "snscrape.modules.twitter.Tweet", "id": 9, "date":
            "2021-03-01T12:00:00+00:00", "content": "@cleo yes", "user": {"id": 42, "username": "Bea"},
            "inReplyToTweetId": 8, "inReplyToUser": {"username": "cleo"}}"#;
        let post = &decoded(reply).posts[0].post;
        assert_eq!((post.kind, post.author.id.as_str()), (PostKind::Reply, "x:42"));
        let tombstone = r#"{"_type": "snscrape.modules.twitter.Tombstone", "id": 9}"#;
        assert_eq!(decoded(tombstone).unrelated, [kind::OTHER_RECORD]);
        assert_eq!(decoded(r#"{"id": 9}"#).unrelated, ["refused"]);
    }
}
