//! What travels through the journal: the ground records and everything derived from them.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use jiff::Timestamp;

use crate::{AuthorId, ChatName, Post, PostId, SessionId};

/// A topic of the journal. Ground topics are the truth, derived ones can be recomputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Ground: the latest revision of every post, once per chat it belongs to.
    Posts,
    /// Ground: what moderators said.
    Decisions,
    /// Ground: what each source watched, and how far it is complete.
    Coverage,
    /// Derived: what a post is in its session.
    Annotations,
    /// Derived: one record per question of a session.
    Participation,
    /// Derived: one record per participant of a session.
    Attendance,
    /// Derived: one record per session, the last of its transaction.
    Sessions,
    /// Rejected input, whole.
    DeadLetters,
}

impl Topic {
    /// Every topic, ground first.
    pub const ALL: [Self; 8] = [
        Self::Posts,
        Self::Decisions,
        Self::Coverage,
        Self::Annotations,
        Self::Participation,
        Self::Attendance,
        Self::Sessions,
        Self::DeadLetters,
    ];

    /// The topic's name in every journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Posts => "posts",
            Self::Decisions => "decisions",
            Self::Coverage => "coverage",
            Self::Annotations => "annotations",
            Self::Participation => "participation",
            Self::Attendance => "attendance",
            Self::Sessions => "sessions",
            Self::DeadLetters => "dead-letters",
        }
    }

    /// The topic called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == name)
    }
}

/// How a record finds its partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partitioning<'a> {
    /// By the chat alone, so that a chat is ordered and its topics are co-partitioned.
    Chat(&'a ChatName),
    /// The record names the partition it speaks of.
    Exactly(u32),
    /// By this text; such records belong to no chat.
    Text(&'a str),
}

impl Partitioning<'_> {
    /// The partition among `partitions` (at least 1), the same in every journal and version.
    pub fn among(self, partitions: u32) -> u32 {
        let partitions = partitions.max(1);
        let text = match self {
            Self::Exactly(partition) => return partition % partitions,
            Self::Chat(chat) => chat.as_str(),
            Self::Text(text) => text,
        };
        let hash = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
        u32::try_from(hash % u64::from(partitions)).unwrap_or(0)
    }
}

/// Any record of the journal.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// Topic `posts`.
    Post(Arc<GroundPost>),
    /// Topic `decisions`.
    Decision(Decision),
    /// Topic `coverage`: a stretch of time.
    Coverage(Watched),
    /// Topic `coverage`: how far a source or a stage is complete.
    Mark(Mark),
    /// Topic `annotations`.
    Annotation(Annotation),
    /// Topic `participation`.
    Participation(Participation),
    /// Topic `attendance`.
    Attendance(Attendance),
    /// Topic `sessions`; boxed, since it is by far the largest and the rarest.
    Session(Box<SessionRecord>),
    /// Topic `dead-letters`.
    DeadLetter(DeadLetter),
}

impl Record {
    /// The topic it belongs to.
    pub fn topic(&self) -> Topic {
        match self {
            Self::Post(_) => Topic::Posts,
            Self::Decision(_) => Topic::Decisions,
            Self::Coverage(_) | Self::Mark(_) => Topic::Coverage,
            Self::Annotation(_) => Topic::Annotations,
            Self::Participation(_) => Topic::Participation,
            Self::Attendance(_) => Topic::Attendance,
            Self::Session(_) => Topic::Sessions,
            Self::DeadLetter(_) => Topic::DeadLetters,
        }
    }

