//! Mastodon statuses. The same status has another id on every server, so its `uri` is its id.

use colloquy_transcript::{
    Author, AuthorId, CompactString, Platform, Post, PostId, PostKind, Timestamp,
};
use serde::Deserialize;

use super::{
    Decoded, Found, Links, Refusal, Rejection, class, html, is_name,
    json::{self, Many, Num, Text, count, filled},
    line_ends, time,
};
use crate::account::kind;

#[derive(Deserialize)]
struct Status<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    uri: Option<Text<'a>>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
    #[serde(borrow)]
    edited_at: Option<Text<'a>>,
    #[serde(borrow)]
    in_reply_to_id: Option<Text<'a>>,
    #[serde(borrow)]
    content: Option<Text<'a>>,
    #[serde(borrow)]
    spoiler_text: Option<Text<'a>>,
    #[serde(borrow)]
    visibility: Option<Text<'a>>,
    #[serde(borrow)]
    language: Option<Text<'a>>,
    #[serde(borrow)]
    account: Option<Account<'a>>,
    #[serde(borrow)]
    reblog: Option<Reblog<'a>>,
    #[serde(borrow)]
    quote: Option<Quote<'a>>,
    #[serde(default, borrow)]
    mentions: Many<Mention<'a>>,
    #[serde(default, borrow)]
    tags: Many<TagLink<'a>>,
    favourites_count: Option<Num>,
    reblogs_count: Option<Num>,
    replies_count: Option<Num>,
    #[serde(borrow)]
    application: Option<Application<'a>>,
}

#[derive(Deserialize)]
struct Account<'a> {
    #[serde(borrow)]
    acct: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    uri: Option<Text<'a>>,
    #[serde(borrow)]
    display_name: Option<Text<'a>>,
    #[serde(borrow)]
    note: Option<Text<'a>>,
    followers_count: Option<Num>,
    following_count: Option<Num>,
    statuses_count: Option<Num>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Reblog<'a> {
    #[serde(borrow)]
    uri: Option<Text<'a>>,
    #[serde(borrow)]
    content: Option<Text<'a>>,
    #[serde(borrow)]
    spoiler_text: Option<Text<'a>>,
    #[serde(borrow)]
    language: Option<Text<'a>>,
    #[serde(default, borrow)]
    mentions: Many<Mention<'a>>,
    #[serde(default, borrow)]
    tags: Many<TagLink<'a>>,
}

/// Since 4.5 a state around the status; some forks put the status itself here.
#[derive(Deserialize)]
struct Quote<'a> {
    #[serde(borrow)]
    quoted_status: Option<Quoted<'a>>,
    #[serde(borrow)]
    uri: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Quoted<'a> {
    #[serde(borrow)]
    uri: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Mention<'a> {
    #[serde(borrow)]
    acct: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct TagLink<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Application<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

/// Decodes one status.
pub(super) fn decode(bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    let status: Status<'_> = json::parse(bytes)?;
    if status.account.is_none() && status.uri.is_none() {
        return Err(Refusal::Foreign);
    }
    if !matches!(filled(status.visibility.as_ref()), None | Some("public" | "unlisted")) {
        out.unrelated.push(kind::NOT_PUBLIC);
        return Ok(());
    }
    match found(&status) {
        Ok(found) => out.posts.push(found),
        Err(rejection) => out.rejected.push(rejection),
    }
    Ok(())
}

fn found(status: &Status<'_>) -> Result<Found, Rejection> {
    let uri = filled(status.uri.as_ref())
        .filter(|uri| is_name(uri))
        .ok_or_else(|| Rejection::new(class::NO_ID, "a status without a usable uri"))?;
    let account = status
        .account
        .as_ref()
        .ok_or_else(|| Rejection::new(class::NO_AUTHOR, "a status without account"))?;
    let created_at = stated_time(status.created_at.as_ref())?;
    let server = server(status, account, uri).unwrap_or_default();
    let on_server =
        |id: Option<&Text<'_>>| filled(id).map(|id| CompactString::from(format!("{server}/{id}")));
    let parent = on_server(status.in_reply_to_id.as_ref()).filter(|_| status.reblog.is_none());
    let repost_of = status.reblog.as_ref().and_then(|reblog| reference(reblog.uri.as_ref()));
    let quote_of = status.quote.as_ref().filter(|_| status.reblog.is_none()).and_then(|quote| {
        reference(
            quote.quoted_status.as_ref().map_or(quote.uri.as_ref(), |quoted| quoted.uri.as_ref()),
        )
    });
    let kind = match (&status.reblog, &quote_of, &parent) {
        (Some(_), _, _) => PostKind::Repost,
        (None, Some(_), _) => PostKind::Quote,
        (None, None, Some(_)) => PostKind::Reply,
        (None, None, None) => PostKind::Original,
    };
    let (text, urls) = words(status);
    let reblog = status.reblog.as_ref();
    let lists = |own: &Many<Mention<'_>>, of_reblog: Option<&Many<Mention<'_>>>| {
        own.iter()
            .chain(of_reblog.iter().flat_map(|list| list.iter()))
            .filter_map(mention)
            .collect::<Vec<_>>()
    };
    let mut mentions = lists(&status.mentions, reblog.map(|reblog| &reblog.mentions));
    dedup(&mut mentions);
    let mut hashtags: Vec<CompactString> = Vec::new();
    for tag in status.tags.iter().chain(reblog.iter().flat_map(|reblog| reblog.tags.iter())) {
        hashtags.extend(filled(tag.name.as_ref()).map(CompactString::from));
    }
    dedup(&mut hashtags);
    let lang = filled(status.language.as_ref())
        .or_else(|| reblog.and_then(|reblog| filled(reblog.language.as_ref())));
    let post = Post {
        id: PostId::new(Platform::Mastodon, uri),
        created_at,
        edited_at: filled(status.edited_at.as_ref()).and_then(time::rfc3339),
        author: author(account, uri)?,
        text,
        lang: lang.filter(|lang| *lang != "und").map(Into::into),
        kind,
        // Resolved where the parent itself is in the input.
        reply_to: None,
        quote_of,
        repost_of,
        conversation_id: None,
        hashtags,
        mentions,
        urls,
        like_count: count(status.favourites_count),
        repost_count: count(status.reblogs_count),
        reply_count: count(status.replies_count),
        source_app: status
            .application
            .as_ref()
            .and_then(|application| filled(application.name.as_ref()))
            .map(Into::into),
    };
    let links = Links { own: on_server(status.id.as_ref()), parent, ..Links::default() };
    Ok(Found { post, links })
}

