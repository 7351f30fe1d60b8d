//! What must never be on a public page, whatever was flagged or decided.

use std::sync::Arc;

use colloquy_transcript::{
    AnswerBasis, Attendance, AuthorId, Class, Correction, PostId, PostKind, Question, Role,
};
use proptest::prelude::*;

use super::super::*;
use super::invented;
use crate::view::{AnnotatedPost, ChatView, SessionView};

/// A post of the generated session.
#[derive(Debug, Clone)]
struct Draft {
    author: u64,
    part: Part,
    score: f64,
    decision: Option<bool>,
}

/// What a generated post is.
#[derive(Debug, Clone, Copy)]
enum Part {
    Question,
    Answer(u64),
    Talk,
    Repost(usize),
}

fn draft() -> impl Strategy<Value = Draft> {
    let part = prop_oneof![
        Just(Part::Question),
        (0..6_u64).prop_map(Part::Answer),
        Just(Part::Talk),
        (0..20_usize).prop_map(Part::Repost),
    ];
    let decision = prop_oneof![3 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false))];
    (0..7_u64, part, 0.0..1.0_f64, decision).prop_map(|(author, part, score, decision)| Draft {
        author,
        part,
        score,
        decision,
    })
}

fn id(place: usize) -> String {
    format!("x:77{place:04}77")
}

fn handle(author: u64) -> String {
    format!("who{author}zq")
}

fn words(place: usize) -> String {
    format!("words{place:04}zq")
}

/// A session in which the analysis (wrongly) counts everybody, flagged or not.
fn session(drafts: &[Draft]) -> SessionView {
    let mut view = invented::session();
    let start = view.record.starts_at;
    view.posts.clear();
    view.attendance.clear();
    view.record.questions.clear();
    for (place, draft) in drafts.iter().enumerate() {
        let at = invented::later(start, i64::try_from(place).unwrap() * 20);
        let post = invented::post(&id(place), &handle(draft.author), at, &words(place));
        let mut post = invented::judged(post, draft.score, draft.decision, Vec::new());
        match draft.part {
            Part::Talk => {}
            Part::Answer(number) => {
                post = invented::answering(post, &format!("Q{number}"), AnswerBasis::Label);
            }
            Part::Question => ask(&mut view, &mut post),
            Part::Repost(of) => {
                let it = Arc::make_mut(&mut post.post);
                it.post.kind = PostKind::Repost;
                it.post.repost_of = Some(PostId::from_full(id(of)));
                post.annotation.role = Role::Repost;
                post.annotation.flag = None;
            }
        }
        view.posts.push(post);
    }
    for author in 0..7 {
        view.attendance.push(attendance(author));
        view.record.moderators.push(view.attendance[author].author_id.clone());
    }
    view.record.guests.clone_from(&view.record.moderators);
    view.record.corrections = corrections(drafts);
    // Everybody asks the room and says that they are new.
    let posts = || view.posts.iter().map(|post| post.post.post.id.clone());
    view.record.open_questions = posts().collect();
    view.record.introductions = posts().collect();
    let flagged = view.posts.iter().filter(|post| is_flagged(post)).count();
    view.record.posts = view.posts.len() as u64;
    view.record.flags = flagged as u64;
    view
}

/// A decision about every post and author, by somebody who is not to be named.
fn corrections(drafts: &[Draft]) -> Vec<Correction> {
    let said = |subject: String, verdict: &str| Correction {
        subject: subject.into(),
        verdict: verdict.into(),
        by: Some("moderator_zq".to_owned()),
    };
    let posts = (0..drafts.len()).map(|place| said(id(place), "hijack"));
    let authors = drafts.iter().map(|draft| said(handle(draft.author), "always-flag"));
    let hours = said("2031-01-22T1900Z".to_owned(), "starts-at=2031-01-22T19:00:00Z");
    posts.chain(authors).chain([hours]).collect()
}

fn ask(view: &mut SessionView, post: &mut AnnotatedPost) {
    let number = view.record.questions.len();
    let label = format!("Q{number}");
    let it = &post.post.post;
    view.record.questions.push(Question {
        label: label.as_str().into(),
        number: u32::try_from(number).unwrap(),
        asked_at: it.created_at,
        asked_by: it.author.id.clone(),
        post_id: it.id.clone(),
        text: it.text.clone(),
        repeats: Vec::new(),
    });
    post.annotation.role = Role::Question;
    post.annotation.question = Some(label.into());
}

fn attendance(author: usize) -> Attendance {
    let handle = handle(author as u64);
    let mut row = invented::session().attendance.remove(0);
    row.author_id = AuthorId::from_full(format!("x:1{handle}"));
    row.author_handle = Some(handle.into());
    row.class = if author.is_multiple_of(2) { Class::Answerer } else { Class::Talker };
    row
}

/// As [`super::super::room::is_flagged`], written down a second time.
fn is_flagged(post: &AnnotatedPost) -> bool {
    match &post.annotation.flag {
        Some(flag) => flag.flagged,
        None => false,
    }
}

