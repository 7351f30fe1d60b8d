//! The `outbox.json` of a Mastodon account's archive: `ActivityPub` activities. It holds posts for
//! followers and direct ones too; those are not public and go no further.

use colloquy_transcript::{Author, AuthorId, Platform, Post, PostId, PostKind};
use serde::Deserialize;

use super::{
    Decoded, Found, Links, Refusal, Rejection, class, html, is_name,
    json::{self, Many, Text, filled},
    line_ends, mastodon, time, x,
};
use crate::account::kind;

/// The names of everybody, whole and as JSON-LD shortens it.
const PUBLIC: [&str; 3] = ["https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"];

#[derive(Deserialize)]
struct Activity<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(rename = "type", borrow)]
    of_type: Option<Text<'a>>,
    #[serde(borrow)]
    actor: Option<Text<'a>>,
    #[serde(borrow)]
    published: Option<Text<'a>>,
    // One address or a list of them.
    #[serde(default)]
    to: serde_json::Value,
    #[serde(default)]
    cc: serde_json::Value,
    #[serde(borrow)]
    object: Option<Object<'a>>,
}

/// A post, or the address of one that is passed on.
#[derive(Deserialize)]
#[serde(untagged)]
enum Object<'a> {
    #[serde(borrow)]
    Address(Text<'a>),
    #[serde(borrow)]
    Note(Box<Note<'a>>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    summary: Option<Text<'a>>,
    #[serde(borrow)]
    in_reply_to: Option<Text<'a>>,
    #[serde(borrow)]
    published: Option<Text<'a>>,
    #[serde(borrow)]
    updated: Option<Text<'a>>,
    #[serde(borrow)]
    attributed_to: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    conversation: Option<Text<'a>>,
    #[serde(borrow)]
    content: Option<Text<'a>>,
    #[serde(default)]
    content_map: serde_json::Map<String, serde_json::Value>,
    #[serde(default, borrow)]
    tag: Many<Tag<'a>>,
    #[serde(borrow)]
    quote: Option<Text<'a>>,
    #[serde(borrow)]
    quote_uri: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(rename = "type", borrow)]
    of_type: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

/// An archive's `actor.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Actor<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    preferred_username: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    summary: Option<Text<'a>>,
}

/// The owner of an archive, from the bytes of its `actor.json`. Addresses of newer actors are numbers:
/// there it alone tells the name.
pub(crate) fn owner(bytes: &[u8]) -> Option<Author> {
    let actor: Actor<'_> = json::parse(bytes).ok()?;
    let host = filled(actor.id.as_ref()).and_then(mastodon::host)?;
    let acct = format!("{}@{host}", filled(actor.preferred_username.as_ref())?);
    let mut author = Author::unknown(AuthorId::new(Platform::Mastodon, &acct));
    author.handle = is_name(&acct).then(|| acct.into());
    author.name = filled(actor.name.as_ref()).map(str::to_owned);
    author.bio = filled(actor.summary.as_ref()).map(|summary| html::plain(summary).text);
    author.handle.is_some().then_some(author)
}

/// Decodes one activity; `owner` is whose archive it is.
pub(super) fn decode(
    bytes: &[u8],
    owner: Option<&Author>,
    out: &mut Decoded,
) -> Result<(), Refusal> {
    if bytes.starts_with(b"\"") {
        // Likes and bookmarks are addresses.
        out.unrelated.push(kind::LIKE);
        return Ok(());
    }
    let activity: Activity<'_> = json::parse(bytes)?;
    if matches!(filled(activity.of_type.as_ref()), Some("Person" | "Service" | "Group")) {
        out.unrelated.push(kind::PROFILE);
        return Ok(());
    }
    let (Some(of_type), Some(object)) = (filled(activity.of_type.as_ref()), &activity.object)
    else {
        return Err(Refusal::Foreign);
    };
    if !matches!(of_type, "Create" | "Announce") {
        out.unrelated.push(kind::OTHER_EVENT);
        return Ok(());
    }
    if !is_public(&activity.to) && !is_public(&activity.cc) {
        out.unrelated.push(kind::NOT_PUBLIC);
        return Ok(());
    }
    let post = match object {
        Object::Note(note) if of_type == "Create" => created(&activity, note),
        Object::Note(note) => announced(&activity, note.id.as_ref()),
        Object::Address(of) => announced(&activity, Some(of)),
    };
    let post = post.map(|mut post| {
        if let Some(owner) = owner {
            post.author = owner.clone();
        }
        post
    });
    match post {
        Ok(post) => out.posts.push(Found { post, links: Links::default() }),
        Err(rejection) => out.rejected.push(rejection),
    }
    Ok(())
}

