//! Who is whom, as `same-as` decisions say.
//!
//! A pure function of the decisions: which account belongs to which person never depends on the
//! posts that were read, so it cannot depend on their order. A name is an author id, a handle of
//! one platform (`x:@bea`) or a handle alone.

use std::collections::{BTreeMap, BTreeSet};

use colloquy_transcript::{Author, AuthorId, CompactString, Timestamp};

/// Every person of whom a decision says that two names are theirs.
#[derive(Debug, Clone, Default)]
pub struct People {
    /// Where each name leads.
    steps: BTreeMap<CompactString, Step>,
    /// The names of each person.
    names: BTreeMap<AuthorId, BTreeSet<CompactString>>,
}

#[derive(Debug, Clone)]
struct Step {
    /// When it was said; of a name that is only an argument, before everything.
    at: Timestamp,
    /// The name that the decision gives, where it leads further.
    to: Option<AuthorId>,
    /// Where the chain ends.
    person: AuthorId,
}

impl People {
    /// Follows every chain of `(subject, argument, when)` to its end. Of two words about one name
    /// the later counts; a circle ends at its smallest id.
    pub fn new<'a>(said: impl Iterator<Item = (&'a str, &'a AuthorId, Timestamp)>) -> Self {
        let mut edges = Edges::new();
        for (subject, argument, at) in said {
            let edge = (at, folded(argument));
            let name = folded(&AuthorId::from_full(subject));
            let known = edges.entry(name.as_str().into()).or_insert_with(|| edge.clone());
            if edge.0 > known.0 || edge.0 == known.0 && edge.1 < known.1 {
                *known = edge;
            }
        }
        let mut people = Self::default();
        for (name, (at, to)) in &edges {
            let person = end_of(&edges, name);
            people.put(name.clone(), Step { at: *at, to: Some(to.clone()), person });
        }
        // An account that is known by the handle that an argument names is the same person.
        for (_, to) in edges.values() {
            if people.steps.contains_key(to.as_str()) {
                continue;
            }
            let person = match next(&edges, to) {
                Some((subject, _)) => end_of(&edges, &subject),
                None => to.clone(),
            };
            let step = Step { at: Timestamp::MIN, to: None, person };
            people.put(to.as_str().into(), step);
        }
        people
    }

    fn put(&mut self, name: CompactString, step: Step) {
        self.names.entry(step.person.clone()).or_default().insert(name.clone());
        self.steps.insert(name, step);
    }

    /// Whether nobody has two names.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether the id is that of a person with several names.
    pub fn knows(&self, person: &AuthorId) -> bool {
        self.names.contains_key(person)
    }

    /// The person whose account this is, where it is not the account's own id.
    pub fn person(&self, author: &Author) -> Option<&AuthorId> {
        let (_, step) = self.step(author)?;
        Some(&step.person).filter(|person| **person != author.id)
    }

    /// Every name under which decisions know the person of this id.
    pub fn names(&self, person: &AuthorId) -> impl Iterator<Item = &CompactString> {
        self.names.get(person).into_iter().flatten()
    }

    /// The subjects of the decisions that lead from the account to the person, in order.
    pub fn path(&self, author: &Author) -> Vec<CompactString> {
        let mut path: Vec<CompactString> = Vec::new();
        let mut at = self.step(author);
        while let Some((name, step)) = at {
            let Some(to) = step.to.as_ref().filter(|_| !path.contains(name)) else { break };
            path.push(name.clone());
            at = lookups(to).find_map(|name| self.steps.get_key_value(&name));
        }
        path
    }

    fn step(&self, author: &Author) -> Option<(&CompactString, &Step)> {
        if self.steps.is_empty() {
            return None;
        }
        let mut best: Option<(&CompactString, &Step)> = None;
        for name in names_of(author) {
            let Some(step) = self.steps.get_key_value(&name) else { continue };
            if best.is_none_or(|best| best.1.at < step.1.at) {
                best = Some(step);
            }
        }
        best
    }
}

/// The names by which decisions may speak of an account: its id, its handle on its platform, its
/// handle.
pub fn names_of(author: &Author) -> impl Iterator<Item = CompactString> {
    let handle = author.handle.as_ref().map(CompactString::to_lowercase);
    let platform = author.id.as_str().split_once(':').map_or("", |(platform, _)| platform);
    let there = handle.as_ref().map(|handle| format!("{platform}:@{handle}").into());
    lookups(&author.id).chain(there).chain(handle)
}

