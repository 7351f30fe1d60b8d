//! A group of readers: members, what they committed, how far they have read.

use colloquy_transcript::Topic;
use rustc_hash::FxHashMap;

use crate::{
    Assignment, Position, Progress, TopicPartition,
    share::{Subscriber, share_of},
};

/// Who is in a group, and what they committed. It outlives its members.
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// Rises whenever a member comes or goes; a member of an older one cannot commit.
    pub(super) generation: u64,
    members: Vec<(u64, Vec<Topic>)>,
    /// Every topic that a member ever joined for: what they have not committed is kept.
    joined: Vec<Topic>,
    committed: FxHashMap<TopicPartition, Progress>,
    /// Next position to be read, by the member of the present generation.
    cursors: FxHashMap<TopicPartition, Position>,
}

impl Roster {
    /// Takes a member in.
    pub(super) fn join(&mut self, member: u64, topics: &[Topic]) {
        self.members.push((member, topics.to_vec()));
        for topic in topics {
            if !self.joined.contains(topic) {
                self.joined.push(*topic);
            }
        }
        self.rebalance();
    }

    /// Lets a member go.
    pub(super) fn leave(&mut self, member: u64) {
        self.members.retain(|(id, _)| *id != member);
        self.rebalance();
    }

    fn rebalance(&mut self) {
        self.generation += 1;
        self.cursors.clear();
    }

    /// Whether `member` is still in the group.
    pub(super) fn has(&self, member: u64) -> bool {
        self.members.iter().any(|(id, _)| *id == member)
    }

    /// The members, in the order in which they joined.
    pub(super) fn members(&self) -> impl Iterator<Item = u64> + '_ {
        self.members.iter().map(|(id, _)| *id)
    }

    /// What `member` reads in the present generation.
    pub(super) fn assignment(&self, member: u64, partitions: u32) -> Vec<Assignment> {
        let members: Vec<_> =
            self.members.iter().map(|(id, topics)| Subscriber { id: *id, topics }).collect();
        share_of(member, &members, partitions)
            .into_iter()
            .map(|at| Assignment { at, committed: self.committed.get(&at).copied() })
            .collect()
    }

    /// Notes how far the present generation has read.
    pub(super) fn read_until(&mut self, at: TopicPartition, position: Position) {
        self.cursors.insert(at, position);
    }

    /// Records progress.
    pub(super) fn commit(&mut self, progress: &Progress) {
        self.committed.insert(progress.at, *progress);
    }

    /// The position below which the group needs nothing of a partition; `None` if it never
    /// joined the topic.
    pub(super) fn floor(&self, at: TopicPartition) -> Option<Position> {
        self.joined.contains(&at.topic).then(|| self.resume_at(at))
    }

    /// Whether a present member has still to read something below `end`.
    pub(super) fn lags(&self, at: TopicPartition, end: Position) -> bool {
        let read = self.members.iter().any(|(_, topics)| topics.contains(&at.topic));
        read && self.cursors.get(&at).copied().unwrap_or_else(|| self.resume_at(at)) < end
    }

    fn resume_at(&self, at: TopicPartition) -> Position {
        self.committed.get(&at).map_or(0, |progress| progress.position)
    }
}
