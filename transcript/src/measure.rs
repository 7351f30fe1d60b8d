//! What every figure of the lake and the pages counts, each in one sentence, in one place.
//!
//! The sentences are the documentation of the fields in [`Participation`](crate::Participation),
//! [`Attendance`](crate::Attendance) and [`SessionRecord`](crate::SessionRecord), the meanings of
//! the columns in the lake, and what the pages say under "How this is counted". They are written
//! for organisers. `tests/python/recompute.py` counts by them a second time.
//!
//! Flagged posts that nobody cleared are left out wherever a sentence does not say otherwise; what
//! was said to them or passed on of them is then neither given nor received.

/// A figure: where it stands, what it counts, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// The table of the lake, or `recap` for what only that page shows.
    pub table: &'static str,
    /// Its column.
    pub column: &'static str,
    /// Its name on a page.
    pub title: &'static str,
    /// What one of it is.
    pub unit: &'static str,
    /// What it counts, for an organiser.
    pub definition: &'static str,
    /// The work that it is taken from, where it is not a plain count.
    pub source: Option<&'static str>,
}

/// The figure in `column` of `table`.
pub fn measure(table: &str, column: &str) -> Option<&'static Measure> {
    MEASURES.iter().find(|measure| measure.table == table && measure.column == column)
}

const GINI: &str = "C. Gini, Variabilità e mutabilità, Bologna 1912";
const NIELSEN: &str = "J. Nielsen, The 90-9-1 Rule for Participation Inequality in Social Media and \
                       Online Communities, Nielsen Norman Group 2006";
const HYNDMAN_FAN: &str = "R. J. Hyndman and Y. Fan, Sample Quantiles in Statistical \
                           Packages (type 7), The American Statistician 50 (1996), 361–365";

/// Makes [`MEASURES`], and `definition!(table column)` for the documentation of fields.
macro_rules! measures {
    (@source) => { None };
    (@source $source:ident) => { Some($source) };
    ($($table:ident {
        $($column:ident: $title:literal, $unit:literal, $definition:literal $(, $source:ident)?;)*
    })*) => {
        /// Every figure, in the order of the lake's columns.
        pub const MEASURES: &[Measure] = &[$($(Measure {
            table: stringify!($table),
            column: stringify!($column),
            title: $title,
            unit: $unit,
            definition: $definition,
            source: measures!(@source $($source)?),
        },)*)*];

        macro_rules! definition {
            $($(($table $column) => { $definition };)*)*
        }
    };
}

measures! {
    participation {
        answers: "Answers", "posts",
            "Posts that answer the question; a post that names several counts for the first it names.";
        answerers: "Answerers", "people",
            "People with at least one post that answers the question.";
        talkers: "Talkers", "people",
            "People who wrote about the question without answering it; asking it is not talking about it.";
        amplifiers: "Amplifiers", "people",
            "People who wrote nothing about the question and passed on posts about it.";
        first_answer_s: "First answer", "seconds",
            "Time from the first asking to the first answer; below 0 where somebody answered before the asking.";
        median_response_s: "Half within", "seconds",
            "Half of the answerers had answered within so long after the first asking; each counts by the earliest answer, and who answered before the asking is left out.",
            HYNDMAN_FAN;
        p90_response_s: "Nine in ten within", "seconds",
            "Nine in ten answerers had answered within so long after the first asking; each counts by the earliest answer, and who answered before the asking is left out.",
            HYNDMAN_FAN;
        replies: "Replies", "posts",
            "Replies to the question or to an answer to it, one’s own included.";
        reposts: "Reposts", "posts",
            "Reposts of the question or of an answer to it, one’s own included.";
        likes: "Likes of the answers", "likes",
            "Likes of the answers, as last seen; unknown where no answer came with a number of likes.";
        share_of_room: "Share of the room", "share, 0 to 1",
            "Answerers of the question as a share of the session’s participants.";
        first_timers: "First-timers among the answerers", "people",
            "Answerers of the question who came to no earlier session; unknown until four earlier sessions are on record or the registry states when the chat began.";
    }
    attendance {
        posts: "Posts", "posts",
            "The person’s posts in the session, reposts included.";
        answers: "Answers", "posts",
            "The person’s posts that answer a question.";
        questions_answered: "Questions answered", "questions",
            "Different questions that the person answered.";
        replies_given: "Replies given", "posts",
            "The person’s replies to posts of others in the session.";
        replies_received: "Replies received", "posts",
            "Replies by others to the person’s posts in the session.";
        mentions_received: "Mentions received", "posts",
            "Posts of others that mention the person, by any handle used in the session; reposts do not count.";
        reposts_received: "Reposts received", "posts",
            "Reposts by others of the person’s posts in the session.";
        sessions_before: "Sessions before", "sessions",
            "Earlier sessions on record in which the person wrote or passed something on; unknown until there are four or the registry states when the chat began.";
    }
    sessions {
        posts: "Posts", "posts",
            "All posts of the session, reposts and flagged posts included.";
        originals: "Originals", "posts",
            "Posts with words of their own, replies and quotes among them, flagged ones included.";
        reposts: "Reposts", "posts",
            "Posts that pass on another without words of their own.";
        participants: "Participants", "people",
            "People who wrote something: answerers and talkers, moderators and guests among them.";
        answerers: "Answerers", "people",
            "People with at least one post that answers a question.";
        talkers: "Talkers", "people",
            "People who wrote something, moderators included, and answered no question.";
        amplifiers: "Amplifiers", "people",
            "People who wrote nothing and only passed on posts.";
        questions: "Questions", "questions",
            "Different questions that were asked; repeats are the same question.";
        first_timers: "First-timers", "people",
            "Participants who came to no earlier session, not even to pass something on; unknown until four earlier sessions are on record or the registry states when the chat began.";
        returning: "Returning", "people",
            "Participants who came to an earlier session, regulars (at least three of the six before) included; unknown as long as first-timers are.";
        flags: "Flagged posts", "posts",
            "Posts judged to misuse the chat’s tag and not cleared by a moderator; reposts are not judged.";
        peak_posts_per_minute: "Busiest minute", "posts",
            "Most posts with words of their own in one minute of the clock, flagged ones included.";
        gini: "Gini coefficient", "index, 0 to 1",
            "How unevenly the participants wrote, by posts with words of their own: 0 where all wrote equally much, near 1 where one person wrote nearly everything.",
            GINI;
        top_tenth_share: "Most active tenth", "share, 0 to 1",
            "What the most active tenth of the participants, rounded up to whole people, wrote of all their posts with words of their own.",
            NIELSEN;
        coverage: "Coverage", "share, 0 to 1",
            "Share of the session’s minutes that a source watched; unknown where no source says.";
        revision: "Revision", "records",
            "Edits, deletions and decisions about the session’s posts that are later than its end and grace.";
    }
    recap {
        posts: "Posts", "posts",
            "Posts of the session that can be shown, reposts included.";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_defined_once_in_one_sentence() {
        for (at, one) in MEASURES.iter().enumerate() {
            let name = (one.table, one.column);
            let same = MEASURES.iter().position(|other| (other.table, other.column) == name);
            assert_eq!(same, Some(at), "{name:?} is defined twice");
            assert!(one.definition.ends_with('.'), "{name:?}");
            assert!(!one.definition.contains(". "), "{name:?} takes more than one sentence");
            assert!(!one.title.is_empty() && !one.unit.is_empty(), "{name:?}");
        }
        assert_eq!(measure("sessions", "gini").and_then(|gini| gini.source), Some(GINI));
        assert_eq!(measure("sessions", "starts_at"), None);
    }
}
