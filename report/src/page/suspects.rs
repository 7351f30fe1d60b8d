//! What needs a moderator's eye: flagged posts with their reasons, and what to do about each.

use colloquy_transcript::{Band, Flag, Reason};
use maud::{Markup, html};

use super::link;
use super::room::{self, Names};
use super::words;
use crate::view::{AnnotatedPost, SessionView};

/// Most posts shown of one kind; the lake has them all.
const CARDS_MAX: usize = 500;

/// A post with its verdict.
type Judged<'a> = (&'a AnnotatedPost, &'a Flag);

/// Flagged posts that nobody decided on, then those decided, worth a look, and cleared.
pub(super) fn section(view: &SessionView, names: &Names<'_>) -> Markup {
    let judged: Vec<Judged<'_>> = view
        .posts
        .iter()
        .filter_map(|post| post.annotation.flag.as_ref().map(|flag| (post, flag)))
        .collect();
    let pick = |wanted: fn(&Flag) -> bool| sorted(&judged, wanted);
    let open = pick(|flag| flag.flagged && flag.decision.is_none());
    let confirmed = pick(|flag| flag.flagged && flag.decision.is_some());
    let cleared = pick(|flag| !flag.flagged && flag.decision.is_some());
    let watch = pick(|flag| !flag.flagged && flag.decision.is_none() && flag.band != Band::None);
    html! {
        h2 #flagged { "Needs your eye" }
        @if open.is_empty() {
            p { "Nothing: no flagged post waits for a decision." }
        } @else {
            p {
                (words::count(open.len() as u64, "flagged post waits", "flagged posts wait"))
                " for a decision, the highest score first. Tap a command to select it. Add "
                code { "--out DIR" } " if this report is not in " code { "colloquy-out" }
                ", or " code { "--journal URL" } " with the services; then run again."
            }
            (cards(&open, names, true))
        }
        (Tally::of(&judged).told())
        (folded("confirmed by a moderator", &confirmed, names))
        (folded("worth a look, below the threshold", &watch, names))
        (folded("cleared by a moderator", &cleared, names))
    }
}

/// How the flags of a session did, as far as moderators looked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    /// Posts that were flagged by score …
    flagged: u64,
    /// … those of them that a moderator decided on …
    looked_at: u64,
    /// … and that were no hijack.
    wrong: u64,
    /// Hijacks that were not flagged by score.
    missed: u64,
}

impl Tally {
    fn of(judged: &[Judged<'_>]) -> Self {
        let mut tally = Self::default();
        for (_, flag) in judged {
            match (flag.band == Band::Flag, flag.decision) {
                (true, decision) => {
                    tally.flagged += 1;
                    tally.looked_at += u64::from(decision.is_some());
                    tally.wrong += u64::from(decision == Some(false));
                }
                (false, Some(true)) => tally.missed += 1,
                (false, _) => {}
            }
        }
        tally
    }

    /// Nothing while nobody looked.
    fn told(self) -> Markup {
        html! {
            @if self.looked_at + self.missed > 0 {
                p.soft #tally {
                    "Of " (words::count(self.flagged, "post that was flagged", "posts that were flagged"))
                    ", moderators looked at " (words::number(self.looked_at)) ": "
                    (words::number(self.wrong)) " false"
                    @if self.looked_at > 0 {
                        " (" (words::percent(self.wrong as f64 / self.looked_at as f64)) ")"
                    }
                    "."
                    @if self.missed > 0 {
                        " They named "
                        (words::count(self.missed, "hijack", "hijacks"))
                        " that had not been flagged."
                    }
                }
            }
        }
    }
}

/// Those with the wanted verdict: highest score first, then by time and id as they came.
fn sorted<'a>(judged: &[Judged<'a>], wanted: fn(&Flag) -> bool) -> Vec<Judged<'a>> {
    let mut picked: Vec<Judged<'a>> =
        judged.iter().copied().filter(|(_, flag)| wanted(flag)).collect();
    // The sort is stable; a score is never NaN by contract, and total_cmp stands even that.
    picked.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score));
    picked
}

