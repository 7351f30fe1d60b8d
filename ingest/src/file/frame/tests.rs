#![allow(clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use crate::{
    decode::{Format, Framing, ReadOptions, Reading, Sniffed, Table},
    file::cut::Framer,
};

/// A file that was taken for something that is framed so.
fn cut<R: Read>(read: R, framing: Framing) -> Framer<'static, R> {
    static OPTIONS: ReadOptions = ReadOptions { zone: None, columns: Vec::new(), format: None };
    let reading = Reading::of(Format::XV11, &OPTIONS);
    let sniffed = Sniffed { reading, framing, skip: 0, why: String::new() };
    Framer::new(sniffed, read, Vec::new(), None, &OPTIONS)
}

fn next<R: Read>(framer: &mut Framer<'_, R>) -> Option<Framed> {
    framer.next().map(|(_, framed)| framed)
}

/// Delivers a few bytes at a time and fails at the end if told to.
struct Dribble<'b>(&'b [u8], usize, bool);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() && self.2 {
            return Err(io::Error::other("the disk is gone"));
        }
        let bytes = self.1.min(self.0.len()).min(buffer.len());
        buffer[..bytes].copy_from_slice(&self.0[..bytes]);
        self.0 = &self.0[bytes..];
        Ok(bytes)
    }
}

fn values(text: &str, step: usize) -> Vec<(u64, String)> {
    let mut framer = cut(Dribble(text.as_bytes(), step, false), Framing::Values);
    let mut all = Vec::new();
    while let Some(framed) = next(&mut framer) {
        let Framed::Values(bytes, ranges) = framed else { panic!("{framed:?}") };
        for (line, range) in ranges {
            all.push((line, String::from_utf8(bytes[range].to_vec()).unwrap()));
        }
    }
    all
}

#[test]
fn values_are_cut_wherever_the_bytes_come_from() {
    let text = "[\n {\"a\": [1, {\"b\": \"}]\\\"\"}]},\n {\"c\":\n 2}, 7 ,{}]\n{\"d\": 1}{\"e\":{";
    let expected = vec![
        (2, "{\"a\": [1, {\"b\": \"}]\\\"\"}]}".to_owned()),
        (3, "{\"c\":\n 2}".to_owned()),
        (4, "7".to_owned()),
        (4, "{}".to_owned()),
        (5, "{\"d\": 1}".to_owned()),
        (5, "{\"e\":{".to_owned()),
    ];
    for step in [1, 2, 3, 7, 1000] {
        assert_eq!(values(text, step), expected, "in steps of {step}");
    }
}

#[test]
fn lines_keep_their_numbers_over_chunks() {
    let line = "x".repeat(1000);
    let text = format!("{line}\n\r\n").repeat(3000) + "tail";
    let mut framer = cut(Dribble(text.as_bytes(), 64 * 1024, false), Framing::Lines);
    let mut expected = 1;
    let mut joined = Vec::new();
    while let Some(framed) = next(&mut framer) {
        let Framed::Lines(line, bytes) = framed else { panic!("not lines") };
        assert_eq!(line, expected);
        expected += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        joined.extend(bytes);
    }
    assert_eq!(joined, text.as_bytes());
    assert_eq!(expected, 6001);
}

#[test]
fn a_read_error_comes_after_what_was_read() {
    let mut framer = cut(Dribble(b"one\ntwo\nthr", 4, true), Framing::Lines);
    assert!(matches!(next(&mut framer), Some(Framed::Lines(1, bytes)) if bytes == b"one\ntwo\n"));
    assert!(matches!(next(&mut framer), Some(Framed::Failed(3, bytes, _)) if bytes == b"thr"));
    assert!(next(&mut framer).is_none());
    let mut framer = cut(Dribble(b"[{\"a\":1},\n{\"b", 4, true), Framing::Values);
    assert!(matches!(next(&mut framer), Some(Framed::Values(..))));
    assert!(matches!(next(&mut framer), Some(Framed::Failed(2, bytes, _)) if bytes == b"{\"b"));
    assert!(next(&mut framer).is_none());
}

