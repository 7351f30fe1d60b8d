//! X's own archive of an account: `window.YTD.tweets.part0 = [ {"tweet": {…}} ]`, before 2020 without
//! the inner wrapper, before 2019 `Grailbird.data.tweets_2015_01 = [ … ]`. Its posts do not say who
//! wrote them; another file of the archive does.

use colloquy_transcript::Author;
use memchr::{memchr, memmem};
use serde::Deserialize;

use super::{
    Decoded, Refusal, Rejection, class,
    json::{self, Text, filled},
    time, x,
    x_v11::{self, Status},
};

/// One entry of the list, since 2020.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    tweet: Option<Status<'a>>,
}

/// The `user_details.js` of archives before 2019.
#[derive(Deserialize)]
struct UserDetails<'a> {
    #[serde(borrow)]
    screen_name: Option<Text<'a>>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    full_name: Option<Text<'a>>,
    #[serde(borrow)]
    bio: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct AccountEntry<'a> {
    #[serde(borrow)]
    account: Account<'a>,
}

#[expect(clippy::struct_field_names, reason = "fields are called what the archive calls them")]
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account<'a> {
    #[serde(borrow)]
    username: Option<Text<'a>>,
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    #[serde(borrow)]
    account_display_name: Option<Text<'a>>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
}

/// Decodes one entry.
pub(super) fn decode(
    bytes: &[u8],
    owner: Option<&Author>,
    out: &mut Decoded,
) -> Result<(), Refusal> {
    let entry: Entry<'_> = json::parse(bytes)?;
    let status = match entry.tweet {
        Some(status) => status,
        None => json::parse(bytes)?,
    };
    if !status.has_words() {
        return Err(Refusal::Foreign);
    }
    if owner.is_none() && !status.names_its_author() {
        let detail = "the archive does not say whose it is: its account.js (user_details.js in old archives) must lie beside the file";
        out.rejected.push(Rejection::new(class::NO_AUTHOR, detail));
        return Ok(());
    }
    x_v11::take(&status, owner, out);
    Ok(())
}

/// The owner of an archive, from the bytes of its `account.js`, or before 2019 of its
/// `user_details.js`.
pub(crate) fn owner(bytes: &[u8]) -> Option<Author> {
    let value = bytes[memchr(b'=', bytes)? + 1..].trim_ascii();
    let value = value.strip_suffix(b";").unwrap_or(value);
    if value.starts_with(b"{") {
        let details: UserDetails<'_> = json::parse(value).ok()?;
        let handle = filled(details.screen_name.as_ref());
        let id = x::author_id(filled(details.id.as_ref()), handle).ok()?;
        let mut author = Author::unknown(id);
        author.handle = handle.map(Into::into);
        author.name = filled(details.full_name.as_ref()).map(x::text);
        author.bio = filled(details.bio.as_ref()).map(x::text);
        return Some(author);
    }
    let entries: Vec<AccountEntry<'_>> = json::parse(value).ok()?;
    let account = &entries.first()?.account;
    let handle = filled(account.username.as_ref());
    let id = x::author_id(filled(account.account_id.as_ref()), handle).ok()?;
    let mut author = Author::unknown(id);
    author.handle = handle.map(Into::into);
    author.name = filled(account.account_display_name.as_ref()).map(x::text);
    author.created_at = filled(account.created_at.as_ref()).and_then(time::rfc3339);
    Some(author)
}

/// What archives before 2019 hold beside posts.
const OLD_PARTS: [&str; 3] = ["user_details", "tweet_index", "payload_details"];

/// The name of the collection that a file assigns (`tweets`, `like`), if it is a part of an archive.
pub(super) fn collection(head: &[u8]) -> Option<&str> {
    let assigned = memchr(b'=', head)?;
    let name = std::str::from_utf8(&head[..assigned]).ok()?.trim();
    if let Some(rest) = name.strip_prefix("window.YTD.") {
        return rest.split('.').next();
    }
    name.strip_prefix("Grailbird.data.").or_else(|| {
        let variable = name.strip_prefix("var ")?;
        OLD_PARTS.contains(&variable).then_some(variable)
    })
}

