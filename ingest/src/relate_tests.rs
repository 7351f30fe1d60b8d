#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use colloquy_transcript::{
    Author, AuthorId, ChatName, GroundPost, Platform, Post, PostId, PostKind, Tag,
};

use super::*;
use crate::edges::EDGES_IN_MEMORY_MAX;
use crate::{order::Body, plan::ChatTags};

/// Post number `number`, which replies to another and quotes a third; it has the tag or not.
fn row(matcher: &Matcher, number: i64, reply: i64, quote: i64, tag: bool) -> Row {
    let id = |number: i64| (number > 0).then(|| PostId::new(Platform::X, &number.to_string()));
    let at = "2019-05-08T19:05:09Z".parse().unwrap();
    let author = Author::unknown(AuthorId::from_full("x:7"));
    let mut post = Post::original(id(number).unwrap(), at, author, "leeks".to_owned());
    (post.kind, post.reply_to, post.quote_of) = (PostKind::Reply, id(reply), id(quote));
    post.hashtags = tag.then(|| "gardenchat".into()).into_iter().collect();
    Row {
        stated: SetId::EMPTY,
        created_us: number,
        file: 0,
        set: matcher.set_of(&post),
        reply: post.reply_to.as_ref().map_or(0, hash_of),
        quote: post.quote_of.as_ref().map_or(0, hash_of),
        own: 0,
        parents: Vec::new(),
        body: Body::Post(Arc::new(GroundPost { chat: ChatName::new("gardenchat").unwrap(), post })),
    }
}

/// A conversation goes on over `replies` and back over a quote; beside it, as many strangers.
fn kept(replies: i64, backwards: bool) -> Vec<i64> {
    let folder = tempfile::tempdir().unwrap();
    let name = ChatName::new("gardenchat").unwrap();
    let tags = vec![Tag::new("gardenchat").unwrap()];
    let matcher = Matcher::new(&[ChatTags { name, tags, platforms: Vec::new() }]);
    let mut relate = Relate::new(&matcher, &Scratch::new(folder.path()), 1_000, 1_000);
    let last = replies + 1;
    let mut rows = vec![row(&matcher, 1, 0, 0, true), row(&matcher, 9_000, 0, 0, false)];
    rows.extend((2..=last).map(|number| {
        let quote = if number == last { 9_000 } else { 0 };
        row(&matcher, number, number - 1, quote, false)
    }));
    rows.extend((2..=last).map(|at| row(&matcher, 5_000 + at, 4_999 + at, 0, false)));
    if backwards {
        rows.reverse();
    }
    for row in rows {
        relate.push(row).unwrap();
    }
    let mut told = 0;
    let mut rows = relate.settle(&Aliases::default(), &mut |_, _| told += 1).unwrap();
    assert_eq!(told, 2 * replies + 1);
    std::iter::from_fn(|| rows.next().unwrap()).map(|row| row.created_us).collect()
}

#[test]
fn conversations_are_followed_however_long_they_are_and_wherever_their_rows_lie() {
    for replies in [1, 5, 15, 16, 17, 200] {
        let expected: Vec<i64> = (1..=replies + 1).chain([9_000]).collect();
        assert_eq!(kept(replies, false), expected);
        assert_eq!(kept(replies, true), expected);
    }
}

#[test]
fn references_come_back_from_disk_as_they_went() {
    let folder = tempfile::tempdir().unwrap();
    let mut edges = Edges::new(&Scratch::new(folder.path()));
    let edge = |at: u64| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15), at, SetId((at % 7) as u32));
    let count = EDGES_IN_MEMORY_MAX as u64 + 5;
    for at in 0..count {
        edges.push(edge(at)).unwrap();
    }
    assert!(matches!(edges, Edges::Disk(..)));
    let mut next = 0;
    edges
        .each(&mut |found| {
            assert_eq!(found, edge(next));
            next += 1;
        })
        .unwrap();
    assert_eq!(next, count);
}
