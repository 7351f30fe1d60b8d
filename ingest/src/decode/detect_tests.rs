use super::*;

#[test]
fn formats_are_told_by_their_keys() {
    let table: [(&str, Format, Framing); 17] = [
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
        ("\u{feff}{\"did\":\"d\",\"kind\":\"commit\"}", Format::Jetstream, Framing::Lines),
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
        (
            "{\"v\":1,\"kind\":\"post\",\"chat\":\"a\",\"id\":\"x:1\",\"created_at_us\":0,\"author\":{},\"text\":\"\"}",
            Format::Colloquy,
            Framing::Lines,
        ),
        ("created_at,text,user\n1,2,3\n", Format::Unrecognised, Framing::Lines),
    ];
    for (head, format, framing) in table {
        let sniffed = sniff(head.as_bytes());
        assert_eq!((sniffed.format, sniffed.framing), (format, framing), "{head}");
    }
}

#[test]
fn what_is_not_read_is_described() {
    for (head, why) in [
        (&b"a,b,c\n"[..], "comma-separated"),
        (b"- yaml: yes\n", "without JSON"),
        (b"{\"users\":[{\"id\":\"1\"}]}", "no known format"),
        (b"\xff\xfea\0", "UTF-16"),
        (b"\x80\x81\x82", "not text"),
        (b"   \n", "blank lines"),
        (b"", "empty"),
    ] {
        assert!(sniff(head).why.contains(why), "{head:?}: {}", sniff(head).why);
    }
}
