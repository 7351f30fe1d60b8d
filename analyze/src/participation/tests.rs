//! Rooms of a few posts, and what is counted in them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::sync::Arc;

use colloquy_transcript::{
    Author, AuthorId, ChatName, GroundPost, Platform, Post, PostId, PostKind,
};
use proptest::prelude::*;

use super::*;
use crate::seen::Seen;

/// Times are seconds after this.
const START: i64 = 1_736_366_400;

/// A room that is being written.
#[derive(Debug, Default)]
struct Draft {
    posts: Vec<Seen>,
    parts: Vec<(Role, Option<usize>)>,
    flagged: Vec<usize>,
    asked: Vec<Timestamp>,
}

impl Draft {
    /// Adds a post, not earlier than those before; its index.
    fn post(&mut self, after_s: i64, who: &str, role: Role, question: Option<usize>) -> usize {
        self.with(after_s, who, role, question, |_| {})
    }

    /// The same, finished by `change`.
    fn with(
        &mut self,
        after_s: i64,
        who: &str,
        role: Role,
        question: Option<usize>,
        change: impl FnOnce(&mut Post),
    ) -> usize {
        let index = self.posts.len();
        let mut author = Author::unknown(AuthorId::new(Platform::X, who));
        author.handle = Some(who.into());
        let at = Timestamp::from_second(START + after_s).unwrap();
        let mut post = Post::original(id(index), at, author, "beans".to_owned());
        if role == Role::Repost {
            post.kind = PostKind::Repost;
        }
        change(&mut post);
        let chat = ChatName::new("gardenchat").unwrap();
        self.posts.push(Seen::new(index as u64, Arc::new(GroundPost { chat, post })));
        self.parts.push((role, question));
        index
    }

    /// Rosa asks the next question.
    fn ask(&mut self, after_s: i64) -> usize {
        let post = self.post(after_s, "rosa", Role::Question, Some(self.asked.len()));
        self.asked.push(self.posts[post].at());
        post
    }

    fn reply(&mut self, after_s: i64, who: &str, part: (Role, Option<usize>), to: usize) -> usize {
        self.with(after_s, who, part.0, part.1, |post| {
            post.kind = PostKind::Reply;
            post.reply_to = Some(id(to));
        })
    }

    fn repost(&mut self, after_s: i64, who: &str, question: Option<usize>, of: usize) -> usize {
        self.with(after_s, who, Role::Repost, question, |post| post.repost_of = Some(id(of)))
    }

    fn measure(&self) -> Measured {
        let room = Room::new(&self.posts);
        let counts = |at: &usize| !self.flagged.contains(at);
        let author_of = |of: &Option<PostId>| {
            room.find(of.as_ref()).filter(counts).map(|target| room.author(target))
        };
        let rows: Vec<Row> = (0..self.posts.len())
            .filter(counts)
            .map(|at| Row {
                post: at,
                author: room.author(at),
                role: self.parts[at].0,
                question: self.parts[at].1,
                replies_to: author_of(&self.posts[at].post().reply_to),
                reposts_of: author_of(&self.posts[at].post().repost_of),
            })
            .collect();
        measure(&room, &rows, &self.asked)
    }
}

fn id(index: usize) -> PostId {
    PostId::new(Platform::X, &format!("{}", 1_000 + index))
}

fn person<'a>(measured: &'a Measured, handle: &str) -> &'a OfPerson {
    measured.people.iter().find(|person| person.handle.as_deref() == Some(handle)).unwrap()
}

const TALK: (Role, Option<usize>) = (Role::Talk, None);

#[test]
fn a_room_without_questions_talks() {
    let mut draft = Draft::default();
    draft.post(0, "fern", Role::Talk, None);
    draft.post(1, "rosa", Role::Moderation, None);
    let measured = draft.measure();
    assert_eq!(measured.questions, []);
    assert!(measured.people.iter().all(|person| person.class == Class::Talker));
}

#[test]
fn where_everything_is_flagged_nobody_took_part_and_the_room_was_as_fast() {
    let mut draft = Draft::default();
    draft.ask(0);
    draft.post(5, "fern", Role::Answer, Some(0));
    draft.flagged = vec![0, 1];
    let measured = draft.measure();
    assert_eq!((measured.people.len(), measured.peak_per_minute), (0, 2));
    assert_eq!(measured.questions, [OfQuestion::default()]);
}

#[test]
fn a_question_nobody_answers_has_no_times_and_no_likes() {
    let mut draft = Draft::default();
    let asked = draft.ask(0);
    draft.repost(5, "sage", Some(0), asked);
    draft.reply(6, "fern", (Role::Talk, Some(0)), asked);
    let question = &draft.measure().questions[0];
    let expected =
        OfQuestion { talkers: 1, amplifiers: 1, replies: 1, reposts: 1, ..OfQuestion::default() };
    assert_eq!(*question, expected);
}

