//! The analysis as a state machine without I/O.
//!
//! Events go in with [`Machine::step`], actions come out. A session is published once every
//! source is complete past it; a later post, edit or decision marks the chat dirty from its time,
//! and everything from there is folded again from the journal. What is published therefore
//! depends on the ground records alone, never on the order in which they came.
//!
//! Memory: the posts that no published session holds yet (for an archive in order, the current
//! week), those of the newest meeting while it may be answered, and per chat the bytes stated in [`crate::known::History`], about 100 bytes a session
//! and at most 128 bytes of positions a week.

mod chat;
mod event;
mod frontier;
mod ranges;
mod window;

use std::collections::BTreeMap;
use std::sync::Arc;

use colloquy_transcript::registry::Registry;
use colloquy_transcript::{
    Attendance, ChatName, GroundPost, Mark, Record, SessionRecord, Standing,
};

pub use event::{Action, Event, Restored, Standpoint};

use crate::schedule::{Calendar, ScheduleError};
#[cfg(test)]
pub(crate) use chat::HELD_MAX;
use chat::{Came, ChatState};
use frontier::Frontier;

/// Whether the analysis, whoever did it, has said that these marks of a partition, with their positions,
/// are honoured: that of a partition of somebody else's.
pub(crate) fn is_honoured(marks: &[(u64, Mark)]) -> bool {
    let mut frontier = Frontier::default();
    frontier.read(u64::MAX);
    for (position, mark) in marks {
        frontier.mark(*position, mark);
    }
    frontier.honoured()
}

/// The analysis of every assigned partition.
#[derive(Debug)]
pub struct Machine {
    registry: Registry,
    calendars: BTreeMap<ChatName, Calendar>,
    partitions: BTreeMap<u32, Partition>,
    /// Whether posts are judged as they arrive.
    arrivals: bool,
    /// Whether posts may wait for it.
    waiting: bool,
    /// Whether more was written than was read.
    behind: bool,
    /// Posts that came late since somebody asked.
    late: u64,
}

#[derive(Debug, Default)]
struct Partition {
    frontier: Frontier,
    chats: BTreeMap<ChatName, ChatState>,
}

impl Machine {
    /// A machine that knows what the registry says.
    pub fn new(registry: Registry) -> Result<Self, ScheduleError> {
        let mut calendars = BTreeMap::new();
        for chat in &registry.chats {
            if let Some(calendar) = Calendar::new(chat)? {
                calendars.insert(chat.name.clone(), calendar);
            }
        }
        let partitions = BTreeMap::new();
        let (arrivals, waiting, behind, late) = (false, false, false, 0);
        Ok(Self { registry, calendars, partitions, arrivals, waiting, behind, late })
    }

    /// The same, but what can be said of a post is published when it arrives, too: for a room that is
    /// watched while it meets. What is published in the end stays the same.
    #[must_use]
    pub fn judging_arrivals(self) -> Self {
        Self { arrivals: true, ..self }
    }

    /// Takes one event. Where posts are judged as they arrive, it is done for several at a time, and at
    /// the latest before an event that is no [`Event::Post`].
    pub fn step(&mut self, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        if !matches!(event, Event::Post { .. }) && std::mem::take(&mut self.waiting) {
            let chats = self.partitions.values_mut().flat_map(|it| it.chats.values_mut());
            actions.extend(chats.filter_map(judge_coming));
        }
        actions.extend(self.react(event));
        actions
    }