    /// How it finds its partition.
    pub fn partitioning(&self) -> Partitioning<'_> {
        match self {
            Self::Mark(mark) => Partitioning::Exactly(mark.partition),
            Self::DeadLetter(letter) => Partitioning::Text(&letter.source),
            _ => self.chat().map_or(Partitioning::Exactly(0), Partitioning::Chat),
        }
    }

    /// The chat it belongs to, if any.
    pub fn chat(&self) -> Option<&ChatName> {
        match self {
            Self::Post(post) => Some(&post.chat),
            Self::Decision(decision) => Some(&decision.chat),
            Self::Coverage(watched) => Some(&watched.chat),
            Self::Annotation(annotation) => Some(&annotation.chat),
            Self::Participation(participation) => Some(&participation.chat),
            Self::Attendance(attendance) => Some(&attendance.chat),
            Self::Session(session) => Some(&session.chat),
            Self::Mark(_) | Self::DeadLetter(_) => None,
        }
    }

    /// The compaction key: the latest record of a key is the whole state. It begins with the
    /// chat; its parts are separated by a tab, which no name contains.
    pub fn key(&self) -> CompactString {
        match self {
            Self::Post(post) => format_compact!("{}\t{}", post.chat, post.post.id),
            Self::Decision(decision) => format_compact!(
                "{}\t{}\t{}",
                decision.chat,
                decision.subject,
                decision.verdict.name()
            ),
            Self::Coverage(watched) => {
                format_compact!("{}\t{}\t{}", watched.chat, watched.source, watched.from)
            }
            Self::Mark(mark) => format_compact!("\t{}\t{}", mark.partition, mark.source),
            Self::Annotation(annotation) => {
                format_compact!("{}\t{}", annotation.chat, annotation.post_id)
            }
            Self::Participation(row) => {
                format_compact!("{}\t{}\t{}", row.chat, row.session, row.question)
            }
            Self::Attendance(row) => {
                format_compact!("{}\t{}\t{}", row.chat, row.session, row.author_id)
            }
            Self::Session(session) => format_compact!("{}\t{}", session.chat, session.session),
            Self::DeadLetter(letter) => {
                let DeadLetter { source, position, digest, .. } = letter;
                if *digest == 0 {
                    format_compact!("\t{source}\t{position}")
                } else {
                    format_compact!("\t{source}\t{position}\t{digest:016x}")
                }
            }
        }
    }
}

/// A post under one of its chats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroundPost {
    /// The chat under whose tag it was published.
    pub chat: ChatName,
    /// The latest revision.
    pub post: Post,
}

/// What a moderator said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The chat it holds for.
    pub chat: ChatName,
    /// A post id, an author id, a handle or a session id.
    pub subject: CompactString,
    /// What was said of it.
    pub verdict: Verdict,
    /// Who said it.
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Why, in the moderator's words.
    pub note: Option<String>,
    /// Whether it was taken back.
    pub withdrawn: bool,
}

/// The verdicts of the glossary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Of a post: it hijacks the tag.
    Hijack,
    /// Of a post: it does not.
    NotHijack,
    /// Of an author: never flag.
    AlwaysAllow,
    /// Of an author: always flag.
    AlwaysFlag,
    /// Of an author: moderates the chat.
    IsModerator,
    /// Of an author: is a guest.
    IsGuest,
    /// Of an author: is the same person as this one.
    SameAs(AuthorId),
    /// Of a post: asks this question.
    IsQuestion(CompactString),
    /// Of a post: asks nothing.
    NotAQuestion,
    /// Of a post: answers this question.
    Answers(CompactString),
    /// Of a session: starts at.
    StartsAt(Timestamp),
    /// Of a session: ends at.
    EndsAt(Timestamp),
    /// Of a session: did not take place.
    Cancelled,
    /// Of a session: is none.
    NotASession,
}

impl Verdict {
    /// The verdict's word without its argument.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hijack => "hijack",
            Self::NotHijack => "not-hijack",
            Self::AlwaysAllow => "always-allow",
            Self::AlwaysFlag => "always-flag",
            Self::IsModerator => "is-moderator",
            Self::IsGuest => "is-guest",
            Self::SameAs(_) => "same-as",
            Self::IsQuestion(_) => "is-question",
            Self::NotAQuestion => "not-a-question",
            Self::Answers(_) => "answers",
            Self::StartsAt(_) => "starts-at",
            Self::EndsAt(_) => "ends-at",
            Self::Cancelled => "cancelled",
            Self::NotASession => "not-a-session",
        }
    }

    /// The verdict as one text: its word, then `=` and its argument where it has one.
    pub fn to_text(&self) -> String {
        let name = self.name();
        match self {
            Self::SameAs(author) => format!("{name}={author}"),
            Self::IsQuestion(label) | Self::Answers(label) => format!("{name}={label}"),
            Self::StartsAt(at) | Self::EndsAt(at) => format!("{name}={at}"),
            _ => name.to_owned(),
        }
    }

    /// Reads what [`Verdict::to_text`] writes; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, argument) = match text.split_once('=') {
            Some((name, argument)) if !argument.is_empty() => (name, Some(argument)),
            Some(_) => return None,
            None => (text, None),
        };
        Some(match (name, argument) {
            ("hijack", None) => Self::Hijack,
            ("not-hijack", None) => Self::NotHijack,
            ("always-allow", None) => Self::AlwaysAllow,
            ("always-flag", None) => Self::AlwaysFlag,
            ("is-moderator", None) => Self::IsModerator,
            ("is-guest", None) => Self::IsGuest,
            ("same-as", Some(author)) => Self::SameAs(AuthorId::from_full(author)),
            ("is-question", Some(label)) => Self::IsQuestion(label.into()),
            ("not-a-question", None) => Self::NotAQuestion,
            ("answers", Some(label)) => Self::Answers(label.into()),
            ("starts-at", Some(at)) => Self::StartsAt(at.parse().ok()?),
            ("ends-at", Some(at)) => Self::EndsAt(at.parse().ok()?),
            ("cancelled", None) => Self::Cancelled,
            ("not-a-session", None) => Self::NotASession,
            _ => return None,
        })
    }
}

