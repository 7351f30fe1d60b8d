//! People of a key, and the accounts of a lake that may be theirs.

use std::collections::BTreeSet;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Lake, Share, bare};

/// A person of a key: a handle (or an id), or an object with `author_id`, `name` or both, and perhaps
/// `confidence`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The names by which a lake may know the person: handles and ids without platform, in lower case.
    pub names: BTreeSet<String>,
    /// Whether the key only guesses (confidence 1): neither required nor wrong.
    pub is_guess: bool,
}

#[derive(Deserialize)]
struct Account {
    author_id: Option<String>,
    name: Option<String>,
    confidence: Option<u8>,
}

/// A handle or an id as keys and lakes are compared.
pub(super) fn plain(name: &str) -> String {
    bare(name.trim()).trim_start_matches('@').to_lowercase()
}

impl<'de> Deserialize<'de> for Person {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        struct OfEither;
        impl<'de> Visitor<'de> for OfEither {
            type Value = Person;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a handle in quotes or an object with author_id or name")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Person, E> {
                Ok(Person { names: BTreeSet::from([plain(name)]), is_guess: false })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Person, A::Error> {
                let account = Account::deserialize(MapAccessDeserializer::new(map))?;
                let names = account.author_id.iter().chain(&account.name);
                let names: BTreeSet<String> = names.map(|name| plain(name)).collect();
                if names.is_empty() {
                    return Err(A::Error::custom("a person without author_id and name"));
                }
                Ok(Person { names, is_guess: account.confidence.is_some_and(|it| it <= 1) })
            }
        }
        value.deserialize_any(OfEither)
    }
}

impl Person {
    /// Whether an account of the lake, known by these names, is the person's.
    fn is(&self, account: &BTreeSet<String>) -> bool {
        !self.names.is_disjoint(account)
    }

    fn told(&self) -> String {
        told(&self.names)
    }
}

/// Names of one person, as a miss tells them.
pub(super) fn told(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(" or ")
}

/// Who has a role in a session, by the key.
pub(super) struct Cast<'k> {
    /// Who must be found.
    pub(super) required: Vec<&'k Person>,
    /// Who is right when found, and not missed when not.
    pub(super) welcome: Vec<&'k Person>,
    /// Who counts neither way.
    pub(super) unsure: Vec<&'k Person>,
}

/// The lake's people against the key's: precision, recall, and a pair of expected and found for each miss.
pub(super) fn compare(
    lake: &Lake,
    found: &[String],
    cast: &Cast<'_>,
    role: &str,
) -> (Share, Share, Vec<(String, String)>) {
    let (mut precision, mut recall, mut misses) = (Share::default(), Share::default(), vec![]);
    let accounts: Vec<BTreeSet<String>> = found.iter().map(|id| lake.names_of(id)).collect();
    for account in &accounts {
        let among = |people: &[&Person]| people.iter().any(|person| person.is(account));
        let right = among(&cast.required) || among(&cast.welcome);
        if !right && among(&cast.unsure) {
            continue;
        }
        precision.count(right);
        if !right {
            misses.push((format!("no {role}"), format!("{role} {}", told(account))));
        }
    }
    for person in &cast.required {
        let right = accounts.iter().any(|account| person.is(account));
        recall.count(right);
        if !right {
            misses.push((format!("{role} {}", person.told()), "nobody".into()));
        }
    }
    (precision, recall, misses)
}
