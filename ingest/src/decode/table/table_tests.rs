use super::*;
use crate::decode::{ReadOptions, note};

const COMMAS: Dialect = Dialect { delimiter: b',', bare_cr: false };

fn table(text: &str) -> Table {
    Table::find(text.as_bytes(), &[], None).expect("a table")
}

fn decoded(text: &str, options: &ReadOptions) -> Decoded {
    let table = Table::find(text.as_bytes(), &options.columns, options.format).expect("a table");
    let reading = Reading::of_table(table.clone(), options);
    let mut out = Decoded::default();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(record) = next_record(bytes, at, table.dialect, true) {
        at = record.next;
        if bytes[record.from..record.until] == table.header {
            break;
        }
    }
    while let Some(record) = next_record(bytes, at, table.dialect, true) {
        table.decode(&reading, &bytes[record.from..record.until], &mut out);
        at = record.next;
    }
    out
}

#[test]
fn records_end_outside_of_quotes() {
    for (text, records) in [
        ("a,b\nc,d\n", vec!["a,b", "c,d"]),
        ("a,b\r\n\r\nc,d", vec!["a,b", "c,d"]),
        ("\"a\n\"\"b\"\"\",c\nd,e\n", vec!["\"a\n\"\"b\"\"\",c", "d,e"]),
        ("a,5\" pipe\nb,c\n", vec!["a,5\" pipe", "b,c"]),
        ("a,\"b\"c\nd,e\n", vec!["a,\"b\"c", "d,e"]),
        ("a\rb,c\nd,e\n", vec!["a\rb,c", "d,e"]),
        ("\n\n", vec![]),
    ] {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(record) = next_record(text.as_bytes(), at, COMMAS, true) {
            found.push(&text[record.from..record.until]);
            at = record.next;
        }
        assert_eq!(found, records, "{text:?}");
    }
    let old = Dialect { bare_cr: true, ..COMMAS };
    let record = next_record(b"a,\"b\rc\"\rd,e\r", 0, old, false).unwrap();
    assert_eq!((record.until, record.cells), (7, 2));
    assert_eq!(next_record(b"a,\"b\"", 0, COMMAS, false), None);
    assert_eq!(next_record(b"a,\"b", 0, COMMAS, true).unwrap().cells, 2);
}

#[test]
fn quotes_have_their_place() {
    for record in ["a,b", "\"a\nb\",c", "\"a \"\"b\"\"\",\"\"", "", ",", "a,\"b\""] {
        assert!(is_clean(record.as_bytes(), b','), "{record}");
    }
    for record in ["a\"b,c", "\"a\"b,c", "\"a", "a,\"b", "a,b\""] {
        assert!(!is_clean(record.as_bytes(), b','), "{record}");
    }
}

#[test]
fn tables_are_told_by_their_columns() {
    for (header, format) in [
        (
            "created_at,id,in_reply_to_status_id,reweet_id,text,tweet_url,user_screen_name",
            Format::TwarcCsv,
        ),
        (
            "id,author_id,created_at,text,public_metrics.like_count,author.username",
            Format::Twarc2Csv,
        ),
        ("id_str,from_user,text,created_at,time,status_url,entities_str", Format::TagsCsv),
        (
            "user_id,status_id,created_at,screen_name,text,is_retweet,retweet_status_id",
            Format::RtweetCsv,
        ),
        ("Date,Screen Name,Full Name,Tweet Text,Tweet ID,Link(s),App", Format::ArchiverCsv),
        ("time,username,text", Format::StorifyCsv),
        (
            "id,thread_id,timestamp,unix_timestamp,link,subject,body,author,author_id",
            Format::FourCatCsv,
        ),
        ("id,time,created_at,from_user_name,text,to_user_name,from_user_realname", Format::TcatCsv),
        ("id,conversation_id,date,time,timezone,username,tweet,replies_count", Format::TwintCsv),
        (
            "date,username,to,replies,retweets,favorites,text,geo,id,permalink",
            Format::GetOldTweetsCsv,
        ),
        ("tweet_id,user_username,text,author_id,created_at,sourcetweet_type", Format::AcademicCsv),
        ("tweet_id,timestamp,source,text,retweeted_status_id,expanded_urls", Format::XArchiveCsv),
        ("text,created_at,author_id,id,conversation_id", Format::XV2Csv),
        (",id,datetime,user,text,date,hour", Format::Csv),
        ("When;Who;created_at;user;Tweet", Format::Csv),
    ] {
        assert_eq!(table(&format!("{header}\n")).format, format, "{header}");
    }
    for nothing in
        ["a,b,c\n1,2,3\n", "text\nhello\n", "text,likes\nhello,3\n", "name,date\nx,y\n", ""]
    {
        assert_eq!(Table::find(nothing.as_bytes(), &[], None), None, "{nothing}");
    }
}

