//! A first look at the inputs: which hashtag behaves most like a chat.

mod tally;

use std::{
    fs::File,
    io,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use colloquy_transcript::Tag;

use self::tally::{Tally, TallySink};
use crate::{
    IngestError, Observer, ReadOptions, Stage,
    file::{decode_files, expand, stdin},
    plan::Input,
};

/// Tags that a survey names, the best one included.
const TAGS_NAMED_MAX: usize = 6;
/// A tag with fewer posts, or fewer authors, is no chat.
const POSTS_MIN: u64 = 20;
const AUTHORS_MIN: u64 = 5;

/// What a survey found.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// The inputs, to be read again: standard input was copied aside.
    pub inputs: Vec<Input>,
    /// Posts looked at, repeats included.
    pub posts: u64,
    /// The tag that behaves most like a chat; `None` where no tag has enough posts and authors.
    pub best: Option<TagStanding>,
    /// The next ones.
    pub others: Vec<TagStanding>,
}

/// How much a tag behaves like a chat.
#[derive(Debug, Clone, PartialEq)]
pub struct TagStanding {
    /// The tag.
    pub tag: Tag,
    /// Posts with it.
    pub posts: u64,
    /// Distinct authors of those, counted up to 4,096.
    pub authors: u64,
    /// Share of its posts in its busiest two neighbouring hours of the week, 0 to 1.
    pub synchronised: f64,
    /// Share of its posts that begin with a label such as Q1 or A1, 0 to 1.
    pub labelled: f64,
    /// Share of its posts in hours with at least 10 of them, 0 to 1.
    pub in_bursts: f64,
    /// What the tags are ordered by; it has no unit.
    pub score: f64,
    /// The same in words.
    pub reasons: Vec<String>,
}

/// Reads all inputs once and counts how their hashtags are used. `threads` decode; `scratch` is
/// an existing folder, into which standard input is copied so that it can be read again.
/// Nothing is published and no dead letter is written: the run that follows does both.
pub fn survey(
    inputs: &[Input],
    options: &ReadOptions,
    threads: usize,
    scratch: &Path,
    observe: &dyn Observer,
    stop: &AtomicBool,
) -> Result<Survey, IngestError> {
    let inputs =
        inputs.iter().map(|input| spool(input, scratch, stop)).collect::<Result<Vec<_>, _>>()?;
    let files = expand(&inputs)?;
    observe.stage(Stage::Reading);
    let mut sinks: Vec<TallySink> = (0..threads.max(1)).map(|_| TallySink::default()).collect();
    decode_files(&files, options, &mut sinks, observe, stop)?;
    let mut tally = Tally::default();
    for sink in sinks {
        tally.merge(sink.tally);
    }
    let mut standings: Vec<TagStanding> = tally
        .tags()
        .filter(|(_, use_)| use_.posts >= POSTS_MIN && use_.authors.len() as u64 >= AUTHORS_MIN)
        .filter_map(|(tag, use_)| Some(standing(Tag::new(tag).ok()?, use_)))
        .collect();
    standings.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.tag.cmp(&b.tag)));
    standings.truncate(TAGS_NAMED_MAX);
    let mut standings = standings.into_iter();
    Ok(Survey { inputs, posts: tally.posts, best: standings.next(), others: standings.collect() })
}

fn spool(input: &Input, scratch: &Path, stop: &AtomicBool) -> Result<Input, IngestError> {
    if *input != Input::Stdin {
        return Ok(input.clone());
    }
    let path = scratch.join("stdin");
    let halt = || stop.load(Ordering::Relaxed);
    let copied = File::create(&path).and_then(|mut file| {
        let mut stdin = stdin(&halt)?;
        io::copy(&mut stdin, &mut file)
    });
    match copied {
        Ok(_) => Ok(Input::Spooled(path)),
        Err(cause) => Err(IngestError::Scratch { path, cause }),
    }
}

/// A chat meets at an hour, numbers its questions, and comes in bursts; each of that weighs more
/// than being big.
fn standing(tag: Tag, use_: &tally::TagUse) -> TagStanding {
    let posts = use_.posts.max(1) as f64;
    let authors = use_.authors.len() as u64;
    let (hour, busiest) = use_.busiest_hours();
    let synchronised = busiest as f64 / posts;
    let labelled = use_.labelled as f64 / posts;
    let in_bursts = use_.in_bursts() as f64 / posts;
    let size = posts.ln() * (1.0 + authors as f64).ln();
    // Two of the 168 hours of a week hold 1 % of posts that keep no hour at all.
    let score = size * (0.25 + 2.0 * synchronised + 3.0 * labelled.min(0.5) + in_bursts);
    let percent = |share: f64| (share * 100.0).round();
    let mut reasons = vec![format!("{} posts by {authors} people", use_.posts)];
    reasons.push(format!(
        "{} % of them on {} between {:02}:00 and {:02}:00 UTC",
        percent(synchronised),
        WEEKDAYS[(hour / 24) % 7],
        hour % 24,
        (hour + 2) % 24
    ));
    reasons.push(format!("{} % begin with a label such as Q1 or A1", percent(labelled)));
    reasons.push(format!(
        "{} % in hours with at least {} posts",
        percent(in_bursts),
        tally::BURST_POSTS_MIN
    ));
    TagStanding {
        tag,
        posts: use_.posts,
        authors,
        synchronised,
        labelled,
        in_bursts,
        score,
        reasons,
    }
}

/// 1970-01-01 was a Thursday.
const WEEKDAYS: [&str; 7] =
    ["Thursdays", "Fridays", "Saturdays", "Sundays", "Mondays", "Tuesdays", "Wednesdays"];

#[cfg(test)]
mod tests;
