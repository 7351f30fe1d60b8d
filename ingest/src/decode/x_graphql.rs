//! The objects of X's own pages, as browser extensions save them and as 4CAT hands them on: `rest_id`,
//! `core` with the author and `legacy` with what X API v1.1 called a status. Some tools put them into
//! an envelope, under `data`. Their `id` may be a number that JavaScript rounded: it is not read.

use serde::Deserialize;

use super::{
    Decoded, Refusal,
    json::{self, Text, filled},
    x_v11::{self, Core, Outcome, Status, User},
};
use crate::account::kind;

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    data: Option<Box<Item<'a>>>,
    // The visible post where only a part of its readers may see it.
    #[serde(borrow)]
    tweet: Option<Box<Item<'a>>>,
    #[serde(borrow)]
    rest_id: Option<Text<'a>>,
    #[serde(borrow)]
    core: Option<Core<'a>>,
    #[serde(borrow)]
    legacy: Option<Status<'a>>,
    #[serde(borrow)]
    user: Option<User<'a>>,
    #[serde(borrow)]
    source: Option<Text<'a>>,
    #[serde(borrow)]
    quoted_status_result: Option<Outcome<'a>>,
    promoted: Option<bool>,
}

/// Decodes one object.
pub(super) fn decode(bytes: &[u8], out: &mut Decoded) -> Result<(), Refusal> {
    let mut item: Item<'_> = json::parse(bytes)?;
    while let Some(inner) = item.data.take().or(item.tweet.take()) {
        let promoted = item.promoted;
        item = *inner;
        item.promoted = item.promoted.or(promoted);
    }
    let Some(mut status) = item.legacy else {
        return Err(Refusal::Foreign);
    };
    if item.promoted == Some(true) {
        out.unrelated.push(kind::ADVERTISEMENT);
        return Ok(());
    }
    let user = item.user.or(item.core.and_then(Core::into_user));
    let quoted = item.quoted_status_result.and_then(Outcome::into_id);
    if !status.has_words() {
        return Err(Refusal::Foreign);
    }
    status.complete(
        item.rest_id.filter(|id| filled(Some(id)).is_some()),
        user,
        item.source,
        quoted,
    );
    x_v11::take(&status, None, out);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    const MODERN: &str = r#"{"rest_id": "1520000000000000017", "id": 1520000000000000000,
        "core": {"user_results": {"result": {"rest_id": "42", "legacy": {"followers_count": 5},
            "core": {"screen_name": "Bea", "name": "Bea"}}}},
        "legacy": {"created_at": "Wed May 08 19:05:09 +0000 2019", "full_text": "A1 leeks #gardenchat",
            "id_str": "1520000000000000017", "favorite_count": 2, "user_id_str": "42",
            "entities": {"hashtags": [{"text": "gardenchat"}]}},
        "quoted_status_result": {"result": {"tweet": {"rest_id": "7"}}},
        "source": "<a href=\"x\">Garden Deck</a>"}"#;

    fn decoded(bytes: &str) -> Decoded {
        let mut out = Decoded::default();
        if decode(bytes.as_bytes(), &mut out).is_err() {
            out.unrelated.push("refused");
        }
        out
    }

    #[test]
    fn pages_and_envelopes_hold_the_same_post() {
        let post = decoded(MODERN).posts.remove(0).post;
        assert_eq!(post.id.as_str(), "x:1520000000000000017");
        assert_eq!(post.author.id.as_str(), "x:42");
        assert_eq!(post.author.handle.as_deref(), Some("Bea"));
        assert_eq!(post.quote_of.as_ref().unwrap().as_str(), "x:7");
        assert_eq!(post.source_app.as_deref(), Some("Garden Deck"));
        let envelope =
            format!(r#"{{"item_id": "1", "source_platform": "x.com", "data": {MODERN}}}"#);
        assert_eq!(decoded(&envelope).posts[0].post, post);
    }

    #[test]
    fn protected_posts_go_no_further() {
        let protected = MODERN.replacen(
            "\"core\": {\"screen",
            "\"privacy\": {\"protected\": true}, \"core\": {\"screen",
            1,
        );
        assert_eq!(decoded(&protected).unrelated, [kind::NOT_PUBLIC]);
    }

    #[test]
    fn advertisements_are_no_posts_of_a_chat() {
        let promoted = MODERN.replacen('{', "{\"promoted\": true,", 1);
        assert_eq!(decoded(&promoted).unrelated, [kind::ADVERTISEMENT]);
        assert_eq!(decoded(r#"{"rest_id": "1"}"#).unrelated, ["refused"]);
    }
}