/// Whether everybody is among those addressed.
fn is_public(addressed: &serde_json::Value) -> bool {
    match addressed {
        serde_json::Value::String(to) => PUBLIC.contains(&to.as_str()),
        serde_json::Value::Array(all) => all.iter().any(is_public),
        _ => false,
    }
}

fn created(activity: &Activity<'_>, note: &Note<'_>) -> Result<Post, Rejection> {
    let mut post =
        begun(note.id.as_ref(), note.published.as_ref(), activity, note.attributed_to.as_ref())?;
    let plain = html::plain(filled(note.content.as_ref()).unwrap_or_default());
    let text = match filled(note.summary.as_ref()) {
        Some(warning) => format!("{warning}\n\n{}", plain.text),
        None => plain.text,
    };
    post.text = line_ends(text.into());
    if let Some(acct) = filled(note.url.as_ref()).and_then(acct_in_page) {
        post.author = Author::unknown(AuthorId::new(Platform::Mastodon, &acct));
        post.author.handle = Some(acct.into());
    }
    post.urls = plain.urls;
    post.edited_at = filled(note.updated.as_ref()).and_then(time::rfc3339);
    if note.content_map.len() == 1 {
        post.lang = note.content_map.keys().next().filter(|lang| *lang != "und").map(Into::into);
    }
    post.conversation_id = filled(note.conversation.as_ref()).map(Into::into);
    post.quote_of = reference(note.quote.as_ref()).or(reference(note.quote_uri.as_ref()));
    post.reply_to = reference(note.in_reply_to.as_ref());
    post.kind = match (&post.quote_of, &post.reply_to) {
        (Some(_), _) => PostKind::Quote,
        (None, Some(_)) => PostKind::Reply,
        (None, None) => PostKind::Original,
    };
    for tag in note.tag.iter() {
        let name = filled(tag.name.as_ref()).unwrap_or_default();
        match filled(tag.of_type.as_ref()) {
            Some("Hashtag") => x::push_folded(&mut post.hashtags, name.trim_start_matches('#')),
            Some("Mention") => x::push_folded(&mut post.mentions, name.trim_start_matches('@')),
            _ => {}
        }
    }
    Ok(post)
}

/// A post that is passed on: the archive has its address and none of its words.
fn announced(activity: &Activity<'_>, of: Option<&Text<'_>>) -> Result<Post, Rejection> {
    let mut post = begun(activity.id.as_ref(), activity.published.as_ref(), activity, None)?;
    post.kind = PostKind::Repost;
    post.repost_of = reference(of);
    Ok(post)
}

fn begun(
    id: Option<&Text<'_>>,
    published: Option<&Text<'_>>,
    activity: &Activity<'_>,
    author: Option<&Text<'_>>,
) -> Result<Post, Rejection> {
    let id = reference(id).ok_or_else(|| Rejection::new(class::NO_ID, "no usable id"))?;
    let at = filled(published).or(filled(activity.published.as_ref())).unwrap_or_default();
    let at = time::rfc3339(at)
        .ok_or_else(|| Rejection::new(class::NO_TIME, format!("published is {at:?}")))?;
    let actor = filled(author).or(filled(activity.actor.as_ref()));
    let acct = actor.and_then(acct).ok_or_else(|| {
        Rejection::new(class::NO_AUTHOR, format!("the actor is {:?}", actor.unwrap_or("missing")))
    })?;
    let mut author = Author::unknown(AuthorId::new(Platform::Mastodon, &acct));
    author.handle = Some(acct.into());
    Ok(Post::original(id, at, author, String::new()))
}

