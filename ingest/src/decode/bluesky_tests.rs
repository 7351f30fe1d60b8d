#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};

use super::*;
use crate::decode::{Format, decode};

fn decoded(format: Format, value: &Value) -> Decoded {
    let mut out = Decoded::default();
    decode(format, value.to_string().as_bytes(), &mut out);
    out
}

fn record() -> Value {
    json!({
        "$type": "app.bsky.feed.post", "createdAt": "2026-03-05T20:00:00.500Z", "langs": ["en"],
        "text": "A1: leeks #GardenChat @ulf seeds.example", "tags": ["Hidden"],
        "facets": [
            {"index": {"byteStart": 10, "byteEnd": 21}, "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "GardenChat"}]},
            {"index": {}, "features": [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:ulf"}]},
            {"index": {}, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://seeds.example/"}]}
        ],
        "reply": {
            "parent": {"cid": "c", "uri": "at://did:plc:ulf/app.bsky.feed.post/2"},
            "root": {"cid": "c", "uri": "at://did:plc:ulf/app.bsky.feed.post/1"}
        }
    })
}

fn event(operation: &str, collection: &str, record: &Value) -> Value {
    json!({
        "did": "did:plc:bea", "time_us": 1_772_740_801_250_000_u64, "kind": "commit",
        "commit": {"rev": "3", "operation": operation, "collection": collection, "rkey": "9", "record": record, "cid": "c"}
    })
}

fn view() -> Value {
    json!({
        "uri": "at://did:plc:bea/app.bsky.feed.post/9", "cid": "c",
        "author": {"did": "did:plc:bea", "handle": "bea.example", "displayName": "Bea", "createdAt": "2024-01-02T03:04:05.678Z", "labels": []},
        "record": record(), "replyCount": 1, "repostCount": 2, "likeCount": 3, "quoteCount": 0,
        "indexedAt": "2026-03-05T20:00:01.000Z", "labels": []
    })
}

#[test]
fn a_view_and_an_event_are_the_same_post() {
    let seen = decoded(Format::Bluesky, &json!({"posts": [view()], "cursor": "1"}));
    let mut from_view = seen.posts[0].post.clone();
    let sent = decoded(Format::Jetstream, &event("create", POST, &record()));
    let from_event = &sent.posts[0].post;
    assert_eq!(from_view.id.as_str(), "bluesky:at://did:plc:bea/app.bsky.feed.post/9");
    assert_eq!(from_view.created_at, "2026-03-05T20:00:00.500Z".parse().unwrap());
    assert_eq!(from_view.kind, PostKind::Reply);
    assert_eq!(
        from_view.reply_to.as_ref().unwrap().as_str(),
        "bluesky:at://did:plc:ulf/app.bsky.feed.post/2"
    );
    assert_eq!(from_view.conversation_id.as_deref(), Some("at://did:plc:ulf/app.bsky.feed.post/1"));
    assert_eq!(from_view.hashtags, ["GardenChat", "Hidden"]);
    assert_eq!(from_view.mentions, ["did:plc:ulf"]);
    assert_eq!(from_view.urls, ["https://seeds.example/"]);
    assert_eq!(from_view.author.handle.as_deref(), Some("bea.example"));
    assert_eq!(
        (from_view.like_count, from_view.repost_count, from_view.reply_count),
        (Some(3), Some(2), Some(1))
    );
    // An event knows nothing of the person and of what came later.
    from_view.author = from_event.author.clone();
    (from_view.like_count, from_view.repost_count, from_view.reply_count) = (None, None, None);
    assert_eq!(&from_view, from_event);
    // A view on its own.
    assert_eq!(decoded(Format::Bluesky, &view()).posts, seen.posts);
}

#[test]
fn quotes_and_cards() {
    let mut quote = record();
    quote["embed"] = json!({
        "$type": "app.bsky.embed.recordWithMedia",
        "record": {"$type": "app.bsky.embed.record", "record": {"cid": "c", "uri": "at://did:plc:eva/app.bsky.feed.post/4"}},
        "media": {"$type": "app.bsky.embed.external", "external": {"uri": "https://card.example/", "title": ""}}
    });
    let out = decoded(Format::Jetstream, &event("create", POST, &quote));
    let post = &out.posts[0].post;
    assert_eq!(post.kind, PostKind::Quote);
    assert_eq!(
        post.quote_of.as_ref().unwrap().as_str(),
        "bluesky:at://did:plc:eva/app.bsky.feed.post/4"
    );
    assert_eq!(post.urls, ["https://seeds.example/", "https://card.example/"]);
    quote["embed"] = json!({"$type": "app.bsky.embed.record", "record": {"cid": "c", "uri": "at://did:plc:eva/app.bsky.graph.list/4"}});
    let out = decoded(Format::Jetstream, &event("create", POST, &quote));
    assert_eq!((out.posts[0].post.kind, &out.posts[0].post.quote_of), (PostKind::Reply, &None));
}

#[test]
fn events_are_counted_by_kind() {
    let subject = json!({"subject": {"uri": "at://x/app.bsky.feed.post/1"}, "createdAt": "2026-03-05T20:00:00Z"});
    let table = [
        (event("create", "app.bsky.feed.like", &subject), "like"),
        (event("create", "app.bsky.feed.repost", &subject), "repost"),
        (event("create", "app.bsky.graph.follow", &json!({"subject": "did:plc:x"})), "follow"),
        (
            event("create", "fm.example.status", &json!({"text": {"odd": true}, "langs": 5})),
            "other record",
        ),
        (
            event("update", "app.bsky.actor.profile", &json!({"embed": [1], "reply": "no"})),
            "profile",
        ),
        (event("delete", "app.bsky.feed.like", &json!(null)), "deletion"),
        (json!({"did": "did:plc:a", "time_us": 1, "kind": "identity", "identity": {}}), "identity"),
        (
            json!({"did": "did:plc:a", "time_us": 1, "kind": "account", "account": {"active": false}}),
            "account",
        ),
        (json!({"did": "did:plc:a", "kind": "sync"}), "other event"),
    ];
    for (value, kind) in table {
        let out = decoded(Format::Jetstream, &value);
        assert_eq!(out.unrelated, [kind], "{value}: {out:?}");
        assert!(out.posts.is_empty() && out.rejected.is_empty() && out.deletions.is_empty());
    }
    let deletion = decoded(Format::Jetstream, &event("delete", POST, &json!(null)));
    assert_eq!(deletion.unrelated, ["deletion"]);
    assert_eq!(deletion.deletions[0].as_str(), "bluesky:at://did:plc:bea/app.bsky.feed.post/9");
}

#[test]
fn times_are_the_earlier_of_said_and_seen() {
    let at = |created: Value| {
        let mut record = record();
        record["createdAt"] = created;
        decoded(Format::Jetstream, &event("create", POST, &record)).posts[0].post.created_at
    };
    let seen: Timestamp = "2026-03-05T20:00:01.250Z".parse().unwrap();
    assert_eq!(at(json!("2031-01-01T00:00:00Z")), seen);
    assert_eq!(at(json!("long ago")), seen);
    assert_eq!(at(json!("2020-01-01T00:00:00Z")), "2020-01-01T00:00:00Z".parse().unwrap());
    let update = decoded(Format::Jetstream, &event("update", POST, &record()));
    assert_eq!(update.posts[0].post.edited_at, Some(seen));
}

#[test]
fn what_cannot_be_taken_says_why() {
    let mut no_author = view();
    no_author.as_object_mut().unwrap().remove("author");
    let mut bad_uri = view();
    bad_uri["uri"] = json!("at://with space");
    let mut bad_post = event("create", POST, &record());
    bad_post["commit"]["record"]["text"] = json!({"no": "text"});
    let mut no_record = event("create", POST, &record());
    no_record["commit"].as_object_mut().unwrap().remove("record");
    for (format, value, class) in [
        (Format::Bluesky, no_author, class::NO_AUTHOR),
        (Format::Bluesky, bad_uri, class::NO_ID),
        (Format::Jetstream, bad_post, class::UNEXPECTED),
        (Format::Jetstream, no_record, class::FOREIGN),
        (Format::Jetstream, json!({"hello": 1}), class::FOREIGN),
    ] {
        let out = decoded(format, &value);
        assert_eq!(
            out.rejected.first().map(|rejection| rejection.class),
            Some(class),
            "{value}: {out:?}"
        );
    }
}