#[test]
fn what_is_too_long_is_kept_in_part_and_the_rest_goes_on() {
    let mut text = vec![b'x'; VALUE_BYTES_MAX + 2 * CHUNK_BYTES];
    text.extend(b"\nnext\n");
    let mut framer = cut(&text[..], Framing::Lines);
    assert!(
        matches!(next(&mut framer), Some(Framed::TooLong(1, kept)) if kept.len() == KEPT_BYTES_MAX)
    );
    assert!(matches!(next(&mut framer), Some(Framed::Lines(2, bytes)) if bytes == b"next\n"));
    assert!(next(&mut framer).is_none());

    let mut text = b"[{\"a\":\"".to_vec();
    text.resize(VALUE_BYTES_MAX + 2 * CHUNK_BYTES, b'x');
    text.extend(b"\"},\n{\"b\":1}]");
    let mut framer = cut(&text[..], Framing::Values);
    assert!(
        matches!(next(&mut framer), Some(Framed::TooLong(1, kept)) if kept.len() == KEPT_BYTES_MAX)
    );
    let Some(Framed::Values(bytes, ranges)) = next(&mut framer) else { panic!("no value") };
    assert_eq!(&bytes[ranges[0].1.clone()], b"{\"b\":1}");
    assert_eq!(ranges[0].0, 2);
    assert!(next(&mut framer).is_none());
}

const HEADER: &str = "id,created_at,user,text\n";
const JSON: &str = "{\"id_str\":\"1\",\"user\":{},\"text\":\"x\"}\n";

/// Every row with its line, and the format it is read as.
fn rows(text: &str, step: usize) -> Vec<(Format, u64, String)> {
    let options = ReadOptions::default();
    let head = &text.as_bytes()[..text.len().min(3 * HEADER.len())];
    let sniffed = crate::decode::sniff(head, &options);
    let rest = Dribble(&text.as_bytes()[head.len()..], step, false);
    let mut framer = Framer::new(sniffed, rest, head.to_vec(), None, &options);
    let mut all = Vec::new();
    while let Some((reading, framed)) = framer.next() {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        match framed {
            Framed::Values(bytes, ranges) => {
                all.extend(
                    ranges
                        .into_iter()
                        .map(|(line, range)| (reading.format, line, text(&bytes[range]))),
                );
            }
            Framed::Lines(line, bytes) => {
                let lines = text(&bytes);
                all.extend(
                    (line..)
                        .zip(lines.lines())
                        .map(|(at, line)| (reading.format, at, line.to_owned())),
                );
            }
            other => panic!("{other:?}"),
        }
    }
    all
}

