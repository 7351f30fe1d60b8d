//! The command line, as typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use colloquy_ingest::{Field, Format};
use colloquy_journal::JournalUrl;

/// Hashtag chats, rebuilt from their posts: sessions, questions, answers, participation, hijackers
#[derive(Debug, Parser)]
#[command(
    name = "colloquy",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done; 1 done, but some input was rejected; 2 usage or configuration; 3 it failed."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How log lines are written to standard error
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Human)]
    pub(crate) log: LogFormat,
}

/// Form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For a person at a terminal
    Human,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read archives, analyse them and fill a folder with lake and pages, in one process
    Run(Run),
    /// Read archives into the journal
    Ingest(Ingest),
    /// Analyse what is in the journal
    Analyze(Service),
    /// Write lake and pages from what is in the journal
    Report(Report),
    /// Say what a post, an author or a session really is
    Decide(Decide),
    /// List what was decided, and by whom
    Decisions(Decisions),
    /// Compare a lake with an answer key that somebody made by reading
    #[command(subcommand)]
    Evaluate(Evaluate),
    /// Learn from labelled posts which posts hijack a tag, and tell how well that works
    ///
    /// LABELS are lines of JSON, each an object with `id` (with or without the platform), `label` and,
    /// if the post stands for several, `sample_weight` or `weight`. The label is H (takes part), R (an
    /// honest resource), P (advertising), X (a broadcast to many tags), O (off-topic), S (spam), or
    /// hijack or not-hijack. P and S are hijacks, O is left out. A label that is doubtful, or of an
    /// invented post, may have a `trust` below 1. What was decided about posts of the lakes (hijack,
    /// not-hijack) is a label as well; one in LABELS goes before it.
    ///
    /// Two validations are told. In neither a model scores what it was trained on: five folds of whole
    /// authors, and five blocks of time in each chat, of which each but the first is scored by what came
    /// before it there and by the other chats, without its authors.
    Train(Train),
    /// Look at what was rejected, and read it again
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Check configuration, journal, clocks and disk, and say what to do
    ///
    /// Nothing is changed. On Kafka a topic is made, written, read and deleted, to see whether that may
    /// be done. The exit code is 0 if all is well, 1 with warnings, 3 with failures.
    Doctor(Doctor),
}

/// What to compare.
#[derive(Debug, Subcommand)]
pub(crate) enum Evaluate {
    /// When meetings were, who led them, who was a guest, and what was asked
    ///
    /// The key is a JSON list of objects with `session_id`, `session_start_utc`, and as far as they
    /// are known `scheduled_end_utc`, `moderators`, `co_hosts`, `guests` (handles, or objects with
    /// `author_id`, `name` and `confidence`) and `questions` (`label`, `post_id`,
    /// `reposts_or_repeats`). Of what it leaves out nothing is counted.
    ///
    /// A keyed session is found if a session of the lake starts within 5 minutes of its start, one
    /// to one; outside the time of the lake's posts it is not counted. Sessions of the lake that the
    /// key does not have are wrong from a day before the key's first start to a day after its last.
    /// Of sessions that are found: a question is found if the lake's first post of it is the keyed
    /// one or a repeat of it, or the other way round, and once more with the same label. Moderators
    /// and guests are matched by id or handle. Co-hosts are right as moderators and not missed;
    /// guests with confidence 1 are neither right nor missed.
    Sessions(Against),
    /// What each post of a meeting is
    ///
    /// The key is a CSV table with the columns `id`, `role`, `question_label`, `basis` and
    /// `confidence` (3 sure, 2 likely, 1 a guess); the role is question, answer, repost, or any
    /// word for talk; several labels are separated by / , ; or &.
    ///
    /// Recall: keyed answers that the lake calls answers, under one of the keyed labels, by the
    /// key's basis (label, reply, quote, context). Precision: answers of the lake that are keyed as
    /// answers, of those whose post is in the key. Posts that are not in the lake are not counted.
    Answers {
        #[command(flatten)]
        against: Against,
        /// Posts of which the key is less sure are not counted
        #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=3))]
        confidence: u8,
    },
}

