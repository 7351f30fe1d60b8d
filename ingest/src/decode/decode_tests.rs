use proptest::prelude::*;

use super::*;

/// One value of each format, invented.
const SAMPLES: [(Format, &str); 6] = [
    (
        Format::XV11,
        r#"{"id_str":"9","created_at":"Wed May 08 19:05:09 +0000 2019","text":"RT @b: x…","user":{"id_str":"1","screen_name":"a","created_at":"Wed May 08 19:05:09 +0000 2019"},"source":"<a href=\"x\">App &amp; Co</a>","entities":{"hashtags":[{"text":"t"}],"urls":[]},"retweeted_status":{"id_str":"8","full_text":"x &lt;y&gt; #t","user":{"screen_name":"b"}}}"#,
    ),
    (
        Format::XV2,
        r#"{"data":[{"id":"1126209123456789012","text":"a","author_id":"1","edit_history_tweet_ids":["1126209000000000000","1126209123456789012"],"referenced_tweets":[{"type":"retweeted","id":"3"}]}],"includes":{"users":[{"id":"1","username":"b"}],"tweets":[{"id":"3","text":"all"}]}}"#,
    ),
    (
        Format::XV2Flat,
        r#"{"id":"7","text":"a…","author_id":"1","created_at":"2024-02-01T20:00:00.000Z","author":{"id":"1","username":"b","public_metrics":{"tweet_count":"5"}}}"#,
    ),
    (
        Format::Mastodon,
        r#"{"id":"1","uri":"https://a.example/1","created_at":"2024-02-01T20:00:00.000Z","content":"<p>é <a href=\"https://b.example\">b</a>&amp;<br>＃</p>","account":{"acct":"a","url":"https://a.example/@a"},"in_reply_to_id":"4","tags":[{"name":"t","url":"https://a.example/tags/t"}]}"#,
    ),
    (
        Format::Bluesky,
        r#"{"posts":[{"uri":"at://did:plc:a/app.bsky.feed.post/1","author":{"did":"did:plc:a","handle":"a.example"},"record":{"text":"x","createdAt":"2024-02-01T20:00:00Z","facets":[{"features":[{"tag":"t"}]}]},"indexedAt":"2024-02-01T20:00:01Z"}]}"#,
    ),
    (
        Format::Jetstream,
        r#"{"did":"did:plc:a","time_us":1706817600000000,"kind":"commit","commit":{"operation":"create","collection":"app.bsky.feed.post","rkey":"1","record":{"text":"x","createdAt":"2024-02-01T20:00:00Z","embed":{"record":{"uri":"at://did:plc:b/app.bsky.feed.post/2"}}}}}"#,
    ),
];

#[test]
fn every_sample_is_a_post_whatever_it_was_expected_to_be() {
    for (format, sample) in SAMPLES {
        for (expected, _) in SAMPLES {
            let mut out = Decoded::default();
            decode(expected, sample.as_bytes(), &mut out);
            assert_eq!(out.posts.len(), 1, "{format:?} as {expected:?}: {out:?}");
            assert!(out.rejected.is_empty() && out.unrelated.is_empty());
        }
        let sniffed = sniff(sample.as_bytes(), &ReadOptions::default());
        assert_eq!((sniffed.reading.format, sniffed.framing), (format, Framing::Lines));
    }
}