#[test]
fn a_file_may_become_another_one_on_the_way() {
    let csv = Format::Csv;
    for (text, expected) in [
        (
            format!("{HEADER}1,t,b,\"a\nb\"\n\n2,t,b,c\n{HEADER}3,t,b,c"),
            vec![
                (csv, 2, "1,t,b,\"a\nb\""),
                (csv, 5, "2,t,b,c"),
                (csv, 6, ""),
                (csv, 7, "3,t,b,c"),
            ],
        ),
        (
            format!("{JSON}{JSON}{HEADER}1,t,b,a\n{JSON}{JSON}"),
            vec![
                (Format::XV11, 1, JSON.trim()),
                (Format::XV11, 2, JSON.trim()),
                (csv, 4, "1,t,b,a"),
                (Format::XV11, 5, JSON.trim()),
                (Format::XV11, 6, JSON.trim()),
            ],
        ),
        (
            format!("{HEADER}1,t,b,a\ntime,username,text\n5/1/12 20:01,b,c\n"),
            vec![(csv, 2, "1,t,b,a"), (Format::StorifyCsv, 4, "5/1/12 20:01,b,c")],
        ),
        // A line about the table is none of its rows; a row before its header is.
        (
            format!(",Query: #x,,\n123456789,2020-01-01,b,a\n{HEADER}1,t,b,a\n"),
            vec![(csv, 2, "123456789,2020-01-01,b,a"), (csv, 4, "1,t,b,a")],
        ),
        // The last line of a text in the first column has as many cells as a row.
        (
            "text,created_at,user,id\n\"a\nb\",2020-01-01,u,1\n\"c, d\n#e\",2020-01-01,u,2\n"
                .to_owned(),
            vec![(csv, 2, "\"a\nb\",2020-01-01,u,1"), (csv, 4, "\"c, d\n#e\",2020-01-01,u,2")],
        ),
        // A quote that is never closed costs its own line.
        (
            format!("{HEADER}1,t,b,\"a\n2,t,b,c\n3,t,b,d\n"),
            vec![(csv, 2, "1,t,b,\"a\n"), (csv, 3, "2,t,b,c"), (csv, 4, "3,t,b,d")],
        ),
        (
            "# Chat\n\nwords\n### [@a](x)\nb\n#tag no heading\n### [@c](x)".to_owned(),
            vec![
                (Format::Markdown, 1, "# Chat\n\nwords\n"),
                (Format::Markdown, 4, "### [@a](x)\nb\n#tag no heading\n"),
                (Format::Markdown, 7, "### [@c](x)"),
            ],
        ),
        (
            "window.YTD.tweets.part0 = [\n{\"a\": 1},\n{\"b\": [2]}\n];\n".to_owned(),
            vec![(Format::XArchive, 2, "{\"a\": 1}"), (Format::XArchive, 3, "{\"b\": [2]}")],
        ),
        (
            "{\"id\": \"outbox.json\", \"orderedItems\": [{\"a\": 1}, \"x\"], \"z\": {}}"
                .to_owned(),
            vec![(Format::MastodonOutbox, 1, "{\"a\": 1}"), (Format::MastodonOutbox, 1, "\"x\"")],
        ),
    ] {
        rows_are(&text, &expected);
    }
}

#[test]
fn lists_behind_one_another_are_all_read() {
    for (text, expected) in [
        // Pages of one outbox, and parts of one archive, one behind the other.
        (
            "{\"orderedItems\": [1, {\"a\": 2}]}\n{\"id\": \"p2\", \"orderedItems\": [3]}\n{\"orderedItems\": []}\n".to_owned(),
            vec![
                (Format::MastodonOutbox, 1, "1"),
                (Format::MastodonOutbox, 1, "{\"a\": 2}"),
                (Format::MastodonOutbox, 2, "3"),
            ],
        ),
        (
            "window.YTD.tweets.part0 = [ {\"a\": 1} ];\nwindow.YTD.tweets.part1 = [\n{\"b\": 2}\n]\n".to_owned(),
            vec![(Format::XArchive, 1, "{\"a\": 1}"), (Format::XArchive, 3, "{\"b\": 2}")],
        ),
    ] {
        rows_are(&text, &expected);
    }
}

fn rows_are(text: &str, expected: &[(Format, u64, &str)]) {
    for step in [1, 5, 100_000] {
        let found = rows(text, step);
        let found: Vec<(Format, u64, &str)> =
            found.iter().map(|(format, line, row)| (*format, *line, row.as_str())).collect();
        assert_eq!(found, expected, "{text:?} in steps of {step}");
    }
}

#[test]
fn a_record_over_the_bound_gives_up_one_line() {
    let swallowed = "5,t,b,ccccccccccccc\n".repeat(400_000);
    let text = format!("{HEADER}1,t,b,\"a,\n{swallowed}");
    let options = ReadOptions::default();
    let table = Table::find(text.as_bytes(), &[], None).unwrap();
    let reading = Reading::of_table(table, &options);
    let sniffed = Sniffed { reading, framing: Framing::Table, skip: 0, why: String::new() };
    let mut framer = Framer::new(sniffed, text.as_bytes(), Vec::new(), None, &options);
    let (mut too_long, mut records) = (0, 0);
    while let Some(framed) = next(&mut framer) {
        match framed {
            Framed::Damaged(2, kept) => {
                assert_eq!(kept, b"1,t,b,\"a,\n");
                too_long += 1;
            }
            Framed::Values(_, rows) => records += rows.len(),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((too_long, records), (1, 400_000));
}