/// A key and a lake.
#[derive(Debug, Args)]
pub(crate) struct Against {
    /// The answer key
    #[arg(value_name = "KEY")]
    pub(crate) key: PathBuf,
    /// The lake that run filled, or the folder it is in
    #[arg(long, value_name = "DIR", default_value = "colloquy-out")]
    pub(crate) lake: PathBuf,
    /// Only this chat
    #[arg(long, value_name = "NAME")]
    pub(crate) chat: Option<String>,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to learn from.
#[derive(Debug, Args)]
pub(crate) struct Train {
    /// Files of labels; without any, decisions alone are learnt from
    #[arg(value_name = "LABELS")]
    pub(crate) labels: Vec<PathBuf>,
    /// The lakes that run filled, or the folders they are in
    #[arg(long, value_name = "DIR", num_args = 1.., default_value = "colloquy-out")]
    pub(crate) lake: Vec<PathBuf>,
    /// The file of weights to write; without it nothing is written
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Only this chat
    #[arg(long, value_name = "NAME")]
    pub(crate) chat: Option<String>,
}

/// What to do with rejected input.
#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetters {
    /// List what was rejected, and count it by reason
    List(List),
    /// Print the original bytes of one dead letter
    Show(Show),
    /// Read dead letters again, with this version and these options
    Replay(Replay),
    /// Give dead letters up: their bytes go, and they are listed no more
    Drop(Discard),
}

/// What to read, and whose it is.
#[derive(Debug, Args)]
pub(crate) struct Source {
    /// Files, folders, or - for standard input; .gz and .zst as they are
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Name of the chat; without it the hashtag that behaves most like a chat is taken
    #[arg(long, value_name = "NAME")]
    pub(crate) chat: Option<String>,
    /// A hashtag of the chat, as often as it has tags; the name of the chat by default
    #[arg(long, value_name = "TAG", requires = "chat")]
    pub(crate) tag: Vec<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// Bound of the memory used, such as 400MB or 1GB
    #[arg(long, value_name = "SIZE", default_value = "400MB", value_parser = crate::input::memory_size)]
    pub(crate) memory: usize,
}

/// How rows are read.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// Zone of times that carry none, such as Europe/London
    #[arg(long, value_name = "ZONE", value_parser = crate::input::time_zone)]
    pub(crate) timezone: Option<jiff::tz::TimeZone>,
    /// Format of every file, such as tags-csv; recognised from the content by default
    #[arg(long, value_name = "NAME", value_parser = crate::input::format)]
    pub(crate) format: Option<Format>,
    /// Column of a table by its meaning, such as text="Tweet Text"; as often as needed
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = crate::input::column)]
    pub(crate) column: Vec<(Field, String)>,
}

