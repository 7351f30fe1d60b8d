//! One session on its way in: rows of four topics that belong together by fingerprint.
//!
//! The analysis commits a session's rows and its record in one transaction, and one session's
//! transactions lie in the same order in every topic. Topics are read without mutual order, so
//! rows may come before their record, after it, or after the next one.

use std::collections::VecDeque;

use colloquy_journal::Position;
use colloquy_transcript::{Annotation, Attendance, Participation, SessionRecord};

/// The parts of one session, complete.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Whole {
    /// The record.
    pub(crate) record: SessionRecord,
    /// As many as the record counts posts, in order of position.
    pub(crate) annotations: Vec<Annotation>,
    /// One per question.
    pub(crate) participation: Vec<Participation>,
    /// As many as the record counts attendance rows.
    pub(crate) attendance: Vec<Attendance>,
}

/// How many rows of each topic a session record speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) annotations: usize,
    pub(crate) participation: usize,
    pub(crate) attendance: usize,
}

impl Expected {
    /// What belongs to `record`; a session that is gone has nothing.
    pub(crate) fn of(record: &SessionRecord) -> Self {
        if record.gone {
            return Self { annotations: 0, participation: 0, attendance: 0 };
        }
        let questions = if record.session.is_meeting() { record.questions.len() } else { 0 };
        Self {
            annotations: bounded(record.posts),
            participation: questions,
            attendance: bounded(record.attendance_rows),
        }
    }
}

/// A count beyond the address space is never reached, which is what is wanted of it.
fn bounded(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Lowest positions of a session's parts, by topic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Oldest {
    pub(crate) annotations: Option<Position>,
    pub(crate) participation: Option<Position>,
    pub(crate) attendance: Option<Position>,
}

/// Rows of one topic and session: runs of equal fingerprint, in order of position.
#[derive(Debug)]
struct Runs<T> {
    runs: VecDeque<Run<T>>,
}

#[derive(Debug)]
struct Run<T> {
    fingerprint: u64,
    rows: VecDeque<(Position, T)>,
}

impl<T> Default for Runs<T> {
    fn default() -> Self {
        Self { runs: VecDeque::new() }
    }
}

impl<T> Runs<T> {
    fn push(&mut self, position: Position, fingerprint: u64, row: T) {
        match self.runs.back_mut() {
            Some(run) if run.fingerprint == fingerprint => run.rows.push_back((position, row)),
            _ => self.runs.push_back(Run { fingerprint, rows: VecDeque::from([(position, row)]) }),
        }
    }

    /// The first run of `fingerprint` that has at least `count` rows.
    fn find(&self, fingerprint: u64, count: usize) -> Option<usize> {
        self.runs.iter().position(|run| run.fingerprint == fingerprint && run.rows.len() >= count)
    }

    fn has(&self, fingerprint: u64, count: usize) -> bool {
        count == 0 || self.find(fingerprint, count).is_some()
    }

    /// Takes the first `count` rows of that run, and drops every older run. What the run holds
    /// beyond is the same state published once more, and stays for the next record.
    fn take(&mut self, fingerprint: u64, count: usize) -> (Option<Position>, Vec<T>) {
        let found = if count == 0 { None } else { self.find(fingerprint, count) };
        let Some(index) = found else {
            return (None, Vec::new());
        };
        self.runs.drain(..index);
        let mut oldest = None;
        let mut rows = Vec::with_capacity(count);
        if let Some(run) = self.runs.front_mut() {
            oldest = run.rows.front().map(|(position, _)| *position);
            rows.extend(run.rows.drain(..count).map(|(_, row)| row));
            if run.rows.is_empty() {
                self.runs.pop_front();
            }
        }
        (oldest, rows)
    }

    fn oldest(&self) -> Option<Position> {
        self.runs.front().and_then(|run| run.rows.front()).map(|(position, _)| *position)
    }
}

