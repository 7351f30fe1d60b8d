//! Access rules of the broker, made and taken back as an administrator would.
//!
//! Neither the broker's jars nor the binding can do that, so the requests are written by hand.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const DESCRIBE: i16 = 29;
const CREATE: i16 = 30;
const DELETE: i16 = 31;
const VERSION: i16 = 1;

/// A name stands for all that begin with it.
const PREFIXED: u8 = 4;

/// Longest wait until a broker acts by a rule.
const HOLD_MAX: Duration = Duration::from_secs(20);

/// What a rule is about; the names of groups, ids and topics begin so.
pub(super) enum On {
    Topics(String),
    Groups(String),
    Ids(String),
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
pub(super) struct Rule {
    on: On,
    doing: Doing,
    allows: bool,
}

/// That it is allowed, unless another rule denies it.
pub(super) fn allow(doing: Doing, on: On) -> Rule {
    Rule { on, doing, allows: true }
}

/// That it is denied, whatever else is allowed.
pub(super) fn deny(doing: Doing, on: On) -> Rule {
    Rule { on, doing, allows: false }
}

/// A connection that may do everything.
pub(super) struct Administrator(TcpStream);

impl Administrator {
    pub(super) fn at(address: &str) -> Self {
        Self(TcpStream::connect(address).unwrap())
    }

    /// From now on these hold.
    pub(super) fn make(&mut self, rules: &[Rule]) {
        self.change(CREATE, rules);
        self.wait_until(rules, true);
    }

    /// They hold no more.
    pub(super) fn take_back(&mut self, rules: &[Rule]) {
        self.change(DELETE, rules);
        self.wait_until(rules, false);
    }

    /// Nothing holds any more for the user guest.
    pub(super) fn take_back_everything(&mut self) {
        // Any kind, name (none is said), way of matching, host, doing and sort of rule.
        let mut fields = [&1_u32.to_be_bytes(), [1, 0xff, 0xff, 1].as_slice()].concat();
        text(&mut fields, "User:guest");
        fields.extend([0xff, 0xff, 1, 1]);
        let answer = self.ask(DELETE, &fields);
        assert_eq!(answer[4..6], [0, 0], "the rules were not taken back");
    }

    fn change(&mut self, key: i16, rules: &[Rule]) {
        let count = u32::try_from(rules.len()).unwrap().to_be_bytes();
        let rules: Vec<_> = rules.iter().flat_map(Rule::fields).collect();
        let answer = self.ask(key, &[&count, rules.as_slice()].concat());
        assert_eq!(answer[..4], count);
        assert_eq!(answer[4..6], [0, 0], "the first of the rules was not taken");
    }

    /// The answer comes before the broker acts by it.
    fn wait_until(&mut self, rules: &[Rule], they_hold: bool) {
        for rule in rules {
            let deadline = Instant::now() + HOLD_MAX;
            // An error, its text (none), the resources that have such a rule.
            while (self.ask(DESCRIBE, &rule.fields())[4..8] != [0; 4]) != they_hold {
                assert!(Instant::now() < deadline, "a rule does not take effect");
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// What follows the number of the answer and how long to wait.
    fn ask(&mut self, key: i16, fields: &[u8]) -> Vec<u8> {
        let mut request = Vec::new();
        for short in [key, VERSION, 0, 0, -1] {
            request.extend(short.to_be_bytes());
        }
        request.extend(fields);
        self.0.write_all(&u32::try_from(request.len()).unwrap().to_be_bytes()).unwrap();
        self.0.write_all(&request).unwrap();
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut answer).unwrap();
        answer.split_off(8)
    }
}

impl Rule {
    /// The same in all three requests.
    fn fields(&self) -> Vec<u8> {
        let (kind, name) = match &self.on {
            On::Topics(name) => (2, name),
            On::Groups(name) => (3, name),
            On::Ids(name) => (5, name),
        };
        let mut fields = vec![kind];
        text(&mut fields, name);
        fields.push(PREFIXED);
        text(&mut fields, "User:guest");
        text(&mut fields, "*");
        fields.extend([self.doing as u8, if self.allows { 3 } else { 2 }]);
        fields
    }
}

fn text(fields: &mut Vec<u8>, text: &str) {
    fields.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    fields.extend(text.as_bytes());
}
