//! Other names of posts.

use std::collections::hash_map::Entry;

use colloquy_transcript::PostId;
use rustc_hash::FxHashMap;

use crate::{
    decode::{is_about, is_derived},
    order::hash_of,
};

/// Posts by their other names: names on a server, ids of later versions, and what rounding made of
/// an id.
#[derive(Debug, Default)]
pub(crate) struct Aliases {
    names: FxHashMap<u64, PostId>,
    /// Two posts may round to one name: then it names neither.
    rounded: FxHashMap<u64, Option<PostId>>,
}

impl Aliases {
    /// Notes a name. Of two posts that claim it the lesser id has it, in whatever order they came.
    pub(crate) fn insert(&mut self, name: u64, id: &PostId) {
        let there = self.names.entry(name).or_insert_with(|| id.clone());
        if id < there {
            there.clone_from(id);
        }
    }

    /// Notes an id that is another name of the post.
    pub(crate) fn insert_name(&mut self, name: &PostId, id: &PostId) {
        if is_about(name) {
            self.insert_rounded(hash_of(name), Some(id));
        } else {
            self.insert(hash_of(name), id);
        }
    }

    /// Notes what rounding made of an id. A post whose id is known goes before one whose identity
    /// was derived: the two may be one.
    fn insert_rounded(&mut self, name: u64, id: Option<&PostId>) {
        let derived = |id: &Option<PostId>| id.as_ref().is_some_and(is_derived);
        let new = id.cloned();
        match self.rounded.entry(name) {
            Entry::Vacant(none) => drop(none.insert(new)),
            Entry::Occupied(there)
                if *there.get() == new || derived(&new) && !derived(there.get()) => {}
            Entry::Occupied(mut there) if derived(there.get()) && !derived(&new) => {
                there.insert(new);
            }
            Entry::Occupied(mut there) => {
                there.insert(None);
            }
        }
    }

    /// Notes all names of `other`.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (name, id) in &other.names {
            self.insert(*name, id);
        }
        for (name, id) in &other.rounded {
            self.insert_rounded(*name, id.as_ref());
        }
    }

    /// The post of this name.
    pub(crate) fn get(&self, name: u64) -> Option<&PostId> {
        self.names.get(&name).or_else(|| self.rounded.get(&name)?.as_ref())
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.rounded.is_empty()
    }

    /// The hash of the post that `name` stands for, itself if it is an id.
    pub(crate) fn resolve(&self, name: u64) -> u64 {
        self.get(name).map_or(name, hash_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(native: &str) -> PostId {
        PostId::from_full(format!("x:{native}"))
    }

    #[test]
    fn a_rounded_name_names_one_post_or_none() {
        let rounded = id("~583125411948213000");
        let (derived, one, other) =
            (id("derived-1"), id("583125411948213248"), id("583125411948213249"));
        for (claims, expected) in [
            (vec![&one, &one], Some(&one)),
            (vec![&derived, &one], Some(&one)),
            (vec![&one, &derived, &one], Some(&one)),
            (vec![&one, &other], None),
            (vec![&one, &other, &one, &derived], None),
            (vec![&derived], Some(&derived)),
        ] {
            let (mut here, mut there) = (Aliases::default(), Aliases::default());
            for (at, claim) in claims.iter().enumerate() {
                let aliases = if at % 2 == 0 { &mut here } else { &mut there };
                aliases.insert_name(&rounded, claim);
            }
            here.merge(&there);
            assert_eq!(here.get(hash_of(&rounded)), expected, "{claims:?}");
        }
    }

    #[test]
    fn of_two_posts_the_lesser_id_has_a_name() {
        let (name, one, other) = (id("9"), id("1"), id("2"));
        let mut aliases = Aliases::default();
        aliases.insert_name(&name, &other);
        aliases.insert_name(&name, &one);
        assert_eq!(aliases.get(hash_of(&name)), Some(&one));
        assert_eq!(aliases.resolve(hash_of(&other)), hash_of(&other));
    }
}
