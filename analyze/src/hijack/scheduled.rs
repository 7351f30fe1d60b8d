//! `scheduled`
//!
//! # What
//! Sent by an application that posts by schedule or forwards from elsewhere, with a link, outside every session, by somebody who never talks here.
//!
//! # Why it hurts
//! Nobody is behind the post: an answer reaches no one.
//!
//! # Example
//! `Five facts about mulch https://… #gardenchat`, every morning at seven
//!
//! # Known misses
//! Posts sent by schedule from an ordinary application; sources that do not name it.

use colloquy_transcript::{Post, Reason};

use super::{Circumstances, reason};

pub(super) const CODE: &str = "scheduled";

pub(super) fn fires(post: &Post, circumstances: &Circumstances) -> Option<Reason> {
    let values = &circumstances.values;
    let alone = !circumstances.in_session && circumstances.habits.talks() == 0;
    let app = post.source_app.as_deref().unwrap_or_default();
    (values.scheduled > 0.5 && alone && !post.urls.is_empty()).then(|| {
        let sentence =
            format!("sent by {app} outside every session, and its author talks to nobody");
        reason(CODE, sentence, None, 1.0, 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::super::cases::{post, stranger, with};
    use super::*;

    #[test]
    fn must_flag() {
        let sent = with(&stranger(), |values| values.scheduled = 1.0);
        assert!(fires(&post("Five facts https://facts.example"), &sent).is_some());
    }

    #[test]
    fn looks_alike_and_must_not() {
        let sent = with(&stranger(), |values| values.scheduled = 1.0);
        let during = Circumstances { in_session: true, ..sent };
        assert!(fires(&post("A1 https://facts.example"), &during).is_none());
        let unknown = with(&stranger(), |values| values.scheduled = f32::NAN);
        assert!(fires(&post("Five facts https://facts.example"), &unknown).is_none());
    }
}