/// A list that opens on demand; nothing if it is empty.
fn folded(what: &str, posts: &[Judged<'_>], names: &Names<'_>) -> Markup {
    html! {
        @if !posts.is_empty() {
            details {
                summary { (words::count(posts.len() as u64, "post", "posts")) " " (what) }
                (cards(posts, names, false))
            }
        }
    }
}

/// The first of many posts.
fn cards(posts: &[Judged<'_>], names: &Names<'_>, open: bool) -> Markup {
    html! {
        @for post in posts.iter().take(CARDS_MAX) { (card(*post, names, open)) }
        @if posts.len() > CARDS_MAX {
            p.soft {
                (words::count((posts.len() - CARDS_MAX) as u64, "more post is", "more posts are"))
                " in the table of flags of the lake."
            }
        }
    }
}

/// One post: who, when, why, and the commands that decide.
fn card((post, flag): Judged<'_>, names: &Names<'_>, open: bool) -> Markup {
    let it = &post.post.post;
    let who = names.of(&it.author.id);
    html! {
        article.post.open[open] {
            h3 { bdi { (who) } }
            p.soft.small {
                time datetime=(words::machine(it.created_at)) { (words::short(it.created_at)) } " UTC"
                (room::post_link(&it.id, &format!("post of {who}")))
                " · band " (flag.band.as_str()) ", score " (format!("{:.2}", flag.score)) " of 1"
                @match flag.decision {
                    Some(true) => " · a moderator said: hijack",
                    Some(false) => " · a moderator said: not hijack",
                    None => "",
                }
            }
            blockquote dir="auto" { (marked(&it.text, &flag.reasons)) }
            @if !flag.reasons.is_empty() {
                ul.why aria-label="Why" {
                    @for reason in &flag.reasons { (why(reason)) }
                }
            }
            (commands(post, flag))
        }
    }
}

/// A reason with its rule and figures.
fn why(reason: &Reason) -> Markup {
    html! {
        li {
            span dir="auto" { (words::clean_line(&reason.sentence)) } " "
            span.soft.small {
                "(rule " code { (words::clean_line(&reason.rule)) } ": measured "
                (figure(reason.measured)) ", threshold " (figure(reason.threshold)) ")"
            }
        }
    }
}

/// A measured value without needless decimals.
fn figure(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// The command lines that clear or confirm a post, and that settle its author.
fn commands(post: &AnnotatedPost, flag: &Flag) -> Markup {
    let it = &post.post.post;
    let verdicts: [(&str, &str, &str); 3] = [
        ("Clear it: it is no hijack", it.id.as_str(), "not-hijack"),
        ("Confirm it: it is a hijack", it.id.as_str(), "hijack"),
        ("Never flag this author", it.author.id.as_str(), "always-allow"),
    ];
    let said = flag.decision.map(|hijack| if hijack { "hijack" } else { "not-hijack" });
    html! {
        dl.do {
            @for (what, subject, verdict) in verdicts {
                @if said != Some(verdict) {
                    div {
                        dt { (what) }
                        dd {
                            @match link::shell_word(subject) {
                                Some(word) => code { "colloquy decide " (word) " " (verdict) },
                                None => "Its id holds characters that no command line carries safely.",
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The text with the evidence marked. Spans are bytes of the text as it is; those that do not
/// fit it are left out, and overlapping ones are joined.
fn marked(text: &str, reasons: &[Reason]) -> Markup {
    let mut spans: Vec<(usize, usize)> = reasons
        .iter()
        .filter_map(|reason| reason.span)
        .filter_map(|(from, until)| {
            Some((usize::try_from(from).ok()?, usize::try_from(until).ok()?))
        })
        .filter(|&(from, until)| from < until && text.get(from..until).is_some())
        .collect();
    spans.sort_unstable();
    let mut parts: Vec<(&str, bool)> = Vec::with_capacity(2 * spans.len() + 1);
    let mut done = 0;
    for (from, until) in spans {
        let from = from.max(done);
        if until <= from {
            continue;
        }
        parts.push((text.get(done..from).unwrap_or_default(), false));
        parts.push((text.get(from..until).unwrap_or_default(), true));
        done = until;
    }
    parts.push((text.get(done..).unwrap_or_default(), false));
    html! {
        @for (part, evidence) in parts {
            @if evidence { mark { (words::clean(part)) } } @else { (words::clean(part)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(span: (u32, u32)) -> Reason {
        Reason {
            rule: "r".into(),
            sentence: String::new(),
            span: Some(span),
            measured: 1.0,
            threshold: 0.5,
        }
    }

    #[test]
    fn flags_are_held_against_what_moderators_said() {
        let told = |tally: Tally| tally.told().into_string();
        assert_eq!(told(Tally { flagged: 9, ..Tally::default() }), "", "nobody looked");
        let looked = told(Tally { flagged: 12, looked_at: 8, wrong: 2, missed: 1 });
        assert!(
            looked.contains("Of 12 posts that were flagged, moderators looked at 8: 2 false (25")
        );
        assert!(looked.contains("They named 1 hijack that"), "{looked}");
    }

    #[test]
    fn evidence_is_marked_where_it_stands() {
        let spans = [(4, 6), (0, 2), (5, 8), (7, 3), (90, 99), (10, 11)];
        let reasons: Vec<Reason> = spans.into_iter().map(reason).collect();
        let html = marked("a<b cdéf ü", &reasons).into_string();
        // (5, 8) begins inside (4, 6) and ends after it; (10, 11) cuts a letter and is left out.
        assert_eq!(html, "<mark>a&lt;</mark>b <mark>cd</mark><mark>é</mark>f ü");
    }
}
