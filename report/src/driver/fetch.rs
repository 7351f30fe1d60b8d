//! Reading from the journal what a whole session still needs: its posts, by range.

use std::{sync::Arc, time::SystemTime};

use colloquy_journal::{Content, Entry, Journal, JournalError, Position, TopicPartition};
use colloquy_transcript::{Annotation, GroundPost, PostId, Record, SessionRecord, Topic};
use rustc_hash::FxHashMap;

use super::{
    state::{Job, Unwritten},
    waiting::{Expected, Whole},
};
use crate::view::{AnnotatedPost, SessionView};

/// Posts of the sessions that are read together, at most; one larger session is read alone.
const GROUP_POSTS_MAX: u64 = 65_536;

/// Sessions that are read together at most: every post is offered to each of them.
const GROUP_SESSIONS_MAX: usize = 16;

/// Positions between two sessions' ranges that are read in vain rather than by a second read.
const GAP_POSITIONS_MAX: Position = 4_096;

/// A session with its posts, or its record where posts are missing.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// Ready to be written, and when the newest of its posts was appended, where the journal says.
    View(u32, Box<SessionView>, Option<SystemTime>),
    /// This many posts are not in the journal as they were annotated: newer revisions took
    /// their places, and the analysis is about to publish the session again.
    Missing(Box<Unwritten>, usize),
}

/// Puts the jobs into groups whose posts lie near each other, so that a range that several
/// sessions share (a meeting and the week around it) is read once.
pub(crate) fn group(mut jobs: Vec<Job>) -> Vec<Vec<Job>> {
    jobs.sort_by_key(|job| (job.partition, job.whole.record.positions_from, job.position));
    let mut groups: Vec<Vec<Job>> = Vec::new();
    let (mut until, mut posts) = (0, 0);
    for job in jobs {
        let record = &job.whole.record;
        let joins = groups.last().is_some_and(|group| {
            group.len() < GROUP_SESSIONS_MAX
                && group.last().is_some_and(|last| last.partition == job.partition)
                && record.positions_from <= GAP_POSITIONS_MAX.saturating_add(until)
                && record.posts.saturating_add(posts) <= GROUP_POSTS_MAX
        });
        if joins {
            until = until.max(record.positions_until);
            posts += record.posts;
        } else {
            (until, posts) = (record.positions_until, record.posts);
        }
        match groups.last_mut().filter(|_| joins) {
            Some(group) => group.push(job),
            None => groups.push(vec![job]),
        }
    }
    groups
}

/// The posts of one session as they are found.
struct Sought {
    from: Position,
    until: Position,
    slots: FxHashMap<PostId, usize>,
    found: Vec<Option<Arc<GroundPost>>>,
    appended_at: Option<SystemTime>,
}

impl Sought {
    fn of(whole: &Whole) -> Self {
        let ids = whole.annotations.iter().map(|row| row.post_id.clone());
        let slots: FxHashMap<PostId, usize> = ids.zip(0..).collect();
        Self {
            from: whole.record.positions_from,
            until: whole.record.positions_until,
            found: vec![None; whole.annotations.len()],
            slots,
            appended_at: None,
        }
    }

    /// Takes a post if it is one of the session's; the latest position counts.
    fn offer(&mut self, entry: &Entry, record: &SessionRecord, post: &Arc<GroundPost>) {
        let inside = (self.from..self.until).contains(&entry.position);
        if !inside || post.chat != record.chat {
            return;
        }
        if let Some(slot) = self.slots.get(&post.post.id).and_then(|&at| self.found.get_mut(at)) {
            *slot = Some(Arc::clone(post));
            self.appended_at = self.appended_at.max(entry.appended_at);
        }
    }
}

