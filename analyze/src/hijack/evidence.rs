//! What is measured of a post: one number a feature, the same for every chat.
//!
//! A feature that a source cannot know (an account's age, the domain behind a short link) is
//! unknown, `NaN`, and not zero. Every value is computed from the post, from its unit (a session,
//! or a week outside sessions) and from units that were over before it began; so a verdict is the
//! same in whatever order posts arrived.

use std::sync::LazyLock;

use colloquy_transcript::{Post, PostKind, Role};

use super::apps::App;
use super::links::Links;
use super::past::Past;
use super::reading::{Reading, Said};
use super::repeats::COPIES_MAX;
use super::spread::{Tags, Topic};

/// Declares the features once: their names, what they are, and the order of their values.
macro_rules! features {
    ($($name:ident $what:literal,)*) => {
        /// Names of the features in the order of their values.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];
        /// What each feature is, for `colloquy train`.
        pub const MEANINGS: &[&str] = &[$($what),*];

        /// The values of one post.
        #[derive(Debug, Clone, Copy, Default, PartialEq)]
        pub struct Values {
            $(#[doc = $what] pub $name: f32,)*
        }

        impl Values {
            /// The values in the order of [`NAMES`].
            pub fn list(&self) -> [f32; NAMES.len()] {
                [$(self.$name),*]
            }
        }
    };
}

features! {
    tags "tags beside the chat's own, at most 8",
    tags_many "square root of the tags beyond four",
    tags_rare "tags that nobody else of the unit uses, at most 5",
    tags_common "tags that three others of the unit use, at most 5",
    tags_share "share of the text that is tags",
    tags_known "largest share of the others who use one of its tags, at most a half",
    tags_none "no tag beside the chat's own",
    chats "tags of other chats, at most 5",
    chats_many "three tags of other chats or more: a broadcast",
    mentions "mentions, at most 5",
    links "links, at most 3",
    link "any link",
    outside_link "any link that leaves the platform",
    shop_link "a link to a shop, a ticket office, a fund raiser",
    own_link "a link to a site that bears the author's name",
    own_name "the author's own name in the text or its tags",
    words "words, logarithm",
    exclaims "exclamation marks, at most 3",
    asks "a question mark",
    reply "a reply",
    quote "a quote",
    answers "an answer to a question",
    we "speaks as we",
    self_i "speaks as I",
    you "speaks to you",
    offer "words of an offer, at most 2",
    action "words that ask to act, at most 3",
    goods "words for goods and services, at most 3",
    digest "an automatic digest, or a hunt for followers",
    free "the word free",
    money "a price or a percentage",
    action_link "words that ask to act, with a link",
    offer_link "words of an offer, with a link",
    goods_link "words for goods, with a link",
    we_link "speaks as we, with a link",
    i_link "speaks as I, with a link",
    i_talk "speaks as I, without a link",
    capitals "share of words in capitals",
    titled "share of words that begin with a capital",
    digits "digits, at most 6",
    pictures "emoji, at most 4",
    colon "a colon",
    alien "share of its words that no participant of the unit uses",
    topic "how common its words are among participants",
    topic_all "how common its words are among all authors",
    alien_before "share of its words that no participant used in the units before",
    topic_before "how common its words were among participants in the units before",
    alien_before_link "share of words that no participant used before, with a link",
    alien_stranger "share of alien words, from somebody who never talks",
    alien_link "share of alien words, with a link",
    author_posts "posts of the author so far, logarithm",
    author_links "share of the author's posts with a link",
    author_only_links "posts of an author who posts nothing but links, logarithm",
    author_talk "posts of the author that are replies or bear no link, logarithm",
    author_replies "share of the author's posts that are replies",
    author_answers "answers of the author, logarithm",
    author_sessions "sessions that the author attended, logarithm",
    author_units "weeks and sessions in which the author posted, logarithm",
    author_tags "tags in each of the author's posts, mean",
    author_heard "replies of others to the author, logarithm",
    author_heard_rate "replies of others for each post, at most 2",
    author_repeats "share of the author's posts that say nearly the same as another",
    repeats "says nearly what another post of the author says",
    copied "other authors of the unit who say nearly the same, at most 3",
    stranger_link "a link from somebody who never talks",
    offer_stranger "words of offer, action or goods, at most 3, from somebody who never talks",
    scheduled "sent by an application that schedules or forwards",
    author_scheduled "share of the author's posts sent by such an application",
    by_hand "sent from a phone or tablet",
    followers "followers, logarithm",
    followers_ratio "followers to accounts followed, logarithm",
    posting_rate "posts a day over the account's life, logarithm",
    account_age "days since the account was opened, logarithm",
    trade "words of trade in the author's profile, at most 4",
}

/// A logarithm that is 0 at 0.
pub(super) fn log(count: f64) -> f32 {
    narrow((1.0 + count.max(0.0)).ln())
}

/// The same of a whole number; most are small.
fn log_of(count: u32) -> f32 {
    static SMALL: LazyLock<[f32; 128]> =
        LazyLock::new(|| std::array::from_fn(|count| log(count as f64)));
    SMALL.get(count as usize).copied().unwrap_or_else(|| log(f64::from(count)))
}

/// Half the digits are more than any measurement has.
#[expect(clippy::cast_possible_truncation, reason = "measurements have few digits")]
pub(super) fn narrow(value: f64) -> f32 {
    value as f32
}

pub(super) fn yes(condition: bool) -> f32 {
    f32::from(u8::from(condition))
}

fn capped(count: usize, most: u8) -> f32 {
    count.min(usize::from(most)) as f32
}

/// The same of a number that is small anyway.
fn few(count: u8, most: u8) -> f32 {
    f32::from(count.min(most))
}

/// What the evidence of a post is computed from.
pub(super) struct Facts<'a> {
    pub(super) role: Role,
    pub(super) reading: &'a Reading,
    /// What its author did, this post included.
    pub(super) author: &'a Past,
    /// Whether it says nearly what another post of the author says.
    pub(super) repeats: bool,
    /// Other authors who say nearly the same.
    pub(super) copied: u8,
    pub(super) tags: Tags,
    pub(super) topic: Topic,
}

