//! `colloquy train`: the weights of the hijack model, from labelled posts.

use std::path::Path;

use anyhow::Context as _;
use colloquy_analyze::hijack::train::{self, Other, Sample, TrainError, Trained};
use colloquy_report::evaluate::LakeError;
use colloquy_report::labels::{Labelled, LabelledPost, Labels, OtherPost, labelled};
use colloquy_transcript::SessionId;

use super::Exit;
use crate::cli::Train;
use crate::console;
use crate::input::UsageError;
use crate::trained::{self, ToldApart};

/// Trains a model, tells how good it is, and writes it where that is wanted.
pub(super) fn train(what: &Train) -> anyhow::Result<Exit> {
    // Before minutes of work.
    if let Some(folder) = what.out.as_deref().and_then(Path::parent)
        && !folder.as_os_str().is_empty()
        && !folder.is_dir()
    {
        return Err(UsageError(format!("there is no folder {}", folder.display())).into());
    }
    let mut labels = Labels::default();
    for path in &what.labels {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| UsageError(format!("reading the labels {name}: {error}")))?;
        labels.read(&name, &text).map_err(|error| UsageError(error.to_string()))?;
    }
    let found = labelled(&labels, &what.lake, what.chat.as_deref()).map_err(lake_error)?;
    let names = colloquy_analyze::hijack::evidence::NAMES;
    let samples = found.posts.iter().map(sample).collect::<anyhow::Result<_>>()?;
    let others = found.others.iter().map(other).collect::<anyhow::Result<Vec<_>>>()?;
    let trained =
        train::train(names, samples, &others).map_err(|error| train_error(error, &found))?;
    console::say(trained::to_text(&trained, &found).trim_end())?;
    if let Some(path) = &what.out {
        std::fs::write(path, trained.model.to_text(&comments(&trained)))
            .with_context(|| format!("writing the weights {}", path.display()))?;
        console::tell(&format!("wrote {} to {}", trained.model.version, path.display()))?;
    }
    Ok(Exit::Done)
}

fn sample(post: &LabelledPost) -> anyhow::Result<Sample> {
    Ok(Sample {
        evidence: post.evidence.clone(),
        text: post.text.clone(),
        hijack: post.hijack,
        weight: post.weight,
        trust: post.trust,
        author: post.author.clone(),
        chat: post.chat.clone(),
        at: post.at,
        unit: unit(&post.session, &post.chat)?,
    })
}

fn other(post: &OtherPost) -> anyhow::Result<Other> {
    Ok(Other {
        evidence: post.evidence.clone(),
        text: post.text.clone(),
        author: post.author.clone(),
        chat: post.chat.clone(),
        unit: unit(&post.session, &post.chat)?,
    })
}

fn unit(session: &str, chat: &str) -> anyhow::Result<SessionId> {
    SessionId::parse(session).with_context(|| format!("reading the sessions of {chat} in the lake"))
}

/// What the file says of its origin: nothing that changes from one training to the next.
fn comments(trained: &Trained) -> Vec<String> {
    let mut lines = vec!["Written by colloquy train, from labelled posts of:".to_owned()];
    let ToldApart { chats, rest, of_rest: (hijacks, others) } = ToldApart::of(trained);
    for (chat, (hijacks, others)) in chats {
        lines.push(format!("  {chat}: {hijacks} hijacks, {others} others"));
    }
    if rest > 0 {
        lines.push(format!("  {rest} small ones: {hijacks} hijacks, {others} others"));
    }
    for (how, told) in
        [("whole authors", &trained.by_author.all), ("blocks of time", &trained.by_time.all)]
    {
        if let Some(precision) = told.average_precision {
            lines.push(format!("Average precision on {how} left out: {precision:.3}"));
        }
    }
    lines
}

fn lake_error(error: LakeError) -> anyhow::Error {
    match error {
        LakeError::Unread(error) => error.into(),
        error => UsageError(error.to_string()).into(),
    }
}

fn train_error(error: TrainError, found: &Labelled) -> anyhow::Error {
    match error {
        error @ TrainError::Search(_) => error.into(),
        error => {
            let posts = trained::counted(found.posts.len(), "labelled post");
            let lacking = trained::counted(found.not_in_lake.len(), "label");
            let told = format!("{error} ({posts} in the lakes; {lacking} without a post there)");
            UsageError(told).into()
        }
    }
}
