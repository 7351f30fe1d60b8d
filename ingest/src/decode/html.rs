//! Mastodon's sanitised HTML as plain text.

use std::borrow::Cow;

use html_escape::decode_html_entities;
use memchr::{memchr, memmem};

/// The plain text of a fragment, and its links that are neither mentions nor hashtags.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plain {
    /// Text; `<br>` is a line end, paragraphs are a blank line apart.
    pub(super) text: String,
    /// `href`s in order.
    pub(super) urls: Vec<String>,
}

/// Removes the markup of `html`. Broken markup is taken as text.
pub(super) fn plain(html: &str) -> Plain {
    let mut out = Plain { text: String::with_capacity(html.len()), urls: Vec::new() };
    let mut rest = html;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        push_text(&mut out.text, &rest[..at]);
        let Some(end) = memchr(b'>', &rest.as_bytes()[at..]) else {
            rest = &rest[at..];
            break;
        };
        tag(&rest[at + 1..at + end], &mut out);
        rest = &rest[at + end + 1..];
    }
    push_text(&mut out.text, rest);
    let kept = out.text.trim_end().len();
    out.text.truncate(kept);
    out
}

fn push_text(out: &mut String, text: &str) {
    if memchr(b'&', text.as_bytes()).is_none() {
        out.push_str(text);
    } else {
        out.push_str(&decode_html_entities(text));
    }
}

fn tag(tag: &str, out: &mut Plain) {
    let name_end = tag.find(|c: char| c.is_whitespace()).unwrap_or(tag.len());
    let name = tag[..name_end].trim_end_matches('/').to_ascii_lowercase();
    match name.as_str() {
        "br" => out.text.push('\n'),
        "p" | "ul" | "ol" | "pre" | "blockquote" | "div" => gap(&mut out.text, 2),
        "li" | "tr" => gap(&mut out.text, 1),
        "a" => {
            let class = attribute(tag, "class=\"").unwrap_or_default();
            if !class.split(' ').any(|class| class == "mention" || class == "hashtag") {
                out.urls.extend(attribute(tag, "href=\"").map(Cow::into_owned));
            }
        }
        _ => {}
    }
}

/// Makes `text` end with `lines` line ends, unless it is empty.
fn gap(text: &mut String, lines: usize) {
    if text.is_empty() {
        return;
    }
    let there = text.len() - text.trim_end_matches('\n').len();
    for _ in there..lines {
        text.push('\n');
    }
}

fn attribute<'t>(tag: &'t str, opening: &str) -> Option<Cow<'t, str>> {
    let from = memmem::find(tag.as_bytes(), opening.as_bytes())? + opening.len();
    let value = &tag[from..];
    let value = &value[..memchr(b'"', value.as_bytes())?];
    (!value.is_empty()).then(|| decode_html_entities(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes_and_line_ends_stay() {
        for (html, text) in [
            ("<p>One<br>two</p><p>three</p>", "One\ntwo\n\nthree"),
            ("<p>a &amp; b &lt;c&gt; &quot;d&quot; &#39;e&#39;</p>", "a & b <c> \"d\" 'e'"),
            (
                "<p>A1 <a href=\"https://g.example/tags/x\" class=\"mention hashtag\" rel=\"tag\">#<span>x</span></a></p>",
                "A1 #x",
            ),
            ("no markup", "no markup"),
            ("<p>broken <", "broken <"),
            ("<p>broken <a hre", "broken <a hre"),
            ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
            ("a<br/>b<BR />c", "a\nb\nc"),
            ("", ""),
        ] {
            assert_eq!(plain(html).text, text, "{html}");
        }
    }

    #[test]
    fn only_real_links_are_links() {
        let html = "<p><a href=\"https://g.example/@bea\" class=\"u-url mention\">@<span>bea</span></a> \
            <a href=\"https://seeds.example/?a=1&amp;b=2\" rel=\"nofollow\"><span class=\"invisible\">https://</span>\
            <span>seeds.example/?a=1&amp;b=2</span></a></p>";
        let plain = plain(html);
        assert_eq!(plain.urls, ["https://seeds.example/?a=1&b=2"]);
        assert_eq!(plain.text, "@bea https://seeds.example/?a=1&b=2");
    }
}
