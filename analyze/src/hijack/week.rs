//! What was said in a chat in one week so far.

use std::collections::hash_map::Entry;
use std::ops::Range;

use colloquy_transcript::{AuthorId, Post, PostId, Role, SessionId, Timestamp};
use jiff::SignedDuration;
use rustc_hash::FxHashMap;

use super::arrival::Earlier;
use super::evidence::{self, Facts};
use super::hashes::Tag;
use super::lexicon::Lexicon;
use super::memory::Over;
use super::past::{Act, LinkCounts, Past};
use super::readings::View;
use super::repeats::Copies;
use super::sketch::Sketch;
use super::spread::{Spread, Tags, Topic};
use super::unit::takes_part;
use super::used::{Used, Uses};
use super::{Measured, leaning};

/// Posts of a week after which what was said in it is forgotten …
const POSTS_MAX: usize = 30_000;
/// … as it is after so many words, each counted once for everybody who uses it: both bound the memory
/// to about 70 MB a week.
const WORDS_MAX: usize = 600_000;
/// An author's last posts that the next is compared with.
const COMPARED: usize = 8;

/// What was said in one week.
pub(super) struct Week {
    unit: SessionId,
    /// Its Monday, and the next one.
    from: Timestamp,
    until: Timestamp,
    people: Vec<Person>,
    numbers: FxHashMap<AuthorId, u32>,
    /// Of those who take part.
    participants: u32,
    /// Who wrote each post.
    posts: FxHashMap<PostId, u32>,
    words: Spread,
    /// Words, each counted once for everybody who uses it.
    words_used: usize,
    tags: Spread,
    /// Who used which of them.
    uses: Uses,
    links: LinkCounts,
    /// The numbers of the words of the post that is measured, and its tags; here so that they are made once.
    topic: Vec<u32>,
    own_tags: Vec<Tag>,
    copies: Copies,
    /// What people said in the units before.
    earlier: Vec<Sketch>,
    /// The units that were over when it began, and how often the memory had changed when that was asked.
    over: Option<(u64, Over)>,
}

/// Somebody who said something.
struct Person {
    past: Past,
    /// The last sketches, by their numbers in the week, and where those of earlier units stand in it, the
    /// last ones first.
    sketches: Recent,
    earlier: Range<u32>,
    takes_part: bool,
    /// Words and tags.
    used: Used,
}

/// The last few numbers of many, in any order.
#[derive(Default)]
struct Recent {
    numbers: [u32; COMPARED],
    /// How many there were.
    count: u32,
}

impl Recent {
    fn add(&mut self, number: u32) {
        self.numbers[self.count as usize % COMPARED] = number;
        self.count = self.count.saturating_add(1);
    }

    fn numbers(&self) -> &[u32] {
        &self.numbers[..COMPARED.min(self.count as usize)]
    }
}

impl Week {
    /// Whether an instant is in the week.
    pub(super) fn holds(&self, at: Timestamp) -> bool {
        at >= self.from && at < self.until
    }

    /// Whether so much was said in it that it is to begin anew.
    pub(super) fn is_full(&self) -> bool {
        self.posts.len() >= POSTS_MAX || self.words_used >= WORDS_MAX
    }

