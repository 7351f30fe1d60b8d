//! Figures, times and foreign text as words.

use std::borrow::Cow;

use colloquy_transcript::{SessionId, SessionRecord, Timestamp};

/// Whether `c` may stand on a page: no control character, and none that reorders the text
/// around it (a handle must not be able to turn the rest of a line).
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}')
}

/// Text of a post without control characters; line ends stay, tabs become spaces.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| is_plain(c) || c == '\n') {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().map(|c| if c == '\t' { ' ' } else { c });
    Cow::Owned(kept.filter(|&c| is_plain(c) || c == '\n').collect())
}

/// The same on one line: every stretch of white space becomes one space.
pub(crate) fn clean_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.join(" ").chars().filter(|&c| is_plain(c)).collect()
}

/// What the session was about, where the registry says.
pub(super) fn topic(record: &SessionRecord) -> maud::Markup {
    maud::html! { @if let Some(title) = &record.title { p.lead { bdi { (clean_line(title)) } } } }
}

/// When a chat meets, for a page: a record may come from anywhere.
pub(super) fn rhythm(words: &str) -> maud::Markup {
    maud::html! { bdi { (clean_line(words)) } }
}

/// A number with a comma every three digits.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 post`, `2 posts`, `no posts`.
pub(crate) fn count(n: u64, one: &str, many: &str) -> String {
    match n {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{} {many}", number(n)),
    }
}

/// A time in UTC by a strftime pattern; empty if the pattern were wrong.
fn utc(pattern: &str, at: Timestamp) -> String {
    jiff::fmt::strtime::format(pattern, at).unwrap_or_default()
}

/// A week outside sessions as its ISO name, `2025-W09`; a meeting as its id.
pub(crate) fn week(session: SessionId) -> String {
    match session {
        SessionId::Outside { year, week } => format!("{year:04}-W{week:02}"),
        SessionId::Meeting(_) => session.to_string(),
    }
}

/// `2016-01-20 02:00`, in UTC.
pub(crate) fn date_time(at: Timestamp) -> String {
    utc("%Y-%m-%d %H:%M", at)
}

/// `02:00`, in UTC.
pub(crate) fn clock(at: Timestamp) -> String {
    utc("%H:%M", at)
}

/// `20 January 2016`, in UTC.
pub(super) fn day(at: Timestamp) -> String {
    utc("%-d %B %Y", at)
}

/// `Wednesday 20 January 2016`, in UTC.
pub(super) fn weekday(at: Timestamp) -> String {
    utc("%A %-d %B %Y", at)
}

/// `Wed 20 Jan 2016, 02:00`, in UTC.
pub(super) fn short(at: Timestamp) -> String {
    utc("%a %-d %b %Y, %H:%M", at)
}

/// `20 Jan`, in UTC.
pub(super) fn tick(at: Timestamp) -> String {
    utc("%-d %b", at)
}

/// `2016`, in UTC.
pub(super) fn year(at: Timestamp) -> String {
    utc("%Y", at)
}

/// The time as the attribute of a `time` element.
pub(super) fn machine(at: Timestamp) -> String {
    utc("%Y-%m-%dT%H:%MZ", at)
}

/// `02:40`, or with the day where that is not the day of `since`.
pub(super) fn clock_since(since: Timestamp, at: Timestamp) -> String {
    if day(since) == day(at) { clock(at) } else { short(at) }
}

/// How long a session was meant to be.
pub(super) fn length(record: &SessionRecord) -> String {
    let minutes = record.ends_at.duration_since(record.starts_at).as_mins();
    let minutes = u64::try_from(minutes).unwrap_or(0);
    match minutes {
        0..=180 => count(minutes, "minute", "minutes"),
        181..=4320 => count((minutes + 30) / 60, "hour", "hours"),
        _ => count((minutes + 720) / 1440, "day", "days"),
    }
}

/// A duration of `s` seconds, without its sign: `40 s`, `3 min 20 s`, `2 h 5 min`, `4 days 3 h`.
pub(crate) fn seconds(s: f64) -> String {
    if !s.is_finite() {
        return "an unknown time".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "finite and not negative; a float saturates at the bounds of the integer"
    )]
    let s = s.abs().round() as u64;
    let (large, large_unit, small, small_unit) = match s {
        0..=59 => return format!("{s} s"),
        60..=3_599 => (s / 60, "min", s % 60, "s"),
        3_600..=86_399 => (s / 3_600, "h", s % 3_600 / 60, "min"),
        _ => (s / 86_400, "days", s % 86_400 / 3_600, "h"),
    };
    let large_unit = if large == 1 && large_unit == "days" { "day" } else { large_unit };
    if small == 0 {
        return format!("{} {large_unit}", number(large));
    }
    format!("{} {large_unit} {small} {small_unit}", number(large))
}

/// The same for a page, where it must not break over two lines.
pub(super) fn duration(s: f64) -> String {
    seconds(s).replace(' ', "\u{a0}")
}

/// A share of 0 to 1 in whole percent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0}\u{a0}%", share * 100.0)
}

/// Answerers + talkers + amplifiers, each spelled.
pub(super) fn classes(record: &SessionRecord) -> String {
    [
        count(record.answerers, "answerer", "answerers"),
        count(record.talkers, "talker", "talkers"),
        count(record.amplifiers, "amplifier", "amplifiers"),
    ]
    .join(" + ")
}

/// The posts of a session that may be counted in public: counting the flagged ones too would
/// let anybody work out how many there were.
pub(super) fn public_posts(record: &SessionRecord) -> u64 {
    record.posts.saturating_sub(record.flags)
}

/// A session's name in a heading: its day, or the week.
pub(super) fn session_name(session: SessionId) -> String {
    match session {
        SessionId::Meeting(at) => day(at),
        SessionId::Outside { year, week } => format!("week {week} of {year}, outside sessions"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_the_page() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\u{0}\nd\te"), "a[31mbc\nd e");
        assert_eq!(clean_line(" a \r\n\u{2067}b\u{2028}c "), "a b c");
        assert!(matches!(clean("plain\ntext"), Cow::Borrowed(_)));
    }

    #[test]
    fn figures_read_as_words() {
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(number(123), "123");
        assert_eq!(count(0, "post", "posts"), "no posts");
        assert_eq!(count(1, "post", "posts"), "1 post");
        assert_eq!(count(2_000, "post", "posts"), "2,000 posts");
        for (s, words) in [
            (39.6, "40 s"),
            (-61.0, "1 min 1 s"),
            (3_600.0, "1 h"),
            (7_500.0, "2 h 5 min"),
            (90_000.0, "1 day 1 h"),
            (f64::NAN, "an unknown time"),
        ] {
            assert_eq!(seconds(s), words);
        }
    }
}
