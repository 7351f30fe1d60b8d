#![allow(clippy::unwrap_used, reason = "a test may panic")]

use colloquy_transcript::{AuthorId, ChatName, Platform, PostId, PostKind, Tag};
use proptest::prelude::*;

use super::*;
use crate::{
    order::{Order, Scratch, Sorter},
    plan::ChatTags,
    tags::SetId,
};

fn post(id: &str, text: &str) -> Post {
    let author = Author::unknown(AuthorId::from_full("x:@bea"));
    let at = "2019-05-08T19:05:09Z".parse().unwrap();
    Post::original(PostId::new(Platform::X, id), at, author, text.to_owned())
}

fn row(post: Post, file: u32) -> Row {
    let chat = ChatName::new("gardenchat").unwrap();
    Row {
        created_us: post.created_at.as_microsecond(),
        file,
        set: SetId::EMPTY,
        stated: SetId::EMPTY,
        reply: 0,
        quote: 0,
        own: 0,
        parents: Vec::new(),
        body: Body::Post(Arc::new(GroundPost { chat, post })),
    }
}

fn matcher() -> Matcher {
    let name = ChatName::new("gardenchat").unwrap();
    Matcher::new(&[ChatTags {
        name,
        tags: vec![Tag::new("gardenchat").unwrap()],
        platforms: Vec::new(),
    }])
}

struct All(Vec<Folded>);

impl FoldSink for All {
    fn version(&mut self, _: &Row) {}

    fn folded(&mut self, folded: Folded) -> Result<(), IngestError> {
        self.0.push(folded);
        Ok(())
    }
}

fn folded(rows: Vec<Row>) -> Vec<Folded> {
    let folder = tempfile::tempdir().unwrap();
    let mut sorter = Sorter::new(Order::Id, usize::MAX, &Scratch::new(folder.path()));
    for row in rows {
        sorter.push(row).unwrap();
    }
    let mut all = All(Vec::new());
    let mut rows = sorter.finish().unwrap();
    fold_groups(&mut rows, &matcher(), &mut all).unwrap();
    all.0
}

fn versions() -> Vec<Post> {
    let mut poor = post("1", "A1: leeks #gardenchat");
    poor.like_count = Some(9);
    let mut rich = post("1", "A1: leeks #gardenchat");
    rich.author.id = AuthorId::from_full("x:42");
    rich.author.handle = Some("Bea".into());
    rich.lang = Some("en".into());
    rich.like_count = Some(3);
    let mut cut = rich.clone();
    cut.text = "A1: leeks #gard…".to_owned();
    cut.source_app = Some("Garden Deck".into());
    cut.reply_to = Some(PostId::new(Platform::X, "7"));
    cut.kind = PostKind::Reply;
    let mut edited = post("1", "A1: leeks and peas");
    edited.edited_at = Some("2019-05-08T19:10:00Z".parse().unwrap());
    vec![poor, rich, cut, edited]
}

#[test]
fn versions_fold_to_the_same_post_in_any_order() {
    let mut seen = None;
    for turn in 0..4 {
        for repeat in 0..2 {
            let mut posts = versions();
            posts.rotate_left(turn);
            posts.extend(versions().into_iter().take(repeat * 3));
            let count = posts.len();
            let rows = (0..).zip(posts).map(|(file, post)| row(post, file)).collect();
            let mut all = folded(rows);
            assert_eq!(all.len(), 1);
            let Some(Folded::Post(row, others)) = all.pop() else { panic!("not a post") };
            assert_eq!(others.len(), count - 1);
            let post = row.into_post().unwrap().unwrap();
            let first = seen.get_or_insert_with(|| post.clone());
            assert_eq!(*first, post);
        }
    }
    let post = &seen.unwrap().post;
    // The latest edit, with what older versions know.
    assert_eq!(post.text, "A1: leeks and peas");
    assert_eq!(post.like_count, Some(9));
    assert_eq!(post.author.id.as_str(), "x:42");
    assert_eq!(post.author.handle.as_deref(), Some("Bea"));
    assert_eq!(post.source_app.as_deref(), Some("Garden Deck"));
    assert_eq!((post.kind, post.reply_to.as_ref().unwrap().native()), (PostKind::Reply, "7"));
}