/// Whether a post may be a reason to name its author.
fn may_be_shown(view: &SessionView, post: &AnnotatedPost) -> bool {
    let of_flagged = post.post.post.repost_of.as_ref().is_some_and(|of| {
        view.posts.iter().any(|other| other.post.post.id == *of && is_flagged(other))
    });
    !is_flagged(post) && !of_flagged
}

/// Words and addresses that no public page holds, its style included.
fn assert_discreet(page: &str) {
    let page = page.to_lowercase();
    for word in
        ["flag", "hijack", "spam", "score", "suspect", "moderators/", "lake/", "decide", "private"]
    {
        assert!(!page.contains(word), "a public page says {word:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_recap_shows_nothing_of_flagged_posts(drafts in prop::collection::vec(draft(), 0..20)) {
        let view = session(&drafts);
        let page = recap(&view);
        assert_discreet(&page);
        prop_assert!(!page.contains("moderator_zq"), "who decided is named");
        prop_assert!(page.contains("The start was stated by a moderator."));
        for (place, post) in view.posts.iter().enumerate() {
            let native = post.post.post.id.native();
            if is_flagged(post) {
                prop_assert!(!page.contains(native), "a link to a flagged post");
                prop_assert!(!page.contains(&words(place)), "the text of a flagged post");
            }
        }
        for author in 0..7 {
            let name = handle(author);
            let known = view.posts.iter().any(|post| {
                post.post.post.author.handle.as_deref() == Some(name.as_str())
                    && may_be_shown(&view, post)
            });
            prop_assert!(known || !page.contains(&name), "{name} is named for a flagged post");
        }
        // It is no test if the page is empty: what may be shown is shown.
        for question in &view.record.questions {
            let asked = view.posts.iter().find(|post| post.post.post.id == question.post_id).unwrap();
            prop_assert_eq!(!is_flagged(asked), page.contains(&question.text));
            let answers = view.posts.iter().filter(|post| {
                post.annotation.role == Role::Answer && post.annotation.question.as_ref() == Some(&question.label)
            });
            for answer in answers.filter(|answer| !is_flagged(asked) && !is_flagged(answer)) {
                prop_assert!(page.contains(answer.post.post.id.native()), "an answer is missing");
            }
        }
    }

    #[test]
    fn figures_do_not_tell_how_much_was_flagged(drafts in prop::collection::vec(draft(), 0..20)) {
        // A session with its flagged posts, and the same without them, look the same in public.
        let view = session(&drafts);
        let mut clean = view.clone();
        clean.posts.retain(|post| !is_flagged(post));
        clean.record.posts -= clean.record.flags;
        clean.record.flags = 0;
        let asked = |question: &Question| clean.posts.iter().any(|post| post.post.post.id == question.post_id);
        clean.record.questions.retain(|question| asked(question));
        clean.record.open_questions.retain(|id| clean.posts.iter().any(|post| post.post.post.id == *id));
        clean.record.introductions.clone_from(&clean.record.open_questions);
        let reposts_of_flagged = view.posts.iter().any(|post| !is_flagged(post) && !may_be_shown(&view, post));
        if !reposts_of_flagged {
            prop_assert_eq!(recap(&view), recap(&clean));
        }
        let chat = |view: &SessionView| ChatView { sessions: vec![view.record.clone()], ..invented::season(1) };
        if view.record.questions == clean.record.questions {
            prop_assert_eq!(directory(&[chat(&view)]), directory(&[chat(&clean)]));
        }
    }
}

#[test]
fn public_pages_are_discreet() {
    assert_discreet(&recap(&invented::session()));
    assert_discreet(&directory(&[invented::season(25)]));
    // The words do stand on the private pages, so their absence means something.
    assert!(review(&invented::session()).contains("score"));
}

#[test]
fn no_more_texts_are_published_than_allowed() {
    let drafts: Vec<Draft> = (0..recap::TEXTS_MAX + 40)
        .map(|_| Draft { author: 1, part: Part::Question, score: 0.0, decision: None })
        .collect();
    let page = recap(&session(&drafts));
    assert_eq!(page.matches("<blockquote").count(), recap::TEXTS_MAX);
    assert_eq!(page.matches("class=\"question\"").count(), recap::TEXTS_MAX + 40);
    assert!(!page.contains(&words(recap::TEXTS_MAX)));
}

#[test]
fn first_timers_are_counted_without_names_and_without_flagged_posts() {
    let draft = |author, score| Draft { author, part: Part::Talk, score, decision: None };
    let view = session(&[draft(0, 0.0), draft(1, 0.0), draft(2, 1.0)]);
    assert!(is_flagged(&view.posts[2]));
    let page = recap(&view);
    assert!(page.contains("2 people said it was their first time."));
    for (place, _) in view.posts.iter().enumerate() {
        assert!(!page.contains(&words(place)), "a text that only the review may show");
    }
    // The moderators see the posts themselves, and the question that nobody took up.
    let review = review(&view);
    assert!(review.contains("Questions nobody answered"));
    assert!(review.contains(&words(0)) && review.contains("Here for the first time"));
    // Nobody is said to be new where only a flagged post says so.
    assert!(!recap(&session(&[draft(2, 1.0)])).contains("first time"));
}