#[test]
fn a_header_may_come_after_other_lines() {
    let text = ",Twitter Query: #gardenchat,,\nDate,Screen Name,Tweet Text,Tweet ID\n1/2/2023 1:02:03,@bea,A1,5\n";
    let table = table(text);
    assert_eq!((table.format, &table.header[..4]), (Format::ArchiverCsv, &b"Date"[..]));
}

#[test]
fn named_columns_go_before_the_usual_names() {
    let options = ReadOptions {
        columns: vec![
            (Field::Text, "Was".to_owned()),
            (Field::CreatedAt, "wann".to_owned()),
            (Field::AuthorHandle, "Wer".to_owned()),
        ],
        ..ReadOptions::default()
    };
    let out = decoded("Wer;Wann;Was;text\nbea;2019-05-08 19:05:09;A1 leeks;other\n", &options);
    let post = &out.posts[0].post;
    assert_eq!((post.text.as_str(), post.author.id.as_str()), ("A1 leeks", "x:@bea"));
    assert_eq!(out.notes, [note::TIME_WITHOUT_ZONE, note::ID_DERIVED]);
}

#[test]
fn zones_are_the_exporters_unless_an_id_tells() {
    let rows = "id,created_at,user,text\n1631728157532885005,3/3/2023 13:48:03,bea,A1\n7,3/3/2023 13:48:03,bea,A2\n7,3/26/2023 13:48:03,bea,A2\n";
    let zoned = ReadOptions {
        zone: Some(TimeZone::get("America/New_York").expect("a zone")),
        ..ReadOptions::default()
    };
    for (options, second, third) in [
        (&zoned, "2023-03-03T18:48:03Z", "2023-03-26T17:48:03Z"),
        (&ReadOptions::default(), "2023-03-03T13:48:03Z", "2023-03-26T13:48:03Z"),
    ] {
        let out = decoded(rows, options);
        let times: Vec<String> = out.posts.iter().map(|f| f.post.created_at.to_string()).collect();
        assert_eq!(times, ["2023-03-03T18:48:03Z", second, third]);
    }
}

#[test]
fn rounded_ids_come_from_the_address_or_are_derived() {
    let rows = "id,created_at,user,text,tweet_url,in_reply_to_status_id\n\
        583125411948213000,2015-04-01T03:55:33Z,bea,A1,https://twitter.com/bea/status/583125411948213248,583125411948206000\n\
        583125411948213000,2015-04-01T03:55:33Z,bea,A1,,583125411948206123\n\
        583125411948213001,2015-04-01T03:55:33Z,bea,A1,https://twitter.com/bea/status/583125411948213248,583125411948206123\n";
    let out = decoded(rows, &ReadOptions::default());
    let ids: Vec<&str> = out.posts.iter().map(|found| found.post.id.as_str()).collect();
    assert_eq!(ids[0], "x:583125411948213248");
    assert!(ids[1].starts_with("x:derived-"), "{ids:?}");
    // The address of a post by its author is the post's, whatever number a row has.
    assert_eq!(ids[2], "x:583125411948213248");
    let replies: Vec<&str> =
        out.posts.iter().filter_map(|found| Some(found.post.reply_to.as_ref()?.as_str())).collect();
    assert_eq!(replies, ["x:~583125411948206000", "x:~583125411948206123", "x:583125411948206123"]);
    assert_eq!(out.notes, [note::ID_FROM_ADDRESS, note::ID_DERIVED]);
}

#[test]
fn what_a_row_is_follows_from_its_columns_or_its_text() {
    let rows = "id,created_at,user,text,retweet_status_id,quoted_status_id,in_reply_to_status_id,in_reply_to_user_id\n\
        1,2015-04-01T03:55:33Z,bea,leeks,7,,,\n\
        2,2015-04-01T03:55:33Z,bea,leeks,NA,8,9,\n\
        3,2015-04-01T03:55:33Z,bea,leeks,,,9,\n\
        4,2015-04-01T03:55:33Z,bea,leeks,,,,42\n\
        5,2015-04-01T03:55:33Z,bea,RT @cleo: leeks,,,,\n\
        6,2015-04-01T03:55:33Z,bea,@cleo leeks,,,,\n";
    let out = decoded(rows, &ReadOptions::default());
    let kinds: Vec<&str> = out.posts.iter().map(|found| found.post.kind.as_str()).collect();
    // The table has a column for replies, so that "@cleo" alone makes none.
    assert_eq!(kinds, ["repost", "quote", "reply", "reply", "repost", "original"]);
    let out =
        decoded("time,username,text\n5/10/12 20:01,bea,@cleo leeks\n", &ReadOptions::default());
    assert_eq!(out.posts[0].post.kind.as_str(), "reply");
}

