//! Who is who: sources name people by handle, by id, or by both. A record with both links the two.

use std::collections::hash_map::Entry;

use colloquy_transcript::{Author, AuthorId, Platform, Timestamp};
use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

/// Longest handle that is looked up, in bytes; X's are shorter.
const HANDLE_BYTES_MAX: usize = 64;

/// An account that bore a handle, and when it was seen with it, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Bearer {
    id: u64,
    from_us: i64,
    until_us: i64,
}

impl Bearer {
    /// How far the time is from those at which it was seen.
    fn distance(&self, at_us: i64) -> u64 {
        if at_us < self.from_us {
            self.from_us.abs_diff(at_us)
        } else {
            at_us.saturating_sub(self.until_us).max(0).unsigned_abs()
        }
    }
}

/// The accounts behind handles of X, and profiles that came on their own. About 48 bytes a handle,
/// and the profiles.
#[derive(Debug, Default)]
pub(crate) struct People {
    bearers: FxHashMap<u64, Bearer>,
    /// Further accounts that bore the same handle: handles are given up and taken again.
    further: FxHashMap<u64, Vec<Bearer>>,
    profiles: FxHashMap<AuthorId, Author>,
}

impl People {
    /// Takes note of an author who is named by both.
    pub(crate) fn note(&mut self, author: &Author, at: Timestamp) {
        if let Some((handle, id)) = both(author) {
            let at_us = at.as_microsecond();
            self.add(handle, Bearer { id, from_us: at_us, until_us: at_us });
        }
    }

    /// Takes a profile that came on its own. Of several of one account the one that wrote most.
    pub(crate) fn add_profile(&mut self, profile: Author) {
        match self.profiles.entry(profile.id.clone()) {
            Entry::Vacant(none) => drop(none.insert(profile)),
            Entry::Occupied(mut there) => {
                let rank = |author: &Author| {
                    let Author {
                        handle, name, bio, followers, following, posts, created_at, ..
                    } = author;
                    (
                        *posts,
                        *followers,
                        *following,
                        handle.clone(),
                        name.clone(),
                        bio.clone(),
                        *created_at,
                    )
                };
                if rank(&profile) > rank(there.get()) {
                    there.insert(profile);
                }
            }
        }
    }

    /// Takes what somebody else noted.
    pub(crate) fn merge(&mut self, other: Self) {
        for (handle, bearer) in other.bearers {
            self.add(handle, bearer);
        }
        for (handle, bearers) in other.further {
            for bearer in bearers {
                self.add(handle, bearer);
            }
        }
        for profile in other.profiles.into_values() {
            self.add_profile(profile);
        }
    }

    /// What is known of an author who is named by one of the two alone; `None` where nothing is.
    pub(crate) fn completed(&self, author: &Author, at: Timestamp) -> Option<Author> {
        let mut known = self.id_of(author, at).map(|id| Author { id, ..author.clone() });
        let id = known.as_ref().map_or(&author.id, |known| &known.id);
        if author.handle.is_none()
            && let Some(profile) = self.profiles.get(id)
        {
            let mut profile = profile.clone();
            profile.id = id.clone();
            known = Some(profile);
        }
        known
    }

    fn id_of(&self, author: &Author, at: Timestamp) -> Option<AuthorId> {
        if author.id.platform() != Platform::X || !author.id.native().starts_with('@') {
            return None;
        }
        let handle = hash_of(author.id.native().trim_start_matches('@'))?;
        let first = self.bearers.get(&handle)?;
        let all = std::iter::once(first).chain(self.further.get(&handle).into_iter().flatten());
        let bearer = all.min_by_key(|bearer| (bearer.distance(at.as_microsecond()), bearer.id))?;
        Some(AuthorId::new(Platform::X, &bearer.id.to_string()))
    }

    fn add(&mut self, handle: u64, bearer: Bearer) {
        let widen = |known: &mut Bearer| {
            known.from_us = known.from_us.min(bearer.from_us);
            known.until_us = known.until_us.max(bearer.until_us);
        };
        match self.bearers.entry(handle) {
            Entry::Vacant(none) => drop(none.insert(bearer)),
            Entry::Occupied(mut there) if there.get().id == bearer.id => widen(there.get_mut()),
            Entry::Occupied(_) => {
                let further = self.further.entry(handle).or_default();
                match further.iter_mut().find(|known| known.id == bearer.id) {
                    Some(known) => widen(known),
                    None => further.push(bearer),
                }
            }
        }
    }
}

fn both(author: &Author) -> Option<(u64, u64)> {
    if author.id.platform() != Platform::X {
        return None;
    }
    let id = author.id.native().parse().ok()?;
    Some((hash_of(author.handle.as_deref()?)?, id))
}

/// The hash of a handle, whatever its case.
fn hash_of(handle: &str) -> Option<u64> {
    let mut folded = [0; HANDLE_BYTES_MAX];
    let folded = folded.get_mut(..handle.len())?;
    folded.copy_from_slice(handle.as_bytes());
    folded.make_ascii_lowercase();
    Some(xxh3_64(folded))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn at(day: u8) -> Timestamp {
        format!("2019-05-{day:02}T19:00:00Z").parse().unwrap()
    }

    fn author(id: &str, handle: Option<&str>) -> Author {
        let mut author = Author::unknown(AuthorId::from_full(format!("x:{id}")));
        author.handle = handle.map(Into::into);
        author
    }

    fn id_at(people: &People, handle: &str, day: u8) -> Option<String> {
        let asked = author(&format!("@{handle}"), Some(handle));
        people.completed(&asked, at(day)).map(|author| author.id.as_str().to_owned())
    }

    #[test]
    fn a_record_with_both_links_handle_and_id() {
        let mut people = People::default();
        people.note(&author("42", Some("Bea")), at(8));
        people.note(&author("@cleo", Some("cleo")), at(8));
        assert_eq!(id_at(&people, "bea", 1).as_deref(), Some("x:42"));
        assert_eq!(id_at(&people, "cleo", 8), None);
    }

    #[test]
    fn a_handle_that_changed_hands_is_whoever_had_it_then() {
        let days = [(42, 1), (42, 5), (7, 20), (9, 28)];
        for turn in 0..4 {
            let mut days = days;
            days.rotate_left(turn);
            let (mut people, mut rest) = (People::default(), People::default());
            for (at_turn, (id, day)) in days.into_iter().enumerate() {
                let people = if at_turn % 2 == 0 { &mut people } else { &mut rest };
                people.note(&author(&id.to_string(), Some("bea")), at(day));
            }
            people.merge(rest);
            for (day, id) in [(3, "x:42"), (8, "x:42"), (19, "x:7"), (29, "x:9")] {
                assert_eq!(id_at(&people, "BEA", day).as_deref(), Some(id), "day {day}");
            }
        }
    }

    #[test]
    fn profiles_complete_those_who_are_an_id() {
        let mut people = People::default();
        let mut profile = author("42", Some("Bea"));
        profile.followers = Some(5);
        people.add_profile(profile.clone());
        people.add_profile(Author { followers: None, ..profile.clone() });
        assert_eq!(people.completed(&author("42", None), at(1)), Some(profile));
        assert_eq!(people.completed(&author("43", None), at(1)), None);
    }
}
