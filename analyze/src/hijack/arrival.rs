//! What is measured of a post at the moment it arrives, before anybody knows the whole week.
//!
//! The same evidence as in the end, from what was said so far: so an early seller has less against
//! them than a late one, and what is told here is provisional. Where a post comes in what order
//! changes these verdicts, and no other.

use std::collections::hash_map::Entry;
use std::hash::BuildHasher as _;

use colloquy_transcript::{AuthorId, Post, PostId, Role, SessionId, Timestamp};
use jiff::SignedDuration;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::evidence::{self, Facts};
use super::hashes::Tag;
use super::lexicon::Lexicon;
use super::memory::{Memory, Over};
use super::past::{Act, Past};
use super::reading::Reader;
use super::repeats::Copies;
use super::sketch::Sketch;
use super::spread::{Spread, Tags, Topic};
use super::unit::takes_part;
use super::used::Used;
use super::vocabulary::hash;
use super::{Measured, TOGETHER};
use crate::seen::Seen;

/// Posts of a week after which what was said in it is forgotten …
const POSTS_MAX: usize = 30_000;
/// … as it is after so many words, each counted once for everybody who uses it: both bound the memory
/// to about 70 MB a week, of which two are held.
const WORDS_MAX: usize = 600_000;
/// Weeks that are held: around midnight posts of both come.
const WEEKS_MAX: usize = 2;
/// An author's last posts that the next is compared with.
const COMPARED: usize = 8;

/// What was said in a chat since the week began.
#[derive(Default)]
pub struct Arrivals {
    reader: Reader,
    /// Those of the post that is measured; here so that they are made once.
    tags: Vec<Tag>,
    /// The newest, in the order of time.
    weeks: Vec<Week>,
}

impl std::fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let posts: usize = self.weeks.iter().map(|week| week.posts.len()).sum();
        f.debug_struct("Arrivals").field("posts", &posts).finish_non_exhaustive()
    }
}

/// What a chat remembers of the units before a week.
struct Earlier<'m, Before> {
    memory: &'m Memory,
    /// Whether a unit was over when a week began.
    before: Before,
    /// The units that were when the week began that was asked for last.
    over: Option<(SessionId, Over)>,
}

impl<Before: Fn(SessionId, SessionId) -> bool> Earlier<'_, Before> {
    fn lexicon(&self, week: SessionId) -> Lexicon {
        self.memory.lexicon(|unit| (self.before)(unit, week))
    }

    /// The units that were over when a week began.
    fn over(&mut self, week: SessionId) -> &Over {
        self.over = self.over.take().filter(|(of, _)| *of == week);
        let find = || (week, self.memory.over(|unit| (self.before)(unit, week)));
        &self.over.get_or_insert_with(find).1
    }
}

/// What was said in one week.
struct Week {
    unit: SessionId,
    /// Its Monday, and the next one.
    from: Timestamp,
    until: Timestamp,
    people: Vec<Person>,
    numbers: FxHashMap<AuthorId, u32>,
    /// Of those who take part.
    participants: u32,
    /// Who wrote each post, by its hash: ids are long on some platforms, and two of a week have the same hash
    /// once in 40 billion weeks.
    posts: FxHashMap<u64, u32>,
    words: Spread,
    /// Words, each counted once for everybody who uses it.
    words_used: usize,
    tags: Spread,
    /// The numbers of the words of the post that is measured; here so that they are made once.
    topic: Vec<u32>,
    copies: Copies,
}

fn hash_of(id: &PostId) -> u64 {
    FxBuildHasher.hash_one(id)
}

/// Somebody who said something.
struct Person {
    past: Past,
    /// The last sketches, by their numbers in the week.
    sketches: Recent,
    links: FxHashMap<u64, u32>,
    takes_part: bool,
    words: Used,
    tags: Used,
}

/// The last few numbers of many, in any order.
#[derive(Default)]
struct Recent {
    numbers: [u32; COMPARED],
    /// How many there were.
    count: usize,
}

impl Recent {
    fn add(&mut self, number: u32) {
        self.numbers[self.count % COMPARED] = number;
        self.count += 1;
    }

    fn numbers(&self) -> &[u32] {
        &self.numbers[..self.count.min(COMPARED)]
    }
}

