//! A builder of invented chats.

use std::sync::Arc;

use colloquy_transcript::{
    Author, AuthorId, ChatName, GroundPost, Platform, Post, PostId, PostKind, Timestamp,
};
use jiff::SignedDuration;

/// A chat that is being written.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    pub(super) posts: Vec<Arc<GroundPost>>,
}

impl Script {
    /// Adds a post at `start` plus so many seconds.
    pub(super) fn say(&mut self, start: &str, after_s: i64, author: &str, text: &str) -> PostId {
        self.add(start, after_s, author, text, |_| {})
    }

    /// Adds a reply.
    pub(super) fn reply(
        &mut self,
        start: &str,
        after_s: i64,
        author: &str,
        text: &str,
        to: &PostId,
    ) -> PostId {
        self.add(start, after_s, author, text, |post| {
            post.kind = PostKind::Reply;
            post.reply_to = Some(to.clone());
        })
    }

    /// Adds a repost.
    pub(super) fn repost(
        &mut self,
        start: &str,
        after_s: i64,
        author: &str,
        of: &PostId,
    ) -> PostId {
        self.add(start, after_s, author, "RT", |post| {
            post.kind = PostKind::Repost;
            post.repost_of = Some(of.clone());
        })
    }

    /// Adds a post and lets `change` finish it.
    pub(super) fn add(
        &mut self,
        start: &str,
        after_s: i64,
        author: &str,
        text: &str,
        change: impl FnOnce(&mut Post),
    ) -> PostId {
        let start: Timestamp = start.parse().unwrap();
        let id = PostId::new(Platform::X, &format!("{}", 1_000 + self.posts.len()));
        let mut who = Author::unknown(AuthorId::new(Platform::X, author));
        who.handle = Some(author.into());
        let at = start.checked_add(SignedDuration::from_secs(after_s)).unwrap();
        let mut post = Post::original(id.clone(), at, who, text.to_owned());
        post.lang = Some("en".into());
        post.hashtags = vec!["gardenchat".into()];
        let urls = text.split_whitespace().filter(|token| token.contains("://"));
        post.urls = urls.map(str::to_owned).collect();
        change(&mut post);
        let chat = ChatName::new("gardenchat").unwrap();
        self.posts.push(Arc::new(GroundPost { chat, post }));
        id
    }

    /// One plain meeting: a host, three questions ten minutes apart, four people.
    pub(super) fn meeting(&mut self, start: &str) {
        self.say(start, 0, "rosa", "Welcome everybody to the hour of beds and beans");
        let people = ["fern", "moss", "reed", "ivy"];
        for (nth, question) in
            ["what do you sow first this year?", "how do you keep slugs away?", "which tool lasts?"]
                .iter()
                .enumerate()
        {
            let asked = 300 + 600 * i64::try_from(nth).unwrap();
            let number = nth + 1;
            let id = self.say(start, asked, "rosa", &format!("Q{number}: {question}"));
            for (place, person) in (1..).zip(people) {
                let after = asked + 40 * place;
                self.say(start, after, person, &format!("A{number}: {person} says beans {place}"));
            }
            self.repost(start, asked + 5, "sage", &id);
        }
    }

    /// An hour without numbered questions: a host, three people who talk with one another.
    pub(super) fn gathering(&mut self, start: &str) {
        self.say(start, 30, "rosa", "Welcome back everyone! No agenda tonight, bring your beans");
        for nth in 0..8 {
            let after = 180 + 390 * nth;
            let id = self.say(start, after, "rosa", &format!("What is on bench {nth} this week?"));
            for (place, person) in (1..).zip(["fern", "moss", "reed"]) {
                let text = format!("@rosa Trays, twine and the kettle, as {person} has it");
                let told = self.reply(start, after + 50 * place, person, &text, &id);
                if place == nth % 3 {
                    self.reply(start, after + 180, "rosa", "@fern Send me a picture", &told);
                }
            }
        }
        self.say(start, 3_500, "rosa", "Thanks for joining, our next chat is in May");
    }

    /// The posts in the order of the fold.
    pub(super) fn sorted(&self) -> Vec<Arc<GroundPost>> {
        let mut posts = self.posts.clone();
        posts.sort_by(|one, other| one.post.order().cmp(&other.post.order()));
        posts
    }
}
