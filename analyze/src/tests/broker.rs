//! A journal of one partition in a few lines, so that the machine is tested without any.

use std::collections::BTreeMap;
use std::sync::Arc;

use colloquy_transcript::registry::Registry;
use colloquy_transcript::{
    ChatName, CompactString, Decision, GroundPost, Mark, Record, SessionId, Standing, Timestamp,
};

use crate::machine::{Action, Event, Machine, Restored};

/// Posts, marks and what was published, with a machine that reads them.
pub(super) struct Broker {
    pub(super) machine: Machine,
    posts: Vec<Arc<GroundPost>>,
    marks: Vec<Mark>,
    decisions: Vec<Decision>,
    /// Decisions below this are in what was published.
    decided: usize,
    registry: Registry,
    pub(super) published: Vec<Record>,
    fed: usize,
    /// Whether posts are judged as they arrive.
    live: bool,
    /// Positions that were read again.
    pub(super) reread: u64,
}

impl Broker {
    pub(super) fn new() -> Self {
        Self::with(Registry::default())
    }

    /// A broker whose machine knows this registry.
    pub(super) fn with(registry: Registry) -> Self {
        Self {
            machine: Machine::new(registry.clone()).unwrap(),
            posts: Vec::new(),
            marks: Vec::new(),
            decisions: Vec::new(),
            decided: 0,
            registry,
            published: Vec::new(),
            fed: 0,
            live: false,
            reread: 0,
        }
    }

    /// A broker whose machine judges posts as they arrive.
    pub(super) fn live() -> Self {
        Self::new().watching(true)
    }

    /// The same; where it is `live` the machine judges posts as they arrive.
    pub(super) fn watching(self, live: bool) -> Self {
        let machine = if live { self.machine.judging_arrivals() } else { self.machine };
        Self { machine, live, ..self }
    }

    /// Appends posts and feeds them in one batch.
    pub(super) fn append(&mut self, posts: &[Arc<GroundPost>]) {
        self.posts.extend_from_slice(posts);
        self.feed();
    }

    /// Appends a post and feeds it, in the middle of a batch.
    pub(super) fn bring(&mut self, post: &Arc<GroundPost>) {
        self.posts.push(Arc::clone(post));
        self.next();
    }

    fn next(&mut self) {
        let post = Arc::clone(&self.posts[self.fed]);
        self.step(Event::Post { partition: 0, position: self.fed as u64, post });
        self.fed += 1;
    }

    /// Appends a mark and feeds it.
    pub(super) fn mark(&mut self, standing: Standing) {
        let through = self.posts.len() as u64;
        let mark = Mark { partition: 0, source: "file".into(), standing, through };
        let position = self.marks.len() as u64;
        self.marks.push(mark.clone());
        self.step(Event::Mark { position, mark });
    }

    /// Appends a decision and feeds it.
    pub(super) fn decide(&mut self, decision: Decision) {
        self.decisions.push(decision.clone());
        self.step(Event::Decision { partition: 0, decision });
        self.feed();
    }

    /// The machine dies; a new one starts from what is in the journal and was committed.
    pub(super) fn restart(&mut self) {
        let committed = self.machine.progress().next();
        let mut restored = Restored::default();
        for record in &self.published {
            match record {
                Record::Session(session) => restored.sessions.push((**session).clone()),
                Record::Attendance(row) => restored.attendance.push(row.clone()),
                _ => {}
            }
        }
        restored.marks = (0..).zip(self.marks.iter().cloned()).collect();
        let (before, news) = self.decisions.split_at(self.decided);
        restored.decisions = before.to_vec();
        let news = news.to_vec();
        let machine = Machine::new(self.registry.clone()).unwrap();
        self.machine = if self.live { machine.judging_arrivals() } else { machine };
        let (position, unpublished) = committed.map_or((0, 0), |it| (it.needed, it.unpublished));
        self.fed = usize::try_from(position).unwrap();
        self.step(Event::Assigned { partition: 0, unpublished, restored });
        for decision in news {
            self.step(Event::Decision { partition: 0, decision });
        }
        self.feed();
    }

