//! A chat's policy on promotion, from the registry to the flag that is published.

use colloquy_transcript::registry;
use colloquy_transcript::{Record, Standing};

use super::broker::Broker;
use super::chat::Script;
use crate::machine::Machine;

const START: &str = "2025-03-05T20:00:00Z";

/// The authors flagged in a meeting where a stranger sells, and dora too, after she answered.
fn flagged(policy: &str) -> Vec<String> {
    let text = format!(
        "[[chat]]\nname = \"gardenchat\"\n{policy}\n[chat.schedule]\nrrule = \"FREQ=WEEKLY\"\n\
         start = \"2025-03-05T20:00\"\nzone = \"UTC\"\nminutes = 60\n"
    );
    let mut script = Script::default();
    script.meeting(START);
    script.say(START, 700, "dora", "A1: mulch, thick and early #gardenchat");
    for (after_s, author) in [(1500, "dora"), (1600, "seller")] {
        let offer = "Spring sale, 20% off with code BEANS https://shop.example/deal #gardenchat";
        script.say(START, after_s, author, offer);
    }
    let mut broker = Broker::new();
    broker.machine = Machine::new(registry::parse(&text).unwrap()).unwrap();
    let posts = script.sorted();
    broker.append(&posts);
    broker.mark(Standing::Ended);
    let author = |id| {
        let post = posts.iter().find(|ground| ground.post.id == id).unwrap();
        post.post.author.id.native().to_owned()
    };
    let flags = broker.published.into_iter().filter_map(|record| match record {
        Record::Annotation(it) if it.flag.as_ref().is_some_and(|flag| flag.flagged) => {
            Some(author(it.post_id))
        }
        _ => None,
    });
    let mut flags: Vec<String> = flags.collect();
    flags.sort();
    flags.dedup();
    flags
}

#[test]
fn the_registry_says_who_is_flagged_for_promotion() {
    assert_eq!(flagged(""), ["seller"]);
    assert_eq!(flagged("promotion = \"participants\""), ["seller"]);
    assert_eq!(flagged("promotion = \"forbidden\""), ["dora", "seller"]);
    assert!(flagged("promotion = \"welcome\"").is_empty());
}