/// `name@host` from an actor's address, `https://host/users/name` or `https://host/@name`.
fn acct(actor: &str) -> Option<String> {
    let host = mastodon::host(actor)?;
    let name = actor.trim_end_matches('/').rsplit('/').next()?.trim_start_matches('@');
    let acct = format!("{name}@{host}");
    (is_name(&acct) && !name.is_empty() && name != host).then_some(acct)
}

/// `name@host` from the page of a post, `https://host/@name/123`: the actor's address may be a number.
fn acct_in_page(url: &str) -> Option<String> {
    let name = url.split('/').nth(3)?.strip_prefix('@')?;
    let acct = format!("{name}@{}", mastodon::host(url)?);
    (is_name(&acct) && !name.contains('@')).then_some(acct)
}

fn reference(id: Option<&Text<'_>>) -> Option<PostId> {
    filled(id).filter(|id| is_name(id)).map(|id| PostId::new(Platform::Mastodon, id))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    const CREATE: &str = r##"{"id": "https://g.example/users/bea/statuses/1/activity", "type": "Create",
        "actor": "https://g.example/users/bea", "published": "2023-01-01T12:00:00Z",
        "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [],
        "object": {"id": "https://g.example/users/bea/statuses/1", "type": "Note", "summary": null,
            "inReplyTo": "https://g.example/users/cleo/statuses/7", "published": "2023-01-01T12:00:00Z",
            "attributedTo": "https://g.example/users/bea", "content": "<p>A1 leeks</p>",
            "contentMap": {"en": "<p>A1 leeks</p>"},
            "tag": [{"type": "Hashtag", "name": "#gardenchat"}, {"type": "Mention", "name": "@cleo"}]}}"##;

    fn decoded(bytes: &str) -> Decoded {
        let mut out = Decoded::default();
        if decode(bytes.as_bytes(), None, &mut out).is_err() {
            out.unrelated.push("refused");
        }
        out
    }

    #[test]
    fn activities_become_posts() {
        let post = &decoded(CREATE).posts[0].post;
        assert_eq!(post.id.as_str(), "mastodon:https://g.example/users/bea/statuses/1");
        assert_eq!(post.author.id.as_str(), "mastodon:bea@g.example");
        assert_eq!((post.text.as_str(), post.kind), ("A1 leeks", PostKind::Reply));
        assert_eq!((post.hashtags[0].as_str(), post.lang.as_deref()), ("gardenchat", Some("en")));
        let announce = r#"{"id": "https://g.example/a/2", "type": "Announce",
            "actor": "https://g.example/users/bea", "published": "2023-01-01T12:00:00Z", "to":
            ["as:Public"], "object": "https://h.example/users/cleo/statuses/7"}"#;
        let post = &decoded(announce).posts[0].post;
        assert_eq!(
            post.repost_of.as_ref().unwrap().native(),
            "https://h.example/users/cleo/statuses/7"
        );
    }

    #[test]
    fn what_is_not_public_goes_no_further() {
        let direct = CREATE.replace(
            "https://www.w3.org/ns/activitystreams#Public",
            "https://g.example/users/cleo",
        );
        assert_eq!(decoded(&direct).unrelated, [kind::NOT_PUBLIC]);
        let alone = direct
            .replace("[\"https://g.example/users/cleo\"]", "\"https://g.example/users/cleo\"");
        assert_eq!(decoded(&alone).unrelated, [kind::NOT_PUBLIC]);
        assert_eq!(decoded(r#"{"type": "Create"}"#).unrelated, ["refused"]);
    }
}
