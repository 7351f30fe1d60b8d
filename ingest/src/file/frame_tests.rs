#![allow(clippy::unwrap_used, reason = "a test may panic")]
use super::*;

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
    let mut framer = ValueFramer::new(Dribble(text.as_bytes(), step, false), Vec::new(), None);
    let mut all = Vec::new();
    while let Some(framed) = framer.next() {
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
    let mut framer = LineFramer::new(Dribble(text.as_bytes(), 64 * 1024, false), Vec::new(), None);
    let mut expected = 1;
    let mut joined = Vec::new();
    while let Some(framed) = framer.next() {
        let Framed::Lines(line, bytes) = framed else { panic!("not lines") };
        assert_eq!(line, expected);
        expected += memchr_iter(b'\n', &bytes).count() as u64;
        joined.extend(bytes);
    }
    assert_eq!(joined, text.as_bytes());
    assert_eq!(expected, 6001);
}

#[test]
fn a_read_error_comes_after_what_was_read() {
    let mut framer = LineFramer::new(Dribble(b"one\ntwo\nthr", 4, true), Vec::new(), None);
    assert!(matches!(framer.next(), Some(Framed::Lines(1, bytes)) if bytes == b"one\ntwo\n"));
    assert!(matches!(framer.next(), Some(Framed::Failed(3, bytes, _)) if bytes == b"thr"));
    assert!(framer.next().is_none());
    let mut framer = ValueFramer::new(Dribble(b"[{\"a\":1},\n{\"b", 4, true), Vec::new(), None);
    assert!(matches!(framer.next(), Some(Framed::Values(..))));
    assert!(matches!(framer.next(), Some(Framed::Failed(2, bytes, _)) if bytes == b"{\"b"));
    assert!(framer.next().is_none());
}

#[test]
fn what_is_too_long_is_kept_in_part_and_the_rest_goes_on() {
    let mut text = vec![b'x'; VALUE_BYTES_MAX + 2 * CHUNK_BYTES];
    text.extend(b"\nnext\n");
    let mut framer = LineFramer::new(&text[..], Vec::new(), None);
    assert!(
        matches!(framer.next(), Some(Framed::TooLong(1, kept)) if kept.len() == KEPT_BYTES_MAX)
    );
    assert!(matches!(framer.next(), Some(Framed::Lines(2, bytes)) if bytes == b"next\n"));
    assert!(framer.next().is_none());

    let mut text = b"[{\"a\":\"".to_vec();
    text.resize(VALUE_BYTES_MAX + 2 * CHUNK_BYTES, b'x');
    text.extend(b"\"},\n{\"b\":1}]");
    let mut framer = ValueFramer::new(&text[..], Vec::new(), None);
    assert!(
        matches!(framer.next(), Some(Framed::TooLong(1, kept)) if kept.len() == KEPT_BYTES_MAX)
    );
    let Some(Framed::Values(bytes, ranges)) = framer.next() else { panic!("no value") };
    assert_eq!(&bytes[ranges[0].1.clone()], b"{\"b\":1}");
    assert_eq!(ranges[0].0, 2);
    assert!(framer.next().is_none());
}
