#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};

use super::*;
use crate::decode::{Format, decode};

fn decoded(value: &Value) -> Decoded {
    let mut out = Decoded::default();
    decode(Format::XV11, value.to_string().as_bytes(), &mut out);
    out
}

fn one(value: &Value) -> Post {
    let mut out = decoded(value);
    assert!(out.rejected.is_empty() && out.unrelated.is_empty(), "{out:?}");
    assert_eq!(out.posts.len(), 1);
    out.posts.remove(0).post
}

fn status() -> Value {
    json!({
        "created_at": "Wed May 08 19:05:09 +0000 2019",
        "id": 1_126_201_387_722_477_714_u64,
        "id_str": "1126201387722477714",
        "text": "A1: leeks &amp; peas #GardenChat https://t.example/1",
        "truncated": false,
        "source": "<a href=\"https://deck.example\" rel=\"nofollow\">Garden Deck</a>",
        "in_reply_to_status_id": 1_126_200_343_340_777_489_u64,
        "in_reply_to_status_id_str": "1126200343340777489",
        "in_reply_to_user_id_str": "7",
        "user": {
            "id": 42, "id_str": "42", "screen_name": "Bea_Grows", "name": "Bea &amp; Co",
            "description": "I grow things", "followers_count": "12", "friends_count": 3,
            "statuses_count": 99, "created_at": "Tue Apr 06 08:09:10 +0000 2010", "protected": false,
            "entities": {"description": {"urls": []}}
        },
        "entities": {
            "hashtags": [{"text": "GardenChat", "indices": [1, 2]}], "symbols": [],
            "user_mentions": [{"screen_name": "Ulf", "id_str": "7"}],
            "urls": [{"url": "https://t.example/1", "expanded_url": "https://seeds.example/peas"}]
        },
        "retweet_count": 2, "favorite_count": 5, "favorited": false, "lang": "en"
    })
}

#[test]
fn a_status_becomes_a_post() {
    let post = one(&status());
    assert_eq!(post.id.as_str(), "x:1126201387722477714");
    assert_eq!(post.created_at, "2019-05-08T19:05:09Z".parse().unwrap());
    assert_eq!(post.text, "A1: leeks & peas #GardenChat https://t.example/1");
    assert_eq!(post.kind, PostKind::Reply);
    assert_eq!(post.reply_to.unwrap().as_str(), "x:1126200343340777489");
    assert_eq!((post.quote_of, post.repost_of, post.edited_at), (None, None, None));
    assert_eq!(post.hashtags, ["GardenChat"]);
    assert_eq!(post.mentions, ["Ulf"]);
    assert_eq!(post.urls, ["https://seeds.example/peas"]);
    assert_eq!((post.like_count, post.repost_count, post.reply_count), (Some(5), Some(2), None));
    assert_eq!(post.source_app.as_deref(), Some("Garden Deck"));
    assert_eq!(post.lang.as_deref(), Some("en"));
    let author = post.author;
    assert_eq!(author.id.as_str(), "x:42");
    assert_eq!(author.handle.as_deref(), Some("Bea_Grows"));
    assert_eq!(author.name.as_deref(), Some("Bea & Co"));
    assert_eq!((author.followers, author.following, author.posts), (Some(12), Some(3), Some(99)));
    assert_eq!(author.created_at, Some("2010-04-06T08:09:10Z".parse().unwrap()));
}

#[test]
fn the_longest_text_wins() {
    let mut long = status();
    long["truncated"] = json!(true);
    long["text"] = json!("A1: leeks…");
    long["extended_tweet"] = json!({
        "full_text": "A1: leeks and so much more #late",
        "entities": {"hashtags": [{"text": "late"}], "user_mentions": [], "urls": []}
    });
    let post = one(&long);
    assert_eq!(post.text, "A1: leeks and so much more #late");
    assert_eq!(post.hashtags, ["late"]);
    let mut full = status();
    full["full_text"] = json!("all of it");
    full.as_object_mut().unwrap().remove("text");
    assert_eq!(one(&full).text, "all of it");
}