    fn feed(&mut self) {
        while self.fed < self.posts.len() {
            self.next();
        }
        self.step(Event::ReadUpTo { partition: 0, position: self.fed as u64 });
    }

    fn step(&mut self, event: Event) {
        let mut actions = self.machine.step(event);
        while !actions.is_empty() {
            let mut more = Vec::new();
            for action in actions {
                match action {
                    Action::Publish(records) => {
                        for record in &records {
                            if let Record::Mark(mark) = record {
                                self.marks.push(mark.clone());
                            }
                        }
                        self.published.extend(records);
                    }
                    Action::Reread { chat, partition, from, until } => {
                        self.reread += until - from;
                        for position in from..until {
                            let post = Arc::clone(&self.posts[usize::try_from(position).unwrap()]);
                            self.machine.step(Event::Again { position, post });
                        }
                        more.extend(self.machine.step(Event::AgainDone { chat, partition }));
                    }
                }
            }
            actions = more;
        }
        if self.machine.progress().all(|it| it.settled) {
            self.decided = self.decisions.len();
        }
    }

    /// What a reader sees in the end.
    pub(super) fn seen(&self) -> BTreeMap<CompactString, Record> {
        seen(self.published.iter())
    }
}

/// What a reader sees in the end: the latest record by key, joined by fingerprint, without the
/// positions, which depend on the order of arrival.
pub(super) fn seen<'r>(
    published: impl Iterator<Item = &'r Record> + Clone,
) -> BTreeMap<CompactString, Record> {
    let mut latest: BTreeMap<CompactString, Record> = BTreeMap::new();
    let mut sessions: BTreeMap<(ChatName, SessionId), u64> = BTreeMap::new();
    for record in published {
        if let Record::Session(session) = record {
            sessions.insert((session.chat.clone(), session.session), session.fingerprint);
        }
        let key = format!("{}/{}", record.topic().as_str(), record.key());
        latest.insert(key.into(), record.clone());
    }
    let stands = |chat: &ChatName, session: SessionId, fingerprint: u64| {
        sessions.get(&(chat.clone(), session)) == Some(&fingerprint)
    };
    latest.retain(|_, record| match record {
        Record::Session(session) => {
            session.positions_from = 0;
            session.positions_until = 0;
            session.settled_position = 0;
            !session.gone
        }
        Record::Annotation(row) => stands(&row.chat, row.session, row.fingerprint),
        Record::Participation(row) => stands(&row.chat, row.session, row.fingerprint),
        Record::Attendance(row) => stands(&row.chat, row.session, row.fingerprint),
        _ => false,
    });
    latest
}

/// The result of a run in order, with everything known from the start.
pub(super) fn in_order(posts: &[Arc<GroundPost>]) -> BTreeMap<CompactString, Record> {
    let mut broker = Broker::new();
    broker.append(posts);
    broker.mark(Standing::Ended);
    broker.seen()
}

/// A run in which a sorted source marks after every post how far it is.
pub(super) fn step_by_step(posts: &[Arc<GroundPost>]) -> Broker {
    let mut broker = Broker::new();
    broker.mark(Standing::Begun);
    for (at, post) in posts.iter().enumerate() {
        broker.append(std::slice::from_ref(post));
        if let Some(until) = complete_before(posts, at + 1) {
            broker.mark(Standing::CompleteUntil(until));
        }
    }
    broker.mark(Standing::Ended);
    assert!(broker.machine.idle());
    broker
}

/// The largest instant before every post from `from` on, as a sorted source would mark it.
pub(super) fn complete_before(posts: &[Arc<GroundPost>], from: usize) -> Option<Timestamp> {
    let next = posts.get(from)?.post.created_at;
    Timestamp::from_microsecond(next.as_microsecond() - 1).ok()
}
