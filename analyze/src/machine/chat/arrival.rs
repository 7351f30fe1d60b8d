//! What can be said of a post when it arrives.

use colloquy_transcript::label::LabelKind;
use colloquy_transcript::{Annotation, LangSource, Role, SessionId};

use super::ChatState;
use crate::hijack::{self, Arrivals, Measured, TOGETHER, Terms};
use crate::seen::Seen;

/// A post that waits to be judged.
#[derive(Debug)]
pub(super) struct Coming {
    pub(super) seen: Seen,
    /// An earlier run took it into account.
    known: bool,
}

impl ChatState {
    /// From now on posts are judged as they arrive.
    pub(in crate::machine) fn judge_arrivals(&mut self) {
        self.arrivals = Some(Arrivals::default());
    }

    /// Takes a post: at once, or together with others if it is to be judged. `known` ones were taken into
    /// account by an earlier run, and nothing is said of them.
    pub(super) fn receive(&mut self, seen: Seen, known: bool) {
        if self.arrivals.is_some() && seen.post().is_original() {
            self.coming.push(Coming { seen, known });
        } else {
            self.window.put(seen);
        }
    }

    /// Whether as many posts wait to be judged as are judged at a time.
    pub(in crate::machine) fn is_crowded(&self) -> bool {
        self.coming.len() >= TOGETHER
    }

    /// Whether any post waits to be judged.
    pub(in crate::machine) fn is_waited_on(&self) -> bool {
        !self.coming.is_empty()
    }

    /// The oldest post that waits to be judged, and of which something is to be said.
    pub(in crate::machine) fn oldest_untold(&self) -> Option<u64> {
        self.coming.iter().filter(|it| !it.known).map(|it| it.seen.position).min()
    }

    /// Judges the posts that came, and takes them in: the provisional verdicts on those that are news.
    pub(in crate::machine) fn judge_coming(&mut self) -> Vec<Annotation> {
        if self.coming.is_empty() {
            return Vec::new();
        }
        let coming = std::mem::take(&mut self.coming);
        let mut told = Vec::with_capacity(coming.len());
        self.hear(coming.iter().map(|it| &it.seen), |state, at, seen, measured| {
            if !coming[at].known {
                told.push(state.provisional(seen, measured));
            }
        });
        for Coming { seen, .. } in coming {
            self.window.put(seen);
        }
        told
    }

    /// Hears the posts in hand again, once everything before them was read again: until then nobody had a
    /// past.
    pub(super) fn hear_again(&mut self) {
        if self.arrivals.is_none() {
            return;
        }
        self.judge_arrivals();
        let window = std::mem::take(&mut self.window);
        self.hear(window.iter().filter(|it| it.post().is_original()), |_, _, _, _| ());
        self.window = window;
    }

    /// Hears posts with words of their own, where arrivals are judged, and shows each that did not come
    /// before to `judge` with its place and what was measured of it.
    fn hear<'s>(
        &mut self,
        posts: impl Iterator<Item = &'s Seen>,
        mut judge: impl FnMut(&Self, usize, &Seen, &Measured),
    ) {
        let Some(mut arrivals) = self.arrivals.take() else { return };
        let posts: Vec<(&Seen, Role)> = posts.map(|seen| (seen, role(seen))).collect();
        // How many meetings there were has no say in which units are over.
        let known = self.known(0);
        arrivals.measure(
            &posts,
            self.name.as_str(),
            known.memory,
            |unit, week| known.is_over(unit, week),
            |at, measured| judge(self, at, posts[at].0, measured),
        );
        self.arrivals = Some(arrivals);
    }

    /// The provisional verdict on a post.
    fn provisional(&self, seen: &Seen, measured: &Measured) -> Annotation {
        let (post, role) = (seen.post(), role(seen));
        let known = self.known(self.history.meetings_before(post.created_at));
        let mut circumstances = known.circumstances(post, role, measured.habits, &measured.values);
        circumstances.wording = Some(measured.wording);
        // Whether it is one, nobody may know yet: so nobody is told to be outside of it.
        circumstances.in_session = true;
        circumstances.spared |= known.is_guest(&post.author, post.created_at);
        let terms = Terms::at(known.policy(), post.created_at, &known.zone());
        let flag = hijack::verdict(&terms, post, &circumstances);
        Annotation {
            chat: self.name.clone(),
            post_id: post.id.clone(),
            session: SessionId::outside(post.created_at),
            fingerprint: Annotation::PROVISIONAL,
            role,
            question: None,
            basis: None,
            confidence: None,
            lang: post.lang.clone().map(|lang| (lang, LangSource::Platform)),
            flag: Some(flag),
            author_id: seen.account.as_ref().map(|_| post.author.id.clone()),
        }
    }
}

/// What a post is at arrival, as far as its words say.
fn role(seen: &Seen) -> Role {
    if answers(seen) { Role::Answer } else { Role::Talk }
}

/// Whether a post says that it answers, in words that mean nothing else.
fn answers(seen: &Seen) -> bool {
    seen.labels.iter().filter(|label| label.leads()).any(|label| {
        label.in_row(0) == Some(LabelKind::Answer) || label.is_foreign() && !label.may_ask()
    })
}
