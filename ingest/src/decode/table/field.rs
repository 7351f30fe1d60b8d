//! What a column of a table can mean.

/// The meaning of a column. The names are those of the lake's columns, where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// The post's id.
    PostId,
    /// The post's own address; it carries the id that a spreadsheet may have rounded in its column.
    Url,
    /// The text.
    Text,
    /// The time of publication, or its date where [`Field::Time`] stands in a column of its own.
    CreatedAt,
    /// The date, where date and time are two columns.
    Date,
    /// The time of day.
    Time,
    /// The offset from UTC of date and time.
    Offset,
    /// The author's id.
    AuthorId,
    /// The author's handle, with or without `@`.
    AuthorHandle,
    /// The author's display name.
    AuthorName,
    /// The author's profile text.
    AuthorBio,
    /// Followers of the author.
    AuthorFollowers,
    /// Accounts that the author follows.
    AuthorFollowing,
    /// Posts the author ever wrote.
    AuthorPosts,
    /// When the author's account was opened.
    AuthorCreatedAt,
    /// Whether the author's posts are protected.
    Protected,
    /// The language, as the platform said.
    Lang,
    /// The application.
    SourceApp,
    /// The id of the post replied to.
    ReplyTo,
    /// Id or handle of the author replied to; it marks a reply whose post is not named.
    ReplyToAuthor,
    /// The id of the post quoted.
    QuoteOf,
    /// The author quoted; it marks a quote whose post is not named.
    QuotedAuthor,
    /// The id of the post passed on.
    RepostOf,
    /// The author passed on.
    RepostedAuthor,
    /// The whole text of the post passed on.
    RepostedText,
    /// The id of the post that is passed on or quoted, as [`Field::Kind`] says.
    LinkedTo,
    /// In words what the post is: reply, retweet, quote, original.
    Kind,
    /// Whether it is a reply.
    IsReply,
    /// Whether it is a quote.
    IsQuote,
    /// Whether it passes another post on.
    IsRepost,
    /// X API v2's list of referenced posts, as JSON.
    References,
    /// The ids of a post's versions, oldest first.
    EditHistory,
    /// The id of the thread.
    ConversationId,
    /// Hashtags.
    Hashtags,
    /// Handles mentioned.
    Mentions,
    /// Links.
    Urls,
    /// X API v1.1's entities, as JSON.
    Entities,
    /// Likes.
    LikeCount,
    /// Reposts.
    RepostCount,
    /// Replies.
    ReplyCount,
}

/// The names under which a person may map a column to a field.
const NAMES: &[(&str, Field)] = &[
    ("post_id", Field::PostId),
    ("id", Field::PostId),
    ("url", Field::Url),
    ("text", Field::Text),
    ("created_at", Field::CreatedAt),
    ("date", Field::Date),
    ("time", Field::Time),
    ("author_id", Field::AuthorId),
    ("author_handle", Field::AuthorHandle),
    ("handle", Field::AuthorHandle),
    ("author_name", Field::AuthorName),
    ("author_bio", Field::AuthorBio),
    ("author_followers", Field::AuthorFollowers),
    ("author_following", Field::AuthorFollowing),
    ("author_posts", Field::AuthorPosts),
    ("author_created_at", Field::AuthorCreatedAt),
    ("lang", Field::Lang),
    ("source_app", Field::SourceApp),
    ("reply_to", Field::ReplyTo),
    ("quote_of", Field::QuoteOf),
    ("repost_of", Field::RepostOf),
    ("conversation_id", Field::ConversationId),
    ("hashtags", Field::Hashtags),
    ("mentions", Field::Mentions),
    ("urls", Field::Urls),
    ("like_count", Field::LikeCount),
    ("repost_count", Field::RepostCount),
    ("reply_count", Field::ReplyCount),
];

impl Field {
    /// Whether a row cannot do without it where its table has it.
    pub(super) fn is_needed(self) -> bool {
        matches!(
            self,
            Self::PostId | Self::Text | Self::CreatedAt | Self::AuthorId | Self::AuthorHandle
        )
    }

    /// The field that a person calls `name`.
    pub fn parse(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    /// Every name that [`Field::parse`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }
}
