//! Posts, decisions, coverage, marks and dead letters.

use colloquy_transcript::{
    Author, CoverageState, DeadLetter, Decision, GroundPost, Mark, Post, PostKind, Standing,
    Verdict, Watched,
};
use proptest::{collection::vec, option::of, prelude::*, sample::select};

use super::{author_id, chat, post_id, short, text, time};

pub(crate) fn ground_post() -> impl Strategy<Value = GroundPost> {
    (chat(), post()).prop_map(|(chat, post)| GroundPost { chat, post })
}

pub(super) fn author() -> impl Strategy<Value = Author> {
    (author_id(), of(short()), of(text()), of(text()), any::<[Option<u64>; 3]>(), of(time()))
        .prop_map(|(id, handle, name, bio, [followers, following, posts], created_at)| Author {
            id,
            handle,
            name,
            bio,
            followers,
            following,
            posts,
            created_at,
        })
}

pub(super) fn post() -> impl Strategy<Value = Post> {
    let kind = select(vec![PostKind::Original, PostKind::Reply, PostKind::Quote, PostKind::Repost]);
    let head = (post_id(), time(), of(time()), author(), text(), of(short()), kind);
    let links = (of(post_id()), of(post_id()), of(post_id()), of(short()));
    let lists = (vec(short(), 0..3), vec(short(), 0..3), vec(text(), 0..3));
    let counts = any::<[Option<u64>; 3]>();
    (head, links, lists, counts, of(short())).prop_map(
        |(
            (id, created_at, edited_at, author, text, lang, kind),
            (reply_to, quote_of, repost_of, conversation_id),
            (hashtags, mentions, urls),
            [like_count, repost_count, reply_count],
            source_app,
        )| Post {
            id,
            created_at,
            edited_at,
            author,
            text,
            lang,
            kind,
            reply_to,
            quote_of,
            repost_of,
            conversation_id,
            hashtags,
            mentions,
            urls,
            like_count,
            repost_count,
            reply_count,
            source_app,
        },
    )
}

pub(super) fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        select(vec![
            Verdict::Hijack,
            Verdict::NotHijack,
            Verdict::AlwaysAllow,
            Verdict::AlwaysFlag,
            Verdict::IsModerator,
            Verdict::IsGuest,
            Verdict::NotAQuestion,
            Verdict::Cancelled,
            Verdict::NotASession,
        ]),
        author_id().prop_map(Verdict::SameAs),
        short().prop_map(Verdict::IsQuestion),
        short().prop_map(Verdict::Answers),
        time().prop_map(Verdict::StartsAt),
        time().prop_map(Verdict::EndsAt),
    ]
}

pub(super) fn decision() -> impl Strategy<Value = Decision> {
    (chat(), short(), verdict(), of(text()), time(), of(text()), any::<bool>()).prop_map(
        |(chat, subject, verdict, by, at, note, withdrawn)| Decision {
            chat,
            subject,
            verdict,
            by,
            at,
            note,
            withdrawn,
        },
    )
}

pub(super) fn watched() -> impl Strategy<Value = Watched> {
    let state = select(vec![CoverageState::Watched, CoverageState::Gap, CoverageState::Healed]);
    (chat(), short(), time(), time(), state)
        .prop_map(|(chat, source, from, until, state)| Watched { chat, source, from, until, state })
}

pub(super) fn mark() -> impl Strategy<Value = Mark> {
    let standing = prop_oneof![
        Just(Standing::Begun),
        time().prop_map(Standing::CompleteUntil),
        Just(Standing::Ended),
    ];
    (any::<u32>(), short(), standing, any::<u64>()).prop_map(
        |(partition, source, standing, through)| Mark { partition, source, standing, through },
    )
}

pub(super) fn dead_letter() -> impl Strategy<Value = DeadLetter> {
    let bytes = || prop_oneof![vec(any::<u8>(), 0..40), text().prop_map(String::into_bytes)];
    (short(), any::<u64>(), short(), text(), bytes(), bytes(), any::<u64>()).prop_map(
        |(source, position, stage, reason, context, bytes, digest)| DeadLetter {
            source,
            position,
            stage,
            reason,
            context,
            bytes,
            digest,
        },
    )
}