fn stated_time(text: Option<&Text<'_>>) -> Result<Timestamp, Rejection> {
    let text = filled(text).ok_or_else(|| Rejection::new(class::NO_TIME, "no created_at"))?;
    time::rfc3339(text)
        .ok_or_else(|| Rejection::new(class::NO_TIME, format!("created_at is {text:?}")))
}

fn reference(uri: Option<&Text<'_>>) -> Option<PostId> {
    filled(uri).filter(|uri| is_name(uri)).map(|uri| PostId::new(Platform::Mastodon, uri))
}

/// Text and links: of the status, or of what it passes on.
fn words(status: &Status<'_>) -> (String, Vec<String>) {
    let own = (filled(status.spoiler_text.as_ref()), filled(status.content.as_ref()));
    let (warning, content) = match (own, &status.reblog) {
        ((_, None), Some(reblog)) => {
            (filled(reblog.spoiler_text.as_ref()), filled(reblog.content.as_ref()))
        }
        (own, _) => own,
    };
    let plain = html::plain(content.unwrap_or_default());
    let text = match warning {
        Some(warning) => format!("{warning}\n\n{}", plain.text),
        None => plain.text,
    };
    (line_ends(text.into()), plain.urls)
}

fn dedup(list: &mut Vec<CompactString>) {
    let mut at = 0;
    while at < list.len() {
        let (before, rest) = list.split_at(at);
        if rest
            .first()
            .is_some_and(|value| before.iter().any(|there| there.eq_ignore_ascii_case(value)))
        {
            list.remove(at);
        } else {
            at += 1;
        }
    }
}

fn author(account: &Account<'_>, uri: &str) -> Result<Author, Rejection> {
    let acct = filled(account.acct.as_ref())
        .filter(|acct| is_name(acct))
        .ok_or_else(|| Rejection::new(class::NO_AUTHOR, "an account without acct"))?;
    let home = filled(account.uri.as_ref()).or(filled(account.url.as_ref())).and_then(host);
    let full = full_acct(acct, home.or_else(|| host(uri)));
    Ok(Author {
        id: AuthorId::new(Platform::Mastodon, &full),
        handle: Some(full),
        name: filled(account.display_name.as_ref()).map(str::to_owned),
        bio: filled(account.note.as_ref()).map(|note| html::plain(note).text),
        followers: count(account.followers_count),
        following: count(account.following_count),
        posts: count(account.statuses_count),
        created_at: filled(account.created_at.as_ref()).and_then(time::rfc3339),
    })
}

fn mention(mention: &Mention<'_>) -> Option<CompactString> {
    let acct = filled(mention.acct.as_ref())?;
    Some(full_acct(acct, filled(mention.url.as_ref()).and_then(host)))
}

/// `acct` with its host: local names come without one.
fn full_acct(acct: &str, host: Option<&str>) -> CompactString {
    match host {
        Some(host) if !acct.contains('@') => CompactString::from(format!("{acct}@{host}")),
        _ => acct.into(),
    }
}

/// The server that served the status: an account without a host is its own, and so are the links
/// of hashtags and of local mentions.
fn server<'s>(status: &'s Status<'_>, account: &Account<'_>, uri: &'s str) -> Option<&'s str> {
    let local = |acct: Option<&Text<'_>>| filled(acct).is_some_and(|acct| !acct.contains('@'));
    if local(account.acct.as_ref()) {
        return host(uri);
    }
    let tags = status.tags.iter().filter_map(|tag| filled(tag.url.as_ref()));
    let mentions = status
        .mentions
        .iter()
        .filter(|mention| local(mention.acct.as_ref()))
        .filter_map(|mention| filled(mention.url.as_ref()));
    tags.chain(mentions).find_map(host)
}

/// The host of an absolute URL, port included.
pub(super) fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let host = rest.split(['/', '?', '#']).next()?;
    is_name(host).then_some(host)
}

#[cfg(test)]
#[path = "mastodon_tests.rs"]
mod tests;