#[test]
fn answers_before_the_question_count_and_have_no_median() {
    let mut draft = Draft::default();
    draft.post(0, "fern", Role::Answer, Some(0));
    draft.post(10, "moss", Role::Answer, Some(0));
    draft.ask(30);
    draft.post(50, "fern", Role::Answer, Some(0));
    let question = &draft.measure().questions[0];
    assert_eq!((question.answers, question.answerers.len()), (3, 2));
    assert_eq!(question.first_answer_s, Some(-30.0));
    assert_eq!((question.median_response_s, question.p90_response_s), (None, None));
}

#[test]
fn quantiles_lie_between_the_two_nearest_times() {
    let mut draft = Draft::default();
    draft.ask(0);
    for (after, who) in [(10, "fern"), (20, "moss"), (40, "reed"), (80, "ivy")] {
        draft.post(after, who, Role::Answer, Some(0));
    }
    let question = &draft.measure().questions[0];
    assert_eq!(question.median_response_s, Some(30.0));
    assert!((question.p90_response_s.unwrap() - 68.0).abs() < 1e-9);
}

#[test]
fn replies_and_reposts_belong_to_the_question_of_what_they_answer_or_pass_on() {
    let mut draft = Draft::default();
    let first = draft.ask(0);
    draft.ask(10);
    let answer = draft.reply(20, "fern", (Role::Answer, Some(0)), first);
    // The second question, answered in the thread of the first.
    draft.reply(30, "moss", (Role::Answer, Some(1)), answer);
    let talk = draft.reply(40, "reed", (Role::Talk, Some(0)), answer);
    draft.reply(50, "ivy", (Role::Talk, Some(0)), talk);
    draft.repost(60, "sage", Some(0), talk);
    draft.repost(70, "sage", Some(0), answer);
    let questions = draft.measure().questions;
    assert_eq!((questions[0].replies, questions[1].replies), (3, 0));
    assert_eq!((questions[0].reposts, questions[1].reposts), (1, 0));
    assert_eq!((questions[0].talkers, questions[0].amplifiers), (2, 1));
}

#[test]
fn whoever_asks_and_passes_answers_on_is_neither_talker_nor_amplifier() {
    let mut draft = Draft::default();
    draft.ask(0);
    let answer = draft.post(10, "fern", Role::Answer, Some(0));
    draft.repost(20, "rosa", Some(0), answer);
    let measured = draft.measure();
    let question = &measured.questions[0];
    assert_eq!((question.talkers, question.amplifiers, question.reposts), (0, 0, 1));
    assert_eq!(person(&measured, "rosa").class, Class::Talker);
}

#[test]
fn nobody_replies_to_mentions_or_passes_on_themselves() {
    let mut draft = Draft::default();
    let own = draft.post(0, "fern", Role::Talk, None);
    draft.reply(10, "fern", TALK, own);
    draft.repost(20, "fern", None, own);
    draft.with(30, "fern", Role::Talk, None, |post| post.mentions = vec!["FERN".into()]);
    let fern = &draft.measure().people[0];
    assert_eq!((fern.posts, fern.originals), (4, 3));
    assert_eq!((fern.replies_given, fern.replies_received), (0, 0));
    assert_eq!((fern.mentions_received, fern.reposts_received), (0, 0));
}

#[test]
fn a_flagged_post_gives_and_receives_nothing_but_its_reposters_were_there() {
    let mut draft = Draft::default();
    let shop = draft.post(0, "shop", Role::Talk, None);
    draft.post(5, "shop", Role::Talk, None);
    draft.reply(10, "fern", TALK, shop);
    draft.repost(20, "sage", None, shop);
    draft.flagged = vec![shop];
    let measured = draft.measure();
    assert_eq!(person(&measured, "sage").class, Class::Amplifier);
    assert_eq!(person(&measured, "fern").replies_given, 0);
    let shop = person(&measured, "shop");
    assert_eq!((shop.posts, shop.replies_received, shop.reposts_received), (1, 0, 0));
}

#[test]
fn somebody_with_two_handles_is_mentioned_by_both_and_shown_by_the_later() {
    let mut draft = Draft::default();
    draft.post(0, "fern", Role::Talk, None);
    let renamed = |post: &mut Post| post.author.handle = Some("Fern_in_bloom".into());
    draft.with(10, "fern", Role::Talk, None, renamed);
    draft.with(20, "moss", Role::Talk, None, |post| {
        post.mentions = vec!["Fern".into(), "fern_in_bloom".into(), "nobody".into()];
    });
    draft.with(30, "reed", Role::Talk, None, |post| post.mentions = vec!["fern".into()]);
    assert_eq!(person(&draft.measure(), "Fern_in_bloom").mentions_received, 2);
}

