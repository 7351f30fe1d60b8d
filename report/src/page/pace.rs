//! How fast the room was: posts with words of their own over the time of a session.

use std::fmt::Write as _;

use colloquy_transcript::{SessionRecord, Timestamp};
use maud::{Markup, PreEscaped, html};

use super::chart::{self, Axis, Frame};
use super::words;
use crate::view::SessionView;

/// Seconds shown before the start: early greetings.
const BEFORE_S: i64 = 10 * 60;
/// Seconds shown after the end: the overflow.
const AFTER_S: i64 = 30 * 60;
/// Lengths that a bar may stand for, in minutes.
const BAR_MINUTES: [i64; 10] = [1, 2, 5, 10, 15, 30, 60, 180, 720, 1440];
/// Most bars of a chart; a session that is longer than this many days is cut.
const BARS_MAX: i64 = 110;
/// Space that the label of a question takes, in units of the drawing.
const LABEL_WIDTH: f64 = 24.0;

/// The stretch of time that is drawn, and its bars.
struct Pace {
    /// Start of the first bar, seconds since 1970.
    from: i64,
    /// Seconds of a bar.
    bar_s: i64,
    /// Posts in each bar.
    bars: Vec<u64>,
    /// Posts before the first or after the last bar.
    beyond: u64,
}

impl Pace {
    /// Counts a session's posts with words of their own, flagged ones included as the room had
    /// to read them too.
    fn of(view: &SessionView) -> Self {
        let record = &view.record;
        let from = (record.starts_at.as_second() - BEFORE_S).div_euclid(60) * 60;
        let until = (record.ends_at.as_second() + AFTER_S).max(from + 60);
        let bar_s = BAR_MINUTES
            .into_iter()
            .map(|minutes| minutes * 60)
            .find(|bar_s| (until - from) / bar_s < BARS_MAX)
            .unwrap_or(1440 * 60);
        let len = ((until - from) / bar_s + 1).min(BARS_MAX);
        let mut counts = vec![0_u64; usize::try_from(len).unwrap_or(1)];
        let mut beyond = 0;
        for post in view.posts.iter().filter(|post| post.post.post.is_original()) {
            let at = (post.post.post.created_at.as_second() - from).div_euclid(bar_s);
            match usize::try_from(at).ok().and_then(|at| counts.get_mut(at)) {
                Some(bar) => *bar += 1,
                None => beyond += 1,
            }
        }
        Self { from, bar_s, bars: counts, beyond }
    }

    /// `minute`, `5 minutes`, `hour`.
    fn bar_in_words(&self) -> String {
        match self.bar_s / 60 {
            1 => "minute".to_owned(),
            60 => "hour".to_owned(),
            1440 => "day".to_owned(),
            minutes if minutes > 60 => format!("{} hours", minutes / 60),
            minutes => format!("{minutes} minutes"),
        }
    }

    /// Where an instant lies, in units of the drawing.
    fn x(&self, frame: Frame, at: Timestamp) -> f64 {
        let bars = (at.as_second() - self.from) as f64 / self.bar_s as f64;
        chart::LEFT + bars * self.band(frame)
    }

    /// Width that one bar takes.
    fn band(&self, frame: Frame) -> f64 {
        (frame.width - chart::LEFT - chart::RIGHT) / self.bars.len().max(1) as f64
    }
}

/// The chart of a session's pace and what it shows in words.
pub(super) fn section(view: &SessionView) -> Markup {
    let record = &view.record;
    let pace = Pace::of(view);
    let bar = pace.bar_in_words();
    html! {
        h2 #pace { "Pace" }
        p {
            "The busiest minute had "
            (words::count(record.peak_posts_per_minute, "post", "posts"))
            " with words of their own. "
            @if let Some(share) = record.top_tenth_share {
                "The most active tenth of the participants wrote " (words::percent(share))
                " of such posts"
                @if let Some(gini) = record.gini {
                    " (Gini coefficient " (format!("{gini:.2}"))
                    ": 0 means everybody wrote equally much, 1 that one person wrote everything)"
                }
                "."
            }
        }
        figure {
            figcaption { "Posts with words of their own per " (bar) }
            @for frame in [chart::WIDE, chart::NARROW] { (draw(&pace, record, frame, &bar)) }
            @if pace.beyond > 0 {
                p.soft.small {
                    (words::count(pace.beyond, "more such post", "more such posts"))
                    " came earlier or later than the time shown."
                }
            }
        }
    }
}

/// The chart in one size.
fn draw(pace: &Pace, record: &SessionRecord, frame: Frame, bar: &str) -> Markup {
    let most = pace.bars.iter().copied().max().unwrap_or(0);
    let axis = Axis::reaching(most);
    let mut svg = String::with_capacity(160 * pace.bars.len() + 2048);
    frame.grid(&mut svg, axis, &format!("posts per {bar}"));
    let band = pace.band(frame);
    for (at, &n) in pace.bars.iter().enumerate().filter(|&(_, &n)| n > 0) {
        let height = frame.rise(n as f64, axis.most as f64);
        let _ = write!(
            svg,
            r#"<rect class="one" x="{:.1}" y="{:.1}" width="{:.1}" height="{height:.1}"/>"#,
            chart::LEFT + band * at as f64,
            frame.floor() - height,
            (band * 0.82).max(0.8),
        );
    }
    questions(&mut svg, pace, record, frame);
    hours(&mut svg, pace, record, frame);
    html! {
        svg class=(frame.class) viewBox={ "0 0 " (frame.width) " " (frame.height) } role="img"
            aria-label={
                "Posts with words of their own per " (bar) ", at most " (most)
                "; dotted lines show when each question was asked"
            } {
            (PreEscaped(svg))
        }
    }
}

/// Dotted lines where the questions were asked, labelled where there is room.
fn questions(svg: &mut String, pace: &Pace, record: &SessionRecord, frame: Frame) {
    let mut free_from = chart::LEFT;
    for question in &record.questions {
        let x = pace.x(frame, question.asked_at);
        if !(chart::LEFT..=frame.width - chart::RIGHT).contains(&x) {
            continue;
        }
        let (top, floor) = (chart::TOP, frame.floor());
        let _ =
            write!(svg, r#"<line class="tick" x1="{x:.1}" x2="{x:.1}" y1="{top}" y2="{floor}"/>"#);
        if x >= free_from {
            let label = words::clean_line(&question.label);
            chart::text(svg, x, top - 4.0, "middle", "q", &label);
            free_from = x + LABEL_WIDTH;
        }
    }
}

/// The start and the end under the axis.
fn hours(svg: &mut String, pace: &Pace, record: &SessionRecord, frame: Frame) {
    let y = frame.floor() + 17.0;
    let long = record.ends_at.duration_since(record.starts_at).as_hours() >= 24;
    for (at, name) in [(record.starts_at, "start"), (record.ends_at, "end")] {
        let x = pace.x(frame, at);
        if !(0.0..=frame.width).contains(&x) {
            continue;
        }
        let hour = if long { words::tick(at) } else { words::clock(at) };
        let x = x.clamp(chart::LEFT, frame.width - 20.0);
        chart::text(svg, x, y, "middle", "", &hour);
        chart::text(svg, x, y + 15.0, "middle", "", name);
    }
}