/// A record that waits for its rows.
#[derive(Debug)]
pub(crate) struct Target {
    /// Position of the oldest record of the session since the last one that was published: from
    /// there on a restart must read again.
    since: Position,
    position: Position,
    pub(crate) record: SessionRecord,
    /// The journal itself does not hold all of it at the moment: nothing is tried again before
    /// something new of the session arrives.
    stuck: bool,
}

/// What is in hand of one session.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// The latest record, while it is not yet published.
    target: Option<Target>,
    annotations: Runs<Annotation>,
    participation: Runs<Participation>,
    attendance: Runs<Attendance>,
}

impl Waiting {
    pub(crate) fn annotation(&mut self, position: Position, row: Annotation) {
        self.unstick();
        self.annotations.push(position, row.fingerprint, row);
    }

    pub(crate) fn participation(&mut self, position: Position, row: Participation) {
        self.unstick();
        self.participation.push(position, row.fingerprint, row);
    }

    pub(crate) fn attendance(&mut self, position: Position, row: Attendance) {
        self.unstick();
        self.attendance.push(position, row.fingerprint, row);
    }

    fn unstick(&mut self) {
        if let Some(target) = &mut self.target {
            target.stuck = false;
        }
    }

    /// Makes `record` what is waited for, in place of any older one.
    pub(crate) fn aim(&mut self, position: Position, record: SessionRecord) {
        let since = self.target.as_ref().map_or(position, |target| target.since.min(position));
        self.target = Some(Target { since, position, record, stuck: false });
    }

    /// Waits for `record` (again) without hope for the moment, unless a newer one came.
    pub(crate) fn stick(&mut self, position: Position, since: Position, record: SessionRecord) {
        match &mut self.target {
            Some(target) if target.position > position => target.since = target.since.min(since),
            _ => self.target = Some(Target { since, position, record, stuck: true }),
        }
    }

    /// The record that is waited for.
    pub(crate) fn target(&self) -> Option<&SessionRecord> {
        self.target.as_ref().map(|target| &target.record)
    }

    /// The record that is waited for and its position, unless it is known to be stuck.
    /// With it comes what [`Waiting::since`] says.
    pub(crate) fn hopeful(&self) -> Option<(Position, Position, &SessionRecord)> {
        let target = self.target.as_ref().filter(|target| !target.stuck)?;
        Some((target.position, target.since, &target.record))
    }

    /// From where on `sessions` must be read again while this waits.
    pub(crate) fn since(&self) -> Option<Position> {
        self.target.as_ref().map(|target| target.since)
    }

    /// Whether everything that the record speaks of is in hand.
    pub(crate) fn is_whole(&self) -> bool {
        self.target().is_some_and(|record| {
            let expected = Expected::of(record);
            self.annotations.has(record.fingerprint, expected.annotations)
                && self.participation.has(record.fingerprint, expected.participation)
                && self.attendance.has(record.fingerprint, expected.attendance)
        })
    }

    /// Takes the session out, if it is whole, with the positions of its record and parts.
    pub(crate) fn take_whole(&mut self) -> Option<(Position, Oldest, Whole)> {
        if !self.is_whole() {
            return None;
        }
        let Target { position, record, .. } = self.target.take()?;
        let expected = Expected::of(&record);
        let mark = record.fingerprint;
        let (annotated, annotations) = self.annotations.take(mark, expected.annotations);
        let (asked, participation) = self.participation.take(mark, expected.participation);
        let (attended, attendance) = self.attendance.take(mark, expected.attendance);
        let oldest = Oldest { annotations: annotated, participation: asked, attendance: attended };
        Some((position, oldest, Whole { record, annotations, participation, attendance }))
    }

    /// Drops the rows, once it is known that no record to them can come any more.
    pub(crate) fn drop_rows(&mut self) {
        self.annotations = Runs::default();
        self.participation = Runs::default();
        self.attendance = Runs::default();
    }

    /// The oldest positions in hand.
    pub(crate) fn oldest(&self) -> Oldest {
        Oldest {
            annotations: self.annotations.oldest(),
            participation: self.participation.oldest(),
            attendance: self.attendance.oldest(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.target.is_none() && self.oldest() == Oldest::default()
    }
}