#[test]
fn a_repost_takes_text_and_tags_of_the_original() {
    let mut original = status();
    original["id_str"] = json!("1000000000000");
    original["text"] = json!("A long answer that ends in its tag #GardenChat");
    original["user"]["screen_name"] = json!("ulf");
    let mut repost = status();
    repost["text"] = json!("RT @ulf: A long answer that en…");
    repost["entities"]["hashtags"] = json!([]);
    repost["retweeted_status"] = original;
    repost["quoted_status_id_str"] = json!("5");
    let post = one(&repost);
    assert_eq!(post.kind, PostKind::Repost);
    assert_eq!(post.repost_of.unwrap().as_str(), "x:1000000000000");
    assert_eq!((post.reply_to, post.quote_of), (None, None));
    assert_eq!(post.text, "RT @ulf: A long answer that ends in its tag #GardenChat");
    assert_eq!(post.hashtags, ["GardenChat"]);
}

#[test]
fn a_quote_that_replies_is_a_quote() {
    let mut quote = status();
    quote["quoted_status"] =
        json!({"id": 77, "id_str": "77", "text": "x", "user": {"screen_name": "y"}});
    let post = one(&quote);
    assert_eq!(post.kind, PostKind::Quote);
    assert_eq!(post.quote_of.unwrap().as_str(), "x:77");
    assert!(post.reply_to.is_some());
}

#[test]
fn what_is_no_status_is_counted_by_kind() {
    let table = [
        (json!({"delete": {"status": {"id": 5, "id_str": "5", "user_id": 1}}}), "deletion"),
        (json!({"limit": {"track": 10}}), "stream message"),
        (json!({"statuses": [], "search_metadata": {}}), "empty page"),
    ];
    for (value, kind) in table {
        let out = decoded(&value);
        assert_eq!(out.unrelated, [kind], "{value}");
        assert!(out.posts.is_empty() && out.rejected.is_empty());
    }
    let mut protected = status();
    protected["user"]["protected"] = json!(true);
    assert_eq!(decoded(&protected).unrelated, ["not public"]);
    let deletion = decoded(&json!({"delete": {"status": {"id_str": "5"}}}));
    assert_eq!(deletion.deletions[0].as_str(), "x:5");
    let page = decoded(&json!({"statuses": [status(), status()], "search_metadata": {}}));
    assert_eq!(page.posts.len(), 2);
}

#[test]
fn what_cannot_be_taken_says_why() {
    let without = |field: &str| {
        let mut value = status();
        value.as_object_mut().unwrap().remove(field);
        value
    };
    let with = |field: &str, other: Value| {
        let mut value = status();
        value[field] = other;
        value
    };
    let mut no_id = without("id_str");
    no_id["id"] = json!(1.126_000_000_000_000_5e18);
    for (value, class) in [
        (no_id, class::NO_ID),
        (with("id_str", json!("5.7E17")), class::NO_ID),
        (with("created_at", json!("yesterday")), class::NO_TIME),
        (without("user"), class::NO_AUTHOR),
        (with("user", json!({"name": "nobody"})), class::NO_AUTHOR),
        (without("text"), class::FOREIGN),
        (json!({"colour": "green"}), class::FOREIGN),
        (json!([1, 2]), class::UNEXPECTED),
        (with("entities", json!("none")), class::UNEXPECTED),
    ] {
        let out = decoded(&value);
        assert_eq!(out.rejected.len(), 1, "{value}: {out:?}");
        assert_eq!(out.rejected[0].class, class, "{value}: {}", out.rejected[0].detail);
        assert!(out.posts.is_empty());
    }
    // An integer id is as good as a string, a time can come from the id.
    assert_eq!(one(&without("id_str")).id.as_str(), "x:1126201387722477714");
    assert_eq!(one(&without("created_at")).created_at, "2019-05-08T19:05:09Z".parse().unwrap());
}

#[test]
fn bytes_that_are_no_json_say_so() {
    let text = status().to_string();
    for (bytes, class) in [
        (&text.as_bytes()[..text.len() / 2], class::TRUNCATED),
        (b"{\"id_str\": nonsense}", class::MALFORMED),
        (b"\xff\xfe", class::MALFORMED),
        (b"12", class::UNEXPECTED),
    ] {
        let mut out = Decoded::default();
        decode(Format::XV11, bytes, &mut out);
        assert_eq!(out.rejected[0].class, class, "{:?}", out.rejected);
    }
}

#[test]
fn another_format_is_read_as_such() {
    let mut out = Decoded::default();
    let event = json!({"did": "did:plc:a", "time_us": 1, "kind": "identity", "identity": {}});
    decode(Format::XV11, event.to_string().as_bytes(), &mut out);
    assert_eq!(out.unrelated, ["identity"]);
}