    fn react(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Assigned { partition, unpublished, restored } => {
                self.assign(partition, unpublished, restored);
                Vec::new()
            }
            Event::Revoked { partition } => {
                self.partitions.remove(&partition);
                Vec::new()
            }
            Event::Post { partition, position, post } => {
                self.post(partition, position, post).into_iter().collect()
            }
            Event::ReadUpTo { partition, position } => {
                self.partition(partition).frontier.read(position);
                self.settle(partition)
            }
            Event::Decision { partition, decision } => {
                let (chat, _) = self.chat(partition, &decision.chat.clone());
                chat.decide(decision);
                Vec::new()
            }
            Event::Mark { position, mark } => {
                let partition = mark.partition;
                self.partition(partition).frontier.mark(position, &mark);
                self.settle(partition)
            }
            Event::Again { position, post } => {
                self.again(position, post);
                Vec::new()
            }
            Event::AgainDone { chat, partition } => {
                let mut actions = Vec::new();
                let (chat, frontier) = self.chat(partition, &chat);
                chat.reread_done(frontier.now(), partition, &mut actions);
                self.finish(partition, actions)
            }
        }
    }

    /// Tells whether more was written than was read. Then chats that are to be folded again wait for it,
    /// while that holds few posts in hand: what comes may be the cause to do it once more.
    pub fn catch_up(&mut self, behind: bool) {
        self.behind = behind;
    }

    /// Whether a chat is to be folded again.
    pub fn is_to_refold(&self) -> bool {
        let mut chats = self.partitions.values().flat_map(|partition| partition.chats.values());
        chats.any(ChatState::is_busy)
    }

    /// How far each assigned partition is.
    pub fn progress(&self) -> impl Iterator<Item = Standpoint> + '_ {
        self.partitions.iter().map(|(&number, partition)| {
            let chats = partition.chats.values();
            let left = chats.flat_map(|it| [it.oldest_late(), it.oldest_untold()]).flatten();
            let unpublished = left.min().unwrap_or(u64::MAX).min(partition.frontier.read_until);
            Standpoint {
                partition: number,
                needed: partition.oldest_needed().min(unpublished),
                unpublished,
                settled: !partition.chats.values().any(ChatState::is_busy),
            }
        })
    }

    /// Whether every source of every assigned partition has ended and everything is published.
    pub fn idle(&self) -> bool {
        !self.partitions.is_empty()
            && self.partitions.values().all(|partition| {
                partition.frontier.honoured() && !partition.chats.values().any(ChatState::is_busy)
            })
    }

    /// Posts held at the moment, for the metrics.
    pub fn posts_held(&self) -> usize {
        let chats = self.partitions.values().flat_map(|partition| partition.chats.values());
        chats.map(ChatState::posts_held).sum()
    }

    /// Weeks of chats with posts that no published session holds, for the metrics: until it is
    /// decided, nobody knows which meetings they were written in.
    pub fn sessions_open(&self) -> usize {
        let chats = self.partitions.values().flat_map(|partition| partition.chats.values());
        chats.map(ChatState::weeks_open).sum()
    }

    /// Posts that came after what they belong to was decided, since this was last asked, for the
    /// metrics.
    pub fn take_late(&mut self) -> u64 {
        std::mem::take(&mut self.late)
    }

    fn partition(&mut self, partition: u32) -> &mut Partition {
        self.partitions.entry(partition).or_default()
    }

    /// The state of a chat, made when it is first heard of, and its partition's frontier.
    fn chat(&mut self, partition: u32, name: &ChatName) -> (&mut ChatState, &Frontier) {
        let partition = self.partitions.entry(partition).or_default();
        if !partition.chats.contains_key(name) {
            let mut state = ChatState::new(
                name.clone(),
                self.registry.chat(name).cloned(),
                self.calendars.get(name).cloned(),
            );
            if self.arrivals {
                state.judge_arrivals();
            }
            partition.chats.insert(name.clone(), state);
        }
        let Partition { chats, frontier, .. } = partition;
        let chat =
            chats.entry(name.clone()).or_insert_with(|| ChatState::new(name.clone(), None, None));
        (chat, frontier)
    }

    fn assign(&mut self, number: u32, unpublished: u64, restored: Restored) {
        let frontier = Frontier::after(unpublished);
        self.partitions.insert(number, Partition { frontier, chats: BTreeMap::new() });
        for (position, mark) in &restored.marks {
            self.partition(number).frontier.mark(*position, mark);
        }
        for decision in restored.decisions {
            let (chat, _) = self.chat(number, &decision.chat.clone());
            chat.restore_decision(decision);
        }
        let mut sessions: BTreeMap<_, SessionRecord> = BTreeMap::new();
        for session in restored.sessions {
            sessions.insert((session.chat.clone(), session.session), session);
        }
        let mut people: BTreeMap<_, Attendance> = BTreeMap::new();
        for row in restored.attendance {
            people.insert((row.chat.clone(), row.session, row.author_id.clone()), row);
        }
        let people: Vec<Attendance> = people.into_values().collect();
        for ((name, id), session) in sessions {
            let begin = people.partition_point(|row| (&row.chat, row.session) < (&name, id));
            let rows = people[begin..]
                .iter()
                .take_while(|row| row.chat == name && row.session == id)
                .filter(|row| row.fingerprint == session.fingerprint);
            let (chat, _) = self.chat(number, &name);
            chat.restore_session(&session, rows);
        }
    }

    fn post(&mut self, partition: u32, position: u64, post: Arc<GroundPost>) -> Option<Action> {
        let known = self.partition(partition).frontier.known_until > position;
        let (chat, _) = self.chat(partition, &post.chat.clone());
        let came = chat.post(position, post, known);
        let judged = if chat.is_crowded() { judge_coming(chat) } else { None };
        let waits = chat.is_waited_on();
        self.waiting |= waits;
        self.late += u64::from(came == Came::Late);
        let frontier = &mut self.partition(partition).frontier;
        frontier.read_until = frontier.read_until.max(position + 1);
        judged
    }

    fn again(&mut self, position: u64, post: Arc<GroundPost>) {
        let chats = self.partitions.values_mut().flat_map(|partition| partition.chats.values_mut());
        if let Some(chat) = chats.into_iter().find(|chat| chat.is_refolding(&post.chat)) {
            chat.again(position, post);
        }
    }

    /// Publishes whatever the partition's frontier allows.
    fn settle(&mut self, number: u32) -> Vec<Action> {
        let (mut actions, behind) = (Vec::new(), self.behind);
        let Partition { chats, frontier, .. } = self.partition(number);
        let now = frontier.now();
        for chat in chats.values_mut() {
            chat.settle((now, behind), number, &mut actions);
        }
        self.finish(number, actions)
    }

    /// Announces the end when there is nothing left to do, and stamps what is published.
    fn finish(&mut self, number: u32, mut actions: Vec<Action>) -> Vec<Action> {
        let partition = self.partition(number);
        let refolding = partition.chats.values().any(ChatState::is_busy);
        let frontier = &mut partition.frontier;
        if frontier.ended() && !refolding && frontier.announced != Some(frontier.marks_until) {
            frontier.announced = Some(frontier.marks_until);
            actions.push(Action::Publish(vec![Record::Mark(Mark {
                partition: number,
                source: Mark::ANALYSIS.into(),
                standing: Standing::Ended,
                through: frontier.marks_until,
            })]));
        }
        if actions.is_empty() {
            return actions;
        }
        let oldest = partition.oldest_needed();
        for action in &mut actions {
            let Action::Publish(records) = action else { continue };
            for record in records {
                if let Record::Session(session) = record {
                    session.settled_position = oldest;
                }
            }
        }
        actions
    }
}

/// Publishes what can be said of the posts of a chat that wait to be judged.
fn judge_coming(chat: &mut ChatState) -> Option<Action> {
    let told: Vec<Record> = chat.judge_coming().into_iter().map(Record::Annotation).collect();
    (!told.is_empty()).then_some(Action::Publish(told))
}

impl Partition {
    fn oldest_needed(&self) -> u64 {
        let needed = self.chats.values().filter_map(ChatState::oldest_needed);
        needed.min().unwrap_or(self.frontier.read_until)
    }
}