/// A stretch of time and whether a source watched it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The chat that was watched.
    pub chat: ChatName,
    /// The source that watched.
    pub source: CompactString,
    /// Start of the stretch.
    pub from: Timestamp,
    /// End of the stretch.
    pub until: Timestamp,
    /// Watched, missed, or missed and filled in later.
    pub state: CoverageState,
}

/// State of a stretch of coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoverageState {
    /// The source was connected.
    Watched,
    /// Nobody watched.
    Gap,
    /// Nobody watched, and a search filled it in.
    Healed,
}

impl CoverageState {
    /// The state's name in the lake.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Watched => "watched",
            Self::Gap => "gap",
            Self::Healed => "healed",
        }
    }
}

/// How far a source (or the analysis) is complete, said to every partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The partition it speaks of.
    pub partition: u32,
    /// The source's name, or [`Mark::ANALYSIS`].
    pub source: CompactString,
    /// How far.
    pub standing: Standing,
    /// It holds once `posts` of this partition was read up to this position (exclusive).
    /// For the analysis: the position in `coverage` up to which it honoured marks.
    pub through: u64,
}

impl Mark {
    /// The source name under which the analysis says that it is done.
    pub const ANALYSIS: &str = "analysis";
}

/// What a [`Mark`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The source has begun and promises nothing yet.
    Begun,
    /// Every post of the source up to this instant is in the journal.
    CompleteUntil(Timestamp),
    /// The run is over: nothing more will come of it.
    Ended,
}

/// What a post is in its session.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// The chat.
    pub chat: ChatName,
    /// The post.
    pub post_id: PostId,
    /// Its session, or the week outside sessions.
    pub session: SessionId,
    /// Content hash of the session's state; it belongs to the [`SessionRecord`] of the same value.
    /// [`Annotation::PROVISIONAL`] at the post's arrival.
    pub fingerprint: u64,
    /// Its part in the conversation.
    pub role: Role,
    /// The question it asks or answers.
    pub question: Option<CompactString>,
    /// How it was attributed to the question, for answers.
    pub basis: Option<AnswerBasis>,
    /// How sure the attribution is, 0 to 1, for answers.
    pub confidence: Option<f64>,
    /// Its language and who said so.
    pub lang: Option<(CompactString, LangSource)>,
    /// The verdict on hijacking; present for every post with words of its own.
    pub flag: Option<Flag>,
    /// Who wrote it, where a decision says that the post's account is another one's person.
    pub author_id: Option<AuthorId>,
}

impl Annotation {
    /// The fingerprint of what was said of a post at its arrival, before its session was over: it belongs
    /// to no [`SessionRecord`], and what is found in the end replaces it.
    pub const PROVISIONAL: u64 = 0;

    /// Whether it was said at the post's arrival.
    pub fn is_provisional(&self) -> bool {
        self.fingerprint == Self::PROVISIONAL
    }
}

/// A post's part in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A moderator's question.
    Question,
    /// An answer to one.
    Answer,
    /// A moderator's prompt or announcement.
    Moderation,
    /// Any other words.
    Talk,
    /// Somebody else's words passed on.
    Repost,
}

impl Role {
    /// The role's name in the lake.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Answer => "answer",
            Self::Moderation => "moderation",
            Self::Talk => "talk",
            Self::Repost => "repost",
        }
    }
}

