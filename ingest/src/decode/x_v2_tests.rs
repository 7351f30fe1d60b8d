#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};

use super::*;
use crate::decode::{Format, decode};

fn decoded(format: Format, value: &Value) -> Decoded {
    let mut out = Decoded::default();
    decode(format, value.to_string().as_bytes(), &mut out);
    out
}

fn user() -> Value {
    json!({
        "id": "42", "username": "Bea_Grows", "name": "Bea", "description": "grows &lt;3",
        "created_at": "2010-04-06T08:09:10.000Z", "protected": false,
        "public_metrics": {"followers_count": 12, "following_count": 3, "tweet_count": 99, "listed_count": 0}
    })
}

fn tweet() -> Value {
    json!({
        "id": "1590420755261161571", "text": "A1: leeks &amp; peas #GardenChat", "author_id": "42",
        "created_at": "2022-11-09T19:07:11.000Z", "conversation_id": "1590418947516137473",
        "referenced_tweets": [{"type": "replied_to", "id": "1590418947516137473"}],
        "edit_history_tweet_ids": ["1590420755261161571"],
        "entities": {
            "hashtags": [{"start": 0, "end": 1, "tag": "GardenChat"}],
            "mentions": [{"username": "ulf", "id": "7"}],
            "urls": [{"url": "https://t.example/1", "expanded_url": "https://seeds.example/"}],
            "annotations": []
        },
        "public_metrics": {"retweet_count": 1, "reply_count": "2", "like_count": 3, "quote_count": 0},
        "lang": "qst", "source": "Garden Deck"
    })
}

#[test]
fn an_answer_gives_its_posts_and_not_their_context() {
    let page = json!({
        "data": [tweet()],
        "includes": {"users": [user()], "tweets": [{"id": "1590418947516137473", "text": "Q1?"}]},
        "meta": {"result_count": 1}
    });
    let mut out = decoded(Format::XV2, &page);
    assert_eq!(out.posts.len(), 1, "{out:?}");
    let post = out.posts.remove(0).post;
    assert_eq!(post.id.as_str(), "x:1590420755261161571");
    assert_eq!(post.created_at, "2022-11-09T19:07:11Z".parse().unwrap());
    assert_eq!(post.text, "A1: leeks & peas #GardenChat");
    assert_eq!((post.kind, post.lang.clone()), (PostKind::Reply, None));
    assert_eq!(post.reply_to.as_ref().unwrap().as_str(), "x:1590418947516137473");
    assert_eq!(post.conversation_id.as_deref(), Some("1590418947516137473"));
    assert_eq!(post.hashtags, ["GardenChat"]);
    assert_eq!(post.mentions, ["ulf"]);
    assert_eq!(post.urls, ["https://seeds.example/"]);
    assert_eq!((post.like_count, post.repost_count, post.reply_count), (Some(3), Some(1), Some(2)));
    assert_eq!(post.author.id.as_str(), "x:42");
    assert_eq!(post.author.handle.as_deref(), Some("Bea_Grows"));
    assert_eq!(post.author.bio.as_deref(), Some("grows <3"));
    assert_eq!(post.author.posts, Some(99));
}

#[test]
fn a_stream_line_and_a_flattened_line_are_the_same_post() {
    let line = json!({
        "data": tweet(), "includes": {"users": [user()]}, "matching_rules": [{"id": "1", "tag": null}]
    });
    let mut flat = tweet();
    flat["author"] = user();
    flat["in_reply_to_user"] = user();
    flat["referenced_tweets"][0]["text"] = json!("Q1?");
    let (line, flat) = (decoded(Format::XV2, &line), decoded(Format::XV2Flat, &flat));
    assert_eq!(line.posts.len(), 1);
    assert_eq!(line, flat);
}

#[test]
fn an_edited_post_keeps_its_first_id() {
    let mut edited = tweet();
    edited["edit_history_tweet_ids"] = json!(["1590420629432041477", "1590420755261161571"]);
    let out = decoded(Format::XV2Flat, &edited);
    let Found { post, links } = &out.posts[0];
    assert_eq!(post.id.as_str(), "x:1590420629432041477");
    // The time that the first id carries.
    assert_eq!(post.created_at, "2022-11-09T19:06:41Z".parse().unwrap());
    assert_eq!(post.edited_at, Some("2022-11-09T19:07:11Z".parse().unwrap()));
    assert!(links.later.iter().any(|id| id.as_str() == "x:1590420755261161571"));
    // The first version, retrieved after the edit.
    edited["id"] = json!("1590420629432041477");
    edited["created_at"] = json!("2022-11-09T19:06:41.000Z");
    let out = decoded(Format::XV2Flat, &edited);
    assert_eq!(out.posts[0].post.edited_at, None);
}