impl Arrivals {
    /// Measures posts with words of their own that arrived in `chat` one after another, keeps what they
    /// said, and shows each to `judge` with its place among `posts`; but none that arrived before.
    /// `memory` as for [`measure`](super::measure); `before` says whether its first unit was over when
    /// its second began, which is the week of a post.
    pub fn measure(
        &mut self,
        posts: &[(&Seen, Role)],
        chat: &str,
        memory: &Memory,
        before: impl Fn(SessionId, SessionId) -> bool,
        mut judge: impl FnMut(usize, &Measured),
    ) {
        let chat = hash(chat);
        let mut earlier = Earlier { memory, before, over: None };
        for (nth, together) in posts.chunks(TOGETHER).enumerate() {
            self.read(together);
            let mut measured = Vec::with_capacity(together.len());
            for &(seen, role) in together {
                measured.push(self.measure_one(seen, role, chat, &mut earlier));
            }
            for (at, measured) in (nth * TOGETHER..).zip(&measured) {
                if let Some(measured) = measured {
                    judge(at, measured);
                }
            }
        }
    }

    /// Reads those that nobody read yet.
    fn read(&mut self, posts: &[(&Seen, Role)]) {
        let unread = posts.iter().map(|(seen, _)| seen).filter(|it| it.reading.get().is_none());
        let unread: Vec<&&Seen> = unread.collect();
        let texts: Vec<&Post> = unread.iter().map(|seen| seen.post()).collect();
        let mut unread = unread.into_iter();
        self.reader.read(&texts, |reading| {
            // The same post may stand there twice.
            unread.next().map(|seen| seen.reading.get_or_init(|| Box::new(reading)));
        });
    }

    /// Measures one of them; nothing if it arrived before.
    fn measure_one(
        &mut self,
        seen: &Seen,
        role: Role,
        chat: u64,
        earlier: &mut Earlier<'_, impl Fn(SessionId, SessionId) -> bool>,
    ) -> Option<Measured> {
        let post = seen.post();
        let at = self.week(post.created_at, |week| earlier.lexicon(week));
        let week = self.weeks.get_mut(at)?;
        let known = week.numbers.get(&post.author.id).copied();
        let author = known.unwrap_or_else(|| week.next_number());
        match week.posts.entry(hash_of(&post.id)) {
            Entry::Occupied(_) => return None,
            Entry::Vacant(place) => place.insert(author),
        };
        if known.is_none() {
            week.meet(&post.author.id, earlier.memory, earlier.over(week.unit));
        }
        let reading = &**seen.reading.get()?;
        let replied = week.reply(post, author);
        self.tags.clear();
        self.tags.extend(reading.hashes.tags(chat));
        let act = Act {
            is_reply: replied,
            answers: role == Role::Answer,
            repeats: week.repeats(author, reading.sketch.as_ref()),
            scheduled: reading.app.is_some_and(|app| app.schedules),
            tags: self.tags.len(),
        };
        let sketch = reading.sketch.as_ref().map(|sketch| week.copies.add(sketch, author));
        let links = reading.hashes.links();
        week.act(author, (post, links), act, sketch.map(|(number, _)| number));
        let (topic, tags) = week.hear(author, reading.hashes.words(), &mut self.tags);
        let habits = week.people.get(author as usize).map(|it| it.past).unwrap_or_default();
        let facts = Facts {
            post,
            role,
            reading,
            author: &habits,
            repeats: act.repeats,
            copied: sketch.map_or(0, |(_, copied)| copied),
            tags,
            topic,
        };
        let values = evidence::values(&facts);
        self.forget_oldest();
        Some(Measured { values, habits, wording: reading.wording })
    }

    /// Forgets the weeks before `until`: what they said stands in the memory of the chat.
    pub fn settled(&mut self, until: SessionId) {
        self.weeks.retain(|week| week.from >= until.starts_at());
    }

    /// The place of the week of an instant, which begins anew if it has said too much.
    fn week(&mut self, at: Timestamp, lexicon: impl FnOnce(SessionId) -> Lexicon) -> usize {
        self.weeks.retain(|week| !week.holds(at) || !week.is_full());
        if let Some(place) = self.weeks.iter().position(|week| week.holds(at)) {
            return place;
        }
        let place = self.weeks.partition_point(|week| week.from < at);
        let unit = SessionId::outside(at);
        self.weeks.insert(place, Week::new(unit, lexicon(unit)));
        place
    }