/// What is measured of a post.
pub(super) fn values(facts: &Facts<'_>) -> Values {
    let mut values = Values::default();
    let reading = facts.reading;
    of_text(&mut values, &reading.said, reading.links.all > 0);
    of_app(&mut values, reading.app);
    of_links(&mut values, reading.links);
    of_tags(&mut values, &facts.tags);
    of_author(&mut values, facts.author);
    of_account(&mut values, &reading.account);
    values.trade = reading.trade.map_or(f32::NAN, |count| few(count, 4));
    values.mentions = few(reading.mentions, 5);
    values.reply = yes(reading.kind == PostKind::Reply);
    values.quote = yes(reading.kind == PostKind::Quote);
    values.answers = yes(facts.role == Role::Answer);
    values.repeats = yes(facts.repeats);
    values.copied = few(facts.copied, COPIES_MAX);
    values.alien = facts.topic.alien;
    values.topic = facts.topic.common;
    values.topic_all = facts.topic.common_all;
    values.alien_before = facts.topic.fit.map_or(f32::NAN, |fit| fit.alien);
    values.topic_before = facts.topic.fit.map_or(f32::NAN, |fit| fit.common);
    values.alien_before_link = values.alien_before * values.link;
    let stranger = yes(facts.author.talks() == 0);
    values.alien_stranger = values.alien * stranger;
    values.alien_link = values.alien * values.link;
    values.stranger_link = stranger * values.link;
    values.offer_stranger = (values.offer + values.action + values.goods).min(3.0) * stranger;
    values
}