/// The names under which something may be said of an id.
fn lookups(id: &AuthorId) -> impl Iterator<Item = CompactString> + use<> {
    let folded = folded(id);
    let bare = folded.native().strip_prefix('@').map(CompactString::from);
    std::iter::once(folded.as_str().into()).chain(bare)
}

/// An id as it is compared: handles in lower case.
fn folded(id: &AuthorId) -> AuthorId {
    let is_handle = !id.as_str().contains(':') || id.native().starts_with('@');
    if is_handle { AuthorId::from_full(id.as_str().to_lowercase()) } else { id.clone() }
}

type Edges = BTreeMap<CompactString, (Timestamp, AuthorId)>;

/// What is said of an id.
fn next<'e>(edges: &'e Edges, id: &AuthorId) -> Option<(CompactString, &'e AuthorId)> {
    lookups(id).find_map(|name| edges.get(&name).map(|(_, to)| (name, to)))
}

/// The end of the chain that begins with the subject `start`.
fn end_of(edges: &Edges, start: &str) -> AuthorId {
    let mut subject = CompactString::from(start);
    let mut subjects: Vec<CompactString> = Vec::new();
    let mut ids: Vec<&AuthorId> = Vec::new();
    while let Some((_, to)) = edges.get(&subject) {
        if let Some(circle) = subjects.iter().position(|known| *known == subject) {
            let smallest = ids[circle..].iter().min().copied();
            return smallest.unwrap_or(to).clone();
        }
        subjects.push(subject);
        ids.push(to);
        match next(edges, to) {
            Some((further, _)) => subject = further,
            None => return to.clone(),
        }
    }
    AuthorId::from_full(start)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn people(said: &[(&str, &str, i64)]) -> People {
        let said: Vec<(&str, AuthorId, Timestamp)> = said
            .iter()
            .map(|&(subject, argument, at)| {
                (subject, AuthorId::from_full(argument), Timestamp::from_second(at).unwrap())
            })
            .collect();
        People::new(said.iter().map(|(subject, argument, at)| (*subject, argument, *at)))
    }

    fn author(id: &str, handle: &str) -> Author {
        let mut author = Author::unknown(AuthorId::from_full(id));
        author.handle = (!handle.is_empty()).then(|| handle.into());
        author
    }

    fn person(people: &People, id: &str, handle: &str) -> String {
        let author = author(id, handle);
        people.person(&author).unwrap_or(&author.id).to_string()
    }

    #[test]
    fn an_account_is_known_by_its_id_and_by_its_handle() {
        let by_handle = people(&[("bea_2", "x:1", 0)]);
        assert_eq!(person(&by_handle, "x:2", "Bea_2"), "x:1");
        assert_eq!(person(&by_handle, "x:@bea_2", ""), "x:1");
        assert_eq!(person(&by_handle, "x:1", "bea"), "x:1");
        assert_eq!(person(&by_handle, "x:3", "cleo"), "x:3");
        let by_id = people(&[("x:2", "x:@Bea", 0)]);
        assert_eq!(person(&by_id, "x:2", "bea_2"), "x:@bea");
        assert_eq!(person(&by_id, "x:1", "bea"), "x:@bea", "the argument's account as well");
        assert_eq!(person(&by_id, "mastodon:bea@example.org", "bea"), "mastodon:bea@example.org");
    }

    #[test]
    fn chains_are_followed_and_circles_end_at_the_smallest_id() {
        let chain = people(&[("x:3", "x:2", 0), ("x:2", "x:1", 0)]);
        assert_eq!(person(&chain, "x:3", ""), "x:1");
        assert_eq!(chain.path(&author("x:3", "")), ["x:3", "x:2"]);
        let names: Vec<&str> =
            chain.names(&AuthorId::from_full("x:1")).map(CompactString::as_str).collect();
        assert_eq!(names, ["x:1", "x:2", "x:3"]);
        let circle =
            people(&[("x:1", "x:2", 0), ("x:2", "x:3", 0), ("x:3", "x:1", 0), ("x:9", "x:3", 0)]);
        for id in ["x:1", "x:2", "x:3", "x:9"] {
            assert_eq!(person(&circle, id, ""), "x:1");
        }
        assert_eq!(person(&people(&[("x:1", "x:1", 0)]), "x:1", ""), "x:1");
    }

    #[test]
    fn the_later_word_counts() {
        let later = people(&[("bea_2", "x:1", 5), ("x:2", "x:7", 9)]);
        assert_eq!(person(&later, "x:2", "bea_2"), "x:7");
        assert_eq!(person(&later, "x:4", "bea_2"), "x:1");
    }
}