    fn forget_oldest(&mut self) {
        if self.weeks.len() > WEEKS_MAX {
            self.weeks.remove(0);
        }
    }
}

impl Week {
    /// Whether an instant is in the week.
    fn holds(&self, at: Timestamp) -> bool {
        at >= self.from && at < self.until
    }

    fn is_full(&self) -> bool {
        self.posts.len() >= POSTS_MAX || self.words_used >= WORDS_MAX
    }

    fn new(unit: SessionId, lexicon: Lexicon) -> Self {
        let from = unit.starts_at();
        // Weeks outside sessions are those of UTC, which has no summer time.
        let until = from.saturating_add(SignedDuration::from_hours(7 * 24));
        Self {
            unit,
            from,
            until: until.unwrap_or(Timestamp::MAX),
            people: Vec::new(),
            numbers: FxHashMap::default(),
            participants: 0,
            posts: FxHashMap::default(),
            words: Spread::of(lexicon),
            words_used: 0,
            tags: Spread::default(),
            topic: Vec::new(),
            copies: Copies::default(),
        }
    }

    /// The number of whoever comes next.
    fn next_number(&self) -> u32 {
        u32::try_from(self.people.len()).unwrap_or(u32::MAX)
    }

    /// Takes in somebody new, with what they did before the week.
    fn meet(&mut self, author: &AuthorId, memory: &Memory, over: &Over) {
        let number = self.next_number();
        let (past, sketches) = memory.of(author, over);
        let past = past.plus(&Past { units: 1, ..Past::default() });
        let mut recent = Recent::default();
        let sketches: Vec<&Sketch> = sketches.take(COMPARED).collect();
        for sketch in sketches.into_iter().rev() {
            recent.add(self.copies.keep(*sketch, number));
        }
        let takes_part = takes_part(&past);
        self.participants += u32::from(takes_part);
        let (links, words, tags) = Default::default();
        self.people.push(Person { past, sketches: recent, links, takes_part, words, tags });
        self.numbers.insert(author.clone(), number);
    }

    /// Whether the post replies to somebody else, whom it makes heard.
    fn reply(&mut self, post: &Post, author: u32) -> bool {
        let Some(to) = &post.reply_to else { return false };
        if *to == post.id {
            return true;
        }
        let Some(&other) = self.posts.get(&hash_of(to)) else { return true };
        if other == author {
            return false;
        }
        if let Some(person) = self.people.get_mut(other as usize) {
            person.past.heard += 1;
        }
        self.takes_part(other);
        true
    }

    fn takes_part(&mut self, number: u32) {
        let Some(person) = self.people.get_mut(number as usize) else { return };
        if !person.takes_part && takes_part(&person.past) {
            person.takes_part = true;
            self.participants += 1;
            self.words.take_part(person.words.numbers());
            self.tags.take_part(person.tags.numbers());
        }
    }

    /// Whether a text says nearly what its author said before.
    fn repeats(&self, author: u32, sketch: Option<&Sketch>) -> bool {
        let person = self.people.get(author as usize);
        sketch.zip(person).is_some_and(|(sketch, person)| {
            let mut others = person.sketches.numbers().iter().filter_map(|&it| self.copies.get(it));
            others.any(|other| sketch.same_author(other))
        })
    }

    /// Adds a post to what its author did.
    fn act(&mut self, author: u32, (post, links): (&Post, &[u64]), act: Act, sketch: Option<u32>) {
        let Some(person) = self.people.get_mut(author as usize) else { return };
        person.past.count(post, act);
        for link in links {
            let count = person.links.entry(*link).or_default();
            *count += 1;
            person.past.same_link = person.past.same_link.max(*count);
        }
        if let Some(sketch) = sketch {
            person.sketches.add(sketch);
        }
        self.takes_part(author);
    }

