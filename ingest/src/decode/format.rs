//! The formats by name.

/// A format of posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// X API v1.1: statuses, search answers, stream messages.
    XV11,
    /// X API v2: answers with `data` and `includes`.
    XV2,
    /// X API v2: single posts, flattened or not.
    XV2Flat,
    /// X API v2: the `includes` of an answer in a file of their own.
    XV2Includes,
    /// The objects of X's own pages, as browser extensions save them.
    XGraphQl,
    /// The posts in X's own archive of an account.
    XArchive,
    /// Any other part of X's own archive of an account.
    XArchiveOther,
    /// What snscrape writes of X.
    Snscrape,
    /// Mastodon statuses.
    Mastodon,
    /// The `outbox.json` of a Mastodon account's archive.
    MastodonOutbox,
    /// Bluesky post views and `searchPosts` answers.
    Bluesky,
    /// Bluesky Jetstream events.
    Jetstream,
    /// Posts as Colloquy itself writes them.
    Colloquy,
    /// twarc's first CSV, and Hydrator's.
    TwarcCsv,
    /// twarc2's CSV.
    Twarc2Csv,
    /// A TAGS sheet.
    TagsCsv,
    /// rtweet's CSV.
    RtweetCsv,
    /// The CSV of the Google Sheets add-on Twitter Archiver.
    ArchiverCsv,
    /// A transcript saved from Storify.
    StorifyCsv,
    /// 4CAT's CSV.
    FourCatCsv,
    /// DMI-TCAT's CSV.
    TcatCsv,
    /// Twint's CSV.
    TwintCsv,
    /// `GetOldTweets`' CSV.
    GetOldTweetsCsv,
    /// academictwitteR's tidy CSV.
    AcademicCsv,
    /// The `tweets.csv` of X's archives before 2019.
    XArchiveCsv,
    /// Fields of X API v2 as a table.
    XV2Csv,
    /// A table whose columns have the usual names.
    Csv,
    /// A table whose columns the user named.
    MappedCsv,
    /// A transcript in Markdown: a heading per author, a link to each post.
    Markdown,
    /// Nothing that this version reads.
    Unrecognised,
}

/// Every format with the name by which a person chooses it, and the one by which it is told.
const NAMES: &[(Format, &str, &str)] = &[
    (Format::XV11, "x-v1.1", "X API v1.1 statuses"),
    (Format::XV2, "x-v2", "X API v2 answers"),
    (Format::XV2Flat, "x-v2-flat", "X API v2 posts"),
    (Format::XV2Includes, "x-v2-includes", "X API v2 includes"),
    (Format::XGraphQl, "x-graphql", "posts of X's pages"),
    (Format::XArchive, "x-archive", "posts of an X account's archive"),
    (Format::XArchiveOther, "x-archive-other", "another part of an X account's archive"),
    (Format::Snscrape, "snscrape", "snscrape posts"),
    (Format::Mastodon, "mastodon", "Mastodon statuses"),
    (Format::MastodonOutbox, "mastodon-outbox", "the outbox of a Mastodon account"),
    (Format::Bluesky, "bluesky", "Bluesky posts"),
    (Format::Jetstream, "jetstream", "Bluesky Jetstream events"),
    (Format::Colloquy, "colloquy", "Colloquy's own posts"),
    (Format::TwarcCsv, "twarc-csv", "twarc v1 CSV"),
    (Format::Twarc2Csv, "twarc2-csv", "twarc2 CSV"),
    (Format::TagsCsv, "tags-csv", "TAGS CSV"),
    (Format::RtweetCsv, "rtweet-csv", "rtweet CSV"),
    (Format::ArchiverCsv, "archiver-csv", "Twitter Archiver CSV"),
    (Format::StorifyCsv, "storify-csv", "Storify transcript CSV"),
    (Format::FourCatCsv, "4cat-csv", "4CAT CSV"),
    (Format::TcatCsv, "tcat-csv", "DMI-TCAT CSV"),
    (Format::TwintCsv, "twint-csv", "Twint CSV"),
    (Format::GetOldTweetsCsv, "getoldtweets-csv", "GetOldTweets CSV"),
    (Format::AcademicCsv, "academic-csv", "academictwitteR CSV"),
    (Format::XArchiveCsv, "x-archive-csv", "tweets.csv of an X account's archive"),
    (Format::XV2Csv, "x-v2-csv", "X API v2 fields as CSV"),
    (Format::Csv, "csv", "CSV with the usual names"),
    (Format::MappedCsv, "mapped-csv", "CSV by the columns you named"),
    (Format::Markdown, "markdown", "Markdown transcript"),
    (Format::Unrecognised, "unrecognised", "not a format this version reads"),
];

impl Format {
    /// The format's name for a person.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(format, ..)| *format == self).map_or("", |(_, _, name)| name)
    }

    /// The format that `--format NAME` chooses.
    pub fn parse(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|(_, known, _)| *known == name);
        known.map(|(format, ..)| *format).filter(|format| format.can_be_chosen())
    }

    /// Every name that [`Format::parse`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().filter(|(format, ..)| format.can_be_chosen()).map(|(_, name, _)| *name)
    }

    fn can_be_chosen(self) -> bool {
        !matches!(self, Self::Unrecognised | Self::XArchiveOther | Self::MappedCsv)
    }

    /// Whether its rows are records of a table.
    pub(crate) fn is_table(self) -> bool {
        self >= Self::TwarcCsv && self <= Self::MappedCsv
    }

    /// The files beside one of this format that may say whose archive it is, where it does not say so
    /// itself.
    pub(crate) fn owner_files(self) -> &'static [&'static str] {
        match self {
            Self::XArchive => &["account.js", "../user_details.js", "user_details.js"],
            Self::XArchiveCsv => &["data/js/user_details.js", "user_details.js", "account.js"],
            Self::MastodonOutbox => &["actor.json"],
            _ => &[],
        }
    }

    /// What stands before the list that a file of it wraps its rows in.
    pub(crate) fn list_mark(self) -> Option<&'static [u8]> {
        match self {
            Self::XArchive => Some(b"="),
            Self::MastodonOutbox => Some(b"\"orderedItems\""),
            _ => None,
        }
    }

    /// Whether a file of it is the transcript of one chat: somebody chose its posts, so that a
    /// post without the tag is as good as one with it.
    pub(crate) fn is_transcript(self) -> bool {
        matches!(self, Self::StorifyCsv | Self::Markdown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_one_name() {
        for (at, (format, name, told)) in NAMES.iter().enumerate() {
            assert!(NAMES[at + 1..].iter().all(|(f, n, t)| f != format && n != name && t != told));
            assert_eq!(format.as_str(), *told);
        }
        assert_eq!(Format::parse("twarc-csv"), Some(Format::TwarcCsv));
        assert_eq!(Format::parse("unrecognised"), None);
        assert!(Format::Csv.is_table() && Format::TwarcCsv.is_table());
        assert!(!Format::Markdown.is_table() && !Format::Jetstream.is_table());
    }
}
