//! The applications that posts are sent from.

use rustc_hash::FxHashMap;

/// Parts of the names of applications that post by schedule, or forward from elsewhere.
const SCHEDULERS: &[&str] = &[
    "hootsuite",
    "buffer",
    "sprout",
    "hubspot",
    "dlvr",
    "ifttt",
    "zapier",
    "later",
    "socialoomph",
    "coschedule",
    "sprinklr",
    "publer",
    "edgar",
    "smarterqueue",
    "recurpost",
    "loomly",
    "agorapulse",
    "crowdfire",
    "postcron",
    "roundteam",
    "wordpress",
    "paper.li",
    "twitterfeed",
    "linkedin",
    "facebook",
    "instagram",
    "tumblr",
    "teacherspayteachers",
    "salesforce",
    "falcon",
    "meltwater",
    "promorepublic",
    "sendible",
    "tailwind",
    "missinglettr",
    "revive",
    "bot",
    "social",
    "wptweetily",
    "scoop.it",
    "pinterest",
];

/// Parts of the names of applications in somebody's hand.
const HANDS: &[&str] = &["iphone", "android", "ipad", "ios", "mobile"];

/// What an application tells of its posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct App {
    /// Posts by schedule, or forwards from elsewhere.
    pub(super) schedules: bool,
    /// Is held in a hand.
    pub(super) by_hand: bool,
}

impl App {
    fn of(name: &str) -> Self {
        let name = name.to_lowercase();
        let holds = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        Self { schedules: holds(SCHEDULERS), by_hand: holds(HANDS) }
    }
}

/// The applications of a unit: few names stand in thousands of posts.
#[derive(Debug, Default)]
pub(super) struct Apps<'a>(FxHashMap<&'a str, App>);

impl<'a> Apps<'a> {
    /// What the application with this name tells.
    pub(super) fn get(&mut self, name: &'a str) -> App {
        *self.0.entry(name).or_insert_with(|| App::of(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedulers_and_phones_are_told_apart() {
        for (name, schedules, by_hand) in [
            ("Hootsuite Inc.", true, false),
            ("dlvr.it", true, false),
            ("Twitter for iPhone", false, true),
            ("Twitter Web App", false, false),
        ] {
            assert_eq!(Apps::default().get(name), App { schedules, by_hand }, "{name}");
        }
    }
}
