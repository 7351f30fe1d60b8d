//! Charts as inline SVG: bars of people per session, and the parts that the pace chart shares.

use std::fmt::Write as _;

use colloquy_transcript::SessionRecord;
use maud::{Markup, PreEscaped, html};

use super::words;
use crate::view::ChatView;

/// A size in which a chart is drawn; style shows the one that fits the screen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Class that the style switches on and off.
    pub(super) class: &'static str,
    /// Units of the drawing; about one pixel each.
    pub(super) width: f64,
    /// Units of the drawing.
    pub(super) height: f64,
    /// Most bars that stay readable.
    pub(super) bars_max: usize,
    /// Most labels under the axis.
    pub(super) labels_max: usize,
}

/// For a desktop or tablet.
pub(super) const WIDE: Frame =
    Frame { class: "wide", width: 860.0, height: 300.0, bars_max: 104, labels_max: 9 };
/// For a phone held upright.
pub(super) const NARROW: Frame =
    Frame { class: "narrow", width: 320.0, height: 250.0, bars_max: 16, labels_max: 4 };

/// Space left of the axis, for its figures.
pub(super) const LEFT: f64 = 36.0;
/// Space above the highest bar, for the axis' name.
pub(super) const TOP: f64 = 30.0;
/// Space under the bars, for dates and years.
pub(super) const BOTTOM: f64 = 40.0;
/// Space right of the last bar.
pub(super) const RIGHT: f64 = 6.0;
/// Widest space that one bar takes, so that a single session does not become a wall.
const BAND_MAX: f64 = 72.0;
/// Up to this many sessions a chart is drawn small, its key beside it.
const FEW_MAX: usize = 4;
/// Width of such a small chart.
const FEW_WIDTH: f64 = 340.0;

impl Frame {
    /// Where the lowest line lies.
    pub(super) fn floor(self) -> f64 {
        self.height - BOTTOM
    }

    /// Height of `value` where the axis ends at `most`.
    pub(super) fn rise(self, value: f64, most: f64) -> f64 {
        if most > 0.0 { value / most * (self.floor() - TOP) } else { 0.0 }
    }

    /// Horizontal lines with their figures, and the axis' name above them.
    pub(super) fn grid(self, svg: &mut String, axis: Axis, name: &str) {
        for line in 0..=5_u64 {
            let value = axis.step.saturating_mul(line);
            if value > axis.most {
                break;
            }
            let y = self.floor() - self.rise(value as f64, axis.most as f64);
            let class = if value == 0 { "base" } else { "grid" };
            let right = self.width - RIGHT;
            let _ = write!(
                svg,
                r#"<line class="{class}" x1="{LEFT}" x2="{right}" y1="{y:.1}" y2="{y:.1}"/><text x="{:.1}" y="{:.1}" text-anchor="end">{value}</text>"#,
                LEFT - 7.0,
                y + 4.0
            );
        }
        text(svg, 0.0, 12.0, "start", "", name);
    }
}

/// A vertical axis from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    /// Its end.
    pub(super) most: u64,
    /// Between two lines.
    pub(super) step: u64,
}

impl Axis {
    /// A round axis with at most five steps that reaches `value`.
    pub(super) fn reaching(value: u64) -> Self {
        let value = value.max(1);
        let mut step = 1_u64;
        // Steps of 1, 2, 5, 10, 20, 50 …; it ends, since a step grows past any value / 5.
        for factor in [2, 5, 10].into_iter().cycle() {
            if step.saturating_mul(5) >= value {
                break;
            }
            let decade = 10_u64.saturating_pow(step.ilog10());
            step = decade.saturating_mul(factor);
        }
        Self { most: value.div_ceil(step).saturating_mul(step), step }
    }
}

/// A text that is our own words; foreign text does not come into a chart.
pub(super) fn text(svg: &mut String, x: f64, y: f64, anchor: &str, class: &str, words: &str) {
    let _ = write!(
        svg,
        r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{}</text>"#,
        escape(words)
    );
}

/// Text as it may stand in SVG.
fn escape(words: &str) -> String {
    html! { (words) }.into_string()
}

/// The chart of a chat: who took part in each session, oldest left.
pub(super) fn people(chat: &ChatView) -> Markup {
    let Some(newest) = chat.sessions.last() else {
        return html! {};
    };
    let known = chat.sessions.iter().any(|session| session.first_timers.is_some());
    let few = chat.sessions.len() <= FEW_MAX;
    html! {
        figure class=[few.then_some("few")] {
            figcaption { "Who took part, session by session" }
            div { @for frame in [WIDE, NARROW] { (bars(chat, frame)) } }
            div {
                ul.legend aria-label="Key of the chart" {
                    li { (swatch("one")) "answerers (at the foot)" }
                    li { (swatch("two")) "talkers (in the middle)" }
                    li { (swatch("three")) "amplifiers (on top, outlined)" }
                    @if known { li { (diamond_key()) "first-timers (where the mark stands)" } }
                }
                p.soft.small {
                    (in_words(chat, newest))
                    @if !known {
                        " First-timers are not marked: they cannot be told before the chat has "
                        "four earlier sessions on record."
                    }
                }
            }
        }
    }
}