#[test]
fn a_cut_text_gives_way_to_the_whole_one() {
    let posts = versions();
    let Some(Folded::Post(row, _)) =
        folded(vec![row(posts[2].clone(), 0), row(posts[0].clone(), 1)]).pop()
    else {
        panic!("not a post")
    };
    assert_ne!(row.set, SetId::EMPTY);
    assert_eq!(row.into_post().unwrap().unwrap().post.text, "A1: leeks #gardenchat");
}

#[test]
fn the_account_names_the_first_of_equal_files() {
    let same = versions().remove(0);
    let rows = [2, 0, 1].map(|file| row(same.clone(), file)).into();
    let Some(Folded::Post(row, others)) = folded(rows).pop() else { panic!("not a post") };
    assert_eq!((row.file, others), (0, vec![1, 2]));
}

#[test]
fn a_deletion_takes_all_versions() {
    let mut rows: Vec<Row> = versions().into_iter().map(|post| row(post, 3)).collect();
    rows.push(Row::deleted(PostId::new(Platform::X, "1"), 4));
    rows.push(Row::deleted(PostId::new(Platform::X, "2"), 4));
    rows.push(row(post("3", "stays"), 5));
    let all = folded(rows);
    assert_eq!(all.len(), 2);
    assert!(matches!(&all[0], Folded::Deleted(files) if files == &[3, 3, 3, 3]));
    assert!(matches!(&all[1], Folded::Post(row, _) if row.file == 5));
}

#[test]
fn a_million_copies_are_not_a_million_rows_in_memory() {
    let mut group = Group::default();
    let (copies, versions) = (5_000, versions());
    for at in 0..copies {
        let post = versions[at % versions.len()].clone();
        group.push(row(post, 9 - u32::try_from(at % 7).unwrap()), &matcher()).unwrap();
        assert!(group.rows.len() < VERSIONS_MAX);
    }
    let Some(Folded::Post(row, others)) = group.fold(&matcher()).unwrap() else { panic!() };
    assert_eq!((row.file, others.len()), (3, copies - 1));
}

/// A version of one post, of few values, so that versions often agree.
fn any_version() -> impl Strategy<Value = Row> {
    let few = || prop::option::of(0..3_u64);
    let names = (few(), few(), any::<bool>());
    (
        0..3_u32,
        few(),
        few(),
        few(),
        names,
        prop::sample::subsequence(vec!["a", "b"], 0..2),
        0..9_u32,
    )
        .prop_map(|(edited, likes, reposts, followers, (reply, lang, known), tags, file)| {
            let mut post = post("1", ["A1: leeks", "A1: le…"][usize::from(known)]);
            post.edited_at = (edited > 0).then(|| {
                colloquy_transcript::Timestamp::from_second(1_557_342_309 + i64::from(edited))
                    .unwrap()
            });
            post.like_count = likes;
            post.repost_count = reposts;
            post.author.followers = followers;
            post.reply_to = reply.map(|id| PostId::new(Platform::X, &id.to_string()));
            post.lang = lang.map(|lang| format!("en-{lang}").into());
            post.hashtags = tags.into_iter().map(Into::into).collect();
            if known {
                post.author.id = AuthorId::from_full("x:42");
            }
            let mut row = row(post, file);
            row.own = reply.unwrap_or(0);
            row.parents = likes.into_iter().collect();
            row
        })
}

fn copy(row: &Row) -> Row {
    let Body::Post(post) = &row.body else { panic!("{row:?}") };
    let mut copy = self::row(post.post.clone(), row.file);
    copy.own = row.own;
    copy.parents.clone_from(&row.parents);
    copy
}

proptest! {
    /// Versions that were let go change nothing, whenever that happened.
    #[test]
    fn letting_go_changes_nothing(
        rows in prop::collection::vec((any_version(), any::<bool>()), 2..40),
    ) {
        let (mut all, mut thinned) = (Group::default(), Group::default());
        for (row, thin) in &rows {
            all.rows.push(copy(row));
            thinned.rows.push(copy(row));
            if *thin {
                thinned.thin(&matcher()).unwrap();
                thinned.thinned = thinned.rows.len();
            }
        }
        let outcome = |group: Group| {
            let Some(Folded::Post(row, mut files)) = group.fold(&matcher()).unwrap() else { panic!() };
            files.sort_unstable();
            let rest = (row.file, row.own, row.parents.clone(), files);
            (row.into_post().unwrap(), rest)
        };
        prop_assert_eq!(outcome(all), outcome(thinned));
    }
}
