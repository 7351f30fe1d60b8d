//! The applications that posts are sent from.

use colloquy_transcript::CompactString;
use rustc_hash::FxHashMap;

/// Names that are remembered.
const NAMES_MAX: usize = 4096;

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
pub(super) struct Apps(FxHashMap<CompactString, App>);

impl Apps {
    /// What the application with this name tells.
    pub(super) fn get(&mut self, name: &str) -> App {
        if let Some(app) = self.0.get(name) {
            return *app;
        }
        let app = App::of(name);
        // Anybody may give an application any name.
        if self.0.len() < NAMES_MAX {
            self.0.insert(name.into(), app);
        }
        app
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
