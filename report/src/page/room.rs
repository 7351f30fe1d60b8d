//! Who is who, and who answered what, from the posts of one session.

use colloquy_transcript::{AuthorId, Platform, PostId};
use maud::{Markup, html};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{link, words};
use crate::view::{AnnotatedPost, SessionView};

/// Whether a post is flagged and nobody cleared it.
pub(super) fn is_flagged(post: &AnnotatedPost) -> bool {
    post.annotation.flag.as_ref().is_some_and(|flag| flag.flagged)
}

/// The handles of the people in a session.
pub(crate) struct Names<'a>(FxHashMap<&'a AuthorId, Option<&'a str>>);

impl<'a> Names<'a> {
    /// Everybody.
    pub(crate) fn all(view: &'a SessionView) -> Self {
        let mut names = Self(FxHashMap::default());
        for post in &view.posts {
            names.learn(post);
        }
        for row in &view.attendance {
            names.0.insert(&row.author_id, row.author_handle.as_deref());
        }
        names
    }

    /// Those who are known by a post that may be shown: one that is not flagged and does not
    /// pass on a flagged one. Nobody else may be named in public.
    pub(super) fn public(view: &'a SessionView) -> Self {
        let hidden: FxHashSet<&PostId> = hidden_posts(view);
        let mut names = Self(FxHashMap::default());
        for post in view.posts.iter().filter(|post| !is_flagged(post)) {
            let passed_on = post.post.post.repost_of.as_ref();
            if !passed_on.is_some_and(|of| hidden.contains(of)) {
                names.learn(post);
            }
        }
        for row in &view.attendance {
            if let Some(name) = names.0.get_mut(&row.author_id) {
                *name = row.author_handle.as_deref().or(*name);
            }
        }
        names
    }

    /// Takes the handle of a post's author; posts come by time, so the latest stays.
    fn learn(&mut self, post: &'a AnnotatedPost) {
        let author = &post.post.post.author;
        let name = self.0.entry(&author.id).or_default();
        *name = author.handle.as_deref().or(*name);
    }

    /// Whether somebody may be named.
    pub(super) fn knows(&self, author: &AuthorId) -> bool {
        self.0.contains_key(author)
    }

    /// `@handle`, or what the id says of somebody without a handle.
    pub(crate) fn of(&self, author: &AuthorId) -> String {
        name(author, self.0.get(author).copied().flatten())
    }

    /// The same for a page, kept from turning the line around it.
    pub(super) fn show(&self, author: &AuthorId) -> Markup {
        html! { bdi { (self.of(author)) } }
    }
}

/// `@handle` on one line, or what the id says.
pub(super) fn name(author: &AuthorId, handle: Option<&str>) -> String {
    let handle = handle.map(words::clean_line).unwrap_or_default();
    let handle = handle.trim_start_matches('@');
    if !handle.is_empty() {
        return format!("@{handle}");
    }
    let native = words::clean_line(author.native());
    match author.platform() {
        Platform::X if !native.starts_with('@') => format!("account {native} on X"),
        Platform::Mastodon => format!("@{native}"),
        _ => native,
    }
}

/// The ids of the posts that are flagged and not cleared.
pub(super) fn hidden_posts(view: &SessionView) -> FxHashSet<&PostId> {
    view.posts.iter().filter(|post| is_flagged(post)).map(|post| &post.post.post.id).collect()
}

/// Somebody's answers to one question, by time; never empty.
pub(crate) struct Answerer<'a> {
    /// Who.
    pub(crate) author: &'a AuthorId,
    /// The posts that answer.
    pub(crate) posts: Vec<&'a AnnotatedPost>,
}

/// Who answered which question, flagged posts left out.
pub(crate) struct Answers<'a>(FxHashMap<&'a str, Vec<Answerer<'a>>>);

impl<'a> Answers<'a> {
    /// Groups the answers of a session by question, then by author, in order of first answer.
    pub(crate) fn of(view: &'a SessionView) -> Self {
        let mut places: FxHashMap<(&str, &AuthorId), usize> = FxHashMap::default();
        let mut answers: FxHashMap<&str, Vec<Answerer<'_>>> = FxHashMap::default();
        for post in view.posts.iter().filter(|post| !is_flagged(post)) {
            let (Some(question), Some(_)) = (&post.annotation.question, &post.annotation.basis)
            else {
                continue;
            };
            let author = &post.post.post.author.id;
            let list = answers.entry(question.as_str()).or_default();
            let place = *places.entry((question.as_str(), author)).or_insert(list.len());
            match list.get_mut(place) {
                Some(answerer) => answerer.posts.push(post),
                None => list.push(Answerer { author, posts: vec![post] }),
            }
        }
        Self(answers)
    }

    /// The answerers of a question.
    pub(crate) fn to(&self, question: &str) -> &[Answerer<'a>] {
        self.0.get(question).map_or(&[], Vec::as_slice)
    }
}

/// Links to somebody's answers: the name leads to the first, figures to the others.
pub(super) fn answer_links(names: &Names<'_>, answerer: &Answerer<'_>) -> Markup {
    let who = names.of(answerer.author);
    html! {
        @for (at, post) in answerer.posts.iter().enumerate() {
            @let address = link::post(&post.post.post.id);
            @if at == 0 {
                @match &address {
                    Some(address) => { (outside(address, None, &html! { bdi { (who) } })) }
                    None => { bdi { (who) } }
                }
            } @else if let Some(address) = &address {
                @let label = format!("answer {} of {who}", at + 1);
                " " span.more { (outside(address, Some(&label), &html! { (at + 1) })) }
            } @else {
                " " span.more { (at + 1) }
            }
        }
    }
}

/// A link to a post on its platform.
pub(super) fn outside(address: &str, label: Option<&str>, text: &Markup) -> Markup {
    html! { a href=(address) rel="nofollow noopener noreferrer" aria-label=[label] { (text) } }
}

/// `on X` as a link to a post, nothing where no link can be built.
pub(super) fn post_link(id: &PostId, label: &str) -> Markup {
    html! {
        @if let Some(address) = link::post(id) {
            " "
            span.part {
                "· "
                (outside(&address, Some(label), &html! {
                    "post on " (link::platform_name(id.platform()))
                }))
            }
        }
    }
}