#[test]
fn damaged_rows_are_told() {
    let rows = "id,text,created_at,user\n1,a,b,c,d,e\n2,\"open,2015-04-01T03:55:33Z,bea\n3,short\n,,,\n4,fine,2015-04-01T03:55:33Z,bea,,\n5,fine,2015-04-01T03:55:33Z,b";
    let bytes = rows.as_bytes();
    let table = table(rows);
    let reading = Reading::of_table(table.clone(), &ReadOptions::default());
    let mut out = Decoded::default();
    for line in bytes.split(|byte| *byte == b'\n').skip(1) {
        table.decode(&reading, line, &mut out);
    }
    let details: Vec<&str> =
        out.rejected.iter().map(|rejection| rejection.detail.as_str()).collect();
    assert_eq!(
        details,
        ["6 cells under 4 columns", "a quote that is never closed", "2 cells under 4 columns"]
    );
    assert_eq!((out.posts.len(), out.unrelated.as_slice()), (2, &["empty row"][..]));
}

#[test]
fn bytes_of_windows_are_read() {
    let text = b"id,text,created_at,user\n1,caf\xe9 \x93leeks\x94,2015-04-01T03:55:33Z,bea\n";
    let table = Table::find(text, &[], None).expect("a table");
    let reading = Reading::of_table(table.clone(), &ReadOptions::default());
    let mut out = Decoded::default();
    table.decode(&reading, text.split(|byte| *byte == b'\n').nth(1).unwrap(), &mut out);
    assert_eq!(out.posts[0].post.text, "café “leeks”");
    assert_eq!(out.notes, [note::NOT_UTF8]);
}

fn ids(rows: &str) -> Vec<String> {
    let out = decoded(rows, &ReadOptions::default());
    out.posts.iter().map(|found| found.post.id.as_str().to_owned()).collect()
}

#[test]
fn an_address_is_the_posts_own_or_it_is_not() {
    let rows = "id,created_at,username,text,url\n\
        1,2015-04-01T03:55:33Z,bea,A1,https://twitter.com/Bea/status/583125411948213248\n\
        2,2015-04-01T03:55:33Z,cleo,see,https://twitter.com/bea/status/583125411948213248\n\
        109876543210987654,2023-04-01T03:55:33Z,dora,A1,https://g.example/@dora/109876543210987654\n\
        4,2015-04-01T03:55:33Z,bea,A2,https://x.com/i/status/583125411948213300\n";
    assert_eq!(
        ids(rows),
        [
            "x:583125411948213248",
            "x:2",
            "mastodon:https://g.example/@dora/109876543210987654",
            "x:583125411948213300"
        ]
    );
    let rows = "created_at,username,text,url\n2015-04-01T03:55:33Z,cleo,see,https://twitter.com/bea/status/583125411948213248\n";
    assert!(ids(rows)[0].starts_with("x:derived-"));
}

#[test]
fn words_in_the_place_of_an_id_are_none() {
    let rows = "id;created_at;username;text\n5,83115E+17;2015-04-01T01:00:00Z;bea;A1\n\
        5,83115E+17;2015-04-01T01:00:00Z;cleo;A1\n#N/A;2015-04-01T01:00:00Z;dora;A1\n";
    let ids = ids(rows);
    assert!(ids.iter().all(|id| id.starts_with("x:derived-")), "{ids:?}");
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
}

#[test]
fn authors_of_rounded_rows_are_their_handles() {
    let rows = "id,user_id,created_at,username,text,url\n\
        1245000000000123400,1187500000000001200,2020-04-01T01:00:00Z,bea,A1,https://twitter.com/bea/status/1245000000000123393\n";
    let out = decoded(rows, &ReadOptions::default());
    let post = &out.posts[0].post;
    assert_eq!((post.id.as_str(), post.author.id.as_str()), ("x:1245000000000123393", "x:@bea"));
}