#[test]
fn bluesky_mentions_by_id_and_no_platform_means_people_of_another() {
    let mut draft = Draft::default();
    let on_bluesky = |name: &'static str, mentions: &'static [&'static str]| {
        move |post: &mut Post| {
            post.id = PostId::new(Platform::Bluesky, post.id.native());
            post.author.id = AuthorId::new(Platform::Bluesky, &format!("did:plc:{name}"));
            post.mentions = mentions.iter().map(|&mention| mention.into()).collect();
        }
    };
    draft.post(0, "fern", Role::Talk, None);
    draft.with(10, "hazel", Role::Talk, None, on_bluesky("hazel", &["fern"]));
    draft.with(20, "ivo", Role::Talk, None, on_bluesky("ivo", &["did:plc:hazel"]));
    let measured = draft.measure();
    assert_eq!(person(&measured, "fern").mentions_received, 0);
    assert_eq!(person(&measured, "hazel").mentions_received, 1);
}

#[test]
fn a_minute_begins_with_its_first_second_and_reposts_do_not_make_it_fast() {
    let mut draft = Draft::default();
    for after in [58, 59, 60, 61, 119, 120] {
        draft.post(after, "fern", Role::Talk, None);
    }
    draft.repost(121, "sage", None, 0);
    assert_eq!(draft.measure().peak_per_minute, 3);
}

#[test]
fn likes_are_unknown_only_where_no_answer_has_any_count() {
    let mut draft = Draft::default();
    draft.ask(0);
    draft.ask(1);
    draft.post(10, "fern", Role::Answer, Some(0));
    let liked = |likes| move |post: &mut Post| post.like_count = Some(likes);
    draft.with(20, "moss", Role::Answer, Some(0), liked(2));
    draft.with(30, "moss", Role::Talk, Some(0), liked(90));
    draft.post(40, "reed", Role::Answer, Some(1));
    let questions = draft.measure().questions;
    assert_eq!((questions[0].likes, questions[1].likes), (Some(2), None));
}

/// A post of a generated room: author, role, question, and what it replies to or passes on.
type Random = (usize, usize, usize, usize, bool);

fn random_room(posts: &[Random]) -> Draft {
    let mut draft = Draft::default();
    for at in 0..3 {
        draft.ask(at * 60);
    }
    for (after, &(author, role, question, target, flagged)) in (180..).zip(posts) {
        let who = ["rosa", "fern", "moss", "reed", "ivy"][author % 5];
        let question = Some(question % 3);
        let target = target % draft.posts.len();
        let post = match role % 4 {
            0 => draft.reply(after, who, (Role::Answer, question), target),
            1 => draft.reply(after, who, (Role::Talk, question), target),
            2 => draft.post(after, who, Role::Answer, question),
            _ => draft.repost(after, who, question, target),
        };
        if flagged && role % 4 != 3 {
            draft.flagged.push(post);
        }
    }
    draft
}

proptest! {
    #[test]
    fn what_is_given_is_received_and_every_post_is_somebodys(
        posts in proptest::collection::vec(
            (0..5_usize, 0..4_usize, 0..3_usize, 0..100_usize, proptest::bool::weighted(0.1)),
            0..60,
        ),
    ) {
        let draft = random_room(&posts);
        let measured = draft.measure();
        let sum = |of: fn(&OfPerson) -> u64| measured.people.iter().map(of).sum::<u64>();
        prop_assert_eq!(sum(|it| it.posts), (draft.posts.len() - draft.flagged.len()) as u64);
        prop_assert_eq!(sum(|it| it.replies_given), sum(|it| it.replies_received));
        let answers: u64 = measured.questions.iter().map(|it| it.answers).sum();
        prop_assert_eq!(sum(|it| it.answers), answers);
        let pairs: usize = measured.questions.iter().map(|it| it.answerers.len()).sum();
        prop_assert_eq!(sum(|it| it.questions_answered), pairs as u64);
        for person in &measured.people {
            let class = match (person.answers, person.originals) {
                (1.., _) => Class::Answerer,
                (_, 1..) => Class::Talker,
                _ => Class::Amplifier,
            };
            prop_assert_eq!(person.class, class);
        }
        for question in &measured.questions {
            prop_assert_eq!(question.answers > 0, question.first_answer_s.is_some());
            prop_assert!(question.median_response_s <= question.p90_response_s);
            let here = question.answerers.len() as u64 + question.talkers + question.amplifiers;
            prop_assert!(here <= measured.people.len() as u64);
        }
    }
}