/// Which journal, and what is known of the chats.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// `memory:`, `sqlite:PATH` or `kafka:HOST:PORT[,HOST:PORT]`
    #[arg(long, value_name = "URL", env = "COLLOQUY_JOURNAL")]
    pub(crate) journal: Option<JournalUrl>,
    /// Registry of chats (tags, schedule, moderators), see fixtures/gardenchat/chats.toml, and settings
    /// of Kafka's clients
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Partitions of the journal's topics, where they do not exist yet
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) partitions: u32,
    /// Copies of every record, where Kafka's topics do not exist yet
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=10))]
    pub(crate) replication: i32,
    /// Put before the names of Kafka's topics, with a dot
    #[arg(long, value_name = "NAME", default_value = "colloquy")]
    pub(crate) topic_prefix: String,
    /// A setting of Kafka's clients, KEY=VALUE, or KEY@FILE where FILE holds the value, as a password
    /// must; as often as needed
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::kafka::typed)]
    pub(crate) kafka: Vec<crate::kafka::Typed>,
    /// Where /metrics, /healthz and /readyz are told, such as 127.0.0.1:9464; this machine only
    #[arg(long, value_name = "HOST:PORT", value_parser = crate::observe::loopback)]
    pub(crate) metrics: Option<std::net::SocketAddr>,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) source: Source,
    /// The folder to fill
    #[arg(long, value_name = "DIR", default_value = "colloquy-out")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Ingest {
    #[command(flatten)]
    pub(crate) source: Source,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Service {
    #[command(flatten)]
    pub(crate) place: Place,
    /// End when every source has ended and everything is published
    #[arg(long)]
    pub(crate) until_idle: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) service: Service,
    /// The folder to fill
    #[arg(long, value_name = "DIR", default_value = "colloquy-out")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// A post (x:123), an author (x:456 or a handle) or a session (2016-01-20T0200Z)
    pub(crate) subject: String,
    /// Of a post: hijack, not-hijack, is-question Q3, not-a-question, answers Q3. Of an author:
    /// always-allow, always-flag, is-moderator, is-guest, same-as ID (or a handle). Of a session:
    /// starts-at TIME (also where none was found), ends-at TIME, cancelled, not-a-session
    #[arg(required = true, num_args = 1..=2)]
    pub(crate) verdict: Vec<String>,
    /// The chat it holds for; needed where the folder or registry has several
    #[arg(long, value_name = "NAME")]
    pub(crate) chat: Option<String>,
    /// Who says so
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// Take the decision back
    #[arg(long)]
    pub(crate) withdraw: bool,
    /// Zone of a time that carries none, such as Europe/London
    #[arg(long, value_name = "ZONE", value_parser = crate::input::time_zone)]
    pub(crate) timezone: Option<jiff::tz::TimeZone>,
    #[command(flatten)]
    pub(crate) home: Home,
}

#[derive(Debug, Args)]
pub(crate) struct Decisions {
    /// Only those of this chat
    #[arg(long, value_name = "NAME")]
    pub(crate) chat: Option<String>,
    #[command(flatten)]
    pub(crate) home: Home,
}

/// What is worked on: a folder that run filled, or the journal of the services.
#[derive(Debug, Args)]
pub(crate) struct Home {
    /// The folder that run filled (colloquy-out); the next run into it honours what is done here
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// The journal of the services; a folder that is named goes before one in the environment
    #[arg(long, value_name = "URL", env = "COLLOQUY_JOURNAL")]
    pub(crate) journal: Option<JournalUrl>,
    /// Registry of chats (replay: for their tags), and settings of Kafka's clients
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Put before the names of Kafka's topics, with a dot
    #[arg(long, value_name = "NAME", default_value = "colloquy")]
    pub(crate) topic_prefix: String,
    /// A setting of Kafka's clients, KEY=VALUE, or KEY@FILE where FILE holds the value, as a password
    /// must; as often as needed
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::kafka::typed)]
    pub(crate) kafka: Vec<crate::kafka::Typed>,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) home: Home,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only letters whose source contains this
    #[arg(long, value_name = "TEXT")]
    pub(crate) source: Option<String>,
    /// Only letters whose reason contains this
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Those that were replayed or dropped, too
    #[arg(long)]
    pub(crate) all: bool,
    /// One JSON object a line instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) home: Home,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The number in the list, or SOURCE:LINE
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) home: Home,
}

#[derive(Debug, Args)]
pub(crate) struct Discard {
    /// Numbers in the list, or SOURCE:LINE
    #[arg(value_name = "KEY", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) keys: Vec<String>,
    /// Every letter that was neither replayed nor dropped
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) home: Home,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Numbers in the list, or SOURCE:LINE
    #[arg(value_name = "KEY", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) keys: Vec<String>,
    /// Every letter that was not replayed yet
    #[arg(long)]
    pub(crate) all: bool,
    /// Name of the chat; needed where the folder or journal has several
    #[arg(long, value_name = "NAME")]
    pub(crate) chat: Option<String>,
    /// A hashtag of the chat, as often as it has tags; the name of the chat by default
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) home: Home,
}
