#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and the example pages are written to a folder"
)]

mod hostile;
mod privacy;

use std::fs;

use colloquy_transcript::{ChatName, SessionId, percent_encode};

use super::*;
use crate::view::ChatView;

/// A page as lines of text: markup, style and drawings taken away, headings and table rows kept
/// apart.
fn outline(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    let mut silent = "";
    while let Some((before, after)) = rest.split_once('<') {
        let (tag, next) = after.split_once('>').unwrap();
        if silent.is_empty() {
            text.push_str(before);
        }
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap_or_default();
        match (name, silent) {
            ("style" | "svg", "") => silent = if name == "svg" { "svg" } else { "style" },
            (name, open) if name == open && tag.starts_with('/') => silent = "",
            ("h1", _) if !tag.starts_with('/') => text.push_str("\n# "),
            ("h2", _) if !tag.starts_with('/') => text.push_str("\n## "),
            ("h3", _) if !tag.starts_with('/') => text.push_str("\n### "),
            (
                "tr" | "p" | "dt" | "ul" | "blockquote" | "caption" | "summary" | "footer" | "h1"
                | "h2" | "h3",
                _,
            ) => text.push('\n'),
            ("td" | "th" | "li" | "dd", _) if !tag.starts_with('/') => text.push_str(" | "),
            _ => {}
        }
        rest = next;
    }
    let lines = text.lines().map(|line| line.trim_matches([' ', '|'])).filter(|l| !l.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// Every address that a page links to.
fn links(page: &str) -> Vec<String> {
    let parts = page.split("href=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap().replace("&amp;", "&")).collect()
}

/// The file that a relative address on the page at `from` means.
fn resolve(from: &str, address: &str) -> String {
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    for part in address.split('/') {
        if part == ".." {
            folders.pop().expect("the address leaves the folder");
        } else {
            folders.push(part);
        }
    }
    decode(&folders.join("/"))
}

/// Percent-decodes an address, as a browser does once before it opens a file.
fn decode(address: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = address.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            let digits = std::str::from_utf8(&digits).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Every page over the example season, with the path it is written to.
fn all_pages() -> Vec<(String, String)> {
    let view = invented::session();
    let chats = [invented::season(25)];
    let name = format!("gardenchat/{}.html", view.record.session);
    vec![
        ("index.html".to_owned(), index(&chats)),
        ("public/index.html".to_owned(), directory(&chats)),
        ("moderators/index.html".to_owned(), moderators_index(&chats)),
        (format!("public/{name}"), recap(&view)),
        (format!("moderators/{name}"), review(&view)),
    ]
}

#[test]
fn pages_say_what_they_should() {
    let view = invented::session();
    let chats = [invented::season(6)];
    insta::with_settings!({ prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("index", outline(&index(&chats)));
        insta::assert_snapshot!("directory", outline(&directory(&chats)));
        insta::assert_snapshot!("moderators_index", outline(&moderators_index(&chats)));
        insta::assert_snapshot!("recap", outline(&recap(&view)));
        insta::assert_snapshot!("review", outline(&review(&view)));
    });
}

#[test]
fn pages_without_anything_are_pages_too() {
    let empty = ChatView { sessions: Vec::new(), ..invented::season(1) };
    for chats in [&[][..], &[empty][..]] {
        for page in [index(chats), directory(chats), moderators_index(chats)] {
            assert!(page.contains("<h1>"), "{page}");
        }
    }
    let mut view = invented::session();
    view.posts.clear();
    view.attendance.clear();
    view.participation.clear();
    view.record.questions.clear();
    assert!(recap(&view).contains("without numbered questions"));
    assert!(review(&view).contains("Nobody took part."));
}

#[test]
fn a_week_outside_sessions_shows_its_flagged_posts_only() {
    let mut view = invented::session();
    view.record.session = SessionId::parse("outside-2031-W04").unwrap();
    let page = review(&view);
    assert!(page.contains("week 4 of 2031, outside sessions"));
    assert!(page.contains("colloquy decide x:930001 not-hijack"));
    assert!(!page.contains("Attendance") && !page.contains("Who answered"));
    assert!(!links(&page).iter().any(|link| link.contains("public")), "such a week has no recap");
}

#[test]
fn every_link_between_pages_leads_to_a_file_of_the_driver() {
    let chat = ChatName::new("a b/../%é#?").unwrap();
    let mut view = invented::session();
    view.record.chat = chat.clone();
    let mut chats = [invented::season(3), invented::season(2)];
    chats[0].name = chat.clone();
    let mut files: Vec<String> = vec!["index.html".into()];
    for folder in ["public", "moderators"] {
        files.push(format!("{folder}/index.html"));
        for chat_view in &chats {
            let name = percent_encode(chat_view.name.as_str());
            for session in chat_view.sessions.iter().chain([&view.record]) {
                files.push(format!("{folder}/{name}/{}.html", session.session));
            }
            for (week, _) in &chat_view.flagged_weeks {
                files.push(format!("moderators/{name}/{week}.html"));
            }
        }
    }
    let session = view.record.session;
    let name = percent_encode(chat.as_str());
    let mut followed = 0;
    for (path, page) in [
        ("index.html".to_owned(), index(&chats)),
        ("public/index.html".to_owned(), directory(&chats)),
        ("moderators/index.html".to_owned(), moderators_index(&chats)),
        (format!("public/{name}/{session}.html"), recap(&view)),
        (format!("moderators/{name}/{session}.html"), review(&view)),
    ] {
        // A browser sees the folder's name encoded once more.
        let address = path.replace('%', "%25");
        for link in links(&page) {
            if link.starts_with(['#']) || link.starts_with("https://") || link == "data:," {
                continue;
            }
            let file = resolve(&address, &link);
            assert!(files.contains(&file), "{link} on {path} leads to {file}");
            followed += 1;
        }
    }
    assert!(followed > 30, "only {followed} links");
}

#[test]
fn pages_stand_alone_and_can_be_read_aloud() {
    for (path, page) in all_pages() {
        let (head, body) = page.split_once("</style>").unwrap();
        for resource in ["src=", "@import", "url(", "<script", "<iframe", "<link rel=\"style"] {
            assert!(!page.contains(resource), "{path} loads something: {resource}");
        }
        assert!(head.contains("lang=\"en\"") && head.contains("width=device-width"), "{path}");
        assert_eq!(page.matches("<h1>").count(), 1, "{path}");
        assert_eq!(body.matches("<table").count(), body.matches("<caption>").count(), "{path}");
        for svg in body.split("<svg").skip(1) {
            let tag = svg.split('>').next().unwrap();
            let named = tag.contains("role=\"img\"") && tag.contains("aria-label=\"");
            assert!(named || tag.contains("aria-hidden=\"true\""), "{path}: {tag}");
        }
        let opened = body.matches("<section").count() + body.matches("<div").count();
        let closed = body.matches("</section").count() + body.matches("</div").count();
        assert_eq!(opened, closed, "{path}");
    }
}

#[test]
fn a_long_season_stays_a_chart() {
    let page = index(&[invented::season(600)]);
    assert!(page.contains("newest 104 of 600 sessions"));
    assert_eq!(page.matches("<tr>").count(), 601, "the table has them all, and a heading");
    assert!(!page.contains("NaN") && !page.contains("inf\""));
}

/// Writes every page with invented data below the temporary folder, to be looked at.
#[test]
#[ignore = "writes the example pages to a folder, to be looked at in a browser"]
fn example_pages() {
    let root = std::env::temp_dir().join("pages");
    let mut pages = all_pages();
    pages.push(("one.html".to_owned(), index(&[invented::season(1)])));
    pages.push(("long.html".to_owned(), index(&[invented::season(150)])));
    for (path, page) in pages {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, page).unwrap();
    }
}