/// Reads the posts of one group of sessions.
pub(crate) fn fetch(journal: &dyn Journal, group: Vec<Job>) -> Result<Vec<Fetched>, JournalError> {
    let records = || group.iter().map(|job| &job.whole.record);
    let from = records().map(|record| record.positions_from).min().unwrap_or(0);
    let until = records().map(|record| record.positions_until).max().unwrap_or(0);
    let partition = group.first().map_or(0, |job| job.partition);
    let mut sought: Vec<Sought> = group.iter().map(|job| Sought::of(&job.whole)).collect();
    if from < until {
        let at = TopicPartition { topic: Topic::Posts, partition };
        journal.read(at, from, until, &mut |entry| {
            if let Content::Record(Record::Post(post)) = &entry.content {
                for (sought, job) in sought.iter_mut().zip(&group) {
                    sought.offer(&entry, &job.whole.record, post);
                }
            }
        })?;
    }
    Ok(group.into_iter().zip(sought).map(|(job, sought)| assemble(job, sought)).collect())
}

fn assemble(job: Job, sought: Sought) -> Fetched {
    let Job { partition, position, since, whole } = job;
    let Whole { record, annotations, mut participation, mut attendance } = whole;
    let found = sought.found.iter().flatten().count();
    let expected = annotations.len();
    if found < expected {
        let unwritten = Box::new(Unwritten { partition, position, since, record });
        return Fetched::Missing(unwritten, expected - found);
    }
    let mut posts: Vec<AnnotatedPost> = annotations
        .into_iter()
        .zip(sought.found)
        .filter_map(|(annotation, post)| Some(by_person(post?, annotation)))
        .collect();
    posts.sort_unstable_by(|a, b| a.post.post.order().cmp(&b.post.post.order()));
    let place = |label: &str| record.questions.iter().position(|q| q.label == label);
    participation.sort_by_key(|row| place(&row.question));
    attendance.sort_unstable_by(|a, b| a.author_id.cmp(&b.author_id));
    let view = SessionView { record, participation, attendance, posts };
    Fetched::View(partition, Box::new(view), sought.appended_at)
}

/// A post under the id of the person who wrote it, so that every table and page names them alike.
fn by_person(mut post: Arc<GroundPost>, annotation: Annotation) -> AnnotatedPost {
    if let Some(person) = &annotation.author_id {
        Arc::make_mut(&mut post).post.author.id = person.clone();
    }
    AnnotatedPost { post, annotation }
}

/// Looks for the rows of a record in the whole of their topics, where the latest record of a key
/// is the truth. `None` if they are not all there.
pub(crate) fn find_rows(
    journal: &dyn Journal,
    wanted: &Unwritten,
) -> Result<Option<Vec<(Position, Record)>>, JournalError> {
    let expected = Expected::of(&wanted.record);
    let mut rows = Vec::new();
    for (topic, count) in [
        (Topic::Annotations, expected.annotations),
        (Topic::Participation, expected.participation),
        (Topic::Attendance, expected.attendance),
    ] {
        let mut latest = FxHashMap::default();
        let at = TopicPartition { topic, partition: wanted.partition };
        if count > 0 {
            journal.read(at, 0, journal.end(at)?, &mut |entry: Entry| {
                if let Content::Record(record) = entry.content
                    && belongs(&record, &wanted.record)
                {
                    latest.insert(record.key(), (entry.position, record));
                }
            })?;
        }
        if latest.len() != count {
            return Ok(None);
        }
        rows.extend(latest.into_values());
    }
    rows.sort_by_key(|(position, _)| *position);
    Ok(Some(rows))
}

fn belongs(row: &Record, record: &SessionRecord) -> bool {
    let (chat, session, fingerprint) = match row {
        Record::Annotation(Annotation { chat, session, fingerprint, .. }) => {
            (chat, session, fingerprint)
        }
        Record::Participation(row) => (&row.chat, &row.session, &row.fingerprint),
        Record::Attendance(row) => (&row.chat, &row.session, &row.fingerprint),
        _ => return false,
    };
    *chat == record.chat && *session == record.session && *fingerprint == record.fingerprint
}