/// How an answer was attributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnswerBasis {
    /// It says so (`A1`).
    Label,
    /// It replies to the question, or to an answer.
    Reply,
    /// It quotes the question.
    Quote,
    /// The question was on the table.
    Context,
}

impl AnswerBasis {
    /// The basis' name in the lake.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Reply => "reply",
            Self::Quote => "quote",
            Self::Context => "context",
        }
    }
}

/// Who said which language a post is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LangSource {
    /// The platform.
    Platform,
    /// whatlang.
    Detected,
}

impl LangSource {
    /// The source's name in the lake.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Detected => "detected",
        }
    }
}

/// The verdict on one post.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// Probability that it is hijacking, 0 to 1.
    pub score: f64,
    /// Flag, watch or none.
    pub band: Band,
    /// Whether it counts as flagged, decisions included.
    pub flagged: bool,
    /// The rules that fired, with their evidence.
    pub reasons: Vec<Reason>,
    /// Version of rules and weights.
    pub model: CompactString,
    /// What a moderator decided: `true` hijack, `false` not.
    pub decision: Option<bool>,
    /// What was measured of the post, in hundredths, in the order of the model's features;
    /// [`Flag::UNKNOWN`] where the source cannot know it. Empty in records of older versions.
    pub evidence: Box<[i16]>,
}

impl Flag {
    /// Evidence that the source of a post cannot know.
    pub const UNKNOWN: i16 = i16::MIN;
}

/// How loudly a score speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// Shown as hijacking.
    Flag,
    /// Worth a look.
    Watch,
    /// Nothing to see.
    None,
}

impl Band {
    /// The band's name in the lake.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Watch => "watch",
            Self::None => "none",
        }
    }
}

/// A rule that fired on a post, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The rule's stable code.
    pub rule: CompactString,
    /// What to look at, for a person.
    pub sentence: String,
    /// Where in the text (bytes, end exclusive), where the evidence stands in it.
    pub span: Option<(u32, u32)>,
    /// The measured value that crossed the threshold.
    pub measured: f64,
    /// The threshold.
    pub threshold: f64,
}

/// One question of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// `Q1`.
    pub label: CompactString,
    /// Its place in the session, from 1.
    pub number: u32,
    /// First asking.
    pub asked_at: Timestamp,
    /// Who asked first.
    pub asked_by: AuthorId,
    /// The first asking.
    pub post_id: PostId,
    /// Its text.
    pub text: String,
    /// Repeats and reposts of it.
    pub repeats: Vec<PostId>,
}

/// Participation in one question of a session. Durations are seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Participation {
    /// The chat.
    pub chat: ChatName,
    /// The session.
    pub session: SessionId,
    /// See [`Annotation::fingerprint`].
    pub fingerprint: u64,
    /// `Q1`.
    pub question: CompactString,
    #[doc = definition!(participation answers)]
    pub answers: u64,
    #[doc = definition!(participation answerers)]
    pub answerers: u64,
    #[doc = definition!(participation talkers)]
    pub talkers: u64,
    #[doc = definition!(participation amplifiers)]
    pub amplifiers: u64,
    #[doc = definition!(participation first_answer_s)]
    pub first_answer_s: Option<f64>,
    #[doc = definition!(participation median_response_s)]
    pub median_response_s: Option<f64>,
    #[doc = definition!(participation p90_response_s)]
    pub p90_response_s: Option<f64>,
    #[doc = definition!(participation replies)]
    pub replies: u64,
    #[doc = definition!(participation reposts)]
    pub reposts: u64,
    #[doc = definition!(participation likes)]
    pub likes: Option<u64>,
    #[doc = definition!(participation share_of_room)]
    pub share_of_room: Option<f64>,
    #[doc = definition!(participation first_timers)]
    pub first_timers: Option<u64>,
}

/// Participant classes; the highest that applies wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Passed on posts only.
    Amplifier,
    /// Wrote, but answered nothing.
    Talker,
    /// Answered a question.
    Answerer,
}

impl Class {
    /// The class' name in the lake.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Amplifier => "amplifier",
            Self::Talker => "talker",
            Self::Answerer => "answerer",
        }
    }
}

