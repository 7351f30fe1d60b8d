//! Access rules of the broker, made and taken back as an administrator would.
//!
//! Neither the broker's jars nor the binding can do that, so the two requests are written by hand.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

const CREATE: i16 = 30;
const DELETE: i16 = 31;
const VERSION: i16 = 1;

/// What a rule is about; the names of groups, ids and topics begin so.
#[derive(Clone, Copy)]
pub(super) enum On<'a> {
    Topics(&'a str),
    Groups(&'a str),
    Ids(&'a str),
}

/// What a rule is about doing.
#[derive(Clone, Copy)]
pub(super) enum Doing {
    All = 2,
    Read = 3,
    Write = 4,
    Create = 5,
    Describe = 8,
}

/// A rule for the user guest.
pub(super) struct Rule<'a> {
    on: On<'a>,
    doing: Doing,
    allows: bool,
}

/// That it is allowed, unless another rule denies it.
pub(super) fn allow(doing: Doing, on: On<'_>) -> Rule<'_> {
    Rule { on, doing, allows: true }
}

/// That it is denied, whatever else is allowed.
pub(super) fn deny(doing: Doing, on: On<'_>) -> Rule<'_> {
    Rule { on, doing, allows: false }
}

/// A connection that may do everything.
pub(super) struct Administrator(TcpStream);

impl Administrator {
    pub(super) fn at(address: &str) -> Self {
        Self(TcpStream::connect(address).unwrap())
    }

    /// From now on these hold.
    pub(super) fn make(&mut self, rules: &[Rule<'_>]) {
        self.ask(CREATE, rules);
    }

    /// They hold no more.
    pub(super) fn take_back(&mut self, rules: &[Rule<'_>]) {
        self.ask(DELETE, rules);
    }

    /// Both requests have the same fields.
    fn ask(&mut self, key: i16, rules: &[Rule<'_>]) {
        let mut body = Vec::new();
        for short in [key, VERSION, 0, 0, -1] {
            body.extend(short.to_be_bytes());
        }
        body.extend(u32::try_from(rules.len()).unwrap().to_be_bytes());
        for Rule { on, doing, allows } in rules {
            let (kind, name) = match on {
                On::Topics(name) => (2, name),
                On::Groups(name) => (3, name),
                On::Ids(name) => (5, name),
            };
            const PREFIXED: u8 = 4;
            body.push(kind);
            text(&mut body, name);
            body.push(PREFIXED);
            text(&mut body, "User:guest");
            text(&mut body, "*");
            body.extend([*doing as u8, if *allows { 3 } else { 2 }]);
        }
        self.0.write_all(&u32::try_from(body.len()).unwrap().to_be_bytes()).unwrap();
        self.0.write_all(&body).unwrap();
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut answer).unwrap();
        // Its number, how long to wait, how many rules; then of the first whether it was taken.
        assert_eq!(&answer[8..12], u32::try_from(rules.len()).unwrap().to_be_bytes());
        assert_eq!(&answer[12..14], [0, 0], "the rules were not taken");
    }
}

fn text(body: &mut Vec<u8>, text: &str) {
    body.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    body.extend(text.as_bytes());
}