/// What the chart says, for those who do not see it.
fn in_words(chat: &ChatView, newest: &SessionRecord) -> String {
    let heights = || chat.sessions.iter().map(stack);
    let (least, most) = (heights().min().unwrap_or(0), heights().max().unwrap_or(0));
    let range = if least == most {
        words::number(most)
    } else {
        format!("between {} and {}", words::number(least), words::number(most))
    };
    let class = "answerers, talkers and amplifiers together";
    if chat.sessions.len() == 1 {
        return format!("The session had {range} {class}: {}.", words::classes(newest));
    }
    format!(
        "Each session had {range} {class}; the newest {}: {}. The table below has every figure.",
        words::number(stack(newest)),
        words::classes(newest)
    )
}

/// Height of a session's bar.
fn stack(session: &SessionRecord) -> u64 {
    session.answerers.saturating_add(session.talkers).saturating_add(session.amplifiers)
}

/// The bars in one size.
fn bars(chat: &ChatView, frame: Frame) -> Markup {
    let skipped = chat.sessions.len().saturating_sub(frame.bars_max);
    let shown = chat.sessions.get(skipped..).unwrap_or_default();
    let axis = Axis::reaching(shown.iter().map(stack).max().unwrap_or(0));
    let frame = if shown.len() <= FEW_MAX { Frame { width: FEW_WIDTH, ..frame } } else { frame };
    let band = ((frame.width - LEFT - RIGHT) / shown.len().max(1) as f64).min(BAND_MAX);
    let mut svg = String::with_capacity(512 * shown.len() + 2048);
    frame.grid(&mut svg, axis, "people in the session");
    let spare = frame.width - LEFT - RIGHT - band * shown.len() as f64;
    let left = LEFT + spare / 2.0;
    for (at, session) in shown.iter().enumerate() {
        bar(&mut svg, frame, axis, left + band * at as f64, band, session);
    }
    dates(&mut svg, frame, left, band, shown);
    let title = match skipped {
        0 => "Answerers, talkers and amplifiers of each session".to_owned(),
        _ => format!(
            "Answerers, talkers and amplifiers of the newest {} of {} sessions",
            shown.len(),
            chat.sessions.len()
        ),
    };
    html! {
        svg class=(frame.class) viewBox={ "0 0 " (frame.width) " " (frame.height) }
            role="img" aria-label=(title) {
            (PreEscaped(svg))
        }
        @if skipped > 0 {
            p class={ "soft small " (frame.class) } {
                "Shown: the newest " (shown.len()) " of " (chat.sessions.len()) " sessions."
            }
        }
    }
}

/// One session's bar and, where it is known, the mark of its first-timers.
fn bar(svg: &mut String, frame: Frame, axis: Axis, x: f64, band: f64, session: &SessionRecord) {
    let most = axis.most as f64;
    let width = (band * 0.74).max(1.0);
    let left = x + (band - width) / 2.0;
    let mut y = frame.floor();
    let newcomers = session
        .first_timers
        .map(|n| format!("; {}", words::count(n, "first-timer", "first-timers")))
        .unwrap_or_default();
    let _ = write!(
        svg,
        "<g><title>{}: {}{newcomers}</title>",
        words::short(session.starts_at),
        words::classes(session)
    );
    let parts =
        [("one", session.answerers), ("two", session.talkers), ("three", session.amplifiers)];
    for (class, n) in parts {
        let height = frame.rise(n as f64, most);
        y -= height;
        if n > 0 {
            let _ = write!(
                svg,
                r#"<rect class="{class}" x="{left:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"/>"#
            );
        }
    }
    if let Some(n) = session.first_timers {
        let middle = frame.floor() - frame.rise(n as f64, most);
        diamond(svg, left + width / 2.0, middle, (width * 0.5).clamp(3.0, 6.0));
    }
    svg.push_str("</g>");
}

/// The mark of first-timers.
fn diamond(svg: &mut String, x: f64, y: f64, r: f64) {
    let _ = write!(
        svg,
        r#"<path class="new" d="M{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}Z"/>"#,
        y - r,
        x + r,
        y + r,
        x - r
    );
}

/// Dates under the bars, counted from the newest so that it always has one.
fn dates(svg: &mut String, frame: Frame, left: f64, band: f64, shown: &[SessionRecord]) {
    let step = shown.len().div_ceil(frame.labels_max).max(1);
    let mut year = String::new();
    for (at, session) in shown.iter().enumerate() {
        if !(shown.len() - 1 - at).is_multiple_of(step) {
            continue;
        }
        // The last label would otherwise run over the edge.
        let x = (left + band * (at as f64 + 0.5)).min(frame.width - RIGHT - 18.0);
        text(svg, x, frame.floor() + 17.0, "middle", "", &words::tick(session.starts_at));
        let this = words::year(session.starts_at);
        if this != year {
            text(svg, x, frame.floor() + 33.0, "middle", "", &this);
            year = this;
        }
    }
}

/// A square of a class' colour, for the key.
fn swatch(class: &str) -> Markup {
    html! {
        svg viewBox="0 0 12 12" aria-hidden="true" {
            rect class=(class) x="1" y="1" width="10" height="10" {}
        }
    }
}

/// The mark of first-timers, for the key.
fn diamond_key() -> Markup {
    let mut svg = String::new();
    diamond(&mut svg, 6.0, 6.0, 5.0);
    html! { svg viewBox="0 0 12 12" aria-hidden="true" { (PreEscaped(svg)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_round_and_reach_their_value() {
        for (value, most, step) in
            [(0, 1, 1), (1, 1, 1), (5, 5, 1), (6, 6, 2), (11, 15, 5), (41, 50, 10), (445, 500, 100)]
        {
            assert_eq!(Axis::reaching(value), Axis { most, step }, "{value}");
        }
        assert!(Axis::reaching(u64::MAX).step >= u64::MAX / 5);
    }
}