/// One participant or amplifier of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Attendance {
    /// The chat.
    pub chat: ChatName,
    /// The session.
    pub session: SessionId,
    /// See [`Annotation::fingerprint`].
    pub fingerprint: u64,
    /// Who.
    pub author_id: AuthorId,
    /// The handle, latest in the session.
    pub author_handle: Option<CompactString>,
    /// Answerer, talker or amplifier.
    pub class: Class,
    /// `moderator`, `guest`, `first_timer`, `returning`, `regular`.
    pub roles: Vec<CompactString>,
    #[doc = definition!(attendance posts)]
    pub posts: u64,
    #[doc = definition!(attendance answers)]
    pub answers: u64,
    #[doc = definition!(attendance questions_answered)]
    pub questions_answered: u64,
    #[doc = definition!(attendance replies_given)]
    pub replies_given: u64,
    #[doc = definition!(attendance replies_received)]
    pub replies_received: u64,
    #[doc = definition!(attendance mentions_received)]
    pub mentions_received: u64,
    #[doc = definition!(attendance reposts_received)]
    pub reposts_received: u64,
    #[doc = definition!(attendance sessions_before)]
    pub sessions_before: Option<u64>,
}

/// Where a session's hour comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The registry's schedule.
    Scheduled,
    /// The posts.
    Discovered,
}

impl Origin {
    /// The origin's name in the lake.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Discovered => "discovered",
        }
    }
}

/// Where a role comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// The registry states it.
    Registry,
    /// A moderator's decision states it.
    Decision,
    /// The analysis found it in the posts.
    Inferred,
}

impl Basis {
    /// The basis' name in the lake.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Decision => "decision",
            Self::Inferred => "inferred",
        }
    }
}

/// A decision that was applied to a session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Correction {
    /// What it speaks of: [`Decision::subject`].
    pub subject: CompactString,
    /// What it says, as [`Verdict::to_text`] writes it.
    pub verdict: CompactString,
    /// Who said it.
    pub by: Option<String>,
}

/// How a session is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Numbered questions and answers.
    Qa,
    /// Anything else.
    Free,
}

impl Format {
    /// The format's name in the lake.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Qa => "qa",
            Self::Free => "free",
        }
    }
}

/// A session's aggregates; for a week outside sessions only the counts of posts are filled.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRecord {
    /// The chat.
    pub chat: ChatName,
    /// The session, or the week outside sessions.
    pub session: SessionId,
    /// Content hash of the session's whole state; its annotations carry the same value.
    pub fingerprint: u64,
    /// The session is no more (a revision moved or dissolved it): its files go.
    pub gone: bool,
    /// Start.
    pub starts_at: Timestamp,
    /// End, grace not included.
    pub ends_at: Timestamp,
    /// Where the hour comes from.
    pub origin: Origin,
    /// How it was run.
    pub format: Format,
    /// Moderators, in order of id.
    pub moderators: Vec<AuthorId>,
    /// Where each of [`SessionRecord::moderators`] comes from; empty in records of older versions.
    pub moderators_basis: Vec<Basis>,
    /// Guests, in order of id.
    pub guests: Vec<AuthorId>,
    /// Where each of [`SessionRecord::guests`] comes from; empty in records of older versions.
    pub guests_basis: Vec<Basis>,
    #[doc = definition!(sessions posts)]
    pub posts: u64,
    #[doc = definition!(sessions originals)]
    pub originals: u64,
    #[doc = definition!(sessions reposts)]
    pub reposts: u64,
    #[doc = definition!(sessions participants)]
    pub participants: u64,
    #[doc = definition!(sessions answerers)]
    pub answerers: u64,
    #[doc = definition!(sessions talkers)]
    pub talkers: u64,
    #[doc = definition!(sessions amplifiers)]
    pub amplifiers: u64,
    /// The questions, in order.
    pub questions: Vec<Question>,
    #[doc = definition!(sessions first_timers)]
    pub first_timers: Option<u64>,
    #[doc = definition!(sessions returning)]
    pub returning: Option<u64>,
    #[doc = definition!(sessions flags)]
    pub flags: u64,
    #[doc = definition!(sessions peak_posts_per_minute)]
    pub peak_posts_per_minute: u64,
    #[doc = definition!(sessions gini)]
    pub gini: Option<f64>,
    #[doc = definition!(sessions top_tenth_share)]
    pub top_tenth_share: Option<f64>,
    #[doc = definition!(sessions coverage)]
    pub coverage: Option<f64>,
    #[doc = definition!(sessions revision)]
    pub revision: u64,
    /// Lowest journal position of its posts.
    pub positions_from: u64,
    /// One past the highest journal position of its posts.
    pub positions_until: u64,
    /// Posts of the partition below this position are needed by no open session.
    pub settled_position: u64,
    /// Number of [`Attendance`] records of this fingerprint.
    pub attendance_rows: u64,
    /// Hash of everything beside the ground records that it was made by: registry entry, version
    /// of rules and model. 0 where it is not on record.
    pub basis: u64,
    /// The decisions that were applied to it, by subject and verdict.
    pub corrections: Vec<Correction>,
    /// When the chat meets, in words, as its meetings up to this one show. Unknown where the
    /// registry states it, or too few meetings are known; and in records of older versions.
    pub rhythm: Option<String>,
    /// Questions of participants to the room, its moderators or guests that nobody else replied
    /// to, in order of time.
    pub open_questions: Vec<PostId>,
    /// The first post of each author who said that they are here for the first time, in order of
    /// time.
    pub introductions: Vec<PostId>,
    /// Posts before this belong to it: its end and the grace after it, or where the next meeting
    /// opens. Unknown in records of older versions.
    pub closes_at: Option<Timestamp>,
    /// What the session was about, as the registry says.
    pub title: Option<String>,
}

