//! Which member of a group reads which partitions: the same rule in memory and on disk as
//! Kafka's range assignor.
//!
//! **Invariant:** pure.

use colloquy_transcript::Topic;

use crate::TopicPartition;

/// A member as the rule sees it: its id, and the topics it joined for.
pub(crate) struct Subscriber<'a> {
    /// Unique in the group; members are served in this order.
    pub(crate) id: u64,
    /// What it joined for.
    pub(crate) topics: &'a [Topic],
}

/// The partitions of `me`, in order of topic and partition. Of every topic a member gets one
/// contiguous range, so that members with the same topics get the same partition numbers of all.
pub(crate) fn share_of(
    me: u64,
    members: &[Subscriber<'_>],
    partitions: u32,
) -> Vec<TopicPartition> {
    let mut share = Vec::new();
    for topic in Topic::ALL {
        let mut ids: Vec<u64> = members
            .iter()
            .filter(|member| member.topics.contains(&topic))
            .map(|member| member.id)
            .collect();
        ids.sort_unstable();
        let Some(rank) = ids.iter().position(|&id| id == me) else { continue };
        // Both fit: a group has at most a few members, and counts are bounded by `partitions`.
        let rank = u64::try_from(rank).unwrap_or(u64::MAX);
        let count = u64::try_from(ids.len()).unwrap_or(u64::MAX).max(1);
        let each = u64::from(partitions) / count;
        let extra = u64::from(partitions) % count;
        let from = rank * each + rank.min(extra);
        let until = from + each + u64::from(rank < extra);
        for partition in from..until {
            if let Ok(partition) = u32::try_from(partition) {
                share.push(TopicPartition { topic, partition });
            }
        }
    }
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(me: u64, members: &[Subscriber<'_>], partitions: u32, topic: Topic) -> Vec<u32> {
        share_of(me, members, partitions)
            .into_iter()
            .filter(|at| at.topic == topic)
            .map(|at| at.partition)
            .collect()
    }

    #[test]
    fn every_partition_has_one_reader_and_topics_go_together() {
        let topics = [Topic::Posts, Topic::Coverage];
        for count in 1..9_u64 {
            for partitions in 1..8_u32 {
                let members: Vec<_> =
                    (0..count).map(|id| Subscriber { id: id * 7, topics: &topics }).collect();
                let mut all = Vec::new();
                for id in 0..count {
                    let posts = numbers(id * 7, &members, partitions, Topic::Posts);
                    assert_eq!(posts, numbers(id * 7, &members, partitions, Topic::Coverage));
                    all.extend(posts);
                }
                assert_eq!(all, (0..partitions).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_topic_is_shared_among_those_who_joined_for_it() {
        let both = [Topic::Posts, Topic::Sessions];
        let one = [Topic::Posts];
        let members = [Subscriber { id: 1, topics: &one }, Subscriber { id: 2, topics: &both }];
        assert_eq!(numbers(1, &members, 4, Topic::Posts), [0, 1]);
        assert_eq!(numbers(2, &members, 4, Topic::Posts), [2, 3]);
        assert_eq!(numbers(2, &members, 4, Topic::Sessions), [0, 1, 2, 3]);
        assert!(numbers(3, &members, 4, Topic::Posts).is_empty());
    }
}