/// Other rows of each format, and what becomes of them: a kind of unrelated row, a class of
/// rejection, or `post`.
const OTHERS: [(Format, &str, &str); 33] = [
    (Format::XV11, r#"{"delete":{"status":{"id_str":"1"}}}"#, kind::DELETION),
    (Format::XV11, r#"{"limit":{"track":3}}"#, kind::STREAM_MESSAGE),
    (Format::XV11, r#"{"warning":{"code":"FALLING_BEHIND"}}"#, kind::STREAM_MESSAGE),
    (Format::XV11, r#"{"friends":[1,2]}"#, kind::STREAM_MESSAGE),
    (Format::XV11, r#"{"disconnect":{"code":4}}"#, kind::STREAM_MESSAGE),
    (Format::XV11, r#"{"statuses":[],"search_metadata":{}}"#, kind::EMPTY_PAGE),
    (
        Format::XV11,
        r#"{"statuses":[{"id":9,"created_at":"Wed May 08 19:05:09 +0000 2019","text":"a","user":{"id":1}}]}"#,
        "post",
    ),
    (
        Format::XV11,
        r#"{"id":9,"id_str":"9","created_at":"Wed May 08 19:05:09 +0000 2019","full_text":"a","user":{"id":1,"protected":true}}"#,
        kind::NOT_PUBLIC,
    ),
    (
        Format::XV11,
        r#"{"id":9,"id_str":"9","created_at":"Wed May 08 19:05:09 +0000 2019","text":"a"}"#,
        class::NO_AUTHOR,
    ),
    (
        Format::XV11,
        r#"{"id":9,"id_str":"9","created_at":"Wed May 08 19:05:09 +0000 2019","full_text":"a"}"#,
        class::NO_AUTHOR,
    ),
    (
        Format::XV11,
        r#"{"created_at":"Wed May 08 19:05:09 +0000 2019","text":"a","user":{"id":1}}"#,
        class::NO_ID,
    ),
    (Format::XV2, r#"{"meta":{"result_count":0}}"#, kind::EMPTY_PAGE),
    (Format::XV2, r#"{"errors":[{"title":"operational-disconnect"}]}"#, kind::STREAM_MESSAGE),
    (Format::XV2, r#"{"data":[{"id":"1126209123456789012","text":"a"}]}"#, class::NO_AUTHOR),
    (
        Format::XV2,
        r#"{"data":{"id":"1126209123456789012","text":"a","author_id":"1"},"matching_rules":[{"id":"5"}]}"#,
        "post",
    ),
    (
        Format::XV2Flat,
        r#"{"id":"1126209123456789012","text":"a","author":{"id":"1","username":"b"}}"#,
        "post",
    ),
    (
        Format::XV2Flat,
        r#"{"author_id":"1","id":"1126209123456789012","text":"a","meta":{},"errors":[]}"#,
        "post",
    ),
    (
        Format::XV2Flat,
        r#"{"id":"7","text":"a","author_id":"1","created_at":"yesterday"}"#,
        class::NO_TIME,
    ),
    (
        Format::XV2Flat,
        r#"{"id":"1126209123456789012","text":"a","lang":"en","conversation_id":"1"}"#,
        class::NO_AUTHOR,
    ),
    (
        Format::XV2Flat,
        r#"{"id":"1126209123456789012","text":"a","author_id":"1","author":{"id":"1","protected":true}}"#,
        kind::NOT_PUBLIC,
    ),
    (
        Format::Mastodon,
        r#"{"id":"1","uri":"https://a.example/1","created_at":"2024-02-01T20:00:00.000Z","visibility":"direct","content":"a","account":{"acct":"a"}}"#,
        kind::NOT_PUBLIC,
    ),
    (
        Format::Mastodon,
        r#"{"id":"1","created_at":"2024-02-01T20:00:00.000Z","content":"a","account":{"acct":"a"},"reblogs_count":1}"#,
        class::NO_ID,
    ),
    (
        Format::Mastodon,
        r#"{"id":"1","uri":"https://a.example/1","created_at":"soon","text":"a","content":"a","account":{"acct":"a","url":"https://a.example/@a"}}"#,
        class::NO_TIME,
    ),
    (
        Format::Mastodon,
        r#"{"id":"1","uri":"https://a.example/1","created_at":"2024-02-01T20:00:00.000Z","content":"","account":{"acct":"a","url":"https://a.example/@a"},"reblog":{"uri":"https://b.example/2","content":"<p>b</p>"}}"#,
        "post",
    ),
    (Format::Bluesky, r#"{"posts":[],"hitsTotal":0}"#, kind::EMPTY_PAGE),
    (
        Format::Bluesky,
        r#"{"uri":"at://did:plc:a/app.bsky.feed.post/1","author":{"did":"did:plc:a"},"record":{"text":"x","createdAt":"2024-02-01T20:00:00Z"},"indexedAt":"2024-02-01T20:00:01Z"}"#,
        "post",
    ),
    (
        Format::Bluesky,
        r#"{"uri":"at://did:plc:a/app.bsky.feed.post/1","author":{"handle":"a.example"},"record":{"text":"x","createdAt":"2024-02-01T20:00:00Z"}}"#,
        class::NO_AUTHOR,
    ),
    (
        Format::Jetstream,
        r#"{"did":"did:plc:a","time_us":1,"kind":"account","account":{"active":true,"did":"did:plc:a"}}"#,
        kind::ACCOUNT,
    ),
    (
        Format::Jetstream,
        r#"{"did":"did:plc:a","time_us":1,"kind":"identity","identity":{"did":"did:plc:a"}}"#,
        kind::IDENTITY,
    ),
    (
        Format::Jetstream,
        r#"{"did":"did:plc:a","time_us":1,"kind":"commit","commit":{"operation":"delete","collection":"app.bsky.feed.post","rkey":"1"}}"#,
        kind::DELETION,
    ),
    (
        Format::Jetstream,
        r#"{"did":"did:plc:a","time_us":1,"kind":"commit","commit":{"operation":"create","collection":"app.bsky.feed.like","rkey":"1","record":{"text":5}}}"#,
        kind::LIKE,
    ),
    (
        Format::Jetstream,
        r#"{"did":"did:plc:a","time_us":1,"kind":"commit","commit":{"operation":"create","collection":"app.bsky.feed.post","rkey":"1"}}"#,
        class::FOREIGN,
    ),
    (Format::Unrecognised, r#"{"colour":"green"}"#, class::FOREIGN),
];

#[test]
fn a_row_comes_to_the_same_in_a_file_of_any_format() {
    let samples = SAMPLES.into_iter().map(|(format, row)| (format, row, "post"));
    let mut wrong = Vec::new();
    for (format, row, becomes) in OTHERS.into_iter().chain(samples) {
        let mut native = Decoded::default();
        decode(format, row.as_bytes(), &mut native);
        let what: Vec<&str> = (native.posts.iter().map(|_| "post"))
            .chain(native.unrelated.iter().copied())
            .chain(native.rejected.iter().map(|rejection| rejection.class))
            .collect();
        assert_eq!(what, [becomes], "{row}");
        for (file, _) in SAMPLES.into_iter().chain([(Format::Unrecognised, "")]) {
            let mut out = Decoded::default();
            decode(file, row.as_bytes(), &mut out);
            if out != native {
                wrong.push(format!("{row}\n  of {format:?} in a file of {file:?}: {out:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn half_an_emoji_makes_no_row_unreadable() {
    for (format, sample) in SAMPLES {
        for (half, whole) in
            [(r"\ud83d", "\u{fffd}"), (r"\ude00", "\u{fffd}"), (r"\ud83d\ude00", "\u{1f600}")]
        {
            let row = |text: &str| {
                let [inside, content] = ["text", "content"].map(|key| format!("{key}\":\""));
                sample
                    .replace(&inside, &format!("{inside}{text}"))
                    .replace(&content, &format!("{content}{text}"))
            };
            let (mut out, mut expected) = (Decoded::default(), Decoded::default());
            for (file, _) in SAMPLES {
                decode(file, row(half).as_bytes(), &mut out);
                decode(file, row(whole).as_bytes(), &mut expected);
            }
            assert_eq!(expected.posts.len(), SAMPLES.len(), "{format:?} {expected:?}");
            assert_eq!(out, expected, "{format:?}");
            assert!(expected.posts[0].post.text.contains(whole));
        }
    }
    // Not everything is repaired.
    let mut out = Decoded::default();
    decode(Format::XV11, br#"{"id":1,"text":"\ud83d"#, &mut out);
    assert_eq!(out.rejected[0].class, class::TRUNCATED);
}

#[test]
fn a_reason_does_not_grow_with_the_row() {
    let mut out = Decoded::default();
    let row = format!(
        r#"{{"id":"7","text":"a","author_id":"1","created_at":"{}"}}"#,
        "é".repeat(1_000_000)
    );
    decode(Format::XV2Flat, row.as_bytes(), &mut out);
    assert!(out.rejected[0].detail.starts_with("created_at is"));
    assert!(out.rejected[0].detail.len() < DETAIL_BYTES_MAX + 5);
}

proptest! {
    /// Whatever happens to the bytes, a value is a post, something unrelated, or rejected.
    #[test]
    fn broken_values_come_to_something(
        sample in 0..SAMPLES.len(),
        expected in 0..SAMPLES.len(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u32), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = SAMPLES[sample].1.as_bytes().to_vec();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let mut out = Decoded::default();
        decode(SAMPLES[expected].0, &bytes, &mut out);
        prop_assert!(out.posts.len() + out.unrelated.len() + out.rejected.len() > 0);
        let sniffed = sniff(&bytes, &ReadOptions::default());
        prop_assert!(!sniffed.why.is_empty());
    }
}
