//! What can be said of a post when it arrives.

use colloquy_transcript::label::LabelKind;
use colloquy_transcript::{Annotation, LangSource, Role, SessionId};

use super::ChatState;
use crate::hijack::{self, Arrivals, Terms};
use crate::seen::Seen;

impl ChatState {
    /// From now on posts are judged as they arrive.
    pub(in crate::machine) fn judge_arrivals(&mut self) {
        self.arrivals = Some(Arrivals::default());
    }

    /// Hears the posts in hand again, once everything before them was read again: until then nobody had a
    /// past.
    pub(super) fn hear_again(&mut self) {
        if self.arrivals.is_none() {
            return;
        }
        self.judge_arrivals();
        let window = std::mem::take(&mut self.window);
        for seen in window.iter() {
            self.arrive(seen);
        }
        self.window = window;
    }

    /// The provisional verdict on a post with words of its own, where arrivals are judged.
    pub(super) fn arrive(&mut self, seen: &Seen) -> Option<Annotation> {
        let post = seen.post();
        if !post.is_original() {
            return None;
        }
        let mut arrivals = self.arrivals.take()?;
        let week = SessionId::outside(post.created_at);
        let known = self.known(self.history.meetings_before(post.created_at));
        let role = if answers(seen) { Role::Answer } else { Role::Talk };
        let before = |unit: SessionId| known.is_over(unit, week);
        let arrived = arrivals.measure(seen, role, self.name.as_str(), known.memory, before);
        let Some(arrived) = arrived else {
            self.arrivals = Some(arrivals);
            return None;
        };
        let mut circumstances = known.circumstances(post, role, arrived.habits, &arrived.values);
        circumstances.wording = Some(arrived.wording);
        // Whether it is one, nobody may know yet: so nobody is told to be outside of it.
        circumstances.in_session = true;
        circumstances.spared |= known.is_guest(&post.author, post.created_at);
        let terms = Terms::at(known.policy(), post.created_at, &known.zone());
        let flag = hijack::verdict(&terms, post, &circumstances);
        self.arrivals = Some(arrivals);
        Some(Annotation {
            chat: self.name.clone(),
            post_id: post.id.clone(),
            session: week,
            fingerprint: Annotation::PROVISIONAL,
            role,
            question: None,
            basis: None,
            confidence: None,
            lang: post.lang.clone().map(|lang| (lang, LangSource::Platform)),
            flag: Some(flag),
            author_id: seen.account.as_ref().map(|_| post.author.id.clone()),
        })
    }
}

/// Whether a post says that it answers, in words that mean nothing else.
fn answers(seen: &Seen) -> bool {
    seen.labels.iter().filter(|label| label.leads()).any(|label| {
        label.in_row(0) == Some(LabelKind::Answer) || label.is_foreign() && !label.may_ask()
    })
}