/// Whether a collection holds posts of the owner that are still there.
pub(super) fn holds_posts(collection: &str) -> bool {
    matches!(collection, "tweet" | "tweets" | "community_tweet" | "community_tweets")
        || collection.starts_with("tweets_2")
}

/// Where the list of a file begins: after the assignment, or after `key` in an object.
pub(super) fn list_after(head: &[u8], key: &[u8]) -> Option<usize> {
    let key = memmem::find(head, key)? + key.len();
    Some(key + memchr(b'[', &head[key..])? + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn an_archive_names_its_owner_once() {
        let bytes = br#"window.YTD.account.part0 = [ {
            "account" : { "email" : "x@garden.example", "username" : "Bea_1", "accountId" : "42",
            "createdAt" : "2010-01-02T03:04:05.000Z", "accountDisplayName" : "Bea &amp; Co" } } ]
        "#;
        let owner = owner(bytes).unwrap();
        assert_eq!(owner.id.as_str(), "x:42");
        assert_eq!(owner.handle.as_deref(), Some("Bea_1"));
        assert_eq!(owner.name.as_deref(), Some("Bea & Co"));
        let old =
            br#"var user_details = { "screen_name" : "Bea_1", "full_name" : "Bea", "id" : "42" }"#;
        assert_eq!(super::owner(old).unwrap().id, owner.id);
        assert!(super::owner(b"window.YTD.account.part0 = []").is_none());
        assert!(super::owner(b"").is_none());
    }

    #[test]
    fn collections_are_told_by_what_is_assigned() {
        for (head, name, posts) in [
            ("window.YTD.tweets.part0 = [", Some("tweets"), true),
            ("window.YTD.tweet.part12 = [", Some("tweet"), true),
            ("Grailbird.data.tweets_2015_01 = \n [", Some("tweets_2015_01"), true),
            ("window.YTD.direct_messages.part0 = [", Some("direct_messages"), false),
            ("window.YTD.deleted_tweets.part0 = [", Some("deleted_tweets"), false),
            ("{\"a\": \"b = c\"}", None, false),
        ] {
            let found = collection(head.as_bytes());
            assert_eq!(found, name, "{head}");
            assert_eq!(found.is_some_and(holds_posts), posts, "{head}");
        }
    }

    #[test]
    fn posts_are_the_owners_and_say_what_they_are() {
        let owner = Author::unknown(x::author_id(Some("42"), None).unwrap());
        let decode = |bytes: &str, owner: Option<&Author>| {
            let mut out = Decoded::default();
            let refused = decode(bytes.as_bytes(), owner, &mut out).is_err();
            (out, refused)
        };
        let wrapped = r#"{"tweet": {"id_str": "9", "created_at": "Wed May 08 19:05:09 +0000 2019",
            "full_text": "RT @cleo: A1 leeks #gardenchat", "favorite_count": "3", "entities": {}}}"#;
        let post = &decode(wrapped, Some(&owner)).0.posts[0].post;
        assert_eq!((post.author.id.as_str(), post.kind.as_str()), ("x:42", "repost"));
        assert_eq!(post.like_count, Some(3));
        let bare = r#"{"id_str": "10", "created_at": "2015-01-24 02:02:37 +0000", "text": "look",
            "entities": {"urls": [{"expanded_url": "https://x.com/cleo/status/7"}]}}"#;
        let post = &decode(bare, Some(&owner)).0.posts[0].post;
        assert_eq!(post.quote_of.as_ref().unwrap().as_str(), "x:7");
        let (out, _) = decode(bare, None);
        assert_eq!(out.rejected[0].class, class::NO_AUTHOR);
        assert!(decode(r#"{"like": {"tweetId": "1"}}"#, Some(&owner)).1);
    }
}
