//! The frame that all pages share.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::counted;

/// Style of every page.
const STYLE: &str = include_str!("style.css");
/// Style of what only private pages show.
const PRIVATE_STYLE: &str = include_str!("private.css");
/// Even if markup slipped into a page, a browser would load and run nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                      base-uri 'none'; form-action 'none'";

/// Who may see a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Everybody.
    Public,
    /// Moderators and organisers.
    Private,
}

/// A page: what stands in the frame.
pub(super) struct Page<'a> {
    /// Of the browser's tab.
    pub(super) title: &'a str,
    /// Who may see it.
    pub(super) audience: Audience,
    /// Relative addresses of the pages above it, and their names.
    pub(super) above: &'a [(&'a str, &'a str)],
    /// The figures that it shows, by table and column, so that it says what they count.
    pub(super) counted: &'a [(&'a str, &'a [&'a str])],
    /// The content.
    pub(super) body: Markup,
}

impl Page<'_> {
    /// The whole document.
    pub(super) fn render(self) -> String {
        let private = self.audience == Audience::Private;
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="referrer" content="no-referrer";
                    @if private { meta name="robots" content="noindex, nofollow, noarchive"; }
                    link rel="icon" href="data:,";
                    title { (self.title) }
                    style {
                        (PreEscaped(STYLE))
                        @if private { (PreEscaped(PRIVATE_STYLE)) }
                    }
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    div.page {
                        nav aria-label="Pages above" {
                            ul {
                                li.brand { "Colloquy" }
                                @for (address, name) in self.above {
                                    li { a href=(address) { (name) } }
                                }
                            }
                        }
                        main #content { (self.body) }
                        (footer(private, self.counted))
                    }
                }
            }
        }
        .into_string()
    }
}

/// What the figures of the page count, and what holds for all of them.
fn footer(private: bool, counted: &[(&str, &[&str])]) -> Markup {
    html! {
        footer {
            p { "Everybody in a session counts in one class, the highest that applies." }
            (counted::definitions("sessions", &["answerers", "talkers", "amplifiers"]))
            (counted::details(counted))
            p {
                "Times are in UTC. "
                @if private {
                    "Flagged posts that nobody cleared are left out of the classes and of the "
                    "answers, and are counted apart. A flag is a reason to look, not a verdict."
                } @else {
                    "Made with Colloquy from public posts; links lead to the posts where they "
                    "were published."
                }
            }
        }
    }
}

/// A strip of key figures: the value, and the class or thing that it counts.
pub(super) fn figures(rows: &[(String, &str)]) -> Markup {
    html! {
        dl.figures {
            @for (value, what) in rows {
                div { dt { (what) } dd { (value) } }
            }
        }
    }
}

/// The mark at the top of a private page.
pub(super) fn private_mark() -> Markup {
    html! { p.private { "Private: not for publication" } }
}
