#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};

use super::*;
use crate::decode::{Format, decode};

fn decoded(value: &Value) -> Decoded {
    let mut out = Decoded::default();
    decode(Format::Mastodon, value.to_string().as_bytes(), &mut out);
    out
}

fn one(value: &Value) -> Found {
    let mut out = decoded(value);
    assert!(out.rejected.is_empty() && out.unrelated.is_empty(), "{out:?}");
    out.posts.remove(0)
}

/// A status of `far.example` as `near.example` serves it.
fn status() -> Value {
    json!({
        "id": "1148", "created_at": "2025-03-06T20:04:05.123Z", "edited_at": null,
        "in_reply_to_id": "1147", "in_reply_to_account_id": "9", "spoiler_text": "",
        "visibility": "public", "language": "en",
        "uri": "https://far.example/users/bea/statuses/77", "url": "https://far.example/@bea/77",
        "replies_count": 1, "reblogs_count": 2, "favourites_count": 3,
        "content": "<p>A1: leeks &amp; <a href=\"https://near.example/tags/gardenchat\" class=\"mention hashtag\" rel=\"tag\">#<span>GardenChat</span></a><br>second line <a href=\"https://seeds.example/\">seeds</a></p>",
        "reblog": null, "application": {"name": "Garden App", "website": null},
        "account": {
            "id": "5", "username": "bea", "acct": "bea@far.example", "display_name": "Bea",
            "uri": "https://far.example/users/bea", "url": "https://far.example/@bea",
            "note": "<p>I grow<br>things</p>", "created_at": "2023-02-01T00:00:00.000Z",
            "followers_count": 210, "following_count": 77, "statuses_count": 41
        },
        "mentions": [
            {"id": "9", "username": "ulf", "acct": "ulf", "url": "https://near.example/@ulf"},
            {"id": "8", "username": "eva", "acct": "eva@third.example", "url": "https://third.example/@eva"}
        ],
        "tags": [{"name": "gardenchat", "url": "https://near.example/tags/gardenchat"}],
        "quote": null
    })
}

#[test]
fn a_status_becomes_a_post() {
    let Found { post, links } = one(&status());
    assert_eq!(post.id.as_str(), "mastodon:https://far.example/users/bea/statuses/77");
    assert_eq!(post.created_at, "2025-03-06T20:04:05.123Z".parse().unwrap());
    assert_eq!(post.text, "A1: leeks & #GardenChat\nsecond line seeds");
    assert_eq!(post.urls, ["https://seeds.example/"]);
    assert_eq!(post.hashtags, ["gardenchat"]);
    assert_eq!(post.mentions, ["ulf@near.example", "eva@third.example"]);
    assert_eq!(post.author.id.as_str(), "mastodon:bea@far.example");
    assert_eq!(post.author.bio.as_deref(), Some("I grow\nthings"));
    assert_eq!((post.like_count, post.repost_count, post.reply_count), (Some(3), Some(2), Some(1)));
    assert_eq!(post.source_app.as_deref(), Some("Garden App"));
    // Its parent is known by a number of the server that served it.
    assert_eq!((post.kind, post.reply_to), (PostKind::Reply, None));
    assert_eq!(links.own.as_deref(), Some("near.example/1148"));
    assert_eq!(links.parent.as_deref(), Some("near.example/1147"));
}

#[test]
fn a_local_account_gets_the_host_of_its_server() {
    let mut local = status();
    local["account"]["acct"] = json!("bea");
    local["tags"] = json!([]);
    let Found { post, links } = one(&local);
    assert_eq!(post.author.id.as_str(), "mastodon:bea@far.example");
    assert_eq!(links.own.as_deref(), Some("far.example/1148"));
}

#[test]
fn reblogs_quotes_edits_and_warnings() {
    let mut reblog = status();
    reblog["reblog"] = status();
    reblog["reblog"]["uri"] = json!("https://far.example/users/ulf/statuses/1");
    reblog["content"] = json!("");
    reblog["tags"] = json!([]);
    let post = one(&reblog).post;
    assert_eq!((post.kind, post.reply_to), (PostKind::Repost, None));
    assert_eq!(
        post.repost_of.unwrap().as_str(),
        "mastodon:https://far.example/users/ulf/statuses/1"
    );
    assert_eq!(post.hashtags, ["gardenchat"]);
    assert!(post.text.starts_with("A1: leeks"));

    let mut quote = status();
    quote["quote"] =
        json!({"state": "accepted", "quoted_status": {"uri": "https://far.example/q"}});
    quote["edited_at"] = json!("2025-03-06T21:00:00.000Z");
    quote["spoiler_text"] = json!("food");
    let post = one(&quote).post;
    assert_eq!(post.kind, PostKind::Quote);
    assert_eq!(post.quote_of.unwrap().as_str(), "mastodon:https://far.example/q");
    assert_eq!(post.edited_at, Some("2025-03-06T21:00:00Z".parse().unwrap()));
    assert!(post.text.starts_with("food\n\nA1"));
}

#[test]
fn what_is_not_meant_for_everybody_is_not_taken() {
    for visibility in ["private", "direct"] {
        let mut value = status();
        value["visibility"] = json!(visibility);
        assert_eq!(decoded(&value).unrelated, ["not public"]);
    }
}

#[test]
fn what_cannot_be_taken_says_why() {
    for (field, value, class) in [
        ("uri", json!(null), class::NO_ID),
        ("uri", json!("https://a b"), class::NO_ID),
        ("created_at", json!("2025"), class::NO_TIME),
        ("account", json!(null), class::NO_AUTHOR),
        ("account", json!({"acct": ""}), class::NO_AUTHOR),
        ("content", json!({"a": 1}), class::UNEXPECTED),
    ] {
        let mut status = status();
        status[field] = value;
        let out = decoded(&status);
        assert_eq!(
            out.rejected.first().map(|rejection| rejection.class),
            Some(class),
            "{field}: {out:?}"
        );
    }
}
