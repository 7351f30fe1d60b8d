//! Results as text for a terminal of eighty columns.

use std::collections::BTreeSet;

use super::{Extra, Meeting, Miss, OfAnswers, OfSessions, Outcome, Share};

/// Columns of a line; texts of posts are cut to them beforehand.
const WIDTH: usize = 80;
/// Keyed posts that the lake lacks are named up to this number; JSON has them all.
const NAMED_MAX: usize = 10;
/// Bases in the order of their worth; others that a key may have follow.
const BASES: [&str; 4] = ["label", "reply", "quote", "context"];
/// Roles of the lake in the order of columns; others follow.
const ROLES: [&str; 5] = ["question", "answer", "moderation", "talk", "repost"];

/// Lines, one after the other.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref().trim_end());
        self.0.push('\n');
    }

    /// A line of the table of figures.
    fn figures(&mut self, what: &str, precision: Option<Share>, recall: Share) {
        let precision = precision.map(|it| it.to_string()).unwrap_or_default();
        self.line(format!("{what:<16}{precision:<24}{recall}"));
    }

    /// Words below a title, as many a line as there is room for.
    fn words(&mut self, title: &str, words: &[String]) {
        if words.is_empty() {
            return;
        }
        self.line(["\n", title].concat());
        let mut line = String::new();
        for word in words {
            if line.chars().count() + word.chars().count() + 2 > WIDTH {
                self.line(std::mem::take(&mut line));
            }
            line.push_str("  ");
            line.push_str(word);
        }
        self.line(line);
    }

    fn misses(&mut self, misses: &[Miss]) {
        if misses.is_empty() {
            return;
        }
        self.line("\nMisses");
        for Miss { session, expected, found, post_id, text } in misses {
            let of: Vec<&str> = session.iter().chain(post_id).map(String::as_str).collect();
            let of = of.join(", ");
            let told = format!("  {of}: expected {expected}, found {found}");
            if told.chars().count() <= WIDTH {
                self.line(told);
            } else {
                self.line(format!("  {of}:"));
                self.line(format!("    expected {expected}, found {found}"));
            }
            if let Some(text) = text {
                self.line(format!("    {text}"));
            }
        }
    }
}

impl OfSessions {
    /// The figures, every keyed meeting, and what differs.
    pub fn to_text(&self) -> String {
        let mut out = Lines::default();
        out.line(format!("{:<16}{:<24}recall", "", "precision"));
        out.figures("sessions", Some(self.keyed), self.found);
        out.figures("questions", Some(self.questions_precision), self.questions_recall);
        out.figures("  and label", None, self.labels);
        out.figures("moderators", Some(self.moderators_precision), self.moderators_recall);
        out.figures("guests", Some(self.guests_precision), self.guests_recall);
        if self.not_in_archive > 0 {
            let sessions = counted(self.not_in_archive, "session");
            out.line(format!("\nNot counted, not in this archive: {sessions} of the key"));
        }

        let several = self.has_several_chats();
        let named = self.sessions.iter().map(|it| it.session_id.chars().count());
        let width = named.max().unwrap_or_default().min(32);
        out.line("\nSessions of the key, and of the lake");
        for meeting in &self.sessions {
            let name = &meeting.session_id;
            out.line(format!("  {name:<width$}  {}", meeting.told(several)));
        }
        let named = |is_wrong: bool| {
            let extra = self.not_in_key.iter().filter(|it| it.counted == is_wrong);
            extra.map(|it| it.told(several)).collect::<Vec<_>>()
        };
        out.words("In the lake, not in the key", &named(true));
        out.words("In the lake, and outside the days of the key: not counted", &named(false));
        out.misses(&self.misses);
        out.0
    }

    fn has_several_chats(&self) -> bool {
        let found = self.sessions.iter().filter_map(|it| Some(&it.session.as_ref()?.0));
        let chats: BTreeSet<&String> =
            found.chain(self.not_in_key.iter().map(|it| &it.chat)).collect();
        chats.len() > 1
    }
}

impl Meeting {
    fn told(&self, several_chats: bool) -> String {
        let minutes = |seconds: Option<i64>| match seconds {
            Some(off) => format!("{:+} min", (off.abs() + 30) / 60 * off.signum()),
            None => "unknown".into(),
        };
        match (&self.outcome, &self.session) {
            (Outcome::Found, Some((chat, session))) => format!(
                "{}  start {}, end {}",
                title(chat, session, several_chats),
                minutes(self.start_off_s),
                minutes(self.end_off_s)
            ),
            (Outcome::NotInArchive, _) => "not in this archive".into(),
            _ => format!("not found ({})", self.start),
        }
    }
}

impl Extra {
    fn told(&self, several_chats: bool) -> String {
        title(&self.chat, &self.session, several_chats)
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn title(chat: &str, session: &str, several_chats: bool) -> String {
    if several_chats { format!("{chat}/{session}") } else { session.to_owned() }
}

impl OfAnswers {
    /// The figures, a table of roles, and what differs.
    pub fn to_text(&self) -> String {
        let mut out = Lines::default();
        out.line("Answers of the key that the lake gives to the right question (recall)");
        for basis in ordered(&BASES, self.by_basis.keys()) {
            let share = self.by_basis.get(basis).copied().unwrap_or_default();
            let basis = if basis.is_empty() { "(no basis)" } else { basis };
            out.line(format!("  {:<34}{share}", ["by ", basis].concat()));
        }
        out.line(format!("  {:<34}{}", "all", self.answers));
        out.line("\nAnswers of the lake, of posts in the key (precision)");
        out.line(format!("  {:<34}{}", "that are answers", self.precision));
        let told = "that answer this question";
        out.line(format!("  {told:<34}{}", self.precision_with_question));
        out.line("\nTalk, greetings and the like in the key");
        out.line(format!("  {:<34}{}", "that the lake calls answers", self.talk_as_answers));
        self.roles_to_text(&mut out);
        if self.unsure > 0 {
            let posts = counted(self.unsure, "post");
            out.line(format!("\nNot counted, the key is not sure enough: {posts}"));
        }
        let lacking = self.not_in_lake.len();
        let mut named: Vec<String> = self.not_in_lake.iter().take(NAMED_MAX).cloned().collect();
        if lacking > NAMED_MAX {
            named.push(format!("and {} more", lacking - NAMED_MAX));
        }
        let posts = counted(lacking, "post");
        out.words(&format!("Not counted, not in the lake: {posts}"), &named);
        out.misses(&self.misses);
        out.0
    }

    fn roles_to_text(&self, out: &mut Lines) {
        let found: BTreeSet<&String> = self.roles.values().flat_map(|row| row.keys()).collect();
        let columns = ordered(&ROLES, found);
        if columns.is_empty() {
            return;
        }
        let cell = |told: &str| format!("{told:>11}");
        let heads: String = columns.iter().map(|role| cell(role)).collect();
        out.line(format!("\n{:<14}{heads}", "key \\ lake"));
        for keyed in ordered(&ROLES, self.roles.keys()) {
            let row = self.roles.get(keyed);
            let count = |role: &&str| row.and_then(|row| row.get(*role)).map(ToString::to_string);
            let cells: String =
                columns.iter().map(|role| cell(&count(role).unwrap_or("-".into()))).collect();
            out.line(format!("{keyed:<14}{cells}"));
        }
    }
}

/// Those of `first` that occur, and the others behind them.
fn ordered<'a>(first: &[&'a str], occurring: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    let mut words: Vec<&str> = occurring.into_iter().map(String::as_str).collect();
    words
        .sort_by_key(|word| (first.iter().position(|it| it == word).unwrap_or(first.len()), *word));
    words
}