/// A rejected piece of input, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The source as the user named it (a file's path, an API).
    pub source: CompactString,
    /// Where in it: for files the line, from 1.
    pub position: u64,
    /// The stage that rejected it (`read`, `decode`, `analyze` …).
    pub stage: CompactString,
    /// Why.
    pub reason: String,
    /// What the bytes need before them to be read on their own, its line end included (the header
    /// of a table); empty where they need nothing.
    pub context: Vec<u8>,
    /// The original bytes.
    pub bytes: Vec<u8>,
    /// [`DeadLetter::digest_of`] the original bytes, which tells apart what was rejected of one line;
    /// 0 in letters of older versions.
    pub digest: u64,
}

impl DeadLetter {
    /// What tells apart the letters of one line; never 0.
    pub fn digest_of(bytes: &[u8]) -> u64 {
        xxhash_rust::xxh3::xxh3_64(bytes).max(1)
    }

    /// Most bytes of a journal's entry that are kept: the letter itself must fit into the journal.
    pub const ENTRY_BYTES_MAX: usize = 1 << 20;

    /// The source of letters of this partition's entries: whoever meets one calls it the same.
    pub fn source_of_entries(topic: Topic, partition: u32) -> CompactString {
        format!("journal:{}/{partition}", topic.as_str()).into()
    }

    /// The topic whose entry a letter holds, if it is no row of an archive.
    pub fn topic_of_entry(&self) -> Option<Topic> {
        let (topic, partition) = self.source.strip_prefix("journal:")?.split_once('/')?;
        partition.parse::<u32>().ok().and_then(|_| Topic::parse(topic))
    }

    /// A letter for an entry of the journal that is no record.
    pub fn of_entry(
        (topic, partition): (Topic, u32),
        position: u64,
        stage: &str,
        mut reason: String,
        mut bytes: Vec<u8>,
    ) -> Self {
        let digest = Self::digest_of(&bytes);
        let length = bytes.len();
        if length > Self::ENTRY_BYTES_MAX {
            bytes.truncate(Self::ENTRY_BYTES_MAX);
            let kept = bytes.len();
            reason = format!("{reason}; the first {kept} of {length} bytes are kept");
        }
        Self {
            source: Self::source_of_entries(topic, partition),
            position,
            stage: stage.into(),
            reason,
            context: Vec::new(),
            bytes,
            digest,
        }
    }

    /// The stage of a letter that was replayed: nobody rejects it any more.
    pub const REPLAYED: &str = "replayed";

    /// The stage of a letter that somebody dropped: nobody wants it any more, and its bytes are gone
    /// from it.
    pub const DROPPED: &str = "dropped";

    /// Whether its input was read in the meantime, or dropped.
    pub fn is_done(&self) -> bool {
        self.stage == Self::REPLAYED || self.stage == Self::DROPPED
    }

    /// The class of its reason: the words before the detail.
    pub fn class(&self) -> &str {
        self.reason.split_once(": ").map_or(&self.reason, |(class, _)| class)
    }
}