#[test]
fn reposts_and_quotes_are_told_apart() {
    let mut repost = tweet();
    repost["text"] = json!("RT @ulf: A long one that …");
    repost["entities"] = json!({"mentions": [{"username": "ulf"}]});
    repost["referenced_tweets"] = json!([{"type": "retweeted", "id": "9"}]);
    let page = json!({
        "data": [repost],
        "includes": {
            "users": [user(), {"id": "7", "username": "ulf"}],
            "tweets": [{
                "id": "9", "author_id": "7", "text": "A long one that ends…",
                "note_tweet": {"text": "A long one that ends #GardenChat", "entities": {"hashtags": [{"tag": "GardenChat"}]}}
            }]
        }
    });
    let out = decoded(Format::XV2, &page);
    let post = &out.posts[0].post;
    assert_eq!(post.kind, PostKind::Repost);
    assert_eq!(post.text, "RT @ulf: A long one that ends #GardenChat");
    assert_eq!(post.hashtags, ["GardenChat"]);
    assert_eq!(post.repost_of.as_ref().unwrap().as_str(), "x:9");

    let mut quote = tweet();
    quote["referenced_tweets"] =
        json!([{"type": "replied_to", "id": "8"}, {"type": "quoted", "id": "9"}]);
    quote["note_tweet"] = json!({"text": "all of a long text"});
    let out = decoded(Format::XV2Flat, &quote);
    let post = &out.posts[0].post;
    assert_eq!((post.kind, post.text.as_str()), (PostKind::Quote, "all of a long text"));
    assert_eq!(post.reply_to.as_ref().unwrap().as_str(), "x:8");
    assert_eq!(post.quote_of.as_ref().unwrap().as_str(), "x:9");
}

#[test]
fn answers_without_posts_are_counted_by_kind() {
    for (value, kind) in [
        (json!({"meta": {"result_count": 0}}), "empty page"),
        (json!({"data": [], "meta": {}}), "empty page"),
        (json!({"errors": [{"title": "operational-disconnect"}]}), "stream message"),
    ] {
        assert_eq!(decoded(Format::XV2, &value).unrelated, [kind], "{value}");
    }
    let mut protected = tweet();
    protected["author"] = user();
    protected["author"]["protected"] = json!(true);
    assert_eq!(decoded(Format::XV2Flat, &protected).unrelated, ["not public"]);
}

#[test]
fn lists_may_be_empty_objects_and_times_may_be_missing() {
    let mut odd = tweet();
    odd["entities"] = json!({"hashtags": {}, "mentions": null, "urls": {}});
    odd["referenced_tweets"] = json!({});
    odd.as_object_mut().unwrap().remove("created_at");
    odd["id"] = json!(1_590_420_755_261_161_571_u64);
    let out = decoded(Format::XV2Flat, &odd);
    assert!(out.rejected.is_empty(), "{out:?}");
    assert_eq!(out.posts[0].post.created_at, "2022-11-09T19:07:11Z".parse().unwrap());
    assert_eq!(out.posts[0].post.kind, PostKind::Original);
}

#[test]
fn one_bad_post_of_an_answer_does_not_take_the_others_with_it() {
    let mut no_author = tweet();
    no_author.as_object_mut().unwrap().remove("author_id");
    let mut no_time = tweet();
    no_time["created_at"] = json!("soon");
    let page = json!({"data": [no_author, tweet(), no_time, {"id": "1", "name": "a user"}], "includes": {}});
    let out = decoded(Format::XV2, &page);
    assert_eq!(out.posts.len(), 1);
    let classes: Vec<_> = out.rejected.iter().map(|rejection| rejection.class).collect();
    assert_eq!(classes, [class::NO_AUTHOR, class::NO_TIME, class::FOREIGN]);
}
