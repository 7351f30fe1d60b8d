//! What the analysis makes of the ground records.

use colloquy_transcript::{
    Annotation, AnswerBasis, Attendance, Band, Basis, Class, Correction, Flag, Format, LangSource,
    Origin, Participation, Question, Reason, Role, SessionRecord,
};
use proptest::{collection::vec, option::of, prelude::*, sample::select};

use super::{author_id, chat, post_id, real, session, short, text, time};

pub(super) fn reason() -> impl Strategy<Value = Reason> {
    (short(), text(), any::<Option<(u32, u32)>>(), real(), real()).prop_map(
        |(rule, sentence, span, measured, threshold)| Reason {
            rule,
            sentence,
            span,
            measured,
            threshold,
        },
    )
}

pub(super) fn flag() -> impl Strategy<Value = Flag> {
    let band = select(vec![Band::Flag, Band::Watch, Band::None]);
    let decision = any::<Option<bool>>();
    let evidence = vec(any::<i16>(), 0..4);
    (real(), band, any::<bool>(), vec(reason(), 0..3), short(), decision, evidence).prop_map(
        |(score, band, flagged, reasons, model, decision, evidence)| Flag {
            score,
            band,
            flagged,
            reasons,
            model,
            decision,
            evidence: evidence.into(),
        },
    )
}

pub(super) fn annotation() -> impl Strategy<Value = Annotation> {
    let role =
        select(vec![Role::Question, Role::Answer, Role::Moderation, Role::Talk, Role::Repost]);
    let basis = select(vec![
        AnswerBasis::Label,
        AnswerBasis::Reply,
        AnswerBasis::Quote,
        AnswerBasis::Context,
    ]);
    let lang = (short(), select(vec![LangSource::Platform, LangSource::Detected]));
    let head = (chat(), post_id(), session(), any::<u64>(), role);
    (head, of(short()), of(basis), of(real()), of(lang), of(flag()), of(author_id())).prop_map(
        |(head, question, basis, confidence, lang, flag, author_id)| {
            let (chat, post_id, session, fingerprint, role) = head;
            Annotation {
                chat,
                post_id,
                session,
                fingerprint,
                role,
                question,
                basis,
                confidence,
                lang,
                flag,
                author_id,
            }
        },
    )
}

pub(super) fn participation() -> impl Strategy<Value = Participation> {
    let head = (chat(), session(), any::<u64>(), short());
    let reals = [of(real()), of(real()), of(real()), of(real())];
    (head, any::<[u64; 6]>(), reals, any::<[Option<u64>; 2]>()).prop_map(
        |((chat, session, fingerprint, question), counts, reals, [likes, first_timers])| {
            let [answers, answerers, talkers, amplifiers, replies, reposts] = counts;
            let [first_answer_s, median_response_s, p90_response_s, share_of_room] = reals;
            Participation {
                chat,
                session,
                fingerprint,
                question,
                answers,
                answerers,
                talkers,
                amplifiers,
                first_answer_s,
                median_response_s,
                p90_response_s,
                replies,
                reposts,
                likes,
                share_of_room,
                first_timers,
            }
        },
    )
}

pub(super) fn attendance() -> impl Strategy<Value = Attendance> {
    let class = select(vec![Class::Amplifier, Class::Talker, Class::Answerer]);
    let head = (chat(), session(), any::<u64>(), author_id(), of(short()), class);
    (head, vec(short(), 0..4), any::<[u64; 7]>(), any::<Option<u64>>()).prop_map(
        |(head, roles, counts, sessions_before)| {
            let (chat, session, fingerprint, author_id, author_handle, class) = head;
            let [
                posts,
                answers,
                questions_answered,
                replies_given,
                replies_received,
                mentions_received,
                reposts_received,
            ] = counts;
            Attendance {
                chat,
                session,
                fingerprint,
                author_id,
                author_handle,
                class,
                roles,
                posts,
                answers,
                questions_answered,
                replies_given,
                replies_received,
                mentions_received,
                reposts_received,
                sessions_before,
            }
        },
    )
}

pub(super) fn question() -> impl Strategy<Value = Question> {
    (short(), any::<u32>(), time(), author_id(), post_id(), text(), vec(post_id(), 0..3)).prop_map(
        |(label, number, asked_at, asked_by, post_id, text, repeats)| Question {
            label,
            number,
            asked_at,
            asked_by,
            post_id,
            text,
            repeats,
        },
    )
}

fn correction() -> impl Strategy<Value = Correction> {
    (short(), short(), of(text())).prop_map(|(subject, verdict, by)| Correction {
        subject,
        verdict,
        by,
    })
}

pub(super) fn session_record() -> impl Strategy<Value = SessionRecord> {
    let origin = select(vec![Origin::Scheduled, Origin::Discovered]);
    let format = select(vec![Format::Qa, Format::Free]);
    let head = (chat(), session(), any::<u64>(), any::<bool>(), time(), time(), origin, format);
    let basis = || vec(select(vec![Basis::Registry, Basis::Decision, Basis::Inferred]), 0..3);
    let posts = || vec(post_id(), 0..3);
    let facts = (of(text()), posts(), posts(), of(time()), of(text()));
    let said = (basis(), basis(), vec(correction(), 0..3), facts);
    let lists = (vec(author_id(), 0..3), vec(author_id(), 0..3), vec(question(), 0..3), said);
    let reals = [of(real()), of(real()), of(real())];
    (head, lists, any::<[u64; 14]>(), any::<[Option<u64>; 2]>(), reals).prop_map(
        |(head, (moderators, guests, questions, said), n, [first_timers, returning], reals)| {
            let (moderators_basis, guests_basis, corrections, facts) = said;
            let (rhythm, open_questions, introductions, closes_at, title) = facts;
            let (chat, session, fingerprint, gone, starts_at, ends_at, origin, format) = head;
            let [gini, top_tenth_share, coverage] = reals;
            SessionRecord {
                chat,
                session,
                fingerprint,
                gone,
                starts_at,
                ends_at,
                origin,
                format,
                moderators,
                moderators_basis,
                guests,
                guests_basis,
                posts: n[0],
                originals: n[1],
                reposts: n[2],
                participants: n[3],
                answerers: n[4],
                talkers: n[5],
                amplifiers: n[6],
                questions,
                first_timers,
                returning,
                flags: n[7],
                peak_posts_per_minute: n[8],
                gini,
                top_tenth_share,
                coverage,
                revision: n[9],
                positions_from: n[10],
                positions_until: n[11],
                settled_position: n[12],
                attendance_rows: n[13],
                basis: n[13].rotate_left(7),
                corrections,
                rhythm,
                open_questions,
                introductions,
                closes_at,
                title,
            }
        },
    )
}
