//! A post and its author, the same for every platform.

use std::fmt;

use compact_str::{CompactString, format_compact};
use jiff::Timestamp;

/// Where a post was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Platform {
    /// X, formerly Twitter.
    X,
    /// Mastodon and whatever speaks its API.
    Mastodon,
    /// Bluesky (atproto).
    Bluesky,
    /// Anything else.
    Other,
}

impl Platform {
    /// The platform's name as it stands in the lake and before the colon of an id.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X => "x",
            Self::Mastodon => "mastodon",
            Self::Bluesky => "bluesky",
            Self::Other => "other",
        }
    }

    /// The platform whose name stands before the first colon of `id`.
    pub fn of_id(id: &str) -> Self {
        match id.split_once(':').map(|(platform, _)| platform) {
            Some("x") => Self::X,
            Some("mastodon") => Self::Mastodon,
            Some("bluesky") => Self::Bluesky,
            _ => Self::Other,
        }
    }
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(CompactString);

        impl $name {
            /// The id of `native` on `platform`.
            pub fn new(platform: Platform, native: &str) -> Self {
                Self(format_compact!("{}:{native}", platform.as_str()))
            }

            /// Takes an id that already carries its platform (`x:123`).
            pub fn from_full(full: impl Into<CompactString>) -> Self {
                Self(full.into())
            }

            /// The whole id, platform included.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The platform that the id names.
            pub fn platform(&self) -> Platform {
                Platform::of_id(self.as_str())
            }

            /// The id without its platform.
            pub fn native(&self) -> &str {
                self.as_str().split_once(':').map_or(self.as_str(), |(_, native)| native)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

id_type! {
    /// A post's identity over all its revisions: `x:` and the first id of the edit chain,
    /// `mastodon:` and the `uri`, `bluesky:` and the at-uri.
    PostId
}

id_type! {
    /// An author's identity: `x:123`, `bluesky:did:…`, `mastodon:acct@host`, or `x:@handle`
    /// where no record links the handle to an id.
    AuthorId
}

/// Who wrote a post, as the platform described the account when the post was captured.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Author {
    /// Identity of the account.
    pub id: AuthorId,
    /// Handle without `@`, in the case the platform gave; `None` where a source has only ids.
    pub handle: Option<CompactString>,
    /// Display name.
    pub name: Option<String>,
    /// Profile text.
    pub bio: Option<String>,
    /// Followers as of the post.
    pub followers: Option<u64>,
    /// Accounts followed, as of the post.
    pub following: Option<u64>,
    /// Posts ever written, as of the post.
    pub posts: Option<u64>,
    /// When the account was opened.
    pub created_at: Option<Timestamp>,
}

impl Author {
    /// An account of which nothing but the identity is known.
    pub fn unknown(id: AuthorId) -> Self {
        Self {
            id,
            handle: None,
            name: None,
            bio: None,
            followers: None,
            following: None,
            posts: None,
            created_at: None,
        }
    }
}

/// What a post is in relation to other posts; exactly one, the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PostKind {
    /// Stands alone.
    Original,
    /// Answers another post.
    Reply,
    /// Shows another post with words of its own.
    Quote,
    /// Passes another post on without words of its own.
    Repost,
}

impl PostKind {
    /// The kind's name in the lake.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Reply => "reply",
            Self::Quote => "quote",
            Self::Repost => "repost",
        }
    }
}

/// One message on a platform: the latest revision known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Post {
    /// Identity over all revisions.
    pub id: PostId,
    /// When the first revision was published.
    pub created_at: Timestamp,
    /// When this revision was published, where it is not the first.
    pub edited_at: Option<Timestamp>,
    /// Who wrote it.
    pub author: Author,
    /// Plain text: entities decoded, markup removed, line ends `\n`.
    pub text: String,
    /// Language as the platform said (BCP 47); `None` where it was silent or said `und`.
    pub lang: Option<CompactString>,
    /// Original, reply, quote or repost.
    pub kind: PostKind,
    /// The post this one replies to.
    pub reply_to: Option<PostId>,
    /// The post this one quotes.
    pub quote_of: Option<PostId>,
    /// The post this one passes on.
    pub repost_of: Option<PostId>,
    /// The platform's id of the thread.
    pub conversation_id: Option<CompactString>,
    /// Hashtags without `#`, in the case they were written.
    pub hashtags: Vec<CompactString>,
    /// Handles mentioned, without `@`.
    pub mentions: Vec<CompactString>,
    /// Links, expanded where the platform expanded them.
    pub urls: Vec<String>,
    /// Likes, latest observed.
    pub like_count: Option<u64>,
    /// Reposts, latest observed.
    pub repost_count: Option<u64>,
    /// Replies, latest observed.
    pub reply_count: Option<u64>,
    /// The application it was sent from, without markup.
    pub source_app: Option<CompactString>,
}

impl Post {
    /// An original of which nothing more is known.
    pub fn original(id: PostId, created_at: Timestamp, author: Author, text: String) -> Self {
        Self {
            id,
            created_at,
            edited_at: None,
            author,
            text,
            lang: None,
            kind: PostKind::Original,
            reply_to: None,
            quote_of: None,
            repost_of: None,
            conversation_id: None,
            hashtags: Vec::new(),
            mentions: Vec::new(),
            urls: Vec::new(),
            like_count: None,
            repost_count: None,
            reply_count: None,
            source_app: None,
        }
    }

    /// Where it was published.
    pub fn platform(&self) -> Platform {
        self.id.platform()
    }

    /// Whether the post has words of its own (an original, a reply or a quote).
    pub fn is_original(&self) -> bool {
        self.kind != PostKind::Repost
    }

    /// The order in which a chat is read: by time, then by id, so that it is total.
    pub fn order(&self) -> (Timestamp, &PostId) {
        (self.created_at, &self.id)
    }
}
