//! Handles, texts, labels, ids and names that try to become markup.

use std::sync::Arc;

use colloquy_transcript::{ChatName, Correction, PostId, Reason};

use super::super::*;
use super::invented;

/// What an attacker writes wherever he can.
const EVIL: &str = "\"'></style></title><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}\u{1b}[2J&amp;\0";

/// Every tag that our templates use.
const TAGS: [&str; 47] = [
    "!DOCTYPE",
    "html",
    "head",
    "meta",
    "link",
    "title",
    "style",
    "body",
    "a",
    "div",
    "nav",
    "ul",
    "li",
    "main",
    "p",
    "h1",
    "h2",
    "h3",
    "bdi",
    "dl",
    "dt",
    "dd",
    "section",
    "figure",
    "figcaption",
    "svg",
    "line",
    "text",
    "rect",
    "path",
    "g",
    "table",
    "caption",
    "span",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "time",
    "code",
    "footer",
    "blockquote",
    "article",
    "mark",
    "details",
    "summary",
];

fn assert_tame(page: &str) {
    let (head, body) = page.split_once("<style>").unwrap();
    let (_, body) = body.split_once("</style>").unwrap();
    for part in [head, body] {
        for after in part.split('<').skip(1) {
            let tag = after.split('>').next().unwrap();
            let name = tag.trim_start_matches('/').split(' ').next().unwrap();
            assert!(TAGS.contains(&name), "a foreign tag: <{tag}>");
            // Every second part is the value of an attribute, in which anything may stand.
            let names: String = tag.split('"').step_by(2).collect();
            assert!(!names.contains(" on"), "a handler: <{tag}>");
            assert!(!tag.contains("=\"javascript:"), "a script: <{tag}>");
            assert_eq!(tag.matches('"').count() % 2, 0, "an open attribute: <{tag}>");
        }
    }
    let foreign = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!page.contains(foreign), "a control character");
}

#[test]
fn hostile_words_stay_words() {
    let mut view = invented::session();
    for post in &mut view.posts {
        let it = Arc::make_mut(&mut post.post);
        it.post.author.handle = Some(EVIL.into());
        it.post.text = format!("{EVIL} {}", it.post.text);
        if let Some(flag) = &mut post.annotation.flag {
            let length = u32::try_from(EVIL.len()).unwrap();
            flag.reasons.push(Reason {
                rule: EVIL.into(),
                sentence: EVIL.to_owned(),
                span: Some((2, length)),
                measured: f64::NAN,
                threshold: f64::INFINITY,
            });
        }
    }
    for row in &mut view.attendance {
        row.author_handle = Some(EVIL.into());
        row.roles.push(EVIL.into());
    }
    for question in &mut view.record.questions {
        EVIL.clone_into(&mut question.text);
        question.label = EVIL.into();
        question.post_id = PostId::from_full(format!("mastodon:https://a.example/{EVIL}"));
    }
    view.record.corrections = ["is-guest", "answers=Q1", EVIL]
        .map(|verdict| Correction {
            subject: EVIL.into(),
            verdict: verdict.into(),
            by: Some(EVIL.to_owned()),
        })
        .into();
    let posts = || view.posts.iter().map(|post| post.post.post.id.clone());
    view.record.open_questions = posts().collect();
    view.record.introductions = posts().collect();
    view.record.rhythm = Some(EVIL.to_owned());
    view.record.title = Some(EVIL.to_owned());
    // A name cannot hold control characters, the rest it can.
    let name = "\"'><script>alert(1)</script>";
    view.record.chat = ChatName::new(name).unwrap();
    let mut chat = invented::season(3);
    chat.name = ChatName::new(name).unwrap();
    chat.sessions[2].rhythm = Some(EVIL.to_owned());
    let chats = [chat];
    let pages =
        [recap(&view), review(&view), index(&chats), directory(&chats), moderators_index(&chats)];
    for page in pages {
        assert_tame(&page);
        assert!(page.contains("&lt;script&gt;"), "the words are shown as words");
    }
}