    /// A week in which nobody said anything yet; `lexicon` is what was said in the units before.
    pub(super) fn new(unit: SessionId, lexicon: Lexicon) -> Self {
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
            uses: Uses::default(),
            links: LinkCounts::default(),
            topic: Vec::new(),
            own_tags: Vec::new(),
            copies: Copies::default(),
            earlier: Vec::new(),
            over: None,
        }
    }

    /// When it begins.
    pub(super) fn from(&self) -> Timestamp {
        self.from
    }

    /// Posts in it.
    pub(super) fn posts(&self) -> usize {
        self.posts.len()
    }

    /// Measures a post with words of its own and keeps what it said; nothing if it arrived before. `chat` is
    /// the hash of the chat's tag.
    pub(super) fn measure(
        &mut self,
        (post, reading): (&Post, View<'_>),
        role: Role,
        chat: u64,
        earlier: &Earlier<'_, impl Fn(SessionId, SessionId) -> bool>,
    ) -> Option<Measured> {
        let known = self.numbers.get(&post.author.id).copied();
        let author = known.unwrap_or_else(|| self.next_number());
        match self.posts.entry(post.id.clone()) {
            Entry::Occupied(_) => return None,
            Entry::Vacant(place) => place.insert(author),
        };
        if known.is_none() {
            self.meet(&post.author.id, earlier);
        }
        let replied = self.reply(post, author);
        self.own_tags.clear();
        self.own_tags.extend(reading.tags(chat));
        let act = Act {
            is_reply: replied,
            answers: role == Role::Answer,
            repeats: self.repeats(author, reading.sketch.as_ref()),
            scheduled: reading.app.is_some_and(|app| app.schedules),
            tags: self.own_tags.len(),
        };
        let sketch = reading.sketch.as_ref().map(|sketch| self.copies.add(sketch, author));
        let links = reading.links();
        self.act(author, (post, links), act, sketch.map(|(number, _)| number));
        let (topic, tags) = self.hear(author, reading.words());
        let mut habits = self.people.get(author as usize).map(|it| it.past).unwrap_or_default();
        let copied = sketch.map_or(0, |(_, copied)| copied);
        let facts = Facts {
            role,
            reading: reading.reading,
            author: &habits,
            repeats: act.repeats,
            copied,
            tags,
            topic,
        };
        let (values, wording) = (evidence::values(&facts), reading.wording);
        if let Some(person) = self.people.get_mut(author as usize) {
            person.past.lean(leaning(&values, &wording));
            habits = person.past;
        }
        Some(Measured { values, habits, wording })
    }

    /// The number of whoever comes next.
    fn next_number(&self) -> u32 {
        u32::try_from(self.people.len()).unwrap_or(u32::MAX)
    }

    /// Takes in somebody new, with what is remembered of them from the units that were over.
    fn meet(
        &mut self,
        author: &AuthorId,
        earlier: &Earlier<'_, impl Fn(SessionId, SessionId) -> bool>,
    ) {
        let number = self.next_number();
        let place = |sketches: &[Sketch]| u32::try_from(sketches.len()).unwrap_or(u32::MAX);
        let begin = place(&self.earlier);
        let mut past = Past { units: 1, ..Past::default() };
        if let Some(remembered) = earlier.memory.author(author) {
            // Of years of units that is not asked anew for everybody.
            let changes = earlier.memory.changes();
            let known = self.over.take().filter(|(then, _)| *then == changes);
            let find = || (changes, earlier.over(self.unit));
            let (_, over) = self.over.insert(known.unwrap_or_else(find));
            past = remembered.past(over).plus(&past);
            self.earlier.extend(remembered.sketches(over).take(COMPARED));
        }
        let earlier = begin..place(&self.earlier);
        let takes_part = takes_part(&past);
        self.participants += u32::from(takes_part);
        let (sketches, used) = Default::default();
        self.people.push(Person { past, sketches, earlier, takes_part, used });
        self.numbers.insert(author.clone(), number);
    }

    /// Whether the post replies to somebody else, whom it makes heard.
    fn reply(&mut self, post: &Post, author: u32) -> bool {
        let Some(to) = &post.reply_to else { return false };
        if *to == post.id {
            return true;
        }
        let Some(&other) = self.posts.get(to) else { return true };
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
            for thing in self.uses.of(&person.used) {
                match Thing::of(thing) {
                    Thing::Word(number) => self.words.take_part(number),
                    Thing::Tag(number) => self.tags.take_part(number),
                }
            }
        }
    }

    /// Whether a text says nearly what its author said before.
    fn repeats(&self, author: u32, sketch: Option<&Sketch>) -> bool {
        let person = self.people.get(author as usize);
        sketch.zip(person).is_some_and(|(sketch, person)| {
            let own = person.sketches.numbers();
            let earlier = person.earlier.start as usize..person.earlier.end as usize;
            let earlier = self.earlier.get(earlier).unwrap_or_default();
            let earlier = earlier.iter().take(COMPARED - own.len());
            let mut others = own.iter().filter_map(|&it| self.copies.get(it)).chain(earlier);
            others.any(|other| sketch.same_author(other))
        })
    }

    /// Adds a post to what its author did.
    fn act(&mut self, author: u32, (post, links): (&Post, &[u64]), act: Act, sketch: Option<u32>) {
        let Some(person) = self.people.get_mut(author as usize) else { return };
        person.past.count(post, act);
        self.links.add(author, links, &mut person.past);
        if let Some(sketch) = sketch {
            person.sketches.add(sketch);
        }
        self.takes_part(author);
    }

    /// Hears the words of a post and its tags, and tells how they fit.
    fn hear(&mut self, author: u32, words: &[u64]) -> (Topic, Tags) {
        let all = u32::try_from(self.people.len()).unwrap_or(u32::MAX);
        for spread in [&mut self.words, &mut self.tags] {
            spread.grow(all, self.participants);
        }
        // All are looked up before any is counted: so no look-up waits for another one.
        self.topic.clear();
        self.topic.extend(words.iter().map(|&word| self.words.number(word)));
        for tag in &mut self.own_tags {
            tag.number = u64::from(self.tags.number(tag.number));
        }
        let mut part = false;
        if let Some(person) = self.people.get_mut(author as usize) {
            part = person.takes_part;
            let words = self.topic.iter().map(|&number| Thing::Word(number).number());
            let tags = self.own_tags.iter().map(|tag| Thing::Tag(tag.number()).number());
            self.uses.add(&mut person.used, words.chain(tags), |thing| match Thing::of(thing) {
                Thing::Word(number) => {
                    self.words_used += 1;
                    self.words.add(number, part);
                }
                Thing::Tag(number) => self.tags.add(number, part),
            });
        }
        let topic = self.words.topic(self.topic.iter().copied(), part);
        (topic, self.tags.tags(&self.own_tags, part))
    }
}

/// What people use, by its number among its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    Word(u32),
    Tag(u32),
}

impl Thing {
    /// A number among all things.
    fn number(self) -> u32 {
        match self {
            Self::Word(number) => number << 1,
            Self::Tag(number) => number << 1 | 1,
        }
    }

    fn of(number: u32) -> Self {
        if number & 1 == 0 { Self::Word(number >> 1) } else { Self::Tag(number >> 1) }
    }
}
