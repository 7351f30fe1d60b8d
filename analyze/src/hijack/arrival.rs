//! What is measured of a post at the moment it arrives, before anybody knows the whole week.
//!
//! The same evidence as in the end, from what was said so far: so an early seller has less against
//! them than a late one, and what is told here is provisional. Where a post comes in what order
//! changes these verdicts, and no other.

use colloquy_transcript::{Post, Role, SessionId, Timestamp};

use super::lexicon::Lexicon;
use super::memory::{Memory, Over};
use super::reading::Reader;
use super::vocabulary::hash;
use super::week::Week;
use super::{Measured, TOGETHER};
use crate::seen::Seen;

/// Weeks that are held: around midnight posts of both come.
const WEEKS_MAX: usize = 2;

/// What was said in a chat since the week began.
#[derive(Default)]
pub struct Arrivals {
    reader: Reader,
    /// The newest, in the order of time.
    weeks: Vec<Week>,
}

impl std::fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let posts: usize = self.weeks.iter().map(Week::posts).sum();
        f.debug_struct("Arrivals").field("posts", &posts).finish_non_exhaustive()
    }
}

/// What a chat remembers of the units before a week.
pub(super) struct Earlier<'m, Before> {
    pub(super) memory: &'m Memory,
    /// Whether a unit was over when a week began.
    before: Before,
}

impl<Before: Fn(SessionId, SessionId) -> bool> Earlier<'_, Before> {
    /// What was said in the units that were over when a week began.
    fn lexicon(&self, week: SessionId) -> Lexicon {
        self.memory.lexicon(|unit| (self.before)(unit, week))
    }

    /// Those units.
    pub(super) fn over(&self, week: SessionId) -> Over {
        self.memory.over(|unit| (self.before)(unit, week))
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
        let earlier = Earlier { memory, before };
        let mut measured = Vec::with_capacity(TOGETHER.min(posts.len()));
        for (nth, together) in posts.chunks(TOGETHER).enumerate() {
            self.read(together);
            for (at, &(seen, role)) in (nth * TOGETHER..).zip(together) {
                let Some(it) = self.measure_one(seen, role, chat, &earlier) else { continue };
                measured.push((at, it));
            }
            for (at, measured) in measured.drain(..) {
                judge(at, &measured);
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
            unread.next().map(|seen| seen.reading.get_or_init(|| reading));
        });
    }

    /// Measures one of them; nothing if it arrived before.
    fn measure_one(
        &mut self,
        seen: &Seen,
        role: Role,
        chat: u64,
        earlier: &Earlier<'_, impl Fn(SessionId, SessionId) -> bool>,
    ) -> Option<Measured> {
        let post = seen.post();
        let at = self.week(post.created_at, |week| earlier.lexicon(week));
        let reading = seen.reading.get()?.view()?;
        let measured = self.weeks.get_mut(at)?.measure((post, reading), role, chat, earlier);
        self.forget_oldest();
        measured
    }

    /// Forgets the weeks before `until`: what they said stands in the memory of the chat.
    pub fn settled(&mut self, until: SessionId) {
        self.weeks.retain(|week| week.from() >= until.starts_at());
    }

    /// The place of the week of an instant, which begins anew if it has said too much.
    fn week(&mut self, at: Timestamp, lexicon: impl FnOnce(SessionId) -> Lexicon) -> usize {
        self.weeks.retain(|week| !week.holds(at) || !week.is_full());
        if let Some(place) = self.weeks.iter().position(|week| week.holds(at)) {
            return place;
        }
        let place = self.weeks.partition_point(|week| week.from() < at);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use colloquy_transcript::{AuthorId, Platform, PostId, Timestamp};

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