    /// Hears the words and tags of a post, and tells how they fit.
    fn hear(&mut self, author: u32, words: &[u64], tags: &mut [Tag]) -> (Topic, Tags) {
        let all = u32::try_from(self.people.len()).unwrap_or(u32::MAX);
        for spread in [&mut self.words, &mut self.tags] {
            spread.grow(all, self.participants);
        }
        let mut nobody = (Used::default(), Used::default());
        let person = self.people.get_mut(author as usize);
        let (part, own_words, own_tags) = match person {
            Some(it) => (it.takes_part, &mut it.words, &mut it.tags),
            None => (false, &mut nobody.0, &mut nobody.1),
        };
        self.topic.clear();
        self.words_used -= own_words.numbers().len();
        own_words.reserve(words.len());
        for &word in words {
            let number = self.words.note(word, |number| own_words.add(number), part);
            self.topic.push(number);
        }
        self.words_used += own_words.numbers().len();
        for tag in &mut *tags {
            let number = self.tags.note(tag.number, |number| own_tags.add(number), part);
            tag.number = u64::from(number);
        }
        (self.words.topic(self.topic.iter().copied(), part), self.tags.tags(tags, part))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use colloquy_transcript::{Platform, Timestamp};

    use super::super::cases::{post, seen};
    use super::*;

    fn arrive(arrivals: &mut Arrivals, nth: i64, author: &str, text: &str) -> Measured {
        let mut post = post(text);
        post.id = PostId::new(Platform::X, &nth.to_string());
        post.author.id = AuthorId::new(Platform::X, author);
        post.created_at = Timestamp::from_second(1_741_200_000 + nth).unwrap();
        if let Some((to, _)) = text.split_once(' ').filter(|(to, _)| to.starts_with('@')) {
            post.reply_to = Some(PostId::new(Platform::X, &to[1..]));
        }
        measure(arrivals, post).unwrap()
    }

    fn measure(arrivals: &mut Arrivals, post: Post) -> Option<Measured> {
        let (seen, memory, mut measured) = (seen(post), Memory::default(), None);
        let posts = [(&seen, Role::Talk)];
        arrivals.measure(&posts, "gardenchat", &memory, |_, _| true, |_, it| measured = Some(*it));
        measured
    }

    #[test]
    fn campaigns_grow_as_they_come() {
        let mut arrivals = Arrivals::default();
        let advert = "Win a free wheelbarrow today and share this post https://shop.example/w";
        let first = arrive(&mut arrivals, 1, "7", advert);
        assert_eq!((first.habits.same_link, first.values.repeats), (1, 0.0));
        let second = arrive(&mut arrivals, 2, "7", advert);
        assert_eq!((second.habits.same_link, second.values.repeats), (2, 1.0));
        let other = arrive(&mut arrivals, 3, "8", advert);
        assert_eq!((other.values.copied, other.habits.originals), (1.0, 1));
    }

    #[test]
    fn what_comes_again_says_nothing_new_and_stragglers_forget_nothing() {
        let mut arrivals = Arrivals::default();
        let link = "Shop now https://shop.example/w";
        assert_eq!(arrive(&mut arrivals, 8 * 86_400, "7", link).habits.originals, 1);
        let mut again = post(link);
        again.id = PostId::new(Platform::X, &(8 * 86_400).to_string());
        let again_at = Timestamp::from_second(1_741_200_000 + 8 * 86_400).unwrap();
        again.created_at = again_at;
        let heard = measure(&mut arrivals, again);
        assert!(heard.is_none(), "an edit, or a second run of ingest");
        // A post of the week before is late.
        arrive(&mut arrivals, 1, "8", "Good night");
        assert_eq!(arrive(&mut arrivals, 8 * 86_400 + 9, "7", "Good morning").habits.originals, 2);
        arrivals.settled(SessionId::outside(again_at));
        assert_eq!(arrivals.weeks.len(), 1);
    }

    #[test]
    fn who_is_answered_is_heard_and_weeks_begin_anew() {
        let mut arrivals = Arrivals::default();
        arrive(&mut arrivals, 1, "7", "Slugs everywhere this morning");
        let reply = arrive(&mut arrivals, 2, "8", "@1 slugs, again?");
        assert_eq!(reply.habits.replies, 1);
        assert!(reply.values.alien < 1.0, "slugs were spoken of by somebody who is answered");
        assert_eq!(arrive(&mut arrivals, 3, "7", "Yes").habits.heard, 1);
        let next_week = arrive(&mut arrivals, 8 * 86_400, "7", "No slugs");
        assert_eq!((next_week.habits.heard, next_week.habits.originals), (0, 1));
    }
}
