use super::*;

#[test]
fn formats_are_told_by_their_keys() {
    let table: [(&str, Format, Framing); 31] = [
        ("{\"id_str\":\"1\",\"user\":{\"data\":1},\"text\":\"x\"}\n", Format::XV11, Framing::Lines),
        ("{\"delete\":{\"status\":{\"id_str\":\"1\"}}}\n", Format::XV11, Framing::Lines),
        ("{\"statuses\":[],\"search_metadata\":{}}", Format::XV11, Framing::Lines),
        ("{\"data\":[{\"id\":\"1\"}],\"includes\":{}}\n", Format::XV2, Framing::Lines),
        ("{\"meta\":{\"result_count\":0}}\n", Format::XV2, Framing::Lines),
        ("{\"id\":\"1\",\"text\":\"a\",\"author_id\":\"2\"}\n", Format::XV2Flat, Framing::Lines),
        ("[{\"id\":\"1\",\"text\":\"a\",\"author_id\":\"2\"}]", Format::XV2Flat, Framing::Values),
        (
            "[\n  {\n    \"uri\": \"u\", \"content\": \"\", \"account\": {}",
            Format::Mastodon,
            Framing::Values,
        ),
        ("{\"uri\":\"u\",\"account\":{},\"content\":\"", Format::Mastodon, Framing::Lines),
        ("{\n \"posts\": [\n", Format::Bluesky, Framing::Values),
        ("{\"uri\":\"at://\",\"author\":{},\"record\":{}}", Format::Bluesky, Framing::Lines),
        ("{\"did\":\"d\",\"time_us\":1,\"kind\":\"commit\"", Format::Jetstream, Framing::Lines),
        (
            "{\"id_str\":\"1\",\"te\n{\"did\":\"d\",\"kind\":\"commit\"}\n",
            Format::Jetstream,
            Framing::Lines,
        ),
        (
            "{\"id_str\":\"1\",\n{\"did\":\"d\",\"kind\":\"commit\"}\n",
            Format::Jetstream,
            Framing::Lines,
        ),
        // The second piece of a file that was split at a number of bytes.
        (
            "[],\"urls\":[]},\"lang\":\"en\"}\r\n{\"did\":\"d\",\"kind\":\"commit\"}\r\n",
            Format::Jetstream,
            Framing::Lines,
        ),
        ("[\n{\"people\":1}\n]\n", Format::Unrecognised, Framing::Unread),
        ("created_at,text,user\n1,2,3\n", Format::Csv, Framing::Table),
        ("a,b,c\n1,2,3\n", Format::Unrecognised, Framing::Unread),
        ("time,username,text\r5/1/12 20:01,b,c\r", Format::StorifyCsv, Framing::Table),
        (
            "{\"id_str\":\"1\",\"user\":{},\"text\":\"x\"}\r{\"id_str\":\"2\"}\r",
            Format::XV11,
            Framing::Values,
        ),
        ("window.YTD.tweet.part0 = [ {", Format::XArchive, Framing::List),
        ("window.YTD.direct_messages.part0 = [ {", Format::XArchiveOther, Framing::Part),
        ("window.YTD.tweets.part0 = ", Format::XArchive, Framing::Unread),
        ("{\"tweet\":{\"id_str\":\"1\"}}", Format::XArchive, Framing::Lines),
        ("{\"id\":\"outbox.json\",\"orderedItems\":[", Format::MastodonOutbox, Framing::List),
        (
            "{\"_type\":\"snscrape.modules.twitter.Tweet\",\"id\":1}",
            Format::Snscrape,
            Framing::Lines,
        ),
        ("{\"rest_id\":\"1\",\"legacy\":{}}", Format::XGraphQl, Framing::Lines),
        ("{\"users\":[{\"id\":\"1\"}],\"tweets\":[]}", Format::XV2Includes, Framing::Lines),
        ("# A chat\n\nwords, many, of them\n", Format::Markdown, Framing::Blocks),
        ("   \n", Format::Unrecognised, Framing::Lines),
        (
            "{\"v\":1,\"kind\":\"post\",\"chat\":\"a\",\"id\":\"x:1\",\"created_at_us\":0,\"author\":{},\"text\":\"\"}",
            Format::Colloquy,
            Framing::Lines,
        ),
    ];
    for (head, format, framing) in table {
        let sniffed = sniff(head.as_bytes(), &ReadOptions::default());
        assert_eq!((sniffed.reading.format, sniffed.framing), (format, framing), "{head}");
    }
}

#[test]
fn what_is_not_read_is_described() {
    for (head, why) in [
        (&b"a,b,c\n"[..], "comma-separated"),
        (b"- yaml: yes\n", "without JSON"),
        (b"{\"people\":[{\"id\":\"1\"}]}", "no known format"),
        (b"\x80\x81\x82", "not text"),
        (b"   \n", "blank lines"),
        (b"", "empty"),
    ] {
        let told = sniff(head, &ReadOptions::default()).why;
        assert!(told.contains(why), "{head:?}: {told}");
    }
    let columns = vec![(crate::Field::Text, "Words".to_owned())];
    let told = sniff(b"a,b,c\n", &ReadOptions { columns, ..ReadOptions::default() }).why;
    assert!(told.contains("without a column \"Words\""), "{told}");
}

#[test]
fn the_user_knows_better() {
    let forced = |format, head: &str| {
        let options = ReadOptions { format: Some(format), ..ReadOptions::default() };
        let sniffed = sniff(head.as_bytes(), &options);
        (sniffed.reading.format, sniffed.framing)
    };
    assert_eq!(forced(Format::Csv, "time,username,text\n"), (Format::Csv, Framing::Table));
    assert_eq!(forced(Format::XV2, "{\"x\":1}\n"), (Format::XV2, Framing::Lines));
    assert_eq!(forced(Format::Markdown, "words"), (Format::Markdown, Framing::Blocks));
    assert_eq!(forced(Format::TagsCsv, "a,b\n"), (Format::Unrecognised, Framing::Unread));
    assert_eq!(forced(Format::StorifyCsv, "time,username,text,no\n").0, Format::StorifyCsv);
    // Not of what is private, nor of what Colloquy wrote.
    let private = "window.YTD.direct_messages.part0 = [ {";
    assert_eq!(forced(Format::XArchive, private), (Format::XArchiveOther, Framing::Part));
    let own = "{\"v\":1,\"kind\":\"post\",\"chat\":\"a\",\"id\":\"x:1\",\"created_at_us\":0}";
    assert_eq!(forced(Format::Csv, own).0, Format::Colloquy);
}