fn of_text(values: &mut Values, said: &Said, link: bool) {
    values.words = log_of(said.words);
    values.exclaims = few(said.exclaims, 3);
    values.asks = yes(said.asks > 0);
    values.we = yes(said.we > 0);
    values.self_i = yes(said.i > 0);
    values.you = yes(said.you > 0);
    values.offer = few(said.offer, 2);
    values.action = few(said.action, 3);
    values.goods = few(said.goods, 3);
    values.digest = yes(said.digest > 0);
    values.free = yes(said.free > 0);
    values.money = yes(said.money > 0);
    let linked = yes(link);
    values.action_link = values.action * linked;
    values.offer_link = values.offer.min(1.0) * linked;
    values.goods_link = values.goods * linked;
    values.we_link = values.we * linked;
    values.i_link = values.self_i * linked;
    values.i_talk = values.self_i * (1.0 - linked);
    values.capitals = said.capitals;
    values.titled = said.titled;
    values.digits = few(said.digits, 6);
    values.pictures = few(said.pictures, 4);
    values.colon = yes(said.colon > 0);
    values.tags_share = said.tags_share;
    values.own_name = said.named.map_or(f32::NAN, yes);
}

fn of_app(values: &mut Values, app: Option<App>) {
    values.scheduled = app.map_or(f32::NAN, |app| yes(app.schedules));
    values.by_hand = app.map_or(f32::NAN, |app| yes(app.by_hand));
}

fn of_links(values: &mut Values, links: Links) {
    values.links = few(links.all, 3);
    values.link = yes(links.all > 0);
    values.outside_link = yes(links.outside);
    values.shop_link = yes(links.shop);
    values.own_link = links.own.map_or(f32::NAN, yes);
}

fn of_tags(values: &mut Values, tags: &Tags) {
    values.tags = capped(tags.count, 8);
    values.tags_many = (tags.count.saturating_sub(4) as f32).sqrt();
    values.tags_rare = capped(tags.rare, 5);
    values.tags_common = capped(tags.common, 5);
    values.tags_known = tags.known.min(0.5);
    values.tags_none = yes(tags.count == 0);
    values.chats = capped(tags.chats, 5);
    values.chats_many = yes(tags.chats >= 3);
}

fn of_author(values: &mut Values, past: &Past) {
    let posts = f64::from(past.originals.max(1));
    let share = |count: u32| narrow(f64::from(count) / posts);
    values.author_posts = log_of(past.originals);
    values.author_links = share(past.links);
    let only = past.links == past.originals;
    values.author_only_links = yes(only) * values.author_posts;
    values.author_talk = log_of(past.talks());
    values.author_replies = share(past.replies);
    values.author_answers = log_of(past.answers);
    values.author_sessions = log_of(past.sessions);
    values.author_units = log_of(past.units);
    values.author_tags = share(past.tags);
    values.author_heard = log_of(past.heard);
    values.author_heard_rate = share(past.heard).min(2.0);
    values.author_repeats = share(past.repeats);
    values.author_scheduled = share(past.scheduled);
}

fn of_account(values: &mut Values, account: &Account) {
    values.followers = account.followers;
    values.followers_ratio = account.ratio;
    values.account_age = account.age;
    values.posting_rate = account.rate;
}

/// What the account tells that a post was sent from, in logarithms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    followers: f32,
    ratio: f32,
    age: f32,
    rate: f32,
}

impl Account {
    pub(super) fn of(post: &Post) -> Self {
        let author = &post.author;
        let known = |count: Option<u64>| count.map(|count| count as f64);
        let (followers, following) = (known(author.followers), known(author.following));
        let followers = followers.map(log);
        let ratio = followers.zip(following).map(|(of, to)| of - log(to));
        let days = author
            .created_at
            .map(|opened| post.created_at.duration_since(opened).as_hours().max(0) as f64 / 24.0);
        let rate = known(author.posts).zip(days).map(|(posts, days)| log(posts / days.max(1.0)));
        Self {
            followers: followers.unwrap_or(f32::NAN),
            ratio: ratio.unwrap_or(f32::NAN),
            age: days.map_or(f32::NAN, log),
            rate: rate.unwrap_or(f32::NAN),
        }
    }
}
